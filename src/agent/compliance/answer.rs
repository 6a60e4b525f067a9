//! What a fetch of discovery scripts brings, changes and takes away. First read: B-8.1, B-8.6, B-12.9, B-12.20.

use super::{ComplianceEvent, DiscoveryRecord};
use crate::agent::{Effect, Event, Sink, Turn};
use crate::facts::Facts;
use crate::protocol::{Assigned, Target, UserId, Workload};
use crate::rules::b;

impl<S: Sink> Turn<'_, '_, S> {
    /// A poll for discovery scripts was answered: what is new or changed runs at once, what is gone is forgotten.
    pub(in crate::agent) fn discovery_answered(&mut self, user: UserId, assigned: &[Assigned]) {
        let count = u32::try_from(assigned.len()).unwrap_or(u32::MAX);
        self.note(b(8, 1), Event::CheckInDone { workload: Workload::Compliance, policies: count });
        let mut changed = self.forget_discovery(user, assigned);
        for item in assigned {
            changed |= self.sort_out_discovery(user, item);
        }
        if changed {
            self.effect(Effect::Persist);
            self.keep_grid();
        } else if !self.discovery_records().is_empty() {
            self.keep_grid();
        }
        self.fetch_over();
        self.next_discovery();
        self.check_in_over(Workload::Compliance);
    }

    /// Forgets what this principal's fetch names no more; true if there was anything.
    fn forget_discovery(&mut self, user: UserId, assigned: &[Assigned]) -> bool {
        let facts = self.cx.facts;
        let is_gone = |record: &DiscoveryRecord| {
            let asked = record.user == UserId::DEVICE || record.user == user;
            asked && !assigned.iter().any(|item| record.is(item.id, instance(item.target, user, facts)))
        };
        let mut any = false;
        while let Some(record) = self.discovery_records().iter().copied().find(is_gone) {
            let DiscoveryRecord { policy, user, .. } = record;
            self.cut_off_discovery_of(policy, user);
            if let Some(kept) = &mut self.durable.work {
                kept.compliance.records.retain(|known| !known.is(policy, user));
            }
            self.note_discovery(b(8, 1), ComplianceEvent::DiscoveryForgotten { policy, user });
            any = true;
        }
        any
    }

    /// Puts one script on the device if it is new or changed; true if it is.
    fn sort_out_discovery(&mut self, user: UserId, item: &Assigned) -> bool {
        let (policy, revision) = (item.id, item.revision);
        if self.cx.facts.is_registered_only() && item.target == Target::User {
            // B-8.6.
            self.note_discovery(b(8, 6), ComplianceEvent::DiscoveryIgnored { policy });
            return false;
        }
        let user = instance(item.target, user, self.cx.facts);
        let place = self.discovery_records().iter().position(|record| record.is(policy, user));
        if place.is_some_and(|place| self.discovery_records()[place].revision == revision) {
            return false;
        }
        if self.cx.library.discovery(policy, revision).is_none() {
            self.note_discovery(b(8, 1), ComplianceEvent::DiscoveryUnavailable { policy, revision });
            return false;
        }
        let fresh = DiscoveryRecord {
            policy,
            revision,
            error: 0,
            output: 0,
            run: None,
            user,
            ended: false,
            unreported: false,
            wanted: true,
        };
        match place {
            Some(place) => {
                self.cut_off_discovery_of(policy, user);
                self.discovery_records()[place] = fresh;
            }
            None => self.kept().compliance.records.push(fresh),
        }
        self.note_discovery(b(8, 1), ComplianceEvent::DiscoveryFetched { policy, user, revision });
        true
    }
}

/// The user id under which a script is recorded: what reaches the device is the device's, also where it reaches the user
/// besides; what reaches the user alone is the user's. On a registered-only device nothing is a user's (B-8.6).
fn instance(target: Target, user: UserId, facts: &Facts) -> UserId {
    match target {
        Target::Device | Target::Both => UserId::DEVICE,
        Target::User if facts.is_registered_only() => UserId::DEVICE,
        Target::User => user,
    }
}
