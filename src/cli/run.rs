//! `imesim run`: a scenario, its transcript and its expectations.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::study::StudyArgs;
use super::{FleetSize, ScenarioArgs};
use crate::log::write::{WriteError, Written, write_logs};
use crate::scenario::{Outcome, Scenario};
use crate::sim::Cast;
use crate::sim::busy::Windows;

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The scenario file.
    file: PathBuf,
    /// Runs only this device: its name, or its number from 0 (as in a fleet).
    #[arg(long)]
    device: Option<String>,
    /// Prints every line, also those that the file's `[story]` leaves out of the transcript.
    #[arg(long)]
    all: bool,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Transcript)]
    format: Format,
    /// Writes the agent's log files into this folder, too: into a folder for each device if there are several.
    #[arg(long, value_name = "DIR")]
    logs: Option<PathBuf>,
    /// Deletes the agent's logs that are in the folder already.
    #[arg(long, requires = "logs")]
    force: bool,
    #[command(flatten)]
    size: FleetSize,
    #[command(flatten)]
    study: StudyArgs,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// One line per event, to be read.
    Transcript,
    /// One JSON object per event.
    Jsonl,
    /// One JSON document: events, states at the end, failed expectations, digest.
    Json,
}

pub(super) fn run(args: &RunArgs) -> Result<ExitCode, String> {
    let scenario = args.scenario.load(&args.file, &args.size)?;
    // How busy the service is depends on all devices, also for a transcript of one.
    let windows = if scenario.plan.limits.is_limited() {
        let study = args.study.run(&scenario, 1, "all devices")?.study;
        if study.is_partial() {
            return Err("interrupted; how busy the service was is not known to the end".to_owned());
        }
        study.first().windows.clone()
    } else {
        Windows::default()
    };
    let outcome = scenario.run_under(args.device.as_deref(), &windows).map_err(|error| error.to_string())?;
    if let Some(folder) = &args.logs {
        logs(&scenario, args, folder, &windows)?;
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match args.format {
        Format::Transcript => transcript(&mut out, &scenario, args.all, &outcome),
        Format::Jsonl => outcome.lines.iter().try_for_each(|line| writeln!(out, "{}", line.json())),
        Format::Json => document(&mut out, &scenario.title, scenario.plan.seed, &outcome),
    };
    super::ignore_closed_pipe(written.and_then(|()| out.flush()))?;
    for failed in &outcome.failed {
        eprintln!("{failed}");
    }
    if outcome.failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{} of {} expectations failed", outcome.failed.len(), scenario.expectations.len());
    Ok(ExitCode::from(1))
}

/// Writes the logs of the devices that are run, and says where they are.
fn logs(scenario: &Scenario, args: &RunArgs, folder: &Path, windows: &Windows) -> Result<(), String> {
    let cast = Cast::new(&scenario.plan).map_err(|error| error.to_string())?;
    let devices = match args.device.as_deref().and_then(|name| cast.find(name)) {
        Some(number) => number..number + 1,
        None => 0..cast.count(),
    };
    let written = write_logs(&scenario.plan, devices, windows, folder, args.force).map_err(|error| match error {
        WriteError::Occupied { .. } => format!("{error}; --force deletes them"),
        WriteError::Cast(_) | WriteError::Disk(_) | WriteError::Lost { .. } => error.to_string(),
    })?;
    for Written { device, folder, records } in &written {
        eprintln!("{records} records of {device} in {}", folder.display());
    }
    Ok(())
}

fn transcript(out: &mut impl Write, scenario: &Scenario, all: bool, outcome: &Outcome) -> io::Result<()> {
    writeln!(out, "# {} (seed {})", scenario.title, scenario.plan.seed)?;
    let width = outcome.lines.iter().map(|line| line.device.len()).max().unwrap_or(0);
    let mut left_out = 0_usize;
    for line in &outcome.lines {
        if all || scenario.story.shows(line) {
            writeln!(out, "{}", line.text(width))?;
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        writeln!(out, "# {left_out} more lines with --all")?;
    }
    writeln!(out, "# {} events, digest {}", outcome.events, outcome.digest)
}

fn document(out: &mut impl Write, title: &str, seed: u64, outcome: &Outcome) -> io::Result<()> {
    let lines: Vec<_> = outcome.lines.iter().map(crate::sim::trace::Line::json).collect();
    let failed: Vec<_> = outcome.failed.iter().map(ToString::to_string).collect();
    let document = json!({
        "title": title, "seed": seed, "events": lines, "devices": outcome.finals, "failed": failed,
        "digest": outcome.digest, "inputs": outcome.events,
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}
