//! What users ask for in Company Portal, and what takes the place of it by itself. Rules: B-7.3, B-7.27a, B-7.30, B-7.36,
//! B-7.37, B-7.52 to B-7.52c, B-12.15.

use imesim::agent::Cause;
use imesim::protocol::{AppPolicy, Intent, PolicyId, UserId, Workload};
use imesim::relations::{Desired, Relation};

use super::app::{App, Group, Mark, Pass, Said};
use super::check_in::{Kind, is_for_device_only};
use super::model::{At, Model};

fn relations(at: &At<'_>, app: PolicyId, revision: u32) -> Vec<Relation> {
    at.cx.library.relations_of(app, revision).map_or(Vec::new(), |relations| relations.relations().collect())
}

/// What an app supersedes.
fn superseded(at: &At<'_>, app: PolicyId, revision: u32) -> Vec<PolicyId> {
    let all = relations(at, app, revision);
    all.iter().filter(|r| !r.kind.is_dependency() && r.from == app).map(|r| r.to).collect()
}

fn asks(app: &App) -> bool {
    app.is(Mark::Asked) || app.is(Mark::Removal)
}

impl Model {
    pub(crate) fn asked_for_app(&mut self, at: &mut At<'_>, policy: PolicyId, present: bool) {
        let user = if is_for_device_only(at) { UserId::DEVICE } else { self.active };
        let app = self.app(policy, user);
        app.set(Mark::Asked, present);
        app.set(Mark::Removal, !present);
        // B-7.52a: from now on it is the user who tries.
        app.set(Mark::Update, false);
        app.set(Mark::NoUpdate, true);
        self.apps.seen.retain(|seen| seen.workload != Workload::AvailableApp);
        self.check_in(at, Workload::AvailableApp, Cause::AppRequest, user);
    }

    /// A check-in begins: for a request alone, or a regular one.
    pub(crate) fn begin_request(&mut self, workload: Workload, cause: Cause) {
        if workload == Workload::AvailableApp
            && let Some(service) = &mut self.service
        {
            service.apps.on_request = cause == Cause::AppRequest;
        }
    }

    /// A regular check-in is dropped for one of the same user that is there for a request alone: that one does its work too.
    pub(crate) fn join_request(&mut self, workload: Workload, cause: Cause, user: UserId) {
        if workload != Workload::AvailableApp || cause == Cause::AppRequest {
            return;
        }
        let Some(service) = &mut self.service else { return };
        let polls = service.requests.iter().any(
            |request| matches!(request.kind, Kind::Poll { workload: of, user: whose, .. } if of == workload && whose == user),
        );
        service.apps.on_request &= !polls;
        let is_it = |pass: &&mut Pass| pass.workload == workload && pass.user == user && pass.on_request;
        if let Some(next) = service.apps.next.as_mut().filter(is_it) {
            next.on_request = false;
        }
        if let Some(mut pass) = service.apps.pass.take_if(|pass| is_it(&pass)) {
            pass.on_request = false;
            pass.done.clear();
            self.queue_apps(&mut pass);
            if let Some(service) = &mut self.service {
                service.apps.pass = Some(pass);
            }
        }
    }

    pub(crate) fn waits_for_request(&self, pass: &Pass) -> bool {
        pass.workload == Workload::AvailableApp && self.apps.all.iter().any(|app| app.user == pass.user && asks(app))
    }

    /// What cannot be had is refused.
    pub(crate) fn refuse_requests(&mut self, at: &At<'_>, pass: &Pass) {
        for asked in self.apps.all.clone().iter().filter(|app| asks(app) && app.user == pass.user) {
            if self.can_be_had(at, pass, asked.policy, asked.is(Mark::Removal)) {
                continue;
            }
            let app = self.app(asked.policy, asked.user);
            app.set(Mark::Asked, false);
            app.set(Mark::Removal, false);
            // What was there for the request alone goes with it.
            let mut bare = App::new(asked.policy, asked.user);
            bare.set(Mark::NoUpdate, true);
            self.apps.all.retain(|app| *app != bare);
        }
    }

    fn can_be_had(&self, at: &At<'_>, pass: &Pass, app: PolicyId, removal: bool) -> bool {
        let policy = pass.policies.iter().find(|policy| policy.id == app);
        let Some(policy) = policy.filter(|_| pass.offers(app)) else { return false };
        let all = relations(at, app, policy.revision);
        if removal {
            // B-7.27a.
            let depends = all.iter().any(|r| r.kind.is_dependency() && (r.from == app || r.to == app));
            let content = at.cx.library.app(app, policy.revision);
            return content.is_some_and(|content| content.allow_available_uninstall) && !depends;
        }
        // B-7.30: not before its availability. B-7.52: not where another is shown in its place.
        let is_shown = |other: PolicyId| {
            let there =
                pass.policies.iter().any(|policy| policy.id == other && super::app_group::is_available(at, policy));
            there && pass.offers(other)
        };
        let mut above = vec![app];
        let mut known = 0;
        while known < above.len() {
            let lower = above[known];
            let upper = all.iter().filter(|r| !r.kind.is_dependency() && r.to == lower).map(|r| r.from);
            above.extend(upper.collect::<Vec<_>>());
            known += 1;
        }
        super::app_group::is_available(at, policy) && !above[1..].iter().any(|upper| is_shown(*upper))
    }

    /// What was asked for has had its evaluation, unless it waits. What is there because the user wanted it is the user's.
    pub(crate) fn answer_requests(&mut self, pass: &Pass, group: &Group) {
        for seat in group.seats.iter().filter(|seat| seat.wait.is_none()) {
            let users = [seat.owner, pass.user];
            for app in self.apps.all.iter_mut().filter(|app| app.policy == seat.policy.id && users.contains(&app.user))
            {
                // What was asked for meanwhile is still to come.
                let meanwhile = app.is(Mark::Removal) != (seat.desired == Desired::Absent)
                    || seat.desired == Desired::None && asks(app);
                if meanwhile {
                    continue;
                }
                if (app.is(Mark::Asked) || app.is(Mark::Update)) && seat.detected {
                    app.set(Mark::FromPortal, true);
                    app.set(Mark::Update, false);
                    app.set(Mark::NoUpdate, true);
                }
                app.set(Mark::Asked, false);
                app.set(Mark::Removal, false);
            }
        }
    }

    /// True if something of a group may take the place of another at a regular check (B-7.52a).
    pub(crate) fn is_update_due(&self, at: &At<'_>, pass: &Pass, owner: UserId, said: &Said) -> bool {
        let users = [owner, pass.user];
        pass.workload == Workload::AvailableApp
            && said
                .policies
                .iter()
                .any(|policy| self.has_mark(policy.id, users, Mark::Update) || self.may_update(at, policy, users))
    }

    fn may_update(&self, at: &At<'_>, policy: &AppPolicy, users: [UserId; 2]) -> bool {
        let there =
            self.apps.all.iter().any(|app| app.policy == policy.id && users.contains(&app.user) && app.compliance == 1);
        policy.settings.auto_update
            && policy.intents.contains(Intent::Available)
            && !policy.filtered_out
            && !self.has_mark(policy.id, users, Mark::NoUpdate)
            && !there
            && superseded(at, policy.id, policy.revision)
                .iter()
                .any(|lower| self.has_mark(*lower, users, Mark::FromPortal))
    }

    /// The first regular check plans, for a user who is signed in; the second carries it out.
    pub(crate) fn plan_updates(&mut self, at: &At<'_>, pass: &Pass, group: &Group) {
        if group.on_request || !self.users.contains(&pass.user) {
            return;
        }
        let users = [group.owner, pass.user];
        for seat in group.seats.iter().filter(|seat| !seat.detected) {
            let policy = &seat.policy;
            if self.has_mark(policy.id, users, Mark::Update) || !self.may_update(at, policy, users) {
                continue;
            }
            let there = superseded(at, policy.id, policy.revision).into_iter().any(|lower| {
                group.seats.iter().any(|seat| seat.policy.id == lower && seat.detected)
                    && self.has_mark(lower, users, Mark::FromPortal)
            });
            if there {
                self.app(policy.id, seat.owner).set(Mark::Update, true);
            }
        }
    }

    /// B-7.52b: what is not offered any more has lost the user's consent, and so has what was to take its place.
    pub(crate) fn follow_consent(&mut self, at: &At<'_>, pass: &Pass) {
        for place in 0..self.apps.all.len() {
            let app = &mut self.apps.all[place];
            if app.user != pass.user && !app.user.is_device() || pass.offers(app.policy) {
                continue;
            }
            if app.is(Mark::Update) {
                app.set(Mark::Update, false);
                app.set(Mark::NoUpdate, true);
            }
            if !app.is(Mark::FromPortal) {
                continue;
            }
            app.set(Mark::FromPortal, false);
            let (policy, user, revision) = (app.policy, app.user, app.revision);
            for relation in relations(at, policy, revision) {
                if !relation.kind.is_dependency() && relation.to == policy {
                    let above = self.apps.all.iter_mut().filter(|app| app.policy == relation.from && app.user == user);
                    above.for_each(|app| app.set(Mark::Update, false));
                }
            }
        }
    }

    /// B-7.36: what is kept of an app and of its re-evaluation was deleted by hand; false if nothing was.
    pub(crate) fn forget_app(&mut self, at: &At<'_>, policy: PolicyId) -> bool {
        let known: Vec<App> = self.apps.all.iter().filter(|app| app.policy == policy).cloned().collect();
        for app in &known {
            let (marks, revision) = (app.marks.clone(), app.revision);
            *self.app(policy, app.user) = App { marks, revision, ..App::new(policy, app.user) };
            let smallest = super::app_group::smallest_of(at, policy, revision);
            for age in self.apps.ages.iter_mut().filter(|age| Some(age.smallest) == smallest) {
                age.evaluated = None;
            }
        }
        if !known.is_empty() {
            self.apps.open.retain(|open| open.policy != policy);
            self.apps.seen.clear();
        }
        !known.is_empty()
    }
}
