//! The agent's timers: which there are, and on which clock each counts. Their deadlines are in `timers.rs`.

use serde::{Deserialize, Serialize};

use crate::profile::{Profile, TimersCount};
use crate::protocol::Workload;
use crate::rules::{RuleId, b};
use crate::time::{Awake, Clock, Wall};

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
    /// The next step of the app work is due, in awake time: a limit or a retry (B-7.21, B-7.24).
    AppWork = 6,
    /// The next step of the app work is due by the clock: a deadline or a restart (B-7.29, B-7.30).
    AppClock = 7,
    /// A step of the remediations is due, in awake time: a limit, the delay of a first run, a batch of reports (B-6.9, B-6.16, B-6.28).
    RemediationWork = 8,
    /// A remediation is due by the clock (B-6.11).
    RemediationClock = 9,
    /// A discovery script is due, or has reached its limit (B-8.1, B-8.4).
    ComplianceWork = 10,
    /// A job of Endpoint analytics is due (B-8.15).
    InventoryWork = 11,
    /// The inventory of Win32 apps is due (B-8.16).
    InventoryClock = 12,
    /// A workload need not keep away any more (ours).
    Backoff = 13,
    /// The agent removes itself after a check-in learned that the device is not managed (B-10.5a).
    RemoveDetected = 14,
    /// The agent removes itself, not managed and out of reach for too long (B-10.5).
    RemoveUnmanaged = 15,
    /// The agent is removed, irrecoverable for too long (B-10.6).
    RemoveIrrecoverable = 16,
    /// No answer to the script poll.
    AnswerScript = 17,
    /// No answer to the required-app check.
    AnswerRequiredApp = 18,
    /// No answer to the available-app check.
    AnswerAvailableApp = 19,
    /// No answer to the remediation fetch.
    AnswerRemediation = 20,
    /// No answer to the compliance fetch.
    AnswerCompliance = 21,
    /// No answer to a report.
    AnswerReport = 22,
    /// No answer to the connection test.
    AnswerTest = 23,
    /// Periodic script poll (B-4.5).
    PollScript = 24,
    /// Periodic required-app check (B-4.3).
    PollRequiredApp = 25,
    /// Periodic available-app check (B-4.4).
    PollAvailableApp = 26,
    /// Periodic remediation fetch (B-4.6).
    PollRemediation = 27,
    /// Periodic compliance fetch (B-4.6).
    PollCompliance = 28,
    /// The daily health task (B-10.8). It belongs to Windows, so it counts on the device's clock.
    Health = 29,
}

impl Timer {
    /// Every timer, in firing order.
    pub const ALL: [Self; 30] = [
        Self::Ready,
        Self::StartScripts,
        Self::StartOthers,
        Self::SignIn,
        Self::RunLimit,
        Self::Report,
        Self::AppWork,
        Self::AppClock,
        Self::RemediationWork,
        Self::RemediationClock,
        Self::ComplianceWork,
        Self::InventoryWork,
        Self::InventoryClock,
        Self::Backoff,
        Self::RemoveDetected,
        Self::RemoveUnmanaged,
        Self::RemoveIrrecoverable,
        Self::AnswerScript,
        Self::AnswerRequiredApp,
        Self::AnswerAvailableApp,
        Self::AnswerRemediation,
        Self::AnswerCompliance,
        Self::AnswerReport,
        Self::AnswerTest,
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
            Self::AppWork => b(7, 24),
            Self::AppClock => b(7, 30),
            Self::RemediationWork => b(6, 9),
            Self::RemediationClock => b(6, 11),
            Self::ComplianceWork => b(8, 1),
            Self::InventoryWork => b(8, 15),
            Self::InventoryClock => b(8, 16),
            Self::AnswerScript
            | Self::AnswerRequiredApp
            | Self::AnswerAvailableApp
            | Self::AnswerRemediation
            | Self::AnswerCompliance => b(4, 24),
            Self::AnswerReport => b(13, 7),
            Self::AnswerTest => b(4, 29),
            Self::Backoff => b(4, 25),
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
        if ON_CLOCK & (1 << index) != 0 {
            Clock::Wall
        } else if index < POLLS {
            Clock::Awake
        } else {
            match profile.ime.timers_count {
                TimersCount::Awake => Clock::Awake,
                TimersCount::Wall => Clock::Wall,
            }
        }
    }

    /// True for the timers that outlive the agent's process: the health task and the removal rules.
    pub(super) const fn outlives_service(self) -> bool {
        matches!(self, Self::RemoveDetected | Self::RemoveUnmanaged | Self::RemoveIrrecoverable | Self::Health)
    }
}

/// The timers that always count on the device's clock, as bits by their numbers.
pub(super) const ON_CLOCK: u32 = 1 << Timer::Health as u32
    | 1 << Timer::AppClock as u32
    | 1 << Timer::RemediationClock as u32
    | 1 << Timer::InventoryClock as u32;
/// Where the periodic timers begin in the order of [`Timer`].
pub(super) const POLLS: usize = Timer::PollScript as usize;

/// A deadline on the clock of its timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deadline {
    /// In awake time.
    Awake(Awake),
    /// On the device's clock.
    Wall(Wall),
}
