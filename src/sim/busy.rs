//! How busy the service is: what it can take in a window of time, and what that means for the answers in the next one.
//!
//! The load of a window decides the answers in the next. So within a window no device depends on another, devices may go
//! through it in any order and on any thread, and the sums at its end are exact.

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// What the service can take.
///
/// Requests above the capacity wait, as far as there is room for them, and are answered later; the others are refused.
/// Source: B-13.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// The length of a window: the load of one decides the answers in the next. Shorter windows follow the load more
    /// closely; longer ones are faster to run and let a peak within a window pass as if it were spread over it.
    pub window: Span,
    /// Requests that are answered in a window; `None` for any number.
    pub capacity: Option<u64>,
    /// Requests that may wait for an answer.
    pub queue: u64,
    /// The HTTP status of a refusal: 429 or 503.
    pub refusal: u16,
    /// Pushes that are delivered in a window; `None` for any number. The others wait.
    pub pushes: Option<u64>,
}

impl Limits {
    /// True if there is anything that it limits.
    pub const fn is_limited(&self) -> bool {
        self.capacity.is_some() || self.pushes.is_some()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { window: Span::mins(1), capacity: None, queue: 0, refusal: 429, pushes: None }
    }
}

/// What the service does with requests and pushes in one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Conditions {
    /// In a million: requests that are refused.
    pub refused_ppm: u32,
    /// How much later than usual an answer comes.
    pub wait: Span,
    /// How much later than usual a push arrives.
    pub push_wait: Span,
}

impl Conditions {
    /// Nothing is refused and nobody waits.
    pub const CALM: Self = Self { refused_ppm: 0, wait: Span::ZERO, push_wait: Span::ZERO };
}

/// What came in during a window, of all devices together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Demand {
    /// Requests, those that were refused among them.
    pub requests: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Pushes that the service handed over.
    pub pushes: u64,
}

impl Demand {
    /// Both together.
    #[must_use]
    pub const fn merged(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            refused: self.refused + other.refused,
            pushes: self.pushes + other.pushes,
        }
    }
}

/// What waits from one window to the next.
///
/// ```
/// use imesim::sim::busy::{Backlog, Demand, Limits};
/// use imesim::time::Span;
///
/// let limits = Limits { capacity: Some(1_000), queue: 500, ..Limits::default() };
/// let mut backlog = Backlog::default();
///
/// // 3,000 arrive in a minute: 1,000 are answered, and 2,000 wait, more than there is room for.
/// let next = backlog.after(&limits, Demand { requests: 3_000, refused: 0, pushes: 0 });
/// assert_eq!(next.wait, Span::mins(2));
/// // If as many come again, a third of them finds a place: none of the queue is free, and 1,000 are answered.
/// assert_eq!(next.refused_ppm, 666_667);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Backlog {
    /// Requests that wait.
    pub requests: u64,
    /// Pushes that wait.
    pub pushes: u64,
}

impl Backlog {
    /// A window is over in which this came in: what is left waits, and this is what the next window is like.
    ///
    /// The service expects as many requests as in the window before, and refuses the share of them for which there is
    /// neither capacity nor room in the queue. A service without capacity answers nobody.
    pub fn after(&mut self, limits: &Limits, demand: Demand) -> Conditions {
        let mut next = Conditions::CALM;
        if let Some(capacity) = limits.capacity {
            let taken = demand.requests.saturating_sub(demand.refused);
            self.requests = self.requests.saturating_add(taken).saturating_sub(capacity);
            let room = capacity.saturating_add(limits.queue.saturating_sub(self.requests));
            let above = demand.requests.saturating_sub(room);
            next.refused_ppm = share_ppm(above, demand.requests);
            if capacity == 0 {
                next.refused_ppm = 1_000_000;
            }
            next.wait = time_for(self.requests, capacity, limits.window);
        }
        if let Some(pushes) = limits.pushes {
            self.pushes = self.pushes.saturating_add(demand.pushes).saturating_sub(pushes);
            next.push_wait = time_for(self.pushes, pushes, limits.window);
        }
        next
    }

    /// True while anything waits.
    pub const fn is_empty(&self) -> bool {
        self.requests == 0 && self.pushes == 0
    }
}

/// How busy the service was in each window of a run. Windows in which it was not are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows {
    /// By number, from 0.
    busy: Vec<(u64, Conditions)>,
}

impl Windows {
    /// What a window was like.
    pub fn of(&self, window: u64) -> Conditions {
        let place = self.busy.binary_search_by_key(&window, |(window, _)| *window);
        place.map_or(Conditions::CALM, |place| self.busy[place].1)
    }

    /// The windows in which requests were refused or somebody waited, in order.
    pub fn busy(&self) -> &[(u64, Conditions)] {
        &self.busy
    }

    /// Notes what a window was like; windows come in order, and calm ones leave no trace.
    pub fn push(&mut self, window: u64, conditions: Conditions) {
        if conditions != Conditions::CALM {
            self.busy.push((window, conditions));
        }
    }
}

/// Rounded up, so that a service that is over its capacity by little refuses somebody.
fn share_ppm(part: u64, of: u64) -> u32 {
    let ppm = (u128::from(part) * 1_000_000).div_ceil(u128::from(of.max(1)));
    u32::try_from(ppm.min(1_000_000)).unwrap_or(1_000_000)
}

/// How long it takes to work off what waits, at so many in each window; at most a day, which is longer than any device
/// waits for an answer.
fn time_for(waiting: u64, per_window: u64, window: Span) -> Span {
    let millis = u128::from(waiting) * u128::from(window.as_millis()) / u128::from(per_window.max(1));
    Span::millis(u64::try_from(millis).unwrap_or(u64::MAX)).min(Span::days(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { window: Span::mins(1), capacity: Some(600), queue: 300, refusal: 503, pushes: Some(10) };

    fn requests(requests: u64, refused: u64) -> Demand {
        Demand { requests, refused, pushes: 0 }
    }

    #[test]
    fn what_is_within_the_capacity_changes_nothing() {
        let mut backlog = Backlog::default();
        for load in [0, 1, 599, 600] {
            assert_eq!(backlog.after(&LIMITS, requests(load, 0)), Conditions::CALM, "{load}");
            assert!(backlog.is_empty());
        }
    }

    #[test]
    fn what_is_above_waits_and_is_worked_off() {
        let mut backlog = Backlog::default();
        let busy = backlog.after(&LIMITS, requests(750, 0));
        assert_eq!((backlog.requests, busy.wait, busy.refused_ppm), (150, Span::secs(15), 0));
        let busy = backlog.after(&LIMITS, requests(500, 0));
        assert_eq!((backlog.requests, busy.wait, busy.refused_ppm), (50, Span::secs(5), 0));
        assert_eq!(backlog.after(&LIMITS, requests(550, 0)), Conditions::CALM);
    }

    // B-13.4: those that find no room are refused, and what was refused does not wait.
    #[test]
    fn b_13_4_what_finds_no_room_is_refused() {
        let mut backlog = Backlog::default();
        let busy = backlog.after(&LIMITS, requests(1_200, 0));
        assert_eq!((backlog.requests, busy.wait), (600, Span::mins(1)));
        assert_eq!(busy.refused_ppm, 500_000, "600 of 1,200");
        let busy = backlog.after(&LIMITS, requests(1_200, 600));
        assert_eq!((backlog.requests, busy.refused_ppm), (600, 500_000), "as many were taken as answered");
    }

    #[test]
    fn a_service_without_capacity_answers_nobody() {
        let limits = Limits { capacity: Some(0), ..LIMITS };
        let mut backlog = Backlog::default();
        assert_eq!(backlog.after(&limits, Demand::default()).refused_ppm, 1_000_000);
        let busy = backlog.after(&limits, requests(u64::MAX, 0));
        assert_eq!((busy.refused_ppm, busy.wait), (1_000_000, Span::days(1)));
    }

    #[test]
    fn pushes_wait_apart_from_requests() {
        let mut backlog = Backlog::default();
        let busy = backlog.after(&LIMITS, Demand { requests: 0, refused: 0, pushes: 35 });
        assert_eq!((busy.push_wait, busy.wait, backlog.pushes), (Span::secs(150), Span::ZERO, 25));
    }
}
