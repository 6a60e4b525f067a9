//! What is given in a world: figures, facts, chance, content.

use imesim::chance::Chance;
use imesim::content::{Days, DiscoveryScript, Hours, Item, Library, Remediation, Schedule, TimeOfDay};
use imesim::facts::{AppsWorkload, Edition, EnrollmentPath, Facts, Join, Ownership};
use imesim::profile::{CompanyPortalScope, CountOn, On429, Overlap, Profile, TimersCount, WpjScripts};
use imesim::protocol::{PolicyId, RunAs};
use imesim::time::{Span, Wall, Zone};
use proptest::prelude::*;
use proptest::sample::select;

use super::app_world;
use super::common::{START, Setting};

/// Figures: a ready-made profile with or without jitter, and both readings of what may be read in two ways.
fn profile() -> impl Strategy<Value = Profile> {
    (select(vec!["default", "seed_strict", "observed_2025"]), 0..8_u32, any::<[bool; 16]>()).prop_map(
        |(name, limit, flags)| {
            let [
                jitter,
                clock,
                overlap,
                retry,
                scope,
                count,
                polls,
                history,
                rerun,
                skew,
                wpj,
                cap,
                slow,
                short,
                monitor,
                often,
            ] = flags;
            let mut profile = Profile::named(name).unwrap();
            if !jitter {
                profile = profile.without_jitter();
            }
            let ime = &mut profile.ime;
            ime.timers_count = if clock { TimersCount::Awake } else { TimersCount::Wall };
            ime.overlap = if overlap { Overlap::Drop } else { Overlap::QueueOne };
            ime.on_429 = if retry { On429::Retry } else { On429::Abandon };
            ime.company_portal_scope = if scope { CompanyPortalScope::All } else { CompanyPortalScope::AppsOnly };
            ime.self_throttle_limit = limit * 3 + 1;
            profile.push.pending_cap = if cap { 1 } else { 20 };
            let scripts = &mut profile.scripts;
            scripts.count_on = if count { CountOn::Fetch } else { CountOn::Result };
            scripts.failed_poll_counts = polls;
            scripts.rerun_per_user = rerun;
            scripts.max_retries = limit % 4;
            scripts.timeout = if short { Span::mins(1) } else { Span::mins(30) };
            profile.removal.keeps_history = history;
            profile.removal.after_detect = if slow { Span::hours(1) } else { Span::ZERO };
            profile.cc.realtime = monitor;
            profile.cc.run_interval = if often { Span::hours(3) } else { Span::hours(8) };
            profile.elig.clock_failure_counts = skew;
            profile.elig.wpj_scripts = if wpj { WpjScripts::DeviceContext } else { WpjScripts::None };
            profile
        },
    )
}

fn facts() -> impl Strategy<Value = Facts> {
    let edition = select(vec![Edition::Pro, Edition::Pro, Edition::Pro, Edition::MultiSession]);
    let join = select(vec![Join::Entra, Join::Entra, Join::Hybrid, Join::Registered]);
    let workload = select(vec![None, None, None, Some(AppsWorkload::ConfigurationManager), Some(AppsWorkload::Intune)]);
    let build = select(vec![22_631_u32, 22_631, 19_045]);
    let path = select(vec![
        EnrollmentPath::Auto,
        EnrollmentPath::Auto,
        EnrollmentPath::Autopilot,
        EnrollmentPath::AutopilotPreProvisioning,
    ]);
    (edition, join, workload, build, path, prop::bool::weighted(0.2)).prop_map(
        |(edition, join, apps_workload, os_build, enrollment, personal)| Facts {
            edition,
            join,
            apps_workload,
            os_build,
            enrollment,
            ownership: if personal { Ownership::Personal } else { Ownership::Corporate },
            ..Facts::default()
        },
    )
}

/// Local time: so many minutes east of UTC, from so many hours after the start so many more, and so on.
pub(crate) type Stretches = (i32, [(u16, i32); 2]);

pub(crate) fn stretches() -> impl Strategy<Value = Stretches> {
    let offset = || select(vec![0, 60, 120, 330, 825, -300, -480]);
    let jump = || (0..72_u16, select(vec![0, 60, -60, 30, -30]));
    (offset(), [jump(), jump()])
}

/// The zone with these stretches.
pub(crate) fn zone((first, mut jumps): Stretches) -> Zone {
    jumps.sort_by_key(|(hours, _)| *hours);
    let mut offsets = vec![(Wall::MIN, first * 60)];
    let mut offset = first;
    for (hours, by) in jumps {
        offset += by;
        offsets.push((START.wall.after(Span::hours(u64::from(hours))), offset * 60));
    }
    Zone { name: String::new(), offsets }
}

pub(crate) fn setting(superseded: bool) -> impl Strategy<Value = Setting> {
    let chance = prop_oneof![
        3 => any::<u64>().prop_map(|seed| Chance::seeded(seed, 0)),
        1 => Just(Chance::Lowest),
        1 => Just(Chance::Highest),
    ];
    let enrolled = prop::option::weighted(0.8, (0..100_u64).prop_map(|hours| START.wall.before(Span::hours(hours))));
    let zone = prop_oneof![1 => Just(Zone::utc()), 2 => stretches().prop_map(zone)];
    (profile(), (app_world::figures(), app_world::states(superseded)), facts(), chance, (enrolled, zone)).prop_map(
        |(profile, (figures, states), facts, chance, (enrolled, zone))| Setting {
            profile: figures.put_in(profile),
            facts,
            chance,
            library: library(&states),
            zone,
            enrolled,
        },
    )
}

/// Discovery scripts in two revisions; of the third, content cannot be had.
fn library(states: &app_world::States) -> Library {
    let mut library = Library::default();
    for (id, run_as) in [(0, RunAs::System), (1, RunAs::User), (3, RunAs::User)] {
        for revision in 1..=6 {
            let script = DiscoveryScript { run_as, ..DiscoveryScript::default() };
            library.insert(PolicyId(DISCOVERY + id), revision, Item::Discovery(Box::new(script)));
        }
    }
    let at = |secs| TimeOfDay::try_from(secs).unwrap();
    let schedules = [
        Schedule::Hourly(Hours::try_from(1).unwrap()),
        Schedule::Daily { every: Days::ONE, at: at(9 * 3_600), utc: false },
        Schedule::Once { at: START.wall.after(Span::hours(30)), utc: false },
        Schedule::Default,
        Schedule::Daily { every: Days::try_from(3).unwrap(), at: at(18 * 3_600 + 30), utc: true },
        Schedule::Hourly(Hours::try_from(7).unwrap()),
    ];
    for (id, schedule) in (0..).zip(schedules) {
        for revision in 1..=4 {
            let run_as = if id % 3 == 1 { RunAs::User } else { RunAs::System };
            let content = Remediation { schedule, run_as, has_remediation: id != 3, ..Remediation::default() };
            library.insert(PolicyId(REMEDIATION + id), revision, Item::Remediation(Box::new(content)));
        }
    }
    app_world::fill(&mut library, states);
    library
}

/// Where the ids of remediations begin.
pub(crate) const REMEDIATION: u32 = 100;

/// Where the ids of discovery scripts begin.
pub(crate) const DISCOVERY: u32 = 200;
