//! Starts of the service of which the stamps do not tell whether its zone changed or it did not run: which of the two it was,
//! where other records tell.
//!
//! Some messages have a moment in UTC that is known to be the present, or that of another record: so far the service's clock
//! is ahead of UTC then. If it is as far ahead after a start as before, the service was off; if it is further ahead by what the
//! clock jumped, its zone changed. Everything else leaves it open.

use super::{Doubt, Trace, TracedLog, What};
use crate::log::clock::is_night_to_sunday;
use crate::log::conform::ticks;
use crate::log::event::Guid;
use crate::log::forecast::moment;
use crate::log::record::{Stamp, TICKS_PER_SECOND};
use crate::profile::Profile;

const QUARTER: i64 = 15 * 60 * TICKS_PER_SECOND;
const HOUR: i64 = 4 * QUARTER;
/// What is written at a moment has it to so much.
const APART: i64 = 2 * TICKS_PER_SECOND;
/// No clock is further ahead of UTC or behind it.
const WIDEST: i64 = 14 * HOUR;

/// A start after which the clock shows another zone, or before which the service did not run: the stamps do not tell.
#[derive(Clone, Copy, Debug)]
pub(in crate::log) struct Unsure {
    /// The last record before, in the log's time.
    pub(in crate::log) last: i64,
    /// The first record of the new run, in the log's time, and its stamp.
    pub(in crate::log) at: i64,
    pub(in crate::log) stamp: Stamp,
    /// By how much the clock jumped, if it was the zone.
    pub(in crate::log) zone: i64,
}

/// How far the service's clock is ahead of UTC at a time.
#[derive(Clone, Copy, Debug)]
struct Ahead {
    at: i64,
    by: i64,
}

impl Trace {
    /// The log of the service with its starts settled, as far as all logs tell.
    pub(super) fn settled(&self, base: &TracedLog, profile: &Profile) -> TracedLog {
        let mut settled = base.clone();
        if settled.unsure.is_empty() {
            return settled;
        }
        let others =
            self.logs.iter().filter(|log| !std::ptr::eq(*log, base) && log.seen.iter().any(|seen| seen.is_of_service));
        let told: Vec<&TracedLog> = std::iter::once(base).chain(others).collect();
        let mut left = Vec::new();
        for number in 0..base.unsure.len() {
            let Some(unsure) = settled.unsure.get(number).copied() else { break };
            let mut ahead: Vec<Ahead> = told.iter().flat_map(|log| ahead(log, &settled, profile)).collect();
            ahead.sort_by_key(|ahead| ahead.at);
            // The device was in that zone before, and the service takes it at its start.
            let journey = self.journeys(&settled).into_iter().rfind(|journey| journey.at <= unsure.last);
            let has_gone = journey.is_some_and(|journey| journey.ahead == unsure.zone);
            match settled.was_off(unsure, &ahead).or(has_gone.then_some(false)) {
                Some(true) => settled.go_on_after(unsure),
                Some(false) => settled.doubts.retain(|(at, _)| *at != unsure.last),
                None => left.push(number),
            }
        }
        let mut number = 0;
        settled.unsure.retain(|_| {
            number += 1;
            left.contains(&(number - 1))
        });
        settled
    }
}

impl TracedLog {
    /// Whether the service was off before a start; `None` if nothing tells.
    fn was_off(&self, unsure: Unsure, ahead: &[Ahead]) -> Option<bool> {
        let before = ahead.iter().rfind(|ahead| ahead.at <= unsure.last)?;
        let after = ahead.iter().find(|ahead| ahead.at >= unsure.at)?;
        // Nothing else happened to the clock between the two.
        if self.shift_at(after.at) - self.shift_at(before.at) != unsure.zone {
            return None;
        }
        let mut hours = (before.at..=after.at).step_by(usize::try_from(HOUR).unwrap_or(usize::MAX));
        let may_be_summer = unsure.zone == HOUR && hours.any(|at| is_night_to_sunday(at + self.shift_at(at)));
        match after.by - before.by {
            _ if may_be_summer => None,
            0 => Some(true),
            by if by == unsure.zone => Some(false),
            _ => None,
        }
    }

    fn shift_at(&self, at: i64) -> i64 {
        self.shifts.iter().rev().find(|(from, _)| at >= *from).or(self.shifts.first()).map_or(0, |(_, shift)| *shift)
    }

    /// The service was off before a start, and its zone is the one that it was: all that follows comes later by so much.
    fn go_on_after(&mut self, Unsure { last, at: from, zone, .. }: Unsure) {
        let later = |at: &mut i64| *at = at.saturating_add(if *at >= from { zone } else { 0 });
        // What stands at the same time before the start has its place before it.
        let first = self.seen.iter().position(|seen| seen.at >= from && matches!(seen.what, What::Start { .. }));
        self.seen.iter_mut().skip(first.unwrap_or(usize::MAX)).for_each(|seen| seen.at += zone);
        self.gaps.retain(|(begin, _)| *begin != last);
        for (begin, end) in self.gaps.iter_mut().chain(&mut self.silences) {
            later(begin);
            later(end);
        }
        let place = self.gaps.partition_point(|(begin, _)| *begin < last);
        self.gaps.insert(place, (last, from + zone));
        for (begin, end, _) in &mut self.sleeps {
            later(begin);
            later(end);
        }
        self.doubts.retain(|(at, doubt)| *at != last || *doubt != Doubt::Zone);
        self.doubts.iter_mut().for_each(|(at, _)| later(at));
        for unsure in &mut self.unsure {
            later(&mut unsure.last);
            later(&mut unsure.at);
        }
        for (at, shift) in self.shifts.iter_mut().filter(|(at, _)| *at >= from) {
            (*at, *shift) = (*at + zone, *shift - zone);
        }
        self.shifts.dedup_by_key(|(_, shift)| *shift);
        if let Some((at, _)) = &mut self.last {
            later(at);
        }
    }
}

/// Where a log of the service's own process tells how far its clock is ahead of UTC, in the time of the service's log.
fn ahead(log: &TracedLog, base: &TracedLog, profile: &Profile) -> Vec<Ahead> {
    let mut found = Vec::new();
    let (mut last, mut has_run, mut history) = (i64::MIN, false, "");
    let mut ends: Vec<(Guid, i64, Stamp)> = Vec::new();
    let is_base = std::ptr::eq(log, base) || log.name == base.name;
    for seen in log.seen.iter().filter(|seen| seen.is_of_service) {
        last = if is_base { seen.at } else { base.place_of(seen.stamp, last) };
        let mut present = |text: &str, at: i64, stamp: Stamp, after: i64| {
            found.extend(by(text, stamp, after).map(|by| Ahead { at, by }));
        };
        if let What::Reevaluation(text) = &seen.what {
            present(text, last, seen.stamp, 0);
        } else if let What::PreviousRun(text) = &seen.what {
            // The first run of all has the present in place of a run before.
            if history != text {
                present(text, last, seen.stamp, 0);
            }
            history = text;
        } else if let What::Start { .. } | What::RunnerBegins = seen.what {
            has_run = seen.what == What::RunnerBegins;
        } else if let What::Queued(text) = &seen.what {
            // B-6.9: what is new is queued for so long after its fetch.
            if !has_run {
                present(text, last, seen.stamp, ticks(profile.rem.first_run_delay));
            }
        } else if let What::RemediationEnds(script) = seen.what {
            ends.retain(|(of, ..)| *of != script);
            ends.push((script, last, seen.stamp));
        } else if let What::LastRun { script, at } = &seen.what
            && let Some((_, then, stamp)) = ends.iter().find(|(of, ..)| of == script)
        {
            present(at, *then, *stamp, 0);
        }
    }
    found
}

/// How far a clock is ahead of UTC, by a text that says in UTC what is so long after its stamp.
fn by(text: &str, stamp: Stamp, after: i64) -> Option<i64> {
    let by = stamp.ticks() + after - moment(text, stamp)?;
    let whole = (by + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
    ((by - whole).abs() <= APART && whole.abs() <= WIDEST).then_some(whole)
}
