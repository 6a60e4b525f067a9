//! How a script stands on a device at the end of a run: done, failed, still to come, or out of reach; and why.

use serde::Serialize;

use super::counts::Done;
use crate::agent::{RecordState, Status};
use crate::facts::eligibility::{Refusal, feature_refusal};
use crate::facts::{Facts, Feature};
use crate::protocol::{PolicyId, RunAs, UserId};
use crate::service::Cohort;
use crate::sim::plan::Plan;
use crate::sim::{Cast, Ended, Power};
use crate::time::Wall;

/// How a script stands on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The service has a report of success.
    Done,
    /// It has failed as often as it may (B-5.6).
    Failed,
    /// It succeeded, and the report is still to come (B-13.7).
    ReportUnsent,
    /// It failed, and tries are left for later check-ins (B-5.3).
    RetryWaits,
    /// It was begun and has no result: it runs, or was cut off, or waits for a user or a right clock.
    Begun,
    /// The agent is on the device and has not been given it yet.
    WaitsForCheckIn,
    /// The agent is still to come.
    WaitsForAgent,
    /// The agent is there and its service does not run.
    ServiceStopped,
    /// It will never run here in this revision (B-1.14).
    Skipped,
    /// The device does not qualify.
    Refused(Refusal),
    /// The device is not enrolled.
    NotEnrolled,
    /// The device was off or asleep all the time.
    NotAwake,
    /// The device was awake and never reached the service.
    Offline,
}

impl Standing {
    /// One of `done`, `failed`, `pending` and `unreachable`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::ReportUnsent
            | Self::RetryWaits
            | Self::Begun
            | Self::WaitsForCheckIn
            | Self::WaitsForAgent
            | Self::ServiceStopped => "pending",
            Self::Skipped | Self::Refused(_) | Self::NotEnrolled | Self::NotAwake | Self::Offline => "unreachable",
        }
    }

    /// Why, in one word.
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "tries-used-up",
            Self::ReportUnsent => "report-unsent",
            Self::RetryWaits => "retry-waits",
            Self::Begun => "begun",
            Self::WaitsForCheckIn => "waits-for-check-in",
            Self::WaitsForAgent => "waits-for-agent",
            Self::ServiceStopped => "service-stopped",
            Self::Skipped => "skipped",
            Self::Refused(refusal) => refusal.code(),
            Self::NotEnrolled => "not-enrolled",
            Self::NotAwake => "not-awake",
            Self::Offline => "offline",
        }
    }

    pub(super) fn of(ended: &Ended<()>, target: &Target, done: &Done, last_contact: Option<Wall>, plan: &Plan) -> Self {
        if done.at.is_some() {
            return Self::Done;
        }
        let facts = ended.device.facts();
        let agent = ended.device.agent();
        if let Some(refusal) = feature_refusal(Feature::Script, facts, &plan.profile) {
            return Self::Refused(refusal);
        }
        if facts.is_registered_only() && target.run_as == RunAs::User {
            return Self::Skipped;
        }
        let records = || agent.scripts().iter().filter(|record| record.policy == target.policy);
        if records().any(|record| record.state == RecordState::Success) {
            return Self::ReportUnsent;
        }
        if let Some(record) = records().next_back() {
            return match record.state {
                RecordState::Failed if u32::from(record.downloads) > plan.profile.scripts.max_retries => Self::Failed,
                RecordState::Failed => Self::RetryWaits,
                RecordState::Skipped => Self::Skipped,
                RecordState::Pending | RecordState::Success => Self::Begun,
            };
        }
        if !ended.device.mdm().is_enrolled() {
            return Self::NotEnrolled;
        }
        if last_contact.is_none_or(|at| at < target.from) {
            return if ended.power == Power::On && !ended.online { Self::Offline } else { Self::NotAwake };
        }
        match agent.status() {
            Status::Absent => Self::WaitsForAgent,
            Status::Stopped => Self::ServiceStopped,
            Status::Starting | Status::Idle | Status::CheckingIn | Status::Working => Self::WaitsForCheckIn,
        }
    }
}

/// A script that is aimed at devices of a class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) policy: PolicyId,
    pub(super) run_as: RunAs,
    /// Since when; not before the start of the run.
    pub(super) from: Wall,
}

/// For each class of devices, what is aimed at it.
#[derive(Debug)]
pub(super) struct Targets {
    by_class: Vec<Vec<Target>>,
}

impl Targets {
    pub(super) fn of(&self, class: usize) -> &[Target] {
        self.by_class.get(class).map_or(&[], Vec::as_slice)
    }
}

/// What is aimed at each class, whether its devices qualify or not: assignments are resolved once more as if they did.
pub(super) fn targets(plan: &Plan, cast: &Cast<'_>) -> Targets {
    let by_class = cast
        .classes()
        .map(|(described, _)| {
            let mut member = described.member.clone();
            member.facts = Facts { join: described.facts.join, ..Facts::default() };
            let cohort = Cohort::resolve(&plan.tenant, &plan.profile, &member.trimmed(&plan.tenant));
            let users = u8::try_from(described.users.len()).unwrap_or(u8::MAX);
            let mut found: Vec<Target> = Vec::new();
            for epoch in cohort.epochs() {
                for user in 0..=users {
                    for script in epoch.scripts(UserId(user)) {
                        if found.iter().all(|target| target.policy != script.id) {
                            let from = epoch.from().max(plan.start);
                            found.push(Target { policy: script.id, run_as: script.run_as, from });
                        }
                    }
                }
            }
            found
        })
        .collect();
    Targets { by_class }
}
