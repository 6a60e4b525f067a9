//! Section 10 of the behavior catalog: removal, health and repair of the agent.

use super::Standing::{Assumed, Documented, Observed};
use super::{Rule, b, rule};

#[rustfmt::skip] // one rule, two lines
pub(super) const RULES: &[Rule] = &[
    rule(b(10, 1), "Removal has three grounds: scripts unassigned, device unmanaged, or more than 24 awake hours irrecoverable.",
        "SEED", Documented),
    rule(b(10, 2), "The phrase shell scripts in the removal rule is read as PowerShell scripts.",
        "SEED, IME26", Documented).conflict(),
    rule(b(10, 3), "The unassigned ground takes effect when the last install trigger of any kind disappears.",
        "none", Assumed).params(&["removal.rule_a"]),
    rule(b(10, 4), "After the last trigger goes, the next MDM check-in removes the agent, with no grace by default.",
        "none", Assumed).params(&["removal.grace_after_unassign"]),
    rule(b(10, 5), "An unmanaged device is noticed at the next check-in, or gives up after 24 awake hours of retries.",
        "PS26", Documented).params(&["removal.unmanaged_retry"]),
    rule(b(10, 5).with_suffix('a'), "Learning that the device is unmanaged cancels scripts at once and removes the agent right afterward.",
        "PS26", Documented).params(&["removal.after_detect"]),
    rule(b(10, 6), "Irrecoverable time is counted awake and starts over after a recovery.",
        "SEED", Documented).params(&["removal.irrecoverable_after"]),
    rule(b(10, 7), "Irrecoverable means a service beyond repair or an authentication that is lost for good.",
        "none", Assumed),
    rule(b(10, 8), "A daily health task with up to an hour of random delay runs the agent's health rules.",
        "PVDW", Observed).params(&["health.period", "health.random_delay"]),
    rule(b(10, 9), "Health rules cover service presence, start type, run state and memory, and repair what they can.",
        "PVDW", Observed),
    rule(b(10, 10), "The health task revives a stopped or disabled service within about 25 h, but a missing one awaits an MDM check-in.",
        "none", Assumed),
    rule(b(10, 11), "Retire takes effect at the next check-in, unjoins an Entra joined device and leaves Win32 apps in place.",
        "RETIRE", Documented),
    rule(b(10, 12), "Wipe keeps enrollment and agent only when asked to, and bulk retire covers 1,000 devices a day.",
        "RETIRE", Documented),
    rule(b(10, 13), "Unenrollment clears tasks, configuration and certificates, and the service may learn of it late.",
        "UNENR", Documented),
    rule(b(10, 14), "Removing the agent keeps apps and script effects, and possibly its logs and cache.",
        "W32, RETIRE", Documented),
    rule(b(10, 15), "An agent that returns after removal starts without history, so earlier scripts run again.",
        "none", Assumed).params(&["removal.keeps_history"]),
];
