//! The MDM client of Windows as a value: enrollment, the session schedule, the push channel, and the delivery of the
//! agent. It knows nothing of the agent's inside; it only brings it, updates it and takes it away.
//!
//! | file | owns |
//! |---|---|
//! | `interface` | context, inputs, effects and the sink |
//! | `enroll` | enrollment paths, un-enrollment, lost contact (B-1.16 to B-1.19, B-1.30, B-3.14) |
//! | `schedule` | the slots of the session schedule (B-3.1 to B-3.5) |
//! | `session` | one session from its cause to its orders (B-3.6 to B-3.15) |
//! | `channel` | the push channel and its renewal (B-3.11) |
//! | `job` | the install job of the agent (B-2.4 to B-2.11) |

#[cfg(feature = "check")]
mod canon;
mod channel;
mod enroll;
mod event;
mod interface;
mod job;
mod schedule;
mod session;
mod timer;

pub use event::{EndReason, Event, PushBlock};
pub use interface::{Context, Effect, Input, Sink};
pub use job::JobState;
pub use timer::Timer;

use serde::{Deserialize, Serialize};

use self::channel::Channel;
use self::job::Job;
use self::schedule::Slot;
use self::timer::Timers;
use crate::protocol::{Answer, Failure, Policies, SessionCause, Token};
use crate::retry::Retry;
use crate::rules::{RuleId, b};
use crate::time::{Awake, Now, Span, Wake, Wall};

/// The MDM client of one device.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MdmClient {
    phase: Phase,
    timers: Timers,
    next_token: Token,
    /// The schedule runs.
    schedule: bool,
    /// Sessions from push are opened.
    dmwappush: bool,
}

/// The client's relation to the service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Phase {
    /// Not enrolled, and not trying.
    NotEnrolled,
    /// Waiting for the answer to an enrollment request, or for the next try.
    Enrolling { token: Option<Token>, tries: Retry<Wall> },
    /// Enrolled.
    Enrolled(Enrolled),
}

/// What the client knows while the device is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Enrolled {
    since: Wall,
    slot: Slot,
    /// The session under way.
    session: Option<(Token, SessionCause)>,
    /// A session was asked for while one was under way; one follows (B-13.3).
    follow_up: Option<SessionCause>,
    /// Users who have signed in since, as a set of their numbers (B-3.6).
    seen_users: u32,
    /// What the last session left for the agent to find; told only when it changes.
    policies: Option<Policies>,
    channel: Channel,
    job: Option<Box<Job>>,
}

impl Default for MdmClient {
    fn default() -> Self {
        Self::new()
    }
}

impl MdmClient {
    /// The client of a device that is not enrolled.
    pub const fn new() -> Self {
        Self {
            phase: Phase::NotEnrolled,
            timers: Timers::new(),
            next_token: Token::FIRST,
            schedule: true,
            dmwappush: true,
        }
    }

    /// Lets the client take notice of one input, and returns when it wants to be called again. Never fails; what is
    /// late, stale or unasked for is noted.
    pub fn handle(&mut self, cx: &Context<'_>, now: Now, input: Input<'_>, out: &mut impl Sink) -> Wake<Timer> {
        self.take(cx, now, &input, out);
        self.wake()
    }

    /// [`MdmClient::handle`] for a caller that asks for the deadline itself, once for several inputs.
    #[inline]
    pub(crate) fn take(&mut self, cx: &Context<'_>, now: Now, input: &Input<'_>, out: &mut impl Sink) {
        Turn { cx, now, out, client: self }.input(input);
    }

    /// [`MdmClient::take`] of [`Input::Tick`].
    #[inline]
    pub(crate) fn tick(&mut self, cx: &Context<'_>, now: Now, out: &mut impl Sink) {
        Turn { cx, now, out, client: self }.tick();
    }

    /// [`MdmClient::take`] of [`Input::Answered`].
    #[inline]
    pub(crate) fn answered(
        &mut self,
        cx: &Context<'_>,
        now: Now,
        token: Token,
        answer: &Answer<'_>,
        out: &mut impl Sink,
    ) {
        Turn { cx, now, out, client: self }.answered(token, answer);
    }

    /// When the client wants to be called again.
    pub fn wake(&self) -> Wake<Timer> {
        self.timers.wake()
    }

    /// True if it wants to be called again at some time.
    #[inline]
    pub const fn waits(&self) -> bool {
        self.timers.has_any()
    }

    /// The deadlines of [`MdmClient::wake`] without their timers.
    #[inline]
    pub(crate) fn next(&self) -> (Awake, Wall) {
        self.timers.next()
    }

    /// Reads a little of everything; see `Agent::touch`.
    #[cfg(feature = "fleet")]
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        self.timers.touch() ^ u64::from(self.next_token.number()) ^ u64::from(self.is_enrolled())
    }

    /// True if a timer is due, so that [`Input::Tick`] would do something.
    #[inline]
    pub fn is_due(&self, now: Now) -> bool {
        self.timers.any_due(now)
    }

    /// True while the device is enrolled, as the device sees it.
    pub const fn is_enrolled(&self) -> bool {
        matches!(self.phase, Phase::Enrolled(_))
    }

    /// When the device enrolled.
    pub const fn enrolled_since(&self) -> Option<Wall> {
        match &self.phase {
            Phase::Enrolled(enrolled) => Some(enrolled.since),
            Phase::NotEnrolled | Phase::Enrolling { .. } => None,
        }
    }

    /// The state of the agent's install job, if there is one.
    pub fn job(&self) -> Option<JobState> {
        match &self.phase {
            Phase::Enrolled(enrolled) => enrolled.job.as_ref().map(|job| job.state()),
            Phase::NotEnrolled | Phase::Enrolling { .. } => None,
        }
    }

    /// Every armed timer with its deadline.
    pub fn timers(&self) -> impl Iterator<Item = (Timer, crate::agent::Deadline)> + '_ {
        self.timers.armed()
    }

    /// Checks what must hold after every input.
    ///
    /// # Errors
    /// The name of the first invariant that is broken.
    pub fn check_invariants(&self) -> Result<(), &'static str> {
        match &self.phase {
            Phase::NotEnrolled => {
                if self.timers.has_any_but(Timer::Restart) {
                    return Err("a timer is armed while the device is not enrolled");
                }
            }
            Phase::Enrolling { token, .. } => {
                if token.is_some() != self.timers.is_set(Timer::Answer) {
                    return Err("an enrollment has no deadline, or a deadline is left over");
                }
                if token.is_none() && !self.timers.is_set(Timer::EnrollAgain) {
                    return Err("an enrollment waits for nothing");
                }
            }
            Phase::Enrolled(enrolled) => {
                if enrolled.session.is_some() != self.timers.is_set(Timer::Answer) {
                    return Err("a session has no deadline, or a deadline is left over");
                }
                if self.schedule && !self.timers.is_set(Timer::Slot) {
                    return Err("the schedule has no next slot");
                }
                if !self.timers.is_set(Timer::Channel) && !enrolled.channel.is_renewing() {
                    return Err("the push channel is never renewed");
                }
            }
        }
        Ok(())
    }
}

/// One call of [`MdmClient::handle`].
struct Turn<'t, 'c, S> {
    cx: &'t Context<'c>,
    now: Now,
    out: &'t mut S,
    client: &'t mut MdmClient,
}

impl<S: Sink> Turn<'_, '_, S> {
    fn input(&mut self, input: &Input<'_>) {
        match *input {
            Input::Tick => self.tick(),
            Input::Enroll => self.enroll(),
            Input::Unenroll => self.unenroll(EndReason::ByUser),
            Input::EnrolledSince(span) => self.enrolled_since(span),
            Input::Schedule(on) => self.switch_schedule(on),
            Input::Session(cause) => self.open_session(cause),
            Input::SignIn(user) => self.sign_in(user),
            Input::Push(push) => self.push(push),
            Input::DmWapPush(on) => self.client.dmwappush = on,
            Input::ClockChanged => self.clock_changed(),
            Input::Resumed => self.skip_missed_slots(),
            Input::Stopped => self.stopped(),
            Input::Answered { token, answer } => self.answered(token, answer),
            Input::Failed { token, failure } => self.failed(token, failure),
            Input::Completed { token, ok } => self.job_completed(token, ok),
        }
    }

    fn tick(&mut self) {
        let mut due = self.client.timers.due(self.now);
        while due != 0 {
            let timer = Timer::ALL[due.trailing_zeros() as usize];
            due &= due - 1;
            // One that fired before may have disarmed it or moved it on.
            if self.client.timers.take_due(timer, self.now) {
                self.timer(timer);
            }
        }
    }

    fn timer(&mut self, timer: Timer) {
        match timer {
            Timer::Answer => self.no_answer(),
            Timer::EnrollAgain => self.enroll_again(),
            Timer::Restart => self.effect(Effect::Restart),
            Timer::Job => self.job_due(),
            Timer::RemoveAgent => self.remove_agent(),
            Timer::Slot => self.slot_due(),
            Timer::Channel => self.renew_channel(),
            Timer::ChannelAnswer => self.channel_failed(Failure::TimedOut),
            Timer::LostContact => self.unenroll(EndReason::LostContact),
        }
    }

    fn answered(&mut self, token: Token, answer: &Answer<'_>) {
        self.arm_lost_contact();
        match self.whose(token) {
            Some(Exchange::Enrollment) => self.enrollment_answered(answer),
            Some(Exchange::Session(cause)) => self.session_answered(cause, answer),
            Some(Exchange::Channel) => self.channel_answered(answer),
            None => self.note(b(13, 3), Event::Stale { token }),
        }
    }

    fn failed(&mut self, token: Token, failure: Failure) {
        match self.whose(token) {
            Some(Exchange::Enrollment) => self.enrollment_failed(failure),
            Some(Exchange::Session(cause)) => self.session_failed(cause, failure),
            Some(Exchange::Channel) => self.channel_failed(failure),
            None => self.note(b(13, 3), Event::Stale { token }),
        }
    }

    fn no_answer(&mut self) {
        match &self.client.phase {
            Phase::Enrolling { token: Some(_), .. } => self.enrollment_failed(Failure::TimedOut),
            Phase::Enrolled(Enrolled { session: Some((_, cause)), .. }) => {
                self.session_failed(*cause, Failure::TimedOut)
            }
            Phase::NotEnrolled | Phase::Enrolling { token: None, .. } | Phase::Enrolled(_) => {}
        }
    }

    fn whose(&self, token: Token) -> Option<Exchange> {
        match &self.client.phase {
            Phase::Enrolling { token: Some(waiting), .. } if *waiting == token => Some(Exchange::Enrollment),
            Phase::Enrolled(Enrolled { session: Some((waiting, cause)), .. }) if *waiting == token => {
                Some(Exchange::Session(*cause))
            }
            Phase::Enrolled(enrolled) if enrolled.channel.waits_for(token) => Some(Exchange::Channel),
            Phase::NotEnrolled | Phase::Enrolling { .. } | Phase::Enrolled(_) => None,
        }
    }

    /// The device goes down: requests and runs on their way are lost with it.
    fn stopped(&mut self) {
        self.client.timers.clear(Timer::Answer);
        match &mut self.client.phase {
            Phase::NotEnrolled => {}
            Phase::Enrolling { token, .. } => {
                if token.take().is_some() {
                    self.arm(Timer::EnrollAgain, Span::ZERO);
                }
            }
            Phase::Enrolled(enrolled) => {
                enrolled.session = None;
                enrolled.follow_up = None;
                self.channel_cut_off();
                self.job_cut_off();
            }
        }
    }

    /// The device's clock was stepped: no deadline on it may lie further ahead than its period.
    fn clock_changed(&mut self) {
        self.schedule_after_clock_change();
        let renewal = self.cx.profile.wns.renew_at;
        self.client.timers.pull_in(Timer::Channel, self.now, renewal);
        self.pull_in_expiry();
        self.pull_in_enrollment();
        self.arm_lost_contact();
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.out.note(rule, event);
    }

    fn effect(&mut self, effect: Effect) {
        self.out.effect(effect);
    }

    fn arm(&mut self, timer: Timer, after: Span) {
        self.client.timers.set(timer, self.now, after);
    }

    fn token(&mut self) -> Token {
        let token = self.client.next_token;
        self.client.next_token = token.next();
        token
    }

    /// The enrolled part, if the device is enrolled.
    fn enrolled(&mut self) -> Option<&mut Enrolled> {
        match &mut self.client.phase {
            Phase::Enrolled(enrolled) => Some(enrolled),
            Phase::NotEnrolled | Phase::Enrolling { .. } => None,
        }
    }
}

/// What a token belongs to.
enum Exchange {
    Enrollment,
    Session(SessionCause),
    Channel,
}
