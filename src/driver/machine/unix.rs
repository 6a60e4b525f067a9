//! Unix: process groups, advisory locks, modes of files.

mod user;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use chrono::TimeZone;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, geteuid, kill_process_group, waitid};
use rustix::time::{ClockId, clock_gettime};

use super::{
    Capture, Captured, Finished, Identity, Job, Machine, OnEnd, PATIENCE, Process, Reading, SignatureFault, UserRefused,
};
use crate::log::write::RegistryValues;
use crate::time::{Span, Wall};

/// A Unix machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnixMachine;

/// The leader of a process group.
#[derive(Clone, Debug)]
pub struct UnixProcess {
    group: Pid,
    mark: String,
}

impl Process for UnixProcess {
    fn stop(&self) {
        // There is no group any more if everything in it has ended, which is what is wanted.
        let _gone = kill_process_group(self.group, Signal::KILL);
        end_marked(&self.mark);
    }
}

impl Machine for UnixMachine {
    type Process = UnixProcess;

    #[allow(clippy::disallowed_methods, reason = "a machine is a door through which real time comes in")]
    fn read(&self) -> Reading {
        let now = SystemTime::now();
        let wall = match now.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(passed) => i64::try_from(passed.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        };
        Reading { awake: clock(ClockId::Monotonic), since_boot: since_boot(), wall: Wall::from_unix_millis(wall) }
    }

    fn boot(&self) -> String {
        fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(|_| String::new(), |id| id.trim().to_owned())
    }

    /// By `TZ` and `/etc/localtime`, which are looked at anew; UTC where neither names a zone.
    fn utc_offset(&self) -> Option<i32> {
        let now = chrono::DateTime::from_timestamp_millis(self.read().wall.unix_millis())?;
        Some(chrono::Local.offset_from_utc_datetime(&now.naive_utc()).local_minus_utc())
    }

    fn private_folder(&self, folder: &Path) -> io::Result<()> {
        if let Some(above) = folder.parent() {
            fs::create_dir_all(above)?;
        }
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let is = fs::symlink_metadata(folder)?;
                if !is.is_dir() {
                    return Err(io::ErrorKind::NotADirectory.into());
                }
                if is.uid() != geteuid().as_raw() {
                    return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
                }
                if is.mode() & 0o077 != 0 {
                    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
                }
                Ok(())
            }
            other => other,
        }
    }

    /// Users can pass through it and read what is given to them, and cannot list it. An agent that is not the superuser runs
    /// nothing as others, and lets nobody in.
    fn readable_folder(&self, folder: &Path) -> io::Result<()> {
        self.private_folder(folder)?;
        user::open_for_users(folder)
    }

    fn admits(&self, user: &str, scripts: &Path) -> Result<(), UserRefused> {
        user::admits(user, scripts)
    }

    fn file_for_user(&self, file: &Path, user: &str) -> io::Result<File> {
        let file = self.private_file(file)?;
        user::give(&file, user)?;
        Ok(file)
    }

    fn sessions(&self) -> Vec<String> {
        user::sessions()
    }

    fn private_file(&self, file: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)
    }

    fn lock(&self, file: &Path) -> io::Result<Option<File>> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn is_locked(&self, file: &Path) -> bool {
        let Ok(file) = File::open(file) else { return false };
        flock(&file, FlockOperation::NonBlockingLockShared) == Err(Errno::WOULDBLOCK)
    }

    fn state_folder(&self) -> Option<PathBuf> {
        None
    }

    fn replace(&self, new: &Path, old: &Path) -> io::Result<()> {
        fs::rename(new, old)
    }

    fn flush_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn system_folder(&self, _bits: u8) -> PathBuf {
        PathBuf::new()
    }

    /// There is no registry.
    fn log_values(&self) -> RegistryValues {
        RegistryValues::default()
    }

    /// Nobody signs scripts here.
    fn signature(&self, _file: &Path) -> Result<(), SignatureFault> {
        Err(SignatureFault::NoProvider)
    }

    fn start(&self, job: &Job, on_end: OnEnd) -> io::Result<UnixProcess> {
        let mut command = Command::new(&job.program);
        match &job.identity {
            Identity::Own => {}
            Identity::User(user) => user::as_user(&mut command, user)?,
        }
        command.args(&job.args).env(MARK, &job.mark).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(folder) = &job.folder {
            command.current_dir(folder);
        }
        let mut child = command.spawn()?;
        let group = Pid::from_child(&child);
        let process = UnixProcess { group, mark: job.mark.clone() };
        // From here on the process runs; where it cannot be watched it is ended again.
        let watched = watch(&mut child, job.keep);
        let begun = watched.and_then(|(out, err)| {
            let wait = move || on_end(wait(child, group, out, err));
            thread::Builder::new().name("imesim-run".to_owned()).spawn(wait)
        });
        if let Err(error) = begun {
            process.stop();
            return Err(error);
        }
        Ok(process)
    }

    fn end_leftovers(&self, mark: &str) {
        end_marked(mark);
    }
}

fn watch(child: &mut Child, keep: usize) -> io::Result<(Option<Capture>, Option<Capture>)> {
    let out = child.stdout.take().map(|pipe| Capture::begin(pipe, keep)).transpose()?;
    let err = child.stderr.take().map(|pipe| Capture::begin(pipe, keep)).transpose()?;
    Ok((out, err))
}

/// Waits for the end of a process, ends what is left of its group, and takes up what they printed.
fn wait(mut child: Child, group: Pid, out: Option<Capture>, err: Option<Capture>) -> Finished {
    // Its number stays its own until it is waited for, so that the group is ended and no other.
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(group), options), Err(Errno::INTR)) {}
    let _gone = kill_process_group(group, Signal::KILL);
    let code = match child.wait() {
        Ok(status) => status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(UNKNOWN),
        Err(_) => UNKNOWN,
    };
    let finish = |capture: Option<Capture>| capture.map_or_else(Captured::default, |c| c.finish(PATIENCE));
    Finished { code, stdout: finish(out), stderr: finish(err) }
}

/// Ends every process whose environment holds a mark with this beginning, and those that it starts meanwhile.
#[cfg(target_os = "linux")]
fn end_marked(mark: &str) {
    use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
    let wanted = format!("{MARK}={mark}").into_bytes();
    let mut quiet = 0;
    for _ in 0..ROUNDS {
        let Ok(entries) = fs::read_dir("/proc") else { return };
        let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let mut found = false;
        for pid in numbers.filter_map(Pid::from_raw) {
            // The process is taken hold of before it is judged, so that its number cannot change owners in between.
            let Ok(held) = pidfd_open(pid, PidfdFlags::empty()) else { continue };
            let Ok(environment) = fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())) else { continue };
            if environment.split(|byte| *byte == 0).any(|entry| entry.starts_with(&wanted)) {
                found |= pidfd_send_signal(&held, Signal::KILL).is_ok();
            }
        }
        // A process that is just becoming another program shows no environment for a moment, so one round is not enough.
        quiet = if found { 0 } else { quiet + 1 };
        if quiet == 2 {
            return;
        }
        thread::park_timeout(Duration::from_millis(5));
    }
}

/// Only Linux shows the environment of other processes.
#[cfg(not(target_os = "linux"))]
fn end_marked(_mark: &str) {}

fn since_boot() -> Span {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let id = ClockId::Boottime;
    // Sleep is not seen where there is no clock that counts it.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let id = ClockId::Monotonic;
    clock(id)
}

fn clock(id: ClockId) -> Span {
    let time = clock_gettime(id);
    let millis = i128::from(time.tv_sec) * 1_000 + i128::from(time.tv_nsec) / 1_000_000;
    Span::millis(u64::try_from(millis).unwrap_or(0))
}

/// The environment variable that marks the processes of a run.
const MARK: &str = "IMESIM_AGENT_RUN";
/// The code of a process whose end could not be read.
const UNKNOWN: i32 = -1;
/// How often it is looked for processes that were started while others were ended.
#[cfg(target_os = "linux")]
const ROUNDS: u32 = 100;

#[cfg(test)]
mod tests;
