//! Fleets whose service has limits: the load of a window decides the answers in the next one.
#![cfg(feature = "fleet")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use imesim::fleet::{FleetError, FleetReport, Options, Progress, run};
use imesim::scenario::{Overrides, Scenario};
use imesim::time::Span;

/// Laptops that wake at eight in three time zones, and desktops, with a script; `service` is the table of that name.
fn fleet(devices: u64, days: u64, service: &str) -> Scenario {
    let text = format!(
        r#"
        start = "2026-03-02T00:00:00"
        duration = "{days}d"
        [network]
        latency = ["20ms", "220ms"]
        loss = "1%"
        [service]
        {service}
        [[script]]
        name = "rollout"
        outcomes = "weighted"
        outcome = [{{ weight = 80, exit = 0, duration = "20s" }}, {{ weight = 20, exit = 1, duration = "5s" }}]
        [[at]]
        at = "6h"
        do = "assign"
        content = "rollout"
        group = "all-devices"
        [[population]]
        name = "laptop"
        count = 8
        zone = {{ "Europe/Berlin" = 2, "America/New_York" = 1, "Asia/Kolkata" = 1 }}
        awake = {{ workdays = "08:00-17:00" }}
        spread = "10m"
        users = ["owner"]
        signs_in = true
        restart_every = "3d"
        [[population]]
        name = "desktop"
        count = 2
        "#
    );
    let overrides = Overrides { devices: Some(devices), ..Overrides::default() };
    Scenario::parse(&text, "fleet.toml", &overrides).expect("the fleet is right")
}

fn report(scenario: &Scenario, threads: usize) -> FleetReport {
    run(scenario, Options { threads, ..Options::default() }, |_| {}).expect("it can be run")
}

fn as_json(report: &FleetReport) -> String {
    serde_json::to_string(report).expect("a report is plain data")
}

/// A service that can take everything is as good as one without limits, in windows of any length.
#[test]
fn limits_that_are_not_reached_change_nothing() {
    let free = as_json(&report(&fleet(400, 3, ""), 2));
    for window in ["1s", "1m", "7m", "1h", "1d"] {
        let limits = format!("requests_per_minute = 1000000\nwindow = \"{window}\"");
        assert_eq!(free, as_json(&report(&fleet(400, 3, &limits), 2)), "windows of {window}");
    }
}

const TIGHT: &str = "requests_per_minute = 8\nqueue = 12\npushes_per_minute = 20";

#[test]
fn a_busy_service_gives_the_same_on_any_number_of_threads() {
    let scenario = fleet(600, 2, TIGHT);
    let one = report(&scenario, 1);
    assert!(one.load.refused > 100, "{} refused", one.load.refused);
    assert!(one.load.longest_wait >= Span::secs(30), "{}", one.load.longest_wait);
    for threads in [2, 3, 4] {
        let other = report(&scenario, threads);
        assert_eq!(one.digest, other.digest, "{threads} threads");
        assert_eq!(as_json(&one), as_json(&other), "{threads} threads");
    }
}

// B-13.4, B-4.25: what is refused is not tried again before the next timer, so a rollout takes longer.
#[test]
fn b_13_4_limits_make_a_rollout_slower() {
    let (free, busy) = (report(&fleet(600, 2, ""), 2), report(&fleet(600, 2, TIGHT), 2));
    let done = |report: &FleetReport| report.scripts[0].done;
    assert!(done(&busy) < done(&free) * 9 / 10, "{} and {}", done(&busy), done(&free));
    assert_ne!(free.digest, busy.digest);
}

#[test]
fn a_service_without_capacity_is_an_outage() {
    let report = report(&fleet(50, 1, "requests_per_minute = 0\nrefusal = 503"), 2);
    assert_eq!(report.scripts[0].done, 0);
    // The first window is answered, for nothing is known before it.
    assert!(report.load.refused > 0 && report.load.refused * 10 > report.load.requests * 8);
}

#[test]
fn what_would_not_fit_is_refused_before_it_starts() {
    let options = Options { memory: Some(2_000_000), ..Options::default() };
    let error = run(&fleet(100_000, 1, TIGHT), options, |_| {}).expect_err("100,000 devices take more than 2 MB");
    let FleetError::Memory { devices: 100_000, needed, allowed: 2 } = error else { panic!("{error}") };
    assert!((100..300).contains(&needed), "{needed} MB");
    // Without limits nothing is held, so any number of devices fits.
    assert!(run(&fleet(100, 1, ""), Options { memory: Some(1), ..Options::default() }, |_| {}).is_ok());
}

#[test]
fn a_run_that_is_stopped_reports_what_it_has() {
    for service in ["", TIGHT] {
        let (stop, steps) = (AtomicBool::new(false), AtomicU64::new(0));
        let options = Options { threads: 2, stop: Some(&stop), ..Options::default() };
        let report = run(&fleet(2_000, 2, service), options, |progress| {
            let enough = match progress {
                Progress::Devices(done) => steps.fetch_add(done, Ordering::Relaxed) >= 500,
                Progress::Time(time) => time >= Span::hours(12),
            };
            stop.fetch_or(enough, Ordering::Relaxed);
        });
        let report = report.expect("it can be run");
        assert!(report.is_partial, "{service}");
        assert!(report.devices < 2_000 || report.duration < Span::days(1), "{service}");
        assert!(report.events > 0 && report.load.requests > 0);
    }
}
