//! What goes into a device and what comes out: inputs, effects, timers, decisions.

use serde::{Deserialize, Serialize};

use super::Action;
use crate::agent;
use crate::chance::Chance;
use crate::content::Library;
use crate::facts::AppsWorkload;
use crate::mdm;
use crate::profile::Profile;
use crate::rules::{RuleId, b};
use crate::time::Zone;

/// What is shared and read-only in every call.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Every figure.
    pub profile: &'a Profile,
    /// Where random delays come from.
    pub chance: Chance,
    /// Apps, remediations and discovery scripts.
    pub library: &'a Library,
    /// The device's time zone.
    pub zone: &'a Zone,
}

/// One thing that happens to a device.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Time has passed: whatever is due fires.
    Tick,
    /// The device woke up by itself; slots of the MDM schedule that it slept through are let go.
    Resumed,
    /// Somebody or something acts on the device.
    Action(Action),
    /// Something for the agent alone: answers, completions, pushes.
    Agent(agent::Input<'a>),
    /// Something for the MDM client alone.
    Mdm(mdm::Input<'a>),
}

/// One thing that a device wants done, in the order of emission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// By its agent.
    Agent(agent::Effect),
    /// By its MDM client.
    Mdm(mdm::Effect),
}

/// A timer of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// The Apps workload moves (B-1.20a).
    AppsWorkload,
    /// Of the MDM client.
    Mdm(mdm::Timer),
    /// Of the agent.
    Agent(agent::Timer),
}

impl Timer {
    /// The name used in explanations.
    pub fn name(self) -> String {
        let (who, name) = match self {
            Self::AppsWorkload => ("device", "AppsWorkload".to_owned()),
            Self::Mdm(timer) => ("mdm", format!("{timer:?}")),
            Self::Agent(timer) => ("agent", format!("{timer:?}")),
        };
        let mut out = who.to_owned();
        for c in name.chars() {
            if c.is_uppercase() {
                out.push(if out == who { ' ' } else { '-' });
            }
            out.push(c.to_ascii_lowercase());
        }
        out
    }

    /// The rule behind the timer.
    pub const fn rule(self) -> RuleId {
        match self {
            Self::AppsWorkload => b(1, 20).with_suffix('a'),
            Self::Mdm(timer) => timer.rule(),
            Self::Agent(timer) => timer.rule(),
        }
    }
}

/// One decision on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// By its agent.
    Agent(agent::Event),
    /// By its MDM client.
    Mdm(mdm::Event),
    /// By itself.
    Device(DeviceEvent),
}

/// A decision that concerns neither machine alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum DeviceEvent {
    /// The Apps workload is with somebody else now.
    AppsWorkloadMoved {
        /// With whom.
        to: AppsWorkload,
    },
    /// A Remote Help session started; it is no check-in.
    RemoteHelpStarted,
    /// The agent showed the user the notification of the session.
    RemoteHelpNotified,
    /// The notification did not reach the user.
    RemoteHelpSilent {
        /// Why.
        reason: SilentReason,
    },
}

/// Why the notification of a Remote Help session does not reach the user.
///
/// Source: B-8.19.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SilentReason {
    /// The agent's service does not run, or not yet again.
    ServiceNotRunning,
    /// The device enrolled too short a time ago.
    NewDevice,
    /// The device is not enrolled.
    NotEnrolled,
}

/// Takes what a device emits; see [`agent::Sink`].
pub trait Sink {
    /// Takes an effect.
    fn effect(&mut self, effect: Effect);

    /// Takes a decision and the rule behind it. Does nothing by default.
    fn note(&mut self, rule: RuleId, event: Event) {
        let _ = (rule, event);
    }
}
