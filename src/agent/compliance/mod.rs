//! Custom compliance: when discovery scripts run and what is reported. First read: B-8.1 to B-8.8.
//!
//! | file | owns |
//! |---|---|
//! | this one | what is kept, and the deadlines |
//! | `answer` | what a fetch brings, changes and takes away |
//! | `run` | runs, one after another, and their results |
//! | `event` | decisions |
//!
//! Fetches and runs stand on two grids that begin with the service (B-8.1, B-9.5). Where their points fall together, the
//! scripts run after the fetch, so that a changed script runs at once and the old one not again. The grid of runs counts awake
//! time. A policy has one script and a script one policy (B-8.4), so both have one id.

mod answer;
mod event;
mod run;

pub use event::ComplianceEvent;

use serde::{Deserialize, Serialize};

use super::work::RunSlot;
use super::{Agent, Cause, Event, Sink, Timer, Turn};
use crate::profile::Compliance as Figures;
use crate::protocol::{PolicyId, Report, Token, UserId, Workload};
use crate::rules::RuleId;
use crate::time::{Awake, Span};

/// What the agent keeps of one discovery script for one user id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DiscoveryRecord {
    /// Which script.
    pub policy: PolicyId,
    /// Which revision of it is on the device.
    pub revision: u32,
    /// The error number of the last run that ended (B-8.5), or 0.
    pub error: u32,
    /// A number for its output.
    pub output: u32,
    /// The last run that ended.
    pub run: Option<Token>,
    /// For whom: the device, or the user whom the policy targets.
    pub user: UserId,
    /// A run has ended in this revision.
    pub ended: bool,
    /// The last result is not yet with the service.
    pub unreported: bool,
    /// It runs as soon as the one before it is over.
    pub wanted: bool,
}

/// What the agent keeps of custom compliance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Compliance {
    /// One record for each pair of script and user id, in the order in which they were first seen.
    records: Vec<DiscoveryRecord>,
}

impl Compliance {
    /// Becomes a copy of another one in the room that it has.
    pub(super) fn copy_from(&mut self, other: &Self) {
        let Self { records } = other;
        self.records.clone_from(records);
    }

    /// True if there is a result that the service does not have.
    #[inline]
    pub(super) fn has_unsent(&self) -> bool {
        self.records.iter().any(|record| record.unreported)
    }
}

/// What ends with the agent's process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct ComplianceUnderway {
    /// The script that runs.
    run: Option<UnderWay>,
    /// When all scripts run next; `None` while there is none.
    grid: Option<Awake>,
    /// All scripts run once the fetch under way is over.
    after_fetch: bool,
    monitor: Option<Monitor>,
}

impl ComplianceUnderway {
    pub(super) const NOTHING: Self = Self { run: None, grid: None, after_fetch: false, monitor: None };
}

/// The run under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct UnderWay {
    slot: RunSlot,
    policy: PolicyId,
    user: UserId,
}

/// The monitor that polls between the periodic fetches (B-8.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Monitor {
    /// When it looks next.
    next: Awake,
    /// Start of the hour in which it counts its check-ins, and their number.
    from: Awake,
    count: u32,
}

impl DiscoveryRecord {
    /// True if the record is of this script for this user id.
    fn is(&self, policy: PolicyId, user: UserId) -> bool {
        self.policy == policy && self.user == user
    }
}

impl Agent {
    /// What the agent keeps of discovery scripts, in the order in which it first saw them.
    ///
    /// Source: B-8.1.
    pub fn discovery(&self) -> &[DiscoveryRecord] {
        self.durable.work.as_ref().map_or(&[], |kept| &kept.compliance.records)
    }

    /// What must hold of custom compliance after every input.
    pub(super) fn check_compliance(&self, running: &super::state::Running) -> Result<(), &'static str> {
        let run = running.work.as_ref().and_then(|work| work.compliance.run);
        if run.is_some() && !self.timers.is_set(Timer::ComplianceWork) {
            return Err("a discovery script runs without a limit");
        }
        let waits = self.discovery().iter().any(|record| record.wanted);
        if waits && run.is_none() && running.ready && !self.durable.around.dark_wake {
            return Err("a discovery script is wanted and nothing runs");
        }
        Ok(())
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    fn discovery_records(&mut self) -> &mut [DiscoveryRecord] {
        self.durable.work.as_mut().map_or(&mut [], |kept| &mut kept.compliance.records)
    }

    /// What is under way, if anything of the kind is.
    fn discovering(&mut self) -> Option<&mut ComplianceUnderway> {
        Some(&mut self.running()?.work.as_mut()?.compliance)
    }

    /// *Check compliance*: what is on the device runs, nothing is fetched (B-8.2; B-9.1, rows 15 and 21).
    pub(super) fn check_compliance(&mut self, rule: RuleId) {
        self.note(rule, Event::ComplianceRun);
        self.discover_all();
    }

    /// All scripts run once the fetch that has just been asked for is over: the start sequence, or a point of the grid.
    pub(super) fn discover_after_fetch(&mut self) {
        if self.discovery_records().is_empty() {
            return; // What the fetch brings runs anyway, because it is new.
        }
        let Some(running) = self.running() else { return };
        if running.is_busy(Workload::Compliance) || running.waiting[Workload::Compliance as usize].is_some() {
            running.work.get_or_insert_default().compliance.after_fetch = true;
        } else {
            self.discover_all();
        }
        self.keep_grid();
    }

    /// A fetch came to nothing: what waited for it runs as it is on the device.
    pub(super) fn discovery_poll_failed(&mut self) {
        self.fetch_over();
    }

    fn fetch_over(&mut self) {
        if self.discovering().is_some_and(|underway| std::mem::take(&mut underway.after_fetch)) {
            self.discover_all();
        }
    }

    /// The grid of runs begins with the first script. It has its points where the fetches have theirs, and more or fewer
    /// of them where the interval differs.
    fn keep_grid(&mut self) {
        if self.discovery_records().is_empty() {
            if let Some(underway) = self.discovering() {
                underway.grid = None;
            }
        } else if self.discovering().is_none_or(|underway| underway.grid.is_none()) {
            let every = self.cx.profile.cc.run_interval;
            let now = self.now;
            let fetch = self.timers.remaining(Timer::PollCompliance, now).unwrap_or(every);
            let rest = Span::millis(fetch.as_millis() % every.as_millis().max(1));
            let after = if rest.is_zero() { every } else { rest };
            if let Some(underway) = self.underway() {
                underway.compliance.grid = Some(now.awake.after(after));
            }
        }
        self.arm_discovery();
    }

    /// The service starts. What the process before was asked for is nobody's wish any more: the start sequence runs all.
    /// The monitor starts with it, where it is on (B-8.8).
    pub(super) fn begin_discovery(&mut self) {
        for record in self.discovery_records() {
            record.wanted = false;
        }
        let (cc, now) = (&self.cx.profile.cc, self.now.awake);
        if !cc.realtime || cc.realtime_max_per_hour == 0 {
            return;
        }
        let monitor = Monitor { next: now.after(cc.realtime_interval), from: now, count: 0 };
        if let Some(underway) = self.underway() {
            underway.compliance.monitor = Some(monitor);
        }
        self.arm_discovery();
    }

    /// A limit, a point of the grid or a look of the monitor is due.
    pub(super) fn discovery_due(&mut self) {
        let (cc, now) = (&self.cx.profile.cc, self.now);
        let Some(underway) = self.discovering() else { return };
        let over = underway.run.is_some_and(|run| run.slot.is_over(now));
        let runs = underway.grid.is_some_and(|at| at <= now.awake);
        if let (true, Some(grid)) = (runs, underway.grid) {
            // Points that were passed while nothing could run are not made up for.
            underway.grid = Some(next_after(grid, cc.run_interval, now.awake));
        }
        let polls = underway.monitor.as_mut().is_some_and(|monitor| monitor.polls(cc, now.awake));
        if over {
            self.discovery_timed_out();
        }
        if runs {
            // The poll that is due at this same moment comes first.
            if self.timers.remaining(Timer::PollCompliance, now) == Some(Span::ZERO) {
                if let Some(underway) = self.discovering() {
                    underway.after_fetch = true;
                }
            } else {
                self.discover_after_fetch();
            }
        }
        if polls {
            let user = self.durable.around.active;
            self.check_in(Workload::Compliance, Cause::Monitor, user);
        }
        self.arm_discovery();
    }

    /// Arms or disarms the timer for the earliest of limit, grid and monitor.
    fn arm_discovery(&mut self) {
        let now = self.now.awake;
        let next = self.discovering().and_then(|underway| {
            let limit = underway.run.map(|run| run.slot.until);
            let monitor = underway.monitor.map(|monitor| monitor.next);
            [limit, underway.grid, monitor].into_iter().flatten().min()
        });
        match next {
            Some(at) => self.arm(Timer::ComplianceWork, at.since(now)),
            None => self.timers.clear(Timer::ComplianceWork),
        }
    }

    /// The next report that is due, with the run that it is about.
    pub(super) fn next_compliance_report(&self) -> Option<(Report, Token)> {
        let records = &self.durable.work.as_ref()?.compliance.records;
        records.iter().find_map(|record| {
            let (true, Some(run)) = (record.unreported, record.run) else { return None };
            let DiscoveryRecord { policy, revision, error, output, user, .. } = *record;
            let report = crate::protocol::ComplianceReport { policy, revision, error, output, user };
            Some((Report::Compliance(report), run))
        })
    }

    /// The service took a report; false if it is nobody's here.
    pub(super) fn compliance_report_taken(&mut self, run: Token) -> bool {
        let record = self.discovery_records().iter_mut().find(|record| record.run == Some(run));
        record.map(|record| record.unreported = false).is_some()
    }

    fn note_discovery(&mut self, rule: RuleId, event: ComplianceEvent) {
        self.note(rule, Event::Compliance(event));
    }
}

impl Monitor {
    /// Goes on to the next look; true if this one may check in (B-8.8).
    fn polls(&mut self, cc: &Figures, now: Awake) -> bool {
        if now < self.next {
            return false;
        }
        self.next = next_after(self.next, cc.realtime_interval, now);
        if now.since(self.from) >= Figures::REALTIME_WINDOW {
            (self.from, self.count) = (now, 0);
        }
        self.count = self.count.saturating_add(1);
        self.count <= cc.realtime_max_per_hour
    }
}

/// The first point of a grid behind `now`, given a point that is not.
fn next_after(point: Awake, every: Span, now: Awake) -> Awake {
    let every = every.as_millis().max(1);
    point.after(Span::millis((now.since(point).as_millis() / every + 1).saturating_mul(every)))
}

#[cfg(test)]
mod tests;
