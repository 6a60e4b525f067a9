//! The page of a timeline that was read from log files.

use maud::{Markup, html};

use super::shell::{Page, Section, document, json};
use crate::log::oracle::Check;
use crate::log::record::{Stamp, TICKS_PER_SECOND};
use crate::log::text::{length, says_little, told};
use crate::log::timeline::{Anomaly, Item, ItemKind, Timeline};

/// The style of the page.
const STYLE: &str =
    concat!(include_str!("assets/page.css"), include_str!("assets/print.css"), include_str!("assets/logs.css"));

/// The script of the page.
const SCRIPT: &str = concat!("\"use strict\";\n", include_str!("assets/theme.js"), include_str!("assets/logs.js"));

/// Makes the page of a timeline: one file that needs no network.
pub fn logs_page(timeline: &Timeline) -> String {
    let names: Vec<&str> = timeline.logs.iter().map(|log| log.name.as_str()).collect();
    let title = match names.as_slice() {
        [] => "No log".to_owned(),
        [one] => (*one).to_owned(),
        [first, .., last] => format!("{} logs, {first} to {last}", names.len()),
    };
    document(&Page {
        kind: "logs",
        above: "What log files tell",
        title: &title,
        sections: vec![
            Section { id: "logs", title: "Logs", body: logs(timeline) },
            Section { id: "lanes", title: "At a glance", body: lanes(timeline) },
            Section { id: "items", title: "Timeline", body: items(timeline) },
            Section { id: "odd", title: "Odd", body: anomalies(timeline) },
            Section { id: "checks", title: "What must hold", body: checks(timeline) },
        ],
        json: json(timeline),
        style: STYLE,
        script: SCRIPT,
        without_script: "Without script the timeline cannot be filtered; all of it is there.",
        about: ", from the log files of a device. Times are the device's own; the files have no time zone.",
        credits: "",
    })
}

fn logs(timeline: &Timeline) -> Markup {
    let stamp = |stamp: Option<Stamp>| stamp.map_or_else(String::new, |stamp| stamp.to_string());
    html! {
        div.scroll tabindex="0" {
            table.plain {
                thead {
                    tr {
                        th scope="col" { "Log" } th scope="col" { "From" } th scope="col" { "To" } th scope="col" { "Parts" }
                        th scope="col" { "Records" } th scope="col" { "Understood" } th scope="col" { "Torn" }
                        th scope="col" { "Cut off" } th scope="col" { "Other text" } th scope="col" { "Bytes" }
                    }
                }
                tbody {
                    @for log in &timeline.logs {
                        tr {
                            th scope="row" { (log.name) }
                            td { (stamp(log.first)) } td { (stamp(log.last)) } td { (log.parts) }
                            td { (log.tally.records) } td { (log.events) } td { (log.tally.torn) }
                            td { (log.tally.truncated) } td { (log.tally.foreign) } td { (log.tally.bytes()) }
                        }
                    }
                }
            }
        }
    }
}

/// Where the lanes begin, and how wide they are, in units of the drawing.
const LEFT: i64 = 190;
const WIDE: i64 = 1_000;
const HIGH: i64 = 22;

fn lanes(timeline: &Timeline) -> Markup {
    // A run of the service without an end went on until the next began, or the log ended.
    let after = |item: &Item| timeline.of(ItemKind::ServiceRun).find(|run| run.at > item.at).map(|run| run.at);
    let latest = timeline.items.iter().map(|item| item.at).max().unwrap_or(0);
    let end_of = |item: &Item| match item.millis.and_then(|millis| i64::try_from(millis).ok()) {
        Some(millis) => item.at.saturating_add(millis.saturating_mul(TICKS_PER_SECOND / 1_000)),
        None if item.kind == ItemKind::ServiceRun => after(item).unwrap_or(latest),
        None => item.at,
    };
    let Some(first) = timeline.items.iter().map(|item| item.at).min() else {
        return html! { p.empty { "There is nothing to draw." } };
    };
    let last = timeline.items.iter().map(end_of).max().unwrap_or(first);
    let whole = (last - first).max(TICKS_PER_SECOND);
    let place = |at: i64| {
        let part = i128::from((at - first).clamp(0, whole)) * i128::from(WIDE) / i128::from(whole);
        LEFT + i64::try_from(part).unwrap_or(0)
    };
    let mut kinds: Vec<ItemKind> = timeline.items.iter().map(|item| item.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let lane =
        |kind: ItemKind| kinds.iter().position(|of| *of == kind).and_then(|at| i64::try_from(at).ok()).unwrap_or(0);
    let high = HIGH * i64::try_from(kinds.len()).unwrap_or(0);
    html! {
        p.quiet {
            "Each line is a kind, each mark one of the table below. Hatched marks never ended. Upright lines are what is odd. "
            "Times are in the zone of the first record."
        }
        div.scroll tabindex="0" {
            svg.lanes viewBox=(format!("0 0 {} {}", LEFT + WIDE + 10, high + 30)) role="img"
                aria-label="When what happened; the timeline below says the same in words" {
                @for kind in &kinds {
                    text x="4" y=(lane(*kind) * HIGH + 15) { (kind.title()) }
                    line.grid x1=(LEFT) x2=(LEFT + WIDE) y1=((lane(*kind) + 1) * HIGH) y2=((lane(*kind) + 1) * HIGH) {}
                }
                @for anomaly in &timeline.anomalies {
                    line.odd x1=(place(anomaly.at)) x2=(place(anomaly.at)) y1="0" y2=(high) {}
                }
                @for item in &timeline.items {
                    rect class=(if item.outcome.has_ended() { "item" } else { "item endless" })
                        x=(place(item.at)) y=(lane(item.kind) * HIGH + 4)
                        width=((place(end_of(item)) - place(item.at)).max(2)) height=(HIGH - 8) {
                        title { (item.begin) " " (item.kind.title()) ", " (item.outcome.title()) }
                    }
                }
                @for part in 0..=4_i64 {
                    @let at = first + whole / 4 * part;
                    text.tick x=(place(at)) y=(high + 20) text-anchor=(["start", "middle", "middle", "middle", "end"][usize::try_from(part).unwrap_or(0)]) {
                        (minute(Stamp::from_ticks(at)))
                    }
                }
            }
        }
    }
}

/// A moment to the minute.
fn minute(stamp: Stamp) -> String {
    let text = stamp.to_string();
    text.get(..16).map_or_else(String::new, str::to_owned)
}

fn items(timeline: &Timeline) -> Markup {
    html! {
        p.filter data-for="item-table" hidden {
            label for="words" { "Words that a line has" }
            input type="search" id="words" autocomplete="off";
            label { input type="checkbox" id="quiet"; " what went as usual too" }
            output id="shown" for="words quiet" {}
        }
        div.tall {
            div.scroll tabindex="0" {
                table.plain id="item-table" {
                    thead {
                        tr {
                            th scope="col" { "Began" } th scope="col" { "Took" } th scope="col" { "What" }
                            th scope="col" { "Why" } th scope="col" { "How it ended" } th scope="col" { "What is said of it" }
                        }
                    }
                    tbody {
                        @for item in &timeline.items { (item_row(item)) }
                    }
                }
            }
        }
    }
}

fn item_row(item: &Item) -> Markup {
    html! {
        tr data-quiet[says_little(item)] {
            td { (item.begin) }
            td { @if let Some(millis) = item.millis { (length(millis)) } }
            td {
                (item.kind.title())
                @if let Some(id) = item.id { br; code { (id) } }
                @if let Some(user) = item.user.filter(|user| user.0 != 0) { br; span.quiet { "for " code { (user) } } }
            }
            td { @if let Some(reason) = item.reason { (reason.title()) } }
            td.endless[!item.outcome.has_ended()] { (item.outcome.title()) }
            td {
                @for fact in &item.facts { p.fact { span.quiet { (fact.name) ": " } (fact.value) } }
            }
        }
    }
}

fn anomalies(timeline: &Timeline) -> Markup {
    let after = |anomaly: &Anomaly| anomaly.after.map_or_else(|| "the beginning".to_owned(), |stamp| stamp.to_string());
    html! {
        @if timeline.anomalies.is_empty() {
            p.empty { "Nothing is odd." }
        } @else {
            div.scroll tabindex="0" {
                table.plain id="odd-table" {
                    thead {
                        tr { th scope="col" { "After" } th scope="col" { "Log" } th scope="col" { "Byte" } th scope="col" { "What" } }
                    }
                    tbody {
                        @for anomaly in &timeline.anomalies {
                            tr { td { (after(anomaly)) } td { (anomaly.log) } td { (anomaly.offset) } td { (told(anomaly)) } }
                        }
                    }
                }
            }
        }
    }
}

fn checks(timeline: &Timeline) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table.plain {
                thead { tr { th scope="col" { "What" } th scope="col" { "Holds" } th scope="col" { "Where not" } } }
                tbody {
                    @for check in Check::ALL {
                        @let failed: Vec<_> = timeline.findings.iter().filter(|finding| finding.check == check).collect();
                        tr {
                            th scope="row" { (check.says()) }
                            td { (if failed.is_empty() { "yes" } else { "no" }) }
                            td {
                                @for finding in failed {
                                    p.fact {
                                        @if let Some(at) = finding.at { (at) " " }
                                        (finding.log) ": " (finding.what)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
