//! Messages as JSON, for agents and services in any language. This is version 1.
//!
//! A device sends `POST /v1/requests` with the content type `application/json`:
//!
//! ```json
//! {"version":1,"token":17,"request":{"poll":{"workload":"script","user":0,"agent":"1.94.0.0"}}}
//! ```
//!
//! and is answered with status 200 and one of these two:
//!
//! ```json
//! {"version":1,"token":17,"at":13412390400000,"answer":{"scripts":[{"id":3,"revision":1,"target":"device","run_as":"system","bitness_change":false}]}}
//! {"version":1,"token":17,"at":13412390400000,"failure":"device-unknown"}
//! ```
//!
//! Pushes are fetched: `GET /v1/pushes?after=4&wait=20` brings those with higher numbers than 4, takes those up to it as arrived,
//! and where there are none waits for up to 20 seconds (at most [`WAIT_MAX`]) until there are.
//!
//! ```json
//! {"version":1,"pushes":[{"number":5,"push":"agent-apps"},{"number":6,"push":{"agent-remediation":{"policy":2,"revision":1}}}]}
//! ```
//!
//! `request`, `answer`, `push` and `failure` are the types of [`crate::protocol`] as serde writes them: a name in lower case with
//! hyphens, or an object with that one name. A moment is a number of milliseconds since 1601-01-01T00:00:00Z, everywhere;
//! it fits the numbers of JavaScript. Fields that a reader does not know are skipped; a version that it does not know is
//! refused before anything else is read. A failure that is an HTTP status comes as that status, with any body or none.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::protocol::{Answer, Failure, Push, Request, Token};
use crate::time::Wall;

/// The version of the messages.
pub const VERSION: u8 = 1;
/// The path of requests, below the address of the service.
pub const PATH: &str = "/v1/requests";
/// The path of pushes.
pub const PUSHES: &str = "/v1/pushes";
/// The longest wait for pushes, in seconds of real time.
pub const WAIT_MAX: u32 = 25;
/// The longest message that is read, in bytes, where nothing else is set.
pub const BODY_MAX: usize = 1 << 20;

/// From the device to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToService {
    /// [`VERSION`].
    pub version: u8,
    /// Names the request.
    pub token: Token,
    /// The request.
    pub request: Request,
}

/// From the service to the device.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToDevice<'a> {
    /// [`VERSION`].
    pub version: u8,
    /// The token of the request.
    pub token: Token,
    /// The service's time.
    pub at: Wall,
    /// What came of the request.
    #[serde(flatten)]
    pub outcome: Outcome<'a>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome<'a> {
    /// The answer.
    Answer(Answer<'a>),
    /// Why there is none.
    Failure(Failure),
}

/// The pushes that wait for a device.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pushes {
    /// [`VERSION`].
    pub version: u8,
    /// By their numbers. One that comes twice has its number twice (B-4.21).
    pub pushes: Vec<Numbered>,
}

/// A push and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Numbered {
    /// From 1; on each device they grow.
    pub number: u32,
    /// The push.
    pub push: Push,
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// Nothing is there.
    #[error("the message is empty")]
    Empty,
    /// It is longer than is read.
    #[error("the message has more than {limit} bytes")]
    Oversized {
        /// The limit.
        limit: usize,
    },
    /// The other side speaks another version.
    #[error("the message is of version {found}; this program speaks version {VERSION}")]
    Version {
        /// The version named.
        found: u8,
    },
    /// It is no message.
    #[error("the message cannot be read: {reason}")]
    Garbage {
        /// What is wrong with it, with line and column.
        reason: String,
    },
    /// It answers another request.
    #[error("the message answers request {}, not {}", found.number(), asked.number())]
    Stranger {
        /// The token asked with.
        asked: Token,
        /// The token that came.
        found: Token,
    },
}

#[derive(Deserialize)]
struct Head {
    version: u8,
}

/// The bytes of a message.
///
/// # Errors
/// [`MessageError::Garbage`] if it has no such form.
pub fn encode<M: Serialize>(message: &M) -> Result<Vec<u8>, MessageError> {
    serde_json::to_vec(message).map_err(garbage)
}

/// The message that these bytes are.
///
/// # Errors
/// Any [`MessageError`] but [`MessageError::Stranger`].
pub fn decode<M: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<M, MessageError> {
    if bytes.is_empty() {
        return Err(MessageError::Empty);
    }
    if bytes.len() > limit {
        return Err(MessageError::Oversized { limit });
    }
    let Head { version } = serde_json::from_slice(bytes).map_err(garbage)?;
    if version != VERSION {
        return Err(MessageError::Version { found: version });
    }
    serde_json::from_slice(bytes).map_err(garbage)
}

#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn garbage(error: serde_json::Error) -> MessageError {
    MessageError::Garbage { reason: error.to_string() }
}
