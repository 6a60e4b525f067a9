//! The agent's own check-ins: how often, what starts one, how it talks to the service.

use super::section::section;
use super::words::words;
use crate::chance::SpanRange;
use crate::retry::Policy;
use crate::time::Span;

section! {
    /// The agent's own check-ins: `ime.*`.
    Ime at ime;

    /// Gives up waiting for an answer of the service after this time.
    answer_timeout: Span = Span::secs(100), "length of time" in "1s to 1h", "ours";
    /// Sets the time between two periodic check-ins for available apps.
    available_app_interval: Span = Span::hours(8), "length of time" in "1s to 365d", "B-4.4";
    /// Sets for how long a workload keeps away after the first refusal, where it is more than no time.
    backoff_base: Span = Span::ZERO, "length of time" in "0s to 365d", "ours";
    /// Bounds the time for which a workload keeps away, before its spread, however many refusals follow one another.
    backoff_cap: Span = Span::hours(4), "length of time" in "0s to 365d", "ours";
    /// Sets how much longer than that a workload keeps away at most, as a share of the time.
    backoff_spread: u32 = 1_000, "thousandths" in "0 to 1000", "ours", jitter off 0;
    /// Sets for how long all must have gone well until refusals are forgotten.
    backoff_stable: Span = Span::hours(2), "length of time" in "0s to 365d", "ours";
    /// Says which workloads a sync in Company Portal polls.
    company_portal_scope: CompanyPortalScope = CompanyPortalScope::All, "choice", "B-4.15";
    /// Delays, at a service start, the periodic timer of available apps.
    first_delay_available_app as "ime.first_delay.available_app": SpanRange = SpanRange::secs(0, 300),
        "length of time, or two such as `[30s,59s]`" in "0s to 1d", "B-4.11", jitter off SpanRange::exactly(Span::ZERO);
    /// Delays, at a service start, the periodic timers of the workloads other than apps and scripts.
    first_delay_generic as "ime.first_delay.generic": SpanRange = SpanRange::secs(300, 1800),
        "length of time, or two such as `[30s,59s]`" in "0s to 1d", "B-4.11", jitter off SpanRange::exactly(Span::ZERO);
    /// Delays, at a service start, the periodic timer of required apps.
    first_delay_required_app as "ime.first_delay.required_app": SpanRange = SpanRange::secs(0, 300),
        "length of time, or two such as `[30s,59s]`" in "0s to 1d", "B-4.11", jitter off SpanRange::exactly(Span::ZERO);
    /// Delays, at a service start, the periodic timer of scripts.
    first_delay_script as "ime.first_delay.script": SpanRange = SpanRange::secs(0, 1800),
        "length of time, or two such as `[30s,59s]`" in "0s to 1d", "B-4.11", jitter off SpanRange::exactly(Span::ZERO);
    /// Limits how often one check-in calls a host whose name cannot be resolved, the first call included.
    http_attempts: u32 = 3, "calls" in "1 to 255", "B-4.24";
    /// Says what the agent does when the service answers that it is asked too often.
    on_429: On429 = On429::Abandon, "choice", "B-4.25";
    /// Says what becomes of a check-in that is due while one of the same workload is running.
    overlap: Overlap = Overlap::Drop, "choice", "B-4.28";
    /// Chooses between an interval for each workload and one interval for all.
    profile: CadenceProfile = CadenceProfile::PerWorkload, "choice", "B-4.2";
    /// Lets the assignment of a required app send a push to the agent.
    push_app_workload: bool = true, "yes or no", "B-4.19";
    /// Sets the time from such an assignment to the app check-in that its push starts.
    push_delay: Span = Span::secs(6), "length of time" in "0s to 1d", "B-4.19";
    /// Sets the time between two periodic fetches of remediations and custom compliance scripts.
    remediation_interval: Span = Span::hours(8), "length of time" in "1s to 365d", "B-4.6";
    /// Sets the time between two periodic check-ins for required apps.
    required_app_interval: Span = Span::hours(1), "length of time" in "1s to 365d", "B-4.3";
    /// Sets the time to the next periodic script poll as long as no poll has returned a script.
    script_idle_interval: Span = Span::hours(24), "length of time" in "1s to 365d", "B-4.5";
    /// Sets the time to the next periodic script poll after a poll that returned a script.
    script_interval: Span = Span::hours(8), "length of time" in "1s to 365d", "B-4.5";
    /// Sets how many required-app checks the agent allows itself in an hour.
    self_throttle_limit: u32 = 20, "checks in 3600 s" in "1 to 60000", "B-4.26";
    /// Sets the time from a user's sign-in to the script poll that it starts.
    signin_delay: Span = Span::secs(30), "length of time" in "0s to 1d", "B-4.17";
    /// Delays, at a service start, the first check-in of any kind (D0).
    start_delay_all: SpanRange = SpanRange::secs(30, 59),
        "length of time, or two such as `[30s,59s]`" in "0s to 1d", "B-4.9", jitter off SpanRange::exactly(Span::ZERO);
    /// Delays, from the end of D0 and outside the ESP, the first check-in of the workloads other than apps and
    /// scripts (D2).
    start_delay_other: SpanRange = SpanRange::secs(30, 300),
        "length of time, or two such as `[30s,59s]`" in "0s to 1d", "B-4.9", jitter off SpanRange::exactly(Span::ZERO);
    /// Delays, from the end of D0 and outside the ESP, the first check-in of scripts and Win32 apps (D1).
    start_delay_ps_win32: SpanRange = SpanRange::secs(30, 240),
        "length of time, or two such as `[30s,59s]`" in "0s to 1d", "B-4.9", jitter off SpanRange::exactly(Span::ZERO);
    /// Says on which clock the periodic timers run.
    timers_count: TimersCount = TimersCount::Awake, "choice", "B-4.27";
    /// Delays, after a resume, the periodic check-ins whose time passed while the device slept.
    wake_spread: SpanRange = SpanRange::exactly(Span::ZERO),
        "length of time, or two such as `[30s,59s]`" in "0s to 1d", "ours", jitter off SpanRange::exactly(Span::ZERO);
}

impl Ime {
    /// The length of time over which [`Ime::self_throttle_limit`] counts.
    /// Source: B-4.26.
    pub const SELF_THROTTLE_WINDOW: Span = Span::hours(1);

    /// How a workload keeps away after refusals; `None` if it does not, which is what the agent does (B-4.25).
    ///
    /// Source: ours; no rule of the agent.
    #[inline]
    pub fn backoff(&self) -> Option<Policy> {
        if self.backoff_base.is_zero() {
            return None;
        }
        Some(Policy::check_ins(self.backoff_base, self.backoff_cap, self.backoff_spread, self.backoff_stable))
    }

    /// Whether a resume of the device means anything to the agent.
    ///
    /// Source: ours; the agent of the catalogue takes no notice (B-4.27).
    #[inline]
    pub const fn minds_resumes(&self) -> bool {
        !self.wake_spread.max.is_zero() || !self.backoff_base.is_zero()
    }
}

words! {
    /// Which workloads a sync in Company Portal polls.
    /// Source: B-4.15.
    CompanyPortalScope {
        /// every workload, as documented.
        All = "all",
        /// apps only, as observed.
        AppsOnly = "apps_only",
    }
}

words! {
    /// What the agent does when the service answers 429.
    /// Source: B-4.25.
    On429 {
        /// ends the check-in and waits for the next trigger.
        Abandon = "abandon",
        /// calls again, as often as `ime.http_attempts` allows.
        Retry = "retry",
    }
}

words! {
    /// What becomes of a check-in that is due while one of the same workload is running.
    /// Source: B-4.28.
    Overlap {
        /// it does not take place.
        Drop = "drop",
        /// one follows when the running one has ended, however many were due.
        QueueOne = "queue_one",
    }
}

words! {
    /// Whether each workload has an interval of its own.
    /// Source: B-4.2.
    CadenceProfile {
        /// each workload has its own interval.
        PerWorkload = "per_workload",
        /// every workload is polled each 8 hours, whatever the intervals say.
        Uniform8h = "uniform_8h",
    }
}

words! {
    /// On which clock the periodic timers of the agent run.
    /// Source: B-4.27.
    TimersCount {
        /// awake time: they stand still while the device sleeps.
        Awake = "awake",
        /// wall time: a slot missed asleep fires once at wake-up, and the interval counts from there.
        Wall = "wall",
    }
}
