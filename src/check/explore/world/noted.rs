//! Which rules were noted on the way through a small world, by all threads together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::rules::{self, RuleId};

/// A set of rules that grows from several sides at once; copies are the same set.
#[derive(Clone, Debug)]
pub(super) struct Noted(Arc<[AtomicU64]>);

impl Noted {
    pub(super) fn new() -> Self {
        // A packed number has 16 bits.
        Self((0..1 << 10).map(|_| AtomicU64::new(0)).collect())
    }

    pub(super) fn note(&self, rule: RuleId) {
        let (word, bit) = self.place(rule);
        // Mostly it is there already, and reading alone keeps the line in every cache.
        if word.load(Ordering::Relaxed) & bit == 0 {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// In the order of the catalogue.
    pub(super) fn rules(&self) -> Vec<RuleId> {
        let is_noted = |rule: &RuleId| {
            let (word, bit) = self.place(*rule);
            word.load(Ordering::Relaxed) & bit != 0
        };
        rules::all().map(|rule| rule.id).filter(is_noted).collect()
    }

    fn place(&self, rule: RuleId) -> (&AtomicU64, u64) {
        let code = usize::from(rule.code());
        (&self.0[code / 64], 1 << (code % 64))
    }
}
