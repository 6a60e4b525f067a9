//! MDM check-ins: the schedule of the Windows client and what else starts a session.

use super::Ramp;
use super::section::section;
use super::words::words;
use crate::chance::SpanRange;
use crate::time::Span;

section! {
    /// MDM check-ins: `mdm.*`.
    Mdm at mdm;

    /// Gives up waiting for an answer of the service after this time.
    answer_timeout: Span = Span::secs(100), "length of time" in "1s to 1h", "ours";
    /// Takes a schedule slot that is reached later than this as missed while the device slept or was off.
    late_tolerance: Span = Span::secs(60), "length of time" in "0s to 1h", "ours";
    /// Un-enrols a device that has had no contact for longer than this.
    lost_contact_days: Option<u32> = None, "days, or none" in "1 to 36500", "B-3.14";
    /// Says which sessions count against the gap between maintenance sessions.
    maintenance_cap_applies: MaintenanceCap = MaintenanceCap::SteadyTimerOnly, "choice", "B-3.4";
    /// Sets the shortest time between two maintenance sessions that the service allows.
    maintenance_min_gap: Span = Span::secs(23_400), "length of time" in "0s to 365d", "B-3.4";
    /// Sets the time from a change to the notification of the devices that it affects.
    notify_delay: SpanRange = SpanRange::exactly(Span::secs(60)),
        "length of time, or two such as `[30s,59s]`" in "0s to 4h", "B-3.7";
    /// Lets the service notify a device when something assigned to it changes.
    notify_on_change: bool = true, "yes or no", "B-3.7";
    /// Sets the first phase of the schedule, which starts at enrolment.
    phase1: Ramp = Ramp { every: Span::secs(180), runs: 5 }, "distance x runs" in "1s x 0 to 365d x 1000", "B-3.3";
    /// Sets the second phase of the schedule, which follows the first.
    phase2: Ramp = Ramp { every: Span::secs(900), runs: 8 }, "distance x runs" in "1s x 0 to 365d x 1000", "B-3.3";
    /// Starts a session at every sign-in of a user.
    poll_on_login: bool = true, "yes or no", "B-3.6";
    /// Sets the time between two sessions of the schedule after its two phases.
    steady_interval: Span = Span::hours(8), "length of time" in "1s to 365d", "B-3.3";
}

impl Mdm {
    /// The length of time without contact after which the device un-enrols itself, if it does at all.
    /// Source: B-3.14.
    pub fn lost_contact(&self) -> Option<Span> {
        self.lost_contact_days.map(|days| Span::days(u64::from(days)))
    }
}

words! {
    /// Which sessions the gap between maintenance sessions holds back.
    /// Source: B-3.4.
    MaintenanceCap {
        /// those of the steady interval.
        SteadyTimerOnly = "steady_timer_only",
        /// those of the two phases after enrolment too.
        AllScheduled = "all_scheduled",
    }
}
