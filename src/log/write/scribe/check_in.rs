//! Which check-ins are under way, and the threads on which they and everything else are.

use super::{START, Scribe};
use crate::agent::{Agent, Cause};
use crate::log::write::entry::Pen;
use crate::log::write::ids::Ids;
use crate::protocol::{AppPolicy, Token, UserId, Workload};

/// A check-in under way.
#[derive(Clone, Debug)]
pub(super) struct CheckIn {
    pub(super) thread: u32,
    pub(super) cause: Cause,
    pub(super) user: UserId,
    /// The request whose answer is awaited.
    pub(super) token: Option<Token>,
    /// How often it was sent again.
    pub(super) repeats: u64,
    pub(super) is_answered: bool,
    /// How many groups of apps the answer has.
    pub(super) subgraphs: u64,
    /// The apps of the answer.
    pub(super) apps: Vec<AppPolicy>,
}

impl<I: Ids, P: Pen> Scribe<I, P> {
    /// The lowest number of a thread that nothing uses.
    pub(super) fn take_thread(&mut self) -> u32 {
        let free = (START + 1..).find(|number| !self.threads.contains(number)).unwrap_or(START);
        self.threads.insert(free);
        free
    }

    pub(super) fn free_thread(&mut self, thread: u32) {
        self.threads.remove(&thread);
    }

    pub(super) fn check_in(&self, workload: Workload) -> Option<&CheckIn> {
        self.check_ins[workload as usize].as_ref()
    }

    /// A check-in begins.
    pub(super) fn open(&mut self, workload: Workload, cause: Cause, user: UserId) -> u32 {
        // The start goes through its check-ins one after another, on its own thread.
        let is_of_start = cause == Cause::Start
            && matches!(workload, Workload::Script | Workload::RequiredApp | Workload::AvailableApp);
        let thread = if is_of_start { START } else { self.take_thread() };
        self.check_ins[workload as usize] = Some(CheckIn {
            thread,
            cause,
            user,
            token: None,
            repeats: 0,
            is_answered: false,
            subgraphs: 0,
            apps: Vec::new(),
        });
        thread
    }

    /// Check-ins that are not under way any more get their end, but for one.
    pub(super) fn close_what_is_over(&mut self, agent: &Agent, but: Option<Workload>) {
        for workload in Workload::ALL {
            if !agent.is_busy(workload) && but != Some(workload) {
                self.close(workload);
            }
        }
    }

    /// A check-in is over, if one was under way.
    pub(super) fn close(&mut self, workload: Workload) {
        let Some(over) = self.check_ins[workload as usize].take() else { return };
        self.passes.retain(|pass| *pass != workload);
        match workload {
            Workload::Script => self.script_poll_ends(&over),
            Workload::RequiredApp | Workload::AvailableApp => self.app_run_ends(workload, &over),
            Workload::Remediation | Workload::Compliance => self.fetch_ends(&over),
        }
        self.free_thread(over.thread);
    }
}
