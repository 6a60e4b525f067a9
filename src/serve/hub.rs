//! All devices of a scenario, each with the service machine of the simulation: the same [`Ledger`], [`Context`] and
//! [`Cohort`], fed with the same inputs. What comes over HTTP ends here, and so does what an admin does.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::answer::{Gathered, Reply};
use super::record::Record;
use super::state::{Kept, StateError};
use crate::catalog::{Assignment, CatalogError, Change, ChangeKind, GroupId, GroupKind, Tenant};
use crate::chance::Chance;
use crate::driver::http::message::ToService;
use crate::facts::Facts;
use crate::protocol::{PolicyId, Push, Request};
use crate::service::{AdminAction, Cohort, Context, Input, Ledger, Member, Membership};
use crate::sim::plan::{Enrolled, Plan};
use crate::sim::{Cast, CastError};
use crate::time::Wall;

/// The service side of every device of a plan.
#[derive(Debug)]
pub struct Hub {
    plan: Plan,
    /// The plan's, with the admin's changes.
    tenant: Tenant,
    changes: Vec<Change>,
    cohorts: BTreeMap<Member, Arc<Cohort>>,
    devices: Vec<Device>,
    /// The last moment that was dealt with: the service's time never goes back.
    now: Wall,
    /// Grows with everything that must not be lost.
    version: u64,
    /// Something less important has changed since the last save.
    is_stale: bool,
    /// A number for the scenario and its speed: the state of one is of no use to another.
    fingerprint: [u8; 32],
}

/// One device.
#[derive(Debug)]
pub struct Device {
    name: String,
    facts: Facts,
    chance: Chance,
    member: Member,
    cohort: Arc<Cohort>,
    record: Record,
    due: Option<Wall>,
}

/// What an admin asked for cannot be done. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// There is no such device.
    #[error("there is no device number {0}")]
    NoDevice(usize),
    /// The tenant refuses it, as the admin center would.
    #[error(transparent)]
    Refused(#[from] CatalogError),
    /// The members of this group are not listed, or are users.
    #[error("`{0}` has no list of devices")]
    NoMembers(String),
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
            now: plan.start,
            version: 0,
            is_stale: false,
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

    /// Everything that a later process needs to go on.
    pub(super) fn kept(&self) -> Kept {
        Kept {
            fingerprint: self.fingerprint,
            start: self.plan.start,
            now: self.now,
            changes: self.changes.clone(),
            records: self.devices.iter().map(|device| device.record.clone()).collect(),
        }
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

    /// Deals with a request of a device.
    pub(super) fn request(&mut self, number: usize, now: Wall, message: &ToService) -> Option<Reply> {
        let now = self.advance(now);
        let ToService { token, request, .. } = *message;
        if matches!(request, Request::Report(report) if self.devices.get(number)?.record.has_taken(&report)) {
            // What is due by now is dealt with for itself: the report is about to be undone.
            self.input(number, now, Input::Tick);
        }
        let device = self.devices.get_mut(number)?;
        let before = device.record.ledger.clone();
        let cx = Context {
            profile: &self.plan.profile,
            tenant: &self.tenant,
            cohort: &device.cohort,
            chance: device.chance,
            facts: device.facts,
        };
        let mut out = Gathered::default();
        let record = &mut device.record;
        device.due = record.ledger.handle(&cx, now, Input::Request { token, request }, &mut out);
        let is_taken = out.is_taken();
        record.heard(now, &request);
        if let Request::Report(report) = request
            && is_taken
        {
            let is_again = record.has_taken(&report);
            if is_again {
                // It has been counted: the record stays as it was.
                record.ledger = before;
            }
            record.keep(now, report, self.tenant.contents().len(), device.member.users.len(), is_again);
        }
        let (reply, pushes) = out.reply(token, now);
        for (push, after, again) in pushes {
            record.push(push, now.after(after), again);
        }
        // Nothing is lost with a poll that the next one does not bring again.
        let is_lasting = !matches!(request, Request::Poll { .. } | Request::ConnectionTest);
        self.version += u64::from(is_lasting);
        self.is_stale |= !is_lasting;
        Some(reply)
    }

    /// Sends what the timeline has planned.
    pub(super) fn tick(&mut self, now: Wall) {
        let now = self.advance(now);
        for number in 0..self.devices.len() {
            if self.devices[number].due.is_some_and(|due| due <= now) {
                self.input(number, now, Input::Tick);
            }
        }
    }

    /// An admin acts on a device.
    ///
    /// # Errors
    /// [`AdminError::NoDevice`].
    pub fn act(&mut self, number: usize, now: Wall, action: AdminAction) -> Result<(), AdminError> {
        let now = self.advance(now);
        if number >= self.devices.len() {
            return Err(AdminError::NoDevice(number));
        }
        self.input(number, now, Input::Action(action));
        Ok(())
    }

    /// An admin assigns content to a group, in place of its assignment to that group if there is one.
    ///
    /// # Errors
    /// [`AdminError::Refused`] for what the tenant refuses.
    pub fn assign(&mut self, now: Wall, content: PolicyId, assignment: Assignment) -> Result<(), AdminError> {
        self.change(now, ChangeKind::Assign { content, assignment })
    }

    /// An admin takes an assignment back.
    ///
    /// # Errors
    /// [`AdminError::Refused`] if there is none.
    pub fn unassign(&mut self, now: Wall, content: PolicyId, group: GroupId) -> Result<(), AdminError> {
        self.change(now, ChangeKind::Unassign { content, group })
    }

    /// A device becomes a member of a group, or is none any more; Intune learns of it `svc.group_sync_delay` later (B-12.4).
    ///
    /// # Errors
    /// [`AdminError::NoDevice`]; [`AdminError::NoMembers`] unless it is an Entra group of devices.
    pub fn set_member(&mut self, number: usize, now: Wall, group: GroupId, is_in: bool) -> Result<(), AdminError> {
        let now = self.advance(now);
        let kind = self.tenant.group(group).map(|group| (group.kind, group.name.clone()));
        match kind {
            Some((GroupKind::Devices, _)) => {}
            Some((_, name)) => return Err(AdminError::NoMembers(name)),
            None => return Err(AdminError::NoMembers(format!("group {}", group.0))),
        }
        let device = self.devices.get_mut(number).ok_or(AdminError::NoDevice(number))?;
        let mut groups = device.member.groups.clone();
        for membership in groups.iter_mut().filter(|membership| membership.group == group) {
            if membership.until.is_none_or(|until| until > now) {
                membership.until = Some(now);
            }
        }
        if is_in {
            groups.push(Membership { group, from: Some(now), until: None });
        }
        device.record.groups = Some(groups.clone());
        device.member.groups = groups;
        self.version += 1;
        self.resolve();
        Ok(())
    }

    /// The pushes that wait for a device with a higher number than this; those up to it are known to have arrived.
    pub(super) fn fetch(&mut self, number: usize, now: Wall, after: u32) -> Vec<(u32, Push)> {
        let now = self.advance(now);
        let Some(device) = self.devices.get_mut(number) else { return Vec::new() };
        // Numbers that never were are of a service before this one, whose state is lost: none of these has arrived.
        let after = if after > device.record.pushed { 0 } else { after };
        let pushes = &mut device.record.pushes;
        let before = pushes.len();
        pushes.retain(|waiting| waiting.number > after);
        self.is_stale |= pushes.len() < before;
        pushes.iter().filter(|waiting| waiting.due <= now).map(|waiting| (waiting.number, waiting.push)).collect()
    }

    fn change(&mut self, now: Wall, kind: ChangeKind) -> Result<(), AdminError> {
        let at = self.advance(now);
        self.tenant = self.tenant.with_change(&self.plan.profile, at, kind)?;
        self.changes.push(Change { at, kind });
        self.version += 1;
        self.resolve();
        self.tick(at);
        Ok(())
    }

    /// Gives one device something other than a request.
    fn input(&mut self, number: usize, now: Wall, input: Input) {
        let Some(device) = self.devices.get_mut(number) else { return };
        let cx = Context {
            profile: &self.plan.profile,
            tenant: &self.tenant,
            cohort: &device.cohort,
            chance: device.chance,
            facts: device.facts,
        };
        let mut out = Gathered::default();
        device.due = device.record.ledger.handle(&cx, now, input, &mut out);
        for (push, after, again) in out.pushes() {
            device.record.push(push, now.after(after), again);
        }
        self.version += 1;
    }

    /// Resolves every device again: the tenant or a membership has changed. What lies behind stays as it was, so that the
    /// numbers of epochs and pushes in the ledgers go on.
    fn resolve(&mut self) {
        self.cohorts.clear();
        for number in 0..self.devices.len() {
            let member = self.devices[number].member.clone();
            let cohort = self.cohort_of(&member);
            let device = &mut self.devices[number];
            device.cohort = cohort;
            let cx = Context {
                profile: &self.plan.profile,
                tenant: &self.tenant,
                cohort: &device.cohort,
                chance: device.chance,
                facts: device.facts,
            };
            device.due = device.record.ledger.due(&cx);
        }
    }

    fn cohort_of(&mut self, member: &Member) -> Arc<Cohort> {
        let member = member.clone().trimmed(&self.tenant);
        let (tenant, profile) = (&self.tenant, &self.plan.profile);
        let cohort =
            self.cohorts.entry(member).or_insert_with_key(|member| Arc::new(Cohort::resolve(tenant, profile, member)));
        Arc::clone(cohort)
    }

    fn advance(&mut self, now: Wall) -> Wall {
        self.now = self.now.max(now);
        self.now
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

    pub(super) const fn version(&self) -> u64 {
        self.version
    }

    /// True if there is something to save that nobody waits for; from then on there is not.
    pub(super) const fn take_stale(&mut self) -> bool {
        std::mem::replace(&mut self.is_stale, false)
    }
}

impl Device {
    /// The name, as the scenario gives it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is known of it.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Who it is, as far as assignments matter.
    pub const fn member(&self) -> &Member {
        &self.member
    }

    /// What it is given.
    pub fn cohort(&self) -> &Cohort {
        &self.cohort
    }
}
