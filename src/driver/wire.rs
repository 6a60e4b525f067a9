//! Messages as bytes: one frame each, that is a header of 13 bytes and a body.
//!
//! | bytes | meaning |
//! |---|---|
//! | 0 | version of the protocol, [`VERSION`] |
//! | 1 to 4 | length of the body, little-endian, at most [`BODY_MAX`] |
//! | 5 to 12 | check sum of the body, little-endian |
//! | from 13 | the body: a message in postcard's form |
//!
//! Version and length are judged as soon as they are there, so that nobody waits for the rest of a frame that will be
//! refused. After an error the place of the next frame is unknown: the connection is of no more use.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::chance::mix;
use crate::protocol::{Answer, Failure, Request, Token};
use crate::time::Wall;

/// The version of the protocol that this program speaks.
pub const VERSION: u8 = 1;
/// The longest body, in bytes.
pub const BODY_MAX: usize = 1 << 20;
/// The length of the header, in bytes.
pub const HEADER: usize = 1 + 4 + 8;

/// From the device to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToService {
    /// Names the request.
    pub token: Token,
    /// The request.
    pub request: Request,
}

/// From the service to the device.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToDevice {
    /// The token of the request.
    pub token: Token,
    /// The service's time.
    pub at: Wall,
    /// The answer, or why there is none.
    pub answer: Result<Answer<'static>, Failure>,
}

/// Why bytes are no message, or could not be carried. Frames are counted from their own first byte.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The bytes end before the frame does.
    #[error("frame is cut short: {have} of {needed} bytes")]
    Short {
        /// Bytes that are there.
        have: usize,
        /// Bytes that are needed.
        needed: usize,
    },
    /// The other side speaks another version.
    #[error("byte 0 of the frame names protocol version {found}; this program speaks version {VERSION}")]
    Version {
        /// The version named.
        found: u8,
    },
    /// The body is longer than allowed.
    #[error("bytes 1 to 4 of the frame announce a body of {length} bytes; at most {BODY_MAX} are taken")]
    Oversized {
        /// The length announced.
        length: u64,
    },
    /// The body is not what was sent.
    #[error("body of the frame is damaged: check sum {found:016x}, and bytes 5 to 12 say {expected:016x}")]
    Damaged {
        /// The sum of the bytes that are there.
        found: u64,
        /// The sum that was sent with them.
        expected: u64,
    },
    /// The body is as it was sent, but is no message.
    #[error("body of the frame, {length} bytes, is no message: {reason}")]
    Garbage {
        /// The length of the body.
        length: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A message ends before its body does.
    #[error("body of the frame has {extra} bytes after its message")]
    Long {
        /// How many.
        extra: usize,
    },
    /// The connection failed.
    #[error("connection failed while {doing}: {kind}")]
    Connection {
        /// What was being done.
        doing: &'static str,
        /// How it failed.
        kind: std::io::ErrorKind,
    },
}

/// The frame of a message.
///
/// # Errors
/// [`WireError::Oversized`] if the message is too long, [`WireError::Garbage`] if it has no such form.
pub fn encode<M: Serialize>(message: &M) -> Result<Vec<u8>, WireError> {
    let body =
        postcard::to_allocvec(message).map_err(|error| WireError::Garbage { length: 0, reason: error.to_string() })?;
    let length = match u32::try_from(body.len()) {
        Ok(length) if body.len() <= BODY_MAX => length,
        Ok(_) | Err(_) => return Err(WireError::Oversized { length: body.len() as u64 }),
    };
    let mut frame = Vec::with_capacity(HEADER + body.len());
    frame.push(VERSION);
    frame.extend(length.to_le_bytes());
    frame.extend(sum(&body).to_le_bytes());
    frame.extend(body);
    Ok(frame)
}

/// The message of the frame that begins the bytes, and the length of the frame.
///
/// # Errors
/// [`WireError::Short`] if more bytes are needed; any other error cannot be mended by more bytes.
pub fn decode<M: DeserializeOwned>(bytes: &[u8]) -> Result<(M, usize), WireError> {
    let short = |needed| WireError::Short { have: bytes.len(), needed };
    let Some((version, rest)) = bytes.split_first() else { return Err(short(HEADER)) };
    if *version != VERSION {
        return Err(WireError::Version { found: *version });
    }
    let Some((length, rest)) = rest.split_first_chunk::<4>() else { return Err(short(HEADER)) };
    let length = u32::from_le_bytes(*length);
    let needed = match usize::try_from(length) {
        Ok(length) if length <= BODY_MAX => length,
        Ok(_) | Err(_) => return Err(WireError::Oversized { length: u64::from(length) }),
    };
    let Some((expected, rest)) = rest.split_first_chunk::<8>() else { return Err(short(HEADER)) };
    let Some(body) = rest.get(..needed) else { return Err(short(HEADER + needed)) };
    let (found, expected) = (sum(body), u64::from_le_bytes(*expected));
    if found != expected {
        return Err(WireError::Damaged { found, expected });
    }
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok((message, HEADER + needed)),
        Ok((_, extra)) => Err(WireError::Long { extra: extra.len() }),
        Err(error) => Err(WireError::Garbage { length: needed, reason: error.to_string() }),
    }
}

/// Bytes as they arrive, and the messages in them.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    bytes: Vec<u8>,
}

impl Inbox {
    /// Takes bytes that have arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes out the next message, if it is there as a whole.
    ///
    /// # Errors
    /// Any [`WireError`] but [`WireError::Short`] and [`WireError::Connection`].
    pub fn take<M: DeserializeOwned>(&mut self) -> Result<Option<M>, WireError> {
        match decode(&self.bytes) {
            Ok((message, used)) => {
                self.bytes.drain(..used);
                Ok(Some(message))
            }
            Err(WireError::Short { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The error of a connection that ends here: a frame that was cut short, if there is one.
    pub fn cut_short(&self) -> Option<WireError> {
        match decode::<ToService>(&self.bytes) {
            Err(error @ WireError::Short { .. }) if !self.bytes.is_empty() => Some(error),
            Ok(_) | Err(_) => None,
        }
    }

    /// Forgets what has arrived.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }
}

/// A check sum in which every single flipped bit shows: each step is a bijection of the sum so far.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(bytes.len() as u64, |sum, byte| mix(sum ^ u64::from(*byte).wrapping_add(1)))
}
