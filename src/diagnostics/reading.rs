//! What all files together say of a device: for each fact its value with its sources, or why it is not known.

use core::fmt;
use std::collections::BTreeMap;

use super::error::NotKnown;
use super::given::{Fact, Given};
use super::judge::NOTHING_KNOWN;
use super::report::{Evidence, Gap, Report};
use crate::facts::Facts;

/// What is said of one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The fact.
    pub fact: Fact,
    /// The places that say something, in the order of the files.
    pub evidence: Vec<Evidence>,
    /// The places that leave it open.
    pub gaps: Vec<Gap>,
    /// What somebody said to take instead of all that.
    pub assumed: Option<Given>,
}

/// How far a fact is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is this: said in a file, or assumed.
    Known(Given),
    /// It is one of these; nothing tells which.
    OneOf(Vec<Given>),
    /// Two places contradict each other, so it is not known.
    Conflict,
    /// Nothing says anything of it.
    NotKnown,
}

impl Finding {
    fn new(fact: Fact) -> Self {
        Self { fact, evidence: Vec::new(), gaps: Vec::new(), assumed: None }
    }

    /// How far the fact is known: what every place leaves possible.
    pub fn state(&self) -> State {
        if let Some(assumed) = self.assumed {
            return State::Known(assumed);
        }
        let Some((first, others)) = self.evidence.split_first() else {
            return State::NotKnown;
        };
        let mut left = first.says.clone();
        left.retain(|value| others.iter().all(|other| other.says.contains(value)));
        match left.as_slice() {
            [] => State::Conflict,
            [value] => State::Known(*value),
            _ => State::OneOf(left),
        }
    }

    /// The value, if it is known.
    pub fn value(&self) -> Option<Given> {
        match self.state() {
            State::Known(value) => Some(value),
            State::OneOf(_) | State::Conflict | State::NotKnown => None,
        }
    }

    /// The values that it may have: of a conflict all that were said. `None` where nothing was said.
    pub fn possible(&self) -> Option<Vec<Given>> {
        match self.state() {
            State::Known(value) => Some(vec![value]),
            State::OneOf(values) => Some(values),
            State::Conflict => {
                let mut all: Vec<Given> = Vec::new();
                for value in self.evidence.iter().flat_map(|evidence| evidence.says.iter()) {
                    if !all.contains(value) {
                        all.push(*value);
                    }
                }
                Some(all)
            }
            State::NotKnown => None,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => f.write_str(&value.word()),
            Self::OneOf(values) => f.write_str(&either(values)),
            Self::Conflict => f.write_str("conflict"),
            Self::NotKnown => f.write_str("not known"),
        }
    }
}

/// These values in words: `entra or hybrid`.
pub(super) fn either(values: &[Given]) -> String {
    values.iter().map(|value| value.word()).collect::<Vec<_>>().join(" or ")
}

/// What is known of one device, out of any number of files.
///
/// Each place in a file leaves some values of a fact possible; together they leave what all of them do. Nothing is ever
/// guessed: where several values are left, or none, the fact is not known.
///
/// # Examples
/// ```
/// use imesim::diagnostics::{self, Fact, Given, Reading, State};
/// use imesim::facts::Join;
///
/// let text = "AzureAdJoined : YES\r\nEnterpriseJoined : NO\r\nWorkplaceJoined : NO\r\n";
/// let mut reading = Reading::of(vec![diagnostics::read("status.txt", text.as_bytes())?]);
/// let either = vec![Given::Join(Join::Entra), Given::Join(Join::Hybrid)];
/// assert_eq!(reading.finding(Fact::Join).state(), State::OneOf(either));
/// assert!(reading.facts().is_err());
///
/// reading.assume(Given::Join(Join::Hybrid));
/// reading.assume_defaults();
/// assert_eq!(reading.facts()?.join, Join::Hybrid);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reading {
    reports: Vec<Report>,
    findings: BTreeMap<Fact, Finding>,
}

impl Reading {
    /// What these files say together.
    pub fn of(reports: Vec<Report>) -> Self {
        let mut findings: BTreeMap<Fact, Finding> = Fact::ALL.iter().map(|fact| (*fact, Finding::new(*fact))).collect();
        for report in &reports {
            for evidence in &report.evidence {
                let fact = evidence.says.first().map(|value| value.fact());
                if let Some(finding) = fact.and_then(|fact| findings.get_mut(&fact)) {
                    finding.evidence.push(evidence.clone());
                }
            }
            for gap in &report.gaps {
                if let Some(finding) = findings.get_mut(&gap.fact) {
                    finding.gaps.push(gap.clone());
                }
            }
        }
        Self { reports, findings }
    }

    /// The files.
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// What is said of every fact, in the order of [`Fact::ALL`].
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.values()
    }

    /// What is said of a fact.
    pub fn finding(&self, fact: Fact) -> Finding {
        self.findings.get(&fact).cloned().unwrap_or_else(|| Finding::new(fact))
    }

    /// Takes this value, whatever the files say.
    pub fn assume(&mut self, value: Given) {
        if let Some(finding) = self.findings.get_mut(&value.fact()) {
            finding.assumed = Some(value);
        }
    }

    /// Takes what scenarios have by default, as in [`Facts::default`] and enrolled, for all of that which nothing is said of, and
    /// where the default is one of the values left.
    ///
    /// What the files contradict stays open: conflicts, and facts of which they leave only other values.
    pub fn assume_defaults(&mut self) {
        for finding in self.findings.values_mut() {
            let Some(value) = finding.fact.default_of_scenarios() else { continue };
            let is_open = match finding.state() {
                State::NotKnown => true,
                State::OneOf(values) => values.contains(&value),
                State::Known(_) | State::Conflict => false,
            };
            if is_open {
                finding.assumed = Some(value);
            }
        }
    }

    /// The facts.
    ///
    /// # Errors
    /// [`NotKnown`] with all that are not known, unless something is assumed for them.
    pub fn facts(&self) -> Result<Facts, NotKnown> {
        let mut facts = Facts::default();
        let mut missing = Vec::new();
        for finding in self.findings().filter(|finding| finding.fact.is_of_facts()) {
            match finding.value() {
                Some(value) => value.put(&mut facts, &mut NOTHING_KNOWN.clone()),
                None => missing.push(finding.fact),
            }
        }
        if missing.is_empty() { Ok(facts) } else { Err(NotKnown(missing)) }
    }
}
