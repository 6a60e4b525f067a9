//! What must come of a scenario.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::any::Any;
use super::value::{At, Field, Many};
use crate::scenario::time::Moment;
use crate::time::Span;

/// An expectation: of the events of one kind in a window, or of the state at the end. It needs at least one check.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectEntry {
    /// The device; `name-3` is a device of a population. Default: all devices together.
    pub device: Option<At<String>>,
    /// The event, such as `script-run`. Needed by every check except `order` and `state`.
    pub event: Option<At<String>>,
    /// Further fields that the event must have, such as `policy = "vpn"` or `rule = "B-4.17"`. Default: any.
    #[serde(default)]
    pub with: BTreeMap<String, At<Any>>,
    /// Check: every time at which it happens in the window, as offsets from the start or local times.
    pub at: Option<Vec<Field<Moment>>>,
    /// Check: how often it happens.
    pub count: Option<Field<u64>>,
    /// Check: how often it happens at least.
    pub at_least: Option<Field<u64>>,
    /// Check: how often it happens at most.
    pub at_most: Option<Field<u64>>,
    /// Check: it never happens; the only value is `true`.
    pub never: Option<At<bool>>,
    /// Start of the window that is looked at, included: an offset or a local time. Default: the start.
    pub from: Option<Field<Moment>>,
    /// End of the window that is looked at, not included. Default: the end of the run, included.
    pub to: Option<Field<Moment>>,
    /// Check, together with `after`: each event of `after` is followed by this one on the same device within this time.
    pub within: Option<Field<Span>>,
    /// The event that must be followed; see `within`.
    pub after: Option<At<PatternEntry>>,
    /// Check: these happen in this order on one device; other events may lie between.
    #[serde(default)]
    pub order: Vec<At<PatternEntry>>,
    /// Check: the state at the end, by dotted path: `"scripts.vpn.device.result" = "success"`; an array lists values that are allowed.
    #[serde(default)]
    pub state: BTreeMap<String, Many<Any>>,
    /// A line that is shown if it fails. Default: none.
    pub line: Option<String>,
}

/// An event and what it must hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatternEntry {
    /// The event.
    pub event: At<String>,
    /// Further fields that it must have. Default: any.
    #[serde(default)]
    pub with: BTreeMap<String, At<Any>>,
}
