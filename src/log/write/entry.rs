//! One record before it is written, and whoever takes it.

use crate::log::{Event, LogFile, Severity, Stamp};

/// One record, with an event in the place of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// When, on the device's own wall clock.
    pub at: Stamp,
    /// The file of a current agent; who writes may have another (B-11.6, B-11.7).
    pub file: LogFile,
    /// How serious the record says it is.
    pub severity: Severity,
    /// The managed thread that writes it.
    pub thread: u32,
    /// What it says.
    pub event: Event<'a>,
}

/// Takes entries, in the order of their time.
///
/// It does not fail: a log that cannot be written is no reason for an agent to stop. Who writes to a disk keeps the error for
/// whoever asks, see [`LogSet::check`](super::LogSet::check).
pub trait Pen {
    /// Takes one.
    fn write(&mut self, entry: &Entry<'_>);

    /// Takes notice of a decision of which the agent's logs say nothing, and why that is so. Does nothing by default.
    fn silent(&mut self, decision: &crate::agent::Event, why: &'static str) {
        let _ = (decision, why);
    }
}

impl<P: Pen> Pen for &mut P {
    fn write(&mut self, entry: &Entry<'_>) {
        (**self).write(entry);
    }

    fn silent(&mut self, decision: &crate::agent::Event, why: &'static str) {
        (**self).silent(decision, why);
    }
}

/// Both take each entry.
impl<A: Pen, B: Pen> Pen for (A, B) {
    fn write(&mut self, entry: &Entry<'_>) {
        self.0.write(entry);
        self.1.write(entry);
    }

    fn silent(&mut self, decision: &crate::agent::Event, why: &'static str) {
        self.0.silent(decision, why);
        self.1.silent(decision, why);
    }
}
