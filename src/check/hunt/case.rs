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
    /// A device as its world describes it: nothing is drawn for it.
    pub const fn calm(seed: u64, device: u64, quiet_from: Span, duration: Span) -> Self {
        Self {
            seed,
            device,
            network: None,
            events: Vec::new(),
            faults: Vec::new(),
            kill_after: None,
            quiet_from,
            duration,
        }
    }

    /// What a seed draws for one of the devices of a world.
    pub fn draw<A: AgentMachine>(ground: &Ground<'_, A>, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let swarm = Swarm::draw(&mut dice);
        let device = dice.below(ground.devices());
        let targets = ground.targets(device);
        let mut plan = Plan::new(swarm.active);
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
                let Some(deed) = fault.deed(&mut dice, &targets) else { break };
                plan.add(at, deed);
            }
        }
        plan.into_case(seed, device, swarm.network, swarm.quiet)
    }

    /// A device to which chosen faults happen, each at a time and with a draw of its own for what it does exactly. What a
    /// device cannot have is left out.
    #[cfg(feature = "proptest")]
    pub(crate) fn planned<A: AgentMachine>(
        ground: &Ground<'_, A>,
        device: u64,
        network: Option<Network>,
        active: Span,
        faults: &[(Fault, Span, u64)],
    ) -> Self {
        let targets = ground.targets(device);
        let mut plan = Plan::new(active);
        for (fault, at, draw) in faults {
            let deed = fault.deed(&mut Dice::new(*draw), &targets);
            if let Some(deed) = deed.filter(|_| *at < active) {
                plan.add(*at, deed);
            }
        }
        plan.into_case(ground.plan().seed, device, network, super::swarm::QUIET)
    }
}

/// What happens while faults come.
struct Plan {
    active: Span,
    events: Vec<Event>,
    faults: Vec<CaseFault>,
}

impl Plan {
    const fn new(active: Span) -> Self {
        Self { active, events: Vec::new(), faults: Vec::new() }
    }

    /// Adds what a fault does from a time on, as far as it comes before the quiet phase.
    fn add(&mut self, at: Span, deed: Deed) {
        match deed {
            Deed::Now(action) => self.act(at, action),
            Deed::For(begin, length, end) => {
                self.act(at, begin);
                self.act(at.saturating_add(length), end);
            }
            Deed::Row(row) => self.act_in_a_row(at, row),
            Deed::Service(channel, kind, length) => self.fail(at, channel, kind, length),
            Deed::Both(row, channel, kind, length) => {
                self.act_in_a_row(at, row);
                self.fail(at, channel, kind, length);
            }
        }
    }

    fn act_in_a_row(&mut self, at: Span, row: Vec<(Span, Action)>) {
        row.into_iter().for_each(|(after, action)| self.act(at.saturating_add(after), action));
    }

    fn fail(&mut self, from: Span, channel: FaultChannel, kind: FaultKind, length: Span) {
        let until = from.saturating_add(length).min(self.active).max(from.saturating_add(Span::millis(1)));
        self.faults.push(CaseFault { from, until, channel, kind });
    }

    fn act(&mut self, at: Span, action: Action) {
        if at < self.active {
            self.events.push(Event { at, action, is_repair: false });
        }
    }

    fn into_case(mut self, seed: u64, device: u64, network: Option<Network>, quiet: Span) -> Case {
        self.events.sort_by_cached_key(|event| event.at);
        let calm = Case::calm(seed, device, self.active, self.active.saturating_add(quiet));
        Case { network, faults: self.faults, ..calm }.with_events(self.events)
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
        let device = ground.cast().find(&replay.device)?;
        let calm = Self::calm(ground.plan().seed, device, replay.quiet_from, replay.duration);
        Some(Self { network: replay.network, kill_after: replay.kill_after, ..calm })
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
