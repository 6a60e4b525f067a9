//! A device as the service sees it: facts, filter properties, and who is in which group.

use serde::{Deserialize, Serialize};

use crate::catalog::{GroupId, Properties, Tenant};
use crate::facts::Facts;
use crate::time::Wall;

/// The membership of a device or user in one Entra group.
///
/// The moments are those of the change in Entra; Intune learns of each `svc.group_sync_delay` later (B-12.4).
/// All users and All devices need no membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Membership {
    /// The group.
    pub group: GroupId,
    /// When it began; `None` if it always was, and is in force from the start.
    pub from: Option<Wall>,
    /// When it ends, if it does.
    pub until: Option<Wall>,
}

impl Membership {
    /// A membership that always was and does not end.
    pub const fn always(group: GroupId) -> Self {
        Self { group, from: None, until: None }
    }
}

/// A user of a device.
///
/// What is assigned to a user counts as a reason for the agent on each device that lists the user (B-2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct MemberUser {
    /// The user's memberships; those in groups of devices have no effect.
    pub groups: Vec<Membership>,
    /// The device's primary user, who alone sees what is available to the device (B-12.6).
    pub primary: bool,
}

/// Everything about a device that decides what is assigned to it. Devices that agree in it share a [`super::Cohort`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Member {
    /// The facts of the device.
    pub facts: Facts,
    /// What filters read.
    pub properties: Properties,
    /// The device's memberships; those in groups of users have no effect.
    pub groups: Vec<Membership>,
    /// Its users: the one at place `i` is `UserId(i + 1)`.
    pub users: Vec<MemberUser>,
    /// When it enrolled, for `svc.virtual_group_delay`; `None` if long ago.
    ///
    /// Leave it out where that delay is zero, so that devices that enroll at different times share a cohort.
    pub enrolled_at: Option<Wall>,
}

impl Member {
    /// The same member without what cannot matter in this tenant: properties that no filter reads.
    ///
    /// Makes devices that differ in their names only share a cohort.
    #[must_use]
    pub fn trimmed(mut self, tenant: &Tenant) -> Self {
        self.properties.retain(|property| tenant.reads(property));
        self
    }
}
