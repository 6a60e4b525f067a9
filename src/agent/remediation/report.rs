//! What a run came to, and when the service is told. First read: B-6.17 to B-6.19, B-6.26 to B-6.28.

use serde::{Deserialize, Serialize};

use super::{Current, RemediationEvent, ReportReason, Unsent};
use crate::agent::{Effect, Sink, Turn};
use crate::content::Schedule;
use crate::protocol::{RemediationOutcome, RemediationReport, Report, Token};
use crate::rules::{RuleId, b};
use crate::time::{Awake, Span, Wall};

/// What the last run of a remediation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It has no result in this revision.
    None,
    /// It never runs here in this revision (B-1.14, B-6.21).
    Skipped,
    /// Detection found no issue.
    WithoutIssues,
    /// The issue was there, and is gone after remediation.
    Fixed,
    /// The issue was there, and is there again after remediation.
    Recurred,
    /// The remediation script failed.
    Failed,
    /// The issue is there, and there is no remediation script (B-6.19).
    IssueDetected,
    /// The detection script could not be run to its end.
    DetectionError,
}

impl Standing {
    /// The number that the device keeps; 0 where none is known.
    ///
    /// Source: B-6.17.
    pub const fn status(self) -> u8 {
        match self {
            Self::Fixed => 1,
            Self::Recurred => 2,
            Self::Failed => 3,
            Self::WithoutIssues => 4,
            Self::None | Self::Skipped | Self::IssueDetected | Self::DetectionError => 0,
        }
    }

    /// What it is reported as, if there is a result.
    ///
    /// Source: B-6.18, B-6.19.
    pub const fn outcome(self) -> Option<RemediationOutcome> {
        match self {
            Self::None | Self::Skipped => None,
            Self::WithoutIssues => Some(RemediationOutcome::NoIssue),
            Self::Fixed => Some(RemediationOutcome::Remediated),
            Self::Recurred | Self::Failed => Some(RemediationOutcome::RemediationFailed),
            Self::IssueDetected => Some(RemediationOutcome::IssueDetected),
            Self::DetectionError => Some(RemediationOutcome::DetectionError),
        }
    }

    /// The rule behind the result.
    const fn rule(self) -> RuleId {
        match self {
            Self::IssueDetected => b(6, 19),
            Self::DetectionError => b(6, 18),
            Self::None | Self::Skipped | Self::WithoutIssues | Self::Fixed | Self::Recurred | Self::Failed => b(6, 17),
        }
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// A run is over: its result is kept, and reported where that is the rule (B-6.26, B-6.27).
    pub(super) fn remediation_result(&mut self, current: &Current, run: Token, standing: Standing, output: u32) {
        let profile = self.cx.profile;
        let Current { policy, user, revision, .. } = *current;
        let schedule = self.cx.library.remediation(policy, revision).map(|content| content.schedule);
        let kept = &mut self.kept().remediations;
        let Some(record) = kept.find_mut(policy, user).filter(|record| record.revision == revision) else {
            // Dropped or changed while it ran: the result is nobody's.
            return;
        };
        let changed = record.standing != standing || record.output != output || record.detection != current.detection;
        let due = full_is_due(record.full, current.begun, profile.rem.full_report());
        let report = if current.on_demand {
            ReportReason::OnDemand
        } else if matches!(schedule, Some(Schedule::Once { .. })) {
            ReportReason::Once
        } else if record.standing == Standing::None || record.full == 0 {
            ReportReason::First
        } else if due {
            ReportReason::Full
        } else if changed {
            ReportReason::Changed
        } else {
            ReportReason::None
        };
        record.standing = standing;
        record.detection = current.detection;
        record.output = output;
        if matches!(report, ReportReason::First | ReportReason::Full) {
            record.full = minutes(current.begun);
        }
        // B-6.26: what runs once, and what somebody waits for, is not kept for a batch.
        let ready = matches!(report, ReportReason::Once | ReportReason::OnDemand) || profile.rem.report_batch.is_zero();
        if report != ReportReason::None {
            kept.unsent.retain(|unsent| unsent.policy != policy || unsent.user != user);
            kept.unsent.push(Unsent { policy, user, ready, run });
        }
        if let Some(outcome) = standing.outcome() {
            let status = standing.status();
            let result = RemediationEvent::RemediationResult { policy, user, status, outcome, report };
            self.note_remediation(standing.rule(), result);
        }
        self.effect(Effect::Persist);
        if report == ReportReason::None {
            return;
        }
        if ready {
            self.send_next_report();
        } else {
            self.plan_batch();
        }
    }

    /// B-6.28: what is to be reported leaves with the next batch.
    pub(super) fn plan_batch(&mut self) {
        let (every, now) = (self.cx.profile.rem.report_batch, self.now.awake);
        if !self.remediations().is_some_and(|kept| kept.unsent.iter().any(|unsent| !unsent.ready)) {
            return;
        }
        let Some(work) = self.remediations_underway() else { return };
        let grid = work.grid.unwrap_or(now);
        work.batch.get_or_insert(next_on_grid(grid, every, now));
    }

    /// The batch leaves.
    pub(super) fn send_batch(&mut self) {
        let now = self.now.awake;
        let Some(work) = self.running().and_then(|running| running.work.as_mut()) else { return };
        if work.remediations.batch.take_if(|at| *at <= now).is_none() {
            return;
        }
        for unsent in &mut self.kept().remediations.unsent {
            unsent.ready = true;
        }
        self.effect(Effect::Persist);
        self.send_next_report();
    }

    /// The next report that is due, with the run that it is about.
    pub(in crate::agent) fn next_remediation_report(&self) -> Option<(Report, Token)> {
        let kept = self.remediations()?;
        kept.unsent.iter().filter(|unsent| unsent.ready).find_map(|unsent| {
            let record = kept.find(unsent.policy, unsent.user)?;
            let report = RemediationReport {
                policy: record.policy,
                revision: record.revision,
                detection: record.detection,
                output: record.output,
                status: record.standing.status(),
                outcome: record.standing.outcome()?,
                user: record.user,
            };
            Some((Report::Remediation(report), unsent.run))
        })
    }

    /// The service took a report; false if it is nobody's here.
    pub(in crate::agent) fn remediation_report_taken(&mut self, run: Token) -> bool {
        let Some(kept) = self.durable.work.as_mut().map(|kept| &mut kept.remediations) else { return false };
        let Some(place) = kept.unsent.iter().position(|unsent| unsent.run == run) else { return false };
        let Unsent { policy, user, .. } = kept.unsent.remove(place);
        if kept.visitor.is_some_and(|visitor| visitor.policy == policy && visitor.user == user) {
            kept.visitor = None;
        }
        true
    }
}

/// B-6.27: true if the last full report is so long ago. A clock that was stepped back before it makes a report due.
fn full_is_due(full: u32, begun: Wall, every: Span) -> bool {
    match minutes(begun).checked_sub(full) {
        Some(passed) => u64::from(passed) >= every.as_secs() / 60,
        None => true,
    }
}

/// A moment of the device's clock in whole minutes; 0 is never.
fn minutes(at: Wall) -> u32 {
    u32::try_from(at.since(Wall::MIN).as_secs() / 60).unwrap_or(u32::MAX).max(1)
}

/// The first point of a grid at or after now, and after its beginning.
fn next_on_grid(grid: Awake, every: Span, now: Awake) -> Awake {
    let step = every.as_millis().max(1);
    let passed = now.since(grid).as_millis();
    grid.after(Span::millis(passed.div_ceil(step).max(1).saturating_mul(step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// B-6.27: the seventh day counts to the minute, and a clock that was stepped back hides no report for long.
    #[test]
    fn a_full_report_is_due_on_the_seventh_day() {
        let at = |days: u64| Wall::from_unix_millis(1_750_000_000_000).after(Span::days(days));
        let full = minutes(at(0));
        let week = Span::days(7);
        assert!(!full_is_due(full, at(6), week) && full_is_due(full, at(7), week));
        assert!(!full_is_due(full, at(7).before(Span::mins(1)), week));
        assert!(full_is_due(minutes(at(400)), at(0), week));
    }

    /// B-6.28: batches leave on a grid, never at the moment in which it begins.
    #[test]
    fn batches_stand_on_a_grid() {
        let at = |mins: u64| Awake::at(Span::mins(mins));
        let next = |now| next_on_grid(at(7), Span::hours(1), at(now));
        assert_eq!([next(7), next(8), next(66), next(67), next(68)], [at(67), at(67), at(67), at(67), at(127)]);
    }

    /// B-6.17, B-6.18.
    #[test]
    fn each_result_has_its_number_and_its_report() {
        use RemediationOutcome as O;
        let all = [
            (Standing::Fixed, 1, Some(O::Remediated)),
            (Standing::Recurred, 2, Some(O::RemediationFailed)),
            (Standing::Failed, 3, Some(O::RemediationFailed)),
            (Standing::WithoutIssues, 4, Some(O::NoIssue)),
            (Standing::IssueDetected, 0, Some(O::IssueDetected)),
            (Standing::DetectionError, 0, Some(O::DetectionError)),
            (Standing::None, 0, None),
            (Standing::Skipped, 0, None),
        ];
        for (standing, status, outcome) in all {
            assert_eq!((standing.status(), standing.outcome()), (status, outcome), "{standing:?}");
        }
    }
}
