//! B-11.10: whatever a file holds, the reader keeps its place: random bytes, cuts, splices, and small reads.

use std::io::{self, Read};

use imesim::log::reader::{Kind, Reader};
use imesim::log::{Date, Event, Record, Severity, Stamp, Time};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::variations::told;

/// Gives so many bytes at a time, as a slow source would.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.1.clamp(1, 700).min(self.0.len()).min(room.len());
        room[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        self.1 = self.1 * 7 % 701;
        Ok(count)
    }
}

/// Pieces and totals of a file that is read in small parts, with a small limit for messages.
fn read_slowly(bytes: &[u8], step: usize, most: usize) -> (u64, Vec<String>) {
    let mut reader = Reader::with_limit(Slow(bytes, step), most);
    let mut records = Vec::new();
    let mut at = 0;
    while let Some(piece) = reader.next().expect("memory can be read") {
        assert_eq!(piece.range.start, at);
        assert!(piece.range.end > at, "every piece has a length");
        at = piece.range.end;
        if let Kind::Record(entry) = piece.kind {
            assert!(entry.record.message.len() <= most * 3 + 3, "replaced bytes take three");
            let _ = Event::parse(entry.record.message);
            records.push(entry.record.to_string());
        }
    }
    assert_eq!(reader.tally().bytes(), at);
    (at, records)
}

/// Messages of all kinds, such as hold parts of marks.
fn message() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[ -~äß€\u{1f600}\r\n]{0,40}",
        Just("]LOG]!>".to_owned()),
        Just("]LOG".to_owned()),
        Just("<![LO".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("file=\"\">".to_owned()),
    ];
    prop::collection::vec(part, 0..5).prop_map(|parts| parts.concat()).prop_filter(
        "a mark in a message cannot be told from a real one",
        |text| {
            !text.contains("<![LOG[") && !format!("{text}]LOG]!><").contains("]LOG]!><t") && !text.contains("]LOG]!><")
        },
    )
}

fn stamp() -> impl Strategy<Value = Stamp> {
    (0..400_000_000_000_i64, 0..10_000_i64)
        .prop_map(|(millis, ticks)| Stamp::from_ticks((1_600_000_000_000 + millis) * 10_000 + ticks))
}

fn line() -> impl Strategy<Value = String> {
    (message(), stamp(), 0..4_u8, prop::option::of(any::<u32>()), "[A-Za-z]{1,12}").prop_map(
        |(message, stamp, kind, thread, component)| {
            let severity = [Severity::Unstated, Severity::Info, Severity::Warning, Severity::Error][usize::from(kind)];
            Record { stamp, component: &component, severity, thread, message: &message }.to_string()
        },
    )
}

fn settings() -> ProptestConfig {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/logs.txt");
    ProptestConfig {
        cases: 400,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn records_are_read_as_they_were_written(lines in prop::collection::vec(line(), 0..8), step in 1..701_usize, crlf: bool) {
        let end = if crlf { "\r\n" } else { "\n" };
        let text: String = lines.iter().flat_map(|line| [line.as_str(), end]).collect();
        let (bytes, read) = read_slowly(text.as_bytes(), step, 1 << 20);
        prop_assert_eq!(bytes, text.len() as u64);
        prop_assert_eq!(&read, &lines);
        // The same in UTF-16, in both orders of bytes.
        for little in [true, false] {
            let wide: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16())
                .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect();
            let (bytes, read) = read_slowly(&wide, step, 1 << 20);
            prop_assert_eq!(bytes, wide.len() as u64);
            prop_assert_eq!(&read, &lines);
        }
    }

    #[test]
    fn random_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..4_000), step in 1..701_usize, most in 0..300_usize) {
        let (read, _) = read_slowly(&bytes, step, most);
        prop_assert_eq!(read, bytes.len() as u64);
    }

    /// Records with bytes cut out, put in and written over, as two writers without a lock leave them.
    #[test]
    fn what_two_writers_leave_does_no_harm(
        lines in prop::collection::vec(line(), 1..8),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..60_usize, prop::option::of(line())), 0..6),
        step in 1..701_usize,
        most in 0..300_usize,
    ) {
        let mut bytes = lines.join("\r\n").into_bytes();
        for (place, length, with) in edits {
            let from = place.index(bytes.len() + 1);
            let until = (from + length).min(bytes.len());
            let _ = bytes.splice(from..until, with.unwrap_or_default().into_bytes());
        }
        let (read, slow) = read_slowly(&bytes, step, most);
        prop_assert_eq!(read, bytes.len() as u64);
        // However small the parts are in which it comes, the same records are found.
        let quick = told(&bytes).iter().filter(|piece| piece.starts_with("record ")).count();
        prop_assert_eq!(slow.len(), quick);
    }

    /// A mark of a file that begins and ends anywhere.
    #[test]
    fn a_cut_file_loses_no_record_but_those_that_are_cut(lines in prop::collection::vec(line(), 2..8), cut: prop::sample::Index) {
        let text = lines.join("\r\n");
        let at = cut.index(text.len() + 1);
        let before = text.as_bytes().split_at(at).0;
        let mut whole = 0;
        let mut end = 0;
        for line in &lines {
            end += line.len();
            whole += usize::from(end <= at);
            end += 2;
        }
        let (_, read) = read_slowly(before, 50, 1 << 20);
        prop_assert_eq!(&read[..], &lines[..whole]);
    }

    #[test]
    fn any_text_may_be_asked_for_its_event(text in "\\PC{0,300}", cut in 0..300_usize) {
        let _ = Event::parse(&text);
        for name in ["[HS] inspect hourly schedule for policy ", "set timer, delayed seconds = 12 for workload ", "Get 1 policies"] {
            let mut joined = format!("{name}{text}");
            let _ = Event::parse(&joined);
            while !joined.is_char_boundary(cut.min(joined.len())) {
                let _ = joined.pop();
            }
            joined.truncate(cut);
            let _ = Event::parse(&joined);
        }
    }
}

/// Shapes that would take a reader hours if it looked at everything again and again.
#[test]
fn marks_without_end_are_read_in_one_go() {
    let shapes =
        ["<![LOG[", "]LOG]!><", "<![LOG[]LOG]!><x", "]LOG]!><time=\"", "a\r\n", "x $$<y>\n", "=\"\">\n", "\r\n"];
    for shape in shapes {
        for before in ["", "<![LOG[", "]LOG]!>"] {
            let text = before.to_owned() + &shape.repeat(600_000 / shape.len());
            let (bytes, _) = read_slowly(text.as_bytes(), 700, 1 << 20);
            assert_eq!(bytes, text.len() as u64, "{shape}");
        }
    }
}

/// What lies between records is handed out in parts, and no record behind it is lost.
#[test]
fn long_stretches_of_other_text_are_handed_out_in_parts() {
    let record = "<![LOG[m]LOG]!><time=\"08:00:05.1234567\" date=\"3-2-2026\" component=\"X\" context=\"\" type=\"1\" thread=\"4\" file=\"\">";
    for length in [65_529, 65_530, 65_536, 131_072, 300_000] {
        for filler in ["x", "some text\r\n"] {
            let mut text = filler.repeat(length / filler.len());
            text.push_str(record);
            let (bytes, records) = read_slowly(text.as_bytes(), 700, 100);
            assert_eq!((bytes, records), (text.len() as u64, vec![record.to_owned()]));
        }
    }
}

#[test]
fn a_stamp_says_what_it_was_made_from() {
    let stamp = Stamp {
        date: Date { year: 2024, month: 2, day: 29 },
        time: Time { hour: 23, minute: 59, second: 59, ticks: 9_999_999 },
    };
    assert_eq!(Stamp::from_ticks(stamp.ticks()), stamp);
    assert_eq!(Stamp::from_ticks(stamp.ticks() + 1).to_string(), "2024-03-01 00:00:00.000");
}
