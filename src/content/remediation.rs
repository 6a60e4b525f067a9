//! A remediation: a detection script and what follows from it. First read: section 6 of the rules.

use serde::{Deserialize, Serialize};

use crate::protocol::RunAs;

/// What the agent must know of a remediation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Remediation {
    /// In whose name both scripts run.
    pub run_as: RunAs,
    /// There is a remediation script; without one, an issue is detected and nothing else follows (B-6.19).
    pub has_remediation: bool,
}
