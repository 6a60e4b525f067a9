//! The table of the agent's deadlines.

use serde::{Deserialize, Serialize};

use super::noted::NotedDeadlines;
use super::timer::{Deadline, POLLS, Timer};
use crate::profile::Profile;
use crate::protocol::Workload;
use crate::time::{Awake, Clock, Now, Span, Wake, Wall};

/// The deadline of every timer, each on the timer's own clock.
///
/// Few timers are armed at a time and fewer fire, so the table is laid out for that: for each clock a set of the armed
/// ones and the earliest deadline, the deadlines that are armed all the time in place, and the rest in a box that is
/// there while one of them is armed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Timers {
    /// The armed timers, as bits by their numbers: those that count awake time, and those on the device's clock.
    armed: [u32; 2],
    /// The earliest deadline in awake time and on the device's clock, or [`OFF`].
    first: [u64; 2],
    /// Deadlines of the timers from [`RARE`] on; [`OFF`] where one is not armed, so that equal tables are equal.
    often: [u64; COUNT - RARE],
    /// Deadlines of the timers below [`RARE`].
    rare: Option<Box<[u64; RARE]>>,
}

pub(super) const COUNT: usize = Timer::ALL.len();
/// How many timers, from the first on, are seldom armed: those of start, sign-in, runs and removal.
const RARE: usize = Timer::AnswerScript as usize;
/// No deadline.
const OFF: u64 = u64::MAX;

impl Timers {
    pub(super) const fn new() -> Self {
        Self { armed: [0; 2], first: [OFF; 2], often: [OFF; COUNT - RARE], rare: None }
    }

    /// Arms a timer to fire a span from now, on its own clock.
    pub(super) fn set(&mut self, timer: Timer, now: Now, after: Span, profile: &Profile) {
        let (clock, due) = match timer.clock(profile) {
            Clock::Awake => (0, now.awake.after(after).raw()),
            Clock::Wall => (1, now.wall.after(after).raw()),
        };
        if self.is_set(timer) {
            if self.clock_of(timer as usize) == clock && self.due_of(timer as usize) == due {
                return;
            }
            self.clear(timer);
        }
        self.put(timer as usize, due, clock);
    }

    /// Arms a timer that counts awake time, unless it is armed already.
    pub(super) fn set_awake_once(&mut self, timer: Timer, at: Awake) {
        if !self.is_set(timer) {
            self.put(timer as usize, at.raw(), 0);
        }
    }

    /// Arms a timer as it is armed in another table, or disarms it as it is there.
    #[cold]
    pub(super) fn take_over(&mut self, timer: Timer, other: &Self) {
        self.clear(timer);
        if other.is_set(timer) {
            self.put(timer as usize, other.due_of(timer as usize), other.clock_of(timer as usize));
        }
    }

    /// Arms a timer that is not armed, on the clock of this number.
    #[inline]
    pub(super) fn put(&mut self, index: usize, due: u64, clock: usize) {
        match index.checked_sub(RARE) {
            Some(place) => self.often[place] = due,
            None => self.put_rare(index, due),
        }
        self.armed[clock] |= 1 << index;
        self.first[clock] = self.first[clock].min(due);
    }

    #[cold]
    fn put_rare(&mut self, index: usize, due: u64) {
        self.rare.get_or_insert_with(|| Box::new([OFF; RARE]))[index] = due;
    }

    #[inline]
    pub(super) fn clear(&mut self, timer: Timer) {
        let index = timer as usize;
        let clock = self.clock_of(index);
        if self.armed[clock] & 1 << index == 0 {
            return;
        }
        if self.disarm(index, clock) == self.first[clock] {
            self.first[clock] = if self.armed[clock] == 0 { OFF } else { self.earliest(clock) };
        }
    }

    /// Disarms an armed timer and returns its deadline. If that was the earliest, the caller finds the next.
    #[inline]
    fn disarm(&mut self, index: usize, clock: usize) -> u64 {
        self.armed[clock] &= !(1 << index);
        match index.checked_sub(RARE) {
            Some(place) => std::mem::replace(&mut self.often[place], OFF),
            None => self.clear_rare(index),
        }
    }

    /// Takes the deadline of one of the seldom armed timers; with the last of them goes their box.
    #[cold]
    fn clear_rare(&mut self, index: usize) -> u64 {
        let due = self.due_of(index);
        if self.all_armed() & RARE_SET == 0 {
            self.rare = None;
        } else if let Some(rare) = &mut self.rare {
            rare[index] = OFF;
        }
        due
    }

    #[inline]
    pub(super) fn due_of(&self, index: usize) -> u64 {
        match index.checked_sub(RARE) {
            Some(place) => self.often[place],
            None => self.rare.as_ref().map_or(OFF, |rare| rare[index]),
        }
    }

    /// The number of the clock on which an armed timer counts.
    #[inline]
    const fn clock_of(&self, index: usize) -> usize {
        (self.armed[1] >> index & 1) as usize
    }

    #[inline]
    pub(super) const fn all_armed(&self) -> u32 {
        self.armed[0] | self.armed[1]
    }

    /// The earliest deadline on the clock of this number.
    ///
    /// The periodic timers count on one clock and are armed together, and so are at most a few others: straight through
    /// the former, one by one through what is left.
    fn earliest(&self, clock: usize) -> u64 {
        let (mut timers, mut earliest) = (self.armed[clock], OFF);
        if timers & POLL_SET != 0 && self.armed[1 - clock] & POLL_SET == 0 {
            timers &= !POLL_SET;
            earliest = self.often[POLLS - RARE..][..Workload::ALL.len()].iter().fold(OFF, |first, due| first.min(*due));
        }
        while timers != 0 {
            earliest = earliest.min(self.due_of(timers.trailing_zeros() as usize));
            timers &= timers - 1;
        }
        earliest
    }

    #[inline]
    pub(super) const fn is_set(&self, timer: Timer) -> bool {
        self.all_armed() & (1 << timer as u32) != 0
    }

    /// Those of a set of timers that are armed; sets are bits by the numbers of the timers.
    #[inline]
    pub(super) const fn armed_of(&self, set: u32) -> u32 {
        self.all_armed() & set
    }

    /// How far away a timer's deadline is; `None` if it is not armed.
    pub(super) fn remaining(&self, timer: Timer, now: Now) -> Option<Span> {
        self.is_set(timer).then(|| match self.deadline(timer) {
            Deadline::Awake(at) => at.since(now.awake),
            Deadline::Wall(at) => at.since(now.wall),
        })
    }

    /// By how much a timer's deadline is over; no time at all for one that is ahead or not armed.
    pub(super) fn overdue(&self, timer: Timer, now: Now) -> Span {
        if !self.is_set(timer) {
            return Span::ZERO;
        }
        match self.deadline(timer) {
            Deadline::Awake(at) => now.awake.since(at),
            Deadline::Wall(at) => now.wall.since(at),
        }
    }

    fn deadline(&self, timer: Timer) -> Deadline {
        let due = self.due_of(timer as usize);
        if self.clock_of(timer as usize) == 0 {
            Deadline::Awake(Awake::of_raw(due))
        } else {
            Deadline::Wall(Wall::of_raw(due))
        }
    }

    /// The table without what ends with the agent's process.
    pub(super) fn lasting(&self) -> Self {
        let mut timers = Self::new();
        bits(self.armed_of(OUTLIVE_SERVICE)).for_each(|at| timers.put(at, self.due_of(at), self.clock_of(at)));
        timers
    }

    /// Disarms what ends with the agent's process.
    pub(super) fn clear_service(&mut self) {
        let mut ends = self.all_armed() & !OUTLIVE_SERVICE;
        while ends != 0 {
            self.clear(Timer::ALL[ends.trailing_zeros() as usize]);
            ends &= ends - 1;
        }
    }

    /// True if a timer is armed that ends with the agent's process.
    pub(super) const fn has_service(&self) -> bool {
        self.all_armed() & !OUTLIVE_SERVICE != 0
    }

    /// True if any timer is armed.
    pub(super) const fn has_any(&self) -> bool {
        self.all_armed() != 0
    }

    pub(super) fn clear_all(&mut self) {
        *self = Self::new();
    }

    /// True if any timer is due. At the end of time, which also stands for no deadline, only one that is armed is.
    #[inline]
    pub(super) const fn is_due(&self, now: Now) -> bool {
        self.first[0] <= now.awake.raw() && self.armed[0] != 0 || self.first[1] <= now.wall.raw() && self.armed[1] != 0
    }

    /// Reads the deadlines in place; see `Agent::touch`.
    #[cfg(feature = "fleet")]
    #[inline]
    pub(super) const fn touch(&self) -> u64 {
        self.first[0] ^ self.often[0] ^ self.often[(COUNT - RARE) / 2] ^ self.often[COUNT - RARE - 1]
    }

    /// Reads the rare deadlines, so that they are in the cache when they are looked at.
    #[cfg(feature = "fleet")]
    #[inline]
    pub(super) fn fetch(&self) -> u64 {
        self.rare.as_ref().map_or(0, |rare| rare[0] ^ rare[RARE / 2] ^ rare[RARE - 1])
    }

    /// The timers that are due, as bits by their numbers.
    #[inline]
    pub(super) fn due(&self, now: Now) -> u32 {
        let readings = [now.awake.raw(), now.wall.raw()];
        let mut due = 0;
        for (clock, reading) in readings.into_iter().enumerate() {
            if self.first[clock] <= reading {
                due |= self.due_on(clock, reading);
            }
        }
        due
    }

    /// The timers that are due when the clock of this number shows this.
    fn due_on(&self, clock: usize, reading: u64) -> u32 {
        let (mut timers, mut due) = (self.armed[clock], 0);
        if timers & POLL_SET != 0 && self.armed[1 - clock] & POLL_SET == 0 {
            timers &= !POLL_SET;
            for index in POLLS..POLLS + Workload::ALL.len() {
                due |= u32::from(self.often[index - RARE] <= reading) << index;
            }
            due &= self.armed[clock];
        }
        while timers != 0 {
            let index = timers.trailing_zeros();
            timers &= timers - 1;
            due |= u32::from(self.due_of(index as usize) <= reading) << index;
        }
        due
    }

    /// Disarms the timer that is due, if it is just one: then it is found by the earliest deadline, which is known.
    #[inline(always)]
    pub(super) fn take_only_due(&mut self, now: Now) -> Option<Timer> {
        let (clock, reading) = match (self.first[0] <= now.awake.raw(), self.first[1] <= now.wall.raw()) {
            (true, false) => (0, now.awake.raw()),
            (false, true) => (1, now.wall.raw()),
            (true, true) | (false, false) => return None,
        };
        let due = self.first[clock];
        let is_behind = |index: &usize| self.due_of(*index) == due;
        let often = bits(self.armed[clock] & !RARE_SET).find(is_behind);
        let index = often.or_else(|| bits(self.armed[clock] & RARE_SET).find(is_behind))?;
        self.disarm(index, clock);
        self.first[clock] = self.earliest(clock);
        let timer = Timer::ALL[index];
        if self.first[clock] <= reading {
            self.put(index, due, clock);
            return None;
        }
        Some(timer)
    }

    /// Disarms a timer if it is due; true if it was.
    #[inline]
    pub(super) fn take_due(&mut self, timer: Timer, now: Now) -> bool {
        let index = timer as usize;
        let reading = if self.clock_of(index) == 0 { now.awake.raw() } else { now.wall.raw() };
        let fires = self.is_set(timer) && self.due_of(index) <= reading;
        if fires {
            self.clear(timer);
        }
        fires
    }

    /// The next deadline on each clock, with the timer behind it; of equal ones the first.
    pub(super) fn wake(&self) -> Wake<Timer> {
        let behind = |clock: usize| {
            let index = bits(self.armed[clock]).find(|index| self.due_of(*index) == self.first[clock])?;
            Timer::ALL.get(index)
        };
        Wake {
            wall: behind(1).map(|timer| (Wall::of_raw(self.first[1]), *timer)),
            awake: behind(0).map(|timer| (Awake::of_raw(self.first[0]), *timer)),
        }
    }

    /// The next deadline on each clock without the timers behind them; the end of time where there is none.
    #[inline]
    pub(super) const fn next(&self) -> (Awake, Wall) {
        (Awake::of_raw(self.first[0]), Wall::of_raw(self.first[1]))
    }

    /// Becomes a copy of another table; a box that is there is used again.
    #[inline]
    pub(super) fn copy_from(&mut self, other: &Self) {
        let Self { armed, first, often, rare } = other;
        (self.armed, self.first, self.often) = (*armed, *first, *often);
        self.rare.clone_from(rare);
    }

    /// Puts the armed timers into a print, each with its distance.
    #[cfg(feature = "check")]
    pub(super) fn print(&self, print: &mut crate::canon::Print) {
        print.word(u64::from(self.armed[0]) << 32 | u64::from(self.armed[1]));
        for index in bits(self.armed[0] & RARE_SET) {
            print.awake(Awake::of_raw(self.due_of(index)));
        }
        for index in bits(self.armed[1] & RARE_SET) {
            print.wall(Wall::of_raw(self.due_of(index)));
        }
        let [awake, wall] = self.armed.map(|set| set >> RARE);
        for place in bits(awake) {
            print.awake(Awake::of_raw(self.often[place]));
        }
        for place in bits(wall) {
            print.wall(Wall::of_raw(self.often[place]));
        }
    }

    /// Notes the deadline of each armed timer. The periodic timers are mostly armed all together: straight through them.
    #[inline]
    pub(super) fn note(&self, noted: &mut NotedDeadlines) {
        noted.note_clocks(self.armed[1]);
        bits(self.armed_of(RARE_SET)).for_each(|index| noted.note_raw(index, self.due_of(index)));
        let mut timers = self.armed_of(!RARE_SET);
        if timers & POLL_SET == POLL_SET {
            (POLLS..POLLS + Workload::ALL.len()).for_each(|index| noted.note_raw(index, self.often[index - RARE]));
            timers &= !POLL_SET;
        }
        bits(timers).for_each(|index| noted.note_raw(index, self.often[index - RARE]));
    }

    /// Every armed timer with its deadline, in firing order.
    pub(super) fn armed(&self) -> impl Iterator<Item = (Timer, Deadline)> + '_ {
        bits(self.all_armed()).map(|index| (Timer::ALL[index], self.deadline(Timer::ALL[index])))
    }
}

/// The numbers of a set's members, ascending.
#[inline]
pub(super) fn bits(mut set: u32) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let first = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(first)
    })
}

/// The periodic timers, as bits.
pub(super) const POLL_SET: u32 = ((1 << Workload::ALL.len()) - 1) << POLLS;
/// The timers that outlive the agent's process, as bits.
pub(super) const OUTLIVE_SERVICE: u32 = {
    let (mut set, mut index) = (0, 0);
    while index < COUNT {
        set |= (Timer::ALL[index].outlives_service() as u32) << index;
        index += 1;
    }
    set
};
/// The timers below [`RARE`], as bits.
const RARE_SET: u32 = (1 << RARE) - 1;

#[cfg(test)]
mod tests;
