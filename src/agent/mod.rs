//! The Intune Management Extension as a value: a state machine without clock, thread, socket or file.
//!
//! Everything that happens to the agent is an [`Input`], everything it wants done is an [`Effect`], every decision
//! is noted as an [`Event`] with its rule, and [`Agent::handle`] returns when it wants to be called again.
//!
//! | file | owns |
//! |---|---|
//! | `start` | the service's start sequence, start delays and periodic timers (B-4.8 to B-4.13) |
//! | `check_in` | one check-in from request to answer, retries, self-throttle (B-4.22 to B-4.28) |
//! | `backoff` | keeping away after refusals, and spreading a resume: ours, and off by default |
//! | `bounds` | how far ahead each timer may be armed |
//! | `cadence` | intervals of the workloads (B-4.1 to B-4.7) |
//! | `trigger` | who may ask for a check-in, and what follows (B-4.14 to B-4.21, section 9) |
//! | `script/` | which scripts run, when, and how they end (section 5) |
//! | `app/` | Win32 and Store apps (section 7, B-8.9 to B-8.13) |
//! | `remediation/` | remediations (section 6) |
//! | `compliance/` | discovery scripts (B-8.1 to B-8.8) |
//! | `inventory/` | Endpoint analytics and inventory (B-8.14 to B-8.18) |
//! | `policies` | what the MDM channel leaves for the agent, managed installer among it (B-8.20 to B-8.23) |
//! | `work` | what these four share, and how another is added |
//! | `report` | results on their way to the service (B-5.25, B-13.7) |
//! | `health` | the daily health task (B-10.8 to B-10.10) |
//! | `removal` | the ways in which the agent leaves (section 10) |
//! | `snapshot` | what survives a crash, and how a damaged copy is refused |
//! | `lasting` | the timers in it |
//! | `copy` | the same as values |
//! | `noted` | which deadlines are new to somebody |
//!
//! # Adding a workload
//!
//! 1. A module `agent/NAME/` with two types of state, one that survives the process and one that ends with it, listed in
//!    `Kept` and `Underway` of `agent/work.rs`.
//! 2. Its deadlines: `Turn::work_deadline` gives the earliest on each clock to the timers of its name in [`Timer`], and
//!    `Turn::timer` calls it back when they are due.
//! 3. Its runs: a [`Task`] for each kind of process, and a `RunSlot` that holds the one under way with its limit;
//!    `Turn::completed` hands each outcome to whom the token belongs.
//! 4. Its answers, from `Turn::answered`, and its reports, from `next_report` and `report_taken` in `agent/report.rs`.
//! 5. What ends with the service, from `Turn::stop` in `agent/start.rs`.
//! 6. Its decisions: an enumeration of its own, nested in [`Event`] without a tag of its own.
//!
//! No other workload is touched by any of this. Retries are an instance of [`retry`](crate::retry).

mod app;
mod backoff;
mod bounds;
mod cadence;
#[cfg(feature = "check")]
mod canon;
mod check_in;
mod compliance;
mod copy;
mod effect;
mod event;
mod health;
mod input;
mod inventory;
mod lasting;
mod noted;
mod policies;
mod remediation;
mod removal;
mod report;
mod script;
mod snapshot;
mod start;
mod state;
mod status;
mod step;
mod timer;
mod timers;
mod trigger;
mod work;

pub use app::{AppEvent, AppNotice, AppRecord, AppWait, PendingRestart};
pub use backoff::BackoffEvent;
#[cfg(feature = "log")]
pub(crate) use cadence::{interval, timer_rule};
pub use compliance::{ComplianceEvent, DiscoveryRecord};
#[cfg(feature = "check")]
pub(crate) use copy::copy_list;
pub use effect::{Effect, Run, Sink, Task};
pub use event::{Cause, Event, IrrecoverableReason, Quiet, RemovalReason, SkipReason, WaitReason};
pub use input::{Input, RunOutcome, RunRefusal, ServiceChange, SessionChange, StartType, SyncRequest};
pub use inventory::InventoryEvent;
pub use noted::NotedDeadlines;
pub use policies::PolicyEvent;
pub use remediation::{RemediationEvent, RemediationNext, RemediationRecord, RemediationWait, ReportReason, Standing};
#[cfg(feature = "check")]
pub(crate) use script::instances;
pub use script::{Record, RecordState};
pub use snapshot::{RestoreError, Snapshot};
#[cfg(feature = "log")]
pub(crate) use start::first_delay;
pub use status::Status;
pub use step::{EFFECTS_MAX, Effects};
pub use timer::{Deadline, Timer};

use serde::{Deserialize, Serialize};

use self::state::{Durable, Phase, Running};
use self::timers::Timers;
use crate::chance::Chance;
use crate::content::Library;
use crate::facts::Facts;
use crate::profile::Profile;
use crate::protocol::{Answer, Token};
use crate::rules::RuleId;
use crate::sabotage::{Sabotage, is_on};
use crate::time::{Awake, Now, Span, Wake, Wall, Zone};

/// What is shared and read-only in every call: the figures, the device's facts, and chance.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Every figure of the agent's behavior.
    pub profile: &'a Profile,
    /// What is true of the device.
    pub facts: &'a Facts,
    /// Where random delays come from.
    pub chance: Chance,
    /// Apps, remediations and discovery scripts. It must hold what answers name before they are handed over.
    pub library: &'a Library,
    /// The device's time zone.
    pub zone: &'a Zone,
    /// When the device enrolled, on its own clock; `None` if it is not enrolled or nobody knows. Without it no inventory is
    /// taken (B-8.16).
    pub enrolled: Option<Wall>,
}

impl<'a> Context<'a> {
    /// A context without content, in UTC, of a device whose enrollment nobody knows.
    pub fn new(profile: &'a Profile, facts: &'a Facts, chance: Chance) -> Self {
        Self { profile, facts, chance, library: &NO_CONTENT, zone: &UTC, enrolled: None }
    }
}

static NO_CONTENT: Library = Library::EMPTY;
static UTC: Zone = Zone::UTC;

/// One agent.
///
/// It is a plain value: cloning it forks its life, comparing two compares their futures.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Agent {
    durable: Durable,
    timers: Timers,
    phase: Phase,
}

impl Agent {
    /// An agent that is not on the device. [`Input::Installed`] brings it.
    pub const fn absent() -> Self {
        Self { durable: Durable::absent(), timers: Timers::new(), phase: Phase::Absent }
    }

    /// Reads a little of everything that a check-in reads in place. Who goes through many agents in turn asks several for it
    /// at once, so that memory answers for all of them in the time of one.
    #[cfg(feature = "fleet")]
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        let is_running = matches!(&self.phase, Phase::Running(_));
        self.timers.touch() ^ u64::from(self.durable.next_token.number()) ^ u64::from(is_running)
    }

    /// The same for what a check-in reads from elsewhere in memory.
    #[cfg(feature = "fleet")]
    #[inline]
    pub(crate) fn fetch(&self) {
        let scripts = self.durable.scripts.first().map_or(0, |record| record.policy.0);
        core::hint::black_box((self.timers.fetch(), scripts));
    }

    /// Lets the agent take notice of one input at a moment, and returns when it wants to be called again.
    ///
    /// What it wants done goes to `out`, in the order in which it is to be done. Inputs never fail: what is late,
    /// stale, repeated or unasked for is noted. A steady check-in allocates nothing.
    pub fn handle(&mut self, cx: &Context<'_>, now: Now, input: Input<'_>, out: &mut impl Sink) -> Wake<Timer> {
        self.take(cx, now, &input, out);
        self.wake()
    }

    /// [`Agent::handle`] for a caller that asks for the deadline itself, once for several inputs.
    #[inline]
    pub(crate) fn take(&mut self, cx: &Context<'_>, now: Now, input: &Input<'_>, out: &mut impl Sink) {
        let Self { durable, timers, phase } = self;
        let mut turn = Turn { cx, now, out, durable, timers, phase };
        turn.input(input);
        turn.restart_now();
    }

    /// [`Agent::take`] of [`Input::Tick`], the most frequent input.
    #[inline]
    pub(crate) fn tick(&mut self, cx: &Context<'_>, now: Now, out: &mut impl Sink) {
        let Self { durable, timers, phase } = self;
        let mut turn = Turn { cx, now, out, durable, timers, phase };
        turn.tick();
        turn.restart_now();
    }

    /// [`Agent::take`] of [`Input::Answered`], which is about as frequent.
    #[inline]
    pub(crate) fn answered(
        &mut self,
        cx: &Context<'_>,
        now: Now,
        (token, at): (Token, Wall),
        answer: &Answer<'_>,
        out: &mut impl Sink,
    ) {
        let Self { durable, timers, phase } = self;
        let mut turn = Turn { cx, now, out, durable, timers, phase };
        turn.answered(token, at, answer);
        turn.restart_now();
    }

    /// The deadlines of [`Agent::wake`] without their timers.
    #[inline]
    pub(crate) const fn next(&self) -> (Awake, Wall) {
        self.timers.next()
    }

    /// True if a timer is due, so that [`Input::Tick`] would do something.
    #[inline]
    pub const fn is_due(&self, now: Now) -> bool {
        self.timers.is_due(now)
    }

    /// When the agent wants to be called again, as the last [`Agent::handle`] returned it; for use after a restore.
    pub fn wake(&self) -> Wake<Timer> {
        self.timers.wake()
    }
}

/// One call of [`Agent::handle`]: the agent's parts, borrowed apart, with what came in and where effects go.
struct Turn<'t, 'c, S> {
    cx: &'t Context<'c>,
    now: Now,
    out: &'t mut S,
    durable: &'t mut Durable,
    timers: &'t mut Timers,
    phase: &'t mut Phase,
}

impl<S: Sink> Turn<'_, '_, S> {
    fn input(&mut self, input: &Input<'_>) {
        match *input {
            Input::Tick => self.tick(),
            Input::Installed(version) => self.installed(version),
            Input::Service(change) => self.service(change),
            Input::Session(change) => self.session(change),
            Input::DarkWake(on) => self.dark_wake(on),
            Input::Resumed => self.resumed(),
            Input::ClockChanged => self.clock_changed(),
            Input::Certificate(present) => self.certificate(present),
            Input::Policies(policies) => self.policies(policies),
            Input::Esp(phase) => self.esp_phase(phase),
            Input::Sync(request) => self.sync(request),
            Input::Push(id) => self.push(id),
            Input::OnDemand { policy, revision } => self.on_demand(policy, revision),
            Input::Answered { token, at, answer } => self.answered(token, at, answer),
            Input::Failed { token, failure } => self.failed(token, failure),
            Input::Completed { token, outcome } => self.completed(token, outcome),
            Input::Snooze => self.snooze_restart(),
            Input::RecordDeleted(policy) => self.record_deleted(policy),
            Input::HealthDue(after) => self.health_due(after),
            Input::Remove(reason) => self.removed_by(reason),
        }
    }

    fn tick(&mut self) {
        let only = self.timers.take_only_due(self.now);
        let mut due = if only.is_some() { 0 } else { self.timers.due(self.now) };
        let mut next = only.or_else(|| self.take_next(&mut due));
        while let Some(timer) = next {
            self.timer(timer);
            next = self.take_next(&mut due);
        }
    }

    /// Disarms the next of the timers that were due, unless one that fired before has disarmed it or moved it on.
    #[inline(always)]
    fn take_next(&mut self, due: &mut u32) -> Option<Timer> {
        while *due != 0 {
            let timer = Timer::ALL[due.trailing_zeros() as usize];
            *due &= *due - 1;
            if self.timers.take_due(timer, self.now) {
                return Some(timer);
            }
        }
        None
    }

    fn timer(&mut self, timer: Timer) {
        use crate::protocol::Workload::{AvailableApp, Compliance, Remediation, RequiredApp, Script};
        match timer {
            Timer::Ready => self.ready(),
            Timer::StartScripts => self.start_scripts(),
            Timer::StartOthers => self.start_others(),
            Timer::SignIn => self.sign_in_due(),
            Timer::RunLimit => self.run_limit(),
            Timer::Report => self.send_next_report(),
            Timer::AppWork | Timer::AppClock => self.app_work_due(),
            Timer::RemediationWork | Timer::RemediationClock => self.remediation_due(),
            Timer::ComplianceWork => self.discovery_due(),
            Timer::InventoryWork => self.analytics_due(),
            Timer::InventoryClock => self.inventory_due(),
            Timer::Backoff => self.backoff_over(),
            Timer::AnswerScript => self.no_answer(Script as usize),
            Timer::AnswerRequiredApp => self.no_answer(RequiredApp as usize),
            Timer::AnswerAvailableApp => self.no_answer(AvailableApp as usize),
            Timer::AnswerRemediation => self.no_answer(Remediation as usize),
            Timer::AnswerCompliance => self.no_answer(Compliance as usize),
            Timer::AnswerReport => self.no_answer(state::REPORT),
            Timer::AnswerTest => self.no_answer(state::TEST),
            Timer::RemoveDetected => self.removed_by(RemovalReason::NotManaged),
            Timer::RemoveUnmanaged => self.removed_by(RemovalReason::NotManagedUnreachable),
            Timer::RemoveIrrecoverable => self.removed_by(RemovalReason::Irrecoverable),
            Timer::PollScript => self.poll_due(Script),
            Timer::PollRequiredApp => self.poll_due(RequiredApp),
            Timer::PollAvailableApp => self.poll_due(AvailableApp),
            Timer::PollRemediation => self.poll_due(Remediation),
            Timer::PollCompliance => self.poll_due(Compliance),
            Timer::Health => self.health_check(),
        }
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.out.note(rule, event);
    }

    fn effect(&mut self, effect: Effect) {
        if matches!(effect, Effect::Persist) && is_on(Sabotage::NoPersist) && self.durable.starts > 0 {
            return;
        }
        self.out.effect(effect);
    }

    fn arm(&mut self, timer: Timer, after: Span) {
        if is_on(Sabotage::NoTimers) || is_on(Sabotage::NoLimit) && timer == Timer::RunLimit {
            return;
        }
        let after = if is_on(Sabotage::FarAhead) { after.saturating_mul(3) } else { after };
        self.timers.set(timer, self.now, after, self.cx.profile);
    }

    fn token(&mut self) -> Token {
        let token = self.durable.next_token;
        self.durable.next_token = token.next();
        token
    }

    /// The running part, if the service runs.
    fn running(&mut self) -> Option<&mut Running> {
        match self.phase {
            Phase::Running(running) => Some(running),
            Phase::Stopped | Phase::Absent => None,
        }
    }
}
