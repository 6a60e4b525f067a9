//! One parameter as data, and what can be wrong with a name or a value.

use super::Profile;
use super::value::{Refusal, Value};

/// One parameter: its name, what it means, what it may be, and how to read and set it in a [`Profile`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Param {
    /// The dotted name, such as `ime.first_delay.script`.
    pub name: &'static str,
    /// What the value counts, such as `length of time` or `minutes`.
    pub unit: &'static str,
    /// What the value may be: `lowest to highest`, both included, or the words.
    pub allowed: &'static str,
    /// What the parameter does, in one sentence.
    pub doc: &'static str,
    /// The rule it belongs to, such as `B-4.11`, or `ours` where the catalogue has none.
    pub rule: &'static str,
    /// Prints the value in the form that `set` reads.
    pub get: fn(&Profile) -> String,
    /// Sets the value from text; on an error the profile is as before.
    pub set: fn(&mut Profile, &str) -> Result<(), ParamError>,
    /// True for a random delay, which [`Profile::without_jitter`] turns off.
    pub jitter: bool,
    /// Turns the random delay off; does nothing to the other parameters.
    pub(super) still: fn(&mut Profile),
}

/// Reads a value of the parameter with this name.
pub(super) fn read<T: Value>(name: &'static str, unit: &str, allowed: &str, text: &str) -> Result<T, ParamError> {
    T::read(text.trim(), allowed).map_err(|refusal| {
        let (name, value) = (name.to_owned(), text.to_owned());
        match refusal {
            Refusal::Form => ParamError::Value { name, value, allowed: format!("{unit}, {allowed}") },
            Refusal::Range => ParamError::Range { name, value, allowed: allowed.to_owned() },
        }
    })
}

/// Why a parameter or a profile was refused. The profile at hand is unchanged and may be used on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParamError {
    /// No parameter has this name.
    #[error("there is no parameter `{name}`{}", nearest_text(nearest.as_deref()))]
    Unknown {
        /// The name as given.
        name: String,
        /// The known name that looks most like it, if one does.
        nearest: Option<String>,
    },
    /// The text does not have the form of such a value.
    #[error("`{value}` is no value for `{name}`; allowed: {allowed}")]
    Value {
        /// The parameter.
        name: String,
        /// The text as given.
        value: String,
        /// Unit and range, or the words.
        allowed: String,
    },
    /// The value lies outside the range.
    #[error("`{value}` is out of range for `{name}`; allowed: {allowed}")]
    Range {
        /// The parameter.
        name: String,
        /// The text as given.
        value: String,
        /// The range, both ends included.
        allowed: String,
    },
    /// No profile has this name.
    #[error("there is no profile `{name}`; allowed: {allowed}")]
    Profile {
        /// The name as given.
        name: String,
        /// The names of all profiles.
        allowed: String,
    },
}

fn nearest_text(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; the nearest is `{name}`")).unwrap_or_default()
}
