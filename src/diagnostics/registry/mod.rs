//! The registry: as a file that was exported, or as it is on this device.
//!
//! Both give the same form, a [`Registry`] of the few keys that tell facts, so that what it says is told once, and all that
//! differs on Windows is how a key is read.

mod export;
mod key;
#[cfg(windows)]
mod machine;
mod tell;
pub(super) mod windows;

pub(super) use export::OLD_HEADER;

use super::Report;
use super::report::Kind;
use super::sniff::Broken;

pub use key::{Data, Depth, Key, Keys, Registry, WANTED, Way};
#[cfg(windows)]
pub use machine::Machine;

/// Reads an export.
pub(super) fn read_export(report: &mut Report, text: &str) -> Result<(), Broken> {
    let (registry, cut) = export::read(text)?;
    report.cut = cut;
    tell::tell(report, &registry);
    Ok(())
}

/// What the registry behind these keys says; `name` is what to call it.
///
/// A key that may not be read is a gap and no failure.
pub fn read_keys(name: &str, keys: &impl Keys) -> Report {
    let mut report = Report::new(name, Kind::ThisDevice, None);
    let (registry, refused) = Registry::read(keys);
    tell::tell(&mut report, &registry);
    for (path, error) in refused {
        tell::refuse(&mut report, path, &error);
    }
    report
}

/// What the registry of this device says.
///
/// Reads keys and nothing else: no program is started, nothing is written.
#[cfg(windows)]
pub fn read_this_device() -> Report {
    read_keys("this device", &Machine::new())
}
