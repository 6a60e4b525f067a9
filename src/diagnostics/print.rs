//! A reading in print: a table, a device of a scenario file, JSON; and what is judged of it.

use core::fmt::{self, Write};

use serde_json::{Value, json};

use super::error::NotKnown;
use super::given::{Fact, Given};
use super::judge::{Judged, Judgement, Verdict};
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

/// Prints the causes that hold, those that cannot be judged with what they hinge on, and those that do not hold.
impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.group(f, Verdict::Holds, "The agent does not arrive on this device because")?;
        self.group(f, Verdict::NotKnown, "This cannot be judged, because what decides it is not known")?;
        self.what_would_tell(f)?;
        self.group(f, Verdict::DoesNotHold, "These are no causes here")?;
        if let Some(version) = self.dotnet {
            writeln!(
                f,
                "Warning: .NET Framework is older than {version}; the agent comes, without newer functions (B-1.8)"
            )?;
        }
        for hint in &self.hints {
            writeln!(f, "Hint: {hint} ({})", hint.rule())?;
        }
        Ok(())
    }
}

impl Judgement {
    fn group(&self, f: &mut fmt::Formatter<'_>, verdict: Verdict, title: &str) -> fmt::Result {
        let mut found = self.causes.iter().filter(|judged| judged.verdict == verdict).peekable();
        if found.peek().is_none() {
            return match verdict {
                Verdict::Holds => writeln!(f, "Nothing that is known keeps the agent from this device."),
                Verdict::NotKnown | Verdict::DoesNotHold => Ok(()),
            };
        }
        writeln!(f, "{title}:")?;
        for judged in found {
            write!(f, "  {:<53} {:<12}", text(judged), rules(judged))?;
            if !judged.hinges.is_empty() {
                write!(f, " depends on {}", names(&judged.hinges))?;
            }
            writeln!(f)?;
            for source in &judged.because {
                writeln!(f, "      {source}")?;
            }
        }
        Ok(())
    }

    /// Where to look for what is not known and would decide something.
    fn what_would_tell(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hinges: Vec<Fact> = self.causes.iter().flat_map(|judged| judged.hinges.iter().copied()).collect();
        hinges.sort_unstable();
        hinges.dedup();
        let (nobody, somebody): (Vec<Fact>, Vec<Fact>) = hinges.into_iter().partition(|fact| fact.told_by().is_empty());
        for fact in &somebody {
            writeln!(f, "  {} stands in {}", fact.name(), fact.told_by())?;
        }
        if !nobody.is_empty() {
            writeln!(f, "  no file tells {}; it has to be assumed", names(&nobody))?;
        }
        Ok(())
    }

    /// Everything as JSON.
    pub fn to_json(&self) -> Value {
        let causes: Vec<Value> = self
            .causes
            .iter()
            .map(|judged| {
                let rules: Vec<String> = judged.rules().iter().map(ToString::to_string).collect();
                let hinges: Vec<&str> = judged.hinges.iter().map(|fact| fact.name()).collect();
                json!({"cause": judged.cause.map_or(judged.code, |cause| cause.code()), "asked": judged.code, "text": text(judged), "verdict": judged.verdict, "rules": rules,
                    "depends_on": hinges, "because": judged.because})
            })
            .collect();
        let hints: Vec<Value> = self
            .hints
            .iter()
            .map(|hint| json!({"hint": hint, "text": hint.to_string(), "rule": hint.rule().to_string()}))
            .collect();
        json!({"causes": causes, "dotnet_recommended": self.dotnet.map(|version| version.to_string()), "hints": hints})
    }
}

/// What is said of a cause: itself where it holds, else the question.
fn text(judged: &Judged) -> String {
    match (judged.verdict, judged.cause) {
        (Verdict::Holds, Some(cause)) => cause.to_string(),
        (Verdict::Holds | Verdict::NotKnown | Verdict::DoesNotHold, _) => judged.asked.to_owned(),
    }
}

fn rules(judged: &Judged) -> String {
    judged.rules().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn names(facts: &[Fact]) -> String {
    facts.iter().map(|fact| fact.name()).collect::<Vec<_>>().join(", ")
}
