//! What the strategies draw is valid, gets somewhere, and comes down to little.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::*;
use crate::agent::{Agent, Effect, Task};
use crate::check::hunt::{Coverage, Ground};
use crate::check::invariant::Court;
use crate::profile::{Param, params};
use crate::rules::RuleId;

fn runner(seed: u64, cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Config::default() })
}

#[test]
fn drawn_profiles_are_valid_and_have_everything_that_a_parameter_allows() {
    let mut runner = runner(1, 1);
    let mut seen = BTreeMap::<&str, BTreeSet<String>>::new();
    for _ in 0..6_000 {
        let profile = profiles().new_tree(&mut runner).expect("it is drawn").current();
        assert_eq!(profile.check(), Ok(()));
        for param in params() {
            seen.entry(param.name).or_default().insert((param.get)(&profile));
        }
    }
    let has_all = |param: &&Param| {
        let words: Vec<&str> = param.allowed.split(" | ").collect();
        let seen = &seen[param.name];
        if words.len() > 1 { words.iter().all(|word| seen.contains(*word)) } else { seen.len() > 1 }
    };
    let missing: Vec<&str> = params().filter(|param| !has_all(param)).map(|param| param.name).collect();
    // What they allow is no range of numbers or lengths, or is one thing only.
    assert_eq!(
        missing,
        ["elig.dotnet_recommended", "elig.min_ime_version", "mdm.phase1", "mdm.phase2", "svc.report_retry"]
    );
}

#[test]
fn an_agent_keeps_its_invariants_and_does_all_kinds_of_work() {
    let mut rules = BTreeSet::<RuleId>::new();
    let mut tasks = BTreeSet::<Task>::new();
    let (mut restored, mut inputs) = (0, 0);
    for seed in 0..1_000 {
        let mut runner = runner(seed, 1);
        let setting = settings().new_tree(&mut runner).expect("it is drawn").current();
        let steps = steps(200).new_tree(&mut runner).expect("they are drawn").current();
        let mut player = Player::new(&setting, Agent::absent());
        for step in &steps {
            let played = player.play(step);
            assert_eq!(player.agent().check_invariants(), Ok(()), "seed {seed}: {step:?}\n{setting:?}");
            inputs += 1;
            restored += usize::from(matches!(step, Step::Kill { .. }));
            rules.extend(played.notes.iter().map(|(rule, _)| *rule));
            for effect in &played.effects {
                if let Effect::Run { run, .. } = effect {
                    tasks.insert(run.task);
                }
            }
        }
    }
    assert!(inputs > 80_000 && restored > 1_000, "{inputs} steps, {restored} kills");
    assert_eq!(tasks.len(), 11, "{tasks:?}");
    assert!(rules.len() >= 105, "only {} rules: {rules:?}", rules.len());
}

#[test]
fn scenarios_are_read_and_plans_of_faults_are_survived() {
    let mut coverage = Coverage::default();
    let worlds = scenarios().prop_flat_map(|base| (Just(base), cases()));
    for seed in 0..60 {
        let mut runner = runner(seed, 1);
        let (base, plan) = worlds.new_tree(&mut runner).expect("no scenario is refused").current();
        let ground = Ground::new(&base).expect("its devices are there");
        let (case, mut court) = (plan.on(&ground), Court::of(&ground.plan().profile));
        let outcome = ground.run(&case, &mut court, &mut coverage);
        assert!(outcome.is_ok(), "seed {seed}: {outcome:?}\n{}", base.text);
    }
    assert!(coverage.rules.len() >= 60, "{:?}", coverage.rules);
}

/// A failing case comes down to what it needs.
#[test]
fn steps_shrink() {
    let result = runner(7, 200).run(&steps(60), |steps| {
        let kills = steps.iter().filter(|step| matches!(step, Step::Kill { .. })).count();
        prop_assert_eq!(kills, 0);
        Ok(())
    });
    let Err(proptest::test_runner::TestError::Fail(_, steps)) = result else { panic!("{result:?}") };
    assert!(matches!(&steps[..], [Step::Kill { effects: 0 }]), "{steps:?}");
}
