//! A decision and what became of it.

use serde::Serialize;

use super::Conformance;
use super::found::{self, Sample};
use super::kind::DecisionKind;
use crate::log::record::{Stamp, TICKS_PER_SECOND};
use crate::log::trace::{Place, Seen, Trace};
use crate::profile::Profile;
use crate::time::Span;

/// One decision of the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Which kind it is of.
    pub kind: DecisionKind,
    /// The rule, such as `B-4.9`.
    pub rule: String,
    /// The log.
    pub log: String,
    /// When, on the device's clock.
    pub at: Stamp,
    /// The record that shows it.
    pub place: Place,
    /// What the profile's rule expects.
    pub expected: String,
    /// What the log shows.
    pub seen: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Why it cannot be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    #[serde(skip)]
    pub(super) sort: i64,
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The rule explains it.
    Explained,
    /// It does not fit.
    Misfit,
    /// It cannot be judged.
    NotJudged,
}

/// Why a decision cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It came late, and nothing tells how long the device slept meanwhile.
    SleepUnknown,
    /// It came late, and records were overwritten meanwhile.
    RecordsLost,
    /// It came at another time, and the clock was set or its zone changed meanwhile.
    ZoneChanged,
    /// No trigger is seen, and a push of the service, which leaves no record, may have been one (B-4.19).
    Push,
    /// No trigger is seen, and a request in Company Portal, which leaves no record in these logs, may have been one (B-9.1).
    PortalRequest,
    /// What it counts from is not in the log.
    NoBeginning,
    /// A service that cannot run does not start, and no record says that it cannot (B-10.7).
    MayBeBroken,
    /// The profile has a back-off of ours, which leaves no record.
    KeptAway,
    /// A time is in UTC, and the zone of the device is not told.
    ZoneUnknown,
    /// It came sooner than usual, as it does for what has changed, which leaves no record.
    MayHaveChanged,
    /// It came sooner than its schedule says, and a run on demand, which leaves no record, may have been one (B-6.29).
    OnDemand,
    /// It came late, and there was no user for it before (B-6.21).
    NoUser,
    /// What became of it stands in another log, which is not here.
    OtherLog,
    /// The log ends first.
    LogEnds,
    /// It is not told whether there is a second script at all.
    NoSecondScript,
}

impl Reason {
    /// For people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::SleepUnknown => "late, and nothing tells how long the device slept",
            Self::RecordsLost => "late, and records were overwritten meanwhile",
            Self::ZoneChanged => "at another time, and the clock was set or its zone changed meanwhile",
            Self::Push => "without a trigger that is seen; a push leaves no record",
            Self::PortalRequest => "without a trigger that is seen; a request in Company Portal leaves no record here",
            Self::NoBeginning => "what it counts from is not in the log",
            Self::MayBeBroken => "the service may be one that cannot run, which no record says",
            Self::KeptAway => "by a profile that keeps away after refusals, which leaves no record",
            Self::ZoneUnknown => "by a time in UTC, and the zone is not told",
            Self::MayHaveChanged => "sooner than usual, as for what has changed, which leaves no record",
            Self::OnDemand => "sooner than its schedule; a run on demand leaves no record",
            Self::NoUser => "late, and there was no user before; whether it needs one is not told",
            Self::OtherLog => "what became of it stands in a log that is not here",
            Self::LogEnds => "the log ends first",
            Self::NoSecondScript => "whether there is a second script is not told",
        }
    }
}

/// What is said of a decision.
pub(super) struct Said {
    pub(super) expected: String,
    pub(super) seen: String,
    pub(super) result: Result<Verdict, Reason>,
}

impl Said {
    /// A decision that fits or not.
    pub(super) fn fits(fits: bool, expected: impl Into<String>, seen: impl Into<String>) -> Self {
        let verdict = if fits { Verdict::Explained } else { Verdict::Misfit };
        Self { expected: expected.into(), seen: seen.into(), result: Ok(verdict) }
    }

    /// One that cannot be judged.
    pub(super) fn not_judged(reason: Reason, expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { expected: expected.into(), seen: seen.into(), result: Err(reason) }
    }
}

/// Collects decisions.
pub(super) struct Judge<'a> {
    pub(super) profile: &'a Profile,
    /// Where the records stand.
    trace: &'a Trace,
    decisions: Vec<Decision>,
    samples: Vec<Sample>,
}

impl<'a> Judge<'a> {
    pub(super) const fn new(profile: &'a Profile, trace: &'a Trace) -> Self {
        Self { profile, trace, decisions: Vec::new(), samples: Vec::new() }
    }

    pub(super) fn say(&mut self, seen: &Seen, kind: DecisionKind, said: Said) {
        let ime = &self.profile.ime;
        let may_keep_away = !ime.backoff_base.is_zero() || !ime.wake_spread.max.is_zero();
        let (verdict, reason) = match said.result {
            Ok(Verdict::Misfit) if may_keep_away && kind.is_of_timing() => (Verdict::NotJudged, Some(Reason::KeptAway)),
            Ok(verdict) => (verdict, None),
            Err(reason) => (Verdict::NotJudged, Some(reason)),
        };
        self.decisions.push(Decision {
            kind,
            rule: kind.rule().to_string(),
            log: self.trace.log_of(seen).map(|log| log.name.clone()).unwrap_or_default(),
            at: seen.stamp,
            place: self.trace.place(seen),
            expected: said.expected,
            seen: said.seen,
            verdict,
            reason,
            sort: seen.at,
        });
    }

    /// What the log says of a figure, in milliseconds or as a plain number.
    pub(super) fn sample(&mut self, parameter: &'static str, value: u64) {
        self.samples.push(Sample { parameter, value });
    }

    pub(super) fn finish(mut self) -> Conformance {
        self.decisions.sort_by_key(|decision| decision.sort);
        let count = |verdict| self.decisions.iter().filter(|decision| decision.verdict == verdict).count();
        Conformance {
            explained: count(Verdict::Explained),
            misfits: count(Verdict::Misfit),
            not_judged: count(Verdict::NotJudged),
            parameters: found::tell(&self.samples, self.profile),
            decisions: self.decisions,
            summer_ends: Vec::new(),
            unsure_starts: Vec::new(),
            journeys: Vec::new(),
        }
    }
}

/// A length in units of 100 nanoseconds.
pub(in crate::log) fn ticks(span: Span) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX).saturating_mul(TICKS_PER_SECOND / 1_000)
}

/// A length for people, to a tenth of a second.
pub(in crate::log) fn length(ticks: i64) -> String {
    let tenths = ticks.unsigned_abs() / (TICKS_PER_SECOND as u64 / 10);
    let text = Span::millis(tenths * 100).to_string();
    if ticks < 0 && tenths > 0 { format!("-{text}") } else { text }
}

/// In whole milliseconds.
pub(super) fn millis(ticks: i64) -> u64 {
    u64::try_from(ticks).unwrap_or(0) / (TICKS_PER_SECOND as u64 / 1_000)
}
