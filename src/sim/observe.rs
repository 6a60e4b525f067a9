//! What a world tells whoever looks on. Everything does nothing unless asked for, and then compiles away.

use serde::{Deserialize, Serialize};

use super::clock::Power;
use super::network::PushObstacle;
use crate::agent::{self, Agent, Task};
use crate::device::{self, Action};
use crate::protocol::{PolicyId, Push, Request};
use crate::rules::RuleId;
use crate::service;
use crate::time::{Span, Wall};

/// One thing that happened in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Happening {
    /// Somebody or something acted on the device.
    Action(Action),
    /// Something happened between device and service.
    Network(NetworkEvent),
    /// Something happened on the machine.
    Host(HostEvent),
    /// The device decided something.
    Device(device::Event),
    /// The service decided something.
    Service(service::Event),
}

/// Something that happened between device and service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum NetworkEvent {
    /// A push did not arrive and is gone (B-3.9).
    PushLost {
        /// Which.
        push: Push,
        /// Why.
        obstacle: PushObstacle,
    },
    /// A push did not arrive and is kept (B-3.9).
    PushCached {
        /// Which.
        push: Push,
        /// Why.
        obstacle: PushObstacle,
    },
    /// A push was kept for longer than it is worth anything (ours, `rem.on_demand_valid`), and is gone.
    PushExpired {
        /// Which.
        push: Push,
    },
    /// A message was lost on its way.
    MessageLost,
    /// The device draws on, or goes without, its network for a whole window.
    OfflineForTheDay,
}

/// Something that happened on the machine: to what a script printed, or to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum HostEvent {
    /// A script of a remediation printed more than is kept (B-6.3).
    OutputCut {
        /// Of which remediation.
        policy: PolicyId,
        /// Which of its scripts.
        step: Task,
        /// How many characters it printed.
        printed: u32,
        /// How many are kept.
        kept: u32,
    },
    /// An app is on the device from now on.
    AppAppeared {
        /// Which.
        policy: PolicyId,
    },
    /// An app is not on the device any more.
    AppVanished {
        /// Which.
        policy: PolicyId,
    },
    /// The agent could not write what it keeps.
    StateNotWritten,
    /// The process of the agent's service died, and Windows starts it again after so long (ours, `health.crash_wait`).
    ServiceCrashed {
        /// No time for at once.
        again_in: Span,
    },
    /// The agent's process started and could not read what was kept: it begins as if it were new.
    StateSetAside,
}

/// Looks on.
pub trait Observer {
    /// Whether [`Observer::turned`] and [`Observer::wanted`] are told of.
    const WATCHES_AGENT: bool = false;

    /// Something happened, at a moment in true time; `offset` is how far the device's clock is from it.
    fn happened(&mut self, at: Wall, offset: i64, rule: Option<RuleId>, happening: Happening) {
        let _ = (at, offset, rule, happening);
    }

    /// The device has taken an input, and this is how its agent stands now; with the input, if it was for the agent alone.
    fn turned(
        &mut self,
        at: Wall,
        offset: i64,
        cx: &agent::Context<'_>,
        agent: &Agent,
        input: Option<&agent::Input<'_>>,
    ) {
        let _ = (at, offset, cx, agent, input);
    }

    /// The device has taken an input: its agent alone, or its MDM client too for all that is known.
    #[inline]
    fn took(&mut self, is_agent_alone: bool) {
        let _ = is_agent_alone;
    }

    /// What the agent wants is about to be carried out.
    fn wanted(&mut self, at: Wall, offset: i64, effect: &agent::Effect) {
        let _ = (at, offset, effect);
    }

    /// A request reached the service, whatever becomes of it there.
    fn served(&mut self, at: Wall, request: &Request) {
        let _ = (at, request);
    }

    /// The service took a request that reached it: it neither failed nor was refused.
    fn accepted(&mut self, at: Wall, request: &Request) {
        let _ = (at, request);
    }

    /// The service was too busy for the request that reached it last.
    fn refused(&mut self, at: Wall) {
        let _ = at;
    }

    /// The service handed a push over.
    fn pushed(&mut self, at: Wall) {
        let _ = at;
    }

    /// A run began on the device.
    fn began(&mut self, at: Wall, task: Task) {
        let _ = (at, task);
    }

    /// The device is in another state of power from now on; at the start, in its first one.
    fn powered(&mut self, at: Wall, power: Power) {
        let _ = (at, power);
    }

    /// The agent is on the device from now on, or gone. It may be told again.
    fn agent_changed(&mut self, at: Wall, is_there: bool) {
        let _ = (at, is_there);
    }
}

/// Nobody looks on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Observer for Nobody {}
