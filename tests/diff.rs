//! The same scenario under two readings: where they part, what ends differently, what is refused.
#![allow(clippy::disallowed_methods, reason = "it reads the source")]
#![cfg(feature = "scenario")]

use std::fs;
use std::path::Path;

use imesim::scenario::diff::{Diff, DiffError, Note, Reading, Side};
use imesim::scenario::{Overrides, Scenario};
use imesim::sim::trace::Line;
use serde_json::{Map, Value, json};

fn path(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn reading(text: &str) -> Reading {
    Reading::parse(text.split_whitespace()).expect("a reading of these tests is right")
}

fn diff(file: &str, a: &str, b: &str) -> Diff {
    Diff::load(path(file), (&reading(a), &reading(b)), None).expect("a scenario of these tests can be run")
}

fn differs(text: &str, a: &str, b: &str) -> Diff {
    Diff::parse(text, "t.toml", (&reading(a), &reading(b)), None).expect("a scenario of these tests can be run")
}

const FAILING: &str = "examples/scenarios/failing-script.toml";

/// Three retries or two (B-5.3, B-5.4): the fourth run is what hangs on it.
#[test]
fn a_failing_script_parts_at_its_fourth_run() {
    let diff = diff(FAILING, "scripts.max_retries=3", "scripts.max_retries=2");
    assert!(diff.differs);
    let figures: Vec<_> = diff.figures.iter().map(|f| (f.name.as_str(), f.a.as_str(), f.b.as_str(), f.rule)).collect();
    assert_eq!(figures, [("scripts.max_retries", "3", "2", Some("B-5.3"))]);
    let contested: Vec<_> = diff.figures[0].contested.iter().map(|rule| rule.id.to_string()).collect();
    assert_eq!(contested, ["B-5.4"]);

    let [first] = diff.divergences.as_slice() else { panic!("one device parts: {:?}", diff.divergences) };
    assert_eq!((first.device.as_str(), first.at.to_string().as_str()), ("pc1", "3h"));
    let (a, b) = (first.a.as_ref().expect("a goes on"), first.b.as_ref().expect("b goes on"));
    assert_eq!((a.event.as_str(), &a.details["attempt"], a.rule.as_deref()), ("script-run", &json!(4), Some("B-5.3")));
    assert_eq!((b.event.as_str(), b.rule.as_deref()), ("script-exhausted", Some("B-5.6")));
    assert_eq!(a.time, "Mon 2026-01-05 11:00:00.000");
    let context: Vec<_> = first.context.iter().map(|line| line.event.as_str()).collect();
    assert_eq!(context, ["service-poll-answered", "check-in-done"]);

    let states: Vec<_> = diff.states.iter().map(|s| (s.path.as_str(), s.a.clone(), s.b.clone())).collect();
    let four_or_three = |path| (path, Some(json!(4)), Some(json!(3)));
    assert_eq!(states, ["scripts.map-drives.device.downloads", "service.failed", "service.reports"].map(four_or_three));
    let counts: Vec<_> = diff.counts.iter().map(|count| (count.event.as_str(), count.a, count.b)).collect();
    assert_eq!(
        counts,
        [
            ("report-sent", 6, 5),
            ("script-exhausted", 21, 22),
            ("script-result", 4, 3),
            ("script-run", 4, 3),
            ("service-reported", 4, 3)
        ]
    );
    let [verdict] = diff.expectations.as_slice() else { panic!("one expectation: {:?}", diff.expectations) };
    assert_eq!(verdict.holds, Side::A);
    assert!(verdict.failed.expected.starts_with("exactly at 0s, 1h, 2h, 3h"), "{}", verdict.failed);
    assert_ne!(diff.a.digest, diff.b.digest);
    assert!(diff.same.is_empty() && diff.notes.is_empty());
}

/// R7: a service that refuses for hours is called less often by our profile than by the documented agent (B-4.25), and not more
/// often than one that answers.
#[test]
fn a_hardened_agent_keeps_away_where_the_documented_one_calls_on() {
    let file = "tests/scenarios/hardened/refused-for-hours.toml";
    let diff = diff(file, "profile=default", "profile=hardened");
    let figures: Vec<_> = diff.figures.iter().map(|f| f.name.as_str()).collect();
    let set = [
        "health.crash_wait",
        "ime.backoff_base",
        "ime.http_attempts",
        "ime.overlap",
        "ime.timers_count",
        "rem.on_demand_lost_when_offline",
        "rem.on_demand_valid",
        "svc.notices_twins",
    ];
    assert_eq!(figures, set, "without jitter, nothing is spread");
    let count = |event: &str| {
        let count = diff.counts.iter().find(|count| count.event == event);
        count.map(|count| (count.a, count.b)).unwrap_or_else(|| panic!("{event} differs"))
    };
    let (documented, ours) = count("check-in-failed");
    assert!(ours * 3 < documented * 2, "{documented} calls are refused, and {ours}");
    assert!(count("keeps-away").0 == 0 && count("check-in-held").0 == 0);
    assert_eq!(count("keeps-away").1, ours, "each refusal is followed by a wait");
    assert!(diff.expectations.iter().all(|verdict| verdict.holds == Side::B) && !diff.expectations.is_empty());
    // The same file with a service that answers.
    let text = fs::read_to_string(path(file))
        .expect("the scenario is there")
        .replace("answer = 429", "answer = \"push-lost\"");
    let calm =
        Scenario::parse(&text, "calm.toml", &Overrides::default()).expect("it is right").run(None).expect("it runs");
    let calls = |lines: &[Line]| lines.iter().filter(|line| line.event == "check-in").count();
    let refused = Scenario::load(path(file), &Overrides::default()).expect("it is right").run(None).expect("it runs");
    assert!(calls(&refused.lines) <= calls(&calm.lines), "{} {}", calls(&refused.lines), calls(&calm.lines));
}

/// The sides are what they are called: exchanged readings give the exchanged result.
#[test]
fn exchanged_readings_give_the_exchanged_result() {
    let (there, back) = (diff(FAILING, "profile=observed_2025", ""), diff(FAILING, "", "profile=observed_2025"));
    assert_eq!((&there.a, &there.b), (&back.b, &back.a));
    let ends = |diff: &Diff, holds| diff.expectations.iter().filter(|verdict| verdict.holds == holds).count();
    assert_eq!((ends(&there, Side::A), ends(&there, Side::B)), (0, 1));
    assert_eq!((ends(&back, Side::A), ends(&back, Side::B)), (1, 0));
    let lines = |diff: &Diff| (diff.divergences[0].a.clone(), diff.divergences[0].b.clone());
    let ((a, b), (c, d)) = (lines(&there), lines(&back));
    assert_eq!((a, b), (d, c));
}

#[test]
fn equal_readings_are_noted_and_nothing_differs() {
    let equal = diff(FAILING, "scripts.max_retries=3", "profile=default");
    assert!(!equal.differs && equal.figures.is_empty() && equal.divergences.is_empty() && equal.counts.is_empty());
    let set = Note::SameFigure { name: "scripts.max_retries".to_owned(), value: "3".to_owned() };
    assert_eq!(equal.notes, [Note::SameReadings, set]);
    assert_eq!(equal.a.digest, equal.b.digest);
    assert_eq!(equal.same, ["pc1"]);
    let scenario = Scenario::load(path(FAILING), &Overrides::default()).expect("the example is right");
    assert_eq!(equal.a.digest, scenario.run(None).expect("it can be run").digest);
}

/// A figure that nothing in the scenario asks for makes no difference, also if another seed draws other delays.
#[test]
fn figures_may_differ_and_nothing_else() {
    let diff = diff(FAILING, "seed=1", "seed=2 svc.location_cache_ttl=2h removal.rule_a=no_scripts_left");
    assert!(!diff.differs, "{:?}", diff.divergences);
    assert_eq!(diff.figures[0].name, "seed");
    assert!(diff.figures.len() >= 2 && diff.figures[0].rule.is_none(), "{:?}", diff.figures);
    assert!(diff.notes.is_empty(), "{:?}", diff.notes);
}

/// The poll at one hour finds no network. Whether it took one of the tries (B-5.9) shows at the end alone, for the run
/// ends before the next poll.
#[test]
fn the_state_at_the_end_can_differ_alone() {
    let text = fs::read_to_string(path("tests/scenarios/section-05/B-5.9-b-a-poll-that-fails-counts.toml"))
        .expect("the scenario is there")
        .replace("duration = \"8h\"", "duration = \"90m\"");
    let diff = differs(&text, "scripts.failed_poll_counts=false", "scripts.failed_poll_counts=true");
    assert!(diff.differs && diff.divergences.is_empty() && diff.counts.is_empty());
    let states: Vec<_> = diff.states.iter().map(|s| (s.device.as_str(), s.path.as_str(), &s.a, &s.b)).collect();
    let (one, two) = (Some(json!(1)), Some(json!(2)));
    assert_eq!(states, [("pc1", "scripts.map-drives.device.downloads", &one, &two)]);
    assert!(diff.same.is_empty());
}

/// One device has a script and the other has none; the third is late. Each is compared by itself.
const THREE: &str = r#"
jitter = "off"
duration = "10h"

[[group]]
name = "late"

[[script]]
name = "early"
assign = [{ group = "all-devices" }, { group = "late", exclude = true }]
outcome = { exit = 1 }

[[device]]
name = "waits"
groups = ["late"]

[[device]]
name = "second"
enrolled = "30m"

[[device]]
name = "first"
"#;

#[test]
fn every_device_is_compared_by_itself_and_the_first_to_part_comes_first() {
    let readings = ("scripts.max_retries=0", "scripts.max_retries=1 ime.script_interval=2h");
    let diff = differs(THREE, readings.0, readings.1);
    let order: Vec<_> = diff.divergences.iter().map(|one| one.device.as_str()).collect();
    assert_eq!(order, ["first", "second"]);
    assert!(diff.divergences[0].at < diff.divergences[1].at);
    assert_eq!(diff.same, ["waits"]);
}

/// The first divergence is the first line, in order over the whole world, that the other run has not.
#[test]
fn the_first_divergence_is_that_of_the_whole_world() {
    for file in [
        "tests/scenarios/section-10/B-10.13-un-enrollment.toml",
        "tests/scenarios/section-05/B-5.9-b-a-poll-that-fails-counts.toml",
        "examples/scenarios/first-day.toml",
        "examples/scenarios/sync-kinds.toml",
    ] {
        let readings = ("profile=default", "profile=seed_strict");
        let first = diff(file, readings.0, readings.1).divergences.into_iter().next().expect("the two part");
        let lines = |text: &str| {
            let scenario = Scenario::load(path(file), reading(text).overrides()).expect("the scenario is right");
            scenario.run(None).expect("it can be run").lines
        };
        let (a, b) = (lines(readings.0), lines(readings.1));
        let place = a.iter().zip(&b).position(|(a, b)| !a.is_like(b)).expect("the two part");
        let world = if a[place].at <= b[place].at { &a[place] } else { &b[place] };
        assert_eq!((first.at, first.device.as_str()), (world.at, world.device.as_str()), "{file}");
        assert!([&first.a, &first.b].into_iter().flatten().any(|line| line == world), "{file}");
    }
}

/// Where the one run is over, the other has a line more.
#[test]
fn a_transcript_that_ends_earlier_parts_at_its_end() {
    let text = "jitter = \"off\"\nduration = \"1h\"\n[[device]]\nname = \"pc1\"\nmdm_schedule = false\n";
    let diff = differs(text, "", "ime.required_app_interval=2h");
    let [first] = diff.divergences.as_slice() else { panic!("one device parts: {:?}", diff.divergences) };
    assert_eq!(first.a.as_ref().map(|line| line.event.as_str()), Some("check-in"));
    assert_eq!(first.b, None);
    assert_eq!(first.common, diff.b.lines);
}

#[test]
fn figures_that_the_file_makes_equal_are_noted() {
    let diff = diff(FAILING, "profile=default", "profile=seed_strict");
    let [Note::MadeEqual { names }] = diff.notes.as_slice() else { panic!("one note: {:?}", diff.notes) };
    assert!(names.iter().any(|name| name == "ime.first_delay.script"), "{names:?}"); // `jitter = "off"`
    assert!(names.iter().all(|name| diff.figures.iter().all(|figure| figure.name != *name)), "{names:?}");
}

#[test]
fn assignments_are_refused_by_name() {
    for (assignments, expected) in [
        (
            vec!["scripts.max_retrys=2"],
            "there is no key `scripts.max_retrys`; use profile, seed or the name of a parameter; the nearest is `scripts.max_retries`",
        ),
        (
            vec!["profil=default"],
            "there is no key `profil`; use profile, seed or the name of a parameter; the nearest is `profile`",
        ),
        (vec!["qwertyuiop=1"], "there is no key `qwertyuiop`; use profile, seed or the name of a parameter"),
        (vec!["scripts.max_retries=2000"], "`2000` is out of range for `scripts.max_retries`; allowed: 0 to 1000"),
        (
            vec!["scripts.max_retries=many"],
            "`many` is no value for `scripts.max_retries`; allowed: runs after the first, 0 to 1000",
        ),
        (vec!["scripts.size_rule="], "`` is no value for `scripts.size_rule`; allowed: choice, reject | ignore"),
        (
            vec!["profile=observed"],
            "there is no profile `observed`; allowed: default | seed_strict | observed_2025 | hardened",
        ),
        (vec!["seed=-1"], "`-1` is no seed; allowed: 0 to 18446744073709551615"),
        (
            vec!["scripts.max_retries"],
            "`scripts.max_retries` is no assignment; write it as KEY=VALUE, such as profile=observed_2025",
        ),
        (vec!["=3"], "`=3` is no assignment; write it as KEY=VALUE, such as profile=observed_2025"),
        (vec!["seed=1", "seed=2"], "`seed` is given twice, as `1` and as `2`; leave one out"),
    ] {
        let error = Reading::parse(&assignments).expect_err("it is wrong");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_file_that_one_reading_refuses_names_the_reading() {
    let text = "[[script]]\nname = \"large\"\nbytes = 204800\n[[device]]\nname = \"pc1\"\n";
    let (a, b) = (reading("profile=observed_2025"), reading("profile=default"));
    let error = Diff::parse(text, "t.toml", (&a, &b), None).expect_err("too large by default (B-5.16)");
    assert!(matches!(&error, DiffError::Reading { side: Side::B, .. }), "{error:?}");
    assert!(error.to_string().starts_with("reading b (profile=default): t.toml:3:"), "{error}");
    let error = Diff::parse("durration = 1", "t.toml", (&a, &b), None).expect_err("wrong in both");
    assert!(error.to_string().starts_with("t.toml:1:1: durration: there is no key"), "{error}");
    let error = Diff::load("no-such-file.toml", (&a, &b), None).expect_err("it is not there");
    assert!(error.to_string().starts_with("no-such-file.toml: cannot be read"), "{error}");
}

#[test]
fn a_fleet_is_refused_and_a_device_of_it_is_compared() {
    let (a, b) = (reading("profile=default"), reading("profile=seed_strict"));
    let file = path("examples/scenarios/rollout.toml");
    let error = Diff::load(&file, (&a, &b), None).expect_err("a fleet is not compared");
    assert!(matches!(&error, DiffError::Fleet { population, devices: 100_000 } if population == "laptop"), "{error:?}");
    assert!(error.to_string().contains("--device laptop-0"), "{error}");
    let diff = Diff::load(&file, (&a, &b), Some("4711")).expect("one device is compared");
    let [first] = diff.divergences.as_slice() else { panic!("one device parts: {:?}", diff.divergences) };
    assert_eq!(first.device, "laptop-4711");
    let error = Diff::load(&file, (&a, &b), Some("laptop-78000")).expect_err("there is none");
    assert!(error.to_string().starts_with("no device `laptop-78000`"), "{error}");
}

#[test]
fn the_numbers_of_requests_do_not_count() {
    let line = |details: Value| Line {
        at: imesim::time::Span::hours(1),
        time: "Mon 2026-01-05 09:00:00.000".to_owned(),
        device: "pc1".to_owned(),
        event: "service-reported".to_owned(),
        details: details.as_object().cloned().unwrap_or_else(Map::new),
        rule: Some("B-5.25".to_owned()),
    };
    let one = line(json!({ "policy": "vpn", "run": 4, "token": 7 }));
    assert!(one.is_like(&line(json!({ "policy": "vpn", "run": 9, "token": 8 }))));
    assert!(!one.is_like(&line(json!({ "policy": "lan", "run": 4, "token": 7 }))));
    assert!(!one.is_like(&line(json!({ "policy": "vpn", "run": 4 }))));
    assert!(!line(json!({ "run": 4 })).is_like(&line(json!({ "token": 4 }))));
    let later = Line { at: imesim::time::Span::hours(2), ..one.clone() };
    assert!(!one.is_like(&later));
}

/// Each token that a trace can show is left out of comparisons, and nothing else has the name of one.
#[test]
fn the_tokens_of_a_trace_are_known() {
    let mut names = Vec::new();
    for (file, from) in [
        ("src/agent/event.rs", "pub enum Event"),
        ("src/mdm/event.rs", "pub enum Event"),
        ("src/service/event.rs", "pub enum Event"),
        ("src/device/interface.rs", "pub enum DeviceEvent"),
        ("src/device/action.rs", "pub enum Action"),
        ("src/sim/observe.rs", "pub enum NetworkEvent"),
        ("src/protocol/script.rs", "pub struct ScriptReport"),
    ] {
        let text = fs::read_to_string(path(file)).expect("a source file can be read");
        let (_, body) = text.split_once(from).unwrap_or_else(|| panic!("{file} has no {from}"));
        for line in body.lines().skip(1).take_while(|line| *line != "}") {
            let field = line.trim().trim_end_matches(',');
            let Some((name, kind)) = field.trim_start_matches("pub ").split_once(": ") else { continue };
            let is_token = kind == "Token";
            assert_eq!(is_token, ["run", "token"].contains(&name), "{file}: {field}");
            names.extend(is_token.then(|| name.to_owned()));
        }
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, ["run", "token"]);
}

#[test]
fn it_serializes_as_one_document() {
    let document = serde_json::to_value(diff(FAILING, "profile=default", "scripts.max_retries=2")).expect("plain data");
    assert_eq!(document["differs"], json!(true));
    assert_eq!(document["a"]["reading"], json!(["profile=default"]));
    assert_eq!(document["b"]["digest"].as_str().map(str::len), Some(32));
    assert_eq!(document["figures"][0]["rule"], json!("B-5.3"));
    assert_eq!(document["figures"][0]["contested"][0]["id"], json!("B-5.4"));
    assert_eq!(document["divergences"][0]["at"], json!(10_800_000));
    assert_eq!(document["divergences"][0]["a"]["event"], json!("script-run"));
    assert_eq!(document["divergences"][0]["b"]["rule"], json!("B-5.6"));
    assert_eq!(document["divergences"][0]["context"].as_array().map(Vec::len), Some(2));
    let state = json!({ "device": "pc1", "path": "scripts.map-drives.device.downloads", "a": 4, "b": 3 });
    assert_eq!(document["states"][0], state);
    assert_eq!(document["counts"][0], json!({ "event": "report-sent", "a": 6, "b": 5 }));
    assert_eq!(document["expectations"][0]["holds"], json!("a"));
    assert!(document["expectations"][0]["failed"]["line"].is_u64());
}
