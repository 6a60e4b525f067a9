//! What a whole log tells: runs of the service, check-ins and why they came, scripts, apps, remediations, what never ended
//! and why, and what is odd about it.
//!
//! Begins and ends are paired as the agent's threads allow: within one log, first on the same thread. Where a log was torn, a
//! run of the service overlaps another, or the file ends, an item says why it has no end.

mod item;
mod open;
mod pair;
mod reason;
mod story;
mod track;

use std::io::{self, Read};

use serde::Serialize;

pub use item::{Anomaly, Fact, Item, ItemKind, Oddity, Outcome, Reason};

use super::oracle::Finding;
use super::reader::{Reader, Tally};
use super::record::Stamp;
use track::Tracker;

/// What one log or several tell. As JSON it has the keys `logs`, `items`, `anomalies` and `findings`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Timeline {
    /// The logs, in the order in which they were read.
    pub logs: Vec<LogSummary>,
    /// What takes time, by when it began.
    pub items: Vec<Item>,
    /// What is odd, by when it was noticed.
    pub anomalies: Vec<Anomaly>,
    /// Where a check of any log does not hold.
    pub findings: Vec<Finding>,
}

/// One log, its rotated parts joined.
#[derive(Clone, Debug, Serialize)]
pub struct LogSummary {
    /// Its name, such as `IntuneManagementExtension`.
    pub name: String,
    /// How many parts it has.
    pub parts: u64,
    /// How many messages were understood.
    pub events: u64,
    /// The stamp of its first record.
    pub first: Option<Stamp>,
    /// The stamp of its last record.
    pub last: Option<Stamp>,
    /// What it is made of.
    pub tally: Tally,
}

impl Timeline {
    /// Reads one log from its parts, oldest first, and adds what it tells.
    ///
    /// # Errors
    /// What a part fails with.
    pub fn read<R: Read>(&mut self, name: &str, parts: impl IntoIterator<Item = io::Result<R>>) -> io::Result<()> {
        let mut tracker = Tracker::new(name);
        let mut summary =
            LogSummary { name: name.to_owned(), parts: 0, events: 0, first: None, last: None, tally: Tally::default() };
        let mut before = 0;
        for part in parts {
            let mut reader = Reader::new(part?);
            while let Some(piece) = reader.next()? {
                tracker.piece(before, &piece);
            }
            summary.parts += 1;
            summary.tally.add(reader.tally());
            before += reader.tally().bytes();
        }
        (summary.first, summary.last, summary.events) = tracker.span();
        let (items, anomalies, findings) = tracker.finish();
        self.findings.extend(findings);
        self.items.extend(items);
        self.anomalies.extend(anomalies);
        // Sorting is stable, so equal times keep the order of the file.
        self.items.sort_by_key(|item| item.at);
        self.anomalies.sort_by_key(|anomaly| anomaly.at);
        self.logs.push(summary);
        Ok(())
    }

    /// All items of a kind.
    pub fn of(&self, kind: ItemKind) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.kind == kind)
    }
}
