//! Endpoint analytics jobs and the inventory of Win32 apps. First read: B-8.14 to B-8.18.

mod event;

pub use event::InventoryEvent;

use serde::{Deserialize, Serialize};

use super::state::Phase;
use super::{Agent, Effect, Event, Sink, Timer, Turn};
use crate::facts::Ownership;
use crate::protocol::{Policies, Report, Token};
use crate::rules::b;
use crate::time::{Span, Wall};

/// What the agent keeps of its inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Inventory {
    /// When the last one was taken, or left out, on the device's clock.
    last: Option<Wall>,
    /// The last one that is not yet with the service.
    unreported: Option<Token>,
}

impl Inventory {
    /// None was taken yet.
    pub(super) const NONE: Self = Self { last: None, unreported: None };

    /// True if there is one that the service does not have.
    #[inline]
    pub(super) const fn has_unsent(&self) -> bool {
        self.unreported.is_some()
    }
}

#[cfg(feature = "check")]
impl Inventory {
    /// Puts it into a print.
    pub(super) fn print(&self, print: &mut crate::canon::Print) {
        let Self { last, unreported } = self;
        print.maybe_wall(*last);
        print.token(crate::canon::Side::Agent, *unreported);
    }
}

impl Agent {
    /// When the last inventory of Win32 apps was due and dealt with, on the device's clock.
    ///
    /// Source: B-8.16.
    pub fn last_inventory(&self) -> Option<Wall> {
        self.durable.inventory.last
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// Arms the jobs of Endpoint analytics, due at their start (B-8.15), if its policy is on the device (B-8.14).
    pub(super) fn begin_analytics(&mut self) {
        let around = &self.durable.around;
        let wanted = around.policies.contains(Policies::ANALYTICS) && !around.dark_wake;
        if wanted && matches!(self.phase, Phase::Running(_)) && !self.timers.is_set(Timer::InventoryWork) {
            self.arm(Timer::InventoryWork, Span::ZERO);
        }
    }

    /// The jobs of Endpoint analytics are due: hourly (B-8.15). What they collect goes up at once (B-8.14). In maintenance
    /// wake they wait for its end.
    pub(super) fn analytics_due(&mut self) {
        if self.durable.around.dark_wake {
            return;
        }
        let startup = std::mem::take(&mut self.durable.startup_data);
        self.note(b(8, 15), Event::Inventory(InventoryEvent::AnalyticsJobs { startup }));
        self.arm(Timer::InventoryWork, self.cx.profile.ea.job_period);
        if startup {
            self.effect(Effect::Persist);
        }
    }

    /// The device goes down: with the policy on the device, the next start gives startup data (B-8.14).
    pub(super) fn device_went_down(&mut self) {
        let collects = self.durable.around.policies.contains(Policies::ANALYTICS);
        if collects && !self.durable.startup_data && !matches!(self.phase, Phase::Absent) {
            self.durable.startup_data = true;
            self.effect(Effect::Persist);
        }
    }

    /// Arms the inventory for the next point of its grid, or for now if a point was missed. On a personal device there is
    /// none (B-8.16).
    pub(super) fn begin_inventory(&mut self) {
        let (Some(enrolled), Ownership::Corporate) = (self.cx.enrolled, self.cx.facts.ownership) else { return };
        let (certificate, dark_wake) = (self.durable.certificate, self.durable.around.dark_wake);
        let Some(running) = self.running() else { return };
        if !running.ready || !certificate || dark_wake {
            // Begun again when that is over; a deadline left behind would not follow the clock.
            return self.timers.clear(Timer::InventoryClock);
        }
        let last = self.durable.inventory.last;
        self.arm(Timer::InventoryClock, next_point(enrolled, last, self.now.wall, self.cx.profile.inventory.interval));
    }

    /// The inventory is due.
    pub(super) fn inventory_due(&mut self) {
        if self.durable.around.dark_wake || !self.durable.certificate {
            return;
        }
        let now = self.now.wall;
        // B-8.18, B-1.20: no app work, no inventory.
        if self.cx.facts.apps_with_intune() {
            let run = self.token();
            self.durable.inventory = Inventory { last: Some(now), unreported: Some(run) };
            self.note(b(8, 16), Event::Inventory(InventoryEvent::InventoryTaken));
            self.effect(Effect::Persist);
            self.report_due();
        } else {
            self.durable.inventory.last = Some(now);
            self.note(b(8, 18), Event::Inventory(InventoryEvent::InventoryLeftOut));
            self.effect(Effect::Persist);
        }
        self.begin_inventory();
    }

    /// The next report that is due, with the run that it is about.
    pub(super) fn next_inventory_report(&self) -> Option<(Report, Token)> {
        Some((Report::Inventory, self.durable.inventory.unreported?))
    }

    /// The service took a report; false if it is nobody's here.
    pub(super) fn inventory_report_taken(&mut self, run: Token) -> bool {
        self.durable.inventory.unreported.take_if(|waiting| *waiting == run).is_some()
    }
}

/// How far away the next inventory is. The grid counts from the enrollment on the device's clock, so a clock that was
/// stepped moves it as it moves everything on that clock.
fn next_point(enrolled: Wall, last: Option<Wall>, now: Wall, interval: Span) -> Span {
    if now < enrolled {
        return enrolled.since(now).min(interval);
    }
    let passed = Span::millis(now.since(enrolled).as_millis() % interval.as_millis().max(1));
    // The last point that is over, and whether it was served: a point that was slept through is made up for once.
    let point = now.before(passed);
    if last.is_none_or(|last| last < point) { Span::ZERO } else { interval.saturating_sub(passed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// B-8.16: the grid counts from the enrollment, whenever the agent came; one point is made up for, not all of them.
    #[test]
    fn the_grid_counts_from_the_enrollment() {
        let (day, enrolled) = (Span::days(1), Wall::from_unix_millis(1_750_000_000_000));
        let at = |hours| enrolled.after(Span::hours(hours));
        assert_eq!(next_point(enrolled, None, enrolled, day), Span::ZERO);
        assert_eq!(next_point(enrolled, Some(enrolled), enrolled, day), day);
        assert_eq!(next_point(enrolled, None, at(5), day), Span::ZERO);
        assert_eq!(next_point(enrolled, Some(at(5)), at(5), day), Span::hours(19));
        assert_eq!(next_point(enrolled, Some(at(5)), at(80), day), Span::ZERO);
        assert_eq!(next_point(enrolled, Some(at(80)), at(80), day), Span::hours(16));
        // A clock that was set back waits a day at most.
        assert_eq!(next_point(enrolled, Some(at(80)), enrolled.before(Span::days(400)), day), day);
        assert_eq!(next_point(enrolled, Some(at(80)), at(10), day), Span::hours(14));
    }
}
