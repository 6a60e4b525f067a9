//! Order, circles, sizes and hashes.

use imesim::relations::{Limits, Relation, RelationError, RelationKind, Relations};
use proptest::sample::Index;

use super::common::{Checked, Suite, ensure};
use super::model;
use super::strategy::{Graph, WIDE, build};

pub(crate) fn check_order(graph: Graph, suite: &mut Suite) -> Checked {
    suite.steps += 1;
    let relations = graph.build();
    for app in &graph.apps {
        let subgraph = relations.subgraph_of(*app).expect("every app has one");
        let mut members = subgraph.members().to_vec();
        for (place, member) in members.iter().enumerate() {
            for relation in model::from(&graph, *member) {
                ensure(members[..place].contains(&relation.to), || format!("{relation:?} is not in order"))?;
            }
        }
        members.sort_unstable();
        ensure(members == model::together(&graph, *app, |_| true), || format!("{members:?} do not hang together"))?;
        ensure(subgraph.id().smallest() == members[0], || format!("{:?} is not the smallest", subgraph.id()))?;
        ensure(relations.subgraph(subgraph.id()).is_some_and(|found| found.members() == subgraph.members()), || {
            "a subgraph is not found by its id".to_owned()
        })?;
        let mut standing: Vec<Relation> = relations.standing_in(*app).collect();
        let mut expected: Vec<Relation> = model::from(&graph, *app).chain(model::to(&graph, *app)).collect();
        standing.sort_unstable();
        expected.sort_unstable();
        ensure(standing == expected, || format!("{app:?} stands in {standing:?}"))?;
        ensure(relations.check_removal(*app).is_ok() == expected.is_empty(), || format!("removal of {app:?}"))?;
        let stands = expected.iter().any(|relation| relation.kind.is_dependency());
        ensure(relations.stands_in_dependency(*app) == stands, || format!("{app:?} in a dependency"))?;
    }
    let count: usize = relations.subgraphs().map(|subgraph| subgraph.members().len()).sum();
    ensure(count == graph.apps.len(), || format!("{count} members in all"))?;
    let mut said: Vec<Relation> = relations.subgraphs().flat_map(|subgraph| subgraph.relations()).collect();
    let mut known = graph.relations.clone();
    said.sort_unstable();
    known.sort_unstable();
    ensure(said == known, || "the subgraphs do not hold the relations that were given".to_owned())?;

    let turned = Graph {
        apps: graph.apps.iter().rev().copied().collect(),
        relations: graph.relations.iter().rev().copied().collect(),
    };
    ensure(turned.build() == relations, || "the order in which things were said shows".to_owned())
}

pub(crate) fn check_circle((graph, at, of, kind): (Graph, Index, Index, RelationKind), suite: &mut Suite) -> Checked {
    suite.steps += 1;
    let from = graph.relations[at.index(graph.relations.len())].from;
    let below: Vec<_> =
        graph.apps.iter().copied().filter(|app| *app != from && model::leads(&graph, from, *app)).collect();
    let mut relations = graph.relations.clone();
    relations.push(Relation { from: below[of.index(below.len())], to: from, kind });
    match build(&graph.apps, &relations, &WIDE) {
        Ok(_) => ensure(false, || "a circle was taken".to_owned()),
        Err(RelationError::Circle { path }) => {
            let ends: Vec<_> = path.iter().map(|relation| relation.from).collect();
            let next = path.iter().cycle().skip(1);
            let closed = path.iter().zip(next).all(|(relation, next)| relation.to == next.from);
            ensure(!path.is_empty() && closed, || format!("{path:?} does not go around"))?;
            ensure(path.iter().all(|relation| relations.contains(relation)), || format!("{path:?} was never said"))?;
            ensure((1..ends.len()).all(|place| !ends[..place].contains(&ends[place])), || {
                format!("{path:?} passes an app twice")
            })
        }
        Err(other) => ensure(false, || format!("not refused for its circle: {other}")),
    }
}

pub(crate) fn check_sizes((graph, limits): (Graph, Limits), suite: &mut Suite) -> Checked {
    suite.steps += 1;
    let largest = |joins: fn(RelationKind) -> bool| {
        let sizes = graph.apps.iter().map(|app| model::together(&graph, *app, joins).len());
        sizes.filter(|size| *size > 1).max().unwrap_or(0)
    };
    let superseding = |app| model::to(&graph, app).filter(|relation| !relation.kind.is_dependency()).count();
    let is_over = |size: usize, limit: u32| size > limit as usize;
    let over = [
        graph.apps.iter().any(|app| is_over(superseding(*app), limits.superseding)),
        is_over(largest(|kind| !kind.is_dependency()), limits.supersedence_nodes),
        is_over(largest(RelationKind::is_dependency), limits.graph_nodes),
    ];
    let Err(error) = build(&graph.apps, &graph.relations, &limits) else {
        return ensure(!over.contains(&true), || format!("taken, although {over:?}"));
    };
    suite.reached.extend(error.rule());
    let is_true = match &error {
        RelationError::TooManySuperseding { app, by, .. } => over[0] && superseding(*app) == by.len(),
        RelationError::SupersedenceTooLarge { apps, .. } => {
            over[1] && model::together(&graph, apps[0], |kind| !kind.is_dependency()) == *apps
        }
        RelationError::GraphTooLarge { apps, .. } => {
            over[2] && model::together(&graph, apps[0], RelationKind::is_dependency) == *apps
        }
        _ => false,
    };
    ensure(is_true, || format!("{error}, although {over:?}"))
}

pub(crate) fn check_hash(graph: Graph, suite: &mut Suite) -> Checked {
    let hashes = |relations: &Relations, revision_of_last: u32| {
        let last = graph.apps[0];
        let revision = move |app| if app == last { revision_of_last } else { 1 };
        graph.apps.iter().map(|app| relations.subgraph_of(*app).expect("known").content_hash(revision)).collect()
    };
    let relations = graph.build();
    let before: Vec<_> = hashes(&relations, 1);
    // A new revision of one app changes the hash of its subgraph and no other.
    let mut compare = |after: &[_], touched: &dyn Fn(usize) -> bool, what: &str| {
        suite.steps += 1;
        (0..graph.apps.len()).try_for_each(|place| {
            ensure((before[place] != after[place]) == touched(place), || {
                format!("{what}, and the hash of {:?} is {}", graph.apps[place], after[place])
            })
        })
    };
    let with = |place: usize, other| model::together(&graph, graph.apps[place], |_| true).binary_search(&other).is_ok();
    for revision in [0, 2, u32::MAX] {
        let after: Vec<_> = hashes(&relations, revision);
        compare(&after, &|place| with(place, graph.apps[0]), "a revision changed")?;
    }
    for (place, relation) in graph.relations.iter().enumerate() {
        let mut less = graph.clone();
        less.relations.remove(place);
        let after: Vec<_> = hashes(&less.build(), 1);
        compare(&after, &|place| with(place, relation.from), "a relation is gone")?;
        let mut other = graph.clone();
        other.relations[place].kind = match relation.kind {
            RelationKind::DependsOn { auto_install } => RelationKind::DependsOn { auto_install: !auto_install },
            RelationKind::Supersedes { uninstall_previous } => {
                RelationKind::Supersedes { uninstall_previous: !uninstall_previous }
            }
        };
        let after: Vec<_> = hashes(&other.build(), 1);
        compare(&after, &|place| with(place, relation.from), "a relation is another")?;
    }
    Ok(())
}
