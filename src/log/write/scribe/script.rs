//! Script polls, and the runs of scripts as the service tells of them.

use super::{CheckIn, START, Scribe, Seen, process};
use crate::agent::{Cause, Input, Run, RunOutcome, RunRefusal, SkipReason, Task};
use crate::log::event::{Ending, Guid, RunsAs, ScriptEvent, SessionEvent, SessionKind};
use crate::log::write::entry::Pen;
use crate::log::write::ids::Ids;
use crate::protocol::{PolicyId, RunAs, ScriptResult, Token, UserId, Workload};

/// Where scripts and what they print lie on a device (B-5.22).
const POLICIES: &str = r"C:\Program Files (x86)\Microsoft Intune Management Extension\Policies";

impl<I: Ids, P: Pen> Scribe<I, P> {
    pub(super) fn script_poll_begins(&mut self, cause: Cause, user: UserId) {
        let thread = self.open(Workload::Script, cause, user);
        if cause == Cause::SignIn {
            self.say(thread, SessionEvent::LogonScripts);
        }
        self.say(thread, ScriptEvent::PollBegins);
        self.sessions_counted(thread);
    }

    pub(super) fn scripts_received(&mut self, count: u32, seen: &Seen<'_>) {
        let Some(check_in) = &mut self.check_ins[Workload::Script as usize] else { return };
        check_in.is_answered = true;
        let (thread, user) = (check_in.thread, check_in.user);
        let (user, session) = (self.ids.user(user), self.ids.session(user));
        self.say(thread, ScriptEvent::Received { count: count.into(), user, session });
        let due = seen.agent.scripts_queued() as u64;
        self.say(thread, ScriptEvent::Due { count: due, user, session });
    }

    pub(super) fn script_poll_ends(&mut self, over: &CheckIn) {
        self.say(over.thread, ScriptEvent::PollEnds);
    }

    fn script_thread(&self) -> u32 {
        self.check_in(Workload::Script).map_or(START, |check_in| check_in.thread)
    }

    pub(super) fn script_exhausted(&mut self, policy: PolicyId, user: UserId) {
        let (policy, user) = (self.ids.policy(policy), self.ids.user(user));
        self.warn(self.script_thread(), ScriptEvent::GivenUp { policy, user });
    }

    /// A script is left alone for good. Only for one of the reasons is a phrase known.
    pub(super) fn script_skipped(&mut self, user: UserId, reason: SkipReason) {
        match reason {
            SkipReason::UserContextOnRegistered => {
                let user = self.ids.user(user);
                self.say(self.script_thread(), ScriptEvent::UserSkipped { user });
            }
            SkipReason::RegisteredOnly | SkipReason::UserContextOnMultiSession | SkipReason::BitnessChange => {}
        }
    }

    pub(super) fn script_run_begins(&mut self, token: Token, run: &Run) {
        let thread = self.script_thread();
        let (policy, user) = (self.ids.policy(run.policy), self.ids.user(run.user));
        self.say(thread, ScriptEvent::Tries { policy, user, count: u64::from(run.attempt).saturating_sub(1) });
        self.say(thread, ScriptEvent::Begins { policy, user });
        let runs_as = if run.run_as == RunAs::User { RunsAs::User } else { RunsAs::System };
        self.say(thread, ScriptEvent::Context { runs_as });
        let file = script_file(user, policy);
        self.say(thread, ScriptEvent::File { path: &file });
        self.say(thread, ScriptEvent::HashRight);
        self.say(thread, ScriptEvent::HelperStarted { session: session_of(run) });
        let results = format!(r"{POLICIES}\Results\{user}_{policy}");
        let arguments = format!(
            r#" "{file}" "{results}.output" "{results}.error" "{results}.timeout" {} C:\Windows\System32\WindowsPowerShell\v1.0 0 1"#,
            run.limit.as_secs()
        );
        self.say(thread, ScriptEvent::HelperCommand { arguments: &arguments });
        self.say(thread, ScriptEvent::HelperProcess { process: process(token) });
        self.helper_begins(token, run, &file);
    }

    /// A script ended: by itself, at its limit, or before it began.
    pub(super) fn script_ended(
        &mut self,
        (policy, user): (PolicyId, UserId),
        result: ScriptResult,
        code: i32,
        seen: &Seen<'_>,
    ) {
        let thread = self.script_thread();
        let refused = match seen.input {
            Some(Input::Completed { outcome: RunOutcome::Refused(refusal), .. }) => Some(*refusal),
            Some(_) | None => None,
        };
        let is_success = result == ScriptResult::Success;
        if refused.is_none() {
            self.helper_ends(code, is_success);
            self.say(thread, ScriptEvent::HelperEnded);
            self.say(thread, ScriptEvent::HelperExit { code: code.into() });
        }
        let details = match (refused, self.ended.is_some()) {
            _ if is_success => None,
            (Some(RunRefusal::Signature), _) => Some("the script is not signed by a trusted publisher"),
            (Some(RunRefusal::Tampered), _) => Some("the script on the device is not the one that was delivered"),
            (Some(RunRefusal::Unavailable), _) => Some("the script cannot be started on this device"),
            (None, true) => Some("the script ended with an error"),
            (None, false) => Some("Powershell execution has exceeded defined timeout."),
        };
        if let Some(details) = details {
            self.warn(thread, ScriptEvent::Failure { details });
        }
        let result = if is_success { Ending::Success } else { Ending::Failed };
        let (policy, user) = (self.ids.policy(policy), self.ids.user(user));
        self.say(thread, ScriptEvent::Result { user, policy, result });
    }

    pub(super) fn script_timed_out(&mut self, policy: PolicyId, user: UserId) {
        if let Some((_, run)) = self.run_of(&[Task::Script], policy, user) {
            self.helper_timed_out(run.limit);
        }
        self.complain(self.script_thread(), ScriptEvent::TimedOut);
    }
}

/// In which session a run is.
pub(super) const fn session_of(run: &Run) -> SessionKind<'static> {
    if run.session.is_device() { SessionKind::Machine } else { SessionKind::User }
}

fn script_file(user: Guid, policy: Guid) -> String {
    format!(r"{POLICIES}\Scripts\{user}_{policy}.ps1")
}
