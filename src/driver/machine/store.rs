//! The state folder: the agent's snapshot with its awake time, results, users; one process at a time.
//!
//! ```text
//! agent.state        the clocks in one line, then the bytes of the snapshot
//! agent.lock         held while a process uses the folder
//! Logs/              the log files in the real agent's form, where the configuration names no other folder for them
//! asked/             what people ask of the running process: `imesim-agent tell`
//! certificate.txt    the name of the MDM certificate that was seen last, where the machine itself tells
//! agent.refused-N    a state that was damaged and set aside
//! messages.log       what the process had to say to people; messages.old is the one before
//! status.json        what the running process shows of itself
//! users.txt          one user a line: the number of the line is the agent's id of the user
//! results/           the last run of each script and user
//! scripts/           texts of scripts that are running
//! user-scripts/      the same of those that run as a user, who must be able to read them
//! ```
//!
//! A state is written to a new file, flushed, renamed over the old one, and the folder is flushed: at every moment one
//! whole state is there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Machine;
use super::ask::FOLDER as ASKED;
use super::reading::Anchor;
use super::show::time;
use crate::chance::mix;
use crate::driver::HostError;
use crate::time::{Awake, Span};

/// The state folder, held by this process.
#[derive(Debug)]
pub struct Store<M> {
    machine: Arc<M>,
    folder: PathBuf,
    /// Let go of when it is dropped.
    lock: Option<File>,
}

/// Why a state folder cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be made, or is not for this process alone.
    #[error("the state folder {path} cannot be used: {reason}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Another process holds it.
    #[error("another instance is running with the state folder {path}")]
    Held {
        /// The folder.
        path: PathBuf,
    },
    /// A file in it cannot be read or written.
    #[error("{path} cannot be {done}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What was to be done with it.
        done: &'static str,
        /// Why it was not.
        reason: String,
    },
}

/// A state that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The clocks when it was written.
    pub anchor: Anchor,
    /// The bytes of the snapshot, not yet judged.
    pub snapshot: Vec<u8>,
}

/// What is wrong with the line before a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the first line of the state is damaged")]
pub struct DamagedState;

impl<M: Machine> Store<M> {
    /// Makes the folder if it is not there, restricts it to this account, and takes its lock.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed but perhaps the folder made.
    pub fn open(machine: Arc<M>, folder: &Path) -> Result<Self, StoreError> {
        let unusable = |error: io::Error| StoreError::Folder { path: folder.to_owned(), reason: error.to_string() };
        machine.private_folder(folder).map_err(unusable)?;
        let lock = machine.lock(&folder.join(LOCK)).map_err(unusable)?;
        let lock = lock.ok_or_else(|| StoreError::Held { path: folder.to_owned() })?;
        for part in [RESULTS, SCRIPTS, ASKED] {
            machine.private_folder(&folder.join(part)).map_err(unusable)?;
        }
        machine.readable_folder(&folder.join(USER_SCRIPTS)).map_err(unusable)?;
        let store = Self { machine, folder: folder.to_owned(), lock: Some(lock) };
        store.clear_scripts();
        Ok(store)
    }

    /// The lock of a folder.
    pub fn lock_in(folder: &Path) -> PathBuf {
        folder.join(LOCK)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where results lie.
    pub fn results(&self) -> PathBuf {
        self.folder.join(RESULTS)
    }

    /// Where the texts of scripts lie that run as the agent itself, or as a user.
    pub fn scripts(&self, as_user: bool) -> PathBuf {
        self.folder.join(if as_user { USER_SCRIPTS } else { SCRIPTS })
    }

    /// The users that were seen, in the order of their ids from 1 on.
    pub fn users(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join(USERS)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Writes the users that were seen.
    ///
    /// # Errors
    /// [`HostError`] if they are not on disk.
    pub fn write_users(&self, users: &[String]) -> Result<(), HostError> {
        self.replace(USERS, (users.join("\n") + "\n").as_bytes())
    }

    /// The name of the MDM certificate that was seen last.
    pub fn certificate(&self) -> Option<String> {
        fs::read_to_string(self.folder.join(CERTIFICATE)).ok().map(|name| name.trim().to_owned())
    }

    /// Keeps the name of the MDM certificate, so that its loss is noticed by the next process too.
    ///
    /// # Errors
    /// [`HostError`] if it is not on disk.
    pub fn write_certificate(&self, name: &str) -> Result<(), HostError> {
        self.replace(CERTIFICATE, name.as_bytes())
    }

    /// Writes clocks and snapshot, so that they are on disk when this returns.
    ///
    /// # Errors
    /// [`HostError`] if they are not; the state before them is then still whole.
    pub fn write_state(&self, anchor: &Anchor, snapshot: &[u8]) -> Result<(), HostError> {
        let mut bytes = head(anchor);
        bytes.extend_from_slice(snapshot);
        self.replace(STATE, &bytes)
    }

    /// Writes what the process shows of itself. A reader sees the old or the new one; neither need survive a power cut.
    ///
    /// # Errors
    /// [`HostError`] if it was not written.
    pub fn write_status(&self, text: &str) -> Result<(), HostError> {
        self.replace(STATUS, text.as_bytes())
    }

    /// Says something to people: on the error stream, which a service has not, and in the folder.
    pub fn say(&self, text: &str) {
        crate::out::say(format_args!("imesim-agent: {text}"));
        let path = self.folder.join(MESSAGES);
        if fs::metadata(&path).is_ok_and(|is| is.len() >= MESSAGES_MAX) {
            // Where it stays it grows on; nothing relies on either.
            let _kept = self.machine.replace(&path, &self.folder.join(MESSAGES_BEFORE));
        }
        let line = format!("{} {text}\n", time(self.machine.read().wall));
        let open = || match self.machine.private_file(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => OpenOptions::new().append(true).open(&path),
            other => other,
        };
        // There is nobody to tell that nobody can be told.
        let _unsaid = open().and_then(|mut file| file.write_all(line.as_bytes()));
    }

    /// Sets a state aside that was refused, and says where it lies now.
    ///
    /// # Errors
    /// [`StoreError::File`] if it could not be renamed.
    pub fn set_aside(&self) -> Result<PathBuf, StoreError> {
        let from = self.folder.join(STATE);
        let free = (1..).map(|n: u32| self.folder.join(format!("{REFUSED}{n}"))).find(|path| !path.exists());
        let to = free.unwrap_or_else(|| self.folder.join(REFUSED));
        let failed = |error| file_error(&from, "set aside", &error);
        fs::rename(&from, &to).map_err(failed)?;
        self.machine.flush_folder(&self.folder).map_err(failed)?;
        Ok(to)
    }

    /// Removes everything of the agent's own, and the folder if nothing else is in it. Gives what is left.
    ///
    /// # Errors
    /// [`StoreError::File`] for what could not be removed.
    pub fn remove(mut self) -> Result<Vec<PathBuf>, StoreError> {
        for part in [RESULTS, SCRIPTS, USER_SCRIPTS, ASKED] {
            let path = self.folder.join(part);
            gone(fs::remove_dir_all(&path)).map_err(|error| file_error(&path, "removed", &error))?;
        }
        let mut left = Vec::new();
        let unreadable = |error| file_error(&self.folder, "read", &error);
        for entry in fs::read_dir(&self.folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
            if name == LOCK {
                continue;
            }
            let base = name.strip_suffix(NEW).unwrap_or(name);
            if [STATE, STATUS, USERS, CERTIFICATE, MESSAGES, MESSAGES_BEFORE].contains(&base)
                || name.starts_with(REFUSED)
            {
                gone(fs::remove_file(&path)).map_err(|error| file_error(&path, "removed", &error))?;
            } else {
                left.push(path);
            }
        }
        // The lock is let go of last; where files can be removed while they are open, nobody can slip in between.
        let lock = self.folder.join(LOCK);
        let held = self.lock.take();
        let early = fs::remove_file(&lock);
        drop(held);
        if early.is_err() {
            gone(fs::remove_file(&lock)).map_err(|error| file_error(&lock, "removed", &error))?;
        }
        if left.is_empty() {
            gone(fs::remove_dir(&self.folder)).map_err(|error| file_error(&self.folder, "removed", &error))?;
        }
        Ok(left)
    }

    /// Takes away the texts of scripts that a process before left.
    fn clear_scripts(&self) {
        let folders = [self.scripts(false), self.scripts(true)];
        for entry in folders.into_iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
            // What cannot be removed is written over when that script runs again.
            let _kept = fs::remove_file(entry.path());
        }
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), HostError> {
        let (to, new) = (self.folder.join(name), self.folder.join(format!("{name}{NEW}")));
        let write = || {
            gone(fs::remove_file(&new))?;
            let mut file = self.machine.private_file(&new)?;
            file.write_all(bytes)?;
            if name != STATUS {
                file.sync_all()?;
            }
            drop(file);
            self.machine.replace(&new, &to)?;
            if name == STATUS { Ok(()) } else { self.machine.flush_folder(&self.folder) }
        };
        write().map_err(|error| HostError { place: to.display().to_string(), kind: error.kind() })
    }
}

/// Reads the state in a folder, whoever holds it. `None` if there is none.
///
/// # Errors
/// [`StoreError::File`] if it is there and cannot be read.
pub fn read_state(folder: &Path) -> Result<Option<Result<Saved, DamagedState>>, StoreError> {
    let path = folder.join(STATE);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(parse(&bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error(&path, "read", &error)),
    }
}

/// Reads what the running process shows of itself, if there is one or was.
pub(super) fn read_status(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join(STATUS)).ok()
}

/// Where the results in a folder lie.
pub(super) fn results_in(folder: &Path) -> PathBuf {
    folder.join(RESULTS)
}

fn head(anchor: &Anchor) -> Vec<u8> {
    let (awake, reading) = (anchor.awake.passed().as_millis(), anchor.reading.as_millis());
    let clocks = format!("{MAGIC} awake={awake} reading={reading} boot={}", anchor.boot);
    format!("{clocks} sum={:016x}\n", sum(&clocks)).into_bytes()
}

fn parse(bytes: &[u8]) -> Result<Saved, DamagedState> {
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(DamagedState)?;
    let (head, snapshot) = bytes.split_at(end);
    let head = std::str::from_utf8(head).map_err(|_| DamagedState)?;
    let (clocks, found) = head.rsplit_once(" sum=").ok_or(DamagedState)?;
    if u64::from_str_radix(found, 16) != Ok(sum(clocks)) {
        return Err(DamagedState);
    }
    let mut words = clocks.strip_prefix(MAGIC).ok_or(DamagedState)?.trim_start().splitn(3, ' ');
    let mut word = |name: &str| words.next().and_then(|word| word.strip_prefix(name)).ok_or(DamagedState);
    let awake = word("awake=")?.parse().map_err(|_| DamagedState)?;
    let reading = word("reading=")?.parse().map_err(|_| DamagedState)?;
    let boot = word("boot=")?.to_owned();
    let anchor = Anchor { awake: Awake::at(Span::millis(awake)), reading: Span::millis(reading), boot };
    Ok(Saved { anchor, snapshot: snapshot.get(1..).unwrap_or_default().to_vec() })
}

fn sum(text: &str) -> u64 {
    text.bytes().fold(text.len() as u64, |sum, byte| mix(sum ^ u64::from(byte)))
}

/// What is not there need not be removed.
pub(super) fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

pub(super) fn file_error(path: &Path, done: &'static str, error: &io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), done, reason: error.to_string() }
}

const MAGIC: &str = "imesim-agent-state 1";
const STATE: &str = "agent.state";
const LOCK: &str = "agent.lock";
const REFUSED: &str = "agent.refused-";
const STATUS: &str = "status.json";
const USERS: &str = "users.txt";
const CERTIFICATE: &str = "certificate.txt";
const MESSAGES: &str = "messages.log";
const MESSAGES_BEFORE: &str = "messages.old";
/// How long the messages may become, in bytes.
const MESSAGES_MAX: u64 = 256 * 1_024;
const RESULTS: &str = "results";
const SCRIPTS: &str = "scripts";
const USER_SCRIPTS: &str = "user-scripts";
const NEW: &str = ".new";

#[cfg(test)]
mod tests;
