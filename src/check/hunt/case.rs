//! One device with its events and faults, ready to run. It says everything, so it needs no seed.

use super::draft::Draft;
#[cfg(feature = "proptest")]
use super::draft::Plan;
#[cfg(feature = "proptest")]
use super::fault::Fault;
use super::ground::Ground;
#[cfg(feature = "proptest")]
use super::swarm::Dice;
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
        let mut case = Self::calm(seed, 0, Span::ZERO, Span::ZERO);
        Draft::new().draw(ground, seed, &mut case);
        case
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
        let mut plan = Plan::default();
        plan.begin(active);
        for (fault, at, draw) in faults {
            let deed = fault.deed(&mut Dice::new(*draw), &targets);
            if let Some(deed) = deed.filter(|_| *at < active) {
                plan.add(*at, deed);
            }
        }
        let mut case = Self { network, ..Self::calm(ground.plan().seed, device, active, active) };
        plan.put_into(&mut case, super::swarm::QUIET);
        case
    }
}

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
        self.repair();
        self
    }

    /// Adds the repairs that its events need. Where management has ended it begins again only if it is to: else the agent has
    /// to go.
    pub(super) fn repair(&mut self) {
        if self.quiet_from >= self.duration {
            return;
        }
        let (mut stepped, mut has_ended) = (0, false);
        for event in &self.events {
            match event.action {
                Action::ClockStep(by) | Action::ClockDrift(by) => stepped += by,
                Action::Unenroll | Action::Admin(AdminAction::Retire | AdminAction::Wipe { .. }) => has_ended = true,
                _ => {}
            }
        }
        let enrolls = has_ended && self.seed.is_multiple_of(2);
        let repairs = REPAIRS
            .into_iter()
            .chain((stepped != 0).then_some(Action::ClockStep(-stepped)))
            .chain(enrolls.then_some(Action::Enroll))
            .chain([Action::ServiceStart]);
        let at = self.quiet_from;
        self.events.extend(repairs.map(|action| Event { at, action, is_repair: true }));
    }

    /// The events that are no repairs.
    pub(super) fn disturbances(&self) -> impl Iterator<Item = Event> {
        self.events.iter().copied().filter(|event| !event.is_repair)
    }
}
