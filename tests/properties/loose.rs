//! A driver for agents and figures of any kind: what holds of them all is checked, what a model of ordinary ones expects is
//! not.

use imesim::agent::{Agent, Effect, Input};
use imesim::time::Now;

use super::super::common::{Checked, Setting, Suite};
use super::{Driver, Log};

impl<'s> Driver<'s> {
    /// Takes an agent as it is, at any moment. It must keep its invariants, its bounds and its word about when to call it.
    pub(crate) fn loose(setting: &'s Setting, suite: &'s mut Suite, agent: Agent, now: Now) -> Self {
        let mut driver = Self::new(setting, suite);
        driver.disk = agent.snapshot().as_bytes().to_vec();
        driver.agent = agent;
        driver.now = now;
        driver.is_loose = true;
        driver
    }

    /// Carries effects out, up to a kill, without asking what they are about.
    pub(super) fn carry_out_loosely(&mut self, input: Input<'_>, log: &Log) -> Checked {
        if let Input::DarkWake(on) = input {
            self.dark_wake = on;
        }
        let kill = self.kill.take().map(usize::from);
        for effect in log.effects.iter().take(kill.unwrap_or(usize::MAX)) {
            match effect {
                Effect::Persist => self.disk = self.agent.snapshot().as_bytes().to_vec(),
                Effect::Send { token, request } => self.pending.push((*token, *request)),
                Effect::Run { token, run } => self.running.push((*token, *run)),
                Effect::Stop { token } => self.running.retain(|(running, _)| running != token),
                Effect::SetAutomatic | Effect::StartService | Effect::Restart | Effect::Uninstall => {}
            }
        }
        match kill {
            Some(_) => self.killed(matches!(input, Input::Certificate(_))),
            None => Ok(()),
        }
    }
}
