//! The retries of the agent and of Windows, each as a policy. Figures come from the profile and are arguments.
//!
//! But for the last, which is ours, none of them spreads or grows its waits beyond what its rule says, and some are left to an occasion from outside once
//! they have given up. Where a rule thereby falls short of the contract, its constructor says so.

use super::policy::{Figures, Growth, Limit, Policy, PolicyError, Spread, Tries};
use crate::chance::SpanRange;
use crate::rules::{RuleId, b};
use crate::time::Span;

impl Policy {
    /// The Retry type of an app's return code: so many attempts in all with a fixed gap between, then nothing until the
    /// window is over, which counts on the device's clock from the start of the first attempt.
    ///
    /// By default 3 attempts, 5 minutes and 24 hours. With an evaluation every 8 hours that is just as many attempts in
    /// error as evaluations in success (R7). There is no spread (R2): failed apps have one only through their evaluations.
    ///
    /// # Errors
    /// [`PolicyError::NoTries`], [`PolicyError::NoWindow`].
    /// Source: B-7.24, B-7.34, B-7.39.
    pub fn win32_retry_type(attempts: u32, gap: Span, window: Span) -> Result<Self, PolicyError> {
        Self::new(Figures {
            base: gap,
            growth: Growth::Constant,
            spread: Spread::Permille(0),
            tries: Some(Tries { max: attempts, window }),
            stable: Span::ZERO,
            hint: None,
            period: Span::ZERO,
        })
    }

    /// The install job of the agent: so many tries of each step, one at least, with a fixed gap between.
    ///
    /// Its tries are in all, the first included: 4 with the retry count of 3. After them the job is left to the next session
    /// that orders the agent (R5). There is no spread (R2).
    /// Source: B-2.5, B-2.7, B-2.11.
    pub const fn install_job(tries: u32, gap: Span) -> Self {
        Self::counted(tries, gap, b(2, 11))
    }

    /// A script that fails: so many runs after the first, each at the next script check-in.
    ///
    /// The wait is none, because the check-in is what spaces the runs: they come exactly as often as in success (R7). After
    /// them the script is left to its next change, which is no second look in time (R5, R8).
    /// Source: B-5.3, B-5.5, B-5.6.
    pub const fn script_retries(retries: u32) -> Self {
        Self::counted(retries.saturating_add(1), Span::ZERO, b(5, 6))
    }

    /// A web call to a host whose name is not resolved: so many calls in all, one after another, without a wait.
    ///
    /// Then it is left to the next timer or trigger (R5). A check-in in error so makes up to 3 calls where one in success
    /// makes a single one, which is more than R7 allows; that is what logs show.
    /// Source: B-4.24.
    pub const fn http_attempts(attempts: u32) -> Self {
        Self::counted(attempts, Span::ZERO, b(4, 24))
    }

    /// Enrollment by the scheduled task of group policy: a try every 5 minutes for one day.
    ///
    /// Whether the try at the very end of the day still counts is not published; it does here. After that day enrollment
    /// has to be begun again from outside (R5). There is no spread (R2).
    /// Source: B-1.17, B-1.16.
    pub const fn group_policy_enrollment() -> Self {
        Self::steady(Span::mins(5), Limit::Time { span: Span::days(1), then: b(1, 16) })
    }

    /// A renewal of the push channel that failed: again after a time from this range, without end.
    ///
    /// 4 h ± 1 h while less than 15 days are left or without a network, 1 day ± 4 h for a channel that has expired. Windows
    /// draws anew each time, so that a later wait may be shorter than an earlier one: R1 holds for the [`range`](Self::range),
    /// in which the client draws. A [`Retry`] would hold its place in it.
    ///
    /// # Errors
    /// [`PolicyError::HotLoop`] if the range begins with no time at all, [`PolicyError::Range`] if it ends before it
    /// begins.
    /// Source: B-3.11.
    ///
    /// [`Retry`]: super::Retry
    pub fn channel_renewal(again_in: SpanRange) -> Result<Self, PolicyError> {
        let SpanRange { min, max } = again_in;
        if max < min {
            return Err(PolicyError::Range { min, max });
        }
        Self::new(Figures {
            base: min,
            growth: Growth::Constant,
            spread: Spread::UpTo(max.saturating_sub(min)),
            tries: None,
            stable: Span::ZERO,
            hint: None,
            period: Span::ZERO,
        })
    }

    /// The check-ins of one workload after refusals: nothing goes out before a wait is over, and each wait is twice the one
    /// before, up to the cap or, where that is shorter, the base.
    ///
    /// Not a rule of the agent, which has no back-off (B-4.25): ours, and off unless `ime.backoff_base` says otherwise. With a
    /// spread of 1000 ‰ it keeps the whole contract. R7 holds whatever the figures, because a wait only holds back what a timer
    /// or somebody asks for; [`Policy::check_against`] says whether one is shorter than the time between two check-ins.
    /// After a resume a wait is cut to one between the base and twice the base (R4).
    /// Source: ours; R1 to R7.
    pub fn check_ins(base: Span, cap: Span, spread_permille: u32, stable: Span) -> Self {
        let spread = u16::try_from(spread_permille.min(1_000)).unwrap_or(1_000);
        Self {
            base,
            growth: Growth::DoublingTo(cap.max(base)),
            spread: Spread::Permille(spread),
            limit: Limit::None,
            stable,
            hint: Some(base.saturating_mul(2)),
        }
    }

    /// The starts of a service whose process dies again and again: the first at once, which is no wait of this policy, then
    /// after the base, and each time twice as long up to 1 h. A day without a death ends the streak.
    ///
    /// Not a rule of the agent: ours, and off unless `health.crash_wait` says otherwise. There is one service on a device, so
    /// nothing is spread.
    /// Source: ours; P2.
    pub fn service_crashes(base: Span) -> Self {
        Self {
            base,
            growth: Growth::DoublingTo(base.max(Span::hours(1))),
            spread: Spread::Permille(0),
            limit: Limit::None,
            stable: Span::days(1),
            hint: None,
        }
    }

    const fn counted(max: u32, gap: Span, then: RuleId) -> Self {
        Self::steady(gap, Limit::Count { max, then })
    }

    const fn steady(gap: Span, limit: Limit) -> Self {
        Self { base: gap, growth: Growth::Constant, spread: Spread::Permille(0), limit, stable: Span::ZERO, hint: None }
    }
}
