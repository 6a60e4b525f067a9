//! What can go wrong with an export.

use std::io;
use std::path::{Path, PathBuf};

/// Why nothing, or not everything, was exported. What was written until then stays, without a summary.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// There is something else in the place of the directory.
    #[error("{} is not a directory", path.display())]
    NotADirectory {
        /// The place.
        path: PathBuf,
    },
    /// The directory holds something that is not of an export; it was left as it is.
    #[error("{} holds {}, which is not of an export; name an empty or a new directory", path.display(), entry.display())]
    Occupied {
        /// The directory.
        path: PathBuf,
        /// The name of what it holds, the first in order.
        entry: PathBuf,
    },
    /// The directory cannot be made or looked into.
    #[error("cannot use the directory {}: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written, or an old one not be removed.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl ExportError {
    pub(super) fn directory(path: &Path, source: io::Error) -> Self {
        Self::Directory { path: path.to_owned(), source }
    }

    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }
}
