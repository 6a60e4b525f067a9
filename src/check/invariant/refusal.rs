//! The judge of R7: an agent that is refused keeps its distance, lets it grow, and comes back.

use super::{Add, Invariant, Judge, Kinds, Seen};
use crate::agent::{Event, PolicyEvent, Timer};
use crate::device::{Action, StateFile};
use crate::profile::{Profile, TimersCount};
use crate::protocol::{Failure, Workload};
use crate::retry::Policy;
use crate::sim::Power;
use crate::time::{Awake, Span};

pub(super) fn judges(add: &mut Add<'_>) {
    add(Invariant::R7, Box::<Distance>::default());
}

/// Whether an agent with these figures holds R7: it keeps away after refusals, for no less than the time between two of its
/// most frequent check-ins, and repeats no call at once.
pub fn promises_r7(profile: &Profile) -> bool {
    let ime = &profile.ime;
    let most_frequent = Workload::ALL
        .into_iter()
        .filter_map(|workload| Timer::poll(workload).period(profile).filter(|period| !period.is_zero()));
    let period = most_frequent.min().unwrap_or(Span::ZERO);
    ime.http_attempts == 1 && ime.backoff().is_some_and(|policy| policy.check_against(period).is_ok())
}

/// R7: after a refusal no call of the workload follows before the wait that the figures ask for, whoever asks; refusals in a row
/// ask for longer ones, and the service may ask for one that is longer yet (`Retry-After`), up to the longest; and a call
/// follows in the end.
#[derive(Debug, Default)]
struct Distance {
    streaks: [Streak; Workload::ALL.len()],
    /// The awake time of the last step, if the agent ran then.
    ran: Option<Awake>,
    /// How the device was then.
    power: Option<Power>,
    /// What the agent remembers may be older than what happened: it could not write it down, or its file is another.
    is_void: bool,
}

/// The refusals of one workload.
#[derive(Clone, Copy, Debug, Default)]
struct Streak {
    refusals: u16,
    /// When the last one came, until a call follows.
    refused: Option<Awake>,
    /// For how long the service asked to be left alone with it.
    asked: Span,
    /// The device has slept since: the wait may have become the shortest.
    resumed: bool,
    /// Since when all has gone well.
    well_since: Option<Awake>,
    /// For how long the agent has run since the last refusal without a call.
    silent: Span,
}

impl Judge for Distance {
    fn concerns(&self) -> Kinds {
        Kinds::LIFE.and(Kinds::CHECK_INS).and(Kinds::CLOCKS).and(Kinds::FILES).and(Kinds::STATE)
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let profile = &seen.plan.profile;
        // Where there is none, it is that of our profile that is missed.
        let figures = || Profile::named("hardened").ok()?.ime.backoff();
        let Some(policy) = profile.ime.backoff().or_else(figures) else { return Ok(()) };
        let now = seen.now.awake;
        self.is_void |= seen.happened.actions.iter().any(|action| {
            matches!(action, Action::StateFile(file) if *file != StateFile::Writable)
                || matches!(action, Action::DiskFull(true))
        });
        if self.is_void {
            return Ok(());
        }
        self.pass(seen);
        self.is_overdue(profile, &policy)?;
        for event in &seen.happened.agent_events {
            match *event {
                Event::CheckIn { workload, .. } => self.streaks[workload as usize].called(workload, &policy, now)?,
                Event::RequestRepeated { workload, attempt } => {
                    return Err(format!("call {attempt} for {workload} at once after one that failed"));
                }
                // It had its turn, and something else keeps it from calling.
                Event::CheckInDropped { workload, .. }
                | Event::CheckInQueued { workload }
                | Event::AppsSkipped { workload } => self.streaks[workload as usize].silent = Span::ZERO,
                Event::SelfThrottled => self.streaks[Workload::RequiredApp as usize].silent = Span::ZERO,
                Event::CheckInFailed { workload, failure } if is_refusal(failure) => {
                    let asked = asked_for(failure).min(policy.range(u16::MAX).max);
                    self.streaks[workload as usize].refused(profile.ime.backoff_stable, asked, now);
                }
                Event::CheckInDone { workload, .. } => {
                    self.streaks[workload as usize].well_since.get_or_insert(now);
                }
                Event::ServiceStarted { .. } => self.streaks.iter_mut().for_each(|streak| streak.silent = Span::ZERO),
                // Another life, or another identity.
                Event::AgentInstalled { .. }
                | Event::AgentRemoved { .. }
                | Event::Policy(PolicyEvent::CertificateChecked { present: true }) => self.streaks = Default::default(),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Distance {
    /// Who was refused calls again in the end.
    fn is_overdue(&self, profile: &Profile, policy: &Policy) -> Result<(), String> {
        for (streak, workload) in self.streaks.iter().zip(Workload::ALL) {
            if streak.refused.is_none() {
                continue;
            }
            // A resume shortly before the wait is over spreads the timer that serves what was held (T3), whatever the wait.
            let wait = Timer::poll(workload).cap(profile).max(policy.range(u16::MAX).max);
            let longest = wait.saturating_add(profile.ime.wake_spread.max).saturating_add(profile.ime.answer_timeout);
            if streak.silent > longest {
                return Err(format!("no call for {workload} during {} after a refusal", streak.silent));
            }
        }
        Ok(())
    }

    /// Lets time pass.
    fn pass(&mut self, seen: &Seen<'_>) {
        let now = seen.now.awake;
        // Out of sleep, or out of maintenance wake.
        let resumes = seen.state.power.is_awake() && self.power != Some(seen.state.power);
        let counts = seen.state.is_running && seen.state.power == Power::On;
        let passed = self.ran.map_or(Span::ZERO, |ran| now.since(ran));
        // A deadline on the wall clock moves with it.
        let moves = seen.plan.profile.ime.timers_count == TimersCount::Wall
            && seen
                .happened
                .actions
                .iter()
                .any(|action| matches!(action, Action::ClockStep(_) | Action::ClockDrift(_)));
        for streak in &mut self.streaks {
            streak.resumed |= resumes;
            streak.silent = if moves { Span::ZERO } else { streak.silent.saturating_add(passed) };
        }
        self.ran = counts.then_some(now);
        self.power = Some(seen.state.power);
    }
}

impl Streak {
    /// A call begins.
    fn called(&mut self, workload: Workload, policy: &Policy, now: Awake) -> Result<(), String> {
        self.silent = Span::ZERO;
        let Some(refused) = self.refused.take() else { return Ok(()) };
        let least = policy.range(if self.resumed { 1 } else { self.refusals }).min;
        let distance = now.since(refused);
        if distance < self.asked {
            return Err(format!("a call for {workload} {distance} after an answer that asked for {}", self.asked));
        }
        if distance >= least {
            return Ok(());
        }
        Err(format!("a call for {workload} {distance} after refusal {} in a row, sooner than {least}", self.refusals))
    }

    /// A call was refused.
    fn refused(&mut self, stable: Span, asked: Span, now: Awake) {
        let is_over = self.well_since.is_some_and(|since| now.since(since) >= stable);
        let refusals = if is_over { 1 } else { self.refusals.saturating_add(1) };
        *self = Self { refusals, refused: Some(now), asked, ..Self::default() };
    }
}

/// How long after a failure the service wants to be called again.
fn asked_for(failure: Failure) -> Span {
    if let Failure::RetryAfter(secs) = failure { Span::secs(u64::from(secs)) } else { Span::ZERO }
}

/// What the service refuses, or does not answer.
const fn is_refusal(failure: Failure) -> bool {
    matches!(
        failure,
        Failure::TimedOut | Failure::DeviceUnknown | Failure::Status(_) | Failure::Empty | Failure::RetryAfter(_)
    )
}
