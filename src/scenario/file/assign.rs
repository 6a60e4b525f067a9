//! Assignments and their settings.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::value::{At, Field, TextOr};
use super::words::{FilterWord, IntentWord};
use crate::protocol::Notifications;
use crate::scenario::time::Moment;
use crate::time::Span;

/// One assignment: the name of a group to include, or a table.
pub type AssignEntry = At<TextOr<AssignTable>>;

/// One assignment with its settings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignTable {
    /// The group: a name, `all-users` or `all-devices`.
    pub group: At<String>,
    /// The group is excluded instead of included. Default: false.
    #[serde(default)]
    pub exclude: bool,
    /// The intent, for apps: `required`, `available` or `uninstall`. Default: `required`.
    pub intent: Option<Field<IntentWord>>,
    /// The name of a filter. Default: none.
    pub filter: Option<At<String>>,
    /// How the filter counts: `include` or `exclude` the devices that match. Default: `include`.
    pub filter_mode: Option<Field<FilterWord>>,
    /// From when on an app is available (B-7.30): an offset from the start, or a time on each device's clock such as `10:00`, `day 2 10:00`
    /// or `2026-03-02T10:00:00`. Default: at once.
    pub available: Option<Field<Moment>>,
    /// When a required app is installed, or an app removed (B-7.30). Default: as soon as possible.
    pub deadline: Option<Field<Moment>>,
    /// The times are UTC instead of the device's local time (B-7.31). Default: false.
    pub utc: Option<At<bool>>,
    /// Content is fetched in the foreground (B-7.17). Default: false.
    pub foreground: Option<bool>,
    /// What the user is shown: `all`, `restarts` or `none` (B-7.32). Default: `all`.
    pub notifications: Option<Field<Notifications>>,
    /// A restart waits for a grace period: `true` for that of `restart.*`, or a table (B-7.29). Default: false.
    pub restart_grace: Option<At<GraceEntry>>,
    /// The available app takes the place of what it supersedes without being asked for again (B-7.52a). Default: false.
    pub auto_update: Option<bool>,
}

/// A grace period for restarts.
#[derive(Clone, Debug)]
pub enum GraceEntry {
    /// That of the profile, or none.
    Usual(bool),
    /// This one.
    Table(GraceTable),
}

/// How long a restart is put off, in whole minutes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraceTable {
    /// From the end of the install to the restart, up to 14d. Default: `restart.grace_min`.
    pub grace: Option<Field<Span>>,
    /// The countdown is shown so long before the restart. Default: `restart.countdown_min`, or the grace period where that is shorter.
    pub countdown: Option<Field<Span>>,
    /// The user may put it off by so much, `0s` if not at all. Default: `restart.snooze_min`, or the grace period where that is shorter.
    pub snooze: Option<Field<Span>>,
}

impl<'de> Deserialize<'de> for GraceEntry {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct GraceVisitor;
        impl<'de> Visitor<'de> for GraceVisitor {
            type Value = GraceEntry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a table")
            }
            fn visit_bool<E: Error>(self, usual: bool) -> Result<GraceEntry, E> {
                Ok(GraceEntry::Usual(usual))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<GraceEntry, A::Error> {
                GraceTable::deserialize(MapAccessDeserializer::new(map)).map(GraceEntry::Table)
            }
        }
        d.deserialize_any(GraceVisitor)
    }
}

impl JsonSchema for GraceEntry {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Grace".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<GraceTable>();
        json_schema!({ "anyOf": [{ "type": "boolean" }, table] })
    }
}
