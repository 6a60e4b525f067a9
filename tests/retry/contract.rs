//! One retry among arbitrary failures, successes, hints and steps of the clock, beside a plain memory of what happened.

use imesim::retry::{Figures, Next, Policy, Retry};
use imesim::time::{Awake, Span, Wall};
use proptest::prelude::*;

use super::common::{Checked, START, Suite, ensure};
use super::figures::{longest, passage};

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Pass(Span),
    /// Up to the moment at which the next try is due.
    ToDue,
    Begin,
    Fail(u64),
    Succeed,
    Hint,
    /// The clock is stepped, and the retry is told or not.
    Clock {
        back: bool,
        by: Span,
        told: bool,
    },
}

pub(crate) fn step(clock: bool) -> impl Strategy<Value = Step> {
    let stepped = (any::<bool>(), passage(), any::<bool>());
    prop_oneof![
        3 => passage().prop_map(Step::Pass),
        4 => Just(Step::ToDue),
        2 => Just(Step::Begin),
        8 => any::<u64>().prop_map(Step::Fail),
        2 => Just(Step::Succeed),
        3 => Just(Step::Hint),
        if clock { 3 } else { 0 } => stepped.prop_map(|(back, by, told)| Step::Clock { back, by, told }),
    ]
}

/// The bytes of a state, as a file may hold them: two moments, two counts and a place.
pub(crate) fn stored() -> impl Strategy<Value = Vec<u8>> {
    let moment = || proptest::option::of(1..u64::MAX);
    (moment(), moment(), any::<u32>(), any::<u16>(), any::<u16>())
        .prop_map(|state| postcard::to_allocvec(&state).unwrap())
}

/// What is remembered of the past, on a clock that only goes forward.
#[derive(Default)]
struct Past {
    /// Failures since the last success that lasted.
    streak: u32,
    /// The first success since the last failure.
    well_since: Option<Wall>,
    /// The wait that followed the last failure of the streak.
    last_wait: Option<Span>,
    /// The present window: its start, and its failures.
    window: Option<(Wall, u32)>,
}

impl Past {
    /// R3, R8: what is over by now.
    fn forget(&mut self, figures: &Figures, now: Wall) {
        if self.well_since.is_some_and(|since| now.since(since) >= figures.stable) {
            // A try that began since opened a window of its own.
            let window = self.window.filter(|(_, failed)| *failed == 0);
            *self = Self { window, ..Self::default() };
        }
        if let (Some(tries), Some((from, _))) = (figures.tries, self.window)
            && now.since(from) >= tries.window
        {
            self.window = None;
        }
    }

    fn begin(&mut self, figures: &Figures, now: Wall) {
        self.forget(figures, now);
        if figures.tries.is_some() {
            self.window.get_or_insert((now, 0));
        }
    }
}

/// A retry in the hands of a test.
pub(crate) struct Driver<'s> {
    figures: &'s Figures,
    policy: Policy,
    retry: Retry<Wall>,
    now: Wall,
    due: Wall,
    /// None once the clock may be stepped: then less can be foretold.
    past: Option<Past>,
    suite: &'s mut Suite,
}

impl<'s> Driver<'s> {
    pub(crate) fn new(figures: &'s Figures, suite: &'s mut Suite) -> Self {
        let policy = Policy::new(*figures).unwrap();
        let (retry, now, past) = (Retry::new(), START.wall, Some(Past::default()));
        Self { figures, policy, retry, now, due: now, past, suite }
    }

    pub(crate) fn restored(figures: &'s Figures, suite: &'s mut Suite, bytes: &[u8]) -> Self {
        let retry = postcard::from_bytes(bytes).expect("every state can be read");
        Self { retry, past: None, ..Self::new(figures, suite) }
    }

    pub(crate) fn step(&mut self, step: Step) -> Checked {
        self.suite.steps += 1;
        match step {
            Step::Pass(span) => self.now = self.now.after(span),
            Step::ToDue => {
                // A wait of ages is not lived through: what comes after it could not be told apart from the end of time.
                if self.due.since(self.now) < Span::days(10_000) {
                    self.now = self.now.max(self.due);
                }
            }
            Step::Begin => {
                if let Some(past) = &mut self.past {
                    past.begin(self.figures, self.now);
                }
                self.retry.on_begin(&self.policy, self.now);
            }
            Step::Fail(draw) => self.fail(draw)?,
            Step::Succeed => self.succeed()?,
            Step::Hint => self.hint()?,
            Step::Clock { back, by, told } => {
                self.now = if back { self.now.before(by) } else { self.now.after(by) };
                if told {
                    self.due = self.retry.on_clock_changed(&self.policy, self.now, self.due);
                    self.due_is_near()?;
                }
            }
        }
        self.opens_again()
    }

    fn fail(&mut self, draw: u64) -> Checked {
        let next = self.retry.on_failure(&self.policy, draw, self.now);
        ensure(self.retry.is_failing(), || "a failure does not count as one".to_owned())?;
        match next {
            Next::After(wait) => {
                self.due = self.now.after(wait);
                // R1, T6.
                let bounds = self.figures.base..=longest(self.figures);
                ensure(bounds.contains(&wait), || format!("a wait of {wait} is not within {bounds:?}"))?;
                let range = self.policy.range(self.retry.streak());
                ensure((range.min..=range.max).contains(&wait), || format!("{wait} is not within {range:?}"))?;
            }
            Next::GiveUpUntil(at) => {
                self.due = at;
                // R5: a second look, ahead and no further than one window or wait (T1), and not before the base (R1).
                let most = self.figures.tries.expect("giving up has a bound").window.max(longest(self.figures));
                ensure(at > self.now && at <= self.now.after(most), || format!("given up until {at}"))?;
                ensure(at >= self.now.after(self.figures.base), || format!("given up until {at} only"))?;
            }
            Next::LeftTo(rule) => return ensure(false, || format!("left to {rule} without being a rule")),
        }
        let Some(past) = &mut self.past else { return Ok(()) };
        past.begin(self.figures, self.now);
        past.streak += 1;
        past.well_since = None;
        let streak = past.streak;
        ensure(u32::from(self.retry.streak()) == streak, || format!("streak {} not {streak}", self.retry.streak()))?;
        if let Some((_, failed)) = &mut past.window {
            *failed += 1;
        }
        match (next, self.figures.tries, past.window) {
            (Next::After(wait), tries, window) => {
                // R8.
                let is_open = tries.is_none_or(|tries| window.is_some_and(|(_, failed)| failed < tries.max));
                ensure(is_open, || format!("one more try in {window:?}"))?;
                // R1.
                let last = past.last_wait.replace(wait);
                ensure(last.is_none_or(|last| last <= wait), || format!("{wait} after {last:?}"))
            }
            (Next::GiveUpUntil(at), Some(tries), Some((from, failed))) => {
                ensure(failed >= tries.max, || format!("given up after {failed} tries"))?;
                let opens = from.after(tries.window);
                ensure(at >= opens, || format!("a window from {from} ends at {at}"))?;
                let range = self.policy.range(self.retry.streak());
                let is_late = at > opens && (at < self.now.after(range.min) || at > self.now.after(range.max));
                ensure(!is_late, || format!("a window that ends at {opens} is given up until {at}"))
            }
            (next, ..) => ensure(false, || format!("{next:?} without a window")),
        }
    }

    fn succeed(&mut self) -> Checked {
        self.retry.on_success(&self.policy, self.now);
        ensure(!self.retry.is_failing(), || "a success counts as a failure".to_owned())?;
        let Some(past) = &mut self.past else { return Ok(()) };
        past.forget(self.figures, self.now);
        past.well_since.get_or_insert(self.now);
        past.forget(self.figures, self.now);
        if past.window.is_some_and(|(_, failed)| failed == 0) || past.streak == 0 {
            past.window = None;
        }
        // R3.
        let streak = past.streak;
        ensure(u32::from(self.retry.streak()) == streak, || format!("streak {} not {streak}", self.retry.streak()))
    }

    fn hint(&mut self) -> Checked {
        let (before, was_failing) = (self.due, self.retry.is_failing());
        let is_open = self.retry.is_open(&self.policy, self.now);
        self.due = self.retry.on_hint(&self.policy, self.now, before);
        let cut = self.due != before;
        ensure(!cut || was_failing && is_open, || "a hint moved what is no wait for a retry".to_owned())?;
        let Some(hint) = self.figures.hint.filter(|_| was_failing && is_open) else {
            return ensure(!cut, || format!("moved from {before} to {}", self.due));
        };
        // R4: ahead, bounded, not later than before unless that had passed (T3).
        let floor = self.figures.base.max(Span::millis(1));
        ensure(self.due > self.now, || format!("due at {} at once", self.due))?;
        ensure(self.due <= self.now.after(hint), || format!("due at {} in spite of a hint", self.due))?;
        ensure(!cut || self.due >= self.now.after(floor), || format!("cut to {}", self.due))?;
        ensure(before <= self.now || self.due <= before, || format!("moved from {before} to {}", self.due))
    }

    /// T5: after a stepped clock, no further ahead than one wait or one window.
    fn due_is_near(&self) -> Checked {
        let window = self.figures.tries.map_or(Span::ZERO, |tries| tries.window);
        let most = longest(self.figures).max(window);
        ensure(!self.retry.is_failing() || self.due <= self.now.after(most), || format!("due at {}", self.due))
    }

    /// R5, R8, T1: whatever happened, one window from now a try may begin.
    fn opens_again(&mut self) -> Checked {
        let mut later = self.retry;
        let is_open = later.is_open(&self.policy, self.now);
        let at = later.opens_at(&self.policy, self.now);
        ensure(is_open == at.is_none(), || format!("open: {is_open}, opens at {at:?}"))?;
        if let Some(past) = &mut self.past {
            past.forget(self.figures, self.now);
            let failed = past.window.map_or(0, |(_, failed)| failed);
            let expected = self.figures.tries.is_none_or(|tries| failed < tries.max);
            ensure(is_open == expected, || format!("open: {is_open} after {failed} tries"))?;
        }
        let Some(at) = at else { return Ok(()) };
        let window = self.figures.tries.map_or(Span::ZERO, |tries| tries.window);
        ensure(at > self.now && at <= self.now.after(window), || format!("opens at {at}"))?;
        // A success that lasts opens it before (R3); nothing else does.
        let early = later.is_failing() && later.is_open(&self.policy, at.before(Span::millis(1)));
        ensure(!early, || format!("open before {at}"))?;
        ensure(at == Wall::MAX || later.is_open(&self.policy, at), || format!("shut at {at}"))
    }
}

/// R2: after so many failures, draws from lowest to highest give waits from the cap to the cap and `stated` more.
pub(crate) fn spread_is(policy: &Policy, failures: u16, cap: Span, stated: u64) -> Checked {
    let mut last = None;
    for quarter in 0..=4_u64 {
        let draw = (u128::from(u64::MAX) * u128::from(quarter) / 4) as u64;
        let mut retry = Retry::new();
        let next = (0..failures).map(|_| retry.on_failure(policy, draw, Awake::MIN)).last();
        let Some(Next::After(wait)) = next else { return ensure(false, || format!("{next:?}")) };
        let wanted = u128::from(cap.as_millis()) + u128::from(stated) * u128::from(quarter) / 4;
        let off = u128::from(wait.as_millis()).abs_diff(wanted);
        // The ends exactly, and in between one of the 65,535 steps of a spread.
        let allowed = if quarter % 4 == 0 { 0 } else { u128::from(stated) / 65_535 + 1 };
        ensure(off <= allowed, || format!("{quarter}/4 of the spread is a wait of {wait}, not {wanted} ms"))?;
        ensure(last.is_none_or(|last| last <= wait), || format!("{wait} after {last:?}"))?;
        last = Some(wait);
    }
    Ok(())
}

/// R7, R8: tries at every moment that is named, each of them failing, with hints in between.
pub(crate) fn rate_holds(figures: &Figures, draw: u64, hints: &[Span]) -> Checked {
    let policy = Policy::new(*figures).unwrap();
    let (start, mut retry) = (Awake::at(Span::days(1)), Retry::new());
    let (mut now, mut due, mut tries) = (start, start, 0_u128);
    for hint in hints {
        // A hint before the try is due cuts the wait.
        let hinted = now.after(*hint);
        if hinted < due {
            now = hinted;
            due = retry.on_hint(&policy, now, due);
        }
        if due.since(start) > Span::days(1_000_000) {
            break;
        }
        now = due;
        retry.on_begin(&policy, now);
        tries += 1;
        due = match retry.on_failure(&policy, draw, now) {
            Next::After(wait) => now.after(wait),
            Next::GiveUpUntil(at) => at,
            Next::LeftTo(rule) => return ensure(false, || format!("left to {rule}")),
        };
        let passed = u128::from(now.since(start).as_millis());
        if let Some(bound) = figures.tries {
            let windows = passed / u128::from(bound.window.as_millis()) + 1;
            ensure(tries <= windows * u128::from(bound.max), || format!("{tries} tries in {windows} windows"))?;
        }
        if !figures.period.is_zero() && figures.base >= figures.period {
            let periods = passed / u128::from(figures.period.as_millis()) + 1;
            ensure(tries <= periods, || format!("{tries} tries in {periods} periods"))?;
        }
    }
    Ok(())
}
