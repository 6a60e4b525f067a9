//! The form of a scenario file, as structs. The comments on the fields are also the descriptions in the JSON Schema.

mod any;
mod app;
mod assign;
mod content;
mod device;
mod differ;
mod discovery;
mod expect;
mod fault;
mod habit;
mod remediation;
mod replay;
mod service;
mod timeline;
mod value;
mod words;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use any::Any;
pub use app::{
    AppDetails, AppEntry, AppOutcomeEntry, Code, DependsOn, DownloadEntry, RequireEntry, RequirementsTable,
    ReturnCodesTable, ScriptRuleTable, Supersedes,
};
pub use assign::{AssignEntry, AssignTable, GraceEntry, GraceTable};
pub use content::{FeatureEntry, FilterEntry, GroupEntry, OutcomeEntry, OutputLength, ScriptEntry, TenantTable};
pub use device::{DeviceEntry, Enrolling, GroupsEntry, HardwareTable, UserEntry};
pub use differ::{FailsTable, LinkEntry, LinkTable, OffsetEntry, RingEntry};
pub use discovery::{ComplianceEntry, DiscoveryUpdate};
pub use expect::{ExpectEntry, PatternEntry};
pub use fault::{FaultAnswer, FaultEntry};
pub use habit::{AwakeEntry, CalendarTable, Days, HabitEntry, SpellsTable, TimesEntry, WeekEntry, Windows};
pub use remediation::{DayTime, RemediationEntry, ScheduleEntry};
pub use replay::ReplayTable;
pub use service::ServiceTable;
pub use timeline::AtEntry;
pub use value::{At, Field, Many, OneOf, Read, TextOr, Val};
pub use words::{
    AgentWord, AppType, EndpointProtection, FaultTarget, FeatureType, FilterWord, GroupKind, IntentWord, Jitter,
    LackWord, OutcomesWord, Share, Workloads,
};

use super::time::{Moment, Start, ZoneName};
use crate::time::Span;

/// A scenario: who is there, what is assigned, what happens when, and what must come of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// One line that says what the scenario shows. Default: empty.
    #[serde(default)]
    pub title: String,
    /// Some sentences more. Default: empty.
    #[serde(default)]
    pub about: String,
    /// Rules and checks of the behaviour catalogue that it shows, such as `C-5.2` or `B-4.17`. Default: none.
    #[serde(default)]
    pub rules: Vec<At<String>>,
    /// When it starts: a date and time in `zone`, or with `Z` or a distance such as `+02:00`. Default: 2026-01-05T00:00:00, a Monday.
    pub start: Option<Field<Start>>,
    /// The time zone of `start`, and of devices without one: an IANA name or `UTC+2`. Default: UTC.
    pub zone: Option<Field<ZoneName>>,
    /// How long it lasts, up to 3660 days. Default: 1 day.
    pub duration: Option<Field<Span>>,
    /// The seed of every random draw. Default: 1.
    pub seed: Option<Field<u64>>,
    /// The set of figures to begin with: `default`, `seed_strict`, `observed_2025` or `hardened`. Default: `default`.
    pub profile: Option<At<String>>,
    /// `off`: every random delay is fixed (the catalogue's "jitter 0"), and other draws are seeded; `lowest`, `highest`: every draw is the
    /// lowest or highest; `seeded`: draws come from `seed`. Default: `seeded`.
    pub jitter: Option<Field<Jitter>>,
    /// Parameters, set after `profile` and `jitter`: dotted names in quotes (`"scripts.max_retries" = 2`) or tables within tables. Values
    /// are texts, whole numbers (seconds, where a time is meant), `true`, `false`, or arrays such as `[30, 59]`.
    pub set: Option<At<Any>>,
    /// What the transcript shows. Default: everything.
    pub story: Option<StoryTable>,
    /// How messages travel.
    pub network: Option<NetworkTable>,
    /// What the service can take.
    pub service: Option<ServiceTable>,
    /// Calendars of holidays, by name.
    #[serde(default)]
    pub calendar: BTreeMap<String, CalendarTable>,
    /// The tenant as a whole.
    pub tenant: Option<TenantTable>,
    /// Groups; `all-users` and `all-devices` exist always.
    #[serde(default)]
    pub group: Vec<GroupEntry>,
    /// Assignment filters.
    #[serde(default)]
    pub filter: Vec<FilterEntry>,
    /// PowerShell scripts.
    #[serde(default)]
    pub script: Vec<ScriptEntry>,
    /// Apps.
    #[serde(default)]
    pub app: Vec<AppEntry>,
    /// The Enrollment Status Page.
    pub esp: Option<EspTable>,
    /// Remediations: detection scripts and what follows from them, by schedules of their own.
    #[serde(default)]
    pub remediation: Vec<RemediationEntry>,
    /// Custom compliance policies with a discovery script: they bring the agent and are polled for.
    #[serde(default)]
    pub compliance: Vec<ComplianceEntry>,
    /// Other features that need the agent (B-2.1).
    #[serde(default)]
    pub feature: Vec<FeatureEntry>,
    /// Single devices.
    #[serde(default)]
    pub device: Vec<At<DeviceEntry>>,
    /// A population that comes with the program, such as `office-10k`: its devices are there beside those of the file, and so are its
    /// calendars, groups and network as far as the file does not define them. Default: none.
    pub population_preset: Option<At<String>>,
    /// Many devices with one description; they are called `name-0`, `name-1`, ...
    #[serde(default)]
    pub population: Vec<At<DeviceEntry>>,
    /// What happens, and when.
    #[serde(default)]
    pub at: Vec<At<AtEntry>>,
    /// Times in which the service does not answer as it should.
    #[serde(default)]
    pub fault: Vec<At<FaultEntry>>,
    /// What must come of it.
    #[serde(default)]
    pub expect: Vec<At<ExpectEntry>>,
    /// A failure that a hunt found.
    pub replay: Option<ReplayTable>,
}

/// What the transcript shows, so that it can be read as a story. Expectations look at everything.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoryTable {
    /// The events, such as `app-install`; `app-*` stands for all that begin so. Default: every event.
    #[serde(default)]
    pub events: Vec<At<String>>,
    /// The times, on the clock of the scenario's `zone`. Default: the whole run.
    #[serde(default)]
    pub windows: Vec<WindowTable>,
}

/// A window of time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowTable {
    /// Its start, included.
    pub from: Field<Moment>,
    /// Its end, not included.
    pub to: Field<Moment>,
}

/// The Enrollment Status Page.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EspTable {
    /// The apps that it waits for, in their order; at most 100 by default (B-7.54). Default: none.
    #[serde(default)]
    pub blocking: Vec<At<String>>,
}

/// How messages travel between devices and the service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkTable {
    /// The time from a request to its answer: one length, or the shortest and the longest. Default: 0s.
    pub latency: Option<Many<Val<Span>>>,
    /// The share of requests that are lost: `1%`, or a whole number of cases in a million. Default: 0.
    pub loss: Option<Field<Share>>,
    /// The share of answers that arrive twice. Default: 0.
    pub duplicates: Option<Field<Share>>,
    /// The share of answers that are held up for up to 30 s more, so that later ones may overtake them. Default: 0.
    pub reorder: Option<Field<Share>>,
}
