//! The search: states are looked into in the order in which they are found, so that the first way to one is a shortest.
//!
//! Several threads look into parts of them side by side, and what they find goes into the table one part after another, in
//! that order again. So numbers, ways and findings are the same for any number of threads.

use core::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use super::chunk::{Chunk, Desk, Found, Limits, Taken, To, expand};
use super::graph::Graph;
use super::judge::{judge, never_taken};
use super::line::{Alarm, Line, Next, Part, give_back};
use super::model::{Model, Property, Times};
use super::report::{Bound, Report};
use super::room::{Room, Spare, take_shelf};
use super::store::{Edge, Id, NOBODY, STATES_MAX, Store};
use super::table::Table;
use crate::threads::together;

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
    let search = Search::begin(model, limits, bounds);
    together(bounds.threads, |_| search.work());
    let Search { table, line, .. } = search;
    let table_bytes = table.into_inner().unwrap_or_else(PoisonError::into_inner).bytes();
    let mut seen = line.into_seen().unwrap_or_default();
    let store = core::mem::take(&mut seen.store);
    let mut bound = Vec::new();
    if store.expanded() < store.len() {
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
        depth: seen.depth,
        elapsed: seen.elapsed,
        bounds: bound,
        state_bytes: table_bytes + state_bytes,
        edge_bytes,
        states_peak: seen.states_peak,
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

struct Search<'m, M: Model> {
    model: &'m M,
    limits: Limits,
    bounds: Bounds,
    table: RwLock<Table>,
    line: Line<M::State, Seen>,
    spare: Spare<M::State>,
}

/// What was seen on the way. The thread whose turn it is has it.
#[derive(Default)]
struct Seen {
    store: Store,
    /// The first state in which each property does not hold.
    broken: [Option<Id>; super::model::PROPERTIES_MAX],
    /// The properties that held somewhere.
    holds: u16,
    /// States that were beyond the bound on time.
    late: u32,
    elapsed: u64,
    taken: Taken,
    /// The level of which some states are not looked into yet, or what these led to is not in the table; states of the next
    /// may be looked into meanwhile.
    level: Range<Id>,
    depth: u32,
    states_peak: usize,
}

impl<'m, M: Model> Search<'m, M> {
    fn begin(model: &'m M, limits: Limits, bounds: Bounds) -> Self {
        let (mut table, mut seen) = (Table::new(), Seen::default());
        let mut part = Part { first: 0, room: Room::new(), places: Vec::new(), broken: Vec::new() };
        for (choice, state) in model.starts().into_iter().enumerate().take(super::model::STEPS_MAX) {
            let (print, holds) = (model.fingerprint(&state), model.holds(&state));
            if table.find(print).is_some() {
                continue;
            }
            let place = part.room.put(state);
            let id = seen.keep(&Found { print, from: NOBODY, place, choice: choice as u8, holds }, limits, &mut part);
            if !table.has_room(id) {
                table.make_room(id);
            }
            table.put(print, id);
        }
        seen.level = 0..seen.store.len();
        let next = seen.next(bounds);
        let line = Line::new(seen, vec![part], next);
        Self { model, limits, bounds, table: RwLock::new(table), line, spare: Spare::default() }
    }

    /// Looks into one part after another until there are none any more.
    fn work(&self) {
        let _alarm = Alarm(&self.line);
        let mut desk = Desk::new(&self.spare);
        while let Some(part) = self.line.take() {
            let chunk = expand(self.model, &self.table, self.limits, part, &mut desk);
            let mut turn = self.line.hand_in(chunk);
            while let Some((chunk, mut seen)) = turn {
                let (parts, next) = self.put(chunk, &mut seen);
                turn = self.line.go_on(parts, next, seen);
            }
        }
        // All threads free the room for states together, as it takes a while.
        while let Some(shelf) = take_shelf(&self.spare) {
            drop(shelf);
        }
    }

    fn table(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what a part led to into the table, and what is new there into parts that are to be looked into.
    fn put(&self, chunk: Chunk<M::State>, seen: &mut Seen) -> (Vec<Part<M::State>>, Next) {
        let Chunk { found, room, places, .. } = chunk;
        let mut part = Part { first: seen.store.len(), room, places, broken: Vec::new() };
        let mut numbers = Vec::with_capacity(found.len());
        let mut table = self.table();
        for some in found.chunks(TOUCHED) {
            table.touch(some.iter().map(|found| found.print));
            for found in some {
                let id = if let Some(known) = table.find(found.print) {
                    part.room.clear(found.place);
                    known
                } else {
                    let id = seen.keep(found, self.limits, &mut part);
                    if !table.has_room(id) {
                        drop(table);
                        self.table.write().unwrap_or_else(PoisonError::into_inner).make_room(id);
                        table = self.table();
                    }
                    table.put(found.print, id);
                    id
                };
                numbers.push(id);
            }
        }
        drop(table);
        let mut edges = chunk.edges.iter();
        for (id, steps) in (chunk.first..).zip(chunk.steps) {
            let of_state = edges.by_ref().take(steps.unwrap_or(0).into()).map(|(to, kind)| match to {
                To::Known(id) => Edge::new(*id, *kind),
                To::Fresh(place) => Edge::new(numbers.get(*place as usize).copied().unwrap_or(id), *kind),
            });
            seen.store.push_edges(of_state);
            if steps.is_none() {
                seen.late += u32::from(seen.store.holds(id) & self.limits.always == self.limits.always);
                seen.store.cut(id);
            }
        }
        seen.elapsed = seen.elapsed.max(chunk.elapsed);
        seen.taken.iter_mut().zip(chunk.taken).for_each(|(sum, taken)| *sum += taken);
        let next = seen.advance(self.bounds);
        if part.places.is_empty() {
            give_back(&self.spare, part.room);
            return (Vec::new(), next);
        }
        (part.share(next.size, &self.spare, |state| self.model.touch(state)), next)
    }
}

impl Seen {
    /// Keeps a state that was not there yet, and gives its number.
    fn keep<S>(&mut self, found: &Found, limits: Limits, part: &mut Part<S>) -> Id {
        let id = self.store.push(found);
        part.places.push(found.place);
        self.holds |= found.holds;
        let mut missing = limits.always & !found.holds;
        if missing != 0 {
            part.broken.push(id);
        }
        while missing != 0 {
            if let Some(broken) = self.broken.get_mut(missing.trailing_zeros() as usize) {
                broken.get_or_insert(id);
            }
            missing &= missing - 1;
        }
        id
    }

    /// Notes how far the search has come.
    fn advance(&mut self, bounds: Bounds) -> Next {
        if self.store.expanded() == self.level.end {
            self.states_peak = self.states_peak.max((self.store.len() - self.level.start) as usize);
            self.level = self.level.end..self.store.len();
            self.depth += u32::from(!self.level.is_empty());
        }
        self.next(bounds)
    }

    /// What comes next. A level may be begun when the one before it is over, or earlier where what is left of that one cannot
    /// lead to so many states that the bound is reached. So what is looked into is the same for any number of threads.
    fn next(&self, bounds: Bounds) -> Next {
        let (found, turn, level) = (self.store.len(), self.store.expanded(), self.level.end);
        let limit = bounds.states.min(STATES_MAX);
        let most = u64::from(found) + u64::from(level - turn) * super::model::STEPS_MAX as u64;
        let is_over = turn == self.level.start && (self.level.is_empty() || found >= limit);
        let open = if is_over {
            0
        } else if most < limit.into() {
            Id::MAX
        } else {
            level
        };
        let size = (self.level.len() / (bounds.threads.max(1) * PARTS)).clamp(PART_MIN, PART_MAX);
        Next { turn, level, open, size }
    }
}

/// How many states a thread takes at a time. What several states of a part lead to is kept once; what is found in several
/// parts side by side is kept in each of them until it is put into the table.
const PART_MIN: usize = 128;
const PART_MAX: usize = 1024;
/// How many parts of a level each thread takes, where the level is large enough.
const PARTS: usize = 8;

/// How many states are looked for in the table at a time, so that memory answers for all of them at once.
const TOUCHED: usize = 32;
