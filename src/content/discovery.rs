//! A discovery script for custom compliance. First read: B-8.1 to B-8.8.

use serde::{Deserialize, Serialize};

use crate::protocol::RunAs;

/// What the agent must know of a discovery script.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct DiscoveryScript {
    /// In whose name it runs; the user's falls back to the system's when nobody is signed in (B-8.6).
    pub run_as: RunAs,
}
