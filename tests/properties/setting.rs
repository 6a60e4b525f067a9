//! Figures, facts and chance of a case.
#![allow(dead_code, reason = "shared by several test programs; none uses all of it")]

use imesim::chance::Chance;
use imesim::content::{Days, Hours, Item, Library, Remediation, Schedule, TimeOfDay};
use imesim::facts::{AppsWorkload, Edition, EnrollmentPath, Facts, Join, Ownership};
use imesim::profile::{
    CompanyPortalScope, CountOn, On429, Overlap, Profile, QuirkGrs, RuleA, TimersCount, Version, WpjScripts,
};
use imesim::protocol::{PolicyId, RunAs};
use imesim::time::{Span, Zone};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::common::{START, Setting};

/// Figures: one of the ready-made profiles, with or without jitter, and some of the other choices. In one of eight, the agent
/// keeps away after refusals and spreads a resume, as in `hardened`.
fn profile() -> impl Strategy<Value = Profile> {
    let named = select(vec!["default", "seed_strict", "observed_2025"]);
    let choices = (0..2_u8, 0..8_u8, any::<[bool; 16]>());
    (named, any::<bool>(), choices)
        .prop_map(|(name, jitter, (delay, limit, flags))| figures(name, jitter, delay, limit, flags))
}

/// The figures of a profile that were chosen so.
pub(crate) fn figures(name: &str, jitter: bool, delay: u8, limit: u8, flags: [bool; 16]) -> Profile {
    let mut profile = Profile::named(name).unwrap();
    if limit == 7 {
        let ours = Profile::named("hardened").unwrap().ime;
        profile.ime.backoff_base = ours.backoff_base;
        profile.ime.http_attempts = ours.http_attempts;
        profile.ime.wake_spread = ours.wake_spread;
    }
    if !jitter {
        profile = profile.without_jitter();
    }
    let [clock, overlap, retry, scope, count, polls, history, rerun, quirk, skew, wpj, portal, lost, cap, early, rule] =
        flags;
    let ime = &mut profile.ime;
    ime.timers_count = if clock { TimersCount::Awake } else { TimersCount::Wall };
    ime.overlap = if overlap { Overlap::Drop } else { Overlap::QueueOne };
    ime.on_429 = if retry { On429::Retry } else { On429::Abandon };
    ime.company_portal_scope = if scope { CompanyPortalScope::All } else { CompanyPortalScope::AppsOnly };
    ime.push_app_workload = portal || early;
    ime.self_throttle_limit = u32::from(limit) * 3 + 1;
    profile.push.pending_cap = if cap { 1 } else { 20 };
    profile.win32.quirk_grs = match (early, rule, lost) {
        (true, true, _) => QuirkGrs::ResetEachPass,
        (true, false, true) => QuirkGrs::Stuck,
        (true, false, false) | (false, ..) => QuirkGrs::None,
    };
    profile.win32.quirk_file_not_exists = quirk && early;
    let scripts = &mut profile.scripts;
    scripts.count_on = if count { CountOn::Fetch } else { CountOn::Result };
    scripts.failed_poll_counts = polls && history;
    scripts.rerun_per_user = rerun;
    scripts.quirk_bitness_change = quirk;
    scripts.max_retries = u32::from(limit % 4);
    scripts.timeout = if wpj { Span::mins(30) } else { Span::mins(1) };
    profile.removal.keeps_history = history;
    profile.removal.after_detect = if delay == 0 { Span::ZERO } else { Span::hours(1) };
    profile.removal.grace_after_unassign = if delay == 0 { Span::ZERO } else { Span::hours(1) };
    profile.removal.rule_a = if rule { RuleA::NoTriggersLeft } else { RuleA::NoScriptsLeft };
    profile.elig.clock_failure_counts = skew;
    profile.elig.wpj_scripts = if wpj { WpjScripts::DeviceContext } else { WpjScripts::None };
    profile.cc.realtime = portal && quirk;
    profile.cc.run_interval = if cap { Span::hours(3) } else { Span::hours(8) };
    profile.mdm.lost_contact_days = lost.then_some(20);
    profile.svc.rate_limit = cap.then_some(6);
    profile.svc.targeting_delay = if delay == 0 { Span::ZERO } else { Span::hours(1) };
    profile
}

pub(crate) fn facts() -> impl Strategy<Value = Facts> {
    let edition = select(vec![Edition::Pro, Edition::Pro, Edition::Pro, Edition::MultiSession]);
    let join = select(vec![Join::Entra, Join::Entra, Join::Hybrid, Join::Registered]);
    let path = select(vec![
        EnrollmentPath::GroupPolicy,
        EnrollmentPath::Auto,
        EnrollmentPath::Manual,
        EnrollmentPath::BulkPackage,
        EnrollmentPath::Autopilot,
        EnrollmentPath::AutopilotSelfDeploying,
        EnrollmentPath::CoManagement,
    ]);
    let workload = select(vec![None, None, None, Some(AppsWorkload::ConfigurationManager), Some(AppsWorkload::Intune)]);
    let build = select(vec![22_631_u32, 22_631, 19_045]);
    (edition, join, path, workload, build, any::<[bool; 2]>(), prop::bool::weighted(0.2)).prop_map(
        |(edition, join, enrollment, apps_workload, os_build, [old_dotnet, virtual_machine], personal)| Facts {
            edition,
            join,
            enrollment,
            apps_workload,
            os_build,
            virtual_machine,
            ownership: if personal { Ownership::Personal } else { Ownership::Corporate },
            dotnet: if old_dotnet { Version([4, 6, 0, 0]) } else { Version([4, 8, 0, 0]) },
            ..Facts::default()
        },
    )
}

pub(crate) fn chance() -> impl Strategy<Value = Chance> {
    prop_oneof![
        3 => any::<u64>().prop_map(|seed| Chance::seeded(seed, 0)),
        1 => Just(Chance::Lowest),
        1 => Just(Chance::Highest),
    ]
}

/// What answers name: remediations of every schedule, discovery scripts, apps.
pub(crate) fn library() -> Library {
    let at = TimeOfDay::try_from(9 * 3_600).unwrap();
    let schedules = [
        Schedule::Hourly(Hours::try_from(1).unwrap()),
        Schedule::Daily { every: Days::ONE, at, utc: false },
        Schedule::Once { at: START.wall.after(Span::hours(30)), utc: true },
        Schedule::Default,
    ];
    let mut library = Library::default();
    for (id, schedule) in (0..).zip(schedules) {
        let run_as = if id == 1 { RunAs::User } else { RunAs::System };
        let content = Remediation { schedule, run_as, has_remediation: id != 2, ..Remediation::default() };
        library.insert(PolicyId(id), 1, Item::Remediation(Box::new(content)));
    }
    super::super::agent::discovery::fill(&mut library);
    super::super::agent::apps::fill(&mut library);
    library
}

pub(crate) fn setting() -> impl Strategy<Value = Setting> {
    let enrolled = prop_oneof![1 => Just(None), 5 => (0..100_u64).prop_map(|hours| Some(Span::hours(hours)))];
    (profile(), facts(), chance(), enrolled).prop_map(|(profile, facts, chance, enrolled)| {
        let library = library();
        let enrolled = enrolled.map(|ago| super::super::common::START.wall.before(ago));
        Setting { profile, facts, chance, library, zone: Zone::utc(), enrolled }
    })
}

/// A case of so many steps at most.
pub(crate) fn case<T: Clone + std::fmt::Debug>(
    step: impl Strategy<Value = T>,
    steps: usize,
) -> impl Strategy<Value = (Setting, Vec<T>)> {
    (setting(), vec(step, 0..=steps))
}
