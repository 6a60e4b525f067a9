//! A scenario ready to run: every name resolved, every time a number. Scenario files are compiled into this;
//! tests may build it by hand.

use super::busy::Limits;
use crate::catalog::Tenant;
use crate::chance::{Chance, Purpose};
use crate::content::{Hardware, Library};
use crate::device::Action;
use crate::facts::Facts;
use crate::profile::{Profile, Version};
use crate::protocol::PolicyId;
use crate::service::{Member, Membership};
use crate::time::{Span, Wall};

pub use super::conduct::{
    AppConduct, AppOutcome, AppRuns, Behavior, Conduct, DiscoveryConduct, Fetch, Found, Outcome, RemediationConduct,
    RuleOutcome,
};
pub use super::fails::Fails;
pub use super::spells::Spells;
pub use crate::time::Zone;

/// What one run simulates.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed of every draw.
    pub seed: u64,
    /// Where draws come from: seeded, or all at one end.
    pub luck: Luck,
    /// The true time at which the run starts, in UTC.
    pub start: Wall,
    /// How long it lasts.
    pub duration: Span,
    /// The agent's figures.
    pub profile: Profile,
    /// Groups, content, assignments and their changes.
    pub tenant: Tenant,
    /// Apps, remediations and discovery scripts in every revision.
    pub library: Library,
    /// How the runs of each piece of content end, by its place in the tenant.
    pub conducts: Vec<Conduct>,
    /// What the service can take.
    pub limits: Limits,
    /// Time zones that devices refer to.
    pub zones: Vec<Zone>,
    /// Single devices first, then populations; device numbers count through both.
    pub groups: Vec<DeviceGroup>,
}

/// Where the draws of a run come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Luck {
    /// From the seed.
    #[default]
    Seeded,
    /// Every draw the lowest.
    Lowest,
    /// Every draw the highest.
    Highest,
}

impl Luck {
    /// The chance of one device.
    pub const fn chance(self, seed: u64, device: u64) -> Chance {
        match self {
            Self::Seeded => Chance::seeded(seed, device),
            Self::Lowest => Chance::Lowest,
            Self::Highest => Chance::Highest,
        }
    }
}

/// Devices with one description.
#[derive(Clone, Debug)]
pub struct DeviceGroup {
    /// Name of the device, or of the population (its devices are called `name-0`, `name-1`, ...).
    pub name: String,
    /// How many; 1 for a single device.
    pub count: u64,
    /// True for a `[[population]]`, whose devices are numbered.
    pub is_population: bool,
    /// What they have in common.
    pub base: DevicePlan,
    /// In what they differ: each device draws one choice of each axis.
    pub axes: Vec<Axis>,
}

/// One attribute in which the devices of a population differ.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The choices and their weights; the weights add up to more than 0.
    pub choices: Vec<(u32, Patch)>,
}

/// What one choice changes in the base description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Patch {
    /// Facts, replaced as a whole field.
    OsBuild(u32),
    /// Edition of Windows.
    Edition(crate::facts::Edition),
    /// Join type.
    Join(crate::facts::Join),
    /// Enrollment path.
    Enrollment(crate::facts::EnrollmentPath),
    /// Apps workload.
    AppsWorkload(Option<crate::facts::AppsWorkload>),
    /// Owner.
    Ownership(crate::facts::Ownership),
    /// Proxy.
    Proxy(crate::facts::Proxy),
    /// Time zone, by place in [`Plan::zones`].
    Zone(usize),
    /// Architecture of the processor.
    Architecture(crate::content::Architecture),
    /// Free disk space, in megabytes.
    DiskMb(u32),
    /// Memory, in megabytes.
    MemoryMb(u32),
    /// Logical processors.
    Processors(u16),
    /// Speed of a processor, in megahertz.
    CpuMhz(u16),
    /// The apps that are on it at the start.
    Apps(Vec<PolicyId>),
    /// Further groups of the device.
    Groups(Vec<crate::catalog::GroupId>),
    /// When it is awake.
    Habits(Box<Habits>),
    /// How it is connected. Comes after its habits.
    Link(Link),
    /// How far its clock is from the true time, in milliseconds.
    ClockOffset(i64),
    /// The ring into which it was drawn, if any.
    Ring(Option<Membership>),
    /// Agent version at the start.
    AgentVersion(Version),
}

/// One device as the scenario describes it.
#[derive(Clone, Debug)]
pub struct DevicePlan {
    /// Facts about the machine.
    pub facts: Facts,
    /// What it is made of, as far as apps require something (B-7.9).
    pub hardware: Hardware,
    /// The apps that are on it at the start; `None` for those whose [`AppConduct::present`] says so.
    pub apps: Option<Vec<PolicyId>>,
    /// Groups, users and filter properties.
    pub member: Member,
    /// Names of its users, in the order of their ids from 1 on.
    pub users: Vec<String>,
    /// Time zone, by place in [`Plan::zones`].
    pub zone: usize,
    /// State at the start.
    pub initial: Initial,
    /// The MDM client's own schedule runs.
    pub mdm_schedule: bool,
    /// When it is awake, restarts and is used.
    pub habits: Habits,
    /// How its messages travel.
    pub network: Network,
    /// Content that fails on it, whatever its conduct says.
    pub fails: Vec<Fails>,
    /// What happens to it, by offset from the start; sorted, equal offsets in the order of the file.
    pub timeline: Vec<(Span, Action)>,
}

/// The state of a device when the run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Initial {
    /// Its enrollment.
    pub enrolled: Enrolled,
    /// Its agent.
    pub agent: InitialAgent,
    /// The version of the agent that is there.
    pub agent_version: Version,
    /// The device is on.
    pub powered: bool,
    /// The device has a network.
    pub online: bool,
    /// How far its clock is from the true time, in milliseconds: drawn evenly between these, ends included.
    pub clock_offset: (i64, i64),
    /// When the daily health task is due first, as an offset from the start; by default one period later.
    pub health_at: Option<Span>,
}

impl Initial {
    /// How far the clock of a device with this chance is from the true time, in milliseconds.
    pub(super) fn clock_offset(&self, chance: &Chance) -> i64 {
        let (from, to) = self.clock_offset;
        match to.abs_diff(from) {
            0 => from,
            width => from.saturating_add_unsigned(chance.below(width + 1, Purpose::Habit, 4)),
        }
    }

    /// When a device enrolls by itself during the run, if it does.
    pub fn enrolls_at(&self, plan: &Plan, number: u64) -> Option<Wall> {
        match self.enrolled {
            Enrolled::Within(from, to) => {
                let width = to.saturating_sub(from).as_millis();
                let chance = plan.luck.chance(plan.seed, number);
                Some(plan.start.after(from).after(Span::millis(chance.below(width + 1, Purpose::Habit, 3))))
            }
            Enrolled::Never | Enrolled::Before(_) => None,
        }
    }
}

/// When a device enrolls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolled {
    /// Not by itself; an action may.
    Never,
    /// So long before the start.
    Before(Span),
    /// At an offset drawn evenly from this range, ends included, in milliseconds.
    Within(Span, Span),
}

/// The agent of a device when the run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitialAgent {
    /// Not there.
    Absent,
    /// Installed; its service starts as the run starts.
    Running,
    /// Installed; its service is stopped.
    Stopped,
}

/// What a device does by itself day by day. Times of day are the device's local time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Habits {
    /// For each weekday from Monday: awake from and to these minutes of the day (0 to 1440), ascending and apart. A window
    /// that begins as the one before ends goes on with it. `None` as a whole: always awake.
    pub awake: Option<[Vec<(u16, u16)>; 7]>,
    /// Local days that are holidays, as first and last days counted from 1970-01-01; ascending and apart.
    pub holidays: Vec<(i32, i32)>,
    /// The windows of a holiday.
    pub on_holiday: Vec<(u16, u16)>,
    /// Each device's windows move by up to so many minutes either way, drawn once.
    pub spread_min: u16,
    /// It is shut down outside its windows instead of sleeping.
    pub shuts_down: bool,
    /// It sleeps for a while within its windows.
    pub lid: Spells,
    /// It wakes for maintenance while it sleeps outside its windows.
    pub dark_wake: Spells,
    /// It restarts once in each such period, at a moment drawn once per device; put off to the next wake-up.
    pub restart_every: Option<Span>,
    /// Its first user signs in at every start of a window.
    pub signs_in: bool,
    /// A signed-in user asks for a sync in Company Portal: the beginnings of these.
    pub portal_sync: Spells,
    /// In a million: the chance that a signed-in user puts a restart off, each time that its countdown is shown (B-7.29).
    pub snooze_ppm: u32,
    /// In a million: the chance that it is offline during one whole window.
    pub offline_ppm: u32,
    /// It has no network for a while.
    pub offline_spells: Spells,
}

impl Habits {
    /// The windows of a local day, counted from 1970-01-01.
    pub fn windows(&self, day: i64) -> &[(u16, u16)] {
        let Some(week) = &self.awake else { return &[] };
        if !self.holidays.is_empty() && self.is_holiday(day) {
            return &self.on_holiday;
        }
        // 1970-01-01 was a Thursday.
        &week[usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0)]
    }

    fn is_holiday(&self, day: i64) -> bool {
        let next = self.holidays.partition_point(|(_, last)| i64::from(*last) < day);
        self.holidays.get(next).is_some_and(|(first, _)| i64::from(*first) <= day)
    }

    /// After so many days without a window there is none any more: each holiday may cost the only window of a week.
    pub(super) fn days_apart(&self) -> i64 {
        self.holidays.iter().fold(9, |days, (first, last)| days + 7 * (1 + i64::from(*last) - i64::from(*first)))
    }
}

/// How messages travel between device and service.
///
/// Every fate is a pure function of the device's chance and the number of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Network {
    /// The shortest time from a request to its answer, in milliseconds.
    pub latency_min: Span,
    /// The longest.
    pub latency_max: Span,
    /// In a million: requests that are lost.
    pub loss_ppm: u32,
    /// In a million: answers that arrive twice.
    pub duplicate_ppm: u32,
    /// In a million: answers that are held up for up to 30 s more, so that later ones may overtake them.
    pub reorder_ppm: u32,
}

/// How a device is connected: its messages, and the habits that go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// How its messages travel.
    pub network: Network,
    /// In place of [`Habits::offline_ppm`].
    pub offline_ppm: Option<u32>,
    /// In place of [`Habits::offline_spells`].
    pub offline_spells: Option<Spells>,
}

impl DevicePlan {
    /// Connects the device.
    pub fn connect(&mut self, link: &Link) {
        self.network = link.network;
        self.habits.offline_ppm = link.offline_ppm.unwrap_or(self.habits.offline_ppm);
        self.habits.offline_spells = link.offline_spells.unwrap_or(self.habits.offline_spells);
    }
}
