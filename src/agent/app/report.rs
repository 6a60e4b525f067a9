//! Results of apps on their way to the service. First read: B-7.59, B-13.6, B-13.7.

use crate::agent::{Sink, Turn};
use crate::protocol::{AppReport, PolicyId, Report, Token, UserId};

impl<S: Sink> Turn<'_, '_, S> {
    /// How an app stands has changed: the report leaves a short time later, together with others.
    pub(super) fn report_app(&mut self, policy: PolicyId, user: UserId) {
        let token = self.token();
        let apps = self.apps_mut();
        apps.has_unreported = true;
        apps.record(policy, user).unreported = Some(token);
        let at = self.now.awake.after(self.cx.profile.win32.report_delay);
        if let Some(work) = self.underway() {
            work.apps.report_at.get_or_insert(at);
        }
    }

    /// The next report that is due, with the number of the result that it is about.
    pub(in crate::agent) fn next_app_report(&self) -> Option<(Report, Token)> {
        let apps = self.apps().filter(|apps| apps.has_unreported)?;
        if self.apps_underway().is_some_and(|work| work.report_at.is_some()) {
            return None;
        }
        apps.records.iter().find_map(|record| {
            let run = record.unreported?;
            let report = AppReport {
                policy: record.policy,
                revision: record.revision,
                error: record.error,
                applicability: record.applicability,
                enforcement: record.enforcement,
                compliance: record.compliance,
                user: record.user,
            };
            Some((Report::App(report), run))
        })
    }

    /// The service took a report; false if it is nobody's here.
    pub(in crate::agent) fn app_report_taken(&mut self, run: Token) -> bool {
        let Some(apps) = self.durable.work.as_mut().map(|kept| &mut kept.apps) else { return false };
        let Some(record) = apps.records.iter_mut().find(|record| record.unreported == Some(run)) else { return false };
        record.unreported = None;
        apps.has_unreported = apps.records.iter().any(|record| record.unreported.is_some());
        true
    }
}
