//! When remediations run by their schedules (B-6.4, B-6.6, B-6.10).
//!
//! A schedule is told as it is looked at: by us when it comes, by the real agent at each fetch and before each run. A first run
//! is another rule's (B-6.9); each one after it is held against the run before, or against the time of day. State is kept for
//! each user, and no record of a run says whose it is, so a run may go on from any of those before.

use std::collections::{BTreeMap, VecDeque};

use super::SLACK;
use super::house::{SOON, is_by_summer_time, was_away};
use super::kind::DecisionKind;
use super::start::seconds;
use super::verdict::{Judge, Reason, Said, length, millis, ticks};
use crate::log::clock::is_night_to_sunday;
use crate::log::event::Guid;
use crate::log::forecast::moment;
use crate::log::trace::{Plan, Seen, TracedLog, What};
use crate::time::Span;

/// Zones of clocks differ by multiples of this.
const QUARTER: i64 = 15 * 20 * SLACK;
const HOUR: i64 = 4 * QUARTER;
const DAY: i64 = 24 * HOUR;
/// More users than this have no states of their own here.
const USERS: usize = 16;

/// What is known of a remediation.
struct Known<'a> {
    plan: Plan,
    /// The record that told of the schedule first.
    told: &'a Seen,
    /// The runs that the next may go on from.
    runs: VecDeque<Run<'a>>,
}

/// A run and the day whose slot it used up, counted from 1970, if its schedule has such.
#[derive(Clone, Copy)]
struct Run<'a> {
    seen: &'a Seen,
    day: i64,
}

/// When a run should have come: not before and not after, in the log's time; and the same for people.
struct Due {
    from: i64,
    to: i64,
    expected: String,
}

/// Judges the runs of all remediations whose schedules are told.
pub(super) fn log(log: &TracedLog, judge: &mut Judge<'_>) {
    let mut policies: BTreeMap<Guid, Known<'_>> = BTreeMap::new();
    let mut around = Around::default();
    for (place, seen) in log.seen.iter().enumerate() {
        around.see(seen);
        if let What::Scheduled { script, plan } = seen.what {
            let known = policies.entry(script).or_insert_with(|| Known { plan, told: seen, runs: VecDeque::new() });
            if known.plan != plan {
                *known = Known { plan, told: seen, runs: VecDeque::new() };
            }
        } else if let What::RemediationBegins(script) = seen.what
            && let Some(known) = policies.get_mut(&script)
        {
            let rest = log.seen.get(place + 1..).unwrap_or(&[]);
            Judging { log, around: &around, seen, judge }.run(known, launch(seen, rest));
        }
    }
}

/// The start of the script's process, where it is told: the agent looks at some things before (B-6.10).
fn launch<'a>(begin: &'a Seen, rest: &'a [Seen]) -> &'a Seen {
    let on_thread =
        rest.iter().take_while(|seen| seen.at - begin.at <= SOON).filter(|seen| seen.thread == begin.thread);
    let is_over = |seen: &&Seen| matches!(seen.what, What::RemediationBegins(_) | What::DetectionExit(_));
    on_thread.take_while(|seen| !is_over(seen)).find(|seen| seen.what == What::Launched).unwrap_or(begin)
}

/// What else goes on, up to a moment.
#[derive(Default)]
struct Around {
    /// Remediations that ran, from when to when: they never run at once (B-6.13).
    works: Vec<(i64, i64)>,
    /// Since when the status page is open, and when it was open last (B-6.12).
    page: Option<i64>,
    pages: Vec<(i64, i64)>,
    /// When the queue said that the runner would come, within a quarter of an hour: it is in UTC.
    queued: Option<i64>,
    log_on: Option<i64>,
    no_user: Option<i64>,
}

impl Around {
    fn see(&mut self, seen: &Seen) {
        let at = seen.at;
        if let What::RemediationBegins(_) = seen.what {
            self.works.push((at, at));
        } else if let What::DetectionExit(_) | What::RemediationExit(_) | What::RemediationEnds(_) = seen.what {
            if let Some((_, end)) = self.works.last_mut() {
                *end = at;
            }
        } else if let What::Page(phase) | What::Phase(phase) = seen.what {
            if phase.is_open() {
                self.page = self.page.or(Some(at));
            } else if let Some(since) = self.page.take() {
                self.pages.push((since, at));
            }
        } else if let What::Queued(text) = &seen.what {
            let queued = moment(text, seen.stamp).map(|then| (then - seen.stamp.ticks()).rem_euclid(QUARTER));
            self.queued = queued.map(|after| at + after).or(self.queued);
        } else if let What::LogOn = seen.what {
            self.log_on = Some(at);
        } else if let What::NoUser = seen.what {
            self.no_user = Some(at);
        }
    }

    /// Whether a run is one of those that were queued for the moment (B-6.9), one after another.
    fn is_of_queue(&self, at: i64) -> bool {
        let first = self.back_to_back(at);
        self.queued.is_some_and(|then| then >= first - SOON && then <= at + SLACK)
    }

    /// Since when one remediation has followed another without a pause up to a moment.
    fn back_to_back(&self, at: i64) -> i64 {
        let mut first = at;
        for (begin, end) in self.works.iter().rev().filter(|(begin, _)| *begin < at) {
            if first - end > SOON {
                break;
            }
            first = *begin;
        }
        first
    }
}

/// One run that is judged.
struct Judging<'a, 'j, 'p> {
    log: &'j TracedLog,
    around: &'j Around,
    seen: &'a Seen,
    judge: &'j mut Judge<'p>,
}

impl<'a> Judging<'a, '_, '_> {
    fn run(&mut self, known: &mut Known<'a>, start: &'a Seen) {
        let rem = &self.judge.profile.rem;
        match known.plan {
            Plan::Hours(hours) => {
                let slack = (ticks(rem.hourly_slack.min), ticks(rem.hourly_slack.max));
                self.by_period(known, ticks(Span::hours(hours)), slack);
            }
            Plan::Usual => self.by_period(known, ticks(rem.default_period), (0, 0)),
            Plan::Days { days, second, is_utc: false } => self.by_day(known, start, days, second),
            Plan::Days { second, is_utc: true, .. } => self.by_utc(known, start, second),
        }
    }

    /// Keeps a run as one that the next may go on from, in place of another.
    fn keep(&self, known: &mut Known<'a>, place: Option<usize>, day: i64) {
        let run = Run { seen: self.seen, day };
        match place.and_then(|place| known.runs.get_mut(place)) {
            Some(before) => *before = run,
            None => {
                known.runs.truncate(USERS - 1);
                known.runs.push_front(run);
            }
        }
    }

    /// B-6.4, B-6.10: so long after the run before, with some slack.
    fn by_period(&mut self, known: &mut Known<'a>, every: i64, slack: (i64, i64)) {
        let (at, least, most) = (self.seen.at, every + slack.0, every + slack.1);
        let is_on_time = |run: &Run<'_>| {
            let after = at - run.seen.at;
            (least - SLACK..=most + SLACK).contains(&after) || is_by_summer_time(run.seen, self.seen, least, most)
        };
        let range = if least == most { length(least) } else { format!("{} to {}", length(least), length(most)) };
        let expected = format!("{range} after the one before");
        // What is on time, else what its hours have passed since, the last such.
        let due = (0..known.runs.len())
            .filter(|place| known.runs.get(*place).is_some_and(|run| at - run.seen.at >= every - SLACK));
        let on_time = known.runs.iter().position(is_on_time);
        let Some(place) =
            on_time.or_else(|| due.max_by_key(|place| known.runs.get(*place).map_or(0, |run| run.seen.at)))
        else {
            return self.early(known, expected, 0);
        };
        let before = known.runs.get(place).map_or(at, |run| run.seen.at);
        self.keep(known, Some(place), 0);
        let shown = length(at - before);
        if self.log.is_doubtful(before, at) {
            let said = Said::not_judged(Reason::ZoneChanged, expected, shown);
            return self.judge.say(self.seen, DecisionKind::RemediationRun, said);
        }
        if on_time.is_none() && at - before > most {
            return self.late(&Due { from: before + least, to: before + most, expected }, before, shown);
        }
        if slack.1 > 0 {
            self.judge.sample("rem.hourly_slack", millis((at - before - every).max(0)));
        }
        self.judge.say(self.seen, DecisionKind::RemediationRun, Said::fits(on_time.is_some(), expected, shown));
    }

    /// B-6.4, B-6.10: on every so many days at a time of the device's clock.
    fn by_day(&mut self, known: &mut Known<'a>, start: &'a Seen, days: u64, second: u64) {
        let lag = ticks(self.judge.profile.rem.daily_start_lag);
        let slot = |day: i64| day * DAY + seconds(second);
        let days = i64::try_from(days).unwrap_or(1).max(1);
        // The schedule goes by the device's clock, records by that of the service.
        let now = start.stamp.ticks() + self.log.ahead_at(start.at);
        let last_slot = (now - slot(0) + SLACK).div_euclid(DAY);
        let expected = if days == 1 { "day".to_owned() } else { format!("{days} days") };
        let expected = format!("{} after {} on every {expected}", length(lag), clock_time(second));
        if known.runs.is_empty() {
            let told = known.told.stamp.ticks();
            let day = told.div_euclid(DAY);
            if slot(day) <= told {
                // B-6.7: its time was over, so it ran at once.
                return self.keep(known, None, last_slot.max(day));
            }
            known.runs.push_front(Run { seen: known.told, day: day - days });
        }
        let since = |place: &usize| last_slot - known.runs.get(*place).map_or(last_slot, |run| run.day);
        let Some(place) = (0..known.runs.len()).filter(|place| since(place) >= days).min_by_key(since) else {
            return self.early(known, expected, last_slot);
        };
        let Some(before) = known.runs.get(place).copied() else { return };
        let after = now - slot(last_slot);
        let is_on_time = after <= lag + SLACK || is_after_gap(slot(last_slot), now - lag);
        let used = before.day + (last_slot - before.day) / days * days;
        let (due, shown) = (slot(before.day + days), format!("at {}", clock_time(second_of_day(now))));
        self.keep(known, Some(place), used);
        if after <= lag + SLACK && used == last_slot {
            self.judge.sample("rem.daily_start_lag", millis(after.max(0)));
        }
        let is_too_soon = after < lag - SLACK && used == last_slot;
        if is_too_soon || is_on_time && last_slot == before.day + days {
            let said = Said::fits(!is_too_soon, expected, shown);
            return self.judge.say(self.seen, DecisionKind::RemediationRun, said);
        }
        let due = self.seen.at - (now - due) + lag;
        self.late(&Due { from: due, to: due, expected }, before.seen.at, shown);
    }

    /// The zone of the device is not told, so its time is known but for quarters of an hour.
    fn by_utc(&mut self, known: &mut Known<'a>, start: &'a Seen, second: u64) {
        let lag = self.judge.profile.rem.daily_start_lag;
        let after = (start.stamp.ticks() - seconds(second) + SLACK).rem_euclid(QUARTER) - SLACK;
        let expected = format!("{lag} after {} UTC", clock_time(second));
        let is_first = known.runs.is_empty();
        self.keep(known, None, 0);
        let shown = format!("{} after a quarter of an hour", length(after));
        if (after - ticks(lag)).abs() <= SLACK {
            self.judge.sample("rem.daily_start_lag", millis(after));
            self.judge.say(self.seen, DecisionKind::RemediationRun, Said::fits(true, expected, shown));
        } else if !is_first {
            self.judge.say(
                self.seen,
                DecisionKind::RemediationRun,
                Said::not_judged(Reason::ZoneUnknown, expected, shown),
            );
        }
    }

    /// Sooner than its schedule: as something new, or as nobody knows.
    fn early(&mut self, known: &mut Known<'a>, expected: String, day: i64) {
        let last = known.runs.iter().map(|run| run.seen.at).max();
        self.keep(known, None, day);
        let Some(last) = last.filter(|_| !self.around.is_of_queue(self.seen.at)) else { return };
        let is_doubtful = self.log.is_doubtful(last, self.seen.at);
        let reason = if is_doubtful { Reason::ZoneChanged } else { Reason::OnDemand };
        let shown = length(self.seen.at - last);
        self.judge.say(self.seen, DecisionKind::RemediationRun, Said::not_judged(reason, expected, shown));
    }

    /// B-6.6: as soon as the device is back, its user is there, and nothing else runs.
    fn late(&mut self, due: &Due, before: i64, shown: String) {
        let (at, around) = (self.seen.at, self.around);
        let page = around.pages.iter().rev().find(|(from, to)| *from <= due.to + SLACK && *to > due.from);
        let expected = due.expected.as_str();
        let said = if was_away(self.log, (due.from, due.to), at) {
            Said::fits(true, format!("{expected}, or as soon as the device is there again"), shown)
        } else if around.back_to_back(at) <= due.to + SLACK {
            Said::fits(true, format!("{expected}, or once those before it are over"), shown)
        } else if page.is_some_and(|(_, closed)| at - closed <= SOON) {
            Said::fits(true, format!("{expected}, or once the status page is closed"), shown)
        } else if around.log_on.is_some_and(|log_on| log_on > due.from && at - log_on <= SOON) {
            Said::fits(true, format!("{expected}, or once its user is there"), shown)
        } else if self.log.is_doubtful(before, at) {
            Said::not_judged(Reason::ZoneChanged, expected, shown)
        } else if around.no_user.is_some_and(|none| none > due.from) {
            Said::not_judged(Reason::NoUser, expected, shown)
        } else {
            Said::fits(false, expected, shown)
        };
        self.judge.say(self.seen, DecisionKind::RemediationRun, said);
    }
}

/// Whether a slot lies in an hour that summer time leaves out, so that the first moment after it counts.
fn is_after_gap(slot: i64, start: i64) -> bool {
    let is_after = (0..=HOUR).contains(&(start - slot)) && start.rem_euclid(2 * QUARTER) <= SLACK;
    is_after && is_night_to_sunday(slot)
}

fn second_of_day(at: i64) -> u64 {
    u64::try_from(at.rem_euclid(DAY) / seconds(1)).unwrap_or(0)
}

fn clock_time(second: u64) -> String {
    format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}
