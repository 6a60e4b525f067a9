//! Users, groups and filter properties of a device.

use std::collections::BTreeMap;

use super::super::error::Problem;
use super::super::file::{At, DeviceEntry, GroupKind, GroupsEntry, TextOr};
use super::tenant::Names;
use super::{Context, Result, device, find, unique};
use crate::catalog::{GroupId, Properties};
use crate::facts::{EnrollmentPath, Facts};
use crate::service::{Member, MemberUser, Membership};

/// The member that a device is, and the names of its users.
pub(super) fn member(
    cx: &Context<'_>,
    entry: &DeviceEntry,
    names: &Names,
    facts: Facts,
) -> Result<(Member, Vec<String>)> {
    let mut properties = Properties::of(&facts, &entry.name.value);
    for (name, value) in &entry.properties {
        properties.set(name, &value.value);
    }
    let groups = match &entry.groups {
        Some(At { value: GroupsEntry::Names(all), .. }) => memberships(cx, names, all, GroupKind::Devices)?,
        Some(At { value: GroupsEntry::Weights(_), .. }) | None => Vec::new(),
    };
    let (users, user_names) = users(cx, entry, names, facts.enrollment)?;
    // An enrollment counts for the delay of virtual groups; whoever runs the plan fills it in once it is drawn.
    Ok((Member { facts, properties, groups, users, enrolled_at: None }, user_names))
}

/// Weights of groups mean nothing on a single device.
pub(super) fn single(cx: &Context<'_>, entry: &DeviceEntry) -> Result<()> {
    match &entry.groups {
        Some(At { value: GroupsEntry::Weights(_), span }) => Err(device::weights_misplaced(cx, span)),
        Some(At { value: GroupsEntry::Names(_), .. }) | None => Ok(()),
    }
}

fn users(
    cx: &Context<'_>,
    entry: &DeviceEntry,
    names: &Names,
    enrollment: EnrollmentPath,
) -> Result<(Vec<MemberUser>, Vec<String>)> {
    let (mut users, mut user_names, mut seen) = (Vec::new(), Vec::new(), BTreeMap::new());
    for user in &entry.users {
        let (name, member) = match &user.value {
            TextOr::Text(name) => (At { value: name.clone(), span: user.span.clone() }, MemberUser::default()),
            TextOr::Table(table) => {
                let groups = memberships(cx, names, &table.groups, GroupKind::Users)?;
                (table.name.clone(), MemberUser { groups, primary: table.primary.unwrap_or(false) })
            }
        };
        unique(cx, &mut seen, "user", &name)?;
        users.push(member);
        user_names.push(name.value);
    }
    if let Some(extra) = entry.users.get(USERS_MAX) {
        return Err(cx.error(&extra.span, Problem::range("a number of users", users.len(), 0, USERS_MAX)));
    }
    let says = |user: &At<TextOr<super::super::file::UserEntry>>| match &user.value {
        TextOr::Text(_) => None,
        TextOr::Table(table) => table.primary,
    };
    // B-1.18: a package leaves the device without a primary user, so nobody becomes it unasked.
    let is_settled = enrollment == EnrollmentPath::BulkPackage || users.iter().any(|user| user.primary);
    if let (false, Some(first), Some(user)) = (is_settled, users.first_mut(), entry.users.first()) {
        first.primary = says(user).is_none();
    }
    Ok((users, user_names))
}

/// User ids have 8 bits, and 0 is the device.
const USERS_MAX: usize = 255;

/// Memberships that always were, in groups of one kind.
fn memberships(cx: &Context<'_>, names: &Names, all: &[At<String>], kind: GroupKind) -> Result<Vec<Membership>> {
    all.iter().map(|name| group(cx, names, name, kind).map(Membership::always)).collect()
}

/// A group of the right kind that may have members of its own.
pub(super) fn group(cx: &Context<'_>, names: &Names, name: &At<String>, wanted: GroupKind) -> Result<GroupId> {
    let (id, kind) = find(cx, &names.groups, "group", name)?;
    if matches!(name.value.as_str(), "all-users" | "all-devices") {
        return Err(cx.error(&name.span, Problem::misplaced(format!("everybody is in `{}`; leave it out", name.value))));
    }
    if kind != wanted {
        let (holds, needs) = match wanted {
            GroupKind::Devices => ("users", "devices"),
            GroupKind::Users => ("devices", "users"),
        };
        return Err(cx.error(
            &name.span,
            Problem::misplaced(format!("group `{}` holds {holds}; here a group of {needs} is needed", name.value)),
        ));
    }
    Ok(id)
}
