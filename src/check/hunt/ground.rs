//! Running a case under the eyes of its judges.

use super::Base;
use super::case::Case;
use super::coverage::{Coverage, Lookout};
use super::fault::Targets;
use super::sight::Sight;
use super::stage::Stage;
use super::watcher::Watcher;
use crate::agent::Agent;
use crate::check::invariant::{Court, Invariant, Seen, Violation};
use crate::device::AgentMachine;
use crate::facts::Feature;
use crate::protocol::PolicyId;
use crate::sim::plan::{Network, Plan};
use crate::sim::{Cast, CastError, Entry, World};
use crate::time::Wall;

/// A world in which cases are run, resolved once for all of them, and the agent that is put into it.
pub struct Ground<'g, A = Agent> {
    plan: &'g Plan,
    cast: Cast<'g>,
    scripts: Vec<PolicyId>,
    remediations: Vec<PolicyId>,
    /// Makes an agent that is not on its device yet.
    agent: &'g (dyn Fn() -> A + Sync),
}

impl<A> std::fmt::Debug for Ground<'_, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").field("cast", &self.cast).finish_non_exhaustive()
    }
}

/// What went wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is broken.
    pub violation: Violation,
    /// In which step of the world, from 1 on.
    pub step: u64,
    /// What happened in that step.
    pub entries: Vec<Entry>,
}

impl<'g> Ground<'g> {
    /// Resolves the devices of a world.
    ///
    /// # Errors
    /// [`CastError`] if its populations cannot be resolved.
    pub fn new(base: &'g Base) -> Result<Self, CastError> {
        Self::with_agent(base, &Agent::absent)
    }
}

impl<'g, A: AgentMachine> Ground<'g, A> {
    /// [`Ground::new`] with another agent in the place of ours.
    ///
    /// # Errors
    /// As [`Ground::new`].
    pub fn with_agent(base: &'g Base, agent: &'g (dyn Fn() -> A + Sync)) -> Result<Self, CastError> {
        let plan = &base.scenario.plan;
        let of = |feature| {
            let contents = plan.tenant.contents().iter().zip(0..);
            contents.filter(|(content, _)| content.feature == feature).map(|(_, id)| PolicyId(id)).collect()
        };
        let (scripts, remediations) = (of(Feature::Script), of(Feature::Remediation));
        Ok(Self { plan, cast: Cast::new(plan)?, scripts, remediations, agent })
    }

    /// How many devices there are; at least 1.
    pub fn devices(&self) -> u64 {
        self.cast.count().max(1)
    }

    /// The devices by number.
    pub const fn cast(&self) -> &Cast<'g> {
        &self.cast
    }

    /// What the world is made from.
    pub const fn plan(&self) -> &'g Plan {
        self.plan
    }

    /// What faults may hit on one of the devices.
    pub(super) fn targets(&self, device: u64) -> Targets<'_> {
        let users = self.cast.described(device).map_or(0, |described| described.users.len());
        let users = u8::try_from(users).unwrap_or(u8::MAX);
        Targets { users, scripts: &self.scripts, remediations: &self.remediations }
    }

    /// Runs a case; `coverage` is told what it reaches.
    ///
    /// # Errors
    /// The first [`Failure`].
    pub fn run(&self, case: &Case, court: &mut Court, coverage: &mut Coverage) -> Result<(), Failure> {
        let mut stage = Stage::new(self.plan);
        let outcome = self.run_on(&mut stage, case, court);
        stage.tell(coverage);
        outcome
    }

    /// [`Ground::run`] on a stage that is there for many cases, and keeps what they reach.
    pub(super) fn run_on(&self, stage: &mut Stage, case: &Case, court: &mut Court) -> Result<(), Failure> {
        let mut lookout = std::mem::replace(&mut stage.lookout, Lookout::new());
        lookout.begin();
        let outcome = self.watch_on(stage, case, |_, seen, is_over| {
            if is_over {
                return court.end(seen);
            }
            lookout.step(seen);
            court.step(seen)
        });
        let swarm = case.kill_after.is_none().then(|| stage.draft.swarm_of(case.seed));
        let faults = swarm.into_iter().flat_map(|swarm| &swarm.faults).map(|(fault, _)| *fault);
        lookout.end(case.duration.as_millis() / 86_400_000, faults);
        stage.lookout = lookout;
        outcome
    }

    /// Runs a case and shows every step, and the end.
    ///
    /// # Errors
    /// The first [`Failure`] that `look` finds.
    pub fn watch(
        &self,
        case: &Case,
        mut look: impl FnMut(&Seen<'_>, bool) -> Result<(), Violation>,
    ) -> Result<(), Failure> {
        self.watch_world(case, |_, seen, is_over| look(seen, is_over))
    }

    /// [`Ground::watch`] with the whole world in view.
    pub(in crate::check) fn watch_world(
        &self,
        case: &Case,
        look: impl FnMut(&World<'_, Watcher, A>, &Seen<'_>, bool) -> Result<(), Violation>,
    ) -> Result<(), Failure> {
        self.watch_on(&mut Stage::new(self.plan), case, look)
    }

    fn watch_on(
        &self,
        stage: &mut Stage,
        case: &Case,
        mut look: impl FnMut(&World<'_, Watcher, A>, &Seen<'_>, bool) -> Result<(), Violation>,
    ) -> Result<(), Failure> {
        let (Some(described), Some(cohort)) = (self.cast.described(case.device), self.cast.cohort(case.device)) else {
            return Ok(());
        };
        stage.set(self.plan, case);
        let Stage { plan, descriptions, watcher, room, .. } = stage;
        let plan: &Plan = plan;
        let described = descriptions.with_events(described, case);
        // In the quiet phase messages arrive, and no liveness hangs on luck.
        let calm = Network::default();
        let spread = self.cast.is_of_population(case.device);
        let agent = (self.agent)();
        let watcher_of_world = watcher.take().unwrap_or_default();
        let mut world = World::with_agent(plan, described, cohort, case.device, spread, agent, watcher_of_world);
        world.borrow_room(room);
        if let Some(effects) = case.kill_after {
            world.kill_after(effects);
        }
        let end = plan.start.after(case.duration);
        let quiet_from = plan.start.after(case.quiet_from);
        let (mut step, mut at_once, mut last) = (0_u64, 0_u32, Wall::MIN);
        let mut sight = Sight::new(plan, described, cohort, quiet_from);
        let mut is_over = false;
        let outcome = loop {
            let seen = sight.look(&world, is_over);
            let (at, is_quiet, state) = (seen.at, seen.is_quiet, seen.state);
            at_once = if at == last { at_once + 1 } else { 0 };
            last = at;
            let verdict = if at_once > AT_ONCE_MAX {
                let what = format!("{AT_ONCE_MAX} steps in one moment: it goes round in circles");
                Err(Violation { invariant: Invariant::C3, at, what })
            } else {
                look(&world, &seen, is_over)
            };
            if let Err(violation) = verdict {
                break Err(Failure { violation, step, entries: seen.happened.entries.clone() });
            }
            world.observer_mut().clear(&state);
            if is_over {
                break Ok(());
            }
            if is_quiet {
                world.use_network(&calm);
            }
            step += 1;
            if !world.step_before(end) {
                world.run_until(end);
                is_over = true;
            }
        };
        world.return_room(room);
        let mut observer = world.finish().observer;
        observer.begin_anew();
        *watcher = Some(observer);
        outcome
    }
}

/// More steps in one moment than any work explains.
const AT_ONCE_MAX: u32 = 5_000;
