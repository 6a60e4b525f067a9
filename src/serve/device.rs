//! One device: who it is, what it is given, and what is known of it.

use std::sync::Arc;

use super::answer::{Gathered, Later};
use super::record::Record;
use crate::catalog::Tenant;
use crate::chance::Chance;
use crate::facts::Facts;
use crate::profile::Profile;
use crate::service::{Cohort, Context, Input, Member};
use crate::time::{Span, Wall};

/// One device.
#[derive(Debug)]
pub struct Device {
    pub(super) name: String,
    pub(super) facts: Facts,
    pub(super) chance: Chance,
    pub(super) member: Member,
    pub(super) cohort: Arc<Cohort>,
    pub(super) record: Record,
    /// When the timeline's next push for it is due.
    pub(super) due: Option<Wall>,
}

/// A device with all that its service machine needs.
pub(super) struct Open<'a> {
    pub(super) cx: Context<'a>,
    pub(super) record: &'a mut Record,
    due: &'a mut Option<Wall>,
    /// How many users the device has.
    pub(super) users: usize,
}

impl Device {
    /// The device as its service machine needs it.
    pub(super) fn open<'a>(&'a mut self, profile: &'a Profile, tenant: &'a Tenant) -> Open<'a> {
        let Self { facts, chance, member, cohort, record, due, .. } = self;
        let cx = Context { profile, tenant, cohort, chance: *chance, facts: *facts };
        Open { cx, record, due, users: member.users.len() }
    }

    /// Looks anew at when the next push is due.
    pub(super) fn look(&mut self, profile: &Profile, tenant: &Tenant) {
        let Open { cx, record, due, .. } = self.open(profile, tenant);
        *due = record.ledger.due(&cx);
    }

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

impl<'a> Open<'a> {
    /// Gives the service machine an input.
    pub(super) fn handle(&mut self, now: Wall, input: Input) -> Gathered<'a> {
        let mut out = Gathered::default();
        *self.due = self.record.ledger.handle(&self.cx, now, input, &mut out);
        out
    }

    /// Keeps pushes for the device, each so much later than it would leave; how many there were.
    pub(super) fn push(&mut self, now: Wall, wait: Span, pushes: Vec<Later>) -> u64 {
        let count = pushes.len() as u64;
        for Later { push, after, again } in pushes {
            self.record.push(push, now.after(after.saturating_add(wait)), again);
        }
        count
    }
}
