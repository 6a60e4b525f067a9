//! Processes as they are run on Windows: every way in which one ends, and nothing of it left.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;

fn job(script: &str, name: &str) -> (Job, PathBuf) {
    let folder = std::env::temp_dir().join(format!("imesim-process-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("a script.cmd");
    fs::write(&file, format!("@echo off\r\n{}\r\n", script.replace('\n', "\r\n"))).unwrap();
    let job = Job {
        program: "cmd.exe".into(),
        args: vec!["/d".into(), "/c".into(), file.into()],
        folder: Some(folder.clone()),
        identity: Identity::Own,
        mark: String::new(),
        keep: 100,
    };
    (job, folder)
}

fn begin(job: &Job) -> (WindowsProcess, Receiver<Finished>) {
    let (tell, ended) = channel();
    (start(job, Box::new(move |finished| drop(tell.send(finished)))).unwrap(), ended)
}

fn run(script: &str, name: &str) -> Finished {
    let (job, folder) = job(script, name);
    let ended = begin(&job).1.recv_timeout(Duration::from_secs(60)).unwrap();
    fs::remove_dir_all(folder).unwrap();
    ended
}

#[test]
fn exit_codes_of_32_bits_and_both_streams_come_back() {
    let ended = run("echo out\necho err 1>&2\nexit 70000", "codes");
    assert_eq!((ended.code, ended.stdout.text().trim(), ended.stderr.text().trim()), (70_000, "out", "err"));
    assert_eq!(run("exit -1", "minus").code, -1);
}

#[test]
fn long_output_is_counted_and_does_not_block() {
    let ended = run("for /l %%i in (1,1,5000) do echo 0123456789012345678901234567890123456789", "flood");
    assert_eq!((ended.code, ended.stdout.kept.len()), (0, 100));
    assert_eq!(ended.stdout.total, 5_000 * 42);
}

#[test]
fn a_child_that_outlives_its_parent_is_ended_with_it() {
    let ended = run("start /b cmd /c \"for /l %%i in () do rem\"\necho done", "child");
    assert_eq!((ended.code, ended.stdout.text().trim()), (0, "done"));
}

#[test]
fn a_stop_ends_the_whole_tree() {
    let (job, folder) = job("echo begin> begun\ncmd /c \"for /l %%i in () do echo x>> beat\"", "tree");
    let (process, ended) = begin(&job);
    let beat = folder.join("beat");
    for _ in 0..1_000 {
        if beat.exists() {
            break;
        }
        thread::park_timeout(Duration::from_millis(20));
    }
    assert!(beat.exists(), "the grandchild works");
    process.stop();
    assert_eq!(ended.recv_timeout(Duration::from_secs(30)).unwrap().code, 1);
    let length = || fs::metadata(&beat).unwrap().len();
    thread::park_timeout(Duration::from_millis(300));
    let then = length();
    thread::park_timeout(Duration::from_millis(500));
    assert_eq!(length(), then, "nobody writes any more");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_not_there_does_not_start() {
    let (mut job, folder) = job("", "absent");
    job.program = "C:\\nowhere\\at-all.exe".into();
    assert_eq!(start(&job, Box::new(|_| ())).unwrap_err().kind(), io::ErrorKind::NotFound);
    job.identity = Identity::User("NOWHERE\\nobody".to_owned());
    job.program = "cmd.exe".into();
    assert_eq!(start(&job, Box::new(|_| ())).unwrap_err().kind(), io::ErrorKind::NotFound);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_process_runs_as_whoever_is_signed_in() {
    let Some(user) = super::super::session::present(crate::facts::Join::Entra, true).pop() else {
        panic!("nobody is signed in here");
    };
    let (mut job, folder) = job("echo hello", "user");
    job.identity = Identity::User(user);
    let ended = begin(&job).1.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!((ended.code, ended.stdout.text().trim()), (0, "hello"));
    fs::remove_dir_all(folder).unwrap();
}
