//! Runs on demand. First read: B-6.29 to B-6.32.

use super::run::ON_DEMAND;
use super::{Asked, RemediationEvent, RemediationRecord, RemediationWait};
use crate::agent::{Sink, Turn};
use crate::protocol::{PolicyId, RunAs, UserId};
use crate::rules::b;
use crate::sabotage::{Sabotage, is_on};
use crate::time::Wall;

impl<S: Sink> Turn<'_, '_, S> {
    /// An admin asks for a run on demand (B-6.29); the last who asks wins (B-6.30). It moves no schedule (B-6.32).
    pub(in crate::agent) fn on_demand(&mut self, policy: PolicyId, revision: u32) {
        let since = self.now.wall;
        let Some(work) = self.remediations_underway() else {
            return self.note_remediation(b(6, 29), RemediationEvent::RemediationLost { policy });
        };
        let before = work.on_demand.replace(Asked { policy, revision, since });
        if let Some(Asked { policy, .. }) = before {
            self.note_remediation(b(6, 30), RemediationEvent::RemediationReplaced { policy });
        }
        self.note_remediation(b(6, 29), RemediationEvent::RemediationOnDemand { policy });
        self.remediation_step();
    }

    /// B-6.29: at once, or when its turn has come.
    pub(super) fn run_on_demand(&mut self) {
        let Some(asked) = self.underway_now().and_then(|work| work.on_demand) else { return };
        let Asked { policy, revision, since } = asked;
        if self.is_too_old(since) {
            if let Some(work) = self.remediations_underway() {
                work.on_demand = None;
            }
            return self.note_remediation(b(6, 31), RemediationEvent::RemediationExpired { policy });
        }
        let Some(content) = self.cx.library.remediation(policy, revision) else {
            if let Some(work) = self.remediations_underway() {
                work.on_demand = None;
            }
            return self.note_remediation(b(6, 29), RemediationEvent::RemediationLost { policy });
        };
        let active = self.durable.around.active;
        // The record of the device or of the user who is there; without either, it is nobody's yet.
        let record = self.remediations().and_then(|kept| {
            let mut fitting = kept.records.iter().filter(|record| record.policy == policy);
            fitting.find(|record| record.user.is_device() || record.user == active).copied()
        });
        let user = match (&record, content.run_as) {
            (Some(record), _) => record.user,
            (None, RunAs::System) => UserId::DEVICE,
            (None, RunAs::User) => active,
        };
        if self.cx.facts.is_registered_only() && content.run_as == RunAs::User {
            // B-1.14: it never runs here.
            if let Some(work) = self.remediations_underway() {
                work.on_demand = None;
            }
            return self.note_remediation(b(1, 14), RemediationEvent::RemediationSkipped { policy, user });
        }
        if let Some(reason) = self.wait_for(user, content.run_as) {
            return self.waits(policy, user, reason);
        }
        if self.current().is_some() {
            return self.waits(policy, user, RemediationWait::Busy);
        }
        if record.is_none() {
            let fresh = self.fresh_visitor(policy, revision, user);
            self.kept().remediations.visitor = Some(fresh);
        }
        let revision = record.map_or(revision, |record| record.revision);
        let run_as = record.and_then(|record| record.content(self.cx)).map_or(content.run_as, |known| known.run_as);
        if let Some(work) = self.remediations_underway() {
            work.on_demand = None;
        }
        self.begin(policy, user, revision, run_as, ON_DEMAND);
    }

    /// Whether what was asked for at a moment is not worth doing any more: ours, and never unless the profile says so.
    fn is_too_old(&self, since: Wall) -> bool {
        let valid = self.cx.profile.rem.on_demand_valid;
        !valid.is_zero() && self.now.wall.since(since) > valid && !is_on(Sabotage::NeverTooLate)
    }

    /// The record of a run that nobody assigned. One before it that still has a report to send is forgotten (B-6.30).
    fn fresh_visitor(&mut self, policy: PolicyId, revision: u32, user: UserId) -> RemediationRecord {
        let kept = &mut self.kept().remediations;
        if let Some(before) = kept.visitor {
            kept.unsent.retain(|unsent| unsent.policy != before.policy || unsent.user != before.user);
        }
        RemediationRecord::new(policy, revision, user, self.now.wall)
    }
}
