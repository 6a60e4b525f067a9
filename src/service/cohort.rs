//! What devices that are alike are given, epoch by epoch.

use core::fmt;
use std::borrow::Cow;

use serde::Serialize;

use super::member::Member;
use super::resolve;
use crate::catalog::Tenant;
use crate::facts::eligibility;
use crate::facts::{Facts, Features};
use crate::profile::Profile;
use crate::protocol::{Answer, AppList, AppPolicy, Assigned, Push, ScriptPolicy, UserId, Workload};
use crate::time::Wall;

/// What every device of one kind gets, over the whole timeline of a tenant.
///
/// Resolved once, shared by all its devices and never changed.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Cohort {
    facts: Facts,
    first: Epoch,
    /// The epochs after the first, by time.
    rest: Box<[Epoch]>,
    pushes: Box<[PlannedPush]>,
}

/// A stretch of time in which nothing that these devices get changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Epoch {
    /// Its first moment; the first epoch begins with time.
    pub(super) from: Wall,
    pub(super) assigned: Features,
    pub(super) wanted: Features,
    /// Those that are assigned to the device itself.
    pub(super) on_device: Features,
    pub(super) service_principal: bool,
    /// For the device, then for each user.
    pub(super) lists: Box<[Lists]>,
}

/// What one principal's polls bring.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Lists {
    pub(super) scripts: Box<[ScriptPolicy]>,
    pub(super) required_apps: AppList<'static>,
    pub(super) available_apps: AppList<'static>,
    pub(super) remediations: Box<[Assigned]>,
    pub(super) discovery: Box<[Assigned]>,
}

/// A push that a change causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct PlannedPush {
    /// When Intune learns of the change. The push leaves after a delay that each device draws for itself.
    pub at: Wall,
    /// Which.
    pub push: Push,
    /// The number of the change among those that push to this cohort.
    pub change: u32,
}

impl Cohort {
    /// Resolves what devices like this member get, before the first change and after each.
    ///
    /// Source: section 12, B-2.2, B-2.19, B-3.7, B-4.19.
    pub fn resolve(tenant: &Tenant, profile: &Profile, member: &Member) -> Self {
        let (first, rest, pushes) = resolve::resolve(tenant, profile, member);
        Self { facts: member.facts, first, rest: rest.into(), pushes: pushes.into() }
    }

    /// The epochs, by time.
    pub fn epochs(&self) -> impl Iterator<Item = &Epoch> {
        core::iter::once(&self.first).chain(&self.rest)
    }

    /// The epoch of this moment.
    pub fn at(&self, now: Wall) -> &Epoch {
        self.epochs().take_while(|epoch| epoch.from <= now).last().unwrap_or(&self.first)
    }

    /// The pushes that changes cause, by time.
    pub fn pushes(&self) -> &[PlannedPush] {
        &self.pushes
    }

    /// The epoch with this number, from 0.
    #[inline]
    pub(crate) fn epoch(&self, number: u32) -> &Epoch {
        match number.checked_sub(1) {
            Some(place) => self.rest.get(place as usize).unwrap_or(&self.first),
            None => &self.first,
        }
    }

    /// The epoch after the one with this number.
    #[inline]
    pub(super) fn epoch_after(&self, number: u32) -> Option<&Epoch> {
        self.rest.get(number as usize)
    }

    /// The features that bring the agent to a device of this cohort with these facts, which may have changed since.
    #[inline]
    pub(super) fn wanted(&self, epoch: &Epoch, facts: &Facts, profile: &Profile) -> Features {
        if *facts == self.facts { epoch.wanted } else { eligibility::wanted(facts, epoch.assigned, profile) }
    }
}

impl fmt::Debug for Cohort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cohort")
            .field("epochs", &self.epochs().collect::<Vec<_>>())
            .field("pushes", &self.pushes)
            .finish_non_exhaustive()
    }
}

impl Epoch {
    /// Its first moment; [`Wall::MIN`] for the first epoch.
    pub const fn from(&self) -> Wall {
        self.from
    }

    /// The features that are assigned to the device or any of its users.
    ///
    /// Source: B-2.1, B-2.2.
    pub const fn assigned(&self) -> Features {
        self.assigned
    }

    /// Those of them that are assigned to the device itself.
    #[cfg(feature = "check")]
    pub(crate) const fn on_device(&self) -> Features {
        self.on_device
    }

    /// Those of them that may bring the agent to the device.
    pub const fn wanted(&self) -> Features {
        self.wanted
    }

    /// True while user tokens are issued for the agent (B-1.25).
    pub const fn has_service_principal(&self) -> bool {
        self.service_principal
    }

    /// The scripts that a poll for this principal brings, in assignment order.
    ///
    /// An unknown user gets what the device gets.
    #[inline]
    pub fn scripts(&self, user: UserId) -> &[ScriptPolicy] {
        self.lists(user).map_or(&[], |lists| &lists.scripts)
    }

    /// The apps that a poll of one of their two workloads for this principal brings, in assignment order.
    pub fn apps(&self, workload: Workload, user: UserId) -> &[AppPolicy] {
        self.lists(user).map_or(&[], |lists| match workload {
            Workload::AvailableApp => lists.available_apps.policies(),
            Workload::RequiredApp => lists.required_apps.policies(),
            Workload::Script | Workload::Remediation | Workload::Compliance => &[],
        })
    }

    /// The remediations that a poll for this principal brings, in assignment order.
    pub fn remediations(&self, user: UserId) -> &[Assigned] {
        self.lists(user).map_or(&[], |lists| &lists.remediations)
    }

    /// The discovery scripts that a poll for this principal brings, in assignment order.
    pub fn discovery(&self, user: UserId) -> &[Assigned] {
        self.lists(user).map_or(&[], |lists| &lists.discovery)
    }

    /// How many policies of a workload a poll for this principal brings.
    #[inline]
    pub fn work(&self, workload: Workload, user: UserId) -> u32 {
        let Some(lists) = self.lists(user) else { return 0 };
        let count = match workload {
            Workload::Script => lists.scripts.len(),
            Workload::RequiredApp => lists.required_apps.policies().len(),
            Workload::AvailableApp => lists.available_apps.policies().len(),
            Workload::Remediation => lists.remediations.len(),
            Workload::Compliance => lists.discovery.len(),
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// What a poll of a workload for this principal brings.
    #[inline]
    pub fn answer(&self, workload: Workload, user: UserId) -> Answer<'_> {
        let Some(lists) = self.lists(user) else { return Answer::Nothing };
        match workload {
            Workload::Script => Answer::Scripts(Cow::Borrowed(&lists.scripts)),
            Workload::RequiredApp => Answer::Apps(lists.required_apps.borrowed()),
            Workload::AvailableApp => Answer::Apps(lists.available_apps.borrowed()),
            Workload::Remediation => Answer::Remediations(Cow::Borrowed(&lists.remediations)),
            Workload::Compliance => Answer::Discovery(Cow::Borrowed(&lists.discovery)),
        }
    }

    /// The first half of [`Epoch::answer`], rounded down.
    #[cold]
    pub(super) fn half_answer(&self, workload: Workload, user: UserId) -> Answer<'_> {
        let Some(lists) = self.lists(user) else { return Answer::Nothing };
        let apps = |apps: &'_ AppList<'static>| AppList::new(half(apps.policies()).to_vec());
        match workload {
            Workload::Script => Answer::Scripts(Cow::Borrowed(half(&lists.scripts))),
            Workload::RequiredApp => Answer::Apps(apps(&lists.required_apps)),
            Workload::AvailableApp => Answer::Apps(apps(&lists.available_apps)),
            Workload::Remediation => Answer::Remediations(Cow::Borrowed(half(&lists.remediations))),
            Workload::Compliance => Answer::Discovery(Cow::Borrowed(half(&lists.discovery))),
        }
    }

    #[inline]
    fn lists(&self, user: UserId) -> Option<&Lists> {
        self.lists.get(usize::from(user.0)).or(self.lists.first())
    }
}

fn half<T>(all: &[T]) -> &[T] {
    &all[..all.len() / 2]
}
