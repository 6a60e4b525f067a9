//! Lengths of time, users, figures and facts.

use std::fmt;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::content::library;
use crate::agent::Context;
use crate::chance::Chance;
use crate::content::Library;
use crate::facts::{AppsWorkload, Edition, EnrollmentPath, Facts, Join, Ownership};
use crate::profile::{Param, Profile, Version, params};
use crate::protocol::{Failure, UserId};
use crate::time::{Span, Wall, Zone};

/// What holds all along: the figures, the device, what can be assigned.
#[derive(Clone)]
pub struct Setting {
    /// The figures.
    pub profile: Profile,
    /// What is true of the device.
    pub facts: Facts,
    /// Where random delays come from.
    pub chance: Chance,
    /// What answers name.
    pub library: Library,
    /// The device's time zone.
    pub zone: Zone,
    /// When the device enrolled, on its own clock.
    pub enrolled: Option<Wall>,
}

impl Setting {
    /// The same, as an agent is given it.
    pub const fn context(&self) -> Context<'_> {
        Context {
            profile: &self.profile,
            facts: &self.facts,
            chance: self.chance,
            library: &self.library,
            zone: &self.zone,
            enrolled: self.enrolled,
        }
    }
}

/// Shows what differs from the defaults.
impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = Profile::default();
        for Param { name, get, .. } in params() {
            let value = get(&self.profile);
            if value != get(&default) {
                write!(f, "{name} = {value}, ")?;
            }
        }
        if self.facts != Facts::default() {
            write!(f, "{:?}, ", self.facts)?;
        }
        write!(f, "{:?}, enrolled: {:?}", self.chance, self.enrolled)
    }
}

/// The moment at which every case begins: 2025-06-15 15:06:40 UTC.
pub(super) const START: Wall = Wall::from_unix_millis(1_750_000_000_000);

/// Settings with the [`library`] of this module, of devices that enrolled up to four days ago or are not enrolled.
pub fn settings() -> impl Strategy<Value = Setting> {
    let enrolled = prop_oneof![5 => (0..100_u64).prop_map(|hours| Some(Span::hours(hours))), 1 => Just(None)];
    (profiles(), facts(), chances(), enrolled).prop_map(|(profile, facts, chance, enrolled)| Setting {
        profile,
        facts,
        chance,
        library: library(),
        zone: Zone::utc(),
        enrolled: enrolled.map(|ago| START.before(ago)),
    })
}

/// Lengths of time at every scale, up to 40 days.
pub fn spans() -> impl Strategy<Value = Span> {
    prop_oneof![
        2 => (0..=1_000_u64).prop_map(Span::millis),
        3 => (0..=600_u64).prop_map(Span::secs),
        3 => (0..=120_u64).prop_map(Span::mins),
        2 => (0..=30_u64).prop_map(Span::hours),
        1 => (0..=40_u64).prop_map(Span::days),
    ]
}

/// Users of a device, mostly one of four.
pub fn users() -> impl Strategy<Value = UserId> {
    prop_oneof![8 => 0..4_u8, 1 => Just(31_u8), 1 => Just(u8::MAX)].prop_map(UserId)
}

/// Every kind of failure that a request can have.
pub fn failures() -> impl Strategy<Value = Failure> {
    prop_oneof![
        8 => select(vec![
            Failure::NoNetwork,
            Failure::NameResolution,
            Failure::TimedOut,
            Failure::NoCertificate,
            Failure::NoUserToken,
            Failure::DeviceUnknown,
            Failure::Empty,
            Failure::MaintenanceCap,
            Failure::EnrollmentRefused(0x8018_0026),
        ]),
        4 => select(vec![401, 403, 404, 429, 500, 503]).prop_map(Failure::Status),
        1 => (0..200_000_u32).prop_map(Failure::RetryAfter),
    ]
}

/// Draws of random delays: seeded, or always the shortest or the longest.
pub fn chances() -> impl Strategy<Value = Chance> {
    prop_oneof![
        3 => any::<u64>().prop_map(|seed| Chance::seeded(seed, 0)),
        1 => Just(Chance::Lowest),
        1 => Just(Chance::Highest),
    ]
}

/// Devices that get an agent, and some that do not.
pub fn facts() -> impl Strategy<Value = Facts> {
    let of = |devices: [Facts; 2]| select(devices.to_vec());
    let default = Facts::default();
    let editions = of([default, Facts { edition: Edition::MultiSession, ..default }]);
    let rest = (
        select(vec![Join::Entra, Join::Hybrid, Join::Registered]),
        select(vec![
            EnrollmentPath::Auto,
            EnrollmentPath::Manual,
            EnrollmentPath::GroupPolicy,
            EnrollmentPath::BulkPackage,
            EnrollmentPath::Autopilot,
            EnrollmentPath::AutopilotSelfDeploying,
            EnrollmentPath::CoManagement,
        ]),
        select(vec![None, Some(AppsWorkload::Intune), Some(AppsWorkload::ConfigurationManager)]),
        select(vec![22_631_u32, 19_045]),
        select(vec![Version([4, 8, 0, 0]), Version([4, 6, 0, 0])]),
        select(vec![Ownership::Corporate, Ownership::Personal]),
        any::<bool>(),
    );
    let any_device = (editions, rest).prop_map(
        |(facts, (join, enrollment, apps_workload, os_build, dotnet, ownership, virtual_machine))| Facts {
            join,
            enrollment,
            apps_workload,
            os_build,
            dotnet,
            ownership,
            virtual_machine,
            ..facts
        },
    );
    prop_oneof![1 => Just(default), 1 => any_device]
}

/// A profile that comes with the crate, with up to six of its parameters set to anything that they allow.
pub fn profiles() -> impl Strategy<Value = Profile> {
    let changes = proptest::collection::vec((any::<Index>(), any::<Index>(), 0..1_000_u64), 0..=6);
    (select(Profile::NAMES.to_vec()), changes).prop_map(|(name, changes)| {
        let mut profile = Profile::named(name).unwrap_or_default();
        let all: Vec<&Param> = params().collect();
        for (which, word, size) in changes {
            let param = all[which.index(all.len())];
            if let Some(value) = value_of(param.allowed, word, size) {
                // Two figures may exclude each other; the profile is then as before.
                let _ = (param.set)(&mut profile, &value);
            }
        }
        profile
    })
}

/// A value that a parameter allows: one of its words, or between its lowest and highest, small values as often as large ones.
/// `None` where what is allowed is said in other words.
fn value_of(allowed: &str, word: Index, size: u64) -> Option<String> {
    let words: Vec<&str> = allowed.split(" | ").collect();
    if words.len() > 1 {
        return Some(words[word.index(words.len())].to_owned());
    }
    let (lowest, highest) = allowed.split_once(" to ")?;
    if let (Ok(lowest), Ok(highest)) = (lowest.parse::<u64>(), highest.parse::<u64>()) {
        return Some(between(lowest, highest, size).to_string());
    }
    let (lowest, highest) = (lowest.parse::<Span>().ok()?, highest.parse::<Span>().ok()?);
    Some(Span::millis(between(lowest.as_millis(), highest.as_millis(), size)).to_string())
}

/// The place of a number from 0 to 999 between two others, on a scale on which each doubling is as long as any other.
fn between(lowest: u64, highest: u64, size: u64) -> u64 {
    let width = highest - lowest;
    let doublings = u64::from(width.checked_ilog2().unwrap_or(0)) + 1;
    let shift = u32::try_from(size * doublings / 1_000).unwrap_or(0);
    let base = 1_u64 << shift;
    let rest = base.saturating_mul(size * doublings % 1_000) / 1_000;
    lowest + (base - 1).saturating_add(rest).min(width)
}
