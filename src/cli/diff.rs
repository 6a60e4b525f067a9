//! `imesim diff`: the same scenario under two readings.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::rules::Rule;
use crate::scenario::diff::{Count, Diff, Divergence, Figure, Reading, Side, State, Summary};
use crate::sim::trace::shown;

/// Compares a scenario under two readings: `imesim diff FILE --a profile=default --b profile=observed_2025`.
///
/// ```text
/// imesim diff examples/scenarios/failing-script.toml --a scripts.max_retries=3 --b scripts.max_retries=2
/// ```
///
/// Ends with 0 whether or not something differs; with `--exit-code` with 1 if something does. Ends with 2 for bad input.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct DiffArgs {
    /// The scenario file.
    file: PathBuf,
    /// The first reading: profile=NAME, seed=N, or a parameter such as scripts.max_retries=3; may be given several
    /// times. Without one, the file as it is.
    #[arg(long, value_name = "KEY=VALUE")]
    a: Vec<String>,
    /// The second reading, in the same form.
    #[arg(long, value_name = "KEY=VALUE")]
    b: Vec<String>,
    /// Compares only this device: its name, or its number from 0 (as in a fleet).
    #[arg(long)]
    device: Option<String>,
    /// Ends with 1 if something differs, instead of with 0.
    #[arg(long)]
    exit_code: bool,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Below the options in the help of the command.
const EXAMPLE: &str = "\
Examples:
  imesim diff examples/scenarios/failing-script.toml --a profile=default --b profile=observed_2025
  imesim diff examples/scenarios/rollout.toml --device 4711 --b scripts.max_retries=2 --b ime.script_interval=1h

Ends with 0 whether or not something differs, unless --exit-code is given, and with 2 for anything that could not be done.";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// To be read: the figures, where the transcripts part (`-` for a, `+` for b), and what ends differently.
    Text,
    /// One JSON document.
    Json,
}

pub(super) fn diff(args: &DiffArgs) -> Result<ExitCode, String> {
    let (a, b) = (reading("--a", &args.a)?, reading("--b", &args.b)?);
    let diff = Diff::load(&args.file, (&a, &b), args.device.as_deref()).map_err(|error| error.to_string())?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match args.format {
        Format::Text => text(&mut out, &diff),
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &diff).map_err(io::Error::from).and_then(|()| writeln!(out))
        }
    };
    super::ignore_closed_pipe(written.and_then(|()| out.flush()))?;
    Ok(ExitCode::from(u8::from(args.exit_code && diff.differs)))
}

fn reading(option: &str, assignments: &[String]) -> Result<Reading, String> {
    Reading::parse(assignments).map_err(|error| format!("{option}: {error}"))
}

fn text(out: &mut impl Write, diff: &Diff) -> io::Result<()> {
    writeln!(out, "# {}", diff.title)?;
    writeln!(out, "--- a: {}", diff.a.reading)?;
    writeln!(out, "+++ b: {}", diff.b.reading)?;
    figures(out, &diff.figures)?;
    if !diff.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &diff.notes {
        writeln!(out, "Note: {note}.")?;
    }
    if diff.differs {
        divergences(out, diff)?;
        ends(out, diff)?;
        if !diff.same.is_empty() {
            writeln!(out, "\nNothing differs on {}.", names(&diff.same))?;
        }
    } else {
        let lines = counted(diff.a.lines, "line");
        writeln!(out, "\nNothing differs on {}: the same {lines}, the same state at the end.", names(&diff.same))?;
    }
    writeln!(out)?;
    digest(out, "a", &diff.a)?;
    digest(out, "b", &diff.b)
}

fn figures(out: &mut impl Write, figures: &[Figure]) -> io::Result<()> {
    let mut rows = Vec::new();
    for figure in figures {
        let end = figure.rule.unwrap_or("").to_owned();
        rows.push(Row { name: figure.name.clone(), a: figure.a.clone(), b: figure.b.clone(), end });
    }
    table(out, "Figures that differ", &rows)?;
    let mut contested: Vec<&Rule> = figures.iter().flat_map(|figure| figure.contested.iter().copied()).collect();
    contested.sort_unstable_by_key(|rule| rule.id);
    contested.dedup_by_key(|rule| rule.id);
    if !contested.is_empty() {
        writeln!(out, "\nSources disagree here")?;
    }
    for rule in contested {
        writeln!(out, "  {:<8} {} ({})", rule.id.to_string(), rule.gist, rule.standing)?;
    }
    Ok(())
}

/// Where the transcripts part, as the hunks of a unified diff.
fn divergences(out: &mut impl Write, diff: &Diff) -> io::Result<()> {
    let Some((first, rest)) = diff.divergences.split_first() else {
        return writeln!(out, "\nNo event differs: the same {} in both.", counted(diff.a.lines, "line"));
    };
    writeln!(out, "\nFirst divergence")?;
    hunk(out, first)?;
    if !rest.is_empty() {
        writeln!(out, "\nFirst divergence of each other device")?;
    }
    for divergence in rest.iter().take(SHOWN_MAX) {
        hunk(out, divergence)?;
    }
    if rest.len() > SHOWN_MAX {
        writeln!(out, "and of {} more devices; --format json has all", rest.len() - SHOWN_MAX)?;
    }
    Ok(())
}

/// So many devices are shown after the first one, and named in a row.
const SHOWN_MAX: usize = 20;

fn hunk(out: &mut impl Write, divergence: &Divergence) -> io::Result<()> {
    let Divergence { device, at, common, context, a, b } = divergence;
    writeln!(out, "@@ {device}, {at} after the start, after {} in common @@", counted(*common, "line"))?;
    for line in context {
        writeln!(out, "  {}", line.text(0))?;
    }
    for (mark, line) in [('-', a), ('+', b)] {
        let text = line.as_ref().map_or_else(|| "(nothing more happens)".to_owned(), |line| line.text(0));
        writeln!(out, "{mark} {text}")?;
    }
    Ok(())
}

fn ends(out: &mut impl Write, diff: &Diff) -> io::Result<()> {
    let Diff { states, counts, expectations, .. } = diff;
    if states.is_empty() && counts.is_empty() && expectations.is_empty() {
        return writeln!(out, "\nNothing ends differently: only times, order or details of events differ.");
    }
    let mut devices: Vec<&str> = states.iter().map(|state| state.device.as_str()).collect();
    devices.dedup();
    for device in devices {
        let rows: Vec<Row> = states.iter().filter(|state| state.device == device).map(Row::of_state).collect();
        table(out, &format!("What ends differently on {device}"), &rows)?;
    }
    let rows: Vec<Row> = counts.iter().map(Row::of_count).collect();
    table(out, "Events that happen more or less often", &rows)?;
    for holds in [Side::A, Side::B] {
        let mut verdicts = expectations.iter().filter(|verdict| verdict.holds == holds).peekable();
        if verdicts.peek().is_some() {
            writeln!(out, "\nExpectations that hold in {holds} alone")?;
        }
        for verdict in verdicts {
            writeln!(out, "  {}", verdict.failed)?;
        }
    }
    Ok(())
}

fn digest(out: &mut impl Write, name: &str, summary: &Summary) -> io::Result<()> {
    writeln!(out, "# {name}: {} events, digest {}", summary.inputs, summary.digest)
}

fn names(all: &[String]) -> String {
    let shown = all.iter().take(SHOWN_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(SHOWN_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A line of a table: what it is about, its value in each reading, and what else belongs to it.
struct Row {
    name: String,
    a: String,
    b: String,
    end: String,
}

impl Row {
    fn of_state(state: &State) -> Self {
        let value = |value: &Option<Value>| value.as_ref().map_or_else(|| "-".to_owned(), shown);
        Self { name: state.path.clone(), a: value(&state.a), b: value(&state.b), end: String::new() }
    }

    fn of_count(count: &Count) -> Self {
        Self { name: count.event.clone(), a: count.a.to_string(), b: count.b.to_string(), end: String::new() }
    }
}

/// A table with its title in the first column; nothing for no rows.
fn table(out: &mut impl Write, title: &str, rows: &[Row]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let width =
        |least: usize, of: fn(&Row) -> &str| rows.iter().map(|row| of(row).chars().count()).fold(least, usize::max);
    let name = width(title.len().saturating_sub(2), |row| &row.name);
    let (a, b) = (width(1, |row| &row.a), width(1, |row| &row.b));
    writeln!(out, "\n{title:<0$}  {1:<a$}  b", name + 2, "a")?;
    for row in rows {
        let line = format!("  {:<name$}  {:<a$}  {:<b$}  {}", row.name, row.a, row.b, row.end);
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
