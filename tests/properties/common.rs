//! What every suite shares: how it is run, what it has reached, and the two clocks of a device.
#![allow(dead_code, reason = "shared by several test programs; none uses all of it")]

use std::cell::RefCell;
use std::collections::BTreeSet;

use imesim::chance::Chance;
use imesim::content::Library;
use imesim::facts::Facts;
use imesim::profile::Profile;
use imesim::rules::RuleId;
use imesim::time::{Awake, Now, Span, Wake, Wall, Zone};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestCaseError, TestError, TestRunner};

/// The outcome of one step or case.
pub(crate) type Checked = Result<(), TestCaseError>;

/// What a suite has done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suite {
    /// The rules that were noted.
    pub(crate) reached: BTreeSet<RuleId>,
    /// Inputs given.
    pub(crate) steps: u64,
    /// The smallest case that fails, if there is one.
    pub(crate) failure: Option<String>,
}

/// Runs a property over the cases of a fixed seed.
///
/// `IMESIM_EXPLORE=12345` runs ten times as many cases from that seed instead, `IMESIM_EXPLORE=random` from one that
/// nobody has tried; either writes what fails to `proptest-regressions`, and every later run begins with that.
pub(crate) fn run<S: Strategy>(
    seed: u64,
    cases: u32,
    strategy: &S,
    property: impl Fn(S::Value, &mut Suite) -> Checked,
) -> Suite {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/properties.txt");
    run_with(file, (seed, cases), strategy, property)
}

/// [`run`], with a file of its own for what fails.
pub(crate) fn run_with<S: Strategy>(
    file: &'static str,
    (seed, cases): (u64, u32),
    strategy: &S,
    property: impl Fn(S::Value, &mut Suite) -> Checked,
) -> Suite {
    let explore = std::env::var("IMESIM_EXPLORE").ok();
    let (rng_seed, cases) = match explore.as_deref() {
        None => (RngSeed::Fixed(seed), cases),
        Some(text) => (text.parse().map_or(RngSeed::Random, RngSeed::Fixed), cases * 10),
    };
    let config = Config {
        cases,
        rng_seed,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let suite = RefCell::new(Suite::default());
    let result = TestRunner::new(config).run(strategy, |case| property(case, &mut suite.borrow_mut()));
    let mut suite = suite.into_inner();
    suite.failure = result.err().map(|error| match error {
        TestError::Abort(reason) => format!("given up: {reason}"),
        TestError::Fail(reason, case) => format!("{reason}\nsmallest case: {case:?}"),
    });
    suite
}

/// Fails a test with the smallest case of its suite.
pub(crate) fn passes(suite: &Suite, steps_at_least: u64) {
    if let Some(failure) = &suite.failure {
        panic!("{failure}");
    }
    assert!(suite.steps >= steps_at_least, "the suite has tested little: {} steps", suite.steps);
}

/// Fails a step unless a condition holds.
pub(crate) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(TestCaseError::fail(what())) }
}

/// Figures, facts and chance of one case.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) profile: Profile,
    pub(crate) facts: Facts,
    pub(crate) chance: Chance,
    /// What answers name.
    pub(crate) library: Library,
    pub(crate) zone: Zone,
    /// When the device enrolled.
    pub(crate) enrolled: Option<Wall>,
}

/// Shows what differs from the defaults.
impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let default = Profile::default();
        let differs = imesim::profile::params()
            .map(|param| param.name)
            .filter(|name| self.profile.get(name).ok() != default.get(name).ok());
        for name in differs {
            write!(f, "{name} = {:?}, ", self.profile.get(name).unwrap_or_default())?;
        }
        if self.facts != Facts::default() {
            write!(f, "{:?}, ", self.facts)?;
        }
        write!(f, "{:?}", self.chance)
    }
}

/// A passage of time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Passage {
    /// Up to the next deadline and so much longer; both clocks run.
    ToDeadline(Span),
    /// So much time awake.
    Awake(Span),
    /// So much time asleep: awake time stands still.
    Asleep(Span),
}

/// Lets time pass. The clocks saturate far from their ends, so that no case runs into them.
pub(crate) fn pass<T: Copy>(now: Now, passage: Passage, wake: Wake<T>) -> Now {
    match passage {
        Passage::Awake(span) => Now { wall: now.wall.after(span), awake: now.awake.after(span) },
        Passage::Asleep(span) => Now { wall: now.wall.after(span), awake: now.awake },
        Passage::ToDeadline(late) => {
            let wall = wake.wall.map(|(at, _)| at.since(now.wall));
            let awake = wake.awake.map(|(at, _)| at.since(now.awake));
            let span = match (wall, awake) {
                (Some(a), Some(b)) => a.min(b),
                (Some(a), None) | (None, Some(a)) => a,
                (None, None) => Span::ZERO,
            };
            pass(now, Passage::Awake(span.saturating_add(late)), wake)
        }
    }
}

/// Steps the clock of the device, and nothing else.
pub(crate) fn step_clock(now: Now, by: i64) -> Now {
    let span = Span::millis(by.unsigned_abs());
    Now { wall: if by < 0 { now.wall.before(span) } else { now.wall.after(span) }, awake: now.awake }
}

/// True where a clock is so near its end that deadlines cannot be told from it.
pub(crate) fn is_at_an_end(now: Now) -> bool {
    let room = Span::days(200_000);
    now.wall.after(room).since(now.wall) < room || now.awake.after(room).since(now.awake) < room
}

/// True if a deadline is not in the future.
pub(crate) fn is_due<T>(wake: &Wake<T>, now: Now) -> bool {
    wake.wall.as_ref().is_some_and(|(at, _)| *at <= now.wall)
        || wake.awake.as_ref().is_some_and(|(at, _)| *at <= now.awake)
}

/// The moment at which every case begins.
pub(crate) const START: Now = Now { wall: Wall::from_unix_millis(1_750_000_000_000), awake: Awake::MIN };

/// How often a tick at one instant may be repeated before nothing is due any more.
pub(crate) const TICKS_MAX: usize = 8;
