//! Rules of the agent as dialogues: what happens, what the agent does, what it is answered.
//!
//! Each test names the rule that it holds the agent to. Delays are off, so that times are those of the rules.
#![allow(clippy::panic, reason = "a test that is not met ends")]

#[path = "scripted/check_ins.rs"]
mod check_ins;
#[path = "scripted/removal.rs"]
mod removal;
#[path = "scripted/reports.rs"]
mod reports;
#[path = "scripted/runs.rs"]
mod runs;

use imesim::agent::Input;
use imesim::driver::scripted::Script;
use imesim::profile::Version;
use imesim::protocol::Workload;
use imesim::protocol::Workload::{AvailableApp, Compliance, Remediation, RequiredApp};

/// An agent that has nothing to do but scripts.
fn scripts() -> Script {
    Script::new().jitter_off().only(&[Workload::Script]).reports_in_background()
}

/// The start sequence with nothing assigned, every poll stated.
fn start_with_nothing(t: &mut Script) {
    t.service_starts();
    t.expect_poll(Workload::Script).answer_scripts([]);
    t.expect_poll(RequiredApp).answer_nothing();
    t.expect_poll(AvailableApp).answer_nothing();
    t.expect_poll(Remediation).answer_nothing();
    t.expect_poll(Compliance).answer_nothing();
    t.expect_nothing_now();
}

#[test]
#[should_panic(expected = "at 0s: expected a poll for required-app\n  the agent polls for script (token 1)")]
fn a_step_that_is_not_met_says_what_the_agent_did() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script, RequiredApp]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_nothing();
}

#[test]
#[should_panic(expected = "at 1h: expected nothing until 3h\n  the agent polls for required-app")]
fn what_nobody_expects_ends_the_test() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_nothing();
    t.at("3h");
}

#[test]
#[should_panic(expected = "expected the end of the test\n  the agent asks for the start of its service")]
fn a_test_may_not_end_with_something_left_over() {
    let mut t = Script::new().jitter_off().installed("1.94.0.0");
    t.happens(Input::Installed(Version([1, 95, 0, 0])));
}
