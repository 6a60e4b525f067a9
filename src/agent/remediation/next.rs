//! When a remediation is due, and what it waits for. First read: B-6.6, B-6.9, B-6.12, B-6.21, B-12.8.

use super::schedule::Due;
use super::{RemediationRecord, RemediationWait, Standing, overdue};
use crate::agent::work::WorkDue;
use crate::agent::{Agent, Context, Sink, Timer, Turn};
use crate::facts::EspPhase;
use crate::protocol::{PolicyId, RunAs, UserId};
use crate::time::{Awake, Now, Span, Wall};

impl<S: Sink> Turn<'_, '_, S> {
    pub(super) fn wait_for(&self, user: UserId, run_as: RunAs) -> Option<RemediationWait> {
        let around = &self.durable.around;
        if around.esp != EspPhase::NotInEsp {
            Some(RemediationWait::Esp)
        } else if around.dark_wake {
            Some(RemediationWait::DarkWake)
        } else {
            self.session_of(user, run_as).is_none().then_some(RemediationWait::NoUser)
        }
    }

    /// In whose session it runs: the machine's where nobody is needed, that of its user, or for the device id user that of
    /// whoever is signed in. `None` where the user is not there (B-6.21, B-12.8).
    pub(super) fn session_of(&self, user: UserId, run_as: RunAs) -> Option<UserId> {
        let around = &self.durable.around;
        let session = match (user.is_device(), run_as) {
            (true, RunAs::System) => return Some(UserId::DEVICE),
            (true, RunAs::User) => around.active,
            (false, RunAs::System | RunAs::User) => user,
        };
        around.is_signed_in(session).then_some(session)
    }

    pub(super) fn remediation_due_at(&self, record: &RemediationRecord) -> Due {
        due_at(self.cx, record)
    }

    /// For how long it has been due, if it is.
    pub(super) fn overdue(&self, record: &RemediationRecord) -> Option<Span> {
        match self.remediation_due_at(record) {
            Due::Never => None,
            Due::At(at) => overdue(at, self.now.wall),
            Due::AtOnce => {
                let work = self.underway_now()?;
                let (.., at) = work.queue.iter().find(|(id, user, _)| *id == record.policy && *user == record.user)?;
                (*at <= self.now.awake).then(|| self.now.awake.since(*at))
            }
        }
    }

    /// The earliest moment at which something that does not wait is due by the clock, while that is known and lies ahead:
    /// until then no record need be looked at. It is kept as the deadline of its timer.
    fn due_ahead(&self) -> Option<Wall> {
        let left = self.timers.remaining(Timer::RemediationClock, self.now).filter(|left| !left.is_zero());
        left.map(|left| self.now.wall.after(left))
    }

    /// A record has changed, or what waits: when something is due next is to be found out again.
    pub(in crate::agent) fn reckon_anew(&mut self) {
        self.timers.clear(Timer::RemediationClock);
    }

    /// False where nothing is due now.
    pub(super) fn may_be_due(&self) -> bool {
        let is_due = |at: &Awake| *at <= self.now.awake;
        let work = self.underway_now();
        self.due_ahead().is_none()
            || work.is_some_and(|work| !work.waiting.is_empty() || work.queue.iter().any(|(.., at)| is_due(at)))
    }

    /// Arms the timers for what is next: the limit of what runs, a first run, a batch; a slot of the clock.
    pub(super) fn remediation_deadlines(&mut self) {
        // A service that has just started has nothing under way, and its slots are waited for all the same (B-6.4, B-6.6).
        let work = self.underway_now();
        let is_waiting =
            |policy: PolicyId, user: UserId| work.is_some_and(|work| work.waiting.contains(&(policy, user)));
        let mut due = WorkDue::NEVER.awake(work.and_then(|work| work.batch));
        let slot = work.and_then(|work| work.current).and_then(|current| current.slot);
        due = due.awake(slot.map(|slot| slot.until));
        for (policy, user, at) in work.map_or(&[][..], |work| &work.queue) {
            due = due.awake((!is_waiting(*policy, *user)).then_some(*at));
        }
        let ahead = self.due_ahead();
        due = due.wall(ahead);
        let kept = self.remediations().filter(|_| ahead.is_none());
        for record in kept.map_or(&[][..], |kept| &kept.records) {
            if let Due::At(at) = self.remediation_due_at(record)
                && !is_waiting(record.policy, record.user)
            {
                due = due.wall(Some(at));
            }
        }
        self.work_deadline(Timer::RemediationWork, Timer::RemediationClock, due);
    }
}

fn due_at(cx: &Context<'_>, record: &RemediationRecord) -> Due {
    match record.content(cx) {
        Some(content) if record.standing != Standing::Skipped => {
            record.reckoning(cx, content).due(record.anchor, record.runs > 0)
        }
        Some(_) | None => Due::Never,
    }
}

/// What a remediation is to do next, for explanations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemediationNext {
    /// It runs now.
    Runs,
    /// It does not run any more in this revision, or its content cannot be had.
    Never,
    /// It was fetched when it was due; its first run comes after so much awake time (B-6.9).
    FirstRun(Span),
    /// The same, and the queue ended with the service: the next fetch makes it again (B-6.9).
    NextFetch,
    /// It is due at this moment of the device's clock.
    At(Wall),
    /// It is due and waits.
    Waits(RemediationWait),
}

impl Agent {
    /// What a remediation of [`Agent::remediations`] is to do next.
    pub fn remediation_next(&self, cx: &Context<'_>, now: Now, record: &RemediationRecord) -> RemediationNext {
        let is_it = |policy: PolicyId, user: UserId| policy == record.policy && user == record.user;
        let work = match &self.phase {
            crate::agent::state::Phase::Running(running) => running.work.as_ref().map(|work| &work.remediations),
            crate::agent::state::Phase::Stopped | crate::agent::state::Phase::Absent => None,
        };
        let current = work.and_then(|work| work.current);
        if current.is_some_and(|current| is_it(current.policy, current.user)) {
            return RemediationNext::Runs;
        }
        let next = match due_at(cx, record) {
            Due::Never => RemediationNext::Never,
            Due::At(at) => RemediationNext::At(at),
            Due::AtOnce => match work.and_then(|work| work.queue.iter().find(|(id, user, _)| is_it(*id, *user))) {
                Some((.., at)) => RemediationNext::FirstRun(at.since(now.awake)),
                None => RemediationNext::NextFetch,
            },
        };
        let is_due = match next {
            RemediationNext::At(at) => at <= now.wall,
            RemediationNext::FirstRun(left) => left.is_zero(),
            RemediationNext::Runs | RemediationNext::Never | RemediationNext::NextFetch | RemediationNext::Waits(_) => {
                false
            }
        };
        let around = &self.durable.around;
        let run_as = record.content(cx).map_or(RunAs::System, |content| content.run_as);
        let session = if record.user.is_device() { around.active } else { record.user };
        let needs_user = run_as == RunAs::User || !record.user.is_device();
        if !is_due {
            next
        } else if around.esp != EspPhase::NotInEsp {
            RemediationNext::Waits(RemediationWait::Esp)
        } else if around.dark_wake {
            RemediationNext::Waits(RemediationWait::DarkWake)
        } else if needs_user && !around.is_signed_in(session) {
            RemediationNext::Waits(RemediationWait::NoUser)
        } else if current.is_some() {
            RemediationNext::Waits(RemediationWait::Busy)
        } else {
            next
        }
    }
}
