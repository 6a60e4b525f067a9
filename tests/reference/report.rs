//! Results on their way to the service: B-5.25, B-13.6, B-13.7.

use imesim::agent::{DiscoveryRecord, Record, RecordState};
use imesim::protocol::{ComplianceReport, Report, Request as Message, ScriptReport, ScriptResult, Token};

use super::check_in::Kind;
use super::model::{At, Model};

impl Model {
    /// A script ended: its report follows after a short delay.
    pub(crate) fn report_soon(&mut self, at: &At<'_>) {
        if let Some(service) = &mut self.service
            && service.report_at.is_none()
        {
            service.report_at = Some(at.now.awake.after(at.profile().scripts.report_delay));
        }
    }

    pub(crate) fn report_is_due(&mut self, at: &mut At<'_>) {
        if let Some(service) = &mut self.service {
            service.report_at = None;
        }
        self.send_reports(at);
    }

    /// Sends the first result that the service does not have, unless a report is on its way or the delay still runs.
    pub(crate) fn send_reports(&mut self, at: &mut At<'_>) {
        let Some(service) = &self.service else { return };
        let reporting = service.requests.iter().any(|request| matches!(request.kind, Kind::Report(_)));
        if reporting || service.report_at.is_some() {
            return;
        }
        if let Some((run, report)) = self.next_report() {
            self.send(at, Kind::Report(run), Message::Report(report));
        }
    }

    /// The first result that the service does not have: of scripts, of discovery, the inventory.
    fn next_report(&self) -> Option<(Token, Report)> {
        let script =
            self.records.iter().find(|record| record.unreported).and_then(|record| Some((record, record.run?)));
        let discovered =
            self.discovery.iter().find(|record| record.unreported).and_then(|record| Some((record, record.run?)));
        if let Some((record, run)) = script {
            return Some((run, Report::Script(script_report(record, run))));
        }
        if let Some(report) = self.next_app_report() {
            return Some(report);
        }
        if let Some(report) = self.next_remediation_report() {
            return Some(report);
        }
        if let Some((record, run)) = discovered {
            let DiscoveryRecord { policy, revision, error, output, user, .. } = *record;
            return Some((run, Report::Compliance(ComplianceReport { policy, revision, error, output, user })));
        }
        self.inventory_unsent.map(|run| (run, Report::Inventory))
    }

    /// The service took the report on this run; the next follows.
    pub(crate) fn report_taken(&mut self, at: &mut At<'_>, run: Token) {
        for record in self.records.iter_mut().filter(|record| record.run == Some(run)) {
            record.unreported = false;
        }
        for record in self.discovery.iter_mut().filter(|record| record.run == Some(run)) {
            record.unreported = false;
        }
        for app in self.apps.all.iter_mut().filter(|app| app.unreported == Some(run)) {
            app.unreported = None;
        }
        self.remediation_report_taken(run);
        self.inventory_unsent.take_if(|waiting| *waiting == run);
        self.send_reports(at);
    }
}

fn script_report(record: &Record, run: Token) -> ScriptReport {
    let result = if record.state == RecordState::Success { ScriptResult::Success } else { ScriptResult::Failed };
    ScriptReport {
        policy: record.policy,
        revision: record.revision,
        user: record.user,
        result,
        exit_code: record.exit_code,
        run,
    }
}
