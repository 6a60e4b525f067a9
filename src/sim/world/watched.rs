//! What somebody needs who looks at a world step by step.

use super::super::observe::Observer;
use super::super::plan::Network;
use super::World;
use crate::device::AgentMachine;
use crate::time::Wall;

impl<'p, O: Observer, A: AgentMachine> World<'p, O, A> {
    /// Deals with the next event up to and including a moment; false if there is none.
    pub(crate) fn step_before(&mut self, end: Wall) -> bool {
        self.step(end)
    }

    /// Messages travel over another network from now on, such as a better one.
    pub(crate) const fn use_network(&mut self, network: &'p Network) {
        self.network = network;
    }

    /// True time.
    pub(crate) const fn true_now(&self) -> Wall {
        self.clock.true_now()
    }

    /// Whoever looks on, to be told something.
    pub(crate) const fn observer_mut(&mut self) -> &mut O {
        &mut self.observer
    }
}
