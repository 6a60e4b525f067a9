//! The tries of an enforcement: an instance of the one retry component. First read: B-7.24, B-7.25, B-7.34, B-7.39, R8.

use super::pass::Seat;
use super::record::OpenTry;
use crate::agent::{Sink, Turn};
use crate::protocol::{PolicyId, UserId};
use crate::retry::{Next, Policy, Retry};
use crate::time::{Span, Wall};

/// Which try is next, from 1 on.
pub(super) fn next_attempt(retry: &Retry<Wall>) -> u16 {
    u16::try_from(retry.tries()).unwrap_or(u16::MAX).saturating_add(1)
}

impl<S: Sink> Turn<'_, '_, S> {
    /// The figures of the profile as a policy. They are in their ranges; where one were not, nothing would be tried again.
    fn app_retries(&self) -> Option<Policy> {
        let win32 = &self.cx.profile.win32;
        // A GRS of no time at all is over at once, and a window cannot be empty.
        let window = win32.grs.max(Span::millis(1));
        Policy::win32_retry_type(win32.retry_attempts, win32.retry_gap, window).ok()
    }

    /// What is known of the tries of an app: what was begun before and cut off goes on, as long as it is about the same.
    pub(super) fn open_try(&mut self, seat: &Seat, user: UserId, is_uninstall: bool) -> OpenTry {
        let (policy, revision, now, grs) = (seat.policy, seat.revision, self.now.wall, self.cx.profile.win32.grs);
        let apps = self.apps_mut();
        let is_it = |open: &&OpenTry| open.policy == policy && open.user == user;
        let is_same = |open: &&OpenTry| {
            open.revision == revision && open.is_uninstall == is_uninstall && now.since(open.begun) < grs
        };
        if let Some(open) = apps.open.iter().find(is_it).filter(is_same) {
            return *open;
        }
        apps.open.retain(|open| open.policy != policy || open.user != user);
        let open =
            OpenTry { begun: now, retry: Retry::new(), policy, revision, user, is_uninstall, is_under_way: false };
        apps.open.push(open);
        open
    }

    /// A command begins; its try counts from here on, whatever ends it.
    pub(super) fn begin_try(&mut self, policy: PolicyId, user: UserId) {
        let (now, retries) = (self.now.wall, self.app_retries());
        if let (Some(open), Some(retries)) = (self.open_mut(policy, user), retries) {
            open.retry.on_begin(&retries, now);
            open.is_under_way = true;
        }
    }

    /// A try failed: how long until the next, if there is one in this window.
    pub(super) fn count_failure(&mut self, policy: PolicyId, user: UserId) -> Option<Span> {
        let (now, retries) = (self.now.wall, self.app_retries()?);
        let open = self.open_mut(policy, user)?;
        open.is_under_way = false;
        match open.retry.on_failure(&retries, 0, now) {
            Next::After(wait) => Some(wait),
            Next::GiveUpUntil(_) | Next::LeftTo(_) => None,
        }
    }

    fn open_mut(&mut self, policy: PolicyId, user: UserId) -> Option<&mut OpenTry> {
        self.apps_mut().open.iter_mut().find(|open| open.policy == policy && open.user == user)
    }
}
