//! The rule table is true: every rule in scope names its code and its test, and both files name the rule.
//!
//! `IMESIM_BLESS=1 cargo test --test rules_table` writes `src/rules/place.rs` anew.
#![allow(clippy::disallowed_methods, reason = "it reads the source")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use imesim::rules::{self, RuleId};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where the code of a rule is looked for, in this order.
const CODE: [&str; 21] = [
    "src/agent",
    "src/mdm",
    "src/service",
    "src/catalog",
    "src/facts",
    "src/device",
    "src/sim",
    "src/driver",
    "src/content",
    "src/retry",
    "src/relations",
    "src/protocol",
    "src/profile/elig.rs",
    "src/profile",
    "src/fleet",
    "src/diagnostics",
    "src/scenario",
    "src/time.rs",
    "src/chance.rs",
    "src/lifecycle",
    "src/log",
];

/// Rules that the crate implements so far: whole sections, and single rules of others.
fn is_in_scope(id: RuleId) -> bool {
    match id.section() {
        1..=10 | 12 | 13 => true,
        11 => (1..=13).contains(&id.number()),
        _ => false,
    }
}

#[test]
fn every_rule_in_scope_names_its_code_and_its_test() {
    let code = texts(&CODE, "rs");
    let mut tests = [texts(&["tests/scenarios"], "toml"), texts(&["tests"], "rs"), unit_tests(&code)].concat();
    // The list of what no run notes shows nothing.
    tests.retain(|(path, _)| !path.starts_with("tests/coverage"));
    // A rule's own test comes before those of faults and of starters, which show several at once.
    tests.sort_by_key(|(path, _)| path.contains("scenarios/faults/") || path.contains("scenarios/starter/"));
    let code: Vec<_> = code.iter().filter(|(path, _)| !path.contains("/tests")).collect();
    let mut found = BTreeMap::new();
    let mut missing = Vec::new();
    for rule in rules::all().filter(|rule| is_in_scope(rule.id)) {
        let call = call(rule.id);
        let in_code = code
            .iter()
            .find(|(_, text)| text.contains(&call))
            .or_else(|| code.iter().find(|(_, text)| names(text, rule.id)));
        let in_test = tests
            .iter()
            .find(|(path, _)| path.contains(&format!("/{}-", rule.id)))
            .or_else(|| tests.iter().find(|(_, text)| names(text, rule.id)));
        match (in_code, in_test) {
            (Some((code, _)), Some((test, _))) => {
                found.insert(rule.id, (code.clone(), test.clone()));
            }
            (code, test) => missing.push(format!(
                "{}: {}{}({})",
                rule.id,
                if code.is_none() { "no code " } else { "" },
                if test.is_none() { "no test " } else { "" },
                rule.gist
            )),
        }
    }
    let table = table(&found);
    let path = Path::new(ROOT).join("src/rules/place.rs");
    let source = fs::read_to_string(&path).expect("the table is there");
    let head = &source[..source.find("const PLACES").expect("the table has a head")];
    let wanted = format!("{head}{table}");
    if std::env::var_os("IMESIM_BLESS").is_some() {
        fs::write(&path, &wanted).expect("the table can be written");
    } else {
        assert!(source == wanted, "src/rules/place.rs is out of date: run with IMESIM_BLESS=1");
    }
    assert!(missing.is_empty(), "{} rules are not covered:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn no_rule_id_is_made_up() {
    let all = [texts(&["src", "tests", "examples", "benches"], "rs"), texts(&["tests", "examples"], "toml")].concat();
    for (path, text) in all {
        for id in ids(&text) {
            let known = id.parse::<RuleId>().is_ok_and(|id| id.rule().is_some());
            // Tests of the parser name ids that are not there.
            let is_about_ids = path.contains("src/rules/") || path.contains("src/scenario/tests");
            assert!(known || is_about_ids, "{path} names {id}, which is no rule");
        }
    }
}

fn call(id: RuleId) -> String {
    let base = format!("b({}, {})", id.section(), id.number());
    id.suffix().map_or_else(|| base.clone(), |suffix| format!("{base}.with_suffix('{suffix}')"))
}

/// True if the text names the rule itself and not one whose id begins alike.
fn names(text: &str, id: RuleId) -> bool {
    ids(text).any(|found| found == id.to_string())
}

fn ids(text: &str) -> impl Iterator<Item = String> + '_ {
    text.match_indices("B-").filter_map(|(at, _)| {
        let rest = &text[at + 2..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number = rest[..end].trim_end_matches('.');
        let (section, rule) = number.split_once('.')?;
        if section.is_empty()
            || rule.is_empty()
            || rule.contains('.')
            || section.starts_with('0')
            || rule.starts_with('0')
        {
            return None;
        }
        let suffix = rest[number.len()..].chars().next().filter(|c| ('a'..='c').contains(c));
        let after = rest[number.len()..].chars().nth(1);
        let suffix = suffix.filter(|_| !after.is_some_and(char::is_alphanumeric));
        Some(format!("B-{number}{}", suffix.map_or(String::new(), String::from)))
    })
}

fn table(found: &BTreeMap<RuleId, (String, String)>) -> String {
    let mut out = "const PLACES: &[(RuleId, &str, &str)] = &[\n".to_owned();
    for (id, (code, test)) in found {
        writeln!(out, "    ({}, \"{code}\", \"{test}\"),", call(*id)).expect("a string takes everything");
    }
    out + "];\n"
}

/// The parts of source files that are tests.
fn unit_tests(code: &[(String, String)]) -> Vec<(String, String)> {
    code.iter()
        .filter_map(|(path, text)| {
            if path.contains("/tests") {
                return Some((path.clone(), text.clone()));
            }
            let from = text.find("#[cfg(test)]\nmod tests {")?;
            Some((path.clone(), text[from..].to_owned()))
        })
        .collect()
}

/// Every file with an extension below some places, as path from the root and text; places in order, files sorted.
fn texts(places: &[&str], extension: &str) -> Vec<(String, String)> {
    let mut found: Vec<PathBuf> = Vec::new();
    for place in places {
        let mut here = Vec::new();
        collect(&Path::new(ROOT).join(place), extension, &mut here);
        here.sort();
        for path in here {
            if !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file can be read");
            (path.strip_prefix(ROOT).expect("below the root").to_string_lossy().replace('\\', "/"), text)
        })
        .collect()
}

fn collect(path: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder can be read") {
            collect(&entry.expect("an entry can be read").path(), extension, found);
        }
    } else if path.extension().is_some_and(|found| found == extension) {
        found.push(path.to_owned());
    }
}
