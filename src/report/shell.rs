//! The frame of a page: head, navigation, embedded style, script and data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The style of pages with charts.
pub(super) const STYLE: &str = concat!(
    include_str!("vendor/uPlot.min.css"),
    "\n",
    include_str!("assets/page.css"),
    include_str!("assets/chart.css"),
    include_str!("assets/print.css"),
);

/// The script of pages with charts: uPlot 1.6.32 (MIT), then ours.
pub(super) const SCRIPT: &str = concat!(
    "\"use strict\";\n/*\n",
    include_str!("vendor/LICENSE"),
    "\n*/\n",
    include_str!("vendor/uPlot.min.js"),
    "\n",
    include_str!("assets/format.js"),
    include_str!("assets/theme.js"),
    include_str!("assets/chart.js"),
    include_str!("assets/controls.js"),
    include_str!("assets/legend.js"),
    include_str!("assets/grid.js"),
    include_str!("assets/picker.js"),
    include_str!("assets/tables.js"),
    include_str!("assets/study.js"),
    include_str!("assets/compare.js"),
    include_str!("assets/start.js"),
);

/// What differs from page to page.
pub(super) struct Page<'a> {
    /// Which charts the script makes.
    pub(super) kind: &'static str,
    /// The line above the title.
    pub(super) above: &'static str,
    pub(super) title: &'a str,
    pub(super) sections: Vec<Section>,
    pub(super) json: String,
    pub(super) style: &'static str,
    pub(super) script: &'static str,
    /// What who has no script is told.
    pub(super) without_script: &'static str,
    /// What stands behind the name of the program in the last line.
    pub(super) about: &'static str,
    /// The end of the last line.
    pub(super) credits: &'static str,
}

impl Page<'_> {
    /// What pages with charts tell who has no script.
    pub(super) const NO_CHARTS: &'static str = "Without script there are no charts; words and tables are complete.";
    /// What pages of simulations say of themselves.
    pub(super) const SIMULATION: &'static str =
        ", a simulation that knows public documents and stated assumptions. It measured no real device.";
    /// Who drew the charts.
    pub(super) const CHARTS: &'static str = " Charts: uPlot, MIT licence.";
}

/// A part of a page that the navigation lists.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) body: Markup,
}

/// The data as JSON that can stand inside a `script` element.
pub(super) fn json(data: &impl Serialize) -> String {
    serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned()).replace('<', "\\u003c")
}

pub(super) fn document(page: &Page<'_>) -> String {
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(page.script),
        hash(page.style)
    );
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(concat!("imesim ", env!("CARGO_PKG_VERSION")));
                link rel="icon" href="data:,";
                title { (page.title) " \u{2013} " (page.above) }
                style { (PreEscaped(page.style)) }
            }
            body data-page=(page.kind) {
                a.skip href="#main" { "Skip to the content" }
                (header(page))
                div.layout {
                    (navigation(&page.sections))
                    main #main tabindex="-1" {
                        noscript { p.banner { (page.without_script) } }
                        @for section in &page.sections {
                            section id=(section.id) aria-labelledby={ (section.id) "-title" } {
                                h2 id={ (section.id) "-title" } { (section.title) }
                                (section.body)
                            }
                        }
                    }
                }
                footer {
                    p { "Made by imesim " (env!("CARGO_PKG_VERSION")) (page.about) (page.credits) }
                }
                script type="application/json" id="data" { (PreEscaped(&page.json)) }
                script { (PreEscaped(page.script)) }
            }
        }
    }
    .into_string()
}

fn header(page: &Page<'_>) -> Markup {
    html! {
        header.top {
            div {
                p.above { (page.above) }
                h1 { (page.title) }
            }
            fieldset.theme {
                legend { "Colours" }
                @for (value, label) in [("auto", "Auto"), ("light", "Light"), ("dark", "Dark")] {
                    label {
                        input type="radio" name="theme" value=(value) checked[value == "auto"];
                        span { (label) }
                    }
                }
            }
        }
    }
}

fn navigation(sections: &[Section]) -> Markup {
    html! {
        nav.sections aria-label="Sections" {
            ol {
                @for section in sections {
                    li { a href={ "#" (section.id) } { (section.title) } }
                }
            }
        }
    }
}

/// What a content security policy calls this style or script.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_embedded_cannot_end_its_element() {
        assert!(!STYLE.contains("</"));
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
        assert_eq!(json(&"</script><!--"), "\"\\u003c/script>\\u003c!--\"");
    }

    #[test]
    fn a_policy_hash_is_the_one_that_browsers_compute() {
        assert_eq!(hash("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
    }
}
