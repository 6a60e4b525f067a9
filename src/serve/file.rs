//! Files of the service: for their owner alone, replaced as a whole, locked while they are used.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A path with something after its last letter.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The first of `PATH.ENDING-1`, `PATH.ENDING-2` and so on that is not there.
pub(super) fn free(path: &Path, ending: &str) -> PathBuf {
    let mut number = 1_u32;
    loop {
        let aside = with_ending(path, &format!(".{ending}-{number}"));
        if !aside.exists() {
            return aside;
        }
        number += 1;
    }
}

/// How files are made that only their owner may read.
pub(super) fn private() -> fs::OpenOptions {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file and brings it to disk.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private().open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes a new file beside the old one, brings it to disk, and puts it in the old one's place: at each moment one of the two is
/// there as a whole.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = with_ending(path, ".new");
    write(&beside, bytes)?;
    fs::rename(&beside, path)?;
    sync_folder(path)
}

/// On Unix a rename is on disk once its folder is.
#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// True if a path still leads to an open file, which has so many bytes.
pub(super) fn is_at(path: &Path, file: &File, length: u64) -> bool {
    let (Ok(there), Ok(own)) = (fs::metadata(path), file.metadata()) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if (there.dev(), there.ino()) != (own.dev(), own.ino()) {
            return false;
        }
    }
    there.len() == length && own.len() == length
}

/// A lock beside a file: what is locked is `PATH.lock`, since the file itself is replaced. It is held until it is dropped, or its
/// process ends in whichever way; the file of the lock stays.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock; `None` if somebody holds it.
    pub(super) fn take(path: &Path) -> io::Result<Option<Self>> {
        let path = with_ending(path, ".lock");
        let mut options = private();
        options.truncate(false);
        #[cfg(windows)]
        {
            // Nobody else may open it meanwhile.
            const SHARING_VIOLATION: i32 = 32;
            std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, 0);
            match options.open(path) {
                Ok(file) => Ok(Some(Self { _file: file })),
                Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(None),
                Err(error) => Err(error),
            }
        }
        #[cfg(unix)]
        {
            use rustix::fs::{FlockOperation, flock};
            let file = options.open(path)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => Ok(Some(Self { _file: file })),
                Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
                Err(error) => Err(error.into()),
            }
        }
    }
}
