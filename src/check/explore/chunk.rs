//! A part of a level of the search: the steps of some states, taken by one thread that changes nothing but its own.

use std::sync::Mutex;

use super::model::{Kind, Model};
use super::store::{Id, Store};

/// States whose numbers follow one another, and the number of the first.
pub(super) struct Part<'f, S> {
    pub(super) first: Id,
    pub(super) room: &'f [S],
    /// Their places there.
    pub(super) places: &'f [u32],
}

/// What the steps of a part lead to. It is used again and again, with all that its states have on the heap: new ones are
/// copied into the room of old ones.
pub(super) struct Chunk<S> {
    /// Room for states. In the first places are those that were not there before this level.
    pub(super) room: Vec<S>,
    /// About each of them: its fingerprint, and how it was reached.
    pub(super) found: Vec<Found>,
    /// The places of those that no part before has found either, once all parts are put together.
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

impl<S> Chunk<S> {
    pub(super) const fn new() -> Self {
        Self {
            room: Vec::new(),
            found: Vec::new(),
            places: Vec::new(),
            steps: Vec::new(),
            edges: Vec::new(),
            elapsed: 0,
            taken: [0; super::model::SORTS_MAX],
        }
    }

    /// Keeps a copy of a state that was not there before.
    #[inline]
    fn keep(&mut self, state: &S, found: Found)
    where
        S: Clone,
    {
        match self.room.get_mut(self.found.len()) {
            Some(room) => room.clone_from(state),
            None => self.room.push(state.clone()),
        }
        self.found.push(found);
    }

    /// Empty but for its room.
    fn cleared(mut self) -> Self {
        self.found.clear();
        self.places.clear();
        self.steps.clear();
        self.edges.clear();
        Self { elapsed: 0, taken: [0; super::model::SORTS_MAX], ..self }
    }
}

/// Numbers of steps, by the places of their sorts.
pub(super) type Taken = [u32; super::model::SORTS_MAX];

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

/// What a thread uses again for each part.
pub(super) struct Desk<'r, M: Model> {
    steps: Vec<(M::Step, Kind)>,
    /// Where the steps of one state lead; these few places stay in the cache.
    next: Vec<M::State>,
    prints: Vec<u128>,
    known: Vec<Option<Id>>,
    seen: Seen,
    /// Chunks that are over, shared by all threads.
    spare: &'r Spare<M::State>,
}

/// Chunks of levels that are over.
pub(super) type Spare<S> = Mutex<Vec<Chunk<S>>>;

impl<'r, M: Model> Desk<'r, M> {
    pub(super) fn new(spare: &'r Spare<M::State>) -> Self {
        let seen = Seen { slots: Vec::new() };
        Self { steps: Vec::new(), next: Vec::new(), prints: Vec::new(), known: Vec::new(), seen, spare }
    }
}

/// Takes every step of the states of a part.
pub(super) fn expand<M: Model>(
    model: &M,
    store: &Store,
    limits: Limits,
    part: &Part<'_, M::State>,
    desk: &mut Desk<'_, M>,
) -> Chunk<M::State> {
    let spare = desk.spare.lock().ok().and_then(|mut spare| spare.pop());
    let mut chunk = spare.map_or(Chunk::new(), Chunk::cleared);
    desk.seen.clear(part.places.len());
    for (from, place) in (part.first..).zip(part.places) {
        let Some(state) = part.room.get(*place as usize) else { continue };
        let elapsed = model.elapsed(state);
        chunk.elapsed = chunk.elapsed.max(elapsed);
        let is_late = limits.elapsed.is_some_and(|limit| elapsed >= limit);
        if is_late || store.holds(from) & limits.always != limits.always {
            chunk.steps.push(None);
            continue;
        }
        desk.steps.clear();
        model.steps(state, &mut desk.steps);
        debug_assert!(desk.steps.len() <= super::model::STEPS_MAX, "a state has too many steps");
        chunk.steps.push(Some(desk.steps.len() as u16));
        desk.take(model, state, &mut chunk.taken);
        // One look-up after another, so that the processor begins the next while memory answers the one before.
        desk.known.clear();
        desk.known.extend(desk.prints.iter().map(|print| store.find(*print)));
        let led = desk.prints.iter().zip(&desk.known).zip(desk.next.iter().zip(&desk.steps));
        for (choice, ((print, known), (next, (_, kind)))) in (0_u8..=u8::MAX).zip(led) {
            let to = known.map_or_else(
                || {
                    let new = chunk.found.len() as u32;
                    if let Some(old) = desk.seen.find_or_put(*print, &chunk.found) {
                        return To::Fresh(old);
                    }
                    chunk.keep(next, Found { print: *print, from, choice, holds: model.holds(next) });
                    To::Fresh(new)
                },
                To::Known,
            );
            chunk.edges.push((to, *kind));
        }
    }
    chunk
}

impl<M: Model> Desk<'_, M> {
    /// Takes the steps of a state, each from a copy of it.
    #[inline]
    fn take(&mut self, model: &M, state: &M::State, taken: &mut Taken) {
        self.prints.clear();
        for (choice, (step, _)) in self.steps.iter().enumerate() {
            match self.next.get_mut(choice) {
                Some(room) => room.clone_from(state),
                None => self.next.push(state.clone()),
            }
            let Some(next) = self.next.get_mut(choice) else { continue };
            model.take(next, *step);
            self.prints.push(model.fingerprint(next));
            if let Some(taken) = model.sort_of(*step).and_then(|sort| taken.get_mut(sort)) {
                *taken += 1;
            }
        }
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
