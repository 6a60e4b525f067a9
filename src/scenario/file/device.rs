//! Devices and populations.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::differ::{FailsTable, LinkEntry, OffsetEntry, RingEntry};
use super::habit::{AwakeEntry, SpellsTable};
use super::value::{At, Field, Many, OneOf, Read, TextOr, Val};
use super::words::{AgentWord, EndpointProtection, Share, Workloads};
use crate::content::Architecture;
use crate::facts::{Edition, EnrollmentPath, Join, Ownership, Proxy};
use crate::profile::Version;
use crate::scenario::time::{Moment, ZoneName};
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
    /// Shares of the devices that join groups over time; only in a `[[population]]`. Default: none.
    pub rings: Option<At<Vec<RingEntry>>>,
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
    /// How far its clock is from the true time, such as `+400d` or `-2h`, up to 400 years (B-1.24); an array such as `["-3m", "+3m"]` to draw
    /// from evenly, per device; may be weights. Default: 0s.
    pub clock_offset: Option<At<OffsetEntry>>,
    /// How much too fast its clock goes, in millionths, -100000 to 100000: 50 gains a second in five and a half hours, -50 loses it. It
    /// shows a second at a time, and nobody is told of it. Default: 0.
    pub clock_drift: Option<Field<i32>>,
    /// When the daily health task is due first: an offset from the start or a local time (B-10.8). Default: one period after the start.
    pub health_at: Option<Field<Moment>>,
    /// When it is awake, in local time: `09:00-17:00` or an array of such windows for every day, or a table with `mon` to `sun`, `workdays`,
    /// `weekend`, where days left out are asleep. In a population also a table of named habits with weights. Default: always awake.
    pub awake: Option<At<AwakeEntry>>,
    /// The `[calendar.NAME]` whose days are its holidays. Default: none.
    pub holidays: Option<At<String>>,
    /// When it is awake on a holiday: a window, an array of them, `always` or `asleep`. Default: `asleep`.
    pub on_holiday: Option<Many<String>>,
    /// Its windows move by up to so much either way, in whole minutes up to 12h, drawn once. Default: 0s.
    pub spread: Option<Field<Span>>,
    /// It is shut down outside its windows instead of sleeping. Default: false.
    pub shuts_down: Option<bool>,
    /// Within its windows its lid is closed for a while: `3h` or `{ every = "3h", for = ["5m", "20m"] }`, once in each such period, drawn;
    /// left out where the window would end before. `for` is 10m by default. Default: never.
    pub lid: Option<At<TextOr<SpellsTable>>>,
    /// While it sleeps outside its windows it wakes for maintenance: `2h` or `{ every = "2h", for = "2m" }`, once in each such period, drawn.
    /// `for` is 2m by default. Default: never.
    pub dark_wake: Option<At<TextOr<SpellsTable>>>,
    /// It restarts once in each such period, at least 1h. Default: never.
    pub restart_every: Option<Field<Span>>,
    /// Its first user signs in at each start of a window. Default: false.
    pub signs_in: Option<bool>,
    /// A signed-in user asks for a sync in Company Portal once in each such period, at least 1h, at a drawn moment; within an hour of the next
    /// wake-up where that finds the device asleep (B-9.1). Default: never.
    pub portal_sync_every: Option<Field<Span>>,
    /// The chance that a signed-in user puts a restart off, each time that its countdown is shown, where the assignment has a grace period
    /// (B-7.29). Default: 0.
    pub snoozes: Option<Field<Share>>,
    /// The chance that it is offline during one whole window: `5%`, or a whole number in a million. Default: 0.
    pub offline: Option<Field<Share>>,
    /// It has no network for a while, such as `{ every = "2d", for = ["10m", "3h"] }`, once in each such period, drawn, asleep or not. `for`
    /// is 1h by default. Default: never.
    pub offline_spells: Option<At<TextOr<SpellsTable>>>,
    /// How it is connected, with keys as in `[network]`, and `offline` and `offline_spells`. In a population also a table of named links with
    /// weights. Default: as `[network]` says.
    pub link: Option<At<LinkEntry>>,
    /// Content that fails on it, whatever its outcomes say: the share of runs that fail, such as `vpn = "12%"`, or a table. It is the run of a
    /// script, the remediation script of a remediation, the install or uninstall of an app. Default: none.
    #[serde(default)]
    pub fails: BTreeMap<String, At<TextOr<FailsTable>>>,
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
