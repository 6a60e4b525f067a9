//! A short story and its logs: C-11.4, what each kind of work writes, times, threads.

use imesim::log::LogFile;
use imesim::log::timeline::{ItemKind, Reason};

use super::common::{by_file, logs_of, messages, parts, read_back, timeline};

/// One script, one remediation, one app.
const STORY: &str = r#"
title = "Of each kind one"
start = "2026-03-02T08:00:00"
duration = "70m"
seed = 7

[[script]]
name = "map-drives"
assign = ["all-devices"]

[[remediation]]
name = "clean-temp"
assign = ["all-devices"]
detect = [{ exit = 1 }, { exit = 0 }]

[[app]]
name = "viewer"
assign = ["all-devices"]

[[device]]
name = "pc1"
mdm_schedule = false
zone = "Europe/Berlin"
"#;

// C-11.4: each file holds its own, and the main log has the script poll. B-11.5.
#[test]
fn each_file_holds_its_own() {
    let (folder, told) = logs_of(STORY);
    assert_eq!(read_back(&folder), by_file(&told));
    let of = |file| messages(&folder, file).join("\n");
    let count = |file, text: &str| of(file).matches(text).count();
    let main = LogFile::IntuneManagementExtension;
    assert_eq!(count(main, "[PowerShell] Polling thread starts."), 1);
    assert_eq!(count(main, "policy result = Success"), 1);
    assert_eq!(count(LogFile::AgentExecutor, "Powershell option gets invoked"), 1);
    assert_eq!(
        count(LogFile::AgentExecutor, "remediation script option gets invoked"),
        3,
        "{}",
        of(LogFile::AgentExecutor)
    );
    assert_eq!(count(LogFile::AgentExecutor, "Agent executor completed."), 4);
    assert_eq!(count(LogFile::HealthScripts, "remediation script exit code is 0"), 1);
    assert_eq!(count(LogFile::AppWorkload, "lpExitCode is defined as Success"), 1);
    // It is looked for before the download and before the command.
    assert_eq!(count(LogFile::AppActionProcessor, "targeted intent: RequiredInstall"), 2);
    assert_eq!(count(LogFile::AppWorkload, "Polling thread"), 0);
    assert_eq!(count(main, "lpExitCode"), 0, "app events stand in their own file (B-11.6)");
}

/// The main log, to the byte.
#[test]
fn the_main_log_of_the_story() {
    let (folder, _) = logs_of(STORY);
    let text = String::from_utf8_lossy(folder.bytes("IntuneManagementExtension.log")).replace("\r\n", "\n");
    insta::assert_snapshot!("main-log", text.trim_start_matches('\u{feff}'));
}

/// What the other logs say, with their threads.
#[test]
fn the_other_logs_of_the_story() {
    let (folder, _) = logs_of(STORY);
    let mut text = String::new();
    for (file, _) in parts(&folder) {
        let said = messages(&folder, file);
        if file != LogFile::IntuneManagementExtension && !said.is_empty() {
            text += &format!("# {}\n{}\n\n", file.name(), said.join("\n").replace("\r\n", "\n"));
        }
    }
    insta::assert_snapshot!("other-logs", text);
}

// The reader tells the same story, and nothing that must hold of a log is broken.
#[test]
fn the_reader_tells_the_story() {
    let (folder, _) = logs_of(STORY);
    let timeline = timeline(&folder);
    assert!(timeline.findings.is_empty(), "{:#?}", timeline.findings);
    assert!(timeline.anomalies.is_empty(), "{:#?}", timeline.anomalies);
    for (kind, count) in [
        (ItemKind::ScriptCheckIn, 1),
        (ItemKind::Script, 1),
        (ItemKind::Download, 1),
        (ItemKind::RequiredAppCheckIn, 2),
        (ItemKind::AvailableAppCheckIn, 1),
    ] {
        assert_eq!(timeline.of(kind).count(), count, "{}", kind.title());
    }
}

// B-11.9: local time, also over the end of summer time, a journey and a step of the clock; timers that begin by awake time
// are written with the moment at which they did.
#[test]
fn times_are_those_of_the_devices_clock() {
    let story = r#"
title = "Away"
start = "2026-03-28T23:00:00"
zone = "Europe/Berlin"
duration = "1d"

[set]
"ime.first_delay.script" = "[30m,30m]"
"ime.start_delay_all" = "[40s,40s]"

[[device]]
name = "pc1"
mdm_schedule = false

[[at]]
at = "10m"
do = "sleep"

[[at]]
at = "70m"
do = "wake"

[[at]]
at = "12h"
do = "time-zone"
zone = "America/New_York"

[[at]]
at = "13h"
do = "service-restart"

[[at]]
at = "14h"
do = "clock-step"
by = "-2h"

[[at]]
at = "14h1m"
do = "service-restart"
"#;
    let (folder, told) = logs_of(story);
    assert_eq!(read_back(&folder), by_file(&told));
    let at = |text: &str| {
        let found = told.iter().filter(|(.., event)| event.contains(text)).map(|(_, stamp, ..)| stamp.as_str());
        found.collect::<Vec<_>>()
    };
    // An hour of sleep lies between; summer time begins at 2; New York is six hours behind, which the process of the service
    // does not know before it starts again; the clock goes back by two more.
    // A service that is restarted stops first, in the same millisecond.
    assert_eq!(at("Begun { workload: Script }")[0], "3-29-2026 00:30:00.0000000");
    assert_eq!(
        at("Service(Started)"),
        ["3-28-2026 23:00:00.0000000", "3-29-2026 07:00:00.0000003", "3-29-2026 06:01:00.0000003"]
    );
    assert_eq!(at("StopSignal"), ["3-29-2026 13:00:00.0000000", "3-29-2026 06:01:00.0000000"]);
}

// The reason of a check-in stands in no record; a reader derives from ours what the agent decided.
#[test]
fn the_reader_finds_the_reasons_of_check_ins() {
    let (folder, told) = logs_of(
        r#"
title = "Reasons"
start = "2026-03-02T08:00:00"
duration = "3h"
seed = 7

[[script]]
name = "map-drives"
assign = ["all-users"]

[[device]]
name = "pc1"
users = ["anna"]
mdm_schedule = false

[[at]]
at = "30m"
do = "sign-in"
user = "anna"

[[at]]
at = "80m"
do = "protocol-syncapp"
"#,
    );
    assert_eq!(read_back(&folder), by_file(&told));
    let timeline = timeline(&folder);
    assert!(timeline.findings.is_empty(), "{:#?}", timeline.findings);
    let reasons: Vec<String> = timeline
        .items
        .iter()
        .filter(|item| {
            matches!(item.kind, ItemKind::ScriptCheckIn | ItemKind::RequiredAppCheckIn | ItemKind::SessionAppCheckIn)
        })
        .map(|item| format!("{} {} {}", item.begin, item.kind.title(), item.reason.map_or("none", Reason::title)))
        .collect();
    insta::assert_snapshot!("reasons", reasons.join("\n"));
    let signed = told.iter().find(|(.., event)| event.contains("Result { user")).expect("the script ran");
    assert!(!signed.4.contains("user: 00000000"), "the script is the user's: {}", signed.4);
}
