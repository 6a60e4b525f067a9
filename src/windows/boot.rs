//! A name for the present boot. Windows has none that every version tells, so the agent makes one and keeps it where nothing
//! outlives a boot: in a key of the registry that is never written to disk.
//!
//! A start after a shutdown with fast startup goes on with the system of before, its clocks and its registry: that is no new boot,
//! neither for the name nor for the time awake.

use std::io;

use winreg::RegKey;
use winreg::enums::{HKEY_LOCAL_MACHINE, KEY_READ, KEY_WOW64_64KEY, KEY_WRITE, REG_OPTION_VOLATILE};

use crate::driver::machine::Reading;

/// The name of the present boot: that of whoever asked first in it, or one made of what the clocks show now.
///
/// # Errors
/// Those of the registry, in which an account without the rights of an administrator makes no such key.
pub(super) fn name(now: &Reading) -> io::Result<String> {
    let hive = RegKey::predef(HKEY_LOCAL_MACHINE);
    let (key, _) = hive.create_subkey_with_options_flags(KEY, REG_OPTION_VOLATILE, WRITE)?;
    match key.get_value::<String, _>(VALUE) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = format!("{}-{}", now.wall.unix_millis(), now.since_boot.as_millis());
            key.set_value(VALUE, &name)?;
            Ok(name)
        }
        told => told,
    }
}

/// Forgets the name, as the next boot would.
pub(super) fn forget() -> io::Result<()> {
    match RegKey::predef(HKEY_LOCAL_MACHINE).delete_subkey_with_flags(KEY, KEY_WOW64_64KEY) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

const KEY: &str = r"SOFTWARE\imesim-agent";
const VALUE: &str = "Boot";
const WRITE: u32 = KEY_READ | KEY_WRITE | KEY_WOW64_64KEY;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Span, Wall};

    #[test]
    fn a_boot_keeps_its_name_until_it_is_over() {
        let at = |millis| Reading {
            awake: Span::ZERO,
            since_boot: Span::millis(millis),
            wall: Wall::from_unix_millis(1_700_000_000_000),
        };
        forget().unwrap();
        let first = name(&at(5)).unwrap();
        assert_eq!(first, "1700000000000-5");
        assert_eq!(name(&at(9)).unwrap(), first);
        forget().unwrap();
        assert_eq!(name(&at(9)).unwrap(), "1700000000000-9");
        forget().unwrap();
        forget().unwrap();
    }
}
