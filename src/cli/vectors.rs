//! `imesim vectors`: what the agent does in a story, as JSON lines for agents in other languages.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{FleetSize, ScenarioArgs};
use crate::check::vectors;
use crate::sim::Cast;

const EXAMPLES: &str = "Examples:
  imesim vectors examples/scenarios/failing-script.toml > failing-script.jsonl
  imesim vectors tests/scenarios/starter/s-01-clock-set-back.toml --device pc1";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct VectorsArgs {
    /// The scenario file.
    file: PathBuf,
    /// The device, by name; the first if not given.
    #[arg(long)]
    device: Option<String>,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

pub(super) fn print(args: &VectorsArgs) -> Result<ExitCode, String> {
    let scenario = args.scenario.load(&args.file, &FleetSize::default())?;
    let device = match &args.device {
        Some(name) => name.clone(),
        None => {
            let cast = Cast::new(&scenario.plan).map_err(|error| error.to_string())?;
            cast.name(0).ok_or("the scenario has no device")?
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = vectors::write(&scenario, &device, &mut out);
    match written.and_then(|_| Ok(out.flush()?)) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(vectors::VectorsError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error.to_string()),
    }
}
