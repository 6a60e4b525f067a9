//! `MdmDiagLogMetadata.json`, which lies beside an MDM diagnostics report.
//!
//! Its later form repeats what the registry says of Windows. The older form, which is no JSON, says only which areas were
//! collected.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::error::{Position, Problem};
use super::registry::windows;
use super::report::{Reason, Report};
use super::sniff::Broken;
use super::text::{lines, position};

/// Reads the metadata.
pub(super) fn read(report: &mut Report, text: &str) -> Result<(), Broken> {
    let mut pairs = Vec::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let result = Pairs(&mut pairs).deserialize(&mut json).and_then(|()| json.end());
    if let Err(error) = result {
        if is_older(text) {
            report.notes.push("the older form of the metadata, which says nothing of the device".to_owned());
            return Ok(());
        }
        if !error.is_eof() {
            let at = place(text, error.line(), error.column());
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or("").to_owned();
            return Err((at, Problem::Json(message)));
        }
        report.cut = Some(position(text, text.len()));
        // The last pair may have lost its end: of a number nobody can tell.
        pairs.pop();
    }
    if report.cut.is_none() && !pairs.iter().any(|(name, _)| name == "MdmDiagVersion") {
        return Err((Position { line: 1, column: 1 }, Problem::ForeignJson));
    }
    let line = |name: &str| text.find(&format!("\"{name}\"")).map(|at| position(text, at).line);
    let mut told = windows::Told::default();
    for (name, value) in &pairs {
        match value {
            Value::String(value) => told.text(name, value, line(name)),
            Value::Number(value) => {
                told.number(name, value.as_u64().and_then(|value| u32::try_from(value).ok()), line(name));
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {}
        }
    }
    let missing = if report.cut.is_some() { Reason::MaybeCut } else { Reason::Missing };
    told.tell(report, "", &missing);
    Ok(())
}

/// A place as the reader of JSON tells it: the column counts bytes, and the end of a line is column 0 of the next one.
fn place(text: &str, line: usize, column: usize) -> Position {
    let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
    let start = line.checked_sub(2).and_then(|before| breaks.into_iter().nth(before)).unwrap_or(0);
    position(text, (start + column).saturating_sub(1))
}

/// `{ Name : value; ... }` without quotes.
fn is_older(text: &str) -> bool {
    lines(text).any(|line| line.text.trim().split(':').next().is_some_and(|name| name.trim() == "MdmDiagVersion"))
}

/// Collects the pairs of an object as they come, so that those before a cut are there.
struct Pairs<'a>(&'a mut Vec<(String, Value)>);

impl<'de> DeserializeSeed<'de> for Pairs<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Pairs<'_> {
    type Value = ();
    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(pair) = map.next_entry()? {
            self.0.push(pair);
        }
        Ok(())
    }
}
