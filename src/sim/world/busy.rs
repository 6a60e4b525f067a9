//! A world whose service is as busy as a fleet made it.

use super::super::busy::{Conditions, Windows};
use super::super::observe::Observer;
use super::{Ended, World};
use crate::device::AgentMachine;
use crate::time::Span;

impl<O: Observer, A: AgentMachine> World<'_, O, A> {
    /// Runs to the plan's end with a service that is as busy as this.
    pub fn run_under(mut self, windows: &Windows) -> Ended<O, A> {
        let (start, window) = (self.plan.start, self.plan.limits.window);
        let end = start.after(self.plan.duration);
        let begin = |number| start.after(window.saturating_mul(number));
        for (number, conditions) in windows.busy() {
            self.run_to(begin(*number).before(Span::millis(1)).min(end));
            self.set_conditions(*conditions);
            self.run_to(begin(number + 1).before(Span::millis(1)).min(end));
            self.set_conditions(Conditions::CALM);
        }
        self.run()
    }
}
