//! `imesim check`: every future of a small world.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use crate::check::explore::atlas::Atlas;
use crate::check::explore::models::{MODELS, ReadyMade};
use crate::check::explore::story::Story;
use crate::check::explore::world::{Budget, Small, Sort, Sorts};
use crate::check::explore::{Bounds, Report, explore_graph};
use crate::time::Span;

/// Explores every future of a small world and judges what must hold.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct CheckArgs {
    /// The model, or a scenario file with one device; by default the first model. See --list.
    model: Option<String>,
    /// Lists the models that come with the program.
    #[arg(long)]
    list: bool,
    /// How many faults may happen: of the network, of work, of power, of the service; by default what the model says.
    #[arg(long, value_name = "N")]
    faults: Option<u8>,
    /// How many acts of people: assigning, unassigning, syncs; by default what the model says.
    #[arg(long, value_name = "N")]
    acts: Option<u8>,
    /// Looks no further than so long after the start, such as 12h; by default as far as there are new states.
    #[arg(long, value_name = "SPAN")]
    time: Option<Span>,
    /// Begins no further level of the search once there are so many states.
    #[arg(long, value_name = "N", default_value_t = Bounds::default().states)]
    states: u32,
    /// How many threads; by default one for each core. Results never depend on it.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Sorts of steps that a scenario file has beside the usual ones, such as clock-back,kill-within,sign-in.
    #[arg(long, value_name = "SORTS", value_delimiter = ',')]
    also: Vec<String>,
    /// Writes the graph as a page to walk through in a browser, without network.
    #[arg(long, value_name = "FILE")]
    explore: Option<PathBuf>,
    /// At most so many states go into that page, those with the shortest ways first; 100,000 at most.
    #[arg(long, value_name = "N", default_value_t = 20_000, requires = "explore")]
    explore_states: u32,
    /// Prints one JSON document.
    #[arg(long)]
    json: bool,
}

/// Below the options in the help of the command.
const EXAMPLE: &str = "\
Ends with 1 if something does not hold. What a bound left out is named.

Example:
  imesim check one-script --faults 2 --acts 0 --states 5000000
  imesim check one-script --faults 1 --acts 0 --explore graph.html";

#[allow(
    clippy::disallowed_methods,
    reason = "the time that a search takes is for who waits for it, and decides nothing"
)]
pub(super) fn check(args: &CheckArgs) -> Result<ExitCode, String> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.list {
        let written = MODELS.iter().try_for_each(|model| writeln!(out, "{:<12} {}", model.name, model.about));
        super::ignore_closed_pipe(written.and_then(|()| out.flush()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (small, budget, name) = world(args)?;
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or_else(cores).max(1);
    let elapsed = args.time.map(Span::as_millis);
    let begun = Instant::now();
    let (report, graph) = explore_graph(&small, Bounds { states: args.states, elapsed, threads });
    let took = begun.elapsed();
    if let Some(path) = &args.explore {
        let atlas =
            Atlas::new(&small, &name, (&report, &graph), args.explore_states).map_err(|error| error.to_string())?;
        super::study::write_page(path, &crate::report::explore_page(&atlas))?;
        if atlas.left_out > 0 {
            eprintln!("{} of {} states are left out of {}", atlas.left_out, atlas.visited, path.display());
        }
    }
    let written = if args.json {
        serde_json::to_writer_pretty(&mut out, &document(&report, &small, (&name, budget), took))
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out))
    } else {
        let head = writeln!(out, "{name}: {} faults, {} acts at most", budget.faults, budget.acts);
        let rate = rate(&report, took);
        head.and_then(|()| write!(out, "{report}"))
            .and_then(|()| writeln!(out, "{:.2} s, {rate} states/s on {threads} threads", took.as_secs_f64()))
            .and_then(|()| stories(&mut out, &report, &small))
    };
    super::ignore_closed_pipe(written.and_then(|()| out.flush()))?;
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The world that is asked for, what may happen in it, and its name.
#[allow(clippy::disallowed_methods, reason = "reading the file is what it is asked for")]
fn world(args: &CheckArgs) -> Result<(Small, Budget, String), String> {
    let first = MODELS.first().map_or("", |model| model.name);
    let name = args.model.as_deref().unwrap_or(first);
    let of = |budget: Budget| Budget {
        faults: args.faults.unwrap_or(budget.faults),
        acts: args.acts.unwrap_or(budget.acts),
    };
    if let Some(model) = ReadyMade::named(name) {
        if !args.also.is_empty() {
            return Err(format!("`{name}` says itself what may happen in it; --also is for scenario files"));
        }
        let budget = of(model.budget);
        let small = model.small(budget).map_err(|error| error.to_string())?;
        return Ok((small, budget, name.to_owned()));
    }
    let text = std::fs::read_to_string(PathBuf::from(name))
        .map_err(|error| format!("`{name}` is no model and cannot be read: {error}; see imesim check --list"))?;
    let budget = of(Budget { faults: 1, acts: 1 });
    let also = args.also.iter().map(|name| {
        let known = || Sort::ALL.map(Sort::name).join(", ");
        Sort::named(name).ok_or_else(|| format!("`{name}` is no sort of steps; known are {}", known()))
    });
    let sorts = Sorts::USUAL.and(&also.collect::<Result<Vec<_>, _>>()?);
    let small = Small::with(&text, name, budget, sorts).map_err(|error| error.to_string())?;
    Ok((small, budget, name.to_owned()))
}

/// States in a second.
const fn rate(report: &Report, took: Duration) -> u128 {
    let micros = took.as_micros();
    report.states as u128 * 1_000_000 / if micros == 0 { 1 } else { micros }
}

fn stories(out: &mut impl Write, report: &Report, small: &Small) -> io::Result<()> {
    for finding in report.findings.iter().filter(|finding| !finding.path.is_empty()) {
        let title = format!("{}: {}", finding.property.name, finding.property.says);
        writeln!(out, "\n# {title}: {}\n# {} steps, way {}", finding.fault, finding.path.len(), finding.path)?;
        if let Some(story) = Story::new(small, &finding.path, &title) {
            write!(out, "{}", story.text())?;
        }
    }
    Ok(())
}

fn document(report: &Report, small: &Small, (name, budget): (&str, Budget), took: Duration) -> Value {
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            let (scenario, steps) = match Story::new(small, &finding.path, finding.property.says) {
                Some(Story::Scenario(text)) => (Some(text), None),
                Some(Story::Steps(text)) => (None, Some(text)),
                None => (None, None),
            };
            json!({
                "name": finding.property.name, "says": finding.property.says, "times": finding.property.times.name(),
                "fault": finding.fault.to_string(), "path": finding.path.to_string(), "steps_count": finding.path.len(),
                "scenario": scenario, "steps": steps,
            })
        })
        .collect();
    let properties: Vec<Value> = report
        .properties
        .iter()
        .map(|property| {
            let holds = !report.findings.iter().any(|finding| finding.property == *property);
            json!({ "name": property.name, "says": property.says, "times": property.times.name(), "holds": holds })
        })
        .collect();
    json!({
        "model": name, "faults": budget.faults, "acts": budget.acts,
        "states": report.states, "transitions": report.transitions, "depth": report.depth, "dead": report.dead,
        "complete": report.is_complete(),
        "bounds": report.bounds.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "bytes_per_state": report.bytes_per_state(),
        "seconds": took.as_secs_f64(), "states_per_second": rate(report, took),
        "properties": properties, "findings": findings,
        "taken": report.taken.iter().map(|(sort, times)| json!({ "sort": sort, "times": times })).collect::<Vec<_>>(),
    })
}
