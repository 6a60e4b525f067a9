//! A device that changes its zone while the service runs on in that of its start: the processes of scripts tell.

use imesim::log::conform::{Conformance, DecisionKind, Verdict, judge};
use imesim::profile::Profile;

use super::made_up::{log, trace};

const REMEDIATION: &str = "00000000-0000-0000-0000-0000000000cc";

/// Three days of a remediation at 09:00. The device goes six hours west at noon of the first day. The processes of these days
/// have left records.
fn judged(days: &[u32]) -> Conformance {
    let service = ["08:00:00 4 EMS Agent Started", "81:00:00 5 Something else"];
    let schedule = format!(
        "08:00:10 40 [HS] inspect daily schedule for policy {REMEDIATION}, UTC = False, Interval = 1, Time = 01/01/0001 09:00:00"
    );
    let run = |hour: u32| {
        [
            format!("{hour:02}:00:08 41 [HS] ProcessScript PolicyId: {REMEDIATION} PolicyType: 6"),
            format!("{hour:02}:00:12 41 [HS] exit code of the script is 0"),
            format!(
                "{hour:02}:00:13 41 [HS] script result (id = {REMEDIATION}, version = 1) is the same as cached one, no need to save."
            ),
        ]
    };
    let remediations: Vec<String> = [schedule].into_iter().chain([9, 39, 63].into_iter().flat_map(run)).collect();
    let helpers: Vec<String> = days
        .iter()
        .map(|day| {
            let folder = format!(r"C:\Windows\IMECache\HealthScripts\{REMEDIATION}_1");
            let hour = 9 + 24 * day;
            format!(r"{hour:02}:00:08.300 1 Adding argument remediationScript with value {folder}\detect.ps1 to the named argument list.")
        })
        .collect();
    let lines = |all: &[String]| log(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let logs = [
        ("IntuneManagementExtension", log(&service)),
        ("HealthScripts", lines(&remediations)),
        ("AgentExecutor", lines(&helpers)),
    ];
    judge(&trace(&logs), &Profile::named("observed_2025").expect("a ready-made profile"))
}

fn runs(judged: &Conformance) -> Vec<Verdict> {
    let runs = judged.decisions.iter().filter(|decision| decision.kind == DecisionKind::RemediationRun);
    runs.map(|decision| decision.verdict).collect()
}

#[test]
fn processes_of_scripts_tell_of_a_journey() {
    let judged = judged(&[0, 1, 2]);
    let journeys: Vec<_> =
        judged.journeys.iter().map(|journey| (journey.at.to_string(), journey.ahead_minutes)).collect();
    assert_eq!(journeys, [("2026-03-03 15:00:08.000".to_owned(), -360)]);
    assert_eq!(runs(&judged), [Verdict::Explained; 3]);
}

// One record in another zone may be one whose begin is lost.
#[test]
fn one_process_alone_tells_of_no_journey() {
    for days in [&[0, 1][..], &[0, 2], &[1, 2], &[]] {
        assert!(judged(days).journeys.is_empty(), "{days:?}");
    }
}
