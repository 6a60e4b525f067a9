//! Results on their way to the service. First read: B-5.25, B-13.6, B-13.7.

use super::state::REPORT;
use super::{Effect, Event, RecordState, Sink, Timer, Turn};
use crate::protocol::{Failure, Request, ScriptReport, ScriptResult, UserId};
use crate::rules::b;

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
        if running.exchanges.is_busy(REPORT) {
            return;
        }
        let next = self.durable.scripts.iter().find_map(|record| {
            let (true, Some(run)) = (record.unreported, record.run) else { return None };
            let result = match record.state {
                RecordState::Success => ScriptResult::Success,
                RecordState::Failed => ScriptResult::Failed,
                RecordState::Pending | RecordState::Skipped => return None,
            };
            let super::Record { policy, revision, user, exit_code, .. } = *record;
            Some(ScriptReport { policy, revision, user, result, exit_code, run })
        });
        let Some(report) = next else { return };
        if let Some(running) = self.running() {
            running.reporting = Some(report.run);
        }
        self.note(b(5, 25), Event::ReportSent { policy: report.policy, user: report.user });
        self.send(REPORT, UserId::DEVICE, 1, Request::Report(report));
    }

    /// The service took a report; the next follows.
    pub(super) fn report_accepted(&mut self) {
        if let Some(record) = self.reported_record() {
            record.unreported = false;
            self.effect(Effect::Persist);
        }
        self.send_next_report();
    }

    /// A report that cannot be sent is kept for the next check-in that works (B-13.7).
    pub(super) fn report_failed(&mut self, failure: Failure) {
        if let Some(record) = self.reported_record() {
            let (policy, user) = (record.policy, record.user);
            self.note(b(13, 7), Event::ReportKept { policy, user, failure });
        }
    }

    /// A check-in reached the service: what is unsent follows it (B-13.7), unless its own delay still runs.
    pub(super) fn send_kept_reports(&mut self) {
        if !self.timers.is_set(Timer::Report) && self.durable.scripts.iter().any(|record| record.unreported) {
            self.send_next_report();
        }
    }

    /// The record whose report was on its way.
    fn reported_record(&mut self) -> Option<&mut super::Record> {
        let run = self.running()?.reporting.take();
        // By now the script may have run again, or its record may be gone.
        self.durable.scripts.iter_mut().find(|record| run.is_some() && record.run == run)
    }
}
