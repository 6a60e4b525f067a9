//! Small pieces that several sections use.

use maud::{Markup, html};

use super::data::{ContentKind, Range};
use super::text::{self, CENSORED};

/// A key figure: name, value, and what goes with it.
pub(super) fn tile(name: &str, value: &str, with: &str) -> Markup {
    html! {
        div.tile {
            dt { (name) }
            dd { strong { (value) } @if !with.is_empty() { span { (with) } } }
        }
    }
}

/// The kind of a content, as a mark.
pub(super) fn kind(kind: ContentKind) -> Markup {
    let word = match kind {
        ContentKind::Script => "script",
        ContentKind::App => "app",
        ContentKind::Remediation => "remediation",
    };
    html! { span.mark { (word) } }
}

/// The ring of a content; the one that is all devices goes without saying.
pub(super) fn ring(name: &str) -> Markup {
    html! { @if name == "all" { span.quiet { "all" } } @else { (name) } }
}

/// A time with its band below.
pub(super) fn time(range: &Range) -> Markup {
    html! {
        @match range.median {
            Some(secs) => strong { (text::length(secs)) },
            None => span.quiet { (CENSORED) },
        }
        @if let Some(band) = text::time_band(range) { span.band { (band) } }
    }
}

/// A count with its band below.
pub(super) fn count(range: &Range) -> Markup {
    html! {
        @match range.median {
            Some(n) => strong { (text::count(n)) },
            None => span.quiet { "not known" },
        }
        @if let Some(band) = text::count_band(range) { span.band { (band) } }
    }
}

/// A bar of so many basis points of the width. It repeats a figure beside it, so it is hidden from those who listen.
pub(super) fn bar(basis_points: u64, class: &str) -> Markup {
    html! {
        svg.bar viewBox="0 0 10000 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.track width="10000" height="10" {}
            rect class=(class) width=(basis_points.min(10_000)) height="10" {}
        }
    }
}

/// A command line that can be copied.
pub(super) fn command(line: &str) -> Markup {
    html! {
        div.command {
            pre tabindex="0" { code { (line) } }
            button.copy type="button" data-copy=(line) hidden { "Copy" }
        }
    }
}

/// A field that filters the rows of the table with this id; shown by the script, which does it.
pub(super) fn filter(table: &str, label: &str) -> Markup {
    html! {
        div.filter data-for=(table) hidden {
            label { (label) " " input type="search" autocomplete="off" spellcheck="false"; }
            output {}
        }
    }
}

/// A table that can be scrolled sideways where it is too wide, also by keyboard.
pub(super) fn scroll(label: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(label) tabindex="0" { (table) } }
}
