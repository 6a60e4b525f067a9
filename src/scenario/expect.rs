//! Checks what a scenario expects against what a run did.
//!
//! The trace is plain data here: whoever ran the scenario gives one [`TraceRecord`] per event, in the order in which
//! they happened, and the state of each device at the end.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::time::Span;

/// One event of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceRecord {
    /// When, as an offset from the start, in true time.
    pub at: Span,
    /// The name of the device.
    pub device: String,
    /// What happened: `event`, `rule` and the event's own fields, with policies and users by name.
    pub fields: Map<String, Value>,
}

/// Something that must come of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The file and the line where it begins.
    pub file: String,
    /// The line where it begins, from 1.
    pub line: usize,
    /// The device; `None` for all together.
    pub device: Option<String>,
    /// The events it is about; no event for checks of order and state alone.
    pub of: Option<Pattern>,
    /// Start of the window, included.
    pub from: Span,
    /// End of the window, not included; `None` for the end of the run, included.
    pub to: Option<Span>,
    /// What must hold of them; at least one.
    pub checks: Vec<Check>,
    /// A line to show if it fails.
    pub note: Option<String>,
}

/// An event and what it must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The event's name.
    pub event: String,
    /// Fields that it must have; an array allows each of its values.
    pub with: BTreeMap<String, Value>,
}

/// What must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// It happens at exactly these times; sorted.
    At(Vec<Span>),
    /// It happens so often.
    Count(u64),
    /// It happens at least so often.
    AtLeast(u64),
    /// It happens at most so often.
    AtMost(u64),
    /// It never happens.
    Never,
    /// Each event `after` is followed by one within this time, on the same device.
    Within {
        /// The longest time between the two.
        within: Span,
        /// What must be followed.
        after: Pattern,
    },
    /// These happen in this order on one device.
    Order(Vec<Pattern>),
    /// The state at the end: by dotted path, the values that are allowed.
    State(BTreeMap<String, Vec<Value>>),
}

/// An expectation that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// The file.
    pub file: String,
    /// The line of the expectation.
    pub line: usize,
    /// What it is about, such as `script-run {policy: "vpn"} on pc1`.
    pub about: String,
    /// What was expected.
    pub expected: String,
    /// What happened instead, with the nearest times.
    pub actual: String,
    /// The expectation's own line of text.
    pub note: Option<String>,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: expected {}, but {}", self.file, self.line, self.about, self.expected, self.actual)?;
        self.note.as_ref().map_or(Ok(()), |note| write!(f, " ({note})"))
    }
}

/// Checks every expectation; gives those that failed, in the order of the file.
///
/// `records` are in the order in which things happened. `finals` holds the state of each device at the end, by name.
pub fn check(expectations: &[Expectation], records: &[TraceRecord], finals: &BTreeMap<String, Value>) -> Vec<Failed> {
    expectations.iter().flat_map(|expectation| expectation.failures(records, finals)).collect()
}

impl Expectation {
    fn failures(&self, records: &[TraceRecord], finals: &BTreeMap<String, Value>) -> Vec<Failed> {
        let inside: Vec<&TraceRecord> = records.iter().filter(|record| self.is_inside(record)).collect();
        let times: Vec<Span> = self
            .of
            .iter()
            .flat_map(|of| inside.iter().filter(|record| of.matches(record)).map(|record| record.at))
            .collect();
        let mut failed = Vec::new();
        for check in &self.checks {
            let outcome = match check {
                Check::At(wanted) => at(wanted, &times),
                Check::Count(n) => counted(format!("{n} times"), times.len() as u64 == *n, &times),
                Check::AtLeast(n) => counted(format!("at least {n} times"), times.len() as u64 >= *n, &times),
                Check::AtMost(n) => counted(format!("at most {n} times"), times.len() as u64 <= *n, &times),
                Check::Never => counted("never".to_owned(), times.is_empty(), &times),
                Check::Within { within, after } => self.followed(*within, after, records),
                Check::Order(patterns) => order(patterns, &inside),
                Check::State(paths) => self.state(paths, finals),
            };
            if let Some((expected, actual)) = outcome {
                failed.push(Failed {
                    file: self.file.clone(),
                    line: self.line,
                    about: self.about(),
                    expected,
                    actual,
                    note: self.note.clone(),
                });
            }
        }
        failed
    }

    /// True for an event of the device, within the window.
    fn is_inside(&self, record: &TraceRecord) -> bool {
        self.device.as_ref().is_none_or(|name| *name == record.device)
            && self.from <= record.at
            && self.to.is_none_or(|to| record.at < to)
    }

    fn about(&self) -> String {
        let what = self.of.as_ref().map_or_else(|| "expectation".to_owned(), Pattern::to_string);
        let device = self.device.as_ref().map_or_else(String::new, |name| format!(" on {name}"));
        let window = match (self.from.is_zero(), self.to) {
            (true, None) => String::new(),
            (_, Some(to)) => format!(" from {} to {to}", self.from),
            (false, None) => format!(" from {}", self.from),
        };
        format!("{what}{device}{window}")
    }

    /// Each `after` inside the window must be followed, inside it or beyond, on its device.
    fn followed(&self, within: Span, after: &Pattern, records: &[TraceRecord]) -> Outcome {
        let of = self.of.as_ref()?;
        let mut firsts = 0_u64;
        for (place, first) in
            records.iter().enumerate().filter(|(_, record)| self.is_inside(record) && after.matches(record))
        {
            firsts += 1;
            let next = records[place + 1..].iter().find(|record| record.device == first.device && of.matches(record));
            let late = next.is_none_or(|next| next.at.saturating_sub(first.at) > within);
            if late {
                let then = next.map_or_else(
                    || "it never came".to_owned(),
                    |next| format!("the next came at {}, {} later", next.at, next.at.saturating_sub(first.at)),
                );
                return Some((
                    format!("it within {within} after every {after}"),
                    format!("after the one at {} on {} {then}", first.at, first.device),
                ));
            }
        }
        (firsts == 0).then(|| (format!("it within {within} after every {after}"), format!("{after} never happened")))
    }

    fn state(&self, paths: &BTreeMap<String, Vec<Value>>, finals: &BTreeMap<String, Value>) -> Outcome {
        let devices: Vec<(&String, &Value)> = match &self.device {
            Some(name) => finals.get_key_value(name).into_iter().collect(),
            None => finals.iter().collect(),
        };
        if devices.is_empty() {
            return Some(("a state at the end".to_owned(), "there is no such device at the end".to_owned()));
        }
        for (path, allowed) in paths {
            for (device, value) in &devices {
                let actual = at_path(value, path);
                if !actual.is_some_and(|actual| allowed.iter().any(|one| same(one, actual))) {
                    let allowed: Vec<String> = allowed.iter().map(show).collect();
                    let actual =
                        actual.map_or_else(|| "is not there".to_owned(), |actual| format!("is {}", show(actual)));
                    return Some((
                        format!("`{path}` = {} at the end", allowed.join(" or ")),
                        format!("on {device} it {actual}"),
                    ));
                }
            }
        }
        None
    }
}

/// What was expected and what was, where they differ.
type Outcome = Option<(String, String)>;

fn counted(expected: String, holds: bool, times: &[Span]) -> Outcome {
    (!holds).then(|| (expected, format!("it happened {} times{}", times.len(), list(" at ", times))))
}

/// Compares two sorted lists of times and says which are missing or too many.
fn at(wanted: &[Span], times: &[Span]) -> Outcome {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let (mut missing, mut surplus) = (Vec::new(), sorted.clone());
    for want in wanted {
        match surplus.iter().position(|at| at == want) {
            Some(place) => {
                surplus.remove(place);
            }
            None => missing.push(*want),
        }
    }
    if missing.is_empty() && surplus.is_empty() {
        return None;
    }
    let mut actual = if sorted.is_empty() {
        "it never happened".to_owned()
    } else {
        format!("it happened{}", list(" at ", &sorted))
    };
    for want in missing.iter().take(SHOWN_MAX) {
        actual.push_str(&format!("; none at {want}"));
        if let Some(near) = sorted.iter().min_by_key(|at| at.as_millis().abs_diff(want.as_millis())) {
            let (distance, word) = if near < want {
                (want.saturating_sub(*near), "before")
            } else {
                (near.saturating_sub(*want), "after")
            };
            if !distance.is_zero() {
                actual.push_str(&format!(", the nearest is {distance} {word} it, at {near}"));
            }
        }
    }
    if !surplus.is_empty() {
        actual.push_str(&list("; not expected: ", &surplus));
    }
    let expected = if wanted.is_empty() { "at no time".to_owned() } else { format!("exactly{}", list(" at ", wanted)) };
    Some((expected, actual))
}

/// The patterns as a subsequence of the events of one device, for at least one device.
fn order(patterns: &[Pattern], inside: &[&TraceRecord]) -> Outcome {
    let mut devices: Vec<&str> = inside.iter().map(|record| record.device.as_str()).collect();
    devices.sort_unstable();
    devices.dedup();
    let reached = |device: &&str| {
        let mut next = 0;
        let mut last = None;
        for record in inside.iter().filter(|record| record.device == **device) {
            if patterns.get(next).is_some_and(|pattern| pattern.matches(record)) {
                next += 1;
                last = Some(record.at);
            }
        }
        (next, last)
    };
    let best = devices.iter().map(reached).max_by_key(|(next, _)| *next).unwrap_or((0, None));
    let missing = patterns.get(best.0)?;
    let all: Vec<String> = patterns.iter().map(Pattern::to_string).collect();
    let after = best.1.map_or_else(String::new, |at| format!(" after number {} at {at}", best.0));
    Some((
        format!("in this order {}", all.join(", ")),
        format!("number {} ({missing}) did not happen{after}", best.0 + 1),
    ))
}

impl Pattern {
    fn matches(&self, record: &TraceRecord) -> bool {
        record.fields.get("event").is_some_and(|event| event == self.event.as_str())
            && self
                .with
                .iter()
                .all(|(field, wanted)| record.fields.get(field).is_some_and(|actual| allows(wanted, actual)))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.event)?;
        if self.with.is_empty() {
            return Ok(());
        }
        let all: Vec<String> = self.with.iter().map(|(field, value)| format!("{field} = {}", show(value))).collect();
        write!(f, " ({})", all.join(", "))
    }
}

/// True if the value is the wanted one, or one of a wanted array; an array also matches an equal array.
fn allows(wanted: &Value, actual: &Value) -> bool {
    same(wanted, actual) || wanted.as_array().is_some_and(|all| all.iter().any(|one| same(one, actual)))
}

/// Values are equal as JSON, or as texts: `5` and `"5"` are, and `true` and `"true"`.
fn same(a: &Value, b: &Value) -> bool {
    a == b || (is_plain(a) && is_plain(b) && plain(a) == plain(b))
}

fn is_plain(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn show(value: &Value) -> String {
    value.to_string()
}

/// The value at a dotted path. Names with dots in them are found too: the longest key that fits wins.
fn at_path<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
    let ends: Vec<usize> = ends.collect();
    ends.iter().rev().find_map(|end| {
        let (key, rest) = path.split_at(*end);
        let next = match value {
            Value::Object(map) => map.get(key),
            Value::Array(items) => key.parse().ok().and_then(|n: usize| items.get(n)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }?;
        at_path(next, rest.strip_prefix('.').unwrap_or(rest))
    })
}

/// A list of times, cut after the first ones.
fn list(lead: &str, times: &[Span]) -> String {
    if times.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = times.iter().take(SHOWN_MAX).map(Span::to_string).collect();
    let more = if times.len() > SHOWN_MAX { format!(" and {} more", times.len() - SHOWN_MAX) } else { String::new() };
    format!("{lead}{}{more}", shown.join(", "))
}

/// So many times are shown.
const SHOWN_MAX: usize = 20;
