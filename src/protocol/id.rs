//! What messages name: requests, content, users, and the lines of work.

use core::fmt;
use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// Names one thing that was asked for, so that the answer finds its way back.
///
/// Tokens of one machine grow and are not used twice in a life of the machine; a token that nobody waits for any
/// more is *stale*, which is normal (a restart happened) and noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(NonZeroU32);

impl Token {
    /// The first token of a machine.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The token with this number, if it is not 0.
    pub const fn from_number(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number of the token.
    pub const fn number(self) -> u32 {
        self.0.get()
    }

    /// The token so many after this one.
    #[must_use]
    pub const fn skip(self, tokens: u32) -> Self {
        match NonZeroU32::new(self.0.get().wrapping_add(tokens)) {
            Some(number) => Self(number),
            None => Self::FIRST,
        }
    }

    /// The token after this one; after four thousand million of them the count starts again.
    #[must_use]
    pub const fn next(self) -> Self {
        self.skip(1)
    }
}

/// One piece of content (a script, an app, ...) in the tenant's catalogue, by its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyId(pub u32);

/// Whom a poll or a run is for: one of the device's users, or the device itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct UserId(pub u8);

impl UserId {
    /// The device id user, the all-zero GUID that stands for device-targeted work.
    ///
    /// Source: B-4.18.
    pub const DEVICE: Self = Self(0);

    /// True for [`UserId::DEVICE`].
    pub const fn is_device(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_device() { f.write_str("device") } else { write!(f, "user{}", self.0) }
    }
}

/// One line of the agent's work, with a cadence of its own.
///
/// Source: B-4.3 to B-4.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Workload {
    /// PowerShell scripts.
    Script = 0,
    /// Required and uninstall Win32 and Store apps.
    RequiredApp = 1,
    /// Available apps.
    AvailableApp = 2,
    /// Remediations.
    Remediation = 3,
    /// Custom compliance discovery scripts.
    Compliance = 4,
}

impl Workload {
    /// Every workload, in the order of their numbers.
    pub const ALL: [Self; 5] =
        [Self::Script, Self::RequiredApp, Self::AvailableApp, Self::Remediation, Self::Compliance];

    /// The name used in scenarios and transcripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::RequiredApp => "required-app",
            Self::AvailableApp => "available-app",
            Self::Remediation => "remediation",
            Self::Compliance => "compliance",
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_count_on_past_the_last() {
        assert_eq!(Token::FIRST.number(), 1);
        assert_eq!(Token::from_number(u32::MAX).map(Token::next), Some(Token::FIRST));
    }
}
