//! `imesim facts`: what a real device says of itself, and `imesim explain --facts`: why the agent is not on it.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::ScenarioArgs;
use crate::diagnostics::{self, Fact, Given, Reading, Report, judge};
use crate::profile::Profile;

#[derive(Debug, Args)]
pub(super) struct FactsArgs {
    /// Files that the device wrote, or folders of them: output of `dsregcmd /status`, MDM diagnostics reports (XML, HTML, JSON),
    /// registry exports; `-` reads one of them from the standard input.
    #[arg(required_unless_present = "this_device")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    assume: AssumeArgs,
    /// Reads the registry of this device; only on Windows.
    #[arg(long)]
    this_device: bool,
    /// Prints the facts as a `[[device]]` of a scenario file; every fact has to be known or assumed.
    #[arg(long, conflicts_with = "json")]
    toml: bool,
    /// The name of that device.
    #[arg(long, value_name = "NAME", default_value = "pc1", requires = "toml")]
    name: String,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// What is taken for facts that the files do not tell.
#[derive(Debug, Args)]
pub(super) struct AssumeArgs {
    /// Takes this value whatever the files say, such as join=hybrid; may be given several times.
    #[arg(long, value_name = "FACT=VALUE", value_parser = given)]
    assume: Vec<Given>,
    /// Takes what scenarios have by default for every fact of a device that is not known and that no file speaks against; what
    /// is assigned, and whether there is a network, stays open.
    #[arg(long)]
    assume_defaults: bool,
}

fn given(text: &str) -> Result<Given, String> {
    let (name, value) =
        super::name_value(text).map_err(|_| "write it as fact=value, such as join=hybrid".to_owned())?;
    Fact::named(&name).and_then(|fact| fact.parse(&value)).map_err(|error| error.to_string())
}

pub(super) fn facts(args: &FactsArgs) -> Result<ExitCode, String> {
    let reading = reading(&args.paths, args.this_device, &args.assume)?;
    let mut out = io::stdout().lock();
    let written = if args.toml {
        let device = reading.to_toml(&args.name).map_err(|error| {
            format!(
                "{error}: --assume FACT=VALUE for one, --assume-defaults for all of which no file says anything else"
            )
        })?;
        write!(out, "{device}")
    } else if args.json {
        json(&mut out, &reading.to_json())
    } else {
        write!(out, "{reading}")
    };
    super::ignore_closed_pipe(written)?;
    Ok(ExitCode::SUCCESS)
}

/// Says why the agent does not arrive on the device behind these files.
pub(super) fn explain(
    paths: &[PathBuf],
    assume: &AssumeArgs,
    as_json: bool,
    scenario: &ScenarioArgs,
) -> Result<ExitCode, String> {
    let reading = reading(paths, false, assume)?;
    let judgement = judge::judge(&reading, &profile(scenario)?);
    let mut out = io::stdout().lock();
    let written = if as_json {
        let mut all = judgement.to_json();
        if let Some(all) = all.as_object_mut() {
            all.insert("reading".to_owned(), reading.to_json());
        }
        json(&mut out, &all)
    } else {
        write!(out, "{judgement}")
    };
    super::ignore_closed_pipe(written)?;
    Ok(ExitCode::SUCCESS)
}

fn json(out: &mut impl Write, value: &serde_json::Value) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from).and_then(|()| writeln!(out))
}

fn profile(scenario: &ScenarioArgs) -> Result<Profile, String> {
    let name = scenario.profile.as_deref().unwrap_or("default");
    let mut profile = Profile::named(name).map_err(|error| error.to_string())?;
    for (name, value) in &scenario.set {
        profile.set(name, value).map_err(|error| error.to_string())?;
    }
    Ok(profile)
}

fn reading(paths: &[PathBuf], this_device: bool, assume: &AssumeArgs) -> Result<Reading, String> {
    let mut reports = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            reports.push(standard_input()?);
        } else if path.is_dir() {
            folder(path, &mut reports)?;
        } else {
            reports.push(diagnostics::read_path(path).map_err(|error| error.to_string())?);
        }
    }
    if this_device {
        reports.push(registry_of_this_device()?);
    }
    let mut reading = Reading::of(reports);
    for value in &assume.assume {
        reading.assume(*value);
    }
    if assume.assume_defaults {
        reading.assume_defaults();
    }
    Ok(reading)
}

fn standard_input() -> Result<Report, String> {
    let mut bytes = Vec::new();
    let mut input = io::stdin().lock().take(diagnostics::SIZE_MAX);
    input.read_to_end(&mut bytes).map_err(|error| format!("cannot read the standard input: {error}"))?;
    diagnostics::read("standard input", &bytes).map_err(|error| error.to_string())
}

/// The files directly in a folder whose names could be those of diagnostics; of these, what is no known text is passed over
/// with a word.
fn folder(path: &Path, reports: &mut Vec<Report>) -> Result<(), String> {
    let cannot = |error: io::Error| format!("{}: cannot be read: {error}", path.display());
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(cannot)? {
        let file = entry.map_err(cannot)?.path();
        let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        if file.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            files.push(file);
        }
    }
    files.sort();
    let before = reports.len();
    for file in files {
        match diagnostics::read_path(&file) {
            Ok(report) => reports.push(report),
            Err(error) => eprintln!("imesim: passed over: {error}"),
        }
    }
    if reports.len() == before {
        return Err(format!("{}: no file of diagnostics in this folder", path.display()));
    }
    Ok(())
}

const ENDINGS: [&str; 6] = ["txt", "xml", "html", "htm", "json", "reg"];

#[cfg(windows)]
fn registry_of_this_device() -> Result<Report, String> {
    Ok(diagnostics::registry::read_this_device())
}

#[cfg(not(windows))]
fn registry_of_this_device() -> Result<Report, String> {
    Err("--this-device reads the registry, which only Windows has; name files instead".to_owned())
}
