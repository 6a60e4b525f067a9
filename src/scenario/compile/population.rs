//! Populations: many devices with one description, each drawing its own choices.

use std::ops::Range;

use super::super::error::Problem;
use super::super::file::{At, AwakeEntry, DeviceEntry, Field, GroupKind, GroupsEntry, OneOf, ScenarioFile};
use super::device::{Zones, base};
use super::tenant::{Names, check_weights};
use super::{Context, Result, differ, habits, member, relate};
use crate::sim::plan::{Axis, DeviceGroup, Habits, Patch};

/// The most devices of one run.
const DEVICES_MAX: u64 = 100_000_000;

pub(super) fn population(
    cx: &Context<'_>,
    file: &ScenarioFile,
    entry: &At<DeviceEntry>,
    names: &Names,
    zones: &mut Zones,
) -> Result<DeviceGroup> {
    let device = &entry.value;
    let Some(count) = &device.count else {
        return Err(
            cx.error(&device.name.span, Problem::missing(format!("`count` of the population `{}`", device.name.value)))
        );
    };
    if !(1..=DEVICES_MAX).contains(count.get()) {
        return Err(cx.error(&count.span, Problem::range("a population", count.get(), 1, DEVICES_MAX)));
    }
    let base = base(cx, file, device, names, zones)?;
    let mut axes = Vec::new();
    axes.extend(axis(cx, &device.os_build, |value| Patch::OsBuild(*value))?);
    axes.extend(axis(cx, &device.edition, |value| Patch::Edition(*value))?);
    axes.extend(axis(cx, &device.join, |value| Patch::Join(*value))?);
    axes.extend(axis(cx, &device.enrollment, |value| Patch::Enrollment(*value))?);
    axes.extend(axis(cx, &device.apps_workload, |value| Patch::AppsWorkload(value.0))?);
    axes.extend(axis(cx, &device.ownership, |value| Patch::Ownership(*value))?);
    axes.extend(axis(cx, &device.proxy, |value| Patch::Proxy(*value))?);
    axes.extend(axis(cx, &device.zone, |value| Patch::Zone(zones.place(*value)))?);
    axes.extend(axis(cx, &device.agent_version, |value| Patch::AgentVersion(*value))?);
    if let Some(hardware) = &device.hardware {
        axes.extend(axis(cx, &hardware.architecture, |value| Patch::Architecture(*value))?);
        axes.extend(axis(cx, &hardware.disk_mb, |value| Patch::DiskMb(*value))?);
        axes.extend(axis(cx, &hardware.memory_mb, |value| Patch::MemoryMb(*value))?);
        axes.extend(axis(cx, &hardware.processors, |value| Patch::Processors(*value))?);
        axes.extend(axis(cx, &hardware.cpu_mhz, |value| Patch::CpuMhz(*value))?);
    }
    let group = |name: &At<String>| member::group(cx, names, name, GroupKind::Devices);
    axes.extend(named(cx, &device.groups, group, Patch::Groups)?);
    axes.extend(named(cx, &device.apps, |name| relate::app(cx, names, name), Patch::Apps)?);
    axes.extend(awake(cx, file, device, &base.habits)?);
    if let (Some(link), Some(choices)) = (&device.link, differ::links(cx, device, base.network)?) {
        axes.push(axis_of(cx, choices, &link.span)?);
    }
    if let (Some(offset), Some(choices)) = (&device.clock_offset, differ::clock_offsets(device)) {
        axes.push(axis_of(cx, choices, &offset.span)?);
    }
    if let Some(rings) = &device.rings {
        axes.push(axis_of(cx, differ::rings(cx, names, rings)?, &rings.span)?);
    }
    Ok(DeviceGroup { name: device.name.value.clone(), count: *count.get(), is_population: true, base, axes })
}

/// The choices of one field, where it has weights. Choices of weight 0 are left out.
fn axis<T>(cx: &Context<'_>, field: &Option<At<OneOf<T>>>, mut patch: impl FnMut(&T) -> Patch) -> Result<Option<Axis>> {
    let Some(At { value: OneOf::Weights(pairs), span }) = field else {
        return Ok(None);
    };
    let choices = pairs.iter().map(|(value, weight)| (*weight.get(), patch(value.get()))).collect();
    axis_of(cx, choices, span).map(Some)
}

fn axis_of(cx: &Context<'_>, mut choices: Vec<(u32, Patch)>, span: &Range<usize>) -> Result<Axis> {
    check_weights(cx, span, choices.iter().map(|(weight, _)| u64::from(*weight)).sum())?;
    choices.retain(|(weight, _)| *weight > 0);
    Ok(Axis { choices })
}

/// A key names one group or app, several with commas between, or `none`.
fn named<T>(
    cx: &Context<'_>,
    field: &Option<At<GroupsEntry>>,
    find: impl Fn(&At<String>) -> Result<T>,
    patch: impl Fn(Vec<T>) -> Patch,
) -> Result<Option<Axis>> {
    let Some(At { value: GroupsEntry::Weights(pairs), span }) = field else {
        return Ok(None);
    };
    let mut choices = Vec::new();
    for (key, weight) in pairs {
        let mut all = Vec::new();
        for name in key.value.split(',').map(str::trim).filter(|name| *name != "none") {
            all.push(find(&At { value: name.to_owned(), span: key.span.clone() })?);
        }
        choices.push((*Field::get(weight), patch(all)));
    }
    axis_of(cx, choices, span).map(Some)
}

fn awake(cx: &Context<'_>, file: &ScenarioFile, device: &DeviceEntry, base: &Habits) -> Result<Option<Axis>> {
    let Some(At { value: AwakeEntry::Habits(pairs), span }) = &device.awake else {
        return Ok(None);
    };
    let mut choices = Vec::new();
    for (_, habit) in pairs {
        let named = habits::named(cx, file, &habit.value, base)?;
        choices.push((*habit.value.weight.get(), Patch::Habits(Box::new(named))));
    }
    axis_of(cx, choices, span).map(Some)
}

/// Gives the populations so many devices together; each keeps its share, rounded so that the total is exact, and none
/// is left without a device as long as there are enough.
pub(super) fn resize(groups: &mut [DeviceGroup], total: u64) -> std::result::Result<(), Problem> {
    let populations = groups.iter().filter(|group| group.is_population).count() as u64;
    if populations == 0 {
        return Err(Problem::misplaced("the scenario has no [[population]] to resize"));
    }
    if !(populations..=DEVICES_MAX).contains(&total) {
        return Err(Problem::range("a number of devices", total, populations, DEVICES_MAX));
    }
    let before: u128 = groups.iter().filter(|group| group.is_population).map(|group| u128::from(group.count)).sum();
    // Everybody gets one, and the rest is dealt out in proportion, by rounding the running sum.
    let (rest, mut passed, mut dealt) = (u128::from(total - populations), 0_u128, 0_u128);
    for group in groups.iter_mut().filter(|group| group.is_population) {
        passed += u128::from(group.count);
        let until = rest * passed / before.max(1);
        group.count = u64::try_from(until - dealt + 1).unwrap_or(DEVICES_MAX);
        dealt = until;
    }
    Ok(())
}
