//! The search: level by level, so that the first way to a state is a shortest one.
//!
//! Within a level nothing changes in the table, so any number of threads look things up in it without a lock; what they
//! found goes in between two levels, in the order of the states that it was reached from. So numbers, ways and findings
//! are the same for any number of threads.

use std::sync::Mutex;

use super::chunk::{Chunk, Desk, Found, Limits, Part, Taken, To, expand};
use super::graph::Graph;
use super::judge::{judge, never_taken};
use super::model::{Model, Property, Times};
use super::report::{Bound, Report};
use super::room::{Room, Spare};
use super::store::{Edge, Id, NOBODY, STATES_MAX, Store};

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// No further level is begun once there are so many states.
    pub states: u32,
    /// States so many milliseconds after the start, by the shortest way to them, are not looked into.
    pub elapsed: Option<u64>,
    /// Threads.
    pub threads: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { states: 20_000_000, elapsed: None, threads: 1 }
    }
}

/// Visits every state that a model can reach within the bounds, and judges its properties.
///
/// The same model and bounds give the same report, on any number of threads. Whole levels are looked at, so the number of
/// states may go beyond its bound by those of one level.
pub fn explore<M: Model>(model: &M, bounds: Bounds) -> Report {
    explore_graph(model, bounds).0
}

/// [`explore`], with the graph of the states that were visited.
pub fn explore_graph<M: Model>(model: &M, bounds: Bounds) -> (Report, Graph) {
    let properties = model.properties();
    debug_assert!(properties.len() <= super::model::PROPERTIES_MAX, "a model has too many properties");
    let limits = Limits { elapsed: bounds.elapsed, always: mask(properties, Times::Always) };
    let mut search =
        Search { store: Store::new(), frontier: Vec::new(), spare: Mutex::default(), seen: Seen::default() };
    search.begin(model, limits);
    let limit = bounds.states.min(STATES_MAX);
    let mut depth = 0;
    let mut states_peak = 0;
    while !search.frontier.is_empty() && search.store.len() < limit {
        let width = search.width();
        let chunks = search.level(model, limits, if width > PART_MIN { bounds.threads } else { 1 });
        search.merge(chunks, limits);
        let next = search.width();
        states_peak = states_peak.max(width + next);
        depth += u32::from(next > 0);
    }
    let Search { store, frontier, seen, .. } = search;
    let mut bound = Vec::new();
    if !frontier.is_empty() {
        bound.push(Bound::States { states: bounds.states, unseen: store.len() - store.expanded() });
    }
    if let Some(elapsed) = bounds.elapsed.filter(|_| seen.late > 0) {
        bound.push(Bound::Elapsed { elapsed, unseen: seen.late });
    }
    let mut judged = judge(&store, properties, (&seen.broken, seen.holds), bounds.threads);
    let taken: Vec<_> = model.sorts().iter().copied().zip(seen.taken).collect();
    judged.findings.extend(never_taken(&taken));
    let (state_bytes, edge_bytes) = store.bytes();
    let report = Report {
        states: store.len(),
        transitions: store.edge_count(),
        depth,
        elapsed: seen.elapsed,
        bounds: bound,
        state_bytes,
        edge_bytes,
        states_peak,
        state_size: size_of::<M::State>(),
        dead: judged.dead,
        findings: judged.findings,
        properties: properties.to_vec(),
        taken,
    };
    (report, Graph::new(store))
}

/// The properties of a sort, as bits.
pub(super) fn mask(properties: &[Property], times: Times) -> u16 {
    properties
        .iter()
        .enumerate()
        .filter(|(_, property)| property.times == times)
        .fold(0, |mask, (place, _)| mask | 1 << place)
}

struct Search<S> {
    store: Store,
    /// The states of the last level in the order of their numbers.
    frontier: Vec<Part<S>>,
    spare: Spare<S>,
    seen: Seen,
}

/// What was seen on the way.
#[derive(Default)]
struct Seen {
    /// The first state in which each property does not hold.
    broken: [Option<Id>; super::model::PROPERTIES_MAX],
    /// The properties that held somewhere.
    holds: u16,
    /// States that were beyond the bound on time.
    late: u32,
    elapsed: u64,
    taken: Taken,
}

impl<S: Clone + Send + Sync> Search<S> {
    fn begin<M: Model<State = S>>(&mut self, model: &M, limits: Limits) {
        let (mut room, mut places) = (Room::new(), Vec::new());
        for (choice, state) in model.starts().into_iter().enumerate().take(super::model::STEPS_MAX) {
            let (print, holds) = (model.fingerprint(&state), model.holds(&state));
            let place = room.put(state);
            let found = Found { print, from: NOBODY, place, choice: choice as u8, holds };
            if let (id, true) = self.store.find_or_insert(&found) {
                self.seen.note(id, holds, limits.always);
                places.push(place);
            }
        }
        if !places.is_empty() {
            self.frontier.push(Part { first: 0, room, places });
        }
    }

    /// How many states the last level has.
    fn width(&self) -> usize {
        self.frontier.iter().map(|part| part.places.len()).sum()
    }

    /// Takes every step of the last level.
    fn level<M: Model<State = S>>(&mut self, model: &M, limits: Limits, threads: usize) -> Vec<Chunk<S>> {
        // Some parts for each thread, so that none waits long for the last.
        let size = (self.width() / (threads.max(1) * PARTS)).clamp(PART_MIN, PART_MAX);
        let (store, spare) = (&self.store, &self.spare);
        let parts = share(core::mem::take(&mut self.frontier), size, spare, |state| model.touch(state));
        if threads <= 1 {
            let mut desk = Desk::new(spare);
            return parts.into_iter().map(|part| expand(model, store, limits, part, &mut desk)).collect();
        }
        let count = parts.len();
        let next = Mutex::new(parts.into_iter().enumerate());
        let done = Mutex::new(Vec::with_capacity(count));
        let work = || {
            let mut desk = Desk::new(spare);
            while let Some((place, part)) = next.lock().ok().and_then(|mut next| next.next()) {
                let chunk = expand(model, store, limits, part, &mut desk);
                if let Ok(mut done) = done.lock() {
                    done.push((place, chunk));
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(count) {
                let _ = crate::threads::spawn(scope, work); // Those that there are do all of it.
            }
            work();
        });
        let mut done = done.into_inner().unwrap_or_default();
        done.sort_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, chunk)| chunk).collect()
    }

    /// Puts what a level led to into the table.
    fn merge(&mut self, chunks: Vec<Chunk<S>>, limits: Limits) {
        let mut over = Vec::new();
        let mut numbers = Vec::new();
        for mut chunk in chunks {
            let first = self.store.len();
            numbers.clear();
            for some in chunk.found.chunks(TOUCHED) {
                self.store.touch(some.iter().map(|found| found.print));
                for found in some {
                    let (id, is_new) = self.store.find_or_insert(found);
                    if is_new {
                        self.seen.note(id, found.holds, limits.always);
                        chunk.places.push(found.place);
                    } else {
                        chunk.room.clear(found.place);
                    }
                    numbers.push(id);
                }
            }
            let mut edges = chunk.edges.iter();
            for steps in &chunk.steps {
                let id = self.store.expanded();
                let of_state = edges.by_ref().take(steps.unwrap_or(0).into()).map(|(to, kind)| match to {
                    To::Known(id) => Edge::new(*id, *kind),
                    To::Fresh(place) => Edge::new(numbers.get(*place as usize).copied().unwrap_or(id), *kind),
                });
                self.store.push_edges(of_state);
                if steps.is_none() {
                    self.seen.late += u32::from(self.store.holds(id) & limits.always == limits.always);
                    self.store.cut(id);
                }
            }
            self.seen.elapsed = self.seen.elapsed.max(chunk.elapsed);
            self.seen.taken.iter_mut().zip(chunk.taken).for_each(|(sum, taken)| *sum += taken);
            if chunk.places.is_empty() {
                over.append(&mut chunk.room.into_shelves());
            } else {
                self.frontier.push(Part { first, room: chunk.room, places: chunk.places });
            }
        }
        if let Ok(spare) = self.spare.get_mut() {
            spare.append(&mut over);
        }
    }
}

/// Shares states out in parts of about a size: small ones are put together and large ones split. A room that is mostly empty
/// is given up.
fn share<S: Clone>(parts: Vec<Part<S>>, size: usize, spare: &Spare<S>, touch: impl Fn(&S) -> usize) -> Vec<Part<S>> {
    let mut shared: Vec<Part<S>> = Vec::with_capacity(parts.len());
    for mut part in parts {
        if part.room.is_mostly_empty(part.places.len()) {
            let filled = part.room.split(&mut part.places, spare, &touch);
            let empty = core::mem::replace(&mut part.room, filled);
            if let Ok(mut spare) = spare.lock() {
                spare.append(&mut empty.into_shelves());
            }
        }
        if let Some(last) = shared.last_mut().filter(|last| last.places.len() + part.places.len() <= size) {
            let later = last.room.join(part.room);
            last.places.extend(part.places.iter().map(|place| place + later));
            continue;
        }
        while part.places.len() > size * 2 {
            let mut places = part.places.split_off(size);
            let room = part.room.split(&mut places, spare, &touch);
            let first = part.first + size as u32;
            shared.push(core::mem::replace(&mut part, Part { first, room, places }));
        }
        shared.push(part);
    }
    shared
}

impl Seen {
    fn note(&mut self, id: Id, holds: u16, always: u16) {
        self.holds |= holds;
        let mut missing = always & !holds;
        while missing != 0 {
            if let Some(broken) = self.broken.get_mut(missing.trailing_zeros() as usize) {
                broken.get_or_insert(id);
            }
            missing &= missing - 1;
        }
    }
}

/// How many states a thread takes at a time. What several states of a part lead to is kept once; what is found in several
/// parts is kept in each of them until the end of the level.
const PART_MIN: usize = 128;
const PART_MAX: usize = 1024;
/// How many parts of a level each thread takes, where the level is large enough.
const PARTS: usize = 8;

/// How many states are looked for in the table at a time, so that memory answers for all of them at once.
const TOUCHED: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts with so many states each, numbered from 10 on, each state being its number.
    fn parts(sizes: &[u32]) -> Vec<Part<u32>> {
        let mut first = 10;
        let part = |size: &u32| {
            let mut room = Room::new();
            let part = Part { first, places: (first..first + size).map(|state| room.put(state)).collect(), room };
            first += size;
            part
        };
        sizes.iter().map(part).collect()
    }

    /// Whatever sizes parts have, what is shared out is the same states in the same order, in parts of about the size.
    #[test]
    fn parts_are_put_together_and_split() {
        for sizes in [&[1, 2, 3, 300, 5, 90, 1000, 7][..], &[1; 200], &[128, 128], &[257], &[]] {
            let spare = Spare::default();
            let shared = share(parts(sizes), 128, &spare, |_| 0);
            let states = shared.iter().flat_map(|part| part.places.iter().map(|place| part.room.get(*place).copied()));
            assert_eq!(states.collect::<Vec<_>>(), (10..10 + sizes.iter().sum::<u32>()).map(Some).collect::<Vec<_>>());
            let mut next = 10;
            for part in &shared {
                assert_eq!(part.first, next, "{sizes:?}");
                assert!(part.places.len() <= 256, "{sizes:?}");
                next += part.places.len() as u32;
            }
            let pairs = shared.windows(2);
            assert!(pairs.into_iter().all(|two| two[0].places.len() + two[1].places.len() > 128), "{sizes:?}");
        }
    }

    /// A room from which most has gone is given up, and its shelves are used again.
    #[test]
    fn a_room_that_is_mostly_empty_is_given_up() {
        let mut parts = parts(&[64 * 10]);
        parts[0].places.truncate(3);
        let spare = Spare::default();
        let shared = share(parts, 128, &spare, |_| 0);
        assert_eq!(spare.lock().unwrap().len(), 10);
        let left = shared[0].places.iter().map(|place| shared[0].room.get(*place).copied());
        assert_eq!(left.collect::<Vec<_>>(), [Some(10), Some(11), Some(12)]);
    }
}
