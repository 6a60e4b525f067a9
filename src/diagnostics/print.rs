//! A reading in print: a table, a device of a scenario file, JSON.

use core::fmt::{self, Write};

use serde_json::{Value, json};

use super::error::NotKnown;
use super::given::{Fact, Given};
use super::reading::{Finding, Reading, State};

/// Prints a table: fact, value, and where that stands, or why it is not known.
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for report in self.reports() {
            write!(f, "# {}: {}", report.file, report.kind)?;
            if let Some(cut) = report.cut {
                write!(f, ", cut off at {cut}")?;
            }
            writeln!(f)?;
            for note in &report.notes {
                writeln!(f, "#   {note}")?;
            }
        }
        if !self.reports().is_empty() {
            writeln!(f)?;
        }
        for finding in self.findings() {
            let mut row = row(finding).into_iter();
            write!(f, "{:<24} {:<24} ", finding.fact.name(), finding.state().to_string())?;
            writeln!(f, "{}", row.next().unwrap_or_default())?;
            for more in row {
                writeln!(f, "{:<50}{more}", "")?;
            }
        }
        Ok(())
    }
}

/// What stands beside the value.
fn row(finding: &Finding) -> Vec<String> {
    if finding.assumed.is_some() {
        return vec!["assumed".to_owned()];
    }
    let says = finding.evidence.iter().map(|evidence| match finding.state() {
        State::Known(_) | State::NotKnown => evidence.source.to_string(),
        State::OneOf(_) | State::Conflict => {
            format!("{}, so {}", evidence.source, super::reading::either(&evidence.says))
        }
    });
    let mut lines: Vec<String> = says.collect();
    if !matches!(finding.state(), State::Known(_)) {
        lines.extend(finding.gaps.iter().map(|gap| format!("{} {}", gap.source, gap.reason)));
        if lines.is_empty() {
            lines.push(match finding.fact.told_by() {
                "" => "no file that is read here tells it".to_owned(),
                file => format!("no file given tells it; see {file}"),
            });
        }
    }
    lines
}

impl Reading {
    /// The facts as a `[[device]]` of a scenario file, and where each comes from.
    ///
    /// # Errors
    /// [`NotKnown`] as [`facts`](Self::facts), and where it is not known whether the device is enrolled: a scenario has its own
    /// defaults, so a key that is left out is a guess.
    pub fn to_toml(&self, name: &str) -> Result<String, NotKnown> {
        let is_open = |finding: &&Finding| finding.fact.default_of_scenarios().is_some() && finding.value().is_none();
        let open: Vec<Fact> = self.findings().filter(is_open).map(|finding| finding.fact).collect();
        if !open.is_empty() {
            return Err(NotKnown(open));
        }
        let mut out = format!("[[device]]\nname = {}\n", Value::from(name));
        for finding in self.findings() {
            let Some(value) = finding.value() else { continue };
            let line = if finding.fact.is_of_facts() {
                format!("{} = {}", finding.fact.name(), toml(value))
            } else if let Given::Enrolled(enrolled) = value {
                format!("enrolled = \"{}\"", if enrolled { "before" } else { "never" })
            } else {
                continue;
            };
            let from = match (finding.assumed, finding.evidence.first()) {
                (None, Some(evidence)) => evidence.source.to_string(),
                (Some(_), _) | (None, None) => "assumed".to_owned(),
            };
            // A comment ends with its line.
            let from: String = from.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let _ = writeln!(out, "{line} # {from}");
        }
        Ok(out)
    }

    /// Everything as JSON: files, and for each fact its state, values, places and reasons.
    pub fn to_json(&self) -> Value {
        let files: Vec<Value> = self
            .reports()
            .iter()
            .map(|report| {
                json!({"file": report.file, "kind": report.kind, "encoding": report.encoding, "cut": report.cut,
                    "notes": report.notes})
            })
            .collect();
        let facts: serde_json::Map<String, Value> =
            self.findings().map(|finding| (finding.fact.name().to_owned(), json(finding))).collect();
        json!({"files": files, "facts": facts})
    }
}

fn json(finding: &Finding) -> Value {
    let (state, value) = match finding.state() {
        State::Known(value) => ("known", json!(value)),
        State::OneOf(values) => ("one-of", json!(values)),
        State::Conflict => ("conflict", Value::Null),
        State::NotKnown => ("not-known", Value::Null),
    };
    let says: Vec<Value> = finding.evidence.iter().map(|e| json!({"source": e.source, "says": e.says})).collect();
    let open: Vec<Value> = finding
        .gaps
        .iter()
        .map(|gap| json!({"source": gap.source, "reason": gap.reason, "text": gap.reason.to_string()}))
        .collect();
    json!({"state": state, "value": value, "assumed": finding.assumed.is_some(), "says": says, "open": open})
}

/// A value as TOML writes it.
fn toml(value: Given) -> String {
    let word = value.word();
    let is_bare = word.parse::<bool>().is_ok() || word.parse::<u32>().is_ok();
    if is_bare { word } else { format!("\"{word}\"") }
}
