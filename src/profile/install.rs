//! How the agent gets onto the device, how it renews itself, and what a new device waits for.

use super::section::section;
use crate::time::Span;

section! {
    /// The install job of the agent: `install.*`.
    Install at install;

    /// Sets how long an installation takes.
    duration_s: u32 = 120, "seconds" in "0 to 86400", "B-2.10";
    /// Sets the retry count of the install job.
    retry_count: u32 = 3, "tries" in "0 to 1000", "B-2.5";
    /// Counts retries on top of the first try, instead of tries in all.
    retry_count_excludes_first: bool = true, "yes or no", "B-2.7";
    /// Sets the time between two tries of the install job.
    retry_interval_min: u32 = 5, "minutes" in "0 to 525600", "B-2.5";
    /// Sets the time limit of one try of the install job, 0 for none.
    timeout_min: u32 = 5, "minutes" in "0 to 525600", "B-2.5";
}

impl Install {
    /// How long an installation takes.
    /// Source: B-2.10.
    pub fn duration(&self) -> Span {
        Span::secs(u64::from(self.duration_s))
    }

    /// The time between two tries of the install job.
    /// Source: B-2.5.
    pub fn retry_interval(&self) -> Span {
        Span::mins(u64::from(self.retry_interval_min))
    }

    /// The time limit of one try of the install job, if it has one.
    /// Source: B-2.5.
    pub fn timeout(&self) -> Option<Span> {
        (self.timeout_min > 0).then(|| Span::mins(u64::from(self.timeout_min)))
    }

    /// How often the install job is tried in all, at least once.
    /// Source: B-2.7.
    pub fn tries(&self) -> u32 {
        if self.retry_count_excludes_first { self.retry_count.saturating_add(1) } else { self.retry_count.max(1) }
    }
}

section! {
    /// Self-update of the agent: `update.*`.
    Update at update;

    /// Sets the time between two releases of the agent.
    period_days: u32 = 30, "days" in "1 to 36500", "B-2.14";
    /// States the size of the package of an agent version; a fact for readers, no run depends on it.
    size_mb: u32 = 10, "megabytes" in "0 to 100000", "B-2.14";
}

impl Update {
    /// The time between two releases of the agent.
    /// Source: B-2.14.
    pub fn period(&self) -> Span {
        Span::days(u64::from(self.period_days))
    }
}

section! {
    /// Remote Help: `remotehelp.*`.
    RemoteHelp at remotehelp;

    /// Sets the time from enrolment to the first session notification that a device can get.
    new_device_delay: Span = Span::hours(1), "length of time" in "0s to 365d", "B-2.18";
}
