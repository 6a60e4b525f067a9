//! A failure that a hunt found, as it is written at the end of a scenario file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::NetworkTable;
use super::value::{At, Field};
use crate::time::Span;

/// What a hunt found and made small; the file's events and faults are what it needs. `imesim replay` runs it. Default: the file
/// is no such failure.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayTable {
    /// The name of the device that is looked at.
    pub device: At<String>,
    /// The name of the invariant that is broken, such as `C1`.
    pub invariant: At<String>,
    /// From when on nothing disturbs the device any more, as an offset from the start. Default: the end.
    pub quiet_from: Option<Field<Span>>,
    /// How long the replay lasts. Default: the scenario's duration.
    pub duration: Option<Field<Span>>,
    /// The agent's process is killed after so many of its effects, between two of one input or at its end. Default: it is not.
    pub kill_after: Option<u64>,
    /// How messages travel, in place of `[network]`. Default: as the scenario says.
    pub network: Option<NetworkTable>,
}
