//! `imesim fleet`: a rollout to many devices.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::fleet_table::table;
use super::study::{INTERRUPTED, StudyArgs, command, quoted, write_page};
use super::{FleetSize, ScenarioArgs};
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
    #[command(flatten)]
    study: StudyArgs,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
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
    let made = args.study.run(&scenario, runs, "")?;
    if let Some(path) = &args.report {
        let mut data = made.study.page_data(&scenario, &command(), &args.device_command(&scenario));
        data.population.clone_from(&args.size.population);
        write_page(path, &crate::report::page(&data))?;
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match (args.format, made.study.runs()) {
        (Format::Table, _) => table(&mut out, &scenario.plan, &made.study, made.elapsed),
        (Format::Json, [one]) => json(&mut out, one),
        (Format::Json, all) => json(&mut out, &all),
    };
    super::ignore_closed_pipe(written.and_then(|()| out.flush()))?;
    Ok(if made.study.first().is_partial { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

fn json(out: &mut impl Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)
}

impl FleetArgs {
    /// The command that shows what device `{N}` of the first seed did.
    fn device_command(&self, scenario: &Scenario) -> String {
        let file = self.file.as_ref().map_or_else(|| DEFAULT_NAME.to_owned(), |file| file.display().to_string());
        let mut words = vec!["imesim run".to_owned(), quoted(file)];
        words.push(format!("--seed {}", scenario.plan.seed));
        let FleetSize { population, devices, days } = &self.size;
        words.extend(population.as_ref().map(|name| format!("--population {}", quoted(name.clone()))));
        words.extend(devices.map(|devices| format!("--devices {devices}")));
        words.extend(days.map(|days| format!("--days {days}")));
        words.extend(self.scenario.profile.as_ref().map(|profile| format!("--profile {}", quoted(profile.clone()))));
        words.extend(
            self.scenario.set.iter().map(|(name, value)| format!("--set {}", quoted(format!("{name}={value}")))),
        );
        words.push("--device {N}".to_owned());
        words.join(" ")
    }
}
