//! An agent among arbitrary inputs, with arbitrary passages and steps of time, and kills between any two effects.
#![allow(dead_code, reason = "shared by several test programs; none uses all of it")]

use std::collections::{BTreeMap, BTreeSet};

use imesim::agent::{Agent, Context, EFFECTS_MAX, Effect, Event, Input, Run, ServiceChange, Sink, Task, Timer};
use imesim::facts::EspPhase;
use imesim::lifecycle::{Phase, agent_input};
use imesim::protocol::{AgentOrder, Answer, ManagementOrder, Policies, Request, Token, UserId, Workload};
use imesim::rules::RuleId;
use imesim::time::{Awake, Now};

use super::common::{Checked, START, Setting, Suite, TICKS_MAX, ensure, is_at_an_end, is_due, pass, step_clock};
use super::model::{Model, is_success};
use super::strategy::{AgentStep, Reply};

#[path = "answers.rs"]
mod answers;
#[path = "apps.rs"]
pub(crate) mod apps;
#[path = "checks.rs"]
mod checks;
#[path = "discovery.rs"]
pub(crate) mod discovery;
#[path = "loose.rs"]
mod loose;
#[path = "picks.rs"]
mod picks;

/// What one input brought about.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) effects: Vec<Effect>,
    pub(crate) notes: Vec<(RuleId, Event)>,
}

impl Sink for Log {
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}

/// A phase before an input, the input, the phase after.
pub(crate) type Moves = BTreeSet<(Phase, &'static str, Phase)>;

/// An agent in the hands of a test.
pub(crate) struct Driver<'s> {
    setting: &'s Setting,
    pub(crate) now: Now,
    pub(crate) agent: Agent,
    pub(crate) moves: Moves,
    suite: &'s mut Suite,
    /// Requests that no answer was given to.
    pending: Vec<(Token, Request)>,
    /// Runs that may still end.
    running: Vec<(Token, Run)>,
    over: Vec<Token>,
    /// For whom each poll was sent, by the number of its token.
    polls: BTreeMap<u32, UserId>,
    /// The last snapshot that was written.
    disk: Vec<u8>,
    kill: Option<u8>,
    model: Model,
    apps: apps::Steps,
    /// The last token of the present process, and every run's of the agent's whole life.
    last_token: u32,
    runs: BTreeSet<u32>,
    dark_wake: bool,
    esp: EspPhase,
    /// The clock was stepped and the agent does not know.
    untold: bool,
    certificate: bool,
    not_managed: bool,
    /// When the count towards a removal began, as the notes tell; `None` if it does not run or a kill made it unsure.
    irrecoverable: Option<Awake>,
    unmanaged: Option<Awake>,
    /// See [`Driver::loose`].
    is_loose: bool,
}

impl<'s> Driver<'s> {
    pub(crate) fn new(setting: &'s Setting, suite: &'s mut Suite) -> Self {
        let agent = Agent::absent();
        Self {
            setting,
            now: START,
            disk: agent.snapshot().as_bytes().to_vec(),
            agent,
            moves: Moves::new(),
            suite,
            pending: Vec::new(),
            running: Vec::new(),
            over: Vec::new(),
            polls: BTreeMap::new(),
            kill: None,
            model: Model::default(),
            apps: apps::Steps::default(),
            last_token: 0,
            runs: BTreeSet::new(),
            dark_wake: false,
            esp: EspPhase::NotInEsp,
            untold: false,
            certificate: true,
            not_managed: false,
            irrecoverable: None,
            unmanaged: None,
            is_loose: false,
        }
    }

    fn cx(&self) -> Context<'s> {
        Context {
            profile: &self.setting.profile,
            facts: &self.setting.facts,
            chance: self.setting.chance,
            library: &self.setting.library,
            zone: &self.setting.zone,
            enrolled: self.setting.enrolled,
        }
    }

    /// Most cases begin with an agent whose service runs; an absent one has little to do.
    pub(crate) fn begin(&mut self) -> Checked {
        self.give(Input::Installed(imesim::profile::Version([1, 103, 0, 0])))?;
        self.give(Input::Service(ServiceChange::Started))
    }

    pub(crate) fn step(&mut self, step: &AgentStep) -> Checked {
        match step {
            AgentStep::Pass(passage) => {
                let wake = self.agent.wake();
                self.now = pass(self.now, *passage, wake);
                self.tick_until_quiet()
            }
            AgentStep::ClockStep { by, told } => {
                self.now = step_clock(self.now, *by);
                self.untold = !*told;
                if *told { self.give(Input::ClockChanged) } else { Ok(()) }
            }
            AgentStep::Tick => self.give(Input::Tick),
            AgentStep::Install(version) => self.give(Input::Installed(*version)),
            AgentStep::Service(change) => self.give(Input::Service(*change)),
            AgentStep::Session(change) => self.give(Input::Session(*change)),
            AgentStep::DarkWake(on) => self.give(Input::DarkWake(*on)),
            AgentStep::Certificate(present) => self.give(Input::Certificate(*present)),
            AgentStep::Policies(policies) => self.give(Input::Policies(*policies)),
            AgentStep::Esp(phase) => {
                self.esp = *phase;
                self.give(Input::Esp(*phase))
            }
            AgentStep::Sync(request) => self.give(Input::Sync(*request)),
            AgentStep::Push(id) => self.give(Input::Push(*id)),
            AgentStep::OnDemand(policy) => self.give(Input::OnDemand { policy: *policy, revision: 1 }),
            AgentStep::Answer { pick, reply, skew } => {
                let (token, request) = self.pick_request(*pick);
                let at = step_clock(self.now, *skew).wall;
                match reply {
                    Reply::Fitting { scripts, work } => {
                        let answer = match request {
                            Some(Request::Poll { workload: Workload::Script, .. }) | None => {
                                Answer::Scripts(scripts.as_slice().into())
                            }
                            Some(Request::Poll { workload, .. }) => answers::work_answer(workload, *work),
                            Some(_) => Answer::Accepted,
                        };
                        self.give(Input::Answered { token, at, answer: &answer })
                    }
                    Reply::NotManaged => self.give(Input::Answered { token, at, answer: &Answer::NotManaged }),
                    Reply::Other(kind) => {
                        let answer = match kind {
                            0 => Answer::Accepted,
                            1 => Answer::Nothing,
                            2 => Answer::Enrolled,
                            3 => Answer::ChannelRenewed,
                            _ => Answer::Mdm {
                                agent: AgentOrder::Remove,
                                management: ManagementOrder::Retire,
                                policies: Policies::NONE,
                            },
                        };
                        self.give(Input::Answered { token, at, answer: &answer })
                    }
                }
            }
            AgentStep::Fail { pick, failure } => {
                let (token, _) = self.pick_request(*pick);
                self.give(Input::Failed { token, failure: *failure })
            }
            AgentStep::Complete { pick, outcome } => {
                let under_way = self.running.last().copied();
                let token = self.pick_run(*pick);
                let fitting = under_way.filter(|(running, _)| *running == token);
                let outcome = fitting.map_or(*outcome, |(_, run)| apps::fitting(run.task, *outcome));
                // A number may be that of a run under way.
                self.running.retain(|(running, _)| *running != token);
                self.give(Input::Completed { token, outcome })
            }
            AgentStep::Apps(number) => {
                for turn in 0..16 {
                    let Some((token, run)) = self.running.pop_if(|(_, run)| apps::is_app(run.task)) else { break };
                    self.over.push(token);
                    let outcome = apps::drawn(&run, number >> (turn * 2));
                    self.give(Input::Completed { token, outcome })?;
                }
                Ok(())
            }
            AgentStep::Snooze => self.give(Input::Snooze),
            AgentStep::RecordDeleted(policy) => self.give(Input::RecordDeleted(*policy)),
            AgentStep::HealthDue(after) => self.give(Input::HealthDue(*after)),
            AgentStep::Remove(reason) => self.give(Input::Remove(*reason)),
            AgentStep::Kill(after) => {
                self.kill = Some(*after);
                Ok(())
            }
        }
    }

    /// Ticks as long as something is due: each tick makes progress, and a few are enough.
    pub(crate) fn tick_until_quiet(&mut self) -> Checked {
        for _ in 0..TICKS_MAX {
            self.give(Input::Tick)?;
            if !is_due(&self.agent.wake(), self.now) || self.is_loose && is_at_an_end(self.now) {
                return Ok(());
            }
        }
        ensure(false, || format!("still due after {TICKS_MAX} ticks at one instant: {:?}", self.agent.wake()))
    }

    /// Gives an input and checks everything that must hold.
    pub(crate) fn give(&mut self, input: Input<'_>) -> Checked {
        self.suite.steps += 1;
        let (cx, now) = (self.cx(), self.now);
        let before = self.agent.clone();
        let mut log = Log::default();
        let wake = self.agent.handle(&cx, now, input, &mut log);
        self.suite.reached.extend(log.notes.iter().map(|(rule, _)| *rule));
        let moved = (Phase::of_agent(&before), agent_input(&input), Phase::of_agent(&self.agent));
        if moved.0 != moved.2 {
            self.moves.insert(moved);
        }
        let after = self.agent.clone();
        let context = |what: &str| format!("{what}: {input:?} at {now:?}\nbefore {before:?}\nafter {after:?}");

        if let Err(broken) = self.agent.check_invariants() {
            return ensure(false, || context(broken));
        }
        let (stepped, effects, stepped_wake) = before.clone().step(&cx, now, input);
        ensure(effects.lost() == 0 && log.effects.len() <= EFFECTS_MAX, || {
            context(&format!("{} effects of one input", log.effects.len()))
        })?;
        ensure(stepped == self.agent && effects.as_slice() == log.effects && stepped_wake == wake, || {
            context("step and handle differ")
        })?;
        ensure(wake == self.agent.wake(), || context("handle returns another wake-up than wake"))?;
        ensure(self.agent.is_due(now) == is_due(&wake, now), || context("is_due does not fit the wake-up"))?;
        if self.is_loose {
            return self.carry_out_loosely(input, &log);
        }
        // Which timer is named where two are due together: `the_wake_up_names_the_timer_that_fires_first`.
        let first = checks::first_of(&self.agent);
        ensure(wake.map(|_| ()) == first.map(|_| ()), || context("wake is not the first deadline"))?;
        for (rule, event) in &log.notes {
            ensure(rule.rule().is_some(), || context(&format!("{rule} of {event:?} is not in the catalogue")))?;
        }
        self.check_life(&before, input, &log, &context)?;
        self.check_timers(&before, input, &context)?;
        self.check_effects(&before, input, &log, &context)?;
        self.check_removal(&log, input, &context)?;
        self.after(input, &log)
    }

    /// Keeps the model up to date and carries the effects out, up to a kill.
    fn after(&mut self, input: Input<'_>, log: &Log) -> Checked {
        let profile = &self.setting.profile;
        if let Input::RecordDeleted(policy) = input {
            self.model.deleted(policy);
        }
        self.apps.before(input, &log.notes, self.agent.is_running());
        apps::check_effects(&log.effects)?;
        let (mut ended, mut skipped, mut removed) = (None, Vec::new(), false);
        for (_, event) in &log.notes {
            match event {
                Event::CheckInDone { workload: Workload::Script, .. } => {
                    if let Input::Answered { token, answer: Answer::Scripts(policies), .. } = input {
                        let user = self.polls.get(&token.number()).copied().unwrap_or(UserId::DEVICE);
                        self.model.answered(user, policies, profile);
                    }
                }
                Event::ScriptSkipped { policy, user, .. } => skipped.push((*user, *policy)),
                Event::ScriptTimedOut { policy, user } => ended = Some((*user, *policy, false)),
                Event::ScriptResult { policy, user, .. } => {
                    if let Input::Completed { outcome, .. } = input {
                        ended = Some((*user, *policy, is_success(outcome, profile)));
                    }
                }
                Event::AgentRemoved { .. } => removed = true,
                _ => {}
            }
        }
        let kill = self.kill.take().map(usize::from);
        for effect in log.effects.iter().take(kill.unwrap_or(usize::MAX)) {
            match effect {
                Effect::Persist => {
                    self.disk = self.agent.snapshot().as_bytes().to_vec();
                    for (user, policy) in skipped.drain(..) {
                        self.model.skipped(user, policy);
                    }
                    if let Some((user, policy, success)) = ended.take() {
                        self.model.ended(user, policy, success, profile);
                    }
                }
                Effect::Send { token, request } => {
                    if let Request::Poll { user, .. } = request {
                        self.polls.insert(token.number(), *user);
                    }
                    self.pending.push((*token, *request));
                }
                Effect::Run { token, run } => {
                    let number = token.number();
                    ensure(self.runs.insert(number), || format!("token {number} names two runs: {run:?} is one"))?;
                    match run.task {
                        Task::Discover => discovery::check_run(run, &self.running, self.setting)?,
                        Task::Script => self.model.run(run, profile)?,
                        task if apps::is_app(task) => self.apps.check_run(*token, run, self.setting)?,
                        _ => self.check_remediation_run(run)?,
                    }
                    self.running.push((*token, *run));
                }
                Effect::Stop { token } => {
                    self.running.retain(|(running, _)| running != token);
                    self.apps.stopped(*token);
                }
                Effect::SetAutomatic | Effect::StartService | Effect::Restart | Effect::Uninstall => {}
            }
        }
        if removed {
            self.model.removed(profile);
        }
        match kill {
            Some(_) => self.killed(matches!(input, Input::Certificate(_))),
            None => Ok(()),
        }
    }

    /// B-6.12, B-6.13: no remediation runs during the ESP, and never two at once.
    fn check_remediation_run(&self, run: &Run) -> Checked {
        ensure(self.esp == EspPhase::NotInEsp, || format!("{run:?} during {:?}", self.esp))?;
        let is_ours = |task| matches!(task, Task::Detect | Task::Remediate | Task::DetectAgain);
        let other = self.running.iter().find(|(_, other)| is_ours(other.task));
        ensure(other.is_none(), || format!("{run:?} beside {other:?}"))
    }

    /// The process is gone, and a new one begins with what is on disk. Windows starts it again at once and tells what
    /// the file may not know.
    fn killed(&mut self, certificate_changed: bool) -> Checked {
        self.model.killed();
        self.apps.killed();
        let restored = Agent::restore(&self.disk);
        let restored = restored.map_err(|error| proptest::test_runner::TestCaseError::fail(error.to_string()))?;
        ensure(restored.check_invariants() == Ok(()), || format!("restored into {:?}", restored.check_invariants()))?;
        self.agent = restored;
        self.over.extend(self.pending.drain(..).map(|(token, _)| token));
        self.over.extend(self.running.drain(..).map(|(token, _)| token));
        // A kill may undo what was noted since the last write, so the counts towards removal are not known exactly.
        (self.irrecoverable, self.unmanaged) = (None, None);
        self.not_managed |= self.agent.timers().any(|(timer, _)| timer == Timer::RemoveDetected);
        self.last_token = 0;
        self.give(Input::DarkWake(self.dark_wake))?;
        self.give(Input::Esp(self.esp))?;
        if certificate_changed {
            self.give(Input::Certificate(self.certificate))?;
        }
        self.give(Input::Service(ServiceChange::Started))
    }
}
