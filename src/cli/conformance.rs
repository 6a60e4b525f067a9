//! `imesim conformance`: the conformance pack on our agent, and its stories as vectors for agents in other languages.

#![allow(clippy::disallowed_methods, reason = "a command writes files, and measures its time")]

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;

use super::hunt_text::{TestCase, junit_suite};
use crate::agent::Agent;
use crate::check::conformance::{Report, conformance};
use crate::check::hunt::Options;
use crate::check::invariant::starters;
use crate::check::vectors;
use crate::scenario::{Overrides, Scenario, TRACED_MAX};
use crate::sim::Cast;

const EXAMPLES: &str = "Examples:
  imesim conformance --seeds 1000 --junit conformance.xml
  imesim conformance --vectors vectors";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ConformanceArgs {
    /// How many random worlds, each with a seed of its own.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, value_name = "S", default_value_t = 1)]
    from: u64,
    /// How many threads; by default one for each core. Results never depend on it.
    #[arg(long, value_name = "T", default_value_t = 0)]
    threads: usize,
    /// Writes the outcome as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Runs nothing, and writes the vectors of every starter into this folder, a file for each device.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["seeds", "from", "threads", "junit"])]
    vectors: Option<PathBuf>,
}

pub(super) fn run(args: &ConformanceArgs) -> Result<ExitCode, String> {
    if let Some(folder) = &args.vectors {
        return write_vectors(folder);
    }
    let seeds = args.from..args.from.saturating_add(args.seeds);
    let options = Options { seeds, threads: args.threads, ..Options::default() };
    let begun = Instant::now();
    let report = conformance(&Agent::absent, &options).map_err(|error| error.to_string())?;
    let elapsed = begun.elapsed();
    super::ignore_closed_pipe(write!(io::stdout().lock(), "{report}"))?;
    if let Some(path) = &args.junit {
        let text = junit_suite("imesim conformance", elapsed, cases(&report));
        fs::write(path, text).map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
    }
    Ok(if report.is_kept() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn cases(report: &Report) -> impl Iterator<Item = TestCase> {
    report.parts.iter().map(|part| TestCase {
        class: "conformance",
        name: part.name.clone(),
        failure: part
            .failure
            .as_ref()
            .map(|(case, failure)| format!("device {}, seed {}: {}", case.device, case.seed, failure.violation)),
    })
}

fn write_vectors(folder: &Path) -> Result<ExitCode, String> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let (mut files, mut lines) = (0_u64, 0_u64);
    for (name, text) in starters().iter().flat_map(|starter| starter.texts()) {
        let scenario = Scenario::parse(text, name, &Overrides::default()).map_err(|error| error.to_string())?;
        let cast = Cast::new(&scenario.plan).map_err(|error| error.to_string())?;
        if cast.count() > TRACED_MAX {
            continue;
        }
        for device in (0..cast.count()).filter_map(|number| cast.name(number)) {
            let path = folder.join(format!("{}-{device}.jsonl", name.trim_end_matches(".toml")));
            let mut out = Vec::new();
            lines += vectors::write(&scenario, &device, &mut out).map_err(|error| failed(&path, &error))?;
            fs::write(&path, out).map_err(|error| failed(&path, &error))?;
            files += 1;
        }
    }
    super::ignore_closed_pipe(writeln!(io::stdout().lock(), "{files} files, {lines} lines of vectors"))?;
    Ok(ExitCode::SUCCESS)
}
