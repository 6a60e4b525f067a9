//! The same scenario under two readings: in which figures they differ, where each device goes its own way first, and
//! what ends differently.
//!
//! Where sources contradict each other a parameter chooses, and a profile bundles the choices. A difference between two
//! readings shows what hangs on a contested fact, and what does not.
//!
//! Events are compared device by device, in order. The numbers of requests and runs do not count (see
//! [`Line::is_like`]): they differ after anything that one run had and the other had not.

mod compare;
mod reading;

use std::fmt;
use std::path::Path;

use serde::{Serialize, Serializer};
use serde_json::Value;

pub use reading::{Reading, ReadingError};

use super::{Failed, Outcome, RunError, Scenario, ScenarioError};
use crate::rules::Rule;
use crate::sim::Digest;
use crate::sim::trace::Line;
use crate::time::Span;

/// What differs between two readings of a scenario. Serializes as the document of `imesim diff --format json`.
#[derive(Clone, Debug, Serialize)]
pub struct Diff {
    /// The title of the scenario.
    pub title: String,
    /// Something that can be seen differs: an event, a state at the end, an expectation.
    pub differs: bool,
    /// The first reading and how its run went.
    pub a: Summary,
    /// The second one.
    pub b: Summary,
    /// What else there is to know.
    pub notes: Vec<Note>,
    /// The figures that differ, sorted by name; the seed comes first.
    pub figures: Vec<Figure>,
    /// Where each device goes its own way, the first one first; at equal times in the order of the file.
    pub divergences: Vec<Divergence>,
    /// What differs in the states at the end, by device and path.
    pub states: Vec<State>,
    /// The events, by name, that one run has more of, over all devices.
    pub counts: Vec<Count>,
    /// The expectations of the file that hold in one reading alone, in the order of the file.
    pub expectations: Vec<Verdict>,
    /// The devices about which nothing differs, in the order of the file.
    pub same: Vec<String>,
}

/// One reading and its run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// What was assigned.
    pub reading: Reading,
    /// How many lines the transcript has.
    pub lines: usize,
    /// How many inputs there were, see [`Outcome::events`].
    pub inputs: u64,
    /// The digest of all devices. It also covers what shows in no line.
    pub digest: Digest,
}

/// One of the two readings. Displays as `a` or `b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The first one.
    A,
    /// The second one.
    B,
}

/// A figure that has another value in each reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// The dotted name of the parameter, or `seed`.
    pub name: String,
    /// Its value in the first reading, after everything in the file.
    pub a: String,
    /// And in the second.
    pub b: String,
    /// The rule that it belongs to; `None` for the seed.
    pub rule: Option<&'static str>,
    /// The rules that name it and about which sources disagree.
    pub contested: Vec<&'static Rule>,
}

/// Where the two transcripts of a device part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// The device.
    pub device: String,
    /// When, in true time since the start: the earlier of both lines. In milliseconds, as in the lines.
    #[serde(serialize_with = "millis")]
    pub at: Span,
    /// How many lines they have in common before.
    pub common: usize,
    /// The last of these, at most two.
    pub context: Vec<Line>,
    /// The next line of the first reading; `None` where nothing more happens.
    pub a: Option<Line>,
    /// The next line of the second reading.
    pub b: Option<Line>,
}

/// A part of a device's state at the end that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct State {
    /// The device.
    pub device: String,
    /// The path, as in the `state` of an expectation.
    pub path: String,
    /// The value in the first reading; `None` where there is no such part.
    pub a: Option<Value>,
    /// The value in the second reading.
    pub b: Option<Value>,
}

/// How often an event happens, where that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The name of the event.
    pub event: String,
    /// How often in the first reading.
    pub a: u64,
    /// How often in the second reading.
    pub b: u64,
}

/// An expectation that holds in one reading alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The reading in which it holds.
    pub holds: Side,
    /// How it failed in the other one.
    pub failed: Failed,
}

/// Something to know about a comparison. Displays as a sentence, and serializes as that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Note {
    /// Both readings come to the same.
    #[error("both readings come to the same figures and the same seed")]
    SameReadings,
    /// A reading sets a parameter to what it is in the other one anyway.
    #[error("`{name}` is {value} in both readings")]
    SameFigure {
        /// The parameter.
        name: String,
        /// Its value in both.
        value: String,
    },
    /// Figures in which the two profiles differ, but not the two runs.
    #[error(
        "the two profiles differ in {} more, which the file or the readings make equal: {}",
        names.len(),
        names.join(", ")
    )]
    MadeEqual {
        /// Their names.
        names: Vec<String>,
    },
    /// The digests differ, and nothing that can be seen does.
    #[error("the digests differ by what shows in no line, such as deadlines and the numbers of requests")]
    DigestsAlone,
}

/// Why two readings could not be compared.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// The scenario is wrong in both readings.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The scenario is refused in one reading.
    #[error("reading {side} ({reading}): {error}")]
    Reading {
        /// Which, the first one where each is refused in its own way.
        side: Side,
        /// What it says.
        reading: Box<Reading>,
        /// Why.
        #[source]
        error: ScenarioError,
    },
    /// The scenario is of a fleet, and no device was chosen.
    #[error(
        "the file describes a fleet (population `{population}`, {devices} devices in all), which is not compared line by \
         line; choose one device with --device, by name or number, such as --device {population}-0"
    )]
    Fleet {
        /// The first population of the file.
        population: String,
        /// How many devices there are.
        devices: u64,
    },
    /// It cannot be run.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Diff {
    /// Runs a scenario from text under two readings and compares; `file_name` appears in errors.
    ///
    /// With `device`, a name or a number, only this device is run, as in [`Scenario::run`].
    ///
    /// # Errors
    /// [`DiffError`] if the scenario is refused in a reading, is of a fleet and no device is named, or cannot be run.
    ///
    /// # Examples
    /// ```
    /// use imesim::scenario::diff::{Diff, Reading};
    ///
    /// let text = r#"
    /// jitter = "off"
    /// duration = "2d"
    ///
    /// [[script]]
    /// name = "vpn"
    /// assign = ["all-devices"]
    /// outcome = { exit = 1 }
    ///
    /// [[device]]
    /// name = "pc1"
    /// "#;
    /// let a = Reading::parse(["scripts.max_retries=3"])?;
    /// let b = Reading::parse(["scripts.max_retries=2"])?;
    /// let diff = Diff::parse(text, "vpn.toml", (&a, &b), None)?;
    /// let first = diff.divergences.first().and_then(|first| Some((first.a.as_ref()?, first.b.as_ref()?)));
    /// let events = first.map(|(a, b)| (a.event.as_str(), b.event.as_str()));
    /// assert_eq!(events, Some(("script-run", "script-exhausted")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(
        text: &str,
        file_name: &str,
        readings: (&Reading, &Reading),
        device: Option<&str>,
    ) -> Result<Self, DiffError> {
        Self::of(|reading| Scenario::parse(text, file_name, reading.overrides()), readings, device)
    }

    /// Runs a scenario from a file under two readings and compares; see [`Diff::parse`].
    ///
    /// # Errors
    /// Those of [`Diff::parse`], and [`Problem::Io`](super::Problem::Io) if the file cannot be read.
    pub fn load(
        path: impl AsRef<Path>,
        readings: (&Reading, &Reading),
        device: Option<&str>,
    ) -> Result<Self, DiffError> {
        Self::of(|reading| Scenario::load(&path, reading.overrides()), readings, device)
    }

    fn of(
        read: impl Fn(&Reading) -> Result<Scenario, ScenarioError>,
        (a, b): (&Reading, &Reading),
        device: Option<&str>,
    ) -> Result<Self, DiffError> {
        let refused =
            |side, reading: &Reading, error| DiffError::Reading { side, reading: Box::new(reading.clone()), error };
        let (first, second) = match (read(a), read(b)) {
            (Ok(first), Ok(second)) => (first, second),
            (Err(first), Err(second)) if first.to_string() == second.to_string() => return Err(first.into()),
            (Err(error), _) => return Err(refused(Side::A, a, error)),
            (Ok(_), Err(error)) => return Err(refused(Side::B, b, error)),
        };
        if let (None, Some(group)) = (device, first.plan.groups.iter().find(|group| group.is_population)) {
            let devices = first.plan.groups.iter().map(|group| group.count).sum();
            return Err(DiffError::Fleet { population: group.name.clone(), devices });
        }
        let outcomes = (first.run(device)?, second.run(device)?);
        Ok(compare::compare((&first, &second), (&outcomes.0, &outcomes.1), (a, b)))
    }
}

impl Summary {
    fn new(reading: &Reading, outcome: &Outcome) -> Self {
        Self { reading: reading.clone(), lines: outcome.lines.len(), inputs: outcome.events, digest: outcome.digest }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "a",
            Self::B => "b",
        })
    }
}

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

fn millis<S: Serializer>(at: &Span, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_u64(at.as_millis())
}
