//! Of what kinds a step is: a judge is asked only after steps of kinds that concern it.

use crate::agent::{self, AppEvent};
use crate::device::{Action, StateFile};
use crate::mdm;
use crate::protocol::{AgentOrder, Failure, Workload};
use crate::service::AdminAction;

/// Kinds of things that happen in a step, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u64);

impl Kinds {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Whatever happens, be it that time passes.
    pub const STEP: Self = Self(1);
    /// The agent has taken an input.
    pub const AGENT: Self = Self(1 << 1);
    /// The MDM client may have taken an input.
    pub const CLIENT: Self = Self(1 << 2);

    /// The agent is installed, upgraded or removed.
    pub const PRESENCE: Self = Self(1 << 3);
    /// Its service starts.
    pub const STARTS: Self = Self(1 << 4);
    /// Its service stops, or is found not to run.
    pub const STOPS: Self = Self(1 << 5);
    /// The agent finds that it cannot go on, that it can again, or that its device is not managed.
    pub const VERDICTS: Self = Self(1 << 6);
    /// Its health, and what keeps it from the service.
    pub const HEALTH: Self = Self(1 << 7);
    /// The agent comes, goes, starts, stops, or finds out how it stands with it.
    pub const LIFE: Self = Self::PRESENCE.and(Self::STARTS).and(Self::STOPS).and(Self::VERDICTS).and(Self::HEALTH);

    /// Check-ins that it begins.
    pub const CALLS: Self = Self(1 << 8);
    /// Check-ins for scripts among them.
    pub const CALLS_FOR_SCRIPTS: Self = Self(1 << 9);
    /// Check-ins that are answered, and dealt with.
    pub const ANSWERS: Self = Self(1 << 10);
    /// Check-ins that fail.
    pub const FAILURES: Self = Self(1 << 11);
    /// Check-ins that fail because the service refuses whoever asks (401, 403).
    pub const REFUSALS: Self = Self(1 << 12);
    /// Calls that are made again at once.
    pub const REPEATS: Self = Self(1 << 13);
    /// Check-ins that begin, or come to their end.
    pub const CHECK_INS_BEGIN_OR_END: Self = Self::CALLS.and(Self::ANSWERS).and(Self::FAILURES);
    /// Check-ins for scripts, from their beginning to their end.
    pub const OF_SCRIPTS: Self = Self(1 << 14);
    /// Check-ins for remediations, from their beginning to their end.
    pub const OF_REMEDIATIONS: Self = Self(1 << 15);
    /// Check-ins that are put off: they follow on another, or on a time to keep away.
    pub const PUT_OFF: Self = Self(1 << 16);
    /// Check-ins that are left out, wait for something else, or are made otherwise.
    pub const LEFT_OUT: Self = Self(1 << 17);
    /// What keeps check-ins from being made, or has them made otherwise.
    pub const TURNS: Self = Self::PUT_OFF.and(Self::LEFT_OUT).and(Self::REPEATS);
    /// Check-ins, and what keeps them from being made.
    pub const CHECK_INS: Self = Self::CHECK_INS_BEGIN_OR_END.and(Self::TURNS);

    /// The agent's scripts.
    pub const SCRIPTS: Self = Self(1 << 18);
    /// Its remediations.
    pub const REMEDIATIONS: Self = Self(1 << 19);
    /// What it finds of its apps, and apps that it forgets.
    pub const DETECTIONS: Self = Self(1 << 20);
    /// Reports that it sends or keeps.
    pub const REPORTS: Self = Self(1 << 21);
    /// Runs that begin.
    pub const RUNS: Self = Self(1 << 22);
    /// Requests that reach the service.
    pub const REQUESTS: Self = Self(1 << 23);

    /// Sessions that the MDM client opens.
    pub const SESSIONS: Self = Self(1 << 24);
    /// Sessions that bring an answer, whatever it orders.
    pub const SESSIONS_DONE: Self = Self(1 << 25);
    /// Sessions of which the answer orders something to be done about the agent.
    pub const ORDERS: Self = Self(1 << 26);
    /// Sessions that fail.
    pub const SESSIONS_FAILED: Self = Self(1 << 27);
    /// Sessions of the MDM client that come to an end.
    pub const SESSIONS_OVER: Self = Self::SESSIONS_DONE.and(Self::SESSIONS_FAILED);
    /// Enrollments, from their tries to their ends.
    pub const ENROLLMENTS: Self = Self(1 << 28);
    /// What else the MDM client decides, such as about its jobs.
    pub const JOBS: Self = Self(1 << 29);

    /// The device's [power](super::State::power) is another.
    pub const STATE_POWER: Self = Self(1 << 30);
    /// The agent's [version](super::State::version) is another, or it is there no longer or again.
    pub const STATE_VERSION: Self = Self(1 << 31);
    /// The agent's service [runs](super::State::is_running), and did not, or the reverse.
    pub const STATE_RUNNING: Self = Self(1 << 32);
    /// The device's [enrollment](super::State::enrolled_since) is another.
    pub const STATE_ENROLLED: Self = Self(1 << 33);
    /// The [`State`](super::State) is another.
    pub const STATE: Self =
        Self::STATE_POWER.and(Self::STATE_VERSION).and(Self::STATE_RUNNING).and(Self::STATE_ENROLLED);

    /// The device starts, stops or loses its power.
    pub const POWER: Self = Self(1 << 34);
    /// Something is done to the agent's service.
    pub const SERVICE: Self = Self(1 << 35);
    /// The device's clock goes wrong or is set.
    pub const CLOCKS: Self = Self(1 << 36);
    /// Something happens to the agent's file, or it is found unreadable.
    pub const FILES: Self = Self(1 << 37);
    /// What the agent remembers may be older than what it did from now on: its file cannot be written, or is found unreadable.
    pub const FILES_AT_RISK: Self = Self(1 << 38);
    /// Something is done in the admin center, or by another machine with the same identity.
    pub const ADMIN: Self = Self(1 << 39);
    /// Syncs for the MDM client alone are asked for.
    pub const SYNCS: Self = Self(1 << 40);
    /// The user wants the device enrolled, or not any more.
    pub const ENROLLS: Self = Self(1 << 41);
    /// Whatever else is done to the device.
    pub const OTHERS: Self = Self(1 << 42);
    /// Whatever is done to the device.
    pub const ACTIONS: Self = Self::POWER
        .and(Self::SERVICE)
        .and(Self::CLOCKS)
        .and(Self::FILES)
        .and(Self::ADMIN)
        .and(Self::SYNCS)
        .and(Self::ENROLLS)
        .and(Self::OTHERS);

    /// A timer of the agent is armed anew, and further ahead than it may be.
    pub const TOO_FAR: Self = Self(1 << 43);
    /// The agent or the MDM client breaks what must hold of it after every input, or waits for nothing.
    pub const UNSOUND: Self = Self(1 << 44);
    /// What requests that reach the service claim: reports, and a version of the agent that is not on the device.
    pub const CLAIMS: Self = Self(1 << 45);
    /// An agent that is not there checks in, starts, reports, or begins a run.
    pub const GHOSTS: Self = Self(1 << 46);
    /// Something begins while another of its kind is under way.
    pub const SECONDS: Self = Self(1 << 47);
    /// Runs that begin in maintenance wake.
    pub const RUNS_IN_THE_DARK: Self = Self(1 << 48);

    /// All kinds.
    pub const ALL: Self = Self(u64::MAX);
    /// In how many bytes all kinds lie.
    pub(super) const BYTES: usize = 7;

    /// What is in one of the two.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any of these is in it.
    #[must_use]
    pub const fn has_any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// The set, eight kinds to the byte.
    pub(super) const fn bytes(self) -> [u8; Self::BYTES] {
        let [bytes @ .., _] = self.0.to_le_bytes();
        bytes
    }

    /// The kinds of one thing that the agent decided.
    #[inline]
    pub(in crate::check) fn of_agent(event: &agent::Event) -> Self {
        let kind = Self::of_kind(event);
        // Tests for what is frequent: a jump by the name would often be guessed wrong.
        if kind.has_any(Self::CHECK_INS_BEGIN_OR_END) {
            return kind.and(Self::of_check_in(event));
        }
        if let agent::Event::App(AppEvent::AppDetected { .. } | AppEvent::AppForgotten { .. }) = event {
            return Self::DETECTIONS;
        }
        kind
    }

    /// The kinds of a check-in that begins or ends which say of what it is, and whether it is refused.
    #[inline]
    const fn of_check_in(event: &agent::Event) -> Self {
        use agent::Event as E;
        match event {
            E::CheckIn { workload, .. } => OF_CALLS[*workload as usize],
            E::CheckInFailed { workload, failure: Failure::Status(401 | 403) } => {
                OF_CHECK_INS[*workload as usize].and(Self::REFUSALS)
            }
            E::CheckInDone { workload, .. } | E::CheckInFailed { workload, .. } => OF_CHECK_INS[*workload as usize],
            _ => Self::NONE,
        }
    }

    /// That of its kinds which its name says: found in a table, as it says the same of each that has the name.
    #[inline]
    const fn of_kind(event: &agent::Event) -> Self {
        use agent::Event as E;
        match event {
            E::AgentInstalled { .. } | E::AgentUpgraded { .. } | E::AgentRemoved { .. } => Self::PRESENCE,
            E::ServiceStarted { .. } => Self::STARTS,
            E::ServiceStopped | E::ServiceNotRunning => Self::STOPS,
            E::Irrecoverable { .. } | E::Recovered | E::Unmanaged => Self::VERDICTS,
            E::DotnetWarning { .. }
            | E::HealthCheck { .. }
            | E::HealthSetAutomatic { .. }
            | E::HealthStartedService
            | E::ConnectionTest { .. }
            | E::Policy(_) => Self::HEALTH,
            E::CheckIn { .. } => Self::CALLS,
            E::CheckInDone { .. } => Self::ANSWERS,
            E::CheckInFailed { .. } => Self::FAILURES,
            E::CheckInQueued { .. } | E::Backoff(_) => Self::PUT_OFF,
            E::RequestRepeated { .. } => Self::REPEATS,
            E::CheckInWaits { .. }
            | E::CheckInDropped { .. }
            | E::AppsSkipped { .. }
            | E::SelfThrottled
            | E::UserTokenMissing { .. }
            | E::ScriptInterval { .. } => Self::LEFT_OUT,
            E::ScriptExhausted { .. }
            | E::ScriptDownloaded { .. }
            | E::ScriptSkipped { .. }
            | E::ScriptWaits { .. }
            | E::ScriptRun { .. }
            | E::ScriptResult { .. }
            | E::ScriptTimedOut { .. }
            | E::ScriptCutOff { .. }
            | E::ScriptsCancelled
            | E::ScriptForgotten { .. } => Self::SCRIPTS,
            E::Remediation(_) => Self::REMEDIATIONS,
            E::ClockChanged => Self::CLOCKS,
            E::ReportSent { .. } | E::ReportKept { .. } => Self::REPORTS,
            E::NothingStarts { .. }
            | E::ComplianceRun
            | E::Stale { .. }
            | E::Mismatched { .. }
            | E::PushDropped
            | E::App(_)
            | E::Compliance(_)
            | E::Inventory(_) => Self::NONE,
        }
    }

    /// The kinds of one thing that the MDM client decided.
    #[inline]
    pub(in crate::check) const fn of_client(event: &mdm::Event) -> Self {
        use mdm::Event as E;
        match event {
            E::MdmSession { .. } => Self::SESSIONS,
            E::MdmSessionDone { agent: AgentOrder::Leave } => Self::SESSIONS_DONE,
            E::MdmSessionDone { .. } => Self::SESSIONS_DONE.and(Self::ORDERS),
            E::MdmSessionFailed { .. } => Self::SESSIONS_FAILED,
            E::EnrollmentTried | E::Enrolled | E::EnrollmentFailed { .. } | E::Unenrolled { .. } => Self::ENROLLMENTS,
            _ => Self::JOBS,
        }
    }

    /// The kind of one thing that is done to the device.
    pub(in crate::check) const fn of_action(action: &Action) -> Self {
        use Action as A;
        match action {
            A::Reboot | A::SlowBoot(_) | A::PowerOn | A::PowerOff | A::PowerCut => Self::POWER,
            A::ServiceStop
            | A::ServiceStart
            | A::ServiceRestart
            | A::ServiceKill
            | A::ServiceAutomatic(_)
            | A::ServiceDisable
            | A::ServiceBreak
            | A::ServiceMend => Self::SERVICE,
            A::ClockStep(_) | A::ClockDrift(_) => Self::CLOCKS,
            A::StateFile(StateFile::ReadOnly) | A::DiskFull(true) => Self::FILES.and(Self::FILES_AT_RISK),
            A::StateFile(_) | A::DiskFull(_) => Self::FILES,
            A::SettingsSync | A::RemoteHelp | A::Admin(AdminAction::Sync | AdminAction::BulkSync) => Self::SYNCS,
            A::Twin(_) | A::Admin(_) => Self::ADMIN,
            A::Enroll | A::Unenroll => Self::ENROLLS,
            _ => Self::OTHERS,
        }
    }
}

/// Of what a check-in is, by the number of its workload.
const OF_CHECK_INS: [Kinds; Workload::ALL.len()] =
    [Kinds::OF_SCRIPTS, Kinds::NONE, Kinds::NONE, Kinds::OF_REMEDIATIONS, Kinds::NONE];
/// The same of one that begins.
const OF_CALLS: [Kinds; Workload::ALL.len()] = {
    let mut calls = OF_CHECK_INS;
    calls[Workload::Script as usize] = Kinds::OF_SCRIPTS.and(Kinds::CALLS_FOR_SCRIPTS);
    calls
};
const _: () = assert!(Workload::Script as usize == 0 && Workload::Remediation as usize == 3, "each has its place");
