//! The lifecycle graph is true of the machines, and the diagrams that are drawn from it are up to date.
#![allow(clippy::disallowed_methods, reason = "it reads the README, and writes the diagram when asked to")]
#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail where it stands, and looks at the variants it is about"
)]

#[path = "properties/agent.rs"]
mod agent;
#[path = "properties/client.rs"]
mod client;
#[path = "properties/common.rs"]
mod common;
#[path = "properties/model.rs"]
mod model;
#[path = "properties/strategy.rs"]
mod strategy;

use std::cell::RefCell;
use std::collections::BTreeSet;

use agent::Moves;
use imesim::chance::Chance;
use imesim::facts::{AppsWorkload, Facts};
use imesim::lifecycle::{Machine, Phase, TRANSITIONS, dot, graph, mermaid};
use imesim::profile::Profile;
use imesim::protocol::{PolicyId, RunAs, ScriptPolicy, Target, UserId};
use imesim::time::Span;

/// What the machines do in many random lives.
fn observed() -> Moves {
    let moves = RefCell::new(Moves::new());
    let agents = common::run(11, 6_000, &strategy::case(strategy::agent_step(), 160), |(setting, steps), suite| {
        let mut driver = agent::Driver::new(&setting, suite);
        driver.begin()?;
        let result = steps.iter().try_for_each(|step| driver.step(step));
        moves.borrow_mut().extend(driver.moves);
        result
    });
    let clients = common::run(12, 2_000, &strategy::case(strategy::client_step(), 160), |(setting, steps), suite| {
        let mut driver = client::Driver::new(&setting, suite);
        let result = steps.iter().try_for_each(|step| driver.step(step));
        moves.borrow_mut().extend(driver.moves);
        result
    });
    held_scripts_that_wait_for_a_user(&moves);
    a_user_who_leaves_ends_a_look_for_an_app(&moves);
    common::passes(&agents, 100_000);
    common::passes(&clients, 50_000);
    moves.into_inner()
}

/// A rare one: maintenance wake ends, nothing that it held can run, and no app check-in follows.
fn held_scripts_that_wait_for_a_user(moves: &RefCell<Moves>) {
    use imesim::agent::SessionChange::{SignIn, SignOut};
    use strategy::{AgentStep, Pick, Reply};
    let facts = Facts { apps_workload: Some(AppsWorkload::ConfigurationManager), ..Facts::default() };
    let setting = common::Setting {
        profile: Profile::default().without_jitter(),
        facts,
        chance: Chance::Lowest,
        library: imesim::content::Library::default(),
        enrolled: None,
        zone: imesim::time::Zone::utc(),
    };
    let script =
        ScriptPolicy { id: PolicyId(0), revision: 1, target: Target::User, run_as: RunAs::User, bitness_change: false };
    let answer = |place, scripts: &[ScriptPolicy]| AgentStep::Answer {
        pick: Pick::Pending(place),
        reply: Reply::Fitting { scripts: scripts.to_vec(), work: 0 },
        skew: 0,
    };
    let next = || AgentStep::Pass(common::Passage::ToDeadline(Span::ZERO));
    let steps = [
        next(),
        answer(0, &[]),
        answer(0, &[]),
        answer(0, &[]),
        AgentStep::Session(SignIn(UserId(1))),
        next(),
        answer(1, &[]),
        answer(1, &[]),
        AgentStep::DarkWake(true),
        answer(0, &[script]),
        AgentStep::Session(SignOut(UserId(1))),
        AgentStep::DarkWake(false),
    ];
    let mut suite = common::Suite::default();
    let mut driver = agent::Driver::new(&setting, &mut suite);
    driver.begin().expect("the service starts");
    steps.iter().try_for_each(|step| driver.step(step)).expect("the steps keep every promise");
    moves.borrow_mut().extend(driver.moves);
}

/// Another: a user signs out while the last app of a check-in is looked for in that user's session (B-7.7).
fn a_user_who_leaves_ends_a_look_for_an_app(moves: &RefCell<Moves>) {
    use imesim::agent::SessionChange::{SignIn, SignOut};
    use strategy::{AgentStep, Pick, Reply};
    let mut library = imesim::content::Library::default();
    agent::apps::fill(&mut library);
    let setting = common::Setting {
        profile: Profile::default().without_jitter(),
        facts: Facts::default(),
        chance: Chance::Lowest,
        library,
        enrolled: None,
        zone: imesim::time::Zone::utc(),
    };
    // The user-context app alone, wanted for the user.
    let app = 1 << 7 | 1 << 23;
    let answer = |work| AgentStep::Answer {
        pick: Pick::Pending(0),
        reply: Reply::Fitting { scripts: Vec::new(), work },
        skew: 0,
    };
    let steps = [
        AgentStep::Session(SignIn(UserId(1))),
        AgentStep::Pass(common::Passage::ToDeadline(Span::ZERO)),
        answer(0),
        answer(0),
        answer(0),
        answer(app),
        AgentStep::Session(SignOut(UserId(1))),
        AgentStep::Session(SignIn(UserId(1))),
        answer(app),
        AgentStep::Session(SignOut(UserId(1))),
    ];
    let mut suite = common::Suite::default();
    let mut driver = agent::Driver::new(&setting, &mut suite);
    driver.begin().expect("the service starts");
    steps.iter().try_for_each(|step| driver.step(step)).expect("the steps keep every promise");
    moves.borrow_mut().extend(driver.moves);
}

#[test]
fn the_machines_make_every_transition_of_the_table_and_no_other() {
    let table: Moves = TRANSITIONS.iter().map(|t| (t.from, t.on, t.to)).collect();
    assert_eq!(table.len(), TRANSITIONS.len(), "a transition stands in the table twice");
    let observed = observed();
    let unknown: Vec<_> = observed.difference(&table).collect();
    let unreached: Vec<_> = table.difference(&observed).collect();
    assert!(unknown.is_empty() && unreached.is_empty(), "not in the table: {unknown:#?}\nnever made: {unreached:#?}");
}

#[test]
fn every_transition_has_a_rule_and_stays_within_its_machine() {
    for transition in TRANSITIONS {
        assert!(transition.rule.rule().is_some(), "{transition} is by no rule of the catalogue");
        assert_eq!(transition.from.machine(), transition.to.machine(), "{transition}");
        assert_ne!(transition.from, transition.to, "{transition} changes nothing");
    }
}

/// C3: no dead phase, and no phase that cannot be reached.
#[test]
fn every_phase_can_be_reached_and_left() {
    let graph = graph();
    let components = petgraph::algo::tarjan_scc(&graph);
    assert_eq!(components.len(), Machine::ALL.len(), "each machine can go from any phase to any other");
    assert_eq!(graph.node_count(), Phase::ALL.len());
}

#[test]
fn the_diagrams_are_the_same_every_time() {
    assert_eq!((mermaid(), dot()), (mermaid(), dot()));
    assert!(dot().starts_with("digraph {") && dot().contains("label = \"checking in\""));
    let names: BTreeSet<&str> = Phase::ALL.iter().map(|phase| phase.name()).collect();
    assert_eq!(names.len(), Phase::ALL.len());
}

/// `IMESIM_WRITE=1 cargo test --test lifecycle` writes the module's diagram and prints nothing else to do.
#[test]
fn the_diagram_in_the_module_docs_is_the_generated_one() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lifecycle/diagram.md");
    let generated = fenced();
    if std::env::var_os("IMESIM_WRITE").is_some() {
        std::fs::write(file, &generated).expect("the diagram can be written");
    }
    let written = std::fs::read_to_string(file).expect("the module has a diagram");
    assert_eq!(written, generated, "run this test with IMESIM_WRITE=1");
}

#[test]
fn the_diagram_in_the_readme_is_the_generated_one() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("there is a README");
    let mut parts = readme.split("<!-- lifecycle -->");
    let (Some(_), Some(diagram), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        panic!("README.md has no diagram between two `<!-- lifecycle -->` markers");
    };
    let generated = fenced();
    assert_eq!(diagram.trim(), generated.trim(), "paste src/lifecycle/diagram.md between the markers");
}

fn fenced() -> String {
    format!("```mermaid\n{}```\n", mermaid())
}
