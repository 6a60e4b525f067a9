//! The agent on a real machine: processes, files and clocks around a [`Session`](super::Session). No rule of the agent is
//! here.
//!
//! What differs between systems is behind [`Machine`], a trait of few calls: [`UnixMachine`] here, a Windows one in
//! `imesim::windows`. The program `imesim-agent` puts both to use.
//!
//! | file | owns |
//! |---|---|
//! | `config` | the configuration file: where the service is, what ids stand for |
//! | `facts` | the facts of the machine and where they come from |
//! | `reading` | awake time over restarts; sleep and clock steps by comparison |
//! | `store` | the state folder: atomic replacement, one process at a time, damaged state set aside |
//! | `job` | a process to be run and what is kept of its output |
//! | `task` | what process a run asks for, and what its end means |
//! | `signature` | why a text does not count as signed |
//! | `host` | the [`Host`](super::Host) out of these |
//! | `logs` | the agent's log files: their folder, their ids, what is lost |
//! | `life` | from the start of the process to its end |
//! | `show` | what the running process shows of itself |
//!
//! # What stands behind an id
//!
//! The protocol names content by number and revision and carries no text: `ScriptPolicy` has neither a script nor a
//! hash nor the width of its host. All of that is in the configuration of the machine, which an admin distributes:
//! `[[script]]`, `[[remediation]]`, `[[compliance]]` and `[[app]]` say what each number is, and a script without an entry is
//! looked for as `<number>.ps1`, `.sh` or `.cmd` in the content folder. What is asked for and not there is answered with
//! [`RunRefusal::Unavailable`](crate::agent::RunRefusal), a text that is not the one whose hash was
//! given with [`RunRefusal::Tampered`](crate::agent::RunRefusal) (B-5.23). A `[[script]]` with `signature_check` runs only if
//! Windows says that a trusted publisher has signed it, else it is refused, which is said with its reason (B-5.20); elsewhere
//! nobody can say so. What is checked is the copy that runs. `{policy}` in a command of `[interpreters]` is the execution
//! policy: `AllSigned` for such a script, so that its host looks once more, and `Bypass` for others.
//!
//! # Log files
//!
//! The agent writes the ten log files of the real one (B-11.5 to B-11.13) into the folder `logs` of the configuration, by default
//! `Logs` in the state folder; `log.*` in `[set]` are their parameters. Times are local, in the zone of the machine, or in that of
//! `utc_offset_min`; a system without a zone counts as UTC. Users, content and requests have ids that say their numbers, see
//! [`MachineIds`]; numbers of processes and threads are made up. `LogMaxSize` and `LogMaxHistory` of the registry go before the
//! parameters (B-11.12); they are looked at when the files are opened and every ten minutes. On Windows the end of the machine is
//! told apart from a stop that somebody asked for; on Unix both are one signal and are written as the latter.
//!
//! A record that cannot be written is lost and counted; the agent goes on, says so once, and tries with each record again. The
//! folder is to be the agent's own: `remove` deletes all log files of these names in it.
//!
//! # What nobody tells the agent here
//!
//! There is no MDM client beside it: policies, phases of the Enrollment Status Page, pushes, runs on demand and the MDM
//! certificate are not fed, so that a device counts as enrolled until the service says that it is not (B-10.5a). Maintenance wake
//! is not told apart from a real one, facts are read at the start of the process, from `[facts]` of the
//! configuration and, on Windows, where it states none, from the registry (see [`Config::learn`]), and what an app requires of the
//! hardware is not looked at: `[[app]]` has a requirement script instead. Nobody but a service manager starts an agent that was
//! stopped, and on Windows the daily health task that comes with the service (B-10.8).
//!
//! # What a machine without Windows cannot do
//!
//! On Unix nobody signs in as far as the agent is told, so what is for users waits (B-5.19). A process that leaves its
//! process group is found by a mark in its environment, which only Linux shows; elsewhere it stays.

mod config;
#[cfg(test)]
mod double;
mod facts;
mod host;
mod job;
mod life;
mod logs;
mod reading;
mod show;
mod signature;
mod store;
mod task;
#[cfg(unix)]
mod unix;

pub use config::{Config, ConfigError, ConfigProblem, RunEntry, ServiceAddress};
pub use facts::ShownFact;
pub use host::MachineHost;
pub use job::{Capture, Captured, Finished, Identity, Job, OnEnd, PATIENCE};
pub use life::{End, Life, LifeError, Notice};
pub use logs::{MachineIds, MachineLogs, remove_all};
pub use reading::{Anchor, Noticed, Reading, Watch};
pub use show::{Shown, ShownLogs, show};
pub use signature::SignatureFault;
pub use store::{DamagedState, Saved, Store, StoreError, read_state};
#[cfg(unix)]
pub use unix::UnixMachine;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Clock, Reason};
use crate::log::write::RegistryValues;
use crate::time::{Now, Wake};

/// What a system must be able to do for the agent, in as few calls as possible.
pub trait Machine: Send + Sync + 'static {
    /// A process that was started.
    type Process: Process;

    /// Reads the clocks.
    fn read(&self) -> Reading;

    /// Names the present boot; empty where the system has no name for it.
    fn boot(&self) -> String;

    /// How far local time is ahead of UTC now, in seconds, where the system says so.
    fn utc_offset(&self) -> Option<i32>;

    /// Makes a folder for this account alone, or restricts one that is there.
    ///
    /// # Errors
    /// Those of the file system, and if the folder belongs to somebody else.
    fn private_folder(&self, folder: &Path) -> io::Result<()>;

    /// The same, but what is in it can be read by every user of the machine, so that a user's process can run it.
    ///
    /// # Errors
    /// As of [`Machine::private_folder`].
    fn readable_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes a new file for this account alone.
    ///
    /// # Errors
    /// Those of the file system, and if it is there already.
    fn private_file(&self, file: &Path) -> io::Result<File>;

    /// Takes a lock, which ends with the file; `None` if another process holds it.
    ///
    /// # Errors
    /// Those of the file system.
    fn lock(&self, file: &Path) -> io::Result<Option<File>>;

    /// True if a process holds this lock.
    fn is_locked(&self, file: &Path) -> bool;

    /// The usual place of the agent's state, where the system has one.
    fn state_folder(&self) -> Option<PathBuf>;

    /// Renames a file over another: at every moment one of the two is there.
    ///
    /// # Errors
    /// Those of the file system; the file that was there is then still whole.
    fn replace(&self, new: &Path, old: &Path) -> io::Result<()>;

    /// Flushes the entries of a folder, so that a rename outlives a power cut.
    ///
    /// # Errors
    /// Those of the file system.
    fn flush_folder(&self, folder: &Path) -> io::Result<()>;

    /// Where the system's own programs for this width lie, 32 or 64 bits; empty where all lie on the search path.
    fn system_folder(&self, bits: u8) -> PathBuf;

    /// What the registry has in place of the limits of the log files, where there is one (B-11.12).
    fn log_values(&self) -> RegistryValues;

    /// Asks whether a trusted publisher has signed a file (B-5.20).
    ///
    /// # Errors
    /// [`SignatureFault`] if not, or if nobody can say.
    fn signature(&self, file: &Path) -> Result<(), SignatureFault>;

    /// Starts a process with an empty standard input. When it ends, what is left of its tree is ended and `on_end` called.
    ///
    /// # Errors
    /// Those of starting a process; `on_end` is then not called.
    fn start(&self, job: &Job, on_end: OnEnd) -> io::Result<Self::Process>;

    /// Ends what processes of an agent that was killed may have left, by the beginning of their marks.
    fn end_leftovers(&self, mark: &str);
}

/// A process that was started.
pub trait Process: Send {
    /// Ends it and every process that it started. Its end is told as any other.
    fn stop(&self);
}

/// The clocks of a machine as a session's.
#[derive(Debug)]
pub struct MachineClock<M> {
    machine: std::sync::Arc<M>,
    anchor: Anchor,
    slice: Duration,
}

impl<M: Machine> MachineClock<M> {
    /// The clocks, with awake time going on from an anchor.
    pub const fn new(machine: std::sync::Arc<M>, anchor: Anchor) -> Self {
        Self { machine, anchor, slice: Duration::from_millis(50) }
    }

    /// How long a wait may take at most.
    pub const fn set_slice(&mut self, slice: Duration) {
        self.slice = slice;
    }
}

impl<M: Machine> Clock for MachineClock<M> {
    fn now(&self) -> Now {
        self.anchor.now(&self.machine.read())
    }

    /// Waits a slice at most; unparking the thread ends it at once. A machine that falls asleep meanwhile is seen when
    /// the clocks are read again.
    fn wait_until(&mut self, until: Wake<Reason>) {
        let now = self.now();
        let wall = until.wall.map(|(at, _)| at.since(now.wall));
        let awake = until.awake.map(|(at, _)| at.since(now.awake));
        let wait = wall.into_iter().chain(awake).min().map_or(Duration::MAX, |s| Duration::from_millis(s.as_millis()));
        std::thread::park_timeout(wait.clamp(Duration::from_millis(1), self.slice));
    }
}
