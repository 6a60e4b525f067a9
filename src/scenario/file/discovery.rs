//! Custom compliance: policies with their discovery scripts.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;

use super::assign::AssignEntry;
use super::content::OutcomeEntry;
use super::value::{At, Field, Many, Read};
use super::words::OutcomesWord;
use crate::content::ValueKind;
use crate::protocol::RunAs;
use crate::scenario::time::nearest;

/// A custom compliance policy with its one discovery script (B-8.4).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplianceEntry {
    /// Its name.
    pub name: At<String>,
    /// Size of the script in bytes; more than 1048576 are refused by default (B-8.4). Default: 1000.
    pub bytes: Option<Field<u32>>,
    /// In whose name the script runs: `system` or `user` (B-8.6). Default: `system`.
    pub run_as: Option<Field<RunAs>>,
    /// The signature is checked before it runs (B-8.6). Default: false.
    #[serde(default)]
    pub signature_check: bool,
    /// It is signed by a trusted publisher. Default: false.
    #[serde(default)]
    pub signed: bool,
    /// The host that runs it, 32 or 64 bits (B-8.6). Default: 32.
    pub host_bits: Option<Field<u32>>,
    /// The settings that its output must name, each with the type of its value: `boolean`, `integer`, `double`, `text`, `date-time`
    /// or `version` (B-8.5). Default: none.
    #[serde(default)]
    pub settings: BTreeMap<String, Field<ValueKind>>,
    /// How its runs end on each device: one table, or an array of them. Default: exit code 0 at once, with the output `{}`.
    pub outcome: Option<Many<OutcomeEntry>>,
    /// `sequence` or `weighted`, as for a script. Default: `sequence`.
    pub outcomes: Option<Field<OutcomesWord>>,
    /// What each `update` in the timeline makes of it, the first entry at the first one. Default: it stays as it is but for its revision.
    #[serde(default)]
    pub update: Vec<DiscoveryUpdate>,
    /// The assignments. Default: none.
    #[serde(default)]
    pub assign: Vec<AssignEntry>,
}

/// What an update changes in a discovery script; what is left out stays.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscoveryUpdate {
    /// Size of the script in bytes.
    pub bytes: Option<Field<u32>>,
    /// In whose name it runs.
    pub run_as: Option<Field<RunAs>>,
    /// The settings that its output must name.
    pub settings: Option<BTreeMap<String, Field<ValueKind>>>,
    /// How its runs end from now on.
    pub outcome: Option<Many<OutcomeEntry>>,
    /// `sequence` or `weighted`.
    pub outcomes: Option<Field<OutcomesWord>>,
}

/// The words for the type of a value.
const KINDS: [(&str, ValueKind); 6] = [
    ("boolean", ValueKind::Boolean),
    ("integer", ValueKind::Integer),
    ("double", ValueKind::Double),
    ("text", ValueKind::Text),
    ("date-time", ValueKind::DateTime),
    ("version", ValueKind::Version),
];

impl Read for ValueKind {
    const WANTED: &'static str = "the type of a value";
    fn from_text(text: &str) -> Result<Self, String> {
        let names = KINDS.map(|(name, _)| name);
        KINDS
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, kind)| *kind)
            .ok_or_else(|| format!("`{text}` is not allowed; allowed: {}{}", names.join(", "), nearest(text, &names)))
    }
    fn schema() -> Schema {
        json_schema!({ "type": "string", "enum": KINDS.map(|(name, _)| name) })
    }
}
