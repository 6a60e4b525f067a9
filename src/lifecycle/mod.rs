//! The lifecycle of the agent and of the MDM client as data: phases, transitions, and the rule behind each.
//!
//! A transition is what can be seen around one call of [`Agent::handle`] or [`MdmClient::handle`]: the phase before,
//! the input, the phase after. One input may lead through several phases at once: a script poll whose answer queues
//! nothing leads from *checking in* to *idle*, and one that runs a script leads on to *working*. The table is held to
//! the machines by `tests/lifecycle.rs`: no run makes a transition that is not in it, and every one in it is made.
//!
//! ```
//! let graph = imesim::lifecycle::graph();
//! assert_eq!(graph.node_count(), imesim::lifecycle::Phase::ALL.len());
//! ```
//!
#![doc = include_str!("diagram.md")]

mod table;

use core::fmt;
use core::fmt::Write as _;

use petgraph::Graph;
use petgraph::dot::{Config, Dot};
use serde::{Deserialize, Serialize};

pub use self::table::TRANSITIONS;
use crate::agent::{self, Agent, ServiceChange, Status};
use crate::mdm::{self, MdmClient};
use crate::rules::RuleId;

/// Which of a device's machines a phase belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Machine {
    /// The agent.
    Agent,
    /// The MDM client.
    MdmClient,
}

impl Machine {
    /// Both machines.
    pub const ALL: [Self; 2] = [Self::Agent, Self::MdmClient];
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agent => "agent",
            Self::MdmClient => "MDM client",
        })
    }
}

/// A phase in the life of the agent or of the MDM client, as it can be seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The agent is not on the device.
    Absent,
    /// The agent is on the device, and its service does not run.
    Stopped,
    /// The agent's service runs, and the start delay is not over (B-4.8).
    Starting,
    /// The agent's service runs, and nothing is under way.
    Idle,
    /// The agent waits for an answer of the service.
    CheckingIn,
    /// The agent runs scripts, or holds them while the device is in maintenance wake.
    Working,
    /// The MDM client is not enrolled, and not trying.
    NotEnrolled,
    /// The MDM client waits for the answer to an enrollment, or for its next try.
    Enrolling,
    /// The MDM client is enrolled, and no session is under way.
    Enrolled,
    /// The MDM client is enrolled, and a session is under way.
    Session,
}

impl Phase {
    /// Every phase, those of the agent first.
    pub const ALL: [Self; 10] = [
        Self::Absent,
        Self::Stopped,
        Self::Starting,
        Self::Idle,
        Self::CheckingIn,
        Self::Working,
        Self::NotEnrolled,
        Self::Enrolling,
        Self::Enrolled,
        Self::Session,
    ];

    /// Whose phase it is.
    pub const fn machine(self) -> Machine {
        match self {
            Self::Absent | Self::Stopped | Self::Starting | Self::Idle | Self::CheckingIn | Self::Working => {
                Machine::Agent
            }
            Self::NotEnrolled | Self::Enrolling | Self::Enrolled | Self::Session => Machine::MdmClient,
        }
    }

    /// The phase of an agent.
    pub fn of_agent(agent: &Agent) -> Self {
        match agent.status() {
            Status::Absent => Self::Absent,
            Status::Stopped => Self::Stopped,
            Status::Starting => Self::Starting,
            Status::Idle => Self::Idle,
            Status::CheckingIn => Self::CheckingIn,
            Status::Working => Self::Working,
        }
    }

    /// The phase of an MDM client.
    pub fn of_client(client: &MdmClient) -> Self {
        let waits = |timers: &[mdm::Timer]| client.timers().any(|(timer, _)| timers.contains(&timer));
        match (client.is_enrolled(), waits(&[mdm::Timer::Answer])) {
            (true, true) => Self::Session,
            (true, false) => Self::Enrolled,
            (false, false) if !waits(&[mdm::Timer::EnrollAgain]) => Self::NotEnrolled,
            (false, _) => Self::Enrolling,
        }
    }

    /// Its name in the diagram.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Idle => "idle",
            Self::CheckingIn => "checking in",
            Self::Working => "working",
            Self::NotEnrolled => "not enrolled",
            Self::Enrolling => "enrolling",
            Self::Enrolled => "enrolled",
            Self::Session => "in session",
        }
    }

    /// Its name in the source of the diagram.
    const fn id(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Idle => "idle",
            Self::CheckingIn => "checking_in",
            Self::Working => "working",
            Self::NotEnrolled => "not_enrolled",
            Self::Enrolling => "enrolling",
            Self::Enrolled => "enrolled",
            Self::Session => "in_session",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One transition: in phase `from`, the input named `on` can lead to phase `to`, by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Transition {
    /// The phase before.
    pub from: Phase,
    /// The phase after.
    pub to: Phase,
    /// The input, as [`agent_input`] and [`client_input`] name it.
    pub on: &'static str,
    /// The rule behind the transition.
    pub rule: RuleId,
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.on, self.rule)
    }
}

/// The name of an agent's input in the table.
pub const fn agent_input(input: &agent::Input<'_>) -> &'static str {
    match input {
        agent::Input::Tick => "timer",
        agent::Input::Installed(_) => "installed",
        agent::Input::Service(ServiceChange::Started) => "service started",
        agent::Input::Service(ServiceChange::Stopped) => "service stopped",
        agent::Input::Service(ServiceChange::StartType(_)) => "start type set",
        agent::Input::Service(ServiceChange::Broken) => "service broken",
        agent::Input::Service(ServiceChange::Mended) => "service mended",
        agent::Input::Session(_) => "session changed",
        agent::Input::DarkWake(_) => "maintenance wake",
        agent::Input::ClockChanged => "clock changed",
        agent::Input::Certificate(_) => "certificate",
        agent::Input::Policies(_) => "policies",
        agent::Input::Esp(_) => "ESP phase",
        agent::Input::Sync(_) => "sync request",
        agent::Input::Push(_) => "push",
        agent::Input::OnDemand { .. } => "run on demand",
        agent::Input::Answered { .. } => "answer",
        agent::Input::Failed { .. } => "failure",
        agent::Input::Completed { .. } => "run ended",
        agent::Input::Snooze => "restart put off",
        agent::Input::RecordDeleted(_) => "record deleted",
        agent::Input::Resumed => "resumed",
        agent::Input::HealthDue(_) => "health task set",
        agent::Input::Remove(_) => "removed",
    }
}

/// The name of an MDM client's input in the table.
pub const fn client_input(input: &mdm::Input<'_>) -> &'static str {
    match input {
        mdm::Input::Tick => "timer",
        mdm::Input::Enroll => "enroll",
        mdm::Input::Unenroll => "unenroll",
        mdm::Input::EnrolledSince(_) => "enrolled before",
        mdm::Input::Schedule(_) => "schedule switched",
        mdm::Input::Session(_) => "session asked for",
        mdm::Input::SignIn(_) => "sign-in",
        mdm::Input::Push(_) => "push",
        mdm::Input::DmWapPush(_) => "push service switched",
        mdm::Input::ClockChanged => "clock changed",
        mdm::Input::Resumed => "resumed",
        mdm::Input::Stopped => "device down",
        mdm::Input::Answered { .. } => "answer",
        mdm::Input::Failed { .. } => "failure",
        mdm::Input::Completed { .. } => "job step ended",
    }
}

/// The whole lifecycle as a graph: a node for each phase, an edge for each transition, in the order of the tables.
pub fn graph() -> Graph<Phase, Transition> {
    let mut graph = Graph::with_capacity(Phase::ALL.len(), TRANSITIONS.len());
    let nodes = Phase::ALL.map(|phase| graph.add_node(phase));
    for transition in TRANSITIONS {
        graph.add_edge(nodes[transition.from as usize], nodes[transition.to as usize], transition);
    }
    graph
}

/// The graph in the language of Graphviz.
pub fn dot() -> String {
    let graph = graph();
    let edge = |_, edge: petgraph::graph::EdgeReference<'_, Transition>| format!("label = \"{}\"", edge.weight());
    let node = |_, (_, phase): (_, &Phase)| format!("label = \"{phase}\"");
    Dot::with_attr_getters(&graph, &[Config::EdgeNoLabel, Config::NodeNoLabel], &edge, &node).to_string()
}

/// The diagram in the language of Mermaid: one state diagram for each machine, one arrow for each pair of phases.
pub fn mermaid() -> String {
    let mut text = String::from("stateDiagram-v2\n");
    for machine in Machine::ALL {
        let id = if machine == Machine::Agent { "agent" } else { "mdm_client" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    state \"{machine}\" as {id} {{");
        let phases = Phase::ALL.into_iter().filter(|phase| phase.machine() == machine);
        for (place, phase) in phases.clone().enumerate() {
            let _ = writeln!(text, "        state \"{phase}\" as {}", phase.id());
            if place == 0 {
                let _ = writeln!(text, "        [*] --> {}", phase.id());
            }
        }
        for (from, to) in phases.clone().flat_map(|from| phases.clone().map(move |to| (from, to))) {
            let inputs: Vec<&str> =
                TRANSITIONS.iter().filter(|t| t.from == from && t.to == to).map(|transition| transition.on).collect();
            if !inputs.is_empty() {
                let _ = writeln!(text, "        {} --> {}: {}", from.id(), to.id(), inputs.join(", "));
            }
        }
        text.push_str("    }\n");
    }
    text
}
