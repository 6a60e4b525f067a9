//! Whether a subgraph is due for an evaluation, and what is wanted of each of its apps. First read: B-7.2, B-7.30, B-7.33,
//! B-7.36, B-12.13, B-12.15, B-12.16.

use super::event::AppWait;
use super::pass::{Doing, Graph, Pass, Seat};
use super::record::{Marks, SubgraphRecord};
use super::times::{Times, next_due};
use super::{AppEvent, Apps};
use crate::agent::{Sink, Turn};
use crate::content::AppKind;
use crate::profile::QuirkGrs;
use crate::protocol::app_codes::applicability;
use crate::protocol::app_list::fingerprint;
use crate::protocol::{AppPolicy, Intent, PolicyId, Target, UserId, Workload};
use crate::relations::{ContentHash, Desired, Subgraph};
use crate::rules::{RuleId, b};
use crate::time::Wall;

/// The user id under which an assigned app is kept.
pub(super) const fn owner(policy: &AppPolicy, user: UserId) -> UserId {
    match policy.target {
        Target::Device => UserId::DEVICE,
        Target::User | Target::Both => user,
    }
}

/// The user id under which the age of a subgraph is kept: the device's where it is the device's alone.
fn owner_of_all(members: &[(u16, AppPolicy)], user: UserId) -> UserId {
    let mut targeted = members.iter().filter(|(_, policy)| is_targeted(policy));
    if targeted.all(|(_, policy)| policy.target == Target::Device) { UserId::DEVICE } else { user }
}

const fn is_targeted(policy: &AppPolicy) -> bool {
    !policy.intents.is_empty()
}

impl<S: Sink> Turn<'_, '_, S> {
    /// Puts the assigned apps of an answer in order: that of the answer, and in the ESP the order of its list (B-7.5, B-7.55).
    pub(super) fn queue_subgraphs(&mut self, pass: &mut Pass) {
        let places = (0_u16..).zip(&*pass.policies);
        let mut queue: Vec<u16> =
            places.filter(|(_, policy)| is_targeted(policy) || policy.filtered_out).map(|(place, _)| place).collect();
        if self.is_esp_shown() {
            // What has no place, which is 0, comes last.
            queue.sort_by_key(|place| pass.policies[usize::from(*place)].settings.esp_place.wrapping_sub(1));
        }
        queue.reverse();
        pass.queue = queue;
    }

    /// Begins with the subgraph of an assigned app, if it is due.
    pub(super) fn open_subgraph(&mut self, pass: &mut Pass, first: u16) {
        let policy = pass.policies[usize::from(first)];
        let Some(subgraph) = self.cx.library.subgraph_of(policy.id, policy.revision) else {
            pass.next_due = pass.begun;
            let unavailable = AppEvent::AppUnavailable { policy: policy.id, revision: policy.revision };
            return self.note_app(b(7, 20), unavailable);
        };
        if pass.done.contains(&subgraph.id()) {
            return;
        }
        pass.done.push(subgraph.id());
        let members = places_of(subgraph, &pass.policies);
        let members = members.all();
        let owner = owner_of_all(members, pass.user);
        let hash = hash_of(subgraph, members);
        match self.why_due(pass, subgraph, owner, hash, members) {
            Some(rule) => {
                let apps = u32::try_from(members.len()).unwrap_or(u32::MAX);
                self.note_app(rule, AppEvent::AppEvaluation { policy: policy.id, user: owner, apps });
                let graph = self.graph(pass, first, (owner, hash), members);
                pass.graph = Some(graph);
            }
            None => self.note_app(b(7, 33), AppEvent::AppNotDue { policy: policy.id, user: owner }),
        }
    }

    /// Why a subgraph is evaluated now, if it is. One that is not says when it will be.
    fn why_due(
        &mut self,
        pass: &mut Pass,
        subgraph: Subgraph<'_>,
        owner: UserId,
        hash: ContentHash,
        members: &[(u16, AppPolicy)],
    ) -> Option<RuleId> {
        let (id, workload, now) = (subgraph.id(), pass.workload, pass.begun);
        let (win32, zone) = (&self.cx.profile.win32, self.cx.zone);
        let apps = self.apps_mut();
        let known =
            apps.subgraphs.iter().find(|known| known.id == id && known.user == owner && known.workload == workload);
        let known = known.copied();
        // What a workload brings for the first time may be new as well.
        let changed = known.is_none_or(|known| known.hash != hash);
        if changed {
            self.clear_grs(pass, members);
        }
        let apps = self.apps_mut();
        let asked = members.iter().any(|(_, policy)| {
            workload == Workload::AvailableApp
                && apps.is_marked_for(policy.id, [owner, pass.user], &[Marks::ASKED_FOR, Marks::REMOVAL])
        });
        let updates = self.is_update_due(pass, owner, members);
        let apps = self.apps_mut();
        // B-7.38: with this fault a failure holds nothing back, at any check-in.
        let is_reset = win32.quirk_grs == QuirkGrs::ResetEachPass
            && members.iter().any(|(_, policy)| {
                let whose = if is_targeted(policy) { self::owner(policy, pass.user) } else { owner };
                apps.find(policy.id, whose).is_some_and(|record| record.grs.is_some())
            });
        let Some(known) = known.filter(|_| !changed) else {
            // That it was begun is kept, so that what is cut off goes on where it was.
            apps.keep_subgraph(SubgraphRecord { hash, evaluated: None, id, user: owner, workload });
            return Some(b(7, 36));
        };
        let Some(evaluated) = known.evaluated else { return Some(b(7, 33)) };
        let timed = members.iter().any(|(_, policy)| {
            let Some(record) = apps.find(policy.id, self::owner(policy, pass.user)) else { return false };
            // What was ahead then has come: with time, or because the device is in another zone (B-7.31).
            let has_come = |(mark, at): (Marks, Wall)| record.marks.contains(mark) && at <= now;
            policy.intents.contains(Intent::Required) && Times::of(policy, zone).marked().into_iter().any(has_come)
        });
        if asked {
            return Some(b(7, 37));
        }
        if updates && !pass.is_on_request {
            return Some(b(7, 52).with_suffix('a'));
        }
        if known.is_old(now, win32.subgraph_interval) {
            return Some(b(7, 33));
        }
        if timed {
            return Some(b(7, 30));
        }
        if is_reset {
            return Some(b(7, 38));
        }
        let next = next_due(evaluated, members, self.cx.profile.win32.subgraph_interval, zone, now);
        pass.next_due = pass.next_due.min(if updates { now } else { next });
        None
    }

    /// B-7.52a: true if an app may take the place of another by itself at the next regular check.
    fn is_update_due(&self, pass: &Pass, owner: UserId, members: &[(u16, AppPolicy)]) -> bool {
        let (library, users) = (self.cx.library, [owner, pass.user]);
        let may_update = |apps: &Apps| members.iter().any(|(_, policy)| apps.may_update(policy, users, library));
        pass.workload == Workload::AvailableApp && self.apps().is_some_and(may_update)
    }

    /// B-7.36: a change of an app or of its relations, which is a new revision, makes its old GRS value void, and what is
    /// kept of its tries with it. What is assigned to whom is no such change.
    fn clear_grs(&mut self, pass: &Pass, members: &[(u16, AppPolicy)]) {
        for (_, policy) in members {
            let (revision, users) = (policy.revision, [UserId::DEVICE, pass.user]);
            let policy = policy.id;
            let apps = self.apps_mut();
            let is_it = |id: PolicyId, user: UserId| id == policy && users.contains(&user);
            apps.open.retain(|open| !is_it(open.policy, open.user) || open.revision == revision);
            let mut cleared = Vec::new();
            for record in apps.records.iter_mut().filter(|record| is_it(record.policy, record.user)) {
                if record.revision != revision && record.grs.take().is_some() {
                    cleared.push(record.user);
                }
            }
            for user in cleared {
                self.note_app(b(7, 36), AppEvent::GrsCleared { policy, user });
            }
        }
    }

    /// The evaluation of a subgraph before its first step.
    fn graph(
        &mut self,
        pass: &Pass,
        first: u16,
        (owner, hash): (UserId, ContentHash),
        members: &[(u16, AppPolicy)],
    ) -> Graph {
        let esp = self.is_left_for_after_esp(members, owner);
        let mut seats = Vec::with_capacity(members.len());
        let mut stays_due = false;
        for (place, policy) in members {
            let whose = if is_targeted(policy) { self::owner(policy, pass.user) } else { owner };
            let (mut desired, mut wait) = self.wish(pass, whose, policy);
            if desired == Desired::Present && wait.is_none() {
                let app = self.cx.library.app(policy.id, policy.revision);
                let is_win32 = app.is_some_and(|app| app.kind == AppKind::Win32);
                if esp {
                    wait = Some(AppWait::Esp);
                } else if is_win32 && self.durable.enforcement_while_waiting(self.now).is_some() {
                    // B-8.21.
                    wait = Some(AppWait::ManagedInstaller);
                }
            }
            let record = self.apps_mut().records.iter_mut();
            let mut record = record.filter(|record| record.policy == policy.id && record.user == whose);
            if let Some(record) = record.next().filter(|record| record.revision != policy.revision) {
                // Content of another revision is of no use.
                record.marks.set(Marks::DOWNLOADED, false);
            }
            let prefetch = wait == Some(AppWait::Deadline);
            if let Some(reason) = wait {
                desired = Desired::None;
                stays_due |= matches!(reason, AppWait::Esp | AppWait::ManagedInstaller);
                self.note_app(wait_rule(reason), AppEvent::AppWaits { policy: policy.id, user: whose, reason });
            }
            if policy.filtered_out {
                let code = applicability::FILTERED_OUT;
                self.note_app(b(12, 13), AppEvent::AppNotApplicable { policy: policy.id, user: whose, code });
            }
            seats.push(Seat {
                place: *place,
                owner: whose,
                policy: policy.id,
                revision: policy.revision,
                desired,
                is_detected: false,
                applicability: 0,
                wait,
                failed: None,
                prefetch,
                is_done: false,
            });
        }
        let is_on_request = pass.is_on_request;
        Graph { first, owner, seats, doing: Doing::Detect(0), hash, is_on_request, stays_due }
    }

    /// What is wanted of an app by itself, and what that has to wait for. Store apps are no different (B-8.10).
    fn wish(&self, pass: &Pass, owner: UserId, policy: &AppPolicy) -> (Desired, Option<AppWait>) {
        let nothing = (Desired::None, None);
        let Some(apps) = self.apps().filter(|_| !policy.filtered_out) else { return nothing };
        let users = [owner, pass.user];
        if pass.workload == Workload::AvailableApp {
            return if apps.is_marked_for(policy.id, users, &[Marks::REMOVAL]) {
                (Desired::Absent, None)
            } else if apps.is_marked_for(policy.id, users, &[Marks::ASKED_FOR])
                || !pass.is_on_request && apps.is_marked_for(policy.id, users, &[Marks::UPDATE])
            {
                (Desired::Present, None)
            } else {
                nothing
            };
        }
        if policy.intents.contains(Intent::Required) {
            let times = Times::of(policy, self.cx.zone);
            let wait = if pass.begun < times.available {
                Some(AppWait::Availability)
            } else if pass.begun < times.deadline {
                Some(AppWait::Deadline)
            } else {
                None
            };
            return (Desired::Present, wait);
        }
        if policy.intents.contains(Intent::Uninstall) && self.may_uninstall(apps, policy) {
            return (Desired::Absent, None);
        }
        nothing
    }

    /// B-12.16: only what Intune installed here is uninstalled. B-12.15: where the user may have what the device is to lose,
    /// only what was installed as required, and not what the user asked for.
    fn may_uninstall(&self, apps: &Apps, policy: &AppPolicy) -> bool {
        if policy.intents.contains(Intent::Available) {
            return apps.is_marked(policy.id, Marks::AS_REQUIRED) && !apps.is_marked(policy.id, Marks::FROM_PORTAL);
        }
        !self.cx.profile.assign.uninstall_only_managed || apps.is_marked(policy.id, Marks::MANAGED)
    }

    /// B-7.33: the evaluation is over and counts from the beginning of its check-in.
    pub(super) fn stamp(&mut self, pass: &mut Pass, graph: &Graph) {
        let policy = pass.policies[usize::from(graph.first)];
        let Some(subgraph) = self.cx.library.subgraph_of(policy.id, policy.revision) else { return };
        let places = graph.seats.iter().map(|seat| seat.place);
        let members = Members::of(places.map(|place| (place, pass.policies[usize::from(place)])));
        let members = members.all();
        let record = SubgraphRecord {
            hash: graph.hash,
            evaluated: (!graph.stays_due).then_some(pass.begun),
            id: subgraph.id(),
            user: graph.owner,
            workload: pass.workload,
        };
        self.apps_mut().keep_subgraph(record);
        let (interval, zone) = (self.cx.profile.win32.subgraph_interval, self.cx.zone);
        let next = next_due(record.evaluated.unwrap_or(Wall::MIN), members, interval, zone, pass.begun);
        let is_reset = self.cx.profile.win32.quirk_grs == QuirkGrs::ResetEachPass;
        let is_due_again = is_reset || self.is_update_due(pass, graph.owner, members);
        pass.next_due = pass.next_due.min(if is_due_again { pass.begun } else { next });
    }
}

impl Apps {
    /// Keeps what is known of a subgraph, in place of what was.
    fn keep_subgraph(&mut self, record: SubgraphRecord) {
        let is_it = |known: &&mut SubgraphRecord| {
            known.id == record.id && known.user == record.user && known.workload == record.workload
        };
        match self.subgraphs.iter_mut().find(is_it) {
            Some(known) => *known = record,
            None => {
                self.subgraphs.reserve_exact(1);
                self.subgraphs.push(record);
            }
        }
    }

    /// True if a record of an app for one of two users has one of some marks.
    pub(super) fn is_marked_for(&self, policy: PolicyId, users: [UserId; 2], marks: &[Marks]) -> bool {
        self.records.iter().any(|record| {
            record.policy == policy
                && users.contains(&record.user)
                && marks.iter().any(|mark| record.marks.contains(*mark))
        })
    }
}

/// The members of a subgraph that an answer holds, in the order of evaluation.
fn places_of(subgraph: Subgraph<'_>, policies: &[AppPolicy]) -> Members {
    let place_of = |app: &PolicyId| {
        let place = policies.iter().position(|policy| policy.id == *app)?;
        Some((u16::try_from(place).ok()?, policies[place]))
    };
    Members::of(subgraph.members().iter().filter_map(place_of))
}

/// Members of a subgraph with their places in an answer. Most apps have no relations, and nothing is allocated for those.
enum Members {
    One([(u16, AppPolicy); 1]),
    Any(Vec<(u16, AppPolicy)>),
}

impl Members {
    fn of(mut members: impl Iterator<Item = (u16, AppPolicy)>) -> Self {
        match (members.next(), members.next()) {
            (Some(one), None) => Self::One([one]),
            (first, second) => Self::Any(first.into_iter().chain(second).chain(members).collect()),
        }
    }

    fn all(&self) -> &[(u16, AppPolicy)] {
        match self {
            Self::One(one) => one,
            Self::Any(any) => any,
        }
    }
}

/// B-7.35, B-7.36: the hash of a subgraph, over the policies as they came: a change of the app, of its relations or of how it
/// is assigned changes it. What the answer leaves out counts as nothing.
fn hash_of(subgraph: Subgraph<'_>, members: &[(u16, AppPolicy)]) -> ContentHash {
    subgraph.content_hash(|app| {
        let member = members.iter().find(|(_, policy)| policy.id == app);
        member.map_or(0, |(_, policy)| fingerprint(core::slice::from_ref(policy)) as u32)
    })
}

/// The rule behind a wait.
pub(super) const fn wait_rule(reason: AppWait) -> RuleId {
    match reason {
        AppWait::Availability | AppWait::Deadline => b(7, 30),
        AppWait::Grs => b(7, 34),
        AppWait::Restart => b(7, 26),
        AppWait::Esp => b(7, 55),
        AppWait::ManagedInstaller => b(8, 21),
        AppWait::DarkWake => b(4, 27),
    }
}
