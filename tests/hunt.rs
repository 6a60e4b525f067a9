//! Hunts: the same seeds find the same, what they reach is enough, and what they find is made small and kept.
#![cfg(feature = "check")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

use imesim::check::hunt::{Base, GOALS, Ground, Options, hunt, kill_at_every_step, minimize, scenario_of};
use imesim::check::invariant::{Court, FieldBug, Home, Invariant, field_bugs, promises_r7};
use imesim::profile::Profile;
use imesim::scenario::Overrides;

/// The seeds of this suite; others are for exploring.
const SEEDS: std::ops::Range<u64> = 1..1_501;

#[test]
fn no_invariant_breaks_in_the_office() {
    let base = Base::office();
    let found = hunt(&base, &Options { seeds: SEEDS, ..Options::default() }).expect("the office can be cast");
    if let Some((case, failure)) = &found.failure {
        let ground = Ground::new(&base).expect("the office can be cast");
        let (small, why) = minimize(&ground, case, failure.violation.invariant, 2_000, |_| {});
        let why = why.unwrap_or_else(|| failure.clone());
        let text = scenario_of(&base, &ground, &small, &why);
        panic!("seed {}: {}\n{:#?}\n{text}", case.seed, why.violation, why.entries);
    }
    assert_eq!(found.seeds, SEEDS.end - SEEDS.start);
    // A rule that hunts reach no more is a hole in them; one that is new here is noted.
    let rules: Vec<String> = found.coverage.rules.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!("hunt-rules", rules.join("\n"));
    for goal in GOALS {
        assert!(found.coverage.goals.get(goal).is_some_and(|worlds| *worlds > 0), "{goal}: never");
    }
}

/// The agents of our own profile hold all of that, and R7 too.
#[test]
fn no_invariant_breaks_where_agents_are_hardened() {
    let base = Base::office_of("hardened", &Overrides::default()).expect("there is such a profile");
    let judged: Vec<Invariant> = Court::of(&base.scenario.plan.profile).invariants().collect();
    assert!(judged.contains(&Invariant::R7) && judged.len() == Court::new().invariants().count(), "{judged:?}");
    let found = hunt(&base, &Options { seeds: 1..601, ..Options::default() }).expect("the office can be cast");
    if let Some((case, failure)) = &found.failure {
        let ground = Ground::new(&base).expect("the office can be cast");
        let (small, why) = minimize(&ground, case, failure.violation.invariant, 2_000, |_| {});
        let why = why.unwrap_or_else(|| failure.clone());
        let text = scenario_of(&base, &ground, &small, &why);
        panic!("seed {}: {}\n{:#?}\n{text}", case.seed, why.violation, why.entries);
    }
    assert!(found.coverage.goals.values().all(|worlds| *worlds > 0), "{:?}", found.coverage.goals);
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
#[allow(clippy::disallowed_methods, reason = "it looks for files")]
fn what_the_catalogue_names_is_there() {
    for invariant in Invariant::ALL {
        if let Home::Tests(file) = invariant.home() {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            assert!(path.is_file(), "{invariant}: there is no {file}");
        }
    }
    let open: Vec<&str> =
        Invariant::ALL.into_iter().filter(|i| matches!(i.home(), Home::Open(_))).map(Invariant::name).collect();
    assert_eq!(open, ["A1", "A5", "A6", "X1", "U2", "W2", "P2"]);
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
    // What their invariants say is open or not of this agent, with the reason in the catalogue: clones (72, 73), leftovers on
    // disk (78, 79, 81, 86), upgrades that are watched (88, 89), metadata that expires (95, 96), work that expires (111).
    assert_eq!(without, [72, 73, 78, 79, 81, 86, 88, 89, 95, 96, 111]);
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
