//! What the service can take.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::Field;
use crate::time::Span;

/// What the service can take of all devices together, in a fleet (B-13.4). The load of a window decides the answers in the next one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceTable {
    /// Requests that are answered in a minute. Default: any number.
    pub requests_per_minute: Option<Field<u64>>,
    /// Requests above them that may wait for an answer; others are refused. Default: as many as are answered in a minute.
    pub queue: Option<Field<u64>>,
    /// The HTTP status of a refusal: 429 or 503. Default: 429.
    pub refusal: Option<Field<u32>>,
    /// Pushes that are delivered in a minute; others wait. Default: any number.
    pub pushes_per_minute: Option<Field<u64>>,
    /// The length of a window, 1s to 1d. Longer windows run faster, and smooth out the peaks within them. Default: 1m.
    pub window: Option<Field<Span>>,
}
