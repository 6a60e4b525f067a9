//! The program `imesim`: commands around the library, and nothing that the library does not do itself.

mod check;
mod compare;
mod conformance;
mod diff;
mod explain;
mod facts;
mod fleet;
mod fleet_table;
mod hunt;
mod hunt_text;
mod invariants;
mod logs;
mod logs_model;
mod run;
#[cfg(feature = "serve")]
mod serve;
mod study;
mod sweep;
mod tables;
mod vectors;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::out::ignore_closed_pipe;
use crate::scenario::{Overrides, Scenario};
use crate::time::Span;

/// The lifecycle of the Intune Management Extension, simulated.
#[derive(Debug, Parser)]
#[command(name = "imesim", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a scenario with one or a few devices, prints its transcript and checks its expectations.
    Run(run::RunArgs),
    /// Runs a scenario with many devices and prints when they were done, who is not and why, and the service's load.
    Fleet(fleet::FleetArgs),
    /// Compares two fleets on the same seeds: two files, or one file under two readings.
    Compare(compare::CompareArgs),
    /// Runs a fleet once for each value of a parameter and prints a table of the outcomes.
    Sweep(sweep::SweepArgs),
    /// Explores every future of a small world and judges what must hold.
    Check(check::CheckArgs),
    /// Explains why the agent is or is not on a device, what each item waits for, and when each timer fires.
    Explain(explain::ExplainArgs),
    /// Prints what a real device says of itself, from files that it wrote: each fact with its sources, or why it is not known.
    Facts(facts::FactsArgs),
    /// Runs a scenario under two readings and prints where they part first and what ends differently.
    Diff(diff::DiffArgs),
    /// Hunts for what breaks an invariant: random worlds full of faults, with every judge looking on.
    Hunt(hunt::HuntArgs),
    /// Shows a failure again: from a replay token, or from the scenario file that a hunt wrote.
    Replay(hunt::ReplayArgs),
    /// Runs the conformance pack: known situations, random worlds and kills, with every judge looking on.
    Conformance(conformance::ConformanceArgs),
    /// Lists the invariants: what each says, where it is held, and the bugs that it was learned from.
    Invariants(invariants::InvariantsArgs),
    /// Reads log files of a real agent and tells what happened, why, what never ended and what is odd.
    Logs(logs::LogsArgs),
    /// Writes what the agent does in a story as JSON lines, a test for agents in other languages.
    Vectors(vectors::VectorsArgs),
    /// Lists every parameter.
    Params(tables::ParamsArgs),
    /// Lists every rule.
    Rules(tables::RulesArgs),
    /// Lists the populations that come with the program, or prints one.
    Populations(tables::PopulationsArgs),
    /// Prints the JSON Schema of scenario files.
    Schema,
    /// Answers real agents over HTTP as a scenario says, with a page for admins.
    #[cfg(feature = "serve")]
    Serve(serve::ServeArgs),
}

/// What changes a scenario from the command line.
#[derive(Clone, Debug, Args)]
pub(crate) struct ScenarioArgs {
    /// Seed of every draw, in place of the file's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Profile to begin with, in place of the file's: default, seed_strict, observed_2025 or hardened.
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Sets one parameter, such as ime.script_interval=1h; may be given several times. See `imesim params`.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = name_value)]
    pub(crate) set: Vec<(String, String)>,
}

/// Which fleet it is, where that is not as the file says.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct FleetSize {
    /// A population that comes with the program, in place of the file's: see `imesim populations`.
    #[arg(long, value_name = "NAME")]
    pub(crate) population: Option<String>,
    /// How many devices the populations have together, in place of the file's; proportions stay.
    #[arg(long, value_name = "N")]
    pub(crate) devices: Option<u64>,
    /// How many days are simulated, in place of the file's duration.
    #[arg(long, value_name = "D")]
    pub(crate) days: Option<u64>,
}

impl FleetSize {
    /// The overrides and what this says.
    pub(crate) fn on(&self, overrides: Overrides) -> Overrides {
        Overrides {
            population: self.population.clone(),
            devices: self.devices,
            duration: self.days.map(Span::days),
            ..overrides
        }
    }
}

fn name_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.trim().to_owned())),
        Some(_) | None => Err("write it as name=value, such as ime.script_interval=1h".to_owned()),
    }
}

impl ScenarioArgs {
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides { profile: self.profile.clone(), seed: self.seed, set: self.set.clone(), ..Overrides::default() }
    }

    pub(crate) fn load(&self, file: &std::path::Path, size: &FleetSize) -> Result<Scenario, String> {
        Scenario::load(file, &size.on(self.overrides())).map_err(|error| error.to_string())
    }
}

/// Runs the program: 0 for success, 1 for a failed expectation (or with `diff --exit-code` for a difference), 2 for
/// anything that could not be done.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Fleet(args) => fleet::fleet(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Check(args) => check::check(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Facts(args) => facts::facts(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Hunt(args) => hunt::run(&args),
        Command::Replay(args) => hunt::replay(&args),
        Command::Conformance(args) => conformance::run(&args),
        Command::Invariants(args) => invariants::print(&args),
        Command::Logs(args) => logs::print(&args),
        Command::Vectors(args) => vectors::print(&args),
        Command::Params(args) => tables::print_params(&args),
        Command::Rules(args) => tables::print_rules(&args),
        Command::Populations(args) => tables::print_populations(&args),
        Command::Schema => tables::print_schema(),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(message) => {
            eprintln!("imesim: {message}");
            ExitCode::from(2)
        }
    }
}
