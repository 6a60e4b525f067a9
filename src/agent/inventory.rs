//! Endpoint analytics jobs and the inventory of Win32 apps. First read: B-8.14 to B-8.18.

use serde::{Deserialize, Serialize};

use super::{Sink, Turn};
use crate::protocol::{Report, Token};

/// What the agent keeps of its inventory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Inventory {}

impl<S: Sink> Turn<'_, '_, S> {
    /// A job or the inventory is due.
    pub(super) fn inventory_due(&mut self) {}

    /// The next report that is due, with the run that it is about.
    pub(super) fn next_inventory_report(&self) -> Option<(Report, Token)> {
        None
    }

    /// The service took a report; false if it is nobody's here.
    pub(super) fn inventory_report_taken(&mut self, run: Token) -> bool {
        let _ = run;
        false
    }
}
