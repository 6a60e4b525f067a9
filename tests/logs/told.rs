//! What real logs tell: runs, check-ins and why they came, scripts, jumps of the clock; and the checks of any log hold.

use imesim::log::clock::Jump;
use imesim::log::files;
use imesim::log::timeline::{ItemKind, Oddity, Outcome, Reason, Timeline};

use super::fixtures;

/// The timeline of one real log, under the name that it has on a device.
fn told(id: &str) -> Option<Timeline> {
    let bytes = fixtures::bytes(id)?;
    let mut timeline = Timeline::default();
    timeline.read("IntuneManagementExtension", [Ok(bytes.as_slice())]).expect("memory can be read");
    Some(timeline)
}

fn folder(name: &str) -> Option<Timeline> {
    let folder = fixtures::folder()?.join("excerpts").join(name);
    Some(files::read(&[folder]).expect("the folder has logs"))
}

fn zones(timeline: &Timeline) -> Vec<i64> {
    let zone = |what: &Oddity| match what {
        Oddity::Clock(Jump::Zone { minutes } | Jump::ZoneOrOff { minutes, .. }) => Some(*minutes),
        _ => None,
    };
    timeline.anomalies.iter().filter_map(|anomaly| zone(&anomaly.what)).collect()
}

#[test]
fn every_check_holds_on_every_real_log() {
    for (fixture, bytes) in fixtures::each() {
        let name = fixture.file.rsplit('/').next().expect("a name").trim_end_matches(".log");
        let mut timeline = Timeline::default();
        timeline.read(name, [Ok(bytes.as_slice())]).expect("memory can be read");
        assert_eq!(timeline.findings, [], "{}", fixture.id);
    }
    for name in ["agent-2020", "agent-2024"] {
        if let Some(timeline) = folder(name) {
            assert_eq!(timeline.findings, [], "{name}");
        }
    }
}

/// Runs of the service, those that stopped, changes of zone, check-ins of scripts, those with an end.
#[test]
fn runs_and_zones_are_told() {
    type Expected = (&'static str, usize, usize, &'static [i64], usize, usize);
    let expected: [Expected; 9] = [
        ("A", 2, 1, &[540], 3, 3),
        ("B", 1, 0, &[540, -540], 2, 2),
        ("C", 3, 1, &[540], 4, 4),
        ("D", 2, 1, &[540], 3, 3),
        ("E", 1, 0, &[], 2, 2),
        ("F", 1, 0, &[], 2, 2),
        ("G", 1, 0, &[], 1, 1),
        ("H", 1, 0, &[], 2, 2),
        ("I", 3, 1, &[540], 3, 3),
    ];
    for (id, runs, stopped, jumps, polls, ended) in expected {
        let Some(timeline) = told(id) else { return };
        assert_eq!(timeline.of(ItemKind::ServiceRun).count(), runs, "{id}");
        let stops = timeline.of(ItemKind::ServiceRun).filter(|run| run.outcome == Outcome::Done).count();
        assert_eq!(stops, stopped, "{id}");
        assert_eq!(zones(&timeline), jumps, "{id}");
        assert_eq!(timeline.of(ItemKind::ScriptCheckIn).count(), polls, "{id}");
        let done = timeline.of(ItemKind::ScriptCheckIn).filter(|item| item.outcome.has_ended()).count();
        assert_eq!(done, ended, "{id}");
        let lost = timeline.anomalies.iter().filter(|anomaly| anomaly.what == Oddity::StartLost).count();
        assert_eq!(lost, usize::from(id == "D"), "{id}");
    }
}

#[test]
fn scripts_and_their_results_are_told() {
    let mut ended = Vec::new();
    for id in ["A", "B", "C", "D", "E", "F", "G", "H", "I"] {
        let Some(timeline) = told(id) else { return };
        ended.extend(timeline.of(ItemKind::Script).map(|item| (item.outcome, item.millis.expect("it ended"))));
    }
    let failed = ended.iter().filter(|(outcome, _)| *outcome == Outcome::Failed).count();
    assert_eq!((ended.len(), failed), (19, 1));
    let mut times: Vec<u64> = ended.iter().map(|(_, millis)| *millis).collect();
    times.sort_unstable();
    assert_eq!((times[0] / 100, times[9] / 100, times[18] / 100), (43, 196, 527));
}

#[test]
fn reasons_of_check_ins_are_told() {
    let count = |timeline: &Timeline, kind: ItemKind, reason: Reason| {
        timeline.of(kind).filter(|item| item.reason == Some(reason)).count()
    };
    let Some(overnight) = told("A") else { return };
    assert_eq!(count(&overnight, ItemKind::RequiredAppCheckIn, Reason::Timer), 10);
    assert_eq!(count(&overnight, ItemKind::RequiredAppCheckIn, Reason::ServiceStart), 2);
    assert_eq!(count(&overnight, ItemKind::ScriptCheckIn, Reason::LogOn), 1);
    for (id, syncs) in [("B", 3), ("D", 2)] {
        let timeline = told(id).expect("it is there");
        assert_eq!(count(&timeline, ItemKind::RequiredAppCheckIn, Reason::ClientSync), syncs, "{id}");
    }
}

/// One sleep, seen as a silence by the service's log and to the second by a timer that ran through it.
#[test]
fn a_sleep_is_measured_by_a_timer() {
    let Some(timeline) = folder("agent-2024") else { return };
    let late: Vec<(&str, i64)> = timeline
        .anomalies
        .iter()
        .filter_map(|anomaly| match &anomaly.what {
            Oddity::SleptBy(late) => Some((late.workload.as_str(), late.late_millis / 100)),
            Oddity::Torn { .. }
            | Oddity::Truncated { .. }
            | Oddity::Foreign { .. }
            | Oddity::Cut { .. }
            | Oddity::Clock(_)
            | Oddity::StartLost => None,
        })
        .collect();
    assert_eq!(late, [("PowerShell", 63_093)]);
    let service = timeline.logs.iter().find(|log| log.name == "IntuneManagementExtension").expect("it is there");
    assert_eq!((service.parts, service.tally.records), (2, 2_747));
    assert_eq!(timeline.of(ItemKind::CertificateCheck).count(), 28);
    assert_eq!(timeline.of(ItemKind::Inventory).count(), 5);
    assert_eq!(timeline.of(ItemKind::Remediation).count(), 19);
}

#[test]
fn a_weekend_of_sleep_is_no_downtime() {
    let Some(timeline) = folder("agent-2020") else { return };
    assert_eq!(timeline.of(ItemKind::ServiceRun).count(), 8);
    let asleep: Vec<i64> = timeline
        .anomalies
        .iter()
        .filter_map(|anomaly| {
            if let Oddity::Clock(Jump::Asleep { millis, .. }) = anomaly.what { Some(millis / 1_000) } else { None }
        })
        .collect();
    assert_eq!(asleep, [243_954]);
    let scripts: Vec<Outcome> = timeline.of(ItemKind::Script).map(|item| item.outcome).collect();
    let apps: Vec<Outcome> = timeline.of(ItemKind::App).map(|item| item.outcome).collect();
    assert_eq!((apps.len(), apps.iter().filter(|of| **of == Outcome::Failed).count()), (43, 1));
    assert!(apps.iter().all(|of| of.has_ended()));
    let with = |outcome: Outcome| scripts.iter().filter(|of| **of == outcome).count();
    assert_eq!((with(Outcome::Succeeded), with(Outcome::Failed)), (15, 9));
}
