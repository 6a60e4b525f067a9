//! The registry of this device: all of `diagnostics` that runs on Windows alone.

use std::io;

use winreg::RegKey;
use winreg::enums::{HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE, HKEY_USERS, KEY_READ, KEY_WOW64_32KEY, KEY_WOW64_64KEY};

use super::key::{Data, Keys};

/// The registry of this device, in the 64-bit view unless said otherwise.
#[derive(Debug)]
pub struct Machine {
    hive: RegKey,
    prefix: String,
    view: u32,
}

impl Machine {
    /// `HKEY_LOCAL_MACHINE`.
    pub fn new() -> Self {
        Self { hive: RegKey::predef(HKEY_LOCAL_MACHINE), prefix: String::new(), view: KEY_WOW64_64KEY }
    }

    /// `HKEY_LOCAL_MACHINE` as programs of this width see it, 32 or 64 bits.
    pub fn of_width(bits: u8) -> Self {
        let view = if bits == 32 { KEY_WOW64_32KEY } else { KEY_WOW64_64KEY };
        Self { view, ..Self::new() }
    }

    /// `HKEY_CURRENT_USER`, of the account that this process runs as.
    pub fn of_current_user() -> Self {
        Self { hive: RegKey::predef(HKEY_CURRENT_USER), ..Self::new() }
    }

    /// The same of an account, by its security identifier; there are no keys of one that is not signed in.
    pub fn of_user(identifier: &str) -> Self {
        Self { hive: RegKey::predef(HKEY_USERS), prefix: format!("{identifier}\\"), ..Self::new() }
    }

    /// The same keys below one of the current user's, where a test may plant what it likes.
    pub fn below_current_user(path: &str) -> Self {
        Self { prefix: format!("{path}\\"), ..Self::of_current_user() }
    }

    fn open(&self, path: &str) -> io::Result<Option<RegKey>> {
        match self.hive.open_subkey_with_flags(format!("{}{path}", self.prefix), KEY_READ | self.view) {
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
