//! How large a log file grows and how many old ones are kept, by the profile and by the registry (B-11.11, B-11.12).

use crate::profile::Log;

/// How large a file grows and how many old ones are kept of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In bytes; a file that has reached it is put aside before the next record.
    pub max_bytes: u64,
    /// Old files of each.
    pub history: u32,
}

/// The text values under `HKLM\SOFTWARE\Microsoft\IntuneWindowsAgent\Logging`, as whoever embeds the writer found them.
///
/// Source: B-11.12.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RegistryValues {
    /// `LogMaxSize`, in bytes.
    pub max_size: Option<String>,
    /// `LogMaxHistory`, in files.
    pub max_history: Option<String>,
}

/// A value of the registry that is no number in its range. The limits of the profile hold then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is no value for {name}; allowed: {lowest} to {highest}")]
pub struct RegistryError {
    /// Which value.
    pub name: &'static str,
    /// As it was found.
    pub value: String,
    /// The lowest that is allowed.
    pub lowest: u32,
    /// The highest.
    pub highest: u32,
}

/// The ranges of `log.max_bytes` and `log.history`.
const SIZE: (u32, u32) = (1, 1_073_741_824);
const HISTORY: (u32, u32) = (0, 1_000);

impl Limits {
    /// The limits of a profile (B-11.11).
    pub const fn of(log: &Log) -> Self {
        Self { max_bytes: log.max_bytes as u64, history: log.history }
    }

    /// The limits of a profile, with what the registry has in place of them if `log.registry_override` lets it (B-11.12).
    ///
    /// # Errors
    /// [`RegistryError`] for the first value that is none; one that is not honoured is not looked at.
    pub fn with_registry(log: &Log, values: &RegistryValues) -> Result<Self, RegistryError> {
        let mut limits = Self::of(log);
        if !log.registry_override {
            return Ok(limits);
        }
        if let Some(text) = &values.max_size {
            limits.max_bytes = number("LogMaxSize", text, SIZE)?.into();
        }
        if let Some(text) = &values.max_history {
            limits.history = number("LogMaxHistory", text, HISTORY)?;
        }
        Ok(limits)
    }
}

fn number(name: &'static str, text: &str, (lowest, highest): (u32, u32)) -> Result<u32, RegistryError> {
    let read = text.trim().parse().ok().filter(|number| (lowest..=highest).contains(number));
    read.ok_or_else(|| RegistryError { name, value: text.to_owned(), lowest, highest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(size: &str, history: &str) -> RegistryValues {
        RegistryValues { max_size: Some(size.to_owned()), max_history: Some(history.to_owned()) }
    }

    // B-11.12: honoured by default, not looked at where the parameter says so; what is no number is refused.
    #[test]
    fn the_registry_sets_size_and_history_where_it_may() {
        let log = Log::default();
        assert_eq!(Limits::with_registry(&log, &RegistryValues::default()), Ok(Limits::of(&log)));
        let set = Limits::with_registry(&log, &values("4194304", " 5 "));
        assert_eq!(set, Ok(Limits { max_bytes: 4_194_304, history: 5 }));
        let deaf = Log { registry_override: false, ..Log::default() };
        assert_eq!(Limits::with_registry(&deaf, &values("much", "5")), Ok(Limits { max_bytes: 3_145_728, history: 3 }));
        let refused = Limits::with_registry(&log, &values("4 MB", "5")).expect_err("no number");
        assert_eq!(refused.to_string(), "`4 MB` is no value for LogMaxSize; allowed: 1 to 1073741824");
        let refused = Limits::with_registry(&log, &values("1", "-1")).expect_err("no count");
        assert_eq!(refused.to_string(), "`-1` is no value for LogMaxHistory; allowed: 0 to 1000");
    }
}
