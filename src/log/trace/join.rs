//! The logs of one device as one: every event in the service's time, in the order of that time.
//!
//! Records have local times without a zone, and each log follows its own jumps of the clock. The service's log is the one whose
//! jumps are told best, so the others are read by it: a record lies in the first stretch between two of its jumps that takes
//! it and that is not before the record above.

use super::journey::Traveller;
use super::runs::{say_which_apps, without_doubles};
use super::{Poll, Seen, Trace, TracedLog, What};
use crate::log::record::{Stamp, TICKS_PER_SECOND};
use crate::profile::Profile;

/// Records of two logs that stand for one moment are no further apart than this.
const APART: i64 = 5 * TICKS_PER_SECOND;

impl Trace {
    /// All logs as one, in the time of the service's, or of the first if there is none; `None` if there is no log at all.
    pub(in crate::log) fn joined(&self, profile: &Profile) -> Option<TracedLog> {
        let own = self.service().or_else(|| self.logs.first())?;
        let base = &self.settled(own, profile);
        let base = &TracedLog { journeys: self.journeys(base), ..base.clone() };
        let mut joined = base.clone();
        if let (true, Some((first, (last, _)))) = (self.logs.len() > 1, base.first.zip(base.last)) {
            // Where this log has nothing the others may have something.
            for silent in [&mut joined.silences, &mut joined.gaps] {
                silent.insert(0, (i64::MIN, first));
                silent.push((last, i64::MAX));
            }
        }
        let mut keyed: Vec<(i64, Seen)> = in_order(without_doubles(base.seen.iter().cloned()).into_iter());
        // From 2025 on the service's log has the check-ins of apps, and that of apps tells of the same from within.
        let has_kinds = base
            .seen
            .iter()
            .any(|seen| matches!(seen.what, What::Begin(Poll::Required | Poll::Available | Poll::Session)));
        for log in self.logs.iter().filter(|log| !std::ptr::eq(*log, own)) {
            let mut traveller = Traveller::new(base, &log.name);
            let moved = log.seen.iter().map(|seen| Seen { at: traveller.place(seen.stamp, seen.at), ..seen.clone() });
            let is_double =
                |seen: &Seen| has_kinds && matches!(seen.what, What::Begin(Poll::Apps) | What::End(Poll::Apps));
            keyed.extend(in_order(moved.filter(|seen| !is_double(seen))));
            let silent = log.silent_for(base);
            joined.silences = both(&joined.silences, &silent);
            joined.gaps = both(&joined.gaps, &silent);
        }
        // What another log tells of was not slept through.
        joined.sleeps.retain(|(from, to, _)| joined.silences.iter().any(|(begin, end)| begin <= from && to <= end));
        keyed.sort_by_key(|(at, _)| *at);
        joined.seen = keyed.into_iter().map(|(_, seen)| seen).collect();
        say_which_apps(&mut joined.seen);
        Some(joined)
    }
}

/// Events with what orders them: their time, but never before the one above.
fn in_order(seen: impl Iterator<Item = Seen>) -> Vec<(i64, Seen)> {
    let mut last = i64::MIN;
    seen.map(|seen| {
        last = last.max(seen.at);
        (last, seen)
    })
    .collect()
}

/// What two orderly lists of stretches have in common.
fn both(one: &[(i64, i64)], other: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let (mut first, mut second) = (one.iter().peekable(), other.iter().peekable());
    let mut common = Vec::new();
    while let (Some((from, to)), Some((begin, end))) = (first.peek(), second.peek()) {
        let (from, to, begin, end) = (*from, *to, *begin, *end);
        if from.max(begin) < to.min(end) {
            common.push((from.max(begin), to.min(end)));
        }
        if to < end {
            let _ = first.next();
        } else {
            let _ = second.next();
        }
    }
    common
}

impl TracedLog {
    /// The time of another log's record in this one, not long before the time of the record above it. Where the clock was put
    /// back a record may lie in more than one stretch: then in the one in which something stands near it here.
    pub(super) fn place_of(&self, stamp: Stamp, above: i64) -> i64 {
        let ticks = stamp.ticks();
        let ends = self.shifts.iter().skip(1).map(|(from, _)| *from).chain([i64::MAX]);
        let mut fitting = self.shifts.iter().zip(ends).enumerate().filter_map(|(place, ((from, shift), end))| {
            let at = ticks - shift;
            let is_within = (place == 0 || at >= from - APART) && at < end;
            (is_within && at >= above.saturating_sub(APART)).then_some(at)
        });
        let Some(first) = fitting.next() else { return self.time_of(stamp) };
        let off = |at: i64| self.seen.iter().map(|seen| seen.at.abs_diff(at)).min().unwrap_or(u64::MAX);
        match fitting.next() {
            None => first,
            Some(second) => [first, second].into_iter().chain(fitting).min_by_key(|at| off(*at)).unwrap_or(first),
        }
    }

    /// Puts everything off by so much from an event on: before it the clock was put back.
    pub(in crate::log) fn put_off(&mut self, place: usize, by: i64) {
        let Some(from) = self.seen.get(place).map(|seen| seen.at) else { return };
        let before = place.checked_sub(1).and_then(|place| self.seen.get(place)).map_or(from, |seen| seen.at);
        self.seen.iter_mut().skip(place).for_each(|seen| seen.at += by);
        let later = |at: &mut i64| *at = at.saturating_add(if *at >= from { by } else { 0 });
        let mut is_within = false;
        for (begin, end) in &mut self.gaps {
            later(begin);
            later(end);
        }
        for (begin, end) in &mut self.silences {
            is_within |= *begin < from && *end >= from;
            later(begin);
            later(end);
        }
        if !is_within {
            let place = self.silences.partition_point(|(begin, _)| *begin < from);
            self.silences.insert(place, (before, from + by));
        }
        for (begin, end, _) in &mut self.sleeps {
            later(begin);
            later(end);
        }
        self.doubts.iter_mut().for_each(|(at, _)| later(at));
        for journey in &mut self.journeys {
            later(&mut journey.from);
            later(&mut journey.at);
        }
        if let Some((at, _)) = &mut self.last {
            later(at);
        }
    }

    /// When nothing stands in this log, in the time of another. What lies before its first record or behind its last is
    /// not known, and counts as silent.
    fn silent_for(&self, base: &Self) -> Vec<(i64, i64)> {
        let stamp_at = |at: i64| {
            let shift = self.shifts.iter().rev().find(|(from, _)| at >= *from).or(self.shifts.first());
            Stamp::from_ticks(at + shift.map_or(0, |(_, shift)| *shift))
        };
        let mut traveller = Traveller::new(base, &self.name);
        let mut place = |at: i64| traveller.place(stamp_at(at), at);
        let Some((first, (end, _))) = self.first.zip(self.last) else { return vec![(i64::MIN, i64::MAX)] };
        let mut silent = vec![(i64::MIN, place(first))];
        for (from, to) in &self.gaps {
            let from = place(*from);
            silent.push((from, place(*to)));
        }
        silent.push((place(end), i64::MAX));
        silent.retain(|(from, to)| from < to);
        silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silences_of_two_logs_are_what_they_have_in_common() {
        assert_eq!(
            both(&[(0, 10), (20, 30)], &[(i64::MIN, 5), (8, 25), (29, i64::MAX)]),
            [(0, 5), (8, 10), (20, 25), (29, 30)]
        );
        assert_eq!(both(&[(0, 10)], &[(10, 20)]), []);
    }
}
