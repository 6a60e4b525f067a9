//! The types of fields: ids, and words of small sets.

use core::fmt::{self, Write};
use core::str::FromStr;

use serde::{Serialize, Serializer};

use super::template::{Field, Show};

/// An id as messages have it, 128 bits in groups; written in lower case (B-11.13).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Guid(pub u128);

impl Guid {
    /// All zeros, which stands for the device where a user is expected (B-11.13).
    pub const ZERO: Self = Self(0);
    const LEN: usize = 36;

    fn of_bytes(text: &[u8]) -> Option<Self> {
        let text: &[u8; Self::LEN] = text.try_into().ok()?;
        text.iter()
            .enumerate()
            .try_fold(0_u128, |sum, (place, byte)| match (place, byte) {
                (8 | 13 | 18 | 23, b'-') => Some(sum),
                (8 | 13 | 18 | 23, _) => None,
                (_, byte) => Some(sum << 4 | u128::from(char::from(*byte).to_digit(16)?)),
            })
            .map(Self)
    }
}

/// What is wrong with a text that should be an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12")]
pub struct NotAGuid;

impl FromStr for Guid {
    type Err = NotAGuid;

    fn from_str(text: &str) -> Result<Self, NotAGuid> {
        Self::of_bytes(text.as_bytes()).ok_or(NotAGuid)
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0;
        let part = |shift: u32, bits: u32| id >> shift & ((1 << bits) - 1);
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            part(96, 32),
            part(80, 16),
            part(64, 16),
            part(48, 16),
            part(0, 48)
        )
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Guid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Field<'_> for Guid {
    fn read(text: &str, open: bool) -> Option<Self> {
        let text = text.trim_start().as_bytes();
        let id = text.get(..Self::LEN)?;
        let is_whole = open || text.get(Self::LEN..)?.trim_ascii().is_empty();
        is_whole.then(|| Self::of_bytes(id)).flatten()
    }
    #[cfg(test)]
    fn sample(place: u8) -> Self {
        Self(0x0123_4567_89ab_cdef_0011_2233_4455_6600 + u128::from(place))
    }
}

impl Show for Guid {
    fn show(&self, out: &mut dyn Write) -> fmt::Result {
        write!(out, "{self}")
    }
}

/// A set of words: how each is written, other spellings that are read, and anything else of one word as it stands.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($(#[$of:meta])* $word:ident = $text:literal $(| $other:literal)*,)+ })+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name<'a> {
            $($(#[$of])* $word,)+
            /// A word that is not known here.
            Other(&'a str),
        }

        impl<'a> $name<'a> {
            /// As it stands in messages.
            pub const fn as_str(self) -> &'a str {
                match self {
                    $(Self::$word => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl<'a> Field<'a> for $name<'a> {
            fn read(text: &'a str, open: bool) -> Option<Self> {
                let text = text.trim();
                $(if text == $text $(|| text == $other)* { return Some(Self::$word); })+
                let is_word = |c: char| c.is_alphanumeric() || c == '_';
                let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
                let word = text.get(..end).filter(|word| !word.is_empty())?;
                let is_whole = word.len() == text.len();
                $(if open && word == $text { return Some(Self::$word); })+
                // More text after a word that is not known: this may be another phrase altogether.
                is_whole.then_some(Self::Other(word))
            }
            #[cfg(test)]
            fn sample(place: u8) -> Self {
                let all = [$(Self::$word),+];
                all[usize::from(place) % all.len()]
            }
        }

        impl Show for $name<'_> {
            fn show(&self, out: &mut dyn Write) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )+ };
}

words! {
    /// What a timer of the agent is for.
    Workload {
        /// Required apps, every hour.
        RequiredApp = "Win32RequiredApp",
        /// Available apps, every eight hours.
        AvailableApp = "Win32AvailableApp",
        /// Platform scripts.
        Script = "PowerShell",
        /// General policies, in agents of 2020.
        GenericPolicy = "GenericPolicy",
    }
    /// What happened to a session.
    SessionChange {
        /// Somebody logged on.
        Logon = "Logon",
        /// Somebody logged off.
        Logoff = "Logoff",
        /// The session was locked.
        Lock = "SessionLock",
        /// The session was unlocked.
        Unlock = "SessionUnlock",
        /// It was connected to the console.
        ConsoleConnect = "ConsoleConnect",
        /// It was disconnected from the console.
        ConsoleDisconnect = "ConsoleDisconnect",
        /// It was connected from afar.
        RemoteConnect = "RemoteConnect",
        /// It was disconnected from afar.
        RemoteDisconnect = "RemoteDisconnect",
    }
    /// Where a device is in the Enrollment Status Page.
    EspPhase {
        /// The device's part.
        DeviceSetup = "DeviceSetup",
        /// The user's part.
        AccountSetup = "AccountSetup",
        /// Over, or never there.
        NotInEsp = "NotInEsp",
    }
    /// Which apps are asked for when users log on.
    AppKind {
        /// Those that must be there.
        Required = "required",
        /// Those that may be had.
        Available = "available",
    }
    /// Which apps a check-in asks for.
    AppMode {
        /// Required ones, with what they bring.
        Required = "required apps",
        /// Required ones alone.
        RequiredOnly = "required apps only",
        /// Available ones alone.
        AvailableOnly = "available apps only" | "avialable apps only",
        /// Those that the Enrollment Status Page waits for.
        SelectedForEsp = "selected apps for ESP",
    }
    /// In which session a helper process is started.
    SessionKind {
        /// The device's.
        Machine = "machine",
        /// A user's.
        User = "user",
    }
    /// As whom a script runs.
    RunsAs {
        /// As the device.
        System = "System",
        /// As the user.
        User = "User",
    }
    /// How something ended.
    Ending {
        /// Well.
        Success = "Success",
        /// Not well.
        Failed = "Failed",
    }
    /// What is to be done with an app.
    Action {
        /// Install it.
        Install = "install",
        /// Remove it.
        Uninstall = "uninstall",
        /// Remove it before others are installed.
        UninstallBefore = "uninstall before enforcing installs",
        /// Remove it after others are installed.
        UninstallAfter = "uninstall after enforcing installs",
    }
}
