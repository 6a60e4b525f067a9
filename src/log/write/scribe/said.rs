//! For each decision of an agent, what is said of it, or why nothing is. The matches name every one, so a new decision is
//! given a phrase or a reason before anything compiles.

use super::{Scribe, Seen};
use crate::agent::{
    AppEvent, BackoffEvent, ComplianceEvent, Event, InventoryEvent, PolicyEvent, RemediationEvent, Task,
};
use crate::log::event::Action;
use crate::log::write::entry::Pen;
use crate::log::write::ids::Ids;
use crate::protocol::Workload;

/// What the agent's logs say of a decision.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    /// One or more records, unless what they need is not known.
    Written,
    /// Nothing, for this reason.
    Nothing(&'static str),
}

const UNSEEN: Said = Said::Nothing("no log or list of phrases that is public has one for it");
const OURS: Said = Said::Nothing("only an agent of ours decides this");
const NO_PROCESS: Said = Said::Nothing("the service does not run, so nobody writes");
const BY_RUN: Said = Said::Nothing("written when the run begins, which follows at once");
const BY_INPUT: Said = Said::Nothing("written when it is heard of, before anything is decided");
const NO_END: Said = Said::Nothing("what is cut off has no end in a log");

impl<I: Ids, P: Pen> Scribe<I, P> {
    /// Writes what is to be said of a decision.
    pub(super) fn tell(&mut self, event: &Event, seen: &Seen<'_>) -> Said {
        match *event {
            Event::ServiceStarted { ready_in, scripts_in, others_in } => {
                self.service_starts((ready_in, scripts_in, others_in), seen);
            }
            Event::ServiceStopped => self.service_stops(),
            Event::CheckIn { workload, cause, user } => match workload {
                Workload::Script => self.script_poll_begins(cause, user),
                Workload::RequiredApp | Workload::AvailableApp => self.app_run_begins(workload, cause, user, seen),
                Workload::Remediation | Workload::Compliance => self.fetch_begins(workload, cause, user),
            },
            Event::CheckInDone { workload, policies } => match workload {
                Workload::Script => self.scripts_received(policies, seen),
                Workload::RequiredApp | Workload::AvailableApp => self.apps_received(workload, policies, seen),
                Workload::Remediation | Workload::Compliance => self.fetched(workload, policies),
            },
            Event::CheckInDropped { workload, .. } => self.run_refused(workload),
            Event::AppsSkipped { workload } => self.apps_skipped(workload),
            Event::SelfThrottled => self.self_throttled(seen),
            Event::UserTokenMissing { workload } => self.user_token_missing(workload),
            Event::CheckInFailed { workload, failure } => self.check_in_failed(workload, failure),
            Event::ScriptInterval { every } => self.script_timer(every, seen),
            Event::ScriptExhausted { policy, user } => self.script_exhausted(policy, user),
            Event::ScriptSkipped { user, reason, .. } => self.script_skipped(user, reason),
            Event::ScriptResult { policy, user, result, exit_code } => {
                self.script_ended((policy, user), result, exit_code, seen);
            }
            Event::ScriptTimedOut { policy, user } => self.script_timed_out(policy, user),
            Event::ReportKept { failure, .. } => self.report_kept(failure),
            Event::HealthCheck { .. } => self.health_checked(seen),
            Event::ConnectionTest { ok: true } => self.health_reported(),
            Event::App(event) => return self.tell_app(event, seen),
            Event::Compliance(event) => return self.tell_compliance(event, seen),
            Event::Inventory(event) => return self.tell_inventory(event),
            Event::Policy(event) => return self.tell_policy(event),
            Event::Remediation(event) => return self.tell_remediation(event, seen),
            Event::Backoff(
                BackoffEvent::KeepsAway { .. } | BackoffEvent::CheckInHeld { .. } | BackoffEvent::WakeSpread { .. },
            ) => return OURS,
            Event::ServiceNotRunning | Event::Irrecoverable { .. } => return NO_PROCESS,
            Event::ScriptRun { .. } | Event::ReportSent { .. } => return BY_RUN,
            Event::RequestRepeated { .. } | Event::NothingStarts { .. } => return BY_INPUT,
            Event::ScriptCutOff { .. } | Event::ScriptsCancelled => return NO_END,
            Event::AgentInstalled { .. } | Event::AgentUpgraded { .. } => {
                return Said::Nothing("Windows Installer does it, and writes to the event log");
            }
            Event::AgentRemoved { .. } | Event::Unmanaged | Event::Recovered => {
                return Said::Nothing("no log of any kind shows an agent being removed; it just ends");
            }
            Event::CheckInWaits { .. } => {
                return Said::Nothing("the record of the delay that it waits for stands there");
            }
            Event::HealthSetAutomatic { .. } | Event::HealthStartedService => {
                return Said::Nothing("told by the rule of the health check in which it is done");
            }
            Event::ScriptDownloaded { .. } => {
                return Said::Nothing("the answer as it came, with the text of scripts, is not known here");
            }
            Event::DotnetWarning { .. }
            | Event::CheckInQueued { .. }
            | Event::ComplianceRun
            | Event::ScriptWaits { .. }
            | Event::ScriptForgotten { .. }
            | Event::ConnectionTest { ok: false }
            | Event::Stale { .. }
            | Event::Mismatched { .. }
            | Event::PushDropped
            | Event::ClockChanged => return UNSEEN,
        }
        Said::Written
    }

    fn tell_app(&mut self, event: AppEvent, seen: &Seen<'_>) -> Said {
        match event {
            AppEvent::AppsNotDue { workload } => self.subgraph_waits(Some(workload)),
            AppEvent::AppEvaluation { policy, .. } => self.subgraph(policy, seen),
            AppEvent::AppNotDue { .. } => self.subgraph_waits(None),
            AppEvent::AppDetected { policy, user, found } => self.app_detected(policy, user, found),
            AppEvent::AppDetectionFailed { policy, .. } => self.app_detection_failed(policy),
            AppEvent::AppNotApplicable { policy, code, .. } => self.app_applicability(policy, code),
            AppEvent::AppWaits { policy, user, reason } => self.app_waits(policy, user, reason, seen),
            AppEvent::AppDownload { policy, user, .. } => self.download_wanted(policy, user, seen),
            AppEvent::AppDownloaded { policy, user } => self.downloaded(policy, user),
            AppEvent::AppInstall { policy, user, attempt } => {
                self.enforcement_wanted((policy, user), attempt, Action::Install);
            }
            AppEvent::AppUninstall { policy, user, attempt } => {
                self.enforcement_wanted((policy, user), attempt, Action::Uninstall);
            }
            AppEvent::AppExited { exit_code, class, .. } => self.installer_ended(exit_code, class),
            AppEvent::AppTimedOut { policy, user } => self.app_timed_out(policy, user),
            AppEvent::AppResult { policy, user, enforcement, error, .. } => {
                self.app_result((policy, user), enforcement, error);
            }
            AppEvent::RestartNeeded { restarts_in, .. } => {
                self.restart_due(restarts_in.map(|after| self.now.wall.after(after)));
            }
            AppEvent::DeviceRestart { .. } => self.restart_due(Some(self.now.wall)),
            AppEvent::EspApp { policy, state } => self.esp_app(policy, state),
            AppEvent::EspDone => self.esp_state("Completed"),
            AppEvent::EspFailed => self.esp_state("Failed"),
            AppEvent::AppCutOff { .. } => return NO_END,
            AppEvent::AppRetry { .. } => return Said::Nothing("the next try has a record of its own"),
            AppEvent::GrsSet { .. } => return Said::Nothing("kept in the registry, and told by the run that reads it"),
            AppEvent::AppAskedFor { .. } | AppEvent::AppNotified { .. } => {
                return Said::Nothing("a process of the user writes it, to a file that is none of these");
            }
            AppEvent::AppUnavailable { .. }
            | AppEvent::AppHeld { .. }
            | AppEvent::GrsCleared { .. }
            | AppEvent::AppForgotten { .. }
            | AppEvent::AppTagged { .. }
            | AppEvent::AppRefused { .. }
            | AppEvent::AppUpdatePlanned { .. }
            | AppEvent::RestartSnoozed { .. } => return UNSEEN,
        }
        Said::Written
    }

    fn tell_compliance(&mut self, event: ComplianceEvent, seen: &Seen<'_>) -> Said {
        match event {
            ComplianceEvent::DiscoveryResult { policy, user, error, .. } => {
                self.discovery_ended((policy, user), error, seen);
            }
            ComplianceEvent::DiscoveryTimedOut { policy, user } => {
                self.remediation_timed_out(Task::Discover, policy, user);
            }
            ComplianceEvent::DiscoveryCutOff { .. } => {
                self.discovery_cut_off();
                return NO_END;
            }
            ComplianceEvent::DiscoveryRun { .. } => return BY_RUN,
            ComplianceEvent::ComplianceChanged { .. } => return Said::Nothing("told by the record of the new result"),
            ComplianceEvent::DiscoveryFetched { .. }
            | ComplianceEvent::DiscoveryUnavailable { .. }
            | ComplianceEvent::DiscoveryIgnored { .. }
            | ComplianceEvent::DiscoveryForgotten { .. } => return UNSEEN,
        }
        Said::Written
    }

    fn tell_inventory(&mut self, event: InventoryEvent) -> Said {
        match event {
            InventoryEvent::InventoryTaken => self.inventory_taken(),
            InventoryEvent::AnalyticsJobs { .. } | InventoryEvent::InventoryLeftOut => return UNSEEN,
        }
        Said::Written
    }

    fn tell_policy(&mut self, event: PolicyEvent) -> Said {
        match event {
            PolicyEvent::ManagedInstallerArrived { .. } => self.managed_installer(true),
            PolicyEvent::ManagedInstallerWithdrawn { stays } => self.managed_installer(stays),
            PolicyEvent::CertificateChecked { .. } => self.certificate_checked(),
            PolicyEvent::BiosConfigured | PolicyEvent::BiosLeft => return UNSEEN,
        }
        Said::Written
    }

    fn tell_remediation(&mut self, event: RemediationEvent, seen: &Seen<'_>) -> Said {
        match event {
            RemediationEvent::RemediationFetched { policy, revision, .. } => self.schedule(policy, revision, seen),
            RemediationEvent::RemediationQueued { after, .. } => self.queued(after),
            RemediationEvent::RemediationEnded { policy, step, exit_code, .. } => {
                self.remediation_ended(policy, step, exit_code);
            }
            RemediationEvent::RemediationTimedOut { policy, user, step } => {
                self.remediation_timed_out(step, policy, user);
            }
            RemediationEvent::RemediationResult { policy, user, status, outcome, report } => {
                self.remediation_result((policy, user), status, outcome, report);
            }
            RemediationEvent::RemediationCutOff { .. } => {
                self.remediation_cut_off();
                return NO_END;
            }
            RemediationEvent::RemediationRun { .. } => return BY_RUN,
            RemediationEvent::RemediationLost { .. } => return NO_PROCESS,
            RemediationEvent::RemediationExpired { .. } => return OURS,
            RemediationEvent::RemediationDropped { .. }
            | RemediationEvent::RemediationSkipped { .. }
            | RemediationEvent::RemediationUnavailable { .. }
            | RemediationEvent::RemediationWaits { .. }
            | RemediationEvent::RemediationOnDemand { .. }
            | RemediationEvent::RemediationReplaced { .. } => return UNSEEN,
        }
        Said::Written
    }
}
