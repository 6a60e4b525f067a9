//! Saving: many requests share one write, and none is answered before what it changed is on disk.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::watch;

use super::hub::Hub;
use super::state::{self, StateError};

/// Up to which version of the hub all is on disk, and up to which the last write failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) saved: u64,
    pub(super) failed: u64,
}

/// Saves a hub on a thread of its own.
#[derive(Debug)]
pub(super) struct Keeper {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    progress: watch::Receiver<Progress>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    hub: Arc<Mutex<Hub>>,
    wanted: Mutex<Wanted>,
    woken: Condvar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// Nothing but the save that comes every second.
    Rest,
    /// Somebody waits.
    Save,
    /// The last save, if there is something to save, then the end.
    Finish,
    /// The end at once, as if the process were killed.
    Stop,
}

/// How often is saved what nobody waits for.
const EVERY: Duration = Duration::from_secs(1);

impl Keeper {
    /// Saves once, so that a file that cannot be written is known at the start, and starts the thread.
    pub(super) fn start(path: PathBuf, hub: Arc<Mutex<Hub>>) -> Result<Self, StateError> {
        let shared = Arc::new(Shared { path, hub, wanted: Mutex::new(Wanted::Rest), woken: Condvar::new() });
        let (_, saved) = shared.save(None).unwrap_or((0, Ok(())));
        saved?;
        let version = shared.hub.lock().unwrap_or_else(PoisonError::into_inner).version();
        let (tell, progress) = watch::channel(Progress { saved: version, failed: 0 });
        let for_thread = Arc::clone(&shared);
        let thread = thread::Builder::new().name("imesim-keeper".to_owned()).spawn(move || for_thread.run(&tell));
        let thread = thread.map_err(|error| StateError::File { doing: "written", kind: error.kind() })?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)), progress })
    }

    /// Waits until this version is on disk; false if it could not be written.
    pub(super) async fn saved(&self, version: u64) -> bool {
        let mut progress = self.progress.clone();
        self.shared.want(Wanted::Save);
        let reached = progress.wait_for(|progress| progress.saved >= version || progress.failed >= version).await;
        reached.is_ok_and(|progress| progress.saved >= version)
    }

    /// Ends the thread, after a last save or at once.
    pub(super) fn end(&self, with_save: bool) {
        self.shared.want(if with_save { Wanted::Finish } else { Wanted::Stop });
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            drop(thread.join());
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.end(true);
    }
}

impl Shared {
    fn want(&self, what: Wanted) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*wanted, Wanted::Finish | Wanted::Stop) {
            *wanted = what;
        }
        drop(wanted);
        self.woken.notify_one();
    }

    fn run(&self, tell: &watch::Sender<Progress>) {
        loop {
            let wanted = {
                let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
                let (mut wanted, _) = self
                    .woken
                    .wait_timeout_while(wanted, EVERY, |wanted| *wanted == Wanted::Rest)
                    .unwrap_or_else(PoisonError::into_inner);
                if *wanted == Wanted::Save { std::mem::replace(&mut *wanted, Wanted::Rest) } else { *wanted }
            };
            if wanted == Wanted::Stop {
                return;
            }
            // Not within the condition: what is borrowed there is held to the end of its block.
            let before = tell.borrow().saved;
            if let Some((version, saved)) = self.save(Some(before)) {
                tell.send_modify(|progress| match saved {
                    Ok(()) => *progress = Progress { saved: version, failed: 0 },
                    Err(_) => progress.failed = version,
                });
            }
            if wanted == Wanted::Finish {
                return;
            }
        }
    }

    /// Saves, unless all is on disk already: the version, and what came of it.
    fn save(&self, saved: Option<u64>) -> Option<(u64, Result<(), StateError>)> {
        let (version, kept) = {
            let mut hub = self.hub.lock().unwrap_or_else(PoisonError::into_inner);
            let is_stale = hub.take_stale();
            if saved == Some(hub.version()) && !is_stale {
                return None;
            }
            (hub.version(), hub.kept())
        };
        Some((version, state::encode(&kept).and_then(|bytes| state::save(&self.path, &bytes))))
    }
}
