//! `imesim hunt` and `imesim replay`: looking for what breaks an invariant, and looking at what was found.

#![allow(clippy::disallowed_methods, reason = "a command reads and writes files, and ends when its time is up")]

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use super::ScenarioArgs;
use super::hunt_text::{coverage_lines, failure_lines, junit};
use crate::check::hunt::{
    Base, Case, Found, Ground, Options, Token, hunt_on, kill_at_every_step, minimize, scenario_of,
};
use crate::check::invariant::{Court, Invariant};
use crate::scenario::Overrides;
use crate::threads::spawn;

#[derive(Debug, Args)]
pub(super) struct HuntArgs {
    /// The world to hunt in, a scenario file. Default: an office of four devices that comes with the program.
    file: Option<PathBuf>,
    /// How many seeds, each a world of its own.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, value_name = "S", default_value_t = 1)]
    from: u64,
    /// Kills the agent after each of its effects in turn, one world for each, in place of drawn faults: on the device of this
    /// name, for as long as the scenario lasts.
    #[arg(long, value_name = "DEVICE", conflicts_with_all = ["seeds", "from"])]
    kill_at_every_step: Option<String>,
    /// Ends after this time, such as 60s, with what there is by then.
    #[arg(long, value_name = "TIME")]
    time: Option<crate::time::Span>,
    /// Judges only these invariants, such as C1,T4.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = invariant)]
    invariants: Vec<Invariant>,
    /// How many threads; by default one for each core. Results never depend on it.
    #[arg(long, value_name = "T", default_value_t = 0)]
    threads: usize,
    /// Where a failure is written, as a scenario file. Default: `hunt-<invariant>-<seed>.toml` here.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Writes the outcome as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Prints the outcome as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// A replay token, or a scenario file that a hunt wrote.
    what: String,
    /// The world of the token, if it is not the one that comes with the program.
    file: Option<PathBuf>,
    /// How many lines of the transcript before the failure are shown.
    #[arg(long, value_name = "N", default_value_t = 20)]
    lines: usize,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

fn invariant(name: &str) -> Result<Invariant, String> {
    let judged: Vec<&str> = Court::new().invariants().map(Invariant::name).collect();
    Invariant::of_name(name.trim())
        .filter(|invariant| judged.contains(&invariant.name()))
        .ok_or_else(|| format!("no invariant `{name}` is judged; these are: {}", judged.join(", ")))
}

fn base_of(file: Option<&Path>, scenario: &ScenarioArgs) -> Result<Base, String> {
    let Some(file) = file else {
        let (profile, overrides) = (scenario.profile.as_deref().unwrap_or("default"), scenario.overrides());
        if overrides == Overrides::default() {
            return Ok(Base::office());
        }
        return Base::office_of(profile, &overrides).map_err(|error| error.to_string());
    };
    let name = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| format!("{name}: cannot be read: {error}"))?;
    Base::parse(&text, &name, &scenario.overrides()).map_err(|error| error.to_string())
}

/// Most runs that making a failure small may take.
const RUNS_MAX: u32 = 5_000;

pub(super) fn run(args: &HuntArgs) -> Result<ExitCode, String> {
    let base = base_of(args.file.as_deref(), &args.scenario)?;
    let stop = AtomicBool::new(false);
    let seeds = args.from..args.from.saturating_add(args.seeds);
    let options = Options { seeds, threads: args.threads, invariants: args.invariants.clone(), stop: Some(&stop) };
    let ground = Ground::new(&base).map_err(|error| error.to_string())?;
    let killed = match &args.kill_at_every_step {
        Some(name) => Some(ground.cast().find(name).ok_or_else(|| format!("there is no device `{name}`"))?),
        None => None,
    };
    let begun = Instant::now();
    let hunts = || match killed {
        Some(device) => kill_at_every_step(&ground, device, &Options { seeds: 1..u64::MAX, ..options.clone() }),
        None => hunt_on(&ground, &options),
    };
    let found = timed(args.time, &stop, hunts)?;
    let elapsed = begun.elapsed();
    let mut written = None;
    let mut small = None;
    if let Some((case, failure)) = &found.failure {
        let name = failure.violation.invariant;
        match case.kill_after {
            Some(effect) => eprintln!("a kill after effect {effect} breaks {name}; making it small ..."),
            None => eprintln!("seed {} breaks {name}; making it small ...", case.seed),
        }
        let (case, why) = minimize(&ground, case, name, RUNS_MAX, |left| eprint!("\r{left} events and faults left   "));
        eprintln!();
        let why = why.unwrap_or_else(|| failure.clone());
        let path = args.save.clone().unwrap_or_else(|| PathBuf::from(format!("hunt-{name}-{}.toml", case.seed)));
        fs::write(&path, scenario_of(&base, &ground, &case, &why))
            .map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
        written = Some(path);
        small = Some((case, why));
    }
    if let Some(path) = &args.junit {
        let judged: Vec<Invariant> = options.court(&base.scenario.plan.profile).invariants().collect();
        fs::write(path, junit(&found, &judged, elapsed))
            .map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let shown = if args.json {
        writeln!(out, "{}", as_json(&base, &found, elapsed))
    } else {
        coverage_lines(&mut out, &found, elapsed).and_then(|()| {
            let (Some((case, why)), Some((first, failure))) = (&small, &found.failure) else { return Ok(()) };
            failure_lines(&mut out, &ground, case, why, 12)?;
            if killed.is_none() {
                let token = token(&base, first, failure.step, why.violation.invariant);
                writeln!(out, "replay with: imesim replay {token}")?;
            }
            written.iter().try_for_each(|path| writeln!(out, "         or: imesim replay {}", path.display()))
        })
    };
    super::ignore_closed_pipe(shown.and_then(|()| out.flush()))?;
    Ok(ExitCode::from(u8::from(found.failure.is_some())))
}

fn token(base: &Base, case: &Case, step: u64, invariant: Invariant) -> Token {
    Token::new(base, case.seed, case.device, step, invariant)
}

fn as_json(base: &Base, found: &Found, elapsed: Duration) -> serde_json::Value {
    let coverage = &found.coverage;
    json!({
        "seeds": found.seeds,
        "milliseconds": elapsed.as_millis(),
        "device_days": coverage.days,
        "steps": coverage.steps,
        "rules": coverage.rules.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "states": coverage.states(),
        "transitions": coverage.transitions.len(),
        "faults": coverage.faults.iter().map(|(fault, worlds)| (fault.name(), *worlds)).collect::<std::collections::BTreeMap<_, _>>(),
        "goals": coverage.goals,
        "failure": found.failure.as_ref().map(|(case, failure)| json!({
            "invariant": failure.violation.invariant,
            "what": failure.violation.what,
            "seed": case.seed,
            "device": case.device,
            "step": failure.step,
            "token": token(base, case, failure.step, failure.violation.invariant).to_string(),
        })),
    })
}

/// Runs something and says stop when the time is over, or with the first Ctrl-C. That takes a thread of its own: without one no
/// time can be kept.
fn timed<T>(time: Option<crate::time::Span>, stop: &AtomicBool, work: impl FnOnce() -> T) -> Result<T, String> {
    let interrupted = super::study::interrupt().ok();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = || {
            let begun = Instant::now();
            while !done.load(Ordering::Relaxed) {
                let is_over = time.is_some_and(|time| begun.elapsed() >= Duration::from_millis(time.as_millis()));
                if is_over || interrupted.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                    stop.store(true, Ordering::Relaxed);
                }
                std::thread::park_timeout(Duration::from_millis(20));
            }
        };
        let watcher = spawn(scope, watch);
        if let (Err(error), Some(time)) = (&watcher, time) {
            return Err(format!("there is no thread to end the hunt after {time}: {error}"));
        }
        let result = work();
        done.store(true, Ordering::Relaxed);
        if let Ok(watcher) = watcher {
            watcher.thread().unpark();
        }
        Ok(result)
    })
}

pub(super) fn replay(args: &ReplayArgs) -> Result<ExitCode, String> {
    let path = Path::new(&args.what);
    let (base, case, wanted) = if path.exists() {
        let base = base_of(Some(path), &args.scenario)?;
        let replay = base.scenario.replay.clone().ok_or_else(|| {
            format!("{}: there is no [replay] in it; `imesim run` shows any scenario", path.display())
        })?;
        let wanted =
            invariant(&replay.invariant).map_err(|error| format!("{}: replay.invariant: {error}", path.display()))?;
        let ground = Ground::new(&base).map_err(|error| error.to_string())?;
        let case = Case::kept(&ground, &replay)
            .ok_or_else(|| format!("{}: replay.device: there is no device `{}`", path.display(), replay.device))?;
        (base, case, wanted)
    } else {
        let token: Token = args
            .what
            .parse()
            .map_err(|error: crate::check::hunt::TokenError| format!("{error}; and there is no file of that name"))?;
        let base = base_of(args.file.as_deref(), &args.scenario)?;
        if !token.is_of(&base) {
            return Err("the token is about another world: give its scenario file, as it was then".to_owned());
        }
        let ground = Ground::new(&base).map_err(|error| error.to_string())?;
        let case = Case::draw(&ground, token.seed);
        (base, case, token.invariant)
    };
    let ground = Ground::new(&base).map_err(|error| error.to_string())?;
    let outcome = ground.run(&case, &mut Court::new().only(&[wanted]), &mut crate::check::hunt::Coverage::default());
    let mut out = io::BufWriter::new(io::stdout().lock());
    let shown = match &outcome {
        Ok(()) => writeln!(out, "{wanted} holds: it does not fail any more"),
        Err(failure) => failure_lines(&mut out, &ground, &case, failure, args.lines),
    };
    super::ignore_closed_pipe(shown.and_then(|()| out.flush()))?;
    Ok(ExitCode::from(u8::from(outcome.is_err())))
}
