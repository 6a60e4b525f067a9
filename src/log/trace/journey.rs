//! Journeys without a restart of the service: it keeps the zone of its start, and the processes that it starts have that of the
//! device, so that what they write of one moment differs by the zones.
//!
//! A script's process is started as the service begins the script, and both records name it. Where they lie whole quarters of
//! an hour apart, twice in a row and with no other way to pair them, the device is in another zone than its service.

use super::{PROCESSES, Seen, Trace, TracedLog, What};
use crate::log::event::Guid;
use crate::log::record::{LogFile, Stamp, TICKS_PER_SECOND};
use crate::log::trace::Helped;

const QUARTER: i64 = 15 * 60 * TICKS_PER_SECOND;
const HOUR: i64 = 4 * QUARTER;
/// A script's process begins so soon after the service says that it does.
const SOON: i64 = 20 * TICKS_PER_SECOND;
/// Zones are less far apart than this.
const WIDEST: i64 = 24 * HOUR;
/// Records of two logs that stand for one moment are no further apart than this.
const APART: i64 = 5 * TICKS_PER_SECOND;

/// From some moment on the device is in another zone than before, and its service does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) struct Journey {
    /// Between these two it was: when a process had the zone of before last, and the other one first.
    pub(in crate::log) from: i64,
    pub(in crate::log) at: i64,
    /// The service's stamp at the end.
    pub(in crate::log) stamp: Stamp,
    /// How far the device's clock is ahead of the service's from then on.
    pub(in crate::log) ahead: i64,
    /// When it was first seen, in the time of the log of scripts' processes.
    seen: i64,
}

/// A script for a user, or a remediation.
type Of = (Guid, Option<Guid>);

/// What the service said of a script that begins, and which run of it that was.
#[derive(Clone, Copy)]
struct Begin {
    of: Of,
    at: i64,
    stamp: Stamp,
    run: usize,
}

impl Trace {
    /// The journeys that scripts' processes tell of, in order; `base` is the log of the service.
    pub(super) fn journeys(&self, base: &TracedLog) -> Vec<Journey> {
        let Some(helpers) = self.logs.iter().find(|log| log.name == LogFile::AgentExecutor.name()) else {
            return Vec::new();
        };
        let begins = self.begins(base);
        let mut journeys: Vec<Journey> = Vec::new();
        // The begin that the process before was paired with, and a new zone that one process told of.
        let mut last: Option<Begin> = None;
        let mut told: Option<Journey> = None;
        for seen in &helpers.seen {
            let Some(of) = helped(seen) else { continue };
            let known = journeys.last().filter(|_| last.is_some()).map_or(0, |journey| journey.ahead);
            let maybe = told.map(|journey| journey.ahead);
            let after = last.map(|last| last.at);
            let Some((begin, ahead)) = pair(&begins, of, seen.stamp, after, [Some(0), Some(known), maybe]) else {
                continue;
            };
            // A new run of the service has the zone that the device is in.
            let is_new_run = last.is_some_and(|last| last.run != begin.run);
            let before = if is_new_run { 0 } else { known };
            if ahead == before {
                told = None;
            } else if let Some(journey) = told.take_if(|journey| journey.ahead == ahead && journey.at < begin.at) {
                journeys.push(journey);
            } else if told.is_none_or(|journey| journey.ahead != ahead) {
                let from = last.map_or(begin.at, |last| last.at);
                told = Some(Journey { from, at: begin.at, stamp: begin.stamp, ahead, seen: seen.at });
            }
            last = Some(begin);
        }
        journeys
    }

    /// The scripts and remediations that the service begins, in the time of its log.
    fn begins(&self, base: &TracedLog) -> Vec<Begin> {
        let starts: Vec<i64> =
            base.seen.iter().filter(|seen| matches!(seen.what, What::Start { .. })).map(|seen| seen.at).collect();
        let mut begins = Vec::new();
        for log in self.logs.iter().filter(|log| !PROCESSES.map(LogFile::name).contains(&log.name.as_str())) {
            let mut last = i64::MIN;
            for seen in &log.seen {
                let of = if let What::ScriptBegins { script, user } = seen.what {
                    (script, Some(user))
                } else if let What::RemediationBegins(script) = seen.what {
                    (script, None)
                } else {
                    continue;
                };
                last = if log.name == base.name { seen.at } else { base.place_of(seen.stamp, last) };
                let run = starts.partition_point(|start| *start <= last);
                begins.push(Begin { of, at: last, stamp: seen.stamp, run });
            }
        }
        begins.sort_by_key(|begin| begin.at);
        begins
    }
}

/// The script that a process is started for.
fn helped(seen: &Seen) -> Option<Of> {
    if let What::HelperRuns(Helped::Script { script, user }) = seen.what {
        Some((script, Some(user)))
    } else if let What::HelperRuns(Helped::Remediation { script }) = seen.what {
        Some((script?, None))
    } else {
        None
    }
}

/// What a process was begun by, and how far its clock is ahead then: in a zone that is known if that can be, else in that which
/// the next begin of its script has, if a process before has its begin here.
fn pair(begins: &[Begin], of: Of, stamp: Stamp, after: Option<i64>, known: [Option<i64>; 3]) -> Option<(Begin, i64)> {
    let first = begins.partition_point(|begin| after.is_some_and(|after| begin.at < after));
    let mut rest = begins.get(first..)?.iter().filter(|begin| begin.of == of);
    let zone = |begin: &Begin| {
        let off = stamp.ticks() - begin.stamp.ticks();
        let whole = off.div_euclid(QUARTER) * QUARTER;
        (off - whole <= SOON && whole.abs() < WIDEST).then_some(whole)
    };
    let with = |wanted: i64| rest.clone().find(|begin| zone(begin) == Some(wanted)).map(|begin| (*begin, wanted));
    if let Some(found) = known.into_iter().flatten().find_map(with) {
        return Some(found);
    }
    let next = rest.find(|begin| after.is_some_and(|after| begin.at > after))?;
    zone(next).map(|zone| (*next, zone))
}

impl TracedLog {
    /// How far the device's clock is ahead of the service's at a time.
    pub(in crate::log) fn ahead_at(&self, at: i64) -> i64 {
        let starts = self.seen.iter().filter(|seen| seen.at <= at && matches!(seen.what, What::Start { .. }));
        let start = starts.map(|seen| seen.at).next_back().unwrap_or(i64::MIN);
        self.journeys.iter().rfind(|journey| journey.at <= at && journey.at >= start).map_or(0, |journey| journey.ahead)
    }
}

/// Follows the zone of a log in the time of the service's: that of processes of their own may change.
pub(super) struct Traveller<'a> {
    base: &'a TracedLog,
    is_process: bool,
    is_of_scripts: bool,
    last: i64,
}

impl<'a> Traveller<'a> {
    /// For a log, in the time of another.
    pub(super) fn new(base: &'a TracedLog, name: &str) -> Self {
        let is_process = PROCESSES.map(LogFile::name).contains(&name);
        Self { base, is_process, is_of_scripts: name == LogFile::AgentExecutor.name(), last: i64::MIN }
    }

    /// The service's time of a record, which stands there in its own log's time.
    pub(super) fn place(&mut self, stamp: Stamp, own: i64) -> i64 {
        let zone = |ahead: i64| Stamp::from_ticks(stamp.ticks() - ahead);
        let mut placed = self.base.place_of(stamp, self.last);
        for journey in self.base.journeys.iter().filter(|_| self.is_process) {
            let then = self.base.place_of(zone(journey.ahead), self.last);
            let is_after = if self.is_of_scripts {
                own >= journey.seen
            } else {
                then >= journey.at - APART && (placed >= journey.at - APART || placed < self.last.saturating_sub(APART))
            };
            if is_after && self.base.ahead_at(then) == journey.ahead {
                placed = then;
            }
        }
        self.last = placed;
        placed
    }
}
