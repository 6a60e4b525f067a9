//! `imesim explain`: why one device is as it is at one moment.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{FleetSize, ScenarioArgs};
use crate::time::Span;

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The scenario file.
    file: PathBuf,
    /// The device: its name, or its number from 0.
    #[arg(long, value_name = "D")]
    device: String,
    /// The moment, as an offset from the start such as 2h30m; by default the end of the run.
    #[arg(long, value_name = "T")]
    at: Option<Span>,
    #[command(flatten)]
    size: FleetSize,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

pub(super) fn explain(args: &ExplainArgs) -> Result<ExitCode, String> {
    let scenario = args.scenario.load(&args.file, &args.size)?;
    let at = args.at.unwrap_or(scenario.plan.duration);
    let explanation = scenario.explain(&args.device, at).map_err(|error| error.to_string())?;
    super::ignore_closed_pipe(write!(io::stdout().lock(), "{explanation}"))?;
    Ok(ExitCode::SUCCESS)
}
