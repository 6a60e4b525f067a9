//! The agent's timers: which there are, on which clock each counts, and the table of their deadlines.

use serde::{Deserialize, Serialize};

use crate::profile::{Profile, TimersCount};
use crate::protocol::Workload;
use crate::rules::{RuleId, b};
use crate::time::{Awake, Clock, Now, Span, Wake, Wall};

/// One timer of an agent. Timers that are due together fire in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Timer {
    /// The start delay D0 is over: check-ins of any kind may begin (B-4.8).
    Ready = 0,
    /// The script poll of the start sequence, which app check-ins follow (B-4.8).
    StartScripts = 1,
    /// The other workloads of the start sequence (B-4.8).
    StartOthers = 2,
    /// The check-in that follows a sign-in (B-4.17).
    SignIn = 3,
    /// A script reached its time limit (B-5.15).
    RunLimit = 4,
    /// The report on a finished script is due (B-5.25).
    Report = 5,
    /// No answer to the script poll.
    AnswerScript = 6,
    /// No answer to the required-app check.
    AnswerRequiredApp = 7,
    /// No answer to the available-app check.
    AnswerAvailableApp = 8,
    /// No answer to the remediation fetch.
    AnswerRemediation = 9,
    /// No answer to the compliance fetch.
    AnswerCompliance = 10,
    /// No answer to a report.
    AnswerReport = 11,
    /// No answer to the connection test.
    AnswerTest = 12,
    /// The agent removes itself after a check-in learned that the device is not managed (B-10.5a).
    RemoveDetected = 13,
    /// The agent removes itself, not managed and out of reach for too long (B-10.5).
    RemoveUnmanaged = 14,
    /// The agent is removed, irrecoverable for too long (B-10.6).
    RemoveIrrecoverable = 15,
    /// Periodic script poll (B-4.5).
    PollScript = 16,
    /// Periodic required-app check (B-4.3).
    PollRequiredApp = 17,
    /// Periodic available-app check (B-4.4).
    PollAvailableApp = 18,
    /// Periodic remediation fetch (B-4.6).
    PollRemediation = 19,
    /// Periodic compliance fetch (B-4.6).
    PollCompliance = 20,
    /// The daily health task (B-10.8). It belongs to Windows, so it counts on the device's clock.
    Health = 21,
}

impl Timer {
    /// Every timer, in firing order.
    pub const ALL: [Self; 22] = [
        Self::Ready,
        Self::StartScripts,
        Self::StartOthers,
        Self::SignIn,
        Self::RunLimit,
        Self::Report,
        Self::AnswerScript,
        Self::AnswerRequiredApp,
        Self::AnswerAvailableApp,
        Self::AnswerRemediation,
        Self::AnswerCompliance,
        Self::AnswerReport,
        Self::AnswerTest,
        Self::RemoveDetected,
        Self::RemoveUnmanaged,
        Self::RemoveIrrecoverable,
        Self::PollScript,
        Self::PollRequiredApp,
        Self::PollAvailableApp,
        Self::PollRemediation,
        Self::PollCompliance,
        Self::Health,
    ];

    /// The periodic timer of a workload.
    pub const fn poll(workload: Workload) -> Self {
        match workload {
            Workload::Script => Self::PollScript,
            Workload::RequiredApp => Self::PollRequiredApp,
            Workload::AvailableApp => Self::PollAvailableApp,
            Workload::Remediation => Self::PollRemediation,
            Workload::Compliance => Self::PollCompliance,
        }
    }

    /// The rule behind the timer.
    pub const fn rule(self) -> RuleId {
        match self {
            Self::Ready | Self::StartScripts | Self::StartOthers => b(4, 8),
            Self::SignIn => b(4, 17),
            Self::RunLimit => b(5, 15),
            Self::Report => b(5, 25),
            Self::AnswerScript
            | Self::AnswerRequiredApp
            | Self::AnswerAvailableApp
            | Self::AnswerRemediation
            | Self::AnswerCompliance => b(4, 24),
            Self::AnswerReport => b(13, 7),
            Self::AnswerTest => b(4, 29),
            Self::RemoveDetected => b(10, 5).with_suffix('a'),
            Self::RemoveUnmanaged => b(10, 5),
            Self::RemoveIrrecoverable => b(10, 6),
            Self::PollScript => b(4, 5),
            Self::PollRequiredApp => b(4, 3),
            Self::PollAvailableApp => b(4, 4),
            Self::PollRemediation | Self::PollCompliance => b(4, 6),
            Self::Health => b(10, 8),
        }
    }

    /// The clock on which the timer counts.
    ///
    /// Periodic polls count as `ime.timers_count` says (B-4.27); removal counts awake time only (B-10.5, B-10.6).
    pub const fn clock(self, profile: &Profile) -> Clock {
        let index = self as usize;
        if index < POLLS {
            Clock::Awake
        } else if index == Self::Health as usize {
            Clock::Wall
        } else {
            match profile.ime.timers_count {
                TimersCount::Awake => Clock::Awake,
                TimersCount::Wall => Clock::Wall,
            }
        }
    }

    /// True for the timers that outlive the agent's process: the health task and the removal rules.
    const fn outlives_service(self) -> bool {
        matches!(self, Self::RemoveDetected | Self::RemoveUnmanaged | Self::RemoveIrrecoverable | Self::Health)
    }
}

/// Where the periodic timers begin in the order of [`Timer`].
const POLLS: usize = Timer::PollScript as usize;
const COUNT: usize = Timer::ALL.len();
/// No deadline.
const OFF: u64 = u64::MAX;

/// The deadline of every timer, each on the timer's own clock.
///
/// Few timers are armed at a time, so a set of them is kept beside the deadlines and only those are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Timers {
    /// The armed timers, as bits by their numbers.
    armed: u32,
    /// Deadlines by number; [`OFF`] where the timer is not armed, so that equal tables are equal bit by bit.
    due: [u64; COUNT],
}

impl Timers {
    pub(super) const fn new() -> Self {
        Self { armed: 0, due: [OFF; COUNT] }
    }

    /// Arms a timer to fire a span from now, on its own clock.
    pub(super) fn set(&mut self, timer: Timer, now: Now, after: Span, profile: &Profile) {
        self.put(
            timer,
            match timer.clock(profile) {
                Clock::Awake => now.awake.after(after).raw(),
                Clock::Wall => now.wall.after(after).raw(),
            },
        );
    }

    /// Arms a timer that counts awake time, unless it is armed already.
    pub(super) fn set_awake_once(&mut self, timer: Timer, at: Awake) {
        if !self.is_set(timer) {
            self.put(timer, at.raw());
        }
    }

    fn put(&mut self, timer: Timer, due: u64) {
        self.due[timer as usize] = due;
        self.armed |= 1 << timer as u32;
    }

    #[inline]
    pub(super) fn clear(&mut self, timer: Timer) {
        self.due[timer as usize] = OFF;
        self.armed &= !(1 << timer as u32);
    }

    #[inline]
    pub(super) fn is_set(&self, timer: Timer) -> bool {
        self.armed & (1 << timer as u32) != 0
    }

    /// How far away a timer's deadline is; `None` if it is not armed.
    pub(super) fn remaining(&self, timer: Timer, now: Now, profile: &Profile) -> Option<Span> {
        let due = self.due[timer as usize];
        self.is_set(timer).then(|| match timer.clock(profile) {
            Clock::Awake => Awake::of_raw(due).since(now.awake),
            Clock::Wall => Wall::of_raw(due).since(now.wall),
        })
    }

    /// Disarms what ends with the agent's process.
    pub(super) fn clear_service(&mut self) {
        for timer in Timer::ALL {
            if !timer.outlives_service() {
                self.clear(timer);
            }
        }
    }

    pub(super) fn clear_all(&mut self) {
        *self = Self::new();
    }

    /// The timers that are due, as a set that [`Timers::take`] reads one by one.
    #[inline]
    pub(super) fn due(&self, now: Now, profile: &Profile) -> u32 {
        let wall_timers = wall_timers(profile);
        self.earlier_than(self.armed & !wall_timers, now.awake.raw())
            | self.earlier_than(self.armed & wall_timers, now.wall.raw())
    }

    #[inline]
    fn earlier_than(&self, mut timers: u32, clock: u64) -> u32 {
        let mut due = 0;
        while timers != 0 {
            let index = timers.trailing_zeros();
            timers &= timers - 1;
            due |= u32::from(self.due[index as usize] <= clock) << index;
        }
        due
    }

    /// Takes the first timer out of a set made by [`Timers::due`] and disarms it, if it is still due.
    #[inline]
    pub(super) fn take(&mut self, set: &mut u32, now: Now, profile: &Profile) -> Option<Timer> {
        while *set != 0 {
            let timer = Timer::ALL[set.trailing_zeros() as usize];
            *set &= *set - 1;
            let clock = match timer.clock(profile) {
                Clock::Awake => now.awake.raw(),
                Clock::Wall => now.wall.raw(),
            };
            if self.is_set(timer) && self.due[timer as usize] <= clock {
                self.clear(timer);
                return Some(timer);
            }
        }
        None
    }

    /// The next deadline on each clock.
    #[inline]
    pub(super) fn wake(&self, profile: &Profile) -> Wake<Timer> {
        let wall_timers = wall_timers(profile);
        Wake {
            wall: self.first(self.armed & wall_timers).map(|(due, timer)| (Wall::of_raw(due), timer)),
            awake: self.first(self.armed & !wall_timers).map(|(due, timer)| (Awake::of_raw(due), timer)),
        }
    }

    /// The next deadline on each clock without the timers behind them; the end of time where there is none.
    #[inline]
    pub(super) fn next(&self, profile: &Profile) -> (Awake, Wall) {
        let wall_timers = wall_timers(profile);
        let (awake, wall) = (self.earliest(self.armed & !wall_timers), self.earliest(self.armed & wall_timers));
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
            if self.due[index] < first.0 {
                first = (self.due[index], index);
            }
        }
        Some((first.0, *Timer::ALL.get(first.1)?))
    }

    /// Every armed timer with its deadline, in firing order.
    pub(super) fn armed<'p>(&'p self, profile: &'p Profile) -> impl Iterator<Item = (Timer, Deadline)> + 'p {
        Timer::ALL.into_iter().filter(|timer| self.is_set(*timer)).map(|timer| {
            let due = self.due[timer as usize];
            let deadline = match timer.clock(profile) {
                Clock::Awake => Deadline::Awake(Awake::of_raw(due)),
                Clock::Wall => Deadline::Wall(Wall::of_raw(due)),
            };
            (timer, deadline)
        })
    }
}

/// The timers that count on the device's clock under a profile, as bits.
#[inline]
const fn wall_timers(profile: &Profile) -> u32 {
    const HEALTH: u32 = 1 << Timer::Health as u32;
    const POLLS: u32 = ((1 << Timer::Health as u32) - 1) & !((1 << Timer::PollScript as u32) - 1);
    match profile.ime.timers_count {
        TimersCount::Awake => HEALTH,
        TimersCount::Wall => HEALTH | POLLS,
    }
}

/// A deadline on the clock of its timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deadline {
    /// In awake time.
    Awake(Awake),
    /// On the device's clock.
    Wall(Wall),
}
