//! Which scripts run, how often, for how long, and in whose name.

use imesim::agent::{Event, RunRefusal, SkipReason, WaitReason};
use imesim::driver::scripted::{Script, script, user_script};
use imesim::facts::{Edition, Facts, Join};
use imesim::protocol::{Failure, ScriptPolicy, ScriptResult, Workload};
use imesim::time::Span;

use super::scripts;

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

// B-5.15, B-5.20, B-5.25: what did not end by itself is told of with a code that no process of Windows ends with by itself.
#[test]
fn a_script_that_did_not_end_by_itself_has_a_code_of_its_own() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1), script(2)]);
    let hangs = t.expect_run(1).hangs();
    t.at("30m").expect_stop(hangs);
    t.expect_run(2).refused(RunRefusal::Signature);
    for (id, code) in [(1, -1), (2, -2)] {
        let report = t.expect_report(id).of(ScriptResult::Failed);
        assert_eq!(report.report().exit_code, code);
        report.taken();
    }
}
