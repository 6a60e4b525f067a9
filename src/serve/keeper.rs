//! Saving: many requests share one write, and none is answered before what it changed is on disk.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::watch;

use super::hub::Hub;
use super::journal::{Journal, Torn};
use super::state::{Kept, StateError, Step};

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
    torn: Option<Torn>,
}

#[derive(Debug)]
struct Shared {
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
    /// The last save, then the end.
    Finish,
    /// The end at once, as if the process were killed.
    Stop,
}

/// What is written next.
enum Next {
    All(Kept),
    Step(Step),
}

/// How often is saved what nobody waits for.
const EVERY: Duration = Duration::from_secs(1);

impl Keeper {
    /// Saves once, so that a file that cannot be written is known at the start, and starts the thread. The journal's lock is held
    /// until the thread ends.
    pub(super) fn start(mut journal: Journal, hub: Arc<Mutex<Hub>>) -> Result<Self, StateError> {
        let torn = journal.keep_torn()?;
        let (version, kept) = hub.lock().unwrap_or_else(PoisonError::into_inner).all();
        journal.begin(&kept)?;
        let (tell, progress) = watch::channel(Progress { saved: version, failed: 0 });
        let shared = Arc::new(Shared { hub, wanted: Mutex::new(Wanted::Rest), woken: Condvar::new() });
        let for_thread = Arc::clone(&shared);
        let run = move || for_thread.run(journal, &tell);
        let thread = thread::Builder::new().name("imesim-keeper".to_owned()).spawn(run);
        let thread = thread.map_err(|error| StateError::File { doing: "written", kind: error.kind() })?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)), progress, torn })
    }

    /// The torn end that the file had.
    pub(super) const fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
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

    fn run(&self, mut journal: Journal, tell: &watch::Sender<Progress>) {
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
            // A service that ends in good order leaves a file without steps, in which any flaw shows.
            if let Some((version, saved)) = self.save(&mut journal, wanted == Wanted::Finish) {
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
    fn save(&self, journal: &mut Journal, anew: bool) -> Option<(u64, Result<(), StateError>)> {
        let (version, next) = {
            let mut hub = self.hub.lock().unwrap_or_else(PoisonError::into_inner);
            if anew || journal.is_broken() || (journal.is_full() && hub.has_news()) {
                let (version, kept) = hub.all();
                (version, Next::All(kept))
            } else {
                let (version, step) = hub.step()?;
                (version, Next::Step(step))
            }
        };
        Some((
            version,
            match next {
                Next::All(kept) => journal.begin(&kept),
                Next::Step(step) => journal.add(&step),
            },
        ))
    }
}
