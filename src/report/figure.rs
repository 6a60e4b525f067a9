//! Charts: the element that the script fills, with a summary in words beside it.

use maud::{Markup, html};

use super::data::{Curve, Series, StudyData};
use super::text::{count, moment, share};

/// How many curves a summary names before it counts the rest.
const NAMED: usize = 6;

/// A chart that the script draws into, by its id.
pub(super) fn figure(id: &str, title: &str, summary: &Markup) -> Markup {
    html! {
        figure.chart id=(id) aria-labelledby={ (id) "-title" } {
            figcaption {
                h3 id={ (id) "-title" } { (title) }
                p.note id={ (id) "-note" } { (summary) }
            }
            div.drawing {}
            details.data {
                summary { "The data of this chart as a table" }
                div.grid {}
            }
        }
    }
}

/// What the curves say, in words.
pub(super) fn curves_note(study: &StudyData) -> Markup {
    let aimed: Vec<&Curve> = study.curves.iter().filter(|curve| curve.targeted > 0).collect();
    html! {
        "Share of the targeted devices that were done, over time. "
        (band_note(study))
        @if aimed.is_empty() {
            " Nothing was aimed at any device."
        } @else {
            " At the end: "
            @for (at, curve) in aimed.iter().take(NAMED).enumerate() {
                @if at > 0 { ", " }
                (curve.content) @if curve.ring != "all" { " in " (curve.ring) } " " (share(at_end(curve)))
            }
            @if aimed.len() > NAMED { " and " (aimed.len() - NAMED) " more, see the table" }
            "."
        }
    }
}

/// What the bands are, or that there are none.
pub(super) fn band_note(study: &StudyData) -> Markup {
    html! {
        @if study.seeds.len() > 1 {
            "Bands: " (study.band.method) "."
        } @else {
            "One seed: there are no bands, and how far another seed would differ is not known."
        }
    }
}

/// The share of a curve when the run ended, in basis points.
pub(super) fn at_end(curve: &Curve) -> u64 {
    curve.median.last().copied().map_or(0, u64::from)
}

/// One chart for each unit, in the order in which the units come.
pub(super) fn series_figures(study: &StudyData, id: &str, title: &str, series: &[Series]) -> Markup {
    let mut units: Vec<&str> = Vec::new();
    for one in series {
        if !units.contains(&one.unit.as_str()) {
            units.push(&one.unit);
        }
    }
    html! {
        @for (at, unit) in units.iter().enumerate() {
            @let own: Vec<&Series> = series.iter().filter(|one| one.unit == **unit).collect();
            @let full = if title.to_lowercase().contains(unit) { title.to_owned() } else { format!("{title}, {unit}") };
            (figure(&format!("{id}-{at}"), &full, &series_note(study, &own)))
        }
        @if units.is_empty() { p.empty { "Nothing of this was counted." } }
    }
}

fn series_note(study: &StudyData, series: &[&Series]) -> Markup {
    html! {
        "Highest: "
        @for (at, one) in series.iter().enumerate() {
            @if at > 0 { "; " }
            @let (bin, highest) = highest(&one.median);
            (one.label) " " (count(highest))
            @if highest > 0 { " (" (moment(&study.start, bin.saturating_mul(study.bin_secs))) ")" }
        }
        "."
    }
}

/// The first bin with the highest value, and that value.
fn highest(values: &[u64]) -> (u64, u64) {
    let mut best = (0, 0);
    for (bin, value) in (0_u64..).zip(values) {
        if *value > best.1 {
            best = (bin, *value);
        }
    }
    best
}
