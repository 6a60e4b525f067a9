//! How a script, required app or remediation stands on a device at the end of a run: done, failed, still to come, or out of reach; and why.

use serde::Serialize;

use super::tally::Notes;
use super::targets::Target;
use crate::agent::{RecordState, Standing as Remediated, Status};
use crate::facts::Feature;
use crate::facts::eligibility::{Refusal, feature_refusal};
use crate::protocol::RunAs;
use crate::protocol::app_codes::enforcement;
use crate::retry::Policy;
use crate::sim::Ended;
use crate::sim::plan::Plan;

/// How a script or a required app stands on a device.
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
    /// Enforcing the app failed, and it is tried again when its time has come (B-7.34).
    Failing,
    /// The app waits for another one, or is in conflict with it (B-7.41, B-7.53).
    Held,
    /// The app waits for a restart of the device (B-7.26).
    WaitsForRestart,
    /// The app waits for its availability or its deadline (B-7.30) or for the end of the ESP (B-7.55), or the remediation
    /// for its schedule (B-6.4).
    WaitsForItsTime,
    /// The app does not apply to the device (B-7.10).
    NotApplicable,
    /// The remediation has run, and its issue remains: it failed, or there is nothing that mends it (B-6.19).
    IssueRemains,
    /// Configuration Manager handles apps (B-1.23).
    AppsElsewhere,
    /// The device does not qualify.
    Refused(Refusal),
    /// The device is not enrolled.
    NotEnrolled,
    /// The device was off or asleep all the time since the assignment.
    NotAwake,
    /// The device was awake since then, and the service took no request of it.
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
            | Self::ServiceStopped
            | Self::Failing
            | Self::Held
            | Self::WaitsForRestart
            | Self::WaitsForItsTime
            | Self::IssueRemains => "pending",
            Self::NotApplicable | Self::AppsElsewhere => "unreachable",
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
            Self::Failing => "retry-after-grs",
            Self::Held => "held-by-other-apps",
            Self::WaitsForRestart => "waits-for-restart",
            Self::WaitsForItsTime => "waits-for-its-time",
            Self::IssueRemains => "issue-remains",
            Self::NotApplicable => "not-applicable",
            Self::AppsElsewhere => "apps-with-configuration-manager",
            Self::Refused(refusal) => refusal.code(),
            Self::NotEnrolled => "not-enrolled",
            Self::NotAwake => "not-awake",
            Self::Offline => "offline",
        }
    }

    pub(super) fn of(ended: &Ended<()>, target: &Target, is_done: bool, notes: &Notes, plan: &Plan) -> Self {
        if is_done {
            return Self::Done;
        }
        let facts = ended.device.facts();
        if let Some(refusal) = feature_refusal(target.feature, facts, &plan.profile) {
            return Self::Refused(refusal);
        }
        let begun = match target.feature {
            Feature::Script => Self::of_script(ended, target, plan),
            Feature::Remediation => Self::of_remediation(ended, target),
            Feature::Win32App
            | Feature::StoreApp
            | Feature::CustomCompliance
            | Feature::EndpointAnalytics
            | Feature::RemoteHelp
            | Feature::ManagedInstaller
            | Feature::BiosConfiguration => Self::of_app(ended, target),
        };
        begun.unwrap_or_else(|| Self::not_begun(ended, target, notes))
    }

    /// How a script stands that the agent knows, or that it never will.
    fn of_script(ended: &Ended<()>, target: &Target, plan: &Plan) -> Option<Self> {
        let (facts, agent) = (ended.device.facts(), ended.device.agent());
        if facts.is_registered_only() && target.run_as == RunAs::User {
            return Some(Self::Skipped);
        }
        let records = || agent.scripts().iter().filter(|record| record.policy == target.policy);
        if records().any(|record| record.state == RecordState::Success) {
            return Some(Self::ReportUnsent);
        }
        let tries = Policy::script_retries(plan.profile.scripts.max_retries);
        records().next_back().map(|record| match record.state {
            RecordState::Failed if !tries.allows_after(u32::from(record.downloads)) => Self::Failed,
            RecordState::Failed => Self::RetryWaits,
            RecordState::Skipped => Self::Skipped,
            RecordState::Pending | RecordState::Success => Self::Begun,
        })
    }

    /// How an app stands that the agent knows, or that it leaves to others (T-7.2, T-7.3).
    fn of_app(ended: &Ended<()>, target: &Target) -> Option<Self> {
        if !ended.device.facts().apps_with_intune() {
            return Some(Self::AppsElsewhere);
        }
        let records = ended.device.agent().apps().iter();
        let records = records.filter(|record| record.policy == target.policy && record.revision > 0);
        // The one that was worked on, where there are several.
        records.max_by_key(|record| record.enforcement != 0).map(|record| match record.enforcement {
            state if enforcement::is_success(state) => Self::ReportUnsent,
            enforcement::REBOOT_PENDING => Self::WaitsForRestart,
            enforcement::DOWNLOADED | enforcement::MANAGED_INSTALLER_PENDING | enforcement::NOT_ATTEMPTED => {
                Self::WaitsForItsTime
            }
            enforcement::REQUIREMENTS_NOT_MET => Self::NotApplicable,
            state if enforcement::is_held(state) => Self::Held,
            state if enforcement::is_error(state) => Self::Failing,
            _ => Self::Begun,
        })
    }

    /// How a remediation stands that the agent knows.
    fn of_remediation(ended: &Ended<()>, target: &Target) -> Option<Self> {
        let mut records = ended.device.agent().remediations().filter(|record| record.policy == target.policy);
        records.next().map(|record| match record.standing {
            Remediated::None => Self::WaitsForItsTime,
            Remediated::Skipped => Self::Skipped,
            Remediated::WithoutIssues | Remediated::Fixed => Self::ReportUnsent,
            Remediated::Recurred | Remediated::Failed | Remediated::IssueDetected | Remediated::DetectionError => {
                Self::IssueRemains
            }
        })
    }

    /// Why the agent does not know it.
    fn not_begun(ended: &Ended<()>, target: &Target, notes: &Notes) -> Self {
        let agent = ended.device.agent();
        if !ended.device.mdm().is_enrolled() {
            return Self::NotEnrolled;
        }
        if notes.last_contact.is_none_or(|at| at < target.from) {
            return if notes.was_awake(target.from) { Self::Offline } else { Self::NotAwake };
        }
        match agent.status() {
            Status::Absent => Self::WaitsForAgent,
            Status::Stopped => Self::ServiceStopped,
            Status::Starting | Status::Idle | Status::CheckingIn | Status::Working => Self::WaitsForCheckIn,
        }
    }
}
