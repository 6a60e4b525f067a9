//! The decisions of an agent about remediations.

use serde::{Deserialize, Serialize};

use crate::agent::Task;
use crate::protocol::{PolicyId, RemediationOutcome, UserId};
use crate::time::Span;

/// One decision about remediations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum RemediationEvent {
    /// A remediation is new, or changed, for this user id (B-6.8, B-6.24).
    RemediationFetched {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Its revision.
        revision: u32,
    },
    /// It is due at once, and its first run is queued (B-6.9).
    RemediationQueued {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// The first run comes after so much awake time.
        after: Span,
    },
    /// It is not assigned any more and is forgotten.
    RemediationDropped {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// It never runs here in this revision: user context on a registered-only device (B-1.14).
    RemediationSkipped {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// It is assigned, and its content cannot be had.
    RemediationUnavailable {
        /// Which.
        policy: PolicyId,
        /// Of which revision.
        revision: u32,
    },
    /// It is due and has to wait.
    RemediationWaits {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// For what.
        reason: RemediationWait,
    },
    /// One of its scripts starts; the rule tells why.
    RemediationRun {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Which of the three runs of scripts.
        step: Task,
    },
    /// One of its scripts ended.
    RemediationEnded {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Which of the three runs of scripts.
        step: Task,
        /// Its exit code; 2147483647 if it was ended at its limit (B-6.16), -2 if it was not started.
        exit_code: i32,
    },
    /// One of its scripts was ended at its limit (B-6.16).
    RemediationTimedOut {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Which of the three runs of scripts.
        step: Task,
    },
    /// A run was cut off, by the end of the service or because its user has gone; it has no result.
    RemediationCutOff {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// A run is over: detection, and what followed from it.
    RemediationResult {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// The number that the device keeps (B-6.17); 0 where none is known.
        status: u8,
        /// What it is reported as (B-6.18).
        outcome: RemediationOutcome,
        /// Whether it is reported, and why.
        report: ReportReason,
    },
    /// A run on demand is asked for (B-6.29).
    RemediationOnDemand {
        /// Which.
        policy: PolicyId,
    },
    /// A run on demand that has not begun gives way to a newer one (B-6.30).
    RemediationReplaced {
        /// Which gives way.
        policy: PolicyId,
    },
    /// A run on demand has waited for longer than it is worth doing, and is given up (ours, `rem.on_demand_valid`).
    RemediationExpired {
        /// Which.
        policy: PolicyId,
    },
    /// A run on demand is lost: the agent is not there, or does not run (B-6.29).
    RemediationLost {
        /// Which.
        policy: PolicyId,
    },
}

/// What a remediation that is due waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemediationWait {
    /// A signed-in user (B-6.21, B-12.8).
    NoUser,
    /// The end of the ESP (B-6.12).
    Esp,
    /// The end of maintenance wake.
    DarkWake,
    /// Its turn: another remediation runs (B-6.13).
    Busy,
}

/// Whether the result of a run is reported, and why.
///
/// Source: B-6.26, B-6.27.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportReason {
    /// Not: it is what it was, and the last full report is not old.
    None,
    /// The first result of this revision; the days to the next full report count from here.
    First,
    /// It is unlike the last.
    Changed,
    /// A full report is due.
    Full,
    /// It runs once.
    Once,
    /// Somebody asked for the run.
    OnDemand,
}
