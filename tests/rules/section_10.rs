//! Rules of section 10 that no scenario can say: figures, and what is not done.
#![allow(clippy::panic, reason = "a test that is not met ends")]

use imesim::agent::{Input, RemovalReason};
use imesim::chance::SpanRange;
use imesim::driver::scripted::{Script, script};
use imesim::facts::product::{HEALTH_PROGRAM, HEALTH_REPORT, HEALTH_RULES, HEALTH_TASK};
use imesim::profile::Profile;
use imesim::protocol::Workload;
use imesim::time::Span;

/// B-10.8, B-10.10: a day and up to an hour, so a stopped service is repaired within 25 hours.
#[test]
fn the_health_task_has_a_period_and_a_delay() {
    let health = Profile::default().health;
    assert_eq!(health.period, Span::days(1));
    assert_eq!(health.random_delay, SpanRange::secs(0, 3600));
    assert_eq!(health.period.saturating_add(health.random_delay.max), Span::hours(25));
}

/// B-10.14: removal is the end of the agent's program and of what it is running, and of nothing else: no effect undoes
/// what scripts or apps have done.
#[test]
fn removal_undoes_nothing() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).reports_in_background().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1), script(2)]);
    t.expect_run(1).exits(0);
    let run = t.expect_run(2).hangs();
    t.at("1m").happens(Input::Remove(RemovalReason::ByHand));
    t.expect_stop(run).expect_uninstall().expect_nothing_now();
    t.expect_quiet_until("10d");
}

/// B-10.8, B-10.9: what a device shows of the health check.
#[test]
fn the_health_check_has_its_names() {
    assert_eq!(HEALTH_TASK, "Intune Management Extension Health Evaluation");
    assert_eq!((HEALTH_PROGRAM, HEALTH_RULES), ("ClientHealthEval.exe", "HealthCheck.xml"));
    assert_eq!(HEALTH_REPORT, "ClientHealth.log");
}
