//! Properties of the machines over arbitrary inputs and clocks: what must hold, holds after every input.
//!
//! The cases are fixed by their seeds, so that CI tests the same ones every time; see [`common::run`] for exploring.
//! The names T1, C3, X2 and so on are those of the invariant catalogue.
#![allow(clippy::disallowed_methods, reason = "a seed for exploring comes from the environment")]
#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail where it stands, and looks at the variants it is about"
)]

#[path = "properties/agent.rs"]
mod agent;
#[path = "properties/client.rs"]
mod client;
#[path = "properties/common.rs"]
mod common;
#[path = "properties/device.rs"]
mod device;
#[path = "properties/findings.rs"]
mod findings;
#[path = "properties/ledger.rs"]
mod ledger;
#[path = "properties/model.rs"]
mod model;
#[path = "properties/reached.rs"]
mod reached;
#[path = "properties/snapshot.rs"]
mod snapshot;
#[path = "properties/strategy.rs"]
mod strategy;

use std::sync::OnceLock;

use common::Suite;

fn agents() -> &'static Suite {
    static SUITE: OnceLock<Suite> = OnceLock::new();
    SUITE.get_or_init(|| {
        common::run(1, 3_000, &strategy::case(strategy::agent_step(), 200), |(setting, steps), suite| {
            let mut driver = agent::Driver::new(&setting, suite);
            driver.begin()?;
            steps.iter().try_for_each(|step| driver.step(step))
        })
    })
}

/// Agents that mostly work on apps.
fn app_agents() -> &'static Suite {
    static SUITE: OnceLock<Suite> = OnceLock::new();
    SUITE.get_or_init(|| {
        common::run(6, 6_000, &strategy::case(strategy::app_step(), 160), |(setting, steps), suite| {
            let mut driver = agent::Driver::new(&setting, suite);
            driver.begin()?;
            steps.iter().try_for_each(|step| driver.step(step))
        })
    })
}

fn clients() -> &'static Suite {
    static SUITE: OnceLock<Suite> = OnceLock::new();
    SUITE.get_or_init(|| {
        common::run(2, 1_500, &strategy::case(strategy::client_step(), 160), |(setting, steps), suite| {
            let mut driver = client::Driver::new(&setting, suite);
            steps.iter().try_for_each(|step| driver.step(step))
        })
    })
}

fn devices() -> &'static Suite {
    static SUITE: OnceLock<Suite> = OnceLock::new();
    SUITE.get_or_init(|| {
        common::run(3, 1_000, &strategy::case(device::device_step(), 240), |(setting, steps), suite| {
            let mut driver = device::Driver::new(&setting, suite);
            steps.iter().try_for_each(|step| driver.step(step))
        })
    })
}

fn ledgers() -> &'static Suite {
    static SUITE: OnceLock<Suite> = OnceLock::new();
    SUITE.get_or_init(|| {
        common::run(4, 500, &strategy::case(ledger::ledger_step(), 120), |(setting, steps), suite| {
            ledger::check(&setting, &steps, true, suite)?;
            ledger::check(&setting, &steps, false, suite)
        })
    })
}

#[test]
fn an_agent_keeps_its_promises_whatever_happens() {
    common::passes(agents(), 200_000);
}

#[test]
fn an_agent_that_works_on_apps_keeps_its_promises_whatever_happens() {
    common::passes(app_agents(), 200_000);
}

#[test]
fn an_mdm_client_keeps_its_promises_whatever_happens() {
    common::passes(clients(), 100_000);
}

#[test]
fn a_device_keeps_its_promises_whatever_happens() {
    common::passes(devices(), 80_000);
}

#[test]
fn the_service_answers_whatever_it_is_asked() {
    common::passes(ledgers(), 20_000);
}

#[test]
fn a_snapshot_is_read_as_it_was_written_or_not_at_all() {
    let suite = common::run(5, 60, &strategy::case(strategy::agent_step(), 120), |(setting, steps), suite| {
        let mut driver = agent::Driver::new(&setting, suite);
        driver.begin()?;
        steps.iter().try_for_each(|step| driver.step(step))?;
        snapshot::check(&driver.agent, &driver, &setting)
    });
    common::passes(&suite, 2_000);
}

/// A suite that reaches less than it did tests less than it says.
#[test]
fn the_suites_reach_every_rule_that_the_machines_note() {
    let suites = [agents(), app_agents(), clients(), devices(), ledgers()];
    let missed: Vec<String> = reached::EXPECTED
        .iter()
        .filter(|rule| !suites.iter().any(|suite| suite.reached.contains(rule)))
        .map(|rule| rule.to_string())
        .collect();
    assert!(missed.is_empty(), "never noted: {}", missed.join(", "));
    let expected: std::collections::BTreeSet<_> = reached::EXPECTED.iter().collect();
    let more: Vec<String> = suites
        .iter()
        .flat_map(|suite| &suite.reached)
        .filter(|rule| !expected.contains(rule))
        .map(|rule| rule.to_string())
        .collect();
    assert!(more.is_empty(), "noted, and missing in the list: {}", more.join(", "));
}
