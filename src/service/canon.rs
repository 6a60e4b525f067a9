//! What of a ledger goes into a canonical fingerprint, and how assignments change at a moment of the checker's choice. See
//! [`canon`](crate::canon).

use core::hash::Hash;

use super::event::{AdminAction, Sink};
use super::ledger::{Context, Ledger};
use crate::canon::Print;
use crate::time::Wall;

impl Ledger {
    /// Puts the record into a print. Left out: reports and the last check-in, which are only shown, what is counted for a
    /// limit that the small worlds do not set, and the pushes of a timeline, which is the checker's.
    pub(crate) fn print(&self, cx: &Context<'_>, print: &mut Print) {
        let Self {
            management,
            had_triggers,
            had_scripts,
            agent_seen,
            agent_ordered,
            epoch,
            pushes: _,
            hour: _,
            polls: _,
            targeted_from,
            last_check_in: _,
            last_maintenance,
            reports: _,
        } = self;
        (management, had_triggers, had_scripts, agent_seen, agent_ordered, epoch).hash(print);
        print.until(*targeted_from);
        print.since(*last_maintenance, cx.profile.mdm.maintenance_min_gap);
    }

    /// The number of the epoch that the record is in.
    pub(crate) const fn number_of_epoch(&self) -> u32 {
        self.epoch
    }

    /// Forgets what was assigned, to see whether that is found.
    #[cfg(test)]
    pub(crate) const fn forget_triggers(&mut self) {
        (self.had_triggers, self.had_scripts) = (false, false);
    }

    /// Does what an admin does, without a look at the timeline, which is the checker's.
    pub(crate) fn act_now<'a>(&mut self, cx: &Context<'a>, now: Wall, action: AdminAction, out: &mut impl Sink<'a>) {
        self.act(cx, now, action, out);
    }

    /// Moves on to an epoch of the cohort, as if its time had come.
    pub(crate) fn move_to(&mut self, cx: &Context<'_>, epoch: u32) {
        self.epoch = epoch;
        self.remember(cx);
    }
}
