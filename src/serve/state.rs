//! What the service keeps on disk: one file, replaced as a whole.
//!
//! | bytes | meaning |
//! |---|---|
//! | 0 to 11 | `imesim-serve` |
//! | 12 | version, [`VERSION`] |
//! | 13 to 44 | SHA-256 of all that follows |
//! | from 45 | [`Kept`] in postcard's form |
//!
//! A file that is damaged, of another version or of another scenario is refused and left as it is. Whether to go on
//! without it is for a person to say: [`set_aside`] renames it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::record::Record;
use crate::catalog::Change;
use crate::time::Wall;

/// The version of the file.
pub const VERSION: u8 = 1;
const MAGIC: &[u8; 12] = b"imesim-serve";
const HEADER: usize = 12 + 1 + 32;

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

/// The file's bytes.
pub(super) fn encode(kept: &Kept) -> Result<Vec<u8>, StateError> {
    let body = postcard::to_allocvec(kept).map_err(|error| StateError::Damaged { reason: error.to_string() })?;
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend(MAGIC);
    bytes.push(VERSION);
    bytes.extend(Sha256::digest(&body));
    bytes.extend(body);
    Ok(bytes)
}

/// What was kept.
pub(super) fn decode(bytes: &[u8]) -> Result<Kept, StateError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(StateError::Foreign)?;
    let (version, rest) = rest.split_first().ok_or(StateError::Foreign)?;
    if *version != VERSION {
        return Err(StateError::Version { found: *version });
    }
    let damaged = |reason: &str| StateError::Damaged { reason: reason.to_owned() };
    let (sum, body) = rest.split_first_chunk::<32>().ok_or_else(|| damaged("it is cut short"))?;
    if Sha256::digest(body).as_slice() != sum {
        return Err(damaged("its check sum is another"));
    }
    match postcard::take_from_bytes(body) {
        Ok((kept, [])) => Ok(kept),
        Ok(_) => Err(damaged("more follows its end")),
        Err(error) => Err(damaged(&error.to_string())),
    }
}

/// Reads a file; `None` if there is none.
#[allow(clippy::disallowed_methods, reason = "the state of the service is a file")]
pub(super) fn load(path: &Path) -> Result<Option<Kept>, StateError> {
    match fs::read(path) {
        Ok(bytes) => decode(&bytes).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StateError::File { doing: "read", kind: error.kind() }),
    }
}

/// When the service whose file this is first started: its scenario has to start then again.
///
/// # Errors
/// [`StateError`] for a file that cannot be used.
pub fn started(path: &Path) -> Result<Option<Wall>, StateError> {
    Ok(load(path)?.map(|kept| kept.start))
}

/// Writes a new file beside the old one, brings it to disk, and puts it in the old one's place.
pub(super) fn save(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    let written = || -> io::Result<()> {
        let beside = with_ending(path, ".new");
        let mut file = private().open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&beside, path)?;
        sync_folder(path)
    };
    written().map_err(|error| StateError::File { doing: "written", kind: error.kind() })
}

/// Puts a file that was refused out of the way, under a name that is free, and says under which.
///
/// # Errors
/// [`StateError::File`] if it cannot be renamed.
pub fn set_aside(path: &Path) -> Result<PathBuf, StateError> {
    let mut number = 1_u32;
    let aside = loop {
        let aside = with_ending(path, &format!(".set-aside-{number}"));
        if !aside.exists() {
            break aside;
        }
        number += 1;
    };
    fs::rename(path, &aside).map_err(|error| StateError::File { doing: "set aside", kind: error.kind() })?;
    Ok(aside)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// How files are made that only their owner may read.
pub(super) fn private() -> fs::OpenOptions {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// On Unix a rename is on disk once its folder is.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
