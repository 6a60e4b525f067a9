//! The apps of an answer, and a number that stands for all that the answer says.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::AppPolicy;

/// The apps of an answer, in assignment order, with all that they need or replace.
///
/// The list is numbered when it is made, so that whoever gets the same list again sees that at once, however long it is:
/// a service that shares a list among many devices makes it once.
///
/// Source: B-7.33.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "Vec<AppPolicy>", into = "Vec<AppPolicy>")]
pub struct AppList<'a> {
    policies: Cow<'a, [AppPolicy]>,
    fingerprint: u64,
}

impl<'a> AppList<'a> {
    /// A list of these apps.
    pub fn new(policies: impl Into<Cow<'a, [AppPolicy]>>) -> Self {
        let policies = policies.into();
        let fingerprint = fingerprint(&policies);
        Self { policies, fingerprint }
    }

    /// The apps.
    #[inline]
    pub fn policies(&self) -> &[AppPolicy] {
        &self.policies
    }

    /// A number for the whole list: two lists that differ in anything have the same by an accident in 2^64.
    #[inline]
    pub const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The same list without a copy.
    #[inline]
    pub fn borrowed(&self) -> AppList<'_> {
        AppList { policies: Cow::Borrowed(&self.policies), fingerprint: self.fingerprint }
    }
}

impl From<Vec<AppPolicy>> for AppList<'_> {
    fn from(policies: Vec<AppPolicy>) -> Self {
        Self::new(policies)
    }
}

impl From<AppList<'_>> for Vec<AppPolicy> {
    fn from(list: AppList<'_>) -> Self {
        list.policies.into_owned()
    }
}

impl FromIterator<AppPolicy> for AppList<'_> {
    fn from_iter<I: IntoIterator<Item = AppPolicy>>(policies: I) -> Self {
        Self::new(policies.into_iter().collect::<Vec<_>>())
    }
}

/// What an answer says, as one number that differs wherever two answers do but for an accident in 2^64.
///
/// It covers everything: which apps in which revisions, for whom, what is wanted of them, and how.
pub(crate) fn fingerprint(policies: &[AppPolicy]) -> u64 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{AppSettings, Intent, Intents, PolicyId, RestartGrace, Target};
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
        let numbers: std::collections::BTreeSet<u64> =
            all.iter().map(|policies| AppList::new(policies.as_slice()).fingerprint()).collect();
        assert_eq!(numbers.len(), all.len());
    }
}
