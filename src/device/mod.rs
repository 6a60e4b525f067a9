//! A managed device: the MDM client, the agent, and the facts about the machine. It is what the simulators hold.
//!
//! The two machines do not know each other. What one means for the other passes through here: an installed or removed
//! agent, a certificate that comes or goes, a reset.

mod action;
mod interface;
mod machine;
mod table;
mod turn;

pub use action::{Action, StateFile, Twin};
pub use interface::{Context, DeviceEvent, Effect, Event, Input, SilentReason, Sink, Timer};
#[cfg(feature = "check")]
pub(crate) use machine::Sealed;
pub use machine::{AgentMachine, AgentState, Refusal};
pub use table::{ImeCheckIn, MdmCheckIn, Row, TABLE};

use serde::{Deserialize, Serialize};

use self::turn::Turn;
use crate::agent::Agent;
use crate::facts::{AppsWorkload, Facts};
use crate::mdm::MdmClient;
use crate::protocol::{Answer, Token};
use crate::time::{Awake, Now, Wake, Wall};

/// One managed device.
///
/// Its agent is ours unless said otherwise: see `check::foreign` for how another one is put in its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Device<A = Agent> {
    facts: Facts,
    /// The Apps workload that is on its way to the device, and when it takes effect.
    apps_switch: Option<Box<(Awake, AppsWorkload)>>,
    mdm: MdmClient,
    agent: A,
}

impl Device {
    /// A device that is not enrolled and has no agent.
    pub const fn new(facts: Facts) -> Self {
        Self { facts, apps_switch: None, mdm: MdmClient::new(), agent: Agent::absent() }
    }

    /// Lets the device take notice of one input, and returns when it wants to be called again.
    pub fn handle(&mut self, cx: &Context<'_>, now: Now, input: Input<'_>, out: &mut impl Sink) -> Wake<Timer> {
        self.take(cx, now, &input, out);
        self.wake()
    }

    /// When the device wants to be called again.
    #[inline]
    pub fn wake(&self) -> Wake<Timer> {
        let machines = self.mdm.wake().map(Timer::Mdm).earliest(self.agent.wake().map(Timer::Agent));
        match &self.apps_switch {
            None => machines,
            Some(switch) => Wake { wall: None, awake: Some((switch.0, Timer::AppsWorkload)) }.earliest(machines),
        }
    }

    /// Puts the device into a print, for worlds without jitter. Its facts do not change there.
    #[cfg(feature = "check")]
    pub(crate) fn print(&self, print: &mut crate::canon::Print) {
        let Self { facts: _, apps_switch, mdm, agent } = self;
        print.maybe_awake(apps_switch.as_ref().map(|switch| switch.0));
        mdm.print(print);
        agent.print(print);
    }

    /// Becomes a copy of another device in the room that it has, as a search makes many copies.
    #[cfg(feature = "check")]
    pub(crate) fn copy_from(&mut self, other: &Self) {
        let Self { facts, apps_switch, mdm, agent } = other;
        self.facts = *facts;
        self.apps_switch.clone_from(apps_switch);
        self.mdm.copy_from(mdm);
        self.agent.copy_from(agent);
    }

    /// Reads a little of everything that lies elsewhere, so that it comes into the cache.
    #[cfg(feature = "check")]
    #[inline]
    pub(crate) fn touch_heap(&self) -> usize {
        self.mdm.touch_heap() ^ self.agent.touch_heap()
    }

    /// Puts another agent in the place of its own: what its process knows when it begins again.
    #[cfg(feature = "check")]
    pub(crate) fn set_agent(&mut self, agent: Agent) {
        self.agent = agent;
    }

    /// Its agent, to put a fault into it.
    #[cfg(all(test, feature = "check"))]
    pub(crate) const fn agent_mut(&mut self) -> &mut Agent {
        &mut self.agent
    }
}

impl<A: AgentMachine> Device<A> {
    /// A device that is not enrolled, with an agent that is not on it.
    pub const fn with_agent(facts: Facts, agent: A) -> Self {
        Self { facts, apps_switch: None, mdm: MdmClient::new(), agent }
    }

    /// What is true of the device now.
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Its MDM client.
    pub const fn mdm(&self) -> &MdmClient {
        &self.mdm
    }

    /// Its agent.
    pub const fn agent(&self) -> &A {
        &self.agent
    }

    /// [`Device::handle`] for a caller that asks for the deadlines itself.
    #[inline]
    pub(crate) fn take(&mut self, cx: &Context<'_>, now: Now, input: &Input<'_>, out: &mut impl Sink) {
        let mut turn = Turn { cx, now, device: self, out };
        match input {
            Input::Tick => turn.tick(),
            Input::Resumed => turn.resumed(),
            Input::Action(action) => turn.act(*action),
            Input::Agent(input) => turn.agent(input),
            Input::Mdm(input) => turn.mdm(input),
        }
    }

    /// [`Device::take`] of [`Input::Tick`].
    #[inline]
    pub(crate) fn tick(&mut self, cx: &Context<'_>, now: Now, out: &mut impl Sink) {
        Turn { cx, now, device: self, out }.tick();
    }

    /// [`Device::tick`] where nothing but the agent can be due.
    #[inline]
    pub(crate) fn tick_agent(&mut self, cx: &Context<'_>, now: Now, out: &mut impl Sink) {
        Turn { cx, now, device: self, out }.tick_agent();
    }

    /// [`Device::take`] of an answer to the agent.
    #[inline]
    pub(crate) fn answer_agent(
        &mut self,
        cx: &Context<'_>,
        now: Now,
        given: (Token, Wall),
        answer: &Answer<'_>,
        out: &mut impl Sink,
    ) {
        Turn { cx, now, device: self, out }
            .with_agent(|agent, cx, now, out| agent.answered(cx, now, given, answer, out));
    }

    /// [`Device::take`] of an answer to the MDM client.
    #[inline]
    pub(crate) fn answer_mdm(
        &mut self,
        cx: &Context<'_>,
        now: Now,
        token: Token,
        answer: &Answer<'_>,
        out: &mut impl Sink,
    ) {
        Turn { cx, now, device: self, out }.with_mdm(|mdm, cx, now, out| mdm.answered(cx, now, token, answer, out));
    }

    /// The agent's process begins with what its file holds; see [`AgentMachine::begin_with`].
    pub(crate) fn begin_with(&mut self, file: &[u8]) -> Result<(), Refusal> {
        self.agent.begin_with(file)
    }

    /// The same with a file that nobody has touched since it was written; see [`AgentMachine::begin_with_kept`].
    pub(crate) fn begin_with_kept(&mut self, kept: &A::Kept) -> Result<(), Refusal> {
        self.agent.begin_with_kept(kept)
    }

    /// The deadlines of [`Device::wake`] without their timers and without those of the agent; the end of time where there
    /// is none. Inputs for the agent do not move them.
    #[inline]
    pub(crate) fn next_but_agent(&self) -> (Awake, Wall) {
        let (awake, wall) = self.mdm.next();
        (self.apps_switch.as_ref().map_or(awake, |switch| switch.0.min(awake)), wall)
    }

    /// Checks what must hold after every input.
    ///
    /// # Errors
    /// The name of the first invariant that is broken.
    pub fn check_invariants(&self) -> Result<(), &'static str> {
        self.mdm.check_invariants()?;
        self.agent.check_invariants()
    }
}
