//! A part of a level of the search: the steps of some states, taken by one thread that changes nothing but its own.

use std::sync::Mutex;

use super::model::{Kind, Model};
use super::store::{Id, Store};

/// States that follow one another, and the number of the first.
pub(super) struct Part<'f, S> {
    pub(super) first: Id,
    /// Each is taken once, so that its last step needs no copy.
    pub(super) states: &'f mut [Option<S>],
}

/// What the steps of a part lead to.
pub(super) struct Chunk<S> {
    /// The states that were not there before this level; each once.
    pub(super) fresh: Vec<Option<S>>,
    /// About each of them: its fingerprint, and how it was reached.
    pub(super) found: Vec<Found>,
    /// How many steps each state of the part has; none for those that are left alone.
    pub(super) steps: Vec<Option<u16>>,
    /// Where they lead, one after another.
    pub(super) edges: Vec<(To, Kind)>,
    /// The longest time since the start that was seen.
    pub(super) elapsed: u64,
}

/// A state that was reached.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) print: u128,
    pub(super) from: Id,
    pub(super) choice: u8,
    pub(super) holds: u16,
}

/// Where a step leads.
#[derive(Clone, Copy)]
pub(super) enum To {
    /// To a state of an earlier level.
    Known(Id),
    /// To one of the fresh ones.
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

/// Room that a thread uses again for each part.
pub(super) struct Room<'r, M: Model> {
    steps: Vec<(M::Step, Kind)>,
    seen: Seen,
    /// Lists for states, shared by all threads.
    spare: &'r Spare<M::State>,
}

/// Empty lists for states.
pub(super) type Spare<S> = Mutex<Vec<Vec<Option<S>>>>;

impl<'r, M: Model> Room<'r, M> {
    pub(super) fn new(spare: &'r Spare<M::State>) -> Self {
        Self { steps: Vec::new(), seen: Seen { slots: Vec::new() }, spare }
    }

    fn list(&self, size: usize) -> Vec<Option<M::State>> {
        let spare = self.spare.lock().ok().and_then(|mut spare| spare.pop());
        spare.unwrap_or_else(|| Vec::with_capacity(size))
    }
}

/// Takes every step of the states of a part.
pub(super) fn expand<M: Model>(
    model: &M,
    store: &Store,
    limits: Limits,
    part: &mut Part<'_, M::State>,
    room: &mut Room<'_, M>,
) -> Chunk<M::State> {
    let mut chunk = Chunk {
        fresh: room.list(part.states.len()),
        found: Vec::with_capacity(part.states.len()),
        steps: Vec::with_capacity(part.states.len()),
        edges: Vec::with_capacity(part.states.len() * 4),
        elapsed: 0,
    };
    room.seen.clear(part.states.len());
    for (from, slot) in (part.first..).zip(part.states.iter_mut()) {
        let Some(mut state) = slot.take() else { continue };
        let elapsed = model.elapsed(&state);
        chunk.elapsed = chunk.elapsed.max(elapsed);
        let is_late = limits.elapsed.is_some_and(|limit| elapsed >= limit);
        if is_late || store.holds(from) & limits.always != limits.always {
            chunk.steps.push(None);
            continue;
        }
        room.steps.clear();
        model.steps(&state, &mut room.steps);
        debug_assert!(room.steps.len() <= super::model::STEPS_MAX, "a state has too many steps");
        chunk.steps.push(Some(room.steps.len() as u16));
        let Some((last, others)) = room.steps.split_last() else { continue };
        for (choice, (step, kind)) in others.iter().enumerate() {
            let mut next = state.clone();
            model.take(&mut next, *step);
            let to = chunk.arrive(model, store, next, (from, choice as u8), &mut room.seen);
            chunk.edges.push((to, *kind));
        }
        model.take(&mut state, last.0);
        let to = chunk.arrive(model, store, state, (from, others.len() as u8), &mut room.seen);
        chunk.edges.push((to, last.1));
    }
    chunk
}

impl<S> Chunk<S> {
    /// A step has led to a state: it is known, or kept.
    #[inline]
    fn arrive<M: Model<State = S>>(
        &mut self,
        model: &M,
        store: &Store,
        state: S,
        (from, choice): (Id, u8),
        seen: &mut Seen,
    ) -> To {
        let print = model.fingerprint(&state);
        if let Some(known) = store.find(print) {
            return To::Known(known);
        }
        if let Some(place) = seen.find_or_put(print, &self.found) {
            return To::Fresh(place);
        }
        self.found.push(Found { print, from, choice, holds: model.holds(&state) });
        self.fresh.push(Some(state));
        To::Fresh(self.found.len() as u32 - 1)
    }
}

/// The fresh states of a part by their fingerprints.
struct Seen {
    slots: Vec<u32>,
}

impl Seen {
    fn clear(&mut self, expected: usize) {
        self.slots.clear();
        self.slots.resize((expected * 4).next_power_of_two().max(64), u32::MAX);
    }

    /// The place of a fingerprint among those found; keeps the next place for it if it is not among them.
    fn find_or_put(&mut self, print: u128, found: &[Found]) -> Option<u32> {
        if found.len() * 2 > self.slots.len() {
            self.clear(found.len());
            for (place, old) in found.iter().enumerate() {
                self.probe(old.print, found, place as u32);
            }
        }
        self.probe(print, found, found.len() as u32)
    }

    fn probe(&mut self, print: u128, found: &[Found], new: u32) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut at = print as usize & mask;
        loop {
            let slot = self.slots.get_mut(at)?;
            if *slot == u32::MAX {
                *slot = new;
                return None;
            }
            if *slot != new && found.get(*slot as usize).is_some_and(|known| known.print == print) {
                return Some(*slot);
            }
            at = (at + 1) & mask;
        }
    }
}
