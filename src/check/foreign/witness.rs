//! What is made of an agent's inputs and effects: the events that judges listen to.

use super::said::{Part, Said};
use super::windows::Windows;
use crate::agent::{
    Cause, Context, Effect, Event, Input, IrrecoverableReason, Record, RecordState, RemovalReason, Run, RunOutcome,
    ServiceChange, Status, Task, instances,
};
use crate::protocol::{
    Answer, Failure, PolicyId, Report, Request, ScriptPolicy, ScriptResult, Token, UserId, Workload,
};
use crate::rules::{RuleId, b};
use crate::time::{Awake, Now};

/// What was seen of an agent so far.
#[derive(Debug)]
pub(super) struct Witness {
    /// Polls that wait for an answer.
    polls: Vec<Poll>,
    /// The workloads that have checked in since the service started.
    checked_in: [bool; Workload::ALL.len()],
    /// The script that runs.
    run: Option<(Token, Run)>,
    /// Scripts that it was given, and what became of them.
    scripts: Vec<Record>,
    /// The tries of each of them, in the same order.
    tries: Vec<Tries>,
    /// The user of the last poll for scripts.
    user: UserId,
    /// The service does not know the device, or the agent's service is broken.
    is_irrecoverable: bool,
}

/// The revision of a script whose record was deleted: none.
const FORGOTTEN: u32 = u32::MAX;

/// How often a script was begun since the agent was given it.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    begun: u16,
    /// The agent may know of fewer: its file is older than what it did.
    in_doubt: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Poll {
    token: Token,
    workload: Workload,
    user: UserId,
    since: Awake,
    attempt: u8,
}

impl Witness {
    pub(super) const fn new() -> Self {
        Self {
            polls: Vec::new(),
            checked_in: [false; Workload::ALL.len()],
            run: None,
            scripts: Vec::new(),
            tries: Vec::new(),
            user: UserId::DEVICE,
            is_irrecoverable: false,
        }
    }

    pub(super) fn scripts(&self) -> &[Record] {
        &self.scripts
    }

    pub(super) const fn user(&self) -> UserId {
        self.user
    }

    /// Where an agent is whose service runs.
    pub(super) const fn status(&self) -> Status {
        match (&self.run, self.polls.is_empty()) {
            (Some(_), _) => Status::Working,
            (None, false) => Status::CheckingIn,
            (None, true) => Status::Idle,
        }
    }

    /// The process is gone in good order or not, and what it ran with it.
    pub(super) fn service_ended(&mut self, said: &mut Said) {
        if let Some((_, run)) = self.run {
            said.saw((b(5, 10), Event::ScriptCutOff { policy: run.policy, user: run.user }));
        }
        self.process_died();
    }

    /// Nobody waits for anything any more.
    pub(super) fn process_died(&mut self) {
        self.polls.clear();
        self.run = None;
    }

    /// The agent may not know all that it did: its file is not the one that it wrote last. What it tries again it may try
    /// as often as the first time.
    pub(super) fn in_doubt(&mut self) {
        self.tries.iter_mut().for_each(|tries| tries.in_doubt = true);
    }

    /// The agent knows nothing of what it did.
    pub(super) fn lost_memory(&mut self) {
        self.scripts.clear();
        self.tries.clear();
    }

    /// Puts in what is seen in one call.
    pub(super) fn hear(&mut self, now: Now, input: &Input<'_>, windows: &Windows, cx: &Context<'_>, said: &mut Said) {
        self.give_up_late_polls(now, cx, said);
        self.came_in(now, input, cx, said);
        let parts = std::mem::take(&mut said.parts);
        let (claims, answered) = (std::mem::take(&mut said.claims), said.repeated.take());
        for part in parts {
            if let Part::Effect(effect) = &part
                && let Some(seen) = self.did(now, effect, (input, &claims), answered)
            {
                said.parts.push(Part::Note(seen.0, seen.1));
            }
            if let Part::Effect(Effect::Uninstall) = part
                && !said.says(&Event::AgentRemoved { reason: RemovalReason::ByHand })
            {
                let reason = reason_of(input, windows);
                said.parts.push(Part::Note(b(10, 1), Event::AgentRemoved { reason }));
            }
            said.parts.push(part);
        }
        // A request that failed and was not sent again ends its check-in.
        if let Some((poll, failure)) = answered
            && !self.polls.iter().any(|other| other.workload == poll.workload)
        {
            let failed = Event::CheckInFailed { workload: poll.workload, failure };
            said.saw((b(4, 24), failed));
        }
    }

    /// Polls that nobody can wait for any longer.
    fn give_up_late_polls(&mut self, now: Now, cx: &Context<'_>, said: &mut Said) {
        let limit = cx.profile.ime.answer_timeout;
        self.polls.retain(|poll| {
            let is_late = now.awake.since(poll.since) >= limit;
            if is_late {
                let failed = Event::CheckInFailed { workload: poll.workload, failure: Failure::TimedOut };
                said.saw((b(4, 24), failed));
            }
            !is_late
        });
    }

    fn came_in(&mut self, now: Now, input: &Input<'_>, cx: &Context<'_>, said: &mut Said) {
        match *input {
            Input::Answered { token, answer, .. } => {
                self.recovered(said);
                let Some(poll) = self.take_poll(token) else { return };
                let policies = match answer {
                    Answer::Scripts(scripts) => scripts.len(),
                    Answer::Apps(apps) => apps.policies().len(),
                    Answer::Remediations(assigned) | Answer::Discovery(assigned) => assigned.len(),
                    _ => 0,
                };
                let policies = u32::try_from(policies).unwrap_or(u32::MAX);
                said.saw((b(5, 2), Event::CheckInDone { workload: poll.workload, policies }));
                if let Answer::Scripts(scripts) = answer {
                    scripts.iter().for_each(|script| self.was_given(now, script, poll.user, cx, said));
                }
            }
            Input::Failed { token, failure } => {
                let Some(poll) = self.take_poll(token) else { return };
                if failure == Failure::DeviceUnknown {
                    self.irrecoverable(IrrecoverableReason::DeviceUnknown, said);
                }
                said.repeated = Some((poll, failure));
            }
            Input::Completed { token, outcome } => {
                let Some((_, run)) = self.run.take_if(|(running, _)| *running == token) else { return };
                let (result, exit_code) = match outcome {
                    RunOutcome::Exited { code: 0, stderr, .. } if !(stderr && cx.profile.scripts.stderr_is_failure) => {
                        (ScriptResult::Success, 0)
                    }
                    RunOutcome::Exited { code, .. } => (ScriptResult::Failed, code),
                    _ => (ScriptResult::Failed, -1),
                };
                let (policy, user) = (run.policy, run.user);
                self.set(policy, user, result.into());
                said.saw((b(5, 24), Event::ScriptResult { policy, user, result, exit_code }));
            }
            Input::Service(ServiceChange::Broken) => self.irrecoverable(IrrecoverableReason::ServiceBroken, said),
            Input::Service(ServiceChange::Mended) => self.recovered(said),
            Input::Service(ServiceChange::Started) => self.checked_in = Default::default(),
            Input::Installed(_) => self.is_irrecoverable = false,
            Input::RecordDeleted(policy) => {
                for record in self.scripts.iter_mut().filter(|record| record.policy == policy) {
                    (record.revision, record.state) = (FORGOTTEN, RecordState::Pending);
                }
                said.saw((b(5, 26), Event::ScriptForgotten { policy }));
            }
            // What left without a certificate is not waited for any longer (B-10.5a).
            Input::Certificate(true) => {
                for poll in std::mem::take(&mut self.polls) {
                    let failed = Event::CheckInFailed { workload: poll.workload, failure: Failure::NoCertificate };
                    said.saw((b(4, 22), failed));
                }
            }
            _ => {}
        }
        for part in &said.parts {
            if let Part::Note(_, Event::ScriptSkipped { policy, user, .. }) = part {
                self.set(*policy, *user, RecordState::Skipped);
            }
        }
    }

    /// The agent cannot work: time counts from the first moment on (B-10.6).
    fn irrecoverable(&mut self, reason: IrrecoverableReason, said: &mut Said) {
        if !std::mem::replace(&mut self.is_irrecoverable, true) {
            said.saw((b(10, 7), Event::Irrecoverable { reason }));
        }
    }

    fn recovered(&mut self, said: &mut Said) {
        if std::mem::take(&mut self.is_irrecoverable) {
            said.saw((b(10, 6), Event::Recovered));
        }
    }

    fn take_poll(&mut self, token: Token) -> Option<Poll> {
        let place = self.polls.iter().position(|poll| poll.token == token)?;
        Some(self.polls.remove(place))
    }

    /// A script is in an answer: new, in a new revision, or known.
    fn was_given(&mut self, now: Now, script: &ScriptPolicy, polled: UserId, cx: &Context<'_>, said: &mut Said) {
        let (first, second) = instances(script.target, polled, cx.profile);
        for user in std::iter::once(first).chain(second) {
            let fresh = Record {
                policy: script.id,
                revision: script.revision,
                updated: now.wall,
                run: None,
                exit_code: 0,
                user,
                run_as: script.run_as,
                downloads: 0,
                state: RecordState::Pending,
                unreported: false,
            };
            match self.place(script.id, user) {
                Some(place) => {
                    let (record, tries) = (&mut self.scripts[place], &mut self.tries[place]);
                    let is_known = record.revision == script.revision;
                    if is_known && !tries.in_doubt {
                        continue;
                    }
                    let state = if is_known { record.state } else { RecordState::Pending };
                    // An old file may say that all tries are used up.
                    let downloads = if tries.in_doubt { u16::MAX } else { 0 };
                    (*record, *tries) = (Record { state, downloads, ..fresh }, Tries::default());
                }
                None => {
                    self.scripts.push(fresh);
                    self.tries.push(Tries::default());
                }
            }
            let revision = script.revision;
            said.saw((b(5, 6), Event::ScriptDownloaded { policy: script.id, user, revision }));
        }
    }

    fn place(&self, policy: PolicyId, user: UserId) -> Option<usize> {
        self.scripts.iter().position(|record| (record.policy, record.user) == (policy, user))
    }

    fn set(&mut self, policy: PolicyId, user: UserId, state: RecordState) {
        if let Some(place) = self.place(policy, user) {
            self.scripts[place].state = state;
        }
    }

    /// What an effect shows.
    fn did(
        &mut self,
        now: Now,
        effect: &Effect,
        (input, claims): (&Input<'_>, &[(Workload, Cause)]),
        failed: Option<(Poll, Failure)>,
    ) -> Option<(RuleId, Event)> {
        match effect {
            Effect::Send { token, request: Request::Poll { workload, user, .. } } => {
                if *workload == Workload::Script {
                    self.user = *user;
                }
                let poll = Poll { token: *token, workload: *workload, user: *user, since: now.awake, attempt: 1 };
                if let Some((before, _)) = failed.filter(|(before, _)| before.workload == *workload) {
                    let attempt = before.attempt.saturating_add(1);
                    self.polls.push(Poll { attempt, ..poll });
                    return Some((b(4, 24), Event::RequestRepeated { workload: *workload, attempt }));
                }
                self.polls.push(poll);
                let is_first = !std::mem::replace(&mut self.checked_in[*workload as usize], true);
                let claimed = claims.iter().find(|(claimed, _)| claimed == workload);
                let cause = claimed.map_or_else(|| cause_of(input, is_first), |(_, cause)| *cause);
                Some((b(4, 22), Event::CheckIn { workload: *workload, cause, user: *user }))
            }
            Effect::Send { request: Request::Report(Report::Script(report)), .. } => {
                Some((b(5, 25), Event::ReportSent { policy: report.policy, user: report.user }))
            }
            Effect::Run { token, run } if run.task == Task::Script => {
                self.run = Some((*token, *run));
                let attempt = self.place(run.policy, run.user).map_or(run.attempt, |place| {
                    let (record, tries) = (&mut self.scripts[place], &mut self.tries[place]);
                    record.downloads = record.downloads.saturating_add(1);
                    tries.begun = tries.begun.saturating_add(1);
                    tries.begun
                });
                Some((b(5, 3), Event::ScriptRun { policy: run.policy, user: run.user, attempt }))
            }
            Effect::Stop { token } => {
                let (_, run) = self.run.take_if(|(running, _)| running == token)?;
                self.set(run.policy, run.user, RecordState::Failed);
                Some((b(5, 15), Event::ScriptTimedOut { policy: run.policy, user: run.user }))
            }
            _ => None,
        }
    }
}

/// Why an agent leaves that does not say why.
const fn reason_of(input: &Input<'_>, windows: &Windows) -> RemovalReason {
    match input {
        Input::Remove(reason) => *reason,
        // The service says so, whatever Windows knows.
        Input::Answered { answer: Answer::NotManaged, .. } => RemovalReason::NotManaged,
        _ if windows.is_managed => RemovalReason::Irrecoverable,
        _ => RemovalReason::NotManaged,
    }
}

/// What begins a check-in, by what came in; an agent that knows better says so.
const fn cause_of(input: &Input<'_>, is_first: bool) -> Cause {
    match input {
        Input::Session(_) => Cause::SignIn,
        Input::Sync(_) => Cause::CompanyPortal,
        Input::Push(_) => Cause::Push,
        Input::Esp(_) => Cause::Esp,
        _ if is_first => Cause::Start,
        _ => Cause::Timer,
    }
}
