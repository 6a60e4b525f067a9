//! The agent's process is killed between two effects of one input, and started again as Windows does.

use super::super::observe::Observer;
use super::World;
use crate::device::{Action, AgentMachine, Effect};

/// Counts what the agent did, and knows when it is killed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Killing {
    /// It is killed after so many of its effects; `None` where nobody counts.
    after: Option<u64>,
    /// Effects of the agent that were carried out.
    done: u64,
    /// How many processes have been killed.
    lives: u32,
}

impl Killing {
    #[inline]
    pub(super) const fn is_armed(&self) -> bool {
        self.after.is_some()
    }
}

impl<O: Observer, A: AgentMachine> World<'_, O, A> {
    /// Kills the agent's process after so many of its effects.
    pub(crate) fn kill_after(&mut self, effects: u64) {
        self.killing.after = Some(effects);
        // From now on it matters what is on the disk.
        self.host.keep_file();
        self.persist();
    }

    /// How many effects of the agent were carried out since somebody began to count.
    pub(crate) const fn agent_effects(&self) -> u64 {
        self.killing.done
    }

    /// Carries out the effects from a place on, as long as whoever wanted them lives; returns the place behind the last.
    #[cold]
    pub(super) fn carry_out_of_a_mortal(&mut self, mut place: usize) -> usize {
        let life = self.killing.lives;
        while let Some(effect) = self.effects.get(place).copied() {
            place += 1;
            let is_of_agent = matches!(effect, Effect::Agent(_));
            if is_of_agent && self.killing.lives != life {
                continue;
            }
            self.carry_out(&effect);
            self.killing.done += u64::from(is_of_agent);
            if is_of_agent && self.killing.after == Some(self.killing.done) && self.device.agent().is_running() {
                self.killing.lives += 1;
                self.act(Action::ServiceKill);
            }
        }
        place
    }
}
