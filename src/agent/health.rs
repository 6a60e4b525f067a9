//! The daily health task, which belongs to Windows and runs whether the service does or not. First read: B-10.8 to
//! B-10.10.

use super::state::{Phase, TEST};
use super::{Effect, Event, Sink, StartType, Timer, Turn};
use crate::chance::Purpose;
use crate::protocol::{Request, UserId};
use crate::rules::b;
use crate::time::Span;

impl<S: Sink> Turn<'_, '_, S> {
    /// Arms the next run of the task: one period and a random delay from the last point of its grid (B-10.8).
    ///
    /// `drawn` is the delay that the present run had on top of its grid point.
    pub(super) fn arm_health(&mut self, drawn: Span) {
        let health = &self.cx.profile.health;
        let delay = self.cx.chance.span(health.random_delay, Purpose::Health, u64::from(self.durable.health_checks));
        self.arm(Timer::Health, health.period.saturating_add(delay).saturating_sub(drawn));
    }

    /// Sets when the task runs next, for a device whose task has a time of its own.
    pub(super) fn health_due(&mut self, after: Span) {
        if !matches!(self.phase, Phase::Absent) {
            self.arm(Timer::Health, after);
        }
    }

    /// The task runs.
    pub(super) fn health_check(&mut self) {
        let delay = self.cx.profile.health.random_delay;
        let drawn = self.cx.chance.span(delay, Purpose::Health, u64::from(self.durable.health_checks));
        self.durable.health_checks = self.durable.health_checks.wrapping_add(1);
        self.arm_health(drawn);
        // B-10.9, in the order of the task's rules: the service exists (else there is no task: B-10.10), its start
        // type is automatic, it runs. Memory is measured by the host and needs no repair here.
        let running = matches!(self.phase, Phase::Running(_));
        let start_type = self.durable.start_type;
        let healthy = running && start_type == StartType::Automatic;
        self.note(b(10, 8), Event::HealthCheck { healthy });
        if start_type != StartType::Automatic {
            self.durable.start_type = StartType::Automatic;
            self.note(b(10, 9), Event::HealthSetAutomatic { from: start_type });
            self.effect(Effect::Persist);
            self.effect(Effect::SetAutomatic);
        }
        if running {
            // B-4.29: a test of the connection fetches no policy.
            if self.running().is_some_and(|running| !running.exchanges.is_busy(TEST)) {
                self.send(TEST, UserId::DEVICE, 1, Request::ConnectionTest);
            }
        } else {
            self.note(b(10, 9), Event::HealthStartedService);
            self.effect(Effect::StartService);
        }
    }
}
