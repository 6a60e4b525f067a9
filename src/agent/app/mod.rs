//! Win32 and Store apps. First read: section 7 of the rules.
//!
//! Apps are polled on their cadence, and what a poll brings is noted; nothing is detected or installed yet, so no step, limit
//! or report of this workload ever comes up.

use serde::{Deserialize, Serialize};

use super::{Cause, Event, RunOutcome, Sink, Turn};
use crate::protocol::{AppPolicy, PolicyId, Report, Token, UserId, Workload};
use crate::rules::b;

/// What the agent keeps of apps.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Apps {}

/// The app work under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct AppsUnderway {
    /// Notifications that wait for the running app check-in (B-4.21).
    pub(super) pushes: Vec<u32>,
}

impl<S: Sink> Turn<'_, '_, S> {
    /// A poll for apps was answered.
    pub(super) fn apps_answered(&mut self, workload: Workload, user: UserId, policies: &[AppPolicy]) {
        let count = u32::try_from(policies.len()).unwrap_or(u32::MAX);
        let _ = user;
        self.note(b(2, 13), Event::CheckInDone { workload, policies: count });
        self.check_in_over(workload);
    }

    /// A step of the app work ended; false if it is nobody's here.
    pub(super) fn app_completed(&mut self, token: Token, outcome: RunOutcome) -> bool {
        let _ = (token, outcome);
        false
    }

    /// The user asks for an available app, or for its removal.
    pub(super) fn app_asked_for(&mut self, policy: PolicyId, present: bool) {
        let _ = (policy, present);
        let user = self.durable.around.active;
        self.check_in(Workload::AvailableApp, Cause::AppRequest, user);
    }

    /// The user puts off the restart that is announced.
    pub(super) fn snooze_restart(&mut self) {}

    /// The next step is due.
    pub(super) fn app_work_due(&mut self) {}

    /// The next report that is due, with the run that it is about.
    pub(super) fn next_app_report(&self) -> Option<(Report, Token)> {
        None
    }

    /// The service took a report; false if it is nobody's here.
    pub(super) fn app_report_taken(&mut self, run: Token) -> bool {
        let _ = run;
        false
    }
}
