//! The judge of X1: an agent that has to go has a time at which it goes, and one that is gone leaves nothing that acts.
//!
//! What it leaves on the disk, as tasks and in the registry, is the business of whoever carries out its removal.

use super::{Add, Invariant, Judge, Kinds, Seen};
use crate::agent::{Event, Timer};
use crate::device::{Action, StateFile};
use crate::sim::{Happening, HostEvent, Power};
use crate::time::{Awake, Span, Wall};

pub(super) fn judges(add: &mut Add<'_>) {
    add(Invariant::X1, Box::<Leaving>::default());
}

/// X1: on a device that is not managed any more the agent finds out at its next check-in or, where none works, goes after the time
/// that it is given (B-10.5, B-10.5a); one that is irrecoverable goes after its time (B-10.6); one that is gone waits for nothing,
/// runs nothing and remembers no script (B-10.15).
#[derive(Debug, Default)]
struct Leaving {
    /// The agent is there on a device that is not managed.
    stays: bool,
    /// The awake time of the last step, where it stays on a device that runs, and whether its service ran.
    last: Option<(Awake, bool)>,
    /// For how long its service has run there, and for how long it has not.
    ran: Span,
    idle: Span,
    irrecoverable: Option<Awake>,
    /// What the agent remembers may be older than what happened.
    is_void: bool,
}

impl Judge for Leaving {
    fn concerns(&self) -> Kinds {
        Kinds::PRESENCE
            .and(Kinds::VERDICTS)
            .and(Kinds::GHOSTS)
            .and(Kinds::FILES_AT_RISK)
            .and(Kinds::STATE_VERSION)
            .and(Kinds::STATE_ENROLLED)
    }

    /// While the agent stays, much that is done to the device gives it time.
    fn wakes_at(&self) -> Option<Awake> {
        Some(if self.stays { Awake::MIN } else { Awake::MAX })
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        self.is_void |= seen
            .happened
            .actions
            .iter()
            .any(|action| matches!(action, Action::StateFile(StateFile::ReadOnly) | Action::DiskFull(true)));
        self.overstays(seen)?;
        if seen.state.version.is_none() {
            *self = Self { is_void: self.is_void, ..Self::default() };
            return leaves_nothing(seen);
        }
        let is_managed = seen.state.is_enrolled();
        if is_managed || seen.agent.is_broken() || seen.happened.actions.iter().any(disturbs) {
            (self.ran, self.idle) = (Span::ZERO, Span::ZERO);
        }
        self.stays = !is_managed;
        let counts = self.stays && seen.state.power == Power::On;
        self.last = counts.then_some((seen.now.awake, seen.state.is_running));
        self.heard(seen);
        Ok(())
    }
}

impl Leaving {
    /// Lets time pass, and looks whether it has been too long.
    fn overstays(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let profile = &seen.plan.profile;
        let (ime, removal, health) = (&profile.ime, &profile.removal, &profile.health);
        let lost = self.irrecoverable.map_or(Span::ZERO, |since| seen.now.awake.since(since));
        let limit = removal.irrecoverable_after.saturating_add(Span::mins(1));
        if lost > limit {
            return Err(format!("the agent is irrecoverable for {lost}, more than {limit}"));
        }
        let Some((last, was_running)) = self.last else { return Ok(()) };
        let time = if was_running { &mut self.ran } else { &mut self.idle };
        *time = time.saturating_add(seen.now.awake.since(last));
        let sum = |parts: &[Span]| parts.iter().fold(Span::ZERO, |sum, part| sum.saturating_add(*part));
        let held = ime.backoff().map_or(Span::ZERO, |policy| policy.range(u16::MAX).max);
        let finds_out = sum(&[Timer::PollScript.cap(profile), held, ime.wake_spread.max, ime.answer_timeout]);
        let goes = sum(&[finds_out, removal.unmanaged_retry.max(removal.after_detect), SLACK]);
        if self.ran > goes {
            return Err(format!("the device is not managed any more, and its agent has run on for {}", self.ran));
        }
        // The health task starts the service, which then finds out (B-10.10).
        if self.idle > sum(&[health.period, health.random_delay.max, SLACK]) {
            return Err(format!("the device is not managed any more, and its agent lies there for {}", self.idle));
        }
        Ok(())
    }

    /// Whether it is in a state from which it cannot recover.
    fn heard(&mut self, seen: &Seen<'_>) {
        for event in &seen.happened.agent_events {
            match event {
                Event::Irrecoverable { .. } => self.irrecoverable = Some(seen.now.awake),
                Event::Recovered | Event::AgentInstalled { .. } => self.irrecoverable = None,
                _ => {}
            }
        }
        let is_set_aside = |happening| matches!(happening, &Happening::Host(HostEvent::StateSetAside));
        if self.is_void || seen.happened.entries.iter().any(|entry| is_set_aside(&entry.happening)) {
            self.irrecoverable = None;
        }
    }
}

/// An agent that is not there.
fn leaves_nothing(seen: &Seen<'_>) -> Result<(), String> {
    if seen.agent.next() != (Awake::MAX, Wall::MAX) {
        return Err("an agent that is not there waits for something".to_owned());
    }
    let came_and_went = seen.happened.agent_events.iter().any(|event| matches!(event, Event::AgentRemoved { .. }));
    if !came_and_went && let Some(task) = seen.happened.began.first() {
        return Err(format!("an agent that is not there begins {task:?}"));
    }
    if !seen.agent.scripts().is_empty() && !seen.plan.profile.removal.keeps_history {
        return Err("an agent that is not there remembers scripts".to_owned());
    }
    Ok(())
}

/// What begins the time anew in which the agent finds out and goes.
const fn disturbs(action: &Action) -> bool {
    matches!(
        action,
        Action::ServiceStop
            | Action::ServiceStart
            | Action::ServiceRestart
            | Action::ServiceKill
            | Action::ServiceAutomatic(_)
            | Action::ServiceDisable
            | Action::ServiceBreak
            | Action::ServiceMend
            | Action::StateFile(_)
            | Action::DiskFull(_)
            | Action::Reboot
            | Action::SlowBoot(_)
            | Action::PowerOff
            | Action::PowerOn
            | Action::PowerCut
            | Action::ClockStep(_)
            | Action::ClockDrift(_)
    )
}

/// Delays of a start, and whatever is due at the same moment.
const SLACK: Span = Span::mins(30);
