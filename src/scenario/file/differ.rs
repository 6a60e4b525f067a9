//! In what the devices of a population differ, beyond values with weights: links, rings, clocks, failures.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::habit::SpellsTable;
use super::value::{At, Field, Many, Read, TextOr, Val};
use super::words::Share;
use crate::scenario::time::{Moment, Step};
use crate::time::Span;

/// How devices are connected.
#[derive(Clone, Debug)]
pub enum LinkEntry {
    /// All alike.
    One(Box<LinkTable>),
    /// Each device draws one of these, in a population.
    Named(Vec<(At<String>, At<LinkTable>)>),
}

/// How a device is connected. What is left out is as in the scenario's `[network]`, and `offline` as for the device.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with the keys of a link, or a table of named links")]
pub struct LinkTable {
    /// How often it is drawn; of a named link alone, which needs it.
    pub weight: Option<Field<u32>>,
    /// The time from a request to its answer: one length, or the shortest and the longest.
    pub latency: Option<Many<Val<Span>>>,
    /// The share of requests that are lost.
    pub loss: Option<Field<Share>>,
    /// The share of answers that arrive twice.
    pub duplicates: Option<Field<Share>>,
    /// The share of answers that are held up for up to 30 s more, so that later ones may overtake them.
    pub reorder: Option<Field<Share>>,
    /// The chance that the device is offline during one whole window.
    pub offline: Option<Field<Share>>,
    /// The device has no network for a while, such as `{ every = "2d", for = ["10m", "3h"] }`.
    pub offline_spells: Option<At<TextOr<SpellsTable>>>,
}

impl<'de> Deserialize<'de> for LinkEntry {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct LinkVisitor;
        impl<'de> Visitor<'de> for LinkVisitor {
            type Value = LinkEntry;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a table with the keys of a link, or a table of named links")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LinkEntry, A::Error> {
                let (mut one, mut is_one, mut named) = (LinkTable::default(), false, Vec::new());
                while let Some(key) = map.next_key::<At<String>>()? {
                    match key.value.as_str() {
                        "latency" => one.latency = Some(map.next_value()?),
                        "loss" => one.loss = Some(map.next_value()?),
                        "duplicates" => one.duplicates = Some(map.next_value()?),
                        "reorder" => one.reorder = Some(map.next_value()?),
                        "offline" => one.offline = Some(map.next_value()?),
                        "offline_spells" => one.offline_spells = Some(map.next_value()?),
                        _ => {
                            named.push((key, map.next_value()?));
                            continue;
                        }
                    }
                    is_one = true;
                }
                match (is_one, named.is_empty()) {
                    (true, false) => Err(A::Error::custom(
                        "the keys of a link (latency, loss, duplicates, reorder, offline, offline_spells) and named links do not go together",
                    )),
                    (false, false) => Ok(LinkEntry::Named(named)),
                    (true | false, true) => Ok(LinkEntry::One(Box::new(one))),
                }
            }
        }
        d.deserialize_any(LinkVisitor)
    }
}

impl JsonSchema for LinkEntry {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Link".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let link = generator.subschema_for::<LinkTable>();
        json_schema!({ "anyOf": [link, { "type": "object", "additionalProperties": link }] })
    }
}

/// A share of the devices that joins a group, at one moment or over time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RingEntry {
    /// A group of devices.
    pub group: At<String>,
    /// The share of the devices that is drawn into it: `5%`, or a whole number in a million. A device is in one ring at most.
    pub share: Field<Share>,
    /// When these devices join, as an offset or a time on the scenario's clock. Default: they always were members.
    pub at: Option<Field<Moment>>,
    /// The first and the last moment at which they join, in place of `at`: each device draws one of the steps between.
    pub within: Option<Many<Val<Moment>>>,
    /// From one step to the next, up to 100 steps. Default: 1h where `within` spans a day at most, else 1d.
    pub step: Option<Field<Span>>,
}

/// How often content fails.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailsTable {
    /// The share of runs that fail, drawn anew for each run. Default: 0.
    pub runs: Option<Field<Share>>,
    /// The share of devices on which every run fails, drawn once per device. Default: 0.
    pub devices: Option<Field<Share>>,
    /// The exit code of a run that fails, any but 0. Default: 1603 of an app, else 1.
    pub exit: Option<Field<i32>>,
}

/// How far clocks are from the true time.
#[derive(Clone, Debug)]
pub enum OffsetEntry {
    /// One step; or the ends of a range, of which each device draws one evenly.
    Range(Vec<Field<Step>>),
    /// Each device draws one of these, in a population.
    Weights(Vec<(Field<Step>, Field<u32>)>),
}

impl<'de> Deserialize<'de> for OffsetEntry {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct OffsetVisitor;
        let one = |step| OffsetEntry::Range(vec![At { value: Val(step), span: 0..0 }]);
        impl<'de> Visitor<'de> for OffsetVisitor {
            type Value = Result<Step, OffsetEntry>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}, an array of two, or a table of such values and their weights", Step::WANTED)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Step::from_text(text).map(Ok).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Step::from_integer(number).map(Ok).map_err(E::custom)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(step) = seq.next_element()? {
                    all.push(step);
                }
                Ok(Err(OffsetEntry::Range(all)))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    all.push(pair);
                }
                Ok(Err(OffsetEntry::Weights(all)))
            }
        }
        d.deserialize_any(OffsetVisitor).map(|read| read.map_or_else(|entry| entry, one))
    }
}

impl JsonSchema for OffsetEntry {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "ClockOffset".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = Step::schema();
        json_schema!({ "anyOf": [
            one,
            { "type": "array", "items": one, "minItems": 1, "maxItems": 2, "examples": [["-3m", "+3m"]] },
            { "type": "object", "additionalProperties": { "type": "integer", "minimum": 0, "maximum": u32::MAX } },
        ] })
    }
}
