//! Bytes as messages: as they come, as the body of a frame whose header and check sum are right, and in pieces.

use std::fmt::Debug;

use imesim::driver::wire::{HEADER, Inbox, ToDevice, ToService, VERSION, WireError, decode, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::framed::sealed;

/// True if the bytes, or a frame with them as its body, are a message.
pub(crate) fn run(data: &[u8]) -> bool {
    let framed = sealed(&[VERSION], data, |bytes| match decode::<ToService>(bytes) {
        Err(WireError::Damaged { found, .. }) => Some(found),
        _ => None,
    });
    let is_any = [
        is_message::<ToService>(data),
        is_message::<ToDevice>(data),
        is_message::<ToService>(&framed),
        is_message::<ToDevice>(&framed),
    ];
    in_pieces::<ToService>(data);
    in_pieces::<ToDevice>(data);
    is_any.contains(&true)
}

/// What was read is written and read again as the same. It may be written longer: a version is read from `1.94` too.
fn is_message<M: Message>(bytes: &[u8]) -> bool {
    match decode::<M>(bytes) {
        Ok((message, length)) => {
            assert!(length <= bytes.len(), "read {length} of {} bytes", bytes.len());
            let frame = encode(&message).expect("what was read can be written");
            assert_eq!(decode::<M>(&frame), Ok((message, frame.len())));
            true
        }
        Err(error) => {
            if let WireError::Short { have, needed } = error {
                assert_eq!(have, bytes.len());
                assert!(needed > have && needed >= HEADER, "{have} of {needed}");
            }
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

/// However the bytes are cut on their way, the same messages arrive, and the same error ends them.
fn in_pieces<M: Message>(bytes: &[u8]) {
    let piece = usize::from(bytes.first().copied().unwrap_or(0)) % 32 + 1;
    let (mut whole, mut cut) = (Inbox::default(), Inbox::default());
    whole.push(bytes);
    let at_once = drain::<M>(&mut whole);
    let mut messages = Vec::new();
    let mut last = None;
    for piece in bytes.chunks(piece) {
        cut.push(piece);
        let (more, error) = drain::<M>(&mut cut);
        messages.extend(more);
        last = error;
        if last.is_some() {
            break;
        }
    }
    assert_eq!((messages, last), at_once);
}

fn drain<M: Message>(inbox: &mut Inbox) -> (Vec<M>, Option<WireError>) {
    let mut messages = Vec::new();
    loop {
        match inbox.take() {
            Ok(Some(message)) => messages.push(message),
            Ok(None) => return (messages, None),
            Err(error) => return (messages, Some(error)),
        }
    }
}

trait Message: Serialize + DeserializeOwned + Debug + PartialEq {}

impl<M: Serialize + DeserializeOwned + Debug + PartialEq> Message for M {}
