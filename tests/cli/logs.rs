//! `imesim logs`: what it prints of logs, and what it says of places that have none.

use std::path::Path;

use serde_json::Value;

use super::{err, file, imesim, out};

const SAMPLES: &str = "tests/logs/samples";

#[test]
fn logs_prints_a_timeline_and_what_must_hold() {
    let output = imesim(&["logs", "tests/logs/samples/plain.log"]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    assert!(text.starts_with("plain: 2026-03-02 08:00:05.123 to 2026-03-02 08:00:05.200, 2 records"), "{text}");
    assert!(text.contains("version: 1.94.100.0") && text.contains("no end: the log ends"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("holds  ")).count(), 8, "{text}");
}

#[test]
fn logs_of_a_folder_are_read_with_what_is_no_log_among_them() {
    let output = imesim(&["logs", SAMPLES, "--json"]);
    assert!(output.status.success(), "{}", err(&output));
    let told: Value = serde_json::from_str(&out(&output)).expect("it is JSON");
    let there = std::fs::read_dir(SAMPLES).expect("the samples are there").count();
    assert_eq!(told["logs"].as_array().map(Vec::len), Some(there));
    assert_eq!(told["findings"][0]["check"], "form");
    assert!(told["anomalies"].as_array().is_some_and(|all| all.iter().any(|one| one["anomaly"] == "truncated")));
}

#[test]
fn rotated_parts_are_joined_and_a_page_is_written() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rotated");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let line = |second: u32, message: &str| {
        format!(
            "\u{feff}<![LOG[{message}]LOG]!><time=\"08:00:{second:02}.0000000\" date=\"3-2-2026\" component=\"HealthScripts\" \
             context=\"\" type=\"1\" thread=\"5\" file=\"\">\r\n"
        )
    };
    for (name, second, message) in [
        ("HealthScripts.log", 40, "[HS] Runner- policy poller stopped. -"),
        ("_HealthScripts.log", 30, "nothing"),
        ("HealthScripts-20260302-080020.log", 20, "nothing"),
        ("HealthScripts-20260302-080010.log", 10, "[HS] Runner- Runner starts. -"),
    ] {
        std::fs::write(folder.join(name), line(second, message)).expect("the folder can be written");
    }
    let folder = folder.display().to_string();
    let output = imesim(&["logs", &folder, "--all"]);
    let text = out(&output);
    assert!(text.contains("4 records, 3 older parts, 2 understood"), "{text}");
    assert!(text.contains("30.0s  remediations: done"), "{text}");

    let page = file("logs.html", "");
    let output = imesim(&["logs", &folder, "--html", &page.display().to_string()]);
    assert!(output.status.success() && out(&output).is_empty(), "{}", err(&output));
    assert!(std::fs::read_to_string(page).expect("the page is there").contains("remediations"));
}

#[test]
fn places_without_logs_are_errors() {
    let empty = Path::new(env!("CARGO_TARGET_TMPDIR")).join("empty");
    std::fs::create_dir_all(&empty).expect("the folder can be made");
    let empty = empty.display().to_string();
    for (place, says) in [
        ("nowhere.log", "cannot read nowhere.log"),
        (empty.as_str(), "there is no log in"),
        ("Cargo.toml", "is no log of the agent"),
        ("tests/logs/samples/not-a-log.log", "is no log of the agent"),
    ] {
        let output = imesim(&["logs", place]);
        assert_eq!(output.status.code(), Some(2), "{place}");
        assert!(err(&output).contains(says), "{}", err(&output));
    }
    // A log with nothing in it is one all the same.
    assert!(imesim(&["logs", "tests/logs/samples/nothing.log"]).status.success());
    assert_eq!(imesim(&["logs"]).status.code(), Some(2));
}

/// Each folder is a device of its own, whose logs are judged together.
#[test]
fn the_logs_of_each_folder_are_held_against_the_model_by_themselves() {
    let line = |minute: u32, second: u32, message: &str| {
        format!(
            "<![LOG[{message}]LOG]!><time=\"08:{minute:02}:{second:02}.0000000\" date=\"3-2-2026\" component=\"x\" context=\"\" \
             type=\"1\" thread=\"4\" file=\"\">\r\n"
        )
    };
    let held =
        |seconds: u32| format!("Delaying all checkins by seconds = {seconds} in the first check in on start/restart.");
    let folders = [("pc1", 40), ("pc2", 20)].map(|(device, seconds)| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("devices").join(device);
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        let text = line(0, 0, "EMS Agent Started") + &line(0, 1, &held(seconds));
        std::fs::write(folder.join("IntuneManagementExtension.log"), text).expect("it can be written");
        folder.display().to_string()
    });
    let output = imesim(&["logs", &folders[0], &folders[1], "--against", "observed_2025"]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let (first, second) = text.split_once(&format!("{}:\n", folders[1])).expect("the second device");
    assert!(first.starts_with(&format!("{}:\n100.0 % of 1 decisions", folders[0])), "{text}");
    assert!(second.contains("0.0 % of 1 decisions") && second.contains("B-4.9"), "{text}");
    let output = imesim(&["logs", &folders[0], &folders[1], "--against", "observed_2025", "--json"]);
    let told: Vec<Value> = out(&output).lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    assert_eq!((told[0]["misfits"].as_u64(), told[1]["misfits"].as_u64()), (Some(0), Some(1)));
    // One device alone has no heading.
    let output = imesim(&["logs", &folders[0], "--against", "observed_2025"]);
    assert!(output.status.success() && out(&output).starts_with("100.0 % of 1 decisions"), "{}", out(&output));
}
