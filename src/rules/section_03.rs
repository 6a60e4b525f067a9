//! Section 3 of the behavior catalog: the schedule of MDM check-ins, their notifications and the push channel.

use super::Standing::{Assumed, Documented, Observed};
use super::{Rule, b, rule};

#[rustfmt::skip] // one rule, two lines
pub(super) const RULES: &[Rule] = &[
    rule(b(3, 1), "MDM check-ins after enrollment slow down in steps: 3 min for a quarter hour, 15 min for two hours, then 8 h.",
        "REFRESH", Documented),
    rule(b(3, 2), "Windows keeps the enrollment schedule as three tasks (5 runs at 3 min, 8 at 15 min, endless at 8 h) plus logon and push tasks.",
        "ENRDIAG", Observed),
    rule(b(3, 3), "Simulated MDM sessions fall at 0, every 3 min to 15 min, every 15 min to 135 min, and every 8 h after that.",
        "none", Assumed).params(&["mdm.phase1", "mdm.phase2", "mdm.steady_interval"]),
    rule(b(3, 4), "At most one maintenance session is served per 6.5 hours; requested and notified sessions are exempt.",
        "REFRESH", Documented).params(&["mdm.maintenance_min_gap", "mdm.maintenance_cap_applies"]),
    rule(b(3, 5), "DMClient polls in three retry sets, by default 10 tries 15 min apart and then none; Intune replaces them.",
        "DMC", Documented),
    rule(b(3, 6), "A sign-in (the first one or every one, by setting) opens an MDM session; an unlock does not.",
        "DMC, REFRESH, ENRDIAG", Documented).params(&["mdm.poll_on_login"]),
    rule(b(3, 7), "Changes of assignments or membership make the service notify the device within hours, except for available apps.",
        "REFRESH", Documented).params(&["mdm.notify_on_change", "mdm.notify_delay"]),
    rule(b(3, 8), "A notification sent while the device is powered down or offline is missed, so the change waits for the schedule.",
        "REFRESH", Documented),
    rule(b(3, 9), "A push is an empty WNS wake-up that opens an MDM session and merely complements the schedule.",
        "WNS", Documented).params(&["wns.cache_when_offline"]),
    rule(b(3, 10), "Battery Saver, Data Sense limits or a disabled push service silence pushes and leave only the schedule.",
        "WNS, ENRDIAG", Documented),
    rule(b(3, 11), "A WNS channel lasts 30 days, is renewed from day 15 with a session, and retries a failed renewal by its remaining life.",
        "WNS", Documented).params(&["wns.channel_lifetime", "wns.renew_at"]),
    rule(b(3, 12), "A sync from the admin center or Windows Settings opens an MDM session immediately and causes no poll.",
        "SEED, SYNC", Documented),
    rule(b(3, 13), "Device actions and Company Portal use make the device contact MDM, a remote assistance session does not.",
        "REFRESH", Documented),
    rule(b(3, 14), "Where a lost-contact limit is set, a device that exceeds it unenrolls itself; none is set by default.",
        "DMC", Documented).params(&["mdm.lost_contact_days"]),
    rule(b(3, 15), "With dmwappushservice disabled pushes open no MDM session, while the agent's own timers run on.",
        "ENRDIAG", Observed),
    rule(b(3, 16), "Group changes reach Intune in about 5 minutes, and leaving a group may show on the device only after 7 hours.",
        "FILT, REFRESH", Documented).params(&["svc.group_sync_delay"]),
    rule(b(3, 17), "Multi-session hosts poll user sessions once a day, at most 25 at the same time.",
        "DMC", Documented),
];
