//! What real devices say of themselves: samples of our own, files of real devices where they are at hand, and what becomes of
//! files that are cut, spliced or no text at all.
#![allow(clippy::disallowed_methods, reason = "it reads samples")]
#![cfg(feature = "diagnostics")]

use std::path::Path;

use imesim::diagnostics::{self, Fact, Reading, Report};

#[path = "diagnostics/broken.rs"]
mod broken;
#[path = "diagnostics/fixtures.rs"]
mod fixtures;
#[path = "diagnostics/keys.rs"]
mod keys;
#[path = "diagnostics/samples.rs"]
mod samples;

/// Where our samples are.
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/diagnostics");

/// Every sample.
const ALL: [&str; 18] = [
    "co-managed.reg",
    "cut-off.txt",
    "enrolled.reg",
    "hybrid-user-proxy.txt",
    "mdm-enrolled.xml",
    "mdm-page.html",
    "mdm-unmanaged.xml",
    "metadata-older.json",
    "metadata.json",
    "not-enrolled.reg",
    "other-language.txt",
    "registered-utf16.txt",
    "s-mode-joined.reg",
    "server.reg",
    "two-enrollments.xml",
    "two-runs.txt",
    "version-4.reg",
    "windows-11.reg",
];

fn bytes(folder: &str, name: &str) -> Vec<u8> {
    let path = Path::new(folder).join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn report(folder: &str, name: &str) -> Report {
    diagnostics::read(name, &bytes(folder, name)).unwrap_or_else(|error| panic!("{error}"))
}

/// Checks that files together say this and nothing else, each as `fact = value`; what is not listed is not known.
fn says(folder: &str, names: &[&str], expected: &[&str]) {
    let reading = Reading::of(names.iter().map(|name| report(folder, name)).collect());
    let line = |fact: &Fact| format!("{} = {}", fact.name(), reading.finding(*fact).state());
    let found: Vec<String> = Fact::ALL.iter().map(line).filter(|line| !line.ends_with("= not known")).collect();
    assert_eq!(found, expected, "{names:?}\n{reading}");
}

/// The samples are all of the folder.
#[test]
fn every_sample_is_on_the_list() {
    let mut found: Vec<String> = std::fs::read_dir(SAMPLES)
        .expect("the folder of samples")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.ends_with(".rs"))
        .collect();
    found.sort();
    assert_eq!(found, ALL);
}
