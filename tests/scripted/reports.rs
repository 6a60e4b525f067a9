//! How results reach the service.

use imesim::agent::Event;
use imesim::driver::scripted::{Script, script};
use imesim::protocol::{Failure, ScriptResult, Workload};

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
