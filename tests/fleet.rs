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

#[test]
fn sizes_and_lengths_without_sense_are_refused() {
    let read = |devices, duration| {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/scenarios/rollout.toml");
        let overrides = Overrides { devices, duration, ..Overrides::default() };
        Scenario::load(std::path::Path::new(file), &overrides).map(|_| ()).map_err(|error| error.to_string())
    };
    use imesim::time::Span;
    for (devices, duration, told) in [
        (Some(0), None, "--devices: a number of devices of 0 is out of range; allowed 5 to 100000000"),
        (
            Some(100_000_001),
            None,
            "--devices: a number of devices of 100000001 is out of range; allowed 5 to 100000000",
        ),
        (None, Some(Span::ZERO), "--duration: a duration of 0s is out of range; allowed 1ms to 3660d"),
        (None, Some(Span::days(36_525)), "--duration: a duration of 36525d is out of range; allowed 1ms to 3660d"),
    ] {
        let error = read(devices, duration).expect_err("it makes no sense");
        assert!(error.ends_with(told), "{error}");
    }
}

/// A moment, and ten years: what is counted stays small in both.
#[test]
fn the_shortest_and_the_longest_run_have_bins() {
    for (duration, devices) in [("1ms", 3), ("3660d", 1)] {
        let text = format!(
            "duration = \"{duration}\"\n[[script]]\nname = \"s\"\nassign = [\"all-devices\"]\n[[population]]\nname = \"pc\"\ncount = {devices}\nawake = {{ mon = \"09:00-10:00\" }}\n"
        );
        let scenario = Scenario::parse(&text, "long.toml", &Overrides::default()).expect("it is right");
        let report = report(&scenario, 1);
        assert_eq!(report.scripts[0].targeted, devices, "{duration}");
        assert!(report.counts.load[0].len() <= 100_001 && report.scripts[0].curve.len() <= 2_101, "{duration}");
    }
}

/// A group without members aims at nobody, and a content without targets has a row all the same.
#[test]
fn an_empty_group_is_a_row_of_noughts() {
    let text = "[[group]]\nname = \"nobody\"\n[[script]]\nname = \"s\"\nassign = [\"nobody\"]\n[[population]]\nname = \"pc\"\ncount = 4\n";
    let scenario = Scenario::parse(text, "empty.toml", &Overrides::default()).expect("it is right");
    let report = report(&scenario, 2);
    assert_eq!((report.scripts[0].targeted, report.scripts[0].done, report.devices), (0, 0, 4));
    assert_eq!(report.scripts[0].times.p50, None);
}
