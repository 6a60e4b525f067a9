//! What messages say about a script: how it is assigned, and how its run ended.

use serde::{Deserialize, Serialize};

use super::{PolicyId, Token, UserId};

/// Through which kind of assignment content reached the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Only through the device.
    Device,
    /// Only through the user that the poll was for.
    User,
    /// Through both; one policy with two instances (B-12.20).
    Both,
}

/// In whose name a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum RunAs {
    /// As LocalSystem.
    #[default]
    System,
    /// With the rights of the signed-in user (B-5.19).
    User,
}

/// What the agent learns about one script that is assigned to it. The text stays with the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScriptPolicy {
    /// Which script.
    pub id: PolicyId,
    /// Grows with every change of script or policy; a new revision is a new instance (B-5.6).
    pub revision: u32,
    /// How it reached this device.
    pub target: Target,
    /// In whose name it runs.
    pub run_as: RunAs,
    /// The revision changed nothing but the host from 32-bit to 64-bit (B-5.18a).
    pub bitness_change: bool,
}

/// How a script run ended, as it is reported.
///
/// Source: B-5.24.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScriptResult {
    /// Exit code 0 and nothing on the error stream.
    Success,
    /// Anything else, the time limit included.
    Failed,
}

/// The report on one script run. The whole output goes with it, by reference.
///
/// Source: B-5.25.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScriptReport {
    /// Which script.
    pub policy: PolicyId,
    /// Of which revision.
    pub revision: u32,
    /// Under whose id the run is recorded.
    pub user: UserId,
    /// How it ended.
    pub result: ScriptResult,
    /// The exit code of the host process.
    pub exit_code: i32,
    /// The run whose stored output belongs to the report: the token of its `Run` effect.
    pub run: Token,
}
