//! What the transcript of a scenario shows.

use crate::sim::trace::Line;
use crate::time::Span;

/// Which lines belong to the story that a scenario tells. The default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// The events; one that ends in `*` stands for all that begin so. Empty: every event.
    pub events: Vec<String>,
    /// The windows, each from its start, included, to its end, not included. Empty: the whole run.
    pub windows: Vec<(Span, Span)>,
}

impl Story {
    /// A line belongs to it.
    #[must_use]
    pub fn shows(&self, line: &Line) -> bool {
        let is_told = self.events.is_empty() || self.events.iter().any(|event| is_named(event, &line.event));
        let is_within =
            self.windows.is_empty() || self.windows.iter().any(|(from, to)| (*from..*to).contains(&line.at));
        is_told && is_within
    }
}

/// An event is the one that is named, or one of those that a name with `*` stands for.
pub(super) fn is_named(name: &str, event: &str) -> bool {
    match name.strip_suffix('*') {
        Some(beginning) => event.starts_with(beginning),
        None => name == event,
    }
}
