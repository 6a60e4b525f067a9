//! What the machine answers about apps.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]

use super::super::plan::DevicePlan;
use super::*;
use crate::protocol::{RunAs, UserId};
use crate::scenario::{Overrides, Scenario};

/// The machine of the first device of a scenario.
struct Bench {
    plan: Plan,
    host: Host,
    is_online: bool,
}

impl Bench {
    fn new(text: &str) -> Self {
        let text = format!("{text}\n[[device]]\nname = \"pc\"\n");
        let scenario = Scenario::parse(&text, "t.toml", &Overrides::default());
        let plan = scenario.unwrap_or_else(|error| panic!("{error}")).plan;
        Self { plan, host: Host::default(), is_online: true }
    }

    fn around(&self) -> Around<'_> {
        let described: &DevicePlan = &self.plan.groups[0].base;
        let (chance, os_build) = (Chance::Lowest, described.facts.os_build);
        Around { plan: &self.plan, described, chance, os_build, is_online: self.is_online }
    }

    /// Begins a step of the first app; gives when it ends, and how.
    fn begin(&mut self, task: Task, revision: u32) -> (Option<Awake>, AppEnd) {
        let run = Run {
            task,
            policy: PolicyId(0),
            revision,
            user: UserId::DEVICE,
            session: UserId::DEVICE,
            run_as: RunAs::System,
            attempt: 1,
            limit: Span::hours(1),
        };
        let mut host = core::mem::take(&mut self.host);
        host.run_app(Token::FIRST, &run, Awake::MIN, &self.around());
        self.host = host;
        match self.host.work.last() {
            Some((at, Work::App(end))) => (*at, *end),
            other => panic!("{other:?}"),
        }
    }

    /// Does a step to its end.
    fn step(&mut self, task: Task, revision: u32) -> RunOutcome {
        let (at, end) = self.begin(task, revision);
        assert!(at.is_some(), "it ends by itself");
        self.host.take(at.unwrap()).unwrap();
        if let Some((app, is_there)) = end.change {
            let mut host = core::mem::take(&mut self.host);
            host.set_app(app, is_there, &self.around());
            self.host = host;
        }
        end.outcome
    }

    fn is_there(&self) -> bool {
        self.host.has_app(PolicyId(0), &self.plan, &self.plan.groups[0].base)
    }
}

const fn exited(code: i32) -> RunOutcome {
    RunOutcome::Exited { code, stderr: false, output: 0 }
}

// B-7.12, B-7.22: an install puts the app there if its return code says so, and an uninstall takes it away.
#[test]
fn an_install_changes_what_is_there() {
    let install = "[[app]]\nname = \"a\"\ninstall = [{ exit = 1618 }, { exit = 3010, duration = \"2m\" }]\n\
                   uninstall = [{ exit = 1603 }, {}]";
    let mut bench = Bench::new(install);
    assert_eq!(bench.step(Task::AppDetect, 1), RunOutcome::Found(false));
    assert_eq!(bench.step(Task::AppInstall, 1), exited(1_618));
    assert_eq!(bench.step(Task::AppDetect, 1), RunOutcome::Found(false));
    assert_eq!(bench.begin(Task::AppInstall, 1).0, Some(Awake::at(Span::mins(2))));
    assert_eq!(bench.step(Task::AppInstall, 1), exited(3_010));
    assert_eq!(bench.step(Task::AppDetect, 1), RunOutcome::Found(true));
    assert_eq!(bench.step(Task::AppUninstall, 1), exited(1_603));
    assert!(bench.is_there());
    assert_eq!(bench.step(Task::AppUninstall, 1), exited(0));
    assert_eq!(bench.step(Task::AppDetect, 1), RunOutcome::Found(false));
}

// B-7.16, C-7.4: rules that find nothing although the app is there, until they are corrected.
#[test]
fn wrong_rules_find_nothing_until_they_are_corrected() {
    let mut bench = Bench::new(
        "[[app]]\nname = \"a\"\nfound = \"never\"\nupdate = [{ found = \"if-present\" }, { found = \"always\" }]\n\
         [[at]]\nat = \"1h\"\ndo = \"update\"\ncontent = \"a\"\nevery = \"1h\"\ntimes = 2",
    );
    assert_eq!(bench.step(Task::AppInstall, 1), exited(0));
    assert_eq!(bench.step(Task::AppDetect, 1), RunOutcome::Found(false));
    assert_eq!(bench.step(Task::AppDetect, 2), RunOutcome::Found(true));
    bench.step(Task::AppUninstall, 2);
    assert_eq!(bench.step(Task::AppDetect, 3), RunOutcome::Found(true));
}

// B-7.13: a detection script ends after its time, and prints something where the app is.
#[test]
fn a_detection_script_prints_where_the_app_is() {
    let mut bench = Bench::new(
        "[[app]]\nname = \"a\"\ndetection = \"script\"\npresent = true\n\
         detect = [{ duration = \"5s\" }, { detected = false }, { exit = 1 }, { duration = \"hangs\" }]",
    );
    let printed = |code, output| RunOutcome::Exited { code, stderr: false, output };
    assert_eq!(bench.begin(Task::AppDetect, 1).0, Some(Awake::at(Span::secs(5))));
    assert_eq!(bench.step(Task::AppDetect, 1), printed(0, 0));
    assert_eq!(bench.step(Task::AppDetect, 1), printed(1, 1));
    let (at, end) = bench.begin(Task::AppDetect, 1);
    assert_eq!((at, end.outcome), (None, printed(0, 1)));
}

// B-7.21: an installer goes on when the agent does not wait for it any more; a look or a download does not.
#[test]
fn an_installer_is_left_running() {
    let mut bench =
        Bench::new("[[app]]\nname = \"a\"\ninstall = { duration = \"2h\" }\ndownload = { duration = \"2h\" }");
    bench.begin(Task::AppDownload, 1);
    bench.host.stop(Token::FIRST);
    assert!(bench.host.work.is_empty());
    bench.begin(Task::AppInstall, 1);
    bench.host.stop(Token::FIRST);
    let two_hours = Awake::at(Span::hours(2));
    assert_eq!(bench.host.next(), Some(two_hours));
    let Some(Work::App(end)) = bench.host.take(two_hours) else { panic!("it went on") };
    assert!(!end.is_awaited);
    assert_eq!(end.change, Some((PolicyId(0), true)));
}

// B-7.17, B-7.20, T-7.4: a download fails without a network, and by what the content says.
#[test]
fn a_download_needs_a_network() {
    let mut bench = Bench::new("[[app]]\nname = \"a\"\ndownload = [{ error = \"0x87D30067\" }, { duration = \"1m\" }]");
    bench.is_online = false;
    assert_eq!(bench.step(Task::AppDownload, 1), RunOutcome::Downloaded(0x87D3_0068_u32.cast_signed()));
    bench.is_online = true;
    assert_eq!(bench.step(Task::AppDownloadForeground, 1), RunOutcome::Downloaded(0));
    let mut bench = Bench::new("[[app]]\nname = \"a\"\ndownload = { error = \"0x87D30067\" }");
    assert_eq!(bench.step(Task::AppDownload, 1), RunOutcome::Downloaded(-2_016_214_937));
}

// B-7.9, B-7.11: what is lacking by the hardware, by rules, and by a script.
#[test]
fn requirements_are_looked_at() {
    let mut bench = Bench::new(
        "[[app]]\nname = \"a\"\nrequirements = { file = true, script = { type = \"version\", operator = \"greater\", value = \"1.0\" } }\n\
         require = [{ lacks = [\"file\"] }, { lacks = [\"script\"] }, { output = \"0.9\" }, { output = \"none\" }, { output = \"1.1\" }, { code = 1011 }, {}]",
    );
    let codes: Vec<RunOutcome> = (0..7).map(|_| bench.step(Task::AppRequire, 1)).collect();
    assert_eq!(codes, [1_006, 1_008, 1_008, 1, 0, 1_011, 0].map(RunOutcome::Required));
    let mut bench = Bench::new("[[app]]\nname = \"a\"\nrequirements = { architecture = \"arm64\" }");
    assert_eq!(bench.step(Task::AppRequire, 1), RunOutcome::Required(1_000));
}

// B-8.11, B-8.12: Store apps that are not offered, and those that are there for the user alone.
#[test]
fn store_apps_may_be_out_of_reach() {
    let mut bench =
        Bench::new("[[app]]\nname = \"a\"\ntype = \"store-uwp\"\noffered = false\npresent = true\nuser_only = true");
    assert_eq!(bench.step(Task::AppRequire, 1), RunOutcome::Required(1));
    assert_eq!(bench.step(Task::AppDetect, 1), RunOutcome::Found(false));
    assert!(bench.is_there());
}

#[test]
fn a_reset_leaves_no_app() {
    let mut bench = Bench::new("[[app]]\nname = \"a\"\npresent = true");
    assert!(bench.is_there());
    bench.host.reset();
    assert!(!bench.is_there());
    bench.step(Task::AppInstall, 1);
    assert!(bench.is_there());
}
