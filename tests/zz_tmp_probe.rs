//! probe
use imesim::agent::*;
use imesim::driver::scripted::{Script, script};
use imesim::protocol::Workload::{Compliance, Remediation, RequiredApp};
use imesim::protocol::*;
#[test]
fn tokens_repeat() {
    let mut t = Script::new().jitter_off().installed("1.94.0.0");
    t.at("0s").service_starts();
    let a = t.expect_poll(Workload::Script).left_open();
    let b = t.expect_poll(Remediation).left_open();
    let c = t.expect_poll(Compliance).left_open();
    t.at("1s").killed().service_starts();
    let a2 = t.expect_poll(Workload::Script).left_open();
    let b2 = t.expect_poll(Remediation).left_open();
    let c2 = t.expect_poll(Compliance).left_open();
    assert!(a != a2 && b != b2 && c != c2, "{a:?} {a2:?}");
}
#[test]
fn mended_is_durable() {
    let mut t = Script::new().jitter_off().only(&[]).installed("1.94.0.0");
    t.at("0s").service_starts().at("1h").happens(Input::Service(ServiceChange::Broken));
    t.at("2h").happens(Input::Service(ServiceChange::Mended)).service_starts();
    t.at("3h").killed().service_starts();
    t.expect_quiet_until("26h");
}
#[test]
fn unmanaged_is_durable() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]);
    for other in ["script_idle", "available_app", "remediation"] {
        t = t.set(&format!("ime.{other}_interval"), "30d");
    }
    t = t.set("cc.fetch_interval", "30d").set("health.period", "30d").installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_work(0);
    t.at("5m").unenrolled();
    for hour in 1..=12 {
        t.at(&format!("{hour}h")).expect_poll(RequiredApp).fails(Failure::NoNetwork);
    }
    t.killed();
    t.expect_quiet_until("25h").expect_uninstall();
}
#[test]
fn recovered_is_durable() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]);
    for other in ["available_app", "remediation", "script_idle"] {
        t = t.set(&format!("ime.{other}_interval"), "30d");
    }
    t = t.set("cc.fetch_interval", "30d").set("health.period", "30d").installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).fails(Failure::DeviceUnknown);
    t.happens(Input::Service(ServiceChange::StartType(StartType::Automatic)));
    t.at("1h").expect_poll(RequiredApp).answer_work(0);
    t.at("1h10m").killed();
    t.expect_quiet_until("48h");
}
#[test]
fn no_poll_after_not_managed() {
    let mut t = Script::new()
        .jitter_off()
        .only(&[Workload::Script, RequiredApp])
        .set("removal.after_detect", "1h")
        .installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    let run = t.expect_run(1).hangs();
    t.at("5m").pushed(1).expect_poll(RequiredApp).answer_not_managed();
    t.expect_stop(run).expect_nothing_now();
}
