//! Keeping everything that happens in a world, in order.

use super::observe::{Happening, Observer};
use crate::rules::RuleId;
use crate::time::Wall;

/// One thing that happened, with its time and rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// When, in true time.
    pub at: Wall,
    /// How far the device's clock was from it, in milliseconds.
    pub offset: i64,
    /// The rule behind it, where it is a decision.
    pub rule: Option<RuleId>,
    /// What happened.
    pub happening: Happening,
}

/// Keeps everything.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    /// What happened, in order.
    pub entries: Vec<Entry>,
}

impl Observer for Recorder {
    fn happened(&mut self, at: Wall, offset: i64, rule: Option<RuleId>, happening: Happening) {
        self.entries.push(Entry { at, offset, rule, happening });
    }
}
