//! What the agent reports on what it has done.

use serde::{Deserialize, Serialize};

use super::{PolicyId, ScriptReport, UserId};

/// One report of the agent. It is small and copied; output goes with it by reference, as the run that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    /// On a run of a PowerShell script (B-5.25).
    Script(ScriptReport),
    /// On an app (B-7.59).
    App(AppReport),
    /// On a run of a remediation (B-6.27).
    Remediation(RemediationReport),
    /// On a run of a discovery script (B-8.5).
    Compliance(ComplianceReport),
    /// The inventory of Win32 apps (B-8.16).
    Inventory,
}

/// How an app stands on a device.
///
/// Source: T-7.1, T-7.2, T-7.3, T-7.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppReport {
    /// Which app.
    pub policy: PolicyId,
    /// Of which revision.
    pub revision: u32,
    /// The error code, or 0; negative as Windows prints them, such as -2016345060.
    pub error: i32,
    /// Whether it applies: 0, or why it does not (T-7.2).
    pub applicability: u16,
    /// What became of enforcing it (T-7.3).
    pub enforcement: u16,
    /// Whether it is there (T-7.1).
    pub compliance: u8,
    /// For whom.
    pub user: UserId,
}

/// How a run of a remediation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RemediationReport {
    /// Which remediation.
    pub policy: PolicyId,
    /// Of which revision.
    pub revision: u32,
    /// The exit code of the first detection.
    pub detection: i32,
    /// A number for the output of the last script that ran; 0 where it printed nothing.
    pub output: u32,
    /// The status that the device keeps: 1 fixed, 2 recurred, 3 remediation failed, 4 without issues (B-6.17); 0 where none
    /// is known.
    pub status: u8,
    /// What it is reported as.
    pub outcome: RemediationOutcome,
    /// For whom.
    pub user: UserId,
}

/// What a run of a remediation is reported as.
///
/// Source: B-6.18, B-6.19.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemediationOutcome {
    /// Detection succeeded; remediation was skipped.
    NoIssue,
    /// Detection failed; remediation succeeded.
    Remediated,
    /// Detection failed, and remediation did, or the issue was there again afterwards.
    RemediationFailed,
    /// Detection failed, and there is no remediation script.
    IssueDetected,
    /// The detection script could not be run to its end.
    DetectionError,
}

/// How a run of a discovery script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ComplianceReport {
    /// Which policy.
    pub policy: PolicyId,
    /// Of which revision.
    pub revision: u32,
    /// The error number (B-8.5), or 0.
    pub error: u32,
    /// A number for the output.
    pub output: u32,
    /// For whom.
    pub user: UserId,
}
