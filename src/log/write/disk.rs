//! A folder of log files on a disk.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::folder::{Folder, FolderError};
use crate::log::Stamp;
use crate::log::order::{Held, of_file};

/// A folder on a disk. What is appended is handed to the system at once, so that a process that dies loses no whole record.
#[derive(Debug)]
pub struct DiskFolder {
    path: PathBuf,
    open: BTreeMap<String, File>,
}

/// Why something could not be done in a folder on a disk.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot {what}: {source}", path.display())]
pub struct DiskError {
    /// What was to be done.
    what: &'static str,
    /// With which file or folder.
    path: PathBuf,
    /// What the system says.
    source: io::Error,
}

impl FolderError for DiskError {}

impl DiskFolder {
    /// The folder at a path, which is made if it is not there.
    ///
    /// # Errors
    /// [`DiskError`] if it is not there and cannot be made.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, DiskError> {
        let path = path.into();
        fs::create_dir_all(&path).map_err(|error| failed("make the folder", &path, error))?;
        Ok(Self { path, open: BTreeMap::new() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn file(&mut self, name: &str) -> Result<&mut File, DiskError> {
        let Self { path, open } = self;
        match open.entry(name.to_owned()) {
            std::collections::btree_map::Entry::Occupied(file) => Ok(file.into_mut()),
            std::collections::btree_map::Entry::Vacant(place) => {
                let path = path.join(name);
                let file = File::options().append(true).create(true).open(&path);
                Ok(place.insert(file.map_err(|error| failed("open the file", &path, error))?))
            }
        }
    }
}

fn failed(what: &'static str, path: &Path, source: io::Error) -> DiskError {
    DiskError { what, path: path.to_owned(), source }
}

impl Folder for DiskFolder {
    type Error = DiskError;

    fn files(&mut self) -> Result<Vec<(String, u64)>, DiskError> {
        let unread = |error| failed("read the folder", &self.path, error);
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let about = entry.metadata().map_err(unread)?;
            // A name that is no text is none of ours.
            if let (true, Ok(name)) = (about.is_file(), entry.file_name().into_string()) {
                files.push((name, about.len()));
            }
        }
        Ok(files)
    }

    fn span(&mut self, name: &str) -> Option<(Stamp, Stamp)> {
        of_file(&self.path.join(name)).map(Held::stamps)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let written = self.file(name)?.write_all(bytes);
        written.map_err(|error| failed("write to the file", &self.path.join(name), error))
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        // Windows renames no file that is open.
        self.open.remove(from);
        self.open.remove(to);
        let path = self.path.join(from);
        fs::rename(&path, self.path.join(to)).map_err(|error| failed("rename the file", &path, error))
    }

    fn remove(&mut self, name: &str) -> Result<(), DiskError> {
        self.open.remove(name);
        let path = self.path.join(name);
        fs::remove_file(&path).map_err(|error| failed("delete the file", &path, error))
    }
}
