//! What a device does by itself day by day: when it is awake, when it restarts, when its user signs in.
//!
//! Every moment is a pure function of the device's chance and the day, in the device's local time.

use super::plan::{Habits, Zone};
use crate::chance::{Chance, Purpose};
use crate::time::{Span, Wall};

/// A device's habits on their way through time.
#[derive(Clone, Debug)]
pub(super) struct HabitState<'p> {
    habits: &'p Habits,
    zone: &'p Zone,
    chance: Chance,
    /// By how many minutes the device's windows are moved.
    shift_min: i64,
    /// The next change between awake and not.
    next_power: Option<(Wall, Turn)>,
    /// The end of the window that `next_power` begins.
    window_end: Wall,
    /// The local day of the last window that was looked up.
    day: i64,
    next_restart: Option<Wall>,
}

/// A change that habits bring about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// A window begins; `offline` says whether the device has no network during it.
    Begin { offline: bool },
    /// A window ends.
    End,
    /// A restart is due.
    Restart,
}

impl<'p> HabitState<'p> {
    /// The habits from a moment on, and whether the device is within a window then.
    pub(super) fn new(habits: &'p Habits, zone: &'p Zone, chance: Chance, start: Wall) -> (Self, bool) {
        let spread = u64::from(habits.spread_min);
        let shift = chance.below(2 * spread + 1, Purpose::Habit, 0).cast_signed() - spread.cast_signed();
        let mut state = Self {
            habits,
            zone,
            chance,
            shift_min: shift,
            next_power: None,
            window_end: Wall::MIN,
            day: i64::MIN,
            next_restart: None,
        };
        let within = match habits.awake {
            None => true,
            Some(_) => {
                let yesterday = local_day(zone, start) - 1;
                let within = (yesterday..yesterday + 3)
                    .filter_map(|day| state.window(day))
                    .any(|(from, to)| from <= start && start < to);
                state.next_power = if within { state.end_after(start) } else { state.begin_after(start) };
                within
            }
        };
        state.next_restart = habits
            .restart_every
            .map(|every| start.after(Span::millis(chance.below(every.as_millis().max(1), Purpose::Habit, 1))));
        (state, within)
    }

    /// The next change, if there is one.
    #[inline]
    pub(super) fn next(&self) -> Wall {
        let power = self.next_power.map_or(Wall::MAX, |(at, _)| at);
        self.next_restart.map_or(power, |restart| if restart < power { restart } else { power })
    }

    /// Takes the next change, which is due now. A restart that is due outside a window is put off to the next one.
    pub(super) fn take(&mut self, now: Wall, awake: bool) -> Option<Turn> {
        if let Some((at, turn)) = self.next_power
            && at <= now
        {
            self.next_power = match turn {
                Turn::Begin { .. } => Some((self.window_end, Turn::End)),
                Turn::End | Turn::Restart => self.begin_after(at),
            };
            return Some(turn);
        }
        let every = self.habits.restart_every?;
        let due = self.next_restart.filter(|at| *at <= now)?;
        if !awake {
            self.next_restart = self.next_power.map(|(at, _)| at);
            return None;
        }
        // The grid of restarts goes on from the nominal moment, not from a postponed one.
        let phase = self.chance.below(every.as_millis().max(1), Purpose::Habit, 1);
        let step = every.as_millis().max(1);
        let after = (due.raw().wrapping_sub(phase)) / step * step + phase + step;
        self.next_restart = Some(Wall::of_raw(after.max(now.raw() + 1)));
        Some(Turn::Restart)
    }

    /// The end of the window within which a moment lies.
    fn end_after(&self, at: Wall) -> Option<(Wall, Turn)> {
        let today = local_day(self.zone, at);
        (today - 1..today + 2)
            .filter_map(|day| self.window(day))
            .find_map(|(_, to)| (to > at).then_some((to, Turn::End)))
    }

    /// The beginning of the first window after a moment, which is kept together with its end. A day has one window, so
    /// the days that were looked up before are not looked up again.
    fn begin_after(&mut self, at: Wall) -> Option<(Wall, Turn)> {
        let first = if self.day == i64::MIN { local_day(self.zone, at) } else { self.day + 1 };
        let (day, (from, to)) = (first..first + 9)
            .filter_map(|day| self.window(day).map(|window| (day, window)))
            .find(|(_, (from, _))| *from > at)?;
        self.window_end = to;
        self.day = day;
        Some((from, Turn::Begin { offline: self.is_offline(day) }))
    }

    /// The window of a local day, in true time.
    fn window(&self, day: i64) -> Option<(Wall, Wall)> {
        let windows = self.habits.awake.as_ref()?;
        // 1970-01-01 was a Thursday.
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        let (from, to) = windows[weekday]?;
        let at = |minute: u16| {
            let local = (day * 1440 + i64::from(minute) + self.shift_min) * 60_000;
            if let [(_, always)] = self.zone.offsets.as_slice() {
                return Wall::from_unix_millis(local - i64::from(*always) * 1_000);
            }
            let guess = Wall::from_unix_millis(local);
            let offset = i64::from(self.zone.offset_at(guess));
            let guess = Wall::from_unix_millis(local - offset * 1_000);
            Wall::from_unix_millis(local - i64::from(self.zone.offset_at(guess)) * 1_000)
        };
        let (from, to) = (at(from), at(to));
        (from < to).then_some((from, to))
    }

    fn is_offline(&self, day: i64) -> bool {
        self.habits.offline_ppm > 0
            && self.chance.happens(self.habits.offline_ppm, Purpose::Habit, 16 + day.unsigned_abs())
    }
}

/// The number of the local day at a moment, counted from 1970-01-01.
fn local_day(zone: &Zone, at: Wall) -> i64 {
    (at.unix_millis() + i64::from(zone.offset_at(at)) * 1_000).div_euclid(86_400_000)
}
