//! What an MDM session leaves on the device for the agent to find, beside orders about the agent itself.

use serde::{Deserialize, Serialize};

/// Policies of the MDM channel that matter to the agent, as a set. One byte, so that a device may remember them.
///
/// Source: B-8.14, B-8.20, B-8.22.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Policies(u8);

impl Policies {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// The data collection policy of Endpoint analytics (B-8.14).
    pub const ANALYTICS: Self = Self(1);
    /// Managed installer, for the device as a whole (B-8.20).
    pub const MANAGED_INSTALLER: Self = Self(2);
    /// BIOS configuration (B-8.22).
    pub const BIOS: Self = Self(4);

    /// These and those.
    #[must_use]
    pub const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those of these that are not among the others.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// True if all of the others are among these.
    pub const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }
}
