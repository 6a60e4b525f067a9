//! Conformance as text for a terminal.

use core::fmt::{self, Write};

use super::{Conformance, Decision, DecisionKind, Journeyed, Reason, Verdict};

/// Writes what became of all decisions: first the one that does not fit and every one after, then counts, what could not be
/// judged, and the figures that the log shows.
///
/// # Errors
/// What `out` fails with.
pub fn write(report: &Conformance, profile: &str, all: bool, out: &mut impl Write) -> fmt::Result {
    let judged = report.explained + report.misfits;
    match report.share() {
        Some(share) => writeln!(
            out,
            "{}.{} % of {judged} decisions are explained by profile {profile}; {} are not judged",
            share / 10,
            share % 10,
            report.not_judged
        )?,
        None => writeln!(out, "no decision could be judged; {} are not judged", report.not_judged)?,
    }
    for at in &report.summer_ends {
        writeln!(out, "  {}", super::summer::tell(at))?;
    }
    for at in &report.unsure_starts {
        writeln!(
            out,
            "  {at}: the service did not run before, or its zone is another from here on; the logs do not tell"
        )?;
    }
    for Journeyed { at, ahead_minutes } in &report.journeys {
        let (sign, minutes) = (if *ahead_minutes < 0 { '-' } else { '+' }, ahead_minutes.unsigned_abs());
        let zone = format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        writeln!(out, "  {at}: from here on the device's clock is at {zone} to that of the service")?;
    }
    let mut misfits = report.misfits();
    if let Some(first) = misfits.next() {
        writeln!(out, "\nThe first decision that does not fit:")?;
        line(first, out)?;
        let rest: Vec<_> = misfits.collect();
        if !rest.is_empty() {
            writeln!(out, "\nAnd after it:")?;
            rest.into_iter().try_for_each(|decision| line(decision, out))?;
        }
    }
    if all {
        writeln!(out, "\nAll others:")?;
        for decision in report.decisions.iter().filter(|decision| decision.verdict != Verdict::Misfit) {
            line(decision, out)?;
        }
    }
    writeln!(out, "\n{:<28} {:<8} {:>9} {:>9} {:>10}", "By kind", "rule", "explained", "no fit", "not judged")?;
    for kind in DecisionKind::ALL {
        let count = |verdict| {
            report.decisions.iter().filter(|decision| decision.kind == kind && decision.verdict == verdict).count()
        };
        let counts = [Verdict::Explained, Verdict::Misfit, Verdict::NotJudged].map(count);
        if counts.iter().any(|count| *count > 0) {
            let [explained, misfits, not_judged] = counts;
            let rule = kind.rule().to_string();
            writeln!(out, "  {:<26} {rule:<8} {explained:>9} {misfits:>9} {not_judged:>10}", kind.title())?;
        }
    }
    let mut reasons: Vec<Reason> = report.decisions.iter().filter_map(|decision| decision.reason).collect();
    reasons.sort_unstable();
    if !reasons.is_empty() {
        writeln!(out, "\nNot judged:")?;
        for same in reasons.chunk_by(|a, b| a == b) {
            writeln!(out, "  {:>5}  {}", same.len(), same.first().map_or("", |reason| reason.title()))?;
        }
    }
    if !report.parameters.is_empty() {
        writeln!(
            out,
            "\n{:<34} {:>14} {:>6} {:>10} {:>10} {:>10}",
            "Figures", "profile", "seen", "least", "middle", "most"
        )?;
        for found in &report.parameters {
            let [min, median, max] = [found.min, found.median, found.max].map(|value| found.show(value));
            let (name, profile, count) = (found.parameter, &found.profile, found.count);
            writeln!(out, "  {name:<32} {profile:>14} {count:>6} {min:>10} {median:>10} {max:>10}")?;
        }
    }
    Ok(())
}

fn line(decision: &Decision, out: &mut impl Write) -> fmt::Result {
    let mark = match decision.verdict {
        Verdict::Explained => "fits",
        Verdict::Misfit => "NOT ",
        Verdict::NotJudged => "?   ",
    };
    let (at, place) = (decision.at, &decision.place);
    writeln!(
        out,
        "  {at}  {mark}  {:<8} {}  ({} byte {})",
        decision.rule,
        decision.kind.title(),
        place.file,
        place.offset
    )?;
    write!(out, "      expected {}; seen {}", decision.expected, decision.seen)?;
    match decision.reason {
        Some(reason) => writeln!(out, "; not judged: {}", reason.title()),
        None => writeln!(out),
    }
}
