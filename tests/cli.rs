//! The program, as a user would call it.
#![allow(clippy::disallowed_methods, reason = "it is about files and the program")]
#![cfg(feature = "cli")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[path = "cli/check.rs"]
mod check;
#[path = "cli/logs.rs"]
mod logs;
#[path = "cli/written.rs"]
mod written;

fn imesim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imesim"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program starts")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it prints text")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it prints text")
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder can be written");
    path
}

#[test]
fn run_prints_a_transcript_and_succeeds() {
    let output = imesim(&["run", "examples/scenarios/failing-script.toml"]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    assert!(text.starts_with("# "), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains("script-run")).count(), 4, "{text}");
    assert!(text.lines().last().is_some_and(|line| line.contains("digest")));
}

#[test]
fn run_shows_the_story_or_all_of_it() {
    let scenario = "examples/scenarios/uninstall-that-hangs.toml";
    let (story, all) = (out(&imesim(&["run", scenario])), out(&imesim(&["run", scenario, "--all"])));
    assert!(!story.contains("  check-in ") && story.contains("more lines with --all"), "{story}");
    assert!(all.contains("  check-in ") && !all.contains("more lines"), "{all}");
    assert_eq!(story.lines().last(), all.lines().last());
}

#[test]
fn a_failed_expectation_is_named_and_ends_with_1() {
    let path = file(
        "wrong.toml",
        "duration = \"3h\"\njitter = \"off\"\n[[device]]\nname = \"pc1\"\n[[expect]]\nevent = \"service-started\"\nat = [\"1h\"]\n",
    );
    let output = imesim(&["run", path.to_str().expect("a plain path")]);
    assert_eq!(output.status.code(), Some(1));
    let text = err(&output);
    assert!(text.contains("wrong.toml:5: service-started: expected exactly at 1h, but it happened at 0s"), "{text}");
    assert!(text.contains("1 of 1 expectations failed"), "{text}");
}

#[test]
fn mistakes_in_a_file_end_with_2_and_name_the_place() {
    let path = file("typo.toml", "duration = \"3h\"\n[[device]]\nname = \"pc1\"\nos_biuld = 22631\n");
    let output = imesim(&["run", path.to_str().expect("a plain path")]);
    assert_eq!(output.status.code(), Some(2));
    let text = err(&output);
    assert!(text.contains("typo.toml:4:1") && text.contains("os_build"), "{text}");
    let output = imesim(&["run", "no-such-file.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("no-such-file.toml"));
}

#[test]
fn parameters_can_be_set_and_wrong_ones_are_named() {
    let scenario = "examples/scenarios/failing-script.toml";
    let output = imesim(&["run", scenario, "--set", "scripts.max_retries=0", "--format", "jsonl"]);
    assert_eq!(output.status.code(), Some(1), "the file expects four runs");
    let runs = out(&output).lines().filter(|line| line.contains("\"event\":\"script-run\"")).count();
    assert_eq!(runs, 1);
    let output = imesim(&["run", scenario, "--set", "scripts.max_retrys=1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("scripts.max_retries"), "{}", err(&output));
    let output = imesim(&["run", scenario, "--profile", "observed"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("observed_2025"), "{}", err(&output));
}

#[test]
fn every_line_of_jsonl_is_json_and_json_is_one_document() {
    let scenario = "examples/scenarios/sleeping-laptop.toml";
    let lines = out(&imesim(&["run", scenario, "--format", "jsonl"]));
    for line in lines.lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        assert!(value["event"].is_string() && value["time"].is_string() && value["device"].is_string());
    }
    let document: serde_json::Value =
        serde_json::from_str(&out(&imesim(&["run", scenario, "--format", "json"]))).expect("a document");
    assert_eq!(document["events"].as_array().map(Vec::len), Some(lines.lines().count()));
    assert!(document["devices"]["laptop"]["agent"].is_string(), "{document}");
}

#[test]
fn explain_names_causes_items_and_timers() {
    let output = imesim(&["explain", "examples/scenarios/failing-script.toml", "--device", "pc1", "--at", "90m"]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    for part in [
        "What can keep the agent away",
        "no    s-mode",
        "failed 2 of 4 times",
        "agent poll-script",
        "B-5.5",
        "awake time",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    let output = imesim(&["explain", "examples/scenarios/failing-script.toml", "--device", "pc9"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("no device `pc9`"), "{}", err(&output));
}

/// R7 is judged where the profile promises it, and where somebody asks for it.
#[test]
fn hunts_are_made_with_the_agents_of_a_profile() {
    let output = imesim(&["hunt", "--profile", "hardened", "--seeds", "40"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let kept = file("r7.toml", "");
    let kept = kept.to_str().expect("a plain path");
    let output = imesim(&["hunt", "--profile", "default", "--invariants", "R7", "--seeds", "200", "--save", kept]);
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    let output = imesim(&["replay", kept]);
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    assert!(out(&output).contains("R7"), "{}", out(&output));
    let output = imesim(&["hunt", "--profile", "harder"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("hardened"), "{}", err(&output));
}

#[test]
fn params_rules_and_schema_print() {
    let text = out(&imesim(&["params", "ime.script_interval"]));
    assert!(text.contains("ime.script_interval = 8h  [B-4.5]"), "{text}");
    let text = out(&imesim(&["params", "signin"]));
    assert!(text.contains("In profile seed_strict: 0s."), "{text}");
    let text = out(&imesim(&["rules", "B-4.17"]));
    assert!(text.contains("code: src/agent/") && text.contains("test: "), "{text}");
    let text = out(&imesim(&["rules"]));
    assert!(text.contains("B-13.13"));
    assert_eq!(imesim(&["rules", "B-x"]).status.code(), Some(2));
    assert_eq!(imesim(&["rules", "99"]).status.code(), Some(2));
    let schema: serde_json::Value = serde_json::from_str(&out(&imesim(&["schema"]))).expect("a JSON document");
    assert!(schema["properties"]["device"].is_object());
}

#[test]
fn fleet_prints_a_table_without_a_bar_when_nobody_looks() {
    let output = imesim(&["fleet", "--devices", "400", "--days", "2", "--threads", "2"]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    for part in
        ["50 % done", "99 % done", "done", "failed", "pending", "unreachable", "peak", "mean", "digest", "events/s"]
    {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert_eq!(err(&output), "");
    let json = out(&imesim(&["fleet", "--devices", "400", "--days", "2", "--format", "json"]));
    let report: serde_json::Value = serde_json::from_str(&json).expect("a document");
    assert!(text.contains(report["digest"].as_str().expect("a digest")));
}

#[test]
fn a_device_of_a_fleet_can_be_taken_out_by_number() {
    let output = imesim(&["run", "examples/scenarios/rollout.toml", "--device", "4711"]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).lines().count() > 100);
    let output = imesim(&["run", "examples/scenarios/rollout.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("--device"), "{}", err(&output));
}

#[test]
fn a_fleet_of_several_seeds_writes_a_page() {
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fleet.html");
    let path = page.to_str().expect("a plain path");
    let output = imesim(&[
        "fleet",
        "--population",
        "office-10k",
        "--devices",
        "60",
        "--days",
        "2",
        "--runs",
        "2",
        "--report",
        path,
    ]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    assert!(
        text.contains("seeds 1 to 2") && text.contains("covers the median of all possible runs with 50.00 %"),
        "{text}"
    );
    let page = std::fs::read_to_string(&page).expect("it is written");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("\"population\":\"office-10k\""));
    assert!(
        page.contains(
            "imesim run examples/scenarios/rollout.toml --seed 1 --population office-10k --devices 60 --days 2"
        )
    );
    let unknown = imesim(&["fleet", "--population", "ofice-10k"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(err(&unknown).contains("office-10k"), "{}", err(&unknown));
    let nowhere = imesim(&["fleet", "--devices", "5", "--days", "1", "--report", "no-such-folder/x.html"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(err(&nowhere).contains("cannot write no-such-folder/x.html"), "{}", err(&nowhere));
}

#[test]
fn two_fleets_are_compared_seed_by_seed() {
    let args = ["compare", "examples/scenarios/rollout.toml", "--devices", "60", "--days", "4", "--runs", "6"];
    let output = imesim(&[&args[..], &["--b", "ime.script_idle_interval=1h"]].concat());
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    let requests = text.lines().find(|line| line.starts_with("requests")).expect("requests are compared");
    assert!(requests.ends_with("higher"), "{requests}");
    let same = out(&imesim(&args));
    assert!(same.lines().filter(|line| line.ends_with("no difference shown")).count() > 5, "{same}");
    assert!(!same.contains("  higher") && !same.contains("  lower\n"), "{same}");
    let wrong = imesim(&[&args[..], &["--b", "ime.script_idle_intervall=1h"]].concat());
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("--b: there is no key `ime.script_idle_intervall`"), "{}", err(&wrong));
}

#[test]
fn a_sweep_shows_each_value() {
    let args = ["sweep", "examples/scenarios/rollout.toml", "--devices", "40", "--days", "3", "--runs", "1"];
    let output = imesim(&[&args[..], &["--vary", "ime.script_idle_interval=1h,8h", "--only", "requests"]].concat());
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    assert!(
        text.contains("\nrequests\n  ime.script_idle_interval=1h") && text.contains("\n  ime.script_idle_interval=8h"),
        "{text}"
    );
    assert!(!text.contains("% done after"), "{text}");
    let wrong = imesim(&[&args[..], &["--vary", "ime.script_idle_interval=1h,soon"]].concat());
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("`soon` is no value for `ime.script_idle_interval`"), "{}", err(&wrong));
}

/// What a device does in a fleet with a busy service it does alone, because the fleet is run first.
#[test]
fn a_device_of_a_busy_fleet_is_shown_as_it_was() {
    let busy = file(
        "busy.toml",
        "duration = \"1d\"\n[service]\nrequests_per_minute = 1\nqueue = 0\n[[script]]\nname = \"x\"\nassign = [\"all-devices\"]\n[[population]]\nname = \"pc\"\ncount = 40\n",
    );
    let path = busy.to_str().expect("a plain path");
    let refused: usize = (0..40)
        .map(|number| {
            let text = out(&imesim(&["run", path, "--device", &number.to_string(), "--threads", "1"]));
            text.lines().filter(|line| line.contains("throttled") && line.ends_with("B-13.4")).count()
        })
        .sum();
    let fleet: serde_json::Value =
        serde_json::from_str(&out(&imesim(&["fleet", path, "--format", "json"]))).expect("it is JSON");
    assert_eq!(fleet["load"]["refused"].as_u64(), u64::try_from(refused).ok(), "{fleet}");
    assert!(refused > 0);
    let memory = imesim(&["fleet", path, "--memory", "0"]);
    assert_eq!(memory.status.code(), Some(2));
    assert!(err(&memory).contains("0 MB are allowed"), "{}", err(&memory));
}

#[test]
fn populations_are_listed_and_printed() {
    assert!(out(&imesim(&["populations"])).lines().count() >= 5);
    assert!(out(&imesim(&["populations", "school-20k"])).contains("[[population]]"));
    let unknown = imesim(&["populations", "scool-20k"]);
    assert!(err(&unknown).contains("did you mean `school-20k`?"), "{}", err(&unknown));
}

#[test]
fn hunt_says_what_it_reached_and_writes_junit() {
    let junit = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hunt.xml");
    let output = imesim(&["hunt", "--seeds", "40", "--junit", junit.to_str().expect("a plain path")]);
    let text = out(&output);
    assert!(output.status.success(), "{text}{}", err(&output));
    assert!(text.contains("no invariant broke") && text.contains("clock-step"), "{text}");
    let xml = std::fs::read_to_string(junit).expect("it was written");
    assert!(xml.contains("tests=\"22\" failures=\"0\"") && xml.trim_end().ends_with("</testsuite>"), "{xml}");
    let json: serde_json::Value =
        serde_json::from_str(&out(&imesim(&["hunt", "--seeds", "5", "--json"]))).expect("JSON");
    assert_eq!((json["seeds"].as_u64(), json["failure"].is_null()), (Some(5), true));
}

#[test]
fn replay_tells_of_a_file_whose_failure_is_gone_and_refuses_what_is_none() {
    let path = file(
        "gone.toml",
        "duration = \"3h\"\n[[device]]\nname = \"pc1\"\n[replay]\ndevice = \"pc1\"\ninvariant = \"C1\"\nquiet_from = \"1h\"\n",
    );
    let output = imesim(&["replay", path.to_str().expect("a plain path")]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).contains("C1 holds"), "{}", out(&output));
    for (wrong, message) in [
        ("imesim-0.1.0:1:s1:d0:e1:C9x", "its last part is no invariant"),
        ("imesim-0.1.0:00000001:s1:d0:e1:C1", "the token is about another world"),
        ("no-such-thing", "there is no file of that name"),
        ("examples/scenarios/failing-script.toml", "there is no [replay] in it"),
    ] {
        let output = imesim(&["replay", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(err(&output).contains(message), "{wrong}: {}", err(&output));
    }
    let unknown =
        std::fs::read_to_string(&path).expect("it was written").replace("device = \"pc1\"", "device = \"pc2\"");
    let path = file("unknown.toml", &unknown);
    let output = imesim(&["replay", path.to_str().expect("a plain path")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("unknown.toml:5:10"), "{}", err(&output));
    assert_eq!(imesim(&["hunt", "--invariants", "Z9"]).status.code(), Some(2));
}

#[test]
fn invariants_are_listed_with_their_homes_and_bugs() {
    let all = out(&imesim(&["invariants"]));
    assert_eq!(all.lines().filter(|line| !line.starts_with("    ")).count(), 60, "{all}");
    let one = out(&imesim(&["invariants", "c1"]));
    assert!(one.contains("judged in every hunt") && one.contains("FB-114"), "{one}");
    assert!(one.contains("S-23") && one.contains("starter/s-23-everything-at-once.toml"), "{one}");
    assert_eq!(imesim(&["invariants", "C9"]).status.code(), Some(2));
}

#[test]
fn vectors_are_lines_of_json() {
    let scenario = "examples/scenarios/failing-script.toml";
    let output = imesim(&["vectors", scenario]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    assert_eq!((&lines[0]["vectors"], &lines[0]["device"]), (&1.into(), &"pc1".into()), "{}", lines[0]);
    let runs = lines.iter().filter_map(|line| line["effects"].as_array()).flatten();
    assert_eq!(runs.filter(|effect| effect.get("run").is_some()).count(), 4, "the script is tried four times");
    let wrong = imesim(&["vectors", scenario, "--device", "pc9"]);
    assert_eq!((wrong.status.code(), err(&wrong)), (Some(2), "imesim: there is no device `pc9`\n".to_owned()));
}

#[test]
fn the_conformance_pack_is_kept_and_has_vectors() {
    let junit = file("conformance.xml", "");
    let output = imesim(&["conformance", "--seeds", "20", "--junit", junit.to_str().expect("a plain path")]);
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    let text = out(&output);
    assert!(
        text.contains("\nS-36 ") && text.contains("\nkills on desk ") && text.contains(" parts, 0 failed\n"),
        "{text}"
    );
    let parts = text.lines().count() - 2;
    let xml = std::fs::read_to_string(&junit).expect("it is written");
    assert_eq!((xml.matches("<testcase ").count(), xml.matches("<failure ").count()), (parts, 0), "{xml}");

    let folder = junit.with_file_name("vectors");
    let _ = std::fs::remove_dir_all(&folder);
    let output = imesim(&["conformance", "--vectors", folder.to_str().expect("a plain path")]);
    assert!(output.status.success(), "{}", err(&output));
    let files = std::fs::read_dir(&folder).expect("it is there").count();
    assert!(files >= 50 && out(&output).starts_with(&format!("{files} files, ")), "{files}: {}", out(&output));
}

#[test]
fn an_agent_is_killed_at_every_step() {
    let file = file(
        "two-days.toml",
        "duration = \"2d\"\n[[script]]\nname = \"s\"\nassign = [\"all-devices\"]\n[[device]]\nname = \"pc1\"\n",
    );
    let path = file.to_str().expect("a plain path");
    let output = imesim(&["hunt", path, "--kill-at-every-step", "pc1"]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    assert!(text.starts_with("worlds ") && text.ends_with("no invariant broke\n"), "{text}");
    let worlds: u32 = text.split_whitespace().nth(1).and_then(|count| count.parse().ok()).expect("a number");
    assert!(worlds > 40, "{text}");
    let wrong = imesim(&["hunt", path, "--kill-at-every-step", "pc9"]);
    assert_eq!((wrong.status.code(), err(&wrong)), (Some(2), "imesim: there is no device `pc9`\n".to_owned()));
}
