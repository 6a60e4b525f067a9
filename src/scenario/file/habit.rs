//! When devices are awake, and what they and their users do day by day.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::value::{At, Field, Many, Read, TextOr, Val};
use super::words::Share;
use crate::scenario::time::day_number;
use crate::time::Span;

/// When a device is awake.
#[derive(Clone, Debug)]
pub enum AwakeEntry {
    /// These windows every day.
    Daily(Windows),
    /// A window for each weekday.
    Week(Box<WeekEntry>),
    /// Named habits with weights, in a population.
    Habits(Vec<(At<String>, At<HabitEntry>)>),
}

/// Windows by weekday, each `from-to` such as `09:00-17:00`, or an array of such windows, ascending and apart; `always` for the whole day,
/// `asleep` for none.
///
/// `mon` to `sun` win over `workdays` and `weekend`. A window ends at latest at 24:00; one that begins as another ends goes on with it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeekEntry {
    /// Monday to Friday. Default: asleep.
    pub workdays: Option<Many<String>>,
    /// Saturday and Sunday. Default: asleep.
    pub weekend: Option<Many<String>>,
    /// Monday. Default: as `workdays`.
    pub mon: Option<Many<String>>,
    /// Tuesday. Default: as `workdays`.
    pub tue: Option<Many<String>>,
    /// Wednesday. Default: as `workdays`.
    pub wed: Option<Many<String>>,
    /// Thursday. Default: as `workdays`.
    pub thu: Option<Many<String>>,
    /// Friday. Default: as `workdays`.
    pub fri: Option<Many<String>>,
    /// Saturday. Default: as `weekend`.
    pub sat: Option<Many<String>>,
    /// Sunday. Default: as `weekend`.
    pub sun: Option<Many<String>>,
}

/// One of several habits in a population. What it leaves out is as in the population.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HabitEntry {
    /// How often it is drawn.
    pub weight: Field<u32>,
    /// When the device is awake: `09:00-17:00`, an array of windows, `always`, or a table by weekday. Default: always.
    pub awake: Option<At<TimesEntry>>,
    /// As in the population.
    pub holidays: Option<At<String>>,
    /// As in the population.
    pub on_holiday: Option<Many<String>>,
    /// As in the population.
    pub spread: Option<Field<Span>>,
    /// As in the population.
    pub shuts_down: Option<bool>,
    /// As in the population.
    pub lid: Option<At<TextOr<SpellsTable>>>,
    /// As in the population.
    pub dark_wake: Option<At<TextOr<SpellsTable>>>,
    /// As in the population.
    pub restart_every: Option<Field<Span>>,
    /// As in the population.
    pub signs_in: Option<bool>,
    /// As in the population.
    pub portal_sync_every: Option<Field<Span>>,
    /// As in the population.
    pub snoozes: Option<Field<Share>>,
    /// As in the population.
    pub offline: Option<Field<Share>>,
    /// As in the population.
    pub offline_spells: Option<At<TextOr<SpellsTable>>>,
}

impl<'de> Deserialize<'de> for AwakeEntry {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct AwakeVisitor;
        impl<'de> Visitor<'de> for AwakeVisitor {
            type Value = AwakeEntry;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(
                    "a window such as 09:00-17:00, an array of windows, a table by weekday, or a table of named habits",
                )
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<AwakeEntry, E> {
                Ok(AwakeEntry::Daily(Windows::Text(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<AwakeEntry, A::Error> {
                Windows::of(seq).map(AwakeEntry::Daily)
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
    fn slot(&mut self, key: &str) -> Option<&mut Option<Many<String>>> {
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
    fn schema_name() -> Cow<'static, str> {
        "Awake".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (week, habit) = (generator.subschema_for::<WeekEntry>(), generator.subschema_for::<HabitEntry>());
        let (one, many) = windows_schema();
        json_schema!({ "anyOf": [one, many, week, { "type": "object", "additionalProperties": habit }] })
    }
}

/// Windows of one day.
#[derive(Clone, Debug)]
pub enum Windows {
    /// One, or `always` or `asleep`.
    Text(String),
    /// These.
    List(Vec<At<String>>),
}

impl Windows {
    fn of<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        let mut all = Vec::new();
        while let Some(window) = seq.next_element()? {
            all.push(window);
        }
        Ok(Self::List(all))
    }
}

/// When a device with a named habit is awake.
#[derive(Clone, Debug)]
pub enum TimesEntry {
    /// These windows every day.
    Daily(Windows),
    /// Windows for each weekday.
    Week(Box<WeekEntry>),
}

impl<'de> Deserialize<'de> for TimesEntry {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct TimesVisitor;
        impl<'de> Visitor<'de> for TimesVisitor {
            type Value = TimesEntry;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a window such as 09:00-17:00, an array of windows, or a table by weekday")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<TimesEntry, E> {
                Ok(TimesEntry::Daily(Windows::Text(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<TimesEntry, A::Error> {
                Windows::of(seq).map(TimesEntry::Daily)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TimesEntry, A::Error> {
                WeekEntry::deserialize(MapAccessDeserializer::new(map)).map(|week| TimesEntry::Week(Box::new(week)))
            }
        }
        d.deserialize_any(TimesVisitor)
    }
}

impl JsonSchema for TimesEntry {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Times".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let week = generator.subschema_for::<WeekEntry>();
        let (one, many) = windows_schema();
        json_schema!({ "anyOf": [one, many, week] })
    }
}

/// One window, and several.
fn windows_schema() -> (Schema, Schema) {
    let one = json_schema!({ "type": "string", "examples": ["09:00-17:00"] });
    let many = json_schema!({ "type": "array", "items": one, "examples": [["08:00-12:00", "12:45-17:00"]] });
    (one, many)
}

/// Stretches of time that come again and again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpellsTable {
    /// One in each such period, 1m to 366d; each device's periods begin at a moment of their own.
    pub every: Field<Span>,
    /// How long each lasts, 1s to less than `every`: one length, or the shortest and the longest to draw from.
    #[serde(rename = "for")]
    pub lasts: Option<Many<Val<Span>>>,
}

/// Days that are holidays wherever a device is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarTable {
    /// The days: dates such as `2026-04-03`, or ranges with both ends included such as `2026-12-24..2027-01-01`.
    pub days: Vec<Field<Days>>,
}

/// Calendar days from one to another, both included, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(pub i32, pub i32);

impl Read for Days {
    const WANTED: &'static str = "a date such as 2026-04-03, or a range of dates such as 2026-12-24..2027-01-01";
    fn from_text(text: &str) -> Result<Self, String> {
        let error = || {
            format!("`{text}` is no date and no range of dates; write for example 2026-04-03 or 2026-12-24..2027-01-01")
        };
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let (first, last) = (day_number(first).ok_or_else(error)?, day_number(last).ok_or_else(error)?);
        if last < first {
            return Err(format!("the range `{text}` ends before it begins"));
        }
        Ok(Self(first, last))
    }
    fn schema() -> Schema {
        json_schema!({ "type": "string", "examples": ["2026-04-03", "2026-12-24..2027-01-01"] })
    }
}
