//! Thin generators: graphs without circles, graphs with one, and devices in any state.

use std::collections::BTreeSet;

use imesim::protocol::PolicyId;
use imesim::relations::{AppKind, Desired, Hindrance, Limits, Member, Relation, RelationKind, Relations};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Apps and relations without a circle, in any order.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    pub(crate) apps: Vec<PolicyId>,
    pub(crate) relations: Vec<Relation>,
}

/// Limits that nothing exceeds.
pub(crate) const WIDE: Limits = Limits { graph_nodes: u32::MAX, supersedence_nodes: u32::MAX, superseding: u32::MAX };

impl Graph {
    pub(crate) fn build(&self) -> Relations {
        build(&self.apps, &self.relations, &WIDE).expect("a graph without circles is taken")
    }
}

pub(crate) fn build(
    apps: &[PolicyId],
    relations: &[Relation],
    limits: &Limits,
) -> Result<Relations, imesim::relations::RelationError> {
    Relations::build(apps.iter().map(|app| (*app, AppKind::Win32)), relations, limits)
}

fn kind() -> impl Strategy<Value = RelationKind> {
    prop_oneof![
        4 => Just(RelationKind::DependsOn { auto_install: true }),
        1 => Just(RelationKind::DependsOn { auto_install: false }),
        2 => Just(RelationKind::Supersedes { uninstall_previous: true }),
        2 => Just(RelationKind::Supersedes { uninstall_previous: false }),
    ]
}

/// Apps in a hidden order, with relations from later to earlier ones only. The ids have gaps and follow another order.
fn graph_of(kind: impl Strategy<Value = RelationKind>) -> impl Strategy<Value = Graph> {
    let apps = (1..=12_usize).prop_flat_map(|count| {
        let ids = (0..count as u32).flat_map(|number| [PolicyId(3 * number), PolicyId(3 * number + 1)]);
        Just(ids.collect::<Vec<_>>()).prop_shuffle().prop_map(move |ids| ids[..count].to_vec())
    });
    let edges = proptest::collection::vec((any::<Index>(), any::<Index>(), kind), 0..24);
    (apps, edges).prop_map(|(apps, edges)| {
        let mut ends = BTreeSet::new();
        let mut relations = Vec::new();
        for (one, other, kind) in edges {
            let (one, other) = (one.index(apps.len()), other.index(apps.len()));
            let (from, to) = (apps[one.max(other)], apps[one.min(other)]);
            if from != to && ends.insert((from, to)) {
                relations.push(Relation { from, to, kind });
            }
        }
        Graph { apps, relations }
    })
}

pub(crate) fn graph() -> impl Strategy<Value = Graph> {
    graph_of(kind())
}

/// A graph and where it is cut to make it a circle: which app gets a way back to which that leads to it.
pub(crate) fn circle() -> impl Strategy<Value = (Graph, Index, Index, RelationKind)> {
    let connected = graph().prop_filter("nothing to go around", |graph| !graph.relations.is_empty());
    (connected, any::<Index>(), any::<Index>(), kind())
}

pub(crate) fn limited() -> impl Strategy<Value = (Graph, Limits)> {
    let limits = (1..12_u32, 1..8_u32, 1..4_u32);
    let limits = limits.prop_map(|(graph_nodes, supersedence_nodes, superseding)| Limits {
        graph_nodes,
        supersedence_nodes,
        superseding,
    });
    (graph(), limits)
}

/// A graph and the state of each of its apps.
#[derive(Clone, Debug)]
pub(crate) struct Situation {
    pub(crate) graph: Graph,
    /// By place among the apps of the graph.
    pub(crate) members: Vec<Member>,
}

impl Situation {
    pub(crate) fn member(&self, app: PolicyId) -> Member {
        let place = self.graph.apps.iter().position(|known| *known == app).expect("it is one of the apps");
        self.members[place]
    }

    pub(crate) fn member_mut(&mut self, app: PolicyId) -> &mut Member {
        let place = self.graph.apps.iter().position(|known| *known == app).expect("it is one of the apps");
        &mut self.members[place]
    }
}

fn desired() -> impl Strategy<Value = Desired> {
    prop_oneof![
        5 => Just(Desired::None),
        4 => Just(Desired::Present),
        1 => Just(Desired::Absent),
    ]
}

fn hindrance() -> impl Strategy<Value = Option<Hindrance>> {
    let all = [Hindrance::Failed, Hindrance::RequirementsNotMet, Hindrance::RebootPending];
    prop_oneof![6 => Just(None), 1 => select(all.to_vec()).prop_map(Some)]
}

fn situation_of(
    graph: impl Strategy<Value = Graph>,
    member: impl Strategy<Value = Member>,
) -> impl Strategy<Value = Situation> {
    let members = proptest::collection::vec(member, 12);
    (graph, members).prop_map(|(graph, members)| Situation { graph, members })
}

fn member(
    desired: impl Strategy<Value = Desired>,
    hindrance: impl Strategy<Value = Option<Hindrance>>,
) -> impl Strategy<Value = Member> {
    (desired, any::<bool>(), hindrance).prop_map(|(desired, is_detected, hindrance)| Member {
        desired,
        is_detected,
        hindrance,
    })
}

/// Any graph, any state.
pub(crate) fn situation() -> impl Strategy<Value = Situation> {
    situation_of(graph(), member(desired(), hindrance()))
}

/// Relations of one kind, and nothing that stands against any app.
pub(crate) fn only(dependencies: bool) -> impl Strategy<Value = Situation> {
    let kind = kind().prop_map(move |kind| match (dependencies, kind) {
        (true, RelationKind::Supersedes { uninstall_previous }) => {
            RelationKind::DependsOn { auto_install: uninstall_previous }
        }
        (false, RelationKind::DependsOn { auto_install }) => {
            RelationKind::Supersedes { uninstall_previous: auto_install }
        }
        (_, kind) => kind,
    });
    situation_of(graph_of(kind), member(desired(), Just(None)))
}

/// A situation, and which steps fail: the fifth, the ninth and so on, or none.
pub(crate) fn execution() -> impl Strategy<Value = (Situation, Option<Vec<bool>>)> {
    let fails = proptest::option::of(proptest::collection::vec(any::<bool>(), 24));
    (situation_of(graph(), member(desired(), Just(None))), fails)
}
