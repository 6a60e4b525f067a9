//! Remediations: when each runs, what follows from its detection, and what is reported. First read: section 6 of the rules.

use serde::{Deserialize, Serialize};

use super::{Event, RunOutcome, Sink, Turn};
use crate::protocol::{Assigned, Report, Token, UserId, Workload};
use crate::rules::b;

/// What the agent keeps of remediations.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Remediations {}

/// The remediation under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct RemediationsUnderway {}

impl<S: Sink> Turn<'_, '_, S> {
    /// A poll for remediations was answered.
    pub(super) fn remediations_answered(&mut self, user: UserId, assigned: &[Assigned]) {
        let count = u32::try_from(assigned.len()).unwrap_or(u32::MAX);
        let _ = user;
        self.note(b(2, 13), Event::CheckInDone { workload: Workload::Remediation, policies: count });
        self.check_in_over(Workload::Remediation);
    }

    /// A script of a remediation ended; false if it is nobody's here.
    pub(super) fn remediation_completed(&mut self, token: Token, outcome: RunOutcome) -> bool {
        let _ = (token, outcome);
        false
    }

    /// A run or a limit is due.
    pub(super) fn remediation_due(&mut self) {}

    /// The next report that is due, with the run that it is about.
    pub(super) fn next_remediation_report(&self) -> Option<(Report, Token)> {
        None
    }

    /// The service took a report; false if it is nobody's here.
    pub(super) fn remediation_report_taken(&mut self, run: Token) -> bool {
        let _ = run;
        false
    }
}
