//! The steps of some states, taken by one thread that changes nothing but its own.

use std::sync::{PoisonError, RwLock};

use super::line::Part;
use super::model::{Kind, Model};
use super::room::{Room, Spare};
use super::store::Id;
use super::table::Table;

/// What the steps of a part lead to.
pub(super) struct Chunk<S> {
    /// The number of the first state of the part.
    pub(super) first: Id,
    /// The room of the part, in which now stands what was found.
    pub(super) room: Room<S>,
    /// The states that were not in the table yet, in the order in which they were found.
    pub(super) found: Vec<Found>,
    /// Where those stand that no part before has found either; to be filled in when they go into the table.
    pub(super) places: Vec<u32>,
    /// How many steps each state of the part has; none for those that are left alone.
    pub(super) steps: Vec<Option<u16>>,
    /// Where they lead, one after another.
    pub(super) edges: Vec<(To, Kind)>,
    /// The longest time since the start that was seen.
    pub(super) elapsed: u64,
    /// How many steps of each sort were taken.
    pub(super) taken: Taken,
}

/// Numbers of steps, by the places of their sorts.
pub(super) type Taken = [u32; super::model::SORTS_MAX];

/// A state that was reached.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) print: u128,
    pub(super) from: Id,
    /// Where it stands in the room.
    pub(super) place: u32,
    pub(super) holds: u16,
    pub(super) choice: u8,
}

/// Where a step leads.
#[derive(Clone, Copy)]
pub(super) enum To {
    /// To a state that was in the table.
    Known(Id),
    /// To one of those found, by its place among them.
    Fresh(u32),
}

/// What is not looked at.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// States so long after the start.
    pub(super) elapsed: Option<u64>,
    /// States in which one of these properties does not hold.
    pub(super) always: u16,
}

/// What a thread uses again for each part.
pub(super) struct Desk<'r, M: Model> {
    /// The steps of one state.
    own: Vec<(M::Step, Kind)>,
    /// The states of a group with their numbers, their places and how many steps they have, and all these steps.
    turns: Vec<(Id, u32, usize)>,
    steps: Vec<(M::Step, Kind)>,
    /// What each of the steps led to.
    led: Vec<Led>,
    /// The places, among what was led to, of what the part had not seen before.
    unseen: Vec<usize>,
    seen: Seen,
    spare: &'r Spare<M::State>,
}

/// What a step led to.
struct Led {
    found: Found,
    kind: Kind,
    /// Its place among what the part has seen.
    seen: u32,
}

impl<'r, M: Model> Desk<'r, M> {
    pub(super) fn new(spare: &'r Spare<M::State>) -> Self {
        let seen = Seen { slots: Vec::new(), seen: Vec::new() };
        let (own, turns, steps) = (Vec::new(), Vec::new(), Vec::new());
        Self { own, turns, steps, led: Vec::new(), unseen: Vec::new(), seen, spare }
    }
}

/// Takes every step of the states of a part, in whose room what they lead to takes their places.
pub(super) fn expand<M: Model>(
    model: &M,
    table: &RwLock<Table>,
    limits: Limits,
    part: Part<M::State>,
    desk: &mut Desk<'_, M>,
) -> Chunk<M::State> {
    let Part { first, room, mut places, broken } = part;
    let mut chunk = Chunk {
        first,
        room,
        found: Vec::with_capacity(places.len()),
        places: Vec::new(),
        steps: Vec::with_capacity(places.len()),
        edges: Vec::with_capacity(places.len() * 4),
        elapsed: 0,
        taken: [0; super::model::SORTS_MAX],
    };
    desk.seen.clear(places.len() * 4);
    for (first, places) in (first..).step_by(GROUP).zip(places.chunks(GROUP)) {
        desk.look(model, limits, (first, places, &broken), &mut chunk);
        desk.take(model, &mut chunk);
        desk.look_up(model, table, &mut chunk);
    }
    places.clear();
    Chunk { places, ..chunk }
}

/// How many states are dealt with at a time. One thing is done for all of a group before the next is begun, so that its code
/// stays in the cache, and the processor waits for memory once for all of them: for the states themselves, and for their
/// places in the table.
const GROUP: usize = 8;

impl<M: Model> Desk<'_, M> {
    /// Finds out what may happen in the states of a group.
    fn look(
        &mut self,
        model: &M,
        limits: Limits,
        (first, places, broken): (Id, &[u32], &[Id]),
        chunk: &mut Chunk<M::State>,
    ) {
        self.turns.clear();
        self.steps.clear();
        let states = places.iter().filter_map(|place| chunk.room.get(*place));
        core::hint::black_box(states.map(|state| model.touch(state)).fold(0, |all, one| all ^ one));
        for (from, place) in (first..).zip(places) {
            let Some(state) = chunk.room.get(*place) else { continue };
            let elapsed = model.elapsed(state);
            chunk.elapsed = chunk.elapsed.max(elapsed);
            let is_late = limits.elapsed.is_some_and(|limit| elapsed >= limit);
            if is_late || broken.contains(&from) {
                chunk.steps.push(None);
                chunk.room.clear(*place);
                continue;
            }
            self.own.clear();
            model.steps(state, &mut self.own);
            let count = self.own.len();
            debug_assert!(count <= super::model::STEPS_MAX, "a state has too many steps");
            chunk.steps.push(Some(count as u16));
            if count == 0 {
                chunk.room.clear(*place);
            }
            self.turns.push((from, *place, count));
            self.steps.extend_from_slice(&self.own);
        }
    }

    /// Takes the steps of a group: the last of each state in its own place, which nobody needs after that, and the others
    /// from copies of it.
    fn take(&mut self, model: &M, chunk: &mut Chunk<M::State>) {
        self.led.clear();
        let mut steps = self.steps.iter();
        for (from, own, count) in &self.turns {
            for (choice, (step, kind)) in (0_u8..=u8::MAX).zip(steps.by_ref().take(*count)) {
                let is_last = usize::from(choice) + 1 == *count;
                let copied =
                    if is_last { Some(*own) } else { chunk.room.copy(*own, self.spare, |one| model.touch(one)) };
                let Some((place, next)) = copied.and_then(|place| Some((place, chunk.room.get_mut(place)?))) else {
                    continue;
                };
                model.take(next, *step);
                let found = Found { print: 0, from: *from, place, holds: 0, choice };
                self.led.push(Led { found, kind: *kind, seen: 0 });
                if let Some(taken) = model.sort_of(*step).and_then(|sort| chunk.taken.get_mut(sort)) {
                    *taken += 1;
                }
            }
        }
    }

    /// Finds out which of the states that a group led to are new, and keeps these.
    fn look_up(&mut self, model: &M, table: &RwLock<Table>, chunk: &mut Chunk<M::State>) {
        for Led { found, .. } in &mut self.led {
            found.print = chunk.room.get(found.place).map_or(0, |state| model.fingerprint(state));
        }
        self.unseen.clear();
        for (n, led) in self.led.iter_mut().enumerate() {
            let (place, is_new) = self.seen.find_or_put(led.found.print);
            led.seen = place;
            if is_new {
                self.unseen.push(n);
            } else {
                chunk.room.clear(led.found.place);
            }
        }
        let table = table.read().unwrap_or_else(PoisonError::into_inner);
        table.touch(self.unseen.iter().filter_map(|n| self.led.get(*n)).map(|led| led.found.print));
        for led in self.unseen.iter().filter_map(|n| self.led.get(*n)) {
            let to = match table.find(led.found.print) {
                Some(id) => {
                    chunk.room.clear(led.found.place);
                    To::Known(id)
                }
                None => {
                    let holds = chunk.room.get(led.found.place).map_or(0, |state| model.holds(state));
                    chunk.found.push(Found { holds, ..led.found });
                    To::Fresh(chunk.found.len() as u32 - 1)
                }
            };
            self.seen.set(led.seen, to);
        }
        drop(table);
        chunk.edges.extend(self.led.iter().map(|led| (self.seen.get(led.seen), led.kind)));
    }
}

/// What the steps of a part have led to, by fingerprints.
struct Seen {
    slots: Vec<u32>,
    seen: Vec<(u128, To)>,
}

impl Seen {
    fn clear(&mut self, expected: usize) {
        self.seen.clear();
        self.resize(expected);
    }

    fn resize(&mut self, expected: usize) {
        self.slots.clear();
        self.slots.resize(expected.next_power_of_two().max(64), FREE);
    }

    /// The place of a fingerprint, and true if it is new.
    fn find_or_put(&mut self, print: u128) -> (u32, bool) {
        if self.seen.len() * 2 > self.slots.len() {
            self.resize(self.slots.len() * 2);
            for place in 0..self.seen.len() {
                let print = self.seen.get(place).map_or(0, |(print, _)| *print);
                self.probe(print, place as u32);
            }
        }
        let new = self.seen.len() as u32;
        let place = self.probe(print, new);
        if place == new {
            self.seen.push((print, To::Fresh(0)));
        }
        (place, place == new)
    }

    fn probe(&mut self, print: u128, new: u32) -> u32 {
        let mask = self.slots.len() - 1;
        let mut at = print as usize & mask;
        while let Some(slot) = self.slots.get_mut(at) {
            if *slot == FREE {
                *slot = new;
                break;
            }
            if self.seen.get(*slot as usize).is_some_and(|(known, _)| *known == print) {
                return *slot;
            }
            at = (at + 1) & mask;
        }
        new
    }

    fn set(&mut self, place: u32, to: To) {
        if let Some(seen) = self.seen.get_mut(place as usize) {
            seen.1 = to;
        }
    }

    fn get(&self, place: u32) -> To {
        self.seen.get(place as usize).map_or(To::Fresh(0), |(_, to)| *to)
    }
}

/// No place.
const FREE: u32 = u32::MAX;
