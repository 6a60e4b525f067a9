//! The conformance pack: everything that is known to go wrong with agents like this one, for any agent in the place of ours.
//!
//! It has three parts. The *starters* are the situations in which such agents went wrong, each with every judge
//! ([`starters`]). The *random worlds* are those of a [`hunt`](super::hunt). The *kills* end the agent's process after each of its
//! effects in turn, on each device of the hunt's office.
//!
//! ```
//! use imesim::agent::Agent;
//! use imesim::check::conformance::conformance;
//! use imesim::check::hunt::Options;
//!
//! let report = conformance(&Agent::absent, &Options { seeds: 1..20, ..Options::default() })?;
//! assert!(report.is_kept(), "{report}");
//! # Ok::<(), imesim::check::conformance::ConformanceError>(())
//! ```
//!
//! Agents that are not written in Rust have the [vectors](super::vectors) of the same starters.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use super::hunt::{Base, Case, Coverage, Failure, Found, Ground, Options, hunt_on, kill_at_every_step};
use super::invariant::starters;
use crate::device::AgentMachine;
use crate::scenario::{Overrides, ScenarioError, TRACED_MAX};
use crate::sim::CastError;

/// Why the pack could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConformanceError {
    /// The devices of a world cannot be resolved.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// A world cannot be read.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
}

/// One part of the pack, and what came of it.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name: of a starter its number and file.
    pub name: String,
    /// How many worlds were run, up to the first that failed.
    pub runs: u64,
    /// The first failure, with the world in which it came about.
    pub failure: Option<(Case, Failure)>,
}

/// What came of all parts.
#[derive(Clone, Debug)]
pub struct Report {
    /// Starters by number, then random worlds, then kills.
    pub parts: Vec<Part>,
    /// What random worlds and kills reached.
    pub coverage: Coverage,
    /// False if somebody ended the pack early: parts are missing.
    pub is_whole: bool,
}

impl Report {
    /// True if all parts were run and nothing broke.
    pub fn is_kept(&self) -> bool {
        self.is_whole && self.parts.iter().all(|part| part.failure.is_none())
    }
}

/// A table with a line for each part.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<45} {:>7}  outcome", "part", "worlds")?;
        for Part { name, runs, failure } in &self.parts {
            let outcome =
                failure.as_ref().map_or_else(|| "kept".to_owned(), |(_, failure)| failure.violation.to_string());
            writeln!(f, "{name:<45} {runs:>7}  {outcome}")?;
        }
        let failed = self.parts.iter().filter(|part| part.failure.is_some()).count();
        let early = if self.is_whole { "" } else { "; ended early" };
        writeln!(f, "{} parts, {failed} failed{early}", self.parts.len())
    }
}

/// Runs the whole pack with agents that `agent` makes, none of them on its device yet. The options say which random worlds,
/// which invariants if not all that a world's profile promises, how many threads, and when to end early.
///
/// # Errors
/// [`ConformanceError`], which no agent can bring about.
pub fn conformance<A: AgentMachine>(
    agent: &(dyn Fn() -> A + Sync),
    options: &Options<'_>,
) -> Result<Report, ConformanceError> {
    let mut report = Report { parts: Vec::new(), coverage: Coverage::default(), is_whole: true };
    let is_stopped = || options.stop.is_some_and(|stop: &AtomicBool| stop.load(Ordering::Relaxed));
    for starter in starters() {
        for (file, text) in starter.texts() {
            let base = Base::parse(text, file, &Overrides::default())?;
            let ground = Ground::with_agent(&base, agent)?;
            // The others are fleets, and about the service.
            if ground.devices() <= TRACED_MAX && !is_stopped() {
                report.parts.push(story(format!("S-{:02} {file}", starter.number), &ground, options));
            }
        }
    }
    let office = Base::office();
    let ground = Ground::with_agent(&office, agent)?;
    report.add("random worlds".to_owned(), hunt_on(&ground, options));
    for device in 0..ground.devices() {
        let every_effect = Options { seeds: 1..u64::MAX, ..options.clone() };
        let name = ground.cast().name(device).unwrap_or_default();
        report.add(format!("kills on {name}"), kill_at_every_step(&ground, device, &every_effect));
    }
    report.is_whole = !is_stopped();
    Ok(report)
}

impl Report {
    fn add(&mut self, name: String, found: Found) {
        let Found { seeds: runs, coverage, failure } = found;
        self.coverage = std::mem::take(&mut self.coverage).merged(coverage);
        self.parts.push(Part { name, runs, failure });
    }
}

/// Every device of a starter, up to the first that fails. What must happen at last has happened by the end of its file.
fn story<A: AgentMachine>(name: String, ground: &Ground<'_, A>, options: &Options<'_>) -> Part {
    let plan = ground.plan();
    let mut part = Part { name, runs: 0, failure: None };
    while part.failure.is_none() && part.runs < ground.devices() {
        let case = Case::calm(plan.seed, part.runs, plan.duration, plan.duration);
        let mut court = options.court(&plan.profile);
        let outcome = ground.watch(&case, |seen, is_over| if is_over { court.end(seen) } else { court.step(seen) });
        part.runs += 1;
        part.failure = outcome.err().map(|failure| (case, failure));
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Agent;
    use crate::check::invariant::Invariant;
    use crate::sabotage::{Sabotage, switched::with};

    fn run(options: &Options<'_>) -> Report {
        conformance(&Agent::absent, options).expect("the pack can be run")
    }

    #[test]
    fn an_agent_that_forgets_its_timers_fails_in_every_kind_of_part() {
        let report = with(Sabotage::NoTimers, || run(&Options { seeds: 1..50, threads: 1, ..Options::default() }));
        assert!(!report.is_kept());
        let failed = |kind: &str| report.parts.iter().any(|part| part.name.starts_with(kind) && part.failure.is_some());
        assert!(["S-", "random worlds", "kills on"].into_iter().all(failed), "{report}");
        assert!(report.to_string().contains(" is broken: "), "{report}");
    }

    #[test]
    fn only_what_is_asked_for_is_judged() {
        let options = Options { seeds: 1..3, threads: 1, invariants: vec![Invariant::A3], ..Options::default() };
        let report = with(Sabotage::NoTimers, || run(&options));
        assert!(report.is_kept(), "{report}");
    }

    #[test]
    fn a_pack_that_is_stopped_says_so() {
        let stop = AtomicBool::new(true);
        let report = run(&Options { stop: Some(&stop), ..Options::default() });
        assert!(!report.is_whole && !report.is_kept());
        assert!(report.to_string().contains("ended early"), "{report}");
    }
}
