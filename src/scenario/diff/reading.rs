//! One reading of the sources: the assignments that choose among contested figures.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::profile::{ParamError, Profile, nearest::nearest, params};
use crate::scenario::Overrides;

/// A profile, a seed and parameters to run a scenario with. Displays as its assignments; serializes as a list of them.
///
/// Everything that a reading does not name stays as the file has it, and what it does name goes before the file: see
/// [`Overrides`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    assignments: Vec<(String, String)>,
    overrides: Overrides,
}

/// An assignment that was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadingError {
    /// It has no `=`, or nothing before it.
    #[error("`{text}` is no assignment; write it as KEY=VALUE, such as profile=observed_2025")]
    Form {
        /// As written.
        text: String,
    },
    /// Its key is none.
    #[error("there is no key `{key}`; use profile, seed or the name of a parameter{}", nearest_text(nearest.as_deref()))]
    Key {
        /// As written.
        key: String,
        /// The known key most like it, if one is.
        nearest: Option<String>,
    },
    /// The value of a parameter or the name of a profile is wrong.
    #[error(transparent)]
    Value(#[from] ParamError),
    /// The seed is no number.
    #[error("`{value}` is no seed; allowed: 0 to {}", u64::MAX)]
    Seed {
        /// As written.
        value: String,
    },
    /// A key is assigned twice.
    #[error("`{key}` is given twice, as `{first}` and as `{second}`; leave one out")]
    Twice {
        /// The key.
        key: String,
        /// Its first value.
        first: String,
        /// Its second value.
        second: String,
    },
}

fn nearest_text(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; the nearest is `{name}`")).unwrap_or_default()
}

impl Reading {
    /// Reads assignments of the form `KEY=VALUE`, where the key is `profile`, `seed` or the dotted name of a parameter.
    ///
    /// Spaces around key and value do not count. Without assignments it is the scenario as it was written.
    ///
    /// # Errors
    /// [`ReadingError`] for the first assignment that is wrong.
    ///
    /// # Examples
    /// ```
    /// use imesim::scenario::diff::Reading;
    ///
    /// let reading = Reading::parse(["profile=observed_2025", "scripts.max_retries = 3"])?;
    /// assert_eq!(reading.to_string(), "profile=observed_2025, scripts.max_retries=3");
    /// let error = Reading::parse(["scripts.max_retrys=3"]).unwrap_err();
    /// assert!(error.to_string().ends_with("the nearest is `scripts.max_retries`"));
    /// # Ok::<(), imesim::scenario::diff::ReadingError>(())
    /// ```
    pub fn parse<T: AsRef<str>>(assignments: impl IntoIterator<Item = T>) -> Result<Self, ReadingError> {
        let mut reading = Self::default();
        for text in assignments {
            let text = text.as_ref();
            match text.split_once('=') {
                Some((key, value)) if !key.trim().is_empty() => reading.assign(key.trim(), value.trim())?,
                Some(_) | None => return Err(ReadingError::Form { text: text.to_owned() }),
            }
        }
        Ok(reading)
    }

    fn assign(&mut self, key: &str, value: &str) -> Result<(), ReadingError> {
        if let Some((key, first)) = self.assignments.iter().find(|(known, _)| known == key) {
            let (key, first, second) = (key.clone(), first.clone(), value.to_owned());
            return Err(ReadingError::Twice { key, first, second });
        }
        match key {
            PROFILE => {
                Profile::named(value)?;
                self.overrides.profile = Some(value.to_owned());
            }
            SEED => {
                let seed = value.parse().map_err(|_| ReadingError::Seed { value: value.to_owned() })?;
                self.overrides.seed = Some(seed);
            }
            parameter => {
                if !params().any(|param| param.name == parameter) {
                    let known = [PROFILE, SEED].into_iter().chain(params().map(|param| param.name));
                    let nearest = nearest(parameter, known).map(str::to_owned);
                    return Err(ReadingError::Key { key: parameter.to_owned(), nearest });
                }
                Profile::default().set(parameter, value)?;
                self.overrides.set.push((parameter.to_owned(), value.to_owned()));
            }
        }
        self.assignments.push((key.to_owned(), value.to_owned()));
        Ok(())
    }

    /// What it changes in a scenario.
    pub const fn overrides(&self) -> &Overrides {
        &self.overrides
    }
}

const PROFILE: &str = "profile";
const SEED: &str = "seed";

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.assignments.is_empty() {
            return f.write_str("as the file says");
        }
        for (place, (key, value)) in self.assignments.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{key}={value}")?;
        }
        Ok(())
    }
}

impl Serialize for Reading {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.assignments.iter().map(|(key, value)| format!("{key}={value}")))
    }
}
