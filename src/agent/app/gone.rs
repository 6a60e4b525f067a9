//! What an answer does not name any more: which of it is forgotten, and when. First read: B-7.24, B-7.34, B-7.36, B-7.45, B-7.60.
//!
//! The record of an app stays, with its GRS value: what it installed stays too, and an assignment that comes back finds the
//! value as it was.

use super::pass::Pass;
use super::record::{Marks, OpenTry, SubgraphRecord};
use super::{AppRecord, Apps};
use crate::agent::{Sink, Turn};
use crate::content::Library;
use crate::protocol::{AppPolicy, Target, UserId};
use crate::time::{Span, Wall};

impl<S: Sink> Turn<'_, '_, S> {
    /// Forgets what a new answer shows to be of no use any more.
    pub(super) fn forget_gone(&mut self, pass: &mut Pass) {
        let (library, now, window) = (self.cx.library, self.now.wall, self.cx.profile.win32.grs);
        let apps = self.apps_mut();
        let is_changed =
            [apps.untarget(pass), apps.forget_subgraphs(pass, library), apps.forget_tries(pass, now, window)];
        pass.is_unsaved |= is_changed.contains(&true);
    }
}

impl Apps {
    /// What is not assigned any more is not reported any more (B-7.45).
    fn untarget(&mut self, pass: &Pass) -> bool {
        let mark = Marks::targeted(pass.workload);
        let mut is_changed = false;
        for record in self.records.iter_mut().filter(|record| pass.is_about(record.user) && record.marks.contains(mark))
        {
            let is_it = |policy: &AppPolicy| policy.id == record.policy && is_aimed_at(policy, record.user, pass.user);
            if !pass.policies.iter().any(is_it) {
                record.marks.set(mark, false);
                is_changed = true;
            }
        }
        is_changed
    }

    /// A change of relations is a new revision of every app that it touches (B-7.36): a subgraph whose first app now stands
    /// in another does not come back with an age that counts.
    fn forget_subgraphs(&mut self, pass: &Pass, library: &Library) -> bool {
        let stands_in_another = |known: &SubgraphRecord| {
            let first = pass.policies.iter().find(|policy| policy.id == known.id.smallest());
            let subgraph = first.and_then(|policy| library.subgraph_of(policy.id, policy.revision));
            subgraph.is_some_and(|subgraph| subgraph.id() != known.id)
        };
        let before = self.subgraphs.len();
        self.subgraphs.retain(|known| !stands_in_another(known));
        self.subgraphs.len() != before
    }

    /// Tries are counted within a window (B-7.34), also where the assignment goes and comes back in it. When the window is
    /// over, those of an app that nobody assigns are forgotten; the end of the window is a reason for another look.
    fn forget_tries(&mut self, pass: &mut Pass, now: Wall, window: Span) -> bool {
        let before = self.open.len();
        let records = &self.records;
        self.open.retain(|open| {
            if !pass.is_about(open.user) || pass.names(open) || records.iter().any(|record| is_aimed(record, open)) {
                return true;
            }
            let is_kept = now.since(open.begun) < window;
            if is_kept {
                pass.next_due = pass.next_due.min(open.begun.after(window));
            }
            is_kept
        });
        self.open.len() != before
    }
}

impl Pass {
    /// True if the answer tells everything about a user id: its own user's and the device's.
    fn is_about(&self, user: UserId) -> bool {
        user == self.user || user.is_device()
    }

    fn names(&self, open: &OpenTry) -> bool {
        self.policies.iter().any(|policy| policy.id == open.policy)
    }
}

/// True if an app is assigned by itself to whom it is kept for.
const fn is_aimed_at(policy: &AppPolicy, kept_for: UserId, user: UserId) -> bool {
    !policy.intents.is_empty()
        && match policy.target {
            Target::Device => kept_for.is_device(),
            Target::User => kept_for.0 == user.0,
            Target::Both => true,
        }
}

/// True if the app of a try is assigned by itself.
fn is_aimed(record: &AppRecord, open: &OpenTry) -> bool {
    record.policy == open.policy && record.user == open.user && record.is_targeted()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Item;
    use crate::protocol::{AppSettings, Intent, Intents, PolicyId, Workload};
    use crate::relations::{AppKind, Limits, Relation, Relations};
    use crate::retry::Retry;

    const ONE: PolicyId = PolicyId(0);
    const OTHER: PolicyId = PolicyId(1);
    const ANNA: UserId = UserId(1);

    fn pass(ids: &[PolicyId], revision: u32) -> Pass {
        let required = |id: &PolicyId| AppPolicy {
            id: *id,
            revision,
            target: Target::Device,
            intents: Intents::NONE.with(Intent::Required),
            filtered_out: false,
            settings: AppSettings::default(),
        };
        Pass::new(Workload::RequiredApp, UserId::DEVICE, 0, ids.iter().map(required).collect(), Wall::MIN)
    }

    fn open(policy: PolicyId, user: UserId) -> OpenTry {
        let (begun, retry) = (Wall::MIN, Retry::new());
        OpenTry { begun, retry, policy, revision: 1, user, is_uninstall: false, is_under_way: true }
    }

    // B-7.36: two apps on their own, and then the one depends on the other.
    #[test]
    fn a_subgraph_that_became_part_of_another_is_forgotten() {
        let mut library = Library::EMPTY;
        let put = |library: &mut Library, revision| {
            [ONE, OTHER].into_iter().for_each(|id| library.insert(id, revision, Item::App(Box::default())));
        };
        put(&mut library, 1);
        let apps = [ONE, OTHER].map(|id| (id, AppKind::Win32));
        let together = [Relation::dependency(OTHER, ONE, true)];
        library.relate(Relations::build(apps, &together, &Limits::default()).expect("one relation"));
        put(&mut library, 2);
        let known = |id, user| {
            let subgraph = library.subgraph_of(id, 1).expect("it is in the library");
            let hash = subgraph.content_hash(|_| 1);
            SubgraphRecord { hash, evaluated: None, id: subgraph.id(), user, workload: Workload::RequiredApp }
        };
        let all = [known(ONE, UserId::DEVICE), known(OTHER, UserId::DEVICE), known(OTHER, ANNA)];
        let mut apps = Apps { subgraphs: all.to_vec(), ..Apps::default() };
        assert!(!apps.forget_subgraphs(&pass(&[ONE, OTHER], 1), &library), "nothing has changed");
        assert!(!apps.forget_subgraphs(&pass(&[], 1), &library), "an assignment that may come back");
        assert!(apps.forget_subgraphs(&pass(&[ONE, OTHER], 2), &library));
        assert_eq!(apps.subgraphs, [all[0]], "whoever they were kept for");
    }

    // B-7.24, B-7.34, B-7.60.
    #[test]
    fn tries_of_what_is_gone_are_kept_for_their_window() {
        let window = Span::hours(24);
        let end = Wall::MIN.after(window);
        let all = [open(ONE, UserId::DEVICE), open(OTHER, UserId::DEVICE), open(OTHER, ANNA)];
        let mut apps = Apps { open: all.to_vec(), ..Apps::default() };
        let mut answer = pass(&[ONE], 1);
        assert!(!apps.forget_tries(&mut answer, Wall::MIN.after(Span::hours(23)), window));
        assert_eq!(answer.next_due, end, "the end of the window is looked at");
        assert!(apps.forget_tries(&mut answer, end, window));
        assert_eq!(apps.open, [all[0], all[2]], "what is assigned, and what this answer does not tell about");
        let mut answer = pass(&[], 1);
        apps.record(ONE, UserId::DEVICE).marks.set(Marks::TARGETED_AVAILABLE, true);
        assert!(!apps.forget_tries(&mut answer, end, window), "another answer names it");
    }

    // B-7.45, B-12.15.
    #[test]
    fn an_answer_says_who_is_a_target_no_more() {
        let mut apps = Apps::default();
        for (policy, user) in [(ONE, UserId::DEVICE), (ONE, ANNA), (OTHER, UserId::DEVICE)] {
            apps.record(policy, user).marks.set(Marks::TARGETED, true);
            apps.record(policy, user).marks.set(Marks::TARGETED_AVAILABLE, true);
        }
        let mut answer = pass(&[ONE], 1);
        (answer.workload, answer.user) = (Workload::AvailableApp, ANNA);
        assert!(apps.untarget(&answer));
        let left: Vec<bool> =
            apps.records.iter().map(|record| record.marks.contains(Marks::TARGETED_AVAILABLE)).collect();
        assert_eq!(left, [true, false, false]);
        assert!(apps.records.iter().all(AppRecord::is_targeted), "the other answer says nothing of it");
    }
}
