//! One device with its events and faults, ready to run. It says everything, so it needs no seed.

use super::fault::{Deed, Fault};
use super::ground::Ground;
use super::swarm::{Dice, Swarm};
use crate::catalog::{FaultChannel, FaultKind, ServiceFault};
use crate::device::{Action, AgentMachine, StateFile};
use crate::scenario::Replay;
use crate::service::AdminAction;
use crate::sim::plan::Network;
use crate::time::{Span, Wall};

/// One thing that happens to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, as an offset from the start.
    pub at: Span,
    /// What.
    pub action: Action,
    /// It belongs to the repairs before the quiet phase, and cannot be left out.
    pub is_repair: bool,
}

/// A time in which the service fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseFault {
    /// The first moment, as an offset from the start.
    pub from: Span,
    /// The first moment after it.
    pub until: Span,
    /// Which requests fail.
    pub channel: FaultChannel,
    /// What becomes of them.
    pub kind: FaultKind,
}

impl CaseFault {
    pub(super) fn of(&self, start: Wall) -> ServiceFault {
        ServiceFault {
            from: start.after(self.from),
            until: start.after(self.until),
            channel: self.channel,
            kind: self.kind,
        }
    }
}

/// One device, and everything that happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The seed that drew it.
    pub seed: u64,
    /// The number of the device.
    pub device: u64,
    /// How its messages travel, if not as the world says.
    pub network: Option<Network>,
    /// What happens, in order.
    pub events: Vec<Event>,
    /// When the service fails.
    pub faults: Vec<CaseFault>,
    /// The agent's process is killed after so many of its effects, in the middle of an input or at its end.
    pub kill_after: Option<u64>,
    /// When the quiet phase begins.
    pub quiet_from: Span,
    /// How long it all lasts.
    pub duration: Span,
}

impl Case {
    /// What a seed draws for one of the devices of a world.
    pub fn draw<A: AgentMachine>(ground: &Ground<'_, A>, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let swarm = Swarm::draw(&mut dice);
        let device = dice.below(ground.devices());
        let targets = ground.targets(device);
        let mut events = Vec::new();
        let mut faults = Vec::new();
        for (fault, gap) in &swarm.faults {
            if *fault == Fault::Network {
                continue;
            }
            let mut at = Span::ZERO;
            for _ in 0..EVENTS_MAX {
                at = at.saturating_add(Span::millis(dice.between(1, 2 * gap.as_millis())));
                if at >= swarm.active {
                    break;
                }
                let mut add = |after: Span, action| {
                    let at = at.saturating_add(after);
                    if at < swarm.active {
                        events.push(Event { at, action, is_repair: false });
                    }
                };
                let mut fails = |channel, kind, length| {
                    let until = at.saturating_add(length).min(swarm.active).max(at.saturating_add(Span::millis(1)));
                    faults.push(CaseFault { from: at, until, channel, kind });
                };
                match fault.deed(&mut dice, &targets) {
                    Some(Deed::Now(action)) => add(Span::ZERO, action),
                    Some(Deed::For(begin, length, end)) => {
                        add(Span::ZERO, begin);
                        add(length, end);
                    }
                    Some(Deed::Row(row)) => row.into_iter().for_each(|(after, action)| add(after, action)),
                    Some(Deed::Service(channel, kind, length)) => fails(channel, kind, length),
                    Some(Deed::Both(row, channel, kind, length)) => {
                        row.into_iter().for_each(|(after, action)| add(after, action));
                        fails(channel, kind, length);
                    }
                    None => break,
                }
            }
        }
        events.sort_by_key(|event| event.at);
        let case = Self {
            seed,
            device,
            network: swarm.network,
            events: Vec::new(),
            faults,
            kill_after: None,
            quiet_from: swarm.active,
            duration: swarm.active.saturating_add(swarm.quiet),
        };
        case.with_events(events)
    }
}

/// The most events of one kind in a world.
const EVENTS_MAX: u32 = 200;

/// Everything that a person would do to have a device that works again.
const REPAIRS: [Action; 11] = [
    Action::PowerOn,
    Action::Wake,
    Action::Network(true),
    Action::NameResolution(true),
    Action::PushService(true),
    Action::BatterySaver(false),
    Action::CaptivePortal(false),
    Action::DiskFull(false),
    Action::StateFile(StateFile::Writable),
    Action::ServiceMend,
    Action::ServiceAutomatic(true),
];

impl Case {
    /// The case of a failure that a scenario file keeps: its events and faults are the scenario's own. `None` if the device is
    /// not there.
    pub fn kept(ground: &Ground<'_>, replay: &Replay) -> Option<Self> {
        Some(Self {
            seed: ground.plan().seed,
            device: ground.cast().find(&replay.device)?,
            network: replay.network,
            events: Vec::new(),
            faults: Vec::new(),
            kill_after: replay.kill_after,
            quiet_from: replay.quiet_from,
            duration: replay.duration,
        })
    }

    /// The case with other events before its quiet phase, and with the repairs that these need.
    pub(super) fn with_events(mut self, events: Vec<Event>) -> Self {
        self.events = events;
        if self.quiet_from < self.duration {
            repair(&mut self.events, self.quiet_from, self.seed.is_multiple_of(2));
        }
        self
    }

    /// The events that are no repairs.
    pub(super) fn disturbances(&self) -> impl Iterator<Item = Event> {
        self.events.iter().copied().filter(|event| !event.is_repair)
    }
}

/// Where management has ended it begins again only if it is to: else the agent has to go.
fn repair(events: &mut Vec<Event>, at: Span, enrolls: bool) {
    let stepped: i64 = events
        .iter()
        .map(|event| match event.action {
            Action::ClockStep(by) | Action::ClockDrift(by) => by,
            _ => 0,
        })
        .sum();
    let mut repairs = REPAIRS.to_vec();
    if stepped != 0 {
        repairs.push(Action::ClockStep(-stepped));
    }
    let ends =
        |action| matches!(action, Action::Unenroll | Action::Admin(AdminAction::Retire | AdminAction::Wipe { .. }));
    if enrolls && events.iter().any(|event| ends(event.action)) {
        repairs.push(Action::Enroll);
    }
    repairs.push(Action::ServiceStart);
    events.extend(repairs.into_iter().map(|action| Event { at, action, is_repair: true }));
}
