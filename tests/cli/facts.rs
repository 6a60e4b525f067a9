//! `imesim facts` and `imesim explain --facts`, on the samples of the repository.

use std::io::Write;
use std::process::{Command, Stdio};

use super::{err, file, imesim, out};

const HYBRID: &str = "tests/diagnostics/hybrid-user-proxy.txt";
const WINDOWS: &str = "tests/diagnostics/windows-11.reg";

#[test]
fn facts_prints_each_fact_with_its_place_or_why_it_is_not_known() {
    let output = imesim(&["facts", HYBRID, WINDOWS]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    let line = |fact: &str| text.lines().find(|line| line.starts_with(fact)).unwrap_or_default().to_owned();
    let words = |fact: &str| line(fact).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        words("os_build "),
        r"os_build 22631 tests/diagnostics/windows-11.reg:6: CurrentVersion\CurrentBuild = 22631"
    );
    assert_eq!(words("join "), "join hybrid tests/diagnostics/hybrid-user-proxy.txt:7: AzureAdJoined = YES");
    assert!(words("enrolled ").starts_with("enrolled not known no file given tells it; see the MDM report"), "{text}");
}

#[test]
fn facts_as_toml_wants_everything_known_and_runs() {
    let short = imesim(&["facts", HYBRID, WINDOWS, "--toml"]);
    assert_eq!(short.status.code(), Some(2));
    assert!(err(&short).contains("not known: s_mode_supplemental, enrollment") && out(&short).is_empty());

    let given =
        ["--assume", "enrollment=group-policy", "--assume", "proxy=user-only", "--assume-defaults", "--name", "pc-17"];
    let output = imesim(&[&["facts", HYBRID, WINDOWS, "--toml"], &given[..]].concat());
    assert!(output.status.success(), "{}", err(&output));
    let device = out(&output);
    for line in ["name = \"pc-17\"", "os_build = 22631 # ", "join = \"hybrid\" # ", "enrolled = \"before\" # assumed"] {
        assert!(device.lines().any(|found| found.starts_with(line)), "{line}: {device}");
    }
    let scenario = file(
        "facts.toml",
        &format!("duration = \"2h\"\n\n{device}\n[[script]]\nname = \"s\"\nassign = [\"all-devices\"]\n"),
    );
    let run = imesim(&["run", scenario.to_str().expect("a plain path")]);
    assert!(run.status.success(), "{}\n{device}", err(&run));
    assert!(out(&run).contains("pc-17"), "{}", out(&run));
}

#[test]
fn facts_as_json() {
    let output = imesim(&["facts", "tests/diagnostics/two-runs.txt", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out(&output)).expect("JSON");
    assert_eq!(json["facts"]["join"]["state"], "conflict");
    assert_eq!(json["facts"]["join"]["says"].as_array().map(Vec::len), Some(4));
}

#[test]
fn facts_of_a_folder_and_of_the_standard_input() {
    let output = imesim(&["facts", "tests/diagnostics"]);
    assert!(output.status.success(), "{}", err(&output));
    let inside = format!("# tests/diagnostics{}", std::path::MAIN_SEPARATOR);
    assert_eq!(out(&output).lines().filter(|line| line.starts_with(&inside)).count(), 18);

    let mut child = Command::new(env!("CARGO_BIN_EXE_imesim"))
        .args(["facts", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(b"  WorkplaceJoined : YES\n").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(out(&output).contains("standard input:1: WorkplaceJoined = YES"), "{}", out(&output));
}

#[test]
fn what_cannot_be_read_ends_with_2_and_its_place() {
    let path = file("broken.reg", "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\X]\n\"a\"=dword:1\n");
    let output = imesim(&["facts", path.to_str().expect("a plain path")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).ends_with("broken.reg:4:5: expected eight hexadecimal digits after `dword:` here\n"),
        "{}",
        err(&output)
    );
    let output = imesim(&["facts", HYBRID, "--assume", "join=aad"]);
    assert!(
        err(&output).contains("`aad` is no value of `join`; write none, registered, entra, hybrid"),
        "{}",
        err(&output)
    );
    assert_eq!(imesim(&["facts", HYBRID, "--this-device"]).status.code(), Some(if cfg!(windows) { 0 } else { 2 }));
}

/// B-11.1, B-11.2.
#[test]
fn explain_says_why_the_agent_does_not_arrive_and_what_cannot_be_judged() {
    let files = [
        "tests/diagnostics/registered-utf16.txt",
        "tests/diagnostics/s-mode-joined.reg",
        "tests/diagnostics/mdm-unmanaged.xml",
    ];
    let output = imesim(&[&["explain", "--facts"], &files[..]].concat());
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    let (holds, rest) = text.split_once("This cannot be judged").expect("both parts");
    assert!(holds.contains("the device is not enrolled") && holds.contains("B-1.16"), "{text}");
    assert!(holds.contains("mdm-unmanaged.xml: none of 2 entries is an Enrollment of MS DM Server"), "{text}");
    assert!(rest.contains("depends on s_mode_supplemental"), "{text}");
    assert!(text.contains("Hint: MDMDeviceWithAAD"), "{text}");

    let told = ["--assume", "s_mode_supplemental=false", "--assume", "assigned=script", "--json"];
    let output = imesim(&[&["explain", "--facts"], &files[..], &told[..]].concat());
    let json: serde_json::Value = serde_json::from_str(&out(&output)).expect("JSON");
    let causes = json["causes"].as_array().expect("causes");
    let holds: Vec<&str> =
        causes.iter().filter(|c| c["verdict"] == "holds").filter_map(|c| c["cause"].as_str()).collect();
    assert_eq!(holds, ["not-enrolled", "s-mode"]);
}

#[test]
fn explain_still_wants_a_scenario_or_files() {
    assert_eq!(imesim(&["explain"]).status.code(), Some(2));
    let both = imesim(&["explain", "examples/scenarios/removal.toml", "--device", "pc1", "--facts", HYBRID]);
    assert_eq!(both.status.code(), Some(2));
    let neither = imesim(&["explain", "examples/scenarios/removal.toml", "--device", "pc1", "--json"]);
    assert_eq!(neither.status.code(), Some(2));
}

/// What the README shows of it is what it prints.
#[test]
fn the_readme_shows_what_is_printed() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("the README");
    let section = readme.split("## A real device").nth(1).expect("the section");
    let block = section.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block");
    let text = out(&imesim(&["facts", HYBRID, WINDOWS]));
    for line in block.lines().filter(|line| *line != "...") {
        assert!(text.lines().any(|printed| printed == line), "{line}");
    }
    for command in section
        .split("## ")
        .next()
        .unwrap_or("")
        .replace("\\\n", " ")
        .lines()
        .filter(|line| line.starts_with("    imesim"))
    {
        let output = imesim(&command.split_whitespace().skip(1).collect::<Vec<_>>());
        assert!(output.status.success(), "{command}: {}", err(&output));
    }
}
