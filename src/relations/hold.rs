//! What keeps an app from being installed, and the code under which it is reported.

use serde::{Deserialize, Serialize};

use crate::protocol::app_codes::{applicability, enforcement};
use crate::rules::{RuleId, b};

/// Why an app is not installed, as far as its relations are the reason.
///
/// Source: B-7.41, B-7.43, B-7.50, B-7.53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// A dependency of it is superseded, or to be uninstalled: supersedence is preferred (B-7.53).
    Conflict,
    /// A dependency has failed for good (B-7.43).
    DependencyFailed,
    /// A dependency waits for a restart.
    DependencyRebootPending,
    /// A dependency does not meet its requirements.
    DependencyRequirements,
    /// A dependency is not there, and is not to be installed automatically (B-7.41).
    AutoInstallOff,
    /// The same one level down, or further: a dependency lacks one of its own (B-7.41).
    AutoInstallOffBelow,
    /// An app that it replaces is still there after its uninstall (B-7.50).
    SupersededStays,
    /// An app that it replaces is gone only after a restart (B-7.50).
    SupersededRebootPending,
    /// Another app has taken its place and is the aim now (B-7.51).
    Superseded,
    /// The app that would take its place does not meet its own requirements (applicability 1009).
    ///
    /// That such an app is then not installed either is a reading of the code's name; no text says what happens.
    SupersedingNotApplicable,
}

impl Hold {
    /// The enforcement state, in table T-7.3 of the catalog.
    ///
    /// One for an app that is absent and not attempted, another for one that is there all the same. `None` where the
    /// reason has none of its own.
    ///
    /// Source: B-7.41, B-7.43, B-7.53.
    pub const fn enforcement(self, is_detected: bool) -> Option<u16> {
        let (absent, detected) = match self {
            Self::Conflict => (enforcement::CONFLICT, enforcement::CONFLICT),
            Self::DependencyFailed => (enforcement::DEPENDENCY_FAILED, enforcement::SUCCESS_DEPENDENCY_FAILED),
            Self::DependencyRebootPending => (enforcement::DEPENDENCY_REBOOT, enforcement::SUCCESS_DEPENDENCY_REBOOT),
            Self::DependencyRequirements => {
                (enforcement::DEPENDENCY_REQUIREMENTS, enforcement::SUCCESS_DEPENDENCY_REQUIREMENTS)
            }
            Self::AutoInstallOff => (enforcement::AUTO_INSTALL_OFF, enforcement::SUCCESS_AUTO_INSTALL_OFF),
            Self::AutoInstallOffBelow => (enforcement::AUTO_INSTALL_OFF_BELOW, enforcement::SUCCESS_AUTO_INSTALL_OFF),
            Self::SupersededStays => (enforcement::SUPERSEDED_STAYS, enforcement::SUCCESS_SUPERSEDED_STAYS),
            Self::SupersededRebootPending => (enforcement::SUPERSEDED_REBOOT, enforcement::SUCCESS_SUPERSEDED_REBOOT),
            Self::Superseded | Self::SupersedingNotApplicable => return None,
        };
        Some(if is_detected { detected } else { absent })
    }

    /// The applicability, in table T-7.2 of the catalog, where the reason makes an app not applicable.
    pub const fn applicability(self) -> Option<u16> {
        match self {
            Self::SupersedingNotApplicable => Some(applicability::SUPERSEDING_APP),
            Self::Conflict
            | Self::DependencyFailed
            | Self::DependencyRebootPending
            | Self::DependencyRequirements
            | Self::AutoInstallOff
            | Self::AutoInstallOffBelow
            | Self::SupersededStays
            | Self::SupersededRebootPending
            | Self::Superseded => None,
        }
    }

    /// The rule behind it.
    pub const fn rule(self) -> RuleId {
        match self {
            Self::Conflict => b(7, 53),
            Self::DependencyFailed | Self::DependencyRebootPending | Self::DependencyRequirements => b(7, 43),
            Self::AutoInstallOff | Self::AutoInstallOffBelow => b(7, 41),
            Self::SupersededStays | Self::SupersededRebootPending => b(7, 50),
            Self::Superseded => b(7, 51),
            Self::SupersedingNotApplicable => b(7, 47),
        }
    }

    /// What a parent makes of it, when a dependency that is not there is held for this reason.
    pub(super) const fn seen_from_above(self) -> Self {
        match self {
            Self::DependencyRebootPending | Self::SupersededRebootPending => Self::DependencyRebootPending,
            Self::DependencyRequirements | Self::SupersedingNotApplicable => Self::DependencyRequirements,
            Self::AutoInstallOff | Self::AutoInstallOffBelow => Self::AutoInstallOffBelow,
            Self::Conflict | Self::DependencyFailed | Self::SupersededStays | Self::Superseded => {
                Self::DependencyFailed
            }
        }
    }
}
