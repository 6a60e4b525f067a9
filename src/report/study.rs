//! The sections of the page of one study, in their order.

use maud::{Markup, html};

use super::data::{OutageRow, ParameterRow, StudyData};
use super::shell::Section;
use super::text::{self, basis_points, count, length, moment, plural, share, thousandths};
use super::{figure, part, stragglers, times};

pub(super) fn sections(study: &StudyData) -> Vec<Section> {
    let section = |id, title, body| Section { id, title, body };
    vec![
        section("summary", "Summary", summary(study)),
        section("rollout", "Rollout", rollout(study)),
        section("times", "Times", times_section(study)),
        section("stragglers", "Stragglers", stragglers::stragglers(study)),
        section("load", "Load of the service", load(study)),
        section(
            "state",
            "State of the fleet",
            figure::series_figures(study, "state", "Devices by state", &study.state),
        ),
        section("freshness", "Freshness", freshness(study)),
        section("parameters", "Parameters", parameters(&study.parameters)),
        section("method", "Method and repetition", method(study)),
    ]
}

fn summary(study: &StudyData) -> Markup {
    let unit = study.load.first().map_or("", |series| series.unit.as_str());
    let herd = &study.herd;
    html! {
        (partial_banner(study))
        @if !study.about.is_empty() { p.about { (study.about) } }
        (times::answers(study))
        dl.tiles {
            (part::tile("Devices", &count(study.devices), study.population.as_deref().unwrap_or("")))
            (part::tile("Simulated", &length(study.duration_secs), &format!("from {}", moment(&study.start, 0))))
            (part::tile("Runs", &plural(seeds(study), "seed", "seeds"), &band_in_short(study)))
            @if herd.peak > 0 {
                (part::tile("Peak load", &count(herd.peak), &format!("{unit}, {}", moment(&study.start, herd.peak_at_secs))))
                (part::tile("Peak to mean", &thousandths(herd.peak_to_mean_milli), &format!("mean {} {unit}", thousandths(herd.mean_milli))))
            }
            (part::tile("Events", &count(study.events), &format!("of the first seed, {}", plural(study.cohorts, "cohort", "cohorts"))))
        }
    }
}

/// Says so where a study was stopped early.
pub(super) fn partial_banner(study: &StudyData) -> Markup {
    html! {
        @if study.partial {
            p.banner role="note" {
                strong { "Partial." } " This study was stopped before all its runs were complete. "
                "The figures are what was known by then; do not compare them with those of a complete one."
            }
        }
    }
}

fn seeds(study: &StudyData) -> u64 {
    u64::try_from(study.seeds.len()).unwrap_or(u64::MAX)
}

fn band_in_short(study: &StudyData) -> String {
    match (study.seeds.len() > 1, study.band.coverage_bp) {
        (false, _) => "no band from one seed".to_owned(),
        (true, 0) => String::new(),
        (true, coverage) => format!("bands cover the median with {}", share(u64::from(coverage))),
    }
}

fn rollout(study: &StudyData) -> Markup {
    html! {
        @if study.curves.is_empty() {
            p.empty { "Nothing was rolled out." }
        } @else {
            div.picker data-for="rollout-0" {}
            (figure::figure("rollout-0", "Devices done, percent of those targeted", &figure::curves_note(study)))
        }
    }
}

fn times_section(study: &StudyData) -> Markup {
    html! {
        p {
            "From the assignment until so many of the targeted devices had reported success. "
            (figure::band_note(study))
        }
        (times::table(study, "times-table"))
        p.key aria-hidden="true" {
            span.p50 { "50 %" } span.p90 { "90 %" } span.p95 { "95 %" } span.p99 { "99 %" }
        }
    }
}

fn load(study: &StudyData) -> Markup {
    html! {
        (figure::series_figures(study, "load", "What reached the service", &study.load))
        @if !study.herd.outages.is_empty() {
            h3 { "Outages and what came after" }
            p {
                "When the service is back, the devices that waited come at once; one interval later the same ones come again: "
                "the echo."
            }
            (part::scroll("Outages", &outages(study)))
        }
    }
}

fn outages(study: &StudyData) -> Markup {
    let row = |outage: &OutageRow| {
        html! {
            tr {
                th scope="row" { (moment(&study.start, outage.from_secs)) }
                td.number { (length(outage.to_secs.saturating_sub(outage.from_secs))) }
                td.number { (outage.drain_secs.map_or_else(|| text::CENSORED.to_owned(), length)) }
                td.number { (count(outage.first_peak)) }
                td.number { (count(outage.echo_peak)) }
                td.number { (share(outage.echo_permille.saturating_mul(10))) }
            }
        }
    };
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Outage from" }
                    th.number scope="col" { "Length" }
                    th.number scope="col" { "Ordinary again after" }
                    th.number scope="col" { "First peak" }
                    th.number scope="col" { "Echo peak" }
                    th.number scope="col" { "Echo of first" }
                }
            }
            tbody { @for outage in &study.herd.outages { (row(outage)) } }
        }
    }
}

fn freshness(study: &StudyData) -> Markup {
    let fresh = &study.freshness;
    let total = fresh.counts.iter().sum::<u64>().saturating_add(fresh.never);
    let most = fresh.counts.iter().copied().max().unwrap_or(0).max(fresh.never);
    let name =
        |at: usize| match (at.checked_sub(1).and_then(|before| fresh.edges_secs.get(before)), fresh.edges_secs.get(at))
        {
            (None, Some(to)) => format!("up to {}", length(*to)),
            (Some(from), Some(to)) => format!("{} to {}", length(*from), length(*to)),
            (Some(from), None) => format!("more than {}", length(*from)),
            (None, None) => "any".to_owned(),
        };
    let rows = fresh.counts.iter().enumerate().map(|(at, devices)| (name(at), *devices));
    let rows: Vec<(String, u64)> = rows.chain([("never".to_owned(), fresh.never)]).collect();
    let until = |at: usize| rows.iter().take(at + 1).map(|(_, devices)| *devices).sum::<u64>();
    let table = html! {
        table.ages {
            thead {
                tr {
                    th scope="col" { "Last contact" }
                    th.number scope="col" { "Devices" }
                    th.number scope="col" { "Share" }
                    th.number scope="col" { "So far" }
                    th scope="col" { span.unseen { "Compared" } }
                }
            }
            tbody {
                @for (at, (name, devices)) in rows.iter().enumerate() {
                    tr {
                        th scope="row" { (name) }
                        td.number { (count(*devices)) }
                        td.number { (share(basis_points(*devices, total))) }
                        td.number { (share(basis_points(until(at), total))) }
                        td.compared { (part::bar(basis_points(*devices, most), "age")) }
                    }
                }
            }
        }
    };
    html! {
        p { "Age at the end of the run. " (fresh.label) }
        (part::scroll("Age of the last contact", &table))
    }
}

/// The table of parameters, changed ones first.
pub(super) fn parameters(rows: &[ParameterRow]) -> Markup {
    let (changed, rest): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.changed);
    let table = html! {
        table #parameter-table data-sortable {
            thead {
                tr {
                    th scope="col" { "Parameter" }
                    th scope="col" { "Value" }
                    th scope="col" { "Standing" }
                    th scope="col" { "Rule" }
                }
            }
            tbody {
                @for row in changed.iter().chain(&rest) {
                    tr.changed[row.changed] {
                        th scope="row" { code { (row.name) } }
                        td { (row.value) @if row.changed { " " span.mark { "changed" } } }
                        td { span class={ "standing " (standing(&row.standing)) } { (row.standing) } }
                        td { code { (row.rule) } }
                    }
                }
            }
        }
    };
    html! {
        p {
            "What the run rests on: " (rows.len()) " figures, of which " (changed.len()) " changed. "
            "Documented ones are stated by the vendor, observed ones were measured by others, assumed ones are ours."
        }
        (part::filter("parameter-table", "Find a parameter, standing or rule"))
        div.tall { (part::scroll("Parameters", &table)) }
    }
}

/// A class for the words that have a colour; others have none.
pub(super) fn standing(word: &str) -> &'static str {
    match word {
        "documented" => "documented",
        "observed" => "observed",
        "assumed" => "assumed",
        _ => "other",
    }
}

fn method(study: &StudyData) -> Markup {
    html! {
        h3 { "Again" }
        p { "The same command with the same version gives the same figures to the last digit, on any number of threads." }
        (part::command(&study.command))
        h3 { "Bands" }
        p { (figure::band_note(study)) }
        p { "Bins are " (length(study.bin_secs)) " long; there are " (count(study.bins)) " of them." }
        h3 { "Seeds" }
        (part::scroll("Seeds and digests", &seed_table(study)))
        p.download hidden { button type="button" { "Save the data of this page as JSON" } }
    }
}

/// Each seed with the digest of its run.
pub(super) fn seed_table(study: &StudyData) -> Markup {
    html! {
        table.seeds {
            thead { tr { th.number scope="col" { "Seed" } th scope="col" { "Digest of the run" } } }
            tbody {
                @for (at, seed) in study.seeds.iter().enumerate() {
                    tr {
                        th.number scope="row" { (seed) }
                        td {
                            @match study.digests.get(at) {
                                Some(digest) => code { (digest) },
                                None => span.quiet { "not complete" },
                            }
                        }
                    }
                }
            }
        }
    }
}
