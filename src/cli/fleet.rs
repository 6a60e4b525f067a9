//! `imesim fleet`: a rollout to many devices, with progress and a table.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::ScenarioArgs;
use crate::fleet::{ContentReport, FleetReport, Options, Standers, run as run_fleet};
use crate::scenario::{Overrides, Scenario};
use crate::sim::plan::Plan;
use crate::time::Span;

/// The scenario that is run when none is named.
const DEFAULT: &str = include_str!("../../examples/scenarios/rollout.toml");
const DEFAULT_NAME: &str = "examples/scenarios/rollout.toml";

#[derive(Debug, Args)]
pub(super) struct FleetArgs {
    /// The scenario file; without one, an embedded rollout of a script to 100,000 devices over 7 days.
    file: Option<PathBuf>,
    /// How many devices the populations have together, in place of the file's; proportions stay.
    #[arg(long, value_name = "N")]
    devices: Option<u64>,
    /// How many days are simulated, in place of the file's duration.
    #[arg(long, value_name = "D")]
    days: Option<u64>,
    /// How many threads; by default one for each core. Results never depend on it.
    #[arg(long, value_name = "T", default_value_t = 0)]
    threads: usize,
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
    /// One JSON document.
    Json,
}

pub(super) fn fleet(args: &FleetArgs) -> Result<ExitCode, String> {
    let overrides: Overrides = args.scenario.overrides(args.devices, args.days.map(Span::days));
    let scenario = match &args.file {
        Some(file) => Scenario::load(file, &overrides),
        None => Scenario::parse(DEFAULT, DEFAULT_NAME, &overrides),
    }
    .map_err(|error| error.to_string())?;
    let devices = scenario.plan.groups.iter().map(|group| group.count).sum();
    let bar = progress_bar(devices);
    let report = run_fleet(&scenario, Options { threads: args.threads, ..Options::default() }, |done| {
        bar.inc(match done {
            crate::fleet::Progress::Devices(n) => n,
            crate::fleet::Progress::Time(_) => 0,
        })
    })
    .map_err(|error| error.to_string())?;
    let elapsed = bar.elapsed();
    bar.finish_and_clear();
    let mut out = io::stdout().lock();
    let written = match args.format {
        Format::Table => table(&mut out, &scenario.plan, &report, elapsed),
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from).and_then(|()| writeln!(out))
        }
    };
    super::ignore_closed_pipe(written)?;
    Ok(ExitCode::SUCCESS)
}

/// A bar with the time left and devices per second; nothing where nobody looks.
fn progress_bar(devices: u64) -> ProgressBar {
    let target = if io::stdout().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(devices), target);
    let style = "{bar:40} {human_pos}/{human_len} devices, {per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn table(out: &mut impl Write, plan: &Plan, report: &FleetReport, elapsed: Duration) -> io::Result<()> {
    writeln!(out, "{}", report.title)?;
    writeln!(
        out,
        "{} devices in {} cohorts, {} simulated, seed {}\n",
        grouped(report.devices),
        report.cohorts,
        report.duration,
        report.seed
    )?;
    for (kind, contents) in [("Script", &report.scripts), ("App", &report.apps)] {
        for content in contents {
            content_table(out, kind, content)?;
        }
    }
    let load = &report.load;
    let zone = crate::sim::plan::Zone::utc();
    let peak = crate::sim::trace::local_time(plan.start.after(load.peak_at), 0, &zone);
    writeln!(out, "Service load")?;
    row(out, "requests", &grouped(load.requests))?;
    row(out, "mean", &format!("{} an hour", grouped(load.mean_per_hour)))?;
    let peak = peak.strip_suffix(":00.000").unwrap_or(&peak);
    row(out, "peak", &format!("{} in the hour from {peak} UTC", grouped(load.peak_per_hour)))?;
    writeln!(out)?;
    let nanos = elapsed.as_nanos().max(1);
    let per_second = u128::from(report.events).saturating_mul(1_000_000_000) / nanos;
    row(out, "events", &grouped(report.events))?;
    row(out, "events/s", &grouped(u64::try_from(per_second).unwrap_or(u64::MAX)))?;
    row(out, "digest", &report.digest.to_string())?;
    writeln!(out)
}

fn content_table(out: &mut impl Write, kind: &str, content: &ContentReport) -> io::Result<()> {
    writeln!(out, "{kind} `{}`, aimed at {} devices", content.name, grouped(content.targeted))?;
    let times = &content.times;
    for (share, time) in [("50 %", times.p50), ("90 %", times.p90), ("95 %", times.p95), ("99 %", times.p99)] {
        let time = time.map_or_else(|| "not within this run".to_owned(), |time| format!("after {time}"));
        row(out, &format!("{share} done"), &time)?;
    }
    row(out, "done", &share(content.done, content.targeted))?;
    for (kind, causes) in
        [("failed", &content.failed), ("pending", &content.pending), ("unreachable", &content.unreachable)]
    {
        row(out, kind, &share(causes.values().map(|cause| cause.count).sum(), content.targeted))?;
        for (cause, Standers { count, .. }) in causes {
            row(out, &format!("    {cause}"), &share(*count, content.targeted))?;
        }
    }
    row(out, "failure reports", &grouped(content.failure_reports))?;
    writeln!(out)
}

fn row(out: &mut impl Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {name:<28}{value}")
}

/// A count and its share, in hundredths of a percent, without floating point.
fn share(count: u64, of: u64) -> String {
    let basis_points = u128::from(count) * 10_000 / u128::from(of.max(1));
    format!("{:>11}  {:>3}.{:02} %", grouped(count), basis_points / 100, basis_points % 100)
}

/// A number with its digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
