//! Single devices, and what populations share with them.

use std::collections::BTreeMap;

use super::super::error::Problem;
use super::super::file::{AgentWord, At, DeviceEntry, EndpointProtection, Enrolling, GroupsEntry, OneOf, ScenarioFile};
use super::super::time::ZoneName;
use super::tenant::{AGENT_VERSION, Names};
use super::{Context, Result, differ, habits, member, relate, unique};
use crate::content::Hardware;
use crate::facts::Facts;
use crate::protocol::PolicyId;
use crate::sim::plan::{DeviceGroup, DevicePlan, Enrolled, Initial, InitialAgent, Zone};
use crate::time::Span;

/// The zones that devices use, each once; the scenario's is the first.
#[derive(Debug)]
pub(super) struct Zones(Vec<ZoneName>);

impl Zones {
    pub(super) fn new(first: ZoneName) -> Self {
        Self(vec![first])
    }

    /// The place of a zone, added if it is new.
    pub(super) fn place(&mut self, zone: ZoneName) -> usize {
        self.0.iter().position(|known| *known == zone).unwrap_or_else(|| {
            self.0.push(zone);
            self.0.len() - 1
        })
    }

    /// The place of a zone, if it has one.
    pub(super) fn known(&self, zone: ZoneName) -> Option<usize> {
        self.0.iter().position(|known| *known == zone)
    }

    pub(super) fn name(&self, place: usize) -> ZoneName {
        self.0.get(place).copied().unwrap_or(ZoneName::UTC)
    }

    /// Their offsets from 400 days before the start to 40 days after the end: clocks may be wrong by as much.
    pub(super) fn tables(&self, cx: &Context<'_>) -> Vec<Zone> {
        let (from, to) = (cx.start.before(Span::days(400)), cx.start.after(cx.duration).after(Span::days(40)));
        self.0.iter().map(|zone| zone.table(from, to)).collect()
    }
}

/// The devices compiled so far, and who they are by name.
#[derive(Debug)]
pub(super) struct Devices {
    pub(super) groups: Vec<DeviceGroup>,
    pub(super) zones: Zones,
    /// The place of each device and population.
    pub(super) places: BTreeMap<String, usize>,
}

impl Devices {
    /// Checks that no name is there twice and that somebody is there at all.
    pub(super) fn new(cx: &Context<'_>, file: &ScenarioFile) -> Result<Self> {
        let (mut seen, mut places) = (BTreeMap::new(), BTreeMap::new());
        for (place, entry) in file.device.iter().chain(&file.population).enumerate() {
            unique(cx, &mut seen, "device or population", &entry.value.name)?;
            places.insert(entry.value.name.value.clone(), place);
        }
        if places.is_empty() {
            return Err(cx.error(&(0..0), Problem::missing("a [[device]] or [[population]]")));
        }
        Ok(Self { groups: Vec::new(), zones: Zones::new(cx.zone), places })
    }

    /// The zone of a device, or of a population's devices where they have one.
    pub(super) fn zone(&self, place: usize) -> ZoneName {
        self.groups.get(place).map_or(ZoneName::UTC, |group| self.zones.name(group.base.zone))
    }
}

/// A single device.
pub(super) fn device(
    cx: &Context<'_>,
    file: &ScenarioFile,
    entry: &At<DeviceEntry>,
    names: &Names,
    zones: &mut Zones,
) -> Result<DeviceGroup> {
    let device = &entry.value;
    if let Some(count) = &device.count {
        return Err(
            cx.error(&count.span, Problem::misplaced("a [[device]] is one device; write [[population]] for many"))
        );
    }
    single(cx, &device.os_build)?;
    single(cx, &device.edition)?;
    single(cx, &device.join)?;
    single(cx, &device.enrollment)?;
    single(cx, &device.apps_workload)?;
    single(cx, &device.proxy)?;
    single(cx, &device.ownership)?;
    single(cx, &device.zone)?;
    single(cx, &device.agent_version)?;
    if let Some(hardware) = &device.hardware {
        single(cx, &hardware.architecture)?;
        single(cx, &hardware.disk_mb)?;
        single(cx, &hardware.memory_mb)?;
        single(cx, &hardware.processors)?;
        single(cx, &hardware.cpu_mhz)?;
    }
    if let Some(At { value: GroupsEntry::Weights(_), span }) = &device.apps {
        return Err(weights_misplaced(cx, span));
    }
    differ::single(cx, device)?;
    habits::single(cx, device)?;
    member::single(cx, device)?;
    Ok(DeviceGroup {
        name: device.name.value.clone(),
        count: 1,
        is_population: false,
        base: base(cx, file, device, names, zones)?,
        axes: Vec::new(),
    })
}

/// Weights mean nothing on a single device.
fn single<T>(cx: &Context<'_>, field: &Option<At<OneOf<T>>>) -> Result<()> {
    match field {
        Some(At { value: OneOf::Weights(_), span }) => Err(weights_misplaced(cx, span)),
        Some(At { value: OneOf::One(_), .. }) | None => Ok(()),
    }
}

pub(super) fn weights_misplaced(cx: &Context<'_>, span: &std::ops::Range<usize>) -> super::ScenarioError {
    cx.error(span, Problem::misplaced("weights belong in a [[population]]; a [[device]] has one value"))
}

/// The one value, or the default where there is none or there are weights.
fn one<T: Copy>(field: &Option<At<OneOf<T>>>, default: T) -> T {
    match field {
        Some(At { value: OneOf::One(value), .. }) => *value,
        Some(At { value: OneOf::Weights(_), .. }) | None => default,
    }
}

/// What all devices of an entry have in common.
pub(super) fn base(
    cx: &Context<'_>,
    file: &ScenarioFile,
    device: &DeviceEntry,
    names: &Names,
    zones: &mut Zones,
) -> Result<DevicePlan> {
    let facts = facts(device);
    let zone = one(&device.zone, cx.zone);
    let (member, users) = member::member(cx, device, names, facts)?;
    let network = file.network.as_ref().map(|table| differ::network(cx, table)).transpose()?.unwrap_or_default();
    let mut plan = DevicePlan {
        facts,
        hardware: hardware(device),
        apps: apps(cx, device, names)?,
        member,
        users,
        zone: zones.place(zone),
        initial: initial(cx, file, device, zone)?,
        mdm_schedule: device.mdm_schedule.unwrap_or(true),
        habits: habits::habits(cx, file, device)?,
        network,
        fails: differ::fails(cx, device, names)?,
        timeline: Vec::new(),
    };
    if let Some(link) = differ::link(cx, device, network)? {
        plan.connect(&link);
    }
    Ok(plan)
}

fn facts(device: &DeviceEntry) -> Facts {
    let default = Facts::default();
    Facts {
        os_build: one(&device.os_build, default.os_build),
        edition: one(&device.edition, default.edition),
        s_mode: device.s_mode.unwrap_or(default.s_mode),
        s_mode_supplemental: device.s_mode_supplemental.unwrap_or(default.s_mode_supplemental),
        join: one(&device.join, default.join),
        enrollment: one(&device.enrollment, default.enrollment),
        apps_workload: one(&device.apps_workload, super::super::file::Workloads(default.apps_workload)).0,
        endpoint_protection_with_intune: match device.endpoint_protection.as_ref().map(|word| *word.get()) {
            Some(EndpointProtection::Intune) => true,
            Some(EndpointProtection::ConfigurationManager) => false,
            None => default.endpoint_protection_with_intune,
        },
        dotnet: device.dotnet.as_ref().map_or(default.dotnet, |version| *version.get()),
        proxy: one(&device.proxy, default.proxy),
        wns_reachable: device.wns.unwrap_or(default.wns_reachable),
        ownership: one(&device.ownership, default.ownership),
        virtual_machine: device.virtual_machine.unwrap_or(default.virtual_machine),
        remediation_license: device.remediation_license.unwrap_or(default.remediation_license),
    }
}

fn hardware(device: &DeviceEntry) -> Hardware {
    let default = Hardware::default();
    device.hardware.as_ref().map_or(default, |table| Hardware {
        architecture: one(&table.architecture, default.architecture),
        disk_mb: one(&table.disk_mb, default.disk_mb),
        memory_mb: one(&table.memory_mb, default.memory_mb),
        processors: one(&table.processors, default.processors),
        cpu_mhz: one(&table.cpu_mhz, default.cpu_mhz),
    })
}

/// The apps that are there at the start, where the device says so.
fn apps(cx: &Context<'_>, device: &DeviceEntry, names: &Names) -> Result<Option<Vec<PolicyId>>> {
    match &device.apps {
        Some(At { value: GroupsEntry::Names(all), .. }) => {
            all.iter().map(|name| relate::app(cx, names, name)).collect::<Result<_>>().map(Some)
        }
        Some(At { value: GroupsEntry::Weights(_), .. }) | None => Ok(None),
    }
}

/// By default a device enrolled so long before the start: no slot of the steady schedule (135 min + k x 8 h after
/// enrollment) and no renewal of the push channel (every 15 days) falls on the start.
const ENROLLED_BEFORE: Span = Span::hours(30 * 24 + 4);

fn initial(cx: &Context<'_>, file: &ScenarioFile, device: &DeviceEntry, zone: ZoneName) -> Result<Initial> {
    let enrolled = enrolled(cx, device)?;
    let was_enrolled = matches!(enrolled, Enrolled::Before(_));
    let tenant_version = file
        .tenant
        .as_ref()
        .and_then(|tenant| tenant.agent_version.as_ref())
        .map_or(AGENT_VERSION, |version| *version.get());
    Ok(Initial {
        enrolled,
        agent: match device.agent.as_ref().map(|word| *word.get()) {
            Some(AgentWord::Running) => InitialAgent::Running,
            Some(AgentWord::Absent) => InitialAgent::Absent,
            Some(AgentWord::Stopped) => InitialAgent::Stopped,
            None if was_enrolled => InitialAgent::Running,
            None => InitialAgent::Absent,
        },
        agent_version: one(&device.agent_version, tenant_version),
        powered: device.powered.unwrap_or(true),
        online: device.online.unwrap_or(true),
        clock_offset: differ::clock_offset(cx, device)?,
        health_at: device.health_at.as_ref().map(|at| cx.offset(at, zone)).transpose()?,
    })
}

fn enrolled(cx: &Context<'_>, device: &DeviceEntry) -> Result<Enrolled> {
    let Some(enrolled) = &device.enrolled else {
        return Ok(Enrolled::Before(ENROLLED_BEFORE));
    };
    let items: Vec<Enrolling> = enrolled.items.iter().map(|item| item.value.0).collect();
    match items.as_slice() {
        [Enrolling::Before] => Ok(Enrolled::Before(ENROLLED_BEFORE)),
        [Enrolling::Never] => Ok(Enrolled::Never),
        [Enrolling::Ago(span)] if *span <= AGO_MAX => Ok(Enrolled::Before(*span)),
        [Enrolling::Ago(span)] => {
            Err(cx.error(&enrolled.span, Problem::range("a time since enrollment", span, "0s", AGO_MAX)))
        }
        [Enrolling::After(at)] => Ok(Enrolled::Within(*at, *at)),
        [Enrolling::After(from), Enrolling::After(to)] if from <= to => Ok(Enrolled::Within(*from, *to)),
        _ => {
            Err(cx
                .error(&enrolled.span, Problem::form("write one time, or the first and the last offset to draw from")))
        }
    }
}

/// No device has been enrolled for longer.
const AGO_MAX: Span = Span::days(3_660);
