//! The program `imesim-agent` as its users meet it: real processes, a real service over TCP, real kills.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "files, processes and time are real")]

#[path = "agent/bench.rs"]
mod bench;
#[path = "agent/inputs.rs"]
mod inputs;
#[path = "agent/logs.rs"]
mod logs;
#[path = "agent/pipe.rs"]
mod pipe;
#[path = "agent/refused.rs"]
mod refused;
#[path = "agent/tenant.rs"]
mod tenant;
#[path = "agent/users.rs"]
mod users;
#[path = "agent/work.rs"]
mod work;

use std::fs;
use std::sync::Arc;

use bench::Bench;
use imesim::agent::Agent;
use imesim::driver::machine::{Anchor, Store, UnixMachine, read_state};
use tenant::until;

#[test]
fn a_script_runs_once_is_reported_once_and_not_again_after_a_restart() {
    let bench = Bench::new("once");
    bench.script(1, "echo hello; echo ran >> ran");
    bench.assign(&[1]);
    let agent = bench.start();
    bench.wait_for_reports(1);
    assert_eq!(bench.reports()[0].exit_code, 0);
    let (code, status) = bench.call("status");
    assert_eq!(code, 0, "{status}");
    assert!(status.contains("agent: running") && status.contains("version 1.94.0.0"), "{status}");
    assert!(status.contains("poll-required-app"), "it says what it waits for: {status}");
    assert!(status.contains("script 1 revision 1 user 0: success, 1 tries, exit code 0"), "{status}");
    assert!(status.contains("script 1 revision 1 user 0: exit 0 at "), "{status}");
    assert!(status.contains("  out: hello"), "{status}");
    let out = agent.terminate();
    assert!(out.contains("the agent has stopped"), "{out}");

    let (code, status) = bench.call("status");
    assert_eq!(code, 1);
    assert!(status.starts_with("agent: stopped\nscript 1 "), "{status}");
    let polls = bench.polls();
    let agent = bench.start();
    until("the start poll of the next process", || bench.polls() > polls);
    agent.terminate();
    assert_eq!((bench.reports().len(), bench.lines("ran").len()), (1, 1), "B-5.1: what ended well does not run again");
}

#[test]
fn after_a_kill_in_the_middle_of_a_script_its_next_try_is_reported_once() {
    let bench = Bench::new("kill");
    bench.script(1, "echo begin >> log; [ $(wc -l < log) -gt 1 ] || { sleep 600; echo late >> log; }; echo end >> log");
    bench.assign(&[1]);
    let agent = bench.start();
    until("the script to begin", || bench.lines("log") == ["begin"]);
    agent.kill();
    assert_eq!(bench.processes(), 2, "the shell and its sleep live on, as they would");
    let (code, status) = bench.call("status");
    assert_eq!((code, status.lines().next()), (1, Some("agent: stopped")));

    let agent = bench.start();
    bench.wait_for_reports(1);
    until("the run before to be gone", || bench.processes() == 0);
    agent.terminate();
    assert_eq!(bench.lines("log"), ["begin", "begin", "end"], "the first run did not go on beside the second");
    let reports = bench.reports();
    assert_eq!((reports.len(), reports[0].exit_code), (1, 0));
    let (_, status) = bench.call("status");
    assert!(status.contains("success, 2 tries"), "B-5.10: the run that was cut off has used up a try: {status}");
}

#[test]
fn a_stop_in_the_middle_of_a_script_ends_its_whole_tree() {
    let bench = Bench::new("stop");
    bench.script(1, "echo begin; echo begin >> log; setsid sleep 600 & sleep 600");
    bench.assign(&[1]);
    let agent = bench.start();
    until("the script to begin", || bench.lines("log").len() == 1 && bench.processes() >= 3);
    agent.terminate();
    assert_eq!(bench.processes(), 0);
    let (_, status) = bench.call("status");
    assert!(status.contains("stopped at "), "{status}");
    assert!(status.contains("  out: begin"), "what it printed is kept: {status}");
    assert_eq!(fs::read_dir(bench.state().join("scripts")).unwrap().count(), 0, "no text is left lying about");
}

#[test]
fn removing_leaves_nothing_of_its_own_and_nothing_else_is_touched() {
    let bench = Bench::new("remove");
    bench.script(1, "true");
    bench.assign(&[1]);
    let agent = bench.start();
    bench.wait_for_reports(1);
    let (code, said) = bench.call("remove");
    assert_eq!(code, 2);
    assert!(said.contains("another instance is running"), "{said}");
    agent.terminate();
    fs::write(bench.state().join("notes.txt"), "mine").unwrap();
    let (code, said) = bench.call("remove");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("notes.txt is not the agent's and stays"), "{said}");
    assert_eq!(fs::read_dir(bench.state()).unwrap().count(), 1);
    fs::remove_file(bench.state().join("notes.txt")).unwrap();
    assert_eq!(bench.call("remove").0, 0);
    assert!(!bench.state().exists());
    assert_eq!(bench.call("remove"), (0, "nothing of the agent is here\n".to_owned()));
    assert_eq!(bench.call("status"), (1, "agent: not installed\n".to_owned()));
}

#[test]
fn an_agent_that_leaves_the_device_takes_its_state_along() {
    let bench = Bench::new("leaves");
    bench.unmanaged();
    let out = bench.start().wait();
    assert!(out.contains("the agent has left this device"), "{out}");
    assert!(!bench.state().exists());
}

#[test]
fn a_removal_that_was_cut_off_is_finished_by_the_next_process() {
    let bench = Bench::new("cut-off");
    let store = Store::open(Arc::new(UnixMachine), &bench.state()).unwrap();
    let anchor = Anchor::new("", imesim::time::Span::ZERO);
    store.write_state(&anchor, Agent::absent().snapshot().as_bytes()).unwrap();
    drop(store);
    let out = bench.start().wait();
    assert!(out.contains("the agent has left this device"), "{out}");
    assert!(!bench.state().exists());
    assert_eq!(bench.polls(), 0);
}

#[test]
fn awake_time_goes_on_from_one_process_to_the_next() {
    let bench = Bench::new("awake");
    let read = || read_state(&bench.state()).unwrap().unwrap().unwrap().anchor;
    bench.start().terminate();
    let first = read();
    std::thread::sleep(std::time::Duration::from_millis(700));
    bench.start().kill();
    let second = read();
    assert_eq!(second.boot, first.boot);
    let (awake, passed) = (second.awake.since(first.awake), second.reading.saturating_sub(first.reading));
    assert_eq!(awake, passed, "also while no process of it was there");
    assert!(passed.as_millis() >= 700);
}
