//! `imesim run --logs`: the agent's log files of a scenario.

use std::path::{Path, PathBuf};

use super::{err, imesim, out};

const STORY: &str = "examples/scenarios/failing-script.toml";

/// A folder that is not there.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    path
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn run_writes_the_logs_of_a_device() {
    let path = folder("run-logs");
    let place = path.to_str().expect("a plain path");
    let output = imesim(&["run", STORY, "--logs", place]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(err(&output).contains(" records of pc1 in "), "{}", err(&output));
    assert!(out(&output).contains("script-run"), "the transcript is printed all the same");
    assert_eq!(names(&path).len(), 10);
    let main = path.join("IntuneManagementExtension.log");
    let first = std::fs::read(&main).expect("it is there");
    assert!(first.len() > 10_000);

    let output = imesim(&["run", STORY, "--logs", place]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains(" has logs already, such as "), "{}", err(&output));
    assert!(err(&output).contains("--force deletes them"), "{}", err(&output));

    std::fs::write(path.join("AppWorkload-20260101-080000.log"), "old").expect("it can be written");
    std::fs::write(path.join("notes.txt"), "mine").expect("it can be written");
    let output = imesim(&["run", STORY, "--logs", place, "--force"]);
    assert!(output.status.success(), "{}", err(&output));
    assert_eq!(names(&path).len(), 11, "old logs are gone, what is no log is left: {:?}", names(&path));
    assert_eq!(std::fs::read(&main).expect("it is there"), first, "the same seed, the same bytes");

    let output = imesim(&["logs", place, "--json"]);
    assert!(output.status.success(), "{}", err(&output));
    let read: serde_json::Value = serde_json::from_str(&out(&output)).expect("it prints JSON");
    let scripts = read["items"].as_array().expect("items").iter().filter(|item| item["kind"] == "script").count();
    assert_eq!(scripts, 4, "{read}");

    // The profile of the scenario explains all of it; another one does not, for the scenario has no jitter.
    let output = imesim(&["logs", place, "--against", STORY]);
    assert!(output.status.success() && out(&output).starts_with("100.0 % of "), "{}", out(&output));
    assert_eq!(imesim(&["logs", place, "--against", "default"]).status.code(), Some(1));
    let output = imesim(&["logs", place, "--against", "nowhere.toml"]);
    assert!(output.status.code() == Some(2) && err(&output).contains("nowhere.toml"), "{}", err(&output));
}

#[test]
fn several_devices_have_folders_of_their_own() {
    let path = folder("run-logs-of-several");
    let scenario = path.with_extension("toml");
    let text = "duration = \"3h\"\n[[device]]\nname = \"pc 1\"\n[[device]]\nname = \"PC_1\"\n";
    std::fs::write(&scenario, text).expect("it can be written");
    let (scenario, place) = (scenario.to_str().expect("a plain path"), path.to_str().expect("a plain path"));
    let output = imesim(&["run", scenario, "--logs", place, "--set", "log.files=with_notification_infra"]);
    assert!(output.status.success(), "{}", err(&output));
    assert_eq!(names(&path), ["PC_1_2", "pc_1"]);
    assert_eq!(names(&path.join("pc_1")).len(), 11);
    let output = imesim(&["run", scenario, "--logs", place, "--device", "PC_1", "--set", "log.max_bytes=500"]);
    assert!(output.status.success(), "{}", err(&output));
    let main = names(&path).iter().filter(|name| name.starts_with("IntuneManagementExtension")).count();
    assert_eq!(main, 4, "one device has no folder of its own; three old files are kept: {:?}", names(&path));

    let output = imesim(&["run", scenario, "--logs", STORY]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("cannot make the folder"), "{}", err(&output));
}
