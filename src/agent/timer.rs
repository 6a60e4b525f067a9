//! The agent's timers: which there are, on which clock each counts, and the table of their deadlines.

use serde::{Deserialize, Serialize};

use crate::profile::{Profile, TimersCount};
use crate::protocol::Workload;
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Timers {
    due: [u64; COUNT],
}

impl Timers {
    pub(super) const fn new() -> Self {
        Self { due: [OFF; COUNT] }
    }

    /// Arms a timer to fire a span from now, on its own clock.
    pub(super) fn set(&mut self, timer: Timer, now: Now, after: Span, profile: &Profile) {
        self.due[timer as usize] = match timer.clock(profile) {
            Clock::Awake => now.awake.after(after).raw(),
            Clock::Wall => now.wall.after(after).raw(),
        };
    }

    /// Arms a timer that counts awake time, unless it is armed already.
    pub(super) fn set_awake_once(&mut self, timer: Timer, at: Awake) {
        let due = &mut self.due[timer as usize];
        if *due == OFF {
            *due = at.raw();
        }
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        self.due[timer as usize] = OFF;
    }

    pub(super) fn is_set(&self, timer: Timer) -> bool {
        self.due[timer as usize] != OFF
    }

    /// How far away a timer's deadline is; `None` if it is not armed.
    pub(super) fn remaining(&self, timer: Timer, now: Now, profile: &Profile) -> Option<Span> {
        let due = self.due[timer as usize];
        (due != OFF).then(|| match timer.clock(profile) {
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
        let (awake, wall) = (now.awake.raw(), now.wall.raw());
        let polls = match profile.ime.timers_count {
            TimersCount::Awake => awake,
            TimersCount::Wall => wall,
        };
        let mut set = 0;
        for (index, due) in self.due.iter().enumerate() {
            let clock = if index < POLLS {
                awake
            } else if index == Timer::Health as usize {
                wall
            } else {
                polls
            };
            set |= u32::from(*due <= clock) << index;
        }
        set
    }

    /// Takes the first timer out of a set made by [`Timers::due`] and disarms it, if it is still due.
    #[inline]
    pub(super) fn take(&mut self, set: &mut u32, now: Now, profile: &Profile) -> Option<Timer> {
        while *set != 0 {
            let index = set.trailing_zeros() as usize;
            *set &= *set - 1;
            let timer = Timer::ALL[index];
            let clock = match timer.clock(profile) {
                Clock::Awake => now.awake.raw(),
                Clock::Wall => now.wall.raw(),
            };
            if self.due[index] <= clock {
                self.due[index] = OFF;
                return Some(timer);
            }
        }
        None
    }

    /// The next deadline on each clock.
    #[inline]
    pub(super) fn wake(&self, profile: &Profile) -> Wake<Timer> {
        let (mut first, mut which) = (OFF, 0);
        for (index, due) in self.due[..POLLS].iter().enumerate() {
            if *due < first {
                (first, which) = (*due, index);
            }
        }
        let (mut poll, mut poll_which) = (OFF, POLLS);
        for (index, due) in self.due[POLLS..COUNT - 1].iter().enumerate() {
            if *due < poll {
                (poll, poll_which) = (*due, POLLS + index);
            }
        }
        let health = self.due[Timer::Health as usize];
        let (mut wall, mut wall_which) = (health, Timer::Health as usize);
        match profile.ime.timers_count {
            TimersCount::Awake if poll < first => (first, which) = (poll, poll_which),
            TimersCount::Awake => {}
            TimersCount::Wall if poll < wall => (wall, wall_which) = (poll, poll_which),
            TimersCount::Wall => {}
        }
        Wake {
            wall: (wall != OFF).then(|| (Wall::of_raw(wall), Timer::ALL[wall_which])),
            awake: (first != OFF).then(|| (Awake::of_raw(first), Timer::ALL[which])),
        }
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

/// A deadline on the clock of its timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deadline {
    /// In awake time.
    Awake(Awake),
    /// On the device's clock.
    Wall(Wall),
}
