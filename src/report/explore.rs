//! The page of an exploration: its graph, to be walked through state by state.

use maud::{Markup, html};

use super::shell::{Page, Section, document, json};
use crate::check::explore::atlas::{Atlas, AtlasProperty};

/// The style of the page.
const STYLE: &str =
    concat!(include_str!("assets/page.css"), include_str!("assets/print.css"), include_str!("assets/explore.css"));

/// The script of the page.
const SCRIPT: &str = concat!("\"use strict\";\n", include_str!("assets/theme.js"), include_str!("assets/explore.js"));

/// Makes the page of an exploration: one file that needs no network.
pub fn explore_page(atlas: &Atlas) -> String {
    document(&Page {
        kind: "explore",
        above: "Every future of a small world",
        title: &atlas.model,
        sections: vec![
            Section { id: "result", title: "What was found", body: result(atlas) },
            Section { id: "walk", title: "Walk", body: walk() },
            Section { id: "properties", title: "Properties", body: properties(&atlas.properties) },
            Section { id: "taken", title: "Steps taken", body: taken(atlas) },
        ],
        json: json(atlas),
        style: STYLE,
        script: SCRIPT,
        without_script: "Without script one cannot walk through the graph; what was found is told in words.",
        about: Page::SIMULATION,
        credits: "",
    })
}

fn result(atlas: &Atlas) -> Markup {
    html! {
        @if atlas.left_out > 0 {
            p.banner {
                "The graph is too large for this page: " (atlas.visited) " states were visited, and the "
                (atlas.left_out) " that take the most steps to reach are not here. Smaller budgets of faults and acts make "
                "a smaller graph, and " code { "--explore-states" } " makes room for more."
            }
        }
        pre.story tabindex="0" { (atlas.summary) }
    }
}

fn walk() -> Markup {
    html! {
        div.walk {
            button type="button" id="to-start" { "To the start" }
            button type="button" id="back" { "One step back" }
            form {
                label for="number" { "State" }
                input type="number" id="number" min="0" step="1" required;
                button type="submit" { "Go" }
            }
        }
        h3 id="here" { "State" }
        p.unseen id="said" role="status" {}
        dl.look id="look" {}
        h3 { "What may happen next" }
        table.plain id="steps" {
            thead { tr { th scope="col" { "Step" } th scope="col" { "How" } th scope="col" { "Leads to" } } }
            tbody {}
        }
        p.empty id="no-steps" hidden { "Nothing." }
        h3 { "The shortest way here" }
        p id="way-length" {}
        ol.way id="way" tabindex="0" aria-label="Steps of the shortest way" {}
        h3 { "Find states" }
        p.filter {
            label for="search" { "Words that its texts have" }
            input type="search" id="search" autocomplete="off";
            output id="found-count" for="search" {}
        }
        ul.found id="found" tabindex="0" aria-label="States that were found" {}
    }
}

fn properties(all: &[AtlasProperty]) -> Markup {
    html! {
        table.plain id="property-table" {
            thead {
                tr {
                    th scope="col" { "Name" } th scope="col" { "When" } th scope="col" { "What" }
                    th scope="col" { "In the graph" } th scope="col" { "In the state shown" }
                }
            }
            tbody {
                @for property in all {
                    tr data-bit=[property.bit] data-times=(property.times) {
                        th scope="row" { (property.name) }
                        td { (property.times) }
                        td { (property.says) }
                        td {
                            @match &property.fault {
                                None => "holds",
                                Some(fault) => {
                                    span.broken { (fault) }
                                    @if let (Some(first), Some(last)) = (property.way.first(), property.way.last()) {
                                        " " a.counterexample href={ "#state-" (last) } { "where it shows" }
                                        ", from " a href={ "#state-" (first) } { "the start" }
                                    }
                                }
                            }
                        }
                        td.here { @if property.bit.is_none() { "of the whole graph" } }
                    }
                }
            }
        }
        @for property in all.iter().filter(|property| property.story.is_some()) {
            h3 { (property.name) ": the way, told" }
            pre.story tabindex="0" { (property.story.as_deref().unwrap_or_default()) }
        }
    }
}

fn taken(atlas: &Atlas) -> Markup {
    html! {
        table.plain {
            thead { tr { th scope="col" { "Sort" } th scope="col" { "Taken" } } }
            tbody {
                @for (name, times) in &atlas.taken {
                    tr { th scope="row" { (name) } td { (times) } }
                }
            }
        }
    }
}
