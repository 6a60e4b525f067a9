//! Content that fails on some devices more often than on others.

use crate::agent::{Run, Task};
use crate::chance::{Chance, Purpose, mix};
use crate::protocol::PolicyId;

/// How often a piece of content fails on a device, whatever else is said of its runs.
///
/// It is the run of a script or discovery script, the remediation script of a remediation, the install or uninstall command
/// of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fails {
    /// Which content.
    pub content: PolicyId,
    /// In a million: devices on which every run fails, drawn once per device.
    pub devices_ppm: u32,
    /// In a million: runs that fail on the others, drawn anew for each.
    pub runs_ppm: u32,
    /// The exit code of a run that fails.
    pub exit_code: i32,
}

/// The exit code of run number `nth`, from 0 on, if it fails.
pub(super) fn failure(all: &[Fails], run: &Run, nth: u32, chance: &Chance) -> Option<i32> {
    let fails = all.iter().find(|fails| fails.content == run.policy)?;
    match run.task {
        Task::Script | Task::Remediate | Task::Discover | Task::AppInstall | Task::AppUninstall => {}
        Task::Detect
        | Task::DetectAgain
        | Task::AppDetect
        | Task::AppRequire
        | Task::AppDownload
        | Task::AppDownloadForeground => return None,
    }
    let content = u64::from(run.policy.0);
    let number = mix(content | (run.task as u64 + 1) << 32).wrapping_add(u64::from(nth));
    let is_failure = chance.happens(fails.devices_ppm, Purpose::Failure, mix(content))
        || chance.happens(fails.runs_ppm, Purpose::Failure, number);
    is_failure.then_some(fails.exit_code)
}
