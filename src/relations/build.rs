//! Checking relations and putting them in order.
//!
//! The work is done on a [`petgraph`] graph whose edges point from parent to dependency and from superseding to
//! superseded app, so that "after everything it points at" is the order of evaluation. What comes out is flat.

use std::collections::VecDeque;

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::unionfind::UnionFind;
use petgraph::visit::{DfsPostOrder, EdgeRef as _};

use super::error::RelationError;
use super::graph::Relations;
use super::lists::Lists;
use super::relation::{AppKind, Dependency, Limits, Relation, RelationKind, Supersedence};
use crate::protocol::PolicyId;

impl Relations {
    /// Checks the relations between some apps and puts them in order. Neither list needs to be sorted.
    ///
    /// Sizes count apps, each once, however many ways lead to it: along dependencies for the one limit, along
    /// supersedence for the other. What is only a conflict on a device (B-7.53) is taken; the [module](super) says
    /// which is which.
    ///
    /// # Errors
    /// The first of these that there is: an app listed twice; a relation that by itself cannot be, for an end of it is
    /// no app or no Win32 app (B-7.40a) or both are the same; two relations from one app to the same other; a circle of
    /// whatever relations (B-7.5); more superseding apps of one app, a larger graph of supersedence (B-7.48) or a larger
    /// graph of dependencies (B-7.40) than the limits allow. Which one it is does not depend on the order of the lists.
    ///
    /// Source: B-7.40, B-7.40a, B-7.48.
    pub fn build(
        apps: impl IntoIterator<Item = (PolicyId, AppKind)>,
        relations: &[Relation],
        limits: &Limits,
    ) -> Result<Self, RelationError> {
        let draft = Draft::new(apps.into_iter().collect(), relations.to_vec(), *limits)?;
        draft.refuse_circles()?;
        draft.refuse_sizes()?;
        Ok(draft.finish())
    }
}

/// Apps and relations on their way. Every relation leads from an app to another.
struct Draft {
    /// Ascending.
    apps: Vec<(PolicyId, AppKind)>,
    /// By the app they come from, dependencies first, then by the app they lead to.
    relations: Vec<Relation>,
    limits: Limits,
    /// Nodes as in `apps`, edges as in `relations`.
    graph: DiGraph<PolicyId, Relation>,
}

impl Draft {
    fn new(
        mut apps: Vec<(PolicyId, AppKind)>,
        mut relations: Vec<Relation>,
        limits: Limits,
    ) -> Result<Self, RelationError> {
        apps.sort_unstable();
        if let Some(pair) = apps.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(RelationError::ListedTwice { app: pair[0].0 });
        }
        relations.sort_unstable();
        let mut ends = Vec::with_capacity(relations.len());
        for relation in &relations {
            ends.push((*relation, check(*relation, &apps)?));
        }
        if let Some(pair) = relations.windows(2).find(|pair| (pair[0].from, pair[0].to) == (pair[1].from, pair[1].to)) {
            return Err(RelationError::Repeated { first: pair[0], second: pair[1] });
        }
        ends.sort_unstable_by_key(|(relation, _)| (relation.from, !relation.kind.is_dependency(), relation.to));
        let mut graph = DiGraph::with_capacity(apps.len(), ends.len());
        for (app, _) in &apps {
            graph.add_node(*app);
        }
        for (relation, (from, to)) in &ends {
            graph.add_edge(NodeIndex::new(*from), NodeIndex::new(*to), *relation);
        }
        Ok(Self { apps, relations: ends.into_iter().map(|(relation, _)| relation).collect(), limits, graph })
    }

    /// Refuses what has no order of evaluation (B-7.5), and names a shortest way around through the smallest app in it.
    fn refuse_circles(&self) -> Result<(), RelationError> {
        let knots = kosaraju_scc(&self.graph);
        let start = knots.iter().filter(|knot| knot.len() > 1).flatten().min();
        start.map_or(Ok(()), |start| Err(RelationError::Circle { path: self.way_back(*start) }))
    }

    /// The shortest way from a node back to itself, found breadth first.
    fn way_back(&self, start: NodeIndex) -> Vec<Relation> {
        let mut came_by: Vec<Option<EdgeIndex>> = vec![None; self.graph.node_count()];
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for edge in self.graph.edges(node) {
                let next = edge.target();
                if next == start {
                    return self.way_to(node, &came_by, *edge.weight());
                }
                if came_by[next.index()].is_none() {
                    came_by[next.index()] = Some(edge.id());
                    queue.push_back(next);
                }
            }
        }
        Vec::new()
    }

    /// The way that led to a node, and one relation more.
    fn way_to(&self, mut node: NodeIndex, came_by: &[Option<EdgeIndex>], last: Relation) -> Vec<Relation> {
        let mut path = vec![last];
        while let Some(edge) = came_by[node.index()]
            && let Some((from, _)) = self.graph.edge_endpoints(edge)
        {
            path.push(self.graph[edge]);
            node = from;
        }
        path.reverse();
        path
    }

    /// Refuses what is larger than the limits (B-7.40, B-7.48).
    fn refuse_sizes(&self) -> Result<(), RelationError> {
        for (app, node) in self.apps.iter().map(|(app, _)| *app).zip(self.graph.node_indices()) {
            let edges = self.graph.edges_directed(node, Direction::Incoming);
            let mut by: Vec<PolicyId> =
                edges.map(|edge| edge.weight()).filter(|r| !r.kind.is_dependency()).map(|r| r.from).collect();
            if by.len() > self.limits.superseding as usize {
                by.sort_unstable();
                return Err(RelationError::TooManySuperseding { app, by, limit: self.limits.superseding });
            }
        }
        if let Some(apps) = self.larger_than(self.limits.supersedence_nodes, |kind| !kind.is_dependency()) {
            return Err(RelationError::SupersedenceTooLarge { apps, limit: self.limits.supersedence_nodes });
        }
        if let Some(apps) = self.larger_than(self.limits.graph_nodes, RelationKind::is_dependency) {
            return Err(RelationError::GraphTooLarge { apps, limit: self.limits.graph_nodes });
        }
        Ok(())
    }

    /// The first set of apps that hang together by such relations and are more than a number. An app by itself is none.
    fn larger_than(&self, limit: u32, joins: impl Fn(RelationKind) -> bool) -> Option<Vec<PolicyId>> {
        let (together, count) = self.together(joins);
        let mut sizes = vec![0_usize; count];
        for group in &together {
            sizes[*group] += 1;
        }
        let large = sizes.iter().position(|size| *size > 1 && *size > limit as usize)?;
        let members = self.apps.iter().zip(together).filter(|(_, group)| *group == large);
        Some(members.map(|((app, _), _)| *app).collect())
    }

    /// For each app the number of the group it hangs together with, groups counted by their smallest member.
    fn together(&self, joins: impl Fn(RelationKind) -> bool) -> (Vec<usize>, usize) {
        let mut sets = UnionFind::new(self.apps.len());
        for edge in self.graph.edge_references().filter(|edge| joins(edge.weight().kind)) {
            sets.union(edge.source().index(), edge.target().index());
        }
        let mut numbers: Vec<Option<usize>> = vec![None; self.apps.len()];
        let mut count = 0;
        let label = |label: usize| {
            *numbers[label].get_or_insert_with(|| {
                count += 1;
                count - 1
            })
        };
        let groups = sets.into_labeling().into_iter().map(label).collect();
        (groups, count)
    }

    /// Every app after all that its relations lead to: children before parents, deepest first, each once; superseded
    /// before superseding apps (B-7.5). Where the relations leave the choice, an app's dependencies come before what it
    /// supersedes, and smaller ids before larger ones (B-7.42).
    fn order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.apps.len());
        let mut walk = DfsPostOrder::empty(&self.graph);
        for top in self.graph.externals(Direction::Incoming) {
            walk.move_to(top);
            // The walk takes the edge first that was added first.
            while let Some(node) = walk.next(&self.graph) {
                order.push(node.index());
            }
        }
        order
    }

    fn finish(self) -> Relations {
        let (subgraphs, count) = self.together(|_| true);
        let mut order = self.order();
        order.sort_by_key(|place| subgraphs[*place]);
        let mut ranks = vec![0; self.apps.len()];
        for (rank, place) in (0..).zip(&order) {
            ranks[*place] = rank;
        }
        let mut smallest: Vec<PolicyId> = Vec::with_capacity(count);
        for ((app, _), subgraph) in self.apps.iter().zip(&subgraphs) {
            if smallest.len() == *subgraph {
                smallest.push(*app);
            }
        }
        Relations {
            dependencies: self.lists(Relation::ahead, Relation::as_dependency),
            dependents: self.lists(Relation::back, Relation::as_dependency),
            superseded: self.lists(Relation::ahead, Relation::as_supersedence),
            superseding: self.lists(Relation::back, Relation::as_supersedence),
            order: Lists::collect(count, order.iter().map(|place| (subgraphs[*place], self.apps[*place].0))),
            smallest: smallest.into(),
            subgraphs: subgraphs.iter().map(|subgraph| *subgraph as u32).collect(),
            ranks: ranks.into(),
            kinds: self.apps.iter().map(|(_, kind)| *kind).collect(),
            apps: self.apps.into_iter().map(|(app, _)| app).collect(),
            limits: self.limits,
        }
    }

    /// By app, what its relations lead to or come from.
    fn lists<T: Ord>(
        &self,
        ends: impl Fn(Relation) -> (PolicyId, PolicyId),
        item: impl Fn(RelationKind, PolicyId) -> Option<T>,
    ) -> Lists<T> {
        let mut pairs: Vec<(usize, T)> = Vec::new();
        for relation in &self.relations {
            let (app, other) = ends(*relation);
            if let (Some(place), Some(item)) = (find(&self.apps, app), item(relation.kind, other)) {
                pairs.push((place, item));
            }
        }
        pairs.sort_unstable();
        Lists::collect(self.apps.len(), pairs.into_iter())
    }
}

impl Relation {
    const fn ahead(self) -> (PolicyId, PolicyId) {
        (self.from, self.to)
    }

    const fn back(self) -> (PolicyId, PolicyId) {
        (self.to, self.from)
    }

    const fn as_dependency(kind: RelationKind, app: PolicyId) -> Option<Dependency> {
        match kind {
            RelationKind::DependsOn { auto_install } => Some(Dependency { app, auto_install }),
            RelationKind::Supersedes { .. } => None,
        }
    }

    const fn as_supersedence(kind: RelationKind, app: PolicyId) -> Option<Supersedence> {
        match kind {
            RelationKind::Supersedes { uninstall_previous } => Some(Supersedence { app, uninstall_previous }),
            RelationKind::DependsOn { .. } => None,
        }
    }
}

/// The places of both ends of a relation, if each is a Win32 app and they are two (B-7.40a).
fn check(relation: Relation, apps: &[(PolicyId, AppKind)]) -> Result<(usize, usize), RelationError> {
    let end = |app: PolicyId| {
        let place = find(apps, app).ok_or(RelationError::Unknown { relation, app })?;
        match apps[place].1 {
            AppKind::Win32 => Ok(place),
            kind @ (AppKind::Store | AppKind::LineOfBusiness) => Err(RelationError::NotWin32 { relation, app, kind }),
        }
    };
    let ends = (end(relation.from)?, end(relation.to)?);
    if ends.0 == ends.1 { Err(RelationError::Itself { relation }) } else { Ok(ends) }
}

fn find(apps: &[(PolicyId, AppKind)], app: PolicyId) -> Option<usize> {
    apps.binary_search_by_key(&app, |(app, _)| *app).ok()
}
