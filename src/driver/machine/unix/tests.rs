//! Processes as they are run on Unix: every way in which one ends, and nothing of it left.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;

fn start(script: &str, mark: &str, keep: usize) -> (UnixProcess, Receiver<Finished>) {
    let (tell, ended) = channel();
    let job = Job {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        folder: None,
        identity: Identity::Own,
        mark: format!("{}-{mark}", std::process::id()),
        keep,
    };
    let process = UnixMachine.start(&job, Box::new(move |finished| drop(tell.send(finished)))).unwrap();
    (process, ended)
}

fn run(script: &str, mark: &str) -> Finished {
    start(script, mark, 100).1.recv_timeout(Duration::from_secs(30)).unwrap()
}

/// How many processes carry a mark.
fn count(mark: &str) -> usize {
    let wanted = format!("{MARK}={}-{mark}\0", std::process::id());
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let environments = entries.filter_map(|entry| fs::read(entry.path().join("environ")).ok());
    environments.filter(|text| String::from_utf8_lossy(text).contains(&wanted)).count()
}

fn until(what: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if what() {
            return;
        }
        thread::park_timeout(Duration::from_millis(5));
    }
    panic!("it never came to that");
}

#[test]
fn exit_codes_and_both_streams_come_back() {
    let ended = run("echo out; echo err >&2; exit 7", "codes");
    assert_eq!((ended.code, ended.stdout.text().as_str(), ended.stderr.text().as_str()), (7, "out\n", "err\n"));
    assert_eq!(run("kill -9 $$", "signal").code, 137);
    assert_eq!(run("cat; echo read", "input").stdout.text(), "read\n", "its input is empty");
}

#[test]
fn three_megabytes_of_output_do_not_block_it() {
    let ended = run("head -c 3000000 /dev/zero", "flood");
    assert_eq!((ended.code, ended.stdout.kept.len(), ended.stdout.total), (0, 100, 3_000_000));
}

#[test]
fn a_child_that_outlives_its_parent_is_ended_with_it() {
    let ended = run("sleep 600 & echo done", "child");
    assert_eq!((ended.code, ended.stdout.text().as_str()), (0, "done\n"));
    until(|| count("child") == 0);
}

#[test]
fn a_stop_ends_the_whole_tree_even_what_left_the_group() {
    let (process, ended) = start("sleep 600 & setsid sleep 600 & (sh -c 'sleep 600; true'); true", "tree", 100);
    until(|| count("tree") >= 4);
    process.stop();
    assert_eq!(ended.recv_timeout(Duration::from_secs(30)).unwrap().code, 137);
    until(|| count("tree") == 0);
}

#[test]
fn what_is_not_there_or_not_allowed_does_not_start() {
    let job = |program: &str, identity| Job {
        program: program.into(),
        args: Vec::new(),
        folder: None,
        identity,
        mark: String::new(),
        keep: 1,
    };
    let refused = |job: &Job| UnixMachine.start(job, Box::new(|_| ())).unwrap_err().kind();
    assert_eq!(refused(&job("/nowhere/at-all", Identity::Own)), io::ErrorKind::NotFound);
    let stranger = job("/bin/true", Identity::User("no such account".to_owned()));
    let error = UnixMachine.start(&stranger, Box::new(|_| ())).unwrap_err();
    let refused = error.get_ref().and_then(|error| error.downcast_ref::<UserRefused>());
    assert_eq!(refused, Some(&UserRefused::NoAccount { user: "no such account".to_owned() }));
}

#[test]
fn clocks_go_on() {
    let before = UnixMachine.read();
    thread::park_timeout(Duration::from_millis(20));
    let after = UnixMachine.read();
    assert!(after.awake > before.awake && after.since_boot >= after.awake);
}
