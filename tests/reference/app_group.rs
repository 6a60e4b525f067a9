//! Groups of apps that hang together: who is in one, whether it is due, and what is wanted of each. Rules: B-7.2, B-7.5,
//! B-7.30, B-7.31, B-7.33, B-7.36, B-12.13, B-12.15, B-12.16.

use imesim::agent::AppWait;
use imesim::content::AppKind;
use imesim::profile::QuirkGrs;
use imesim::protocol::{AppPolicy, Intent, PolicyId, Target, UserId, Workload};
use imesim::relations::{Desired, Relation};
use imesim::time::Wall;

use super::app::{Age, Doing, Group, Mark, Pass, Said, Seat, owner};
use super::model::{At, Model};

/// The relations among the apps that hang together with one, in the revision of that one, and those apps in the order of
/// evaluation: what an app depends on before it, then what it supersedes, smaller ids first (B-7.5).
fn group_of(at: &At<'_>, app: PolicyId, revision: u32) -> Option<(Vec<PolicyId>, Vec<Relation>)> {
    let all: Vec<Relation> = at.cx.library.relations_of(app, revision)?.relations().collect();
    let mut members = vec![app];
    let mut known = 0;
    while known < members.len() {
        let app = members[known];
        for relation in &all {
            for (one, other) in [(relation.from, relation.to), (relation.to, relation.from)] {
                if one == app && !members.contains(&other) {
                    members.push(other);
                }
            }
        }
        known += 1;
    }
    members.sort();
    let relations: Vec<Relation> = all.into_iter().filter(|relation| members.contains(&relation.from)).collect();
    let mut order = Vec::new();
    for app in &members {
        if !relations.iter().any(|relation| relation.to == *app) {
            visit(*app, &relations, &mut order);
        }
    }
    Some((order, relations))
}

fn visit(app: PolicyId, relations: &[Relation], order: &mut Vec<PolicyId>) {
    if order.contains(&app) {
        return;
    }
    let mut below: Vec<&Relation> = relations.iter().filter(|relation| relation.from == app).collect();
    below.sort_by_key(|relation| (!relation.kind.is_dependency(), relation.to));
    for relation in below {
        visit(relation.to, relations, order);
    }
    order.push(app);
}

/// The smallest member of the group of an app.
pub(crate) fn smallest_of(at: &At<'_>, app: PolicyId, revision: u32) -> Option<PolicyId> {
    group_of(at, app, revision)?.0.into_iter().min()
}

/// When it may be fetched, and when it is installed: at once, or at availability, if nothing is said (B-7.30).
fn times(at: &At<'_>, policy: &AppPolicy) -> (Wall, Wall) {
    let settings = &policy.settings;
    let moment = |time: Wall| if settings.local_time { super::zone::moment(at.cx.zone, time) } else { time };
    let available = settings.available.map_or(Wall::MIN, moment);
    (available, settings.deadline.map_or(available, moment).max(available))
}

pub(crate) fn is_available(at: &At<'_>, policy: &AppPolicy) -> bool {
    times(at, policy).0 <= at.now.wall
}

/// When the next moment of required apps comes, or the interval is over.
fn next_due(at: &At<'_>, pass: &Pass, said: &Said, evaluated: Wall) -> Wall {
    let required = said.policies.iter().filter(|policy| policy.intents.contains(Intent::Required));
    let moments =
        required.flat_map(|policy| <[Wall; 2]>::from(times(at, policy))).filter(|moment| *moment > pass.begun);
    moments.fold(evaluated.after(at.profile().win32.subgraph_interval), Wall::min)
}

impl Model {
    /// Looks at the group of an assigned app; if it is due, it is evaluated.
    pub(crate) fn open_group(&mut self, at: &At<'_>, pass: &mut Pass, first: usize) {
        let Some((order, relations)) = group_of(at, pass.policies[first].id, pass.policies[first].revision) else {
            // B-7.20: its content cannot be had.
            pass.next_due = pass.begun;
            return;
        };
        let Some(smallest) = order.iter().min().copied() else { return };
        if pass.done.contains(&smallest) {
            return;
        }
        pass.done.push(smallest);
        let find = |app: &PolicyId| pass.policies.iter().find(|policy| policy.id == *app).copied();
        let policies = order.iter().filter_map(find).collect();
        let said = Said { members: order, policies, relations };
        // Its age is the device's where all of it is the device's.
        let mut assigned = said.policies.iter().filter(|policy| !policy.intents.is_empty());
        let owner = if assigned.all(|policy| policy.target == Target::Device) { UserId::DEVICE } else { pass.user };
        if self.is_due(at, pass, smallest, owner, &said) {
            pass.group = Some(self.group(at, pass, smallest, owner, said));
        }
    }

    fn is_due(&mut self, at: &At<'_>, pass: &mut Pass, smallest: PolicyId, owner: UserId, said: &Said) -> bool {
        let (workload, now, win32) = (pass.workload, pass.begun, &at.profile().win32);
        let is_it = |age: &&Age| age.smallest == smallest && age.user == owner;
        let known = self.apps.ages.iter().find(|age| is_it(age) && age.workload == workload).cloned();
        let changed = known.as_ref().is_none_or(|known| known.said != *said);
        if changed {
            self.void_grs(pass, said);
        }
        let Some(known) = known.filter(|_| !changed) else {
            self.keep_age(Age { smallest, user: owner, workload, said: said.clone(), evaluated: None });
            return true;
        };
        let Some(evaluated) = known.evaluated else { return true };
        let users = [owner, pass.user];
        let asked = workload == Workload::AvailableApp
            && said.policies.iter().any(|policy| {
                self.has_mark(policy.id, users, Mark::Asked) || self.has_mark(policy.id, users, Mark::Removal)
            });
        let updates = self.is_update_due(at, pass, owner, said);
        // B-7.33: by age, also of one that lies ahead because the clock was set back.
        let old = evaluated > now || now.since(evaluated) >= win32.subgraph_interval;
        // B-7.30: availability or deadline has come since.
        let timed = said.policies.iter().filter(|policy| policy.intents.contains(Intent::Required)).any(|policy| {
            let ((available, deadline), whose) = (times(at, policy), self::owner(policy, pass.user));
            available <= now && self.has_mark(policy.id, [whose; 2], Mark::BeforeAvailability)
                || deadline <= now && self.has_mark(policy.id, [whose; 2], Mark::BeforeDeadline)
        });
        // B-7.38: with this fault a failed app is tried at every check-in.
        let reset = win32.quirk_grs == QuirkGrs::ResetEachPass
            && said.policies.iter().any(|policy| {
                let whose = if policy.intents.is_empty() { owner } else { self::owner(policy, pass.user) };
                self.apps.all.iter().any(|app| app.policy == policy.id && app.user == whose && app.grs.is_some())
            });
        if asked || updates && !pass.on_request || old || timed || reset {
            return true;
        }
        let next = if updates { now } else { next_due(at, pass, said, evaluated) };
        pass.next_due = pass.next_due.min(next);
        false
    }

    /// B-7.36: another revision, and old values and tries count no more.
    fn void_grs(&mut self, pass: &Pass, said: &Said) {
        for policy in &said.policies {
            let is_it = |id: PolicyId, user: UserId| id == policy.id && (user.is_device() || user == pass.user);
            self.apps.open.retain(|open| !is_it(open.policy, open.user) || open.revision == policy.revision);
            for app in self.apps.all.iter_mut().filter(|app| is_it(app.policy, app.user)) {
                if app.revision != policy.revision {
                    app.grs = None;
                }
            }
        }
    }

    fn keep_age(&mut self, age: Age) {
        let is_it =
            |known: &&mut Age| (known.smallest, known.user, known.workload) == (age.smallest, age.user, age.workload);
        match self.apps.ages.iter_mut().find(is_it) {
            Some(known) => *known = age,
            None => self.apps.ages.push(age),
        }
    }

    /// B-7.33: the evaluation counts from the beginning of its check-in.
    pub(crate) fn evaluated(&mut self, at: &At<'_>, pass: &mut Pass, group: &Group) {
        let evaluated = (!group.stays_due).then_some(pass.begun);
        let (smallest, user, said) = (group.smallest, group.owner, group.said.clone());
        self.keep_age(Age { smallest, user, workload: pass.workload, said, evaluated });
        let again = at.profile().win32.quirk_grs == QuirkGrs::ResetEachPass
            || self.is_update_due(at, pass, group.owner, &group.said);
        let next = next_due(at, pass, &group.said, evaluated.unwrap_or(Wall::MIN));
        pass.next_due = pass.next_due.min(if again { pass.begun } else { next });
    }

    fn group(&mut self, at: &At<'_>, pass: &Pass, smallest: PolicyId, whole: UserId, said: Said) -> Group {
        let left_for_later = self.waits_for_esp(at, &said.policies, whole);
        let pending = self.installer_from.is_some_and(|from| from > at.now.awake);
        let (mut seats, mut stays_due) = (Vec::new(), false);
        for policy in &said.policies {
            let owner = if policy.intents.is_empty() { whole } else { owner(policy, pass.user) };
            let (mut desired, mut wait) = self.wish(at, pass, owner, policy);
            let kind = at.cx.library.app(policy.id, policy.revision).map(|app| app.kind);
            if desired == Desired::Present && wait.is_none() {
                if left_for_later {
                    wait = Some(AppWait::Esp);
                } else if pending && kind == Some(AppKind::Win32) {
                    // B-8.21.
                    wait = Some(AppWait::ManagedInstaller);
                }
            }
            let is_it = |app: &&mut super::app::App| app.policy == policy.id && app.user == owner;
            if let Some(app) = self.apps.all.iter_mut().find(is_it)
                && app.revision != policy.revision
            {
                app.set(Mark::Downloaded, false);
            }
            if wait.is_some() {
                desired = Desired::None;
            }
            stays_due |= matches!(wait, Some(AppWait::Esp | AppWait::ManagedInstaller));
            seats.push(Seat {
                policy: *policy,
                owner,
                desired,
                detected: false,
                applicability: 0,
                wait,
                failed: None,
                prefetch: wait == Some(AppWait::Deadline),
                done: false,
            });
        }
        Group { smallest, owner: whole, said, seats, doing: Doing::Detect(0), on_request: pass.on_request, stays_due }
    }

    /// Which moments of a required app are ahead when it is evaluated.
    pub(crate) fn mark_moments(&mut self, at: &At<'_>, pass: &Pass, seat: &Seat) {
        let required = seat.policy.intents.contains(Intent::Required);
        let (available, deadline) = times(at, &seat.policy);
        if pass.workload == Workload::RequiredApp {
            let app = self.app(seat.policy.id, seat.owner);
            app.set(Mark::BeforeAvailability, required && pass.begun < available);
            app.set(Mark::BeforeDeadline, required && pass.begun < deadline);
        }
    }

    /// What is wanted of an app by itself, and what that waits for.
    fn wish(&self, at: &At<'_>, pass: &Pass, owner: UserId, policy: &AppPolicy) -> (Desired, Option<AppWait>) {
        let users = [owner, pass.user];
        if policy.filtered_out {
            return (Desired::None, None);
        }
        if pass.workload == Workload::AvailableApp {
            let updates = !pass.on_request && self.has_mark(policy.id, users, Mark::Update);
            return if self.has_mark(policy.id, users, Mark::Removal) {
                (Desired::Absent, None)
            } else if self.has_mark(policy.id, users, Mark::Asked) || updates {
                (Desired::Present, None)
            } else {
                (Desired::None, None)
            };
        }
        if policy.intents.contains(Intent::Required) {
            let (available, deadline) = times(at, policy);
            let later = (pass.begun < deadline).then_some(AppWait::Deadline);
            return (Desired::Present, if pass.begun < available { Some(AppWait::Availability) } else { later });
        }
        let marked = |mark| self.apps.all.iter().any(|app| app.policy == policy.id && app.is(mark));
        // B-12.15, B-12.16.
        let may_go = if policy.intents.contains(Intent::Available) {
            marked(Mark::AsRequired) && !marked(Mark::FromPortal)
        } else {
            !at.profile().assign.uninstall_only_managed || marked(Mark::Managed)
        };
        let goes = policy.intents.contains(Intent::Uninstall) && may_go;
        (if goes { Desired::Absent } else { Desired::None }, None)
    }
}
