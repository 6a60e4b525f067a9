//! What an agent wants done, and the contract of doing it.
//!
//! # Order and durability
//!
//! Effects are carried out in the order in which they are emitted. After [`Effect::Persist`] nothing that follows
//! may begin before the agent's [`snapshot`](super::Agent::snapshot) is on disk: the process may be killed between
//! any two effects and restored from the last snapshot. The sink is called inside `handle` and must only record.

use serde::{Deserialize, Serialize};

use super::Event;
use crate::protocol::{PolicyId, Request, RunAs, Token, UserId};
use crate::rules::RuleId;
use crate::time::Span;

/// One thing that an agent wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Write the snapshot to disk before doing anything that follows. Needs no answer.
    Persist,
    /// Send a request to the service. Answered by `Answered` or `Failed` with the same token; the agent gives up by
    /// itself after `ime.answer_timeout`.
    Send {
        /// Names the request.
        token: Token,
        /// The request.
        request: Request,
    },
    /// Start a process, a look at the device or a download. Answered by `Completed` with the same token, unless [`Effect::Stop`] comes first.
    Run {
        /// Names the run, and its stored output.
        token: Token,
        /// What is run.
        run: Run,
    },
    /// End a run; its output so far is kept. Not answered.
    Stop {
        /// Which run.
        token: Token,
    },
    /// Set the start type of the agent's service to automatic (B-10.9). Not answered.
    SetAutomatic,
    /// Start the agent's service (B-10.9). Answered by `Service(Started)`, or by `Service(Broken)` if it cannot be.
    StartService,
    /// Restart the device (B-7.28, B-7.29). The last effect of its input; not answered but by what the restart brings.
    Restart,
    /// Take the agent off the device; installed apps and the effects of scripts stay (B-10.14). Not answered: from
    /// here on the agent is absent.
    Uninstall,
}

/// What a run is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// A PowerShell script.
    Script,
    /// The detection script of a remediation, before anything is done (B-6.14).
    Detect,
    /// The remediation script.
    Remediate,
    /// The detection script once more, after the remediation.
    DetectAgain,
    /// A discovery script for custom compliance (B-8.1).
    Discover,
    /// A look for an app, by its rules or its script (B-7.12). Answered by `Found` or by `Exited` of the script.
    AppDetect,
    /// A look at what the app requires (B-7.9). Answered by `Required`.
    AppRequire,
    /// The download of an app's content in the background, unpacking included (B-7.17). Answered by `Downloaded`.
    AppDownload,
    /// The same in the foreground.
    AppDownloadForeground,
    /// The install command of an app (B-7.6).
    AppInstall,
    /// Its uninstall command.
    AppUninstall,
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Run {
    /// What is run.
    pub task: Task,
    /// Of which content.
    pub policy: PolicyId,
    /// Of which revision.
    pub revision: u32,
    /// Under whose id it is recorded.
    pub user: UserId,
    /// In whose session it runs: a signed-in user's, or the machine's for [`UserId::DEVICE`].
    pub session: UserId,
    /// In whose name.
    pub run_as: RunAs,
    /// Which try this is, from 1 on.
    pub attempt: u16,
    /// How long it may take; the agent ends it by itself (B-5.15, B-6.16, B-7.21).
    pub limit: Span,
}

/// Takes what an agent emits.
///
/// It is called inside `handle`, so it must only record. A `Vec<Effect>` is a sink.
pub trait Sink {
    /// Takes an effect.
    fn effect(&mut self, effect: Effect);

    /// Takes a decision and the rule behind it. Does nothing by default.
    fn note(&mut self, _rule: RuleId, _event: Event) {}
}

impl Sink for Vec<Effect> {
    fn effect(&mut self, effect: Effect) {
        self.push(effect);
    }
}
