//! What is remembered of one thing that is tried, and what follows from each failure, success and hint.

use serde::{Deserialize, Serialize};

use super::Moment;
use super::policy::{Limit, Policy, Tries};
use crate::rules::RuleId;
use crate::time::Span;

/// The tries of one thing: one request path, one app, one job. 24 bytes.
///
/// Independent of every other value (R6). `T` is the clock on which its windows and successes are counted,
/// [`Wall`](crate::time::Wall) or [`Awake`](crate::time::Awake).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Retry<T> {
    /// When the first try of the window began; none where no time bounds the tries.
    from: Option<T>,
    /// Since when all has gone well in a streak that is not over yet.
    well_since: Option<T>,
    /// Tries that failed: in the window, or where a number bounds them in all.
    tries: u32,
    /// Failures since all last went well for long enough.
    streak: u16,
    /// The place in every spread of the streak. Held, so that waits at the cap do not shrink (R1) and two devices
    /// with different places drift apart a little more with each failure (R2).
    lot: u16,
}

/// What follows from a failure.
#[must_use = "a failure that nothing follows from is a dead end"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Next<T> {
    /// The next try may begin after this wait; no time at all where the policy has no wait of its own.
    After(Span),
    /// The tries of this window are used up; the next may begin at this moment: when the window is over, and not before the
    /// wait that this failure asks for.
    GiveUpUntil(T),
    /// The tries are used up, and the next occasion is the one that this rule is about. Only policies that state a rule
    /// of the agent end this way, none that [`Policy::new`] makes.
    LeftTo(RuleId),
}

impl<T> Retry<T> {
    /// Nothing has been tried.
    pub const fn new() -> Self {
        Self { from: None, well_since: None, tries: 0, streak: 0, lot: 0 }
    }

    /// Failures since all last went well for long enough; stops counting at 65,535.
    pub const fn streak(&self) -> u16 {
        self.streak
    }

    /// Tries of the present window that failed; always 0 where tries have no bound.
    pub const fn tries(&self) -> u32 {
        self.tries
    }

    /// True from a failure up to the next success.
    pub const fn is_failing(&self) -> bool {
        self.streak > 0 && self.well_since.is_none()
    }
}

#[cfg(feature = "check")]
impl<T: Copy> Retry<T> {
    /// Puts the tries into a print, with moments on their clock.
    pub(crate) fn print(&self, print: &mut crate::canon::Print, moment: impl Fn(&mut crate::canon::Print, Option<T>)) {
        let Self { from, well_since, tries, streak, lot } = self;
        moment(print, *from);
        moment(print, *well_since);
        print.word(u64::from(*tries) | u64::from(*streak) << 32 | u64::from(*lot) << 48);
    }
}

impl<T> Default for Retry<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Moment> Retry<T> {
    /// A try begins: the first one opens the window.
    ///
    /// May be left out; then a window counts from the first failure. Counts nothing by itself: who restarts in the middle
    /// of a try reports its failure.
    /// Source: R8.
    pub fn on_begin(&mut self, policy: &Policy, now: T) {
        self.settle(policy, now);
        self.open_window(policy, now);
    }

    /// A try failed. `draw` is any random number, evenly spread; only the one of a streak's first failure is used.
    /// Source: R1, R2, R5, R8.
    pub fn on_failure(&mut self, policy: &Policy, draw: u64, now: T) -> Next<T> {
        self.settle(policy, now);
        self.open_window(policy, now);
        if self.streak == 0 {
            self.lot = (draw >> 48) as u16;
        }
        self.streak = self.streak.saturating_add(1);
        self.well_since = None;
        if policy.limit != Limit::None {
            self.tries = self.tries.saturating_add(1);
        }
        let wait = policy.wait(self.streak, self.lot);
        let from = self.from.unwrap_or(now);
        match policy.limit {
            Limit::Window(Tries { window, .. }) if !policy.allows_after(self.tries) => {
                Next::GiveUpUntil(from.after(window).max(now.after(wait)))
            }
            Limit::Count { then, .. } if !policy.allows_after(self.tries) => Next::LeftTo(then),
            Limit::Time { span, then } if now.since(from).saturating_add(wait) > span => Next::LeftTo(then),
            Limit::None | Limit::Window(_) | Limit::Count { .. } | Limit::Time { .. } => Next::After(wait),
        }
    }

    /// A try went well: the answer was authentic and complete, not merely a connection.
    ///
    /// The streak is over once all has gone well for as long as the policy says.
    /// Source: R3.
    pub fn on_success(&mut self, policy: &Policy, now: T) {
        self.settle(policy, now);
        self.well_since.get_or_insert(now);
        self.settle(policy, now);
        if self.streak == 0 {
            *self = Self::new();
        } else if self.tries == 0 {
            // The window was opened by the try that went well.
            self.from = None;
        }
    }

    /// The network came up, the device woke or a tunnel opened while a try was due at `pending`. Returns when it is due now.
    ///
    /// A wait longer than the policy's hint becomes one between its base and that; so does a moment that has passed, so that
    /// devices that wake together do not call together (T3). A shorter wait stays, as do a window that is used up, the time
    /// after a success, and everything where the policy takes no hints.
    /// Source: R4.
    #[must_use]
    pub fn on_hint(&mut self, policy: &Policy, now: T, pending: T) -> T {
        self.settle(policy, now);
        if !self.is_failing() || !self.has_tries(policy, now) {
            return pending;
        }
        match policy.wait_after_hint(self.lot).map(|wait| now.after(wait)) {
            Some(soon) if pending <= now || soon < pending => soon,
            Some(_) | None => pending,
        }
    }

    /// The clock was stepped, or the state was read back, while a try was due at `pending`. Returns when it is due now: no
    /// further ahead than the present wait or the present window can be.
    /// Source: T1, T5.
    #[must_use]
    pub fn on_clock_changed(&mut self, policy: &Policy, now: T, pending: T) -> T {
        self.settle(policy, now);
        if !self.is_failing() {
            return pending;
        }
        let longest = now.after(policy.range(self.streak).max);
        pending.min(self.opens_at(policy, now).map_or(longest, |opens| opens.max(longest)))
    }

    /// True unless the tries are used up. Takes note of a clock that was stepped back, so a window that is asked about
    /// never lasts longer than it should from then on.
    /// Source: R8, T1.
    pub fn is_open(&mut self, policy: &Policy, now: T) -> bool {
        self.settle(policy, now);
        self.has_tries(policy, now)
    }

    /// When a window that is used up opens again; `None` where it is open, and where a rule has the next occasion.
    /// Source: R5.
    pub fn opens_at(&mut self, policy: &Policy, now: T) -> Option<T> {
        self.settle(policy, now);
        match policy.limit {
            Limit::Window(Tries { window, .. }) if !policy.allows_after(self.tries) => {
                Some(self.from.unwrap_or(now).after(window))
            }
            Limit::None | Limit::Window(_) | Limit::Count { .. } | Limit::Time { .. } => None,
        }
    }

    fn has_tries(&self, policy: &Policy, now: T) -> bool {
        match policy.limit {
            Limit::Time { span, .. } => self.from.is_none_or(|from| now.since(from) <= span),
            Limit::None | Limit::Window(_) | Limit::Count { .. } => policy.allows_after(self.tries),
        }
    }

    fn open_window(&mut self, policy: &Policy, now: T) {
        match policy.limit {
            Limit::Window(_) | Limit::Time { .. } => {
                self.from.get_or_insert(now);
            }
            Limit::None | Limit::Count { .. } => {}
        }
    }

    /// What time alone changes: a moment that lies in the future was written by a clock that has been stepped back since
    /// and counts as now (T1); a success may have lasted (R3); a window may be over (R8).
    fn settle(&mut self, policy: &Policy, now: T) {
        for moment in [&mut self.from, &mut self.well_since] {
            // Not `map` with `min`: at opt-level 1, rustc 1.95 then takes a `None` of such a moment for a `Some` further on.
            if moment.is_some_and(|moment| moment > now) {
                *moment = Some(now);
            }
        }
        if self.well_since.is_some_and(|since| now.since(since) >= policy.stable) {
            // A window without a failure was opened by the try that is under way.
            *self = Self { from: if self.tries == 0 { self.from } else { None }, ..Self::new() };
        }
        let is_over = match policy.limit {
            Limit::None => true,
            Limit::Window(Tries { window, .. }) => self.from.is_none_or(|from| now.since(from) >= window),
            Limit::Time { .. } => self.from.is_none(),
            Limit::Count { .. } => false,
        };
        if is_over {
            self.from = None;
            self.tries = 0;
        }
    }
}
