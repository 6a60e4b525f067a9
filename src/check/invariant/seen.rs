//! What judges see of a step, and of what kinds it is: a judge is asked only after steps of kinds that concern it.

use crate::agent::{self, Task};
use crate::device::{Action, AgentState};
use crate::facts::Facts;
use crate::mdm::{self, MdmClient};
use crate::profile::Version;
use crate::protocol::{Request, Workload};
use crate::service::Cohort;
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
    /// How it stands with the device as a whole.
    pub state: State,
    /// Whether it has a network.
    pub is_online: bool,
    /// What the agent last wanted to keep could not be written: its file is older, and a process that starts knows that one.
    pub is_file_behind: bool,
    /// Faults are over: what must happen at last, has to happen from now on.
    pub is_quiet: bool,
    /// What happened, in order.
    pub entries: &'s [Entry],
    /// Of that, what the agent decided.
    pub agent_events: &'s [agent::Event],
    /// What the MDM client decided.
    pub mdm_events: &'s [mdm::Event],
    /// What was done to the device.
    pub actions: &'s [Action],
    /// The runs that began.
    pub began: &'s [Task],
    /// The requests that reached the service, of this device or of another machine with its identity.
    pub served: &'s [Request],
    /// Those of them that it took: they neither failed nor were refused.
    pub accepted: &'s [Request],
    /// Of what kinds all of that is.
    pub kinds: Kinds,
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
}

/// Kinds of things that happen in a step, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u32);

impl Kinds {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Whatever happens, be it that time passes.
    pub const STEP: Self = Self(1);
    /// The agent comes, goes, starts, stops, or finds out how it stands with it.
    pub const LIFE: Self = Self(1 << 1);
    /// Check-ins that it begins.
    pub const CALLS: Self = Self(1 << 2);
    /// Its scripts.
    pub const SCRIPTS: Self = Self(1 << 3);
    /// Its remediations.
    pub const REMEDIATIONS: Self = Self(1 << 4);
    /// Its apps.
    pub const APPS: Self = Self(1 << 5);
    /// What the MDM client decides.
    pub const MDM: Self = Self(1 << 6);
    /// What is done to the device.
    pub const ACTIONS: Self = Self(1 << 7);
    /// What happens on the machine.
    pub const HOST: Self = Self(1 << 8);
    /// Requests that reach the service.
    pub const REQUESTS: Self = Self(1 << 9);
    /// Runs that begin.
    pub const RUNS: Self = Self(1 << 10);
    /// The [`State`] is another.
    pub const STATE: Self = Self(1 << 11);
    /// Reports that the agent sends or keeps.
    pub const REPORTS: Self = Self(1 << 12);
    /// Check-ins that are answered, and dealt with.
    pub const ANSWERS: Self = Self(1 << 13);
    /// Check-ins that fail.
    pub const FAILURES: Self = Self(1 << 14);
    /// What keeps check-ins from being made, or has them made otherwise.
    pub const TURNS: Self = Self(1 << 15);
    /// Check-ins for scripts, from their beginning to their end.
    pub const OF_SCRIPTS: Self = Self(1 << 16);
    /// Check-ins for remediations, from their beginning to their end.
    pub const OF_REMEDIATIONS: Self = Self(1 << 17);
    /// Check-ins, and what keeps them from being made.
    pub const CHECK_INS: Self = Self::CALLS.and(Self::ANSWERS).and(Self::FAILURES).and(Self::TURNS);
    /// All kinds.
    pub const ALL: Self = Self(u32::MAX);
    /// How many kinds fit into a set.
    pub(super) const COUNT: usize = u32::BITS as usize;

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

    /// The place of each kind in the set, ascending, from 0.
    pub(super) fn places(self) -> impl Iterator<Item = usize> {
        super::ones(self.0)
    }

    /// A number in which sets that differ mostly differ in their lowest bits too.
    pub(super) const fn mixed(self) -> usize {
        (self.0.wrapping_mul(0x9E37_79B9) >> 24) as usize
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
        match event {
            E::AgentInstalled { .. }
            | E::AgentUpgraded { .. }
            | E::DotnetWarning { .. }
            | E::ServiceStarted { .. }
            | E::ServiceStopped
            | E::ServiceNotRunning
            | E::HealthCheck { .. }
            | E::HealthSetAutomatic { .. }
            | E::HealthStartedService
            | E::ConnectionTest { .. }
            | E::Irrecoverable { .. }
            | E::Recovered
            | E::Unmanaged
            | E::AgentRemoved { .. }
            | E::Policy(_) => Self::LIFE,
            E::CheckIn { workload, .. } => Self::CALLS.and(Self::of_check_in(*workload)),
            E::CheckInDone { workload, .. } => Self::ANSWERS.and(Self::of_check_in(*workload)),
            E::CheckInFailed { workload, .. } => Self::FAILURES.and(Self::of_check_in(*workload)),
            E::CheckInWaits { .. }
            | E::CheckInDropped { .. }
            | E::CheckInQueued { .. }
            | E::AppsSkipped { .. }
            | E::SelfThrottled
            | E::RequestRepeated { .. }
            | E::UserTokenMissing { .. }
            | E::ScriptInterval { .. }
            | E::Backoff(_) => Self::TURNS,
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
            E::App(_) => Self::APPS,
            E::ReportSent { .. } | E::ReportKept { .. } => Self::REPORTS,
            E::NothingStarts { .. }
            | E::ComplianceRun
            | E::Stale { .. }
            | E::Mismatched { .. }
            | E::PushDropped
            | E::ClockChanged
            | E::Compliance(_)
            | E::Inventory(_) => Self::NONE,
        }
    }
}
