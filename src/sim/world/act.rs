//! What is done to the device: by the scenario, by people, and by its own habits.

use super::super::clock::Power;
use super::super::habit::Turn;
use super::super::host::Work;
use super::super::network::Obstacle;
use super::super::observe::{Happening, NetworkEvent, Observer};
use super::World;
use super::mail::Mail;
use crate::device::{self, Action, AgentMachine};
use crate::protocol::{PolicyId, UserId};
use crate::service;

impl<O: Observer, A: AgentMachine> World<'_, O, A> {
    /// A change by habit. Going to sleep and waking up concern the clocks alone, unless a slot of the MDM schedule was
    /// slept through; a device without habits of this kind pays nothing for them.
    pub(super) fn habit(&mut self) {
        let power = self.clock.power();
        let own = self.local_habits();
        let Some(turn) = self.habits.take(&own, self.clock.true_now(), power == Power::On) else { return };
        let shuts_down = self.described.habits.shuts_down;
        match turn {
            Turn::Begin => {
                let is_offline = self.habits.is_offline(&own);
                self.link.set(Obstacle::Habit, is_offline);
                if is_offline {
                    self.happened(None, Happening::Network(NetworkEvent::OfflineForTheDay));
                }
                self.act(if power == Power::Off { Action::PowerOn } else { Action::Wake });
                if self.described.habits.signs_in && self.link.signed_in == 0 {
                    self.act(Action::SignIn(UserId(1)));
                }
            }
            Turn::LidOpens => self.act(Action::Wake),
            Turn::MaintenanceBegins if power == Power::Asleep => self.act(Action::DarkWake),
            // Also after a restart in between, which leaves the device on.
            Turn::MaintenanceEnds if power.is_awake() => self.act(Action::Sleep),
            Turn::MaintenanceBegins | Turn::MaintenanceEnds => {}
            Turn::End | Turn::LidCloses if !power.is_awake() => {}
            Turn::LidCloses => self.act(Action::Sleep),
            Turn::End => self.act(if shuts_down { Action::PowerOff } else { Action::Sleep }),
            Turn::Restart => self.act(Action::Reboot),
            Turn::Network(is_there) => self.spell(!is_there),
            Turn::Portal | Turn::Countdown if self.link.signed_in == 0 => {}
            Turn::Portal => self.act(Action::CompanyPortalSync),
            Turn::Countdown => {
                let is_shown = self.device.agent().pending_restart().is_some_and(|restart| restart.countdown.is_none());
                if is_shown && self.habits.snoozes(&own, self.clock.true_now()) {
                    self.act(Action::RestartSnooze);
                }
                self.expect_countdown();
            }
        }
    }

    /// The user will see the countdown of a restart that waits, where there is one and the user minds.
    pub(super) fn expect_countdown(&mut self) {
        if self.described.habits.snooze_ppm == 0 {
            return;
        }
        if let Some(shown) = self.device.agent().pending_restart().and_then(|restart| restart.countdown) {
            self.habits.expect_countdown(self.clock.true_of_wall(shown).max(self.clock.true_now()));
            self.look_outside();
        }
    }

    /// An offline spell begins or ends, whether the device is awake or not.
    fn spell(&mut self, begins: bool) {
        self.link.set(Obstacle::Spell, begins);
        self.count(SPELL);
        self.happened(None, Happening::Action(Action::Network(!begins)));
        self.flush_cached();
    }

    /// An action happens: to the clocks, to the connections, to the service, and to the device.
    pub(super) fn act(&mut self, action: Action) {
        self.happened(None, Happening::Action(action));
        let awake_before = self.clock.power().is_awake();
        match action {
            Action::SignIn(UserId(n)) => self.link.signed_in |= 1_u32.checked_shl(u32::from(n)).unwrap_or(0),
            Action::SignInLocal => self.link.signed_in |= 1,
            Action::SignOut(UserId(n)) => self.link.signed_in &= !1_u32.checked_shl(u32::from(n)).unwrap_or(0),
            Action::Sleep => {
                if !matches!(self.clock.power(), Power::Off | Power::Hibernating) {
                    self.set_power(Power::Asleep);
                }
                return self.count(SLEPT);
            }
            Action::Hibernate => {
                if self.clock.power() != Power::Off {
                    self.set_power(Power::Hibernating);
                }
                return self.count(SLEPT);
            }
            Action::Wake if self.clock.power() == Power::Off => return,
            Action::Wake => {
                // Told once, the device believes in maintenance wake until it is told of a real one, also if it slept between.
                let was_dark = std::mem::take(&mut self.link.told_dark);
                self.set_power(Power::On);
                if was_dark {
                    self.give(device::Input::Action(action));
                } else {
                    self.resumed();
                }
                return self.flush_cached();
            }
            Action::DarkWake if awake_before || self.clock.power() != Power::Asleep => return,
            Action::DarkWake => {
                self.set_power(Power::DarkWake);
                self.link.told_dark = true;
            }
            Action::PowerOff => {
                self.set_power(Power::Off);
                self.went_down();
            }
            Action::PowerOn if self.clock.power() != Power::Off => return,
            Action::PowerOn => {
                self.set_power(Power::On);
                self.process_starts(action);
            }
            Action::Reboot | Action::SlowBoot(_) => {
                self.set_power(Power::On);
                self.went_down();
                self.process_starts(action);
            }
            Action::PowerCut => return self.power_cut(action),
            Action::Network(on) => self.link.set(Obstacle::Network, !on),
            Action::CaptivePortal(on) => self.link.set(Obstacle::Network, on),
            Action::VpnChange => self.break_connections(),
            Action::NameResolution(on) => self.link.set(Obstacle::Names, !on),
            Action::BatterySaver(on) => self.link.battery_saver = on,
            Action::DataLimit(on) => self.link.data_limit = on,
            Action::PushService(on) => self.link.push_service = on,
            Action::ClockStep(by) => self.step_clock(by),
            Action::ClockDrift(by) => {
                self.step_clock(by);
                return self.count(DRIFTED);
            }
            Action::TimeZone(zone) => self.travel(zone),
            Action::StateFile(_) | Action::DiskFull(_) => self.damage_file(action),
            Action::RunKill => {
                let awake = self.clock.now().awake;
                self.host.kill_runs(awake);
            }
            Action::Twin(twin) => return self.twin(twin),
            // Where no process is, none dies.
            Action::ServiceKill if !self.device.agent().is_running() || self.waits_after_crash() => return,
            Action::ServiceStart | Action::ServiceRestart | Action::ServiceKill => self.process_starts(action),
            Action::AppInstallByHand(app) => return self.app_by_hand(app, true),
            Action::AppRemoveByHand(app) => return self.app_by_hand(app, false),
            Action::Admin(action) => {
                self.service(service::Input::Action(action));
                return;
            }
            Action::Lock
            | Action::Unlock
            | Action::ConsoleConnect
            | Action::ConsoleDisconnect
            | Action::DmWapPush(_)
            | Action::ServiceStop
            | Action::ServiceAutomatic(_)
            | Action::ServiceDisable
            | Action::ServiceBreak
            | Action::ServiceMend
            | Action::AgentRemove
            | Action::ScriptRecordDelete(_)
            | Action::AppRecordDelete(_)
            | Action::SettingsSync
            | Action::CompanyPortalSync
            | Action::CompanyPortalCompliance
            | Action::CompanyPortalInstall(_)
            | Action::CompanyPortalUninstall(_)
            | Action::RestartSnooze
            | Action::ProtocolSyncApp
            | Action::ProtocolSyncCompliance
            | Action::ServiceControl(_)
            | Action::RemoteHelp
            | Action::MalwareStatus
            | Action::Enroll
            | Action::Unenroll
            | Action::MdmScheduled
            | Action::Esp(_)
            | Action::AppsWorkload(_)
            | Action::SmodeSupplemental(_) => {}
        }
        self.give(device::Input::Action(action));
        if let Action::SlowBoot(after) = action {
            self.host.add(self.clock.now().awake.after(after), Work::LateService);
        }
        self.flush_cached();
        // Whoever uses the device by habit is there again after any restart, whoever asked for it.
        if matches!(action, Action::Reboot | Action::SlowBoot(_)) && self.described.habits.signs_in {
            self.act(Action::SignIn(UserId(1)));
        }
    }

    /// An app comes or goes past the agent, which finds out at its next look.
    fn app_by_hand(&mut self, app: PolicyId, is_there: bool) {
        self.count(APP_BY_HAND);
        self.app_changed(app, is_there);
    }

    /// The device woke up. Awake time went on where it stood, so only a deadline on the wall clock can be overdue.
    pub(super) fn resumed(&mut self) {
        let now = self.clock.now().wall;
        if self.due().1 < now {
            self.give(device::Input::Resumed);
        } else {
            self.count(WOKE);
        }
    }

    /// Counts an event that concerns the clocks alone.
    pub(super) fn count(&mut self, code: u64) {
        self.events += 1;
        self.hasher.take(self.clock.true_now().raw(), code);
    }

    /// The device went down: work and sessions end with it, and so does what was on its way to it.
    pub(super) fn went_down(&mut self) {
        self.host.clear();
        self.link.signed_in = 0;
        // It starts for good, and is told so.
        self.link.told_dark = false;
        self.mail.retain(|(_, mail)| matches!(mail, Mail::Push { .. }));
        self.look_at_mail();
    }

    /// Connections end: answers on their way do not arrive.
    #[cold]
    fn break_connections(&mut self) {
        let before = self.mail.len();
        self.mail.retain(|(_, mail)| matches!(mail, Mail::Push { .. }));
        self.look_at_mail();
        for _ in self.mail.len()..before {
            self.happened(None, Happening::Network(NetworkEvent::MessageLost));
        }
    }

    /// The device is in another time zone; the day's next change by habit stays as it was.
    #[cold]
    fn travel(&mut self, zone: u16) {
        if let Some(zone) = self.plan.zones.get(usize::from(zone)) {
            self.cx.zone = zone;
        }
    }

    pub(super) fn set_power(&mut self, power: Power) {
        self.observer.powered(self.clock.true_now(), power);
        self.clock.set_power(power);
        self.plan_tick();
    }

    fn step_clock(&mut self, by: i64) {
        self.clock.step(by);
        self.plan_tick();
    }
}

/// The numbers of falling asleep and of waking up without anything overdue, for the digest.
const SLEPT: u64 = 12;
const WOKE: u64 = 13;
/// The number of an app that came or went past the agent.
const APP_BY_HAND: u64 = 14;
/// The number of an offline spell's beginning and end.
const SPELL: u64 = 15;
/// The number of a clock that has drifted.
const DRIFTED: u64 = 17;
