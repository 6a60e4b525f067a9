//! The registry of this device: all of `diagnostics` that runs on Windows alone.

use std::io;

use winreg::RegKey;
use winreg::enums::{HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE, KEY_READ, KEY_WOW64_64KEY};

use super::key::{Data, Keys};

/// The registry of this device, in the 64-bit view.
#[derive(Debug)]
pub struct Machine {
    hive: RegKey,
    prefix: String,
}

impl Machine {
    /// `HKEY_LOCAL_MACHINE`.
    pub fn new() -> Self {
        Self { hive: RegKey::predef(HKEY_LOCAL_MACHINE), prefix: String::new() }
    }

    /// The same keys below one of the current user's, where a test may plant what it likes.
    pub fn below_current_user(path: &str) -> Self {
        Self { hive: RegKey::predef(HKEY_CURRENT_USER), prefix: format!("{path}\\") }
    }

    fn open(&self, path: &str) -> io::Result<Option<RegKey>> {
        match self.hive.open_subkey_with_flags(format!("{}{path}", self.prefix), KEY_READ | KEY_WOW64_64KEY) {
            Ok(key) => Ok(Some(key)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl Keys for Machine {
    fn values(&self, path: &str) -> io::Result<Option<Vec<(String, Data)>>> {
        let Some(key) = self.open(path)? else { return Ok(None) };
        let data = |value: winreg::RegValue<'_>| Data::of(value.vtype as u32, &value.bytes);
        key.enum_values()
            .map(|value| value.map(|(name, value)| (name, data(value))))
            .collect::<io::Result<_>>()
            .map(Some)
    }

    fn children(&self, path: &str) -> io::Result<Option<Vec<String>>> {
        let Some(key) = self.open(path)? else { return Ok(None) };
        key.enum_keys().collect::<io::Result<_>>().map(Some)
    }
}
