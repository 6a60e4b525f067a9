//! `imesim explain`: why one device is as it is at one moment, or why the agent is not on a real one.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::facts::AssumeArgs;
use super::{FleetSize, ScenarioArgs};
use crate::time::Span;

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The scenario file.
    #[arg(required_unless_present = "facts", conflicts_with = "facts")]
    file: Option<PathBuf>,
    /// Explains a real device instead, from files that it wrote: see `imesim facts`.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["device", "at", "population", "devices", "days", "seed"])]
    facts: Vec<PathBuf>,
    #[command(flatten)]
    assume: AssumeArgs,
    /// Prints JSON; with `--facts` only.
    #[arg(long, requires = "facts")]
    json: bool,
    /// The device: its name, or its number from 0.
    #[arg(long, value_name = "D", required_unless_present = "facts")]
    device: Option<String>,
    /// The moment, as an offset from the start such as 2h30m; by default the end of the run.
    #[arg(long, value_name = "T")]
    at: Option<Span>,
    #[command(flatten)]
    size: FleetSize,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

pub(super) fn explain(args: &ExplainArgs) -> Result<ExitCode, String> {
    let (Some(file), Some(device)) = (&args.file, &args.device) else {
        return super::facts::explain(&args.facts, &args.assume, args.json, &args.scenario);
    };
    let scenario = args.scenario.load(file, &args.size)?;
    let at = args.at.unwrap_or(scenario.plan.duration);
    let explanation = scenario.explain(device, at).map_err(|error| error.to_string())?;
    super::ignore_closed_pipe(write!(io::stdout().lock(), "{explanation}"))?;
    Ok(ExitCode::SUCCESS)
}
