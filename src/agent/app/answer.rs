//! The answer of an app check-in: whether it needs any work, and what it ends. First read: B-7.33, B-7.52b, B-7.60.

use super::pass::Pass;
use super::record::Seen;
use super::{AppEvent, Apps};
use crate::agent::{Event, Sink, Turn};
use crate::protocol::{AppPolicy, Intent, UserId, Workload};
use crate::rules::b;

/// What an answer says, as one number that differs wherever two answers do but for an accident in 2^64.
///
/// Only the answer is read, not what is kept of each app: that is what makes a check-in with nothing to do cheap.
pub(super) fn fingerprint(policies: &[AppPolicy]) -> u64 {
    const ODD: [u64; 5] = [
        0x9E37_79B9_7F4A_7C15,
        0xC2B2_AE3D_27D4_EB4F,
        0x1656_67B1_9E37_79F9,
        0x27D4_EB2F_1656_67C5,
        0xFF51_AFD7_ED55_8CCD,
    ];
    let mut sum = policies.len() as u64;
    for (place, policy) in (0_u64..).zip(policies) {
        let AppPolicy { id, revision, target, intents, filtered_out, settings } = policy;
        let small = *target as u64
            | u64::from(intents.bits()) << 8
            | u64::from(settings.esp_place) << 16
            | (settings.notifications as u64) << 24
            | u64::from(*filtered_out) << 32
            | u64::from(settings.local_time) << 33
            | u64::from(settings.foreground) << 34
            | u64::from(settings.auto_update) << 35
            | u64::from(settings.available.is_some()) << 36
            | u64::from(settings.deadline.is_some()) << 37
            | u64::from(settings.restart_grace.is_some()) << 38;
        let mut word = (u64::from(id.0) << 32 | u64::from(*revision)).wrapping_mul(ODD[0]) ^ small.wrapping_mul(ODD[1]);
        // Few assignments have any of these.
        if let Some(at) = settings.available {
            word ^= at.raw().wrapping_mul(ODD[2]);
        }
        if let Some(at) = settings.deadline {
            word ^= at.raw().wrapping_mul(ODD[3]);
        }
        if let Some(grace) = settings.restart_grace {
            let minutes = [grace.grace_min, grace.countdown_min, grace.snooze_min].map(u64::from);
            word ^= (minutes[0] | minutes[1] << 16 | minutes[2] << 32).wrapping_mul(ODD[4]);
        }
        sum = sum.wrapping_add((word ^ word >> 29).wrapping_mul(ODD[0].wrapping_add(place << 1)));
    }
    sum ^ sum >> 32
}

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
    pub(in crate::agent) fn apps_answered(&mut self, workload: Workload, user: UserId, policies: &[AppPolicy]) {
        let count = u32::try_from(policies.len()).unwrap_or(u32::MAX);
        self.note(b(2, 13), Event::CheckInDone { workload, policies: count });
        let answer = fingerprint(policies);
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
        let pass = Box::new(Pass::new(workload, user, answer, policies.into(), now));
        let Some(work) = self.underway() else { return };
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
        pass.is_on_request = self.is_asked_for(&pass);
        let apps = self.apps_mut();
        let is_new = |policy: &&AppPolicy| !apps.records.iter().any(|record| record.policy == policy.id);
        let missing = pass.policies.iter().filter(is_new).count();
        apps.records.reserve_exact(missing);
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
    use crate::protocol::{AppSettings, Intents, PolicyId, RestartGrace, Target};
    use crate::time::Wall;

    // B-7.33: whatever differs in an answer, the number differs.
    #[test]
    fn every_difference_shows() {
        let plain = AppPolicy {
            id: PolicyId(1),
            revision: 1,
            target: Target::Device,
            intents: Intents::NONE.with(Intent::Required),
            filtered_out: false,
            settings: AppSettings::default(),
        };
        let settings = |change: fn(&mut AppSettings)| {
            let mut policy = plain;
            change(&mut policy.settings);
            policy
        };
        let other = AppPolicy { id: PolicyId(2), ..plain };
        let mut all = vec![
            vec![],
            vec![plain],
            vec![plain, other],
            vec![other, plain],
            vec![plain, plain],
            vec![AppPolicy { revision: 2, ..plain }],
            vec![AppPolicy { target: Target::User, ..plain }],
            vec![AppPolicy { intents: Intents::REQUIRED_AND_AVAILABLE, ..plain }],
            vec![AppPolicy { filtered_out: true, ..plain }],
        ];
        let changes: [fn(&mut AppSettings); 9] = [
            |s| s.available = Some(Wall::MIN),
            |s| s.deadline = Some(Wall::MIN),
            |s| s.local_time = true,
            |s| s.foreground = true,
            |s| s.notifications = crate::protocol::Notifications::None,
            |s| s.restart_grace = Some(RestartGrace { grace_min: 0, countdown_min: 0, snooze_min: 0 }),
            |s| s.restart_grace = Some(RestartGrace { grace_min: 1, countdown_min: 0, snooze_min: 1 }),
            |s| s.esp_place = 1,
            |s| s.auto_update = true,
        ];
        all.extend(changes.map(|change| vec![settings(change)]));
        let numbers: std::collections::BTreeSet<u64> = all.iter().map(|policies| fingerprint(policies)).collect();
        assert_eq!(numbers.len(), all.len());
    }
}
