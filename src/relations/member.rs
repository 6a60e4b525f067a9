//! What is known and wanted of one app on one device.

use serde::{Deserialize, Serialize};

/// What is wanted of an app by itself, without its relations. The numbers are those of the desired states of table T-7.1.
///
/// Source: B-7.1, B-7.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Desired {
    /// Nothing: not targeted, or available and not asked for (B-7.52).
    #[default]
    None = 0,
    /// It is to be gone.
    Absent = 1,
    /// It is to be there: required, or asked for by the user.
    Present = 2,
}

/// What stands against enforcing an app for the moment, by its own account.
///
/// Source: B-7.10, B-7.26, B-7.43.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hindrance {
    /// Its last enforcement failed, retries are used up, and the time until the next has not come (B-7.43).
    Failed,
    /// Its requirements are not met (B-7.10). Does not stand against an uninstall.
    RequirementsNotMet,
    /// A restart has to come first (B-7.26).
    RebootPending,
}

/// One app on one device: what is wanted of it and what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Member {
    /// What is wanted of it by itself.
    pub desired: Desired,
    /// It was found by its detection rules.
    pub is_detected: bool,
    /// What stands against enforcing it.
    pub hindrance: Option<Hindrance>,
}

impl Member {
    /// An app that nothing stands against.
    pub const fn new(desired: Desired, is_detected: bool) -> Self {
        Self { desired, is_detected, hindrance: None }
    }

    /// The same with something that stands against enforcing it.
    #[must_use]
    pub const fn with_hindrance(mut self, hindrance: Hindrance) -> Self {
        self.hindrance = Some(hindrance);
        self
    }

    /// True where it is wanted by itself.
    pub(super) const fn is_wanted(&self) -> bool {
        match self.desired {
            Desired::Present => true,
            Desired::None | Desired::Absent => false,
        }
    }

    /// True where it is to go by itself.
    pub(super) const fn is_unwanted(&self) -> bool {
        match self.desired {
            Desired::Absent => true,
            Desired::None | Desired::Present => false,
        }
    }

    /// True where it is not there and cannot be, for its requirements are not met.
    pub(super) const fn is_out_of_reach(&self) -> bool {
        !self.is_detected && matches!(self.hindrance, Some(Hindrance::RequirementsNotMet))
    }
}
