//! What we write is explained whole by the profile that it was written under.

use std::fs;
use std::path::Path;

use imesim::log::conform::{Conformance, Decision, judge};
use imesim::log::trace::Trace;
use imesim::scenario::{Overrides, Scenario};

use super::common::{logs_of, parts};

/// The decisions of the first device of a scenario, by the scenario's own profile.
fn judged(text: &str) -> Conformance {
    let scenario = Scenario::parse(text, "written.toml", &Overrides::default()).expect("the scenario is right");
    let (folder, _) = logs_of(text);
    let mut trace = Trace::default();
    for (file, parts) in parts(&folder) {
        let named = parts.iter().map(|bytes| (file.name().to_owned(), Ok(*bytes)));
        let _ = trace.read(file.name(), named).expect("memory can be read");
    }
    judge(&trace, &scenario.plan.profile)
}

/// The stories of a folder that have devices of their own.
fn stories(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(folder).expect("a folder of the repository").map(|entry| entry.expect("an entry").path());
    let mut stories: Vec<(String, String)> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| (path.display().to_string(), fs::read_to_string(path).expect("a text")))
        .filter(|(_, text)| text.contains("[[device]]") && !text.contains("[[population]]"))
        .collect();
    stories.sort();
    stories
}

/// What is not explained, and why.
const NOT_EXPLAINED: &[(&str, &str)] = &[
    ("autopilot", "scripts that the status page asks for leave no record of their trigger"),
    ("B-5.14-during-the-status-page", "scripts that the status page asks for leave no record of their trigger"),
    ("co-management-switch", "apps come again as a workload is handed back, which leaves no record"),
    ("company-portal-day", "a sync in Company Portal leaves no record but that of apps"),
    ("removed-by-the-user", "a sync in Company Portal leaves no record but that of apps"),
    ("sync-kinds", "a sync in Company Portal leaves no record but that of apps"),
    ("B-4.14-company-portal-sync", "a sync in Company Portal leaves no record but that of apps"),
    ("B-5.12-scripts-before-apps", "a sync in Company Portal leaves no record but that of apps"),
    ("lunch-and-holidays", "a log-on within a hold or a sleep waits for its end"),
    ("road-warrior", "a log-on within a hold or a sleep waits for its end"),
    ("monday-after-the-weekend", "a sleep of whole hours is taken for a change of zone"),
    ("C-4.5-a-awake-timers", "a sleep of whole hours is taken for a change of zone"),
    ("C-4.5-b-wall-timers", "a sleep of whole hours is taken for a change of zone"),
    ("year-of-a-daily-remediation", "the end of summer time is taken for a step of the clock"),
    ("B-6.4-a-year-with-both-changes", "the end of summer time is taken for a step of the clock"),
    ("B-4.2-uniform-8h", "what is written of the interval of apps is the usual hour"),
    ("B-4.28-b-overlap-follows", "the row of a sync that waited is not told from others"),
];

#[test]
fn stories_are_explained_whole() {
    let mut wrong = Vec::new();
    let mut explained = 0;
    for folder in
        ["examples/scenarios", "tests/scenarios/section-04", "tests/scenarios/section-05", "tests/scenarios/section-06"]
    {
        for (name, text) in stories(folder) {
            let judged = judged(&text);
            let is_known = NOT_EXPLAINED.iter().any(|(known, _)| name.contains(&format!("/{known}.toml")));
            let misfits: Vec<&Decision> = judged.misfits().collect();
            match misfits.as_slice() {
                [] if is_known => wrong.push(format!("{name} is explained whole by now")),
                [] => explained += judged.explained,
                [first, ..] if !is_known => {
                    let Decision { kind, at, expected, seen, .. } = first;
                    wrong.push(format!(
                        "{name}: {} of them, {at} {kind:?}: expected {expected}; seen {seen}",
                        misfits.len()
                    ));
                }
                [..] => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{explained} explained, but\n{}", wrong.join("\n"));
    assert!(explained > 3_000, "{explained}");
}
