//! Running the queued scripts, one after another. First read: B-5.13 to B-5.25, B-1.24.

use super::{RecordState, Stage};
use crate::agent::{Effect, Event, Run, RunOutcome, RunRefusal, Sink, Task, Timer, Turn, WaitReason};
use crate::profile::CountOn;
use crate::protocol::{RunAs, ScriptResult, Token, UserId, Workload};
use crate::rules::{RuleId, b};
use crate::sabotage::{Sabotage, is_on};

impl<S: Sink> Turn<'_, '_, S> {
    /// Starts the next queued script that may start; when none is left, the script check-in is over.
    pub(in crate::agent) fn run_next(&mut self) {
        if is_on(Sabotage::NeverRuns) {
            return;
        }
        loop {
            let dark_wake = self.durable.around.dark_wake;
            let Some(running) = self.running() else { return };
            let clock_skewed = running.clock_skewed;
            let Stage::Working(work) = &mut running.stage else { return };
            if work.run.is_some() {
                return;
            }
            let Some(place) = work.queue.get(work.next as usize).copied() else {
                running.stage = Stage::Idle;
                return self.check_in_over(Workload::Script);
            };
            if dark_wake {
                // The queue stays as it is; the end of maintenance wake goes on with it.
                let record = &self.durable.scripts[place as usize];
                let (policy, user) = (record.policy, record.user);
                return self.note(b(5, 10), Event::ScriptWaits { policy, user, reason: WaitReason::DarkWake });
            }
            work.next += 1;
            if let Some((rule, reason)) = self.wait_reason(place, clock_skewed) {
                let record = &mut self.durable.scripts[place as usize];
                if reason == WaitReason::ClockSkew && self.cx.profile.elig.clock_failure_counts {
                    record.downloads = record.downloads.saturating_add(1);
                }
                let (policy, user) = (record.policy, record.user);
                self.note(rule, Event::ScriptWaits { policy, user, reason });
                continue;
            }
            return self.start_run(place);
        }
    }

    /// What a script has to wait for until a later check-in, without using up a try.
    fn wait_reason(&self, place: u32, clock_skewed: bool) -> Option<(RuleId, WaitReason)> {
        let record = &self.durable.scripts[place as usize];
        if record.run_as == RunAs::User && self.session_for(record.user).is_none() {
            // Whatever the clock shows: without its user no try is used up.
            Some((b(5, 19), WaitReason::NoUser))
        } else if clock_skewed {
            Some((b(1, 24), WaitReason::ClockSkew))
        } else {
            None
        }
    }

    /// In whose session a user-context script recorded under an id runs: that user's, or for the device id user
    /// whoever is signed in.
    fn session_for(&self, user: UserId) -> Option<UserId> {
        let around = &self.durable.around;
        let session = if user.is_device() { around.active } else { user };
        around.is_signed_in(session).then_some(session)
    }

    fn start_run(&mut self, place: u32) {
        let token = self.token();
        let profile = self.cx.profile;
        let session = self.session_for(self.durable.scripts[place as usize].user).unwrap_or(UserId::DEVICE);
        let record = &mut self.durable.scripts[place as usize];
        record.updated = self.now.wall;
        // B-5.10: the count is raised, and on disk, before the launch; a run that is cut off has used up its try.
        let attempt = record.downloads.saturating_add(1);
        if profile.scripts.count_on == CountOn::Fetch {
            record.downloads = attempt;
        }
        let run = Run {
            task: Task::Script,
            policy: record.policy,
            revision: record.revision,
            user: record.user,
            session: if record.run_as == RunAs::User { session } else { UserId::DEVICE },
            run_as: record.run_as,
            attempt,
            limit: profile.scripts.timeout,
        };
        if let Some(running) = self.running()
            && let Stage::Working(work) = &mut running.stage
        {
            work.run = Some((token, place));
        }
        self.arm(Timer::RunLimit, profile.scripts.timeout);
        self.note(b(5, 3), Event::ScriptRun { policy: run.policy, user: run.user, attempt });
        self.effect(Effect::Persist);
        self.effect(Effect::Run { token, run });
    }

    /// A run ended by itself or could not begin; false if it is no script's.
    pub(in crate::agent) fn script_completed(&mut self, token: Token, outcome: RunOutcome) -> bool {
        if self.run().is_none_or(|(under_way, _)| under_way != token) {
            return false;
        }
        let stderr_fails = self.cx.profile.scripts.stderr_is_failure;
        let (rule, result, exit_code) = match outcome {
            // B-5.24.
            RunOutcome::Exited { code: 0, stderr, .. } if !(stderr && stderr_fails) => {
                (b(5, 24), ScriptResult::Success, 0)
            }
            RunOutcome::Exited { code, .. } => (b(5, 24), ScriptResult::Failed, code),
            RunOutcome::Refused(RunRefusal::Signature) => (b(5, 20), ScriptResult::Failed, REFUSED),
            RunOutcome::Refused(RunRefusal::Tampered) => (b(5, 23), ScriptResult::Failed, REFUSED),
            // A host that could not start the script, or answers something else, has not run it.
            RunOutcome::Refused(RunRefusal::Unavailable)
            | RunOutcome::Found(_)
            | RunOutcome::Required(_)
            | RunOutcome::Downloaded(_)
            | RunOutcome::Discovered { .. } => (b(5, 24), ScriptResult::Failed, REFUSED),
        };
        self.ended(rule, result, exit_code);
        true
    }

    /// B-5.15: at the limit the process is ended and the run has failed.
    pub(in crate::agent) fn run_limit(&mut self) {
        let Some((token, place)) = self.run() else { return };
        let record = &self.durable.scripts[place as usize];
        let (policy, user) = (record.policy, record.user);
        self.note(b(5, 15), Event::ScriptTimedOut { policy, user });
        self.effect(Effect::Stop { token });
        self.ended(b(5, 15), ScriptResult::Failed, TIMED_OUT);
    }

    /// The run under way is over: its result is kept, its report is due, and the next script follows.
    fn ended(&mut self, rule: RuleId, result: ScriptResult, exit_code: i32) {
        let Some((token, place)) = self.take_run() else { return };
        let record = &mut self.durable.scripts[place as usize];
        record.run = Some(token);
        record.state = RecordState::from(result);
        if is_on(Sabotage::ForgetsSuccess) {
            record.state = RecordState::Pending;
        }
        record.exit_code = exit_code;
        record.updated = self.now.wall;
        record.unreported = true;
        if self.cx.profile.scripts.count_on == CountOn::Result {
            record.downloads = record.downloads.saturating_add(1);
        }
        let (policy, user) = (record.policy, record.user);
        self.note(rule, Event::ScriptResult { policy, user, result, exit_code });
        self.effect(Effect::Persist);
        self.report_due();
        self.run_next();
    }

    /// B-5.10: a run that the end of the service cuts off has been counted and has no result.
    pub(in crate::agent) fn cut_off_run(&mut self) {
        let Some((token, place)) = self.take_run() else { return };
        let record = &self.durable.scripts[place as usize];
        let (policy, user) = (record.policy, record.user);
        self.effect(Effect::Stop { token });
        self.note(b(5, 10), Event::ScriptCutOff { policy, user });
    }

    /// B-10.5a: runs are cancelled at once, the one under way and those still queued.
    pub(in crate::agent) fn cancel_runs(&mut self) {
        let Some(running) = self.running() else { return };
        if matches!(running.stage, Stage::Idle) {
            return;
        }
        self.cut_off_run();
        if let Some(running) = self.running() {
            running.stage = Stage::Idle;
        }
        self.note(b(10, 5).with_suffix('a'), Event::ScriptsCancelled);
        self.check_in_over(Workload::Script);
    }

    /// Maintenance wake began or ended; its end goes on with a held queue.
    pub(in crate::agent) fn dark_wake(&mut self, on: bool) {
        self.durable.around.dark_wake = on && !is_on(Sabotage::NoDarkWake);
        self.resumed();
        if !on {
            self.run_next();
            self.next_discovery();
            self.begin_inventory();
            self.begin_analytics();
            self.remediation_step();
            self.app_step();
        } else {
            // A restart waits for the end of it, and so does its timer (B-7.28).
            self.app_deadlines();
        }
    }

    /// The run under way, with the place of its record.
    fn run(&mut self) -> Option<(Token, u32)> {
        match &self.running()?.stage {
            Stage::Working(work) => work.run,
            Stage::Idle => None,
        }
    }

    fn take_run(&mut self) -> Option<(Token, u32)> {
        let Stage::Working(work) = &mut self.running()?.stage else { return None };
        let taken = work.run.take()?;
        self.timers.clear(Timer::RunLimit);
        Some(taken)
    }
}

/// The exit code recorded for a process that was ended at its limit.
const TIMED_OUT: i32 = -1;
/// The exit code recorded for a script that was not started.
const REFUSED: i32 = -2;
