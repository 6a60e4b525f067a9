//! Whether the rules of a profile explain what a log tells.
//!
//! Each decision of the agent that a log shows is held against the rule that the model has for it, with the range that the
//! profile gives. Three things may come of it: the rule explains it; it does not fit; or it cannot be judged, for a reason
//! that is said. What cannot be judged is counted apart and never as explained.
//!
//! | decision | is judged by |
//! |---|---|
//! | holds and first delays after a start | the seconds that the record says, against the range (B-4.9, B-4.10, B-4.11) |
//! | a timer begins, a period is over | awake time (B-4.27), see below |
//! | first scripts, and apps after them | the time since the hold or since the check-in before (B-4.8) |
//! | scripts after a log-on, apps after a sync | the time since (B-4.17, B-4.15) |
//! | a check-in that is dropped | whether one was running (B-4.28) |
//! | tries of scripts and of requests | their numbers and waits (B-5.3, B-5.10, B-4.24, B-4.25) |
//! | remediations | their fetches, their first run, the exit code that leads on (B-4.6, B-6.8, B-6.9, B-6.15) |
//! | a remediation that runs again | the time since the run before, or the time of day (B-6.4, B-6.6, B-6.10) |
//! | scripts as their process tells of them | the result that the service makes of it, the limit (B-5.15, B-5.24, B-6.16) |
//! | an app that waits, a group of apps that is looked at | the time since the last try or look (B-7.33, B-7.34) |
//! | health, inventory | the time since the one before, and whether a dead service is started (B-8.16, B-10.8, B-10.9) |
//!
//! All logs of a device are one timeline (`trace/join.rs`), so that a decision may be seen in one log and what bears it out in
//! another.
//!
//! A period that was longer than its figure says nothing yet: the device may have slept. How long it slept follows from what
//! else the log tells (`sleep.rs`): other timers, jobs that say when they are due, silences in which it must have slept. Where
//! nothing tells, a late period is not judged. A period that is too short, or late by more than all silences, does not fit.
//!
//! A service that starts after whole half hours was off, or its zone changed; that is settled by what else the logs tell, and
//! where nothing does, what counts across the start is not judged. A journey of the device without a restart is told by the
//! processes of scripts, which have the device's zone.
//!
//! What the model does not have is no decision: the general workload, proxies, certificates, what installers do.

mod app;
mod found;
mod helper;
mod house;
mod kind;
mod period;
mod remediation;
mod request;
mod row;
mod schedule;
mod script;
mod sleep;
mod start;
mod summer;
pub mod text;
mod trigger;
mod verdict;
pub(in crate::log) mod walk;

use serde::Serialize;

pub use found::Found;
pub use kind::DecisionKind;
pub use verdict::{Decision, Reason, Verdict};

use super::record::{Stamp, TICKS_PER_SECOND};
use super::trace::{Trace, TracedLog};
use crate::profile::Profile;
pub(in crate::log) use start::name;
use verdict::Judge;
pub(in crate::log) use verdict::ticks;

/// What a record may be later than the moment it stands for, in units of 100 nanoseconds: a timer fires, and a thread has to
/// come to it.
pub(in crate::log) const SLACK: i64 = 3 * super::record::TICKS_PER_SECOND;

/// What became of all decisions of a trace.
#[derive(Clone, Debug, Serialize)]
pub struct Conformance {
    /// How many decisions the profile's rules explain.
    pub explained: usize,
    /// How many do not fit.
    pub misfits: usize,
    /// How many cannot be judged.
    pub not_judged: usize,
    /// All decisions, in the order of time.
    pub decisions: Vec<Decision>,
    /// What the log says of the profile's figures.
    pub parameters: Vec<Found>,
    /// The first records after ends of summer time that no record shows, but that explain more than none would.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub summer_ends: Vec<Stamp>,
    /// The first records of runs of the service before which it did not run for whole half hours, or after which its zone is
    /// another: the logs do not tell which.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsure_starts: Vec<Stamp>,
    /// From when on the device is in another zone than its service, which keeps that of its start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub journeys: Vec<Journeyed>,
}

/// A journey of the device without a restart of its service, as the processes of scripts tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Journeyed {
    /// The first moment that shows it, on the clock of the service.
    pub at: Stamp,
    /// How many minutes the device's clock is ahead of the service's from then on.
    pub ahead_minutes: i64,
}

impl Conformance {
    /// Of a thousand decisions that could be judged, how many are explained; `None` if none could be.
    pub fn share(&self) -> Option<usize> {
        (self.explained * 1_000).checked_div(self.explained + self.misfits)
    }

    /// The decisions that do not fit, the first first.
    pub fn misfits(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|decision| decision.verdict == Verdict::Misfit)
    }
}

/// Judges all decisions of a trace by a profile: all logs as those of one device, in one timeline.
pub fn judge(trace: &Trace, profile: &Profile) -> Conformance {
    match trace.joined(profile) {
        Some(joined) => {
            let unsure_starts = joined.unsure.iter().map(|unsure| unsure.stamp).collect();
            let journeys = joined
                .journeys
                .iter()
                .map(|journey| Journeyed { at: journey.stamp, ahead_minutes: journey.ahead / (60 * TICKS_PER_SECOND) });
            let journeys = journeys.collect();
            Conformance { unsure_starts, journeys, ..summer::judge(trace, joined, profile) }
        }
        None => Judge::new(profile, trace).finish(),
    }
}

/// Judges all decisions of one timeline.
fn judge_joined(trace: &Trace, joined: &TracedLog, profile: &Profile) -> Conformance {
    let mut judge = Judge::new(profile, trace);
    let has_service = trace.service().is_some();
    let fetches = remediation::log(joined, has_service, &mut judge);
    if has_service {
        for (number, run) in joined.runs().iter().enumerate() {
            let of_run = fetches.iter().filter(|(of, _)| *of == number).map(|(_, stretch)| stretch.clone());
            walk::run(run, of_run.collect(), &mut judge);
        }
        script::log(joined, &mut judge);
        request::log(joined, &mut judge);
    }
    schedule::log(joined, &mut judge);
    helper::log(joined, &mut judge);
    app::log(joined, &mut judge);
    house::log(joined, has_service, &mut judge);
    judge.finish()
}
