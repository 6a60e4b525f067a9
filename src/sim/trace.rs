//! Traces of runs: one line per event, as text to be read and as JSON to be worked with. Both are stable to the byte.
//!
//! # The columns of a transcript
//!
//! ```text
//! Mon 2026-01-05 08:00:30.000  pc1  check-in  workload=script cause=sign-in user=anna  B-4.17
//! local time of the device     who  what      details                                  why
//! ```
//!
//! Times are what the device's own clock shows in its time zone. Details name content and users as the scenario does.
//! A line of the JSON form has `at` (milliseconds since the start), `time`, `device`, `event`, the details, and `rule`.

use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::busy::Windows;
use super::cast::{Cast, CastError};
use super::observe::Happening;
use super::plan::{DevicePlan, Plan, Zone};
use super::record::{Entry, Recorder};
use super::world::Ended;
use crate::device::Action;
use crate::time::{Span, Wall};

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, in true time since the start.
    pub at: Span,
    /// The device's own local time.
    pub time: String,
    /// The device's name.
    pub device: String,
    /// The event's name.
    pub event: String,
    /// Its details.
    pub details: Map<String, Value>,
    /// The rule behind it.
    pub rule: Option<String>,
}

/// A run of every device of a plan, with everything kept.
#[derive(Debug)]
pub struct Traced {
    /// Every event, by time, then device, then order on the device.
    pub lines: Vec<Line>,
    /// What is left of each device: its name and end.
    pub ended: Vec<(String, Ended<()>)>,
}

/// Runs devices of a plan one after another and keeps what happens.
///
/// # Errors
/// [`CastError`] if the plan's populations cannot be resolved.
pub fn trace(
    plan: &Plan,
    cast: &Cast<'_>,
    devices: impl IntoIterator<Item = u64>,
    windows: &Windows,
) -> Result<Traced, CastError> {
    let mut lines = Vec::new();
    let mut ended = Vec::new();
    for number in devices {
        let (Some(world), Some(name)) = (cast.world(number, Recorder::default()), cast.name(number)) else { continue };
        let end = world.run_under(windows);
        if let Some(described) = cast.described(number) {
            let mut writer = Writer { plan, described, zone: &plan.zones[described.zone], name: &name };
            for entry in &end.observer.entries {
                writer.travel(entry);
                lines.push((entry.at, number, writer.line(entry)));
            }
        }
        ended.push((name, end.without_observer()));
    }
    lines.sort_by_key(|(at, number, _)| (*at, *number));
    Ok(Traced { lines: lines.into_iter().map(|(_, _, line)| line).collect(), ended })
}

/// One entry of a device as a line of its transcript.
#[cfg(all(feature = "check", feature = "cli"))]
pub(crate) fn entry_text(plan: &Plan, cast: &Cast<'_>, device: u64, entry: &Entry) -> String {
    let (Some(described), Some(name)) = (cast.described(device), cast.name(device)) else { return String::new() };
    let writer = Writer { plan, described, zone: &plan.zones[described.zone], name: &name };
    writer.line(entry).text(name.len())
}

struct Writer<'a> {
    plan: &'a Plan,
    described: &'a DevicePlan,
    zone: &'a Zone,
    name: &'a str,
}

impl Writer<'_> {
    /// From the moment on at which the device is in another zone, times are in that zone.
    fn travel(&mut self, entry: &Entry) {
        if let Happening::Action(Action::TimeZone(place)) = entry.happening {
            self.zone = self.plan.zones.get(usize::from(place)).unwrap_or(self.zone);
        }
    }

    fn line(&self, entry: &Entry) -> Line {
        let mut details = match serde_json::to_value(entry.happening) {
            Ok(Value::Object(fields)) => fields,
            // Every happening is a structure with a name.
            Ok(other) => Map::from_iter([("event".to_owned(), other)]),
            Err(error) => Map::from_iter([("error".to_owned(), Value::String(error.to_string()))]),
        };
        let mut event = match details.remove("event") {
            Some(Value::String(event)) => event,
            Some(_) | None => "unknown".to_owned(),
        };
        if matches!(entry.happening, Happening::Service(_)) {
            event.insert_str(0, "service-");
        }
        self.name_fields(&event, &mut details);
        Line {
            at: entry.at.since(self.plan.start),
            time: local_time(entry.at, entry.offset, self.zone),
            device: self.name.to_owned(),
            event,
            details,
            rule: entry.rule.map(|rule| rule.to_string()),
        }
    }

    /// Puts names in place of numbers, and plain texts in place of tagged values.
    fn name_fields(&self, event: &str, details: &mut Map<String, Value>) {
        // An action has its one argument in `with`.
        if let Some(argument) = details.remove("with") {
            let key = match event {
                "sign-in" | "sign-out" => "user",
                "script-record-delete"
                | "app-record-delete"
                | "app-install-by-hand"
                | "app-remove-by-hand"
                | "company-portal-install"
                | "company-portal-uninstall" => "policy",
                "admin" => "action",
                "esp" => "phase",
                "clock-step" | "clock-drift" => "by",
                "slow-boot" => "service_after",
                "time-zone" => "zone",
                "state-file" => "change",
                "twin" => "does",
                "apps-workload" => "to",
                "service-control" => "code",
                _ => "on",
            };
            details.insert(key.to_owned(), argument);
        }
        for (key, value) in details.iter_mut() {
            match (key.as_str(), value.as_u64()) {
                ("policy" | "by", Some(number)) => *value = self.policy_name(number).into(),
                ("zone", Some(number)) if event == "time-zone" => *value = self.zone_name(number).into(),
                ("user", Some(number)) => *value = self.user_name(number).into(),
                _ => {
                    self.name_policy(value);
                    plain(value);
                }
            }
        }
    }

    /// Makes `{"run-remediation": {"policy": 3, ...}}` into `{"run-remediation": "NAME"}`.
    fn name_policy(&self, value: &mut Value) {
        if let Value::Object(fields) = value
            && let Some(inner) = fields.values_mut().next()
            && let Some(number) = inner.get("policy").and_then(Value::as_u64)
        {
            *inner = self.policy_name(number).into();
        }
    }

    fn policy_name(&self, number: u64) -> String {
        if number == u64::from(u32::MAX) {
            return "inventory".to_owned(); // The report that is about no policy.
        }
        let id = crate::protocol::PolicyId(u32::try_from(number).unwrap_or(u32::MAX));
        self.plan.tenant.content(id).map_or_else(|| format!("policy-{number}"), |content| content.name.clone())
    }

    fn zone_name(&self, number: u64) -> String {
        let zone = usize::try_from(number).ok().and_then(|place| self.plan.zones.get(place));
        zone.map_or_else(|| format!("zone-{number}"), |zone| zone.name.clone())
    }

    fn user_name(&self, number: u64) -> String {
        match usize::try_from(number).unwrap_or(usize::MAX).checked_sub(1) {
            None => "device".to_owned(),
            Some(place) => self.described.users.get(place).cloned().unwrap_or_else(|| format!("user{number}")),
        }
    }
}

/// Makes a one-entry object such as `{"status": 429}` into the text `status 429`.
fn plain(value: &mut Value) {
    if let Value::Object(fields) = value
        && fields.len() == 1
        && let Some((name, inner)) = fields.iter().next()
    {
        *value = Value::String(format!("{name} {}", shown(inner)));
    }
}

/// A value as a transcript shows it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(","),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// What a device's clock shows at a moment of true time.
pub(crate) fn local_time(at: Wall, offset: i64, zone: &Zone) -> String {
    let local = at.unix_millis().saturating_add(offset).saturating_add(i64::from(zone.offset_at(at)) * 1_000);
    match chrono::DateTime::from_timestamp_millis(local) {
        Some(time) => time.format("%a %Y-%m-%d %H:%M:%S%.3f").to_string(),
        None => format!("{local} ms"),
    }
}

/// The details that hold a [`Token`](crate::protocol::Token).
const TOKENS: [&str; 2] = ["run", "token"];

impl Line {
    /// True if both lines say the same, whatever the numbers of the requests and runs that they name.
    ///
    /// Such a number counts on from what the device asked before, so it differs after anything that one run had and the
    /// other had not, and says nothing about the line itself.
    pub fn is_like(&self, other: &Self) -> bool {
        let Self { at, time, device, event, details, rule } = self;
        (at, time, device, event, rule) == (&other.at, &other.time, &other.device, &other.event, &other.rule)
            && details.len() == other.details.len()
            && details.iter().all(|(key, value)| {
                other.details.get(key).is_some_and(|there| there == value || TOKENS.contains(&key.as_str()))
            })
    }

    /// The line as a JSON object, without an end of line.
    pub fn json(&self) -> Value {
        let mut fields = self.fields();
        fields.insert("at".to_owned(), self.at.as_millis().into());
        fields.insert("time".to_owned(), self.time.clone().into());
        fields.insert("device".to_owned(), self.device.clone().into());
        Value::Object(fields)
    }

    /// The event, its details and its rule.
    pub fn fields(&self) -> Map<String, Value> {
        let mut fields = self.details.clone();
        fields.insert("event".to_owned(), self.event.clone().into());
        if let Some(rule) = &self.rule {
            fields.insert("rule".to_owned(), rule.clone().into());
        }
        fields
    }

    /// The line of a transcript, without an end of line; names are padded to `width`.
    pub fn text(&self, width: usize) -> String {
        let mut what = self.event.clone();
        for (key, value) in &self.details {
            let value = shown(value);
            // Writing to a string cannot fail.
            let _ = write!(what, " {key}={value}");
        }
        let rule = self.rule.as_deref().unwrap_or("");
        let time = self.time.strip_suffix(".000").unwrap_or(&self.time);
        format!("{time:<27}  {:<width$}  {what:<60}  {rule}", self.device).trim_end().to_owned()
    }
}

/// As [`Line::json`].
impl Serialize for Line {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(s)
    }
}
