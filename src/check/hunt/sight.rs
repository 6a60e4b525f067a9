//! What judges see after each step of a world, and of what kinds that is.

use super::watcher::Watcher;
use crate::agent::NotedDeadlines;
use crate::check::invariant::{DeadlineCaps, Kinds, Seen, State, claims, is_client_sound, is_sound};
use crate::device::AgentMachine;
use crate::service::Cohort;
use crate::sim::plan::{DevicePlan, Plan};
use crate::sim::{Power, World};
use crate::time::Wall;

/// Looks at one world after each of its steps.
///
/// The agent's type is known here: what has to be looked at after each input of it is looked at here, and judges are asked
/// where there is something to it.
pub(super) struct Sight<'s> {
    plan: &'s Plan,
    described: &'s DevicePlan,
    cohort: &'s Cohort,
    quiet_from: Wall,
    /// How it stood after the step before; before the first, in a way in which no device stands.
    before: State,
    deadlines: NotedDeadlines,
    caps: DeadlineCaps,
}

impl<'s> Sight<'s> {
    pub(super) fn new(plan: &'s Plan, described: &'s DevicePlan, cohort: &'s Cohort, quiet_from: Wall) -> Self {
        let (deadlines, caps) = (NotedDeadlines::default(), DeadlineCaps::of(&plan.profile));
        Self { plan, described, cohort, quiet_from, before: NEVER, deadlines, caps }
    }

    /// Looks at the world after a step, or when its run is over.
    #[inline]
    pub(super) fn look<'w, A: AgentMachine>(&'w mut self, world: &'w World<'_, Watcher, A>, is_over: bool) -> Seen<'w> {
        let (at, state, watched) = (world.true_now(), state_of(world), world.observer());
        let (now, agent, mdm) = (world.device_now(), world.device().agent(), world.device().mdm());
        let mut kinds = watched.kinds;
        if state.words() != self.before.words() {
            kinds = kinds.and(state.changes(&self.before));
            self.before = state;
        }
        let happened = &watched.happened;
        if state.version.is_none() && kinds.has_any(ACTS) {
            kinds = kinds.and(Kinds::GHOSTS);
        }
        if kinds.has_any(Kinds::RUNS) && state.power == Power::DarkWake {
            kinds = kinds.and(Kinds::RUNS_IN_THE_DARK);
        }
        if kinds.has_any(TOUCHES) && is_sound(agent, &state).is_err()
            || kinds.has_any(TOUCHES_CLIENT) && is_client_sound(mdm, self.described.mdm_schedule).is_err()
        {
            kinds = kinds.and(Kinds::UNSOUND);
        }
        self.deadlines.settle();
        if kinds.has_any(SHOWS_DEADLINES) || is_over {
            agent.note_deadlines(&mut self.deadlines);
            if self.caps.beyond(&self.deadlines, now).is_some() {
                kinds = kinds.and(Kinds::TOO_FAR);
            }
        }
        if kinds.has_any(Kinds::REQUESTS) && happened.served.iter().any(|request| claims(request, state.version)) {
            kinds = kinds.and(Kinds::CLAIMS);
        }
        Seen {
            plan: self.plan,
            described: self.described,
            cohort: self.cohort,
            at,
            now,
            facts: world.device().facts(),
            mdm,
            agent,
            deadlines: &self.deadlines,
            state,
            is_online: world.is_online(),
            is_file_behind: world.is_file_behind(),
            is_quiet: at >= self.quiet_from,
            happened,
            kinds,
        }
    }
}

/// What an agent does, if it is there.
const ACTS: Kinds = Kinds::CALLS.and(Kinds::SCRIPTS).and(Kinds::REPORTS).and(Kinds::STARTS).and(Kinds::RUNS);

/// What may make the agent unsound, and what the MDM client.
const TOUCHES: Kinds = Kinds::AGENT.and(TOUCHES_CLIENT);
const TOUCHES_CLIENT: Kinds = Kinds::CLIENT.and(Kinds::STATE);

/// After what the agent's deadlines may be others; the first step is among it.
const SHOWS_DEADLINES: Kinds = Kinds::AGENT.and(Kinds::STATE);

/// No device stands so: it is off, and its agent runs.
const NEVER: State = State { power: Power::Off, version: None, is_running: true, enrolled_since: Some(Wall::MAX) };

/// How it stands with the device of a world.
fn state_of<A: AgentMachine>(world: &World<'_, Watcher, A>) -> State {
    let (agent, mdm) = (world.device().agent(), world.device().mdm());
    State {
        power: world.power(),
        version: agent.version(),
        is_running: agent.is_running(),
        enrolled_since: mdm.enrolled_since(),
    }
}
