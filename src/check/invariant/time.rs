//! Judges of deadlines and sleep: T3, T4 and T6.

use super::{Add, Invariant, Judge, Kinds, Seen, behind};
use crate::agent::{self, BackoffEvent, Cause, Deadline, NotedDeadlines, Timer};
use crate::device::Action;
use crate::profile::{Profile, TimersCount};
use crate::protocol::Workload;
use crate::sim::Power;
use crate::time::{Awake, Now, Span};

pub(super) fn judges(add: &mut Add<'_>) {
    add(Invariant::T3, Box::<OnceAfterResume>::default());
    add(Invariant::T4, Box::<NeverSilent>::default());
    add(Invariant::T6, Box::<Caps>::default());
}

/// T3: within a minute after a resume, the timer of a workload fires once.
#[derive(Debug, Default)]
struct OnceAfterResume {
    until: Option<Awake>,
    fired: [u8; Workload::ALL.len()],
    /// Check-ins that were asked for while another was under way, which they follow (B-4.28), or while the workload keeps away
    /// (R7): they are no timer's that fires.
    queued: [bool; Workload::ALL.len()],
    was_awake: bool,
}

impl Judge for OnceAfterResume {
    fn concerns(&self) -> Kinds {
        Kinds::STARTS.and(Kinds::PUT_OFF).and(Kinds::STATE_POWER)
    }

    /// Check-ins and steps of the clock concern it soon after a resume, and where a check-in is to come that was asked for before.
    fn wakes_at(&self) -> Option<Awake> {
        let minds = self.until.is_some() || self.queued != [false; Workload::ALL.len()];
        Some(if minds { Awake::MIN } else { Awake::MAX })
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let is_awake = seen.state.power.is_awake();
        if is_awake && !self.was_awake {
            *self = Self { until: Some(seen.now.awake.after(Span::mins(1))), queued: self.queued, ..Self::default() };
        }
        self.was_awake = is_awake;
        // A deadline on the wall clock moves with it, and a step may bring one more (T1).
        let moves = seen.plan.profile.ime.timers_count == TimersCount::Wall
            && seen
                .happened
                .actions
                .iter()
                .any(|action| matches!(action, Action::ClockStep(_) | Action::ClockDrift(_)));
        if moves {
            self.until = None;
        }
        if self.until.is_some_and(|until| seen.now.awake > until) {
            self.until = None;
        }
        for event in &seen.happened.agent_events {
            match event {
                agent::Event::CheckInQueued { workload }
                | agent::Event::Backoff(BackoffEvent::CheckInHeld { workload, .. }) => {
                    self.queued[*workload as usize] = true;
                }
                agent::Event::CheckIn { workload, cause, .. } => {
                    let was_queued = std::mem::take(&mut self.queued[*workload as usize]);
                    if *cause == Cause::Timer && !was_queued && self.until.is_some() {
                        self.fires(*workload)?;
                    }
                }
                agent::Event::ServiceStarted { .. } => self.queued = Default::default(),
                _ => {}
            }
        }
        Ok(())
    }
}

impl OnceAfterResume {
    fn fires(&mut self, workload: Workload) -> Result<(), String> {
        let fired = &mut self.fired[workload as usize];
        *fired += 1;
        if *fired > 1 {
            return Err(format!("the timer for {workload} fires {fired} times within a minute of a resume"));
        }
        Ok(())
    }
}

/// T4: while the agent runs on a device that is awake, its check-ins for scripts are no further apart than their longest
/// interval, whatever the device's sleep does to it.
#[derive(Debug, Default)]
struct NeverSilent {
    /// The awake time of the last step, if the agent ran then.
    ran: Option<Awake>,
    silent: Span,
    /// For how long it may be silent; from the first step on.
    limit: Option<Span>,
    /// Since the last check-in the timer found one under way on a device that was awake for good, and left its turn out.
    is_dropped: bool,
}

impl Judge for NeverSilent {
    fn concerns(&self) -> Kinds {
        Kinds::STARTS
            .and(Kinds::CALLS_FOR_SCRIPTS)
            .and(Kinds::LEFT_OUT)
            .and(Kinds::CLOCKS)
            .and(Kinds::STATE_POWER)
            .and(Kinds::STATE_RUNNING)
    }

    fn wakes_at(&self) -> Option<Awake> {
        let left = self.limit.unwrap_or(Span::MAX).saturating_sub(self.silent);
        Some(self.ran.map_or(Awake::MAX, |ran| behind(ran.after(left))))
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        if let Some(ran) = self.ran {
            self.silent = self.silent.saturating_add(seen.now.awake.since(ran));
        }
        let limit = *self.limit.get_or_insert_with(|| longest_silence(&seen.plan.profile));
        if self.silent > limit {
            return Err(format!("no check-in for scripts during {} of running, more than {limit}", self.silent));
        }
        let is_on = seen.state.power == Power::On;
        // Maintenance wake holds check-ins back, and a step of the clock may cost one period (T1).
        let mut restarts =
            seen.happened.actions.iter().any(|action| matches!(action, Action::ClockStep(_) | Action::ClockDrift(_)));
        for event in &seen.happened.agent_events {
            match event {
                agent::Event::CheckIn { workload: Workload::Script, .. } | agent::Event::ServiceStarted { .. } => {
                    (restarts, self.is_dropped) = (true, false);
                }
                // Work of a check-in that lasts may cost one period as well (B-4.28), and no more than one; what waits for the end
                // of maintenance wake lasts as long as that.
                agent::Event::CheckInDropped { workload: Workload::Script, cause: Cause::Timer } => {
                    restarts |= !self.is_dropped;
                    self.is_dropped |= is_on;
                }
                _ => {}
            }
        }
        let counts = seen.state.is_running && is_on;
        self.ran = counts.then_some(seen.now.awake);
        if restarts || !seen.state.is_running {
            self.silent = Span::ZERO;
        }
        Ok(())
    }
}

/// How far apart two check-ins for scripts may be. After refusals one may be held back for as long as R7 allows, and after a resume
/// it is spread.
fn longest_silence(profile: &Profile) -> Span {
    let held = profile.ime.backoff().map_or(Span::ZERO, |policy| policy.range(u16::MAX).max);
    [held, profile.ime.wake_spread.max, profile.ime.answer_timeout]
        .into_iter()
        .fold(Timer::PollScript.cap(profile), Span::saturating_add)
}

/// T6: a timer that is armed is no further ahead than it may be.
#[derive(Debug, Default)]
struct Caps {
    /// From the first step on.
    caps: Option<Box<DeadlineCaps>>,
}

impl Judge for Caps {
    fn concerns(&self) -> Kinds {
        Kinds::TOO_FAR
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let caps = self.caps.get_or_insert_with(|| Box::new(DeadlineCaps::of(&seen.plan.profile)));
        match caps.beyond(seen.deadlines, seen.now) {
            Some((timer, ahead, cap)) => Err(too_far(timer, ahead, cap)),
            None => Ok(()),
        }
    }
}

/// How far ahead each timer may be, by its number.
#[derive(Debug)]
pub(in crate::check) struct DeadlineCaps([Span; Timer::ALL.len()]);

impl DeadlineCaps {
    pub(in crate::check) fn of(profile: &Profile) -> Self {
        Self(Timer::ALL.map(|timer| timer.cap(profile)))
    }

    /// The first timer that is armed anew further ahead than it may be, how far that is, and how far it may be. One that was armed
    /// before may be further ahead by now: the clock was stepped (T1).
    #[inline]
    pub(in crate::check) fn beyond(&self, deadlines: &NotedDeadlines, now: Now) -> Option<(Timer, Span, Span)> {
        deadlines.new_ones().find_map(|(timer, deadline)| {
            let ahead = match deadline {
                Deadline::Awake(at) => at.since(now.awake),
                Deadline::Wall(at) => at.since(now.wall),
            };
            let cap = self.0[timer as usize];
            (ahead > cap).then_some((timer, ahead, cap))
        })
    }
}

#[cold]
fn too_far(timer: Timer, ahead: Span, cap: Span) -> String {
    format!("{timer:?} is {ahead} ahead, more than {cap}")
}
