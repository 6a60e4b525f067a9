//! Bytes as messages over HTTP: refused with a reason, or written and read again as they were.

use std::fmt::Debug;

use imesim::driver::http::message::{BODY_MAX, MessageError, Pushes, ToDevice, ToService, decode, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// True if the bytes are a message.
pub(crate) fn run(data: &[u8]) -> bool {
    let is_any = [is_message::<ToService>(data), is_message::<ToDevice<'static>>(data), is_message::<Pushes>(data)];
    is_any.contains(&true)
}

fn is_message<M: Serialize + DeserializeOwned + Debug + PartialEq>(bytes: &[u8]) -> bool {
    match decode::<M>(bytes, BODY_MAX) {
        Ok(message) => {
            let written = encode(&message).expect("what was read can be written");
            assert_eq!(decode::<M>(&written, BODY_MAX).as_ref(), Ok(&message));
            let limit = bytes.len() - 1;
            assert_eq!(decode::<M>(bytes, limit), Err(MessageError::Oversized { limit }));
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}
