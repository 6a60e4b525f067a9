//! `imesim compare`: two fleets on the same seeds, and what is different.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::FleetSize;
use super::fleet::PAGE_RUNS;
use super::study::{INTERRUPTED, StudyArgs, command, device_command, interval_text, write_page};
use crate::fleet::{Comparison, Difference, Study, Unit};
use crate::scenario::diff::Reading;
use crate::scenario::{Overrides, Scenario};

/// Compares two fleets on the same seeds: two files, or one file under two readings.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct CompareArgs {
    /// The scenario file.
    first: PathBuf,
    /// The scenario file of the second fleet. Default: the same file.
    second: Option<PathBuf>,
    /// Changes the first fleet: profile=NAME or a parameter such as ime.script_interval=1h; may be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    a: Vec<String>,
    /// Changes the second fleet, in the same form.
    #[arg(long, value_name = "KEY=VALUE")]
    b: Vec<String>,
    #[command(flatten)]
    size: FleetSize,
    /// The first seed, in place of the files'.
    #[arg(long)]
    seed: Option<u64>,
    /// How many seeds.
    #[arg(long, value_name = "R", default_value_t = PAGE_RUNS)]
    runs: u32,
    /// Writes a page to look at, in one file that works offline.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Prints one JSON document.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    study: StudyArgs,
}

/// Below the options in the help of the command.
const EXAMPLE: &str = "\
Examples:
  imesim compare monday.toml tuesday.toml
  imesim compare rollout.toml --b ime.script_interval=1h --report compare.html";

pub(super) fn compare(args: &CompareArgs) -> Result<ExitCode, String> {
    let (file_a, file_b) = (&args.first, args.second.as_ref().unwrap_or(&args.first));
    let (a, reading_a) = args.scenario("--a", file_a, &args.a)?;
    let (b, reading_b) = args.scenario("--b", file_b, &args.b)?;
    if a.plan.seed != b.plan.seed {
        return Err(format!("the files have seeds {} and {}; choose one with --seed", a.plan.seed, b.plan.seed));
    }
    let study_a = args.study.run(&a, args.runs, "a")?.study;
    if study_a.is_partial() {
        return Err("interrupted before the second fleet was run; there is nothing to compare".to_owned());
    }
    let study_b = args.study.run(&b, args.runs, "b")?.study;
    let comparison = Comparison::new(&study_a, &study_b);
    if let Some(path) = &args.report {
        let device = |file: &PathBuf, reading: &Reading| {
            device_command(&file.display().to_string(), &args.size, reading.overrides(), a.plan.seed)
        };
        let data_a = study_a.page_data(&a, &command(), &device(file_a, &reading_a));
        let data_b = study_b.page_data(&b, &command(), &device(file_b, &reading_b));
        write_page(path, &crate::report::compare_page(&comparison.page_data(data_a, data_b)))?;
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if args.json {
        json(&mut out, &comparison)
    } else {
        let names = [(file_a, &reading_a), (file_b, &reading_b)];
        let names = names.map(|(file, reading)| format!("{}, {reading}", file.display()));
        table(&mut out, (&names[0], &names[1]), (&study_a, &study_b), &comparison)
    };
    super::ignore_closed_pipe(written.and_then(|()| out.flush()))?;
    Ok(if study_b.is_partial() { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

impl CompareArgs {
    fn scenario(&self, option: &str, file: &PathBuf, values: &[String]) -> Result<(Scenario, Reading), String> {
        let reading = Reading::parse(values).map_err(|error| format!("{option}: {error}"))?;
        let reading_overrides = reading.overrides().clone();
        let seed = self.seed.or(reading_overrides.seed);
        let overrides = self.size.on(Overrides { seed, ..reading_overrides });
        let scenario = Scenario::load(file, &overrides).map_err(|error| error.to_string())?;
        Ok((scenario, reading))
    }
}

fn table(
    out: &mut impl Write,
    names: (&str, &str),
    studies: (&Study, &Study),
    comparison: &Comparison,
) -> io::Result<()> {
    writeln!(out, "a: {}\nb: {}", names.0, names.1)?;
    let runs = studies.0.runs().len().min(studies.1.runs().len());
    writeln!(
        out,
        "{} devices and {} devices, {runs} seeds in common",
        studies.0.first().devices,
        studies.1.first().devices
    )?;
    writeln!(out, "medians; in brackets the {}\n", studies.0.method())?;
    if studies.1.is_partial() {
        writeln!(out, "PARTIAL: interrupted; of the second fleet not all seeds are there\n")?;
    }
    let has_band = runs > 1;
    let rows: Vec<[String; 5]> = comparison
        .differences
        .iter()
        .map(|row| {
            [
                row.what.clone(),
                interval_text(row.unit, row.a, has_band),
                interval_text(row.unit, row.b, has_band),
                difference_text(row, has_band),
                row.verdict.words().to_owned(),
            ]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).max(10);
    let widths = [width(0), width(1), width(2), width(3)];
    let head = ["", "a", "b", "b less a", ""].map(str::to_owned);
    for row in std::iter::once(&head).chain(&rows) {
        let mut line = String::new();
        for (text, width) in row.iter().zip(widths) {
            line += &format!("{text:<width$}  ");
        }
        line += &row[4];
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn difference_text(row: &Difference, has_band: bool) -> String {
    let text = |value: Option<i64>| value.map_or_else(|| "unknown".to_owned(), |value| signed(row.unit, value));
    let band = row.difference;
    if has_band && band.low != band.high {
        format!("{} ({} to {})", text(band.median), text(band.low), text(band.high))
    } else {
        text(band.median)
    }
}

fn signed(unit: Unit, value: i64) -> String {
    let sign = match value {
        0 => "",
        1.. => "+",
        _ => "-",
    };
    format!("{sign}{}", unit.text(value.unsigned_abs()))
}

fn json(out: &mut impl Write, comparison: &Comparison) -> io::Result<()> {
    let rows: Vec<_> = comparison
        .differences
        .iter()
        .map(|row| {
            serde_json::json!({
                "what": row.what, "unit": row.unit.name(), "a": row.a, "b": row.b, "difference": row.difference,
                "verdict": row.verdict.words(),
            })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &rows).map_err(io::Error::from)?;
    writeln!(out)
}
