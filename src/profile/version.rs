//! Version numbers of the agent and of .NET.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A version of four numbers, compared from the left.
///
/// Reads from 1 to 4 numbers with dots between, those left out being 0, and prints all four: `4.7.2` prints as
/// `4.7.2.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(pub [u16; 4]);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0;
        write!(f, "{a}.{b}.{c}.{d}")
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let error = || VersionError { text: text.to_owned() };
        let mut numbers = [0; 4];
        let mut slots = numbers.iter_mut();
        for part in text.split('.') {
            let slot = slots.next().ok_or_else(error)?;
            if !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(error());
            }
            *slot = part.parse().map_err(|_| error())?;
        }
        Ok(Self(numbers))
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Deserialize::deserialize(deserializer).map(Self);
        }
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a version; write 1 to 4 numbers from 0 to 65535 with dots between, for example 1.58.103.0")]
pub struct VersionError {
    /// The text as given.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers_and_not_as_text() {
        let read = |text: &str| text.parse::<Version>();
        assert!(read("1.58.103.0").ok() < read("1.101.111").ok());
        assert_eq!(read("2"), Ok(Version([2, 0, 0, 0])));
        assert_eq!(read("4.7.2").map(|v| v.to_string()), Ok("4.7.2.0".to_owned()));
    }

    #[test]
    fn a_text_that_is_no_version_is_refused() {
        for text in ["", ".", "1.", "1.2.3.4.5", "1.+2", "1.-2", "1.65536", "1.94a", " 1"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
        assert_eq!(
            "1.x".parse::<Version>().map_err(|e| e.to_string()),
            Err("`1.x` is not a version; write 1 to 4 numbers from 0 to 65535 with dots between, \
                 for example 1.58.103.0"
                .to_owned())
        );
    }
}
