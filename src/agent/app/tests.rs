//! What must hold of the app work under way, on an agent where it does not.

use super::*;
use crate::agent::state::{Durable, Phase, Running};
use crate::agent::timers::Timers;
use crate::agent::work::{RunSlot, Underway};
use crate::profile::Profile;
use crate::protocol::Token;
use crate::time::{Now, Span};

const NOW: Now = Now { wall: Wall::MIN, awake: Awake::MIN };

fn pass() -> Option<Box<Pass>> {
    Some(Box::new(Pass::new(Workload::RequiredApp, UserId::DEVICE, 0, Box::default(), Wall::MIN)))
}

/// What does not hold of an agent with this app work, in maintenance wake or not, with a timer for its steps or not.
fn broken(apps: AppsUnderway, dark_wake: bool, has_timer: bool) -> Option<&'static str> {
    let work = Underway { apps, ..Underway::default() };
    let running = Running { ready: true, work: Some(Box::new(work)), ..Running::default() };
    let (mut durable, mut timers) = (Durable::absent(), Timers::new());
    durable.around.dark_wake = dark_wake;
    if has_timer {
        timers.set(Timer::AppWork, NOW, Span::hours(1), &Profile::default());
    }
    let agent = Agent { durable, timers, phase: Phase::Running(running.clone()) };
    agent.check_apps(&running).err()
}

#[test]
fn an_answer_waits_for_the_one_before_it() {
    let waits = AppsUnderway { next: pass(), ..AppsUnderway::default() };
    assert_eq!(broken(waits, true, false), Some("an answer for apps waits for nothing"));
    let follows = AppsUnderway { pass: pass(), next: pass(), ..AppsUnderway::default() };
    assert_eq!(broken(follows, true, false), None);
    assert_eq!(broken(AppsUnderway::default(), false, false), None);
}

#[test]
fn an_answer_is_worked_off_and_each_step_has_a_deadline() {
    let with = |change: fn(&mut Pass)| {
        let mut work = AppsUnderway { pass: pass(), ..AppsUnderway::default() };
        work.pass.as_deref_mut().into_iter().for_each(change);
        work
    };
    let runs = |pass: &mut Pass| pass.slot = Some(RunSlot { token: Token::FIRST, until: Awake::MIN });
    let pauses = |pass: &mut Pass| pass.resume_at = Some(Awake::MIN);
    for step in [runs, pauses] {
        assert_eq!(broken(with(step), false, true), None);
        assert_eq!(broken(with(step), false, false), Some("a step of an app has no deadline"));
    }
    assert_eq!(broken(with(|_| ()), false, true), Some("an answer for apps is not worked off"));
    assert_eq!(broken(with(|_| ()), true, true), None, "maintenance wake holds it");
}

// B-7.33: the latest of the workloads counts, and only that of this subgraph for this user.
#[test]
fn an_agent_tells_when_an_app_was_evaluated() {
    use crate::content::{Item, Library};
    let mut library = Library::EMPTY;
    let [one, other] = [PolicyId(0), PolicyId(1)].map(|id| {
        library.insert(id, 1, Item::App(Box::default()));
        id
    });
    let known = |policy, user, workload, hours| {
        let subgraph = library.subgraph_of(policy, 1).expect("it is in the library");
        let evaluated = Some(Wall::MIN.after(Span::hours(hours)));
        SubgraphRecord { hash: subgraph.content_hash(|_| 1), evaluated, id: subgraph.id(), user, workload }
    };
    let anna = UserId(1);
    let mut durable = Durable::absent();
    durable.work.get_or_insert_default().apps.subgraphs = vec![
        known(one, anna, Workload::RequiredApp, 3),
        known(one, anna, Workload::AvailableApp, 2),
        known(one, UserId::DEVICE, Workload::RequiredApp, 4),
        known(other, anna, Workload::RequiredApp, 5),
    ];
    let agent = Agent { durable, timers: Timers::new(), phase: Phase::Stopped };
    let of = |policy, user| {
        let subgraph = library.subgraph_of(policy, 1).expect("it is in the library");
        agent.app_evaluated(subgraph.id(), user).map(|at| at.since(Wall::MIN))
    };
    assert_eq!([of(one, anna), of(one, UserId::DEVICE)], [3, 4].map(|hours| Some(Span::hours(hours))));
    assert_eq!([of(other, anna), of(other, UserId::DEVICE)], [Some(Span::hours(5)), None]);
}
