//! Where agent and model parted over apps and the Enrollment Status Page and the agent was wrong, or where the model that was
//! written from the rules did what the agent did not.

use imesim::agent::{Deadline, Effect, Input, RemovalReason, RunOutcome, ServiceChange, SessionChange, Task, Timer};
use imesim::content::{App, AppKind, Item, RestartBehavior};
use imesim::facts::{Edition, EspPhase, Join};
use imesim::profile::{Profile, QuirkGrs, Version};
use imesim::protocol::{
    Answer, AppPolicy, AppSettings, Intent, Intents, Notifications, PolicyId, RunAs, Target, UserId, Workload,
};
use imesim::relations::{AppKind as Kind, Limits, Relation, Relations};
use imesim::time::{Span, Wall, Zone};

use super::findings::Bench;

const ABSENT: RunOutcome = RunOutcome::Found(false);
const THERE: RunOutcome = RunOutcome::Found(true);

const APP: AppPolicy = AppPolicy {
    id: PolicyId(300),
    revision: 1,
    target: Target::Device,
    intents: Intents::NONE.with(Intent::Required),
    filtered_out: false,
    settings: AppSettings {
        available: None,
        deadline: None,
        local_time: false,
        foreground: false,
        notifications: Notifications::All,
        restart_grace: None,
        esp_place: 0,
        auto_update: false,
    },
};

impl Bench {
    fn content(&mut self, policy: AppPolicy, app: App) {
        self.library.insert(policy.id, policy.revision, Item::App(Box::new(app)));
    }

    /// The row of the start sequence brings these required apps.
    fn assigned(&mut self, apps: &[AppPolicy]) {
        let token = self.polled(Workload::Script).expect("a poll");
        self.answer(token, &Answer::Nothing);
        let token = self.polled(Workload::RequiredApp).expect("the row goes on");
        self.answer(token, &Answer::Apps(apps.iter().copied().collect()));
    }

    /// The step of an app that is under way ends.
    fn ends(&mut self, outcome: RunOutcome) {
        let token = self.started();
        self.give(Input::Completed { token, outcome });
    }

    fn step(&self) -> Option<(Task, PolicyId)> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Run { run, .. } => Some((run.task, run.policy)),
            _ => None,
        })
    }

    /// An app has been installed that lets the device restart two hours later.
    fn restarting() -> Self {
        let mut bench = Self::polling(Profile::default());
        bench.content(APP, App { restart: RestartBehavior::AppMayForce, ..App::default() });
        bench.assigned(&[APP]);
        let hard_reboot = RunOutcome::Exited { code: 1641, stderr: false, output: 0 };
        for outcome in [ABSENT, RunOutcome::Downloaded(0), ABSENT, hard_reboot, THERE] {
            bench.ends(outcome);
        }
        bench
    }

    /// Which apps do not apply, and why.
    fn not_applicable(&self) -> Vec<(PolicyId, u16)> {
        let all = self.agent.apps().iter().filter(|app| app.applicability != 0);
        all.map(|app| (app.policy, app.applicability)).collect()
    }
}

/// B-7.28: a restart that has come is waited for no more.
#[test]
fn a_restart_that_has_come_has_no_deadline() {
    let mut bench = Bench::restarting();
    assert_eq!(bench.due(Timer::AppClock), Some(Deadline::Wall(bench.now.wall.after(Span::mins(120)))));
    bench.give(Input::Session(SessionChange::AllSignedOut));
    assert_eq!(bench.due(Timer::AppClock), None);
}

/// B-7.28: a restart that was ordered and did not come is ordered again by the next process, and not before.
#[test]
fn a_restart_that_did_not_come_is_ordered_again() {
    let mut bench = Bench::restarting();
    let orders = |bench: &Bench| bench.effects.iter().filter(|effect| **effect == Effect::Restart).count();
    bench.wait(Span::mins(120));
    assert_eq!(orders(&bench), 1);
    bench.wait(Span::mins(1));
    assert_eq!(orders(&bench), 0);
    bench.give(Input::Service(ServiceChange::Stopped));
    bench.give(Input::Service(ServiceChange::Started));
    assert_eq!(orders(&bench), 1);
}

/// B-7.28: in maintenance wake the device is not restarted, and nothing wakes the agent for it.
#[test]
fn a_restart_has_no_deadline_in_maintenance_wake() {
    let mut bench = Bench::restarting();
    let due = bench.due(Timer::AppClock);
    bench.give(Input::DarkWake(true));
    assert_eq!(bench.due(Timer::AppClock), None);
    bench.give(Input::DarkWake(false));
    assert_eq!(bench.due(Timer::AppClock), due);
}

/// B-7.54, B-7.57: a page that has failed, because an app restarted the device, has no time limit any more.
#[test]
fn a_page_that_has_failed_has_no_deadline() {
    let mut bench = Bench::restarting();
    bench.wait(Span::mins(1));
    bench.give(Input::Esp(EspPhase::AccountSetup));
    bench.give(Input::Tick);
    assert_eq!(bench.due(Timer::AppWork), Some(Deadline::Awake(bench.now.awake.after(Span::mins(60)))));
    // The device sleeps until the restart is due.
    bench.now.wall = bench.now.wall.after(Span::mins(120));
    bench.give(Input::Tick);
    assert_eq!(bench.effects.last(), Some(&Effect::Restart));
    assert_eq!(bench.due(Timer::AppWork), None);
}

/// B-7.54, B-1.19: the page's hour begins when it is shown, in device preparation too, into which the agent comes.
#[test]
fn the_hour_of_the_page_does_not_begin_anew_with_the_agent() {
    let mut bench = Bench::polling(Profile::default());
    bench.give(Input::Remove(RemovalReason::ByHand));
    let end = bench.now.awake.after(Span::mins(60));
    bench.give(Input::Esp(EspPhase::DevicePreparation));
    bench.wait(Span::mins(2));
    bench.give(Input::Installed(Version([1, 103, 0, 0])));
    bench.give(Input::Service(ServiceChange::Started));
    bench.wait(Span::mins(1));
    bench.give(Input::Esp(EspPhase::DeviceSetup));
    bench.give(Input::Tick);
    assert_eq!(bench.due(Timer::AppWork), Some(Deadline::Awake(end)));
}

/// B-7.30, B-7.31: a deadline in local time comes with the device into another zone, also where it lay ahead at the last
/// evaluation and lies before it now.
#[test]
fn a_deadline_comes_with_the_device() {
    let mut bench = Bench::polling(Profile::default());
    let deadline = Some(bench.now.wall.after(Span::mins(150)));
    let app = AppPolicy { settings: AppSettings { deadline, local_time: true, ..APP.settings }, ..APP };
    bench.content(app, App::default());
    bench.assigned(&[app]);
    bench.ends(ABSENT);
    bench.ends(RunOutcome::Downloaded(0));
    assert_eq!(bench.step(), None, "it waits for its deadline");
    bench.zone = Zone { name: String::new(), offsets: vec![(Wall::MIN, 3 * 3_600)] };
    bench.give(Input::ClockChanged);
    bench.wait(Span::hours(1));
    let token = bench.polled(Workload::RequiredApp).expect("an hourly poll");
    bench.answer(token, &Answer::Apps([app].into_iter().collect()));
    bench.ends(ABSENT);
    bench.ends(ABSENT);
    assert_eq!(bench.step(), Some((Task::AppInstall, app.id)));
}

/// B-7.38: with this fault a failed app is tried at every check-in, also where it is the device's and hangs together with one
/// of a user.
#[test]
fn a_failed_app_of_a_mixed_group_is_tried_every_hour_with_the_fault() {
    let mut profile = Profile::default();
    profile.win32.quirk_grs = QuirkGrs::ResetEachPass;
    let mut bench = Bench::polling(profile);
    let users = AppPolicy { id: PolicyId(301), target: Target::User, ..APP };
    let apps = [APP.id, users.id].map(|id| (id, Kind::Win32));
    let needs = [Relation::dependency(users.id, APP.id, true)];
    bench.library.relate(Relations::build(apps, &needs, &Limits::default()).expect("one relation"));
    bench.content(APP, App::default());
    bench.content(users, App::default());
    bench.give(Input::Session(SessionChange::SignIn(UserId(1))));
    bench.wait(Span::secs(30));
    bench.wait(Span::hours(1));
    for _ in 0..3 {
        let token = bench.polled(Workload::RequiredApp).expect("an hourly poll");
        bench.answer(token, &Answer::Apps([APP, users].into_iter().collect()));
        let failed = RunOutcome::Exited { code: 1603, stderr: false, output: 0 };
        for outcome in [ABSENT, ABSENT, RunOutcome::Downloaded(0), ABSENT, failed] {
            bench.ends(outcome);
        }
        bench.wait(Span::hours(1));
    }
}

/// B-7.45: that an app is assigned no more is on disk with the answer that says so, although nothing comes of it that a later write
/// would bring along.
#[test]
fn what_an_answer_shows_to_be_gone_is_on_disk() {
    let mut bench = Bench::polling(Profile::default());
    bench.content(APP, App::default());
    bench.assigned(&[APP]);
    bench.ends(THERE);
    let targeted = |bench: &Bench| bench.agent.apps().iter().filter(|app| app.is_targeted()).count();
    assert_eq!(targeted(&bench), 1);
    bench.wait(Span::hours(1));
    let token = bench.polled(Workload::RequiredApp).expect("an hourly poll");
    bench.answer(token, &Answer::Nothing);
    assert_eq!(targeted(&bench), 0);
    assert!(bench.effects.contains(&Effect::Persist), "{:?}", bench.effects);
}

/// B-1.15, B-1.29: a user's app on a multi-session host, and a user's Store app on a device that is only registered, do not
/// apply, whoever is signed in.
#[test]
fn a_users_app_does_not_apply_to_every_device() {
    for (edition, join, kind, code) in [
        (Edition::MultiSession, Join::Entra, AppKind::Win32, 1012),
        (Edition::MultiSession, Join::Registered, AppKind::StoreUwp, 1012),
        (Edition::Pro, Join::Registered, AppKind::StoreWin32, 1),
    ] {
        let mut bench = Bench::polling(Profile::default());
        (bench.facts.edition, bench.facts.join) = (edition, join);
        bench.content(APP, App { run_as: RunAs::User, kind, ..App::default() });
        let token = bench.polled(Workload::Script).expect("a poll");
        bench.give(Input::Session(SessionChange::SignIn(UserId(1))));
        bench.answer(token, &Answer::Nothing);
        let token = bench.polled(Workload::RequiredApp).expect("the row goes on");
        bench.answer(token, &Answer::Apps([APP].into_iter().collect()));
        assert_eq!(bench.step(), None, "{edition:?} {join:?}");
        assert_eq!(bench.not_applicable(), [(APP.id, code)], "{edition:?} {join:?}");
    }
}

/// B-1.29: on a multi-session host nothing takes the place of a user's app.
#[test]
fn a_users_app_is_not_superseded_on_a_host() {
    let mut bench = Bench::polling(Profile::default());
    bench.facts.edition = Edition::MultiSession;
    let old = AppPolicy { id: PolicyId(299), intents: Intents::NONE, ..APP };
    let new = AppPolicy { revision: 2, ..APP };
    let apps = [new.id, old.id].map(|id| (id, Kind::Win32));
    let replaces = [Relation::supersedence(new.id, old.id, true)];
    bench.library.relate(Relations::build(apps, &replaces, &Limits::default()).expect("one relation"));
    bench.content(old, App { run_as: RunAs::User, ..App::default() });
    bench.content(new, App::default());
    bench.assigned(&[old, new]);
    assert_eq!(bench.step(), Some((Task::AppDetect, APP.id)));
    bench.ends(ABSENT);
    assert_eq!(bench.step(), None);
    assert_eq!(bench.not_applicable(), [(old.id, 1012), (APP.id, 1012)]);
}
