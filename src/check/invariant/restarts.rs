//! The judge of P2: starts of the service that nobody asked for become rarer, and are seen.

use super::{Add, Invariant, Judge, Kinds, Seen};
use crate::agent::Event;
use crate::device::Action;
use crate::retry::Policy;
use crate::sim::{Happening, HostEvent, Power};
use crate::time::{Awake, Span, Wall};

pub(super) fn judges(add: &mut Add<'_>) {
    add(Invariant::P2, Box::<Starts>::default());
}

/// How long Windows would wait where the profile says nothing: then it is that of our profile that is missed.
const MISSED: Span = Span::mins(1);

/// P2: the first time that the process of the service dies it may be started at once, then only after a wait that doubles, and each
/// death is told; the health task starts a service no oftener than it runs (B-10.8).
#[derive(Debug, Default)]
struct Starts {
    was_running: bool,
    /// Deaths in a row.
    deaths: u16,
    died: Option<Awake>,
    /// When the service was up again after the last death, whoever started it.
    up: Option<Awake>,
    /// When the health task started the service last, in true time: it counts on the device's clock.
    healed: Option<Wall>,
}

impl Judge for Starts {
    fn concerns(&self) -> Kinds {
        Kinds::LIFE.and(Kinds::ACTIONS).and(Kinds::STATE)
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let was_running = std::mem::replace(&mut self.was_running, seen.state.is_running);
        let policy = Policy::service_crashes(seen.plan.profile.health.crash_wait.max(Span::millis(1)));
        let policy =
            if seen.plan.profile.health.crashes().is_some() { policy } else { Policy::service_crashes(MISSED) };
        let now = seen.now.awake;
        let is_kill = |action: &Action| *action == Action::ServiceKill;
        let has_others = !seen.happened.actions.iter().all(is_kill);
        if was_running && !seen.happened.actions.is_empty() && !has_others {
            self.dies(seen, now)?;
        }
        // Somebody else has a hand in it, and whatever comes of that is not Windows' own.
        if has_others || seen.state.power != Power::On {
            self.died = None;
        }
        if seen.happened.actions.iter().any(|action| matches!(action, Action::ClockStep(_) | Action::ClockDrift(_))) {
            self.healed = None;
        }
        for event in &seen.happened.agent_events {
            match event {
                Event::ServiceStarted { .. } => self.starts(&policy, now)?,
                Event::HealthStartedService => self.heals(seen)?,
                Event::AgentInstalled { .. } | Event::AgentRemoved { .. } | Event::AgentUpgraded { .. } => {
                    *self = Self { was_running: self.was_running, ..Self::default() };
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Starts {
    /// The process dies.
    fn dies(&mut self, seen: &Seen<'_>, now: Awake) -> Result<(), String> {
        let is_well = self.up.take().is_some_and(|up| now.since(up) >= Span::days(1));
        self.deaths = if is_well { 1 } else { self.deaths.saturating_add(1) };
        self.died = Some(now);
        let tells = |happening| matches!(happening, &Happening::Host(HostEvent::ServiceCrashed { .. }));
        if self.deaths > 1 && !seen.happened.entries.iter().any(|entry| tells(&entry.happening)) {
            return Err(format!("death {} of the service's process is not told", self.deaths));
        }
        Ok(())
    }

    /// The service starts.
    fn starts(&mut self, policy: &Policy, now: Awake) -> Result<(), String> {
        self.up.get_or_insert(now);
        let Some(died) = self.died.take() else { return Ok(()) };
        let Some(nth @ 1..) = self.deaths.checked_sub(1) else { return Ok(()) };
        let (waited, least) = (now.since(died), policy.range(nth).min);
        if waited >= least {
            return Ok(());
        }
        Err(format!(
            "after death {} in a row the service starts again after {waited}, sooner than {least}",
            self.deaths
        ))
    }

    /// The health task starts the service.
    fn heals(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        // That is not Windows' start after a death.
        self.died = None;
        let health = &seen.plan.profile.health;
        let least = health.period.saturating_sub(health.random_delay.max);
        match self.healed.replace(seen.at) {
            Some(before) if seen.at.since(before) < least => {
                Err(format!("the health task starts the service again after {}", seen.at.since(before)))
            }
            Some(_) | None => Ok(()),
        }
    }
}
