//! Section 13 of the behavior catalog, the service side: notifications, throttling, reports and roll-out.

use super::Standing::{Assumed, Documented, Observed};
use super::{Rule, b, rule};

#[rustfmt::skip] // one rule, two lines
pub(super) const RULES: &[Rule] = &[
    rule(b(13, 1), "Changed assignments or content notify devices at once or up to a few hours later.",
        "REFRESH", Documented),
    rule(b(13, 2), "The service serves a device one maintenance session per 6.5 h.",
        "REFRESH", Documented),
    rule(b(13, 3), "Pushes may be lost or merged, and an offline device owes at most one session for several.",
        "WNS", Documented),
    rule(b(13, 4), "A 429 answer ends the poll, which next happens on its own timer.",
        "LOGS", Observed).params(&["svc.rate_limit"]),
    rule(b(13, 5), "The agent looks up its service address and caches it until expiry or failure.",
        "LOGS", Observed).params(&["svc.location_cache_ttl"]),
    rule(b(13, 6), "Script results arrive in seconds, app results in minutes, changed remediation results in about an hour.",
        "LAB, REM", Observed),
    rule(b(13, 7), "Results that cannot be sent are kept for a later report.",
        "LOGS", Observed).params(&["svc.report_retry"]),
    rule(b(13, 8), "Admin center views lag, by up to 30 min for filters and 96 h for analytics.",
        "FILT, EA", Documented),
    rule(b(13, 9), "Feature flights may alter the agent without a version change; the model exposes each switch as a parameter.",
        "LOGS, DIFF103, NET", Observed),
    rule(b(13, 10), "Monthly agent versions roll out in phases, so versions within a tenant differ for days.",
        "SERV", Documented),
    rule(b(13, 11), "Collecting diagnostics takes 15 to 20 minutes and stops at 250 MB or 25 files.",
        "TS", Documented),
    rule(b(13, 12), "A new enrollment may miss an app in its first evaluations, since targeting is asynchronous.",
        "FILT, ESPTS", Documented).params(&["svc.targeting_delay"]),
    rule(b(13, 13), "The admin center's last check-in time follows MDM sessions and ignores polls.",
        "SYNC, SEED", Assumed),
];
