//! The agent on a real machine: processes, files and clocks around a [`Session`](super::Session). No rule of the agent is
//! here.
//!
//! What differs between systems is behind [`Machine`], a trait of few calls: [`UnixMachine`] here, a Windows one in
//! `imesim::windows`. The program `imesim-agent` puts both to use.
//!
//! | file | owns |
//! |---|---|
//! | `ask` | what people at the machine ask of the running agent |
//! | `config` | the configuration file: where the service is, what ids stand for |
//! | `facts` | the facts of the machine and where they come from |
//! | `reading` | awake time over restarts; sleep and clock steps by comparison |
//! | `store` | the state folder: atomic replacement, one process at a time, damaged state set aside |
//! | `job` | a process to be run and what is kept of its output |
//! | `task` | what process a run asks for, and what its end means |
//! | `signature` | why a text does not run as far as its signature goes |
//! | `policy` | which execution policy a device has, and what it asks |
//! | `host` | the [`Host`](super::Host) out of these |
//! | `logs` | the agent's log files: their folder, their ids, what is lost |
//! | `life` | from the start of the process to its end; what is around it, looked at again |
//! | `mdm` | what the MDM client has left on the machine, as far as it is known |
//! | `show` | what the running process shows of itself |
//!
//! # What stands behind an id
//!
//! The protocol names content by number and revision and carries no text: `ScriptPolicy` has neither a script nor a
//! hash nor the width of its host. All of that is in the configuration of the machine, which an admin distributes:
//! `[[script]]`, `[[remediation]]`, `[[compliance]]` and `[[app]]` say what each number is, and a script without an entry is
//! looked for as `<number>.ps1`, `.sh` or `.cmd` in the content folder. What is asked for and not there is answered with
//! [`RunRefusal::Unavailable`](crate::agent::RunRefusal), a text that is not the one whose hash was
//! given with [`RunRefusal::Tampered`](crate::agent::RunRefusal) (B-5.23).
//!
//! # Signatures
//!
//! `signature_check` makes a difference to `[[script]]`, `[[compliance]]` and `[[remediation]]`. What is checked is the copy that
//! runs, right before it does; what may not run is refused with
//! [`RunRefusal::Signature`](crate::agent::RunRefusal), and [`SignatureFault`] is said.
//!
//! | entry | with the check | the host's policy |
//! |---|---|---|
//! | `[[script]]`, `[[compliance]]` | runs if Windows says that a trusted publisher has signed it (B-5.20, B-8.6) | `AllSigned`, so that it looks once more |
//! | `[[remediation]]`, both scripts, `.ps1` | as the execution policy of the device says (B-6.20): `Restricted` refuses it, `AllSigned` asks for a signature, `RemoteSigned`, `Unrestricted` and `Bypass` run it | that of the device |
//! | `[[remediation]]`, other texts | as a `[[script]]`, since nothing else has such a policy | none |
//! | any, without the check | runs | `Bypass` |
//!
//! Where the system knows no signatures, which is every Unix, all with the check is refused. The device's policy is that of Windows
//! PowerShell, for the account in whose name the script runs and the width of its host; it is asked too where `[interpreters]`
//! names another host, such as PowerShell 7, which has policies of its own.
//!
//! `{policy}` in a command of `[interpreters]` is the policy. Where that of the device is to hold none may be said: a word that is
//! `{policy}` is left out with the switch before it, and so is a switch that has it at its end (`-ExecutionPolicy:{policy}`). A
//! command out of which it cannot be left is refused with the configuration.
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
//! # What the agent hears of while it runs
//!
//! | input | who tells it |
//! |---|---|
//! | facts | `[facts]` of the configuration; on Windows, where it states none, the registry and, for the join, its calls, asked every minute ([`Config::learn`]) |
//! | `Certificate` | `certificate` in `[mdm]`: `true`, `false`, or a file that is there as long as the enrollment lasts and differs once it is renewed; on Windows the registry ([`read_mdm`]) (B-10.13, B-8.23) |
//! | `Policies` | `policies` in `[mdm]`: `analytics`, `managed-installer`, `bios`; on Windows the first from the registry (B-8.14, B-8.20, B-8.22) |
//! | `Esp` | `esp` in `[mdm]`: `not-in-esp`, `device-preparation`, `device-setup`, `account-setup` (B-7.56) |
//! | `Push`, `OnDemand` | the service, over HTTP (B-4.19, B-6.29); `tcp://` brings none |
//! | `Sync` | `imesim-agent tell` with `sync`, `syncapp`, `synccompliance`, `check-compliance`, `install-app`, `remove-app`; control codes of the Windows service (B-4.14 to B-4.16, B-9.1) |
//! | `Snooze`, `RecordDeleted`, `DarkWake` | `imesim-agent tell` with `snooze`, `forget`, `maintenance-wake` (B-7.29, B-5.26) |
//! | `Session` | Windows; on Unix `signed_in` (B-4.17) |
//! | `Resumed`, `ClockChanged` | the clocks, by comparison |
//! | content, zone, connection | the configuration, the machine, the files of `[connection]` |
//!
//! The configuration and its files are looked at every few seconds. A change is taken over once the files have lain still from one
//! look to the next; a wrong one is refused, said once and shown by `status`, and the one before stays in force. What is read only
//! at the start says so when it changes. Where the certificate of `[mdm]` is that of `[connection]` too, its absence is no mistake
//! of the configuration: requests fail for want of it (B-4.22), a renewed one is used from then on, and after so much awake time
//! without it the agent leaves (B-10.5). Removal needs evidence: a certificate that is half written or may not be read is not known
//! and not lost, and one that was never seen cannot be lost.
//!
//! # What nobody tells the agent here
//!
//! - *When a certificate ends.* It is not read for its dates: the service refuses it, which is no network or no certificate to the
//!   agent (B-4.22).
//! - *Maintenance wake, by itself.* Windows says a second time if it was a user who woke the machine, but not on machines with
//!   Modern Standby, nor to who comes from afar; work would be held back for ever. A hook of the system may `tell` it.
//! - *On Windows, the phase of the Enrollment Status Page, managed installer and BIOS configuration.* No documented place tells;
//!   `[mdm]` does.
//! - *That the MDM client is to remove the agent* (B-10.4), or a wipe: whoever does that calls `imesim-agent remove`, or nothing is
//!   left to be told.
//! - *That its service was disabled or is broken* (B-10.7): a process that is told it runs, and one that is not hears nothing.
//!   Nobody but a service manager starts an agent that was stopped, and on Windows the daily health task that comes with the
//!   service (B-10.8). `HealthDue` moves the agent's own grid of it, which is for scenarios.
//! - *Lock, unlock and consoles on Unix.* They start nothing (B-4.17).
//! - *Hardware.* What an app requires of it is not looked at: `[[app]]` has a requirement script instead.
//!
//! # Users on Unix
//!
//! `signed_in` in the configuration names the accounts that are signed in, each as a user of Entra's, or says `"sessions"`: then
//! whoever has a runtime folder in `/run/user` is, which logind and its like make at the first sign-in and take away with the last
//! session; with `all_users` as a user of Entra's, else as a local one, for whom nothing starts (B-4.17). The logs of sessions
//! (utmp) are being given up by distributions, and logind itself is asked over D-Bus, which is more than this needs.
//!
//! As the superuser the agent runs what is for users in the name of the account, with its number, its main group and no further
//! groups, in its home folder and an environment of its own (B-5.19). Users may pass through the state folder then, and list
//! nothing in it. Any other agent runs things as itself alone. What cannot run as its user is refused
//! ([`UserRefused`] says why) and has failed.
//!
//! A process that leaves its process group is found by a mark in its environment, which only Linux shows; elsewhere it stays.

mod ask;
mod config;
#[cfg(test)]
mod double;
mod facts;
mod host;
mod job;
mod life;
mod logs;
mod mdm;
mod policy;
mod reading;
mod show;
mod signature;
mod store;
mod task;
#[cfg(unix)]
mod unix;

pub use ask::{Ask, AskError, ask};
pub use config::{Config, ConfigError, ConfigProblem, Connection, Pushed, Pushes, RunEntry, ServiceAddress, SignedIn};
pub use facts::ShownFact;
pub use host::MachineHost;
pub use job::{Capture, Captured, Finished, Identity, Job, OnEnd, PATIENCE, UserRefused};
pub use life::{End, Life, LifeError, Notice};
pub use logs::{MachineIds, MachineLogs, remove_all};
pub use mdm::{Certificate, CertificateConfig, CertificateError, MdmConfig, MdmState, read_mdm};
pub use policy::DevicePolicy;
pub use reading::{Anchor, Noticed, Reading, Watch};
pub use show::{CheckIn, Shown, ShownLogs, show};
pub use signature::SignatureFault;
pub use store::{DamagedState, Saved, Store, StoreError, read_state};
#[cfg(unix)]
pub use unix::UnixMachine;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Clock, Reason};
use crate::diagnostics::Report;
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

    /// Makes sure that a text in this folder can run in the name of a user; where the system judges that itself, it does so when
    /// the process is started.
    ///
    /// # Errors
    /// [`UserRefused`].
    fn admits(&self, user: &str, scripts: &Path) -> Result<(), UserRefused> {
        let _ = (user, scripts);
        Ok(())
    }

    /// Makes a new file that this account writes and a user can read, in a folder of [`Machine::readable_folder`].
    ///
    /// # Errors
    /// As of [`Machine::private_file`], and if there is no such user.
    fn file_for_user(&self, file: &Path, user: &str) -> io::Result<File> {
        let _ = user;
        self.private_file(file)
    }

    /// The accounts that have a session, by name, where the system does not tell of sessions by itself.
    fn sessions(&self) -> Vec<String> {
        Vec::new()
    }

    /// What the machine says of itself, where it can be asked.
    fn report(&self) -> Option<Report> {
        None
    }

    /// What the MDM client of the machine has left on it, where it can be asked; `seen` is the name of the certificate that was
    /// there before.
    fn mdm(&self, seen: Option<&str>) -> MdmState {
        let _ = seen;
        MdmState::default()
    }

    /// Where the system's own programs for this width lie, 32 or 64 bits; empty where all lie on the search path.
    fn system_folder(&self, bits: u8) -> PathBuf;

    /// What the registry has in place of the limits of the log files, where there is one (B-11.12).
    fn log_values(&self) -> RegistryValues;

    /// Asks whether a trusted publisher has signed a file (B-5.20).
    ///
    /// # Errors
    /// [`SignatureFault`] if not, or if nobody can say.
    fn signature(&self, file: &Path) -> Result<(), SignatureFault>;

    /// The execution policy that PowerShell has for scripts run in this name in its host of this width, 32 or 64 bits, where the
    /// command that starts it says none (B-6.20).
    ///
    /// # Errors
    /// [`SignatureFault::NoProvider`] where there are no such policies, [`SignatureFault::Policy`] if it cannot be read.
    fn device_policy(&self, identity: &Identity, bits: u8) -> Result<DevicePolicy, SignatureFault> {
        let _ = (identity, bits);
        Err(SignatureFault::NoProvider)
    }

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
