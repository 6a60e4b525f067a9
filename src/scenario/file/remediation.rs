//! Remediations: their settings, their schedule, and how their scripts end.

use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;

use super::assign::AssignEntry;
use super::content::OutcomeEntry;
use super::value::{At, Field, Many, Read};
use super::words::OutcomesWord;
use crate::content::{ScheduleError, TimeOfDay};
use crate::protocol::RunAs;
use crate::scenario::time::{Moment, time_of_day};

/// A remediation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemediationEntry {
    /// Its name.
    pub name: At<String>,
    /// In whose name its scripts run: `system` or `user` (B-6.21). Default: `system`.
    pub run_as: Option<Field<RunAs>>,
    /// When it runs (B-6.4). Default: each `rem.default_period`, 24 h.
    pub schedule: Option<At<ScheduleEntry>>,
    /// It has no remediation script (B-6.19). Default: false.
    #[serde(default)]
    pub detection_only: bool,
    /// The signature is checked before a script runs (B-6.20). Default: false.
    #[serde(default)]
    pub signature_check: bool,
    /// Its scripts are signed by a trusted publisher (B-6.20). Default: false.
    #[serde(default)]
    pub signed: bool,
    /// One of its scripts restarts the device, which none may; `explain` flags it, and nothing else follows (B-6.22).
    /// Default: false.
    #[serde(default)]
    pub restarts: bool,
    /// The assignments. Default: none; an `[[at]]` may assign it.
    #[serde(default)]
    pub assign: Vec<AssignEntry>,
    /// How the detection script ends on each device: one table, or an array of them. Exit code 1 is an issue (B-6.15). Of its
    /// output the last line's end is kept (B-6.3). Default: exit code 0 at once.
    pub detect: Option<Many<OutcomeEntry>>,
    /// How the remediation script ends. Default: exit code 0 at once.
    pub remediate: Option<Many<OutcomeEntry>>,
    /// How the detection script ends after the remediation (B-6.14). Default: exit code 0 at once.
    pub detect_again: Option<Many<OutcomeEntry>>,
    /// `sequence`: the first run of each script has its first outcome, and so on, and the last goes on; `weighted`: each run
    /// draws one. Default: `sequence`.
    pub outcomes: Option<Field<OutcomesWord>>,
}

/// When a remediation runs: one of `once`, `hourly` and `daily`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleEntry {
    /// Once: an offset from the start, or a date and time on each device's clock.
    pub once: Option<Field<Moment>>,
    /// Every so many hours, 1 to 23 (B-6.5).
    pub hourly: Option<Field<u32>>,
    /// Each day at this time of day, or with `every` each so many days.
    pub daily: Option<Field<DayTime>>,
    /// Every so many days, 1 to 3660; only with `daily`. Default: 1.
    pub every: Option<Field<u32>>,
    /// The times are UTC instead of the device's local time. Default: false.
    pub utc: Option<At<bool>>,
}

/// A time of day, such as `09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayTime(pub TimeOfDay);

impl Read for DayTime {
    const WANTED: &'static str = "a time of day such as 09:00 or 02:30:15";
    fn from_text(text: &str) -> Result<Self, String> {
        use chrono::Timelike;
        let time = time_of_day(text).ok_or_else(|| format!("`{text}` is not {}", Self::WANTED))?;
        let time = TimeOfDay::try_from(time.num_seconds_from_midnight());
        time.map(Self).map_err(|error: ScheduleError| error.to_string())
    }
    fn schema() -> Schema {
        json_schema!({ "type": "string", "examples": ["09:00", "02:30:15"] })
    }
}
