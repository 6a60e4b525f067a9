//! Retry and backoff: when something that failed is tried again, and when it is given up for now.
//!
//! One component for every retry of the crate, of use without the rest of it. It has no clock and draws nothing: the
//! caller says that a try begins, failed or went well and at which moment, and is told how long to wait ([`Next::After`])
//! or when to come back ([`Next::GiveUpUntil`]). A [`Policy`] holds figures and is shared; a [`Retry`] is the 24 bytes
//! kept for each thing that is tried.
//!
//! # The contract
//!
//! Fleets of agents have brought down their servers with retries more than once. fleetdm/fleet#45553, written after such
//! a day, says what a backoff must guarantee so that it does not happen again; R1 to R9 are that and the lessons of other
//! agents. [`Policy::new`] refuses figures that cannot keep them.
//!
//! | | what holds | how |
//! |---|---|---|
//! | R1 | in a streak of failures waits do not shrink; none is below the base or above the cap and its spread | steps grow up to a cap; the place in the spread is drawn once a streak; no base of 0 without a bound |
//! | R2 | at the cap waits differ by at least a stated share of the cap | the spread is added after the cap, not cut off by it |
//! | R3 | only a success that lasts ends a streak | [`Figures::stable`]; a connection is no success |
//! | R4 | news of a network cuts a long wait to a bounded, spread one, never to none | [`Retry::on_hint`] |
//! | R5 | giving up has a second look | a window opens by itself; the rules of the agent that leave it to an occasion name it in [`Next::LeftTo`] |
//! | R6 | one broken channel neither silences nor speeds up another | each has a [`Retry`] of its own |
//! | R7 | requests in error are not more frequent than in success | [`Figures::period`], [`Policy::check_against`] |
//! | R8 | tries in a window are bounded, and every window opens again | [`Figures::tries`] |
//! | R9 | an exit code means one thing, and failure if it is unknown | [`ReturnCodes`] |
//!
//! A clock that is stepped cannot hold a retry back: whatever is remembered from the future counts as now, and a deadline
//! of the caller is brought near by [`Retry::on_clock_changed`] (T1, T5). Every sum is held between its bounds (T6).
//! [`Retry`] counts on the clock whose moments it is given, and the two cannot be mixed (T2).
//!
//! # The rules of the agent
//!
//! They are older than the contract and keep it in part; each constructor says where it falls short.
//!
//! | constructor | rule | used by |
//! |---|---|---|
//! | [`Policy::install_job`] | B-2.5, B-2.7 | the MDM client |
//! | [`Policy::group_policy_enrollment`] | B-1.17 | the MDM client |
//! | [`Policy::channel_renewal`] | B-3.11 | the MDM client, which draws in its range |
//! | [`Policy::win32_retry_type`] | B-7.24, B-7.34, B-7.39 | the agent's apps |
//! | [`Policy::script_retries`] | B-5.3, B-5.6 | the agent's scripts, which keep the number alone ([`Policy::allows_after`]) |
//! | [`Policy::http_attempts`] | B-4.24 | the agent's requests, which keep the number alone |
//! | [`Policy::service_crashes`] | ours | a service whose process dies, where `health.crash_wait` is more than no time |
//! | [`Policy::check_ins`] | ours | the agent's check-ins, where `ime.backoff_base` is more than no time |
//!
//! `tests/retry.rs` holds the machines to each.
//!
//! # An agent of your own
//!
//! ```
//! use imesim::retry::{Figures, Growth, Next, Policy, Retry, Tries};
//! use imesim::time::{Awake, Span};
//!
//! // A poll every 5 minutes; in error every 5 minutes, then 10, 20, up to 30, and up to twice that.
//! let policy = Policy::new(Figures {
//!     base: Span::mins(5),
//!     growth: Growth::DoublingTo(Span::mins(30)),
//!     period: Span::mins(5),
//!     hint: Some(Span::mins(6)),
//!     ..Figures::default()
//! })?;
//!
//! let mut poll = Retry::new();
//! let mut now = Awake::at(Span::hours(1));
//! let mut due = now;
//! let draw = 0x8000_0000_0000_0000; // from your generator: half of the spread
//! for minutes in [7, 15, 30, 45, 45] {
//!     poll.on_begin(&policy, now);
//!     let Next::After(wait) = poll.on_failure(&policy, draw, now) else { panic!("these tries have no bound") };
//!     assert_eq!(wait.as_secs() / 60, minutes);
//!     due = now.after(wait);
//!     now = due;
//! }
//!
//! // The tunnel comes up a minute into the last wait: 5 to 6 minutes instead of 44 more.
//! now = due.before(Span::mins(44));
//! due = poll.on_hint(&policy, now, due);
//! assert_eq!(due.since(now).as_secs(), 330);
//!
//! // That try goes well, and a minute later the streak is over.
//! poll.on_success(&policy, due);
//! assert_eq!(poll.streak(), 5);
//! poll.on_success(&policy, due.after(Span::mins(5)));
//! assert_eq!(poll.streak(), 0);
//!
//! // An installation: 3 tries, then rest until a day after the first began.
//! let policy = Policy::new(Figures { tries: Some(Tries { max: 3, window: Span::days(1) }), ..Figures::default() })?;
//! let (mut app, began) = (Retry::new(), now);
//! for minute in [0, 1, 3] {
//!     now = began.after(Span::mins(minute));
//!     app.on_begin(&policy, now);
//!     if let Next::GiveUpUntil(at) = app.on_failure(&policy, draw, now) {
//!         assert_eq!((minute, at), (3, began.after(Span::days(1))));
//!     }
//! }
//! assert!(!app.is_open(&policy, now) && app.is_open(&policy, began.after(Span::days(1))));
//! # Ok::<(), imesim::retry::PolicyError>(())
//! ```
//!
//! | file | owns |
//! |---|---|
//! | `policy` | figures and what they must keep |
//! | `state` | what is remembered, and what follows from each failure, success and hint |
//! | `documented` | the rules of the agent as policies |
//! | `exit_class` | return codes |

mod documented;
mod exit_class;
mod policy;
mod state;

#[cfg(test)]
mod tests;

pub use exit_class::{ExitClass, ReturnCode, ReturnCodeError, ReturnCodes};
pub use policy::{Figures, Growth, Policy, PolicyError, Spread, Tries};
pub use state::{Next, Retry};

use crate::time::{Awake, Span, Wall};

/// A moment on one clock: [`Wall`] or [`Awake`], nothing else.
///
/// Source: T2.
pub trait Moment: Copy + Ord + sealed::Sealed {
    /// The moment so much later, at most the latest of the clock.
    #[must_use]
    fn after(self, span: Span) -> Self;

    /// The time passed since `earlier`, or no time if that is later.
    fn since(self, earlier: Self) -> Span;
}

impl Moment for Wall {
    fn after(self, span: Span) -> Self {
        Wall::after(self, span)
    }

    fn since(self, earlier: Self) -> Span {
        Wall::since(self, earlier)
    }
}

impl Moment for Awake {
    fn after(self, span: Span) -> Self {
        Awake::after(self, span)
    }

    fn since(self, earlier: Self) -> Span {
        Awake::since(self, earlier)
    }
}

mod sealed {
    /// Two clocks, and no third.
    pub trait Sealed {}
    impl Sealed for crate::time::Wall {}
    impl Sealed for crate::time::Awake {}
}
