//! The invariants: what must hold of an agent that is managed from afar, whatever happens to its device.
//!
//! The catalogue names 60 of them, learned from the bugs of agents like this one. An invariant that concerns one device as it
//! runs has a [`Judge`], which looks on after every step of a world; [`Invariant::home`] says for the others where they
//! are held.
//!
//! | file | judges |
//! |---|---|
//! | `catalogue` | the names, statements and homes of all 60 |
//! | `bugs` | the bugs that they were learned from |
//! | `starters` | the situations in which they came about, and where each is run |
//! | `starter_texts` | their files |
//! | `check_in` | C1, C3, C4, C6, X3 |
//! | `time` | T3, T4, T6 |
//! | `work` | R8, W1, W4, W5, W6 |
//! | `presence` | A3, D1, D3, D4, X2 |
//! | `leaving` | X1 |
//! | `identity` | A1, A5, and A6 where the profile promises it |
//! | `truth` | U2 |
//! | `withdrawn` | W2 |
//! | `refusal` | R7, where the profile promises it |
//! | `restarts` | P2, where the profile promises it |

mod bugs;
mod catalogue;
mod check_in;
mod identity;
mod leaving;
mod presence;
mod refusal;
mod restarts;
mod starter_texts;
mod starters;
mod time;
mod truth;
mod withdrawn;
mod work;

pub use bugs::{FieldBug, field_bugs};
pub use catalogue::{Home, Invariant, Kind};
pub use refusal::promises_r7;
pub use starters::{Starter, starters};

use crate::agent::{self, Task};
use crate::device::{Action, AgentState, Event};
use crate::facts::Facts;
use crate::mdm::{self, MdmClient};
use crate::profile::Profile;
use crate::protocol::Request;
use crate::service::Cohort;
use crate::sim::plan::{DevicePlan, Plan};
use crate::sim::{Entry, Happening, Power};
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
    /// Whether it runs.
    pub power: Power,
    /// Whether it has a network.
    pub is_online: bool,
    /// Faults are over: what must happen at last, has to happen from now on.
    pub is_quiet: bool,
    /// What happened, in order.
    pub entries: &'s [Entry],
    /// The runs that began.
    pub began: &'s [Task],
    /// The requests that reached the service, of this device or of another machine with its identity.
    pub served: &'s [Request],
    /// Those of them that it took: they neither failed nor were refused.
    pub accepted: &'s [Request],
}

impl<'s> Seen<'s> {
    /// What the agent decided.
    pub fn of_agent(&self) -> impl Iterator<Item = &'s agent::Event> + use<'s> {
        self.entries.iter().filter_map(|entry| match &entry.happening {
            Happening::Device(Event::Agent(event)) => Some(event),
            _ => None,
        })
    }

    /// What the MDM client decided.
    pub fn of_mdm(&self) -> impl Iterator<Item = &'s mdm::Event> + use<'s> {
        self.entries.iter().filter_map(|entry| match &entry.happening {
            Happening::Device(Event::Mdm(event)) => Some(event),
            _ => None,
        })
    }

    /// What was done to the device.
    pub fn actions(&self) -> impl Iterator<Item = Action> + use<'s> {
        self.entries.iter().filter_map(|entry| match entry.happening {
            Happening::Action(action) => Some(action),
            _ => None,
        })
    }
}

/// Looks on at one device and says when its invariant is broken.
pub trait Judge {
    /// Takes notice of a step.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String>;

    /// The run is over, with a quiet phase behind it.
    ///
    /// # Errors
    /// What has not happened, in words.
    fn end(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let _ = seen;
        Ok(())
    }
}

/// An invariant that is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{invariant} is broken: {what}")]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// When, in true time.
    pub at: Wall,
    /// How.
    pub what: String,
}

/// A judge for each invariant that is watched on one device.
pub struct Court {
    judges: Vec<(Invariant, Box<dyn Judge>)>,
}

impl std::fmt::Debug for Court {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.judges.iter().map(|(invariant, _)| invariant)).finish()
    }
}

impl Default for Court {
    fn default() -> Self {
        Self::new()
    }
}

impl Court {
    /// All judges, those of invariants too that the documented agent breaks.
    pub fn new() -> Self {
        let mut judges: Vec<(Invariant, Box<dyn Judge>)> = Vec::new();
        let mut add = |invariant, judge| judges.push((invariant, judge));
        check_in::judges(&mut add);
        time::judges(&mut add);
        work::judges(&mut add);
        presence::judges(&mut add);
        leaving::judges(&mut add);
        identity::judges(&mut add);
        truth::judges(&mut add);
        withdrawn::judges(&mut add);
        refusal::judges(&mut add);
        restarts::judges(&mut add);
        Self { judges }
    }

    /// The judges of all that an agent with these figures [promises](Invariant::is_promised).
    pub fn of(profile: &Profile) -> Self {
        let mut court = Self::new();
        court.judges.retain(|(invariant, _)| invariant.is_promised(profile));
        court
    }

    /// The judges of some invariants only.
    #[must_use]
    pub fn only(mut self, wanted: &[Invariant]) -> Self {
        self.judges.retain(|(invariant, _)| wanted.contains(invariant));
        self
    }

    /// The invariants that are judged.
    pub fn invariants(&self) -> impl Iterator<Item = Invariant> {
        self.judges.iter().map(|(invariant, _)| *invariant)
    }

    /// Lets every judge take notice of a step.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn step(&mut self, seen: &Seen<'_>) -> Result<(), Violation> {
        self.judges.iter_mut().try_for_each(|(invariant, judge)| {
            judge.step(seen).map_err(|what| Violation { invariant: *invariant, at: seen.at, what })
        })
    }

    /// Asks every judge for what has not happened.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn end(&mut self, seen: &Seen<'_>) -> Result<(), Violation> {
        self.judges.iter_mut().try_for_each(|(invariant, judge)| {
            judge.end(seen).map_err(|what| Violation { invariant: *invariant, at: seen.at, what })
        })
    }
}

/// How judges are added.
type Add<'a> = dyn FnMut(Invariant, Box<dyn Judge>) + 'a;
