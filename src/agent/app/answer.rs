//! The answer of an app check-in: whether it needs any work, and what it ends. First read: B-7.33, B-7.52b, B-7.60.

use super::pass::Pass;
use super::record::Seen;
use super::{AppEvent, Apps};
use crate::agent::{Event, Sink, Turn};
use crate::protocol::{AppList, AppPolicy, Intent, UserId, Workload};
use crate::rules::b;

impl Apps {
    fn seen(&self, workload: Workload, user: UserId) -> Option<&Seen> {
        self.seen.iter().find(|seen| seen.workload == workload && seen.user == user)
    }

    /// Remembers an answer that was worked off to its end.
    pub(super) fn remember(&mut self, seen: Seen) {
        match self.seen.iter_mut().find(|known| known.workload == seen.workload && known.user == seen.user) {
            Some(known) => *known = seen,
            None => {
                self.seen.reserve_exact(1);
                self.seen.push(seen);
            }
        }
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// A poll for apps was answered.
    pub(in crate::agent) fn apps_answered(&mut self, workload: Workload, user: UserId, list: &AppList<'_>) {
        let (policies, answer) = (list.policies(), list.fingerprint());
        let count = u32::try_from(policies.len()).unwrap_or(u32::MAX);
        self.note(b(2, 13), Event::CheckInDone { workload, policies: count });
        let now = self.now.wall;
        let seen = self.apps().and_then(|apps| apps.seen(workload, user));
        let is_idle = match seen {
            Some(seen) => seen.answer == answer && seen.at <= now && now < seen.next,
            None => policies.is_empty() && self.apps().is_none_or(|apps| apps.records.is_empty()),
        };
        if is_idle {
            if !policies.is_empty() {
                self.note_app(b(7, 33), AppEvent::AppsNotDue { workload });
            }
            return self.check_in_over(workload);
        }
        let mut pass = Box::new(Pass::new(workload, user, answer, policies.into(), now));
        let Some(work) = self.underway() else { return };
        if workload == Workload::AvailableApp {
            pass.is_on_request = std::mem::take(&mut work.apps.is_on_request);
        }
        match &work.apps.pass {
            // B-7.5: one after another.
            Some(_) => work.apps.next = Some(pass),
            None => self.begin_pass(pass),
        }
        self.app_step();
    }

    /// Begins to work off an answer: what it says about consent and requests comes first, then the subgraphs in order.
    pub(super) fn begin_pass(&mut self, mut pass: Box<Pass>) {
        pass.begun = self.now.wall;
        let (workload, user) = (pass.workload, pass.user);
        // Until this answer is worked off to its end, none counts as known.
        self.apps_mut().seen.retain(|seen| seen.workload != workload || seen.user != user);
        self.forget_gone(&mut pass);
        let apps = self.apps_mut();
        // What is assigned seldom changes: no room is kept for more.
        apps.records.reserve_exact(pass.policies.len().saturating_sub(apps.records.len()));
        if pass.workload == Workload::AvailableApp {
            self.follow_consent(&pass);
            self.follow_requests(&pass);
        }
        self.queue_subgraphs(&mut pass);
        if let Some(work) = self.underway() {
            work.apps.pass = Some(pass);
        }
    }
}

impl Pass {
    /// True if the answer offers an app to the user.
    pub(super) fn offers(&self, app: crate::protocol::PolicyId) -> bool {
        let is_offered = |policy: &AppPolicy| policy.intents.contains(Intent::Available) && !policy.filtered_out;
        self.policies.iter().any(|policy| policy.id == app && is_offered(policy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Wall;

    // B-7.33: what one user's answer comes to says nothing of another's.
    #[test]
    fn an_answer_is_remembered_for_each_user() {
        let mut apps = Apps::default();
        let seen = |workload, user, answer| Seen { answer, at: Wall::MIN, next: Wall::MAX, workload, user };
        let (required, offered) = (Workload::RequiredApp, Workload::AvailableApp);
        let all = [(required, UserId(1)), (required, UserId(2)), (offered, UserId(1)), (required, UserId(1))];
        for ((workload, user), answer) in all.into_iter().zip(1..) {
            apps.remember(seen(workload, user, answer));
        }
        let known = |workload, user| apps.seen(workload, user).map(|seen| seen.answer);
        assert_eq!(known(required, UserId(1)), Some(4));
        assert_eq!(known(required, UserId(2)), Some(2));
        assert_eq!(known(offered, UserId(1)), Some(3));
        assert_eq!((known(offered, UserId(2)), apps.seen.len()), (None, 3));
    }
}
