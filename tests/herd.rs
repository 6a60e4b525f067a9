//! Crowds: what arrives at the service when many devices do the same thing at once (invariants F1 to F3).
#![cfg(feature = "fleet")]

use imesim::fleet::{FleetReport, Kind, Options, run};
use imesim::scenario::{Overrides, Scenario};
use imesim::time::Span;

fn example(name: &str, devices: u64, set: &[(&str, &str)]) -> Scenario {
    let path = format!("{}/examples/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let overrides = Overrides { devices: Some(devices), set, ..Overrides::default() };
    Scenario::load(std::path::Path::new(&path), &overrides).expect("the example is right")
}

fn report(scenario: &Scenario) -> FleetReport {
    run(scenario, Options::default(), |_| {}).expect("it can be run")
}

/// How many of the requests of some hours their busiest minute has, in thousandths.
fn peak_of_hours(report: &FleetReport, hours: std::ops::Range<usize>) -> u64 {
    let requests = report.counts.requests();
    let of_hours = &requests[hours.start * 60..hours.end * 60];
    of_hours.iter().max().copied().unwrap_or(0) * 1_000 / of_hours.iter().sum::<u64>().max(1)
}

// S-33, F3, B-4.9: laptops that wake within ten minutes are spread over more than their waking by the delays after a
// start; without those delays a minute has more of them.
#[test]
fn s_33_a_monday_morning_is_spread_by_the_delays_after_a_start() {
    let spread = report(&example("monday-rush", 2_000, &[("ime.required_app_interval", "1h")]));
    let app = &spread.apps[0];
    let p95 = app.times.p95.expect("95 % have it within four days");
    assert!(p95 > Span::hours(46) && p95 < Span::hours(50), "from Saturday, 10:00, to Monday: {p95}");
    // Monday, 09:00, is 57 hours after the start; ten minutes of waking are a tenth for each of them.
    let permille = peak_of_hours(&spread, 56..58);
    assert!((20..150).contains(&permille), "{permille} permille of two hours in their busiest minute");
    assert!(app.done + app.failed.values().chain(app.pending.values()).map(|cause| cause.count).sum::<u64>() == 2_000);
}

// S-33, F1, B-13.4: with all of its devices the crowd is more than the service of the file takes: answers come late and
// requests are refused, and yet most have the app in the end, and no minute sees a fifth of the downloads begin.
#[test]
fn s_33_a_crowd_that_is_too_large_is_refused_in_part() {
    let busy = report(&example("monday-rush", 20_000, &[]));
    assert!(busy.load.refused > 0 && busy.load.longest_wait >= Span::mins(1), "{:?}", busy.load.longest_wait);
    let downloads = &busy.counts.load[Kind::Download as usize];
    let most = downloads.iter().max().copied().unwrap_or(0);
    assert!((100..20_000 / 5).contains(&most), "{most} downloads begin in one minute");
    let app = &busy.apps[0];
    assert!(app.done > 20_000 * 8 / 10, "{} are done", app.done);
}

// S-08, F1, B-4.24: the real agent calls again at its next turn, so an outage of 28 minutes leaves no crowd and no echo.
#[test]
fn s_08_an_outage_leaves_no_echo_where_nobody_tries_again() {
    let report = report(&example("outage", 2_000, &[]));
    let [outage] = &report.herd.outages[..] else { panic!("{:?}", report.herd) };
    assert_eq!(outage.until.saturating_sub(outage.from), Span::mins(28));
    let drain = outage.drain.expect("load is as before within the run");
    assert!(drain <= Span::hours(2), "{drain}");
    assert!(outage.first_peak <= outage.normal_peak * 3 / 2, "{outage:?}");
    assert!(outage.echo_peak <= outage.normal_peak * 3 / 2, "{outage:?}");
}

// F1: a fleet whose timers all count from the same moment does have peaks, and the check sees them.
#[test]
fn f1_devices_in_step_are_seen_as_a_crowd() {
    let at_once = |delay: &str| {
        let set = [("ime.first_delay.required_app", delay), ("ime.first_delay.script", delay)];
        report(&example("outage", 1_000, &set)).herd.peak_to_mean_milli
    };
    let (apart, in_step) = (at_once("[0, 3600]"), at_once("0s"));
    assert!(in_step > apart, "{in_step} and {apart}");
}

// F2: a device that is always on is heard of at least once in each interval and its delays, so that a threshold above
// them never takes it for offline, and one below does.
#[test]
fn f2_a_threshold_below_the_interval_takes_healthy_devices_for_offline() {
    let report = report(&example("outage", 500, &[]));
    let ages = report.counts.freshness.ages.as_ref().expect("the service heard of them");
    let (interval, slack) = (Span::hours(1), Span::mins(10));
    assert_eq!(report.counts.freshness.never, 0);
    assert!(ages.max() <= interval.saturating_add(slack).as_secs(), "{} s", ages.max());
    assert!(ages.max() > interval.as_secs() / 2, "a threshold of half an interval would be wrong");
}

// S-09, F1: after two days without a service all devices are back within one interval, without an echo.
#[test]
fn s_09_everybody_is_back_within_an_interval() {
    let text = r#"
        start = "2026-03-02T00:00:00"
        duration = "5d"
        [[fault]]
        from = "1d"
        until = "3d"
        answer = "timeout"
        [[script]]
        name = "inventory"
        assign = ["all-devices"]
        outcome = { duration = "10s" }
        [[population]]
        name = "desktop"
        count = 1000
    "#;
    let scenario = Scenario::parse(text, "s-09.toml", &Overrides::default()).expect("it is right");
    let report = report(&scenario);
    let [outage] = &report.herd.outages[..] else { panic!("{:?}", report.herd) };
    assert_eq!(outage.until.saturating_sub(outage.from), Span::days(2));
    assert!(outage.drain.expect("it drains") <= Span::hours(2), "{outage:?}");
    assert!(outage.echo_permille <= 500, "{outage:?}");
    assert_eq!(report.counts.freshness.never, 0);
}
