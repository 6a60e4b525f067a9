//! The logs of many devices of a simulation, each in a folder of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::disk::{DiskError, DiskFolder};
use super::entry::{Entry, Pen};
use super::folder::Folder;
use super::limits::Limits;
use super::set::LogSet;
use super::sim::DeviceLogs;
use crate::log::LogFile;
use crate::log::files::part_of;
use crate::sim::busy::Windows;
use crate::sim::plan::Plan;
use crate::sim::{Cast, CastError};

/// The logs of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its name.
    pub device: String,
    /// Where they are.
    pub folder: PathBuf,
    /// How many records were written, those in deleted files included.
    pub records: u64,
}

/// Why logs were not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The devices of the plan cannot be resolved.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// Logs are in the folder already. Nothing was written.
    #[error("{} has logs already, such as {name}", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// One of them.
        name: String,
    },
    /// A folder or file cannot be read or written.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Records were lost.
    #[error("{lost} records of {device} were lost: {error}")]
    Lost {
        /// The first thing that went wrong.
        error: DiskError,
        /// Whose records.
        device: String,
        /// How many.
        lost: u64,
    },
}

/// Runs devices of a plan, under a service that is as busy as this, and writes their logs below a folder: into it for one
/// device, into a folder for each for more. Logs that are there already are refused, or deleted if `replaces`.
///
/// # Errors
/// [`WriteError`]; on [`WriteError::Occupied`] nothing was written.
pub fn write_logs(
    plan: &Plan,
    devices: impl IntoIterator<Item = u64>,
    windows: &Windows,
    folder: &Path,
    replaces: bool,
) -> Result<Vec<Written>, WriteError> {
    let cast = Cast::new(plan)?;
    let named: Vec<(u64, String)> =
        devices.into_iter().filter_map(|number| Some((number, cast.name(number)?))).collect();
    let mut taken = BTreeSet::new();
    let mut places = Vec::new();
    for (number, device) in &named {
        let path = if named.len() == 1 { folder.to_owned() } else { folder.join(folder_name(device, &mut taken)) };
        let mut disk = DiskFolder::open(&path)?;
        let logs: Vec<String> = disk.files()?.into_iter().map(|(name, _)| name).filter(|name| is_log(name)).collect();
        match logs.first() {
            Some(name) if !replaces => return Err(WriteError::Occupied { folder: path, name: name.clone() }),
            Some(_) | None => places.push((*number, device.clone(), disk, logs)),
        }
    }
    let mut written = Vec::new();
    for (number, device, mut disk, logs) in places {
        logs.iter().try_for_each(|name| disk.remove(name))?;
        let folder = disk.path().to_owned();
        let set = LogSet::open(disk, &plan.profile.log, Limits::of(&plan.profile.log))?;
        let Some((mut set, Count(records))) = DeviceLogs::run(plan, &cast, number, windows, (set, Count(0))) else {
            continue;
        };
        if let Some((error, lost)) = set.check() {
            return Err(WriteError::Lost { error, device, lost });
        }
        written.push(Written { device, folder, records });
    }
    Ok(written)
}

/// Counts records.
#[derive(Debug)]
struct Count(u64);

impl Pen for Count {
    fn write(&mut self, _: &Entry<'_>) {
        self.0 += 1;
    }
}

/// True for the name of a log of the agent, current or old (B-11.5, B-11.7, B-11.11).
///
/// ```
/// use imesim::log::write::is_log;
///
/// assert!(is_log("AppWorkload.log") && is_log("AppWorkload-20260302-080005.log") && is_log("_AppWorkload.log"));
/// assert!(!is_log("notes.log"));
/// ```
pub fn is_log(name: &str) -> bool {
    let known = LogFile::ALL.into_iter().chain([LogFile::NotificationInfra]);
    name.ends_with(".log") && known.map(LogFile::name).any(|known| part_of(name).0 == known)
}

/// A name that every file system takes, and that no other device has.
fn folder_name(device: &str, taken: &mut BTreeSet<String>) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let plain: String = device.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let mut name = plain.clone();
    let mut number = 1_u64;
    // Some file systems do not tell case.
    while !taken.insert(name.to_lowercase()) {
        number += 1;
        name = format!("{plain}_{number}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_has_a_folder_of_its_own() {
        let mut taken = BTreeSet::new();
        let names = ["pc1", "PC1", "a/b", "a b", "..", "pc1_2"].map(|name| folder_name(name, &mut taken));
        assert_eq!(names, ["pc1", "PC1_2", "a_b", "a_b_2", "__", "pc1_2_2"]);
    }

    #[test]
    fn only_logs_of_the_agent_are_taken_for_such() {
        let logs = ["AppWorkload.log", "AppWorkload-20260302-080005.log", "_AppWorkload.log", "NotificationInfra.log"];
        assert!(logs.iter().all(|name| is_log(name)));
        assert!(!["notes.log", "AppWorkload.txt", "AppWorkload-2026.log"].iter().any(|name| is_log(name)));
    }
}
