//! Section 11 of the behavior catalog: diagnostics and log files.

use super::Standing::{Documented, Observed};
use super::{Rule, b, rule};

#[rustfmt::skip] // one rule, two lines
pub(super) const RULES: &[Rule] = &[
    rule(b(11, 1), "An absent agent is explained by a missing join, assignment or service contact, or by S mode.",
        "SEED", Documented),
    rule(b(11, 2), "Build, edition, workload, service principal, user proxy and registered-only user targeting may also be to blame.",
        "IME26, COMGT, PS22", Documented),
    rule(b(11, 3), "The MDM report property MDMDeviceWithAAD tells auto-enrolled devices from others.",
        "SEED", Documented),
    rule(b(11, 4), "The dsregcmd fields for joined, domain and workplace states give the join type, others token and enrollment setup.",
        "ENRDIAG", Observed),
    rule(b(11, 5), "Ten log files in the ProgramData Logs folder divide the agent's records by subject.",
        "SEED, W32TS", Documented),
    rule(b(11, 6), "App events go to AppWorkload.log rather than to the main log by default.",
        "LOGS, GIMED", Observed).params(&["log.app_events_in"]),
    rule(b(11, 7), "NotificationInfra.log is an optional eleventh file; the default set has ten.",
        "IME26, LAB", Documented).params(&["log.files"]),
    rule(b(11, 8), "A log record wraps message, time, date, component, type and thread in CMTrace markup.",
        "LOGS, CMT, LAB", Observed),
    rule(b(11, 9), "Records carry local time and type 1, 2 or 3, in UTF-8 files with CR LF line ends.",
        "LOGS, CMT", Observed),
    rule(b(11, 10), "Readers cope with multi-line, unfinished and unwrapped text without losing their place.",
        "LOGS", Observed),
    rule(b(11, 11), "A log rotates at 3,145,728 bytes to a dated name, with three old files kept by default.",
        "CMT, LOGS, W32TS", Observed).conflict().params(&["log.max_bytes", "log.history", "log.rotation_name"]),
    rule(b(11, 12), "Registry values for log size and history override the defaults, although one source denies it.",
        "KIBL, LOGS", Observed).conflict().params(&["log.registry_override"]),
    rule(b(11, 13), "Messages name users and policies by lower-case GUIDs and sessions by decimal numbers.",
        "LOGS", Observed),
    rule(b(11, 14), "Windows event logs of MDM diagnostics add job delivery and session records.",
        "ENRDIAG, EDAM", Observed),
];
