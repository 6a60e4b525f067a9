//! Faults built into the machines on purpose: each breaks one promise, and whoever judges that promise must notice.
//!
//! They exist in the unit tests of this crate alone; elsewhere [`is_on`] is a constant, and nothing of them is left.

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// A check-in begins while another is under way.
    SecondCheckIn,
    /// The agent arms no timer.
    NoTimers,
    /// It arms every timer three times as far ahead.
    FarAhead,
    /// The timer for scripts fires again a second later.
    FiresAgain,
    /// A sync in Settings reaches the agent.
    SyncReachesAgent,
    /// A stop of the service is ignored.
    NoStop,
    /// Tries of scripts are not counted.
    EndlessTries,
    /// Nothing is ever written to the agent's file but what its installation writes.
    NoPersist,
    /// A script that succeeded is not remembered as such.
    ForgetsSuccess,
    /// Scripts are never run.
    NeverRuns,
    /// The limit of a run does not hold.
    NoLimit,
    /// Maintenance wake is taken for a real one.
    NoDarkWake,
    /// An irrecoverable state takes the agent away at once.
    LeavesAtOnce,
    /// A recovery does not end the time after which it takes the agent away.
    CountsOn,
    /// An install job begins while another is under way.
    SecondJob,
    /// Orders to install are ignored.
    NoInstall,
    /// After a refusal the agent calls again soon.
    CallsAgain,
    /// It calls when its own wait is over, whatever the service asked for.
    IgnoresRetryAfter,
    /// A session that is refused has the device leave and enroll anew.
    EnrollsWhenRefused,
    /// An enrolled device that is to enroll begins anew.
    EnrollsTwice,
    /// The service does not notice two machines with one identity.
    MissesTwins,
    /// The agent stays on a device that is not managed any more.
    StaysForEver,
    /// It goes, and leaves a timer behind.
    LeavesATimer,
    /// It reports every script as a success.
    ReportsSuccess,
    /// Scripts that are not assigned any more are run all the same.
    RunsWithdrawn,
    /// No run on demand is too old.
    NeverTooLate,
    /// The service is started at once, however often its process has died.
    StartsAtOnce,
}

#[cfg(not(test))]
pub(crate) const fn is_on(_: Sabotage) -> bool {
    false
}

/// True while any is on: the machines' own assertions would notice it before the judges do.
#[cfg(not(test))]
pub(crate) const fn is_any_on() -> bool {
    false
}

#[cfg(test)]
pub(crate) use switched::{is_any_on, is_on};

#[cfg(test)]
pub(crate) mod switched {
    use std::cell::Cell;

    use super::Sabotage;

    thread_local! {
        static ON: Cell<Option<Sabotage>> = const { Cell::new(None) };
    }

    pub(crate) fn is_on(sabotage: Sabotage) -> bool {
        ON.get() == Some(sabotage)
    }

    pub(crate) fn is_any_on() -> bool {
        ON.get().is_some()
    }

    /// Does something on this thread with a fault built in.
    #[cfg(feature = "check")]
    pub(crate) fn with<T>(sabotage: Sabotage, work: impl FnOnce() -> T) -> T {
        ON.set(Some(sabotage));
        let result = work();
        ON.set(None);
        result
    }
}
