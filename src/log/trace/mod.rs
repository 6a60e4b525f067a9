//! The events of logs that decisions are made of, each with its place: what [`conform`](super::conform) judges and
//! [`forecast`](super::forecast) goes on from.

mod join;
mod journey;
mod runs;
mod settle;
mod what;
mod work;

use std::io::{self, Read};

use serde::Serialize;

pub(in crate::log) use journey::Journey;
pub(in crate::log) use runs::Run;
pub(in crate::log) use settle::Unsure;
pub(in crate::log) use what::{Helped, Hold, Phase, Plan, Poll, SERVICE_RUNS, What};

use super::clock::{Clock, HELPER, Hint, Jump};
use super::event::Event;
use super::reader::{Kind, Reader};
use super::record::{LogFile, Stamp, TICKS_PER_SECOND};

/// A silence that is shorter is no sleep.
const SHORTEST_SLEEP: i64 = 5 * TICKS_PER_SECOND;

/// The logs of processes of their own.
const PROCESSES: [LogFile; 3] = [LogFile::AgentExecutor, LogFile::ClientHealth, LogFile::ClientCertCheck];

/// What logs tell of decisions, in the order of their files.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    pub(in crate::log) logs: Vec<TracedLog>,
}

/// One log, its parts joined.
#[derive(Clone, Debug)]
pub(in crate::log) struct TracedLog {
    pub(in crate::log) name: String,
    pub(in crate::log) parts: Vec<String>,
    pub(in crate::log) seen: Vec<Seen>,
    /// Stretches without a record, in units of 100 nanoseconds.
    pub(in crate::log) silences: Vec<(i64, i64)>,
    /// Those and stretches in which the service did not run.
    pub(in crate::log) gaps: Vec<(i64, i64)>,
    /// Silences in which the device must have slept, and for how long at least.
    pub(in crate::log) sleeps: Vec<(i64, i64, i64)>,
    /// Where records were overwritten or the zone changed.
    pub(in crate::log) doubts: Vec<(i64, Doubt)>,
    /// Starts before which the service was off, or after which its zone is another.
    pub(in crate::log) unsure: Vec<Unsure>,
    /// Changes of the device's zone that the service did not notice.
    pub(in crate::log) journeys: Vec<Journey>,
    /// The time of the first record.
    first: Option<i64>,
    /// The time and stamp of the last record.
    pub(in crate::log) last: Option<(i64, Stamp)>,
    /// Stamps are so far ahead of time, from each time on.
    shifts: Vec<(i64, i64)>,
}

/// Why a stretch of a log proves little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) enum Doubt {
    Torn,
    Zone,
}

/// One event.
#[derive(Clone, Debug)]
pub(in crate::log) struct Seen {
    pub(in crate::log) what: What,
    /// In the zone of the log's first record, in units of 100 nanoseconds.
    pub(in crate::log) at: i64,
    pub(in crate::log) stamp: Stamp,
    pub(in crate::log) thread: Option<u32>,
    /// Which log of the trace it stands in.
    log: usize,
    part: usize,
    offset: u64,
    /// Whether the process of the service wrote it.
    is_of_service: bool,
}

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, a part of a log.
    pub file: String,
    /// Its first byte there.
    pub offset: u64,
}

impl Trace {
    /// Reads one log from its parts with their names, oldest first; gives the number of records.
    ///
    /// # Errors
    /// What a part fails with.
    pub fn read<R: Read>(
        &mut self,
        name: &str,
        parts: impl IntoIterator<Item = (String, io::Result<R>)>,
    ) -> io::Result<u64> {
        let mut log = TracedLog::new(name);
        let mut clock = Clock::default();
        let (mut is_service, mut has_stopped) = (name == LogFile::IntuneManagementExtension.name(), false);
        let number = self.logs.len();
        let is_of_service = !PROCESSES.map(LogFile::name).contains(&name);
        let mut records = 0;
        for (file, part) in parts {
            let mut reader = Reader::new(part?);
            while let Some(piece) = reader.next()? {
                let entry = match piece.kind {
                    Kind::Record(entry) => entry,
                    Kind::Torn { .. } => {
                        log.doubts.extend(log.last.map(|(at, _)| (at, Doubt::Torn)));
                        records += 1;
                        continue;
                    }
                    Kind::Truncated { .. } => {
                        records += 1;
                        continue;
                    }
                    Kind::Foreign(_) | Kind::Blank => continue,
                };
                records += 1;
                let record = entry.record;
                let mut what = Event::parse(record.message).as_ref().and_then(What::of);
                // A start whose record was overwritten is known by its timers, which no run arms twice (B-4.8).
                let is_lost = has_stopped && record.thread == Some(4) && matches!(what, Some(What::Armed(..)));
                let is_start = is_lost || matches!(what, Some(What::Start { .. }));
                is_service |= is_start;
                let is_helper = record.thread == Some(HELPER);
                let hint = Hint { is_start, is_service, is_helper, has_stopped, bias: entry.zone };
                has_stopped = (has_stopped || what == Some(What::Stopped)) && !is_start;
                let (at, jump) = clock.see(record.stamp, hint);
                log.time(at, record.stamp, jump, is_start);
                let here = |what| Seen {
                    what,
                    at,
                    stamp: record.stamp,
                    thread: record.thread,
                    log: number,
                    part: log.parts.len(),
                    offset: piece.range.start,
                    is_of_service,
                };
                if is_lost {
                    log.seen.push(here(What::Start { is_told: false }));
                }
                if let Some(what) = what.take() {
                    let seen = here(what);
                    log.seen.push(seen);
                }
            }
            log.parts.push(file);
        }
        self.logs.push(log);
        Ok(records)
    }

    /// The log of the service, if it is there.
    pub(in crate::log) fn service(&self) -> Option<&TracedLog> {
        self.logs
            .iter()
            .find(|log| log.seen.iter().any(|seen| matches!(seen.what, What::Start { .. } | What::Held(..))))
            .or_else(|| self.logs.iter().find(|log| log.name == LogFile::IntuneManagementExtension.name()))
    }

    /// The log that an event stands in.
    pub(in crate::log) fn log_of(&self, seen: &Seen) -> Option<&TracedLog> {
        self.logs.get(seen.log)
    }

    /// Where an event stands.
    pub(in crate::log) fn place(&self, seen: &Seen) -> Place {
        let file = self.log_of(seen).and_then(|log| log.parts.get(seen.part)).cloned().unwrap_or_default();
        Place { file, offset: seen.offset }
    }
}

impl TracedLog {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            parts: Vec::new(),
            seen: Vec::new(),
            silences: Vec::new(),
            gaps: Vec::new(),
            sleeps: Vec::new(),
            doubts: Vec::new(),
            unsure: Vec::new(),
            journeys: Vec::new(),
            first: None,
            last: None,
            shifts: Vec::new(),
        }
    }

    fn time(&mut self, at: i64, stamp: Stamp, jump: Option<Jump>, is_start: bool) {
        let shift = stamp.ticks() - at;
        if self.shifts.last().is_none_or(|(_, known)| *known != shift) {
            self.shifts.push((at, shift));
        }
        if let Some((last, _)) = self.last {
            if at - last >= SHORTEST_SLEEP {
                self.gaps.push((last, at));
                if !is_start {
                    self.silences.push((last, at));
                }
            }
            if let Some(Jump::Asleep { at_least, .. }) = jump {
                self.sleeps.push((last, at, at_least.saturating_mul(TICKS_PER_SECOND / 1_000)));
            }
            if let Some(Jump::Zone { .. } | Jump::Step { .. }) = jump
                && !is_start
            {
                self.doubts.push((last, Doubt::Zone));
            }
            if let Some(Jump::ZoneOrOff { minutes, .. }) = jump {
                self.doubts.push((last, Doubt::Zone));
                self.unsure.push(Unsure { last, at, stamp, zone: minutes * 60 * TICKS_PER_SECOND });
            }
        }
        self.first = self.first.or(Some(at));
        self.last = Some((at, stamp));
    }

    /// Whether the clock was set or the zone of the device changed between two moments.
    pub(in crate::log) fn is_doubtful(&self, from: i64, to: i64) -> bool {
        let is_within = |journey: &Journey| journey.from <= to && journey.at >= from;
        self.journeys.iter().any(is_within)
            || self.doubts.iter().any(|(at, doubt)| *doubt == Doubt::Zone && (from..=to).contains(at))
    }

    /// The time of another log's stamp in this one.
    pub(in crate::log) fn time_of(&self, stamp: Stamp) -> i64 {
        let ticks = stamp.ticks();
        let known = self.shifts.iter().rev().find(|(from, shift)| ticks - shift >= *from);
        ticks - known.or(self.shifts.first()).map_or(0, |(_, shift)| *shift)
    }

    /// What a time after the last record would be on the device's clock.
    pub(in crate::log) fn stamp_of(&self, at: i64) -> Stamp {
        Stamp::from_ticks(at + self.shifts.last().map_or(0, |(_, shift)| *shift))
    }
}
