//! The judge of X1: an agent that has to go has a time at which it goes, and one that is gone leaves nothing that acts.
//!
//! What it leaves on the disk, as tasks and in the registry, is the business of whoever carries out its removal.

use super::{Add, Invariant, Judge, Seen};
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
    /// The awake time of the last step, where the agent was on a device that is not managed.
    last: Option<Awake>,
    /// For how long its service has run there, and for how long it has not.
    ran: Span,
    idle: Span,
    irrecoverable: Option<Awake>,
    /// What the agent remembers may be older than what happened.
    is_void: bool,
}

impl Judge for Leaving {
    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        self.is_void |= seen
            .actions()
            .any(|action| matches!(action, Action::StateFile(StateFile::ReadOnly) | Action::DiskFull(true)));
        if seen.agent.version().is_none() {
            *self = Self { is_void: self.is_void, ..Self::default() };
            return leaves_nothing(seen);
        }
        self.overstays(seen)?;
        self.is_lost(seen)
    }
}

impl Leaving {
    /// On a device that is not managed.
    fn overstays(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let passed = self.last.map_or(Span::ZERO, |last| seen.now.awake.since(last));
        if seen.mdm.is_enrolled() || seen.agent.is_broken() || seen.actions().any(disturbs) {
            (self.ran, self.idle) = (Span::ZERO, Span::ZERO);
        } else if seen.agent.is_running() {
            self.ran = self.ran.saturating_add(passed);
        } else {
            self.idle = self.idle.saturating_add(passed);
        }
        let counts = !seen.mdm.is_enrolled() && seen.power == Power::On;
        self.last = counts.then_some(seen.now.awake);
        let profile = &seen.plan.profile;
        let (ime, removal, health) = (&profile.ime, &profile.removal, &profile.health);
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

    /// In a state from which it cannot recover.
    fn is_lost(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        for event in seen.of_agent() {
            match event {
                Event::Irrecoverable { .. } => self.irrecoverable = Some(seen.now.awake),
                Event::Recovered | Event::AgentInstalled { .. } => self.irrecoverable = None,
                _ => {}
            }
        }
        let is_set_aside = |happening| matches!(happening, &Happening::Host(HostEvent::StateSetAside));
        if self.is_void || seen.entries.iter().any(|entry| is_set_aside(&entry.happening)) {
            self.irrecoverable = None;
        }
        let limit = seen.plan.profile.removal.irrecoverable_after.saturating_add(Span::mins(1));
        match self.irrecoverable {
            Some(since) if seen.now.awake.since(since) > limit => {
                Err(format!("the agent is irrecoverable for {}, more than {limit}", seen.now.awake.since(since)))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// An agent that is not there.
fn leaves_nothing(seen: &Seen<'_>) -> Result<(), String> {
    if seen.agent.next() != (Awake::MAX, Wall::MAX) {
        return Err("an agent that is not there waits for something".to_owned());
    }
    let came_and_went = seen.of_agent().any(|event| matches!(event, Event::AgentRemoved { .. }));
    if !came_and_went && let Some(task) = seen.began.first() {
        return Err(format!("an agent that is not there begins {task:?}"));
    }
    if !seen.agent.scripts().is_empty() && !seen.plan.profile.removal.keeps_history {
        return Err("an agent that is not there remembers scripts".to_owned());
    }
    Ok(())
}

/// What begins the time anew in which the agent finds out and goes.
const fn disturbs(action: Action) -> bool {
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
