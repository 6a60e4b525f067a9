//! The graph of states as petgraph sees it, or a part of it.

use petgraph::Direction;
use petgraph::visit::{GraphBase, GraphRef, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers, Visitable};

use super::store::{Edge, Id, Store};

/// The states that a search visited, by their numbers from 0 on, in the order in which they were found: by the length of the
/// shortest way to them.
#[derive(Debug)]
pub struct Graph {
    store: Store,
}

/// One state of a [`Graph`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visited {
    /// The state from which it was first reached; none for a start.
    pub from: Option<u32>,
    /// The place of the step that led here from there, or the place of the start.
    pub choice: u8,
    /// Which properties hold, as bits by their places.
    pub holds: u16,
    /// Where its steps lead, in their order; none where they are not known, because a bound was reached or something is
    /// broken in it.
    pub to: Option<Vec<u32>>,
}

impl Graph {
    pub(super) const fn new(store: Store) -> Self {
        Self { store }
    }

    /// How many states there are.
    pub const fn len(&self) -> u32 {
        self.store.len()
    }

    /// True if a model has no start.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The state of a number; `None` beyond the last.
    pub fn visited(&self, id: u32) -> Option<Visited> {
        let store = &self.store;
        (id < store.len()).then(|| {
            let (from, choice) = store.parent(id);
            let to = store.is_expanded(id).then(|| store.edges(id).map(Edge::to).collect());
            Visited { from, choice, holds: store.holds(id) & !super::store::CUT, to }
        })
    }

    /// The state to which a way leads, and the states on it, from the start on.
    pub fn along(&self, path: &super::Path) -> Vec<u32> {
        let start = (0..self.len()).find(|id| self.store.parent(*id) == (None, path.start));
        let mut states: Vec<u32> = start.into_iter().collect();
        for choice in path.steps.iter().chain(&path.cycle) {
            let next = states.last().and_then(|id| self.store.edges(*id).nth(usize::from(*choice)));
            let Some(next) = next else { break };
            states.push(next.to());
        }
        states
    }
}

/// Which part of the graph.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keep {
    /// Without states in which one of these properties holds, and without those that were not looked into.
    pub(super) without: Option<u16>,
    /// Without steps that disturb.
    pub(super) calm: bool,
    /// Without steps that take time.
    pub(super) instant: bool,
}

/// Edges by where they lead.
pub(super) struct Reverse {
    firsts: Vec<u32>,
    froms: Vec<Id>,
}

/// A part of the graph of states.
#[derive(Clone, Copy)]
pub(super) struct View<'s> {
    pub(super) store: &'s Store,
    pub(super) keep: Keep,
    pub(super) reverse: &'s Reverse,
}

impl Keep {
    pub(super) fn state(self, store: &Store, id: Id) -> bool {
        self.without.is_none_or(|without| store.holds(id) & without == 0 && store.is_expanded(id))
    }

    pub(super) const fn step(self, edge: Edge) -> bool {
        !(self.calm && edge.disturbs() || self.instant && edge.takes_time())
    }

    /// The steps of the part that begin in a state of it and lead to one.
    pub(super) fn edges(self, store: &Store, id: Id) -> impl Iterator<Item = Edge> + '_ {
        store.edges(id).filter(move |edge| self.step(*edge) && self.state(store, edge.to()))
    }
}

impl Reverse {
    /// The edges of a part, turned round.
    pub(super) fn new(store: &Store, keep: Keep) -> Self {
        let states = || (0..store.len()).filter(|id| keep.state(store, *id));
        let mut firsts = vec![0_u32; store.len() as usize + 1];
        for edge in states().flat_map(|id| keep.edges(store, id)) {
            firsts[edge.to() as usize + 1] += 1;
        }
        for place in 1..firsts.len() {
            firsts[place] += firsts[place - 1];
        }
        let mut next = firsts.clone();
        let mut froms = vec![0; firsts.last().copied().unwrap_or(0) as usize];
        for id in states() {
            for edge in keep.edges(store, id) {
                let place = &mut next[edge.to() as usize];
                froms[*place as usize] = id;
                *place += 1;
            }
        }
        Self { firsts, froms }
    }

    fn of(&self, id: Id) -> &[Id] {
        let place = |id: usize| self.firsts.get(id).map_or(0, |first| *first as usize);
        self.froms.get(place(id as usize)..place(id as usize + 1)).unwrap_or(&[])
    }
}

impl GraphBase for View<'_> {
    type EdgeId = u32;
    type NodeId = Id;
}

impl GraphRef for View<'_> {}

impl<'s> IntoNodeIdentifiers for View<'s> {
    type NodeIdentifiers = Box<dyn Iterator<Item = Id> + 's>;

    fn node_identifiers(self) -> Self::NodeIdentifiers {
        let (keep, store) = (self.keep, self.store);
        Box::new((0..store.len()).filter(move |id| keep.state(store, *id)))
    }
}

impl<'s> IntoNeighbors for View<'s> {
    type Neighbors = std::vec::IntoIter<Id>;

    fn neighbors(self, id: Id) -> Self::Neighbors {
        self.neighbors_directed(id, Direction::Outgoing)
    }
}

impl<'s> IntoNeighborsDirected for View<'s> {
    type NeighborsDirected = std::vec::IntoIter<Id>;

    fn neighbors_directed(self, id: Id, direction: Direction) -> Self::NeighborsDirected {
        let next: Vec<Id> = match direction {
            Direction::Outgoing => self.keep.edges(self.store, id).map(Edge::to).collect(),
            Direction::Incoming => self.reverse.of(id).to_vec(),
        };
        next.into_iter()
    }
}

impl Visitable for View<'_> {
    type Map = <petgraph::graph::DiGraph<(), ()> as Visitable>::Map;

    fn visit_map(&self) -> Self::Map {
        Self::Map::with_capacity(self.store.len() as usize)
    }

    fn reset_map(&self, map: &mut Self::Map) {
        map.clear();
        map.grow(self.store.len() as usize);
    }
}
