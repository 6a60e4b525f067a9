//! When an app may be fetched and when it is installed, in the time of the device. First read: B-7.30, B-7.31.

use super::pass::Pass;
use super::record::Marks;
use crate::agent::{Sink, Turn};
use crate::protocol::{AppPolicy, Intent, UserId, Workload};
use crate::time::{Span, Wall, Zone};

/// When an app may be fetched, and when it is installed (B-7.30, B-7.31).
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) available: Wall,
    pub(super) deadline: Wall,
}

impl Times {
    pub(super) fn of(policy: &AppPolicy, zone: &Zone) -> Self {
        let settings = &policy.settings;
        let moment = |at: Wall| if settings.local_time { zone.moment(at) } else { at };
        let available = settings.available.map_or(Wall::MIN, moment);
        // As soon as possible is at availability; a deadline before it cannot be kept.
        Self { available, deadline: settings.deadline.map_or(available, moment).max(available) }
    }

    /// The next of the two moments that is still ahead.
    fn next(self, now: Wall) -> Option<Wall> {
        [self.available, self.deadline].into_iter().find(|at| *at > now)
    }

    /// Each of the two with the mark of an app for which it was still ahead.
    pub(super) const fn marked(self) -> [(Marks, Wall); 2] {
        [(Marks::BEFORE_AVAILABILITY, self.available), (Marks::BEFORE_DEADLINE, self.deadline)]
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// B-7.30: remembers which of its moments are ahead of a required app that is evaluated.
    pub(super) fn mark_moments(&mut self, pass: &Pass, policy: &AppPolicy, owner: UserId) {
        if pass.workload != Workload::RequiredApp {
            return;
        }
        let (times, is_required) = (Times::of(policy, self.cx.zone), policy.intents.contains(Intent::Required));
        let record = self.apps_mut().record(policy.id, owner);
        for (mark, at) in times.marked() {
            record.marks.set(mark, is_required && pass.begun < at);
        }
    }

    /// B-7.30: before its availability an app is not shown in Company Portal.
    pub(super) fn is_available(&self, policy: &AppPolicy) -> bool {
        Times::of(policy, self.cx.zone).available <= self.now.wall
    }
}

/// When a subgraph is due next, after an evaluation.
pub(super) fn next_due(evaluated: Wall, members: &[(u16, AppPolicy)], interval: Span, zone: &Zone, now: Wall) -> Wall {
    let required = members.iter().filter(|(_, policy)| policy.intents.contains(Intent::Required));
    let moments = required.filter_map(|(_, policy)| Times::of(policy, zone).next(now));
    moments.fold(evaluated.after(interval), Wall::min)
}
