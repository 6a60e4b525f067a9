//! What the worlds of many cases use one after the other, so that little is made anew for each.

use super::case::Case;
use super::coverage::{Coverage, Lookout};
use super::draft::Draft;
use super::watcher::Watcher;
use crate::sim::Room;
use crate::sim::plan::{DevicePlan, Plan};

/// Where cases are run, and what they have reached.
#[derive(Debug)]
pub(super) struct Stage {
    /// The plan of the ground, with what the present case has for itself.
    pub(super) plan: Plan,
    pub(super) descriptions: Descriptions,
    /// Whoever looks on, unless it is in a world.
    pub(super) watcher: Option<Watcher>,
    pub(super) room: Room,
    /// Where cases are drawn.
    pub(super) draft: Draft,
    pub(super) lookout: Lookout,
}

impl Stage {
    /// A stage for the cases of a ground with this plan.
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            plan: plan.clone(),
            descriptions: Descriptions::default(),
            watcher: None,
            room: Room::default(),
            draft: Draft::new(),
            lookout: Lookout::new(),
        }
    }

    /// Sets it for a case.
    pub(super) fn set(&mut self, ground: &Plan, case: &Case) {
        self.plan.duration = case.duration;
        let faults = case.faults.iter().map(|fault| fault.of(ground.start));
        self.plan.tenant.put_faults(ground.tenant.faults().len(), faults);
    }

    /// How many cases were run.
    pub(super) const fn cases(&self) -> u64 {
        self.lookout.worlds()
    }

    /// Adds what its cases have reached.
    pub(super) fn tell(&self, coverage: &mut Coverage) {
        coverage.rules.extend(self.watcher.iter().flat_map(|watcher| watcher.rules.iter()));
        self.lookout.tell(coverage);
    }
}

/// The descriptions of the devices of the last cases, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Descriptions(Vec<(u64, DevicePlan)>);

impl Descriptions {
    /// The description of the device of a case, to which the events of that case happen too.
    pub(super) fn with_events(&mut self, described: &DevicePlan, case: &Case) -> &DevicePlan {
        let known = self.0.iter().position(|(device, _)| *device == case.device);
        let place = known.unwrap_or_else(|| {
            self.0.truncate(DESCRIPTIONS_MAX - 1);
            self.0.push((case.device, described.clone()));
            self.0.len() - 1
        });
        let own = &mut self.0[place].1;
        own.network = case.network.unwrap_or(described.network);
        let timeline = &mut own.timeline;
        timeline.clear();
        timeline.extend_from_slice(&described.timeline);
        timeline.extend(case.events.iter().map(|event| (event.at, event.action)));
        // Mostly it is in order already. Stable: what the world says comes first.
        if !timeline.is_sorted_by_key(|(at, _)| *at) {
            timeline.sort_by_key(|(at, _)| *at);
        }
        own
    }
}

/// Many worlds have fewer devices; of a population the first are kept, and each of the others takes the place of the one before.
const DESCRIPTIONS_MAX: usize = 16;
