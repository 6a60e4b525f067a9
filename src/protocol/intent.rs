//! The intents of an app, and which of them is left where several meet.

use core::fmt;

use serde::{Deserialize, Serialize};

/// What an assignment wants of an app.
///
/// Source: B-7.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Intent {
    /// Installed without the user.
    Required = 0,
    /// Offered to the user in Company Portal.
    Available = 1,
    /// Taken away where Intune installed it.
    Uninstall = 2,
}

impl Intent {
    /// Every intent.
    pub const ALL: [Self; 3] = [Self::Required, Self::Available, Self::Uninstall];
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Required => "required",
            Self::Available => "available",
            Self::Uninstall => "uninstall",
        })
    }
}

/// A set of intents: those that meet in one app, or those that are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Intents(u8);

impl Intents {
    /// No intent.
    pub const NONE: Self = Self(0);
    /// Both at once, which the table allows for these two alone.
    pub const REQUIRED_AND_AVAILABLE: Self = Self::NONE.with(Intent::Required).with(Intent::Available);

    /// Available and uninstall at once: the agent's history of the app decides. It is uninstalled if it was installed as
    /// required on the device and no user has installed it from Company Portal; in any case it is offered there.
    ///
    /// Source: B-12.15, the row of user available and device uninstall.
    pub const AS_HISTORY_SAYS: Self = Self::NONE.with(Intent::Available).with(Intent::Uninstall);

    /// These and one more.
    #[must_use]
    pub const fn with(self, intent: Intent) -> Self {
        Self(self.0 | 1 << intent as u8)
    }

    /// These without one.
    #[must_use]
    pub const fn without(self, intent: Intent) -> Self {
        Self(self.0 & !(1 << intent as u8))
    }

    /// True if the intent is among them.
    pub const fn contains(self, intent: Intent) -> bool {
        self.0 & (1 << intent as u8) != 0
    }

    /// The set as bits, one for each intent.
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// True if there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Settles the intents that one side gives an app: required beats uninstall beats available, and required
    /// merges with available.
    ///
    /// Source: B-12.15, the rows of one side.
    #[must_use]
    pub const fn settled(self) -> Self {
        if self.contains(Intent::Required) {
            self.without(Intent::Uninstall)
        } else if self.contains(Intent::Uninstall) {
            Self::NONE.with(Intent::Uninstall)
        } else {
            self
        }
    }

    /// Settles the intents that a user's and the device's assignments give one app.
    ///
    /// What is available to the user and to be uninstalled from the device hangs on what happened to the app: both intents
    /// are left, see [`Intents::AS_HISTORY_SAYS`]. Rows about what is available without enrollment are left out: there is
    /// no such intent here.
    ///
    /// Source: B-12.15, B-12.17.
    #[must_use]
    pub const fn settle(user: Self, device: Self) -> Self {
        let user = user.settled();
        let device = device.settled();
        let both = Self(user.0 | device.0);
        if user.contains(Intent::Required) || !user.contains(Intent::Available) || device.contains(Intent::Required) {
            both.settled()
        } else {
            both
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const R: Intents = Intents::NONE.with(Intent::Required);
    const A: Intents = Intents::NONE.with(Intent::Available);
    const U: Intents = Intents::NONE.with(Intent::Uninstall);
    const RA: Intents = Intents::REQUIRED_AND_AVAILABLE;
    const NONE: Intents = Intents::NONE;

    fn and(a: Intents, b: Intents) -> Intents {
        Intents(a.0 | b.0)
    }

    // B-12.15: the table, row by row; the pairs of B-12.17 at the end.
    #[test]
    fn the_table_of_intents_holds() {
        for (user, device, left) in [
            (and(R, A), NONE, RA),
            (and(R, U), NONE, R),
            (and(A, U), NONE, U),
            (R, R, R),
            (R, U, R),
            (A, R, RA),
            (A, U, Intents::AS_HISTORY_SAYS),
            (U, R, R),
            (U, U, U),
            (NONE, and(R, A), RA),
            (NONE, and(R, U), R),
            (NONE, and(A, U), U),
            (RA, U, RA),
            (RA, R, RA),
            (RA, A, RA),
            (R, and(A, U), R),
            (A, and(R, U), RA),
            (R, A, RA),
            (A, A, A),
            (U, A, U),
            (NONE, NONE, NONE),
        ] {
            assert_eq!(Intents::settle(user, device), left, "{user:?} {device:?}");
        }
    }
}
