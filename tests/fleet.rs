//! Fleets: the same for every number of threads, and for a device alone; the table's numbers; errors.
#![cfg(feature = "fleet")]

use std::collections::BTreeMap;

use imesim::fleet::{Cause, FleetReport, Options, run};
use imesim::scenario::{Overrides, Scenario};
use imesim::sim::{Cast, Digest, Nobody};

fn rollout(devices: u64) -> Scenario {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/scenarios/rollout.toml");
    let overrides = Overrides { devices: Some(devices), ..Overrides::default() };
    Scenario::load(std::path::Path::new(file), &overrides).expect("the default fleet is right")
}

fn report(scenario: &Scenario, threads: usize) -> FleetReport {
    run(scenario, Options { threads, ..Options::default() }, |_| {}).expect("it can be run")
}

fn all_of(causes: &BTreeMap<&'static str, Cause>) -> u64 {
    causes.values().map(|cause| cause.count).sum()
}

#[test]
fn results_do_not_depend_on_threads_or_repetition() {
    let scenario = rollout(1_500);
    let one = serde_json::to_string(&report(&scenario, 1)).expect("a report is plain data");
    for threads in [1, 2, 3, 8] {
        let other = serde_json::to_string(&report(&scenario, threads)).expect("a report is plain data");
        assert_eq!(one, other, "{threads} threads");
    }
}

/// Scripts, apps with relations, and remediations at once; what is required ends as wished on nearly every device.
#[test]
fn a_fleet_with_a_full_tenant_does_not_depend_on_threads() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/tenant.toml");
    let overrides = Overrides { devices: Some(300), ..Overrides::default() };
    let scenario = Scenario::load(std::path::Path::new(file), &overrides).expect("the tenant of the benches is right");
    let one = report(&scenario, 1);
    assert_eq!(one.digest, report(&scenario, 2).digest);
    assert_eq!((one.scripts.len(), one.apps.len()), (20, 15));
    for app in &one.apps {
        assert_eq!(app.targeted, 300, "{}", app.name);
        let open: u64 = [&app.failed, &app.pending, &app.unreachable].into_iter().map(all_of).sum();
        assert_eq!(app.done + open, 300, "{}", app.name);
        assert!(app.done > 280, "{}: {} of 300", app.name, app.done);
    }
}

#[test]
fn another_seed_gives_another_digest() {
    let mut scenario = rollout(50);
    let first = report(&scenario, 1).digest;
    scenario.plan.seed = 2;
    assert_ne!(first, report(&scenario, 1).digest);
}

#[test]
fn a_device_alone_does_what_it_did_in_the_fleet() {
    let scenario = rollout(300);
    let cast = Cast::new(&scenario.plan).expect("it can be cast");
    let mut all = Digest::default();
    for number in 0..cast.count() {
        let in_fleet = cast.world(number, Nobody).expect("it is there").run().digest;
        all = all.merged(in_fleet);
        if number % 29 == 0 {
            let alone = scenario.run(Some(&number.to_string())).expect("it can be run alone");
            assert_eq!(alone.digest, in_fleet, "device {number}");
            assert!(!alone.lines.is_empty());
        }
    }
    assert_eq!(all, report(&scenario, 2).digest);
}

#[test]
fn every_device_is_counted_once() {
    let report = report(&rollout(2_000), 2);
    assert_eq!(report.devices, 2_000);
    let script = &report.scripts[0];
    let rest: u64 = [&script.failed, &script.pending, &script.unreachable].into_iter().map(all_of).sum();
    assert_eq!(script.done + rest, script.targeted);
    assert_eq!(script.targeted, 2_000);
    assert_eq!(report.load.by_hour.iter().sum::<u64>(), report.load.requests);
    assert!(script.times.p50 <= script.times.p90);
    assert!(script.unreachable.contains_key("s-mode") && script.unreachable.contains_key("edition"));
}

/// The numbers of a small fleet; they change only when a rule does, and then the change note says which.
#[test]
fn the_numbers_of_a_small_fleet_are_pinned() {
    let mut report = report(&rollout(1_000), 1);
    report.load.by_hour.clear();
    report.scripts[0].curve.clear();
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).expect("a report is plain data"));
}

#[test]
fn too_many_combinations_are_refused_by_name() {
    let mut text = "duration = \"1d\"\n[[population]]\nname = \"many\"\ncount = 10\n".to_owned();
    for (axis, values) in [
        ("os_build", (19_000..19_060).map(|build| format!("\"{build}\" = 1")).collect::<Vec<_>>()),
        ("agent_version", (0..60).map(|n| format!("\"1.{n}.0.0\" = 1")).collect()),
        ("zone", (-11..13).map(|n| format!("\"UTC{n:+}\" = 1")).collect()),
    ] {
        text += &format!("{axis} = {{ {} }}\n", values.join(", "));
    }
    let scenario = Scenario::parse(&text, "many.toml", &Overrides::default()).expect("the file itself is right");
    let error = run(&scenario, Options::default(), |_| {}).expect_err("86,400 combinations are too many");
    assert_eq!(error.to_string(), "population `many` has 86400 combinations of choices; at most 20000 are resolved");
}
