//! `imesim sweep`: one fleet under several values of a parameter, as a table of the outcomes.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::study::{INTERRUPTED, StudyArgs, interval_text};
use super::{FleetSize, ScenarioArgs};
use crate::fleet::{Figure, Interval, Study};
use crate::scenario::Scenario;

/// Runs a fleet once for each value of a parameter.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct SweepArgs {
    /// The scenario file.
    file: PathBuf,
    /// The parameter and its values, such as ime.required_app_interval=1h,2h,4h,8h; given twice, every pair is run.
    #[arg(long, required = true, value_name = "NAME=V1,V2,...")]
    vary: Vec<String>,
    #[command(flatten)]
    size: FleetSize,
    /// How many seeds for each value.
    #[arg(long, value_name = "R", default_value_t = 3)]
    runs: u32,
    /// Shows only figures whose name contains this text, such as `95 %` or `requests`.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Prints one JSON document.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    study: StudyArgs,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

/// Below the options in the help of the command.
const EXAMPLE: &str = "\
Example:
  imesim sweep rollout.toml --vary ime.script_interval=1h,2h,4h,8h --only '95 %'";

/// The most combinations of values.
const CASES_MAX: usize = 1_000;

pub(super) fn sweep(args: &SweepArgs) -> Result<ExitCode, String> {
    let cases = cases(&args.vary)?;
    // Every case is read before the first one is run, so that a mistake in the last is told at once.
    let mut scenarios = Vec::new();
    for case in &cases {
        let mut overrides = args.size.on(args.scenario.overrides());
        overrides.set.extend(case.iter().cloned());
        scenarios.push(Scenario::load(&args.file, &overrides).map_err(|error| error.to_string())?);
    }
    let mut swept = Vec::new();
    for (case, scenario) in cases.iter().zip(&scenarios) {
        let study = args.study.run(scenario, args.runs, &text(case))?.study;
        swept.push(Swept::new(text(case), &study));
        if study.is_partial() {
            break;
        }
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if args.json { json(&mut out, &swept) } else { table(&mut out, args, &swept) };
    super::ignore_closed_pipe(written.and_then(|()| out.flush()))?;
    let is_partial = swept.iter().any(|case| case.is_partial);
    Ok(if is_partial { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

/// What one case sets.
type Case = Vec<(String, String)>;

fn text(case: &Case) -> String {
    case.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// Every combination of the values, those of the last parameter changing first.
fn cases(vary: &[String]) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = vec![Vec::new()];
    for text in vary {
        let Some((name, values)) = text.split_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
            return Err(format!("--vary: `{text}` has no values; write for example ime.script_interval=1h,2h"));
        };
        let values = split(values);
        if values.iter().any(String::is_empty) {
            return Err(format!("--vary: a value of `{}` is empty", name.trim()));
        }
        let more = cases.iter().flat_map(|case| {
            values.iter().map(|value| case.iter().cloned().chain([(name.trim().to_owned(), value.clone())]).collect())
        });
        cases = more.collect();
        if cases.len() > CASES_MAX {
            return Err(format!("--vary: {} combinations are too many; at most {CASES_MAX} are run", cases.len()));
        }
    }
    Ok(cases)
}

/// Values with commas between; a list in brackets is one value.
fn split(values: &str) -> Vec<String> {
    let (mut all, mut depth) = (vec![String::new()], 0_u32);
    for c in values.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match (c, all.last_mut()) {
            (',', _) if depth == 0 => all.push(String::new()),
            (_, Some(last)) => last.push(c),
            (_, None) => {}
        }
    }
    all.into_iter().map(|value| value.trim().to_owned()).collect()
}

/// What is kept of a case; a study itself is large.
struct Swept {
    case: String,
    heading: String,
    has_band: bool,
    is_partial: bool,
    figures: Vec<Figure>,
}

impl Swept {
    fn new(case: String, study: &Study) -> Self {
        let first = study.first();
        let size = format!("{} devices, {} simulated", first.devices, first.duration);
        let heading = format!("{}\n{size}\nmedians; in brackets the {}", first.title, study.method());
        let has_band = study.runs().len() > 1;
        Self { case, heading, has_band, is_partial: study.is_partial(), figures: study.figures() }
    }

    fn interval(&self, what: &str) -> Interval {
        self.figures.iter().find(|figure| figure.what == what).map_or_else(Interval::default, |figure| figure.interval)
    }
}

fn table(out: &mut impl Write, args: &SweepArgs, swept: &[Swept]) -> io::Result<()> {
    let Some(first) = swept.first() else { return Ok(()) };
    writeln!(out, "{}", first.heading)?;
    if swept.iter().any(|case| case.is_partial) {
        writeln!(out, "PARTIAL: interrupted; the last case is not complete, and others may be missing")?;
    }
    let width = swept.iter().map(|case| case.case.len()).max().unwrap_or(0);
    for Figure { what, unit, .. } in &first.figures {
        if args.only.as_ref().is_some_and(|only| !what.contains(only.as_str())) {
            continue;
        }
        writeln!(out, "\n{what}")?;
        for case in swept {
            writeln!(out, "  {:<width$}  {}", case.case, interval_text(*unit, case.interval(what), case.has_band))?;
        }
    }
    Ok(())
}

fn json(out: &mut impl Write, swept: &[Swept]) -> io::Result<()> {
    let figures = swept.first().map_or(&[][..], |first| &first.figures);
    let row = |Figure { what, unit, .. }: &Figure| {
        let case = |case: &Swept| serde_json::json!({"case": case.case, "value": case.interval(what)});
        let cases: Vec<_> = swept.iter().map(case).collect();
        serde_json::json!({"what": what, "unit": unit.name(), "cases": cases})
    };
    let rows: Vec<_> = figures.iter().map(row).collect();
    serde_json::to_writer_pretty(&mut *out, &rows).map_err(io::Error::from)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_a_case() {
        let texts = |vary: &[&str]| -> Vec<String> {
            let vary: Vec<String> = vary.iter().map(|text| (*text).to_owned()).collect();
            cases(&vary).expect("it is right").iter().map(text).collect()
        };
        assert_eq!(texts(&["a=1,2"]), ["a=1", "a=2"]);
        assert_eq!(texts(&["a=1, 2", "b=x"]), ["a=1 b=x", "a=2 b=x"]);
        assert_eq!(texts(&["d=[30, 59],[0, 1]"]), ["d=[30, 59]", "d=[0, 1]"]);
        for wrong in ["a", "=1", "a=1,,2"] {
            assert!(cases(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
