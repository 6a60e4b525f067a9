//! How long it took: one sentence for each content, and the table of all shares.

use maud::{Markup, html};

use super::data::{Range, StudyData, TimesRow};
use super::part;
use super::text::{self, CENSORED};

/// How many sentences are shown before the rest is folded away.
const SHOWN: usize = 8;

/// The answer in one sentence for each content.
pub(super) fn answers(study: &StudyData) -> Markup {
    let rows = whole(study);
    let (first, rest) = rows.split_at(rows.len().min(SHOWN));
    html! {
        @if rows.is_empty() {
            p.empty { "The scenario has no script, required app or remediation to roll out." }
        } @else {
            ul.answers { @for row in first { (answer(study, row)) } }
            @if !rest.is_empty() {
                details.more {
                    summary { (rest.len()) " more" }
                    ul.answers { @for row in rest { (answer(study, row)) } }
                }
            }
        }
    }
}

/// The rows that are of all devices; every row of a content that has none such.
fn whole(study: &StudyData) -> Vec<&TimesRow> {
    let same = |a: &TimesRow, b: &TimesRow| a.content == b.content && a.kind == b.kind;
    let has_all = |row: &TimesRow| study.times.iter().any(|other| same(row, other) && other.ring == "all");
    study.times.iter().filter(|row| row.ring == "all" || !has_all(row)).collect()
}

fn answer(study: &StudyData, row: &TimesRow) -> Markup {
    let curve = study
        .curves
        .iter()
        .find(|curve| (&curve.content, &curve.ring) == (&row.content, &row.ring) && curve.kind == row.kind);
    let done = curve.map_or(0, super::figure::at_end);
    html! {
        li {
            p {
                strong { (row.content) } " " (part::kind(row.kind)) @if row.ring != "all" { " in " (row.ring) }
            }
            p.sentence { (sentence(row)) }
            @if row.targeted > 0 && curve.is_some() {
                p.share { (part::bar(done, "done")) span { (text::share(done)) " done at the end" } }
            }
        }
    }
}

fn sentence(row: &TimesRow) -> Markup {
    let after = |share: &str, range: &Range| format!("{share} after {}", text::time(range.median));
    let band = |range: &Range| text::time_band(range).map(|band| format!(" ({band})")).unwrap_or_default();
    let lesser = [("90 %", &row.p90), ("50 %", &row.p50)];
    let devices = text::plural(row.targeted, "device", "devices");
    let reached = lesser.into_iter().find(|(_, range)| range.median.is_some());
    html! {
        @if row.targeted == 0 {
            "Aimed at no device."
        } @else if row.p95.median.is_some() {
            span.figure { (after("95 %", &row.p95)) } (band(&row.p95)) " for " (devices) "."
        } @else {
            span.figure { "95 % " (CENSORED) } (band(&row.p95)) " for " (devices) "; "
            @match reached {
                Some((share, range)) => { (after(share, range)) (band(range)) "." },
                None => { "nor 50 %" (band(&row.p50)) "." },
            }
        }
    }
}

/// The table of times of a study, with an id of its own.
pub(super) fn table(study: &StudyData, id: &str) -> Markup {
    let body = html! {
        table id=(id) data-sortable {
            thead {
                tr {
                    th scope="col" { "Content" }
                    th scope="col" { "Ring" }
                    th.number scope="col" { "Devices" }
                    @for share in ["50 %", "90 %", "95 %", "99 %"] { th.number scope="col" { (share) " after" } }
                    th.spread scope="col" { "Over the run of " (text::length(study.duration_secs)) }
                }
            }
            tbody {
                @for row in &study.times {
                    tr {
                        th.content scope="row" data-sort=(row.content) { (row.content) " " (part::kind(row.kind)) }
                        td.ring { (part::ring(&row.ring)) }
                        td.number data-sort=(row.targeted) { (text::count(row.targeted)) }
                        @if row.targeted == 0 {
                            td.quiet colspan="5" { "aimed at no device" }
                        } @else {
                            @for range in [&row.p50, &row.p90, &row.p95, &row.p99] { td.number.time data-sort=(range.median.unwrap_or(u64::MAX)) { (part::time(range)) } }
                            td.spread { (spread(row, study.duration_secs)) }
                        }
                    }
                }
            }
        }
    };
    html! {
        @if study.times.is_empty() {
            p.empty { "Nothing was rolled out." }
        } @else {
            @if study.times.len() > SHOWN { (part::filter(id, "Find a content or ring")) }
            (part::scroll("Times by content", &body))
        }
    }
}

/// The four times of a row on the line of the run; what it was too short for runs off the end.
fn spread(row: &TimesRow, duration: u64) -> Markup {
    let place = |secs: Option<u64>| secs.map_or(10_000, |secs| text::basis_points(secs, duration).min(10_000));
    let from_to = |range: &Range| {
        let (low, high) = (place(range.low), place(range.high));
        (low, high.saturating_sub(low).max(40))
    };
    let (p50, p99) = (place(row.p50.median), place(row.p99.median));
    let shares = [(&row.p50, "p50"), (&row.p90, "p90"), (&row.p95, "p95"), (&row.p99, "p99")];
    html! {
        svg.line viewBox="0 0 10000 100" preserveAspectRatio="none" aria-hidden="true" {
            rect.track y="45" width="10000" height="10" {}
            rect.reach x=(p50) y="38" width=(p99.saturating_sub(p50)) height="24" {}
            @for (range, class) in shares {
                @let (x, width) = from_to(range);
                @if range.low.is_some() { rect class={ "between " (class) } x=(x) y="25" width=(width) height="50" {} }
                @if let Some(secs) = range.median {
                    rect class={ "tick " (class) } x=(place(Some(secs)).min(9_900)) y="5" width="100" height="90" {}
                }
            }
        }
    }
}
