//! Every rule that is implemented is reached by a random suite, a hunt or the checker, or it stands on a list with the reason why
//! no run can reach it.
//!
//! What each of them reaches is pinned where it runs, and checked there both ways; here the pins are laid together:
//!
//! | suite | its pin | held by |
//! |---|---|---|
//! | the machines over arbitrary inputs | `properties/reached.rs` | `tests/properties.rs` |
//! | the agent beside its model | `reference/reached.rs` | `tests/reference.rs` |
//! | hunts, of documented and of hardened agents | `snapshots/hunt__hunt-rules*.snap` | `tests/hunt.rs` |
//! | every future of small worlds | `snapshots/checker-rules.snap` | `check::explore::tests` |

#![allow(clippy::disallowed_methods, reason = "it reads snapshots")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use imesim::rules::{self, RuleId};

#[path = "coverage/elsewhere.rs"]
mod elsewhere;
#[path = "reference/reached.rs"]
mod models;
#[path = "properties/reached.rs"]
mod properties;

use elsewhere::ELSEWHERE;

/// Why no run notes a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// A fact for readers: no run depends on it.
    Fact,
    /// What breaks it is refused when it is made, before anything runs.
    Made,
    /// It is decided when eligibility and assignments are resolved: it shapes the lists that runs are given.
    Resolved,
    /// Only what explains a run tells of it.
    Told,
    /// It has no note of its own, for what it says happens under that of another rule, which must be reached.
    Part(RuleId),
}

fn snapshot(name: &str) -> BTreeSet<RuleId> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let body = text.splitn(3, "---").nth(2).expect("a snapshot has a head and a body");
    body.split_whitespace().map(|rule| rule.parse().expect("a rule")).collect()
}

/// What each suite reaches.
fn reached() -> BTreeMap<&'static str, BTreeSet<RuleId>> {
    let named = |names: &[&str]| names.iter().map(|rule| rule.parse().expect("a rule")).collect();
    BTreeMap::from([
        ("properties", properties::EXPECTED.into()),
        ("reference: scripts", named(models::PRESENCE_AND_SCRIPTS)),
        ("reference: apps", named(models::APPS)),
        ("reference: apps in trouble", named(models::APPS_IN_TROUBLE)),
        ("reference: portal", named(models::PORTAL)),
        ("reference: compliance", named(models::COMPLIANCE_AND_INVENTORY)),
        ("reference: remediations", named(models::REMEDIATIONS)),
        ("hunts", snapshot("hunt__hunt-rules.snap")),
        ("hunts, hardened", snapshot("hunt__hunt-rules-hardened.snap")),
        ("checker", snapshot("checker-rules.snap")),
    ])
}

fn all_reached() -> BTreeSet<RuleId> {
    reached().into_values().flatten().collect()
}

fn shown(rules: impl IntoIterator<Item = RuleId>) -> String {
    rules
        .into_iter()
        .map(|rule| format!("{rule} ({})", rule.rule().map_or("no rule", |rule| rule.gist)))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_implemented_rule_is_reached_or_says_why_it_cannot_be() {
    let (reached, listed) = (all_reached(), ELSEWHERE.iter().map(|(rule, ..)| *rule).collect::<BTreeSet<_>>());
    let implemented: BTreeSet<RuleId> =
        rules::all().map(|rule| rule.id).filter(|rule| rules::place(*rule).is_some()).collect();
    let unreached = implemented.iter().copied().filter(|rule| !reached.contains(rule) && !listed.contains(rule));
    let unreached = shown(unreached);
    assert!(unreached.is_empty(), "reached by no suite, and without a reason:\n{unreached}");
    let unknown = shown(listed.union(&reached).copied().filter(|rule| !implemented.contains(rule)));
    assert!(unknown.is_empty(), "reached or listed, and not implemented:\n{unknown}");
}

#[test]
fn a_rule_that_is_reached_has_no_reason_why_not() {
    let reached = all_reached();
    let both = shown(ELSEWHERE.iter().map(|(rule, ..)| *rule).filter(|rule| reached.contains(rule)));
    assert!(both.is_empty(), "on the list of rules that no run reaches, and reached:\n{both}");
}

#[test]
fn the_list_is_in_order_and_its_reasons_hold() {
    for pair in ELSEWHERE.windows(2) {
        assert!(pair[0].0 < pair[1].0, "{} stands before {}", pair[0].0, pair[1].0);
    }
    let reached = all_reached();
    for (rule, why, reason) in ELSEWHERE {
        assert!(!reason.is_empty(), "{rule} has no reason");
        if let Why::Part(of) = why {
            assert!(reached.contains(of), "{rule} is a part of {of}, which no suite reaches");
        }
    }
}

/// A suite that reaches nothing of its own is no loss; one that reaches hardly anything is.
#[test]
fn every_suite_reaches_what_it_is_for() {
    for (suite, rules) in reached() {
        let least = if suite.starts_with("reference") { 5 } else { 40 };
        assert!(rules.len() >= least, "{suite} reaches {} rules only", rules.len());
    }
}
