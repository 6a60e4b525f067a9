//! What judges see of a step.

use super::check_in::Second;
use super::kinds::Kinds;
use crate::agent::{self, NotedDeadlines, Task};
use crate::device::{Action, AgentState};
use crate::facts::Facts;
use crate::mdm::{self, MdmClient};
use crate::profile::Version;
use crate::protocol::Request;
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
    /// What began while another of its kind was under way; the first of that.
    pub second: Option<Second>,
}

impl Happened {
    /// Nothing has happened, in the room that there is.
    pub(in crate::check) fn clear(&mut self) {
        let Self { entries, agent_events, mdm_events, actions, began, served, accepted, second } = self;
        entries.clear();
        agent_events.clear();
        mdm_events.clear();
        actions.clear();
        began.clear();
        served.clear();
        accepted.clear();
        *second = None;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// States are equal where their words are, and where nothing of them has changed.
    #[test]
    fn every_part_of_a_state_is_in_its_words_and_changes() {
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
            assert_eq!(a == b, a.changes(b) == Kinds::NONE, "{a:?} and {b:?}");
        }
    }
}
