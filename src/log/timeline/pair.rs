//! Which events begin and end what: those that need no more than a name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::item::{ItemKind, Outcome};

/// Kind, the events that begin it, and those that end it.
const PAIRS: &[(ItemKind, &[&str], &[&str])] = &[
    (ItemKind::ScriptCheckIn, &["script-poll-begins"], &["script-poll-ends"]),
    (ItemKind::RequiredAppCheckIn, &["required-begins"], &["required-ends"]),
    (ItemKind::AvailableAppCheckIn, &["available-begins"], &["available-ends"]),
    (ItemKind::SessionAppCheckIn, &["session-apps-begin"], &["session-apps-end"]),
    (ItemKind::AppCheckIn, &["app-poller-begins"], &["app-poller-ends"]),
    (ItemKind::ProxyPoll, &["proxy-begins"], &["proxy-ends"]),
    (ItemKind::RemediationPass, &["scheduler-begins", "runner-begins"], &["pass-ends"]),
    (ItemKind::HealthCheck, &["health-begins"], &["health-ends"]),
    (ItemKind::Inventory, &["inventory-begins"], &["inventory-ends"]),
    (ItemKind::CertificateCheck, &["certificate-check-begins"], &["certificate-check-ends"]),
    (ItemKind::Helper, &["executor-invoked"], &["executor-ended"]),
];

/// Events that are over at once.
const MOMENTS: &[(ItemKind, &str)] = &[
    (ItemKind::GenericCheckIn, "generic-check-in"),
    (ItemKind::Trigger, "session-change"),
    (ItemKind::Trigger, "logoff"),
    (ItemKind::Trigger, "sync-asked"),
];

/// Events whose text says something about what is open on their thread: kinds, innermost first, event, name of the fact.
const FACTS: &[(&[ItemKind], &str, &str)] = &[
    (&[ItemKind::Script], "script-context", "runs as"),
    (&[ItemKind::Script, ItemKind::Remediation], "helper-exit", "exit code"),
    (&[ItemKind::Script], "script-failure", "failure"),
    (&[ItemKind::Script], "script-timed-out", "failure"),
    (&[ItemKind::Helper], "executor-script", "for"),
    (&[ItemKind::Helper], "executor-remediation", "for"),
    (&[ItemKind::Helper], "executor-exit", "exit code"),
    (&[ItemKind::Helper], "executor-output-size", "characters of output"),
    (&[ItemKind::Helper], "executor-error-size", "characters of errors"),
    (&[ItemKind::Helper], "executor-timed-out", "time-out"),
    (&[ItemKind::ScriptCheckIn], "scripts", "scripts"),
    (&[ItemKind::ScriptCheckIn], "scripts-due", "scripts due"),
    (&[ItemKind::ScriptCheckIn], "script-report", "reported"),
    (&[ItemKind::AppCheckIn], "apps-requested", "asked for"),
    (&[ItemKind::AppCheckIn], "apps", "apps"),
    (&[ItemKind::AppCheckIn], "app-sender", "sender"),
    (&[ItemKind::AppCheckIn], "run-refused", "refused"),
    (&[ItemKind::AppCheckIn, ItemKind::RequiredAppCheckIn], "interval-applied", "next interval, milliseconds"),
    (&[ItemKind::RemediationPass], "remediations", "remediations"),
    (&[ItemKind::RemediationPass], "run-queued", "runner comes"),
    (&[ItemKind::RemediationPass], "run-kept", "runner comes earlier"),
    (&[ItemKind::RemediationPass], "runs-later", "later"),
    (&[ItemKind::Remediation], "detection-exit", "detection exit code"),
    (&[ItemKind::Remediation], "remediation-exit", "remediation exit code"),
    (&[ItemKind::App], "detection-rule", "detection rule"),
    (&[ItemKind::App], "deadline-asap", "deadline"),
    (&[ItemKind::App], "deadline-met", "deadline"),
    (&[ItemKind::App], "grs-over", "retry window"),
    (&[ItemKind::App], "in-grs", "retry window"),
    (&[ItemKind::App], "grs-known", "retry window"),
    (&[ItemKind::App], "try-begins", "try"),
    (&[ItemKind::App], "settle", "pause, seconds"),
    (&[ItemKind::Installer], "installer-process", "process"),
    (&[ItemKind::Installer], "installer-limit", "limit, milliseconds"),
    (&[ItemKind::Inventory], "inventory-size", "apps"),
    (&[ItemKind::Inventory], "inventory-change", "changes"),
    (&[ItemKind::Inventory], "inventory-same", "changes"),
    (&[ItemKind::HealthCheck], "health-rule", "rule"),
    (&[ItemKind::HealthCheck], "health-reported", "reported"),
    (CHECK_INS, "failure-class", "request failed"),
    (CHECK_INS, "http-status", "status"),
    (CHECK_INS, "retry-wait", "waits, seconds"),
    (CHECK_INS, "offline", "offline"),
    (CHECK_INS, "throttled", "throttled"),
    (&[ItemKind::ProxyPoll], "proxy-timeout", "time-out"),
    (&[ItemKind::ServiceRun], "agent-version", "version"),
    (&[ItemKind::ServiceRun], "identity", "identity"),
    (&[ItemKind::ServiceRun], "previous-run", "run before"),
    (&[ItemKind::ServiceRun], "first-hold", "first hold, seconds"),
    (&[ItemKind::ServiceRun], "second-hold", "second hold, seconds"),
    (&[ItemKind::ServiceRun], "third-hold", "third hold, seconds"),
    (&[ItemKind::ServiceRun], "shutdown-signal", "ended by"),
    (&[ItemKind::ServiceRun], "stop-signal", "ended by"),
    (&[ItemKind::ServiceRun], "certificate", "certificate"),
];

/// What one event does.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Role {
    pub(super) begins: Option<ItemKind>,
    pub(super) ends: Option<ItemKind>,
    pub(super) moment: Option<ItemKind>,
    /// Which items it says something about, and the name of the fact.
    pub(super) fact: Option<(&'static [ItemKind], &'static str)>,
}

/// What events do, by their names.
pub(super) static ROLES: LazyLock<BTreeMap<&'static str, Role>> = LazyLock::new(|| {
    let mut roles: BTreeMap<&'static str, Role> = BTreeMap::new();
    for (kind, begins, ends) in PAIRS {
        for name in *begins {
            roles.entry(name).or_default().begins = Some(*kind);
        }
        for name in *ends {
            roles.entry(name).or_default().ends = Some(*kind);
        }
    }
    for (kind, name) in MOMENTS {
        roles.entry(name).or_default().moment = Some(*kind);
    }
    for (kinds, name, fact) in FACTS {
        roles.entry(name).or_default().fact = Some((kinds, fact));
    }
    roles
});

/// What makes requests.
const CHECK_INS: &[ItemKind] = &[
    ItemKind::ScriptCheckIn,
    ItemKind::RequiredAppCheckIn,
    ItemKind::AvailableAppCheckIn,
    ItemKind::SessionAppCheckIn,
    ItemKind::AppCheckIn,
    ItemKind::RemediationPass,
    ItemKind::Inventory,
    ItemKind::HealthCheck,
];

/// What ends well or not by what is said in it.
pub(super) fn outcome_of(kind: ItemKind, well: Option<bool>) -> Outcome {
    match (kind, well) {
        (
            ItemKind::Script | ItemKind::Remediation | ItemKind::Helper | ItemKind::App | ItemKind::Installer,
            Some(true),
        ) => Outcome::Succeeded,
        (_, Some(false)) => Outcome::Failed,
        (_, Some(true) | None) => Outcome::Done,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::log::Event;

    #[test]
    fn every_name_is_one_of_the_table() {
        let names: BTreeSet<&str> = Event::names().collect();
        let pairs = PAIRS.iter().flat_map(|(_, begins, ends)| begins.iter().chain(*ends));
        let all = pairs.chain(MOMENTS.iter().map(|(_, name)| name)).chain(FACTS.iter().map(|(_, name, _)| name));
        let mut facts = BTreeSet::new();
        for name in all {
            assert!(names.contains(name), "{name}");
        }
        for (_, name, _) in FACTS {
            assert!(facts.insert(name), "{name} says two things");
        }
    }
}
