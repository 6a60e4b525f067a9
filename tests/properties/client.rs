//! An MDM client among arbitrary inputs, with arbitrary passages and steps of time.
#![allow(dead_code, reason = "shared by several test programs; none uses all of it")]

use std::collections::BTreeSet;

use imesim::agent::Deadline;
use imesim::lifecycle::{Phase, client_input};
use imesim::mdm::{Context, Effect, Event, Input, JobState, MdmClient, Sink, Timer};
use imesim::profile::{Profile, Version};
use imesim::protocol::{Answer, Policies, Request, Token};
use imesim::rules::RuleId;
use imesim::time::{Now, Span, Wake};

use super::agent::Moves;
use super::common::{Checked, START, Setting, Suite, TICKS_MAX, ensure, is_at_an_end, is_due, pass, step_clock};
use super::strategy::{ClientReply, ClientStep, Pick};

/// What one input brought about.
#[derive(Default)]
struct Log {
    effects: Vec<Effect>,
    notes: Vec<(RuleId, Event)>,
}

impl Sink for Log {
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}

/// A client in the hands of a test.
pub(crate) struct Driver<'s> {
    setting: &'s Setting,
    now: Now,
    client: MdmClient,
    /// The agent on the device, as the client's own effects tell.
    agent: Option<Version>,
    pub(crate) moves: Moves,
    suite: &'s mut Suite,
    pending: Vec<(Token, Request)>,
    jobs: Vec<Token>,
    over: Vec<Token>,
    last_token: u32,
    tokens: BTreeSet<u32>,
}

impl<'s> Driver<'s> {
    pub(crate) fn new(setting: &'s Setting, suite: &'s mut Suite) -> Self {
        Self {
            setting,
            now: START,
            client: MdmClient::new(),
            agent: None,
            moves: Moves::new(),
            suite,
            pending: Vec::new(),
            jobs: Vec::new(),
            over: Vec::new(),
            last_token: 0,
            tokens: BTreeSet::new(),
        }
    }

    pub(crate) fn step(&mut self, step: &ClientStep) -> Checked {
        match step {
            ClientStep::Pass(passage) => {
                self.now = pass(self.now, *passage, self.client.wake());
                self.tick_until_quiet()
            }
            ClientStep::ClockStep { by, told } => {
                self.now = step_clock(self.now, *by);
                if *told { self.give(Input::ClockChanged) } else { Ok(()) }
            }
            ClientStep::Tick => self.give(Input::Tick),
            ClientStep::Enroll => self.give(Input::Enroll),
            ClientStep::Unenroll => self.give(Input::Unenroll),
            ClientStep::EnrolledSince(span) => self.give(Input::EnrolledSince(*span)),
            ClientStep::Schedule(on) => self.give(Input::Schedule(*on)),
            ClientStep::Session(cause) => self.give(Input::Session(*cause)),
            ClientStep::SignIn(user) => self.give(Input::SignIn(*user)),
            ClientStep::Push(push) => self.give(Input::Push(*push)),
            ClientStep::DmWapPush(on) => self.give(Input::DmWapPush(*on)),
            ClientStep::Resumed => self.give(Input::Resumed),
            ClientStep::Stopped => self.give(Input::Stopped),
            ClientStep::Answer { pick, reply } => {
                let (token, request) = self.pick_request(*pick);
                let answer = match (reply, request) {
                    (ClientReply::NotManaged, _) => Answer::NotManaged,
                    (ClientReply::Other, _) => Answer::Nothing,
                    (ClientReply::Fitting(..), Some(Request::Enroll)) => Answer::Enrolled,
                    (ClientReply::Fitting(..), Some(Request::RenewChannel)) => Answer::ChannelRenewed,
                    (ClientReply::Fitting(agent, management), _) => {
                        Answer::Mdm { agent: *agent, management: *management, policies: Policies::NONE }
                    }
                };
                self.give(Input::Answered { token, answer: &answer })
            }
            ClientStep::Fail { pick, failure } => {
                let (token, _) = self.pick_request(*pick);
                self.give(Input::Failed { token, failure: *failure })
            }
            ClientStep::Complete { pick, ok } => {
                let token = match pick {
                    Pick::Pending(_) => self.jobs.pop().unwrap_or(Token::FIRST),
                    Pick::Over(_) | Pick::Number(_) => self.old_token(*pick),
                };
                self.over.push(token);
                self.give(Input::Completed { token, ok: *ok })
            }
        }
    }

    fn pick_request(&mut self, pick: Pick) -> (Token, Option<Request>) {
        match pick {
            Pick::Pending(place) if !self.pending.is_empty() => {
                let place = usize::from(place) % self.pending.len();
                let (token, request) = self.pending.remove(place);
                self.over.push(token);
                (token, Some(request))
            }
            Pick::Pending(_) | Pick::Over(_) | Pick::Number(_) => (self.old_token(pick), None),
        }
    }

    fn old_token(&self, pick: Pick) -> Token {
        match pick {
            Pick::Over(back) => {
                let place = self.over.len().checked_sub(1 + usize::from(back));
                place.and_then(|place| self.over.get(place).copied()).unwrap_or(Token::FIRST)
            }
            Pick::Number(number) => Token::from_number(number).unwrap_or(Token::FIRST),
            Pick::Pending(_) => Token::FIRST,
        }
    }

    pub(crate) fn tick_until_quiet(&mut self) -> Checked {
        for _ in 0..TICKS_MAX {
            self.give(Input::Tick)?;
            if !is_due(&self.client.wake(), self.now) || is_at_an_end(self.now) {
                return Ok(());
            }
        }
        ensure(false, || format!("still due after {TICKS_MAX} ticks at one instant: {:?}", self.client.wake()))
    }

    pub(crate) fn give(&mut self, input: Input<'_>) -> Checked {
        self.suite.steps += 1;
        let setting = self.setting;
        let (profile, now) = (&setting.profile, self.now);
        let cx = Context { profile, facts: &setting.facts, chance: setting.chance, agent: self.agent };
        let before = self.client.clone();
        let mut log = Log::default();
        let wake = self.client.handle(&cx, now, input, &mut log);
        self.suite.reached.extend(log.notes.iter().map(|(rule, _)| *rule));
        let moved = (Phase::of_client(&before), client_input(&input), Phase::of_client(&self.client));
        if moved.0 != moved.2 {
            self.moves.insert(moved);
        }
        let context = |what: &str| format!("{what}: {input:?} at {now:?}\nbefore {before:?}\nafter {:?}", self.client);

        if let Err(broken) = self.client.check_invariants() {
            return ensure(false, || context(broken));
        }
        let mut again = Log::default();
        let mut twin = before.clone();
        let twin_wake = twin.handle(&cx, now, input, &mut again);
        ensure(twin == self.client && again.effects == log.effects && twin_wake == wake, || {
            context("the same input to the same client does something else")
        })?;
        ensure(wake == self.client.wake() && wake == first_of(&self.client), || context("another wake-up than wake"))?;
        ensure(self.client.is_due(now) == is_due(&wake, now), || context("is_due does not fit the wake-up"))?;
        for (rule, event) in &log.notes {
            ensure(rule.rule().is_some(), || context(&format!("{rule} of {event:?} is not in the catalogue")))?;
        }
        if matches!(input, Input::Tick) && !is_due(&before.wake(), now) {
            ensure(before == self.client && log.effects.is_empty(), || context("an early tick does something"))?;
        }
        let old: Vec<(Timer, Deadline)> = before.timers().collect();
        for (timer, deadline) in self.client.timers() {
            let (ahead, is_wall) = match deadline {
                Deadline::Awake(at) => (at.since(now.awake), false),
                Deadline::Wall(at) => (at.since(now.wall), true),
            };
            // `a_failed_renewal_is_tried_again_in_time_though_the_clock_was_set_back` has the exception.
            let of_channel = timer == Timer::Channel && !matches!(input, Input::ClockChanged);
            if !old.contains(&(timer, deadline)) && !of_channel {
                let cap = cap(timer, profile);
                ensure(ahead <= cap, || context(&format!("T6: {timer:?} is {ahead} ahead, more than {cap}")))?;
            }
            if is_wall && matches!(input, Input::ClockChanged) {
                let cap = cap(timer, profile);
                ensure(ahead <= cap, || context(&format!("T1: {timer:?} is {ahead} ahead, more than {cap}")))?;
            }
        }
        // C3, W5: a job that waits has a timer. A download has none: `a_download_has_a_deadline`.
        let armed = |timer| self.client.timers().any(|(armed, _)| armed == timer);
        match self.client.job() {
            Some(JobState::WaitingToDownload | JobState::WaitingToEnforce) => {
                ensure(armed(Timer::Job), || context("a job waits for a try that never comes"))?;
            }
            Some(JobState::Enforcing) => {
                // B-2.5: a figure of 0 means that there is none.
                let is_limited = armed(Timer::Job) || profile.install.timeout().is_none();
                ensure(is_limited, || context("an installer runs without a limit"))?;
            }
            Some(
                JobState::Initialised
                | JobState::Downloading
                | JobState::DownloadFailed
                | JobState::Downloaded
                | JobState::WaitingForUser
                | JobState::EnforcementFailed
                | JobState::Completed,
            )
            | None => {}
        }
        let mut sessions = 0;
        for effect in &log.effects {
            match effect {
                Effect::Send { token, .. } | Effect::Download { token, .. } | Effect::Install { token, .. } => {
                    let number = token.number();
                    ensure(number > self.last_token && self.tokens.insert(number), || {
                        context(&format!("token {number} is used again"))
                    })?;
                    self.last_token = number;
                }
                Effect::AgentInstalled(_)
                | Effect::RemoveAgent
                | Effect::Certificate(_)
                | Effect::Policies(_)
                | Effect::Restart
                | Effect::Stop { .. }
                | Effect::Reset { .. } => {}
            }
            match effect {
                Effect::Send { token, request } => {
                    sessions += usize::from(matches!(request, Request::MdmSession { .. }));
                    self.pending.push((*token, *request));
                }
                Effect::Download { token, .. } | Effect::Install { token, .. } => self.jobs.push(*token),
                Effect::Stop { token } => self.jobs.retain(|job| job != token),
                Effect::AgentInstalled(version) => self.agent = Some(*version),
                Effect::RemoveAgent => self.agent = None,
                Effect::Certificate(_) | Effect::Policies(_) | Effect::Restart | Effect::Reset { .. } => {}
            }
        }
        // C1: one session at a time, and one that follows.
        ensure(sessions <= 2, || format!("{sessions} sessions out of one input {input:?}"))
    }
}

fn first_of(client: &MdmClient) -> Wake<Timer> {
    let mut wake = Wake::<Timer>::NEVER;
    for (timer, deadline) in client.timers() {
        let one: Wake<Timer> = match deadline {
            Deadline::Awake(at) => Wake { wall: None, awake: Some((at, timer)) },
            Deadline::Wall(at) => Wake { wall: Some((at, timer)), awake: None },
        };
        wake = wake.earliest(one);
    }
    wake
}

/// How far ahead a timer may ever lie.
fn cap(timer: Timer, profile: &Profile) -> Span {
    let (mdm, wns) = (&profile.mdm, &profile.wns);
    match timer {
        Timer::Answer | Timer::ChannelAnswer => mdm.answer_timeout,
        Timer::EnrollAgain => Span::mins(5),
        Timer::Restart => Span::mins(1),
        Timer::Job => profile.install.timeout().unwrap_or(Span::hours(12)).max(profile.install.retry_interval()),
        Timer::RemoveAgent => profile.removal.grace_after_unassign,
        Timer::Slot => mdm.steady_interval.max(mdm.phase1.every).max(mdm.phase2.every),
        Timer::Channel => wns.renew_at.max(wns.retry_after.max).max(wns.expired_retry_after.max),
        Timer::LostContact => mdm.lost_contact().unwrap_or(Span::ZERO),
    }
}
