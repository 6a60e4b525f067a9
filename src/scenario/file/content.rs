//! The tenant: groups, filters, content and its assignments.

use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;

use super::app::Code;
use super::assign::AssignEntry;
use super::value::{At, Field, Many, Read};
use super::words::{FeatureType, GroupKind, OutcomesWord};
use crate::profile::Version;
use crate::protocol::RunAs;
use crate::time::Span;

/// The tenant as a whole.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantTable {
    /// The version of the agent that the service delivers (B-2.9, B-2.14). Default: 1.94.0.0.
    pub agent_version: Option<Field<Version>>,
    /// Endpoint analytics is on, so that every eligible device is a target of the agent (B-2.19). Default: false.
    pub endpoint_analytics: Option<bool>,
    /// The service principal "Microsoft Intune Windows Agent" is enabled (B-1.25). Default: true.
    pub service_principal: Option<bool>,
}

/// A group.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupEntry {
    /// Its name.
    pub name: At<String>,
    /// What it holds: `devices` or `users`. Default: `devices`.
    pub kind: Option<Field<GroupKind>>,
    /// Names of groups whose members count as members of this one. Default: none.
    #[serde(default)]
    pub nested: Vec<At<String>>,
}

/// An assignment filter.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterEntry {
    /// Its name.
    pub name: At<String>,
    /// The expression, such as `(device.model -startsWith "Surface")`.
    pub rule: At<String>,
}

/// A PowerShell script.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptEntry {
    /// Its name.
    pub name: At<String>,
    /// Its size in bytes; 204800 and more are refused by default (B-5.16). Default: 1000.
    pub bytes: Option<Field<u32>>,
    /// In whose name it runs: `system` or `user` (B-5.17). Default: `system`.
    pub run_as: Option<Field<RunAs>>,
    /// The signature is checked before it runs (B-5.20). Default: false.
    #[serde(default)]
    pub signature_check: bool,
    /// It is signed by a trusted publisher (B-5.20). Default: false.
    #[serde(default)]
    pub signed: bool,
    /// The host that runs it, 32 or 64 bits (B-5.18). Default: 32.
    pub host_bits: Option<Field<u32>>,
    /// The assignments. Default: none; an `[[at]]` may assign it.
    #[serde(default)]
    pub assign: Vec<AssignEntry>,
    /// How its runs end on each device: one table, or an array of them. Default: exit code 0 at once.
    pub outcome: Option<Many<OutcomeEntry>>,
    /// `sequence`: the first run has the first outcome, and so on, and the last goes on; `weighted`: each run draws one. Default: `sequence`.
    pub outcomes: Option<Field<OutcomesWord>>,
}

/// How a run of a script ends.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeEntry {
    /// The exit code; `crash` for 0xC0000005, `killed` for 1. Default: 0.
    pub exit: Option<Field<Code>>,
    /// It writes to the error stream (B-5.24). Default: false.
    #[serde(default)]
    pub stderr: bool,
    /// How long it runs while the device is awake, or `hangs`: until it is ended (B-5.21). Default: 0s.
    pub duration: Option<Field<OutputLength>>,
    /// What it prints. Default: nothing.
    #[serde(default)]
    pub output: String,
    /// It prints so many characters more, all on the last line: up to 10000000 (B-6.3). Default: 0.
    pub flood: Option<Field<u32>>,
    /// Its weight, with `outcomes = "weighted"`. Default: 1.
    pub weight: Option<Field<u32>>,
}

/// How long a run lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputLength {
    /// So long.
    For(Span),
    /// Until it is ended.
    Hangs,
}

impl Read for OutputLength {
    const WANTED: &'static str = "a length of time such as 30s, or hangs";
    fn from_text(text: &str) -> Result<Self, String> {
        if text == "hangs" {
            Ok(Self::Hangs)
        } else {
            text.parse().map(Self::For).map_err(|error: crate::time::SpanError| format!("{error}, or hangs"))
        }
    }
    fn from_integer(number: i64) -> Result<Self, String> {
        Span::from_integer(number).map(Self::For)
    }
    fn schema() -> Schema {
        json_schema!({ "type": ["string", "integer"], "minimum": 0, "examples": ["30s", "hangs"] })
    }
}

/// Another feature that needs the agent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeatureEntry {
    /// Its name.
    pub name: At<String>,
    /// `endpoint-analytics`, `remote-help`, `managed-installer` or `bios-configuration` (B-2.1).
    #[serde(rename = "type")]
    pub kind: Field<FeatureType>,
    /// The assignments. Default: none.
    #[serde(default)]
    pub assign: Vec<AssignEntry>,
}
