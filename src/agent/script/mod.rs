//! PowerShell scripts: which of them run, when, and how they end. First read: section 5 of the rules.
//!
//! `answer` decides what a poll's answer queues, `run` works the queue off one by one, this file holds what is kept.

mod answer;
mod run;

#[cfg(feature = "check")]
pub(crate) use answer::instances;

use serde::{Deserialize, Serialize};

use crate::protocol::{PolicyId, RunAs, ScriptResult, Token, UserId};
use crate::time::Wall;

/// What the agent keeps of one script for one user id: its entry in the registry.
///
/// Counter and result belong to the pair of user id and script (B-5.8); where Windows keeps them is B-5.26.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record {
    /// Which script.
    pub policy: PolicyId,
    /// Which revision of it; another revision starts afresh (B-5.6).
    pub revision: u32,
    /// When the record changed last.
    pub updated: Wall,
    /// The last run that ended.
    pub run: Option<Token>,
    /// The exit code of the last run that ended.
    pub exit_code: i32,
    /// For whom.
    pub user: UserId,
    /// In whose name it runs.
    pub run_as: RunAs,
    /// The download count: tries begun (B-5.4, B-5.10).
    pub downloads: u16,
    /// How it stands.
    pub state: RecordState,
    /// The last result is not yet with the service.
    pub unreported: bool,
}

/// How a script stands for one user id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordState {
    /// It has not ended yet in this revision.
    Pending,
    /// It ended well and does not run again (B-5.1, B-5.7).
    Success,
    /// It failed; it is tried again while tries are left (B-5.3).
    Failed,
    /// It will never run here in this revision (B-1.14, B-5.18a).
    Skipped,
}

impl From<ScriptResult> for RecordState {
    fn from(result: ScriptResult) -> Self {
        match result {
            ScriptResult::Success => Self::Success,
            ScriptResult::Failed => Self::Failed,
        }
    }
}

/// The work of a script poll after its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) enum Stage {
    /// Nothing to run.
    #[default]
    Idle,
    /// Scripts run one after another (B-5.13).
    Working(Box<Work>),
}

/// Scripts that run one after another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Work {
    /// Places of the queued records, in running order.
    queue: Vec<u32>,
    /// How many of them are done with.
    next: u32,
    /// The run under way, with its record's place; none while maintenance wake holds the queue.
    run: Option<(Token, u32)>,
}

#[cfg(feature = "check")]
impl Record {
    /// Puts the record into a print.
    pub(super) fn print(&self, print: &mut crate::canon::Print) {
        use core::hash::Hash;
        let Self { policy, revision, updated: _, run, exit_code, user, run_as, downloads, state, unreported } = self;
        print.word(u64::from(policy.0) << 32 | u64::from(*revision));
        print.word(u64::from(exit_code.cast_unsigned()) << 32 | u64::from(user.0) << 24 | u64::from(*downloads));
        (run_as, state, unreported).hash(print);
        print.token(crate::canon::Side::Agent, *run);
    }
}

#[cfg(feature = "check")]
impl Stage {
    /// Becomes a copy of another stage; a box that is there is used again.
    pub(super) fn copy_from(&mut self, other: &Self) {
        match (self, other) {
            (Self::Working(own), Self::Working(work)) => {
                let Work { queue, next, run } = &**work;
                own.queue.clone_from(queue);
                (own.next, own.run) = (*next, *run);
            }
            (own, other) => own.clone_from(other),
        }
    }

    /// Puts the work into a print.
    pub(super) fn print(&self, print: &mut crate::canon::Print) {
        use core::hash::Hash;
        match self {
            Self::Idle => print.byte(0),
            Self::Working(work) => {
                let Work { queue, next, run } = &**work;
                (1_u8, queue, next, run.map(|(_, place)| place)).hash(print);
                print.token(crate::canon::Side::Agent, run.map(|(token, _)| token));
            }
        }
    }
}

impl Stage {
    /// True while scripts are queued or running.
    pub(super) const fn has_work(&self) -> bool {
        !matches!(self, Self::Idle)
    }

    /// How many scripts were queued together, those that have been run included.
    pub(super) fn queued(&self) -> usize {
        match self {
            Self::Idle => 0,
            Self::Working(work) => work.queue.len(),
        }
    }

    /// Puts the script that runs back into the queue, to see whether that is found.
    #[cfg(test)]
    pub(super) fn hold(&mut self) {
        if let Self::Working(work) = self {
            work.run = None;
        }
    }

    /// True while a script runs.
    pub(super) fn is_running(&self) -> bool {
        matches!(self, Self::Working(work) if work.run.is_some())
    }
}
