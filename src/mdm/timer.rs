//! The MDM client's timers.

use serde::{Deserialize, Serialize};

use crate::agent::Deadline;
use crate::rules::{RuleId, b};
use crate::time::{Awake, Clock, Now, Span, Wake, Wall};

/// One timer of the MDM client. Timers that are due together fire in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Timer {
    /// No answer to an enrollment request or a session.
    Answer = 0,
    /// No answer to the renewal of the push channel.
    ChannelAnswer = 1,
    /// The next try to enroll (B-1.17).
    EnrollAgain = 2,
    /// The restart after a provisioning package (B-1.18).
    Restart = 3,
    /// The agent's install job: its next try, or the time limit of the present one (B-2.5).
    Job = 4,
    /// The agent is taken away (B-10.4).
    RemoveAgent = 5,
    /// The next slot of the session schedule, on the device's clock (B-3.3).
    Slot = 6,
    /// The push channel is to be renewed, on the device's clock (B-3.11).
    Channel = 7,
    /// Contact has been lost for too long, on the device's clock (B-3.14).
    LostContact = 8,
}

impl Timer {
    /// Every timer, in firing order.
    pub const ALL: [Self; 9] = [
        Self::Answer,
        Self::ChannelAnswer,
        Self::EnrollAgain,
        Self::Restart,
        Self::Job,
        Self::RemoveAgent,
        Self::Slot,
        Self::Channel,
        Self::LostContact,
    ];

    /// The rule behind the timer.
    pub const fn rule(self) -> RuleId {
        match self {
            Self::Answer => b(3, 8),
            Self::ChannelAnswer | Self::Channel => b(3, 11),
            Self::EnrollAgain => b(1, 17),
            Self::Restart => b(1, 18),
            Self::Job => b(2, 5),
            Self::RemoveAgent => b(10, 4),
            Self::Slot => b(3, 3),
            Self::LostContact => b(3, 14),
        }
    }

    /// The clock on which the timer counts. What Task Scheduler or a certificate governs goes by the device's clock.
    pub const fn clock(self) -> Clock {
        match self {
            Self::Slot | Self::Channel | Self::LostContact => Clock::Wall,
            Self::Answer | Self::ChannelAnswer | Self::EnrollAgain | Self::Restart | Self::Job | Self::RemoveAgent => {
                Clock::Awake
            }
        }
    }
}

const COUNT: usize = Timer::ALL.len();
/// Where the timers on the device's clock begin in the order of [`Timer`].
const WALL: usize = Timer::Slot as usize;
/// The timers that count awake time, as bits.
const AWAKE: u32 = (1 << WALL) - 1;
const OFF: u64 = u64::MAX;

/// The deadline of every timer, each on its own clock; as for the agent, with a set of the armed ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Timers {
    armed: u32,
    due: [u64; COUNT],
}

impl Timers {
    pub(super) const fn new() -> Self {
        Self { armed: 0, due: [OFF; COUNT] }
    }

    /// Reads the first and the last deadline.
    #[cfg(feature = "fleet")]
    #[inline]
    pub(super) const fn touch(&self) -> u64 {
        self.due[0] ^ self.due[COUNT - 1]
    }

    pub(super) fn set(&mut self, timer: Timer, now: Now, after: Span) {
        self.due[timer as usize] = match timer.clock() {
            Clock::Awake => now.awake.after(after).raw(),
            Clock::Wall => now.wall.after(after).raw(),
        };
        self.armed |= 1 << timer as u32;
    }

    #[inline]
    pub(super) fn clear(&mut self, timer: Timer) {
        if !self.is_set(timer) {
            return;
        }
        self.due[timer as usize] = OFF;
        self.armed &= !(1 << timer as u32);
    }

    pub(super) fn clear_all(&mut self) {
        *self = Self::new();
    }

    #[inline]
    pub(super) fn is_set(&self, timer: Timer) -> bool {
        self.armed & (1 << timer as u32) != 0
    }

    /// True if any other timer than this is armed.
    #[inline]
    pub(super) const fn has_any_but(&self, timer: Timer) -> bool {
        self.armed & !(1 << timer as u32) != 0
    }

    /// True if any timer is armed.
    #[inline]
    pub(super) const fn has_any(&self) -> bool {
        self.armed != 0
    }

    /// How late a timer on the device's clock is.
    pub(super) fn lateness(&self, timer: Timer, now: Now) -> Span {
        now.wall.since(Wall::of_raw(self.due[timer as usize]))
    }

    /// Moves a deadline that lies further ahead than `period` to that distance.
    pub(super) fn pull_in(&mut self, timer: Timer, now: Now, period: Span) {
        if self.is_set(timer) && Wall::of_raw(self.due[timer as usize]).since(now.wall) > period {
            self.set(timer, now, period);
        }
    }

    /// Disarms a timer if it is due; true if it was.
    #[inline]
    pub(super) fn take_due(&mut self, timer: Timer, now: Now) -> bool {
        let fires = self.is_set(timer) && self.is_due(timer as usize, now);
        if fires {
            self.clear(timer);
        }
        fires
    }

    #[inline]
    fn is_due(&self, index: usize, now: Now) -> bool {
        let clock = if index < WALL { now.awake.raw() } else { now.wall.raw() };
        self.due[index] <= clock
    }

    /// True if any timer is due. At the end of time, which also stands for no deadline, only one that is armed is.
    #[inline]
    pub(super) fn any_due(&self, now: Now) -> bool {
        let (awake, wall) = self.next();
        awake <= now.awake && self.armed & AWAKE != 0 || wall <= now.wall && self.armed & !AWAKE != 0
    }

    /// The timers that are due, as bits by their numbers.
    #[inline]
    pub(super) fn due(&self, now: Now) -> u32 {
        // As in `next`: straight through those on the device's clock, one by one through the others.
        let (mut timers, mut due) = (self.armed & AWAKE, 0);
        for index in WALL..COUNT {
            due |= u32::from(self.is_due(index, now)) << index;
        }
        due &= self.armed;
        while timers != 0 {
            let index = timers.trailing_zeros();
            timers &= timers - 1;
            due |= u32::from(self.is_due(index as usize, now)) << index;
        }
        due
    }

    #[inline]
    pub(super) fn wake(&self) -> Wake<Timer> {
        Wake {
            wall: self.first(self.armed & !AWAKE).map(|(at, timer)| (Wall::of_raw(at), timer)),
            awake: self.first(self.armed & AWAKE).map(|(at, timer)| (Awake::of_raw(at), timer)),
        }
    }

    /// The next deadline on each clock without the timers behind them; the end of time where there is none.
    #[inline]
    pub(super) fn next(&self) -> (Awake, Wall) {
        // Those on the device's clock are few and mostly armed; the others are mostly not.
        let wall = self.due[WALL..].iter().fold(OFF, |earliest, due| earliest.min(*due));
        let awake = if self.armed & AWAKE == 0 { OFF } else { self.earliest(self.armed & AWAKE) };
        (Awake::of_raw(awake), Wall::of_raw(wall))
    }

    #[inline]
    fn earliest(&self, mut timers: u32) -> u64 {
        let mut earliest = OFF;
        while timers != 0 {
            earliest = earliest.min(self.due[timers.trailing_zeros() as usize]);
            timers &= timers - 1;
        }
        earliest
    }

    /// The earliest of a set of armed timers; of equal ones the first.
    #[inline]
    fn first(&self, mut timers: u32) -> Option<(u64, Timer)> {
        let mut first = (OFF, COUNT);
        while timers != 0 {
            let index = timers.trailing_zeros() as usize;
            timers &= timers - 1;
            if self.due[index] < first.0 || first.1 == COUNT {
                first = (self.due[index], index);
            }
        }
        Some((first.0, *Timer::ALL.get(first.1)?))
    }

    /// Puts the armed timers into a print, each with its distance.
    #[cfg(feature = "check")]
    pub(super) fn print(&self, print: &mut crate::canon::Print) {
        print.word(u64::from(self.armed));
        let mut timers = self.armed;
        while timers != 0 {
            let index = timers.trailing_zeros() as usize;
            timers &= timers - 1;
            if index < WALL {
                print.awake(Awake::of_raw(self.due[index]));
            } else {
                print.wall(Wall::of_raw(self.due[index]));
            }
        }
    }

    pub(super) fn armed(&self) -> impl Iterator<Item = (Timer, Deadline)> + '_ {
        Timer::ALL.into_iter().filter(|timer| self.is_set(*timer)).map(|timer| {
            let due = self.due[timer as usize];
            let deadline = match timer.clock() {
                Clock::Awake => Deadline::Awake(Awake::of_raw(due)),
                Clock::Wall => Deadline::Wall(Wall::of_raw(due)),
            };
            (timer, deadline)
        })
    }
}
