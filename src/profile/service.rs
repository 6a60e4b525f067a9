//! The service: how fast it learns and answers, and how it resolves assignments.

use super::section::section;
use super::words::words;
use crate::time::Span;

section! {
    /// The service: `svc.*`.
    Service at svc;

    /// Sets the time until a change of membership of an Entra group is known to Intune (also B-12.4).
    group_sync_delay: Span = Span::secs(300), "length of time" in "0s to 365d", "B-3.16";
    /// States how long the agent keeps the address of its service; a fact for readers, addresses are not modelled.
    location_cache_ttl: Span = Span::hours(24), "length of time" in "1s to 365d", "B-13.5";
    /// Notices two devices that come with one identity, by the numbers of their requests.
    notices_twins: bool = false, "yes or no", "ours";
    /// Sets the number of requests above which the service answers 429.
    rate_limit: Option<u32> = None, "requests per device and hour, or none" in "0 to 1000000", "B-13.4";
    /// States when a report that could not be sent is sent; there is one reading, so no other can be chosen.
    report_retry: ReportRetry = ReportRetry::NextCheckIn, "choice", "B-13.7";
    /// Sets the time from the enrolment of a device to the moment at which assignments see it.
    targeting_delay: Span = Span::ZERO, "length of time" in "0s to 365d", "B-13.12";
    /// Sets the time until a change of membership of All users or All devices is known.
    virtual_group_delay: Span = Span::ZERO, "length of time" in "0s to 365d", "B-12.4";
}

words! {
    /// When a report that could not be sent is sent.
    /// Source: B-13.7.
    ReportRetry {
        /// with the next check-in.
        NextCheckIn = "next_check_in",
    }
}

section! {
    /// How assignments are resolved: `assign.*`.
    Assign at assign;

    /// Says what becomes of an exclusion whose group is of another kind than the included one.
    mixed_exclusion: MixedExclusion = MixedExclusion::Ignored, "choice", "B-12.2";
    /// Holds an uninstall assignment to apps that Intune itself put on the device.
    uninstall_only_managed: bool = true, "yes or no", "B-12.16";
}

words! {
    /// What becomes of an exclusion of users from an inclusion of devices, or the reverse.
    /// Source: B-12.2.
    MixedExclusion {
        /// it has no effect.
        Ignored = "ignored",
        /// the assignment is refused when it is made.
        Reject = "reject",
    }
}
