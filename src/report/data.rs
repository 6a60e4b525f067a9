//! What a report shows, as data: the contract between those who count and the page.
//!
//! Every page carries its data in this form, as JSON, so that a script can read from a page what a person sees. All
//! figures are integers. A share is in basis points (10,000 are all) unless it says otherwise; a time is in whole seconds
//! since the start of the run. Of several runs that differ in nothing but the seed, `median` is the one in the middle and
//! `low` and `high` are the edges of the band that [`Band`] names.

use serde::{Deserialize, Serialize};

/// The version of this form; a number that a reader does not know is a form that it cannot read.
pub const SCHEMA: u32 = 1;

/// Several runs of one scenario, with different seeds, taken together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyData {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The scenario's title.
    pub title: String,
    /// What is asked, or what the scenario is about, in a sentence or two. May be empty.
    pub about: String,
    /// What the devices are, such as the name of a population; `None` where the scenario lists them.
    pub population: Option<String>,
    /// The seeds, one for each run.
    pub seeds: Vec<u64>,
    /// The digest of each run, in the order of the seeds.
    pub digests: Vec<String>,
    /// Whether the study was stopped before all runs were complete. What is here is then what was known by then.
    pub partial: bool,
    /// Devices of one run.
    pub devices: u64,
    /// Kinds of devices for which assignments were resolved.
    pub cohorts: u64,
    /// Events of the run with the first seed.
    pub events: u64,
    /// When the run starts, in UTC, such as `2026-03-02T00:00:00Z`.
    pub start: String,
    /// How long a run is, in seconds.
    pub duration_secs: u64,
    /// How long a bin is, in seconds; at least 1. The last bin may be shorter.
    pub bin_secs: u64,
    /// How many bins there are: the length of each list "by bin" below.
    pub bins: u64,
    /// What the bands are.
    pub band: Band,
    /// How the share of done devices grew, for each content and ring.
    pub curves: Vec<Curve>,
    /// How long it took, for each content and ring.
    pub times: Vec<TimesRow>,
    /// What reached the service, by bin: requests by kind, refused ones, downloads, pushes.
    pub load: Vec<Series>,
    /// How many devices were in which state, by bin: awake, online, with agent.
    pub state: Vec<Series>,
    /// How unevenly requests came in.
    pub herd: Herd,
    /// Who was not done at the end, and why.
    pub stragglers: Vec<StragglerRow>,
    /// When the service last heard of the devices, at the end.
    pub freshness: Freshness,
    /// The figures that the run rests on.
    pub parameters: Vec<ParameterRow>,
    /// The command that makes this study again, such as `imesim fleet FILE --seeds 6`.
    pub command: String,
    /// The command that replays one device, with `{N}` for its number, such as `imesim run FILE --seed 1 --device {N}`.
    pub device_command: String,
}

/// What the bands between `low` and `high` are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// In words, such as `lowest and highest of 6 independent seeds; covers the median of a run with 96.87 %`.
    pub method: String,
    /// How often such a band covers the median of a run, in basis points; 0 where nothing can be said.
    pub coverage_bp: u32,
}

/// What is rolled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentKind {
    /// A platform script.
    Script,
    /// A required app.
    App,
    /// A remediation.
    Remediation,
}

/// How the share of done devices of one content grew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Curve {
    /// The content's name.
    pub content: String,
    /// What it is.
    pub kind: ContentKind,
    /// `all`, or the name of the group that the curve is of.
    pub ring: String,
    /// Devices at which it was aimed.
    pub targeted: u64,
    /// By bin: share of the targeted devices that were done when the bin ended, in basis points.
    pub median: Vec<u32>,
    /// The lower edge of the band. Empty where there is no band, as with one seed.
    pub low: Vec<u32>,
    /// The upper edge of the band. Empty where there is no band.
    pub high: Vec<u32>,
}

/// How long it took until a share of the targeted devices was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimesRow {
    /// The content's name.
    pub content: String,
    /// What it is.
    pub kind: ContentKind,
    /// `all`, or the name of a group.
    pub ring: String,
    /// Devices at which it was aimed.
    pub targeted: u64,
    /// Half of them; seconds from the assignment, `None` for "not within this run".
    pub p50: Range,
    /// 90 % of them.
    pub p90: Range,
    /// 95 % of them.
    pub p95: Range,
    /// 99 % of them.
    pub p99: Range,
}

/// One figure over all seeds.
///
/// As a time, `None` says that the run ended first: the figure is beyond it, and so is every higher one. With one seed,
/// `low` and `high` are equal to `median`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The median over the seeds.
    pub median: Option<u64>,
    /// The lower edge of the band.
    pub low: Option<u64>,
    /// The upper edge of the band.
    pub high: Option<u64>,
}

/// A figure by bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// A short name that stays the same, such as `requests.script`.
    pub name: String,
    /// The name for people.
    pub label: String,
    /// The unit, such as `per minute` or `devices`. Series with one unit share a chart.
    pub unit: String,
    /// By bin: the median over the seeds.
    pub median: Vec<u64>,
    /// The lower edge of the band. Empty where there is no band, as with one seed.
    pub low: Vec<u64>,
    /// The upper edge of the band. Empty where there is no band.
    pub high: Vec<u64>,
}

/// How unevenly requests came in. All figures are in the unit of the first series of [`StudyData::load`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Herd {
    /// Requests of the busiest bin.
    pub peak: u64,
    /// When that bin begins, in seconds since the start.
    pub peak_at_secs: u64,
    /// The mean, in thousandths.
    pub mean_milli: u64,
    /// Peak over mean, in thousandths.
    pub peak_to_mean_milli: u64,
    /// The outages of the run, and what came after them.
    pub outages: Vec<OutageRow>,
}

/// An outage, and the crowd after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageRow {
    /// When it begins, in seconds since the start.
    pub from_secs: u64,
    /// When it ends, in seconds since the start.
    pub to_secs: u64,
    /// How long after its end the load was ordinary again, in seconds; `None` if not within the run.
    pub drain_secs: Option<u64>,
    /// The highest load right after its end.
    pub first_peak: u64,
    /// The highest load one interval later, when the same devices come again.
    pub echo_peak: u64,
    /// The echo over the first peak, in thousandths.
    pub echo_permille: u64,
}

/// Why a device is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StragglerKind {
    /// It was tried as often as it may be.
    Failed,
    /// It is still to come.
    Pending,
    /// It cannot come.
    Unreachable,
}

/// Devices that were not done at the end, for one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StragglerRow {
    /// The content's name.
    pub content: String,
    /// Failed, pending or unreachable.
    pub kind: StragglerKind,
    /// The cause as a short name that stays the same, such as `waits-for-check-in`.
    pub cause: String,
    /// The cause for people.
    pub label: String,
    /// How many devices.
    pub count: Range,
    /// Some of them, of the run with the first seed.
    pub examples: Vec<Example>,
}

/// A device to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Its number, which [`StudyData::device_command`] takes.
    pub number: u64,
    /// Its name.
    pub name: String,
}

/// When the service last heard of the devices, counted back from the end of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// The upper edges of the classes, in seconds, rising. A class holds the ages above the edge before it.
    pub edges_secs: Vec<u64>,
    /// Devices in each class, and, one more, those beyond the last edge.
    pub counts: Vec<u64>,
    /// Devices of which it never heard.
    pub never: u64,
    /// What a contact is, for people.
    pub label: String,
}

/// A figure that the run rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterRow {
    /// Its dotted name.
    pub name: String,
    /// Its value, with the unit.
    pub value: String,
    /// How firmly it stands, such as `documented`, `observed` or `assumed`.
    pub standing: String,
    /// The rule that it belongs to, such as `B-4.2`.
    pub rule: String,
    /// Whether the scenario or the command line changed it.
    pub changed: bool,
}

/// Two studies, side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareData {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The first study, with which the second is compared.
    pub a: StudyData,
    /// The second study.
    pub b: StudyData,
    /// What differs, or was looked at and does not.
    pub differences: Vec<DifferenceRow>,
}

/// One figure of both studies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceRow {
    /// What it is a figure of, for people.
    pub what: String,
    /// Its unit. Figures in `seconds` are shown as times.
    pub unit: String,
    /// In the first study.
    pub a: Range,
    /// In the second study.
    pub b: Range,
    /// The second less the first, seed by seed.
    pub difference: SignedRange,
    /// What may be said of it.
    pub verdict: Verdict,
}

/// A difference over all seeds; `None` where one side is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedRange {
    /// The median over the seeds.
    pub median: Option<i64>,
    /// The lower edge of the band.
    pub low: Option<i64>,
    /// The upper edge of the band.
    pub high: Option<i64>,
}

/// What may be said of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The second study's figure is lower.
    #[serde(rename = "lower")]
    Lower,
    /// The second study's figure is higher.
    #[serde(rename = "higher")]
    Higher,
    /// The bands do not tell them apart.
    #[serde(rename = "no difference shown")]
    NotShown,
}
