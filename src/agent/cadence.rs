//! How often each workload is polled. First read: B-4.1 to B-4.7, B-4.11 and B-4.27.

use super::{Cause, Event, Sink, Timer, Turn};
use crate::profile::{CadenceProfile, Profile, TimersCount};
use crate::protocol::Workload;
use crate::rules::{RuleId, b};
use crate::sabotage::{Sabotage, is_on};
use crate::time::Span;

/// The time between two periodic check-ins of a workload.
///
/// B-4.2: per workload, or 8 h for all. Required apps: B-4.3. Available apps: B-4.4. Scripts: B-4.5, which tells a
/// device with scripts from an idle one. Remediations and compliance: B-4.6. The 8 h for all is the headline of B-4.1.
pub(crate) const fn interval(workload: Workload, scripts_found: bool, profile: &Profile) -> Span {
    let uniform = match profile.ime.profile {
        CadenceProfile::PerWorkload => false,
        CadenceProfile::Uniform8h => true,
    };
    match workload {
        Workload::Script if !scripts_found => profile.ime.script_idle_interval,
        _ if uniform => Span::hours(8),
        Workload::Script => profile.ime.script_interval,
        Workload::RequiredApp => profile.ime.required_app_interval,
        Workload::AvailableApp => profile.ime.available_app_interval,
        Workload::Remediation => profile.ime.remediation_interval,
        Workload::Compliance => profile.cc.fetch_interval,
    }
}

/// The rule behind the periodic timer of a workload.
pub(crate) const fn timer_rule(workload: Workload) -> RuleId {
    match workload {
        Workload::Script => b(4, 5),
        Workload::RequiredApp => b(4, 3),
        Workload::AvailableApp => b(4, 4),
        Workload::Remediation | Workload::Compliance => b(4, 6),
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// A periodic timer fired. The next one is an interval away whatever becomes of this check-in, and wherever a
    /// wall-clock timer that was slept through fired late (B-4.27, B-9.5).
    pub(super) fn poll_due(&mut self, workload: Workload) {
        let Some(running) = self.running() else { return };
        let found = running.scripts_found;
        let user = self.durable.around.active;
        self.arm(Timer::poll(workload), interval(workload, found, self.cx.profile));
        if is_on(Sabotage::FiresAgain) && workload == Workload::Script {
            self.arm(Timer::poll(workload), Span::secs(1));
        }
        self.check_in(workload, Cause::Timer, user);
    }

    /// A script poll found scripts, or none: the timer changes between its two intervals. The grid it stands on does
    /// not move (B-4.5, B-9.5).
    pub(super) fn scripts_found(&mut self, found: bool) {
        let Some(running) = self.running() else { return };
        if running.scripts_found == found {
            return;
        }
        running.scripts_found = found;
        let profile = self.cx.profile;
        let before = interval(Workload::Script, !found, profile);
        let every = interval(Workload::Script, found, profile);
        if before == every {
            return;
        }
        self.note(b(4, 5), Event::ScriptInterval { every });
        let Some(remaining) = self.timers.remaining(Timer::PollScript, self.now) else { return };
        // The grid's last point lies `passed` back (or, while the first delay runs, ahead); the next is the first
        // multiple of the new interval that is not yet over.
        let after = if remaining > before {
            remaining.saturating_sub(before).saturating_add(every)
        } else {
            let overdue = self.timers.overdue(Timer::PollScript, self.now);
            let passed = before.saturating_sub(remaining).saturating_add(overdue).as_millis();
            let step = every.as_millis().max(1);
            Span::millis((passed / step + 1).saturating_mul(step) - passed)
        };
        self.arm(Timer::PollScript, after);
    }

    /// The device's clock was stepped: no deadline on it may lie further ahead than one period, so that a step back
    /// delays nothing by more than that. A step forward fires what it passed once.
    pub(super) fn clock_changed(&mut self) {
        self.note(b(4, 27), Event::ClockChanged);
        let profile = self.cx.profile;
        let found = self.running().is_some_and(|running| running.scripts_found);
        // What counts awake time is where it was (B-4.11).
        if profile.ime.timers_count == TimersCount::Wall {
            for workload in Workload::ALL {
                self.pull_in(Timer::poll(workload), interval(workload, found, profile));
            }
        }
        self.pull_in(Timer::Health, profile.health.period.saturating_add(profile.health.random_delay.max));
        self.begin_inventory();
        self.reckon_anew(); // B-6.4: in another time zone a slot is at another moment, also an earlier one
        self.remediation_step();
        self.apps_clock_changed();
    }

    fn pull_in(&mut self, timer: Timer, period: Span) {
        if self.timers.remaining(timer, self.now).is_some_and(|remaining| remaining > period) {
            self.arm(timer, period);
        }
    }
}
