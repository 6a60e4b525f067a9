//! Prints of app work tell apart what may go on differently.

use super::super::enforce::{Enforcing, Stage};
use super::*;
use crate::agent::work::RunSlot;
use crate::content::{Item, Library};
use crate::protocol::{PolicyId, Token, UserId, Workload};
use crate::retry::Retry;
use crate::time::{Awake, Now, Span};

const NOW: Now = Now { wall: Wall::from_unix_millis(1_800_000_000_000), awake: Awake::MIN };
const BEFORE: Wall = Wall::from_unix_millis(1_799_900_000_000);

fn printed(put: impl FnOnce(&mut Print)) -> u128 {
    let mut print = Print::new(NOW, (Span::hours(8), Span::days(30)));
    put(&mut print);
    print.done()
}

/// No two of these are the same.
fn differ(prints: &[u128]) {
    for (n, one) in prints.iter().enumerate() {
        assert_eq!(prints[..n].iter().position(|other| other == one), None, "change {n} of {}", prints.len());
    }
}

fn kept() -> Apps {
    let (policy, user) = (PolicyId(0), UserId::DEVICE);
    let mut library = Library::EMPTY;
    library.insert(policy, 1, Item::App(Box::default()));
    let subgraph = library.subgraph_of(policy, 1).expect("it is in the library");
    let (hash, id, workload) = (subgraph.content_hash(|_| 1), subgraph.id(), Workload::RequiredApp);
    Apps {
        records: vec![AppRecord::new(policy, user)],
        subgraphs: vec![SubgraphRecord { hash, evaluated: Some(BEFORE), id, user, workload }],
        seen: vec![Seen { answer: 1, at: BEFORE, next: NOW.wall.after(Span::hours(1)), workload, user }],
        open: vec![OpenTry {
            begun: BEFORE,
            retry: Retry::new(),
            policy,
            revision: 1,
            user,
            is_uninstall: false,
            is_under_way: false,
        }],
        ..Apps::default()
    }
}

#[test]
fn what_is_kept_of_apps_is_in_a_print() {
    let changes: &[fn(&mut Apps)] = &[
        |_| (),
        |apps| apps.records.clear(),
        |apps| apps.records[0].grs = Some(BEFORE),
        |apps| apps.records[0].unreported = Some(Token::FIRST),
        |apps| apps.records[0].revision = 3,
        |apps| apps.subgraphs.clear(),
        |apps| apps.subgraphs[0].evaluated = None,
        |apps| apps.subgraphs[0].evaluated = Some(NOW.wall),
        |apps| apps.subgraphs[0].user = UserId(1),
        |apps| apps.seen.clear(),
        |apps| apps.seen[0].answer = 2,
        |apps| apps.seen[0].at = NOW.wall,
        |apps| apps.seen[0].next = Wall::MAX,
        |apps| apps.seen[0].next = NOW.wall.after(Span::hours(2)),
        |apps| apps.open.clear(),
        |apps| apps.open[0].begun = NOW.wall,
        |apps| apps.open[0].is_under_way = true,
        |apps| apps.reboot_pending = true,
        |apps| apps.has_unreported = true,
        |apps| apps.full_report = Some(BEFORE),
    ];
    let print = |change: &fn(&mut Apps)| {
        let mut apps = kept();
        change(&mut apps);
        printed(|print| apps.print(print))
    };
    differ(&changes.iter().map(print).collect::<Vec<_>>());
}

fn pass() -> Pass {
    let mut pass = Pass::new(Workload::RequiredApp, UserId::DEVICE, 0, Box::default(), BEFORE);
    pass.graph = Some(Graph {
        first: 0,
        owner: UserId::DEVICE,
        seats: Vec::new(),
        doing: Doing::Plan,
        hash: kept().subgraphs[0].hash,
        is_on_request: false,
        stays_due: false,
    });
    pass
}

fn doing(work: &mut AppsUnderway, change: impl FnOnce(&mut Enforcing)) {
    let Some(graph) = work.pass.as_mut().and_then(|pass| pass.graph.as_mut()) else { return };
    let (is_uninstall, is_prefetch, stage) = (false, false, Stage::Download);
    let mut enforcing = Enforcing { begun: BEFORE, seat: 0, attempt: 1, is_uninstall, is_prefetch, stage };
    change(&mut enforcing);
    graph.doing = Doing::Enforce(enforcing);
}

#[test]
fn app_work_under_way_is_in_a_print() {
    fn of(work: &mut AppsUnderway) -> &mut Pass {
        work.pass.as_deref_mut().expect("it is there")
    }
    let slot = |hours| Some(RunSlot { token: Token::FIRST, until: Awake::MIN.after(Span::hours(hours)) });
    let changes: &[&dyn Fn(&mut AppsUnderway)] = &[
        &|_| (),
        &|work| work.pushes.push(7),
        &|work| work.pass = None,
        &|work| work.next = Some(Box::new(pass())),
        &|work| (work.next, work.pass) = (work.pass.take(), None),
        &|work| work.is_on_request = true,
        &|work| work.report_at = Some(Awake::MIN.after(Span::hours(1))),
        &|work| work.esp_check = Some(Awake::MIN.after(Span::hours(1))),
        &|work| of(work).workload = Workload::AvailableApp,
        &|work| of(work).begun = NOW.wall,
        &|work| of(work).answer = 1,
        &|work| of(work).queue.push(1),
        &|work| of(work).slot = slot(1),
        &|work| of(work).slot = slot(2),
        &|work| of(work).resume_at = Some(Awake::MIN),
        &|work| of(work).next_due = NOW.wall.after(Span::hours(1)),
        &|work| of(work).next_due = NOW.wall.after(Span::hours(2)),
        &|work| of(work).graph = None,
        &|work| doing(work, |_| ()),
        &|work| doing(work, |enforcing| enforcing.begun = NOW.wall),
        &|work| doing(work, |enforcing| enforcing.attempt = 2),
        &|work| doing(work, |enforcing| enforcing.stage = Stage::Command),
    ];
    let print = |change: &&dyn Fn(&mut AppsUnderway)| {
        let mut work = AppsUnderway { pass: Some(Box::new(pass())), ..AppsUnderway::default() };
        change(&mut work);
        printed(|print| work.print(print))
    };
    differ(&changes.iter().map(print).collect::<Vec<_>>());
    // Longer ago than the horizon is as good as the horizon.
    let since = |days| {
        let begun = NOW.wall.before(Span::days(days));
        let change = |work: &mut AppsUnderway| doing(work, |enforcing| enforcing.begun = begun);
        let change: &dyn Fn(&mut AppsUnderway) = &change;
        print(&change)
    };
    assert_eq!(since(40), since(50));
}
