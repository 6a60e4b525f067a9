//! The directory of an export: what may be in it, and making room.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::ExportError;
use super::{counted, devices};

/// The file that is written last.
pub(super) const SUMMARY: &str = "summary.json";

/// Makes the directory, or removes the files of an earlier export from it; nothing is removed if it holds anything else.
pub(super) fn prepare(path: &Path) -> Result<(), ExportError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => clear(path),
        Ok(_) => Err(ExportError::NotADirectory { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(path).map_err(|error| ExportError::directory(path, error))
        }
        Err(error) => Err(ExportError::directory(path, error)),
    }
}

fn clear(path: &Path) -> Result<(), ExportError> {
    let entries = entries(path).map_err(|error| ExportError::directory(path, error))?;
    if let Some((entry, _)) = entries.iter().find(|(_, is_ours)| !is_ours) {
        return Err(ExportError::Occupied { path: path.to_owned(), entry: entry.clone() });
    }
    // The summary goes first: without it nobody takes the rest for a whole export.
    let (summary, rest): (Vec<_>, Vec<_>) = entries.iter().partition(|(name, _)| name.as_os_str() == SUMMARY);
    for (name, _) in summary.into_iter().chain(rest) {
        let file = path.join(name);
        fs::remove_file(&file).map_err(|error| ExportError::write(&file, error))?;
    }
    Ok(())
}

/// The names in a directory, in order, and whether each is a plain file of ours.
fn entries(path: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let is_ours = entry.file_type()?.is_file() && is_our_name(&entry.file_name());
        entries.push((PathBuf::from(entry.file_name()), is_ours));
    }
    entries.sort();
    Ok(entries)
}

/// Also those of formats that this build cannot write.
fn is_our_name(name: &OsStr) -> bool {
    let tables = [devices::NAME, counted::LOAD, counted::CURVES];
    let ends = |name: &str, stem: &str| name.strip_prefix(stem).is_some_and(|end| [".csv", ".parquet"].contains(&end));
    name.to_str().is_some_and(|name| name == SUMMARY || tables.iter().any(|stem| ends(name, stem)))
}
