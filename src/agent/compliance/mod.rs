//! Custom compliance: when discovery scripts run and what is reported. First read: B-8.1 to B-8.8.

use serde::{Deserialize, Serialize};

use super::{Event, RunOutcome, Sink, Turn};
use crate::protocol::{Assigned, Report, Token, UserId, Workload};
use crate::rules::b;

/// What the agent keeps of custom compliance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Compliance {}

/// The discovery script under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct ComplianceUnderway {}

impl<S: Sink> Turn<'_, '_, S> {
    /// A poll for discovery scripts was answered.
    pub(super) fn discovery_answered(&mut self, user: UserId, assigned: &[Assigned]) {
        let count = u32::try_from(assigned.len()).unwrap_or(u32::MAX);
        let _ = user;
        self.note(b(2, 13), Event::CheckInDone { workload: Workload::Compliance, policies: count });
        self.check_in_over(Workload::Compliance);
    }

    /// A discovery script ended; false if it is nobody's here.
    pub(super) fn discovery_completed(&mut self, token: Token, outcome: RunOutcome) -> bool {
        let _ = (token, outcome);
        false
    }

    /// A run or a limit is due.
    pub(super) fn discovery_due(&mut self) {}

    /// The next report that is due, with the run that it is about.
    pub(super) fn next_compliance_report(&self) -> Option<(Report, Token)> {
        None
    }

    /// The service took a report; false if it is nobody's here.
    pub(super) fn compliance_report_taken(&mut self, run: Token) -> bool {
        let _ = run;
        false
    }
}
