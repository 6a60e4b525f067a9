//! What hunts reached: the measure of what they can have found.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;
use crate::agent::Status;
use crate::device::Action;
use crate::protocol::Failure;
use crate::rules::RuleId;
use crate::sim::Entry;

use super::super::invariant::{Kinds, Seen};

/// What was reached, by all seeds together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Rules that were noted.
    pub rules: BTreeSet<RuleId>,
    /// States of the agent, and the changes from one to another.
    pub transitions: BTreeMap<(Status, Status), u64>,
    /// Kinds of faults, and the worlds that had them.
    pub faults: BTreeMap<Fault, u64>,
    /// What ought to happen sometimes, and in how many worlds it did.
    pub goals: BTreeMap<&'static str, u64>,
    /// Steps of worlds.
    pub steps: u64,
    /// Simulated time, in days of one device.
    pub days: u64,
}

/// What ought to happen in some of the worlds: a hunt without it looks in the wrong places.
pub const GOALS: [&str; 12] = [
    "the agent is installed",
    "the agent is removed",
    "the agent is removed after an irrecoverable state",
    "a script succeeds",
    "a script fails for good",
    "a run is cut off",
    "a report is kept and sent later",
    "the clock is far off",
    "the service says when to come again",
    "the agent goes because the device is not managed",
    "a run on demand comes to its end",
    "another machine has the same identity",
];

impl Coverage {
    /// Both together.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        self.rules.extend(other.rules);
        add(&mut self.transitions, other.transitions);
        add(&mut self.faults, other.faults);
        add(&mut self.goals, other.goals);
        self.steps += other.steps;
        self.days += other.days;
        self
    }

    /// The states of the agent that were seen.
    pub fn states(&self) -> BTreeSet<Status> {
        self.transitions.keys().flat_map(|(from, to)| [*from, *to]).collect()
    }
}

fn add<K: Ord>(sum: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (key, count) in more {
        *sum.entry(key).or_default() += count;
    }
}

/// Takes notice of worlds, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Lookout {
    /// How the agent of the present world stands.
    status: Status,
    /// What the present world has reached.
    goals: [bool; GOALS.len()],
    /// How many worlds there were.
    worlds: u64,
    steps: u64,
    days: u64,
    /// How often each state followed on each other one.
    changes: [[u64; STATES.len()]; STATES.len()],
    /// In how many worlds each goal was reached.
    reached: [u64; GOALS.len()],
    /// How many worlds had each kind of fault.
    faults: [u64; Fault::ALL.len()],
}

/// The states of an agent, each in its place.
const STATES: [Status; 6] =
    [Status::Absent, Status::Stopped, Status::Starting, Status::Idle, Status::CheckingIn, Status::Working];
const _: () = {
    let mut place = 0;
    while place < STATES.len() {
        assert!(STATES[place] as usize == place, "a state stands where its number says");
        place += 1;
    }
};
const _: () = {
    let mut place = 0;
    while place < Fault::ALL.len() {
        assert!(Fault::ALL[place] as usize == place, "a kind of fault stands where its number says");
        place += 1;
    }
};
/// What steps can bring that a goal is reached by.
const REACHES: Kinds = Kinds::PRESENCE
    .and(Kinds::SCRIPTS)
    .and(Kinds::REMEDIATIONS)
    .and(Kinds::REPORTS)
    .and(Kinds::FAILURES)
    .and(Kinds::CLOCKS)
    .and(Kinds::ADMIN);

impl Lookout {
    pub(super) const fn new() -> Self {
        Self {
            status: Status::Absent,
            goals: [false; GOALS.len()],
            worlds: 0,
            steps: 0,
            days: 0,
            changes: [[0; STATES.len()]; STATES.len()],
            reached: [0; GOALS.len()],
            faults: [0; Fault::ALL.len()],
        }
    }

    /// Another world begins.
    pub(super) const fn begin(&mut self) {
        self.worlds += 1;
        self.status = Status::Absent;
        self.goals = [false; GOALS.len()];
    }

    #[inline]
    pub(super) fn step(&mut self, seen: &Seen<'_>) {
        self.steps += 1;
        if seen.kinds.has_any(Kinds::AGENT) {
            let status = seen.agent.status();
            if status != self.status {
                self.changes[self.status as usize][status as usize] += 1;
                self.status = status;
            }
        }
        if seen.kinds.has_any(REACHES) {
            self.look_for_goals(seen);
        }
    }

    fn look_for_goals(&mut self, seen: &Seen<'_>) {
        use crate::agent::{Event as E, RecordState, RemediationEvent, RemovalReason, ReportReason};
        self.goals[11] |= seen.happened.actions.iter().any(|action| matches!(action, Action::Twin(_)));
        for event in &seen.happened.agent_events {
            match event {
                E::AgentInstalled { .. } => self.goals[0] = true,
                E::AgentRemoved { reason } => {
                    self.goals[1] = true;
                    self.goals[2] |= *reason == RemovalReason::Irrecoverable;
                    self.goals[9] |= matches!(reason, RemovalReason::NotManaged | RemovalReason::NotManagedUnreachable);
                }
                E::ScriptResult { .. } => {
                    self.goals[3] |= seen.agent.scripts().iter().any(|script| script.state == RecordState::Success);
                    self.goals[4] |= seen.agent.scripts().iter().any(|script| script.state == RecordState::Failed);
                }
                E::ScriptCutOff { .. } => self.goals[5] = true,
                E::ReportKept { .. } => self.goals[6] = true,
                E::CheckInFailed { failure: Failure::RetryAfter(_), .. } => self.goals[8] = true,
                E::Remediation(RemediationEvent::RemediationResult { report: ReportReason::OnDemand, .. }) => {
                    self.goals[10] = true;
                }
                E::ClockChanged => {
                    let is_far = |entry: &Entry| entry.offset.unsigned_abs() > 86_400_000;
                    self.goals[7] |= seen.happened.entries.iter().any(is_far);
                }
                _ => {}
            }
        }
    }

    /// The world is over, after so many days; it had faults of these kinds.
    pub(super) fn end(&mut self, days: u64, faults: impl Iterator<Item = Fault>) {
        self.days += days;
        for (worlds, is_reached) in self.reached.iter_mut().zip(self.goals) {
            *worlds += u64::from(is_reached);
        }
        faults.for_each(|fault| self.faults[fault as usize] += 1);
    }

    /// How many worlds there were.
    pub(super) const fn worlds(&self) -> u64 {
        self.worlds
    }

    /// Adds what it has seen.
    pub(super) fn tell(&self, coverage: &mut Coverage) {
        coverage.steps += self.steps;
        coverage.days += self.days;
        for (from, changes) in STATES.into_iter().zip(self.changes) {
            for (to, times) in STATES.into_iter().zip(changes).filter(|(_, times)| *times > 0) {
                *coverage.transitions.entry((from, to)).or_default() += times;
            }
        }
        for (fault, worlds) in Fault::ALL.into_iter().zip(self.faults).filter(|(_, worlds)| *worlds > 0) {
            *coverage.faults.entry(fault).or_default() += worlds;
        }
        for (goal, worlds) in GOALS.into_iter().zip(self.reached).filter(|_| self.worlds > 0) {
            *coverage.goals.entry(goal).or_default() += worlds;
        }
    }
}
