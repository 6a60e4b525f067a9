//! Custom compliance: when discovery scripts are fetched and run, how large they may be, and what a failure is called.

use super::section::section;
use crate::time::Span;

section! {
    /// Custom compliance: `cc.*`.
    Compliance at cc;

    /// Sets the error number of a discovery script whose output is not one line of JSON.
    error_json: u32 = 65_009, "error number" in "1 to 4294967295", "B-8.5";
    /// Sets the error number of a discovery script that returned a failure.
    error_script_failed: u32 = 65_007, "error number" in "1 to 4294967295", "B-8.5";
    /// Sets the error number of a setting that the result of the discovery script does not contain.
    error_setting_missing: u32 = 65_008, "error number" in "1 to 4294967295", "B-8.5";
    /// Sets the error number of a setting whose value is of another data type than the policy wants.
    error_type: u32 = 65_010, "error number" in "1 to 4294967295", "B-8.5";
    /// Sets the time between two periodic fetches of custom compliance scripts.
    fetch_interval: Span = Span::hours(8), "length of time" in "1s to 365d", "B-8.1";
    /// Sets the size up to which the output of a discovery script is accepted.
    max_output_bytes: u32 = 1_048_576, "bytes" in "1 to 104857600", "B-8.4";
    /// Sets the size up to which a discovery script is accepted.
    max_script_bytes: u32 = 1_048_576, "bytes" in "1 to 104857600", "B-8.4";
    /// Turns on the monitor that polls for custom compliance between the periodic fetches.
    realtime: bool = false, "yes or no", "B-8.8";
    /// Sets the time between two polls of that monitor.
    realtime_interval: Span = Span::secs(300), "length of time" in "60s to 3600s", "B-8.8";
    /// Limits how many check-ins that monitor may start in an hour.
    realtime_max_per_hour: u32 = 2, "check-ins in 3600 s" in "0 to 10", "B-8.8";
    /// Sets the time between two periodic runs of the discovery scripts on the device.
    run_interval: Span = Span::hours(8), "length of time" in "1s to 365d", "B-8.1";
    /// Ends a run of a discovery script that takes this long, as failed.
    timeout: Span = Span::mins(10), "length of time" in "1s to 365d", "B-8.4";
}

impl Compliance {
    /// The length of time over which [`Compliance::realtime_max_per_hour`] counts.
    /// Source: B-8.8.
    pub const REALTIME_WINDOW: Span = Span::hours(1);
}
