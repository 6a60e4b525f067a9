//! Which files are logs, and which of them are parts of one log (B-11.5, B-11.11).

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::order;
use super::timeline::Timeline;
use super::trace::Trace;

/// A log on disk: its parts, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOnDisk {
    /// Its name, such as `IntuneManagementExtension`.
    pub name: String,
    /// Its parts, oldest first.
    pub parts: Vec<PathBuf>,
}

/// What is wrong with a place where logs should be.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// There is nothing there, or it cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The place.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A folder without any log.
    #[error("there is no log in {}: no file ends in .log", .0.display())]
    NoLogs(PathBuf),
    /// Nothing that was read has any record.
    #[error("{} is no log of the agent: it has no record, whole or torn", .0.display())]
    NotALog(PathBuf),
}

/// The name of a log and the place of a file among its parts.
///
/// `Name-20260302-080005.log` was rotated then, `_Name.log` once before the current file, and `Name.log` is the current file.
/// An ending other than `.log` is no part of the name either.
///
/// ```
/// use imesim::log::files::part_of;
///
/// assert_eq!(part_of("HealthScripts-20260302-080005.log"), ("HealthScripts", Some("20260302-080005")));
/// assert_eq!(part_of("_HealthScripts.log"), ("HealthScripts", Some("")));
/// assert_eq!(part_of("HealthScripts.log"), ("HealthScripts", None));
/// ```
pub fn part_of(file: &str) -> (&str, Option<&str>) {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    if let Some(name) = stem.strip_prefix('_').filter(|name| !name.is_empty()) {
        return (name, Some(""));
    }
    let stamp = stem.len().checked_sub("-20260302-080005".len());
    if let Some((name, stamp)) = stamp.filter(|at| *at > 0).and_then(|at| stem.split_at_checked(at)) {
        let is_stamp = stamp.bytes().enumerate().all(|(place, byte)| match place {
            0 | 9 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if is_stamp {
            return (name, stamp.get(1..));
        }
    }
    (stem, None)
}

/// Finds the logs at these places: files as they are, and the `.log` files of folders. Parts of one log are joined if they
/// stand in the same folder: first those with a stamp in its order, then the one with an underscore, then the current one; where
/// the clock was set back and names mislead, in the order of what they hold.
///
/// # Errors
/// [`LogsError::Unreadable`] and [`LogsError::NoLogs`].
pub fn find(places: &[PathBuf]) -> Result<Vec<LogOnDisk>, LogsError> {
    let mut files: Vec<PathBuf> = Vec::new();
    for place in places {
        let unreadable = |error| LogsError::Unreadable { path: place.clone(), error };
        if !place.metadata().map_err(unreadable)?.is_dir() {
            files.push(place.clone());
            continue;
        }
        let mut here = Vec::new();
        for entry in place.read_dir().map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let is_log = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("log"));
            if is_log && path.is_file() {
                here.push(path);
            }
        }
        if here.is_empty() {
            return Err(LogsError::NoLogs(place.clone()));
        }
        files.append(&mut here);
    }
    let mut parts: Vec<(PathBuf, String, u8, String, PathBuf)> = files
        .into_iter()
        .map(|path| {
            let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let (name, part) = part_of(&file);
            let (age, stamp) = match part {
                Some("") => (1, ""),
                Some(stamp) => (0, stamp),
                None => (2, ""),
            };
            (folder, name.to_owned(), age, stamp.to_owned(), path)
        })
        .collect();
    parts.sort();
    parts.dedup();
    let mut logs: Vec<(PathBuf, LogOnDisk)> = Vec::new();
    for (folder, name, _, _, path) in parts {
        match logs.last_mut() {
            Some((of, log)) if *of == folder && log.name == name => log.parts.push(path),
            Some(_) | None => logs.push((folder, LogOnDisk { name, parts: vec![path] })),
        }
    }
    let mut logs: Vec<LogOnDisk> = logs.into_iter().map(|(_, log)| log).collect();
    logs.iter_mut().for_each(|log| order::by_contents(&mut log.parts));
    Ok(logs)
}

/// Reads all logs at these places into one timeline.
///
/// # Errors
/// [`LogsError`]; a file without any record is an error if it was named, and if all files of the places are so.
pub fn read(places: &[PathBuf]) -> Result<Timeline, LogsError> {
    let mut timeline = Timeline::default();
    for log in find(places)? {
        let mut failed = None;
        let parts = log.parts.iter().map(|path| File::open(path).inspect_err(|_| failed = Some(path.clone())));
        let read = timeline.read(&log.name, parts);
        if let Err(error) = read {
            let path = failed.or_else(|| log.parts.first().cloned()).unwrap_or_default();
            return Err(LogsError::Unreadable { path, error });
        }
        let tally = timeline.logs.last().map(|summary| summary.tally).unwrap_or_default();
        let has_records = tally.records + tally.torn + tally.truncated > 0;
        let named = log.parts.iter().find(|part| places.contains(part));
        if let Some(path) = named.filter(|_| !has_records && tally.foreign > 0) {
            return Err(LogsError::NotALog(path.clone()));
        }
    }
    let has_any = timeline.logs.iter().any(|log| log.tally.records + log.tally.torn + log.tally.truncated > 0);
    let has_other = timeline.logs.iter().any(|log| log.tally.foreign > 0);
    match places.first() {
        Some(place) if has_other && !has_any => Err(LogsError::NotALog(place.clone())),
        Some(_) | None => Ok(timeline),
    }
}

/// Reads all logs at these places for what decisions are made of: those of a folder are one device's, and the folders come in
/// the order of their names.
///
/// # Errors
/// [`LogsError`], as [`read`].
pub fn traces(places: &[PathBuf]) -> Result<Vec<(PathBuf, Trace)>, LogsError> {
    let mut devices: Vec<(PathBuf, Trace, u64)> = Vec::new();
    for log in find(places)? {
        let folder = log.parts.first().and_then(|part| part.parent()).map(Path::to_path_buf).unwrap_or_default();
        if devices.last().is_none_or(|(of, ..)| *of != folder) {
            devices.push((folder, Trace::default(), 0));
        }
        let Some((_, trace, count)) = devices.last_mut() else { continue };
        let mut failed = None;
        let parts = log.parts.iter().map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, File::open(path).inspect_err(|_| failed = Some(path.clone())))
        });
        match trace.read(&log.name, parts) {
            Ok(records) => *count += records,
            Err(error) => {
                let path = failed.or_else(|| log.parts.first().cloned()).unwrap_or_default();
                return Err(LogsError::Unreadable { path, error });
            }
        }
    }
    devices.retain(|(.., records)| *records > 0);
    match places.first() {
        Some(place) if devices.is_empty() => Err(LogsError::NotALog(place.clone())),
        Some(_) | None => Ok(devices.into_iter().map(|(folder, trace, _)| (folder, trace)).collect()),
    }
}
