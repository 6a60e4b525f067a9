//! Each rule about relations, by itself.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]

mod decided;
mod mixed;
mod ordered;
mod refused;

use super::*;
use crate::protocol::PolicyId;

fn app(number: u32) -> PolicyId {
    PolicyId(number)
}

fn depends(parent: u32, child: u32) -> Relation {
    Relation::dependency(app(parent), app(child), true)
}

fn depends_manually(parent: u32, child: u32) -> Relation {
    Relation::dependency(app(parent), app(child), false)
}

fn updates(superseding: u32, superseded: u32) -> Relation {
    Relation::supersedence(app(superseding), app(superseded), false)
}

fn replaces(superseding: u32, superseded: u32) -> Relation {
    Relation::supersedence(app(superseding), app(superseded), true)
}

/// So many Win32 apps, numbered from 0.
fn win32(count: u32) -> impl Iterator<Item = (PolicyId, AppKind)> {
    (0..count).map(|number| (app(number), AppKind::Win32))
}

/// Relations between as many apps as they name.
fn relations(relations: &[Relation]) -> Relations {
    let largest = relations.iter().map(|relation| relation.from.max(relation.to).0).max().unwrap_or(0);
    Relations::build(win32(largest + 1), relations, &Limits::default()).unwrap()
}

/// Why relations between ten apps are refused.
fn refusal(relations: &[Relation]) -> RelationError {
    Relations::build(win32(10), relations, &Limits::default()).unwrap_err()
}

const ABSENT: Member = Member::new(Desired::None, false);
const PRESENT: Member = Member::new(Desired::None, true);
const WANTED: Member = Member::new(Desired::Present, false);
const SATISFIED: Member = Member::new(Desired::Present, true);
const UNWANTED: Member = Member::new(Desired::Absent, true);

/// The plan for the subgraph of app 0, whose members are as listed from 0 on.
fn plan(relations: &Relations, members: &[Member]) -> Plan {
    relations.subgraph_of(app(0)).unwrap().plan(|app| members[app.0 as usize])
}

/// The steps of that plan.
fn steps(relations: &Relations, members: &[Member]) -> Vec<Step> {
    plan(relations, members).steps
}

fn install(number: u32) -> Step {
    Step::Install(app(number))
}

fn uninstall(number: u32) -> Step {
    Step::Uninstall(app(number))
}

fn held(number: u32, by: u32, hold: Hold) -> Held {
    Held { app: app(number), by: app(by), hold }
}

/// What goes over a wire or into a file comes back as it was, and is checked on the way.
#[test]
fn values_survive_serde() {
    let all = relations(&[depends(0, 1), depends_manually(1, 2), replaces(3, 1), updates(4, 3)]);
    let bytes = postcard::to_allocvec(&all).unwrap();
    assert_eq!(postcard::from_bytes::<Relations>(&bytes).unwrap(), all);
    let circle = (vec![(app(0), AppKind::Win32), (app(1), AppKind::Win32)], [depends(0, 1), depends(1, 0)].to_vec());
    let bytes = postcard::to_allocvec(&(circle.0, circle.1, Limits::default())).unwrap();
    assert!(postcard::from_bytes::<Relations>(&bytes).is_err(), "a circle was read");

    let plan = plan(&all, &[WANTED, ABSENT, ABSENT, PRESENT, WANTED]);
    let bytes = postcard::to_allocvec(&plan).unwrap();
    assert_eq!(postcard::from_bytes::<Plan>(&bytes).unwrap(), plan);
}

/// Millions of devices ask, so what they are asked with stays small.
#[test]
fn values_are_small() {
    assert_eq!(size_of::<Relation>(), 12);
    assert_eq!((size_of::<Dependency>(), size_of::<Supersedence>()), (8, 8));
    assert_eq!((size_of::<Member>(), size_of::<Step>(), size_of::<Held>()), (3, 8, 12));
    assert_eq!((size_of::<DependencyState>(), size_of::<Readiness>()), (1, 8));
}
