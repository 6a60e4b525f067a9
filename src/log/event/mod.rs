//! What messages mean: every known phrase of the agent as a typed event.
//!
//! One table (the `events!` blocks of this folder) holds the phrases. [`Event::parse`] looks for the fixed middle of a phrase
//! anywhere in the first [`REACH`] bytes of a message, so that other tags, a changed end or a spelling of another year do no
//! harm; `Display` writes the text of a current agent. Ids and numbers are read as such. Times inside messages stay text: they
//! are in the form of the system's language, and one value alone does not tell day from month.
//!
//! ```
//! use imesim::log::Event;
//! use imesim::log::event::TimerEvent;
//!
//! let event = Event::parse("Delaying all checkins by seconds = 47 in the first check in on start/restart.");
//! assert_eq!(event, Some(Event::Timer(TimerEvent::FirstHold { seconds: 47 })));
//! assert_eq!(Event::parse("something else"), None);
//! ```

mod app;
mod install;
mod network;
mod rest;
mod script;
mod service;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod words;

use core::fmt;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Input, MatchKind, StartKind};
use serde::Serialize;

pub use app::{AppEvent, AppRunEvent};
pub use install::{DownloadEvent, EspEvent, InstallEvent};
pub use network::NetworkEvent;
pub use rest::{HousekeepingEvent, RemediationEvent};
pub use script::{ExecutorEvent, ScriptEvent};
pub use service::{ServiceEvent, SessionEvent, TimerEvent};
pub use words::{
    Action, AppKind, AppMode, Ending, EspPhase, Guid, NotAGuid, RunsAs, SessionChange, SessionKind, Workload,
};

use super::record::LogFile;
use table::{Part, Row};
use template::Template;

/// How far into a message a phrase may begin, in bytes. What stands further behind is output of scripts and answers of services.
pub const REACH: usize = 256;

/// Declares the sum of all parts.
macro_rules! sum {
    ($($(#[$of:meta])* $part:ident($type:ident),)+) => {
        /// What a message says.
        ///
        /// As JSON it has the key `event` with its name, and its fields.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        #[serde(untagged)]
        pub enum Event<'a> {
            $($(#[$of])* $part($type<'a>),)+
        }

        /// All rows, part by part.
        fn rows() -> impl Iterator<Item = &'static Row> {
            [$($type::ROWS),+].into_iter().flatten()
        }

        impl Event<'_> {
            fn row(&self) -> &'static Row {
                match self { $(Self::$part(part) => part.row()),+ }
            }

            fn values(&self) -> (&'static [&'static str], Vec<String>) {
                let shown = |fields: &[&dyn template::Show]| fields.iter().map(|field| template::shown(*field)).collect();
                match self { $(Self::$part(part) => (part.names(), part.with_fields(shown))),+ }
            }

            fn write(&self, out: &mut dyn fmt::Write, phrase: &str) -> fmt::Result {
                match self { $(Self::$part(part) => part.with_fields(|fields| template::write(out, phrase, fields))),+ }
            }
        }

        $(impl<'a> From<$type<'a>> for Event<'a> {
            fn from(part: $type<'a>) -> Self {
                Self::$part(part)
            }
        })+
    };
}

sum! {
    /// The life of the service.
    Service(ServiceEvent),
    /// Timers and delays.
    Timer(TimerEvent),
    /// Sessions, triggers and locks.
    Session(SessionEvent),
    /// Identity, network, and other check-ins.
    Network(NetworkEvent),
    /// Platform scripts.
    Script(ScriptEvent),
    /// The helper that runs scripts.
    Executor(ExecutorEvent),
    /// Check-ins of apps.
    AppRun(AppRunEvent),
    /// One app.
    App(AppEvent),
    /// Downloads.
    Download(DownloadEvent),
    /// Installers and restarts.
    Install(InstallEvent),
    /// The Enrollment Status Page, and Store apps.
    Esp(EspEvent),
    /// Remediations.
    Remediation(RemediationEvent),
    /// Housekeeping.
    Housekeeping(HousekeepingEvent),
}

impl<'a> Event<'a> {
    /// What a message says, if it is known.
    ///
    /// Of several phrases in one message the first counts.
    pub fn parse(message: &'a str) -> Option<Self> {
        let phrasebook = &*PHRASEBOOK;
        let reach = message.as_bytes().get(..message.len().min(REACH))?;
        let mut from = 0;
        loop {
            let found = phrasebook.keys.as_ref()?.find(Input::new(reach).range(from..))?;
            let (start, key) = (found.start(), found.pattern().as_usize());
            for place in phrasebook.by_key.get(key)? {
                let (row, template) = phrasebook.templates.get(*place)?;
                if let Some(event) = template.read(message, start).and_then(row.read) {
                    return Some(event);
                }
            }
            from = start + 1;
        }
    }

    /// Its name, such as `script-poll-begins`.
    pub fn name(&self) -> &'static str {
        self.row().name
    }

    /// The file in which a current agent writes it (B-11.5, B-11.6). Older agents have all of [`LogFile::AppWorkload`] in
    /// [`LogFile::IntuneManagementExtension`].
    pub fn file(&self) -> LogFile {
        self.row().file
    }

    /// Its fields as they would be written, by name.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        let (names, values) = self.values();
        names.iter().copied().zip(values)
    }

    /// The names of all events, in the order of the table.
    pub fn names() -> impl Iterator<Item = &'static str> {
        rows().map(|row| row.name)
    }
}

/// The text that a current agent would write.
impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, self.row().phrases.first().copied().unwrap_or(""))
    }
}

/// All phrases, ready for reading.
struct Phrasebook {
    /// `None` only if there were more keys than memory can hold; the tests build it.
    keys: Option<AhoCorasick>,
    templates: Vec<(&'static Row, Template)>,
    /// For each key the templates to try where it is found: its own, then those of keys that are its beginning.
    by_key: Vec<Vec<usize>>,
}

static PHRASEBOOK: LazyLock<Phrasebook> = LazyLock::new(|| {
    let templates: Vec<(&'static Row, Template)> =
        rows().flat_map(|row| row.phrases.iter().map(move |phrase| (row, Template::new(phrase)))).collect();
    let mut keys: Vec<&str> = templates.iter().map(|(_, template)| template.key).collect();
    keys.sort_unstable();
    keys.dedup();
    let by_key = keys
        .iter()
        .map(|key| {
            let fits = |(place, (_, template)): (usize, &(_, Template))| {
                key.starts_with(template.key).then_some((template.key.len(), place))
            };
            let mut fitting: Vec<(usize, usize)> = templates.iter().enumerate().filter_map(fits).collect();
            fitting.sort_by_key(|(length, place)| (std::cmp::Reverse(*length), *place));
            fitting.into_iter().map(|(_, place)| place).collect()
        })
        .collect();
    let keys = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .start_kind(StartKind::Unanchored)
        .kind(Some(aho_corasick::AhoCorasickKind::DFA))
        .build(&keys);
    Phrasebook { keys: keys.ok(), templates, by_key }
});
