//! Hunts: the same seeds find the same, what they reach is enough, and what they find is made small and kept.
#![cfg(feature = "check")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

use imesim::check::hunt::{Base, GOALS, Ground, Options, hunt, minimize, scenario_of};

/// The seeds of this suite; others are for exploring.
const SEEDS: std::ops::Range<u64> = 1..1_501;

#[test]
fn no_invariant_breaks_in_the_office() {
    let base = Base::office();
    let found = hunt(&base, &Options { seeds: SEEDS, ..Options::default() }).expect("the office can be cast");
    if let Some((case, failure)) = &found.failure {
        let ground = Ground::new(&base).expect("the office can be cast");
        let (small, why) = minimize(&ground, case, failure.violation.invariant, 2_000, |_| {});
        let why = why.unwrap_or_else(|| failure.clone());
        let text = scenario_of(&base, &ground, &small, &why);
        panic!("seed {}: {}\n{:#?}\n{text}", case.seed, why.violation, why.entries);
    }
    assert_eq!(found.seeds, SEEDS.end - SEEDS.start);
    for goal in GOALS {
        assert!(found.coverage.goals.get(goal).is_some_and(|worlds| *worlds > 0), "{goal}: never");
    }
}
