//! Where each rule is implemented and tested. Written by `tests/rules_table.rs` when asked to; that test holds it true.

use super::{RuleId, b};

/// Where a rule is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RulePlace {
    /// The source file that implements it.
    pub code: &'static str,
    /// The test or scenario that shows it.
    pub test: &'static str,
}

/// Where a rule is implemented and tested; `None` if it is not implemented yet.
pub fn place(id: RuleId) -> Option<RulePlace> {
    let place = PLACES.binary_search_by_key(&id, |(id, _, _)| *id).ok()?;
    PLACES.get(place).map(|(_, code, test)| RulePlace { code, test })
}

#[rustfmt::skip] // one rule, one line
const PLACES: &[(RuleId, &str, &str)] = &[
    (b(1, 1), "", ""),
];
