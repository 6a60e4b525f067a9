//! Rules of the agent as dialogues: what happens, what the agent does, what it is answered.
//!
//! Each test names the rule that it holds the agent to. Delays are off, so that times are those of the rules.
#![allow(clippy::panic, reason = "a test that is not met ends")]

use imesim::agent::{Event, Input, SkipReason, StartType, SyncRequest, WaitReason};
use imesim::driver::scripted::{Script, script, user_script};
use imesim::facts::{Edition, Facts, Join};
use imesim::profile::Version;
use imesim::protocol::Workload::{AvailableApp, Compliance, Remediation, RequiredApp};
use imesim::protocol::{Answer, Failure, ScriptPolicy, ScriptResult, Workload};
use imesim::time::Span;

/// An agent that has nothing to do but scripts.
fn scripts() -> Script {
    Script::new().jitter_off().only(&[Workload::Script]).reports_in_background()
}

/// The start sequence with nothing assigned, every poll stated.
fn start_with_nothing(t: &mut Script) {
    t.service_starts();
    t.expect_poll(Workload::Script).answer_scripts([]);
    t.expect_poll(RequiredApp).answer_work(0);
    t.expect_poll(AvailableApp).answer_work(0);
    t.expect_poll(Remediation).answer_work(0);
    t.expect_poll(Compliance).answer_work(0);
    t.expect_nothing_now();
}

// B-4.8: scripts, then required apps, then available apps once those have ended; the others on their own line.
#[test]
fn b_4_8_the_start_sequence_goes_from_scripts_to_apps() {
    let mut t = Script::new().jitter_off().installed("1.94.0.0");
    t.at("0s").service_starts();
    let poll = t.expect_poll(Workload::Script).left_open();
    t.expect_poll(Remediation).answer_work(0);
    t.expect_poll(Compliance).answer_work(0);
    t.expect_nothing_now();
    t.at("10s").answers(poll, &Answer::Scripts(vec![script(1)].into()));
    t.expect_run(1).after("1m").exits(0);
    let poll = t.expect_poll(RequiredApp).left_open();
    t.expect_nothing_now();
    t.expect_quiet_until("1m12s").answers(poll, &Answer::Work(2));
    t.expect_poll(AvailableApp).answer_work(0);
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
    t.at("30s").expect_poll(RequiredApp).answer_work(0);
    t.at("1m").expect_poll(Workload::Script).answer_scripts([]);
    t.expect_poll(RequiredApp).answer_work(0);
}

// B-4.12: with jitter off the start-time polls are at 0, required apps each hour, scripts each 8 h.
#[test]
fn b_4_12_the_grid_without_jitter() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script, RequiredApp]).reports_in_background();
    t = t.installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).exits(0);
    t.expect_poll(RequiredApp).answer_work(0);
    for hour in 1..=16 {
        t.at(&format!("{hour}h")).expect_poll(RequiredApp).answer_work(0);
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
    t.expect_poll(RequiredApp).answer_work(0);
    t.at("10m").signs_in(1);
    t.at("10m30s").expect_poll(Workload::Script).for_user(1).answer_scripts([]);
    t.expect_poll(RequiredApp).for_user(1).answer_work(0);
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
    t.expect_poll(RequiredApp).answer_work(0);
    for minute in [10, 20] {
        t.at(&format!("{minute}m")).syncs(SyncRequest::ServiceControl(200));
        t.expect_poll(RequiredApp).answer_work(0);
    }
    t.at("30m").syncs(SyncRequest::ServiceControl(200)).expect_nothing_now();
    assert_eq!(t.expect_note("B-4.26"), Event::SelfThrottled);
    t.at("1h").expect_poll(RequiredApp).answer_work(0);
}

// B-4.28: a check-in due while one of the same workload is running does not take place.
#[test]
fn b_4_28_an_overlapping_check_in_is_dropped() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).installed("1.94.0.0");
    t.at("0s").service_starts();
    let poll = t.expect_poll(RequiredApp).left_open();
    t.at("10s").pushed(1).expect_nothing_now();
    t.expect_note("B-4.28");
    t.at("20s").answers(poll, &Answer::Work(0)).expect_nothing_now();
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
    t.at("20s").answers(poll, &Answer::Work(0));
    t.expect_poll(RequiredApp).answer_work(0);
    t.expect_quiet_until("1h");
}

// B-4.27: periodic timers count awake time.
#[test]
fn b_4_27_timers_stand_still_in_sleep() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_work(0);
    t.at("1h").expect_poll(RequiredApp).answer_work(0);
    t.at("2h").expect_poll(RequiredApp).answer_work(0);
    t.expect_quiet_until("2h30m").sleeps("3h");
    t.at("6h").expect_poll(RequiredApp).answer_work(0);
}

// B-4.27: with timers on the wall clock, a slot slept through fires once at wake-up and the interval counts from there.
#[test]
fn b_4_27_wall_timers_fire_once_after_sleep() {
    let mut t = Script::new().jitter_off().set("ime.timers_count", "wall").only(&[RequiredApp]);
    t = t.installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_work(0);
    t.at("1h").expect_poll(RequiredApp).answer_work(0);
    t.at("2h").expect_poll(RequiredApp).answer_work(0);
    t.expect_quiet_until("2h30m").sleeps("3h");
    t.at("5h30m").expect_poll(RequiredApp).answer_work(0);
    t.at("6h30m").expect_poll(RequiredApp).answer_work(0);
}

// B-5.3: a failed script is tried again at the next 3 script check-ins, and then left alone: 4 runs in all.
#[test]
fn b_5_3_a_failing_script_runs_four_times() {
    let mut t = scripts().installed("1.94.0.0");
    t.at("0s").service_starts();
    for (attempt, hour) in [0, 8, 16, 24].into_iter().enumerate() {
        t.at(&format!("{hour}h")).expect_poll(Workload::Script).answer_scripts([script(1)]);
        t.expect_run(1).attempt(attempt as u16 + 1).exits(1);
    }
    t.at("32h").expect_poll(Workload::Script).answer_scripts([script(1)]).expect_nothing_now();
    t.expect_note("B-5.6");
    // B-5.6: a new revision is a new instance.
    t.at("40h").expect_poll(Workload::Script).answer_scripts([ScriptPolicy { revision: 2, ..script(1) }]);
    t.expect_run(1).attempt(1).exits(0);
}

// B-5.4: with two retries, 3 runs.
#[test]
fn b_5_4_with_two_retries_it_runs_three_times() {
    let mut t = scripts().set("scripts.max_retries", "2").installed("1.94.0.0");
    t.at("0s").service_starts();
    for hour in [0, 8, 16] {
        t.at(&format!("{hour}h")).expect_poll(Workload::Script).answer_scripts([script(1)]);
        t.expect_run(1).exits(1);
    }
    t.at("24h").expect_poll(Workload::Script).answer_scripts([script(1)]).expect_nothing_now();
}

// B-5.7: a success ends the tries at once.
#[test]
fn b_5_7_a_success_ends_the_retries() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).exits(1);
    t.at("5s").expect_report(1).of(ScriptResult::Failed).taken();
    t.at("8h").expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).exits(0);
    t.at("8h5s").expect_report(1).of(ScriptResult::Success).taken();
    t.at("16h").expect_poll(Workload::Script).answer_scripts([script(1)]).expect_nothing_now();
}

// B-5.9: a poll that fails before any policy is fetched uses up no retry.
#[test]
fn b_5_9_a_failed_poll_uses_up_no_retry() {
    let mut t = scripts().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).attempt(1).exits(1);
    t.at("8h").expect_poll(Workload::Script).fails(Failure::Status(429));
    t.at("16h").expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).attempt(2).exits(0);
}

// B-5.10: a run that is cut off has used up its try, whether the service stops or its process is killed.
#[test]
fn b_5_10_a_run_that_is_cut_off_counts() {
    let mut t = scripts().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    let run = t.expect_run(1).attempt(1).hangs();
    t.at("5m").service_stops().expect_stop(run);
    t.expect_note("B-5.10");
    t.at("10m").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).attempt(2).hangs();
    t.at("15m").killed().service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).attempt(3).exits(0);
}

// B-5.13: scripts run one after another, never side by side.
#[test]
fn b_5_13_scripts_run_one_after_another() {
    let mut t = scripts().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1), script(2), script(3)]);
    let (first, second) = ("7m", "8m");
    t.expect_run(1).after(first).exits(0);
    t.expect_run(2).after(second).exits(1);
    t.expect_run(3).exits(0);
    assert_eq!(t.elapsed(), Span::mins(15));
}

// B-5.15, B-5.13: at 30 minutes a run is ended and has failed; the next one begins not before.
#[test]
fn b_5_15_a_hanging_script_is_ended_after_thirty_minutes() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1), script(2)]);
    let run = t.expect_run(1).hangs();
    t.at("30m").expect_stop(run);
    t.expect_note("B-5.15");
    t.expect_run(2).exits(0);
    t.at("30m5s").expect_report(1).of(ScriptResult::Failed).taken();
    t.expect_report(2).of(ScriptResult::Success).taken();
}

// B-5.19: a user-context script waits for a signed-in user, and waiting uses up no try.
#[test]
fn b_5_19_a_user_script_waits_for_a_user() {
    let mut t = scripts().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([user_script(1)]).expect_nothing_now();
    let Event::ScriptWaits { reason: WaitReason::NoUser, .. } = t.expect_note("B-5.19") else {
        panic!("the wait has a reason")
    };
    t.at("2h").signs_in(1);
    t.at("2h30s").expect_poll(Workload::Script).for_user(1).answer_scripts([user_script(1)]);
    t.expect_run(1).attempt(1).in_session_of(1).exits(0);
}

// B-5.24: text on the error stream is a failure, whatever the exit code; and so is any other exit code than 0.
#[test]
fn b_5_24_text_on_the_error_stream_is_a_failure() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1), script(2)]);
    t.expect_run(1).exits_with_stderr(0);
    t.expect_run(2).exits(3);
    t.expect_report(1).of(ScriptResult::Failed).taken();
    let report = t.expect_report(2).of(ScriptResult::Failed);
    assert_eq!(report.report().exit_code, 3);
    report.taken();
}

// B-1.14, B-1.29: where user-context scripts cannot run, they are fetched once and never run.
#[test]
fn b_1_14_user_scripts_never_run_on_a_registered_device() {
    for (facts, rule, reason) in [
        (Facts { join: Join::Registered, ..Facts::default() }, "B-1.14", SkipReason::UserContextOnRegistered),
        (
            Facts { edition: Edition::MultiSession, os_build: 19_045, ..Facts::default() },
            "B-1.29",
            SkipReason::UserContextOnMultiSession,
        ),
    ] {
        let mut t = scripts().on(facts).installed("1.94.0.0");
        t.at("0s").service_starts();
        t.expect_poll(Workload::Script).answer_scripts([user_script(1), script(2)]);
        t.expect_run(2).exits(0);
        let Event::ScriptSkipped { reason: noted, .. } = t.expect_note(rule) else { panic!("{rule} notes a skip") };
        assert_eq!(noted, reason);
    }
}

// B-10.5a: a check-in that learns that the device is not managed cancels runs at once, and the agent leaves.
#[test]
fn b_10_5a_runs_are_cancelled_when_the_device_is_not_managed() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script, RequiredApp]).reports_in_background();
    t = t.installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(9)]);
    t.expect_run(9).exits(0);
    t.expect_poll(RequiredApp).answer_work(0);
    for hour in 1..=7 {
        t.at(&format!("{hour}h")).expect_poll(RequiredApp).answer_work(0);
    }
    t.at("8h").expect_poll(RequiredApp).answer_work(0);
    t.expect_poll(Workload::Script).answer_scripts([script(1), script(2)]);
    let run = t.expect_run(1).hangs();
    t.at("8h5m").unenrolled().expect_nothing_now();
    t.at("8h15m").pushed(7).expect_poll(RequiredApp).answer_not_managed();
    t.expect_stop(run).expect_uninstall();
    t.expect_note("B-10.5a");
    t.expect_quiet_until("48h");
}

// B-10.5: an unmanaged agent that cannot check in removes itself after 24 h of awake time.
#[test]
fn b_10_5_an_unmanaged_agent_out_of_reach_leaves_after_a_day_awake() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]);
    // Nothing but required apps is due, so nothing reaches the service once those fail.
    for other in ["script_idle", "available_app", "remediation"] {
        t = t.set(&format!("ime.{other}_interval"), "30d");
    }
    t = t.set("cc.fetch_interval", "30d").set("health.period", "30d").installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_work(0);
    t.at("5m").unenrolled();
    for hour in 1..=24 {
        t.at(&format!("{hour}h")).expect_poll(RequiredApp).fails(Failure::NoNetwork);
    }
    t.expect_note("B-10.5");
    t.at("25h").expect_uninstall();
    let Event::AgentRemoved { .. } = t.expect_note("B-10.5") else { panic!("the agent is removed") };
}

// B-10.9: the health task sets the start type and starts the service, and the start sequence follows.
#[test]
fn b_10_9_the_health_task_repairs_the_service() {
    let mut t = Script::new().jitter_off().installed("1.94.0.0");
    start_with_nothing(t.at("0s"));
    t.at("30m").service_stops().start_type(StartType::Disabled);
    t.at("24h").expect_set_automatic().expect_start_service();
    start_with_nothing(&mut t);
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
    t.expect_poll(RequiredApp).answer_work(0);
}

// B-13.7: a result that cannot be sent is kept and sent with a later report; the script is not run a second time.
#[test]
fn b_13_7_a_result_is_kept_until_it_can_be_sent() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).exits(0);
    t.at("5s").expect_report(1).fails(Failure::NoNetwork);
    let Event::ReportKept { .. } = t.expect_note("B-13.7") else { panic!("the report is kept") };
    // The next check-in that works takes it along: here that of required apps, in the background.
    t.at("1h").expect_report(1).of(ScriptResult::Success).taken();
    t.at("8h").expect_poll(Workload::Script).answer_scripts([script(1)]).expect_nothing_now();
}

// B-13.7: a kept result survives the end of the process.
#[test]
fn b_13_7_a_kept_result_survives_a_kill() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).exits(0);
    t.at("2s").killed();
    t.at("1m").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_report(1).of(ScriptResult::Success).taken();
    t.expect_quiet_until("8h");
}

#[test]
#[should_panic(expected = "at 0s: expected a poll for required-app\n  the agent polls for script (token 1)")]
fn a_step_that_is_not_met_says_what_the_agent_did() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script, RequiredApp]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_work(0);
}

#[test]
#[should_panic(expected = "at 1h: expected nothing until 3h\n  the agent polls for required-app")]
fn what_nobody_expects_ends_the_test() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_work(0);
    t.at("3h");
}

#[test]
#[should_panic(expected = "expected the end of the test\n  the agent asks for the start of its service")]
fn a_test_may_not_end_with_something_left_over() {
    let mut t = Script::new().jitter_off().installed("1.94.0.0");
    t.happens(Input::Installed(Version([1, 95, 0, 0])));
}
