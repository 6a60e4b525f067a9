//! The sections of the page that compares two studies.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::data::{CompareData, DifferenceRow, ParameterRow, StudyData, Verdict};
use super::shell::Section;
use super::text::{self, count, length, moment, plural, signed_count, signed_length};
use super::{figure, part, study, times};

pub(super) fn sections(compared: &CompareData) -> Vec<Section> {
    let section = |id, title, body| Section { id, title, body };
    vec![
        section("summary", "Summary", summary(compared)),
        section("differences", "Differences", differences(compared)),
        section("rollout", "Rollout", rollout(compared)),
        section("times", "Times", side_by_side(compared, times::table)),
        section("load", "Load of the service", load(compared)),
        section("parameters", "Parameters that differ", parameters(compared)),
        section("method", "Method and repetition", side_by_side(compared, |study, _| method(study))),
    ]
}

fn sides(compared: &CompareData) -> [(&'static str, &StudyData); 2] {
    [("A", &compared.a), ("B", &compared.b)]
}

fn summary(compared: &CompareData) -> Markup {
    let told: Vec<&DifferenceRow> =
        compared.differences.iter().filter(|row| row.verdict != Verdict::NotShown).collect();
    let same = compared.differences.len() - told.len();
    html! {
        @for (_, study) in sides(compared) { (study::partial_banner(study)) }
        div.sides {
            @for (letter, study) in sides(compared) {
                div.side {
                    h3 { span class={ "letter " (letter) } { (letter) } " " (study.title) }
                    @if !study.about.is_empty() { p { (study.about) } }
                    p.quiet {
                        (plural(study.devices, "device", "devices")) ", " (length(study.duration_secs)) " from "
                        (moment(&study.start, 0)) ", " (study.seeds.len()) @if study.seeds.len() == 1 { " seed" } @else { " seeds" }
                    }
                }
            }
        }
        @if !told.is_empty() {
            ul.answers {
                @for row in &told {
                    li { p { strong { (row.what) } } p.sentence { (sentence(row)) } }
                }
            }
        }
        p {
            @if told.is_empty() { "No difference was shown in any of " (compared.differences.len()) " figures." }
            @else if same > 0 { "No difference was shown in " (same) " other figures." }
            " That none was shown does not say that there is none: more seeds may show it."
        }
    }
}

fn sentence(row: &DifferenceRow) -> Markup {
    html! {
        span.figure { (verdict(row.verdict)) " in B" }
        @if let Some(median) = row.difference.median { " by " (unsigned(row, median)) }
        ": " (value(row, row.b.median)) " instead of " (value(row, row.a.median)) "."
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Lower => "Lower",
        Verdict::Higher => "Higher",
        Verdict::NotShown => "No difference shown",
    }
}

fn is_time(row: &DifferenceRow) -> bool {
    row.unit == "seconds"
}

/// A figure of one side, without its unit.
fn value(row: &DifferenceRow, value: Option<u64>) -> String {
    match value {
        None if is_time(row) => text::CENSORED.to_owned(),
        None => "not known".to_owned(),
        Some(secs) if is_time(row) => length(secs),
        Some(n) => count(n),
    }
}

/// A difference without its sign, with its unit.
fn unsigned(row: &DifferenceRow, difference: i64) -> String {
    let size = value(row, Some(difference.unsigned_abs()));
    if is_time(row) { size } else { format!("{size} {}", row.unit) }
}

fn signed(row: &DifferenceRow, value: Option<i64>) -> String {
    match value {
        None => "not known".to_owned(),
        Some(secs) if is_time(row) => signed_length(secs),
        Some(n) => signed_count(n),
    }
}

fn differences(compared: &CompareData) -> Markup {
    let side = |row: &DifferenceRow, range| if is_time(row) { part::time(range) } else { part::count(range) };
    let table = html! {
        table #difference-table data-sortable {
            thead {
                tr {
                    th scope="col" { "Figure" }
                    th scope="col" { "Unit" }
                    th.number scope="col" { "A" }
                    th.number scope="col" { "B" }
                    th.number scope="col" { "B less A" }
                    th scope="col" { "Verdict" }
                }
            }
            tbody {
                @for row in &compared.differences {
                    tr {
                        th scope="row" { (row.what) }
                        td { @if is_time(row) { "time" } @else { (row.unit) } }
                        td.number data-sort=[row.a.median] { (side(row, &row.a)) }
                        td.number data-sort=[row.b.median] { (side(row, &row.b)) }
                        td.number data-sort=[row.difference.median] {
                            strong { (signed(row, row.difference.median)) }
                            @if row.difference.low != row.difference.high {
                                span.band { (signed(row, row.difference.low)) " to " (signed(row, row.difference.high)) }
                            }
                        }
                        td { span class={ "verdict " (class(row.verdict)) } { (verdict(row.verdict)) } }
                    }
                }
            }
        }
    };
    html! {
        @if compared.differences.is_empty() {
            p.empty { "No figure was compared." }
        } @else {
            @if compared.differences.len() > 8 { (part::filter("difference-table", "Find a figure")) }
            (part::scroll("Differences", &table))
        }
    }
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Lower => "lower",
        Verdict::Higher => "higher",
        Verdict::NotShown => "same",
    }
}

/// How the two are laid over each other on one axis.
fn overlay_note(compared: &CompareData) -> Markup {
    html! {
        @if compared.a.start == compared.b.start {
            "A and B on one axis of time."
        } @else {
            "A and B start at different moments: the axis counts from the start of each."
        }
        @for (letter, study) in sides(compared) { " " (letter) ": " (figure::band_note(study)) }
    }
}

fn rollout(compared: &CompareData) -> Markup {
    html! {
        div.choice data-for="rollout-0" data-label="Content and ring" hidden {}
        (figure::figure("rollout-0", "Devices done, percent of those targeted", &overlay_note(compared)))
    }
}

fn load(compared: &CompareData) -> Markup {
    html! {
        div.choice data-for="load-0" data-label="Series" hidden {}
        (figure::figure("load-0", "What reached the service", &overlay_note(compared)))
    }
}

fn side_by_side(compared: &CompareData, show: impl Fn(&StudyData, &str) -> Markup) -> Markup {
    html! {
        @for (letter, study) in sides(compared) {
            h3 { span class={ "letter " (letter) } { (letter) } " " (study.title) }
            (show(study, &format!("table-{letter}")))
        }
    }
}

fn method(study: &StudyData) -> Markup {
    html! {
        (part::command(&study.command))
        p { (figure::band_note(study)) }
        (part::scroll(&format!("Seeds and digests of {}", study.title), &study::seed_table(study)))
    }
}

fn parameters(compared: &CompareData) -> Markup {
    let mut both: BTreeMap<&str, [Option<&ParameterRow>; 2]> = BTreeMap::new();
    for (at, (_, study)) in sides(compared).into_iter().enumerate() {
        for row in &study.parameters {
            both.entry(&row.name).or_default()[at] = Some(row);
        }
    }
    both.retain(|_, [a, b]| a.map(|row| &row.value) != b.map(|row| &row.value));
    let value = |row: Option<&ParameterRow>| row.map_or_else(|| "\u{2013}".to_owned(), |row| row.value.clone());
    let table = html! {
        table {
            thead {
                tr {
                    th scope="col" { "Parameter" }
                    th scope="col" { "A" }
                    th scope="col" { "B" }
                    th scope="col" { "Standing" }
                    th scope="col" { "Rule" }
                }
            }
            tbody {
                @for (name, [a, b]) in &both {
                    tr {
                        th scope="row" { code { (name) } }
                        td { (value(*a)) }
                        td { (value(*b)) }
                        @if let Some(row) = b.or(*a) {
                            td { span class={ "standing " (study::standing(&row.standing)) } { (row.standing) } }
                            td { code { (row.rule) } }
                        }
                    }
                }
            }
        }
    };
    html! {
        @if both.is_empty() {
            p.empty { "Both studies rest on the same figures." }
        } @else {
            (part::scroll("Parameters that differ", &table))
        }
    }
}
