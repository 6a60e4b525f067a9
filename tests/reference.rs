//! A second opinion on the agent: a model of it that was written from the rules, in the simplest form there is, goes
//! through random worlds beside the agent. After every input both must want the same effects in the same order, show users
//! the same, wait for the same deadlines and show the same of themselves.
//!
//! The model shares the plain types of inputs and effects with the crate, the figures of the profile, and the source of random
//! draws; how many are drawn, and with which numbers, is said where the model draws. It shares no other code. What it leaves
//! out: `Effect::Persist`, which asks for durability and is held to its contract by `tests/properties.rs`.
//!
//! | file | owns |
//! |---|---|
//! | `model` | what is true of an agent, and when each timer is due |
//! | `presence` | arrival, service, health task, removal (B-4.8 to B-4.13, section 10) |
//! | `check_in` | one check-in, rows of them, periodic timers (B-4.1 to B-4.7, B-4.22 to B-4.28) |
//! | `trigger` | sessions, syncs, pushes (B-4.14 to B-4.21, section 9) |
//! | `script`, `report` | scripts and their reports (section 5, B-13.7) |
//! | `compliance`, `inventory` | discovery scripts, analytics, inventory, policies (B-8.1 to B-8.20) |
//! | `remediation`, `remediation_schedule`, `remediation_report` | remediations (section 6) |
//! | `app`, `app_group` | apps: answers, what is due and what is wanted (B-7.1 to B-7.5, B-7.30 to B-7.36, B-12.13 to B-12.16) |
//! | `app_pass`, `app_enforce`, `app_plan` | their steps, tries and the GRS (B-7.4 to B-7.26, B-7.34, B-7.40a to B-7.53) |
//! | `app_restart`, `app_request`, `app_result` | restarts, what users see, Company Portal, results (B-7.27a to B-7.29, B-7.32, B-7.37, B-7.52 to B-7.59) |
//! | `zone` | local time (B-6.4, B-7.31) |
//! | `esp` | the Enrollment Status Page (B-7.54 to B-7.57) |
//! | `app_world`, `setting`, `world` | the worlds: a service, a network, a host, people, and what befalls them |
//! | `compare`, `show` | both at once |
//! | `reached` | the rules that the worlds must reach |
//! | `findings`, `findings_apps` | where both parted and the agent was wrong |
//!
//! `IMESIM_EXPLORE=12345` runs ten times as many worlds from that seed, `IMESIM_EXPLORE=random` from one nobody has tried.
#![allow(clippy::disallowed_methods, reason = "a seed for exploring comes from the environment")]
#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail where it stands, and looks at the variants it is about"
)]

#[path = "reference/app.rs"]
mod app;
#[path = "reference/app_enforce.rs"]
mod app_enforce;
#[path = "reference/app_group.rs"]
mod app_group;
#[path = "reference/app_pass.rs"]
mod app_pass;
#[path = "reference/app_plan.rs"]
mod app_plan;
#[path = "reference/app_request.rs"]
mod app_request;
#[path = "reference/app_restart.rs"]
mod app_restart;
#[path = "reference/app_result.rs"]
mod app_result;
#[path = "reference/app_world.rs"]
mod app_world;
#[path = "reference/check_in.rs"]
mod check_in;
#[path = "properties/common.rs"]
mod common;
#[path = "reference/compare.rs"]
mod compare;
#[path = "reference/compliance.rs"]
mod compliance;
#[path = "reference/esp.rs"]
mod esp;
#[path = "reference/findings.rs"]
mod findings;
#[path = "reference/findings_apps.rs"]
mod findings_apps;
#[path = "reference/inventory.rs"]
mod inventory;
#[path = "reference/model.rs"]
mod model;
#[path = "reference/presence.rs"]
mod presence;
#[path = "reference/reached.rs"]
mod reached;
#[path = "reference/remediation.rs"]
mod remediation;
#[path = "reference/remediation_report.rs"]
mod remediation_report;
#[path = "reference/remediation_schedule.rs"]
mod remediation_schedule;
#[path = "reference/report.rs"]
mod report;
#[path = "reference/script.rs"]
mod script;
#[path = "reference/setting.rs"]
mod setting;
#[path = "reference/show.rs"]
mod show;
#[path = "reference/trigger.rs"]
mod trigger;
#[path = "reference/world.rs"]
mod world;
#[path = "reference/zone.rs"]
mod zone;

use common::Setting;
use imesim::time::{Span, Wall};
use proptest::strategy::Strategy;
use world::{Step, Work};

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/reference.txt");

/// Runs the worlds of a seed, and asks that they reach what they should.
fn agree(seed: u64, cases: u32, world: impl Strategy<Value = (Setting, Vec<Step>)>, rules: &[&str], steps: u64) {
    let suite = common::run_with(KEPT, (seed, cases), &world, |(setting, steps), suite| {
        // Only what fails is told, so that all the rest is quick.
        compare::run(&setting, &steps, suite, false).or_else(|_| compare::run(&setting, &steps, suite, true))
    });
    common::passes(&suite, steps);
    let reached: Vec<String> = suite.reached.iter().map(ToString::to_string).collect();
    let missed: Vec<&&str> = rules.iter().filter(|rule| !reached.iter().any(|other| other == *rule)).collect();
    assert!(missed.is_empty(), "never noted: {missed:?}; noted: {reached:?}");
}

#[test]
fn the_agent_comes_checks_in_runs_scripts_and_leaves_as_the_model_does() {
    agree(
        11,
        6_000,
        world::case(Work { scripts: 8, discovery: 1, remediations: 1, apps: 1 }, 200),
        reached::PRESENCE_AND_SCRIPTS,
        300_000,
    );
}

#[test]
fn the_agent_looks_after_compliance_and_inventory_as_the_model_does() {
    agree(
        12,
        4_000,
        world::case(Work { scripts: 2, discovery: 10, remediations: 1, apps: 1 }, 200),
        reached::COMPLIANCE_AND_INVENTORY,
        200_000,
    );
}

#[test]
fn the_agent_remedies_as_the_model_does() {
    agree(
        13,
        6_000,
        world::case(Work { scripts: 1, discovery: 1, remediations: 12, apps: 1 }, 240),
        reached::REMEDIATIONS,
        300_000,
    );
}

#[test]
fn the_agent_looks_after_apps_as_the_model_does() {
    agree(
        15,
        4_000,
        world::case(Work { scripts: 1, discovery: 1, remediations: 1, apps: 16 }, 300),
        reached::APPS_IN_TROUBLE,
        300_000,
    );
}

#[test]
fn the_agent_installs_and_removes_as_the_model_does() {
    agree(16, 400, world::busy_with_apps(false, 1_500), reached::APPS, 300_000);
}

#[test]
fn the_agent_serves_company_portal_as_the_model_does() {
    agree(17, 400, world::busy_with_apps(true, 1_500), reached::PORTAL, 300_000);
}

#[test]
fn the_agent_spends_a_calm_week_as_the_model_does() {
    agree(14, 150, world::calm(1_500), &["B-6.27"], 100_000);
}

/// B-6.4, B-7.31: over switches forth and back, among them local times that are left out and that come twice.
#[test]
fn local_time_is_what_the_model_says() {
    let worlds = (setting::stretches(), 0..240_000_u64);
    let suite = common::run_with(KEPT, (18, 20_000), &worlds, |(stretches, secs), suite| {
        suite.steps += 1;
        let zone = setting::zone(stretches);
        let at = common::START.wall.after(Span::secs(secs));
        let local = Wall::from_unix_millis(at.unix_millis() + i64::from(zone.offset_at(at)) * 1_000);
        common::ensure(local == zone::local(&zone, at), || format!("{zone:?} shows {local:?} at {at:?}"))?;
        let moment = zone.moment(at);
        common::ensure(moment == zone::moment(&zone, at), || format!("{zone:?} shows {at:?} at {moment:?}"))
    });
    common::passes(&suite, 20_000);
}
