//! Available apps that take the place of what a user had asked for. First read: B-7.3, B-7.52a to B-7.52c.
//!
//! The first regular check that finds such an app plans the update, the second carries it out, and each one after that tries
//! again. A check-in on a user's request does neither.

use super::pass::{Graph, Pass};
use super::record::Marks;
use super::{AppEvent, Apps};
use crate::agent::{Sink, Turn};
use crate::content::Library;
use crate::protocol::app_codes::compliance;
use crate::protocol::{AppPolicy, Intent, UserId};
use crate::rules::b;

impl Apps {
    /// True if a regular check has to look at an app: it may take the place of another by itself, or is about to.
    pub(super) fn may_update(&self, policy: &AppPolicy, users: [UserId; 2], library: &Library) -> bool {
        if self.is_marked_for(policy.id, users, &[Marks::UPDATE]) {
            return true;
        }
        let is_done =
            |record: &&super::AppRecord| record.policy == policy.id && record.compliance == compliance::INSTALLED;
        let can_be = policy.settings.auto_update
            && policy.intents.contains(Intent::Available)
            && !policy.filtered_out
            && !self.is_marked_for(policy.id, users, &[Marks::NO_UPDATE])
            && !self.records.iter().any(|record| users.contains(&record.user) && is_done(&record));
        can_be && self.supersedes_a_wish(policy, users, library)
    }

    /// True if one of the apps that it supersedes is there because the user asked for it.
    fn supersedes_a_wish(&self, policy: &AppPolicy, users: [UserId; 2], library: &Library) -> bool {
        let Some(relations) = library.relations_of(policy.id, policy.revision) else { return false };
        let mut below = relations.superseded_by(policy.id).iter();
        below.any(|lower| self.is_marked_for(lower.app, users, &[Marks::FROM_PORTAL]))
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// B-7.52b: what a user had asked for and is not offered any more has lost the user's consent, and so has what was to
    /// take its place. What was about to take a place and is not offered any more does not do so later by itself either.
    pub(super) fn follow_consent(&mut self, pass: &Pass) {
        let cx = self.cx;
        let Some(apps) = self.durable.work.as_mut().map(|kept| &mut kept.apps) else { return };
        for place in 0..apps.records.len() {
            let record = apps.records[place];
            if record.user != pass.user && !record.user.is_device() || pass.offers(record.policy) {
                continue;
            }
            let marks = &mut apps.records[place].marks;
            if record.marks.contains(Marks::UPDATE) {
                marks.set(Marks::UPDATE, false);
                marks.set(Marks::NO_UPDATE, true);
            }
            if !record.marks.contains(Marks::FROM_PORTAL) {
                continue;
            }
            marks.set(Marks::FROM_PORTAL, false);
            let Some(relations) = cx.library.relations_of(record.policy, record.revision) else { continue };
            for upper in relations.superseding(record.policy) {
                let is_it = |other: &&mut super::AppRecord| other.policy == upper.app && other.user == record.user;
                apps.records.iter_mut().filter(is_it).for_each(|other| other.marks.set(Marks::UPDATE, false));
            }
        }
    }

    /// Plans the updates of a subgraph that was looked at: the user is signed in, and what is superseded is there because
    /// the user asked for it (B-7.52a).
    pub(super) fn plan_updates(&mut self, pass: &Pass, graph: &Graph) {
        if graph.is_on_request || !self.durable.around.is_signed_in(pass.user) {
            return;
        }
        let (library, users) = (self.cx.library, [graph.owner, pass.user]);
        for seat in graph.seats.iter().filter(|seat| !seat.is_detected) {
            let assigned = &pass.policies[usize::from(seat.place)];
            let Some(apps) = self.apps() else { return };
            if apps.is_marked_for(seat.policy, users, &[Marks::UPDATE]) || !apps.may_update(assigned, users, library) {
                continue;
            }
            let relations = library.relations_of(seat.policy, seat.revision);
            let below = relations.map_or(&[][..], |relations| relations.superseded_by(seat.policy));
            let is_there = below.iter().any(|lower| {
                let is_detected = graph.seat_of(lower.app).is_some_and(|at| graph.seats[usize::from(at)].is_detected);
                is_detected && apps.is_marked_for(lower.app, users, &[Marks::FROM_PORTAL])
            });
            if is_there {
                let (policy, user) = (seat.policy, seat.owner);
                self.apps_mut().record(policy, user).marks.set(Marks::UPDATE, true);
                self.note_app(b(7, 52).with_suffix('a'), AppEvent::AppUpdatePlanned { policy, user });
            }
        }
    }
}
