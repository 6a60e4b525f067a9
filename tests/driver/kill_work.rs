//! A process that is killed between any two of its effects while it works on apps, remediations and discovery scripts.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use imesim::agent::{Agent, Input, Run, RunOutcome, ServiceChange, Task};
use imesim::chance::Chance;
use imesim::content::{App, DiscoveryScript, Item, Library, Remediation, Schedule};
use imesim::driver::{Clock as _, Conditions, Memory, MemoryHost, Reason, Session, Setup, VirtualClock};
use imesim::profile::Profile;
use imesim::protocol::{
    Answer, AppPolicy, AppReport, AppSettings, Assigned, Failure, Intent, Intents, PolicyId, Report, Request, Target,
    Workload,
};
use imesim::relations::{AppKind, Limits, Relation, Relations};
use imesim::time::{Span, Wake, Wall};

use super::kill::{Fuse, Fused};
use super::{VERSION, days, start};

const PARENT: PolicyId = PolicyId(10);
const LEFT: PolicyId = PolicyId(11);
const RIGHT: PolicyId = PolicyId(12);
const LEAF: PolicyId = PolicyId(13);
/// Is there at the start, and is to go.
const UNWANTED: PolicyId = PolicyId(14);
/// Asks for another try, always.
const FAILING: PolicyId = PolicyId(15);
const ONCE: PolicyId = PolicyId(20);
const DISCOVERY: PolicyId = PolicyId(30);

fn library() -> Library {
    let mut library = Library::default();
    let apps = [PARENT, LEFT, RIGHT, LEAF, UNWANTED, FAILING];
    let diamond = [(PARENT, LEFT), (PARENT, RIGHT), (LEFT, LEAF), (RIGHT, LEAF)];
    let relations = diamond.map(|(parent, child)| Relation::dependency(parent, child, true));
    let kinds = apps.map(|app| (app, AppKind::Win32));
    library.relate(Relations::build(kinds, &relations, &Limits::default()).unwrap());
    for app in apps {
        library.insert(app, 1, Item::App(Box::<App>::default()));
    }
    let schedule = Schedule::Once { at: start().after(Span::hours(20)), utc: true };
    let remediation = Remediation { schedule, has_remediation: true, ..Remediation::default() };
    library.insert(ONCE, 1, Item::Remediation(Box::new(remediation)));
    library.insert(DISCOVERY, 1, Item::Discovery(Box::<DiscoveryScript>::default()));
    library
}

/// The service's side.
#[derive(Default)]
struct Service {
    apps: BTreeMap<PolicyId, AppReport>,
    others: BTreeSet<PolicyId>,
}

impl Service {
    fn answer(&mut self, request: Request) -> Answer<'static> {
        let app = |(id, intents)| AppPolicy {
            id,
            revision: 1,
            target: Target::Device,
            intents,
            filtered_out: false,
            settings: AppSettings::default(),
        };
        let only = |intent| Intents::NONE.with(intent);
        let assigned = |id| vec![Assigned { id, revision: 1, target: Target::Device }].into();
        match request {
            Request::Poll { workload: Workload::RequiredApp, .. } => {
                let all = [
                    (PARENT, only(Intent::Required)),
                    (LEFT, Intents::NONE),
                    (RIGHT, Intents::NONE),
                    (LEAF, Intents::NONE),
                    (UNWANTED, only(Intent::Uninstall)),
                    (FAILING, only(Intent::Required)),
                ];
                Answer::Apps(all.map(app).into_iter().collect())
            }
            Request::Poll { workload: Workload::Remediation, .. } => Answer::Remediations(assigned(ONCE)),
            Request::Poll { workload: Workload::Compliance, .. } => Answer::Discovery(assigned(DISCOVERY)),
            Request::Report(Report::App(report)) => {
                self.apps.insert(report.policy, report);
                Answer::Accepted
            }
            Request::Report(Report::Remediation(report)) => {
                self.others.insert(report.policy);
                Answer::Accepted
            }
            Request::Report(Report::Compliance(report)) => {
                self.others.insert(report.policy);
                Answer::Accepted
            }
            Request::Report(_) | Request::ConnectionTest => Answer::Accepted,
            _ => Answer::Nothing,
        }
    }
}

/// What is on the machine; an installer is done as soon as it runs, and says so after 40 s.
fn machine(present: Rc<RefCell<BTreeSet<PolicyId>>>) -> impl FnMut(&Run) -> (Span, RunOutcome) {
    move |run| {
        let exited = |code| RunOutcome::Exited { code, stderr: false, output: 0 };
        let outcome = match run.task {
            Task::AppDetect => RunOutcome::Found(present.borrow().contains(&run.policy)),
            Task::AppRequire => RunOutcome::Required(0),
            Task::AppDownload | Task::AppDownloadForeground => RunOutcome::Downloaded(0),
            Task::AppInstall if run.policy == FAILING => exited(1618),
            Task::AppInstall => {
                present.borrow_mut().insert(run.policy);
                exited(0)
            }
            Task::AppUninstall => {
                present.borrow_mut().remove(&run.policy);
                exited(0)
            }
            Task::Detect => exited(1),
            Task::Discover => RunOutcome::Discovered { error: 0, output: 1 },
            Task::Script | Task::Remediate | Task::DetectAgain => exited(0),
        };
        (Span::secs(40), outcome)
    }
}

/// Kills the process before effect number `n` of two days, restores it from the disk, and lets it live on. Returns true if
/// the process did so many things at all.
fn survives_a_kill_before(n: u32) -> bool {
    let service = Rc::new(RefCell::new(Service::default()));
    let present = Rc::new(RefCell::new(BTreeSet::from([UNWANTED])));
    let fuse = Fuse::default();
    let slow = Conditions { latency_min: Span::secs(2), latency_max: Span::secs(2), ..Conditions::default() };
    let asked = Rc::clone(&service);
    let answer = move |_: Wall, request| -> Result<Answer<'static>, Failure> { Ok(asked.borrow_mut().answer(request)) };
    let memory = Memory::new(answer).with_conditions(slow, Chance::Lowest);
    let transport = Fused::new(memory, &fuse);
    let host = Fused::new(MemoryHost::new(machine(Rc::clone(&present))), &fuse);
    let mut profile = Profile::default().without_jitter();
    profile.set("assign.uninstall_only_managed", "false").unwrap();
    let setup = Setup { profile, library: library(), ..Setup::default() };
    let mut session = Session::new(setup, VirtualClock::starting_at(start()), transport, host);
    session.feed(Input::Installed(VERSION)).unwrap();
    fuse.set(n);
    loop {
        let polled = session.poll();
        if fuse.is_burnt() {
            break;
        }
        let idle = polled.unwrap();
        if session.clock().now().wall >= days(2) {
            return false;
        }
        session.clock_mut().wait_until(idle.until.earliest(Wake { wall: Some((days(2), Reason::End)), awake: None }));
    }
    fuse.mend();
    let on_disk = session.host().inner.disk().unwrap().to_vec();
    Agent::restore(&on_disk).unwrap().check_invariants().unwrap();
    session.restore(&on_disk).unwrap();
    session.clock_mut().pass(Span::mins(5));
    session.feed(Input::Service(ServiceChange::Started)).unwrap();
    session.run_until(days(5)).unwrap();
    session.agent().check_invariants().unwrap();

    let killed = format!("killed before effect {n}");
    let runs = |policy, task| {
        let started = session.host().inner.started().iter();
        started.filter(|(_, run)| run.policy == policy && run.task == task).map(|(now, _)| now.wall).collect::<Vec<_>>()
    };
    // W1: each effect once; what it did is found and not done again.
    assert_eq!(*present.borrow(), BTreeSet::from([PARENT, LEFT, RIGHT, LEAF]), "{killed}");
    for (app, task) in [
        (PARENT, Task::AppInstall),
        (LEFT, Task::AppInstall),
        (RIGHT, Task::AppInstall),
        (LEAF, Task::AppInstall),
        (UNWANTED, Task::AppUninstall),
    ] {
        assert_eq!(runs(app, task).len(), 1, "{killed}: {task:?} of {app:?}");
    }
    // B-7.41: children first, whatever was cut off.
    let first = |policy| runs(policy, Task::AppInstall)[0];
    assert!(first(LEAF) < first(LEFT) && first(LEAF) < first(RIGHT), "{killed}");
    assert!(first(LEFT) < first(PARENT) && first(RIGHT) < first(PARENT), "{killed}");
    // B-7.24, B-7.34, B-7.39: three tries in the 24 h that begin with the enforcement, and a kill gives no more. If the kill
    // took away the first run, the enforcement began up to an hour before the first that is seen.
    let tries = runs(FAILING, Task::AppInstall);
    let mut rest = tries.as_slice();
    while let Some(first) = rest.first() {
        let in_a_day = rest.iter().take_while(|other| other.since(*first) < Span::hours(23)).count();
        assert!(in_a_day <= 3, "{killed}: {in_a_day} tries within a day from {first} on");
        rest = &rest[in_a_day..];
    }
    assert!(tries.len() >= 9, "{killed}: only {} tries in five days", tries.len());
    // B-6.4: a remediation that runs once does so at most once; a kill may use the slot up.
    for task in [Task::Detect, Task::Remediate, Task::DetectAgain] {
        assert!(runs(ONCE, task).len() <= 1, "{killed}: {task:?}");
    }
    // Nothing is lost: what the agent knows is what the service knows.
    let service = service.borrow();
    for record in session.agent().apps() {
        assert!(!record.is_unreported(), "{killed}: {record:?}");
        let told = service.apps.get(&record.policy);
        let is_assigned = matches!(record.policy, PARENT | UNWANTED | FAILING);
        assert_eq!(told.is_some(), is_assigned, "{killed}: {record:?}"); // B-7.45
        if let Some(told) = told {
            let known = (record.compliance, record.enforcement, record.error);
            assert_eq!((told.compliance, told.enforcement, told.error), known, "{killed}: {record:?}");
        }
    }
    assert!(service.others.contains(&DISCOVERY), "{killed}: the discovery script is not reported");
    let (told, ended) = (service.others.contains(&ONCE), runs(ONCE, Task::DetectAgain).len() == 1);
    assert!(ended || !told, "{killed}: a result of a remediation that was cut off");
    assert!(told || n > 0, "the remediation is not reported");
    true
}

// W1, with every workload but scripts, which `kill.rs` is about.
#[test]
fn a_kill_between_any_two_effects_of_apps_and_remediations_repeats_nothing() {
    let mut n = 0;
    while survives_a_kill_before(n) {
        n += 1;
    }
    assert!(n > 150, "only {n} effects in two days");
}

// B-7.20: whoever embeds the agent takes the content away in the middle of an evaluation; nothing goes round in circles.
#[test]
fn content_that_is_taken_away_ends_an_evaluation() {
    for minutes in 1..12 {
        let service = Rc::new(RefCell::new(Service::default()));
        let present = Rc::new(RefCell::new(BTreeSet::from([UNWANTED])));
        let answer =
            move |_: Wall, request| -> Result<Answer<'static>, Failure> { Ok(service.borrow_mut().answer(request)) };
        let setup = Setup { profile: Profile::default().without_jitter(), library: library(), ..Setup::default() };
        let host = MemoryHost::new(machine(present));
        let mut session = Session::new(setup, VirtualClock::starting_at(start()), Memory::new(answer), host);
        session.feed(Input::Installed(VERSION)).unwrap();
        session.run_until(start().after(Span::mins(minutes))).unwrap();
        session.setup_mut().library = Library::default();
        session.run_until(days(1)).unwrap();
        session.agent().check_invariants().unwrap();
        let started = session.host().started().iter().filter(|(now, _)| now.wall > start().after(Span::mins(20)));
        assert_eq!(started.filter(|(_, run)| run.task == Task::AppInstall).count(), 0, "after {minutes} min");
    }
}
