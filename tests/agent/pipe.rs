//! Readers that go away, as `head` does.

use std::process::Stdio;

use crate::bench::Bench;
use crate::tenant::until;

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::new("pipe");
    for words in [&["status"][..], &["status", "--json"], &["remove"]] {
        let mut child = bench.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Its reader is gone before anything is written.
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        let wanted = i32::from(words[0] == "status");
        assert_eq!((ended.status.code(), said.as_str()), (Some(wanted), ""), "{words:?}");
    }
}

#[test]
fn an_agent_goes_on_when_nobody_reads_its_decisions_any_more() {
    let bench = Bench::new("unread");
    bench.script(1, "echo ran >> ran");
    bench.assign(&[1]);
    let mut command = bench.command(&["run", "--decisions"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    until("the report", || !bench.reports().is_empty());
    let still_runs = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(still_runs && bench.lines("ran").len() == 1);
}
