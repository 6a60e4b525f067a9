//! What a fetch of remediations brings. First read: B-6.7 to B-6.9, B-6.24, B-12.8, B-12.20.

use super::schedule::Due;
use super::{RemediationEvent, RemediationRecord, Standing};
use crate::agent::{Effect, Event, Sink, Turn};
use crate::content::Remediation;
use crate::protocol::{Assigned, PolicyId, RunAs, Target, UserId, Workload};
use crate::rules::b;

impl<S: Sink> Turn<'_, '_, S> {
    /// A poll for remediations was answered (B-6.8): what is new or changed is taken down, what is not assigned any more is
    /// forgotten, and first runs are queued.
    pub(in crate::agent) fn remediations_answered(&mut self, user: UserId, assigned: &[Assigned]) {
        let count = u32::try_from(assigned.len()).unwrap_or(u32::MAX);
        self.note(b(2, 13), Event::CheckInDone { workload: Workload::Remediation, policies: count });
        let (mut changed, mut matched, mut hint) = (false, 0, 0);
        for policy in assigned {
            let (first, second) = instances(policy.target, user);
            for user in [Some(first), second].into_iter().flatten() {
                changed |= self.take_down(policy, user, &mut hint);
                // What runs once on demand is no record.
                let is_it = |record: &RemediationRecord| record.policy == policy.id && record.user == user;
                matched += usize::from(self.remediations().is_some_and(|kept| kept.records.iter().any(is_it)));
            }
        }
        changed |= self.drop_unassigned(user, assigned, matched);
        if changed {
            self.reckon_anew();
            self.effect(Effect::Persist);
        }
        let queued = self.queue_first_runs();
        if changed || queued {
            self.remediation_step();
        }
        self.check_in_over(Workload::Remediation);
    }

    /// Takes down one remediation for one user id; true if it is new or changed.
    fn take_down(&mut self, policy: &Assigned, user: UserId, hint: &mut usize) -> bool {
        let (id, revision) = (policy.id, policy.revision);
        let records = self.remediations().map_or(&[][..], |kept| &kept.records);
        // Records stand mostly in the order of the answer, so the search begins where the last one ended.
        let is_it = |record: &RemediationRecord| record.policy == id && record.user == user;
        let place = match records.get(*hint) {
            Some(record) if is_it(record) => Some(*hint),
            Some(_) | None => records.iter().position(is_it),
        };
        *hint = place.map_or(*hint, |place| place + 1);
        if place.and_then(|place| records.get(place)).is_some_and(|record| record.revision == revision) {
            return false;
        }
        let Some(content) = self.cx.library.remediation(id, revision) else {
            // What cannot be had is asked for again at the next fetch.
            self.note_remediation(b(6, 8), RemediationEvent::RemediationUnavailable { policy: id, revision });
            return false;
        };
        let record = self.fresh(id, revision, user, content);
        let kept = &mut self.kept().remediations;
        match place.and_then(|place| kept.records.get_mut(place)) {
            Some(known) => *known = record,
            None => {
                // What is assigned seldom changes: no room is kept for more.
                kept.records.reserve_exact(1);
                kept.records.push(record);
            }
        }
        // The result of another revision is not worth a report any more.
        kept.unsent.retain(|unsent| unsent.policy != id || unsent.user != user);
        if kept.visitor.is_some_and(|visitor| is_it(&visitor)) {
            kept.visitor = None;
        }
        let rule = if place.is_some() { b(6, 24) } else { b(6, 8) };
        self.note_remediation(rule, RemediationEvent::RemediationFetched { policy: id, user, revision });
        if record.standing == Standing::Skipped {
            self.note_remediation(b(1, 14), RemediationEvent::RemediationSkipped { policy: id, user });
        }
        if let Some(work) = self.remediations_underway() {
            work.queue.retain(|(queued, whose, _)| *queued != id || *whose != user);
        }
        true
    }

    /// A record without a run. B-1.14, B-6.21: on a registered-only device a user-context remediation never runs.
    fn fresh(&self, id: PolicyId, revision: u32, user: UserId, content: &Remediation) -> RemediationRecord {
        let mut record = RemediationRecord::new(id, revision, user, self.now.wall);
        record.anchor = record.reckoning(self.cx, content).fetched(self.now.wall);
        if self.cx.facts.is_registered_only() && content.run_as == RunAs::User {
            record.standing = Standing::Skipped;
        }
        record
    }

    /// Forgets what is not assigned any more; `matched` records are. An answer tells about the device and about the user
    /// that it was asked for. A run that is under way goes on.
    fn drop_unassigned(&mut self, user: UserId, assigned: &[Assigned], matched: usize) -> bool {
        let told = |whose: UserId| whose.is_device() || whose == user;
        let Some(kept) = self.remediations() else { return false };
        if kept.records.iter().filter(|record| told(record.user)).count() == matched {
            return false;
        }
        let is_assigned = |record: &RemediationRecord| {
            assigned.iter().any(|policy| {
                let (first, second) = instances(policy.target, user);
                policy.id == record.policy && (record.user == first || Some(record.user) == second)
            })
        };
        let mut place = 0;
        let mut dropped = false;
        while let Some(record) = self.remediations().and_then(|kept| kept.records.get(place).copied()) {
            if !told(record.user) || is_assigned(&record) {
                place += 1;
                continue;
            }
            let (policy, user) = (record.policy, record.user);
            let kept = &mut self.kept().remediations;
            kept.records.remove(place);
            kept.unsent.retain(|unsent| unsent.policy != policy || unsent.user != user);
            self.note_remediation(b(6, 8), RemediationEvent::RemediationDropped { policy, user });
            dropped = true;
        }
        dropped
    }

    /// B-6.9: what was due when it was fetched and has not run is queued; after a restart of the service, again.
    fn queue_first_runs(&mut self) -> bool {
        let after = self.cx.profile.rem.first_run_delay;
        let at = self.now.awake.after(after);
        let (mut place, mut queued) = (0, false);
        while let Some(record) = self.remediations().and_then(|kept| kept.records.get(place).copied()) {
            place += 1;
            if record.runs > 0 || self.remediation_due_at(&record) != Due::AtOnce {
                continue;
            }
            let (policy, user) = (record.policy, record.user);
            let Some(work) = self.remediations_underway() else { return queued };
            if work.queue.iter().any(|(queued, whose, _)| *queued == policy && *whose == user) {
                continue;
            }
            work.queue.push((policy, user, at));
            self.note_remediation(b(6, 9), RemediationEvent::RemediationQueued { policy, user, after });
            queued = true;
        }
        queued
    }
}

/// The user ids under which a remediation is kept when it comes with a poll for `user`: what targets the device runs for the
/// device, what targets a user for that user (B-12.8), and what does both has two instances (B-12.20).
fn instances(target: Target, user: UserId) -> (UserId, Option<UserId>) {
    match target {
        Target::Device => (UserId::DEVICE, None),
        Target::User => (user, None),
        Target::Both => (UserId::DEVICE, (!user.is_device()).then_some(user)),
    }
}
