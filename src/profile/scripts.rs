//! PowerShell scripts: when they run again, and when they have failed.

use super::section::section;
use super::words::words;
use crate::time::Span;

section! {
    /// PowerShell scripts: `scripts.*`.
    Scripts at scripts;

    /// Says at which moment a run uses up a try.
    count_on: CountOn = CountOn::Fetch, "choice", "B-5.10";
    /// Counts a poll that fails before any policy is fetched as a try.
    failed_poll_counts: bool = false, "yes or no", "B-5.9";
    /// Sets the size from which on a script is too large.
    max_bytes: u32 = 204_800, "bytes" in "1 to 104857600", "B-5.16";
    /// Sets how often a failed script is run again, at consecutive script check-ins.
    max_retries: u32 = 3, "runs after the first" in "0 to 1000", "B-5.3";
    /// Makes a change from the 32-bit to the 64-bit host report without a run, instead of running the script again.
    quirk_bitness_change: bool = false, "yes or no", "B-5.18a";
    /// Sets the time from the end of a run to its report.
    report_delay: Span = Span::secs(5), "length of time" in "0s to 1d", "B-5.25";
    /// Runs a script assigned to a device again for every new user who signs in.
    rerun_per_user: bool = true, "yes or no", "B-5.11";
    /// Says whether a script that is too large is refused.
    size_rule: SizeRule = SizeRule::Reject, "choice", "B-5.16";
    /// Makes text on the error stream a failure, even with exit code 0.
    stderr_is_failure: bool = true, "yes or no", "B-5.24";
    /// Ends a run that takes this long, as failed.
    timeout: Span = Span::mins(30), "length of time" in "1s to 365d", "B-5.15";
}

words! {
    /// At which moment a run uses up a try.
    /// Source: B-5.10.
    CountOn {
        /// when the script is fetched, so that a run cut off by a shutdown counts.
        Fetch = "fetch",
        /// when the run has a result.
        Result = "result",
    }
}

words! {
    /// What becomes of a script that is too large.
    /// Source: B-5.16.
    SizeRule {
        /// it is refused when it is added.
        Reject = "reject",
        /// it is taken like any other.
        Ignore = "ignore",
    }
}
