//! What the service keeps on disk, and its form: one file that begins with everything and goes on with what has changed since.
//!
//! | bytes | meaning |
//! |---|---|
//! | 0 to 11 | `imesim-serve` |
//! | 12 | version, [`VERSION`] |
//! | 13 to 20 | length of what comes after the sum, low byte first |
//! | 21 to 52 | SHA-256 of the length and all that it counts |
//! | from 53 | [`Kept`] in postcard's form |
//!
//! and then any number of steps, each added at the end of the file:
//!
//! | bytes | meaning |
//! |---|---|
//! | 0 to 3 | `step` |
//! | 4 to 11 | its number, from 1, low byte first |
//! | 12 to 15 | length of what comes after the sum |
//! | 16 to 47 | SHA-256 of the sum at the file's beginning, the 16 bytes before this, and all that the length counts |
//! | from 48 | [`Step`] in postcard's form |
//!
//! A step that is not whole and has no whole one behind it is a torn end: the process or the machine ended while it was written,
//! and nobody was told that it is kept. A flaw anywhere else is damage. A file that is damaged, of another version or of another
//! scenario is refused and left as it is. Whether to go on without it is for a person to say: [`set_aside`] renames it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::file::{Lock, free};
use super::record::Record;
use crate::catalog::Change;
use crate::time::Wall;

/// The version of the file.
pub const VERSION: u8 = 2;
const MAGIC: &[u8; 12] = b"imesim-serve";
const STEP: &[u8; 4] = b"step";
/// Of a step, before its sum.
const HEAD: usize = 4 + 8 + 4;
const SUM: usize = 32;

/// What a later process needs to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) fingerprint: [u8; 32],
    /// The start of the plan, which is when the service first started.
    pub(super) start: Wall,
    /// The last moment that was dealt with.
    pub(super) now: Wall,
    pub(super) changes: Vec<Change>,
    pub(super) records: Vec<Record>,
}

/// What has changed since the step before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) now: Wall,
    /// Those that are new.
    pub(super) changes: Vec<Change>,
    /// The devices that changed, each as it is now.
    pub(super) records: Vec<(u32, Record)>,
}

/// Where the next step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// The sum at the file's beginning.
    sum: [u8; SUM],
    /// How many steps there are.
    steps: u64,
    /// How many bytes they and what is before them take.
    pub(super) end: u64,
}

/// A state file that cannot be used, or not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file cannot be read or written.
    #[error("the state file cannot be {doing}: {kind}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        kind: io::ErrorKind,
    },
    /// Another service uses it, of this process or of another.
    #[error("another service is running with this state file")]
    InUse,
    /// It is no state file.
    #[error("this is no state file of the service")]
    Foreign,
    /// It is of another version.
    #[error("the state file is of version {found}; this program reads version {VERSION}")]
    Version {
        /// The version named.
        found: u8,
    },
    /// It is not what was written.
    #[error("the state file is damaged: {reason}")]
    Damaged {
        /// How.
        reason: String,
    },
    /// It is of another scenario, or of another start or speed of this one.
    #[error("the state file belongs to another scenario, seed, speed or parameters, or to other devices")]
    OtherScenario,
    /// A change that an admin made cannot be made again.
    #[error("a change in the state file cannot be made again: {reason}")]
    Change {
        /// Why.
        reason: String,
    },
}

fn damaged(reason: impl ToString) -> StateError {
    StateError::Damaged { reason: reason.to_string() }
}

impl Kept {
    fn take(&mut self, step: Step) -> Result<(), StateError> {
        self.now = step.now;
        self.changes.extend(step.changes);
        for (number, record) in step.records {
            let place = self.records.get_mut(number as usize);
            *place.ok_or_else(|| damaged("a step is about a device that is not there"))? = record;
        }
        Ok(())
    }
}

/// The bytes of a file that begins with this, and where its first step goes.
pub(super) fn encode(kept: &Kept) -> Result<(Vec<u8>, Tail), StateError> {
    let body = postcard::to_allocvec(kept).map_err(damaged)?;
    let length = (body.len() as u64).to_le_bytes();
    let sum = sum(&[&length, &body]);
    let bytes = [MAGIC.as_slice(), &[VERSION], &length, &sum, &body].concat();
    let end = bytes.len() as u64;
    Ok((bytes, Tail { sum, steps: 0, end }))
}

impl Tail {
    /// The bytes of the next step, and where the one after it goes.
    pub(super) fn encode(&self, step: &Step) -> Result<(Vec<u8>, Self), StateError> {
        let body = postcard::to_allocvec(step).map_err(damaged)?;
        let length = u32::try_from(body.len()).map_err(damaged)?;
        let steps = self.steps + 1;
        let head = [STEP.as_slice(), &steps.to_le_bytes(), &length.to_le_bytes()].concat();
        let bytes = [head.as_slice(), &sum(&[&self.sum, &head, &body]), &body].concat();
        let end = self.end + bytes.len() as u64;
        Ok((bytes, Self { steps, end, ..*self }))
    }
}

/// What was kept, and where the next step would go: before the end of the bytes, if that is torn.
pub(super) fn decode(bytes: &[u8]) -> Result<(Kept, Tail), StateError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(StateError::Foreign)?;
    let (version, rest) = rest.split_first().ok_or(StateError::Foreign)?;
    if *version != VERSION {
        return Err(StateError::Version { found: *version });
    }
    let cut = || damaged("it is cut short");
    let (length, rest) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
    let (given, rest) = rest.split_first_chunk::<SUM>().ok_or_else(cut)?;
    let body = usize::try_from(u64::from_le_bytes(*length)).ok().and_then(|length| rest.get(..length));
    let body = body.ok_or_else(cut)?;
    if sum(&[length, body]) != *given {
        return Err(damaged("its check sum is another"));
    }
    let mut kept: Kept = whole(body)?;
    let begin = bytes.len() - rest.len() + body.len();
    let mut tail = Tail { sum: *given, steps: 0, end: begin as u64 };
    let mut left = bytes.get(begin..).unwrap_or_default();
    while let Some((number, body)) = step(left, given)
        && number == tail.steps + 1
    {
        kept.take(whole(body)?)?;
        tail.steps = number;
        let length = HEAD + SUM + body.len();
        tail.end += length as u64;
        left = left.get(length..).unwrap_or_default();
    }
    let behind = |at: &usize| left.get(*at..).is_some_and(|bytes| step(bytes, given).is_some());
    if (0..left.len()).any(|at| behind(&at)) {
        return Err(damaged(format!("step {} is another, and whole ones follow", tail.steps + 1)));
    }
    Ok((kept, tail))
}

/// The number and body of the step that these bytes begin with, if one is there as a whole.
fn step<'b>(bytes: &'b [u8], first: &[u8; SUM]) -> Option<(u64, &'b [u8])> {
    let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
    let (number, length) = head.strip_prefix(STEP)?.split_first_chunk::<8>()?;
    let (given, rest) = rest.split_first_chunk::<SUM>()?;
    let body = rest.get(..u32::from_le_bytes(length.try_into().ok()?) as usize)?;
    (sum(&[first, head, body]) == *given).then_some((u64::from_le_bytes(*number), body))
}

fn whole<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, StateError> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        Ok(_) => Err(damaged("more follows its end")),
        Err(error) => Err(damaged(error)),
    }
}

fn sum(parts: &[&[u8]]) -> [u8; SUM] {
    let mut sum = Sha256::new();
    parts.iter().for_each(|part| sum.update(part));
    sum.finalize().into()
}

/// Reads a file; `None` if there is none.
#[allow(clippy::disallowed_methods, reason = "the state of the service is a file")]
pub(super) fn load(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StateError::File { doing: "read", kind: error.kind() }),
    }
}

/// When the service whose file this is first started: its scenario has to start then again.
///
/// # Errors
/// [`StateError`] for a file that cannot be used.
pub fn started(path: &Path) -> Result<Option<Wall>, StateError> {
    load(path)?.map(|bytes| decode(&bytes).map(|(kept, _)| kept.start)).transpose()
}

/// Puts a file that was refused out of the way, under a name that is free, and says under which.
///
/// # Errors
/// [`StateError::InUse`] if a service is running with it; [`StateError::File`] if it cannot be renamed.
pub fn set_aside(path: &Path) -> Result<PathBuf, StateError> {
    let failed = |error: io::Error| StateError::File { doing: "set aside", kind: error.kind() };
    let _lock = Lock::take(path).map_err(failed)?.ok_or(StateError::InUse)?;
    let aside = free(path, "set-aside");
    fs::rename(path, &aside).map_err(failed)?;
    Ok(aside)
}
