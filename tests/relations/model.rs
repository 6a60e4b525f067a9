//! The rules about relations once more, over plain lists and by recursion: slow, and simple enough to be believed.

use imesim::protocol::PolicyId;
use imesim::relations::{Desired, Relation, RelationKind};

use super::strategy::{Graph, Situation};

/// The relations that begin at an app.
pub(crate) fn from(graph: &Graph, app: PolicyId) -> impl Iterator<Item = Relation> {
    graph.relations.iter().copied().filter(move |relation| relation.from == app)
}

/// The relations that end at an app.
pub(crate) fn to(graph: &Graph, app: PolicyId) -> impl Iterator<Item = Relation> {
    graph.relations.iter().copied().filter(move |relation| relation.to == app)
}

/// Everything that hangs together with an app by such relations, ascending.
pub(crate) fn together(graph: &Graph, app: PolicyId, joins: impl Fn(RelationKind) -> bool) -> Vec<PolicyId> {
    let mut found = vec![app];
    let mut next = 0;
    while let Some(here) = found.get(next).copied() {
        next += 1;
        for relation in graph.relations.iter().filter(|relation| joins(relation.kind)) {
            for (one, other) in [(relation.from, relation.to), (relation.to, relation.from)] {
                if one == here && !found.contains(&other) {
                    found.push(other);
                }
            }
        }
    }
    found.sort_unstable();
    found
}

/// True if relations lead from one app to another, or they are one.
pub(crate) fn leads(graph: &Graph, from: PolicyId, to: PolicyId) -> bool {
    from == to || self::from(graph, from).any(|relation| leads(graph, relation.to, to))
}

pub(crate) fn is_wanted(situation: &Situation, app: PolicyId) -> bool {
    situation.member(app).desired == Desired::Present
}

/// B-7.51: something wanted supersedes it, at whatever distance. Without dependencies.
pub(crate) fn is_superseded(situation: &Situation, app: PolicyId) -> bool {
    to(&situation.graph, app)
        .filter(|relation| !relation.kind.is_dependency())
        .any(|relation| is_wanted(situation, relation.from) || is_superseded(situation, relation.from))
}

/// B-7.41: it is there, or can be installed after what it depends on. Without supersedence and hindrances.
pub(crate) fn is_possible(situation: &Situation, app: PolicyId) -> bool {
    let is_met = |relation: Relation| {
        let child = situation.member(relation.to);
        let auto_install = relation.kind == RelationKind::DependsOn { auto_install: true };
        child.desired != Desired::Absent
            && (child.is_detected
                || (auto_install || child.desired == Desired::Present) && is_possible(situation, relation.to))
    };
    situation.member(app).is_detected || from(&situation.graph, app).all(is_met)
}

/// B-7.40a, B-7.41: it is wanted, or an automatic dependency of what is there for a reason. Without supersedence.
pub(crate) fn has_reason(situation: &Situation, app: PolicyId) -> bool {
    situation.member(app).desired != Desired::Absent
        && is_possible(situation, app)
        && (is_wanted(situation, app)
            || to(&situation.graph, app)
                .filter(|relation| relation.kind == RelationKind::DependsOn { auto_install: true })
                .any(|relation| has_reason(situation, relation.from)))
}
