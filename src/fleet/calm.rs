//! Whether a service with limits is ever busy: up to when no window brought more than it takes.
//!
//! Until the first window that brings too much, all windows are calm, and devices run as though there were no limits, one
//! after the other. So a coupled run tries that first and counts what came in. If no window was too much, the result is
//! that of the coupled run; if one was, everything before it is, and the devices go on from there window by window.

use std::sync::atomic::{AtomicU64, Ordering};

use super::grid::Grid;
use super::tally::{Kind, Tally};
use crate::sim::busy::{Backlog, Conditions, Demand, Limits};
use crate::sim::plan::Plan;
use crate::time::{Span, Wall};

/// The windows that are calm, as far as is known.
#[derive(Debug)]
pub(super) struct Calm {
    limits: Limits,
    grid: Grid,
    end: Wall,
    /// The first window of which it is known that it is too much for the service; `u64::MAX` for none. It only goes down.
    busy: AtomicU64,
}

impl Calm {
    pub(super) fn new(plan: &Plan, grid: Grid) -> Self {
        let end = plan.start.after(plan.duration);
        // A service without any capacity is busy before anything comes in.
        let at_once = plan.limits.is_limited() && is_busy(&plan.limits, Demand::default());
        Self { limits: plan.limits, grid, end, busy: AtomicU64::new(if at_once { 0 } else { NEVER }) }
    }

    /// The first window that is too much for the service, if one is known.
    pub(super) fn busy(&self) -> Option<u64> {
        Some(self.busy.load(Ordering::Relaxed)).filter(|window| *window != NEVER)
    }

    /// The last moment up to which it is worth while to run devices.
    pub(super) fn until(&self) -> Wall {
        self.busy().map_or(self.end, |window| self.end_before(window))
    }

    /// The last moment before a window.
    fn end_before(&self, window: u64) -> Wall {
        self.grid.start.after(self.limits.window.saturating_mul(window)).before(Span::millis(1)).min(self.end)
    }

    /// Takes notice of what a worker has counted so far; more will come in and none less.
    pub(super) fn look_at(&self, tally: &Tally) {
        if self.limits.is_limited() {
            let mut requests = vec![0; self.grid.fine_bins()];
            for kind in Kind::ALL.into_iter().filter(|kind| kind.is_request()) {
                requests.iter_mut().zip(tally.load(kind)).for_each(|(sum, more)| *sum += more);
            }
            let pushes: Vec<u64> = tally.load(Kind::Push).collect();
            self.look(&requests, &pushes);
        }
    }

    /// Takes notice of what came in, by fine bin.
    pub(super) fn look(&self, requests: &[u64], pushes: &[u64]) {
        if let Some(window) = self.first_busy(requests, pushes) {
            self.busy.fetch_min(window, Ordering::Relaxed);
        }
    }

    /// The first window that may have brought too much. Windows that do not begin and end with bins are taken to bring
    /// all that the bins did which they touch: one too many is found busy then, and none too few.
    fn first_busy(&self, requests: &[u64], pushes: &[u64]) -> Option<u64> {
        let (window, bin) = (self.limits.window.as_millis(), self.grid.fine.as_millis());
        // Nothing comes after the last one.
        let windows = self.grid.duration.as_millis() / window;
        let place = |millis: u64| usize::try_from(millis / bin).unwrap_or(usize::MAX);
        let sum = |loads: &[u64], from: usize, to: usize| {
            let last = loads.len().saturating_sub(1);
            loads.get(from..=to.min(last)).map_or(0, |loads| loads.iter().sum())
        };
        (0..windows).find(|number| {
            let (from, to) = (place(number * window), place((number + 1) * window - 1));
            let demand = Demand { requests: sum(requests, from, to), refused: 0, pushes: sum(pushes, from, to) };
            is_busy(&self.limits, demand)
        })
    }
}

const NEVER: u64 = u64::MAX;

/// True if a calm window that brings so much leaves something to the next one. More can only do so all the more.
fn is_busy(limits: &Limits, demand: Demand) -> bool {
    let mut backlog = Backlog::default();
    backlog.after(limits, demand) != Conditions::CALM || !backlog.is_empty()
}
