//! Giving steps to an agent: the clocks, tokens and the file that belong to it.

use super::steps::{Passage, Reply, Step};
use super::values::{START, Setting};
use crate::agent::{Effect, Event, Input, Run, Sink};
use crate::device::AgentMachine;
use crate::protocol::{Answer, Request, Token};
use crate::rules::RuleId;
use crate::time::{Awake, Now, Span};

/// What a step brought about.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// What the agent wants done, in order. Behind a kill there is nothing.
    pub effects: Vec<Effect>,
    /// What it decided, with the rules.
    pub notes: Vec<(RuleId, Event)>,
}

impl Sink for Played {
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}

/// An agent, ours or [somebody else's](crate::check::foreign::Foreign), and what is around it.
///
/// It keeps the rules of drivers: what is due is ticked, a token belongs to a request or run that there was, and the file
/// holds what the agent wanted written last.
#[derive(Debug)]
pub struct Player<'s, A> {
    setting: &'s Setting,
    agent: A,
    now: Now,
    /// Requests without an answer, and runs without an end.
    requests: Vec<(Token, Request)>,
    runs: Vec<(Token, Run)>,
    /// Tokens of what is over.
    over: Vec<Token>,
    file: Vec<u8>,
    /// The process is killed after so many effects of the next input.
    kill_after: Option<u8>,
}

/// A tick may bring about what is due at once, but not for ever.
const TICKS_MAX: u32 = 64;

impl<'s, A: AgentMachine> Player<'s, A> {
    /// Begins with an agent that is not on its device yet.
    pub const fn new(setting: &'s Setting, agent: A) -> Self {
        Self {
            setting,
            agent,
            now: Now { wall: START, awake: Awake::MIN },
            requests: Vec::new(),
            runs: Vec::new(),
            over: Vec::new(),
            file: Vec::new(),
            kill_after: None,
        }
    }

    /// The agent.
    pub const fn agent(&self) -> &A {
        &self.agent
    }

    /// What the device's clocks show.
    pub const fn now(&self) -> Now {
        self.now
    }

    /// Does one step. One that is about a request or run that is not there does nothing.
    pub fn play(&mut self, step: &Step) -> Played {
        let mut played = Played::default();
        match step {
            Step::Pass(passage) => {
                self.pass(*passage);
                let mut ticks = 0;
                while self.agent.is_due(self.now) && ticks < TICKS_MAX {
                    self.give(&Input::Tick, &mut played);
                    ticks += 1;
                }
            }
            Step::ClockStep { by, told } => {
                let span = Span::millis(by.unsigned_abs());
                self.now.wall = if *by < 0 { self.now.wall.before(span) } else { self.now.wall.after(span) };
                if *told {
                    self.give(&Input::ClockChanged, &mut played);
                }
            }
            Step::Give(input) => self.give(input, &mut played),
            Step::Answer { pick, reply, skew } => {
                let Some((token, request)) = self.take_request(*pick) else { return played };
                let skew_by = Span::millis(skew.unsigned_abs());
                let at = if *skew < 0 { self.now.wall.before(skew_by) } else { self.now.wall.after(skew_by) };
                let answer = match reply {
                    Reply::Fitting(answers) => match request {
                        Request::Poll { workload, .. } => answers[workload as usize].clone(),
                        Request::Report(_)
                        | Request::ConnectionTest
                        | Request::Enroll
                        | Request::MdmSession { .. }
                        | Request::RenewChannel
                        | Request::Unenrolled => Answer::Accepted,
                    },
                    Reply::NotManaged => Answer::NotManaged,
                    Reply::Other(answer) => answer.clone(),
                };
                self.give(&Input::Answered { token, at, answer: &answer }, &mut played);
            }
            Step::Fail { pick, failure } => {
                let Some((token, _)) = self.take_request(*pick) else { return played };
                self.give(&Input::Failed { token, failure: *failure }, &mut played);
            }
            Step::Complete { pick, end } => {
                let Some(at) = from_the_last(self.runs.len(), *pick) else { return played };
                let (token, run) = self.runs.remove(at);
                self.over.push(token);
                self.give(&Input::Completed { token, outcome: end.of(run.task) }, &mut played);
            }
            Step::Again { pick, outcome } => {
                let Some(at) = from_the_last(self.over.len(), *pick) else { return played };
                let token = self.over[at];
                self.give(&Input::Answered { token, at: self.now.wall, answer: &Answer::Nothing }, &mut played);
                self.give(&Input::Completed { token, outcome: *outcome }, &mut played);
            }
            Step::Kill { effects } => self.kill_after = Some(*effects),
        }
        played
    }

    fn pass(&mut self, passage: Passage) {
        let now = self.now;
        let (awake, asleep) = match passage {
            Passage::Awake(span) => (span, Span::ZERO),
            Passage::Asleep(span) => (Span::ZERO, span),
            Passage::ToDeadline(late) => {
                let (awake, wall) = self.agent.next();
                let waits = [
                    (awake != Awake::MAX).then(|| awake.since(now.awake)),
                    (wall != crate::time::Wall::MAX).then(|| wall.since(now.wall)),
                ];
                (waits.into_iter().flatten().min().unwrap_or(Span::ZERO).saturating_add(late), Span::ZERO)
            }
        };
        self.now = Now { wall: now.wall.after(awake).after(asleep), awake: now.awake.after(awake) };
    }

    fn take_request(&mut self, pick: u8) -> Option<(Token, Request)> {
        let request = self.requests.remove(from_the_last(self.requests.len(), pick)?);
        self.over.push(request.0);
        Some(request)
    }

    /// Gives an input, and does what the agent wants done.
    fn give(&mut self, input: &Input<'_>, played: &mut Played) {
        let place = played.effects.len();
        self.agent.take(&self.setting.context(), self.now, input, played);
        let killed = self.kill_after.take().filter(|_| self.agent.is_running());
        if let Some(effects) = killed {
            played.effects.truncate(place + usize::from(effects));
        }
        for effect in &played.effects[place..] {
            match effect {
                Effect::Send { token, request } => self.requests.push((*token, *request)),
                Effect::Run { token, run } => self.runs.push((*token, *run)),
                Effect::Stop { token } => {
                    self.runs.retain(|(running, _)| running != token);
                    self.over.push(*token);
                }
                Effect::Persist => self.agent.save(&mut self.file),
                Effect::Uninstall => self.file.clear(),
                Effect::SetAutomatic | Effect::StartService | Effect::Restart => {}
            }
        }
        if killed.is_some() {
            self.process_dies(played);
        }
    }

    /// Nobody waits for what the process began; the next one knows what is in the file.
    fn process_dies(&mut self, played: &mut Played) {
        self.over.extend(self.requests.drain(..).map(|(token, _)| token));
        self.over.extend(self.runs.drain(..).map(|(token, _)| token));
        // A file that is refused is set aside, and the agent begins without it.
        let _ = self.agent.begin_with(&self.file);
        self.give(&Input::ClockChanged, played);
    }
}

/// A place in a list, counted from the last one back and around; `None` in an empty list.
fn from_the_last(length: usize, pick: u8) -> Option<usize> {
    (length > 0).then(|| length - 1 - usize::from(pick) % length)
}
