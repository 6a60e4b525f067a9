//! One call of a device: who of the two machines takes notice, and what one means for the other.

use super::{Action, AgentMachine, Context, Device, DeviceEvent, Effect, Event, SilentReason, Sink};
use crate::agent::{self, RemovalReason, ServiceChange, SessionChange, StartType, SyncRequest};
use crate::facts::product::remote_help_notifies;
use crate::mdm::{self, MdmClient};
use crate::protocol::{Policies, SessionCause, UserId};
use crate::rules::{RuleId, b};
use crate::sabotage::{Sabotage, is_on};
use crate::time::Now;

/// One call of [`Device::handle`].
pub(super) struct Turn<'t, S, A> {
    pub(super) cx: &'t Context<'t>,
    pub(super) now: Now,
    pub(super) device: &'t mut Device<A>,
    pub(super) out: &'t mut S,
}

impl<S: Sink, A: AgentMachine> Turn<'_, S, A> {
    pub(super) fn tick(&mut self) {
        if let Some(switch) = self.device.apps_switch.take_if(|switch| switch.0 <= self.now.awake) {
            let (_, to) = *switch;
            self.device.facts.apps_workload = Some(to);
            let moved = DeviceEvent::AppsWorkloadMoved { to };
            self.out.note(b(1, 20).with_suffix('a'), Event::Device(moved));
        }
        self.with_mdm(|mdm, cx, now, out| mdm.tick(cx, now, out));
        self.tick_agent();
    }

    #[inline]
    pub(super) fn tick_agent(&mut self) {
        if self.device.agent.is_due(self.now) {
            self.with_agent(|agent, cx, now, out| agent.tick(cx, now, out));
        }
    }

    /// Lets the agent take notice of something.
    pub(super) fn agent(&mut self, input: &agent::Input<'_>) {
        self.with_agent(|agent, cx, now, out| agent.take(cx, now, input, out));
    }

    #[inline]
    pub(super) fn with_agent(&mut self, take: impl FnOnce(&mut A, &agent::Context<'_>, Now, &mut ToAgent<'_, S>)) {
        let Device { facts, mdm, agent, .. } = self.device;
        let cx = agent::Context {
            profile: self.cx.profile,
            facts,
            chance: self.cx.chance,
            library: self.cx.library,
            zone: self.cx.zone,
            enrolled: mdm.enrolled_since(),
        };
        take(agent, &cx, self.now, &mut ToAgent(self.out));
    }

    /// Lets the MDM client take notice of something, and passes on to the agent what that means for it.
    pub(super) fn mdm(&mut self, input: &mdm::Input<'_>) {
        self.with_mdm(|mdm, cx, now, out| mdm.take(cx, now, input, out));
    }

    #[inline]
    pub(super) fn with_mdm(&mut self, take: impl FnOnce(&mut MdmClient, &mdm::Context<'_>, Now, &mut Relay<'_, S>)) {
        let Device { facts, mdm, agent, .. } = self.device;
        let agent = agent.version();
        let cx = mdm::Context { profile: self.cx.profile, facts, chance: self.cx.chance, agent };
        let mut relay = Relay { out: self.out, orders: [None; ORDERS], len: 0 };
        take(mdm, &cx, self.now, &mut relay);
        if relay.len > 0 {
            let orders = relay.orders;
            self.obey(orders);
        }
    }

    #[cold]
    fn obey(&mut self, orders: [Option<Order>; ORDERS]) {
        for order in orders.into_iter().flatten() {
            match order {
                Order::Installed(version) => self.agent(&agent::Input::Installed(version)),
                Order::Remove => self.agent(&agent::Input::Remove(RemovalReason::Unassigned)),
                Order::Certificate(present) => self.agent(&agent::Input::Certificate(present)),
                Order::Policies(policies) => self.agent(&agent::Input::Policies(policies)),
                Order::Wipe => self.agent(&agent::Input::Remove(RemovalReason::Wiped)),
            }
        }
    }

    /// The device woke from sleep. The agent takes notice where its profile has it do so.
    pub(super) fn resumed(&mut self) {
        self.mdm(&mdm::Input::Resumed);
        if self.cx.profile.ime.minds_resumes() {
            self.agent(&agent::Input::Resumed);
        }
    }

    /// What an action means for the two machines. The rows of [`TABLE`](super::TABLE) that start check-ins are tested against this.
    pub(super) fn act(&mut self, action: Action) {
        use agent::Input::{Service, Session, Sync};
        match action {
            Action::SignIn(user) => {
                self.mdm(&mdm::Input::SignIn(user));
                self.agent(&Session(SessionChange::SignIn(user)));
            }
            Action::SignInLocal => {
                self.mdm(&mdm::Input::SignIn(UserId::DEVICE));
                self.agent(&Session(SessionChange::SignInLocal));
            }
            Action::SignOut(user) => self.agent(&Session(SessionChange::SignOut(user))),
            Action::Lock => self.agent(&Session(SessionChange::Lock)),
            Action::Unlock => self.agent(&Session(SessionChange::Unlock)),
            Action::ConsoleConnect => self.agent(&Session(SessionChange::ConsoleConnect)),
            Action::ConsoleDisconnect => self.agent(&Session(SessionChange::ConsoleDisconnect)),

            Action::Sleep | Action::Hibernate => {}
            Action::Wake => {
                self.agent(&agent::Input::DarkWake(false));
                self.mdm(&mdm::Input::Resumed);
            }
            Action::DarkWake => {
                self.agent(&agent::Input::DarkWake(true));
                self.mdm(&mdm::Input::Resumed);
            }
            Action::PowerOff => self.power_off(),
            Action::PowerOn => self.power_on(),
            Action::Reboot => {
                self.power_off();
                self.power_on();
            }
            Action::PowerCut => {
                self.mdm(&mdm::Input::Stopped);
                self.device.agent.kill();
                self.agent(&agent::Input::Session(SessionChange::AllSignedOut));
            }
            // Whoever drives the device starts the service, in time.
            Action::SlowBoot(_) => {
                self.power_off();
                self.agent(&agent::Input::DarkWake(false));
                self.mdm(&mdm::Input::Resumed);
            }
            // A service that computes with local times looks at them anew (assumed).
            Action::TimeZone(_) => self.agent(&agent::Input::ClockChanged),
            Action::DmWapPush(on) => self.mdm(&mdm::Input::DmWapPush(on)),
            Action::ClockStep(_) => {
                self.mdm(&mdm::Input::ClockChanged);
                self.agent(&agent::Input::ClockChanged);
            }

            Action::ServiceStop => self.agent(&Service(ServiceChange::Stopped)),
            Action::ServiceStart | Action::ServiceRestart => self.agent(&Service(ServiceChange::Started)),
            Action::ServiceKill => {
                self.agent(&Service(ServiceChange::Stopped));
                self.agent(&Service(ServiceChange::Started));
            }
            Action::ServiceAutomatic(on) => {
                let start_type = if on { StartType::Automatic } else { StartType::Manual };
                self.agent(&Service(ServiceChange::StartType(start_type)));
            }
            Action::ServiceDisable => {
                self.agent(&Service(ServiceChange::Stopped));
                self.agent(&Service(ServiceChange::StartType(StartType::Disabled)));
            }
            Action::ServiceBreak => self.agent(&Service(ServiceChange::Broken)),
            Action::ServiceMend => {
                self.agent(&Service(ServiceChange::Mended));
                self.agent(&Service(ServiceChange::Started));
            }
            Action::AgentRemove => self.agent(&agent::Input::Remove(RemovalReason::ByHand)),
            Action::ScriptRecordDelete(policy) | Action::AppRecordDelete(policy) => {
                self.agent(&agent::Input::RecordDeleted(policy));
            }

            Action::SettingsSync if is_on(Sabotage::SyncReachesAgent) => {
                self.company_portal(SyncRequest::CompanyPortal)
            }
            Action::SettingsSync => self.mdm(&mdm::Input::Session(SessionCause::SettingsSync)),
            Action::CompanyPortalSync => self.company_portal(SyncRequest::CompanyPortal),
            Action::CompanyPortalCompliance => self.company_portal(SyncRequest::CheckCompliance),
            Action::CompanyPortalInstall(app) => self.company_portal(SyncRequest::App(app)),
            Action::CompanyPortalUninstall(app) => self.company_portal(SyncRequest::AppRemoval(app)),
            Action::RestartSnooze => self.agent(&agent::Input::Snooze),
            Action::ProtocolSyncApp => self.agent(&Sync(SyncRequest::ProtocolSyncApp)),
            Action::ProtocolSyncCompliance => self.agent(&Sync(SyncRequest::ProtocolSyncCompliance)),
            Action::ServiceControl(code) => self.agent(&Sync(SyncRequest::ServiceControl(code))),
            Action::RemoteHelp => self.remote_help(),
            Action::MalwareStatus => self.mdm(&mdm::Input::Session(SessionCause::MalwareStatus)),

            Action::Enroll => self.mdm(&mdm::Input::Enroll),
            Action::Unenroll => self.mdm(&mdm::Input::Unenroll),
            Action::MdmScheduled => self.mdm(&mdm::Input::Session(SessionCause::SteadySlot)),
            Action::Esp(phase) => self.agent(&agent::Input::Esp(phase)),
            Action::AppsWorkload(to) => {
                let at = self.now.awake.after(self.cx.profile.comgt.switch_delay);
                self.device.apps_switch = Some(Box::new((at, to)));
                if at <= self.now.awake {
                    self.tick();
                }
            }
            Action::SmodeSupplemental(delivered) => self.device.facts.s_mode_supplemental = delivered,

            // The host's, the network's and the service's business; the machines see what comes of it.
            Action::AppInstallByHand(_)
            | Action::AppRemoveByHand(_)
            | Action::Network(_)
            | Action::BatterySaver(_)
            | Action::DataLimit(_)
            | Action::PushService(_)
            | Action::NameResolution(_)
            | Action::CaptivePortal(_)
            | Action::VpnChange
            | Action::ClockDrift(_)
            | Action::StateFile(_)
            | Action::DiskFull(_)
            | Action::RunKill
            | Action::Twin(_)
            | Action::Admin(_) => {}
        }
    }

    /// A Remote Help session is no check-in (B-3.13). Its notification needs the agent's service, and a device that has
    /// been enrolled for long enough (B-8.19, B-2.18).
    fn remote_help(&mut self) {
        self.out.note(b(3, 13), Event::Device(DeviceEvent::RemoteHelpStarted));
        let enrolled_for = self.device.mdm.enrolled_since().map(|since| self.now.wall.since(since));
        let silent = match enrolled_for {
            _ if !self.device.agent.is_running() => Some(SilentReason::ServiceNotRunning),
            None => Some(SilentReason::NotEnrolled),
            Some(span) if !remote_help_notifies(span, self.cx.profile) => Some(SilentReason::NewDevice),
            Some(_) => None,
        };
        let event = match silent {
            Some(reason) => DeviceEvent::RemoteHelpSilent { reason },
            None => DeviceEvent::RemoteHelpNotified,
        };
        self.out.note(b(8, 19), Event::Device(event));
    }

    fn company_portal(&mut self, request: SyncRequest) {
        self.mdm(&mdm::Input::Session(SessionCause::CompanyPortal));
        self.agent(&agent::Input::Sync(request));
    }

    fn power_off(&mut self) {
        self.mdm(&mdm::Input::Stopped);
        self.agent(&agent::Input::Service(ServiceChange::Stopped));
        self.agent(&agent::Input::Session(SessionChange::AllSignedOut));
    }

    /// The service is automatic and starts with the device (B-4.13), unless it was set otherwise (B-2.16).
    fn power_on(&mut self) {
        self.agent(&agent::Input::DarkWake(false));
        self.mdm(&mdm::Input::Resumed);
        let agent = &self.device.agent;
        if agent.version().is_some() && agent.start_type() == StartType::Automatic && !agent.is_broken() {
            self.agent(&agent::Input::Service(ServiceChange::Started));
        }
    }
}

pub(super) struct ToAgent<'o, S>(&'o mut S);

impl<S: Sink> agent::Sink for ToAgent<'_, S> {
    #[inline]
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
    Policies(Policies),
    Wipe,
}

/// The most orders that one input of the MDM client gives: a reset and the loss of the certificate.
const ORDERS: usize = 2;

/// Passes the MDM client's effects on, and keeps those that concern the agent.
pub(super) struct Relay<'o, S> {
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
    // Inlined, an effect is written once, to where it stays.
    #[inline(always)]
    fn effect(&mut self, effect: mdm::Effect) {
        match effect {
            mdm::Effect::AgentInstalled(version) => self.order(Order::Installed(version)),
            mdm::Effect::RemoveAgent => self.order(Order::Remove),
            mdm::Effect::Certificate(present) => self.order(Order::Certificate(present)),
            mdm::Effect::Reset { .. } => self.order(Order::Wipe),
            mdm::Effect::Policies(policies) => self.order(Order::Policies(policies)),
            mdm::Effect::Send { .. }
            | mdm::Effect::Download { .. }
            | mdm::Effect::Install { .. }
            | mdm::Effect::Stop { .. }
            | mdm::Effect::Restart => {}
        }
        self.out.effect(Effect::Mdm(effect));
    }

    fn note(&mut self, rule: RuleId, event: mdm::Event) {
        self.out.note(rule, Event::Mdm(event));
    }
}
