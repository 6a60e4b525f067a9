//! Decisions on discovery scripts.

use serde::{Deserialize, Serialize};

use crate::protocol::{PolicyId, RunAs, UserId};

/// A decision on a discovery script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum ComplianceEvent {
    /// A discovery script is new, or changed.
    DiscoveryFetched {
        /// Which.
        policy: PolicyId,
        /// For whom.
        user: UserId,
        /// Its revision.
        revision: u32,
    },
    /// A discovery script cannot be had now; what is on the device stays.
    DiscoveryUnavailable {
        /// Which.
        policy: PolicyId,
        /// The revision that is missing.
        revision: u32,
    },
    /// A discovery script for a user is left alone on a registered-only device.
    DiscoveryIgnored {
        /// Which.
        policy: PolicyId,
    },
    /// A discovery script is not assigned any more.
    DiscoveryForgotten {
        /// Which.
        policy: PolicyId,
        /// For whom.
        user: UserId,
    },
    /// A discovery script starts.
    DiscoveryRun {
        /// Which.
        policy: PolicyId,
        /// For whom.
        user: UserId,
        /// Which revision of it.
        revision: u32,
        /// In whose name.
        run_as: RunAs,
    },
    /// A discovery script ended.
    DiscoveryResult {
        /// Which.
        policy: PolicyId,
        /// For whom.
        user: UserId,
        /// Which revision of it.
        revision: u32,
        /// The error number, or 0.
        error: u32,
    },
    /// A discovery script was ended at its time limit.
    DiscoveryTimedOut {
        /// Which.
        policy: PolicyId,
        /// For whom.
        user: UserId,
    },
    /// A run was cut off: by the end of the service or of management, or by a change of the script.
    DiscoveryCutOff {
        /// Which.
        policy: PolicyId,
        /// For whom.
        user: UserId,
    },
    /// What the script found is not what it found before.
    ComplianceChanged {
        /// Which.
        policy: PolicyId,
        /// For whom.
        user: UserId,
    },
}
