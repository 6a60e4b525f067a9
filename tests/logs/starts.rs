//! Starts of the service after whole half hours: it was off, or its zone changed, and what else the logs have tells which.

use imesim::log::conform::{DecisionKind, Reason, Verdict, judge};
use imesim::log::forecast::forecast;
use imesim::profile::Profile;

use super::made_up::{log, trace};

const SERVICE: &str = "IntuneManagementExtension";
const APPS: &str = "AppWorkload";

/// Two runs of the service, the second 9 hours and 2 minutes after the last record of the first, in which a group of apps is
/// left out, and what the log of apps says of the present in UTC.
fn logs(present: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let service = [
        "08:00:00 4 EMS Agent Started",
        "08:10:03 5 Something else",
        "17:12:00 4 EMS Agent Started",
        "17:30:00 5 Something else",
    ];
    let mut apps = vec![
        "08:10:02 5 [Win32App][V3Processor] Processing subgraph with app ids: 00000000-0000-0000-0000-0000000000dd"
            .to_owned(),
        "17:15:00 5 [Win32App][ReevaluationScheduleManager] Subgraph reevaluation interval is not expired.".to_owned(),
    ];
    apps.extend(present.iter().map(|(at, utc)| {
        format!("{at} 5 [Win32App][ReevaluationScheduleManager] Setting subgraph reevaluation time with value: 03/02/2026 {utc} for subgraph with hash x.")
    }));
    let apps: Vec<&str> = apps.iter().map(String::as_str).collect();
    vec![(SERVICE, log(&service)), (APPS, log(&apps))]
}

/// What becomes of the group that is left out, and of how many starts nothing tells.
fn judged(present: &[(&str, &str)]) -> (Verdict, Option<Reason>, usize) {
    let trace = trace(&logs(present));
    let profile = Profile::named("observed_2025").expect("a ready-made profile");
    let judged = judge(&trace, &profile);
    let forecast = forecast(&trace, &profile).expect("there are records");
    let unknown = forecast.unknown.iter().filter(|text| text.contains("its zone is another")).count();
    assert_eq!(unknown, judged.unsure_starts.len());
    let waits = judged.decisions.iter().find(|decision| decision.kind == DecisionKind::Reevaluation);
    let waits = waits.expect("it is left out");
    (waits.verdict, waits.reason, judged.unsure_starts.len())
}

/// An hour ahead of UTC before the start.
const BEFORE: (&str, &str) = ("08:10:02", "07:10:02");

#[test]
fn as_far_ahead_of_utc_as_before_it_was_off() {
    // Nine hours after its last look it should not be left out any more (B-7.33).
    assert_eq!(judged(&[BEFORE, ("17:20:00", "16:20:00")]), (Verdict::Misfit, None, 0));
}

#[test]
fn further_ahead_of_utc_its_zone_changed() {
    assert_eq!(judged(&[BEFORE, ("17:20:00", "07:20:00")]), (Verdict::Explained, None, 0));
}

#[test]
fn without_a_word_of_utc_nothing_is_known() {
    let unknown = (Verdict::NotJudged, Some(Reason::ZoneChanged), 1);
    assert_eq!(judged(&[]), unknown);
    assert_eq!(judged(&[BEFORE]), unknown);
    assert_eq!(judged(&[("17:20:00", "16:20:00")]), unknown);
    // Neither the zone of before nor nine hours from it.
    assert_eq!(judged(&[BEFORE, ("17:20:00", "12:20:00")]), unknown);
    // Not the present.
    assert_eq!(judged(&[BEFORE, ("17:20:00", "16:11:00")]), unknown);
}
