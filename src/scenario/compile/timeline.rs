//! The timeline: what happens to devices, and what admins change.

use std::collections::BTreeMap;

use super::super::error::Problem;
use super::super::file::{At, AtEntry, GroupKind, ScenarioFile};
use super::device::Devices;
use super::tenant::Names;
use super::verbs::{self, TenantVerb, Verb};
use super::{Context, Result, assign, drift, find, member, relate};
use crate::catalog::{CatalogError, ChangeKind, TenantBuilder};
use crate::device::Action;
use crate::protocol::PolicyId;
use crate::service::Membership;
use crate::time::{Span, Wall};

/// So much may happen in one scenario.
pub(super) const TIMELINE_MAX: usize = 1_000_000;

/// One thing that happens to a device or to all devices of a population.
pub(super) struct Step {
    pub(super) at: Span,
    pub(super) place: usize,
    pub(super) action: Action,
}

/// One change of memberships.
struct Joining<'e> {
    at: Span,
    entry: &'e AtEntry,
    joins: bool,
}

/// Puts everything into the devices' timelines and the tenant's changes.
pub(super) fn timeline(
    cx: &Context<'_>,
    file: &ScenarioFile,
    devices: &mut Devices,
    names: &Names,
    builder: &mut TenantBuilder<'_>,
) -> Result<()> {
    let mut steps: Vec<Step> = Vec::new();
    let mut joinings: Vec<Joining<'_>> = Vec::new();
    let mut updates: Vec<(Span, PolicyId, &AtEntry)> = Vec::new();
    let mut total = 0_usize;
    for entry in &file.at {
        let (verb, undo) = verbs::verb(cx, &entry.value)?;
        let places = places(cx, file, devices, &entry.value, verb)?;
        let each = if entry.value.lasts.is_some() { 2 } else { 1 };
        total = times(cx, &entry.value)?.saturating_mul(places.len().max(1)).saturating_mul(each).saturating_add(total);
        if total > TIMELINE_MAX {
            return Err(cx.error(&entry.value.at.span, Problem::range("a timeline", total, 0, TIMELINE_MAX)));
        }
        let lasts = lasts(cx, &entry.value, undo)?;
        if let Some(zone) = &entry.value.zone {
            devices.zones.place(*zone.get());
        }
        if verb_updates(verb)
            && let Some(content) = verbs::changed_content(cx, &entry.value, names)?
        {
            updates.extend(moments(cx, &entry.value, cx.zone)?.into_iter().map(|at| (at, content, &entry.value)));
            continue;
        }
        if let Verb::Tenant(verb) = verb {
            for at in moments(cx, &entry.value, cx.zone)? {
                change(cx, &entry.value, verb, at, names, builder, &mut joinings)?;
                if let Some((lasts, undo)) = lasts {
                    change(cx, &entry.value, opposite(undo), at.saturating_add(lasts), names, builder, &mut joinings)?;
                }
            }
            continue;
        }
        for place in places {
            let action_of = |verb| -> Result<Option<Action>> {
                let group = &devices.groups[place];
                verbs::action(cx, &entry.value, verb, &group.base.users, &group.name, (names, &devices.zones))
            };
            let undoing = match lasts {
                Some((lasts, undo)) => {
                    action_of(undo)?.map(|action| (lasts, backwards(action, devices.groups[place].base.zone)))
                }
                None => None,
            };
            let Some(action) = action_of(verb)? else { continue };
            for at in moments(cx, &entry.value, devices.zone(place))? {
                steps.push(Step { at, place, action });
                steps.extend(undoing.map(|(lasts, action)| Step { at: at.saturating_add(lasts), place, action }));
            }
        }
    }
    described_updates(cx, updates, names, builder)?;
    steps.extend(drift::steps(cx, file, &mut total)?);
    steps.sort_by_key(|step| step.at);
    for Step { at, place, action } in steps {
        devices.groups[place].base.timeline.push((at, action));
    }
    joinings.sort_by_key(|joining| joining.at);
    for joining in &joinings {
        join(cx, file, joining, devices, names)?;
    }
    Ok(())
}

const fn verb_updates(verb: Verb) -> bool {
    matches!(verb, Verb::Tenant(TenantVerb::Update))
}

/// Updates of content that says what they make of it: the first in time takes the first description, and so on.
fn described_updates(
    cx: &Context<'_>,
    mut updates: Vec<(Span, PolicyId, &AtEntry)>,
    names: &Names,
    builder: &mut TenantBuilder<'_>,
) -> Result<()> {
    updates.sort_by_key(|(at, ..)| *at);
    let mut made: BTreeMap<PolicyId, usize> = BTreeMap::new();
    for (at, content, entry) in updates {
        let place = made.entry(content).or_insert(0);
        let item = names.updates.get(&content).and_then(|items| items.get(*place));
        *place += 1;
        let (at, error) = (cx.start.after(at), |error: CatalogError| cx.error(&entry.verb.span, error.into()));
        match item {
            Some(item) => builder.update(at, content, item.clone()).map_err(error)?,
            None => builder
                .change(at, ChangeKind::UpdateContent { content, bitness_only: false, to: None })
                .map_err(error)?,
        }
    }
    Ok(())
}

/// The devices and populations that an entry is about.
fn places(cx: &Context<'_>, file: &ScenarioFile, devices: &Devices, entry: &AtEntry, verb: Verb) -> Result<Vec<usize>> {
    if let Verb::Tenant(verb) = verb
        && !matches!(verb, TenantVerb::AddMember | TenantVerb::RemoveMember)
    {
        return match &entry.device {
            Some(device) => Err(cx.error(
                &device.span,
                Problem::misplaced(format!("`{}` is about the tenant and takes no device", entry.verb.value)),
            )),
            None => Ok(Vec::new()),
        };
    }
    match &entry.device {
        Some(named) => named.items.iter().map(|name| find(cx, &devices.places, "device or population", name)).collect(),
        None if file.device.is_empty() => Err(cx.error(
            &entry.verb.span,
            Problem::missing(format!(
                "`device` of `{}`: there is no single device, and a population must be named",
                entry.verb.value
            )),
        )),
        None => Ok((0..file.device.len()).collect()),
    }
}

fn times(cx: &Context<'_>, entry: &AtEntry) -> Result<usize> {
    match (&entry.every, &entry.times) {
        (Some(every), Some(times)) => {
            let count = usize::try_from(*times.get()).unwrap_or(usize::MAX);
            if !(1..=TIMELINE_MAX).contains(&count) {
                return Err(cx.error(&times.span, Problem::range("a number of times", count, 1, TIMELINE_MAX)));
            }
            if every.get().is_zero() {
                return Err(
                    cx.error(&every.span, Problem::range("a time between repetitions", every.get(), "1ms", Span::MAX))
                );
            }
            Ok(count)
        }
        (Some(every), None) => Err(cx.error(&every.span, Problem::missing("`times`, which `every` needs"))),
        (None, Some(times)) => Err(cx.error(&times.span, Problem::missing("`every`, which `times` needs"))),
        (None, None) => Ok(1),
    }
}

/// Each moment at which the entry happens.
fn moments(cx: &Context<'_>, entry: &AtEntry, zone: super::ZoneName) -> Result<Vec<Span>> {
    let first = cx.offset(&entry.at, zone)?;
    let every = entry.every.as_ref().map_or(Span::ZERO, |every| *every.get());
    let count = times(cx, entry)? as u64;
    Ok((0..count).map(|n| first.saturating_add(every.saturating_mul(n))).collect())
}

/// How long it lasts, and the verb that ends it.
fn lasts(cx: &Context<'_>, entry: &AtEntry, undo: Option<&str>) -> Result<Option<(Span, Verb)>> {
    let Some(lasts) = &entry.lasts else {
        return Ok(None);
    };
    let verb = undo.and_then(|undo| verbs::VERBS.iter().find(|(name, ..)| *name == undo));
    match verb {
        Some((_, verb, ..)) => Ok(Some((*lasts.get(), *verb))),
        None => Err(cx.error(
            &lasts.span,
            Problem::misplaced(format!("`{}` cannot be undone, so it takes no `for`", entry.verb.value)),
        )),
    }
}

/// The step of a clock is undone by the same step the other way, a journey by the way home; every other undoing is a verb of
/// its own.
fn backwards(action: Action, home: usize) -> Action {
    if let Action::ClockStep(by) = action {
        Action::ClockStep(-by)
    } else if let Action::ClockDrift(by) = action {
        Action::ClockDrift(-by)
    } else if let Action::TimeZone(_) = action {
        Action::TimeZone(u16::try_from(home).unwrap_or(0))
    } else {
        action
    }
}

/// The tenant's verb in a verb found as the undoing of one.
fn opposite(verb: Verb) -> TenantVerb {
    if let Verb::Tenant(verb) = verb { verb } else { TenantVerb::Unassign }
}

fn change<'e>(
    cx: &Context<'_>,
    entry: &'e AtEntry,
    verb: TenantVerb,
    at: Span,
    names: &Names,
    builder: &mut TenantBuilder<'_>,
    joinings: &mut Vec<Joining<'e>>,
) -> Result<()> {
    let group = || verbs::needed(cx, entry, "group", &entry.group);
    let kind = match verb {
        TenantVerb::Assign => {
            let content = verbs::content(cx, entry, names)?;
            let feature = find(cx, &names.contents, "content", verbs::needed(cx, entry, "content", &entry.content)?)?.1;
            let assignment = assign::of_change(cx, builder.profile(), names, feature, group()?, entry)?;
            ChangeKind::Assign { content, assignment }
        }
        TenantVerb::Unassign => ChangeKind::Unassign {
            content: verbs::content(cx, entry, names)?,
            group: find(cx, &names.groups, "group", group()?)?.0,
        },
        TenantVerb::Update => {
            let bitness_only = entry.bitness_only.as_ref().is_some_and(|only| only.value);
            ChangeKind::UpdateContent { content: verbs::content(cx, entry, names)?, bitness_only, to: None }
        }
        TenantVerb::Delete => ChangeKind::DeleteContent(verbs::content(cx, entry, names)?),
        TenantVerb::Relate | TenantVerb::Unrelate => {
            for kind in relate::changes(cx, entry, names, verb == TenantVerb::Relate)? {
                builder.change(cx.start.after(at), kind).map_err(|error| cx.error(&entry.verb.span, error.into()))?;
            }
            return Ok(());
        }
        TenantVerb::DeleteGroup => ChangeKind::DeleteGroup(find(cx, &names.groups, "group", group()?)?.0),
        TenantVerb::RestoreGroup => ChangeKind::RestoreGroup(find(cx, &names.groups, "group", group()?)?.0),
        TenantVerb::ReleaseAgent => {
            let version = *verbs::needed(cx, entry, "version", &entry.version)?.get();
            ChangeKind::ReleaseAgent { version, over: entry.over.as_ref().map_or(Span::ZERO, |over| *over.get()) }
        }
        TenantVerb::ServicePrincipal(enabled) => ChangeKind::ServicePrincipal { enabled },
        TenantVerb::AddMember | TenantVerb::RemoveMember => {
            joinings.push(Joining { at, entry, joins: verb == TenantVerb::AddMember });
            return Ok(());
        }
    };
    builder.change(cx.start.after(at), kind).map_err(|error| cx.error(&entry.verb.span, error.into()))
}

/// Lets a user, or devices, join or leave a group.
fn join(
    cx: &Context<'_>,
    file: &ScenarioFile,
    joining: &Joining<'_>,
    devices: &mut Devices,
    names: &Names,
) -> Result<()> {
    let (entry, at) = (joining.entry, cx.start.after(joining.at));
    let name = verbs::needed(cx, entry, "group", &entry.group)?;
    let Some(user) = &entry.user else {
        let group = member::group(cx, names, name, GroupKind::Devices)?;
        for place in places(cx, file, devices, entry, Verb::Tenant(TenantVerb::AddMember))? {
            let (device, joins) = (&mut devices.groups[place], joining.joins);
            let who = format!("device `{}`", device.name);
            moved(cx, name, &mut device.base.member.groups, group, at, joins, &who)?;
        }
        return Ok(());
    };
    // A user is the same person on every device that lists the name.
    let group = member::group(cx, names, name, GroupKind::Users)?;
    let wanted: Vec<usize> = match &entry.device {
        Some(_) => places(cx, file, devices, entry, Verb::Tenant(TenantVerb::AddMember))?,
        None => (0..devices.groups.len()).collect(),
    };
    let mut found = false;
    for place in wanted {
        let base = &mut devices.groups[place].base;
        for (known, member) in base.users.iter().zip(&mut base.member.users) {
            if *known == user.value {
                found = true;
                moved(cx, name, &mut member.groups, group, at, joining.joins, &format!("user `{known}`"))?;
            }
        }
    }
    if found {
        return Ok(());
    }
    let known: Vec<&str> =
        devices.groups.iter().flat_map(|group| group.base.users.iter().map(String::as_str)).collect();
    Err(cx.error(&user.span, Problem::unknown("user", &user.value, known)))
}

/// Begins or ends a membership.
fn moved(
    cx: &Context<'_>,
    name: &At<String>,
    all: &mut Vec<Membership>,
    group: crate::catalog::GroupId,
    at: Wall,
    joins: bool,
    who: &str,
) -> Result<()> {
    let open = all.iter_mut().find(|membership| membership.group == group && membership.until.is_none());
    match (open, joins) {
        (None, true) => all.push(Membership { group, from: Some(at), until: None }),
        (Some(membership), false) => membership.until = Some(at),
        (Some(_), true) => {
            return Err(cx.error(&name.span, Problem::misplaced(format!("{who} already is in group `{}`", name.value))));
        }
        (None, false) => {
            return Err(cx.error(
                &name.span,
                Problem::misplaced(format!("{who} is not in group `{}` at that time", name.value)),
            ));
        }
    }
    Ok(())
}
