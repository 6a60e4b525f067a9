//! The end of summer time, where no record shows it: between two check-ins an hour apart the clock may read the same.
//!
//! A log has no zone. If decisions of the days after a night to Sunday do not fit, and with one hour more in that night more
//! of them do, then the clock was put back in it.

use super::verdict::{Decision, Reason, Verdict};
use super::{Conformance, judge_joined};
use crate::log::clock::is_night_to_sunday;
use crate::log::record::{Stamp, TICKS_PER_SECOND};
use crate::log::trace::{Trace, TracedLog, What};
use crate::profile::Profile;

const HOUR: i64 = 3_600 * TICKS_PER_SECOND;
/// For so long after the night something has to be amiss.
const AFTERWARDS: i64 = 48 * HOUR;

/// Judges a log, with each end of summer time that explains more than none does.
pub(super) fn judge(trace: &Trace, mut joined: TracedLog, profile: &Profile) -> Conformance {
    let mut best = judge_joined(trace, &joined, profile);
    let mut from = 0;
    while let Some((places, next)) = night(&joined, from) {
        from = next;
        let begin = joined.seen.get(next - 1).map_or(i64::MIN, |seen| seen.at - 6 * HOUR);
        let is_amiss = |of: &Decision| is_amiss(of) && (begin..begin + AFTERWARDS).contains(&of.sort);
        if !best.decisions.iter().any(is_amiss) {
            continue;
        }
        let tried = places.into_iter().map(|place| {
            let mut later = joined.clone();
            later.put_off(place, HOUR);
            let told = judge_joined(trace, &later, profile);
            (place, later, told)
        });
        let open = |told: &Conformance| told.misfits + told.not_judged;
        if let Some((place, later, mut told)) =
            tried.min_by_key(|(_, _, told)| open(told)).filter(|(_, _, told)| open(told) < open(&best))
        {
            told.summer_ends = best.summer_ends;
            told.summer_ends.extend(joined.seen.get(place).map(|seen| seen.stamp));
            (best, joined) = (told, later);
        }
    }
    best
}

/// Whether a decision may be so for the hour.
fn is_amiss(decision: &Decision) -> bool {
    match decision.reason {
        None => decision.verdict == Verdict::Misfit,
        Some(Reason::Push | Reason::PortalRequest | Reason::ZoneChanged) => true,
        Some(
            Reason::SleepUnknown
            | Reason::RecordsLost
            | Reason::NoBeginning
            | Reason::MayBeBroken
            | Reason::KeptAway
            | Reason::ZoneUnknown
            | Reason::MayHaveChanged
            | Reason::OnDemand
            | Reason::NoUser
            | Reason::OtherLog
            | Reason::LogEnds
            | Reason::NoSecondScript,
        ) => false,
    }
}

/// The next night to Sunday from a place on: where something begins in it, and the place behind it.
fn night(log: &TracedLog, from: usize) -> Option<(Vec<usize>, usize)> {
    let is_in = |seen: &crate::log::trace::Seen| is_night_to_sunday(seen.stamp.ticks());
    let first = from + log.seen.get(from..)?.iter().position(is_in)?;
    let count = log.seen.get(first..)?.iter().take_while(|seen| is_in(seen)).count();
    let begins = |place: &usize| {
        log.seen.get(*place).is_some_and(|seen| matches!(seen.what, What::Begin(_) | What::RemediationFetch))
    };
    // What begins next may be the first after the hour.
    let next = (first + count..log.seen.len()).find(begins);
    let places = (first + 1..first + count).filter(begins).chain(next).collect();
    Some((places, first + count))
}

/// When the clock was put back, for people.
pub(super) fn tell(at: &Stamp) -> String {
    format!("{at}: taken for the first record after the end of summer time, which no record shows")
}
