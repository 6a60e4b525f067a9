//! Whether the rules of a profile explain logs: real ones, and made-up ones that break one rule each.

use imesim::log::conform::{Conformance, DecisionKind, Verdict, judge, text};
use imesim::log::trace::Trace;
use imesim::profile::Profile;

use super::fixtures;

/// Reads real logs as one device's.
fn trace(logs: &[(&str, &[&str])]) -> Option<Trace> {
    let mut trace = Trace::default();
    for (name, ids) in logs {
        let parts: Vec<(String, Vec<u8>)> =
            ids.iter().map(|id| Some(((*id).to_owned(), fixtures::bytes(id)?))).collect::<Option<_>>()?;
        let parts = parts.iter().map(|(id, bytes)| (id.clone(), Ok(bytes.as_slice())));
        let _ = trace.read(name, parts).expect("memory can be read");
    }
    Some(trace)
}

fn report(judged: &Conformance) -> String {
    let mut out = String::new();
    text::write(judged, "observed_2025", false, &mut out).expect("a text can be written");
    out
}

const SERVICE: &str = "IntuneManagementExtension";

/// What the profile of 2025 explains of each real log, and every decision that does not fit.
#[test]
fn what_is_explained_of_real_logs() {
    let profile = Profile::named("observed_2025").expect("a ready-made profile");
    for (name, logs) in [
        ("A", &[(SERVICE, &["A"][..])][..]),
        ("B", &[(SERVICE, &["B"])]),
        ("C", &[(SERVICE, &["C"])]),
        ("D", &[(SERVICE, &["D"])]),
        ("E", &[(SERVICE, &["E"])]),
        ("F", &[(SERVICE, &["F"])]),
        ("G", &[(SERVICE, &["G"])]),
        ("H", &[(SERVICE, &["H"])]),
        ("I", &[(SERVICE, &["I"])]),
        ("X20", &[(SERVICE, &["X20"])]),
        ("X24", &[(SERVICE, &["X24a", "X24b"]), ("HealthScripts", &["X24h"])]),
        // All that there is of one device, as one timeline.
        ("X20-whole", &[(SERVICE, &["X20"]), ("AgentExecutor", &["X20e"]), ("ClientHealth", &["CH20"])]),
        (
            "X24-whole",
            &[
                (SERVICE, &["X24a", "X24b"]),
                ("HealthScripts", &["X24h"]),
                ("AgentExecutor", &["X24e"]),
                ("AppActionProcessor", &["X24p"]),
                ("Win32AppInventory", &["X24i"]),
                ("ClientCertCheck", &["X24c"]),
                ("ClientHealth", &["CH24"]),
            ],
        ),
    ] {
        let Some(trace) = trace(logs) else { return };
        insta::assert_snapshot!(format!("conform-{name}"), report(&judge(&trace, &profile)));
    }
}

/// The agent of 2020 asks for scripts every hour. Once the profile says so, both timers that a weekend held up bear each
/// other out (B-4.27).
#[test]
fn a_weekend_asleep_is_told_by_two_timers() {
    let Some(trace) = trace(&[(SERVICE, &["X20"])]) else { return };
    let mut profile = Profile::named("observed_2025").expect("a ready-made profile");
    for name in ["ime.script_idle_interval", "ime.script_interval"] {
        profile.set(name, "1h").expect("a value of it");
    }
    let judged = judge(&trace, &profile);
    let late: Vec<_> = judged
        .decisions
        .iter()
        .filter(|decision| matches!(decision.kind, DecisionKind::PeriodScripts | DecisionKind::PeriodRequired))
        .map(|decision| (decision.verdict, decision.seen.as_str()))
        .collect();
    insta::assert_debug_snapshot!("weekend", late);
    assert!(late.iter().all(|(verdict, _)| *verdict == Verdict::Explained));
}
