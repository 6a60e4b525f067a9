//! Hunts: the same seeds find the same, what they reach is enough, and what they find is made small and kept.
#![cfg(feature = "check")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]
#![allow(clippy::disallowed_methods, reason = "it looks for files, and seeds for exploring come from the environment")]

#[path = "hunt/stories.rs"]
mod stories;

use imesim::check::hunt::{Base, Coverage, GOALS, Ground, Options, hunt, kill_at_every_step, minimize, scenario_of};
use imesim::check::invariant::{Court, FieldBug, Home, Invariant, field_bugs, promises_r7};
use imesim::profile::Profile;
use imesim::scenario::Overrides;

/// The seeds of this suite, so many; `IMESIM_EXPLORE=100000` hunts twenty times as many from that one on, and pins nothing.
fn seeds(count: u64) -> std::ops::Range<u64> {
    match explored() {
        None => 1..1 + count,
        Some(from) => from..from + 20 * count,
    }
}

fn explored() -> Option<u64> {
    std::env::var("IMESIM_EXPLORE").ok().and_then(|from| from.parse().ok())
}

/// Hunts in a world; a failure is made small, and told as a scenario.
fn holds(base: &Base, count: u64) -> Coverage {
    let seeds = seeds(count);
    let found = hunt(base, &Options { seeds: seeds.clone(), ..Options::default() }).expect("the office can be cast");
    if let Some((case, failure)) = &found.failure {
        let ground = Ground::new(base).expect("the office can be cast");
        let (small, why) = minimize(&ground, case, failure.violation.invariant, 2_000, |_| {});
        let why = why.unwrap_or_else(|| failure.clone());
        let text = scenario_of(base, &ground, &small, &why);
        panic!("seed {}: {}\n{:#?}\n{text}", case.seed, why.violation, why.entries);
    }
    assert_eq!(found.seeds, seeds.end - seeds.start);
    found.coverage
}

/// A rule that hunts reach no more is a hole in them; one that is new here is noted.
fn pinned(name: &str, coverage: &Coverage) {
    if explored().is_none() {
        let rules: Vec<String> = coverage.rules.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(name, rules.join("\n"));
    }
    for goal in GOALS {
        assert!(coverage.goals.get(goal).is_some_and(|worlds| *worlds > 0), "{goal}: never");
    }
}

#[test]
fn no_invariant_breaks_in_the_office() {
    pinned("hunt-rules", &holds(&Base::office(), 4_000));
}

/// Nor where agents follow the documents alone, or what logs and labs show.
#[test]
fn no_invariant_breaks_under_other_readings() {
    for name in ["seed_strict", "observed_2025"] {
        let base = Base::office_of(name, &Overrides::default()).expect("there is such a profile");
        assert!(holds(&base, 1_000).rules.len() > 60, "{name}");
    }
}

/// The agents of our own profile hold all of that, and R7 too.
#[test]
fn no_invariant_breaks_where_agents_are_hardened() {
    let base = Base::office_of("hardened", &Overrides::default()).expect("there is such a profile");
    let judged: Vec<Invariant> = Court::of(&base.scenario.plan.profile).invariants().collect();
    assert!(judged.contains(&Invariant::R7) && judged.len() == Court::new().invariants().count(), "{judged:?}");
    pinned("hunt-rules-hardened", &holds(&base, 3_000));
}

/// What is documented and observed of the agent breaks R7, and so no hunt judges it there unless it is asked to.
#[test]
fn the_documented_agent_breaks_r7() {
    for name in ["default", "seed_strict", "observed_2025"] {
        let base = Base::office_of(name, &Overrides::default()).expect("there is such a profile");
        let profile = &base.scenario.plan.profile;
        assert!(!promises_r7(profile), "{name}");
        assert!(Court::of(profile).invariants().all(|invariant| invariant != Invariant::R7), "{name}");
        let options = Options { seeds: 1..201, invariants: vec![Invariant::R7], ..Options::default() };
        let found = hunt(&base, &options).expect("the office can be cast");
        let failure = found.failure.map(|(_, failure)| failure.violation.invariant);
        assert_eq!(failure, Some(Invariant::R7), "{name}");
    }
    let mut profile = Profile::named("hardened").expect("there is such a profile");
    assert!(promises_r7(&profile));
    profile.set("ime.backoff_base", "59m").expect("it can be set");
    assert!(!promises_r7(&profile), "calls might come more often than once an hour, as in success");
    profile.set("ime.required_app_interval", "50m").expect("it can be set");
    assert!(promises_r7(&profile));
    profile.set("ime.http_attempts", "2").expect("it can be set");
    assert!(!promises_r7(&profile), "a call is repeated at once");
}

/// The catalogue says of each invariant where it is held, and tells the truth as far as files can be looked for.
#[test]
fn what_the_catalogue_names_is_there() {
    for invariant in Invariant::ALL {
        if let Home::Tests(file) = invariant.home() {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            assert!(path.is_file(), "{invariant}: there is no {file}");
        }
    }
    let open: Vec<&str> =
        Invariant::ALL.into_iter().filter(|i| matches!(i.home(), Home::Open(_))).map(Invariant::name).collect();
    assert!(open.is_empty(), "{open:?}");
}

/// Every bug that the invariants were learned from is on the list once, and something here looks after it or says why not.
#[test]
fn every_field_bug_has_an_invariant() {
    let numbers: Vec<u8> = field_bugs().iter().map(|bug| bug.number).collect();
    assert_eq!(numbers, (1..=117).collect::<Vec<u8>>());
    let held = |invariant: &Invariant| !matches!(invariant.home(), Home::Open(_) | Home::Nothing(_));
    // A starter scenario that shows the whole of it looks after it too: the ladder after a refusal (52).
    let shown = |bug: &FieldBug| bug.starters().any(|starter| starter.lacks.is_none());
    let without: Vec<u8> = field_bugs()
        .iter()
        .filter(|bug| !bug.caught_by.iter().any(held) && !shown(bug))
        .map(|bug| bug.number)
        .collect();
    // What their invariants say is not of this agent, with the reason in the catalogue: upgrades that are watched (88, 89) and
    // metadata that expires (96). Of X1 a part is a driver's: what was left on a disk (78, 81, 86).
    assert_eq!(without, [88, 89, 96]);
    assert!(matches!(Invariant::X1.home(), Home::Partly(_)));
}

/// Killed between any two effects, and with nothing but its file, the agent keeps every promise.
#[test]
fn the_agent_may_be_killed_after_any_of_its_effects() {
    let base = Base::office();
    let ground = Ground::new(&base).expect("the office can be cast");
    for device in 0..ground.devices() {
        let found = kill_at_every_step(&ground, device, &Options { seeds: 1..301, ..Options::default() });
        if let Some((case, failure)) = &found.failure {
            let text = scenario_of(&base, &ground, case, failure);
            panic!("{}: {:#?}\n{text}", failure.violation, failure.entries);
        }
        assert_eq!(found.seeds, 300, "the device does less than that");
        let goal = |name| found.coverage.goals.get(name).copied().unwrap_or(0);
        assert!(goal("the agent is installed") > 0 || goal("a script succeeds") > 0);
    }
}
