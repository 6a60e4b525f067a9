//! The MDM client's timers.

use serde::{Deserialize, Serialize};

use crate::agent::Deadline;
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
    /// The next try of the agent's install job (B-2.5).
    JobRetry = 4,
    /// The time limit of the agent's installer (B-2.5).
    JobLimit = 5,
    /// The agent is taken away (B-10.4).
    RemoveAgent = 6,
    /// The next slot of the session schedule, on the device's clock (B-3.3).
    Slot = 7,
    /// The push channel is to be renewed, on the device's clock (B-3.11).
    Channel = 8,
    /// Contact has been lost for too long, on the device's clock (B-3.14).
    LostContact = 9,
}

impl Timer {
    /// Every timer, in firing order.
    pub const ALL: [Self; 10] = [
        Self::Answer,
        Self::ChannelAnswer,
        Self::EnrollAgain,
        Self::Restart,
        Self::JobRetry,
        Self::JobLimit,
        Self::RemoveAgent,
        Self::Slot,
        Self::Channel,
        Self::LostContact,
    ];

    /// The clock on which the timer counts. What Task Scheduler or a certificate governs goes by the device's clock.
    pub const fn clock(self) -> Clock {
        match self {
            Self::Slot | Self::Channel | Self::LostContact => Clock::Wall,
            Self::Answer
            | Self::ChannelAnswer
            | Self::EnrollAgain
            | Self::Restart
            | Self::JobRetry
            | Self::JobLimit
            | Self::RemoveAgent => Clock::Awake,
        }
    }
}

const COUNT: usize = Timer::ALL.len();
/// Where the timers on the device's clock begin in the order of [`Timer`].
const WALL: usize = Timer::Slot as usize;
const OFF: u64 = u64::MAX;

/// The deadline of every timer, each on its own clock.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Timers {
    due: [u64; COUNT],
}

impl Timers {
    pub(super) const fn new() -> Self {
        Self { due: [OFF; COUNT] }
    }

    pub(super) fn set(&mut self, timer: Timer, now: Now, after: Span) {
        self.due[timer as usize] = match timer.clock() {
            Clock::Awake => now.awake.after(after).raw(),
            Clock::Wall => now.wall.after(after).raw(),
        };
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        self.due[timer as usize] = OFF;
    }

    pub(super) fn clear_all(&mut self) {
        *self = Self::new();
    }

    pub(super) fn is_set(&self, timer: Timer) -> bool {
        self.due[timer as usize] != OFF
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
        let clock = match timer.clock() {
            Clock::Awake => now.awake.raw(),
            Clock::Wall => now.wall.raw(),
        };
        let due = &mut self.due[timer as usize];
        let fires = *due <= clock;
        if fires {
            *due = OFF;
        }
        fires
    }

    /// True if any timer is due.
    #[inline]
    pub(super) fn any_due(&self, now: Now) -> bool {
        let (awake, wall) = (now.awake.raw(), now.wall.raw());
        self.due[..WALL].iter().any(|due| *due <= awake) || self.due[WALL..].iter().any(|due| *due <= wall)
    }

    #[inline]
    pub(super) fn wake(&self) -> Wake<Timer> {
        let first = |range: core::ops::Range<usize>| {
            let (mut best, mut which) = (OFF, range.start);
            for index in range {
                if self.due[index] < best {
                    (best, which) = (self.due[index], index);
                }
            }
            (best != OFF).then_some((best, Timer::ALL[which]))
        };
        Wake {
            wall: first(WALL..COUNT).map(|(at, timer)| (Wall::of_raw(at), timer)),
            awake: first(0..WALL).map(|(at, timer)| (Awake::of_raw(at), timer)),
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
