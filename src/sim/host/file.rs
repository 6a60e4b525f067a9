//! The file in which the agent keeps what outlives its process, and what may become of it.
//!
//! A device on whose timeline nothing damages the file or cuts the power has none: what its agent remembers is then what a
//! file would hold, for the agent emits [`Persist`](crate::agent::Effect::Persist) before it relies on anything.

use super::Host;
use crate::device::{Action, StateFile};

/// The agent's file, and the disk that it is on.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Kept {
    /// What was written last, and what has become of it; empty where there is none.
    bytes: Vec<u8>,
    /// What was written last is noted elsewhere, and not among the bytes yet.
    is_noted: bool,
    is_read_only: bool,
    is_disk_full: bool,
    /// What was to be written last could not be.
    is_behind: bool,
}

impl Host {
    /// From now on what the agent keeps is written to a file.
    pub(in super::super) fn keep_file(&mut self) {
        self.past.get_or_insert_default().file = Some(Box::default());
    }

    /// True where the file counts.
    pub(in super::super) fn has_file(&self) -> bool {
        self.past.as_ref().is_some_and(|past| past.file.is_some())
    }

    /// True while nothing more fits on the disk.
    pub(in super::super) fn is_disk_full(&self) -> bool {
        self.file().is_some_and(|file| file.is_disk_full)
    }

    /// What is in the file.
    pub(in super::super) fn file_bytes(&self) -> FileBytes<'_> {
        match self.file() {
            None => FileBytes::Missing,
            Some(file) if file.is_noted => FileBytes::AsNoted,
            Some(file) => FileBytes::Are(&file.bytes),
        }
    }

    /// The file without its device: nothing is written meanwhile.
    pub(in super::super) fn take_file(&mut self) -> Option<Box<Kept>> {
        self.past.as_mut().and_then(|past| past.file.take())
    }

    pub(in super::super) fn put_file(&mut self, file: Option<Box<Kept>>) {
        if file.is_some() {
            self.past.get_or_insert_default().file = file;
        }
    }

    /// The file is written, if there is one; whether that could be. What it holds has to be noted, until somebody
    /// [damages](Self::damage_file) the bytes.
    pub(in super::super) fn write_file(&mut self) -> Option<bool> {
        let file = self.file_mut()?;
        let is_writable = !file.is_read_only && !file.is_disk_full;
        file.is_noted |= is_writable;
        file.is_behind = !is_writable;
        Some(is_writable)
    }

    /// True while what was to be written last could not be: the file is an older one.
    #[cfg(feature = "check")]
    pub(in super::super) fn is_file_behind(&self) -> bool {
        self.file().is_some_and(|file| file.is_behind)
    }

    /// The agent or the whole device is gone, and the file with it.
    pub(in super::super) fn delete_file(&mut self) {
        if let Some(file) = self.file_mut() {
            file.bytes.clear();
            (file.is_noted, file.is_behind) = (false, false);
        }
    }

    /// Something happens to the file or to its disk. Damage is done to bytes, which are written of what was noted.
    pub(in super::super) fn damage_file(&mut self, action: Action, write: impl FnOnce(&mut Vec<u8>)) {
        let Some(file) = self.file_mut() else { return };
        if let Action::DiskFull(is_full) = action {
            file.is_disk_full = is_full;
        }
        let Action::StateFile(change) = action else { return };
        let bytes = || {
            if std::mem::take(&mut file.is_noted) {
                write(&mut file.bytes);
            }
            &mut file.bytes
        };
        match change {
            StateFile::Lost => {
                file.bytes.clear();
                file.is_noted = false;
            }
            StateFile::Torn => {
                let bytes = bytes();
                bytes.truncate(bytes.len() / 2);
            }
            StateFile::Zeroed => bytes().fill(0),
            StateFile::OldSchema => {
                if let Some(version) = bytes().get_mut(VERSION) {
                    version.fill(0);
                }
            }
            StateFile::ReadOnly => file.is_read_only = true,
            StateFile::Writable => file.is_read_only = false,
        }
    }

    fn file(&self) -> Option<&Kept> {
        self.past.as_ref().and_then(|past| past.file.as_deref())
    }

    fn file_mut(&mut self) -> Option<&mut Kept> {
        self.past.as_mut().and_then(|past| past.file.as_deref_mut())
    }
}

/// What is in a file.
pub(in super::super) enum FileBytes<'f> {
    /// There is no file that counts.
    Missing,
    /// What was noted when it was written last.
    AsNoted,
    /// These bytes.
    Are(&'f [u8]),
}

/// True for what only a device with a file can show.
pub(in super::super) const fn needs_file(action: Action) -> bool {
    matches!(action, Action::PowerCut | Action::StateFile(_) | Action::DiskFull(_))
}

/// Where the version of a snapshot stands, behind its four letters.
const VERSION: std::ops::Range<usize> = 4..6;
