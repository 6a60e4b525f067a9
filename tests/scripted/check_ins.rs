//! When the agent checks in, what it tries again, and what it lets be.

use imesim::agent::{Event, SyncRequest};
use imesim::driver::scripted::{Script, script};
use imesim::protocol::Workload::{AvailableApp, Compliance, Remediation, RequiredApp};
use imesim::protocol::{Answer, Failure, ScriptResult, Workload};
use imesim::time::Span;

use super::{scripts, start_with_nothing};

// B-4.8: scripts, then required apps, then available apps once those have ended; the others on their own line.
#[test]
fn b_4_8_the_start_sequence_goes_from_scripts_to_apps() {
    let mut t = Script::new().jitter_off().installed("1.94.0.0");
    t.at("0s").service_starts();
    let poll = t.expect_poll(Workload::Script).left_open();
    t.expect_poll(Remediation).answer_nothing();
    t.expect_poll(Compliance).answer_nothing();
    t.expect_nothing_now();
    t.at("10s").answers(poll, &Answer::Scripts(vec![script(1)].into()));
    t.expect_run(1).after("1m").exits(0);
    let poll = t.expect_poll(RequiredApp).left_open();
    t.expect_nothing_now();
    t.expect_quiet_until("1m12s").answers(poll, &Answer::Nothing);
    t.expect_poll(AvailableApp).answer_nothing();
    t.expect_report(1).of(ScriptResult::Success).taken();
    t.expect_quiet_until("1h");
    t.expect_note("B-4.8");
}

// B-4.8, B-4.9: nothing of any kind before D0 is over, and what is asked for meanwhile is kept.
#[test]
fn b_4_9_nothing_begins_before_the_start_delay_is_over() {
    let mut t = Script::new().only(&[Workload::Script, RequiredApp]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.at("10s").syncs(SyncRequest::ServiceControl(200)).expect_nothing_now();
    t.at("30s").expect_poll(RequiredApp).answer_nothing();
    t.at("1m").expect_poll(Workload::Script).answer_scripts([]);
    t.expect_poll(RequiredApp).answer_nothing();
}

// B-4.12: with jitter off the start-time polls are at 0, required apps each hour, scripts each 8 h.
#[test]
fn b_4_12_the_grid_without_jitter() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script, RequiredApp]).reports_in_background();
    t = t.installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).exits(0);
    t.expect_poll(RequiredApp).answer_nothing();
    for hour in 1..=16 {
        t.at(&format!("{hour}h")).expect_poll(RequiredApp).answer_nothing();
        if hour % 8 == 0 {
            t.expect_poll(Workload::Script).answer_scripts([script(1)]);
        }
    }
    t.expect_quiet_until("17h");
}

// B-4.5, B-4.12: as long as no poll has returned a script, the next one is 24 h away.
#[test]
fn b_4_5_an_idle_device_polls_for_scripts_once_a_day() {
    let mut t = scripts().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([]);
    t.at("24h").expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).exits(0);
    assert_eq!(
        t.expect_note("B-4.5"),
        Event::CheckIn {
            workload: Workload::Script,
            cause: imesim::agent::Cause::Timer,
            user: imesim::protocol::UserId::DEVICE,
        }
    );
    assert_eq!(t.expect_note("B-4.5"), Event::ScriptInterval { every: Span::hours(8) });
    t.at("32h").expect_poll(Workload::Script).answer_scripts([script(1)]);
}

// B-4.17: a sign-in starts a script poll 30 s later, then an app check for that user; lock and unlock start nothing.
#[test]
fn b_4_17_a_sign_in_is_followed_by_a_check_in_for_the_user() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script, RequiredApp]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([]);
    t.expect_poll(RequiredApp).answer_nothing();
    t.at("10m").signs_in(1);
    t.at("10m30s").expect_poll(Workload::Script).for_user(1).answer_scripts([]);
    t.expect_poll(RequiredApp).for_user(1).answer_nothing();
    t.expect_quiet_until("1h");
}

// B-4.24: after a failure to resolve the name a web call is made 3 times in all, and then the check-in has failed.
#[test]
fn b_4_24_three_attempts_when_the_name_is_not_resolved() {
    let mut t = scripts().installed("1.94.0.0");
    t.at("0s").service_starts();
    for _ in 0..3 {
        t.expect_poll(Workload::Script).fails(Failure::NameResolution);
    }
    t.expect_nothing_now();
    assert_eq!(t.expect_note("B-4.24"), Event::RequestRepeated { workload: Workload::Script, attempt: 2 });
    assert_eq!(t.expect_note("B-4.24"), Event::RequestRepeated { workload: Workload::Script, attempt: 3 });
    let failed = Event::CheckInFailed { workload: Workload::Script, failure: Failure::NameResolution };
    assert_eq!(t.expect_note("B-4.24"), failed);
    t.expect_quiet_until("24h");
}

// B-4.24: without a network the check-in fails at once and is not queued.
#[test]
fn b_4_24_no_network_is_not_tried_again() {
    let mut t = scripts().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).fails(Failure::NoNetwork);
    t.expect_quiet_until("24h");
    t.expect_poll(Workload::Script).answer_scripts([]);
}

// B-4.25: 429 and 401 are not worth repeating.
#[test]
fn b_4_25_no_retry_on_429_or_401() {
    for status in [429, 401] {
        let mut t = scripts().installed("1.94.0.0");
        t.at("0s").service_starts();
        t.expect_poll(Workload::Script).fails(Failure::Status(status));
        t.expect_note("B-4.25");
        t.expect_quiet_until("24h");
    }
    let mut t = scripts().set("ime.on_429", "retry").installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).fails(Failure::Status(429));
    t.expect_poll(Workload::Script).fails(Failure::Status(429));
    t.expect_poll(Workload::Script).answer_scripts([]);
}

// B-4.26: the agent throttles its own required-app checks and tries again in the next hour.
#[test]
fn b_4_26_the_agent_throttles_itself() {
    let mut t = Script::new().jitter_off().set("ime.self_throttle_limit", "3");
    t = t.only(&[RequiredApp]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_nothing();
    for minute in [10, 20] {
        t.at(&format!("{minute}m")).syncs(SyncRequest::ServiceControl(200));
        t.expect_poll(RequiredApp).answer_nothing();
    }
    t.at("30m").syncs(SyncRequest::ServiceControl(200)).expect_nothing_now();
    assert_eq!(t.expect_note("B-4.26"), Event::SelfThrottled);
    t.at("1h").expect_poll(RequiredApp).answer_nothing();
}

// B-4.28: a check-in due while one of the same workload is running does not take place.
#[test]
fn b_4_28_an_overlapping_check_in_is_dropped() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).installed("1.94.0.0");
    t.at("0s").service_starts();
    let poll = t.expect_poll(RequiredApp).left_open();
    t.at("10s").pushed(1).expect_nothing_now();
    t.expect_note("B-4.28");
    t.at("20s").answers(poll, &Answer::Nothing).expect_nothing_now();
    t.expect_quiet_until("1h");
}

// B-4.28: with `queue_one` exactly one follows, however many were asked for.
#[test]
fn b_4_28_an_overlapping_check_in_follows_with_queue_one() {
    let mut t = Script::new().jitter_off().set("ime.overlap", "queue_one").only(&[RequiredApp]);
    t = t.installed("1.94.0.0");
    t.at("0s").service_starts();
    let poll = t.expect_poll(RequiredApp).left_open();
    t.at("10s").pushed(1).pushed(2).expect_nothing_now();
    t.at("20s").answers(poll, &Answer::Nothing);
    t.expect_poll(RequiredApp).answer_nothing();
    t.expect_quiet_until("1h");
}

// B-4.27: periodic timers count awake time.
#[test]
fn b_4_27_timers_stand_still_in_sleep() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_nothing();
    t.at("1h").expect_poll(RequiredApp).answer_nothing();
    t.at("2h").expect_poll(RequiredApp).answer_nothing();
    t.expect_quiet_until("2h30m").sleeps("3h");
    t.at("6h").expect_poll(RequiredApp).answer_nothing();
}

// B-4.27: with timers on the wall clock, a slot slept through fires once at wake-up and the interval counts from there.
#[test]
fn b_4_27_wall_timers_fire_once_after_sleep() {
    let mut t = Script::new().jitter_off().set("ime.timers_count", "wall").only(&[RequiredApp]);
    t = t.installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_nothing();
    t.at("1h").expect_poll(RequiredApp).answer_nothing();
    t.at("2h").expect_poll(RequiredApp).answer_nothing();
    t.expect_quiet_until("2h30m").sleeps("3h");
    t.at("5h30m").expect_poll(RequiredApp).answer_nothing();
    t.at("6h30m").expect_poll(RequiredApp).answer_nothing();
}

// B-4.29: a connection test fetches no policy, and nothing follows from its failure.
#[test]
fn b_4_29_a_connection_test_fetches_nothing() {
    let mut t = Script::new().jitter_off().set("health.period", "30m").installed("1.94.0.0");
    start_with_nothing(t.at("0s"));
    t.at("30m").expect_connection_test().fails(Failure::TimedOut);
    t.expect_note("B-4.29");
    t.expect_quiet_until("1h");
    t.expect_connection_test().answered();
    t.expect_poll(RequiredApp).answer_nothing();
}
