//! Hunting: random worlds full of faults, with every judge looking on.
//!
//! A seed draws which faults there are in its world, how often they come, and when (*swarm*): a world with two kinds of fault
//! finds what one with twenty hides. After the time of faults comes a quiet phase, in which everything is repaired, and in
//! which what must happen at last has to happen. What a seed draws is written out as events, so that a failure can be made
//! small, and kept, and survives changes of the code.
//!
//! ```
//! use imesim::check::hunt::{Base, Options, hunt};
//!
//! let base = Base::office();
//! let found = hunt(&base, &Options { seeds: 1..9, ..Options::default() })?;
//! assert!(found.failure.is_none(), "{:?}", found.failure);
//! assert!(found.coverage.rules.len() > 40);
//! # Ok::<(), imesim::sim::CastError>(())
//! ```
//!
//! | file | owns |
//! |---|---|
//! | `fault` | the kinds of faults, and what each does to a device |
//! | `swarm` | what a seed draws |
//! | `case` | one device with its events and faults, ready to run |
//! | `draft` | how a case is drawn and put in order |
//! | `ground` | running a case under the eyes of its judges |
//! | `watcher` | what happens in a step |
//! | `sight` | what the judges see after it |
//! | `stage` | what many cases use one after the other |
//! | `coverage` | what was reached |
//! | `kill` | killing the agent after each of its effects |
//! | `minimize` | making a failing case small |
//! | `token` | a failure in one line |
//! | `write` | a case as a scenario file |

mod case;
mod coverage;
mod draft;
mod fault;
mod ground;
mod kill;
mod minimize;
mod sight;
mod stage;
mod swarm;
#[cfg(test)]
pub(in crate::check) mod tests;
mod token;
mod watcher;
mod write;

use std::ops::Range;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub use case::{Case, CaseFault, Event};
pub use coverage::{Coverage, GOALS};
use draft::Draft;
pub use fault::Fault;
pub use ground::{Failure, Ground};
pub use kill::kill_at_every_step;
pub use minimize::minimize;
use stage::Stage;
pub use swarm::Swarm;
pub use token::{Token, TokenError};
pub use write::scenario_of;

use super::invariant::{Court, Invariant};
use crate::device::AgentMachine;
use crate::profile::Profile;
use crate::scenario::{Overrides, Scenario, ScenarioError};
use crate::sim::CastError;
use crate::threads::together;
use crate::time::Span;

/// The world in which a hunt begins.
#[derive(Clone, Debug)]
pub struct Base {
    /// Its text, from which failing cases are written.
    pub text: String,
    /// The same, ready to run.
    pub scenario: Scenario,
}

impl Base {
    /// The world of a scenario file.
    ///
    /// # Errors
    /// As [`Scenario::parse`].
    pub fn parse(text: &str, file_name: &str, overrides: &Overrides) -> Result<Self, ScenarioError> {
        Ok(Self { text: text.to_owned(), scenario: Scenario::parse(text, file_name, overrides)? })
    }

    /// The world that is there if no file is given: four devices of an office.
    #[allow(clippy::missing_panics_doc, clippy::expect_used, reason = "a test reads the file that is compiled in")]
    pub fn office() -> Self {
        Self::parse(OFFICE, "office.toml", &Overrides::default()).expect("the office is right")
    }

    /// The same office with agents of a profile, which its text names, so that what is found there can be kept.
    ///
    /// # Errors
    /// As [`Scenario::parse`], where there is no such profile or the overrides are wrong.
    pub fn office_of(profile: &str, overrides: &Overrides) -> Result<Self, ScenarioError> {
        Self::parse(&format!("profile = {profile:?}\n\n{OFFICE}"), "office.toml", overrides)
    }
}

const OFFICE: &str = include_str!("worlds/office.toml");

/// How a hunt is made.
#[derive(Clone, Debug)]
pub struct Options<'o> {
    /// The seeds, each a world of its own.
    pub seeds: Range<u64>,
    /// How many threads; 0 for as many as there are cores. Where the system gives fewer, or none, those that there are do it all.
    /// Results do not depend on it.
    pub threads: usize,
    /// The invariants that are judged; empty for all that have a judge and that the profile promises.
    pub invariants: Vec<Invariant>,
    /// Set by somebody who wants the hunt to end.
    pub stop: Option<&'o AtomicBool>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { seeds: 1..1_001, threads: 0, invariants: Vec::new(), stop: None }
    }
}

impl Options<'_> {
    /// The judges. Who names an invariant has it judged whether the profile promises it or not.
    pub fn court(&self, profile: &Profile) -> Court {
        if self.invariants.is_empty() { Court::of(profile) } else { Court::new().only(&self.invariants) }
    }
}

/// What a hunt came to.
#[derive(Clone, Debug)]
pub struct Found {
    /// How many worlds were run.
    pub seeds: u64,
    /// What was reached.
    pub coverage: Coverage,
    /// The failure of the lowest seed, or number, that has one.
    pub failure: Option<(Case, Failure)>,
}

/// Hunts until the seeds are used up, somebody wants it to end, or a seed fails. Of several that fail, the lowest is kept, so
/// the outcome is the same on any number of threads as long as nobody stops it.
///
/// # Errors
/// [`CastError`] if the populations of the world cannot be resolved.
pub fn hunt(base: &Base, options: &Options<'_>) -> Result<Found, CastError> {
    Ok(hunt_on(&Ground::new(base)?, options))
}

/// [`hunt`] on a ground that is there already, with the agent that it has.
pub fn hunt_on<A: AgentMachine>(ground: &Ground<'_, A>, options: &Options<'_>) -> Found {
    run_cases(ground, options, options.seeds.clone(), |seed, draft, case| draft.draw(ground, seed, case))
}

/// Runs one case for each number, which is put in the place of the one before, on all threads, until one fails.
fn run_cases<A: AgentMachine>(
    ground: &Ground<'_, A>,
    options: &Options<'_>,
    numbers: Range<u64>,
    put_case: impl Fn(u64, &mut Draft, &mut Case) + Sync,
) -> Found {
    let (next, failed) = (AtomicU64::new(numbers.start), AtomicU64::new(u64::MAX));
    let best: Mutex<Option<(u64, Case, Failure)>> = Mutex::new(None);
    let worker = || {
        let mut stage = Stage::new(ground.plan());
        let mut case = Case::calm(0, 0, Span::ZERO, Span::ZERO);
        let mut court = options.court(&ground.plan().profile);
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let is_over = number >= numbers.end || number > failed.load(Ordering::Relaxed);
            if is_over || options.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                let mut coverage = Coverage::default();
                stage.tell(&mut coverage);
                return (stage.cases(), coverage);
            }
            put_case(number, &mut stage.draft, &mut case);
            court.begin_anew();
            if let Err(failure) = ground.run_on(&mut stage, &case, &mut court) {
                failed.fetch_min(number, Ordering::Relaxed);
                let mut best = best.lock().unwrap_or_else(PoisonError::into_inner);
                if best.as_ref().is_none_or(|(other, ..)| number < *other) {
                    *best = Some((number, case.clone(), failure));
                }
            }
        }
    };
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let parts = together(threads, |_| worker()).into_iter();
    let sum = |(seeds, coverage): (u64, Coverage), (more, reached)| (seeds + more, coverage.merged(reached));
    let (seeds, coverage) = parts.reduce(sum).unwrap_or_default();
    let failure = best.into_inner().unwrap_or_else(PoisonError::into_inner).map(|(_, case, failure)| (case, failure));
    Found { seeds, coverage, failure }
}
