//! Forecasts: of a made-up log, where all is known, and of real logs that are cut off, held against what came.

use std::collections::BTreeMap;

use imesim::log::Stamp;
use imesim::log::conform::{DecisionKind, judge};
use imesim::log::forecast::{Next, forecast};
use imesim::log::trace::Trace;
use imesim::profile::Profile;

use super::{fixtures, made_up};

fn profile() -> Profile {
    Profile::named("observed_2025").expect("a ready-made profile")
}

/// What is expected after the records up to a time, as text.
fn after(time: &str) -> Vec<String> {
    let cut = |(name, text): (&'static str, String)| {
        let key = |line: &&str| line.contains("date=\"3-2-2026\"") && line.split("time=\"").nth(1).unwrap_or("") < time;
        (name, text.lines().take_while(key).map(|line| format!("{line}\r\n")).collect::<String>())
    };
    let logs: Vec<_> = made_up::logs(None).into_iter().map(cut).collect();
    let forecast = forecast(&made_up::trace(&logs), &profile()).expect("there are records");
    let short = |stamp: Stamp| stamp.to_string()[11..19].to_owned();
    let told = forecast
        .expected
        .iter()
        .map(|expected| format!("{} to {} {:?}", short(expected.earliest), short(expected.latest), expected.what));
    told.chain(forecast.unknown.iter().cloned()).collect()
}

#[test]
fn what_comes_after_a_made_up_log() {
    let text = ["08:00:01.5", "08:00:03", "08:00:41.5", "08:02:00", "08:02:36.5", "08:10:00", "08:30:10", "12:00:00"]
        .map(|time| format!("up to {time}\n  {}\n", after(time).join("\n  ")));
    insta::assert_snapshot!("forecast-made-up", text.join("\n"));
}

#[test]
fn nothing_comes_after_nothing() {
    assert!(forecast(&Trace::default(), &profile()).is_none());
}

#[test]
fn after_a_stop_only_the_next_start_is_spoken_of() {
    let record = |time: &str, text: &str| {
        format!(
            "<![LOG[{text}]LOG]!><time=\"{time}.0000000\" date=\"3-2-2026\" component=\"x\" context=\"\" type=\"1\" thread=\"4\" file=\"\">\r\n"
        )
    };
    let text = record("08:00:00", "EMS Agent Started") + &record("08:00:05", "EMS Agent Stopped");
    let forecast =
        forecast(&made_up::trace(&[("IntuneManagementExtension", text)]), &profile()).expect("there are records");
    assert_eq!(forecast.expected, []);
    assert_eq!(forecast.unknown.len(), 1);
    assert!(forecast.unknown[0].contains("30s to 4m59s"), "{:?}", forecast.unknown);
}

/// How often what came first of a kind after a cut lay in the time foretold, came later, or came sooner.
type Hits = BTreeMap<Next, [u32; 3]>;

/// Cuts a log after every so many bytes and holds each forecast against the rest.
fn hits(id: &str) -> Option<Hits> {
    let bytes = fixtures::bytes(id)?;
    let name = "IntuneManagementExtension";
    let read = |bytes: &[u8]| {
        let mut trace = Trace::default();
        let _ = trace.read(name, [(id.to_owned(), Ok(bytes))]).expect("memory can be read");
        trace
    };
    let judged = judge(&read(&bytes), &profile());
    let mut hits = Hits::new();
    for cut in (20_000..bytes.len()).step_by(25_000) {
        let Some(forecast) = forecast(&read(&bytes[..cut]), &profile()) else { continue };
        for expected in &forecast.expected {
            let kind = match expected.what {
                Next::Scripts => DecisionKind::PeriodScripts,
                Next::RequiredApps => DecisionKind::PeriodRequired,
                Next::AvailableApps => DecisionKind::PeriodAvailable,
                Next::FirstPoll => DecisionKind::FirstPoll,
                Next::SignIn => DecisionKind::SignIn,
                Next::RemediationFetch
                | Next::RemediationRun
                | Next::Retry
                | Next::GrsEnd
                | Next::Reevaluation
                | Next::Removal => continue,
            };
            let cut = u64::try_from(cut).expect("small");
            // Nothing is held against a forecast that the service was stopped or started before its time.
            let ends = judged.decisions.iter().find(|of| of.kind == DecisionKind::HoldAll && of.place.offset >= cut);
            let came = judged.decisions.iter().find(|of| of.kind == kind && of.place.offset >= cut);
            let Some(came) = came.filter(|came| ends.is_none_or(|end| came.place.offset < end.place.offset)) else {
                continue;
            };
            let place = if came.at < expected.earliest { 2 } else { usize::from(came.at > expected.latest) };
            hits.entry(expected.what).or_default()[place] += 1;
        }
    }
    Some(hits)
}

/// [in the time foretold, later, sooner]. A slept through the night, so that its timers came later and none sooner; I stayed
/// awake; in X24a, the agent asks for required apps also when no timer of the model says so.
#[test]
fn forecasts_of_real_logs_come_true() {
    let mut all = String::new();
    for id in ["A", "C", "D", "I", "X20", "X24a"] {
        let Some(hits) = hits(id) else { return };
        all.push_str(&format!("{id}: {hits:?}\n"));
    }
    insta::assert_snapshot!("forecast-real", all);
}
