//! The state file while a service runs: nobody else uses it, steps are added to it, and now and then it begins anew.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::file::{self, Lock};
use super::state::{self, Kept, StateError, Step, Tail};

/// A state file, held by this service alone.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    /// How many bytes of steps are written before the file begins anew; 0 for none.
    limit: u64,
    /// The file and where its next step goes; none where only a file that begins anew can be relied on.
    open: Option<Open>,
    /// What stood behind the last whole step when the file was opened.
    torn: Vec<u8>,
    _lock: Lock,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// Where the first step goes.
    begin: u64,
    tail: Tail,
}

/// The end of a state file was torn: a process or a machine ended while a step was written, of which nobody had been told that it is
/// kept. It is in a file of its own, and the state goes on from before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// How many bytes.
    pub bytes: usize,
    /// Where they are now.
    pub aside: PathBuf,
}

impl Journal {
    /// Takes the lock and reads what is there. Nothing of the file changes.
    pub(super) fn open(path: &Path, limit: u64) -> Result<(Self, Option<Kept>), StateError> {
        let lock = Lock::take(path).map_err(unwritten)?.ok_or(StateError::InUse)?;
        let mut journal = Self { path: path.to_owned(), limit, open: None, torn: Vec::new(), _lock: lock };
        let Some(bytes) = state::load(path)? else { return Ok((journal, None)) };
        let (kept, tail) = state::decode(&bytes)?;
        let end = usize::try_from(tail.end).unwrap_or(bytes.len());
        journal.torn = bytes.get(end..).unwrap_or_default().to_vec();
        Ok((journal, Some(kept)))
    }

    /// Keeps a torn end, if there is one, in a file of its own. The next file that begins anew is without it.
    pub(super) fn keep_torn(&mut self) -> Result<Option<Torn>, StateError> {
        if self.torn.is_empty() {
            return Ok(None);
        }
        let aside = file::free(&self.path, "torn");
        file::write(&aside, &self.torn).map_err(unwritten)?;
        Ok(Some(Torn { bytes: std::mem::take(&mut self.torn).len(), aside }))
    }

    /// True if steps may be missing in the file, so that only one that begins anew is of use.
    pub(super) const fn is_broken(&self) -> bool {
        self.open.is_none()
    }

    /// True if the file is to begin anew with the next thing that is written.
    pub(super) fn is_full(&self) -> bool {
        // Steps take as much as the beginning at least, so that beginnings are no more than half of what is written.
        self.limit == 0
            || self.open.as_ref().is_some_and(|Open { begin, tail, .. }| tail.end - begin >= self.limit.max(*begin))
    }

    /// Writes everything.
    pub(super) fn begin(&mut self, kept: &Kept) -> Result<(), StateError> {
        let (bytes, tail) = state::encode(kept)?;
        // A file that is open might not be replaced.
        self.open = None;
        file::replace(&self.path, &bytes).map_err(unwritten)?;
        let file = File::options().append(true).open(&self.path).map_err(unwritten)?;
        self.open = Some(Open { file, begin: tail.end, tail });
        Ok(())
    }

    /// Adds a step and brings it to disk.
    pub(super) fn add(&mut self, step: &Step) -> Result<(), StateError> {
        // After a failure nobody knows what is in the file: the next one begins anew.
        let Some(Open { mut file, begin, tail }) = self.open.take() else {
            return Err(StateError::File { doing: "written", kind: io::ErrorKind::NotFound });
        };
        let (bytes, tail) = tail.encode(step)?;
        file.write_all(&bytes).and_then(|()| file.sync_data()).map_err(unwritten)?;
        if !file::is_at(&self.path, &file, tail.end) {
            return Err(StateError::File { doing: "written", kind: io::ErrorKind::NotFound });
        }
        self.open = Some(Open { file, begin, tail });
        Ok(())
    }
}

fn unwritten(error: io::Error) -> StateError {
    StateError::File { doing: "written", kind: error.kind() }
}
