//! What is read off the graph: what does not hold, and where it shows first.

use std::collections::BTreeMap;

use petgraph::algo::kosaraju_scc;
use petgraph::visit::{Dfs, Reversed, VisitMap, Visitable};

use super::graph::{Keep, Reverse, View};
use super::model::{Property, Times};
use super::path::Path;
use super::report::{Fault, Finding};
use super::store::{Id, Store};
use crate::threads::spawn;

pub(super) struct Judged {
    /// States in which nothing can happen any more.
    pub(super) dead: u32,
    pub(super) findings: Vec<Finding>,
}

/// Judges every property, and whether time goes on; whether it does is found out beside the rest where there is a thread for
/// it.
pub(super) fn judge(
    store: &Store,
    properties: &[Property],
    (broken, seen): (&[Option<Id>], u16),
    threads: usize,
) -> Judged {
    let judge_rest = || Judged { dead: dead(store), findings: judge_properties(store, properties, broken, seen) };
    let (mut judged, still) = if threads > 1 {
        std::thread::scope(|scope| {
            let beside = spawn(scope, || stands_still(store));
            let judged = judge_rest();
            // A thread that was not to be had, or ended in a panic, has judged nothing; it is done here.
            let still = beside.ok().and_then(|beside| beside.join().ok());
            (judged, still.unwrap_or_else(|| stands_still(store)))
        })
    } else {
        (judge_rest(), stands_still(store))
    };
    judged.findings.extend(still);
    judged
}

/// How many states have no step.
fn dead(store: &Store) -> u32 {
    let is_dead = |id: &Id| store.is_expanded(*id) && store.edges(*id).next().is_none();
    (0..store.len()).filter(is_dead).count() as u32
}

fn judge_properties(store: &Store, properties: &[Property], broken: &[Option<Id>], seen: u16) -> Vec<Finding> {
    let judged = properties.iter().enumerate().filter_map(|(place, property)| {
        let bit = 1_u16 << place;
        let (fault, path) = match property.times {
            Times::Always => broken.get(place).copied().flatten().map(|id| (Fault::Broken, Path::to(store, id))),
            Times::Sometimes => (seen & bit == 0).then(|| (Fault::NeverSeen, Path::default())),
            // Where no way avoids it, none is out of its reach either.
            Times::Eventually => avoids(store, bit).map(|found| stranded(store, bit).unwrap_or(found)),
        }?;
        Some(Finding { property: *property, fault, path })
    });
    judged.collect()
}

/// The sorts of steps of which none was taken.
pub(super) fn never_taken(taken: &[(&'static str, u32)]) -> impl Iterator<Item = Finding> {
    let never = taken.iter().filter(|(_, times)| *times == 0).map(|(name, _)| *name);
    never.map(|name| Finding {
        property: Property::sometimes(name, "a step of this sort is taken"),
        fault: Fault::NeverSeen,
        path: Path::default(),
    })
}

/// The first state from which no state with the property can be reached, whatever happens; and how many there are.
fn stranded(store: &Store, bit: u16) -> Option<(Fault, Path)> {
    let is_good = |id: Id| store.holds(id) & bit != 0 || !store.is_expanded(id);
    if (0..store.len()).all(is_good) {
        return None;
    }
    let keep = Keep::default();
    let reverse = Reverse::new(store, keep);
    let view = View { store, keep, reverse: &reverse };
    let back = Reversed(view);
    let mut walk = Dfs::from_parts((0..store.len()).filter(|id| is_good(*id)).collect(), back.visit_map());
    while walk.next(back).is_some() {}
    let mut lost = (0..store.len()).filter(|id| !walk.discovered.is_visited(id));
    let first = lost.next()?;
    Some((Fault::Stranded { states: 1 + lost.count() as u32 }, Path::to(store, first)))
}

/// The first state from which calm steps may go on for ever, or end, without ever reaching a state with the property.
fn avoids(store: &Store, bit: u16) -> Option<(Fault, Path)> {
    let keep = Keep { without: Some(bit), calm: true, instant: false };
    let ends = |id: &Id| keep.state(store, *id) && !store.edges(*id).any(|edge| keep.step(edge));
    let end = (0..store.len()).find(ends);
    let cycle = first_cycle(store, keep);
    match (end, cycle) {
        (Some(end), cycle) if cycle.as_ref().is_none_or(|(id, _)| end < *id) => {
            Some((Fault::DeadEnd, Path::to(store, end)))
        }
        (_, Some((id, members))) => {
            let path = Path::to(store, id).round(around(store, keep, id, &members));
            Some((Fault::Cycle { states: members.len() as u32 }, path))
        }
        (_, None) => None,
    }
}

/// The first cycle of steps in which no time passes.
fn stands_still(store: &Store) -> Option<Finding> {
    let keep = Keep { without: Some(0), calm: false, instant: true };
    let (id, members) = first_cycle(store, keep)?;
    let path = Path::to(store, id).round(around(store, keep, id, &members));
    let property = Property::always("time", "no cycle of steps goes round within one moment");
    Some(Finding { property, fault: Fault::Cycle { states: members.len() as u32 }, path })
}

/// The first state that lies on a cycle of a part of the graph, and the strongly connected component of it.
fn first_cycle(store: &Store, keep: Keep) -> Option<(Id, Vec<Id>)> {
    if !has_cycle(store, keep) {
        return None;
    }
    let reverse = Reverse::new(store, keep);
    let view = View { store, keep, reverse: &reverse };
    let has_loop = |id: Id| keep.edges(store, id).any(|edge| edge.to() == id);
    kosaraju_scc(view)
        .into_iter()
        .filter(|members| members.len() > 1 || members.first().is_some_and(|id| has_loop(*id)))
        .filter_map(|members| Some((members.iter().copied().min()?, members)))
        .min_by_key(|(first, _)| *first)
}

/// True if a part of the graph has a cycle: if a walk comes to a state that it is still on the way from. It takes less time
/// and room than components, and most parts have none.
fn has_cycle(store: &Store, keep: Keep) -> bool {
    let place = |id: Id| if keep.state(store, id) { Seen::Not } else { Seen::Done };
    let mut seen: Vec<Seen> = (0..store.len()).map(place).collect();
    let mut way = Vec::new();
    for start in (0..store.len()).rev() {
        if seen[start as usize] == Seen::Done {
            continue;
        }
        // Most steps lead to states that were found later, so that most walks end where they begin.
        if store.edges(start).all(|edge| !keep.step(edge) || seen[edge.to() as usize] == Seen::Done) {
            seen[start as usize] = Seen::Done;
            continue;
        }
        seen[start as usize] = Seen::OnTheWay;
        way.push((start, store.edges(start)));
        while let Some((id, edges)) = way.last_mut() {
            let Some(edge) = edges.next() else {
                seen[*id as usize] = Seen::Done;
                way.pop();
                continue;
            };
            let to = edge.to();
            if !keep.step(edge) {
                continue;
            }
            match seen[to as usize] {
                Seen::Done => {}
                Seen::OnTheWay => return true,
                Seen::Not => {
                    seen[to as usize] = Seen::OnTheWay;
                    way.push((to, store.edges(to)));
                }
            }
        }
    }
    false
}

/// What a walk knows of a state.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// Nothing yet.
    Not,
    /// It is on the way from it.
    OnTheWay,
    /// No cycle goes through it, or it does not count.
    Done,
}

/// The shortest way from a state back to itself within its component, as places of steps.
fn around(store: &Store, keep: Keep, start: Id, members: &[Id]) -> Vec<u8> {
    let mut before: BTreeMap<Id, Option<(Id, u8)>> = members.iter().map(|id| (*id, None)).collect();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(id) = queue.pop_front() {
        let steps = store.edges(id).enumerate().filter(|(_, edge)| keep.step(*edge));
        for (choice, edge) in steps {
            if let Some(slot @ None) = before.get_mut(&edge.to()) {
                *slot = Some((id, choice as u8));
                queue.push_back(edge.to());
            }
        }
        if before.get(&start).is_some_and(Option::is_some) {
            break;
        }
    }
    let mut steps = Vec::new();
    let mut at = start;
    while let Some((from, choice)) = before.get(&at).copied().flatten() {
        steps.push(choice);
        at = from;
        if at == start {
            break;
        }
    }
    steps.reverse();
    steps
}
