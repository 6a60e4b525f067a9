//! What hunts came to, in words and as JUnit XML.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use crate::check::hunt::{Case, Failure, Found, GOALS, Ground, Swarm};
use crate::check::invariant::{Invariant, Seen};
use crate::sim::Entry;
use crate::sim::plan::Network;
use crate::sim::trace::entry_text;

/// What was reached, as a table.
pub(super) fn coverage_lines(out: &mut impl Write, found: &Found, elapsed: Duration) -> io::Result<()> {
    let coverage = &found.coverage;
    let millis = elapsed.as_millis().max(1);
    let a_second = u128::from(coverage.days) * 1_000 / millis;
    writeln!(out, "worlds         {} in {:.1} s", found.seeds, elapsed.as_secs_f64())?;
    writeln!(out, "device-days    {} ({a_second} a second), {} steps", coverage.days, coverage.steps)?;
    writeln!(out, "rules          {}", coverage.rules.len())?;
    let states = coverage.states();
    writeln!(out, "states         {} of the agent, {} changes between them", states.len(), coverage.transitions.len())?;
    let faults: Vec<String> = coverage.faults.iter().map(|(fault, worlds)| format!("{fault} {worlds}")).collect();
    if !faults.is_empty() {
        writeln!(out, "worlds with    {}", faults.join(", "))?;
    }
    for goal in GOALS {
        writeln!(out, "sometimes      {goal}: in {} worlds", coverage.goals.get(goal).copied().unwrap_or(0))?;
    }
    match &found.failure {
        None => writeln!(out, "no invariant broke"),
        Some((case, failure)) => match case.kill_after {
            Some(effect) => writeln!(out, "a kill after effect {effect} breaks {}", failure.violation.invariant),
            None => writeln!(out, "seed {} breaks {}", case.seed, failure.violation.invariant),
        },
    }
}

/// A failure: what is broken, what led to it, the transcript around it, and the device before and after.
pub(super) fn failure_lines(
    out: &mut impl Write,
    ground: &Ground<'_>,
    case: &Case,
    failure: &Failure,
    lines: usize,
) -> io::Result<()> {
    let violation = &failure.violation;
    let name = ground.cast().name(case.device).unwrap_or_default();
    writeln!(out, "\n{} of the catalogue: {}", violation.invariant, violation.invariant.says())?;
    writeln!(out, "broken on {name} at {}, step {}: {}", violation.at, failure.step, violation.what)?;
    let swarm = Swarm::of_seed(case.seed);
    let drawn: Vec<String> = swarm.faults.iter().map(|(fault, gap)| format!("{fault} every {gap}")).collect();
    if !case.events.is_empty() {
        writeln!(out, "drawn: {}; {} of faults, {} of quiet", drawn.join(", "), swarm.active, swarm.quiet)?;
    }
    if let Some(network) = &case.network {
        let Network { latency_min, latency_max, loss_ppm, duplicate_ppm, reorder_ppm } = network;
        writeln!(
            out,
            "network: {latency_min} to {latency_max}; of a million, {loss_ppm} lost, {duplicate_ppm} twice, {reorder_ppm} late"
        )?;
    }
    let (mut before, mut states, mut step) = (Vec::<Entry>::new(), (String::new(), String::new()), 0_u64);
    // The run is the same every time: this one keeps what led to the failure.
    let _ = ground.watch(case, |seen: &Seen<'_>, is_over| {
        if step < failure.step {
            before.extend_from_slice(&seen.happened.entries);
            states.0 = state(seen);
        } else if step == failure.step || is_over {
            states.1 = state(seen);
        }
        step += 1;
        Ok(())
    });
    let skipped = before.len().saturating_sub(lines);
    writeln!(out, "\nwhat happened before ({skipped} lines earlier are left out):")?;
    let line = |entry: &Entry| entry_text(ground.plan(), ground.cast(), case.device, entry);
    before.iter().skip(skipped).try_for_each(|entry| writeln!(out, "  {}", line(entry)))?;
    writeln!(out, "in the step that broke it:")?;
    failure.entries.iter().try_for_each(|entry| writeln!(out, "  {}", line(entry)))?;
    differences(out, &states.0, &states.1)
}

fn state(seen: &Seen<'_>) -> String {
    let Seen { facts, mdm, agent, .. } = seen;
    format!("{facts:#?}\n{mdm:#?}\n{agent:#?}")
}

/// What the step changed in the device: the lines that differ, between those that both have at the beginning and the end.
fn differences(out: &mut impl Write, before: &str, after: &str) -> io::Result<()> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - same;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    if same == old.len() && same == new.len() {
        return writeln!(out, "\nthe step changed nothing in the device, which is\n{after}");
    }
    writeln!(out, "\nwhat the step changed in the device (before -, after +):")?;
    // Some lines before the first difference say where it is.
    old[same.saturating_sub(3)..same].iter().try_for_each(|line| writeln!(out, "  {line}"))?;
    old[same..old.len() - tail].iter().try_for_each(|line| writeln!(out, "- {line}"))?;
    new[same..new.len() - tail].iter().try_for_each(|line| writeln!(out, "+ {line}"))
}

/// One test case for each invariant that was judged.
pub(super) fn junit(found: &Found, judged: &[Invariant], elapsed: Duration) -> String {
    let cases = judged.iter().map(|invariant| TestCase {
        class: "invariant",
        name: format!("{invariant}: {}", invariant.says()),
        failure: found
            .failure
            .as_ref()
            .filter(|(_, failure)| failure.violation.invariant == *invariant)
            .map(|(case, failure)| format!("seed {}: {}", case.seed, failure.violation.what)),
    });
    junit_suite("imesim hunt", elapsed, cases)
}

/// A test case of JUnit XML.
pub(super) struct TestCase {
    pub(super) class: &'static str,
    pub(super) name: String,
    pub(super) failure: Option<String>,
}

/// A file of JUnit XML with one suite.
pub(super) fn junit_suite(name: &str, elapsed: Duration, cases: impl Iterator<Item = TestCase>) -> String {
    let cases: Vec<TestCase> = cases.collect();
    let failures = cases.iter().filter(|case| case.failure.is_some()).count();
    let (tests, time) = (cases.len(), elapsed.as_secs_f64());
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "<testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" time=\"{time:.3}\">");
    for TestCase { class, name, failure } in &cases {
        let _ = write!(text, "  <testcase classname=\"{class}\" name=\"{}\"", escaped(name));
        match failure {
            Some(what) => {
                let _ = writeln!(text, ">\n    <failure message=\"{}\"/>\n  </testcase>", escaped(what));
            }
            None => text.push_str("/>\n"),
        }
    }
    text.push_str("</testsuite>\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
