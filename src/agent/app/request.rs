//! What users ask for in Company Portal, and apps that take the place of what they had asked for. First read: B-7.27a, B-7.30,
//! B-7.37, B-7.52a to B-7.52c.

use super::pass::{Graph, Pass};
use super::record::{Marks, UNKNOWN};
use super::{AppEvent, AppRecord};
use crate::agent::{Cause, Effect, Sink, Turn};
use crate::protocol::{Intent, PolicyId, Workload};
use crate::rules::{RuleId, b};

impl<S: Sink> Turn<'_, '_, S> {
    /// The user asks for an available app, or for its removal.
    pub(in crate::agent) fn app_asked_for(&mut self, policy: PolicyId, present: bool) {
        let user = self.durable.around.active;
        self.note_app(asked_rule(present), AppEvent::AppAskedFor { policy, user, present });
        let apps = self.apps_mut();
        let marks = &mut apps.record(policy, user).marks;
        marks.set(Marks::ASKED_FOR, present);
        marks.set(Marks::REMOVAL, !present);
        // B-7.52a: from now on it is the user who tries.
        marks.set(Marks::UPDATE, false);
        apps.seen.retain(|seen| seen.workload != Workload::AvailableApp);
        self.effect(Effect::Persist);
        self.check_in(Workload::AvailableApp, Cause::AppRequest, user);
    }

    /// Refuses what is asked for and cannot be had.
    pub(super) fn follow_requests(&mut self, pass: &Pass) {
        let asks =
            |record: &AppRecord| record.marks.contains(Marks::ASKED_FOR) || record.marks.contains(Marks::REMOVAL);
        let Some(apps) = self.apps() else { return };
        let asked: Vec<AppRecord> =
            apps.records.iter().filter(|record| asks(record) && record.user == pass.user).copied().collect();
        for record in asked {
            let is_removal = record.marks.contains(Marks::REMOVAL);
            if self.is_offered(pass, record.policy, is_removal) {
                continue;
            }
            let (policy, user) = (record.policy, record.user);
            self.note_app(asked_rule(!is_removal), AppEvent::AppRefused { policy, user });
            let apps = self.apps_mut();
            let marks = &mut apps.record(policy, user).marks;
            marks.set(Marks::ASKED_FOR, false);
            marks.set(Marks::REMOVAL, false);
            apps.records.retain(|record| *record != AppRecord::new(policy, user));
            self.effect(Effect::Persist);
        }
    }

    /// B-7.30, B-7.27a: whether an app can be asked for, or its removal.
    fn is_offered(&self, pass: &Pass, app: PolicyId, is_removal: bool) -> bool {
        let Some(policy) = pass.policies.iter().find(|policy| policy.id == app && pass.offers(app)) else {
            return false;
        };
        if !is_removal {
            return self.is_available(policy);
        }
        let content = self.cx.library.app(app, policy.revision);
        let relations = self.cx.library.relations_of(app, policy.revision);
        content.is_some_and(|content| content.allow_available_uninstall)
            && relations.is_some_and(|relations| !relations.stands_in_dependency(app))
    }

    /// Available apps that are to take the place of what the user had asked for are due at the next check (B-7.52a): the
    /// user is signed in, and what is superseded is there because the user asked for it.
    pub(super) fn plan_updates(&mut self, pass: &Pass, graph: &Graph) {
        if !self.durable.around.is_signed_in(pass.user) {
            return;
        }
        for seat in &graph.seats {
            let assigned = &pass.policies[usize::from(seat.place)];
            let can_be = assigned.settings.auto_update
                && assigned.intents.contains(Intent::Available)
                && !assigned.filtered_out
                && !seat.is_detected;
            let Some(relations) = self.cx.library.relations_of(seat.policy, seat.revision).filter(|_| can_be) else {
                continue;
            };
            let Some(apps) = self.apps() else { return };
            let is_old_there = relations.superseded_by(seat.policy).iter().any(|lower| {
                let is_detected = graph.seats.iter().any(|other| other.policy == lower.app && other.is_detected);
                is_detected && apps.is_marked(lower.app, Marks::FROM_PORTAL)
            });
            if !is_old_there || apps.is_marked(seat.policy, Marks::UPDATE) {
                continue;
            }
            let (policy, user) = (seat.policy, graph.owner);
            self.apps_mut().record(policy, user).marks.set(Marks::UPDATE, true);
            self.note_app(b(7, 52).with_suffix('a'), AppEvent::AppUpdatePlanned { policy, user });
        }
    }

    /// What is kept of an app and its re-evaluation was deleted: it is evaluated at the next check-in (B-7.36). False if
    /// nothing was kept.
    pub(in crate::agent) fn app_forgotten(&mut self, policy: PolicyId) -> bool {
        let Some(apps) = self.durable.work.as_mut().map(|kept| &mut kept.apps) else { return false };
        let mut is_known = false;
        for record in apps.records.iter_mut().filter(|record| record.policy == policy) {
            is_known = true;
            let marks = record.marks;
            *record = AppRecord {
                revision: record.revision,
                marks,
                compliance: UNKNOWN,
                ..AppRecord::new(policy, record.user)
            };
            let relations = self.cx.library.relations_of(policy, record.revision);
            if let Some(subgraph) = relations.and_then(|relations| relations.subgraph_of(policy)) {
                let known = apps.subgraphs.iter_mut().filter(|known| known.id == subgraph.id());
                known.for_each(|known| known.evaluated = None);
            }
        }
        if is_known {
            apps.open.retain(|open| open.policy != policy);
            apps.look_again();
            self.note_app(b(7, 36), AppEvent::AppForgotten { policy });
            self.effect(Effect::Persist);
        }
        is_known
    }
}

/// The rule behind a request.
const fn asked_rule(present: bool) -> RuleId {
    if present { b(7, 37) } else { b(7, 27).with_suffix('a') }
}
