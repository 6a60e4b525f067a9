//! All devices of a scenario, each with the service machine of the simulation: the same [`Ledger`], [`Context`] and
//! [`Cohort`], fed with the same inputs. What comes over HTTP ends here, and so does what an admin does.
//!
//! Here is what there is; what devices ask is in `asked.rs`, and what admins change in `changed.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::busy::Busy;
use super::device::Device;
use super::record::Record;
use super::state::{Kept, StateError, Step};
use crate::catalog::{Change, Tenant};
use crate::service::{Cohort, Context, Ledger, Member};
use crate::sim::plan::{Enrolled, Plan};
use crate::sim::{Cast, CastError};
use crate::time::Wall;

/// The service side of every device of a plan.
#[derive(Debug)]
pub struct Hub {
    pub(super) plan: Plan,
    /// The plan's, with the admin's changes.
    pub(super) tenant: Tenant,
    pub(super) changes: Vec<Change>,
    cohorts: BTreeMap<Member, Arc<Cohort>>,
    pub(super) devices: Vec<Device>,
    /// How busy the service is.
    pub(super) busy: Busy,
    /// The last moment that was dealt with: the service's time never goes back.
    pub(super) now: Wall,
    /// Grows with everything that must not be lost.
    pub(super) version: u64,
    /// The devices that have changed since the last step was taken, if only in something that may be lost.
    pub(super) dirty: BTreeSet<usize>,
    /// How many of the changes are in steps that were taken.
    stepped: usize,
    /// A number for the scenario and its speed: the state of one is of no use to another.
    fingerprint: [u8; 32],
}

impl Hub {
    /// The devices of a plan at its start. `speed` is how many times as fast as real time the service's time runs.
    ///
    /// # Errors
    /// [`CastError`] if its populations cannot be resolved.
    pub fn new(plan: Plan, speed: u32) -> Result<Self, CastError> {
        let cast = Cast::new(&plan)?;
        let mut described = Vec::new();
        for number in 0..cast.count() {
            if let (Some(device), Some(name)) = (cast.described(number), cast.name(number)) {
                let enrolled = match device.initial.enrolled {
                    Enrolled::Before(ago) => Some(plan.start.before(ago)),
                    Enrolled::Never | Enrolled::Within(..) => None,
                };
                described.push((name, number, device.facts, device.member.clone(), enrolled));
            }
        }
        let mut hub = Self {
            tenant: plan.tenant.clone(),
            changes: Vec::new(),
            cohorts: BTreeMap::new(),
            devices: Vec::with_capacity(described.len()),
            busy: Busy::default(),
            now: plan.start,
            version: 0,
            dirty: BTreeSet::new(),
            stepped: 0,
            fingerprint: [0; 32],
            plan,
        };
        for (name, number, facts, member, enrolled) in described {
            let cohort = hub.cohort_of(&member);
            let chance = hub.plan.luck.chance(hub.plan.seed, number);
            let cx = Context { profile: &hub.plan.profile, tenant: &hub.tenant, cohort: &cohort, chance, facts };
            let ledger = Ledger::new(&cx, hub.plan.start, enrolled);
            let due = ledger.due(&cx);
            hub.devices.push(Device { name, facts, chance, member, cohort, record: Record::new(ledger), due });
        }
        hub.fingerprint = hub.sum(speed);
        Ok(hub)
    }

    /// Goes on from what was kept.
    ///
    /// # Errors
    /// [`StateError::OtherScenario`] if it is of another scenario; [`StateError::Change`] if a change cannot be made again.
    pub(super) fn resume(&mut self, kept: Kept) -> Result<(), StateError> {
        if kept.fingerprint != self.fingerprint || kept.records.len() != self.devices.len() {
            return Err(StateError::OtherScenario);
        }
        let mut tenant = self.plan.tenant.clone();
        for change in &kept.changes {
            tenant = tenant
                .with_change(&self.plan.profile, change.at, change.kind)
                .map_err(|error| StateError::Change { reason: error.to_string() })?;
        }
        (self.tenant, self.changes, self.now) = (tenant, kept.changes, kept.now);
        for (device, record) in self.devices.iter_mut().zip(kept.records) {
            if let Some(groups) = &record.groups {
                device.member.groups.clone_from(groups);
            }
            device.record = record;
        }
        self.resolve();
        Ok(())
    }

    /// Everything that a later process needs to go on, and up to which version.
    pub(super) fn all(&mut self) -> (u64, Kept) {
        self.dirty.clear();
        self.stepped = self.changes.len();
        let kept = Kept {
            fingerprint: self.fingerprint,
            start: self.plan.start,
            now: self.now,
            changes: self.changes.clone(),
            records: self.devices.iter().map(|device| device.record.clone()).collect(),
        };
        (self.version, kept)
    }

    /// What has changed since this or [`all`](Self::all) was last called, and up to which version; `None` for nothing.
    pub(super) fn step(&mut self) -> Option<(u64, Step)> {
        if !self.has_news() {
            return None;
        }
        let changes = self.changes.get(self.stepped..).unwrap_or_default().to_vec();
        self.stepped = self.changes.len();
        let record = |number: usize| {
            let record = self.devices.get(number)?.record.clone();
            Some((u32::try_from(number).ok()?, record))
        };
        let records = std::mem::take(&mut self.dirty).into_iter().filter_map(record).collect();
        Some((self.version, Step { now: self.now, changes, records }))
    }

    /// True if there is something that no step has.
    pub(super) fn has_news(&self) -> bool {
        !self.dirty.is_empty() || self.stepped < self.changes.len()
    }

    fn sum(&self, speed: u32) -> [u8; 32] {
        let mut sum = Sha256::new();
        sum.update(format!("{speed} {} {:?} {:?}", self.plan.seed, self.plan.start, self.plan.profile));
        sum.update(format!("{:?}", self.plan.tenant));
        for device in &self.devices {
            sum.update(device.name.as_bytes());
            sum.update([0]);
        }
        sum.finalize().into()
    }

    /// Resolves every device again: the tenant or a membership has changed. What lies behind stays as it was, so that the
    /// numbers of epochs and pushes in the ledgers go on.
    pub(super) fn resolve(&mut self) {
        self.cohorts.clear();
        for number in 0..self.devices.len() {
            let member = self.devices[number].member.clone();
            let cohort = self.cohort_of(&member);
            let device = &mut self.devices[number];
            device.cohort = cohort;
            device.look(&self.plan.profile, &self.tenant);
        }
    }

    fn cohort_of(&mut self, member: &Member) -> Arc<Cohort> {
        let member = member.clone().trimmed(&self.tenant);
        let (tenant, profile) = (&self.tenant, &self.plan.profile);
        let cohort =
            self.cohorts.entry(member).or_insert_with_key(|member| Arc::new(Cohort::resolve(tenant, profile, member)));
        Arc::clone(cohort)
    }
}

impl Hub {
    /// The plan that is served.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Groups, content and assignments, with the admin's changes.
    pub const fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The devices, by their numbers.
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The last moment that was dealt with.
    pub const fn now(&self) -> Wall {
        self.now
    }

    /// How busy the service is, where the scenario has limits for it.
    pub const fn busy(&self) -> &Busy {
        &self.busy
    }

    pub(super) const fn version(&self) -> u64 {
        self.version
    }
}
