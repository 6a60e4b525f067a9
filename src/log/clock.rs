//! What became of the device's clock: records have no zone, so a jump between two of them may be time or not.
//!
//! The order of a file is the order of events, whatever the stamps say. A jump is told by its size and by what stands around
//! it: zones differ by quarters of an hour, a process keeps the zone that it found at its start, a service that starts may have
//! been off or found another zone, which its stamps do not tell apart if it was off for whole half hours, two writers of one
//! file race each other by seconds. Where the timers of the agent
//! ran on awake time alone, they tell how long it slept
//! ([`Lateness`]).

use serde::Serialize;

use super::event::Workload;
use super::record::{Stamp, TICKS_PER_SECOND};

/// Processes that the service starts write on this thread.
pub(super) const HELPER: u32 = 1;
const MINUTE: i64 = 60 * TICKS_PER_SECOND;
const QUARTER: i64 = 15 * MINUTE;
/// A service that starts in a new zone was away for this long at most; what is longer counts as time.
const AWAY: i64 = 5 * MINUTE;
/// Zones are no further apart than this.
const WIDEST: i64 = 26 * 60 * MINUTE;
/// Two writers of one file are no further apart than this.
const RACE: i64 = MINUTE;
/// While the service runs and the device is awake it asks for required apps every 55 to 65 minutes.
const LONGEST_SILENCE: i64 = 65 * MINUTE;

/// A jump of the clock, or a stretch without records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "jump", rename_all = "kebab-case")]
pub enum Jump {
    /// The clock shows another zone from here on, so many minutes further east; or another writer has another zone.
    Zone {
        /// Minutes, a multiple of 15.
        minutes: i64,
    },
    /// The service starts after so many milliseconds by the clock: it did not run for so long, or the clock shows another zone
    /// from here on, so many minutes further east, and stamps alone do not tell. Time goes on as if the zone had changed.
    ZoneOrOff {
        /// Minutes, a multiple of 30.
        minutes: i64,
        /// From the last record of the run before to the first of this one.
        millis: i64,
    },
    /// The clock was set back by so many milliseconds.
    Step {
        /// How far back.
        millis: i64,
    },
    /// Two writers of one file: this one is so many milliseconds behind the other.
    Race {
        /// How far behind.
        millis: i64,
    },
    /// The device slept: the service runs on, but it was silent longer than it can be.
    Asleep {
        /// The silence.
        millis: i64,
        /// The least part of it that was sleep.
        at_least: i64,
    },
    /// The service did not run for so long; the device may have been off.
    Off {
        /// From the last record of the run before to the first of this one, without a change of zone.
        millis: i64,
    },
}

/// What is known of a record when its time is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// It is the first of a run of the service.
    pub is_start: bool,
    /// It stands in the log of the service, which is never silent for long.
    pub is_service: bool,
    /// Another process than the service wrote it, which may have another zone: a process keeps that of its start.
    pub is_helper: bool,
    /// The run of the service before said that it stops. It may go on for some seconds while the next has started.
    pub has_stopped: bool,
    /// Minutes from local time to UTC, where the record says so.
    pub bias: Option<i32>,
}

/// Follows the stamps of one log.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    last: Option<i64>,
    /// What is to be taken from stamps so that they go on in the zone of the first record.
    shift: i64,
    /// The zone before the last change and the last stamp in it.
    before: Option<(i64, i64)>,
    /// What is known of the last record.
    above: Hint,
}

impl Clock {
    /// Takes the next record in the order of the file. Gives its time in the zone of the first record, in units of 100
    /// nanoseconds, and what is odd about it.
    pub fn see(&mut self, stamp: Stamp, hint: Hint) -> (i64, Option<Jump>) {
        let now = stamp.ticks();
        let jump = self.last.and_then(|last| self.judge(last, now, hint));
        if let Some(Jump::Zone { minutes } | Jump::ZoneOrOff { minutes, .. }) = jump {
            self.before = self.last.map(|last| (self.shift, last));
            self.shift += minutes * MINUTE;
        } else if let (Some(Jump::Step { .. }), Some(last)) = (jump, self.last) {
            // How much time went by is not known; it goes on from where it was.
            self.shift += now - last;
        }
        (self.last, self.above) = (Some(now), hint);
        (now - self.shift, jump)
    }

    fn judge(&self, last: i64, now: i64, hint: Hint) -> Option<Jump> {
        let passed = now - last;
        if !hint.is_start && (0..=QUARTER).contains(&passed) {
            // Nearly every record.
            return None;
        }
        let millis = |ticks: i64| ticks / (TICKS_PER_SECOND / 1_000);
        if passed < 0 {
            // The least that the clock can have been set back: the time that went by is not known.
            let back = (-passed + QUARTER - 1).div_euclid(QUARTER) * QUARTER;
            let is_zone = -passed > 2 * QUARTER - AWAY && back + passed <= AWAY && back <= WIDEST;
            return Some(match -passed {
                behind if behind > RACE && may_end_summer(last, now) => Jump::Zone { minutes: -60 },
                _ if is_zone => Jump::Zone { minutes: -back / MINUTE },
                behind if behind <= RACE => Jump::Race { millis: millis(behind) },
                behind => Jump::Step { millis: millis(behind) },
            });
        }
        if let Some((shift, then)) = self.before
            && shift != self.shift
            && passed > QUARTER
            && (-RACE..QUARTER).contains(&(now - then))
        {
            // The writer of the other zone goes on where it was.
            return Some(Jump::Zone { minutes: (shift - self.shift) / MINUTE });
        }
        let step = if hint.is_start { 2 * QUARTER } else { QUARTER };
        let zone = (passed + MINUTE).div_euclid(step) * step;
        let rest = passed - zone;
        let is_exact = rest.abs() <= 2 * TICKS_PER_SECOND / 10;
        let is_zone = (4 * QUARTER..=WIDEST).contains(&zone) && if hint.is_start { rest <= AWAY } else { is_exact };
        // Other logs are silent for exact hours as a rule: what writes them comes with a period. So may the service be that
        // slept; a process that has another zone than before is another one.
        if is_zone && hint.is_service && hint.is_helper && zone > LONGEST_SILENCE {
            return Some(Jump::Zone { minutes: zone / MINUTE });
        }
        // No service starts before the one that did not stop has written its last record.
        if is_zone && hint.is_start && (rest > 0 || hint.has_stopped || self.above.is_helper) {
            let minutes = zone / MINUTE;
            let further_east = self.above.bias.zip(hint.bias).map(|(before, bias)| i64::from(before) - i64::from(bias));
            match further_east {
                Some(told) if told == minutes => return Some(Jump::Zone { minutes }),
                Some(0) => {}
                Some(_) | None => return Some(Jump::ZoneOrOff { minutes, millis: millis(passed) }),
            }
        }
        if hint.is_start && passed > MINUTE {
            return Some(Jump::Off { millis: millis(passed) });
        }
        (hint.is_service && passed > LONGEST_SILENCE)
            .then(|| Jump::Asleep { millis: millis(passed), at_least: millis(passed - LONGEST_SILENCE) })
    }
}

/// Whether two stamps, the later one in time with the earlier clock, lie as they do at the end of summer time: in the hour that
/// comes twice, which nearly everywhere is one of a night to Sunday.
fn may_end_summer(last: i64, now: i64) -> bool {
    const HOUR: i64 = 60 * MINUTE;
    last.div_euclid(HOUR) == now.div_euclid(HOUR) && is_night_to_sunday(now)
}

/// From 23:00 on Saturday to 04:00 on Sunday.
pub(super) fn is_night_to_sunday(ticks: i64) -> bool {
    const HOUR: i64 = 60 * MINUTE;
    // 1970 began on a Thursday.
    let hour_of_week = (ticks.div_euclid(HOUR) + 4 * 24).rem_euclid(7 * 24);
    hour_of_week < 4 || hour_of_week == 6 * 24 + 23
}

/// What the timers of one run of the service tell about sleep (B-4.11, B-4.27): a timer begins its first period so many awake seconds
/// after it was armed, so whatever is more was sleep.
#[derive(Clone, Debug, Default)]
pub struct Lateness {
    armed: Vec<Armed>,
}

#[derive(Clone, Debug)]
struct Armed {
    workload: String,
    at: i64,
    seconds: u64,
    /// The longest silence since then: where it begins and how long it is.
    silence: (i64, i64),
    /// How long all silences since then are together.
    silent: i64,
}

/// How late a timer was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Late {
    /// What the timer is for.
    pub workload: String,
    /// How many awake seconds it was to take.
    pub seconds: u64,
    /// How many milliseconds more it took; negative if it came too soon, which the agent never does.
    pub late_millis: i64,
    /// How long the longest silence was while it ran, in milliseconds.
    pub silence_millis: i64,
    /// How long all silences were together while it ran, in milliseconds: it may have slept in each.
    #[serde(skip)]
    pub silent_millis: i64,
    /// Where that silence begins, in units of 100 nanoseconds in the zone of the log's first record.
    #[serde(skip)]
    pub silence_at: i64,
}

impl Lateness {
    /// A new run begins: its timers are armed anew.
    pub fn restart(&mut self) {
        self.armed.clear();
    }

    /// Whether a timer for this is armed and has not begun.
    pub fn is_armed(&self, workload: Workload<'_>) -> bool {
        self.armed.iter().any(|armed| armed.workload == workload.as_str())
    }

    /// A record at this time, after so much silence; both in units of 100 nanoseconds.
    pub fn silence(&mut self, at: i64, passed: i64) {
        for armed in &mut self.armed {
            armed.silent += passed.max(0);
            if passed > armed.silence.1 {
                armed.silence = (at - passed, passed);
            }
        }
    }

    /// A timer was armed.
    pub fn armed(&mut self, at: i64, workload: Workload<'_>, seconds: u64) {
        self.armed.retain(|armed| armed.workload != workload.as_str());
        self.armed.push(Armed { workload: workload.as_str().to_owned(), at, seconds, silence: (at, 0), silent: 0 });
    }

    /// A timer begins its first period.
    pub fn begun(&mut self, at: i64, workload: Workload<'_>) -> Option<Late> {
        let place = self.armed.iter().position(|armed| armed.workload == workload.as_str())?;
        let armed = self.armed.swap_remove(place);
        let due = armed.at + i64::try_from(armed.seconds).ok()?.saturating_mul(TICKS_PER_SECOND);
        let millis = |ticks: i64| ticks / (TICKS_PER_SECOND / 1_000);
        Some(Late {
            workload: armed.workload,
            seconds: armed.seconds,
            late_millis: millis(at.saturating_sub(due)),
            silence_millis: millis(armed.silence.1),
            silent_millis: millis(armed.silent),
            silence_at: armed.silence.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Hint = Hint { is_start: true, is_service: true, is_helper: false, has_stopped: false, bias: None };
    const RUNNING: Hint = Hint { is_start: false, is_service: true, is_helper: false, has_stopped: false, bias: None };
    const HELPER: Hint = Hint { is_start: false, is_service: true, is_helper: true, has_stopped: false, bias: None };
    const OTHER: Hint = Hint { is_start: false, is_service: false, is_helper: false, has_stopped: false, bias: None };

    /// The jumps of records that lie so many seconds apart.
    fn jumps(steps: &[(i64, Hint)]) -> Vec<Option<Jump>> {
        let mut clock = Clock::default();
        let mut at = 1_772_438_400;
        let _ = clock.see(Stamp::from_millis(at * 1_000), START);
        steps
            .iter()
            .map(|(seconds, hint)| {
                at += seconds;
                clock.see(Stamp::from_millis(at * 1_000), *hint).1
            })
            .collect()
    }

    #[test]
    fn a_start_after_half_hours_was_off_or_is_in_another_zone() {
        let unsure = |minutes, millis| Some(Jump::ZoneOrOff { minutes, millis });
        assert_eq!(jumps(&[(9 * 3_600 + 157, START)]), [unsure(540, 32_557_000)]);
        // The run before had stopped, and went on writing for 25 seconds beside this one.
        let stopped = Hint { has_stopped: true, ..START };
        assert_eq!(jumps(&[(9 * 3_600 - 25, stopped)]), [unsure(540, 32_375_000)]);
        assert_eq!(jumps(&[(9 * 3_600 - 25, START)]), [Some(Jump::Off { millis: 32_375_000 })]);
        assert_eq!(jumps(&[(3_600, START)]), [Some(Jump::Off { millis: 3_600_000 })]);
        assert_eq!(jumps(&[(5 * 3_600 + 1_800 + 20, START)]), [unsure(330, 19_820_000)]);
    }

    // A log in the form of Configuration Manager has the minutes to UTC in each record.
    #[test]
    fn a_bias_tells_a_zone_from_downtime() {
        let bias = |hint: Hint, bias| Hint { bias: Some(bias), ..hint };
        let jump = |before, after| {
            jumps(&[(60, bias(RUNNING, before)), (9 * 3_600 + 157, bias(START, after))]).pop().flatten()
        };
        assert_eq!(jump(0, -540), Some(Jump::Zone { minutes: 540 }));
        assert_eq!(jump(-60, -60), Some(Jump::Off { millis: 32_557_000 }));
        assert_eq!(jump(0, -60), Some(Jump::ZoneOrOff { minutes: 540, millis: 32_557_000 }));
    }

    #[test]
    fn a_start_after_other_times_was_off() {
        assert_eq!(jumps(&[(17_081, START)]), [Some(Jump::Off { millis: 17_081_000 })]);
        assert_eq!(jumps(&[(895, START)]), [Some(Jump::Off { millis: 895_000 })]);
        assert_eq!(jumps(&[(1_800, START)]), [Some(Jump::Off { millis: 1_800_000 })]);
        assert_eq!(jumps(&[(5, START)]), [None]);
    }

    #[test]
    fn two_writers_in_two_zones_are_told_from_the_way_back() {
        let forth = Some(Jump::Zone { minutes: 540 });
        let back = Some(Jump::Zone { minutes: -540 });
        assert_eq!(jumps(&[(9 * 3_600, HELPER), (1, HELPER), (-9 * 3_600, RUNNING)]), [forth, None, back]);
        assert_eq!(jumps(&[(-32_146, OTHER), (1, OTHER), (32_200, OTHER)]), [back, None, forth]);
    }

    // The process of the service keeps the zone of its start, so it was asleep, also for whole hours.
    #[test]
    fn whole_hours_without_a_record_of_the_service_are_sleep() {
        let asleep = Jump::Asleep { millis: 14_400_000, at_least: 10_500_000 };
        assert_eq!(jumps(&[(4 * 3_600, RUNNING)]), [Some(asleep)]);
    }

    #[test]
    fn seconds_back_are_a_race_and_minutes_back_a_step() {
        assert_eq!(jumps(&[(-9, OTHER)]), [Some(Jump::Race { millis: 9_000 })]);
        assert_eq!(jumps(&[(-400, OTHER)]), [Some(Jump::Step { millis: 400_000 })]);
        assert_eq!(jumps(&[(-5_000, OTHER)]), [Some(Jump::Step { millis: 5_000_000 })]);
    }

    // Sunday, 25 October 2026: 02:45, and 17 minutes later 02:02. On a Monday it is a step.
    #[test]
    fn an_hour_that_comes_twice_in_a_night_to_sunday_ends_summer_time() {
        let jump = |day: u8| {
            let at = |hour, minute| Stamp {
                date: crate::log::Date::new(2026, 10, day).expect("a day"),
                time: crate::log::Time { hour, minute, second: 0, ticks: 0 },
            };
            let mut clock = Clock::default();
            let (first, _) = clock.see(at(2, 45), RUNNING);
            let (second, jump) = clock.see(at(2, 2), RUNNING);
            ((second - first) / MINUTE, jump)
        };
        assert_eq!(jump(25), (17, Some(Jump::Zone { minutes: -60 })));
        assert_eq!(jump(26).0, 2, "as a zone of 45 minutes");
    }

    #[test]
    fn only_the_service_is_never_silent_for_long() {
        assert_eq!(jumps(&[(3_899, RUNNING)]), [None]);
        assert_eq!(jumps(&[(6_316, RUNNING)]), [Some(Jump::Asleep { millis: 6_316_000, at_least: 2_416_000 })]);
        assert_eq!(jumps(&[(6_316, OTHER), (7_200, OTHER)]), [None, None]);
    }

    #[test]
    fn time_goes_on_over_a_step_back() {
        let mut clock = Clock::default();
        let at = |seconds: i64| Stamp::from_millis((400_000 + seconds) * 1_000);
        let (first, _) = clock.see(at(0), START);
        let (second, jump) = clock.see(at(-5_000), RUNNING);
        let (third, _) = clock.see(at(-4_990), RUNNING);
        assert_eq!(jump, Some(Jump::Step { millis: 5_000_000 }));
        assert_eq!((second, third), (first, first + 10 * TICKS_PER_SECOND));
    }

    #[test]
    fn time_goes_on_in_the_zone_of_the_first_record() {
        let mut clock = Clock::default();
        let (first, _) = clock.see(Stamp::from_millis(0), START);
        let (second, _) = clock.see(Stamp::from_millis((9 * 3_600 + 157) * 1_000), START);
        assert_eq!(second - first, 157 * TICKS_PER_SECOND);
    }

    #[test]
    fn a_timer_that_is_late_tells_of_sleep() {
        let mut timers = Lateness::default();
        timers.armed(0, Workload::Script, 1_216);
        timers.silence(7_000 * TICKS_PER_SECOND, 6_316 * TICKS_PER_SECOND);
        let late = timers.begun(7_525 * TICKS_PER_SECOND, Workload::Script).expect("it was armed");
        assert_eq!((late.late_millis, late.silence_millis), (6_309_000, 6_316_000));
        assert_eq!(timers.begun(0, Workload::Script), None);
    }
}
