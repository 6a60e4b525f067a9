//! What must hold of an agent around every input, by the names of the invariant catalogue.

use imesim::agent::{Agent, Deadline, Effect, Event, Input, RemovalReason, Timer};
use imesim::protocol::Answer;
use imesim::time::{Awake, Span, Wake};

use super::super::common::{Checked, ensure, is_due};
use super::{Driver, Log};

impl Driver<'_> {
    /// C3, X2, and that nothing comes of nothing.
    pub(super) fn check_life(
        &self,
        before: &Agent,
        input: Input<'_>,
        log: &Log,
        context: &dyn Fn(&str) -> String,
    ) -> Checked {
        let installs = matches!(input, Input::Installed(_));
        let wake = self.agent.wake();
        if before.version().is_none() && !installs {
            // X2; see `an_absent_agent_wants_nothing` for the strict form.
            let quiet = log.effects.iter().all(|effect| *effect == Effect::Persist);
            ensure(quiet, || context(&format!("an absent agent wants {:?}", log.effects)))?;
            ensure(self.agent.version().is_none(), || context("an absent agent comes by itself"))?;
        }
        match self.agent.version() {
            None => ensure(wake == Wake::NEVER, || context("an absent agent has a deadline"))?,
            // C3: at least the health task, which brings a stopped service back.
            Some(_) => {
                let health = self.agent.timers().any(|(timer, _)| timer == Timer::Health);
                ensure(health, || context("an installed agent has no health task"))?;
            }
        }
        if matches!(input, Input::Tick) && !is_due(&before.wake(), self.now) {
            let nothing = *before == self.agent && log.effects.is_empty() && log.notes.is_empty();
            ensure(nothing, || context("an early tick does something"))?;
        }
        Ok(())
    }

    /// T1, T6: no deadline further away than its period, none that moves away for nothing.
    pub(super) fn check_timers(&self, before: &Agent, input: Input<'_>, context: &dyn Fn(&str) -> String) -> Checked {
        let profile = &self.setting.profile;
        let old: Vec<(Timer, Deadline)> = before.timers().collect();
        for (timer, deadline) in self.agent.timers() {
            let (ahead, is_wall) = match deadline {
                Deadline::Awake(at) => (at.since(self.now.awake), false),
                Deadline::Wall(at) => (at.since(self.now.wall), true),
            };
            let set_by_hand = timer == Timer::Health && matches!(input, Input::HealthDue(_));
            let armed_now = !old.contains(&(timer, deadline));
            if armed_now && !set_by_hand && !(is_wall && self.untold) {
                let cap = timer.cap(profile);
                ensure(ahead <= cap, || context(&format!("{timer:?} is {ahead} ahead, more than {cap}")))?;
            }
            if is_wall && matches!(input, Input::ClockChanged) {
                let period = timer.period(profile).unwrap_or(Span::MAX);
                ensure(ahead <= period, || context(&format!("T1: {timer:?} is {ahead} ahead, more than {period}")))?;
            }
        }
        Ok(())
    }

    /// Tokens, the order of effects, maintenance wake.
    pub(super) fn check_effects(
        &mut self,
        before: &Agent,
        input: Input<'_>,
        log: &Log,
        context: &dyn Fn(&str) -> String,
    ) -> Checked {
        let dark_wake = match input {
            Input::DarkWake(on) => on,
            _ => self.dark_wake,
        };
        let mut persisted = false;
        for effect in &log.effects {
            match effect {
                Effect::Persist => persisted = true,
                Effect::Send { token, .. } | Effect::Run { token, .. } => {
                    let number = token.number();
                    ensure(number > self.last_token, || context(&format!("token {number} is used again")))?;
                    self.last_token = number;
                    if matches!(effect, Effect::Run { .. }) {
                        ensure(persisted, || context("a run begins before it is on disk"))?;
                        ensure(!dark_wake, || context("W6: a run begins in maintenance wake"))?;
                    }
                    let runs = before.is_running() || self.agent.is_running();
                    ensure(runs, || context("an agent that does not run wants something"))?;
                }
                Effect::Stop { token } => {
                    let known = token.number() <= self.last_token;
                    ensure(known, || context(&format!("stops {token:?}, which was never begun")))?;
                }
                Effect::StartService => {
                    ensure(self.agent.version().is_some(), || context("starts the service of an absent agent"))?;
                }
                Effect::SetAutomatic => ensure(persisted, || context("a start type is set before it is on disk"))?,
                Effect::Restart => {
                    ensure(persisted, || context("a restart begins before it is on disk"))?;
                    ensure(log.effects.last() == Some(effect), || context("something is wanted after a restart"))?;
                }
                Effect::Uninstall => {
                    let left = before.version().is_some() && self.agent.version().is_none();
                    ensure(left, || context("uninstalled, and not gone"))?;
                }
            }
        }
        self.dark_wake = dark_wake;
        Ok(())
    }

    /// A3, X4: the agent leaves for the documented reasons only.
    pub(super) fn check_removal(&mut self, log: &Log, input: Input<'_>, context: &dyn Fn(&str) -> String) -> Checked {
        let (removal, awake) = (&self.setting.profile.removal, self.now.awake);
        match input {
            Input::Certificate(present) => {
                self.certificate = present;
                if present {
                    (self.not_managed, self.unmanaged) = (false, None);
                }
            }
            Input::Answered { answer: Answer::NotManaged, .. } => self.not_managed = true,
            _ => {}
        }
        for (_, event) in &log.notes {
            match event {
                Event::Irrecoverable { .. } => self.irrecoverable = Some(awake),
                Event::Recovered => self.irrecoverable = None,
                Event::Unmanaged => {
                    ensure(!self.certificate, || context("a managed device counts towards removal"))?;
                    self.unmanaged = Some(awake);
                }
                Event::AgentInstalled { .. } => self.certificate = true,
                Event::AgentRemoved { reason } => {
                    let long_enough =
                        |since: Option<Awake>, limit: Span| since.is_none_or(|at| awake.since(at) >= limit);
                    let justified = match reason {
                        RemovalReason::NotManaged => self.not_managed,
                        RemovalReason::NotManagedUnreachable => {
                            !self.certificate && long_enough(self.unmanaged, removal.unmanaged_retry)
                        }
                        RemovalReason::Irrecoverable => {
                            let limit = removal.irrecoverable_after.saturating_add(Span::millis(1));
                            long_enough(self.irrecoverable, limit)
                        }
                        RemovalReason::Unassigned | RemovalReason::ByHand | RemovalReason::Wiped => {
                            matches!(input, Input::Remove(_))
                        }
                    };
                    ensure(justified, || context(&format!("A3: removed because {reason:?}")))?;
                    (self.irrecoverable, self.unmanaged, self.not_managed) = (None, None, false);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The wake-up that the armed timers ask for, found the slow way.
pub(super) fn first_of(agent: &Agent) -> Wake<Timer> {
    let mut wake = Wake::<Timer>::NEVER;
    for (timer, deadline) in agent.timers() {
        let one: Wake<Timer> = match deadline {
            Deadline::Awake(at) => Wake { wall: None, awake: Some((at, timer)) },
            Deadline::Wall(at) => Wake { wall: Some((at, timer)), awake: None },
        };
        wake = wake.earliest(one);
    }
    wake
}
