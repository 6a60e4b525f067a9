//! What the service does with reports: it counts those of scripts and takes the others.

use serde::{Deserialize, Serialize};

use super::event::{Event, Sink};
use super::given::Given;
use super::ledger::Ledger;
use crate::protocol::{Report, ScriptReport, ScriptResult};
use crate::rules::b;

/// The script reports of one device, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Reports {
    /// Reports of success.
    pub succeeded: u32,
    /// Reports of failure.
    pub failed: u32,
}

impl Reports {
    /// All reports.
    pub const fn total(&self) -> u32 {
        self.succeeded.saturating_add(self.failed)
    }
}

impl Ledger {
    /// Takes a report, also of a device that has just left: it only learns of that at a poll (B-10.5a).
    pub(super) fn report<'a>(&mut self, report: Report, out: &mut impl Sink<'a>) -> Given {
        match report {
            Report::Script(report) => return self.script_report(report, out),
            Report::App(report) => out.note(b(7, 59), Event::AppReported(report)),
            Report::Remediation(report) => out.note(b(6, 27), Event::RemediationReported(report)),
            Report::Compliance(report) => out.note(b(8, 5), Event::ComplianceReported(report)),
            Report::Inventory => out.note(b(8, 16), Event::InventoryReported),
        }
        Given::Accepted
    }

    fn script_report<'a>(&mut self, report: ScriptReport, out: &mut impl Sink<'a>) -> Given {
        let count = match report.result {
            ScriptResult::Success => &mut self.reports.succeeded,
            ScriptResult::Failed => &mut self.reports.failed,
        };
        *count = count.saturating_add(1);
        out.note(b(5, 25), Event::Reported(report));
        Given::Accepted
    }
}
