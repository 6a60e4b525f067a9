//! What judges see of a step, and of what kinds it is: a judge is asked only after steps of kinds that concern it.

use crate::agent::{self, AppEvent, NotedDeadlines, Task};
use crate::device::{Action, AgentState, StateFile};
use crate::facts::Facts;
use crate::mdm::{self, MdmClient};
use crate::profile::Version;
use crate::protocol::{AgentOrder, Failure, Request, Workload};
use crate::service::{AdminAction, Cohort};
use crate::sim::plan::{DevicePlan, Plan};
use crate::sim::{Entry, Power};
use crate::time::{Now, Wall};

/// One device after a step of its world, and what happened in that step.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'s> {
    /// What is run.
    pub plan: &'s Plan,
    /// How the device is described.
    pub described: &'s DevicePlan,
    /// What it is given.
    pub cohort: &'s Cohort,
    /// True time.
    pub at: Wall,
    /// What the device's clocks show.
    pub now: Now,
    /// What is true of the device.
    pub facts: &'s Facts,
    /// Its MDM client.
    pub mdm: &'s MdmClient,
    /// Its agent, ours or somebody else's.
    pub agent: &'s dyn AgentState,
    /// The deadlines of its timers, if it shows them.
    pub deadlines: &'s NotedDeadlines,
    /// How it stands with the device as a whole.
    pub state: State,
    /// Whether it has a network.
    pub is_online: bool,
    /// What the agent last wanted to keep could not be written: its file is older, and a process that starts knows that one.
    pub is_file_behind: bool,
    /// Faults are over: what must happen at last, has to happen from now on.
    pub is_quiet: bool,
    /// What happened in the step.
    pub happened: &'s Happened,
    /// Of what kinds that is.
    pub kinds: Kinds,
}

/// What happened in a step, each in order.
#[derive(Clone, Debug, Default)]
pub struct Happened {
    /// All that is told of.
    pub entries: Vec<Entry>,
    /// Of that, what the agent decided.
    pub agent_events: Vec<agent::Event>,
    /// What the MDM client decided.
    pub mdm_events: Vec<mdm::Event>,
    /// What was done to the device.
    pub actions: Vec<Action>,
    /// The runs that began.
    pub began: Vec<Task>,
    /// The requests that reached the service, of this device or of another machine with its identity.
    pub served: Vec<Request>,
    /// Those of them that it took: they neither failed nor were refused.
    pub accepted: Vec<Request>,
}

impl Happened {
    /// Nothing has happened, in the room that there is.
    pub(in crate::check) fn clear(&mut self) {
        let Self { entries, agent_events, mdm_events, actions, began, served, accepted } = self;
        entries.clear();
        agent_events.clear();
        mdm_events.clear();
        actions.clear();
        began.clear();
        served.clear();
        accepted.clear();
    }
}

/// How it stands with a device: little, and asked for by most judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Whether it runs.
    pub power: Power,
    /// The version of the agent on it, if the agent is there.
    pub version: Option<Version>,
    /// Whether the agent's service runs.
    pub is_running: bool,
    /// Since when it has been enrolled, if it is.
    pub enrolled_since: Option<Wall>,
}

impl State {
    /// Whether the device is enrolled.
    pub const fn is_enrolled(&self) -> bool {
        self.enrolled_since.is_some()
    }

    /// All of it as numbers, which are soon compared.
    #[inline]
    pub(in crate::check) fn words(&self) -> [u64; 3] {
        let Self { power, version, is_running, enrolled_since } = *self;
        let [a, b, c, d] = version.map_or([0; 4], |version| version.0).map(u64::from);
        let flags =
            u64::from(version.is_some()) | u64::from(is_running) << 1 | u64::from(enrolled_since.is_some()) << 2;
        [a | b << 16 | c << 32 | d << 48, enrolled_since.map_or(0, Wall::raw), flags | (power as u64) << 8]
    }

    /// What is another than before, as kinds of a step.
    pub(in crate::check) fn changes(&self, before: &Self) -> Kinds {
        let Self { power, version, is_running, enrolled_since } = self;
        let changes = [
            (*power != before.power, Kinds::STATE_POWER),
            (*version != before.version, Kinds::STATE_VERSION),
            (*is_running != before.is_running, Kinds::STATE_RUNNING),
            (*enrolled_since != before.enrolled_since, Kinds::STATE_ENROLLED),
        ];
        changes.into_iter().filter(|(changed, _)| *changed).fold(Kinds::NONE, |kinds, (_, kind)| kinds.and(kind))
    }
}

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
    pub const STOPS: Self = Self(1 << 44);
    /// The agent finds that it cannot go on, that it can again, or that its device is not managed.
    pub const VERDICTS: Self = Self(1 << 5);
    /// Its health, and what keeps it from the service.
    pub const HEALTH: Self = Self(1 << 6);
    /// The agent comes, goes, starts, stops, or finds out how it stands with it.
    pub const LIFE: Self = Self::PRESENCE.and(Self::STARTS).and(Self::STOPS).and(Self::VERDICTS).and(Self::HEALTH);

    /// Check-ins that it begins.
    pub const CALLS: Self = Self(1 << 7);
    /// Check-ins for scripts among them.
    pub const CALLS_FOR_SCRIPTS: Self = Self(1 << 8);
    /// Check-ins that are answered, and dealt with.
    pub const ANSWERS: Self = Self(1 << 9);
    /// Check-ins that fail.
    pub const FAILURES: Self = Self(1 << 10);
    /// Check-ins that fail because the service refuses whoever asks (401, 403).
    pub const REFUSALS: Self = Self(1 << 45);
    /// Calls that are made again at once.
    pub const REPEATS: Self = Self(1 << 46);
    /// Check-ins for scripts, from their beginning to their end.
    pub const OF_SCRIPTS: Self = Self(1 << 11);
    /// Check-ins for remediations, from their beginning to their end.
    pub const OF_REMEDIATIONS: Self = Self(1 << 12);
    /// Check-ins that are put off: they follow on another, or on a time to keep away.
    pub const PUT_OFF: Self = Self(1 << 13);
    /// Check-ins that are left out, wait for something else, or are made otherwise.
    pub const LEFT_OUT: Self = Self(1 << 14);
    /// What keeps check-ins from being made, or has them made otherwise.
    pub const TURNS: Self = Self::PUT_OFF.and(Self::LEFT_OUT).and(Self::REPEATS);
    /// Check-ins, and what keeps them from being made.
    pub const CHECK_INS: Self = Self::CALLS.and(Self::ANSWERS).and(Self::FAILURES).and(Self::TURNS);

    /// The agent's scripts.
    pub const SCRIPTS: Self = Self(1 << 15);
    /// Its remediations.
    pub const REMEDIATIONS: Self = Self(1 << 16);
    /// What it finds of its apps, and apps that it forgets.
    pub const DETECTIONS: Self = Self(1 << 17);
    /// Reports that it sends or keeps.
    pub const REPORTS: Self = Self(1 << 18);
    /// Runs that begin.
    pub const RUNS: Self = Self(1 << 19);
    /// Requests that reach the service.
    pub const REQUESTS: Self = Self(1 << 20);

    /// Sessions that the MDM client opens.
    pub const SESSIONS: Self = Self(1 << 21);
    /// Sessions that bring an answer, whatever it orders.
    pub const SESSIONS_DONE: Self = Self(1 << 22);
    /// Sessions of which the answer orders something to be done about the agent.
    pub const ORDERS: Self = Self(1 << 23);
    /// Sessions that fail.
    pub const SESSIONS_FAILED: Self = Self(1 << 24);
    /// Sessions of the MDM client that come to an end.
    pub const SESSIONS_OVER: Self = Self::SESSIONS_DONE.and(Self::SESSIONS_FAILED);
    /// Enrollments, from their tries to their ends.
    pub const ENROLLMENTS: Self = Self(1 << 25);
    /// What else the MDM client decides, such as about its jobs.
    pub const JOBS: Self = Self(1 << 26);

    /// The device's [power](State::power) is another.
    pub const STATE_POWER: Self = Self(1 << 27);
    /// The agent's [version](State::version) is another, or it is there no longer or again.
    pub const STATE_VERSION: Self = Self(1 << 28);
    /// The agent's service [runs](State::is_running), and did not, or the reverse.
    pub const STATE_RUNNING: Self = Self(1 << 29);
    /// The device's [enrollment](State::enrolled_since) is another.
    pub const STATE_ENROLLED: Self = Self(1 << 30);
    /// The [`State`] is another.
    pub const STATE: Self =
        Self::STATE_POWER.and(Self::STATE_VERSION).and(Self::STATE_RUNNING).and(Self::STATE_ENROLLED);

    /// The device starts, stops or loses its power.
    pub const POWER: Self = Self(1 << 31);
    /// Something is done to the agent's service.
    pub const SERVICE: Self = Self(1 << 32);
    /// The device's clock goes wrong or is set.
    pub const CLOCKS: Self = Self(1 << 33);
    /// Something happens to the agent's file, or it is found unreadable.
    pub const FILES: Self = Self(1 << 34);
    /// What the agent remembers may be older than what it did from now on: its file cannot be written, or is found unreadable.
    pub const FILES_AT_RISK: Self = Self(1 << 47);
    /// Something is done in the admin center, or by another machine with the same identity.
    pub const ADMIN: Self = Self(1 << 35);
    /// Syncs for the MDM client alone are asked for.
    pub const SYNCS: Self = Self(1 << 36);
    /// The user wants the device enrolled, or not any more.
    pub const ENROLLS: Self = Self(1 << 37);
    /// Whatever else is done to the device.
    pub const OTHERS: Self = Self(1 << 38);
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
    pub const TOO_FAR: Self = Self(1 << 39);
    /// The agent or the MDM client breaks what must hold of it after every input, or waits for nothing.
    pub const UNSOUND: Self = Self(1 << 40);
    /// What requests that reach the service claim: reports, and a version of the agent that is not on the device.
    pub const CLAIMS: Self = Self(1 << 41);
    /// An agent that is not there checks in, starts, reports, or begins a run.
    pub const GHOSTS: Self = Self(1 << 42);
    /// Runs that begin in maintenance wake.
    pub const RUNS_IN_THE_DARK: Self = Self(1 << 43);

    /// All kinds.
    pub const ALL: Self = Self(u64::MAX);
    /// In how many bytes all kinds lie.
    pub(super) const BYTES: usize = 6;

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
        let [a, b, c, d, e, f, ..] = self.0.to_le_bytes();
        [a, b, c, d, e, f]
    }

    const fn of_check_in(workload: Workload) -> Self {
        match workload {
            Workload::Script => Self::OF_SCRIPTS,
            Workload::Remediation => Self::OF_REMEDIATIONS,
            Workload::RequiredApp | Workload::AvailableApp | Workload::Compliance => Self::NONE,
        }
    }

    /// The kinds of one thing that the agent decided.
    #[inline]
    pub(in crate::check) fn of_agent(event: &agent::Event) -> Self {
        use agent::Event as E;
        let kind = Self::of_kind(event);
        match event {
            E::CheckIn { workload: Workload::Script, .. } => {
                kind.and(Self::of_check_in(Workload::Script)).and(Self::CALLS_FOR_SCRIPTS)
            }
            E::CheckInFailed { workload, failure: Failure::Status(401 | 403) } => {
                kind.and(Self::of_check_in(*workload)).and(Self::REFUSALS)
            }
            E::CheckIn { workload, .. } | E::CheckInDone { workload, .. } | E::CheckInFailed { workload, .. } => {
                kind.and(Self::of_check_in(*workload))
            }
            E::App(AppEvent::AppDetected { .. } | AppEvent::AppForgotten { .. }) => Self::DETECTIONS,
            _ => kind,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// States are equal where their words are.
    #[test]
    fn every_part_of_a_state_is_in_its_words() {
        let version = |numbers| Some(Version(numbers));
        let since = Some(Wall::MIN);
        let state = State { power: Power::On, version: version([0; 4]), is_running: false, enrolled_since: None };
        let others = [
            State { power: Power::Off, ..state },
            State { version: None, ..state },
            State { version: version([1, 0, 0, 0]), ..state },
            State { version: version([0, 1, 0, 0]), ..state },
            State { version: version([0, 0, 1, 0]), ..state },
            State { version: version([0, 0, 0, 1]), ..state },
            State { is_running: true, ..state },
            State { enrolled_since: since, ..state },
            State { is_running: true, enrolled_since: since, ..state },
        ];
        let all: Vec<State> = others.into_iter().chain([state]).collect();
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            assert_eq!(a == b, a.words() == b.words(), "{a:?} and {b:?}");
        }
    }
}
