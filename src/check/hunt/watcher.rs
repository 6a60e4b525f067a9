//! Keeps what happens in one step of a world, for the judges.

use crate::agent::{self, Task};
use crate::check::invariant::{Happened, Kinds, Second, State, UnderWay};
use crate::device;
use crate::mdm;
use crate::protocol::Request;
use crate::rules::{RuleId, RuleSet};
use crate::sim::{Entry, Happening, HostEvent, Observer};
use crate::time::Wall;

/// Looks on at a world.
#[derive(Clone, Debug, Default)]
pub(in crate::check) struct Watcher {
    /// What happened in the step.
    pub(super) happened: Happened,
    /// Of what kinds that is.
    pub(super) kinds: Kinds,
    /// What is under way on the device.
    under_way: UnderWay,
    /// All rules that were ever noted.
    pub(super) rules: RuleSet,
}

impl Watcher {
    /// Another step begins; so it stood after the one before.
    #[inline]
    pub(super) fn clear(&mut self, state: &State) {
        self.under_way.settle(self.kinds, state);
        self.happened.clear();
        self.kinds = Kinds::NONE;
    }

    /// Looks on at another world.
    pub(super) fn begin_anew(&mut self) {
        self.happened.clear();
        (self.kinds, self.under_way) = (Kinds::NONE, UnderWay::default());
    }

    #[inline]
    fn add(&mut self, kinds: Kinds) {
        self.kinds = self.kinds.and(kinds);
    }

    fn agent_decided(&mut self, event: &agent::Event) {
        let kinds = Kinds::of_agent(event);
        self.add(kinds);
        let second = self.under_way.agent_decided(kinds, event);
        self.begins(second);
        self.happened.agent_events.push(*event);
    }

    fn client_decided(&mut self, event: &mdm::Event) {
        self.add(Kinds::of_client(event));
        let second = self.under_way.client_decided(event);
        self.begins(second);
        self.happened.mdm_events.push(*event);
    }

    #[inline]
    fn begins(&mut self, second: Option<Second>) {
        if second.is_some() {
            self.add(Kinds::SECONDS);
            self.happened.second = self.happened.second.or(second);
        }
    }
}

impl Observer for Watcher {
    // Inlined where something happens, for there it is known what it is.
    #[inline(always)]
    fn happened(&mut self, at: Wall, offset: i64, rule: Option<RuleId>, happening: Happening) {
        match &happening {
            Happening::Device(device::Event::Agent(event)) => self.agent_decided(event),
            Happening::Device(device::Event::Mdm(event)) => self.client_decided(event),
            Happening::Action(action) => {
                self.add(Kinds::of_action(action));
                self.happened.actions.push(*action);
            }
            Happening::Host(HostEvent::StateSetAside) => self.add(Kinds::FILES.and(Kinds::FILES_AT_RISK)),
            Happening::Host(_) | Happening::Network(_) | Happening::Service(_) => {}
            Happening::Device(device::Event::Device(_)) => {}
        }
        if let Some(rule) = rule {
            self.rules.insert(rule);
        }
        self.happened.entries.push(Entry { at, offset, rule, happening });
    }

    #[inline]
    fn took(&mut self, is_agent_alone: bool) {
        self.add(if is_agent_alone { Kinds::AGENT } else { Kinds::AGENT.and(Kinds::CLIENT) });
    }

    fn began(&mut self, _: Wall, task: Task) {
        self.add(Kinds::RUNS);
        self.happened.began.push(task);
    }

    fn served(&mut self, _: Wall, request: &Request) {
        self.add(Kinds::REQUESTS);
        self.happened.served.push(*request);
    }

    fn accepted(&mut self, _: Wall, request: &Request) {
        self.happened.accepted.push(*request);
    }
}
