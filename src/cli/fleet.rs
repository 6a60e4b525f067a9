//! `imesim fleet`: a rollout to many devices.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::fleet_table::table;
use super::study::{INTERRUPTED, StudyArgs, command, device_command, write_page};
use super::{FleetSize, ScenarioArgs};
use crate::fleet::OutcomeSink;
use crate::fleet::export::{Exporter, Format};
use crate::scenario::Scenario;

/// The scenario that is run when none is named.
const DEFAULT: &str = include_str!("../../examples/scenarios/rollout.toml");
const DEFAULT_NAME: &str = "examples/scenarios/rollout.toml";

#[derive(Debug, Args)]
pub(super) struct FleetArgs {
    /// The scenario file; without one, an embedded rollout of a script to 100,000 devices over 7 days.
    file: Option<PathBuf>,
    #[command(flatten)]
    size: FleetSize,
    /// How many seeds, from the scenario's on: one run each, for medians with bands. Default: 1, with --report 6.
    #[arg(long, value_name = "R")]
    runs: Option<u32>,
    /// Writes a page to look at, in one file that works offline.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Writes what was counted of the first seed into this directory, for other programs: load and curves by time, what
    /// became of each device; as CSV, and as Parquet where the program was built with that.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    study: StudyArgs,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shape {
    /// To be read.
    Table,
    /// One JSON document: the run, or with several seeds a list of them.
    Json,
}

/// Seeds of a page: enough for a band that covers the median with 96 %.
pub(super) const PAGE_RUNS: u32 = 6;

pub(super) fn fleet(args: &FleetArgs) -> Result<ExitCode, String> {
    let overrides = args.size.on(args.scenario.overrides());
    let scenario = match &args.file {
        Some(file) => Scenario::load(file, &overrides),
        None => Scenario::parse(DEFAULT, DEFAULT_NAME, &overrides),
    }
    .map_err(|error| error.to_string())?;
    let runs = args.runs.unwrap_or(if args.report.is_some() { PAGE_RUNS } else { 1 });
    let exporter = args.out.as_ref().map(|dir| Exporter::create(dir, Format::ALL)).transpose();
    let exporter = exporter.map_err(|error| error.to_string())?;
    let made = args.study.run_into(&scenario, runs, "", exporter.as_ref().map(|it| it as &dyn OutcomeSink))?;
    if let Some(exporter) = exporter {
        exporter.finish(made.study.first()).map_err(|error| error.to_string())?;
    }
    if let Some(path) = &args.report {
        let file = args.file.as_ref().map_or_else(|| DEFAULT_NAME.to_owned(), |file| file.display().to_string());
        let device = device_command(&file, &args.size, &args.scenario.overrides(), scenario.plan.seed);
        let mut data = made.study.page_data(&scenario, &command(), &device);
        data.population.clone_from(&args.size.population);
        write_page(path, &crate::report::page(&data))?;
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match (args.format, made.study.runs()) {
        (Shape::Table, _) => table(&mut out, &scenario.plan, &made.study, made.elapsed),
        (Shape::Json, [one]) => json(&mut out, one),
        (Shape::Json, all) => json(&mut out, &all),
    };
    super::ignore_closed_pipe(written.and_then(|()| out.flush()))?;
    Ok(if made.study.is_partial() { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

fn json(out: &mut impl Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)
}
