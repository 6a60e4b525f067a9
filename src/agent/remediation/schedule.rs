//! When a remediation runs, as arithmetic on moments of the device's clock. First read: B-6.4 to B-6.11.
//!
//! A schedule goes on from an *anchor*. Of an hourly or default schedule that is the start of the run before; of a daily one
//! the slot that was run last, as a *label*: the local time written as if it were UTC, so that days are counted by the
//! calendar and not by hours. Before the first run the anchor is the moment of the fetch.
//!
//! A local time that daylight saving leaves out means the first moment after the gap; one that comes twice means the first
//! of the two. So a slot exists exactly once on days of 23, 24 and 25 hours.

use crate::content::Schedule;
use crate::profile::Profile;
use crate::time::{Span, Wall, Zone};

/// What a schedule is reckoned with.
#[derive(Clone, Copy)]
pub(super) struct Reckoning<'a> {
    pub(super) schedule: Schedule,
    pub(super) zone: &'a Zone,
    pub(super) profile: &'a Profile,
    /// How much later than its hours the next hourly run comes (B-6.10).
    pub(super) slack: Span,
}

/// When a remediation is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Not any more.
    Never,
    /// It was due when it was fetched: it is queued (B-6.7, B-6.9).
    AtOnce,
    /// At this moment of the device's clock.
    At(Wall),
}

impl Reckoning<'_> {
    /// The anchor of what is fetched now.
    pub(super) fn fetched(&self, now: Wall) -> Wall {
        match self.schedule {
            Schedule::Daily { utc, .. } => label(self.zone_of(utc), now),
            Schedule::Default | Schedule::Once { .. } | Schedule::Hourly(_) => now,
        }
    }

    /// When it is due next; `ran` once its first run has begun.
    pub(super) fn due(&self, anchor: Wall, ran: bool) -> Due {
        let profile = &self.profile.rem;
        match self.schedule {
            Schedule::Once { .. } if ran => Due::Never,
            Schedule::Once { at, utc } => match self.zone_of(utc).moment(at) {
                at if at <= anchor => Due::AtOnce, // B-6.7
                at => Due::At(at),
            },
            Schedule::Default | Schedule::Hourly(_) if !ran => Due::AtOnce,
            // B-6.4.
            Schedule::Default => Due::At(anchor.after(profile.default_period)),
            Schedule::Hourly(hours) => {
                Due::At(anchor.after(Span::hours(u64::from(hours.get()))).after(self.slack)) // B-6.10
            }
            Schedule::Daily { every, at, utc } => {
                let slot = Slot { day: first_day(anchor, ran, every.get()), secs: at.secs() };
                if !ran && slot.label() <= anchor {
                    return Due::AtOnce; // B-6.7
                }
                Due::At(slot.moment(self.zone_of(utc)).after(profile.daily_start_lag))
            }
        }
    }

    /// The anchor once a run has begun now. Slots that were missed are run with it (B-6.6).
    pub(super) fn begun(&self, anchor: Wall, ran: bool, now: Wall) -> Wall {
        match self.schedule {
            Schedule::Default | Schedule::Once { .. } | Schedule::Hourly(_) => now,
            Schedule::Daily { every, at, utc } => {
                let (zone, every) = (self.zone_of(utc), i64::from(every.get()));
                let first = first_day(anchor, ran, every.unsigned_abs().try_into().unwrap_or(u32::MAX));
                let passed = (day(label(zone, now)) - first).max(0) / every;
                let slot = |n: i64| Slot { day: first + n * every, secs: at.secs() };
                let is_due = |slot: &Slot| slot.moment(zone).after(self.profile.rem.daily_start_lag) <= now;
                // The last slot that is over; the one of today may be ahead.
                let last = Some(slot(passed)).filter(|slot| passed == 0 || is_due(slot));
                last.unwrap_or_else(|| slot(passed - 1)).label()
            }
        }
    }

    /// The anchor, unless the clock was stepped back by more than a period since: then the schedule goes on from now, so
    /// that no step delays a run by more than one period.
    pub(super) fn not_ahead(&self, anchor: Wall, now: Wall) -> Wall {
        let rem = &self.profile.rem;
        let period = match self.schedule {
            Schedule::Once { .. } => return anchor,
            Schedule::Default => rem.default_period,
            Schedule::Hourly(hours) => Span::hours(u64::from(hours.get())),
            Schedule::Daily { every, .. } => Span::days(u64::from(every.get())),
        };
        let here = self.fetched(now);
        if anchor > here.after(period) { here } else { anchor }
    }

    fn zone_of(&self, utc: bool) -> &Zone {
        const UTC: &Zone = &Zone::UTC;
        if utc { UTC } else { self.zone }
    }
}

/// The calendar day of the next slot.
fn first_day(anchor: Wall, ran: bool, every: u32) -> i64 {
    if ran { day(anchor) + i64::from(every) } else { day(anchor) }
}

/// A time of day on a calendar day, counted from 1970.
#[derive(Clone, Copy)]
struct Slot {
    day: i64,
    secs: u32,
}

impl Slot {
    fn label(&self) -> Wall {
        Wall::from_unix_millis(self.day.saturating_mul(DAY_MS).saturating_add(i64::from(self.secs) * 1_000))
    }

    fn moment(&self, zone: &Zone) -> Wall {
        zone.moment(self.label())
    }
}

const DAY_MS: i64 = 86_400_000;

/// The calendar day of a label.
const fn day(label: Wall) -> i64 {
    label.unix_millis().div_euclid(DAY_MS)
}

/// The local time of a moment, written as if it were UTC.
fn label(zone: &Zone, at: Wall) -> Wall {
    Wall::from_unix_millis(at.unix_millis().saturating_add(i64::from(zone.offset_at(at)) * 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{Days, Hours, TimeOfDay};

    const HOUR: i64 = 3_600_000;

    /// Berlin in 2026: summer time from 2026-03-29T01:00Z to 2026-10-25T01:00Z.
    fn berlin() -> Zone {
        let offsets =
            vec![(Wall::MIN, 3_600), (utc("2026-03-29T01:00:00Z"), 7_200), (utc("2026-10-25T01:00:00Z"), 3_600)];
        Zone { name: "Europe/Berlin".to_owned(), offsets }
    }

    fn utc(text: &str) -> Wall {
        Wall::from_unix_millis(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
    }

    fn daily(every: u32, hour: u32, minute: u32) -> Schedule {
        let at = TimeOfDay::try_from(hour * 3_600 + minute * 60).unwrap();
        Schedule::Daily { every: Days::try_from(every).unwrap(), at, utc: false }
    }

    /// The moments of so many runs of a schedule from a fetch on, each started when it is due.
    fn runs(schedule: Schedule, zone: &Zone, fetched: Wall, count: usize) -> Vec<Wall> {
        let profile = Profile::default();
        let with = Reckoning { schedule, zone, profile: &profile, slack: Span::ZERO };
        let (mut anchor, mut ran, mut all) = (with.fetched(fetched), false, Vec::new());
        for _ in 0..count {
            let at = match with.due(anchor, ran) {
                Due::Never => break,
                Due::AtOnce => fetched.after(profile.rem.first_run_delay),
                Due::At(at) => at,
            };
            anchor = with.begun(anchor, ran, at);
            ran = true;
            all.push(at);
        }
        all
    }

    /// B-6.4, T7: on each of 400 days the slot comes once, whatever the length of the day.
    #[test]
    fn a_daily_slot_comes_once_on_every_day_of_the_calendar() {
        let zone = berlin();
        for (hour, minute) in [(0, 0), (1, 59), (2, 0), (2, 30), (3, 0), (23, 59)] {
            let all = runs(daily(1, hour, minute), &zone, utc("2025-12-31T23:00:00Z"), 400);
            let first = day(label(&zone, all[0]));
            for (n, at) in (0..).zip(&all) {
                assert_eq!(day(label(&zone, *at)), first + n, "{hour:02}:{minute:02}, run {n} at {at}");
            }
        }
    }

    /// B-6.4, B-6.10: in the gap the slot of 02:30 is 03:00, in the fold the first 02:30, and 8 s later it starts.
    #[test]
    fn a_slot_in_a_gap_or_a_fold_has_one_moment() {
        let zone = berlin();
        let all = runs(daily(1, 2, 30), &zone, utc("2026-03-27T12:00:00Z"), 4);
        let expected = ["2026-03-27T12:05:00Z", "2026-03-28T01:30:08Z", "2026-03-29T01:00:08Z", "2026-03-30T00:30:08Z"];
        assert_eq!(all, expected.map(utc));
        let all = runs(daily(1, 2, 30), &zone, utc("2026-10-24T00:00:00Z"), 3);
        assert_eq!(all, ["2026-10-24T00:30:08Z", "2026-10-25T00:30:08Z", "2026-10-26T01:30:08Z"].map(utc));
    }

    /// A gap that ends on the next day (as in Greenland) does not swallow that day's own slot.
    #[test]
    fn a_gap_over_midnight_keeps_both_days() {
        let offsets = vec![(Wall::MIN, -7_200), (utc("2026-03-29T01:00:00Z"), -3_600)];
        let zone = Zone { name: "America/Nuuk".to_owned(), offsets };
        let all = runs(daily(1, 23, 30), &zone, utc("2026-03-27T12:00:00Z"), 3);
        assert_eq!(all, ["2026-03-28T01:30:08Z", "2026-03-29T01:00:08Z", "2026-03-30T00:30:08Z"].map(utc));
    }

    /// B-6.6: three days asleep are one run, and the grid of every other day goes on.
    #[test]
    fn missed_slots_are_run_once() {
        let (zone, profile) = (Zone::utc(), Profile::default());
        let with = Reckoning { schedule: daily(2, 9, 0), zone: &zone, profile: &profile, slack: Span::ZERO };
        let anchor = with.begun(with.fetched(utc("2026-01-05T06:00:00Z")), false, utc("2026-01-05T09:00:08Z"));
        assert_eq!(with.due(anchor, true), Due::At(utc("2026-01-07T09:00:08Z")));
        // Slots of the 7th and the 9th are missed.
        let anchor = with.begun(anchor, true, utc("2026-01-10T07:00:00Z"));
        assert_eq!(with.due(anchor, true), Due::At(utc("2026-01-11T09:00:08Z")));
        // The slot of the 11th is run early on the 12th, that of the 13th in time.
        let anchor = with.begun(anchor, true, utc("2026-01-12T03:00:00Z"));
        assert_eq!(with.due(anchor, true), Due::At(utc("2026-01-13T09:00:08Z")));
    }

    /// B-6.7, B-6.9: what is due at the fetch is queued; a time of day that is ahead is waited for.
    #[test]
    fn what_is_due_at_the_fetch_is_queued() {
        let (zone, profile) = (berlin(), Profile::default());
        let with = |schedule| Reckoning { schedule, zone: &zone, profile: &profile, slack: Span::ZERO };
        let fetch = utc("2026-07-01T08:00:00Z"); // 10:00 in Berlin
        let due = |schedule| with(schedule).due(with(schedule).fetched(fetch), false);
        assert_eq!(due(Schedule::Default), Due::AtOnce);
        assert_eq!(due(Schedule::Hourly(Hours::try_from(23).unwrap())), Due::AtOnce);
        assert_eq!(due(daily(1, 10, 0)), Due::AtOnce);
        assert_eq!(due(daily(1, 10, 1)), Due::At(utc("2026-07-01T08:01:08Z")));
        let once = |utc, at: &str| Schedule::Once { at: self::utc(at), utc };
        assert_eq!(due(once(false, "2026-07-01T10:00:00Z")), Due::AtOnce);
        assert_eq!(due(once(true, "2026-07-01T10:00:00Z")), Due::At(utc("2026-07-01T10:00:00Z")));
        let anchor = with(once(true, "2026-07-01T10:00:00Z")).fetched(fetch);
        assert_eq!(with(once(true, "2026-07-01T10:00:00Z")).due(anchor, true), Due::Never);
    }

    /// T1: a step of the clock delays a run by one period at most, and a small one brings no slot twice.
    #[test]
    fn a_step_back_delays_by_one_period_at_most() {
        let (zone, profile) = (Zone::utc(), Profile::default());
        let with = Reckoning { schedule: daily(1, 9, 0), zone: &zone, profile: &profile, slack: Span::ZERO };
        let ran = utc("2026-01-05T09:00:08Z");
        let anchor = with.begun(with.fetched(ran.before(Span::hours(3))), false, ran);
        for back in [1, 23, 25, 24 * 400] {
            let now = ran.before(Span::millis((back * HOUR).unsigned_abs()));
            let Due::At(at) = with.due(with.not_ahead(anchor, now), true) else { panic!("a daily run is due") };
            assert!(at > now && at.since(now) <= Span::hours(48).saturating_add(Span::secs(8)), "{back} h: {at}");
        }
        let hour_back = with.not_ahead(anchor, ran.before(Span::hours(1)));
        assert_eq!(with.due(hour_back, true), Due::At(utc("2026-01-06T09:00:08Z")));
    }

    /// A clock that was set back by a period and no more moves no schedule; by more, it goes on from now.
    #[test]
    fn an_anchor_lies_a_period_ahead_at_most() {
        let (zone, profile, now) = (Zone::utc(), Profile::default(), utc("2026-01-05T12:00:00Z"));
        let hourly = Schedule::Hourly(Hours::try_from(2).unwrap());
        for (schedule, period) in
            [(Schedule::Default, Span::days(1)), (hourly, Span::hours(2)), (daily(3, 9, 0), Span::days(3))]
        {
            let with = Reckoning { schedule, zone: &zone, profile: &profile, slack: Span::ZERO };
            let ahead = now.after(period);
            assert_eq!(with.not_ahead(ahead, now), ahead, "{schedule:?}");
            assert_eq!(with.not_ahead(ahead.after(Span::millis(1)), now), now, "{schedule:?}");
        }
    }
}
