//! Section 9 of the behavior catalog: which action triggers which check-in.

use super::Standing::{Assumed, Documented};
use super::{Rule, b, rule};

#[rustfmt::skip] // one rule, two lines
pub(super) const RULES: &[Rule] = &[
    rule(b(9, 1), "A table of 21 actions fixes which of them cause an MDM check-in and which poll which workload.",
        "SEED, SYNC, REM, PS26, REFRESH, LOGS, DMC, LAB, PMPC, RUNREM, IMEI, CC, WNS, RH, QS", Documented).params(&["ime.company_portal_scope", "mdm.poll_on_login"]),
    rule(b(9, 2), "An MDM session that polls nothing may still install a missing agent, whose start then polls everything.",
        "SEED, EDAM", Documented),
    rule(b(9, 3), "A device sync alone does not retry a required app, contrary to troubleshooting advice.",
        "TS, SEED", Documented).conflict(),
    rule(b(9, 4), "Further triggers during a running poll add no poll.",
        "none", Assumed),
    rule(b(9, 5), "Manual syncs leave the periodic timers alone, whereas restarting the service starts all of them over.",
        "REM, LOGS", Documented),
];
