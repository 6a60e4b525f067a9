//! How a case is drawn: what its faults do, and when, is gathered and put in order. A draft is room for one case after the other.

use super::case::{Case, CaseFault, Event};
use super::fault::{Deed, Fault, Row};
use super::ground::Ground;
use super::swarm::{Dice, Swarm};
use crate::catalog::{FaultChannel, FaultKind};
use crate::device::{Action, AgentMachine};
use crate::time::Span;

/// Room in which cases are drawn.
#[derive(Debug)]
pub(super) struct Draft {
    /// The seed that was drawn last.
    seed: Option<u64>,
    /// What it drew.
    swarm: Swarm,
    plan: Plan,
}

impl Draft {
    pub(super) fn new() -> Self {
        Self { seed: None, swarm: Swarm::none(), plan: Plan::default() }
    }

    /// Draws what a seed draws for one of the devices of a world, in the place of another case.
    pub(super) fn draw<A: AgentMachine>(&mut self, ground: &Ground<'_, A>, seed: u64, case: &mut Case) {
        let mut dice = self.draw_swarm(seed);
        let Self { swarm, plan, .. } = self;
        let device = dice.below(ground.devices());
        let targets = ground.targets(device);
        plan.begin(swarm.active);
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
        (case.seed, case.device, case.network) = (seed, device, swarm.network);
        plan.put_into(case, swarm.quiet);
    }

    /// What a seed draws.
    pub(super) fn swarm_of(&mut self, seed: u64) -> &Swarm {
        if self.seed != Some(seed) {
            let _ = self.draw_swarm(seed);
        }
        &self.swarm
    }

    /// The draws that follow on those of the swarm.
    fn draw_swarm(&mut self, seed: u64) -> Dice {
        let mut dice = Dice::new(seed);
        self.swarm.draw(&mut dice);
        self.seed = Some(seed);
        dice
    }
}

/// The most events of one kind in a world.
const EVENTS_MAX: u32 = 200;

/// What happens while faults come.
#[derive(Debug, Default)]
pub(super) struct Plan {
    active: Span,
    /// In the order in which they were added.
    events: Vec<Event>,
    faults: Vec<CaseFault>,
    order: Order,
}

impl Plan {
    /// Begins anew.
    pub(super) fn begin(&mut self, active: Span) {
        self.active = active;
        self.events.clear();
        self.faults.clear();
    }

    /// Adds what a fault does from a time on, as far as it comes before the quiet phase.
    pub(super) fn add(&mut self, at: Span, deed: Deed) {
        match deed {
            Deed::Now(action) => self.act(at, action),
            Deed::For(begin, length, end) => {
                self.act(at, begin);
                self.act(at.saturating_add(length), end);
            }
            Deed::Times(times, gap, action) => {
                (0..times).for_each(|n| self.act(at.saturating_add(gap.saturating_mul(n)), action));
            }
            Deed::Row(row) => self.act_in_a_row(at, row),
            Deed::Service(channel, kind, length) => self.fail(at, channel, kind, length),
            Deed::Both(row, channel, kind, length) => {
                self.act_in_a_row(at, row);
                self.fail(at, channel, kind, length);
            }
        }
    }

    fn act_in_a_row(&mut self, at: Span, row: Row) {
        row.into_iter().flatten().for_each(|(after, action)| self.act(at.saturating_add(after), action));
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

    /// Makes it what happens in a case, which has its seed, device and network already.
    pub(super) fn put_into(&mut self, case: &mut Case, quiet: Span) {
        case.kill_after = None;
        (case.quiet_from, case.duration) = (self.active, self.active.saturating_add(quiet));
        std::mem::swap(&mut case.faults, &mut self.faults);
        self.order.put(&self.events, self.active, &mut case.events);
        case.repair();
    }
}

/// Puts events in order.
///
/// They come evenly in time, so that one look at each tells nearly where it stands, and sorting would ask ten times as much.
#[derive(Debug, Default)]
struct Order {
    /// How many events come before each part of the time.
    counts: Vec<u32>,
}

impl Order {
    /// Puts events that are all before an end into a list, by their times; at equal times in the order in which they are.
    fn put(&mut self, events: &[Event], end: Span, sorted: &mut Vec<Event>) {
        sorted.clear();
        let Some(first) = events.first() else { return };
        // As many parts as there are events, if not fewer, each as long as a power of two.
        let parts = events.len().next_power_of_two();
        let shift = (u64::BITS - end.as_millis().leading_zeros()).saturating_sub(parts.trailing_zeros()).min(63);
        let part_of =
            |event: &Event| usize::try_from(event.at.as_millis() >> shift).unwrap_or(usize::MAX).min(parts - 1);
        self.counts.clear();
        self.counts.resize(parts, 0);
        events.iter().for_each(|event| self.counts[part_of(event)] += 1);
        let mut before = 0;
        for count in &mut self.counts {
            before += std::mem::replace(count, before);
        }
        sorted.resize(events.len(), *first);
        for event in events {
            let next = &mut self.counts[part_of(event)];
            sorted[*next as usize] = *event;
            *next += 1;
        }
        // What is left to be done is within the parts.
        for next in 1..sorted.len() {
            let event = sorted[next];
            let mut place = next;
            while place > 0 && sorted[place - 1].at > event.at {
                sorted[place] = sorted[place - 1];
                place -= 1;
            }
            if place < next {
                sorted[place] = event;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_order_and_equal_times_as_they_were_added() {
        let (mut order, mut sorted) = (Order::default(), Vec::new());
        for (seed, count) in (0..400).zip([0, 1, 2, 3, 7, 64, 65, 300].into_iter().cycle()) {
            let mut dice = Dice::new(seed);
            // Some in the whole of the time, some within moments.
            let end = [1, 3, 50, 1_000_000, 518_400_000, u64::MAX / 4][dice.place(6)];
            let event = |number| {
                let most = [end - 1, (end - 1).min(20)][dice.place(2)];
                let at = Span::millis(dice.between(0, most));
                Event { at, action: Action::ClockStep(number), is_repair: false }
            };
            let events: Vec<Event> = (0..count).map(event).collect();
            let mut wanted = events.clone();
            wanted.sort_by_key(|event| event.at);
            order.put(&events, Span::millis(end), &mut sorted);
            assert_eq!(sorted, wanted, "{count} events before {end}");
        }
    }
}
