//! Remediations: when each runs, what follows from its detection, and what is reported. First read: section 6 of the rules.
//!
//! | file | owns |
//! |---|---|
//! | `schedule` | the arithmetic of schedules (B-6.4 to B-6.11) |
//! | `answer` | what a fetch brings: new, changed and dropped remediations, the queue of first runs (B-6.7 to B-6.9, B-6.24) |
//! | `next` | when each is due and what it waits for (B-6.12, B-6.21) |
//! | `run` | which runs next, and its row of detection, remediation and detection (B-6.13 to B-6.20) |
//! | `on_demand` | runs on demand (B-6.29 to B-6.32) |
//! | `report` | results, the cycle of reports and their batches (B-6.17, B-6.18, B-6.26 to B-6.28) |

mod answer;
mod event;
mod next;
mod on_demand;
mod report;
mod run;
mod schedule;

use serde::{Deserialize, Serialize};

pub use event::{RemediationEvent, RemediationWait, ReportReason};
pub use next::RemediationNext;
pub use report::Standing;

use self::schedule::Reckoning;
use super::state::Phase;
use super::work::RunSlot;
use super::{Agent, Context, Event, Sink, Turn};
use crate::chance::Purpose;
use crate::content::{Remediation, Schedule};
use crate::protocol::{PolicyId, RunAs, Token, UserId};
use crate::rules::RuleId;
use crate::time::{Awake, Span, Wall};

/// What the agent keeps of one remediation for one user id.
///
/// What targets the device is kept under the device id user and runs for the device; what targets a user is kept under the
/// user's id and runs while that user is signed in, as System as well (B-12.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RemediationRecord {
    /// Which remediation.
    pub policy: PolicyId,
    /// Which revision of it; another revision starts afresh (B-6.24).
    pub revision: u32,
    /// From where its schedule goes on; see `schedule.rs`.
    anchor: Wall,
    /// The exit code of the last first detection.
    pub detection: i32,
    /// A number for the output of the last script that ran; 0 where it printed nothing.
    pub output: u32,
    /// When the last full report was due, in minutes of the device's clock (B-6.27).
    full: u32,
    /// Scheduled runs begun in this revision; on-demand runs do not count (B-6.32).
    pub runs: u16,
    /// For whom.
    pub user: UserId,
    /// What the last run came to.
    pub standing: Standing,
}

/// What the agent keeps of remediations.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Remediations {
    /// What is assigned, in the order in which it was first seen.
    records: Vec<RemediationRecord>,
    /// One that ran on demand without being assigned; it stays until its report is with the service (B-6.29).
    visitor: Option<RemediationRecord>,
    /// Results that the service does not have, at most one for each record.
    unsent: Vec<Unsent>,
}

impl Remediations {
    /// Becomes a copy of another one in the room that it has.
    pub(super) fn copy_from(&mut self, other: &Self) {
        let Self { records, visitor, unsent } = other;
        self.records.clone_from(records);
        self.visitor = *visitor;
        self.unsent.clone_from(unsent);
    }
}

/// A result that the service does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Unsent {
    policy: PolicyId,
    user: UserId,
    /// Its time has come; others wait for the batch (B-6.28).
    ready: bool,
    /// The last script of the run.
    run: Token,
}

/// What is under way of remediations. The queue ends with the service and is made again by the next fetch (B-6.9).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct RemediationsUnderway {
    /// The remediation that runs.
    current: Option<Current>,
    /// First runs, and when they are due.
    queue: Vec<(PolicyId, UserId, Awake)>,
    /// What is due and waits; it has been noted, and no timer is armed for it.
    waiting: Vec<(PolicyId, UserId)>,
    /// The run on demand that is next (B-6.30).
    on_demand: Option<Asked>,
    /// Where the hourly grid of batches begins: with the first work on remediations after the service start. That it is a
    /// grid of this kind is assumed (B-6.28).
    grid: Option<Awake>,
    /// When the next batch leaves, if one is needed.
    batch: Option<Awake>,
}

impl RemediationsUnderway {
    pub(super) const NOTHING: Self =
        Self { current: None, queue: Vec::new(), waiting: Vec::new(), on_demand: None, grid: None, batch: None };
}

/// A run on demand that has not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Asked {
    policy: PolicyId,
    revision: u32,
    /// When the agent heard of it.
    since: Wall,
}

/// One remediation on its way through its scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Current {
    policy: PolicyId,
    revision: u32,
    /// When the first detection began.
    begun: Wall,
    /// The script that runs; `None` while the next step has to wait.
    slot: Option<RunSlot>,
    /// The exit code of the first detection.
    detection: i32,
    user: UserId,
    step: Step,
    run_as: RunAs,
    /// Somebody asked for it.
    on_demand: bool,
}

/// Which script of a remediation runs (B-6.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Step {
    Detect,
    Remediate,
    DetectAgain,
}

impl Remediations {
    /// True if there is a result that the service does not have.
    #[inline]
    pub(in crate::agent) const fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    fn find(&self, policy: PolicyId, user: UserId) -> Option<&RemediationRecord> {
        let all = self.records.iter().chain(&self.visitor);
        all.into_iter().find(|record| record.policy == policy && record.user == user)
    }

    fn find_mut(&mut self, policy: PolicyId, user: UserId) -> Option<&mut RemediationRecord> {
        let all = self.records.iter_mut().chain(&mut self.visitor);
        all.into_iter().find(|record| record.policy == policy && record.user == user)
    }
}

impl RemediationRecord {
    /// A record without a run.
    fn new(policy: PolicyId, revision: u32, user: UserId, anchor: Wall) -> Self {
        Self { policy, revision, anchor, detection: 0, output: 0, full: 0, runs: 0, user, standing: Standing::None }
    }

    /// Its content, if it can be had.
    fn content<'a>(&self, cx: &Context<'a>) -> Option<&'a Remediation> {
        cx.library.remediation(self.policy, self.revision)
    }

    fn reckoning<'a>(&self, cx: &Context<'a>, content: &Remediation) -> Reckoning<'a> {
        let slack = match content.schedule {
            Schedule::Hourly(_) => {
                // B-6.10: each run of each remediation has a draw of its own.
                let draw = u64::from(self.policy.0) << 24 | u64::from(self.user.0) << 16 | u64::from(self.runs);
                cx.chance.span(cx.profile.rem.hourly_slack, Purpose::HourlySlack, draw)
            }
            Schedule::Default | Schedule::Once { .. } | Schedule::Daily { .. } => Span::ZERO,
        };
        Reckoning { schedule: content.schedule, zone: cx.zone, profile: cx.profile, slack }
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    fn note_remediation(&mut self, rule: RuleId, event: RemediationEvent) {
        self.note(rule, Event::Remediation(event));
    }

    /// What is kept, if anything is.
    fn remediations(&self) -> Option<&Remediations> {
        self.durable.work.as_ref().map(|kept| &kept.remediations)
    }

    /// What is under way, without making it.
    fn underway_now(&self) -> Option<&RemediationsUnderway> {
        match &*self.phase {
            Phase::Running(running) => running.work.as_ref().map(|work| &work.remediations),
            Phase::Stopped | Phase::Absent => None,
        }
    }

    /// What is under way; with the first of it the grid of batches begins. `None` if the service does not run.
    fn remediations_underway(&mut self) -> Option<&mut RemediationsUnderway> {
        let now = self.now.awake;
        let work = &mut self.underway()?.remediations;
        work.grid.get_or_insert(now);
        Some(work)
    }

    /// True if nothing is kept and nothing is under way, which is the frequent case.
    fn has_no_remediations(&mut self) -> bool {
        let kept = self.remediations().is_some_and(|kept| *kept != Remediations::default());
        let underway = self.running().and_then(|running| running.work.as_ref());
        !kept && underway.is_none_or(|work| work.remediations == RemediationsUnderway::default())
    }

    /// The service runs: results that wait get their batch, and what was missed is run (B-6.6).
    pub(super) fn remediations_started(&mut self) {
        if self.has_no_remediations() {
            return;
        }
        self.plan_batch();
        self.remediation_step();
    }

    /// A run, a limit or a batch is due.
    pub(super) fn remediation_due(&mut self) {
        self.remediation_step();
    }
}

impl Agent {
    /// What the agent keeps of remediations: what is assigned in the order in which it was first seen, then one that ran on
    /// demand and is not assigned.
    pub fn remediations(&self) -> impl Iterator<Item = &RemediationRecord> {
        let kept = self.durable.work.as_ref().map(|kept| &kept.remediations);
        kept.into_iter().flat_map(|kept| kept.records.iter().chain(&kept.visitor))
    }

    /// True if the last result of a remediation is to be reported and not with the service.
    pub fn is_remediation_unreported(&self, policy: PolicyId, user: UserId) -> bool {
        let kept = self.durable.work.as_ref().map(|kept| &kept.remediations);
        kept.is_some_and(|kept| kept.unsent.iter().any(|unsent| unsent.policy == policy && unsent.user == user))
    }
}

/// For how long something due at a moment has been due, if it has.
fn overdue(at: Wall, now: Wall) -> Option<Span> {
    (at <= now).then(|| now.since(at))
}
