//! The registry of this device.

use std::io;

use winreg::RegKey;
use winreg::enums::{HKEY_LOCAL_MACHINE, KEY_READ, KEY_WOW64_64KEY};

use super::key::{Data, Keys};

/// `HKEY_LOCAL_MACHINE` of this device, in the 64-bit view.
#[derive(Clone, Copy, Debug)]
pub struct Machine;

impl Keys for Machine {
    fn values(&self, path: &str) -> io::Result<Option<Vec<(String, Data)>>> {
        let Some(key) = open(path)? else { return Ok(None) };
        let data = |value: winreg::RegValue<'_>| Data::of(value.vtype as u32, &value.bytes);
        key.enum_values()
            .map(|value| value.map(|(name, value)| (name, data(value))))
            .collect::<io::Result<_>>()
            .map(Some)
    }

    fn children(&self, path: &str) -> io::Result<Option<Vec<String>>> {
        let Some(key) = open(path)? else { return Ok(None) };
        key.enum_keys().collect::<io::Result<_>>().map(Some)
    }
}

fn open(path: &str) -> io::Result<Option<RegKey>> {
    match RegKey::predef(HKEY_LOCAL_MACHINE).open_subkey_with_flags(path, KEY_READ | KEY_WOW64_64KEY) {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
