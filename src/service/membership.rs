//! Memberships over time: when Intune knows of them, and what nesting makes of them.

use super::member::{Member, Membership};
use crate::catalog::{Group, GroupId, GroupKind, Side, State, Tenant};
use crate::profile::Profile;
use crate::time::{Span, Wall};

/// One principal's memberships at one moment, by the place of the group in the tenant.
pub(super) struct Belongs(Vec<bool>);

impl Belongs {
    /// A principal of no group.
    pub(super) fn nowhere() -> Self {
        Self(Vec::new())
    }

    /// True if the principal is a member, directly or through nested groups.
    pub(super) fn to(&self, group: GroupId) -> bool {
        self.0.get(group.0 as usize).copied().unwrap_or(false)
    }
}

/// What Intune knows at one moment.
pub(super) struct View<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) profile: &'a Profile,
    pub(super) member: &'a Member,
    pub(super) state: &'a State,
    pub(super) now: Wall,
}

impl View<'_> {
    /// The memberships of the device.
    pub(super) fn device(&self) -> Belongs {
        self.of(&self.member.groups, Side::Device)
    }

    /// The memberships of each user.
    ///
    /// On a registered-only device nobody belongs anywhere, for only device targeting counts there (B-1.12).
    pub(super) fn users(&self) -> Vec<Belongs> {
        let ignored = self.member.facts.is_registered_only();
        let users = self.member.users.iter();
        users.map(|user| if ignored { Belongs::nowhere() } else { self.of(&user.groups, Side::User) }).collect()
    }

    fn of(&self, memberships: &[Membership], side: Side) -> Belongs {
        let groups = self.tenant.groups();
        let mut belongs: Vec<bool> = groups.iter().map(|group| self.is_in_virtual(group.kind, side)).collect();
        for membership in memberships {
            let place = membership.group.0 as usize;
            if let Some(group) = groups.get(place)
                && group.kind.side() == side
                && is_known(membership, self.profile.svc.group_sync_delay, self.now)
            {
                belongs[place] = true;
            }
        }
        self.nest(groups, &mut belongs);
        Belongs(belongs)
    }

    /// Everybody is in All users and every device in All devices, `svc.virtual_group_delay` after it enrolled (B-12.4).
    fn is_in_virtual(&self, kind: GroupKind, side: Side) -> bool {
        let known = self.member.enrolled_at.is_none_or(|at| self.now >= virtual_from(at, self.profile));
        kind.is_virtual() && kind.side() == side && known
    }

    /// Passes members of nested groups on to the groups that hold them, until nothing changes (B-12.3).
    ///
    /// A soft-deleted group passes nobody on. A cycle does no harm: a mark is only ever set.
    fn nest(&self, groups: &[Group], belongs: &mut [bool]) {
        let mut changed = true;
        while changed {
            changed = false;
            for (place, group) in groups.iter().enumerate() {
                let passes = |inner: &GroupId| belongs[inner.0 as usize] && !self.state.is_deleted(*inner);
                if !belongs[place] && group.nested.iter().any(passes) {
                    belongs[place] = true;
                    changed = true;
                }
            }
        }
    }
}

/// True while Intune takes the membership as in force: a change reaches it after the delay (B-3.16, B-12.4).
fn is_known(membership: &Membership, delay: Span, now: Wall) -> bool {
    membership.from.is_none_or(|from| now >= from.after(delay))
        && membership.until.is_none_or(|until| now < until.after(delay))
}

/// The moments at which something about the member's groups changes for Intune.
pub(super) fn moments(member: &Member, profile: &Profile) -> Vec<Wall> {
    let own = member.groups.iter();
    let all = own.chain(member.users.iter().flat_map(|user| &user.groups));
    let ends = all.flat_map(|membership| [membership.from, membership.until]).flatten();
    let mut moments: Vec<Wall> = ends.map(|at| at.after(profile.svc.group_sync_delay)).collect();
    moments.extend(member.enrolled_at.map(|at| virtual_from(at, profile)));
    moments
}

/// When a device that enrolled is in the virtual groups; with no delay it always was, for nothing asks earlier.
fn virtual_from(enrolled_at: Wall, profile: &Profile) -> Wall {
    let delay = profile.svc.virtual_group_delay;
    if delay.is_zero() { Wall::MIN } else { enrolled_at.after(delay) }
}
