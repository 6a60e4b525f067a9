//! How the agent leaves the device, and how it is kept alive until then.

use imesim::agent::{Event, StartType};
use imesim::driver::scripted::{Script, script};
use imesim::protocol::Workload::RequiredApp;
use imesim::protocol::{Failure, Workload};

use super::start_with_nothing;

// B-10.5a: a check-in that learns that the device is not managed cancels runs at once, and the agent leaves.
#[test]
fn b_10_5a_runs_are_cancelled_when_the_device_is_not_managed() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script, RequiredApp]).reports_in_background();
    t = t.installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(9)]);
    t.expect_run(9).exits(0);
    t.expect_poll(RequiredApp).answer_nothing();
    for hour in 1..=7 {
        t.at(&format!("{hour}h")).expect_poll(RequiredApp).answer_nothing();
    }
    t.at("8h").expect_poll(RequiredApp).answer_nothing();
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
    t.expect_poll(RequiredApp).answer_nothing();
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
