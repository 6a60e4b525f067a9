//! Devices and populations.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::value::{At, Field, Many, OneOf, Read, TextOr, Val};
use super::words::{AgentWord, EndpointProtection, Share, Workloads};
use crate::content::Architecture;
use crate::facts::{Edition, EnrollmentPath, Join, Ownership, Proxy};
use crate::profile::Version;
use crate::scenario::time::{Moment, Step, ZoneName};
use crate::time::Span;

/// A device, or with `count` the devices of a population.
///
/// In a population the fields that say so may hold a table of values and weights instead of one value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceEntry {
    /// Its name. The devices of a population are called `name-0`, `name-1`, ...
    pub name: At<String>,
    /// How many devices, 1 to 100000000; only in a `[[population]]`, which needs it.
    pub count: Option<Field<u64>>,
    /// Build of Windows (B-1.1); may be weights. Default: 22631.
    pub os_build: Option<At<OneOf<u32>>>,
    /// Edition of Windows (B-1.5); may be weights. Default: `pro`.
    pub edition: Option<At<OneOf<Edition>>>,
    /// Windows runs in S mode (B-1.5). Default: false.
    pub s_mode: Option<bool>,
    /// An S mode supplemental policy has been delivered (B-1.7). Default: false.
    pub s_mode_supplemental: Option<bool>,
    /// How it is known to Entra (B-1.11); may be weights. Default: `entra`.
    pub join: Option<At<OneOf<Join>>>,
    /// How it enrolls (B-1.16); may be weights. Default: `auto`.
    pub enrollment: Option<At<OneOf<EnrollmentPath>>>,
    /// Who has its Apps workload, `none` if it is not co-managed (B-1.20); may be weights. Default: `none`.
    pub apps_workload: Option<At<OneOf<Workloads>>>,
    /// Who has its Endpoint Protection workload, on a co-managed device (B-1.22). Default: `intune`.
    pub endpoint_protection: Option<Field<EndpointProtection>>,
    /// Version of the .NET Framework (B-1.8). Default: 4.8.
    pub dotnet: Option<Field<Version>>,
    /// The way to the internet (B-1.26); may be weights. Default: `direct`.
    pub proxy: Option<At<OneOf<Proxy>>>,
    /// The push service of Windows can be reached (B-1.27). Default: true.
    pub wns: Option<bool>,
    /// Who owns it; may be weights. Default: `corporate`.
    pub ownership: Option<At<OneOf<Ownership>>>,
    /// It is a virtual machine (B-1.28). Default: false.
    pub virtual_machine: Option<bool>,
    /// Its user has a license for remediations (B-1.10). Default: true.
    pub remediation_license: Option<bool>,
    /// Its time zone; may be weights. Default: the scenario's.
    pub zone: Option<At<OneOf<ZoneName>>>,
    /// Its groups, besides `all-devices`. May be weights, where a key names one group, several with commas between, or `none`. Default: none.
    pub groups: Option<At<GroupsEntry>>,
    /// The apps that are on it at the start. May be weights, where a key names one app, several with commas between, or `none`. Default:
    /// those with `present = true`.
    pub apps: Option<At<GroupsEntry>>,
    /// What it is made of, as far as apps require something (B-7.9).
    pub hardware: Option<HardwareTable>,
    /// Its users: names, or tables. An `[[at]]` can sign in these alone. Default: none.
    #[serde(default)]
    pub users: Vec<At<TextOr<UserEntry>>>,
    /// What filters see beside the facts, such as `model = "Surface Pro"`. Default: nothing.
    #[serde(default)]
    pub properties: BTreeMap<String, At<String>>,
    /// `before` (30 days and 4 hours before the start), `never`, an offset from the start such as `10m`, an array of two offsets to draw
    /// from, or a time before the start such as `-3d2h15m`. Default: `before`.
    pub enrolled: Option<Many<Val<Enrolling>>>,
    /// The agent at the start: `running` (its service starts as the run starts), `absent` or `stopped`. Default: `running` on a device
    /// enrolled before the start, else `absent`.
    pub agent: Option<Field<AgentWord>>,
    /// The version of the agent that is there; may be weights. Default: the tenant's.
    pub agent_version: Option<At<OneOf<Version>>>,
    /// The MDM client's own schedule runs (B-3.1). Default: true.
    pub mdm_schedule: Option<bool>,
    /// It is on at the start. Default: true.
    pub powered: Option<bool>,
    /// It has a network at the start. Default: true.
    pub online: Option<bool>,
    /// How far its clock is from the true time, such as `+400d` or `-2h`, up to 400 years (B-1.24). Default: 0s.
    pub clock_offset: Option<Field<Step>>,
    /// When the daily health task is due first: an offset from the start or a local time (B-10.8). Default: one period after the start.
    pub health_at: Option<Field<Moment>>,
    /// When it is awake, in local time: `09:00-17:00` every day, or a table with `mon` to `sun`, `workdays`, `weekend`, where days left out
    /// are asleep. In a population also a table of named habits with weights. Default: always awake.
    pub awake: Option<At<AwakeEntry>>,
    /// Its windows move by up to so much either way, in whole minutes up to 12h, drawn once. Default: 0s.
    pub spread: Option<Field<Span>>,
    /// It is shut down outside its windows instead of sleeping. Default: false.
    pub shuts_down: Option<bool>,
    /// It restarts once in each such period, at least 1h. Default: never.
    pub restart_every: Option<Field<Span>>,
    /// Its first user signs in at each start of a window. Default: false.
    pub signs_in: Option<bool>,
    /// The chance that it is offline during one whole window: `5%`, or a whole number in a million. Default: 0.
    pub offline: Option<Field<Share>>,
}

/// What a device is made of.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HardwareTable {
    /// The architecture of its processor: `x86`, `x64` or `arm64`; may be weights. Default: `x64`.
    pub architecture: Option<At<OneOf<Architecture>>>,
    /// Free disk space in megabytes; may be weights. Default: 102400.
    pub disk_mb: Option<At<OneOf<u32>>>,
    /// Memory in megabytes; may be weights. Default: 16384.
    pub memory_mb: Option<At<OneOf<u32>>>,
    /// Logical processors; may be weights. Default: 8.
    pub processors: Option<At<OneOf<u16>>>,
    /// Speed of a processor in megahertz; may be weights. Default: 2400.
    pub cpu_mhz: Option<At<OneOf<u16>>>,
}

/// A user of a device, as a table.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserEntry {
    /// The name.
    pub name: At<String>,
    /// Groups of users, besides `all-users`. Default: none.
    #[serde(default)]
    pub groups: Vec<At<String>>,
    /// The primary user of the device. Default: the first user is, unless another says so; nobody is on a device that enrolls by a bulk
    /// package (B-1.18), where only an explicit `true` counts. A table of weights for `enrollment` does not change who it is.
    pub primary: Option<bool>,
}

/// Groups or apps of a device: names, or weights.
#[derive(Clone, Debug)]
pub enum GroupsEntry {
    /// These.
    Names(Vec<At<String>>),
    /// Each device draws one of these.
    Weights(Vec<(At<String>, Field<u32>)>),
}

impl<'de> Deserialize<'de> for GroupsEntry {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct GroupsVisitor;
        impl<'de> Visitor<'de> for GroupsVisitor {
            type Value = GroupsEntry;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an array of names, or a table of names and weights")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<GroupsEntry, A::Error> {
                let mut all = Vec::new();
                while let Some(name) = seq.next_element()? {
                    all.push(name);
                }
                Ok(GroupsEntry::Names(all))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<GroupsEntry, A::Error> {
                let mut all = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    all.push(pair);
                }
                Ok(GroupsEntry::Weights(all))
            }
        }
        d.deserialize_any(GroupsVisitor)
    }
}

impl JsonSchema for GroupsEntry {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Groups".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "array", "items": { "type": "string" } },
            { "type": "object", "additionalProperties": { "type": "integer", "minimum": 0, "maximum": u32::MAX } },
        ] })
    }
}

/// When a device enrolls, or one end of a range of such times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolling {
    /// Some weeks before the start.
    Before,
    /// So long before the start.
    Ago(Span),
    /// Never by itself.
    Never,
    /// So long after the start.
    After(Span),
}

impl Read for Enrolling {
    const WANTED: &'static str = "before, never, an offset such as 10m, or a time before the start such as -3d2h";
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "before" => Ok(Self::Before),
            "never" => Ok(Self::Never),
            _ => match text.strip_prefix('-') {
                Some(rest) => rest.parse().map(Self::Ago),
                None => text.parse().map(Self::After),
            }
            .map_err(|_| format!("`{text}` is not a time of enrollment; write before, never, an offset such as 10m, or a time before the start such as -3d2h")),
        }
    }
    fn from_integer(number: i64) -> Result<Self, String> {
        Self::from_text(&number.to_string())
    }
    fn schema() -> Schema {
        json_schema!({ "type": ["string", "integer"], "examples": ["before", "never", "10m", "-3d2h15m"] })
    }
}

/// When a device is awake.
#[derive(Clone, Debug)]
pub enum AwakeEntry {
    /// This window every day.
    Daily(String),
    /// A window for each weekday.
    Week(Box<WeekEntry>),
    /// Named habits with weights, in a population.
    Habits(Vec<(At<String>, At<HabitEntry>)>),
}

/// Windows by weekday, each `from-to` such as `09:00-17:00`; `always` for the whole day, `asleep` for none.
///
/// `mon` to `sun` win over `workdays` and `weekend`. A window ends at latest at 24:00.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeekEntry {
    /// Monday to Friday. Default: asleep.
    pub workdays: Option<At<String>>,
    /// Saturday and Sunday. Default: asleep.
    pub weekend: Option<At<String>>,
    /// Monday. Default: as `workdays`.
    pub mon: Option<At<String>>,
    /// Tuesday. Default: as `workdays`.
    pub tue: Option<At<String>>,
    /// Wednesday. Default: as `workdays`.
    pub wed: Option<At<String>>,
    /// Thursday. Default: as `workdays`.
    pub thu: Option<At<String>>,
    /// Friday. Default: as `workdays`.
    pub fri: Option<At<String>>,
    /// Saturday. Default: as `weekend`.
    pub sat: Option<At<String>>,
    /// Sunday. Default: as `weekend`.
    pub sun: Option<At<String>>,
}

/// One of several habits in a population. What it leaves out is as in the population.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HabitEntry {
    /// How often it is drawn.
    pub weight: Field<u32>,
    /// When the device is awake: `09:00-17:00`, `always`, or a table by weekday. Default: always.
    pub awake: Option<At<TextOr<WeekEntry>>>,
    /// As in the population.
    pub spread: Option<Field<Span>>,
    /// As in the population.
    pub shuts_down: Option<bool>,
    /// As in the population.
    pub restart_every: Option<Field<Span>>,
    /// As in the population.
    pub signs_in: Option<bool>,
    /// As in the population.
    pub offline: Option<Field<Share>>,
}

impl<'de> Deserialize<'de> for AwakeEntry {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct AwakeVisitor;
        impl<'de> Visitor<'de> for AwakeVisitor {
            type Value = AwakeEntry;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a window such as 09:00-17:00, a table by weekday, or a table of named habits")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<AwakeEntry, E> {
                Ok(AwakeEntry::Daily(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AwakeEntry, A::Error> {
                let mut week = WeekEntry::default();
                let mut is_week = false;
                let mut habits: Vec<(At<String>, At<HabitEntry>)> = Vec::new();
                while let Some(key) = map.next_key::<At<String>>()? {
                    let Some(slot) = week.slot(&key.value) else {
                        habits.push((key, map.next_value()?));
                        continue;
                    };
                    *slot = Some(map.next_value()?);
                    is_week = true;
                }
                match (is_week, habits.is_empty()) {
                    (true, false) => Err(A::Error::custom(
                        "days of the week and named habits do not go together; put the days into `awake` of a habit",
                    )),
                    (false, false) => Ok(AwakeEntry::Habits(habits)),
                    (true | false, true) => Ok(AwakeEntry::Week(Box::new(week))),
                }
            }
        }
        d.deserialize_any(AwakeVisitor)
    }
}

impl WeekEntry {
    fn slot(&mut self, key: &str) -> Option<&mut Option<At<String>>> {
        Some(match key {
            "workdays" => &mut self.workdays,
            "weekend" => &mut self.weekend,
            "mon" => &mut self.mon,
            "tue" => &mut self.tue,
            "wed" => &mut self.wed,
            "thu" => &mut self.thu,
            "fri" => &mut self.fri,
            "sat" => &mut self.sat,
            "sun" => &mut self.sun,
            _ => return None,
        })
    }
}

impl JsonSchema for AwakeEntry {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Awake".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (week, habit) = (generator.subschema_for::<WeekEntry>(), generator.subschema_for::<HabitEntry>());
        json_schema!({ "anyOf": [{ "type": "string", "examples": ["09:00-17:00"] }, week, { "type": "object", "additionalProperties": habit }] })
    }
}
