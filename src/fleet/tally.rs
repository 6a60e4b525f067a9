//! What a worker counts while its devices run: load and states by time. One for each thread; the sums are added up.

use std::cell::Cell;

use serde::Serialize;

use super::grid::Grid;
use crate::agent::Task;
use crate::protocol::app_codes::enforcement;
use crate::protocol::{AppReport, PolicyId, RemediationOutcome, Report, Request, ScriptResult, Workload};
use crate::sim::busy::Demand;
use crate::sim::{Observer, Power};
use crate::time::Wall;

/// What is counted by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Polls for scripts.
    ScriptPoll,
    /// Polls for apps, required and available.
    AppPoll,
    /// Polls for remediations.
    RemediationPoll,
    /// Polls for compliance.
    CompliancePoll,
    /// Reports of the agent.
    Report,
    /// Sessions of the MDM client.
    MdmSession,
    /// Enrollments, channel renewals, connection tests.
    OtherRequest,
    /// Requests of any kind that a busy service refused.
    Refused,
    /// Pushes that the service handed over.
    Push,
    /// Downloads of apps that began.
    Download,
    /// Installers that began, uninstallers among them.
    Install,
    /// Scripts that began, those of remediations and compliance among them.
    ScriptRun,
}

impl Kind {
    /// All, in their order.
    pub const ALL: [Self; 12] = [
        Self::ScriptPoll,
        Self::AppPoll,
        Self::RemediationPoll,
        Self::CompliancePoll,
        Self::Report,
        Self::MdmSession,
        Self::OtherRequest,
        Self::Refused,
        Self::Push,
        Self::Download,
        Self::Install,
        Self::ScriptRun,
    ];

    /// In words, for a legend.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ScriptPoll => "script check-ins",
            Self::AppPoll => "app check-ins",
            Self::RemediationPoll => "remediation check-ins",
            Self::CompliancePoll => "compliance check-ins",
            Self::Report => "reports",
            Self::MdmSession => "MDM sessions",
            Self::OtherRequest => "other requests",
            Self::Refused => "refused requests",
            Self::Push => "pushes",
            Self::Download => "app downloads",
            Self::Install => "installers",
            Self::ScriptRun => "script runs",
        }
    }

    /// In one word, for the head of a column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ScriptPoll => "script_polls",
            Self::AppPoll => "app_polls",
            Self::RemediationPoll => "remediation_polls",
            Self::CompliancePoll => "compliance_polls",
            Self::Report => "reports",
            Self::MdmSession => "mdm_sessions",
            Self::OtherRequest => "other_requests",
            Self::Refused => "refused",
            Self::Push => "pushes",
            Self::Download => "downloads",
            Self::Install => "installs",
            Self::ScriptRun => "script_runs",
        }
    }

    /// True for what arrives at the service and takes of its capacity, or is refused.
    pub const fn is_request(self) -> bool {
        matches!(
            self,
            Self::ScriptPoll
                | Self::AppPoll
                | Self::RemediationPoll
                | Self::CompliancePoll
                | Self::Report
                | Self::MdmSession
                | Self::OtherRequest
        )
    }

    const fn of(request: &Request) -> Self {
        match request {
            Request::Poll { workload, .. } => match workload {
                Workload::Script => Self::ScriptPoll,
                Workload::RequiredApp | Workload::AvailableApp => Self::AppPoll,
                Workload::Remediation => Self::RemediationPoll,
                Workload::Compliance => Self::CompliancePoll,
            },
            Request::Report(_) => Self::Report,
            Request::MdmSession { .. } => Self::MdmSession,
            Request::ConnectionTest | Request::Enroll | Request::RenewChannel | Request::Unenrolled => {
                Self::OtherRequest
            }
        }
    }
}

/// A state in which devices are, counted by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Awake and in use, or ready for it.
    Awake,
    /// Awake for maintenance only.
    DarkWake,
    /// The agent is there.
    Agent,
}

impl State {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Awake, Self::DarkWake, Self::Agent];

    /// In words, for a legend.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Awake => "awake",
            Self::DarkWake => "awake for maintenance",
            Self::Agent => "with the agent",
        }
    }

    /// In one word, for the head of a column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Awake => "awake",
            Self::DarkWake => "dark_wake",
            Self::Agent => "with_agent",
        }
    }
}

/// The counters of one worker. They are cells because each of its devices looks at them.
#[derive(Debug)]
pub(super) struct Tally {
    grid: Grid,
    /// By [`Kind`], by fine bin.
    load: [Box<[Cell<u64>]>; Kind::ALL.len()],
    /// By [`State`], by fine bin: how many more devices are in it than in the bin before.
    states: [Box<[Cell<i64>]>; State::ALL.len()],
    /// What came in since it was taken last.
    demand: Cell<Demand>,
}

impl Tally {
    pub(super) fn new(grid: Grid) -> Self {
        let bins = grid.fine_bins();
        Self {
            grid,
            load: std::array::from_fn(|_| vec![Cell::new(0); bins].into_boxed_slice()),
            states: std::array::from_fn(|_| vec![Cell::new(0); bins].into_boxed_slice()),
            demand: Cell::new(Demand::default()),
        }
    }

    /// What came in since this was asked last.
    pub(super) fn take_demand(&self) -> Demand {
        self.demand.take()
    }

    pub(super) fn load(&self, kind: Kind) -> impl Iterator<Item = u64> {
        self.load[kind as usize].iter().map(Cell::get)
    }

    pub(super) fn changes(&self, state: State) -> impl Iterator<Item = i64> {
        self.states[state as usize].iter().map(Cell::get)
    }

    #[inline]
    fn count(&self, kind: Kind, at: Wall) {
        if let Some(cell) = self.load[kind as usize].get(self.grid.fine_bin(at)) {
            cell.set(cell.get() + 1);
        }
    }

    fn change(&self, state: State, at: Wall, by: i64) {
        if let Some(cell) = self.states[state as usize].get(self.grid.fine_bin(at)) {
            cell.set(cell.get() + by);
        }
    }

    #[inline]
    fn demand(&self, change: impl FnOnce(&mut Demand)) {
        let mut demand = self.demand.get();
        change(&mut demand);
        self.demand.set(demand);
    }
}

/// What is noted of one device.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// When it was awake last, as far as it has fallen asleep again; see [`Notes::was_awake`].
    slept: Option<Wall>,
    /// When the service took a request of it last.
    pub(super) last_contact: Option<Wall>,
    /// What the service learned of content, in the order in which it did.
    pub(super) learned: Vec<Learned>,
    /// The state of power, as far as it is counted.
    power: Option<State>,
    has_agent: bool,
}

/// What the service learned of one piece of content on one device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Learned {
    pub(super) policy: PolicyId,
    /// When a report of success came in.
    pub(super) done: Option<Wall>,
    /// How many reports of failure came in.
    pub(super) failures: u32,
}

impl Notes {
    /// The same for another device; its room is kept.
    pub(super) fn cleared(mut self) -> Self {
        self.learned.clear();
        Self { learned: self.learned, ..Self::default() }
    }

    /// True if the device was awake at some moment from then on.
    pub(super) fn was_awake(&self, from: Wall) -> bool {
        self.power.is_some() || self.slept.is_some_and(|slept| slept > from)
    }

    pub(super) fn learned(&self, policy: PolicyId) -> Option<&Learned> {
        self.learned.iter().find(|learned| learned.policy == policy)
    }

    fn learn(&mut self, at: Wall, report: &Report) {
        let (policy, result) = match report {
            Report::Script(report) => (report.policy, Some(report.result)),
            Report::App(report) => (report.policy, result_of(report)),
            Report::Remediation(report) => (report.policy, Some(result_of_remediation(report.outcome))),
            Report::Compliance(_) | Report::Inventory => return,
        };
        let place = self.learned.iter().position(|learned| learned.policy == policy).unwrap_or_else(|| {
            // Many devices have one piece of content, and room for more would be lost on them.
            self.learned.reserve_exact(usize::from(self.learned.is_empty()));
            self.learned.push(Learned { policy, done: None, failures: 0 });
            self.learned.len() - 1
        });
        match result {
            Some(ScriptResult::Success) => {
                self.learned[place].done.get_or_insert(at);
            }
            Some(ScriptResult::Failed) => self.learned[place].failures += 1,
            None => {}
        }
    }
}

/// Looks on for one device.
#[derive(Debug)]
pub(super) struct Watch<'c> {
    pub(super) tally: &'c Tally,
    pub(super) notes: Notes,
}

impl Observer for Watch<'_> {
    #[inline]
    fn served(&mut self, at: Wall, request: &Request) {
        self.tally.count(Kind::of(request), at);
        self.tally.demand(|demand| demand.requests += 1);
    }

    #[inline]
    fn accepted(&mut self, at: Wall, request: &Request) {
        self.notes.last_contact = Some(at);
        if let Request::Report(report) = request {
            self.notes.learn(at, report);
        }
    }

    fn refused(&mut self, at: Wall) {
        self.tally.count(Kind::Refused, at);
        self.tally.demand(|demand| demand.refused += 1);
    }

    fn pushed(&mut self, at: Wall) {
        self.tally.count(Kind::Push, at);
        self.tally.demand(|demand| demand.pushes += 1);
    }

    fn began(&mut self, at: Wall, task: Task) {
        let kind = match task {
            Task::AppDownload | Task::AppDownloadForeground => Kind::Download,
            Task::AppInstall | Task::AppUninstall => Kind::Install,
            Task::Script | Task::Detect | Task::Remediate | Task::DetectAgain | Task::Discover => Kind::ScriptRun,
            Task::AppDetect | Task::AppRequire => return,
        };
        self.tally.count(kind, at);
    }

    #[inline]
    fn powered(&mut self, at: Wall, power: Power) {
        let after = match power {
            Power::On => Some(State::Awake),
            Power::DarkWake => Some(State::DarkWake),
            Power::Asleep | Power::Hibernating | Power::Off => None,
        };
        let before = std::mem::replace(&mut self.notes.power, after);
        if before.is_some() && after.is_none() {
            self.notes.slept = Some(at);
        }
        if before != after {
            if let Some(state) = before {
                self.tally.change(state, at, -1);
            }
            if let Some(state) = after {
                self.tally.change(state, at, 1);
            }
        }
    }

    fn agent_changed(&mut self, at: Wall, is_there: bool) {
        if self.notes.has_agent != is_there {
            self.notes.has_agent = is_there;
            self.tally.change(State::Agent, at, if is_there { 1 } else { -1 });
        }
    }
}

/// Whether there is no issue, or none any more.
const fn result_of_remediation(outcome: RemediationOutcome) -> ScriptResult {
    match outcome {
        RemediationOutcome::NoIssue | RemediationOutcome::Remediated => ScriptResult::Success,
        RemediationOutcome::RemediationFailed
        | RemediationOutcome::IssueDetected
        | RemediationOutcome::DetectionError => ScriptResult::Failed,
    }
}

/// Whether an app is there as wished, or enforcing it failed (T-7.3); neither while it waits for something.
const fn result_of(report: &AppReport) -> Option<ScriptResult> {
    if enforcement::is_success(report.enforcement) {
        Some(ScriptResult::Success)
    } else if enforcement::is_error(report.enforcement) {
        Some(ScriptResult::Failed)
    } else {
        None
    }
}
