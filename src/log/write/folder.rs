//! Where log files are: the few things that are asked of a file system.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Cursor;

use crate::log::Stamp;
use crate::log::order::{Held, held};

/// A folder of log files.
pub trait Folder {
    /// Why something could not be done.
    type Error: FolderError;

    /// The files that are there, with their sizes in bytes, in any order.
    ///
    /// # Errors
    /// If the folder cannot be read.
    fn files(&mut self) -> Result<Vec<(String, u64)>, Self::Error>;

    /// When the first and the last record of a file were written. `None` if it has none, if it cannot be read, or if the folder
    /// cannot tell; then files are taken to be as old as their names say.
    fn span(&mut self, name: &str) -> Option<(Stamp, Stamp)> {
        let _ = name;
        None
    }

    /// Puts bytes at the end of a file, which is made if it is not there. All of them or, on an error, as few as may be.
    ///
    /// # Errors
    /// If the bytes are not all there.
    fn append(&mut self, name: &str, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Gives a file another name, in the place of a file that has it.
    ///
    /// # Errors
    /// If the file has its old name still.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), Self::Error>;

    /// Deletes a file.
    ///
    /// # Errors
    /// If it is still there.
    fn remove(&mut self, name: &str) -> Result<(), Self::Error>;
}

/// What every error of a folder can do.
pub trait FolderError: std::error::Error {}

impl FolderError for Infallible {}

/// A folder in memory.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct MemoryFolder {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryFolder {
    /// The files by name.
    pub const fn contents(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// The bytes of a file; none if it is not there.
    pub fn bytes(&self, name: &str) -> &[u8] {
        self.files.get(name).map_or(&[], Vec::as_slice)
    }
}

impl Folder for MemoryFolder {
    type Error = Infallible;

    fn files(&mut self) -> Result<Vec<(String, u64)>, Infallible> {
        Ok(self.files.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect())
    }

    fn span(&mut self, name: &str) -> Option<(Stamp, Stamp)> {
        held(Cursor::new(self.files.get(name)?)).ok().flatten().map(Held::stamps)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> Result<(), Infallible> {
        match self.files.get_mut(name) {
            Some(file) => file.extend_from_slice(bytes),
            None => {
                self.files.insert(name.to_owned(), bytes.to_vec());
            }
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), Infallible> {
        if let Some(bytes) = self.files.remove(from) {
            self.files.insert(to.to_owned(), bytes);
        }
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Result<(), Infallible> {
        self.files.remove(name);
        Ok(())
    }
}
