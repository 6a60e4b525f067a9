//! A phase of a schedule: so many runs, so far apart.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// So many runs at equal distances, the first one distance after the start of the phase.
///
/// Prints as `3m x 5`.
/// Source: B-3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// The time from one run to the next.
    pub every: Span,
    /// How many runs there are.
    pub runs: u16,
}

impl Ramp {
    /// The time from the start of the phase to its last run.
    pub const fn length(self) -> Span {
        self.every.saturating_mul(self.runs as u64)
    }
}

impl fmt::Display for Ramp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.every, self.runs)
    }
}
