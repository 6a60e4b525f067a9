//! When the agent goes, and the daily task that keeps it well.

use super::section::section;
use super::words::words;
use crate::chance::SpanRange;
use crate::retry::Policy;
use crate::time::Span;

section! {
    /// Removal of the agent: `removal.*`.
    Removal at removal;

    /// Sets the time from the check-in that learns the device is no longer managed to the removal.
    after_detect: Span = Span::ZERO, "length of time" in "0s to 365d", "B-10.5a";
    /// Sets the time from the first MDM check-in after the last trigger is gone to the removal.
    grace_after_unassign: Span = Span::ZERO, "length of time" in "0s to 365d", "B-10.4";
    /// Removes an agent that has been irrecoverable for strictly more than this much awake time.
    irrecoverable_after: Span = Span::hours(24), "length of awake time" in "1s to 365d", "B-10.6";
    /// Keeps the record of scripts that have run when the agent is removed.
    keeps_history: bool = false, "yes or no", "B-10.15";
    /// Says what must be gone for the agent to be removed for want of assignments.
    rule_a: RuleA = RuleA::NoTriggersLeft, "choice", "B-10.3";
    /// Sets how much awake time an unmanaged agent that cannot check in goes on trying before it removes itself.
    unmanaged_retry: Span = Span::hours(24), "length of awake time" in "1s to 365d", "B-10.5";
}

words! {
    /// What must be gone for the agent to be removed for want of assignments.
    /// Source: B-10.3.
    RuleA {
        /// every install trigger of B-2.1.
        NoTriggersLeft = "no_triggers_left",
        /// every PowerShell script, whatever else is assigned.
        NoScriptsLeft = "no_scripts_left",
    }
}

section! {
    /// The daily health task: `health.*`.
    Health at health;

    /// Sets how long Windows waits before it starts the service again whose process has died a second time within a day; twice
    /// as long each time from then on, up to 1 h; 0 for at once, however often.
    crash_wait: Span = Span::ZERO, "length of time" in "0s to 1h", "ours";
    /// Sets the time between two slots of the health task.
    period: Span = Span::hours(24), "length of time" in "1s to 365d", "B-10.8";
    /// Delays each run of the health task after its slot.
    random_delay: SpanRange = SpanRange::secs(0, 3600),
        "length of time, or two such as `[30s,59s]`" in "0s to 1d", "B-10.8", jitter off SpanRange::exactly(Span::ZERO);
}

impl Health {
    /// How long Windows waits before it starts the service again, by how often its process has died; `None` if it never
    /// waits, which is what is assumed of the documented agent.
    ///
    /// Source: ours; no rule of the agent.
    pub fn crashes(&self) -> Option<Policy> {
        (!self.crash_wait.is_zero()).then(|| Policy::service_crashes(self.crash_wait))
    }
}
