//! Which remediation runs next, and its way through its scripts. First read: B-6.6, B-6.9 to B-6.16, B-6.21, B-6.29 to B-6.32.

use super::schedule::Due;
use super::{Current, RemediationEvent, RemediationRecord, RemediationWait, Standing, Step};
use crate::agent::{Effect, Run, RunOutcome, Sink, Task, Timer, Turn};
use crate::content::{Remediation, Schedule};
use crate::profile::{Profile, TriggerExit};
use crate::protocol::{PolicyId, RunAs, Token, UserId};
use crate::rules::{RuleId, b};
use crate::time::Span;

impl Step {
    const fn task(self) -> Task {
        match self {
            Self::Detect => Task::Detect,
            Self::Remediate => Task::Remediate,
            Self::DetectAgain => Task::DetectAgain,
        }
    }
}

/// B-6.15: whether a detection found an issue, by its exit code. A script that says nothing ends with 0.
const fn finds_issue(exit_code: i32, profile: &Profile) -> bool {
    match profile.rem.trigger_exit {
        TriggerExit::Exactly1 => exit_code == 1,
        TriggerExit::NonZero => exit_code != 0,
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// Goes on with remediations as far as the moment allows. Everything that may let one begin ends here.
    pub(in crate::agent) fn remediation_step(&mut self) {
        if self.running().is_none() || self.has_no_remediations() {
            return;
        }
        if self.is_leaving() {
            // B-10.5a: nothing runs any more, unless the device is managed again before the agent has left.
            self.timers.clear(Timer::RemediationWork);
            return self.timers.clear(Timer::RemediationClock);
        }
        self.follow_clock();
        self.end_at_limit();
        self.send_batch();
        self.forget_queued();
        self.forget_waiting();
        self.go_on();
        self.run_due();
        self.remediation_deadlines();
    }

    /// No schedule lies further ahead than a step of the clock may put it. Where the anchor lies behind, it does not: a
    /// period of days is longer than local time is behind UTC.
    fn follow_clock(&mut self) {
        let (cx, now) = (self.cx, self.now.wall);
        let Some(kept) = self.durable.work.as_mut().map(|kept| &mut kept.remediations) else { return };
        let mut is_moved = false;
        for record in kept.records.iter_mut().filter(|record| record.anchor > now) {
            if let Some(content) = record.content(cx) {
                let anchor = record.reckoning(cx, content).not_ahead(record.anchor, now);
                is_moved |= anchor != record.anchor;
                record.anchor = anchor;
            }
        }
        if is_moved {
            self.reckon_anew();
        }
    }

    /// B-6.16: at its limit a script is ended, and the code recorded is the largest there is.
    fn end_at_limit(&mut self) {
        let now = self.now;
        let Some(current) = self.current() else { return };
        let Some(slot) = current.slot.filter(|slot| slot.is_over(now)) else { return };
        let Current { policy, user, step, .. } = current;
        self.effect(Effect::Stop { token: slot.token });
        self.note_remediation(b(6, 16), RemediationEvent::RemediationTimedOut { policy, user, step: step.task() });
        self.script_over(slot.token, TIMED_OUT, Ending::Broken, 0);
    }

    /// Only what is assigned, and was due when it was fetched, is queued.
    fn forget_queued(&mut self) {
        let Some(work) = self.running().and_then(|running| running.work.as_mut()) else { return };
        if work.remediations.queue.is_empty() {
            return;
        }
        let mut queue = std::mem::take(&mut work.remediations.queue);
        queue.retain(|(policy, user, _)| {
            let record = self.remediations().and_then(|kept| kept.find(*policy, *user));
            record.is_some_and(|record| self.remediation_due_at(record) == Due::AtOnce)
        });
        if let Some(work) = self.remediations_underway() {
            work.queue = queue;
        }
    }

    /// What is not due any more does not wait any more.
    fn forget_waiting(&mut self) {
        let Some(work) = self.running().and_then(|running| running.work.as_mut()) else { return };
        if work.remediations.waiting.is_empty() {
            return;
        }
        let mut waiting = std::mem::take(&mut work.remediations.waiting);
        let before = waiting.len();
        waiting.retain(|(policy, user)| {
            let asked =
                self.underway_now().is_some_and(|work| work.on_demand.is_some_and(|asked| asked.policy == *policy));
            let record = self.remediations().and_then(|kept| kept.find(*policy, *user).copied());
            asked || record.is_some_and(|record| self.overdue(&record).is_some())
        });
        if waiting.len() < before {
            self.reckon_anew();
        }
        if let Some(work) = self.remediations_underway() {
            work.waiting = waiting;
        }
    }

    /// Goes on with a remediation whose next script had to wait.
    fn go_on(&mut self) {
        let Some(current) = self.current().filter(|current| current.slot.is_none()) else { return };
        match self.wait_for(current.user, current.run_as) {
            None => self.begin_script(current),
            // Nobody knows when its user comes back, and others must not wait for that.
            Some(RemediationWait::NoUser) => self.cut_off_remediation(),
            Some(RemediationWait::Esp | RemediationWait::DarkWake | RemediationWait::Busy) => {}
        }
    }

    /// Starts what is next: a run on demand, else what has been due for longest (B-6.13); notes what has to wait.
    fn run_due(&mut self) {
        self.run_on_demand();
        if !self.may_be_due() {
            return;
        }
        let mut next: Option<(Span, RemediationRecord)> = None;
        let mut place = 0;
        let busy = self.current().is_some();
        while let Some(record) = self.remediations().and_then(|kept| kept.records.get(place).copied()) {
            place += 1;
            let (Some(late), Some(content)) = (self.overdue(&record), record.content(self.cx)) else { continue };
            match self.wait_for(record.user, content.run_as) {
                Some(reason) => self.waits(record.policy, record.user, reason),
                None if busy => self.waits(record.policy, record.user, RemediationWait::Busy),
                None if next.is_some_and(|(longest, _)| longest >= late) => {
                    self.waits(record.policy, record.user, RemediationWait::Busy);
                }
                None => {
                    if let Some((_, before)) = next.replace((late, record)) {
                        self.waits(before.policy, before.user, RemediationWait::Busy);
                    }
                }
            }
        }
        if let Some((late, record)) = next {
            self.begin_remediation(record, late);
        }
    }

    /// A scheduled run begins. Its slot is used up, and that is on disk, before the first script starts.
    fn begin_remediation(&mut self, record: RemediationRecord, late: Span) {
        let (cx, now) = (self.cx, self.now.wall);
        let Some(content) = record.content(cx) else { return };
        let rule = self.why(&record, content, late);
        let anchor = record.reckoning(cx, content).begun(record.anchor, record.runs > 0, now);
        let (policy, user) = (record.policy, record.user);
        if let Some(record) = self.kept().remediations.find_mut(policy, user) {
            record.anchor = anchor;
            record.runs = record.runs.saturating_add(1);
        }
        self.reckon_anew();
        if let Some(work) = self.remediations_underway() {
            work.queue.retain(|(queued, whose, _)| *queued != policy || *whose != user);
        }
        self.begin(policy, user, record.revision, content.run_as, rule);
    }

    /// The rule by which a scheduled run begins now.
    fn why(&self, record: &RemediationRecord, content: &Remediation, late: Span) -> RuleId {
        match (self.remediation_due_at(record), content.schedule) {
            (Due::AtOnce, Schedule::Default | Schedule::Hourly(_)) => b(6, 9),
            (Due::AtOnce, Schedule::Once { .. } | Schedule::Daily { .. }) => b(6, 7),
            (Due::Never | Due::At(_), _) if !late.is_zero() => b(6, 6),
            (Due::Never | Due::At(_), Schedule::Default | Schedule::Once { .. }) => b(6, 4),
            (Due::Never | Due::At(_), Schedule::Hourly(_) | Schedule::Daily { .. }) => b(6, 10),
        }
    }

    pub(super) fn begin(&mut self, policy: PolicyId, user: UserId, revision: u32, run_as: RunAs, rule: RuleId) {
        let current = Current {
            policy,
            revision,
            begun: self.now.wall,
            slot: None,
            detection: 0,
            user,
            step: Step::Detect,
            run_as,
            on_demand: rule == ON_DEMAND,
        };
        self.begin_script_by(current, rule);
    }

    /// Starts the script whose turn it is.
    fn begin_script(&mut self, current: Current) {
        self.begin_script_by(current, b(6, 14));
    }

    fn begin_script_by(&mut self, mut current: Current, rule: RuleId) {
        let Current { policy, user, step, run_as, revision, .. } = current;
        let session = self.session_of(user, run_as).unwrap_or(UserId::DEVICE);
        let attempt =
            self.remediations().and_then(|kept| kept.find(policy, user)).map_or(1, |record| record.runs.max(1));
        let run = Run {
            task: step.task(),
            policy,
            revision,
            user,
            session: if run_as == RunAs::User { session } else { UserId::DEVICE },
            run_as,
            attempt,
            limit: self.cx.profile.rem.timeout,
        };
        self.note_remediation(rule, RemediationEvent::RemediationRun { policy, user, step: step.task() });
        // W1: on disk before the script starts, the token's number as well.
        self.effect(Effect::Persist);
        current.slot = Some(self.begin_run(run));
        if let Some(work) = self.remediations_underway() {
            let before = work.waiting.len();
            work.waiting.retain(|(waiting, whose)| *waiting != policy || *whose != user);
            let was_waiting = work.waiting.len() < before;
            work.current = Some(current);
            if was_waiting {
                self.reckon_anew();
            }
        }
    }

    /// A script of a remediation ended; false if it is nobody's here.
    pub(in crate::agent) fn remediation_completed(&mut self, token: Token, outcome: RunOutcome) -> bool {
        let Some(current) = self.current() else { return false };
        if current.slot.is_none_or(|slot| slot.token != token) {
            return false;
        }
        let (exit_code, ending, output) = match outcome {
            RunOutcome::Exited { code, stderr, output } => (code, Ending::Exited { stderr }, output),
            // B-6.20, B-5.23: not started. A host that answers something else has not run the script either.
            RunOutcome::Refused(_)
            | RunOutcome::Found(_)
            | RunOutcome::Required(_)
            | RunOutcome::Downloaded(_)
            | RunOutcome::Discovered { .. } => (REFUSED, Ending::Broken, 0),
        };
        self.script_over(token, exit_code, ending, output);
        self.remediation_step();
        true
    }

    /// What follows from the end of a script (B-6.14, B-6.15, B-6.17, B-6.19).
    fn script_over(&mut self, token: Token, exit_code: i32, ending: Ending, output: u32) {
        let Some(mut current) = self.current() else { return };
        let Current { policy, user, step, .. } = current;
        let ended = RemediationEvent::RemediationEnded { policy, user, step: step.task(), exit_code };
        self.note_remediation(b(6, 14), ended);
        let found = finds_issue(exit_code, self.cx.profile);
        let has_remediation =
            self.cx.library.remediation(policy, current.revision).is_some_and(|content| content.has_remediation);
        let standing = match (step, ending) {
            // That these two are the script errors of B-6.18 is assumed.
            (Step::Detect, Ending::Broken) => Some(Standing::DetectionError),
            (Step::Detect, Ending::Exited { .. }) if !found => Some(Standing::WithoutIssues),
            (Step::Detect, Ending::Exited { .. }) if !has_remediation => Some(Standing::IssueDetected),
            (Step::Detect, Ending::Exited { .. }) => None,
            (Step::Remediate, Ending::Broken | Ending::Exited { stderr: true }) => Some(Standing::Failed),
            (Step::Remediate, Ending::Exited { stderr: false }) if exit_code != 0 => Some(Standing::Failed),
            (Step::Remediate, Ending::Exited { stderr: false }) => None,
            // A fix that nothing confirms is none.
            (Step::DetectAgain, Ending::Broken) => Some(Standing::Recurred),
            (Step::DetectAgain, Ending::Exited { .. }) if found => Some(Standing::Recurred),
            (Step::DetectAgain, Ending::Exited { .. }) => Some(Standing::Fixed),
        };
        if step == Step::Detect {
            current.detection = exit_code;
        }
        current.slot = None;
        current.step = if step == Step::Detect { Step::Remediate } else { Step::DetectAgain };
        let Some(work) = self.remediations_underway() else { return };
        work.current = standing.is_none().then_some(current);
        if let Some(standing) = standing {
            self.remediation_result(&current, token, standing, output);
        }
    }

    /// A run that is cut off has no result; its slot is used up.
    pub(in crate::agent) fn cut_off_remediation(&mut self) {
        let Some(current) = self.running().and_then(|running| running.work.as_mut()?.remediations.current.take())
        else {
            return;
        };
        if let Some(slot) = current.slot {
            self.effect(Effect::Stop { token: slot.token });
        }
        let (policy, user) = (current.policy, current.user);
        self.note_remediation(b(6, 9), RemediationEvent::RemediationCutOff { policy, user });
    }

    /// B-10.5a: the device is not managed any more, and what runs or is queued is cancelled.
    pub(in crate::agent) fn cancel_remediations(&mut self) {
        self.cut_off_remediation();
        if let Some(work) = self.running().and_then(|running| running.work.as_mut()) {
            work.remediations.queue.clear();
            work.remediations.on_demand = None;
        }
        self.remediation_step();
    }

    pub(super) fn current(&mut self) -> Option<Current> {
        self.running()?.work.as_ref()?.remediations.current
    }

    /// Notes that something due has to wait, once.
    pub(super) fn waits(&mut self, policy: PolicyId, user: UserId, reason: RemediationWait) {
        let Some(work) = self.remediations_underway() else { return };
        if work.waiting.contains(&(policy, user)) {
            return;
        }
        work.waiting.push((policy, user));
        self.reckon_anew();
        let rule = match reason {
            RemediationWait::NoUser => b(6, 21),
            RemediationWait::Esp => b(6, 12),
            RemediationWait::DarkWake => b(4, 27),
            RemediationWait::Busy => b(6, 13),
        };
        self.note_remediation(rule, RemediationEvent::RemediationWaits { policy, user, reason });
    }
}

/// The rule by which a run on demand begins.
pub(super) const ON_DEMAND: RuleId = b(6, 29);

/// How a script ended.
#[derive(Clone, Copy)]
enum Ending {
    /// By itself.
    Exited {
        /// Something was written to the error stream.
        stderr: bool,
    },
    /// It was not started, or it was ended at its limit.
    Broken,
}

/// The exit code recorded for a script that was ended at its limit (B-6.16).
const TIMED_OUT: i32 = i32::MAX;
/// The exit code recorded for a script that was not started.
const REFUSED: i32 = -2;
