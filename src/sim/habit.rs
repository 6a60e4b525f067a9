//! What a device does by itself day by day: when it is awake, when it restarts, when its user signs in.
//!
//! Every moment is a pure function of the device's chance and the day, in the device's local time.

#[cfg(test)]
mod tests;

use super::plan::{Habits, Zone};
use super::spells::Kind;
use crate::chance::{Chance, Purpose};
use crate::time::{Span, Wall};

/// What a device's habits follow from. It is handed to each call, for its owner has all of it anyway.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalHabits<'p> {
    pub(super) habits: &'p Habits,
    pub(super) zone: &'p Zone,
    pub(super) chance: Chance,
}

/// A device's habits on their way through time.
#[derive(Clone, Debug)]
pub(super) struct HabitState {
    /// By how many minutes the device's windows are moved.
    shift_min: i32,
    /// The place of the window below among those of its day.
    place: u32,
    /// The local day of the window below.
    day: i64,
    /// The window within which the device is, or else the next one; [`Wall::MAX`] for none.
    window: (Wall, Wall),
    /// The next change between awake and not.
    next_power: (Wall, Turn),
    /// The end of the short change that `next_power` begins or has begun.
    short_end: Wall,
    next_restart: Wall,
    /// The next beginning or end of an offline spell, and the end of that spell.
    next_spell: (Wall, Wall),
    next_portal: Wall,
    /// When the user will see the countdown of a restart.
    next_countdown: Wall,
}

/// A change that habits bring about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// A window begins.
    Begin,
    /// A window ends.
    End,
    /// The device sleeps for a while within a window.
    LidCloses,
    /// It goes on.
    LidOpens,
    /// The device is awake for a while outside its windows, for maintenance.
    MaintenanceBegins,
    /// It sleeps on.
    MaintenanceEnds,
    /// A restart is due.
    Restart,
    /// The network goes or comes back.
    Network(bool),
    /// The user asks for a sync in Company Portal.
    Portal,
    /// The user sees the countdown of a restart.
    Countdown,
}

impl HabitState {
    /// The habits from a moment on, and whether the device is within a window then.
    pub(super) fn new(own: &LocalHabits<'_>, start: Wall) -> (Self, bool) {
        let LocalHabits { habits, zone, chance } = *own;
        let spread = u64::from(habits.spread_min);
        let shift = chance.below(2 * spread + 1, Purpose::Habit, 0).cast_signed() - spread.cast_signed();
        let next_restart = habits.restart_every.map_or(Wall::MAX, |every| restart_after(&chance, every, start));
        let mut state = Self {
            shift_min: i32::try_from(shift).unwrap_or(0),
            place: 0,
            day: 0,
            window: (Wall::MIN, Wall::MAX),
            next_power: (Wall::MAX, Turn::End),
            short_end: Wall::MAX,
            next_restart,
            next_spell: habits.offline_spells.after(&chance, Kind::Offline, start),
            next_portal: habits.portal_sync.after(&chance, Kind::Portal, start).0,
            next_countdown: Wall::MAX,
        };
        state.begin_day(local_day(zone, start) - 1);
        if habits.awake.is_some() {
            state.look_for_window(own, start);
        }
        let within = state.window.0 <= start;
        state.next_power = if within { state.within(own, start) } else { state.outside(own, start) };
        (state, within)
    }

    /// By how many minutes the device's windows are moved.
    #[cfg(feature = "fleet")]
    pub(super) const fn shift_min(&self) -> i32 {
        self.shift_min
    }

    /// The next change; [`Wall::MAX`] if there is none.
    #[inline]
    pub(super) fn next(&self) -> Wall {
        self.next_power.0.min(self.next_restart).min(self.next_spell.0).min(self.next_portal).min(self.next_countdown)
    }

    /// Takes the next change, which is due now. A restart or a user's request that is due while the device is not on is
    /// put off to the next change of power or soon after it.
    #[inline(always)]
    pub(super) fn take(&mut self, own: &LocalHabits<'_>, now: Wall, is_on: bool) -> Option<Turn> {
        if self.next_power.0 <= now {
            return self.take_power(own);
        }
        if self.next_restart <= now {
            return self.take_restart(own, now, is_on);
        }
        if self.next_spell.0 <= now {
            return Some(self.take_spell(own));
        }
        if self.next_countdown <= now {
            self.next_countdown = if is_on { Wall::MAX } else { self.next_power.0.after(SEEN_AFTER) };
            return is_on.then_some(Turn::Countdown);
        }
        if self.next_portal > now {
            return None;
        }
        let (next, _) = own.habits.portal_sync.after(&own.chance, Kind::Portal, now);
        if is_on {
            self.next_portal = next;
            return Some(Turn::Portal);
        }
        let soon = own.chance.below(PORTAL_SOON.as_millis(), Purpose::Habit, (Kind::Portal as u64) << 56 | now.raw());
        self.next_portal = self.next_power.0.after(Span::millis(soon));
        None
    }

    fn take_power(&mut self, own: &LocalHabits<'_>) -> Option<Turn> {
        let (at, turn) = self.next_power;
        self.next_power = match turn {
            Turn::Begin | Turn::LidOpens => self.within(own, at),
            Turn::LidCloses => (self.short_end, Turn::LidOpens),
            Turn::MaintenanceBegins => (self.short_end, Turn::MaintenanceEnds),
            Turn::MaintenanceEnds => self.outside(own, at),
            Turn::End | Turn::Restart | Turn::Network(_) | Turn::Portal | Turn::Countdown => {
                self.place += 1;
                self.look_for_window(own, at);
                if self.window.0 <= at {
                    // The next window begins as this one ends: they are one.
                    self.next_power = self.within(own, at);
                    return None;
                }
                self.outside(own, at)
            }
        };
        Some(turn)
    }

    fn take_restart(&mut self, own: &LocalHabits<'_>, now: Wall, is_on: bool) -> Option<Turn> {
        let every = own.habits.restart_every?;
        if !is_on {
            self.next_restart = self.next_power.0;
            return None;
        }
        self.next_restart = restart_after(&own.chance, every, now);
        Some(Turn::Restart)
    }

    fn take_spell(&mut self, own: &LocalHabits<'_>) -> Turn {
        let (at, end) = self.next_spell;
        if at < end {
            self.next_spell = (end, end);
            return Turn::Network(false);
        }
        self.next_spell = own.habits.offline_spells.after(&own.chance, Kind::Offline, at);
        Turn::Network(true)
    }

    /// The next change within a window: the lid is closed for a while, or the window ends.
    fn within(&mut self, own: &LocalHabits<'_>, at: Wall) -> (Wall, Turn) {
        let (from, to) = own.habits.lid.after(&own.chance, Kind::Lid, at);
        if to >= self.window.1 {
            return (self.window.1, Turn::End);
        }
        self.short_end = to;
        (from, Turn::LidCloses)
    }

    /// The next change outside a window: a maintenance wake, or the next window.
    fn outside(&mut self, own: &LocalHabits<'_>, at: Wall) -> (Wall, Turn) {
        let (from, to) = own.habits.dark_wake.after(&own.chance, Kind::Maintenance, at);
        if to >= self.window.0 {
            return (self.window.0, Turn::Begin);
        }
        self.short_end = to;
        (from, Turn::MaintenanceBegins)
    }

    /// Goes on, from the present window, to the first that ends after a moment.
    fn look_for_window(&mut self, own: &LocalHabits<'_>, at: Wall) {
        let last = self.day + own.habits.days_apart();
        while self.day <= last {
            let Some((from, to)) = own.habits.windows(self.day).get(self.place as usize) else {
                self.begin_day(self.day + 1);
                continue;
            };
            self.window = (self.moment(own, *from), self.moment(own, *to));
            if self.window.1 > at && self.window.0 < self.window.1 {
                return;
            }
            self.place += 1;
        }
        self.window = (Wall::MAX, Wall::MAX);
    }

    fn begin_day(&mut self, day: i64) {
        (self.day, self.place) = (day, 0);
    }

    /// The moment of a minute of the day, moved as all windows of the device are.
    fn moment(&self, own: &LocalHabits<'_>, minute: u16) -> Wall {
        let local = (self.day * 1440 + i64::from(minute) + i64::from(self.shift_min)) * 60_000;
        match own.zone.offsets.as_slice() {
            [(_, always)] => Wall::from_unix_millis(local - i64::from(*always) * 1_000),
            _ => own.zone.moment(Wall::from_unix_millis(local)),
        }
    }

    /// The countdown of a restart will be shown then.
    pub(super) fn expect_countdown(&mut self, shown: Wall) {
        self.next_countdown = shown.after(SEEN_AFTER);
    }

    /// Whether the user puts off the restart whose countdown is seen now.
    pub(super) fn snoozes(&self, own: &LocalHabits<'_>, now: Wall) -> bool {
        own.chance.happens(own.habits.snooze_ppm, Purpose::Habit, COUNTDOWN | now.raw())
    }

    /// Whether the device has no network during the present window.
    pub(super) fn is_offline(&self, own: &LocalHabits<'_>) -> bool {
        let number = 16 + self.day.unsigned_abs() + (u64::from(self.place) << 32);
        own.habits.offline_ppm > 0 && own.chance.happens(own.habits.offline_ppm, Purpose::Habit, number)
    }
}

/// A sync that a user meant to ask for while the device was not on comes at most so long after it is.
const PORTAL_SOON: Span = Span::hours(1);
/// A countdown is seen so long after it is shown.
const SEEN_AFTER: Span = Span::mins(1);
/// The draws of what users do about a countdown.
const COUNTDOWN: u64 = 5 << 56;

/// The first moment after `at` on a device's grid of restarts: one in each period, at a place in it that is drawn once. A
/// restart that was put off does not move the grid.
fn restart_after(chance: &Chance, every: Span, at: Wall) -> Wall {
    let step = every.as_millis().max(1);
    let place = chance.below(step, Purpose::Habit, 1);
    let passed = i128::from(at.raw()) - i128::from(place);
    let passed = u64::try_from(passed.rem_euclid(i128::from(step))).unwrap_or(0);
    at.after(Span::millis(step - passed))
}

/// The number of the local day at a moment, counted from 1970-01-01.
fn local_day(zone: &Zone, at: Wall) -> i64 {
    (at.unix_millis() + i64::from(zone.offset_at(at)) * 1_000).div_euclid(86_400_000)
}
