//! Every scenario file under `tests/scenarios` and `examples/scenarios` runs, and its expectations hold.
//!
//! A file is named after the check or rule of the catalogue that it shows; its `rules` name all of them.
#![allow(clippy::disallowed_methods, reason = "it reads files")]
#![cfg(feature = "scenario")]

use std::fs;
use std::path::{Path, PathBuf};

use imesim::scenario::{Overrides, Scenario, TRACED_MAX};

#[test]
fn every_check_holds() {
    let files = files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios")));
    assert!(files.len() >= 50, "only {} files found", files.len());
    let failures: Vec<String> = files.iter().flat_map(|file| failures(file)).collect();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_example_holds() {
    let files = files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/scenarios")));
    let failures: Vec<String> = files.iter().flat_map(|file| failures(file)).collect();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// The stories of the examples, to be read. A changed snapshot is accepted only with the rule that changed.
#[test]
fn every_example_tells_its_story() {
    for file in files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/scenarios"))) {
        let scenario = Scenario::load(&file, &Overrides::default()).expect("an example is right");
        if scenario.plan.groups.iter().any(|group| group.is_population) {
            continue;
        }
        let outcome = scenario.run(None).expect("an example can be run");
        let width = outcome.lines.iter().map(|line| line.device.len()).max().unwrap_or(0);
        let story: Vec<String> =
            outcome.lines.iter().filter(|line| scenario.story.shows(line)).map(|line| line.text(width)).collect();
        let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        insta::assert_snapshot!(name, format!("{}\ndigest {}", story.join("\n"), outcome.digest));
    }
}

fn failures(file: &Path) -> Vec<String> {
    let scenario = match Scenario::load(file, &Overrides::default()) {
        Ok(scenario) => scenario,
        Err(error) => return vec![error.to_string()],
    };
    let devices: u64 = scenario.plan.groups.iter().map(|group| group.count).sum();
    if devices > TRACED_MAX {
        return Vec::new(); // a fleet; `tests/fleet.rs` runs those
    }
    if scenario.expectations.is_empty() {
        return vec![format!("{}: expects nothing", file.display())];
    }
    match scenario.run(None) {
        Ok(outcome) => outcome.failed.iter().map(ToString::to_string).collect(),
        Err(error) => vec![format!("{}: {error}", file.display())],
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    files
}
