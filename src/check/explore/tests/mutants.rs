//! Small worlds into which a fault was put: each must be found, by a short way.

use super::*;
use crate::agent::Timer;
use crate::check::explore::models::ReadyMade;
use crate::check::explore::story::Story;
use crate::check::explore::world::{Budget, Small, State, Step};
use crate::device::{self, Action};
use crate::protocol::PolicyId;

/// A world with something wrong in it after each step.
struct Mutant<F> {
    small: Small,
    spoil: F,
}

impl<F: Fn(&Small, &mut State, Step) + Sync> Model for Mutant<F> {
    type State = State;
    type Step = Step;

    fn starts(&self) -> Vec<State> {
        self.small.starts()
    }

    fn steps(&self, state: &State, steps: &mut Vec<(Step, Kind)>) {
        self.small.steps(state, steps);
    }

    fn take(&self, state: &mut State, step: Step) {
        self.small.take(state, step);
        (self.spoil)(&self.small, state, step);
    }

    fn fingerprint(&self, state: &State) -> u128 {
        self.small.fingerprint(state)
    }

    fn properties(&self) -> &[Property] {
        self.small.properties()
    }

    fn holds(&self, state: &State) -> u16 {
        self.small.holds(state)
    }
}

fn explored(faults: u8, acts: u8, spoil: impl Fn(&Small, &mut State, Step) + Sync) -> (Small, Report) {
    explored_in("one-script", faults, acts, spoil)
}

fn explored_in(name: &str, faults: u8, acts: u8, spoil: impl Fn(&Small, &mut State, Step) + Sync) -> (Small, Report) {
    let small = ReadyMade::named(name).expect("it is there").small(Budget { faults, acts }).expect("it fits");
    let mutant = Mutant { small, spoil };
    let report = explore(&mutant, Bounds { states: 100_000, ..Bounds::default() });
    (mutant.small, report)
}

/// The first thing that was found: the property, how it does not hold, and how many steps show it.
fn found(report: &Report) -> (&str, Fault, usize) {
    let finding = report.findings.first().expect("something was found");
    (finding.property.name, finding.fault, finding.path.len())
}

#[test]
fn without_a_fault_nothing_is_found() {
    assert!(explored(1, 0, |_, _, _| ()).1.is_good());
}

/// C3: a request whose deadline is dropped is found where it is sent.
#[test]
fn a_request_without_a_deadline_is_found() {
    let (_, report) = explored(0, 0, |_, state, _| state.device.agent_mut().disarm(Timer::AnswerScript));
    assert_eq!(found(&report), ("C3", Fault::Broken, 7));
}

/// W1: an agent that forgets with its process what it has run runs it again.
#[test]
fn a_script_that_runs_again_is_found() {
    let forget = device::Input::Action(Action::ScriptRecordDelete(PolicyId(0)));
    let (_, report) = explored(1, 0, |small, state, step| {
        if step == Step::Kill {
            state.give(small, &forget);
        }
    });
    assert_eq!(found(&report), ("W1", Fault::Broken, 17));
}

/// D4: a service that forgets, while it sees no agent, what was assigned leaves one that arrives after the last assignment
/// has gone for ever. This is what it did once; the way is told as a scenario, and that scenario now ends well.
#[test]
fn an_agent_that_stays_for_ever_is_found() {
    let (small, report) = explored(0, 2, |_, state, _| {
        if !state.is_assigned() && state.device.agent().version().is_none() {
            state.ledger.forget_triggers();
        }
    });
    let (name, fault, steps) = found(&report);
    assert_eq!((name, steps), ("D4", 8));
    assert!(matches!(fault, Fault::Stranded { .. }), "{report}");
    let story = Story::new(&small, &report.findings[0].path, "An agent that stays").expect("the way fits");
    assert!(matches!(story, Story::Scenario(_)), "{}", story.text());
    let acts = "[[at]]\nat = \"1s\"\ndo = \"settings-sync\"\n\n[[at]]\nat = \"2s\"\ndo = \"unassign\"\n";
    assert!(story.text().contains(acts), "{}", story.text());
}

/// W1: a process that finds no file runs again what it has run. In this model nothing else is kept.
#[test]
fn a_file_that_is_never_written_is_found() {
    let (_, report) = explored_in("kills-script", 1, 0, |_, state, _| state.file = None);
    assert!(
        report.findings.iter().any(|found| found.property.name == "W1" && found.fault == Fault::Broken),
        "{report}"
    );
}

/// A sort of step that cannot be taken any more is named.
#[test]
fn a_sort_that_is_never_taken_is_found() {
    struct Without(Small);
    impl Model for Without {
        type State = State;
        type Step = Step;

        fn starts(&self) -> Vec<State> {
            self.0.starts()
        }

        fn steps(&self, state: &State, steps: &mut Vec<(Step, Kind)>) {
            self.0.steps(state, steps);
            steps.retain(|(step, _)| *step != Step::Kill);
        }

        fn take(&self, state: &mut State, step: Step) {
            self.0.take(state, step);
        }

        fn fingerprint(&self, state: &State) -> u128 {
            self.0.fingerprint(state)
        }

        fn properties(&self) -> &[Property] {
            self.0.properties()
        }

        fn holds(&self, state: &State) -> u16 {
            self.0.holds(state)
        }

        fn sorts(&self) -> &[&'static str] {
            self.0.sorts()
        }

        fn sort_of(&self, step: Step) -> Option<usize> {
            self.0.sort_of(step)
        }
    }
    let small = ReadyMade::named("kills-script").expect("it is there").small(Budget { faults: 1, acts: 0 });
    let report = explore(&Without(small.expect("it fits")), Bounds::default());
    let found: Vec<_> = report.findings.iter().map(|finding| (finding.property.name, finding.fault)).collect();
    assert_eq!(found, [("kill", Fault::NeverSeen)]);
    let kills = report.taken.iter().find(|(name, _)| *name == "kill-within");
    assert!(kills.is_some_and(|(_, times)| *times > 0), "{report}");
}
