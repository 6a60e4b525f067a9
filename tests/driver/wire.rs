//! Messages as frames of bytes, whole, cut short and damaged.

use imesim::driver::scripted::script;
use imesim::driver::wire::{BODY_MAX, HEADER, Inbox, ToDevice, ToService, WireError, decode, encode};
use imesim::protocol::{
    Answer, Failure, PolicyId, Report, Request, ScriptReport, ScriptResult, Token, UserId, Workload,
};

use super::{VERSION, start};

fn answer() -> ToDevice {
    let scripts = vec![script(1), script(2), script(70_000)];
    ToDevice { token: Token::FIRST.next(), at: start(), answer: Ok(Answer::Scripts(scripts.into())) }
}

pub(super) fn poll() -> Request {
    Request::Poll { workload: Workload::Script, user: UserId::DEVICE, agent: VERSION }
}

#[test]
fn messages_come_back_as_they_were_sent() {
    let report = ScriptReport {
        policy: PolicyId(9),
        revision: 3,
        user: UserId(1),
        result: ScriptResult::Failed,
        exit_code: -2,
        run: Token::FIRST,
    };
    for request in [poll(), Request::Report(Report::Script(report)), Request::ConnectionTest] {
        let sent = ToService { token: Token::FIRST, request };
        let frame = encode(&sent).unwrap();
        assert_eq!(decode(&frame), Ok((sent, frame.len())));
    }
    for answer in [answer().answer, Ok(Answer::NotManaged), Ok(Answer::Nothing), Err(Failure::Status(429))] {
        let sent = ToDevice { answer, ..self::answer() };
        let frame = encode(&sent).unwrap();
        assert_eq!(decode(&frame), Ok((sent, frame.len())));
    }
}

#[test]
fn a_frame_cut_at_any_byte_is_short() {
    let frame = encode(&answer()).unwrap();
    for have in 0..frame.len() {
        let needed = if have < HEADER { HEADER } else { frame.len() };
        let error = decode::<ToDevice>(&frame[..have]).unwrap_err();
        assert_eq!(error, WireError::Short { have, needed });
        let mut inbox = Inbox::default();
        inbox.push(&frame[..have]);
        assert_eq!(inbox.take::<ToDevice>(), Ok(None));
        assert_eq!(inbox.cut_short(), (have > 0).then_some(error));
        inbox.push(&frame[have..]);
        assert_eq!(inbox.take(), Ok(Some(answer())));
        assert_eq!(inbox.cut_short(), None);
    }
}

#[test]
fn a_frame_with_any_bit_flipped_is_refused() {
    let frame = encode(&answer()).unwrap();
    for bit in 0..frame.len() * 8 {
        let mut damaged = frame.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let error = decode::<ToDevice>(&damaged).unwrap_err();
        let fits = match bit / 8 {
            0 => matches!(error, WireError::Version { .. }),
            1..=4 => {
                matches!(error, WireError::Short { .. } | WireError::Oversized { .. } | WireError::Damaged { .. })
            }
            _ => matches!(error, WireError::Damaged { .. }),
        };
        assert!(fits, "bit {bit}: {error}");
    }
}

#[test]
fn errors_name_place_and_value() {
    let frame = encode(&answer()).unwrap();
    let refused = |bytes: &[u8]| decode::<ToDevice>(bytes).unwrap_err().to_string();
    assert_eq!(refused(&frame[..5]), "frame is cut short: 5 of 13 bytes");
    assert_eq!(refused(&[9]), "byte 0 of the frame names protocol version 9; this program speaks version 1");
    // Refused with the length alone, before any of the body.
    let long = BODY_MAX as u32 + 1;
    let announced = [&[1][..], &long.to_le_bytes()].concat();
    assert_eq!(
        refused(&announced),
        "bytes 1 to 4 of the frame announce a body of 1048577 bytes; at most 1048576 are taken"
    );
    let longest = [&[1][..], &(BODY_MAX as u32).to_le_bytes()].concat();
    assert_eq!(refused(&longest), "frame is cut short: 5 of 13 bytes");
    // Whole frames whose bodies are no messages of this kind.
    let nothing = encode(&()).unwrap();
    assert!(refused(&nothing).starts_with("body of the frame, 0 bytes, is no message: "), "{}", refused(&nothing));
    let unknown = encode(&(1_u32, 2_u64, 0_u8, 200_u8)).unwrap();
    assert!(matches!(decode::<ToDevice>(&unknown), Err(WireError::Garbage { length: 4, .. })));
    let more = encode(&(answer(), 7_u8)).unwrap();
    assert_eq!(refused(&more), "body of the frame has 1 bytes after its message");
    assert_eq!(encode(&vec![0_u8; BODY_MAX]).unwrap_err(), WireError::Oversized { length: BODY_MAX as u64 + 3 });
}
