//! Properties of relations between apps over arbitrary graphs: what is built is in order, what goes around is refused,
//! and a plan does what the rules say, however many things fail on the way.
//!
//! The cases are fixed by their seeds; see [`common::run`] for exploring.
#![allow(clippy::disallowed_methods, reason = "a seed for exploring comes from the environment")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

#[path = "properties/common.rs"]
mod common;
#[path = "relations/graphs.rs"]
mod graphs;
#[path = "relations/model.rs"]
mod model;
#[path = "relations/plans.rs"]
mod plans;
#[path = "relations/strategy.rs"]
mod strategy;

use std::collections::BTreeSet;

use imesim::rules::b;

/// B-7.5, B-7.42: members once, children first, in one order only.
#[test]
fn what_is_built_is_in_order() {
    let suite = common::run(21, 3_000, &strategy::graph(), graphs::check_order);
    common::passes(&suite, 3_000);
}

/// B-7.5: no circle is taken, and the one that is named is one.
#[test]
fn what_goes_around_is_refused() {
    let suite = common::run(22, 3_000, &strategy::circle(), graphs::check_circle);
    common::passes(&suite, 3_000);
}

/// B-7.40, B-7.48: a graph is refused exactly if a plain count finds it too large.
#[test]
fn sizes_are_those_of_a_plain_count() {
    let suite = common::run(23, 3_000, &strategy::limited(), graphs::check_sizes);
    common::passes(&suite, 3_000);
    let refused: BTreeSet<_> = [b(7, 40), b(7, 48)].into();
    assert_eq!(suite.reached, refused, "one of the limits was never hit");
}

/// B-7.36: the hash follows what is in a subgraph, and nothing else.
#[test]
fn a_hash_changes_with_the_content() {
    let suite = common::run(24, 1_000, &strategy::graph(), graphs::check_hash);
    common::passes(&suite, 10_000);
}

/// B-7.41 to B-7.53: every step and every reason can be justified, by rules that are simpler than the code.
#[test]
fn a_plan_does_what_the_rules_say() {
    let suite = common::run(25, 10_000, &strategy::situation(), plans::check);
    common::passes(&suite, 10_000);
    let expected: BTreeSet<_> = [41, 43, 47, 50, 51, 53].map(|number| b(7, number)).into();
    assert_eq!(suite.reached, expected, "the cases do not lead everywhere");
}

/// B-7.41: without supersedence a plan installs what a few lines of recursion find.
#[test]
fn dependencies_alone_are_those_of_the_model() {
    let suite = common::run(26, 3_000, &strategy::only(true), plans::check_dependencies);
    common::passes(&suite, 3_000);
}

/// B-7.49 to B-7.52: without dependencies a plan does what a few lines of recursion find.
#[test]
fn supersedence_alone_is_that_of_the_model() {
    let suite = common::run(27, 3_000, &strategy::only(false), plans::check_supersedence);
    common::passes(&suite, 3_000);
}

/// B-7.50: plan by plan, whatever fails, an end is reached; if nothing fails, everything is as wished.
#[test]
fn step_by_step_an_end_is_reached() {
    let suite = common::run(28, 5_000, &strategy::execution(), plans::check_execution);
    common::passes(&suite, 5_000);
}
