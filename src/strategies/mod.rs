//! Strategies for [`proptest`]: random profiles and facts, inputs with their clocks, scenarios, and fault plans. With the feature
//! `proptest`.
//!
//! What an agent is given, one input after another, with passages of time, answers that fit or do not, and kills:
//!
//! ```
//! use imesim::agent::Agent;
//! use imesim::strategies::{Player, settings, steps};
//! use proptest::prelude::*;
//! use proptest::test_runner::{Config, TestRunner};
//!
//! TestRunner::new(Config { failure_persistence: None, ..Config::default() }).run(&(settings(), steps(200)), |(setting, steps)| {
//!     let mut player = Player::new(&setting, Agent::absent());
//!     for step in &steps {
//!         player.play(step);
//!         prop_assert_eq!(player.agent().check_invariants(), Ok(()));
//!     }
//!     Ok(())
//! })?;
//! # Ok::<(), proptest::test_runner::TestError<(imesim::strategies::Setting, Vec<imesim::strategies::Step>)>>(())
//! ```
//!
//! A device in a world of its own, with a plan of faults, under every judge:
//!
//! ```
//! use imesim::check::hunt::{Coverage, Ground};
//! use imesim::check::invariant::Court;
//! use imesim::strategies::{cases, scenarios};
//! use proptest::prelude::*;
//! use proptest::test_runner::{Config, TestRunner};
//!
//! let worlds = scenarios().prop_flat_map(|base| (Just(base), cases()));
//! TestRunner::new(Config { cases: 20, failure_persistence: None, ..Config::default() }).run(&worlds, |(base, plan)| {
//!     let ground = Ground::new(&base).map_err(|error| TestCaseError::fail(error.to_string()))?;
//!     let (case, mut court) = (plan.on(&ground), Court::of(&ground.plan().profile));
//!     let outcome = ground.run(&case, &mut court, &mut Coverage::default());
//!     prop_assert!(outcome.is_ok(), "{outcome:?}\n{}", base.text);
//!     Ok(())
//! }).map_err(|error| error.to_string())?;
//! # Ok::<(), String>(())
//! ```
//!
//! Everything shrinks as usual: steps, events and entries of a scenario are left out, figures go back to their defaults.
//!
//! | file | owns |
//! |---|---|
//! | `values` | lengths of time, users, figures, facts: what is true of a device |
//! | `content` | what can be assigned, and answers that assign it |
//! | `steps` | what an agent is given |
//! | `player` | giving it to an agent, with the clocks and tokens that belong to it |
//! | `worlds` | scenarios, and plans of faults |

mod content;
mod player;
mod steps;
#[cfg(test)]
mod tests;
mod values;
mod worlds;

pub use content::library;
pub use player::{Played, Player};
pub use steps::{End, Passage, Reply, Step, step, steps};
pub use values::{Setting, chances, facts, failures, profiles, settings, spans, users};
pub use worlds::{CasePlan, cases, scenarios};
