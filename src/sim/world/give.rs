//! Handing inputs to the device, and what follows from them: its next deadline, and what it wants done.

use super::super::digest::code_of;
use super::super::observe::{Happening, Observer};
use super::World;
use crate::agent;
use crate::device::{self, AgentMachine, Device, Effect, Event};
use crate::rules::RuleId;
use crate::sabotage::is_any_on;
use crate::time::{Awake, Now, Wall};

impl<O: Observer, A: AgentMachine> World<'_, O, A> {
    /// Hands an input to the device and carries out what it wants.
    pub(super) fn give(&mut self, input: device::Input<'_>) {
        let heard = match &input {
            device::Input::Agent(input) => Some(input),
            device::Input::Tick | device::Input::Resumed | device::Input::Action(_) | device::Input::Mdm(_) => None,
        };
        self.give_with(code_of(&input), heard, |device, cx, now, sink| {
            device.take(cx, now, &input, sink);
            Touched::Any
        });
    }

    /// [`World::give`] for the input that is most frequent.
    #[inline(always)]
    pub(super) fn tick(&mut self) {
        let (now, code) = (self.clock.now(), code_of(&device::Input::Tick));
        if self.mdm_due.0 <= now.awake || self.mdm_due.1 <= now.wall {
            self.give_with(code, None, |device, cx, now, sink| {
                device.tick(cx, now, sink);
                Touched::Any
            });
        } else {
            self.give_with(code, None, |device, cx, now, sink| {
                device.tick_agent(cx, now, sink);
                Touched::Agent
            });
        }
    }

    /// Lets the device take notice of an input with this number and carries out what it wants. The number and the kind of
    /// input are known to each caller, so that none is looked up. `heard` is what was for the agent alone, for whoever looks on.
    #[inline]
    pub(super) fn give_with(
        &mut self,
        code: u64,
        heard: Option<&agent::Input<'_>>,
        take: impl FnOnce(&mut Device<A>, &device::Context<'_>, Now, &mut DeviceSink<'_, O>) -> Touched,
    ) {
        self.events += 1;
        self.hasher.take(self.clock.true_now().raw(), code);
        let now = self.clock.now();
        // Carrying out an effect may come back here; what is wanted then comes after the rest, and is gone before it.
        let mut place = self.effects.len();
        let before = place;
        let mut sink = DeviceSink {
            effects: &mut self.effects,
            at: self.clock.true_now(),
            offset: self.clock.offset(),
            observer: &mut self.observer,
        };
        match take(&mut self.device, &self.cx, now, &mut sink) {
            Touched::Agent => self.observer.took(true),
            Touched::Any => {
                self.mdm_due = self.device.next_but_agent();
                self.observer.took(false);
            }
        }
        debug_assert_eq!(self.mdm_due, self.device.next_but_agent(), "the agent moved a deadline of the MDM client");
        self.plan_tick();
        if O::WATCHES_AGENT {
            self.show_agent(heard);
        }
        debug_assert!(
            A::IS_FOREIGN || is_any_on() || self.device.check_invariants().is_ok(),
            "{:?}",
            self.device.check_invariants()
        );
        #[cfg(feature = "check")]
        if self.killing.is_armed() {
            place = self.carry_out_of_a_mortal(place);
        }
        while let Some(effect) = self.effects.get(place).copied() {
            self.carry_out(&effect);
            place += 1;
        }
        self.effects.truncate(before);
    }

    /// Whoever looks on sees the agent as it stands after an input, if it is ours.
    fn show_agent(&mut self, heard: Option<&agent::Input<'_>>) {
        let (at, offset) = (self.clock.true_now(), self.clock.offset());
        let cx = agent::Context {
            profile: self.cx.profile,
            facts: self.device.facts(),
            chance: self.cx.chance,
            library: self.cx.library,
            zone: self.cx.zone,
            enrolled: self.device.mdm().enrolled_since(),
        };
        if let Some(agent) = self.device.agent().ours() {
            self.observer.turned(at, offset, &cx, agent, heard);
        }
    }

    /// The device's next deadlines.
    #[inline]
    pub(super) fn due(&self) -> (Awake, Wall) {
        let (agent, rest) = (self.device.agent().next(), self.mdm_due);
        (agent.0.min(rest.0), agent.1.min(rest.1))
    }

    /// Finds out when the device's next deadline is reached. It stands while time passes, until the deadlines change, the
    /// device sleeps or wakes, or its clock is stepped.
    #[inline]
    pub(super) fn plan_tick(&mut self) {
        self.tick_at = self.clock.true_of(self.due());
    }
}

/// Whose deadlines an input may have moved.
pub(super) enum Touched {
    /// Those of the agent alone.
    Agent,
    /// Those of the MDM client, or of any part.
    Any,
}

pub(super) struct DeviceSink<'s, O> {
    effects: &'s mut Vec<Effect>,
    at: Wall,
    offset: i64,
    observer: &'s mut O,
}

impl<O: Observer> device::Sink for DeviceSink<'_, O> {
    #[inline]
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    #[inline(always)]
    fn note(&mut self, rule: RuleId, event: Event) {
        self.observer.happened(self.at, self.offset, Some(rule), Happening::Device(event));
    }
}
