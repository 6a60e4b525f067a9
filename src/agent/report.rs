//! Results on their way to the service. First read: B-5.25, B-13.6, B-13.7.

use super::state::REPORT;
use super::{Effect, Event, RecordState, Sink, Timer, Turn};
use crate::protocol::{Failure, PolicyId, Report, Request, ScriptReport, ScriptResult, Token, UserId};
use crate::rules::{RuleId, b};
use crate::sabotage::{Sabotage, is_on};

impl<S: Sink> Turn<'_, '_, S> {
    /// A script ended: its report goes out after a short delay, together with whatever else is unsent then.
    pub(super) fn report_due(&mut self) {
        if !self.timers.is_set(Timer::Report) {
            self.arm(Timer::Report, self.cx.profile.scripts.report_delay);
        }
    }

    /// Sends the first report that the service has not taken yet; one at a time.
    pub(super) fn send_next_report(&mut self) {
        let Some(running) = self.running() else { return };
        // While the delay of a result runs, all wait: none is told of before its time (B-5.25).
        if running.exchanges.is_busy(REPORT) || self.timers.is_set(Timer::Report) {
            return;
        }
        if let Some((report, run)) = self.next_report() {
            self.send_report(report, run);
        }
    }

    fn send_report(&mut self, report: Report, run: Token) {
        if let Some(running) = self.running() {
            running.reporting = Some(run);
        }
        let (policy, user) = about(&report);
        self.note(report_rule(&report), Event::ReportSent { policy, user });
        self.send(REPORT, UserId::DEVICE, 1, Request::Report(report));
    }

    /// The first report that is unsent and due, with the run that it is about: scripts first, then each workload.
    fn next_report(&self) -> Option<(Report, Token)> {
        if let Some(report) = self.next_script_report() {
            return Some(report);
        }
        if self.durable.work.is_none() {
            return self.next_inventory_report();
        }
        self.next_app_report()
            .or_else(|| self.next_remediation_report())
            .or_else(|| self.next_compliance_report())
            .or_else(|| self.next_inventory_report())
    }

    fn next_script_report(&self) -> Option<(Report, Token)> {
        self.durable.scripts.iter().filter(|record| record.unreported).find_map(|record| {
            let result = match record.state {
                RecordState::Success => ScriptResult::Success,
                RecordState::Failed if is_on(Sabotage::ReportsSuccess) => ScriptResult::Success,
                RecordState::Failed => ScriptResult::Failed,
                RecordState::Pending | RecordState::Skipped => return None,
            };
            let super::Record { policy, revision, user, exit_code, run: Some(run), .. } = *record else { return None };
            Some((Report::Script(ScriptReport { policy, revision, user, result, exit_code, run }), run))
        })
    }

    /// The service took a report; the next follows.
    pub(super) fn report_accepted(&mut self) {
        if let Some(run) = self.reported_run() {
            // By now the script may have run again, or its record may be gone.
            let script = self.durable.scripts.iter_mut().find(|record| record.run == Some(run));
            let known = match script {
                Some(record) => {
                    record.unreported = false;
                    true
                }
                None => {
                    self.app_report_taken(run)
                        || self.remediation_report_taken(run)
                        || self.compliance_report_taken(run)
                        || self.inventory_report_taken(run)
                }
            };
            if known {
                self.effect(Effect::Persist);
            }
        }
        self.send_next_report();
    }

    /// A report that cannot be sent is kept for the next check-in that works (B-13.7).
    pub(super) fn report_failed(&mut self, failure: Failure) {
        if let Some(run) = self.reported_run()
            && let Some((report, next)) = self.next_report()
            && next == run
        {
            let (policy, user) = about(&report);
            self.note(b(13, 7), Event::ReportKept { policy, user, failure });
        }
    }

    /// A check-in reached the service: what is unsent follows it (B-13.7).
    pub(super) fn send_kept_reports(&mut self) {
        if self.may_report() {
            self.send_next_report();
        }
    }

    /// False where nothing is unsent, which is the frequent case.
    #[inline]
    fn may_report(&self) -> bool {
        self.durable.scripts.iter().any(|record| record.unreported)
            || self.durable.inventory.has_unsent()
            || self.durable.work.as_ref().is_some_and(|kept| kept.has_unsent())
    }

    /// The run whose report was on its way.
    fn reported_run(&mut self) -> Option<Token> {
        self.running()?.reporting.take()
    }
}

/// What a report is about, and for whom; the inventory is about the device.
const fn about(report: &Report) -> (PolicyId, UserId) {
    match report {
        Report::Script(report) => (report.policy, report.user),
        Report::App(report) => (report.policy, report.user),
        Report::Remediation(report) => (report.policy, report.user),
        Report::Compliance(report) => (report.policy, report.user),
        Report::Inventory => (PolicyId(u32::MAX), UserId::DEVICE),
    }
}

/// The rule behind a report.
const fn report_rule(report: &Report) -> RuleId {
    match report {
        Report::Script(_) => b(5, 25),
        Report::App(_) => b(7, 59),
        Report::Remediation(_) => b(6, 27),
        Report::Compliance(_) => b(8, 5),
        Report::Inventory => b(8, 16),
    }
}
