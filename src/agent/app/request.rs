//! What users ask for in Company Portal. First read: B-7.27a, B-7.30, B-7.37, B-7.52.

use super::pass::{Graph, Pass};
use super::record::Marks;
use super::{AppEvent, AppRecord};
use crate::agent::{Cause, Effect, Sink, Turn};
use crate::protocol::{PolicyId, UserId, Workload};
use crate::relations::Desired;
use crate::rules::{RuleId, b};

impl<S: Sink> Turn<'_, '_, S> {
    /// The user asks for an available app, or for its removal.
    pub(in crate::agent) fn app_asked_for(&mut self, policy: PolicyId, present: bool) {
        // B-1.12, B-1.29: where no user's work is asked for, a request is the device's.
        let user = if self.cx.facts.has_user_check_in() { self.durable.around.active } else { UserId::DEVICE };
        self.note_app(asked_rule(present), AppEvent::AppAskedFor { policy, user, present });
        let apps = self.apps_mut();
        let marks = &mut apps.record(policy, user).marks;
        marks.set(Marks::ASKED_FOR, present);
        marks.set(Marks::REMOVAL, !present);
        // B-7.52a: from now on it is the user who tries.
        marks.set(Marks::UPDATE, false);
        marks.set(Marks::NO_UPDATE, true);
        apps.seen.retain(|seen| seen.workload != Workload::AvailableApp);
        self.effect(Effect::Persist);
        self.check_in(Workload::AvailableApp, Cause::AppRequest, user);
    }

    /// A check-in begins: whether a user's request alone is its cause (B-7.52a).
    pub(in crate::agent) fn begin_request(&mut self, workload: Workload, cause: Cause) {
        if workload != Workload::AvailableApp {
            return;
        }
        let is_on_request = cause == Cause::AppRequest;
        let Some(running) = self.running() else { return };
        if is_on_request {
            running.work.get_or_insert_default().apps.is_on_request = true;
        } else if let Some(work) = &mut running.work {
            work.apps.is_on_request = false;
        }
    }

    /// A request's check-in ended without an answer.
    pub(in crate::agent) fn request_failed(&mut self) {
        if let Some(work) = self.running().and_then(|running| running.work.as_mut()) {
            work.apps.is_on_request = false;
        }
    }

    /// A check-in is dropped because another is under way (B-4.28). If that one is on a request of the same user alone, it
    /// does the work of a regular one from now on, also where it has been already.
    pub(in crate::agent) fn join_request(&mut self, workload: Workload, cause: Cause, user: UserId) {
        if workload != Workload::AvailableApp || cause == Cause::AppRequest {
            return;
        }
        let Some(running) = self.running() else { return };
        let is_asked = running.exchanges.is_for(workload as usize, user);
        let Some(work) = running.work.as_mut().map(|work| &mut work.apps) else { return };
        work.is_on_request &= !is_asked;
        let is_it = |pass: &&mut Box<Pass>| pass.workload == workload && pass.user == user && pass.is_on_request;
        if let Some(next) = work.next.as_mut().filter(is_it) {
            next.is_on_request = false;
        }
        if let Some(mut pass) = work.pass.take_if(|pass| is_it(&pass)) {
            pass.is_on_request = false;
            pass.done.clear();
            self.queue_subgraphs(&mut pass);
            self.put_pass(pass);
        }
    }

    /// True if the user of a pass waits for something that was asked for.
    pub(super) fn is_asked_for(&self, pass: &Pass) -> bool {
        let is_it = |record: &AppRecord| record.user == pass.user && asks(record);
        pass.workload == Workload::AvailableApp && self.apps().is_some_and(|apps| apps.records.iter().any(is_it))
    }

    /// Refuses what is asked for and cannot be had.
    pub(super) fn follow_requests(&mut self, pass: &Pass) {
        let Some(apps) = self.apps() else { return };
        let asked: Vec<AppRecord> =
            apps.records.iter().filter(|record| asks(record) && record.user == pass.user).copied().collect();
        for record in asked {
            let is_removal = record.marks.contains(Marks::REMOVAL);
            let Some(rule) = self.why_refused(pass, record.policy, is_removal) else { continue };
            let (policy, user) = (record.policy, record.user);
            self.note_app(rule, AppEvent::AppRefused { policy, user });
            let apps = self.apps_mut();
            let marks = &mut apps.record(policy, user).marks;
            marks.set(Marks::ASKED_FOR, false);
            marks.set(Marks::REMOVAL, false);
            // A record that was made for the request goes with it.
            let mut bare = AppRecord::new(policy, user);
            bare.marks.set(Marks::NO_UPDATE, true);
            apps.records.retain(|record| *record != bare);
            self.effect(Effect::Persist);
        }
    }

    /// What was asked for has had its evaluation: it is there, or could not be had, unless it still waits for something. What
    /// is there because the user wanted it is the user's from now on (B-12.15).
    pub(super) fn answer_requests(&mut self, pass: &Pass, graph: &Graph) {
        let apps = self.apps_mut();
        for seat in graph.seats.iter().filter(|seat| seat.wait.is_none()) {
            let users = [seat.owner, pass.user];
            // What was asked for while the evaluation was under way is still to come.
            let is_it = |record: &&mut AppRecord| {
                record.policy == seat.policy
                    && users.contains(&record.user)
                    && (record.marks.contains(Marks::REMOVAL) == (seat.desired == Desired::Absent))
                    && (seat.desired != Desired::None || !asks(record))
            };
            for record in apps.records.iter_mut().filter(is_it) {
                let marks = &mut record.marks;
                let is_wanted = marks.contains(Marks::ASKED_FOR) || marks.contains(Marks::UPDATE);
                if is_wanted && seat.is_detected {
                    marks.set(Marks::FROM_PORTAL, true);
                    marks.set(Marks::UPDATE, false);
                    marks.set(Marks::NO_UPDATE, true);
                }
                marks.set(Marks::ASKED_FOR, false);
                marks.set(Marks::REMOVAL, false);
            }
        }
    }

    /// Why an app cannot be asked for, or its removal, if it cannot (B-7.27a, B-7.30, B-7.52).
    fn why_refused(&self, pass: &Pass, app: PolicyId, is_removal: bool) -> Option<RuleId> {
        let Some(policy) = pass.policies.iter().find(|policy| policy.id == app && pass.offers(app)) else {
            return Some(asked_rule(!is_removal));
        };
        let relations = self.cx.library.relations_of(app, policy.revision);
        if is_removal {
            let content = self.cx.library.app(app, policy.revision);
            let may_go = content.is_some_and(|content| content.allow_available_uninstall)
                && relations.is_some_and(|relations| !relations.stands_in_dependency(app));
            return (!may_go).then_some(asked_rule(false));
        }
        if !self.is_available(policy) {
            return Some(b(7, 30));
        }
        let is_shown = |other: PolicyId| {
            pass.policies.iter().any(|policy| policy.id == other && self.is_available(policy)) && pass.offers(other)
        };
        let subgraph = relations.and_then(|relations| relations.subgraph_of(app));
        let in_its_place = subgraph.map_or(app, |subgraph| subgraph.shown_in_portal(app, is_shown));
        (in_its_place != app).then_some(b(7, 52))
    }

    /// What is kept of an app and its re-evaluation was deleted: it is evaluated at the next check-in (B-7.36). False if
    /// nothing was kept.
    pub(in crate::agent) fn app_forgotten(&mut self, policy: PolicyId) -> bool {
        let Some(apps) = self.durable.work.as_mut().map(|kept| &mut kept.apps) else { return false };
        let mut is_known = false;
        for record in apps.records.iter_mut().filter(|record| record.policy == policy) {
            is_known = true;
            let marks = record.marks;
            *record = AppRecord { revision: record.revision, marks, ..AppRecord::new(policy, record.user) };
            if let Some(subgraph) = self.cx.library.subgraph_of(policy, record.revision) {
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

/// True if the user waits for an app, or for its removal.
fn asks(record: &AppRecord) -> bool {
    record.marks.contains(Marks::ASKED_FOR) || record.marks.contains(Marks::REMOVAL)
}

/// The rule behind a request.
const fn asked_rule(present: bool) -> RuleId {
    if present { b(7, 37) } else { b(7, 27).with_suffix('a') }
}
