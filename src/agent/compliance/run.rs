//! Running discovery scripts, one after another. First read: B-8.2 to B-8.7.

use super::{ComplianceEvent, DiscoveryRecord, UnderWay};
use crate::agent::{Effect, Run, RunOutcome, Sink, Task, Turn};
use crate::protocol::{PolicyId, RunAs, Token, UserId};
use crate::rules::{RuleId, b};

impl<S: Sink> Turn<'_, '_, S> {
    /// Every script on the device runs. The one that runs already is not run once more (B-9.4).
    pub(super) fn discover_all(&mut self) {
        // B-10.5a: nor does anything run for an agent that is told to leave.
        if self.is_leaving() {
            return;
        }
        let running = self.discovering().and_then(|underway| underway.run);
        for record in self.discovery_records() {
            record.wanted = running.is_none_or(|run| !record.is(run.policy, run.user));
        }
        self.next_discovery();
    }

    /// Starts the next script that is wanted. Nothing starts before the start delay is over (B-4.8), and nothing in
    /// maintenance wake.
    pub(in crate::agent) fn next_discovery(&mut self) {
        let dark_wake = self.durable.around.dark_wake;
        let Some(running) = self.running() else { return };
        if !running.ready || dark_wake || running.work.as_ref().is_some_and(|work| work.compliance.run.is_some()) {
            return;
        }
        while let Some(place) = self.discovery_records().iter().position(|record| record.wanted) {
            let record = &mut self.discovery_records()[place];
            record.wanted = false;
            let DiscoveryRecord { policy, revision, user, .. } = *record;
            let Some(script) = self.cx.library.discovery(policy, revision) else {
                self.note_discovery(b(8, 1), ComplianceEvent::DiscoveryUnavailable { policy, revision });
                continue;
            };
            let run_as = script.run_as;
            return self.start_discovery(policy, revision, user, run_as);
        }
    }

    fn start_discovery(&mut self, policy: PolicyId, revision: u32, user: UserId, wanted: RunAs) {
        // B-8.6: without its user, a script in user context runs as System.
        let (rule, run_as, session) = match (wanted, self.discovery_session(user)) {
            (RunAs::User, Some(session)) => (b(8, 1), RunAs::User, session),
            (RunAs::User, None) => (b(8, 6), RunAs::System, UserId::DEVICE),
            (RunAs::System, _) => (b(8, 1), RunAs::System, UserId::DEVICE),
        };
        let limit = self.cx.profile.cc.timeout;
        self.note_discovery(rule, ComplianceEvent::DiscoveryRun { policy, user, revision, run_as });
        self.effect(Effect::Persist);
        let run = Run { task: Task::Discover, policy, revision, user, session, run_as, attempt: 1, limit };
        let slot = self.begin_run(run);
        if let Some(underway) = self.underway() {
            underway.compliance.run = Some(UnderWay { slot, policy, user });
        }
        self.arm_discovery();
    }

    /// In whose session a user-context script runs: that of its user, or for the device's of whoever is signed in.
    fn discovery_session(&self, user: UserId) -> Option<UserId> {
        let around = &self.durable.around;
        let session = if user.is_device() { around.active } else { user };
        around.is_signed_in(session).then_some(session)
    }

    /// A discovery script ended; false if it is nobody's here.
    pub(in crate::agent) fn discovery_completed(&mut self, token: Token, outcome: RunOutcome) -> bool {
        if self.discovering().and_then(|underway| underway.run).is_none_or(|run| run.slot.token != token) {
            return false;
        }
        let cc = &self.cx.profile.cc;
        let (error, output) = match outcome {
            RunOutcome::Discovered { error, output } => (error, output),
            // A host that does not judge the output has shown nothing: what ended well is no proof of compliance.
            RunOutcome::Exited { code: 0, output, .. } => (cc.error_json, output),
            RunOutcome::Exited { output, .. } => (cc.error_script_failed, output),
            RunOutcome::Refused(_) | RunOutcome::Found(_) | RunOutcome::Required(_) | RunOutcome::Downloaded(_) => {
                (cc.error_script_failed, 0)
            }
        };
        self.discovery_ended(b(8, 5), error, output);
        true
    }

    /// B-8.4: at the limit the process is ended and the run has failed.
    pub(super) fn discovery_timed_out(&mut self) {
        let Some(UnderWay { slot, policy, user }) = self.discovering().and_then(|underway| underway.run) else {
            return;
        };
        self.note_discovery(b(8, 4), ComplianceEvent::DiscoveryTimedOut { policy, user });
        self.effect(Effect::Stop { token: slot.token });
        self.discovery_ended(b(8, 4), self.cx.profile.cc.error_script_failed, 0);
    }

    /// The run under way is over: its result is kept and reported, and the next script follows.
    fn discovery_ended(&mut self, rule: RuleId, error: u32, output: u32) {
        let Some(UnderWay { slot, policy, user }) = self.discovering().and_then(|underway| underway.run.take()) else {
            return;
        };
        if let Some(record) = self.discovery_records().iter_mut().find(|record| record.is(policy, user)) {
            let changed = !record.ended || (record.error, record.output) != (error, output);
            *record =
                DiscoveryRecord { error, output, run: Some(slot.token), ended: true, unreported: true, ..*record };
            let revision = record.revision;
            self.note_discovery(rule, ComplianceEvent::DiscoveryResult { policy, user, revision, error });
            if changed {
                // B-8.7: so late, at most a run interval after the value itself.
                self.note_discovery(b(8, 7), ComplianceEvent::ComplianceChanged { policy, user });
            }
            self.effect(Effect::Persist);
            self.report_due();
        }
        self.arm_discovery();
        self.next_discovery();
    }

    /// The service or management ends: the run is cut off, and nothing is wanted any more. The next start runs all.
    pub(in crate::agent) fn cut_off_discovery(&mut self) {
        for record in self.discovery_records() {
            record.wanted = false;
        }
        self.end_discovery();
        if let Some(underway) = self.discovering() {
            (underway.grid, underway.after_fetch) = (None, false);
            self.arm_discovery();
        }
    }

    /// A script changed or went: if it runs, it is cut off.
    pub(super) fn cut_off_discovery_of(&mut self, policy: PolicyId, user: UserId) {
        let run = self.discovering().and_then(|underway| underway.run);
        if run.is_some_and(|run| run.policy == policy && run.user == user) {
            self.end_discovery();
        }
    }

    fn end_discovery(&mut self) {
        let Some(UnderWay { slot, policy, user }) = self.discovering().and_then(|underway| underway.run.take()) else {
            return;
        };
        self.effect(Effect::Stop { token: slot.token });
        self.note_discovery(b(8, 1), ComplianceEvent::DiscoveryCutOff { policy, user });
        self.arm_discovery();
    }
}
