//! Timelines of made-up logs: what is paired, why it came, what never ended, and that each check can fail.

use std::io;

use imesim::log::event::{
    AppEvent, AppRunEvent, DownloadEvent, Ending, ExecutorEvent, Guid, InstallEvent, RemediationEvent, SessionKind,
};
use imesim::log::event::{
    Event, NetworkEvent, ScriptEvent, ServiceEvent, SessionChange, SessionEvent, TimerEvent, Workload,
};
use imesim::log::oracle::Check;
use imesim::log::timeline::{ItemKind, Oddity, Outcome, Reason, Timeline};
use imesim::log::{Record, Severity, Stamp, clock::Jump};

const POLICY: Guid = Guid(0x11);
const APP: Guid = Guid(0x22);
const USER: Guid = Guid(0x33);
/// 2026-03-02 08:00:00.
const MORNING: i64 = 1_772_438_400_000;

/// One record: milliseconds since the morning, thread, event.
fn line<'a>(millis: i64, thread: u32, event: impl Into<Event<'a>>) -> String {
    let message = event.into().to_string();
    let record = Record {
        stamp: Stamp::from_millis(MORNING + millis),
        component: "IntuneManagementExtension",
        severity: Severity::Info,
        thread: Some(thread),
        message: &message,
    };
    format!("{record}\r\n")
}

fn timeline(lines: &[String]) -> Timeline {
    let mut timeline = Timeline::default();
    let text = lines.concat();
    timeline.read("IntuneManagementExtension", [io::Result::Ok(text.as_bytes())]).expect("memory can be read");
    timeline
}

fn failing(timeline: &Timeline) -> Vec<Check> {
    timeline.findings.iter().map(|finding| finding.check).collect()
}

fn start(millis: i64) -> Vec<String> {
    vec![
        line(millis, 4, ServiceEvent::Started),
        line(millis + 10, 4, TimerEvent::Armed { seconds: 120, workload: Workload::Script }),
        line(millis + 20, 5, TimerEvent::FirstHold { seconds: 40 }),
    ]
}

fn poll(millis: i64, thread: u32) -> Vec<String> {
    vec![
        line(millis, thread, ScriptEvent::PollBegins),
        line(millis + 500, thread, ScriptEvent::Begins { policy: POLICY, user: Guid::ZERO }),
        line(
            millis + 4_000,
            thread + 1,
            ScriptEvent::Result { user: Guid::ZERO, policy: POLICY, result: Ending::Failed },
        ),
        line(millis + 4_100, thread, ScriptEvent::Failure { details: "no\nnetwork" }),
        line(millis + 5_000, thread, ScriptEvent::PollEnds),
    ]
}

#[test]
fn a_morning_is_told() {
    let mut lines = start(0);
    lines.extend(poll(41_000, 5));
    lines.push(line(47_000, 5, AppRunEvent::RequiredBegins));
    lines.push(line(52_000, 5, AppRunEvent::RequiredEnds));
    lines.push(line(130_010, 7, TimerEvent::Begun { workload: Workload::Script }));
    lines.push(line(600_000, 8, SessionEvent::Change { change: SessionChange::Logon }));
    lines.extend(poll(630_000, 9));
    lines.push(line(700_000, 6, SessionEvent::SyncAsked { command: 200 }));
    lines.push(line(700_010, 6, AppRunEvent::RequiredBegins));
    lines.push(line(703_000, 6, AppRunEvent::RequiredEnds));
    lines.push(line(800_000, 9, ServiceEvent::Stopped));
    let told = timeline(&lines);
    let items: Vec<_> = told.items.iter().map(|item| (item.kind, item.millis, item.reason, item.outcome)).collect();
    let check_in = ItemKind::ScriptCheckIn;
    let apps = ItemKind::RequiredAppCheckIn;
    assert_eq!(
        items,
        [
            (ItemKind::ServiceRun, Some(800_000), None, Outcome::Done),
            (check_in, Some(5_000), Some(Reason::ServiceStart), Outcome::Done),
            (ItemKind::Script, Some(3_500), None, Outcome::Failed),
            (apps, Some(5_000), Some(Reason::ServiceStart), Outcome::Done),
            (ItemKind::Trigger, Some(0), None, Outcome::Done),
            (check_in, Some(5_000), Some(Reason::LogOn), Outcome::Done),
            (ItemKind::Script, Some(3_500), None, Outcome::Failed),
            (ItemKind::Trigger, Some(0), None, Outcome::Done),
            (apps, Some(2_990), Some(Reason::ClientSync), Outcome::Done),
        ]
    );
    let script = told.of(ItemKind::Script).next().expect("it ran");
    assert_eq!((script.id, script.user), (Some(POLICY), Some(Guid::ZERO)));
    assert!(script.facts.iter().any(|fact| fact.name == "failure" && fact.value == "no\nnetwork"), "{script:?}");
    // The timer is ten seconds late, and the device was silent long enough to have slept so long.
    assert!(matches!(&told.anomalies[..], [late] if matches!(late.what, Oddity::SleptBy(_))), "{:?}", told.anomalies);
    assert_eq!(failing(&told), []);
}

#[test]
fn what_never_ended_says_why() {
    let mut lines = start(0);
    lines.push(line(41_000, 5, ScriptEvent::PollBegins));
    lines.push(line(42_000, 5, ScriptEvent::Begins { policy: POLICY, user: USER }));
    lines.push(line(43_000, 6, InstallEvent::Launched { session: SessionKind::Machine }));
    // Ten hours and half a minute: another zone, and no word of a stop.
    lines.extend(start(36_073_000));
    lines.push(line(36_120_000, 5, ScriptEvent::PollBegins));
    lines.push(line(36_121_000, 7, DownloadEvent::JobStarts { job: APP }));
    let told = timeline(&lines);
    let open: Vec<_> =
        told.items.iter().filter(|item| !item.outcome.has_ended()).map(|item| (item.kind, item.outcome)).collect();
    assert_eq!(
        open,
        [
            (ItemKind::ServiceRun, Outcome::BeganAgain),
            (ItemKind::ScriptCheckIn, Outcome::ServiceEnded),
            (ItemKind::Script, Outcome::ServiceEnded),
            (ItemKind::Installer, Outcome::ServiceEnded),
            (ItemKind::ServiceRun, Outcome::LogEnds),
            (ItemKind::ScriptCheckIn, Outcome::LogEnds),
            (ItemKind::Download, Outcome::LogEnds),
        ]
    );
    assert_eq!(told.anomalies.len(), 1);
    assert_eq!(told.anomalies[0].what, Oddity::Clock(Jump::ZoneOrOff { minutes: 600, millis: 36_030_000 }));
    assert_eq!(failing(&told), []);
}

#[test]
fn a_log_that_begins_in_the_middle_and_is_torn_says_so() {
    let text = [
        line(0, 5, ScriptEvent::PollEnds),
        line(1_000, 5, AppRunEvent::RequiredBegins),
        "ail\" file=\"\">\r\n".to_owned(),
        line(2_000, 5, AppRunEvent::RequiredBegins),
    ];
    let told = timeline(&text);
    let outcomes: Vec<_> = told.items.iter().map(|item| item.outcome).collect();
    assert_eq!(outcomes, [Outcome::NoBeginning, Outcome::RecordsLost, Outcome::LogEnds]);
    assert!(matches!(&told.anomalies[..], [torn] if matches!(torn.what, Oddity::Torn { .. })));
}

/// Two runs at once: the old one goes on after its stop, and has written over the first record of the new one.
#[test]
fn a_start_that_was_overwritten_is_found_by_its_timers() {
    let mut lines = start(0);
    lines.push(line(41_000, 5, ScriptEvent::PollBegins));
    lines.push(line(60_000, 9, ServiceEvent::Stopped));
    lines.push(line(66_000, 4, TimerEvent::Armed { seconds: 207, workload: Workload::Script }));
    lines.push(line(67_000, 5, ScriptEvent::PollEnds));
    let told = timeline(&lines);
    assert_eq!(told.of(ItemKind::ServiceRun).count(), 2);
    assert!(told.anomalies.iter().any(|anomaly| anomaly.what == Oddity::StartLost));
}

#[test]
fn a_remediation_is_told_by_its_verdicts() {
    let told = timeline(&[
        line(0, 15, RemediationEvent::RunnerBegins),
        line(100, 15, RemediationEvent::Begins { policy: POLICY, kind: 6 }),
        line(9_000, 15, RemediationEvent::DetectionExit { code: 1 }),
        line(9_100, 15, RemediationEvent::DetectionVerdict { policy: POLICY, is_well: false }),
        line(20_000, 15, RemediationEvent::Exit { code: 0 }),
        line(30_000, 15, RemediationEvent::SecondVerdict { policy: POLICY, is_well: true }),
        line(30_100, 15, RemediationEvent::ResultNew { policy: POLICY, version: 1 }),
        line(31_000, 15, RemediationEvent::Begins { policy: APP, kind: 6 }),
        line(39_100, 15, RemediationEvent::DetectionVerdict { policy: APP, is_well: false }),
        line(40_000, 15, RemediationEvent::PassEnds),
    ]);
    let all: Vec<_> = told.of(ItemKind::Remediation).map(|item| (item.id, item.millis, item.outcome)).collect();
    assert_eq!(all, [(Some(POLICY), Some(30_000), Outcome::Succeeded), (Some(APP), Some(9_000), Outcome::Failed)]);
    assert_eq!(told.of(ItemKind::RemediationPass).next().map(|item| item.outcome), Some(Outcome::Done));
}

#[test]
fn an_app_is_told_by_what_is_found_in_the_end() {
    let rule = |found| AppEvent::DetectionRule { manager: "File", found };
    let told = timeline(&[
        line(0, 15, AppRunEvent::PollerBegins),
        line(100, 15, AppEvent::Begins { app: APP }),
        line(200, 15, rule(false)),
        line(300, 15, AppEvent::TryBegins { number: 0 }),
        line(9_000, 15, rule(true)),
        line(10_000, 15, AppEvent::Begins { app: POLICY }),
        line(10_200, 15, AppEvent::TryBegins { number: 0 }),
        line(10_300, 15, rule(false)),
        line(11_000, 15, AppRunEvent::PollerEnds),
        line(12_000, 15, AppEvent::NoAction { app: USER }),
    ]);
    let apps: Vec<_> = told.of(ItemKind::App).map(|item| (item.id, item.millis, item.outcome)).collect();
    assert_eq!(
        apps,
        [
            (Some(APP), Some(9_900), Outcome::Succeeded),
            (Some(POLICY), Some(1_000), Outcome::Failed),
            (Some(USER), Some(0), Outcome::Done),
        ]
    );
}

#[test]
fn a_helper_is_told_by_the_path_of_its_script() {
    let script = format!("C:\\Scripts\\{USER}_{POLICY}.ps1");
    let remediation = format!("C:\\HealthScripts\\{APP}_7\\detect.ps1");
    let told = timeline(&[
        line(0, 1, ExecutorEvent::Invoked),
        line(10, 1, ExecutorEvent::Argument { name: "powershell", value: &script }),
        line(3_000, 1, ExecutorEvent::Failed),
        line(3_010, 1, ExecutorEvent::Ended),
        line(5_000, 1, ExecutorEvent::Invoked),
        line(5_010, 1, ExecutorEvent::Argument { name: "remediationScript", value: &remediation }),
        line(9_000, 1, ExecutorEvent::Succeeded),
        line(9_010, 1, ExecutorEvent::Ended),
    ]);
    let helpers: Vec<_> = told.of(ItemKind::Helper).map(|item| (item.id, item.user, item.outcome)).collect();
    assert_eq!(helpers, [(Some(POLICY), Some(USER), Outcome::Failed), (Some(APP), None, Outcome::Succeeded)]);
}

#[test]
fn an_installer_is_told_by_its_exit_code() {
    let told = timeline(&[
        line(0, 15, InstallEvent::Launched { session: SessionKind::Machine }),
        line(100, 15, InstallEvent::Exit { code: 3_010 }),
        line(200, 15, InstallEvent::Launched { session: SessionKind::User }),
        line(300, 15, InstallEvent::NotCreated { code: 2 }),
        line(400, 15, InstallEvent::Launched { session: SessionKind::User }),
        line(500, 15, InstallEvent::Exit { code: 1_603 }),
    ]);
    let outcomes: Vec<_> = told.of(ItemKind::Installer).map(|item| item.outcome).collect();
    assert_eq!(outcomes, [Outcome::Succeeded, Outcome::Failed, Outcome::Failed]);
}

/// Every check fails on a log that is made to break it, and on no other account.
#[test]
fn every_check_can_fail() {
    let with = |more: Vec<String>| timeline(&[start(0), more].concat());
    let other = line(50_000, 5, NetworkEvent::Offline).replace("context=\"\"", "context=\"x\"");
    assert_eq!(failing(&with(vec![other])), [Check::Form]);

    let again = line(50_000, 5, TimerEvent::FirstHold { seconds: 40 });
    assert_eq!(failing(&with(vec![again])), [Check::Hold]);
    let late = [line(0, 4, ServiceEvent::Started), line(61_000, 5, TimerEvent::FirstHold { seconds: 40 })];
    assert_eq!(failing(&timeline(&late)), [Check::Hold]);
    let never = [line(0, 4, ServiceEvent::Started), line(61_000, 5, NetworkEvent::Offline)];
    assert_eq!(failing(&timeline(&never)), [Check::Hold]);
    let short = [line(0, 4, ServiceEvent::Started), line(1_000, 5, TimerEvent::FirstHold { seconds: 29 })];
    assert_eq!(failing(&timeline(&short)), [Check::Hold]);

    let soon = poll(30_000, 5);
    assert_eq!(failing(&with(soon)), [Check::FirstPoll]);
    let held = line(40_000, 5, TimerEvent::SecondHold { seconds: 100 });
    assert_eq!(failing(&with([vec![held], poll(60_000, 5)].concat())), [Check::FirstPoll]);

    // Late by ten seconds, with a record every second.
    let busy = (1..130).map(|second| line(second * 1_000, 9, NetworkEvent::RequestDone)).collect();
    let begun = line(130_010, 7, TimerEvent::Begun { workload: Workload::Script });
    assert_eq!(failing(&with([busy, vec![begun]].concat())), [Check::Timers]);
    let early = line(100_000, 7, TimerEvent::Begun { workload: Workload::Script });
    assert_eq!(failing(&with(vec![early])), [Check::Timers]);

    // Two sleeps with a record between them are no fault.
    let twice = vec![
        line(1_260_000, 9, NetworkEvent::RequestDone),
        line(2_520_010, 7, TimerEvent::Begun { workload: Workload::Script }),
    ];
    assert_eq!(failing(&with(twice)), []);

    // Two timers, one silence, and two lengths of sleep.
    let apart = vec![
        line(30, 4, TimerEvent::Armed { seconds: 100, workload: Workload::AvailableApp }),
        line(300_030, 7, TimerEvent::Begun { workload: Workload::AvailableApp }),
        line(300_040, 7, TimerEvent::Begun { workload: Workload::Script }),
    ];
    assert_eq!(failing(&with(apart)), [Check::Timers]);

    let twice = vec![line(50_000, 5, AppRunEvent::RequiredBegins), line(60_000, 5, AppRunEvent::RequiredBegins)];
    assert_eq!(failing(&with(twice)), [Check::Ends]);

    let attempt = |millis, attempt| line(millis, 5, NetworkEvent::RequestBegins { attempt, retries: 2 });
    assert_eq!(failing(&with(vec![attempt(50_000, 3)])), [Check::Tries]);
    let quick = vec![attempt(50_000, 0), attempt(50_100, 1), attempt(60_000, 2)];
    assert_eq!(failing(&with(quick)), [Check::Tries]);
    let slow = vec![attempt(50_000, 0), attempt(50_100, 1), attempt(182_000, 2)];
    assert_eq!(failing(&with(slow)), []);

    let both = vec![line(50_000, 5, SessionEvent::Locked), line(51_000, 6, SessionEvent::Locked)];
    assert_eq!(failing(&with(both)), [Check::Lock]);
    let in_turn = vec![
        line(50_000, 5, SessionEvent::Locked),
        line(50_500, 5, SessionEvent::Unlocked),
        line(51_000, 6, SessionEvent::Locked),
    ];
    assert_eq!(failing(&with(in_turn)), []);

    let back = vec![line(600_000, 5, NetworkEvent::Offline), line(200_000, 5, NetworkEvent::Offline)];
    assert_eq!(failing(&with(back)), [Check::Clock]);
}
