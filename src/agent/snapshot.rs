//! What survives the agent's process, in a form of its own.
//!
//! A snapshot is a header (four letters, version, length, check sum) and a body. Restoring refuses anything that is not
//! exactly what was written: a short file, a changed bit, another version. The caller sets a refused file aside and
//! begins with [`Agent::absent`]; nothing of it is half used.

use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};

use super::lasting::{self, Lasting};
use super::state::{Durable, Phase};
use super::{Agent, StartType};
use crate::chance::mix;

/// The durable part of an agent, as bytes for a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Snapshot {
    bytes: Vec<u8>,
}

/// Why a snapshot was refused. The agent that was to be restored does not exist; others are not touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The file ends early.
    #[error("snapshot is cut short: {have} of {needed} bytes")]
    Short {
        /// Bytes that are there.
        have: usize,
        /// Bytes that are needed.
        needed: usize,
    },
    /// The file does not begin as a snapshot does.
    #[error("no snapshot: it begins with {found:02x?} and not with {MAGIC:02x?}")]
    Magic {
        /// What it begins with.
        found: [u8; 4],
    },
    /// The file was written in a form that this version does not read.
    #[error("snapshot of version {found}; this program reads version {VERSION}")]
    Version {
        /// The version of the file.
        found: u16,
    },
    /// Bytes follow after the end.
    #[error("snapshot has {extra} bytes too many")]
    Long {
        /// How many.
        extra: usize,
    },
    /// The bytes are not those that were written.
    #[error("snapshot is damaged: check sum {found:016x} instead of {expected:016x}")]
    Damaged {
        /// The sum of the bytes that are there.
        found: u64,
        /// The sum that was written with them.
        expected: u64,
    },
    /// The bytes are as written, but do not make an agent.
    #[error("snapshot cannot be read: {reason}")]
    Body {
        /// What is wrong with it.
        reason: String,
    },
}

/// What is written after the header.
#[derive(Serialize)]
struct Body<'a> {
    installed: bool,
    durable: &'a Durable,
    timers: Lasting<'a>,
}

/// The same, read.
#[derive(Deserialize)]
struct Restored {
    installed: bool,
    durable: Durable,
    timers: lasting::Restored,
}

const MAGIC: [u8; 4] = *b"IMES";
/// Goes up with every change of [`Body`] or of anything in it.
const VERSION: u16 = 5;
const HEADER: usize = 4 + 2 + 4 + 8;

/// Writes behind what stands in a buffer. Most that is written is one byte long.
struct InPlace<'b>(&'b mut Vec<u8>);

impl Flavor for InPlace<'_> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        match bytes {
            [byte] => self.0.push(*byte),
            _ => self.0.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

impl Snapshot {
    /// The bytes to be written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Agent {
    /// What must be on disk once [`Effect::Persist`](super::Effect::Persist) has been carried out.
    pub fn snapshot(&self) -> Snapshot {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        Snapshot { bytes }
    }

    /// [`Agent::snapshot`] in the place of what stands in a buffer.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.clear();
        bytes.extend([0; HEADER]);
        let installed = !matches!(self.phase, Phase::Absent);
        let body = Body { installed, durable: &self.durable, timers: Lasting(&self.timers) };
        // Writing plain values into a vector cannot fail; an empty file would be refused on reading.
        if postcard::serialize_with_flavor(&body, InPlace(bytes)).is_err() {
            bytes.clear();
        }
        let Some((header, body)) = bytes.split_first_chunk_mut::<HEADER>() else { return };
        header[..4].copy_from_slice(&MAGIC);
        header[4..6].copy_from_slice(&VERSION.to_le_bytes());
        header[6..10].copy_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
        header[10..].copy_from_slice(&sum(body).to_le_bytes());
    }

    /// The agent of a snapshot, its service not yet started. Tokens continue behind those of the snapshot, so that
    /// answers to the process before are stale; the first snapshot after the start keeps them there.
    ///
    /// Deadlines on the device's clock are as they were written: give [`Input::ClockChanged`](super::Input::ClockChanged)
    /// next, which pulls in what lies too far ahead.
    ///
    /// # Errors
    /// [`RestoreError`] for anything but the bytes of a snapshot of this version.
    pub fn restore(bytes: &[u8]) -> Result<Self, RestoreError> {
        let Some((header, body)) = bytes.split_first_chunk::<HEADER>() else {
            return Err(RestoreError::Short { have: bytes.len(), needed: HEADER });
        };
        let [m0, m1, m2, m3, v0, v1, l0, l1, l2, l3, expected @ ..] = *header;
        if [m0, m1, m2, m3] != MAGIC {
            return Err(RestoreError::Magic { found: [m0, m1, m2, m3] });
        }
        let version = u16::from_le_bytes([v0, v1]);
        if version != VERSION {
            return Err(RestoreError::Version { found: version });
        }
        let needed = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if body.len() < needed {
            return Err(RestoreError::Short { have: bytes.len(), needed: HEADER.saturating_add(needed) });
        }
        if body.len() > needed {
            return Err(RestoreError::Long { extra: body.len() - needed });
        }
        let (found, expected) = (sum(body), u64::from_le_bytes(expected));
        if found != expected {
            return Err(RestoreError::Damaged { found, expected });
        }
        let refused = |reason: String| RestoreError::Body { reason };
        let (body, extra) = postcard::take_from_bytes::<Restored>(body).map_err(|error| refused(error.to_string()))?;
        if !extra.is_empty() {
            return Err(refused(format!("{} bytes follow after its end", extra.len())));
        }
        let phase = if body.installed { Phase::Stopped } else { Phase::Absent };
        Self { durable: body.durable, timers: body.timers.0, phase }.begun()
    }

    /// What is left when the process dies, here with nothing lost: all that outlives it was on the disk.
    pub(crate) fn killed(&self) -> Self {
        self.restored().unwrap_or_else(|_| self.without_state())
    }

    /// [`Agent::restore`] of this agent's snapshot, without its bytes.
    pub(crate) fn restored(&self) -> Result<Self, RestoreError> {
        let durable = self.durable.clone();
        let phase = if matches!(self.phase, Phase::Absent) { Phase::Absent } else { Phase::Stopped };
        let agent = Self { durable, timers: self.timers.lasting(), phase }.begun();
        debug_assert_eq!(agent, Self::restore(self.snapshot().as_bytes()), "by values as by bytes");
        agent
    }

    /// The agent of a file, as its process begins.
    fn begun(mut self) -> Result<Self, RestoreError> {
        self.begin_life()?;
        Ok(self)
    }

    pub(super) fn begin_life(&mut self) -> Result<(), RestoreError> {
        self.durable.next_token = self.durable.next_token.skip(TOKENS_PER_LIFE);
        self.check_invariants().map_err(|broken| RestoreError::Body { reason: broken.to_owned() })
    }

    /// The agent without anything that it kept itself, as a driver has it that set a refused snapshot aside. What Windows
    /// and the MDM channel hold is as it was: the program, the start type, the health task, who is there, policies.
    pub(crate) fn without_state(&self) -> Self {
        let mut durable = self.durable.of_machine();
        durable.next_token = durable.next_token.skip(TOKENS_PER_LIFE);
        let mut timers = self.timers.clone();
        for timer in super::Timer::ALL.into_iter().filter(|timer| *timer != super::Timer::Health) {
            timers.clear(timer);
        }
        let is_there = !matches!(self.phase, Phase::Absent);
        Self { durable, timers, phase: if is_there { Phase::Stopped } else { Phase::Absent } }
    }

    /// This agent, restored, where the machine is as another one knows it: what Windows and the MDM channel hold does not
    /// come out of the agent's file, which may be old.
    pub(crate) fn on_machine_of(mut self, other: &Self) -> Self {
        self.take_machine_of(other);
        self
    }

    pub(super) fn take_machine_of(&mut self, other: &Self) {
        let there = &other.durable;
        let durable = &mut self.durable;
        durable.version = there.version;
        durable.start_type = there.start_type;
        durable.broken = there.broken;
        durable.certificate = there.certificate;
        durable.around = there.around;
        durable.next_token = there.next_token.skip(TOKENS_PER_LIFE);
        // The health task is Windows' own (B-10.8), and its day goes on whatever is in the file.
        durable.health_checks = there.health_checks;
        self.timers.take_over(super::Timer::Health, &other.timers);
        // Nor does a device that is managed by now count towards the removal of its agent (B-10.5, B-10.5a).
        if there.certificate {
            self.timers.clear(super::Timer::RemoveUnmanaged);
            self.timers.clear(super::Timer::RemoveDetected);
        }
    }

    /// How Windows starts the service.
    pub const fn start_type(&self) -> StartType {
        self.durable.start_type
    }
}

/// More tokens than a process uses between two snapshots: one for every request of an hourly poll in seven years.
const TOKENS_PER_LIFE: u32 = 1 << 16;

/// A check sum in which every single flipped bit shows: each step is a bijection of the sum so far. Eight bytes at a time; the
/// last ones are filled up with zeros, which the length tells apart.
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().chain(std::iter::once(&last));
    words.fold(bytes.len() as u64, |sum, word| mix(sum ^ u64::from_le_bytes(*word)))
}

#[cfg(test)]
mod tests;
