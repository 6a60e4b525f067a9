//! Who was not done at the end, by cause, with devices to look at.

use maud::{Markup, html};

use super::data::{StragglerKind, StragglerRow, StudyData};
use super::part;
use super::text::{basis_points, count, share};

/// How many contents are unfolded at first.
const OPEN: usize = 2;

/// One table for each content.
pub(super) fn stragglers(study: &StudyData) -> Markup {
    let mut contents: Vec<&str> = Vec::new();
    for row in &study.stragglers {
        if !contents.contains(&row.content.as_str()) {
            contents.push(&row.content);
        }
    }
    html! {
        p {
            "Devices that were not done when the run ended. Choose an example to see the command that replays that device; "
            "in general:"
        }
        (part::command(&study.device_command))
        @if contents.is_empty() { p.empty { "Every targeted device was done." } }
        @if contents.len() > OPEN { (part::filter("straggler-list", "Find a content or cause")) }
        div #straggler-list {
            @for (at, content) in contents.iter().enumerate() {
                @let rows: Vec<&StragglerRow> = study.stragglers.iter().filter(|row| row.content == **content).collect();
                (of_content(study, content, &rows, at < OPEN))
            }
        }
    }
}

fn of_content(study: &StudyData, content: &str, rows: &[&StragglerRow], is_open: bool) -> Markup {
    let devices = |row: &StragglerRow| row.count.median.unwrap_or(0);
    let total: u64 = rows.iter().map(|row| devices(row)).sum();
    let most = rows.iter().map(|row| devices(row)).max().unwrap_or(0);
    let curves = study.curves.iter().filter(|curve| curve.content == content);
    let targeted = curves.map(|curve| curve.targeted).max().unwrap_or(0);
    let table = html! {
        table.causes {
            thead {
                tr {
                    th scope="col" { "Cause" }
                    th scope="col" { "Standing" }
                    th.number scope="col" { "Devices" }
                    th scope="col" { span.unseen { "Compared" } }
                    th scope="col" { "Examples" }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" { (row.label) " " code.quiet { (row.cause) } }
                        td { span class={ "standing " (word(row.kind)) } { (word(row.kind)) } }
                        td.number { (part::count(&row.count)) }
                        td.compared { (part::bar(basis_points(devices(row), most), word(row.kind))) }
                        td.examples { (examples(study, row)) }
                    }
                }
            }
        }
    };
    html! {
        details.content open[is_open] {
            summary {
                strong { (content) } " "
                span.quiet {
                    (count(total)) " not done"
                    @if targeted > 0 { ", " (share(basis_points(total, targeted))) " of " (count(targeted)) }
                }
            }
            (part::scroll(&format!("Stragglers of {content}"), &table))
            div.replay hidden { p { "Replay of " b {} } (part::command("")) }
        }
    }
}

fn examples(study: &StudyData, row: &StragglerRow) -> Markup {
    html! {
        @for example in &row.examples {
            @let line = study.device_command.replace("{N}", &example.number.to_string());
            button.example type="button" data-replay=(line) data-name=(example.name) title=(line) {
                (example.name) " " span.quiet { (example.number) }
            }
        }
        @if row.examples.is_empty() { span.quiet { "none kept" } }
    }
}

fn word(kind: StragglerKind) -> &'static str {
    match kind {
        StragglerKind::Failed => "failed",
        StragglerKind::Pending => "pending",
        StragglerKind::Unreachable => "unreachable",
    }
}
