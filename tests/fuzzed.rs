//! The corpus of the fuzz targets, replayed: whatever once was found stays found. `tests/fuzz/` looks for more.
#![allow(clippy::disallowed_methods, reason = "it reads the corpus")]
#![allow(clippy::expect_used, reason = "a test may fail where it stands")]
#![cfg(all(feature = "check", feature = "net"))]

#[path = "fuzzed/mod.rs"]
mod fuzzed;

use std::fs;
use std::path::Path;

use fuzzed::scenario::Reached;

/// Every input of a target, by its name. libFuzzer names an input by its hash, so the order is the same everywhere.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let mut inputs: Vec<(String, Vec<u8>)> = fs::read_dir(&folder)
        .expect("the target has a corpus")
        .map(|entry| {
            let entry = entry.expect("an entry can be read");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("an input can be read"))
        })
        .collect();
    inputs.sort();
    inputs
}

/// Gives every input to a target and counts those of which something holds.
fn replay<T>(target: &str, run: impl Fn(&[u8]) -> T, counts: impl Fn(T) -> bool) -> usize {
    let inputs = corpus(target);
    let each = inputs.into_iter().map(|(name, input)| {
        // Told only if it fails.
        println!("{target}/{name}");
        run(&input)
    });
    each.map(counts).filter(|counts| *counts).count()
}

#[test]
fn any_text_as_a_scenario_is_refused_with_its_place_or_runs_the_same_twice() {
    let run = replay("scenario", fuzzed::scenario::run, |reached| reached == Reached::Run);
    assert!(run >= 10, "only {run} inputs are scenarios that run");
}

#[test]
fn any_bytes_as_a_snapshot_are_refused_or_an_agent_that_lives_on() {
    let restored = replay("snapshot", fuzzed::snapshot::run, |restored| restored);
    assert!(restored >= 10, "only {restored} inputs are restored");
}

#[test]
fn any_bytes_as_messages_are_refused_or_written_as_they_were_read() {
    let messages = replay("wire", fuzzed::wire::run, |is_message| is_message);
    assert!(messages >= 10, "only {messages} inputs are messages");
}

#[test]
fn any_bytes_as_the_life_of_an_agent_end_well() {
    let long = replay("inputs", fuzzed::inputs::run, |steps| steps > 50);
    assert!(long >= 10, "only {long} lives are long");
}

#[test]
fn any_bytes_as_the_life_of_an_mdm_client_end_well() {
    let long = replay("client", fuzzed::client::run, |steps| steps > 50);
    assert!(long >= 10, "only {long} lives are long");
}

#[test]
fn any_text_that_a_user_types_is_refused_or_prints_as_it_was_read() {
    let read = replay("text", fuzzed::text::run, |is_any| is_any);
    assert!(read >= 10, "only {read} inputs are read as anything");
}

#[cfg(feature = "diagnostics")]
#[test]
fn any_bytes_as_what_a_device_says_of_itself_are_refused_with_their_place_or_told_and_judged() {
    for (target, run) in [
        ("dsregcmd", fuzzed::device::dsregcmd as fn(&[u8]) -> bool),
        ("mdm", fuzzed::device::mdm),
        ("registry", fuzzed::device::registry),
    ] {
        let read = replay(target, run, |is_one| is_one);
        assert!(read >= 5, "only {read} inputs of {target} are read");
    }
}

#[cfg(feature = "log")]
#[test]
fn any_bytes_as_a_log_add_up_and_are_told() {
    let logs = replay("log", fuzzed::log::run, |records| records > 0);
    assert!(logs >= 5, "only {logs} inputs have a record");
}

#[cfg(feature = "http")]
#[test]
fn any_bytes_as_messages_over_http_are_refused_or_written_as_they_were_read() {
    let messages = replay("http", fuzzed::http::run, |is_message| is_message);
    assert!(messages >= 5, "only {messages} inputs are messages");
}
