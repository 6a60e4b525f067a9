//! How busy the service is, where the scenario has limits for it (`[service]`): the arithmetic of a coupled fleet, fed with what comes
//! over HTTP. The load of a window of the service's time decides the answers in the next one.
//!
//! Source: B-13.4. What waits is not in the state file: a service that starts anew has nobody waiting.

use crate::chance::{Chance, Purpose};
use crate::sim::busy::{Backlog, Conditions, Demand, Limits};
use crate::time::Span;

/// The load of the window so far, and what the one before left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Busy {
    window: u64,
    demand: Demand,
    backlog: Backlog,
    conditions: Conditions,
}

impl Busy {
    /// What came in during this window so far.
    pub const fn demand(&self) -> Demand {
        self.demand
    }

    /// What waits since the window before.
    pub const fn backlog(&self) -> Backlog {
        self.backlog
    }

    /// What this window is like.
    pub const fn conditions(&self) -> Conditions {
        self.conditions
    }

    /// Goes on to the window of a moment, so long after the start.
    pub(super) fn advance(&mut self, since: Span, limits: &Limits) {
        let now = since.as_millis() / limits.window.as_millis().max(1);
        if !limits.is_limited() {
            // Nothing follows from what came in.
            *self = Self { window: now, ..Self::default() };
            return;
        }
        while self.window < now {
            let before = (self.backlog, self.conditions);
            let demand = std::mem::take(&mut self.demand);
            self.conditions = self.backlog.after(limits, demand);
            // Once nothing changes any more, all windows that follow are like this one.
            let is_steady = demand == Demand::default() && (self.backlog, self.conditions) == before;
            self.window = if is_steady { now } else { self.window + 1 };
        }
    }

    /// Takes notice of a device's request number `n`; true if the service is too busy for it.
    pub(super) const fn refuses(&mut self, chance: &Chance, n: u64) -> bool {
        let ppm = self.conditions.refused_ppm;
        let is_refused = ppm > 0 && chance.happens(ppm, Purpose::Refusal, n);
        self.demand.requests += 1;
        self.demand.refused += is_refused as u64;
        is_refused
    }

    /// How much later answers come, and how much later pushes leave.
    pub(super) const fn waits(&self) -> (Span, Span) {
        (self.conditions.wait, self.conditions.push_wait)
    }

    /// Takes notice of pushes.
    pub(super) const fn pushed(&mut self, count: u64) {
        self.demand.pushes += count;
    }
}
