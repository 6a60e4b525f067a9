//! Retry and backoff: the contract over arbitrary figures and sequences, whole fleets in an outage, and the machines beside
//! the policies that state their rules.
//!
//! R1 to R9, T1, T5 and T6 are those of `imesim::retry`. The cases are fixed by their seeds; see [`common::run`] for exploring.
#![allow(clippy::disallowed_methods, reason = "a seed for exploring comes from the environment")]
#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail where it stands, and looks at the variants it is about"
)]

#[path = "properties/common.rs"]
mod common;
#[path = "retry/contract.rs"]
mod contract;
#[path = "retry/figures.rs"]
mod figures;
#[path = "retry/machines.rs"]
mod machines;
#[path = "retry/outage.rs"]
mod outage;
#[path = "retry/resume.rs"]
mod resume;

use std::cell::Cell;

use imesim::retry::{Policy, Spread, Tries};
use imesim::time::Span;
use proptest::collection::vec;
use proptest::prelude::*;

// Parsed, not validated: what `Policy::new` takes keeps the contract, and it takes everything that does.
#[test]
fn figures_are_taken_if_they_can_keep_the_contract() {
    let taken = Cell::new(0_u32);
    let suite = common::run(11, 20_000, &figures::anything(), |figures, suite| {
        suite.steps += 1;
        let result = Policy::new(figures);
        taken.set(taken.get() + u32::from(result.is_ok()));
        common::ensure(result.is_ok() == figures::can_keep(&figures), || format!("{figures:?}: {result:?}"))
    });
    common::passes(&suite, 20_000);
    let share = u64::from(taken.get()) * 100 / suite.steps;
    assert!((5..95).contains(&share), "{share} % were taken: that tests one answer only");
}

// R1, R3, R4, R5, R8, T6: on a clock that only goes forward, everything that is said is right.
#[test]
fn a_retry_keeps_the_contract_whatever_happens() {
    let case = (figures::valid(), vec(contract::step(false), 1..120));
    let suite = common::run(12, 4_000, &case, |(figures, steps), suite| {
        let mut driver = contract::Driver::new(&figures, suite);
        steps.iter().try_for_each(|step| driver.step(*step))
    });
    common::passes(&suite, 200_000);
}

// T1, T5, T6: on a clock that is stepped either way, from any state that a file may hold.
#[test]
fn a_stepped_clock_holds_nothing_back_for_longer_than_one_window() {
    let case = (figures::valid(), contract::stored(), vec(contract::step(true), 1..120));
    let suite = common::run(13, 4_000, &case, |(figures, stored, steps), suite| {
        let mut driver = contract::Driver::restored(&figures, suite, &stored);
        steps.iter().try_for_each(|step| driver.step(*step))
    });
    common::passes(&suite, 200_000);
}

// R2: the waits at the cap fill all of their spread, evenly.
#[test]
fn waits_at_the_cap_differ_by_the_stated_share() {
    let suite = common::run(14, 2_000, &(figures::valid(), 66..200_u16), |(mut figures, failures), suite| {
        suite.steps += 1;
        // A bound that is not reached, so that every failure is answered with a wait.
        figures.tries = figures.tries.map(|_| Tries { max: u32::MAX, window: Span::MAX });
        figures.period = Span::ZERO;
        let policy = Policy::new(figures).unwrap();
        let cap = policy.range(u16::MAX).min;
        let stated = match figures.spread {
            Spread::Permille(permille) => {
                (u128::from(cap.as_millis()) * u128::from(permille) / 1_000).try_into().unwrap()
            }
            Spread::UpTo(span) => span.as_millis(),
        };
        contract::spread_is(&policy, failures, cap, stated)
    });
    common::passes(&suite, 2_000);
}

// R7, R8: somebody who does as told asks no more often in error than in success, and no more often than a window
// allows, whatever hints come.
#[test]
fn whoever_does_as_told_is_never_faster_in_error() {
    let case = (figures::valid(), any::<u64>(), vec(figures::passage(), 300));
    let suite = common::run(15, 2_000, &case, |(figures, draw, hints), suite| {
        suite.steps += 300;
        contract::rate_holds(&figures, draw, &hints)
    });
    common::passes(&suite, 500_000);
}
