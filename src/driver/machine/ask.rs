//! What people on the machine ask of the running agent: `imesim-agent tell` puts it into the state folder, the process takes it.
//!
//! The folder is for the agent's account alone, so that nobody else can ask.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::store::gone;
use super::{Machine, Store};
use crate::agent::{Input, SyncRequest};
use crate::protocol::PolicyId;

/// What is asked of the running agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// A check-in (B-4.14 to B-4.16, B-9.1).
    Sync(SyncRequest),
    /// To put the announced restart off (B-7.29).
    Snooze,
    /// To forget what is kept of a script or an app (B-5.26, B-7.36).
    Forget(PolicyId),
    /// To start no work, because the machine is in maintenance wake, or to go on because that is over.
    MaintenanceWake(bool),
}

/// Why nobody has heard what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// There is no process to ask.
    #[error("the agent does not run; start it, then ask")]
    NotRunning,
    /// The state folder is another account's.
    #[error("{} is for the account of the agent alone; ask as that, or as the superuser", state.display())]
    NotAllowed {
        /// The state folder.
        state: PathBuf,
    },
    /// It could not be put where the process looks.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The place.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The process has not taken it.
    #[error("the agent has not taken notice within {} seconds, so it was taken back", PATIENCE.as_secs())]
    NotTaken,
}

impl Ask {
    /// As the agent is told it.
    pub const fn input(self) -> Input<'static> {
        match self {
            Self::Sync(request) => Input::Sync(request),
            Self::Snooze => Input::Snooze,
            Self::Forget(policy) => Input::RecordDeleted(policy),
            Self::MaintenanceWake(on) => Input::DarkWake(on),
        }
    }
}

/// Asks the process that holds a state folder, and waits until it has taken notice.
///
/// # Errors
/// [`AskError`]; nothing was asked then.
pub fn ask<M: Machine>(machine: &M, state: &Path, ask: Ask) -> Result<(), AskError> {
    // Whoever may not look cannot see either whether it runs.
    if let Err(error) = fs::read_dir(folder(state))
        && error.kind() == io::ErrorKind::PermissionDenied
    {
        return Err(AskError::NotAllowed { state: state.to_owned() });
    }
    if !machine.is_locked(&Store::<M>::lock_in(state)) {
        return Err(AskError::NotRunning);
    }
    let name = format!("{:020}-{}", machine.read().since_boot.as_millis(), std::process::id());
    let path = folder(state).join(format!("{name}.{KIND}"));
    let new = path.with_extension("new");
    let written = serde_json::to_vec(&ask).map_err(io::Error::from).and_then(|text| {
        machine.private_file(&new)?.write_all(&text)?;
        machine.replace(&new, &path)
    });
    written.map_err(|error| AskError::Unwritable { path: path.clone(), reason: error.to_string() })?;
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        std::thread::park_timeout(Duration::from_millis(20));
        if !path.exists() {
            return Ok(());
        }
    }
    match fs::remove_file(&path) {
        // It was taken at the last moment.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        _ => Err(AskError::NotTaken),
    }
}

/// Takes what was asked, in its order; what cannot be read is given as it stands.
pub(super) fn take(state: &Path) -> Vec<Result<Ask, String>> {
    let Ok(entries) = fs::read_dir(folder(state)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == KIND));
    paths.sort();
    let mut asked = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap_or_default();
        // What cannot be taken away would be asked again and again.
        if fs::remove_file(&path).is_ok() {
            asked.push(serde_json::from_str(&text).map_err(|_| text));
        }
    }
    asked
}

/// Forgets what a process before was asked and did not take.
pub(super) fn clear(state: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder(state))?.flatten() {
        gone(fs::remove_file(entry.path()))?;
    }
    Ok(())
}

fn folder(state: &Path) -> PathBuf {
    state.join(FOLDER)
}

/// The folder in the state folder.
pub(super) const FOLDER: &str = "asked";
const KIND: &str = "json";
/// How long a process is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
