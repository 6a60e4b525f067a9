//! What admins change.

use super::hub::Hub;
use crate::catalog::{Assignment, CatalogError, Change, ChangeKind, GroupId, GroupKind};
use crate::protocol::PolicyId;
use crate::service::{AdminAction, Input, Membership};
use crate::time::Wall;

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
        self.dirty.insert(number);
        self.resolve();
        Ok(())
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
}
