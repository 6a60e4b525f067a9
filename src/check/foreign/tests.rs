//! Our own agent behind the adapter is judged as it is without, and an agent that says nothing of itself is judged too.

#![allow(clippy::expect_used, reason = "a test may fail where it stands")]

use super::*;
use crate::agent::Agent;
use crate::check::hunt::tests::{CAUGHT, base_of};
use crate::check::hunt::{Base, Case, Ground, Options, hunt_on};
use crate::check::invariant::Invariant;
use crate::sabotage::Sabotage;
use crate::sabotage::switched::with;

/// Our agent, by the front door.
#[derive(Debug)]
struct Ours(Agent);

/// A sink for what asks for a type.
struct To<'a>(&'a mut dyn Sink);

impl Sink for To<'_> {
    fn effect(&mut self, effect: Effect) {
        self.0.effect(effect);
    }

    fn note(&mut self, rule: crate::rules::RuleId, event: agent::Event) {
        self.0.note(rule, event);
    }
}

impl ForeignAgent for Ours {
    fn handle(&mut self, cx: &Context<'_>, now: Now, input: &Input<'_>, out: &mut dyn Sink) {
        let _ = self.0.handle(cx, now, *input, &mut To(out));
    }

    fn next(&self) -> (Option<Awake>, Option<Wall>) {
        let wake = self.0.wake();
        (wake.awake.map(|(at, _)| at), wake.wall.map(|(at, _)| at))
    }

    fn save(&self) -> Vec<u8> {
        self.0.snapshot().as_bytes().to_vec()
    }

    fn load(&mut self, file: Option<&[u8]>) -> Result<(), Refusal> {
        match file {
            Some(file) => self.0.begin_with(file),
            None => {
                self.0 = self.0.without_state();
                Ok(())
            }
        }
    }
}

fn ours() -> Foreign<Ours> {
    Foreign::new(Ours(Agent::absent()))
}

#[test]
fn our_agent_behind_the_adapter_breaks_nothing() {
    let base = Base::office();
    let ground = Ground::with_agent(&base, &ours).expect("the office can be cast");
    let found = hunt_on(&ground, &Options { seeds: 1..401, ..Options::default() });
    assert!(found.failure.is_none(), "{:#?}", found.failure);
    assert!(found.coverage.goals.values().all(|reached| *reached > 0), "{:?}", found.coverage.goals);
}

#[test]
fn windows_knows_what_our_agent_knows() {
    let base = Base::office();
    let ground = Ground::with_agent(&base, &ours).expect("the office can be cast");
    for seed in 1..101 {
        let case = Case::draw(&ground, seed);
        let watched = ground.watch_world(&case, |world, _, _| {
            let Foreign { agent: Ours(agent), windows, .. } = world.device().agent();
            assert_eq!(windows.version, agent.version(), "seed {seed}");
            assert_eq!(windows.is_running, agent.is_running(), "seed {seed}");
            assert_eq!(windows.is_broken, agent.is_broken(), "seed {seed}");
            if windows.version.is_some() {
                assert_eq!(windows.start_type, agent.start_type(), "seed {seed}");
            }
            Ok(())
        });
        assert!(watched.is_ok(), "{watched:?}");
    }
}

#[test]
fn judges_notice_the_same_faults_behind_the_adapter() {
    let mut unnoticed = Vec::new();
    // T6 is about timers, which an agent that is not ours does not show; one that is not on its device is asked for none. Whether the service runs is known to Windows; who
    // acts without it is in a state that cannot be (C3).
    let told = |(sabotage, invariant, seeds)| match (sabotage, invariant) {
        (_, Invariant::T6) | (Sabotage::LeavesATimer, _) => None,
        (_, Invariant::X3) => Some((sabotage, Invariant::C3, seeds)),
        _ => Some((sabotage, invariant, seeds)),
    };
    for (sabotage, invariant, seeds) in CAUGHT.into_iter().filter_map(told) {
        let options = Options { seeds: 1..1 + seeds, threads: 1, invariants: vec![invariant], stop: None };
        let base = base_of(invariant);
        let ground = Ground::with_agent(&base, &ours).expect("the office can be cast");
        match with(sabotage, || hunt_on(&ground, &options)).failure {
            Some((_, failure)) => assert_eq!(failure.violation.invariant, invariant, "{sabotage:?}"),
            None => unnoticed.push((sabotage, invariant)),
        }
    }
    assert!(unnoticed.is_empty(), "not noticed: {unnoticed:?}");
}
