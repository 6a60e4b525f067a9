//! What the agent is expected to do, and how it is answered.

use super::{Script, span};
use crate::agent::{Effect, Event, Input, Run, RunOutcome, RunRefusal};
use crate::protocol::{
    Answer, Failure, PolicyId, Report, Request, ScriptPolicy, ScriptReport, ScriptResult, Token, UserId, Workload,
};
use crate::rules::RuleId;
use crate::time::Span;

/// Each of these takes what the agent has done at the present moment; if it has done nothing, time goes on to the next
/// deadline at which it does. What it did must be what is expected, or the test ends.
impl Script {
    /// Expects a poll for a workload.
    ///
    /// # Panics
    /// If the agent does something else.
    #[track_caller]
    pub fn expect_poll(&mut self, workload: Workload) -> AskedPoll<'_> {
        let (token, user) = self.take(&format!("a poll for {workload}"), |effect| {
            let Effect::Send { token, request: Request::Poll { workload: asked, user, .. } } = effect else {
                return None;
            };
            (*asked == workload).then_some((*token, *user))
        });
        AskedPoll { t: self, token, workload, user }
    }

    /// Expects a run of a script.
    ///
    /// # Panics
    /// If the agent does something else.
    #[track_caller]
    pub fn expect_run(&mut self, script: u32) -> AskedRun<'_> {
        let (token, run) = self.take(&format!("a run of script {script}"), |effect| {
            let Effect::Run { token, run } = effect else { return None };
            (run.policy == PolicyId(script)).then_some((*token, *run))
        });
        AskedRun { t: self, token, run }
    }

    /// Expects a report on a script.
    ///
    /// # Panics
    /// If the agent does something else.
    #[track_caller]
    pub fn expect_report(&mut self, script: u32) -> AskedReport<'_> {
        let (token, report) = self.take(&format!("a report on script {script}"), |effect| {
            let Effect::Send { token, request: Request::Report(Report::Script(report)) } = effect else { return None };
            (report.policy == PolicyId(script)).then_some((*token, *report))
        });
        AskedReport { t: self, token, report }
    }

    /// Expects a test of the connection.
    ///
    /// # Panics
    /// If the agent does something else.
    #[track_caller]
    pub fn expect_connection_test(&mut self) -> AskedTest<'_> {
        let token = self.take("a test of the connection", |effect| {
            let Effect::Send { token, request: Request::ConnectionTest } = effect else { return None };
            Some(*token)
        });
        AskedTest { t: self, token }
    }

    /// Expects that a run is ended.
    ///
    /// # Panics
    /// If the agent does something else.
    #[track_caller]
    pub fn expect_stop(&mut self, run: Token) -> &mut Self {
        self.take(&format!("the end of the run with token {}", run.number()), |effect| {
            (*effect == Effect::Stop { token: run }).then_some(())
        });
        self
    }

    /// Expects that the service is set to automatic start.
    ///
    /// # Panics
    /// If the agent does something else.
    #[track_caller]
    pub fn expect_set_automatic(&mut self) -> &mut Self {
        self.take("the start type set to automatic", |effect| (*effect == Effect::SetAutomatic).then_some(()));
        self
    }

    /// Expects that the service is to be started. It is not: say [`Script::service_starts`].
    ///
    /// # Panics
    /// If the agent does something else.
    #[track_caller]
    pub fn expect_start_service(&mut self) -> &mut Self {
        self.take("the service to be started", |effect| (*effect == Effect::StartService).then_some(()));
        self
    }

    /// Expects that the agent leaves the device.
    ///
    /// # Panics
    /// If the agent does something else.
    #[track_caller]
    pub fn expect_uninstall(&mut self) -> &mut Self {
        self.take("the agent to leave", |effect| (*effect == Effect::Uninstall).then_some(()));
        self
    }

    /// Expects that nothing more happens at the present moment.
    ///
    /// # Panics
    /// If the agent does something.
    #[track_caller]
    pub fn expect_nothing_now(&mut self) -> &mut Self {
        self.fire_due();
        self.refuse_pending("nothing more at this moment");
        self
    }

    /// Expects that the agent has made a decision by this rule since the last one that was asked for; returns it.
    ///
    /// # Panics
    /// If it has not, or the text is no rule.
    #[track_caller]
    pub fn expect_note(&mut self, rule: &str) -> Event {
        let wanted: RuleId = match rule.parse() {
            Ok(rule) => rule,
            Err(error) => panic!("{error}"),
        };
        let found = self.notes.iter().enumerate().skip(self.read).find(|(_, (_, rule, _))| *rule == wanted);
        match found {
            Some((place, (_, _, event))) => {
                let event = *event;
                self.read = place + 1;
                event
            }
            None => self.mismatch(&format!("a decision by {rule} after the first {} decisions", self.read)),
        }
    }

    /// Takes what fits out of what the agent has done, going on in time until it does something.
    #[track_caller]
    fn take<X>(&mut self, expected: &str, fits: impl Fn(&Effect) -> Option<X>) -> X {
        let horizon = self.elapsed.saturating_add(PATIENCE);
        self.fire_due();
        while self.pending.is_empty() {
            match self.next_deadline() {
                Some(next) if next <= horizon => self.elapsed = next.max(self.elapsed),
                Some(_) | None => self.mismatch(expected),
            }
            self.fire_due();
        }
        let found = self.pending.iter().enumerate().find_map(|(place, effect)| Some((place, fits(effect)?)));
        match found {
            Some((place, taken)) => {
                self.pending.remove(place);
                taken
            }
            None => self.mismatch(expected),
        }
    }
}

/// A poll that is to be answered.
#[must_use = "a poll is answered, fails, or is left open"]
#[derive(Debug)]
pub struct AskedPoll<'t> {
    t: &'t mut Script,
    token: Token,
    workload: Workload,
    user: UserId,
}

impl<'t> AskedPoll<'t> {
    /// Expects the poll to be for a user.
    ///
    /// # Panics
    /// If it is for somebody else.
    #[track_caller]
    pub fn for_user(self, user: u8) -> Self {
        if self.user != UserId(user) {
            self.t.mismatch(&format!("the poll for {} to be for {}, not {}", self.workload, UserId(user), self.user));
        }
        self
    }

    /// The service has these scripts.
    #[track_caller]
    pub fn answer_scripts<const N: usize>(self, scripts: [ScriptPolicy; N]) -> &'t mut Script {
        self.t.answers(self.token, &Answer::Scripts(scripts.to_vec().into()))
    }

    /// Nothing is assigned.
    #[track_caller]
    pub fn answer_nothing(self) -> &'t mut Script {
        self.t.answers(self.token, &Answer::Nothing)
    }

    /// The service says that the device is not managed any more.
    #[track_caller]
    pub fn answer_not_managed(self) -> &'t mut Script {
        self.t.answers(self.token, &Answer::NotManaged)
    }

    /// No answer that can be used comes.
    #[track_caller]
    pub fn fails(self, failure: Failure) -> &'t mut Script {
        self.t.fails(self.token, failure)
    }

    /// Leaves the poll open. Its token serves [`Script::answers`] and [`Script::fails`].
    pub fn left_open(self) -> Token {
        self.token
    }
}

/// A run that is under way.
#[must_use = "a run ends, or is left to hang"]
#[derive(Debug)]
pub struct AskedRun<'t> {
    t: &'t mut Script,
    token: Token,
    run: Run,
}

impl<'t> AskedRun<'t> {
    /// Expects this to be try number so many, from 1 on.
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    pub fn attempt(self, attempt: u16) -> Self {
        if self.run.attempt != attempt {
            self.t.mismatch(&format!("try {attempt} of script {}, not {}", self.run.policy.0, self.run.attempt));
        }
        self
    }

    /// Expects the run in the session of a user, 0 for that of the machine.
    ///
    /// # Panics
    /// If it is in another.
    #[track_caller]
    pub fn in_session_of(self, user: u8) -> Self {
        if self.run.session != UserId(user) {
            self.t.mismatch(&format!("a run in the session of {}, not {}", UserId(user), self.run.session));
        }
        self
    }

    /// What is run.
    pub const fn run(&self) -> &Run {
        &self.run
    }

    /// The run takes this long, and meanwhile nothing may happen.
    ///
    /// # Panics
    /// If something does.
    #[track_caller]
    pub fn after(self, time: &str) -> Self {
        let until = self.t.elapsed.saturating_add(span(time));
        self.t.expect_quiet_until(&until.to_string());
        self
    }

    /// The process ends with an exit code and nothing on its error stream.
    #[track_caller]
    pub fn exits(self, code: i32) -> &'t mut Script {
        self.ends(RunOutcome::Exited { code, stderr: false, output: 0 })
    }

    /// The process ends with an exit code and with text on its error stream.
    #[track_caller]
    pub fn exits_with_stderr(self, code: i32) -> &'t mut Script {
        self.ends(RunOutcome::Exited { code, stderr: true, output: 0 })
    }

    /// The process is not started.
    #[track_caller]
    pub fn refused(self, refusal: RunRefusal) -> &'t mut Script {
        self.ends(RunOutcome::Refused(refusal))
    }

    /// Leaves the run under way. Its token serves [`Script::expect_stop`] and [`Input::Completed`].
    pub fn hangs(self) -> Token {
        self.token
    }

    #[track_caller]
    fn ends(self, outcome: RunOutcome) -> &'t mut Script {
        self.t.happens(Input::Completed { token: self.token, outcome })
    }
}

/// A report that is to be taken.
#[must_use = "a report is taken, fails, or is left open"]
#[derive(Debug)]
pub struct AskedReport<'t> {
    t: &'t mut Script,
    token: Token,
    report: ScriptReport,
}

impl<'t> AskedReport<'t> {
    /// Expects this result in it.
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    pub fn of(self, result: ScriptResult) -> Self {
        if self.report.result != result {
            let policy = self.report.policy.0;
            self.t.mismatch(&format!("a report of {result:?} on script {policy}, not {:?}", self.report.result));
        }
        self
    }

    /// What is reported.
    pub const fn report(&self) -> &ScriptReport {
        &self.report
    }

    /// The service takes it.
    #[track_caller]
    pub fn taken(self) -> &'t mut Script {
        self.t.answers(self.token, &Answer::Accepted)
    }

    /// It does not arrive.
    #[track_caller]
    pub fn fails(self, failure: Failure) -> &'t mut Script {
        self.t.fails(self.token, failure)
    }

    /// Leaves it open. Its token serves [`Script::answers`] and [`Script::fails`].
    pub fn left_open(self) -> Token {
        self.token
    }
}

/// A test of the connection that is to be answered.
#[must_use = "a test is answered, or fails"]
#[derive(Debug)]
pub struct AskedTest<'t> {
    t: &'t mut Script,
    token: Token,
}

impl<'t> AskedTest<'t> {
    /// The connection works.
    #[track_caller]
    pub fn answered(self) -> &'t mut Script {
        self.t.answers(self.token, &Answer::Accepted)
    }

    /// It does not.
    #[track_caller]
    pub fn fails(self, failure: Failure) -> &'t mut Script {
        self.t.fails(self.token, failure)
    }
}

/// How long an expectation waits for the agent to do anything at all.
const PATIENCE: Span = Span::days(31);
