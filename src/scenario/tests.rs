//! Tests of the format: what is read, what is refused and how, times and zones, expectations.
#![allow(clippy::expect_used, reason = "these are tests")]

mod apps;
mod expectations;
mod mistakes;
mod populations;
mod reading;

use super::{Overrides, Scenario};

/// Reads a scenario that is known to be right.
fn read(text: &str) -> Scenario {
    Scenario::parse(text, "t.toml", &Overrides::default()).unwrap_or_else(|error| unreachable!("{error}"))
}

/// The error of a scenario that is known to be wrong.
fn refuse(text: &str) -> String {
    Scenario::parse(text, "t.toml", &Overrides::default()).map(|_| ()).expect_err(text).to_string()
}

const FAILING: &str = include_str!("../../examples/scenarios/failing-script.toml");
const SLEEPING: &str = include_str!("../../examples/scenarios/sleeping-laptop.toml");
const FIRST_DAY: &str = include_str!("../../examples/scenarios/first-day.toml");
const ROLLOUT: &str = include_str!("../../examples/scenarios/rollout.toml");
