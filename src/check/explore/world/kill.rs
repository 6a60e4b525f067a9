//! The agent's process is killed, between two inputs or between two effects of one, and comes up again from its file.

use super::deeds::Act;
use super::{Kind, Small, Sort, State, Step};
use crate::agent;
use crate::device::{self, Action};

/// How far the process is from its death, while an input is dealt with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dying {
    /// It dies after so many of its effects.
    pub(super) after: Option<u8>,
    /// So many of its effects were carried out, in this step.
    pub(super) done: u8,
}

impl Dying {
    /// True once it has died: nobody carries out what it still wanted.
    pub(super) const fn is_dead(self) -> bool {
        matches!(self.after, Some(after) if self.done >= after)
    }
}

impl State {
    /// Every moment within one of these steps, from a place on, at which the process can die with something left undone: steps
    /// that nothing but an act disturbs.
    pub(super) fn kills_within(&self, small: &Small, steps: &mut Vec<(Step, Kind)>, from: usize) {
        if self.left.faults == 0 || !small.sorts.has(Sort::KillWithin) {
            return;
        }
        for place in from..steps.len() {
            let Some((step, kind)) = steps.get(place).copied() else { return };
            let kill: fn(Step, u8) -> Option<Step> = |step, after| match step {
                Step::Time => Some(Step::KillInTime(after)),
                Step::Deliver(mail) => Some(Step::KillAtDelivery(mail, after)),
                step => Act::of(step).map(|act| Step::KillAtAct(act, after)),
            };
            let is_late = matches!(step, Step::Deliver(_)) && kind.disturbs;
            if is_late || kill(step, 0).is_none() {
                continue;
            }
            let mut tried = self.clone();
            tried.take(small, step);
            // An agent that has gone in the same step has no process to kill.
            let effects = if tried.device.agent().is_running() { tried.dying.done } else { 0 };
            let kind = Kind { disturbs: true, ..kind };
            steps.extend((1..effects).filter_map(|after| Some((kill(step, after)?, kind))));
        }
    }

    /// A step in which the process dies after so many effects.
    pub(super) fn kill_within(&mut self, small: &Small, step: Step, after: u8) {
        self.left.faults -= 1;
        self.dying.after = Some(after);
        self.take_calm(small, step);
        let is_dead = self.dying.is_dead();
        self.dying.after = None;
        if is_dead && self.device.agent().is_running() {
            self.kill(small);
        }
    }

    /// The process dies, and Windows starts the service again at once. What it ran ends with it, but for commands of apps
    /// (B-7.21).
    pub(super) fn kill(&mut self, small: &Small) {
        if small.sorts.has(Sort::KillWithin) {
            self.hands.die();
            let there = self.device.agent();
            let agent = match &self.file {
                Some(file) => (**file).clone().on_machine_of(there),
                None => there.without_state(),
            };
            self.device.set_agent(agent);
            // The file may be from before a step of the clock: what it holds is pulled in.
            self.give(small, &device::Input::Agent(agent::Input::ClockChanged));
        } else {
            self.hands.leave();
        }
        self.give(small, &device::Input::Action(Action::ServiceKill));
    }

    /// What the agent keeps is written, where that counts.
    pub(super) fn write_file(&mut self, small: &Small) {
        if small.sorts.has(Sort::KillWithin) {
            self.file = Some(Box::new(self.device.agent().killed()));
        }
    }
}
