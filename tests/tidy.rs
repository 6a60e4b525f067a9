//! Structural rules: who may import whom, how long a file may be, what the features may do, what the core may not.
#![allow(clippy::disallowed_methods, reason = "it reads the source")]

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The modules from the ground up. A module may use those before it, and those in its own group.
const LAYERS: &[&[&str]] = &[
    &["time", "chance", "rules", "retry", "sabotage", "relations", "profile", "protocol", "content", "canon"],
    &["facts"],
    &["catalog"],
    &["agent"],
    &["mdm", "service"],
    &["device"],
    &["lifecycle"],
    &["sim"],
    &["scenario"],
    &["threads", "out"],
    &["check"],
    &["log"],
    &["strategies"],
    &["report"],
    &["fleet"],
    &["diagnostics"],
    &["driver"],
    &["windows"],
    &["program"],
    &["serve"],
    &["cli"],
];

/// What may be used although it lies above or beside, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[("mdm", "agent", "shares the type of a deadline")];

#[test]
fn imports_point_upward_only() {
    let layer = |module: &str| LAYERS.iter().position(|group| group.contains(&module));
    let mut wrong = Vec::new();
    for path in sources("src") {
        let relative = relative(&path);
        let module = relative.trim_start_matches("src/").split(['/', '.']).next().unwrap_or("").to_owned();
        if ["lib", "bin"].contains(&module.as_str()) || relative.contains("/tests") {
            continue;
        }
        let Some(own) = layer(&module) else {
            wrong.push(format!("{relative}: module `{module}` has no place in the list"));
            continue;
        };
        let text = fs::read_to_string(&path).expect("a source file can be read");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + 7..];
                let used: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_allowed = layer(&used).is_none_or(|other| other < own || used == module)
                    || layer(&used) == Some(0) && own == 0
                    || EXCEPTIONS.iter().any(|(user, of, _)| *user == module && *of == used);
                if !is_allowed {
                    wrong.push(format!("{relative} uses crate::{used}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_three_machines_do_not_know_each_other() {
    for (machine, others) in
        [("agent", ["mdm", "service"]), ("mdm", ["service", "device"]), ("service", ["agent", "mdm"])]
    {
        for path in sources(&format!("src/{machine}")) {
            let text = fs::read_to_string(&path).expect("a source file can be read");
            for other in others {
                let used = text
                    .lines()
                    .any(|line| line.contains(&format!("crate::{other}::")) && !line.trim_start().starts_with("//"));
                assert!(!used, "{} uses {other}", relative(&path));
            }
        }
    }
}

#[test]
fn files_fit_into_a_head() {
    let long: Vec<String> = ["src", "tests", "examples", "benches"]
        .iter()
        .flat_map(|place| sources(place))
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).expect("a source file can be read").lines().count();
            (lines > 400).then(|| format!("{} has {lines} lines", relative(&path)))
        })
        .collect();
    assert!(long.is_empty(), "split by idea:\n{}", long.join("\n"));
}

#[test]
fn every_source_file_says_what_it_is() {
    for path in sources("src") {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        assert!(text.starts_with("//!"), "{} does not begin with //!", relative(&path));
    }
}

#[test]
fn no_lint_is_switched_off_without_a_reason() {
    for path in sources("src") {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with("#[allow(") || line.starts_with("#![allow(") {
                let rest: String = text.lines().skip(number).take(4).collect();
                assert!(rest.contains("reason"), "{}:{}: {line}", relative(&path), number + 1);
            }
        }
    }
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = [
        "to".to_owned() + "do!",
        "unimplemen".to_owned() + "ted!",
        "FIX".to_owned() + "ME",
        "#[ign".to_owned() + "ore",
    ];
    for path in ["src", "tests", "examples", "benches"].iter().flat_map(|place| sources(place)) {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{} contains {mark}", relative(&path));
        }
    }
}

/// Features only add: no code asks for the absence of one.
#[test]
fn features_only_add() {
    for path in sources("src") {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        assert!(!text.contains("not(feature"), "{} behaves differently without a feature", relative(&path));
    }
}

fn sources(place: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder can be read") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&Path::new(ROOT).join(place), &mut found);
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(ROOT).expect("below the root").to_string_lossy().replace('\\', "/")
}
