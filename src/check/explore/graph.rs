//! The graph of states as petgraph sees it, or a part of it.

use petgraph::Direction;
use petgraph::visit::{GraphBase, GraphRef, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers, Visitable};

use super::store::{Edge, Id, Store};

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
