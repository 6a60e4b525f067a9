//! The agent's process is killed between two effects of one input, and started again as Windows does.

use super::super::observe::Observer;
use super::World;
use crate::device::{Action, AgentMachine, Effect};

/// Counts what the agent did, and knows when it is killed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Killing {
    /// Effects of the agent that were carried out.
    done: u64,
    /// It is killed after this many.
    after: u64,
    lives: u32,
}

impl Default for Killing {
    fn default() -> Self {
        Self { done: 0, after: u64::MAX, lives: 0 }
    }
}

impl Killing {
    /// How many processes have been killed.
    #[inline]
    pub(super) const fn lives(&self) -> u32 {
        self.lives
    }

    /// True for what a process wanted that is dead by now.
    #[inline]
    pub(super) const fn is_of_the_dead(&self, life: u32, effect: &Effect) -> bool {
        life != self.lives && matches!(effect, Effect::Agent(_))
    }

    /// Counts an effect; true if it was the last one of its process.
    #[inline]
    pub(super) const fn counts(&mut self, effect: &Effect) -> bool {
        if matches!(effect, Effect::Agent(_)) {
            self.done += 1;
        }
        self.done == self.after
    }
}

impl<O: Observer, A: AgentMachine> World<'_, O, A> {
    /// Kills the agent's process after so many of its effects.
    pub(crate) fn kill_after(&mut self, effects: u64) {
        self.killing.after = effects;
        // From now on it matters what is on the disk.
        self.host.keep_file();
        self.persist();
    }

    /// How many effects of the agent were carried out.
    pub(crate) const fn agent_effects(&self) -> u64 {
        self.killing.done
    }

    #[cold]
    pub(super) fn kill_between(&mut self) {
        self.killing.after = u64::MAX;
        if self.device.agent().is_running() {
            self.killing.lives += 1;
            self.act(Action::ServiceKill);
        }
    }
}
