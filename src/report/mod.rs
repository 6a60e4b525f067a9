//! A study of a fleet as a web page of one file.
//!
//! [`page`] shows one study, several runs of a scenario that differ in the seed; [`compare_page`] shows two. A page needs
//! no network and asks for none: style, script, chart library and data are inside, and its content security policy admits
//! nothing else. The words and tables are made here, so that they are there without script; the script draws the charts
//! and adds what is done with a mouse: zoom, legends, filters.
//!
//! ```
//! use imesim::report::data::StudyData;
//!
//! fn write(study: &StudyData) -> String {
//!     imesim::report::page(study) // the same data give the same page, to the byte
//! }
//! ```
//!
//! Every text of a scenario is escaped by the type that carries it, and the data are embedded as JSON without a `<`.

pub mod data;

mod compare;
#[cfg(feature = "check")]
mod explore;
mod figure;
#[cfg(feature = "log")]
mod logs;
mod part;
mod shell;
mod stragglers;
mod study;
mod text;
mod times;

use data::{CompareData, StudyData};
#[cfg(feature = "check")]
pub use explore::explore_page;
#[cfg(feature = "log")]
pub use logs::logs_page;

/// Makes the page of one study.
pub fn page(study: &StudyData) -> String {
    shell::document(&shell::Page {
        kind: "study",
        above: "Study of a fleet",
        title: &study.title,
        sections: study::sections(study),
        json: shell::json(study),
        style: shell::STYLE,
        script: shell::SCRIPT,
        without_script: shell::Page::NO_CHARTS,
        about: shell::Page::SIMULATION,
        credits: shell::Page::CHARTS,
    })
}

/// Makes the page that compares two studies.
pub fn compare_page(compared: &CompareData) -> String {
    let (a, b) = (&compared.a.title, &compared.b.title);
    let title = if a == b { a.clone() } else { format!("{a} / {b}") };
    shell::document(&shell::Page {
        kind: "compare",
        above: "Two studies compared",
        title: &title,
        sections: compare::sections(compared),
        json: shell::json(compared),
        style: shell::STYLE,
        script: shell::SCRIPT,
        without_script: shell::Page::NO_CHARTS,
        about: shell::Page::SIMULATION,
        credits: shell::Page::CHARTS,
    })
}
