//! Killing the agent at every step: one run for each of its effects, in which its process dies right after it.

use super::case::Case;
use super::ground::Ground;
use super::{Found, Options, run_cases};
use crate::device::AgentMachine;
use crate::time::Span;

/// Runs one device of a world once for each effect of its agent, up to the last day of the world, and kills the process
/// after that effect: in the middle of an input, before what follows is done, and with nothing kept but its file.
/// Windows starts it again at once. The last day is quiet, and what must happen at last has to happen in it.
///
/// The seeds of the options are the numbers of effects; those that the device does not reach are not run.
pub fn kill_at_every_step<A: AgentMachine>(ground: &Ground<'_, A>, device: u64, options: &Options<'_>) -> Found {
    let plan = ground.plan();
    let quiet_from = plan.duration.saturating_sub(Span::days(1));
    let calm = Case { kill_after: Some(u64::MAX), ..Case::calm(plan.seed, device, quiet_from, plan.duration) };
    let quiet_from = plan.start.after(calm.quiet_from);
    let mut effects = 0;
    // Nobody judges this run, and nobody is killed in it: it counts.
    let _ = ground.watch_world(&calm, |world, seen, _| {
        if seen.at < quiet_from {
            effects = world.agent_effects();
        }
        Ok(())
    });
    let numbers = options.seeds.start.max(1)..options.seeds.end.min(effects.saturating_add(1));
    run_cases(ground, options, numbers, |effect, _, case| *case = Case { kill_after: Some(effect), ..calm.clone() })
}
