//! Remediations: when they run, what starts the second script, and what is reported when.

use super::section::section;
use super::words::words;
use crate::chance::SpanRange;
use crate::time::Span;

section! {
    /// Remediations: `rem.*`.
    Remediations at rem;

    /// Sets the time from the set moment of a daily run to its start.
    daily_start_lag: Span = Span::secs(8), "length of time" in "0s to 1d", "B-6.10";
    /// Sets the time between two runs of a package without a schedule of its own.
    default_period: Span = Span::hours(24), "length of time" in "1s to 365d", "B-6.4";
    /// Sets the time from the fetch of a new package that is due at once to its first run.
    first_run_delay: Span = Span::secs(300), "length of time" in "0s to 1d", "B-6.9";
    /// Sets the time from one full report of a package to the next, which leaves even without a change.
    full_report_days: u32 = 7, "days" in "1 to 36500", "B-6.27";
    /// Delays each hourly run beyond the hours that its schedule counts from the previous one.
    hourly_slack: SpanRange = SpanRange::secs(0, 360),
        "length of time, or two such as `[30s,59s]`" in "0s to 1d", "B-6.10", jitter off SpanRange::exactly(Span::ZERO);
    /// Sets how much of the output of a script is kept, and of its error text likewise.
    max_output: u32 = 2048, "characters" in "0 to 1048576", "B-6.3";
    /// Limits how many packages a tenant may have.
    max_packages: u32 = 200, "packages" in "0 to 100000", "B-6.1";
    /// Drops a run on demand whose device cannot be reached at that moment, instead of keeping it for later.
    on_demand_lost_when_offline: bool = true, "yes or no", "B-6.31";
    /// Sets for how long a run on demand may wait: at the push service for its device, where it is kept, and on the device for its
    /// user or its turn; 0 for without an end.
    on_demand_valid: Span = Span::ZERO, "length of time" in "0s to 365d", "ours";
    /// Says which part of a long output is kept.
    output_rule: OutputRule = OutputRule::LastLineTail, "choice", "B-6.3";
    /// Sets the time between two batches in which changed results leave, 0 for a report right after each run.
    report_batch: Span = Span::hours(1), "length of time" in "0s to 365d", "B-6.28";
    /// Ends a script that takes this long.
    timeout: Span = Span::hours(1), "length of time" in "1s to 365d", "B-6.16";
    /// Says with which exit codes of detection the remediation script runs.
    trigger_exit: TriggerExit = TriggerExit::Exactly1, "choice", "B-6.15";
}

impl Remediations {
    /// The time from one full report of a package to the next.
    /// Source: B-6.27.
    pub fn full_report(&self) -> Span {
        Span::days(u64::from(self.full_report_days))
    }
}

words! {
    /// Which part of an output is kept, up to `rem.max_output` characters.
    /// Source: B-6.3; the second alternative is ours.
    OutputRule {
        /// the end of its last line, as observed.
        LastLineTail = "last_line_tail",
        /// the end of the whole of it, line breaks included.
        Tail = "tail",
    }
}

words! {
    /// With which exit codes of detection the remediation script runs.
    /// Source: B-6.15.
    TriggerExit {
        /// with 1 only, as documented.
        Exactly1 = "exactly_1",
        /// with every code but 0, as observed.
        NonZero = "non_zero",
    }
}
