//! A made-up log that the profile explains whole, and for each kind of decision the same log with one line changed.

use imesim::log::conform::{Conformance, DecisionKind, judge};
use imesim::log::trace::Trace;
use imesim::log::{Record, Severity, Stamp};
use imesim::profile::Profile;

const DAY: &str = include_str!("made-up/service.txt");
const REMEDIATIONS: &str = include_str!("made-up/remediations.txt");
const APPS: &str = include_str!("made-up/apps.txt");
const HELPERS: &str = include_str!("made-up/helpers.txt");
/// 2026-03-02 00:00, in milliseconds.
const MIDNIGHT: i64 = 1_772_409_600_000;

/// A change: takes the line that begins so away, if it is not empty, and adds another, if that is not.
struct Change(DecisionKind, &'static str, &'static str);

const CHANGES: &[Change] = &[
    Change(
        DecisionKind::HoldAll,
        "08:00:02 13 Delaying all",
        "08:00:02 13 Delaying all checkins by seconds = 61 in the first check in on start/restart.",
    ),
    Change(
        DecisionKind::HoldScripts,
        "08:00:42 13 Delaying PS",
        "08:00:42 13 Delaying PS and Win32 app workload checkins by seconds = 20 in the first check in on start/restart.",
    ),
    Change(
        DecisionKind::HoldOthers,
        "08:00:42 13 Delaying other",
        "08:00:42 13 Delaying other workload checkins by seconds = 400 in the first check in on start/restart.",
    ),
    Change(
        DecisionKind::HoldByPage,
        "08:00:41 13 Finished",
        "08:00:41 13 Finished ESP phase check before kicking off PowerShell script. ESP phase DeviceSetup",
    ),
    Change(
        DecisionKind::FirstDelay,
        "08:00:04 4 [Generic",
        "08:00:04 4 [GenericWorkload] Thread going to sleep for 2000 seconds after agent restart",
    ),
    Change(
        DecisionKind::TimerBegins,
        "08:02:02 15 set timer",
        "08:01:30 15 set timer, start the timer for workload Win32RequiredApp",
    ),
    Change(
        DecisionKind::Interval,
        "08:00:01 4 [Policy]",
        "08:00:01 4 [Policy] check in interval from cache is : 1800 seconds",
    ),
    Change(
        DecisionKind::FirstPoll,
        "08:02:22 13 [PowerShell] Polling",
        "08:01:32 13 [PowerShell] Polling thread starts.",
    ),
    Change(
        DecisionKind::NextInRow,
        "08:02:35.100 13 [Win32AppAsync] Start",
        "08:02:39 13 [Win32AppAsync] Starting app check in",
    ),
    Change(DecisionKind::SignIn, "08:30:00 20 OnSessionChange", "08:29:50 20 OnSessionChange: Logon"),
    Change(DecisionKind::ClientSync, "", "12:30:00 30 OnCustomCommand: command = 200"),
    Change(DecisionKind::AfterPage, "13:26:00 31 [Win32AppAsync]", "13:26:40 31 [Win32AppAsync] Starting app check in"),
    Change(DecisionKind::Dropped, "", "12:30:00 30 [Win32App] Can't get lock on DoWorkInternal, skipping..."),
    Change(
        DecisionKind::PeriodScripts,
        "16:10:03 33 [PowerShell] Polling thread starts.",
        "16:12:03 33 [PowerShell] Polling thread starts.",
    ),
    Change(
        DecisionKind::PeriodRequired,
        "12:02:02 31 [Win32AppAsync] Start",
        "12:02:12 31 [Win32AppAsync] Starting app check in",
    ),
    Change(
        DecisionKind::PeriodAvailable,
        "16:01:02 32 [Win32AvailableAppAsync] Start",
        "16:01:22 32 [Win32AvailableAppAsync] Starting app check in",
    ),
    Change(
        DecisionKind::PeriodRemediations,
        "24:10:00 40 [HS] Requesting",
        "24:04:00 40 [HS] Requesting health scripts with session id 00000000-0000-0000-0000-000000000004 ...",
    ),
    Change(DecisionKind::Untriggered, "", "12:20:00 50 [PowerShell] Polling thread starts."),
    Change(
        DecisionKind::ScriptTry,
        "16:10:05 33 [PowerShell] Processing",
        "16:10:05 33 [PowerShell] Policy 00000000-0000-0000-0000-0000000000bb for user 00000000-0000-0000-0000-000000000000 has exceeded the max run count but not exceeded report count, continue report result.",
    ),
    Change(
        DecisionKind::ScriptCount,
        "16:10:04 33 [PowerShell] Policy",
        "16:10:04 33 [PowerShell] Policy 00000000-0000-0000-0000-0000000000bb for user 00000000-0000-0000-0000-000000000000 has download count = 4",
    ),
    Change(
        DecisionKind::ScriptOnce,
        "08:30:31.200 20 [PowerShell] Policy",
        "08:30:31.200 20 [PowerShell] Policy 00000000-0000-0000-0000-0000000000aa for user 00000000-0000-0000-0000-000000000000 has download count = 1",
    ),
    Change(
        DecisionKind::ScriptLimit,
        "16:10:15 34 [PowerShell] User",
        "16:45:00 34 [PowerShell] User Id = 00000000-0000-0000-0000-000000000000, Policy id = 00000000-0000-0000-0000-0000000000bb, policy result = Failed",
    ),
    Change(
        DecisionKind::RetryCount,
        "08:02:36.100 13 [SendWeb",
        "08:02:36.100 13 [SendWebRequestInternal] iteration [3] started, total retryCount: 3",
    ),
    Change(
        DecisionKind::RetryWait,
        "08:02:36.200 13 [ServiceBase]",
        "08:02:36.200 13 [ServiceBase], start delay 120 seconds",
    ),
    Change(
        DecisionKind::Refusal,
        "08:02:37.100 13 [SendWeb",
        "08:02:37.100 13 [SendWebRequestInternal] iteration [1] started, total retryCount: 2",
    ),
    Change(
        DecisionKind::SelfThrottle,
        "14:02:03 31 Successfully",
        "14:02:03 31 Successfully updated throttling info. workload AgentCheckIn, currentCnt = 5",
    ),
    Change(
        DecisionKind::RemediationSignIn,
        "08:30:40 40 [HS] Request health",
        "08:30:39 40 [HS] Request health script check in for user logon.\n08:20:00 40 [HS] Request health script check in for user logon.\n08:20:01 40 [HS] Requesting health scripts with session id 00000000-0000-0000-0000-000000000009 ...",
    ),
    Change(
        DecisionKind::RemediationFirstRun,
        "08:02:01.500 40 [HS] Scheduler",
        "08:02:01.500 40 [HS] Scheduler : Job is queued and will be scheduled to run at UTC 03/02/2026 07:09:01.",
    ),
    Change(
        DecisionKind::RemediationRun,
        "11:00:07.800 41 Launch",
        "11:00:20 41 Launch powershell executor in machine session",
    ),
    Change(DecisionKind::RemediationTrigger, "08:07:12 41 [HS] exit", "08:07:12 41 [HS] exit code of the script is 0"),
    Change(DecisionKind::HelperResult, "08:02:26 1 Powershell exit", "08:02:26 1 Powershell exit code is 3"),
    Change(
        DecisionKind::HelperLimit,
        "16:10:14 1 Powershell script",
        "16:10:14 1 Powershell script execution timed out. timeout = 600 seconds",
    ),
    Change(
        DecisionKind::GrsWindow,
        "16:02:49 31 [Win32App]",
        "32:02:51 31 [Win32App][ActionProcessor] App with id: 00000000-0000-0000-0000-0000000000dd to install is in GRS. The app will not be enforced.",
    ),
    Change(
        DecisionKind::Reevaluation,
        "",
        "24:12:00 31 [Win32App][ReevaluationScheduleManager] Subgraph reevaluation interval is not expired.",
    ),
    Change(DecisionKind::HealthPeriod, "24:20:00 1 Client", "22:20:00 1 Client Health evaluation starts."),
    Change(DecisionKind::HealthRepair, "", "24:19:00 9 EMS Agent Stopped"),
    Change(
        DecisionKind::InventoryPeriod,
        "",
        "12:10:50 16 [Win32AppInventory] Inventory collector thread starts.\n12:20:50 16 [Win32AppInventory] Inventory collector thread starts.",
    ),
];

/// Writes lines of `time thread message` as a log, in the order of their times. Hours may go beyond the day.
pub(crate) fn log(lines: &[&str]) -> String {
    let parsed = |line: &&str| {
        let mut words = line.splitn(3, ' ');
        let (time, thread, message) = (words.next()?, words.next()?, words.next()?);
        let mut parts = time.split(':');
        let mut part = || parts.next().and_then(|part| part.parse::<f64>().ok());
        let seconds = (part()? * 60.0 + part()?) * 60.0 + part()?;
        let millis = (seconds * 1_000.0).round() as i64;
        Some((millis, thread.parse().ok()?, (*message).to_owned()))
    };
    let mut records: Vec<(i64, u32, String)> = lines
        .iter()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| parsed(line).expect(line))
        .collect();
    records.sort_by_key(|(at, ..)| *at);
    let mut text = String::new();
    for (at, thread, message) in &records {
        let stamp = Stamp::from_millis(MIDNIGHT + at);
        let record = Record { stamp, component: "Made up", severity: Severity::Info, thread: Some(*thread), message };
        text.push_str(&format!("{record}\r\n"));
    }
    text
}

/// The hourly check-ins of required apps, which the file leaves out, and two minutes in which the device is awake for sure.
fn hourly() -> Vec<String> {
    let awake = (0..30).map(|n| format!("13:{:02}:{:02} 9 Something else", 25 + n / 15, n % 15 * 4));
    (9..=24)
        .flat_map(|hour| {
            [
                format!("{hour:02}:02:02 31 [Win32AppAsync] Starting app check in"),
                format!("{hour:02}:02:09 31 [Win32AppAsync] End app check in"),
            ]
        })
        .chain(awake)
        .collect()
}

/// In which log a line stands, by a word that only those of that log have.
fn log_of(line: &str) -> &'static str {
    const WORDS: [(&str, &str); 13] = [
        ("[HS]", "HealthScripts"),
        ("Launch ", "HealthScripts"),
        ("[GRSManager]", "AppWorkload"),
        ("[V3Processor]", "AppWorkload"),
        ("[ReevaluationScheduleManager]", "AppWorkload"),
        ("[ExecutionActionHandler]", "AppWorkload"),
        ("[ActionProcessor]", "AppActionProcessor"),
        ("Powershell ", "AgentExecutor"),
        ("Adding argument", "AgentExecutor"),
        ("xecutor ", "AgentExecutor"),
        ("Health evaluation", "ClientHealth"),
        ("Summary: rule", "ClientHealth"),
        ("[Win32AppInventory]", "Win32AppInventory"),
    ];
    WORDS.iter().find(|(word, _)| line.contains(word)).map_or("IntuneManagementExtension", |(_, log)| log)
}

/// The logs of the day, with a change.
pub(crate) fn logs(change: Option<(&str, &str)>) -> Vec<(&'static str, String)> {
    let (from, to) = change.unwrap_or_default();
    let hourly = hourly();
    let texts = [DAY, REMEDIATIONS, APPS, HELPERS];
    let day = texts.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut lines: Vec<&str> = day.chain(hourly.iter().map(String::as_str)).collect();
    let before = lines.len();
    lines.retain(|line| from.is_empty() || !line.starts_with(from));
    assert!(from.is_empty() || lines.len() + 1 == before, "no line, or more than one, begins with {from}");
    lines.extend(to.lines());
    let mut names: Vec<&str> = lines.iter().map(|line| log_of(line)).collect();
    names.sort_unstable();
    names.dedup();
    let of = |name| lines.iter().copied().filter(|line| log_of(line) == name).collect::<Vec<_>>();
    names.into_iter().map(|name| (name, log(&of(name)))).collect()
}

pub(crate) fn trace(logs: &[(&str, String)]) -> Trace {
    let mut trace = Trace::default();
    for (name, text) in logs {
        let part = [(format!("{name}.log"), Ok(text.as_bytes()))];
        let _ = trace.read(name, part).expect("memory can be read");
    }
    trace
}

fn judged(change: Option<(&str, &str)>) -> Conformance {
    judge(&trace(&logs(change)), &Profile::named("observed_2025").expect("a ready-made profile"))
}

#[test]
fn a_log_by_the_rules_is_explained_whole() {
    let judged = judged(None);
    let misfits: Vec<_> = judged.misfits().collect();
    assert!(misfits.is_empty(), "{misfits:#?}");
    assert_eq!((judged.not_judged, judged.share()), (0, Some(1_000)));
    let shown: Vec<DecisionKind> = DecisionKind::ALL
        .into_iter()
        .filter(|kind| !judged.decisions.iter().any(|decision| decision.kind == *kind))
        .collect();
    // By its name it is explained by nothing.
    assert_eq!(shown, [DecisionKind::Untriggered]);
}

#[test]
fn each_kind_of_decision_can_fail() {
    for Change(kind, from, to) in CHANGES {
        let judged = judged(Some((from, to)));
        let first = judged.misfits().next().unwrap_or_else(|| panic!("{kind:?}: all fits"));
        assert_eq!(first.kind, *kind, "{first:#?}");
    }
    let missing: Vec<DecisionKind> =
        DecisionKind::ALL.into_iter().filter(|kind| !CHANGES.iter().any(|change| change.0 == *kind)).collect();
    assert_eq!(missing, []);
}

/// What never comes does not fit either, unless the device may have slept.
#[test]
fn what_never_comes_is_noticed() {
    let without = |from: &str| judged(Some((from, "")));
    let first = |judged: &Conformance| judged.misfits().next().map(|decision| decision.kind);
    assert_eq!(first(&without("08:00:02 13 Delaying all")), Some(DecisionKind::HoldAll));
    assert_eq!(first(&without("24:01:02 32 [Win32AvailableAppAsync] Start")), Some(DecisionKind::PeriodAvailable));
    assert_eq!(first(&without("08:00:42 13 Delaying PS")), Some(DecisionKind::HoldByPage));
}

/// Another profile explains other things.
#[test]
fn the_figures_are_those_of_the_profile() {
    let trace = trace(&logs(None));
    let mut profile = Profile::named("observed_2025").expect("a ready-made profile");
    for (name, value, kind) in [
        ("ime.start_delay_all", "[10s,20s]", DecisionKind::HoldAll),
        ("ime.required_app_interval", "30m", DecisionKind::Interval),
        ("ime.signin_delay", "10s", DecisionKind::SignIn),
        ("scripts.max_retries", "3", DecisionKind::ScriptTry),
        ("ime.on_429", "retry", DecisionKind::Refusal),
        ("ime.overlap", "queue_one", DecisionKind::Dropped),
        ("ime.remediation_interval", "4h", DecisionKind::PeriodRemediations),
        ("rem.first_run_delay", "1m", DecisionKind::RemediationFirstRun),
        ("rem.daily_start_lag", "30s", DecisionKind::RemediationRun),
        ("rem.hourly_slack", "[1m,2m]", DecisionKind::RemediationRun),
    ] {
        let usual = profile.get(name).expect("a parameter");
        profile.set(name, value).expect("a value of it");
        let judged = judge(&trace, &profile);
        let kinds: Vec<_> = judged.misfits().map(|decision| decision.kind).collect();
        assert!(kinds.contains(&kind), "{name}: {kinds:?}");
        profile.set(name, &usual).expect("a value of it");
    }
}

/// Sleep moves timers (B-4.27): the same sleep explains all that are late by it, and one that is not late does not fit.
#[test]
fn sleep_explains_what_is_late_by_it() {
    let moved = |line: &str| {
        let (time, rest) = line.split_once(' ').expect("a time first");
        let (hour, minutes) = time.split_once(':').expect("a time");
        let hour: u32 = hour.parse().expect("an hour");
        let hour = if hour >= 13 { hour + 5 } else { hour };
        format!("{hour:02}:{minutes} {rest}")
    };
    let trace_of = |keep: &str| {
        let hourly = hourly();
        let lines: Vec<String> = DAY
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .chain(hourly.iter().map(String::as_str))
            .map(|line| if line.starts_with(keep) && !keep.is_empty() { line.to_owned() } else { moved(line) })
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        trace(&[("IntuneManagementExtension", log(&lines))])
    };
    let profile = Profile::named("observed_2025").expect("a ready-made profile");
    let judged = judge(&trace_of(""), &profile);
    assert_eq!(judged.misfits().collect::<Vec<_>>(), Vec::<&imesim::log::conform::Decision>::new());
    assert_eq!(judged.not_judged, 0, "{:#?}", judged.decisions);
    // Available apps come as if it had not slept.
    let judged = judge(&trace_of("16:01:02 32 [Win32AvailableAppAsync] Start"), &profile);
    assert!(judged.misfits().any(|decision| decision.kind == DecisionKind::PeriodAvailable));
}
