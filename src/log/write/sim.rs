//! The logs of a device in a simulation.

use super::entry::Pen;
use super::ids::{Ids, SeededIds};
use super::scribe::{Scribe, Stop};
use crate::agent::{self, Agent, SessionChange, SyncRequest};
use crate::device::{Action, Event};
use crate::rules::RuleId;
use crate::sim::busy::Windows;
use crate::sim::plan::{DevicePlan, Plan};
use crate::sim::{Cast, Happening, HostEvent, Observer, Power};
use crate::time::{Awake, Now, Wall};

/// Looks on at a world and writes the logs of its device.
#[derive(Debug)]
pub struct DeviceLogs<I, P> {
    scribe: Scribe<I, P>,
    /// When, in true time, something was seen last, with the device's clocks at that moment.
    at: Wall,
    awake: Awake,
    offset: i64,
    is_awake: bool,
}

impl<P: Pen> DeviceLogs<SeededIds, P> {
    /// Runs one device of a plan, under a service that is as busy as this, and writes its logs; gives back the pen, or nothing if
    /// there is no such device.
    pub fn run(plan: &Plan, cast: &Cast<'_>, number: u64, windows: &Windows, pen: P) -> Option<P> {
        let (described, name) = (cast.described(number)?, cast.name(number)?);
        let world = cast.world(number, Self::of_device(plan, described, &name, pen))?;
        Some(world.run_under(windows).observer.into_pen())
    }

    /// The logs of a device as a plan describes it.
    pub fn of_device(plan: &Plan, described: &DevicePlan, name: &str, pen: P) -> Self {
        let policies = (0..).map_while(|number| plan.tenant.content(crate::protocol::PolicyId(number)));
        let names: Vec<&str> = policies.map(|content| content.name.as_str()).collect();
        let ids = SeededIds::new(plan.seed, name, names, described.users.iter().map(String::as_str));
        Self::new(Scribe::new(ids, pen).in_zone(&plan.zones[described.zone]), plan.start)
    }
}

impl<I: Ids, P: Pen> DeviceLogs<I, P> {
    /// Looks on with this scribe from the start of a world on, whose true time is this.
    pub const fn new(scribe: Scribe<I, P>, start: Wall) -> Self {
        Self { scribe, at: start, awake: Awake::MIN, offset: 0, is_awake: true }
    }

    /// The pen, when the run is over.
    pub fn into_pen(self) -> P {
        self.scribe.into_pen()
    }

    /// What the device's clocks show at a moment. Before its clock is stepped, what was due by then is written.
    fn now(&mut self, at: Wall, offset: i64) -> Now {
        if self.is_awake {
            self.awake = self.awake.after(at.since(self.at));
        }
        self.at = at;
        if offset != self.offset {
            let before = self.shown();
            self.scribe.pass_time(before);
            self.offset = offset;
        }
        self.shown()
    }

    const fn shown(&self) -> Now {
        Now { wall: Wall::from_unix_millis(self.at.unix_millis().saturating_add(self.offset)), awake: self.awake }
    }

    fn acted(&mut self, now: Now, action: Action) {
        let shuts_down = matches!(action, Action::PowerOff | Action::Reboot | Action::SlowBoot(_));
        let dies = matches!(action, Action::ServiceKill | Action::PowerCut | Action::ServiceBreak);
        self.scribe.stopping(match (shuts_down, dies) {
            (true, _) => Stop::Shutdown,
            (false, true) => Stop::Died,
            (false, false) => Stop::Asked,
        });
        if let Some(input) = input_of(action) {
            self.scribe.hear(now, &input);
        }
    }
}

impl<I: Ids, P: Pen> Observer for DeviceLogs<I, P> {
    const WATCHES_AGENT: bool = true;

    fn happened(&mut self, at: Wall, offset: i64, _: Option<RuleId>, happening: Happening) {
        let now = self.now(at, offset);
        match happening {
            Happening::Action(action) => self.acted(now, action),
            Happening::Device(Event::Agent(event)) => self.scribe.note(event),
            Happening::Host(HostEvent::ServiceCrashed { .. }) => self.scribe.stopping(Stop::Died),
            // Windows and the service write none of these files.
            Happening::Host(
                HostEvent::OutputCut { .. }
                | HostEvent::AppAppeared { .. }
                | HostEvent::AppVanished { .. }
                | HostEvent::StateNotWritten
                | HostEvent::StateSetAside,
            )
            | Happening::Device(Event::Mdm(_) | Event::Device(_))
            | Happening::Network(_)
            | Happening::Service(_) => {}
        }
    }

    fn turned(
        &mut self,
        at: Wall,
        offset: i64,
        cx: &agent::Context<'_>,
        agent: &Agent,
        input: Option<&agent::Input<'_>>,
    ) {
        let now = self.now(at, offset);
        self.scribe.turned(now, cx, agent, input);
    }

    fn wanted(&mut self, at: Wall, offset: i64, effect: &agent::Effect) {
        let now = self.now(at, offset);
        self.scribe.wanted(now, effect);
    }

    fn powered(&mut self, at: Wall, power: Power) {
        let now = self.now(at, self.offset);
        self.scribe.pass_time(now);
        self.is_awake = power.is_awake();
    }
}

/// What the agent hears of an action, as far as its log has it; what else it hears comes with its turns.
const fn input_of(action: Action) -> Option<agent::Input<'static>> {
    Some(match action {
        Action::SignIn(user) => agent::Input::Session(SessionChange::SignIn(user)),
        Action::SignInLocal => agent::Input::Session(SessionChange::SignInLocal),
        Action::SignOut(user) => agent::Input::Session(SessionChange::SignOut(user)),
        Action::PowerOff | Action::PowerCut | Action::Reboot | Action::SlowBoot(_) => {
            agent::Input::Session(SessionChange::AllSignedOut)
        }
        Action::Lock => agent::Input::Session(SessionChange::Lock),
        Action::Unlock => agent::Input::Session(SessionChange::Unlock),
        Action::ConsoleConnect => agent::Input::Session(SessionChange::ConsoleConnect),
        Action::ConsoleDisconnect => agent::Input::Session(SessionChange::ConsoleDisconnect),
        Action::ProtocolSyncApp => agent::Input::Sync(SyncRequest::ProtocolSyncApp),
        Action::CompanyPortalSync => agent::Input::Sync(SyncRequest::CompanyPortal),
        Action::ServiceControl(code) => agent::Input::Sync(SyncRequest::ServiceControl(code)),
        Action::Esp(phase) => agent::Input::Esp(phase),
        Action::Sleep
        | Action::Wake
        | Action::DarkWake
        | Action::PowerOn
        | Action::Hibernate
        | Action::Network(_)
        | Action::BatterySaver(_)
        | Action::DataLimit(_)
        | Action::PushService(_)
        | Action::DmWapPush(_)
        | Action::NameResolution(_)
        | Action::CaptivePortal(_)
        | Action::VpnChange
        | Action::ClockStep(_)
        | Action::ClockDrift(_)
        | Action::TimeZone(_)
        | Action::ServiceStop
        | Action::ServiceStart
        | Action::ServiceRestart
        | Action::ServiceKill
        | Action::ServiceAutomatic(_)
        | Action::ServiceDisable
        | Action::ServiceBreak
        | Action::ServiceMend
        | Action::AgentRemove
        | Action::ScriptRecordDelete(_)
        | Action::AppRecordDelete(_)
        | Action::StateFile(_)
        | Action::DiskFull(_)
        | Action::RunKill
        | Action::Twin(_)
        | Action::AppInstallByHand(_)
        | Action::AppRemoveByHand(_)
        | Action::SettingsSync
        | Action::CompanyPortalCompliance
        | Action::CompanyPortalInstall(_)
        | Action::CompanyPortalUninstall(_)
        | Action::RestartSnooze
        | Action::ProtocolSyncCompliance
        | Action::RemoteHelp
        | Action::MalwareStatus
        | Action::Admin(_)
        | Action::Enroll
        | Action::Unenroll
        | Action::MdmScheduled
        | Action::AppsWorkload(_)
        | Action::SmodeSupplemental(_) => return None,
    })
}
