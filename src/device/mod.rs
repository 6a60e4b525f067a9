//! A managed device: the MDM client, the agent, and the facts about the machine. It is what the simulators hold.
//!
//! The two machines do not know each other. What one means for the other passes through here: an installed or removed
//! agent, a certificate that comes or goes, a reset.

mod action;
mod table;

pub use action::Action;
pub use table::{ImeCheckIn, MdmCheckIn, Row, TABLE};

use serde::{Deserialize, Serialize};

use crate::agent::{self, Agent, RemovalReason, ServiceChange, SessionChange, StartType, SyncRequest};
use crate::chance::Chance;
use crate::facts::{AppsWorkload, Facts};
use crate::mdm::{self, MdmClient};
use crate::profile::Profile;
use crate::protocol::{SessionCause, UserId};
use crate::rules::{RuleId, b};
use crate::time::{Awake, Now, Wake, Wall};

/// What is shared and read-only in every call.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Every figure.
    pub profile: &'a Profile,
    /// Where random delays come from.
    pub chance: Chance,
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

/// One managed device.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Device {
    facts: Facts,
    /// The Apps workload that is on its way to the device, and when it takes effect.
    apps_switch: Option<Box<(Awake, AppsWorkload)>>,
    mdm: MdmClient,
    agent: Agent,
}

impl Device {
    /// A device that is not enrolled and has no agent.
    pub const fn new(facts: Facts) -> Self {
        Self { facts, apps_switch: None, mdm: MdmClient::new(), agent: Agent::absent() }
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
    pub const fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Lets the device take notice of one input, and returns when it wants to be called again.
    pub fn handle(&mut self, cx: &Context<'_>, now: Now, input: Input<'_>, out: &mut impl Sink) -> Wake<Timer> {
        self.take(cx, now, input, out);
        self.wake()
    }

    /// [`Device::handle`] for a caller that asks for the deadlines itself.
    #[inline]
    pub(crate) fn take(&mut self, cx: &Context<'_>, now: Now, input: Input<'_>, out: &mut impl Sink) {
        let mut turn = Turn { cx, now, device: self, out };
        match input {
            Input::Tick => turn.tick(),
            Input::Resumed => turn.mdm(mdm::Input::Resumed),
            Input::Action(action) => turn.act(action),
            Input::Agent(input) => turn.agent(input),
            Input::Mdm(input) => turn.mdm(input),
        }
    }

    /// The deadlines of [`Device::wake`] without their timers; the end of time where there is none.
    #[inline]
    pub(crate) fn next(&self) -> (Awake, Wall) {
        let (agent, mdm) = (self.agent.next(), self.mdm.next());
        let switch = self.apps_switch.as_ref().map_or(Awake::MAX, |switch| switch.0);
        (agent.0.min(mdm.0).min(switch), agent.1.min(mdm.1))
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

    /// Checks what must hold after every input.
    ///
    /// # Errors
    /// The name of the first invariant that is broken.
    pub fn check_invariants(&self) -> Result<(), &'static str> {
        self.mdm.check_invariants()?;
        self.agent.check_invariants()
    }
}

/// One call of [`Device::handle`].
struct Turn<'t, S> {
    cx: &'t Context<'t>,
    now: Now,
    device: &'t mut Device,
    out: &'t mut S,
}

impl<S: Sink> Turn<'_, S> {
    fn tick(&mut self) {
        if let Some(switch) = self.device.apps_switch.take_if(|switch| switch.0 <= self.now.awake) {
            let (_, to) = *switch;
            self.device.facts.apps_workload = Some(to);
            let moved = DeviceEvent::AppsWorkloadMoved { to };
            self.out.note(b(1, 20).with_suffix('a'), Event::Device(moved));
        }
        if self.device.mdm.is_due(self.now) {
            self.mdm(mdm::Input::Tick);
        }
        if self.device.agent.is_due(self.now) {
            self.agent(agent::Input::Tick);
        }
    }

    /// Lets the agent take notice of something.
    fn agent(&mut self, input: agent::Input<'_>) {
        let Device { facts, agent, .. } = self.device;
        let cx = agent::Context { profile: self.cx.profile, facts, chance: self.cx.chance };
        agent.take(&cx, self.now, input, &mut ToAgent(self.out));
    }

    /// Lets the MDM client take notice of something, and passes on to the agent what that means for it.
    fn mdm(&mut self, input: mdm::Input<'_>) {
        let Device { facts, mdm, agent, .. } = self.device;
        let agent = agent.version();
        let cx = mdm::Context { profile: self.cx.profile, facts, chance: self.cx.chance, agent };
        let mut relay = Relay { out: self.out, orders: [None; ORDERS], len: 0 };
        mdm.take(&cx, self.now, input, &mut relay);
        let Relay { orders, len, .. } = relay;
        for order in orders.into_iter().take(len).flatten() {
            match order {
                Order::Installed(version) => self.agent(agent::Input::Installed(version)),
                Order::Remove => self.agent(agent::Input::Remove(RemovalReason::Unassigned)),
                Order::Certificate(present) => self.agent(agent::Input::Certificate(present)),
                Order::Wipe => self.agent(agent::Input::Remove(RemovalReason::Wiped)),
            }
        }
    }

    /// What an action means for the two machines. The rows of [`TABLE`] that start check-ins are tested against this.
    fn act(&mut self, action: Action) {
        use agent::Input::{Service, Session, Sync};
        match action {
            Action::SignIn(user) => {
                self.mdm(mdm::Input::SignIn(user));
                self.agent(Session(SessionChange::SignIn(user)));
            }
            Action::SignInLocal => {
                self.mdm(mdm::Input::SignIn(UserId::DEVICE));
                self.agent(Session(SessionChange::SignInLocal));
            }
            Action::SignOut(user) => self.agent(Session(SessionChange::SignOut(user))),
            Action::Lock => self.agent(Session(SessionChange::Lock)),
            Action::Unlock => self.agent(Session(SessionChange::Unlock)),
            Action::ConsoleConnect => self.agent(Session(SessionChange::ConsoleConnect)),
            Action::ConsoleDisconnect => self.agent(Session(SessionChange::ConsoleDisconnect)),

            Action::Sleep => {}
            Action::Wake => {
                self.agent(agent::Input::DarkWake(false));
                self.mdm(mdm::Input::Resumed);
            }
            Action::DarkWake => {
                self.agent(agent::Input::DarkWake(true));
                self.mdm(mdm::Input::Resumed);
            }
            Action::PowerOff => self.power_off(),
            Action::PowerOn => self.power_on(),
            Action::Reboot => {
                self.power_off();
                self.power_on();
            }
            Action::DmWapPush(on) => self.mdm(mdm::Input::DmWapPush(on)),
            Action::ClockStep(_) => {
                self.mdm(mdm::Input::ClockChanged);
                self.agent(agent::Input::ClockChanged);
            }

            Action::ServiceStop => self.agent(Service(ServiceChange::Stopped)),
            Action::ServiceStart | Action::ServiceRestart => self.agent(Service(ServiceChange::Started)),
            Action::ServiceKill => {
                self.agent(Service(ServiceChange::Stopped));
                self.agent(Service(ServiceChange::Started));
            }
            Action::ServiceAutomatic(on) => {
                let start_type = if on { StartType::Automatic } else { StartType::Manual };
                self.agent(Service(ServiceChange::StartType(start_type)));
            }
            Action::ServiceDisable => {
                self.agent(Service(ServiceChange::Stopped));
                self.agent(Service(ServiceChange::StartType(StartType::Disabled)));
            }
            Action::ServiceBreak => self.agent(Service(ServiceChange::Broken)),
            Action::ServiceMend => {
                self.agent(Service(ServiceChange::Mended));
                self.agent(Service(ServiceChange::Started));
            }
            Action::AgentRemove => self.agent(agent::Input::Remove(RemovalReason::ByHand)),
            Action::ScriptRecordDelete(policy) => self.agent(agent::Input::RecordDeleted(policy)),

            Action::SettingsSync => self.mdm(mdm::Input::Session(SessionCause::SettingsSync)),
            Action::CompanyPortalSync => self.company_portal(SyncRequest::CompanyPortal),
            Action::CompanyPortalCompliance => self.company_portal(SyncRequest::CheckCompliance),
            Action::CompanyPortalInstall(app) => self.company_portal(SyncRequest::App(app)),
            Action::ProtocolSyncApp => self.agent(Sync(SyncRequest::ProtocolSyncApp)),
            Action::ProtocolSyncCompliance => self.agent(Sync(SyncRequest::ProtocolSyncCompliance)),
            Action::ServiceControl(code) => self.agent(Sync(SyncRequest::ServiceControl(code))),
            Action::RemoteHelp => self.out.note(b(3, 13), Event::Device(DeviceEvent::RemoteHelpStarted)),
            Action::MalwareStatus => self.mdm(mdm::Input::Session(SessionCause::MalwareStatus)),

            Action::Enroll => self.mdm(mdm::Input::Enroll),
            Action::Unenroll => self.mdm(mdm::Input::Unenroll),
            Action::MdmScheduled => self.mdm(mdm::Input::Session(SessionCause::SteadySlot)),
            Action::Esp(phase) => self.agent(agent::Input::Esp(phase)),
            Action::AppsWorkload(to) => {
                let at = self.now.awake.after(self.cx.profile.comgt.switch_delay);
                self.device.apps_switch = Some(Box::new((at, to)));
                if at <= self.now.awake {
                    self.tick();
                }
            }
            Action::SmodeSupplemental(delivered) => self.device.facts.s_mode_supplemental = delivered,

            // The network's and the service's business; the machines see what comes of it.
            Action::Network(_)
            | Action::BatterySaver(_)
            | Action::DataLimit(_)
            | Action::PushService(_)
            | Action::NameResolution(_)
            | Action::Admin(_) => {}
        }
    }

    fn company_portal(&mut self, request: SyncRequest) {
        self.mdm(mdm::Input::Session(SessionCause::CompanyPortal));
        self.agent(agent::Input::Sync(request));
    }

    fn power_off(&mut self) {
        self.mdm(mdm::Input::Stopped);
        self.agent(agent::Input::Service(ServiceChange::Stopped));
        self.agent(agent::Input::Session(SessionChange::AllSignedOut));
    }

    /// The service is automatic and starts with the device (B-4.13), unless it was set otherwise (B-2.16).
    fn power_on(&mut self) {
        self.agent(agent::Input::DarkWake(false));
        self.mdm(mdm::Input::Resumed);
        let agent = &self.device.agent;
        if agent.version().is_some() && agent.start_type() == StartType::Automatic && !agent.is_broken() {
            self.agent(agent::Input::Service(ServiceChange::Started));
        }
    }
}

struct ToAgent<'o, S>(&'o mut S);

impl<S: Sink> agent::Sink for ToAgent<'_, S> {
    fn effect(&mut self, effect: agent::Effect) {
        self.0.effect(Effect::Agent(effect));
    }

    fn note(&mut self, rule: RuleId, event: agent::Event) {
        self.0.note(rule, Event::Agent(event));
    }
}

/// What the MDM client's work means for the agent.
#[derive(Clone, Copy)]
enum Order {
    Installed(crate::profile::Version),
    Remove,
    Certificate(bool),
    Wipe,
}

/// More orders than one input of the MDM client can give: a reset and the loss of the certificate are two.
const ORDERS: usize = 4;

/// Passes the MDM client's effects on, and keeps those that concern the agent.
struct Relay<'o, S> {
    out: &'o mut S,
    orders: [Option<Order>; ORDERS],
    len: usize,
}

impl<S: Sink> Relay<'_, S> {
    fn order(&mut self, order: Order) {
        if let Some(slot) = self.orders.get_mut(self.len) {
            *slot = Some(order);
            self.len += 1;
        }
    }
}

impl<S: Sink> mdm::Sink for Relay<'_, S> {
    fn effect(&mut self, effect: mdm::Effect) {
        match effect {
            mdm::Effect::AgentInstalled(version) => self.order(Order::Installed(version)),
            mdm::Effect::RemoveAgent => self.order(Order::Remove),
            mdm::Effect::Certificate(present) => self.order(Order::Certificate(present)),
            mdm::Effect::Reset { .. } => self.order(Order::Wipe),
            mdm::Effect::Send { .. }
            | mdm::Effect::Download { .. }
            | mdm::Effect::Install { .. }
            | mdm::Effect::Restart => {}
        }
        self.out.effect(Effect::Mdm(effect));
    }

    fn note(&mut self, rule: RuleId, event: mdm::Event) {
        self.out.note(rule, Event::Mdm(event));
    }
}
