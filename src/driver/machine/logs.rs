//! The agent's own log files on a machine: where they are, what the ids in them stand for, and what becomes of records that
//! cannot be written. First read: B-11.5 to B-11.13.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::store::{file_error, gone};
use super::{Machine, ShownLogs, Store, StoreError};
use crate::log::event::Guid;
use crate::log::write::{
    DiskError, DiskFolder, Entry, Ids, Limits, LogSet, Pen, RegistryError, RegistryValues, is_log,
};
use crate::profile::Log;
use crate::protocol::{PolicyId, Token, UserId};

/// The ids of messages on a machine. The protocol knows numbers, and each is read off its id as it stands there:
///
/// | id | stands for |
/// |---|---|
/// | `00000001-0000-4000-8000-000000000042` | script, app, remediation or compliance script 42 of the configuration |
/// | `00000002-0000-4000-8000-000000000003` | user 3: the third line of `users.txt` in the state folder |
/// | `00000003-0000-4000-8000-000000000017` | request, run or download 17 |
/// | `00000000-0000-0000-0000-000000000000` | the device, where a user is expected (B-11.13) |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MachineIds;

impl Ids for MachineIds {
    fn policy(&self, policy: PolicyId) -> Guid {
        id(1, policy.0)
    }

    fn user(&self, user: UserId) -> Guid {
        if user == UserId::DEVICE { Guid::ZERO } else { id(2, user.0.into()) }
    }

    fn token(&self, token: Token) -> Guid {
        id(3, token.number())
    }
}

/// The digits of a decimal number, which has ten at most, stand for themselves.
fn id(kind: u128, number: u32) -> Guid {
    let digits = (0..10).fold(0, |digits, place| digits | u128::from(number / 10_u32.pow(place) % 10) << (4 * place));
    Guid(kind << 96 | 0x4000 << 64 | 0x8000 << 48 | digits)
}

/// Writes the log files of a machine's agent, and never fails: what cannot be written is counted, and each record is a new try.
///
/// The files are made anew when somebody has taken them away.
#[derive(Debug)]
pub struct MachineLogs<M> {
    machine: Arc<M>,
    folder: PathBuf,
    log: Log,
    /// What the registry said when it was last looked at.
    values: RegistryValues,
    set: Option<LogSet<DiskFolder>>,
    lost: u64,
    /// What lost the first of them, until it is told.
    trouble: Option<LogsError>,
}

/// Why a record was not written, or not as the registry would have it.
#[derive(Debug, thiserror::Error)]
enum LogsError {
    #[error("{}: cannot make the folder: {source}; {GOES_ON}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("{0}; {GOES_ON}")]
    Disk(#[from] DiskError),
    #[error("the log files keep to the limits of the configuration, for in the registry {0}")]
    Values(#[from] RegistryError),
}

const GOES_ON: &str = "the agent goes on, and `status` counts what its logs lose";

impl<M: Machine> MachineLogs<M> {
    /// Log files in a folder, which is made for this account alone if it is not there; one that is there keeps its rights.
    pub fn new(machine: Arc<M>, folder: PathBuf, log: Log) -> Self {
        let mut logs =
            Self { machine, folder, log, values: RegistryValues::default(), set: None, lost: 0, trouble: None };
        logs.look();
        logs
    }

    /// Looks whether the registry has other limits than before; they hold from the next record on (B-11.12).
    pub fn look(&mut self) {
        let values = self.machine.log_values();
        if values != self.values {
            self.values = values;
            self.set = None;
            self.trouble = Limits::with_registry(&self.log, &self.values).err().map(Into::into);
        }
    }

    /// Those of the registry as far as they are numbers, else all of the profile.
    fn limits(&self) -> Limits {
        Limits::with_registry(&self.log, &self.values).unwrap_or_else(|_| Limits::of(&self.log))
    }

    /// Where they are and how many records were lost.
    pub fn shown(&self) -> ShownLogs {
        ShownLogs { folder: self.folder.display().to_string(), lost: self.lost }
    }

    /// The first thing that went wrong, once, and what becomes of it.
    pub fn trouble(&mut self) -> Option<String> {
        self.trouble.take().map(|error| error.to_string())
    }

    fn record(&mut self, entry: &Entry<'_>) -> Result<(), LogsError> {
        let set = match &mut self.set {
            Some(set) => set,
            None => {
                if !self.folder.is_dir() {
                    let made = self.machine.private_folder(&self.folder);
                    made.map_err(|source| LogsError::Folder { path: self.folder.clone(), source })?;
                }
                let set = LogSet::open(DiskFolder::open(&self.folder)?, &self.log, self.limits())?;
                self.set.insert(set)
            }
        };
        Ok(set.record(entry)?)
    }
}

impl<M: Machine> Pen for MachineLogs<M> {
    fn write(&mut self, entry: &Entry<'_>) {
        // What is open after somebody took the files away leads nowhere.
        let is_there = self.folder.join(format!("{}.log", entry.file.name())).is_file();
        self.set = self.set.take().filter(|_| is_there);
        let was_open = self.set.is_some();
        let mut written = self.record(entry);
        if written.is_err() && was_open {
            self.set = None;
            written = self.record(entry);
        }
        let Err(error) = written else { return };
        self.set = None;
        if self.lost == 0 {
            self.trouble = Some(error);
        }
        self.lost += 1;
    }
}

/// Removes everything of the agent's own: its log files, then its state. Gives what is left.
///
/// # Errors
/// [`StoreError::File`] for what could not be removed; the state is removed all the same if that was a log.
pub fn remove_all<M: Machine>(store: Store<M>, logs: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let beside = remove_logs(logs);
    let mut left = store.remove()?;
    left.extend(beside?);
    Ok(left)
}

/// Takes log files of the agent away, by their names, and the folder if nothing else is in it.
fn remove_logs(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let unreadable = |error: io::Error| file_error(folder, "read", &error);
    let entries = match fs::read_dir(folder) {
        // What stands there in place of a folder was never written to.
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => return Ok(Vec::new()),
        other => other.map_err(unreadable)?,
    };
    let mut left = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        if entry.file_name().to_str().is_some_and(is_log) {
            let path = entry.path();
            gone(fs::remove_file(&path)).map_err(|error| file_error(&path, "removed", &error))?;
        } else {
            left.push(entry.path());
        }
    }
    if left.is_empty() {
        gone(fs::remove_dir(folder)).map_err(|error| file_error(folder, "removed", &error))?;
    }
    Ok(left)
}

#[cfg(test)]
mod tests;
