//! Who is in a plan: every device by its number, with what it has in common with others resolved once.
//!
//! A population's devices draw one choice of each axis. Devices with the same draws share a *class*: one description
//! and one cohort. Setting up a device is then a few draws and a look-up.

use std::collections::BTreeMap;

use super::observe::Observer;
use super::plan::{DeviceGroup, DevicePlan, Enrolled, Patch, Plan};
use super::world::World;
use crate::catalog::Properties;
use crate::chance::Purpose;
use crate::service::{Cohort, Member, Membership};
use crate::time::Wall;

/// The devices of a plan.
#[derive(Debug)]
pub struct Cast<'p> {
    plan: &'p Plan,
    groups: Vec<Group<'p>>,
    cohorts: Vec<Cohort>,
    count: u64,
}

#[derive(Debug)]
struct Group<'p> {
    described: &'p DeviceGroup,
    /// The number of its first device.
    first: u64,
    /// By the mixed-radix number of the choices.
    classes: Vec<Class>,
}

/// What devices with the same draws have in common.
#[derive(Debug)]
struct Class {
    plan: DevicePlan,
    cohort: usize,
}

/// A plan that cannot be cast.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CastError {
    /// The choices of a population make too many combinations to resolve.
    #[error("population `{name}` has {classes} combinations of choices; at most {CLASSES_MAX} are resolved")]
    TooManyClasses {
        /// The population.
        name: String,
        /// How many there are.
        classes: u64,
    },
}

/// More combinations than any described population needs; each costs a few kilobytes.
const CLASSES_MAX: u64 = 20_000;

impl<'p> Cast<'p> {
    /// Resolves every class and cohort of a plan.
    ///
    /// # Errors
    /// [`CastError::TooManyClasses`].
    pub fn new(plan: &'p Plan) -> Result<Self, CastError> {
        let mut cohorts = Vec::new();
        let mut known: BTreeMap<Member, usize> = BTreeMap::new();
        let mut groups = Vec::new();
        let mut first = 0_u64;
        for described in &plan.groups {
            let classes =
                described.axes.iter().fold(1_u64, |all, axis| all.saturating_mul(axis.choices.len().max(1) as u64));
            if classes > CLASSES_MAX {
                return Err(CastError::TooManyClasses { name: described.name.clone(), classes });
            }
            let classes = (0..classes)
                .map(|number| {
                    let mut device = patched(described, number);
                    device.member.enrolled_at = enrolled_at(plan, &device);
                    let member = device.member.clone().trimmed(&plan.tenant);
                    let cohort = *known.entry(member).or_insert_with_key(|member| {
                        cohorts.push(Cohort::resolve(&plan.tenant, &plan.profile, member));
                        cohorts.len() - 1
                    });
                    Class { plan: device, cohort }
                })
                .collect();
            groups.push(Group { described, first, classes });
            first = first.saturating_add(described.count);
        }
        Ok(Self { plan, groups, cohorts, count: first })
    }

    /// How many devices there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many groups of devices are resolved to the same assignments.
    pub fn cohorts(&self) -> usize {
        self.cohorts.len()
    }

    /// The world of a device at the plan's start, if there is such a device.
    pub fn world<O: Observer>(&self, number: u64, observer: O) -> Option<World<'_, O>> {
        let (group, class) = self.class(number)?;
        let cohort = self.cohorts.get(class.cohort)?;
        Some(World::new(self.plan, &class.plan, cohort, number, group.described.is_population, observer))
    }

    /// How a device is described, if there is such a device.
    pub fn described(&self, number: u64) -> Option<&DevicePlan> {
        Some(&self.class(number)?.1.plan)
    }

    /// What a device is given, if there is such a device.
    pub fn cohort(&self, number: u64) -> Option<&Cohort> {
        self.cohorts.get(self.class(number)?.1.cohort)
    }

    /// A number for what a device has in common with others: devices with the same number share description and cohort.
    pub fn class_of(&self, number: u64) -> Option<usize> {
        let place = self.group_place(number)?;
        let before: usize = self.groups[..place].iter().map(|group| group.classes.len()).sum();
        Some(before + self.class_place(&self.groups[place], number))
    }

    /// Every class: its description and its cohort, by the number that [`Cast::class_of`] gives.
    pub fn classes(&self) -> impl Iterator<Item = (&DevicePlan, &Cohort)> {
        self.groups.iter().flat_map(|group| &group.classes).map(|class| (&class.plan, &self.cohorts[class.cohort]))
    }

    /// The name of a device: its own, or its population's and its place there.
    pub fn name(&self, number: u64) -> Option<String> {
        let group = &self.groups[self.group_place(number)?];
        Some(if group.described.is_population {
            format!("{}-{}", group.described.name, number - group.first)
        } else {
            group.described.name.clone()
        })
    }

    /// The number of the device with this name, or with this number written out.
    pub fn find(&self, name: &str) -> Option<u64> {
        let by_name = self.groups.iter().find_map(|group| {
            if !group.described.is_population {
                return (group.described.name == name).then_some(group.first);
            }
            let place: u64 = name.strip_prefix(&group.described.name)?.strip_prefix('-')?.parse().ok()?;
            (place < group.described.count).then(|| group.first + place)
        });
        by_name.or_else(|| name.parse().ok().filter(|number| *number < self.count))
    }

    /// True if the device is one of a population.
    #[cfg(feature = "check")]
    pub(crate) fn is_of_population(&self, number: u64) -> bool {
        self.class(number).is_some_and(|(group, _)| group.described.is_population)
    }

    /// The name under which a scenario speaks of the device: its own, or its population's.
    #[cfg(feature = "check")]
    pub(crate) fn group_name(&self, number: u64) -> Option<&str> {
        Some(&self.class(number)?.0.described.name)
    }

    fn group_place(&self, number: u64) -> Option<usize> {
        if number >= self.count {
            return None;
        }
        self.groups.partition_point(|group| group.first <= number).checked_sub(1)
    }

    fn class(&self, number: u64) -> Option<(&Group<'p>, &Class)> {
        let group = &self.groups[self.group_place(number)?];
        Some((group, &group.classes[self.class_place(group, number)]))
    }

    /// The mixed-radix number of a device's draws.
    #[inline]
    fn class_place(&self, group: &Group<'p>, number: u64) -> usize {
        let chance = self.plan.luck.chance(self.plan.seed, number);
        let mut place = 0;
        for (n, axis) in group.described.axes.iter().enumerate() {
            let total: u64 = axis.choices.iter().map(|(weight, _)| u64::from(*weight)).sum();
            let mut drawn = chance.below(total, Purpose::Population, n as u64);
            let choice = axis.choices.iter().position(|(weight, _)| {
                let hit = drawn < u64::from(*weight);
                drawn = drawn.saturating_sub(u64::from(*weight));
                hit
            });
            place = place * axis.choices.len().max(1) + choice.unwrap_or(0);
        }
        place
    }
}

/// When Intune's own groups may count a device's enrollment from, where that matters (B-12.4). The devices of a population
/// count from the earliest moment of theirs, so that they share a cohort.
fn enrolled_at(plan: &Plan, device: &DevicePlan) -> Option<Wall> {
    if plan.profile.svc.virtual_group_delay.is_zero() {
        return None;
    }
    match device.initial.enrolled {
        Enrolled::Never => None,
        Enrolled::Before(ago) => Some(plan.start.before(ago)),
        Enrolled::Within(from, _) => Some(plan.start.after(from)),
    }
}

/// The description with the choices of a mixed-radix number.
fn patched(group: &DeviceGroup, number: u64) -> DevicePlan {
    let mut device = group.base.clone();
    let mut rest = usize::try_from(number).unwrap_or(0);
    let mut choices = Vec::new();
    for axis in group.axes.iter().rev() {
        let radix = axis.choices.len().max(1);
        choices.push(axis.choices.get(rest % radix));
        rest /= radix;
    }
    for (_, patch) in choices.into_iter().rev().flatten() {
        apply(&mut device, patch);
    }
    // What filters read follows the facts; what the scenario says about the device stays.
    let mut properties = Properties::of(&device.facts, &group.name);
    let before = Properties::of(&group.base.facts, &group.name);
    for property in crate::catalog::Property::ALL {
        let said = group.base.member.properties.get(property.name());
        if let Some(said) = said.filter(|said| before.get(property.name()) != Some(said)) {
            properties.set(property.name(), said);
        }
    }
    device.member.properties = properties;
    device.member.facts = device.facts;
    device
}

fn apply(device: &mut DevicePlan, patch: &Patch) {
    match patch {
        Patch::OsBuild(build) => device.facts.os_build = *build,
        Patch::Edition(edition) => device.facts.edition = *edition,
        Patch::Join(join) => device.facts.join = *join,
        Patch::Enrollment(path) => device.facts.enrollment = *path,
        Patch::AppsWorkload(workload) => device.facts.apps_workload = *workload,
        Patch::Ownership(ownership) => device.facts.ownership = *ownership,
        Patch::Proxy(proxy) => device.facts.proxy = *proxy,
        Patch::Zone(zone) => device.zone = *zone,
        Patch::Architecture(architecture) => device.hardware.architecture = *architecture,
        Patch::DiskMb(disk) => device.hardware.disk_mb = *disk,
        Patch::MemoryMb(memory) => device.hardware.memory_mb = *memory,
        Patch::Processors(processors) => device.hardware.processors = *processors,
        Patch::CpuMhz(speed) => device.hardware.cpu_mhz = *speed,
        Patch::Apps(apps) => device.apps = Some(apps.clone()),
        Patch::Groups(groups) => device.member.groups.extend(groups.iter().map(|group| Membership::always(*group))),
        Patch::Habits(habits) => device.habits.clone_from(habits),
        Patch::Link(link) => device.connect(link),
        Patch::ClockOffset(offset) => device.initial.clock_offset = (*offset, *offset),
        Patch::Ring(ring) => device.member.groups.extend(*ring),
        Patch::AgentVersion(version) => device.initial.agent_version = *version,
    }
}
