//! Running a study from the command line: progress with the time left, and Ctrl-C for what there is by then.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::FleetSize;
use crate::fleet::{Interval, Options, OutcomeSink, Progress, Study, Unit};
use crate::scenario::{Overrides, Scenario};

/// How a study is run.
#[derive(Clone, Debug, Args)]
pub(super) struct StudyArgs {
    /// How many threads; by default one for each core. Results never depend on it.
    #[arg(long, value_name = "T", default_value_t = 0)]
    threads: usize,
    /// The most memory for a fleet whose service has limits, in megabytes: its devices are held all at once.
    #[arg(long, value_name = "MB", default_value_t = 4_000)]
    memory: u64,
}

/// A study and how long it took.
pub(super) struct Made {
    pub(super) study: Study,
    pub(super) elapsed: Duration,
}

impl StudyArgs {
    /// Runs a scenario with so many seeds. `what` names it where there are several.
    pub(super) fn run(&self, scenario: &Scenario, runs: u32, what: &str) -> Result<Made, String> {
        self.run_into(scenario, runs, what, None)
    }

    /// The same, and what became of each device of the first seed goes to `outcomes`.
    pub(super) fn run_into(
        &self,
        scenario: &Scenario,
        runs: u32,
        what: &str,
        outcomes: Option<&dyn OutcomeSink>,
    ) -> Result<Made, String> {
        let stop = interrupt()?;
        let options = Options {
            threads: self.threads,
            memory: Some(self.memory.saturating_mul(1_000_000)),
            stop: Some(&stop),
            outcomes,
        };
        let bar = bar(scenario, runs, what);
        let study = Study::run(scenario, runs, options, |run, progress| tell(&bar, scenario, run, progress));
        let elapsed = bar.elapsed();
        bar.finish_and_clear();
        let study = study.map_err(|error| error.to_string())?;
        Ok(Made { study, elapsed })
    }
}

/// Counts devices that are done; where all go through time together, the share of the time as that of the devices.
fn tell(bar: &ProgressBar, scenario: &Scenario, run: u32, progress: Progress) {
    match progress {
        Progress::Devices(done) => bar.inc(done),
        Progress::Time(time) => {
            let (all, whole) = (devices(scenario), u128::from(scenario.plan.duration.as_millis()).max(1));
            let done = u128::from(all) * u128::from(time.as_millis()) / whole;
            bar.set_position(all * u64::from(run) + u64::try_from(done).unwrap_or(u64::MAX));
        }
    }
}

fn devices(scenario: &Scenario) -> u64 {
    scenario.plan.groups.iter().map(|group| group.count).sum()
}

/// A bar with the time left and devices per second; nothing where nobody looks.
fn bar(scenario: &Scenario, runs: u32, what: &str) -> ProgressBar {
    let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(devices(scenario).saturating_mul(u64::from(runs))), target);
    let style = "{prefix}{bar:40} {human_pos}/{human_len} devices, {per_sec}, {eta} left; Ctrl-C for what is done";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(if what.is_empty() { String::new() } else { format!("{what} ") });
    bar
}

/// Set by the first Ctrl-C; the second one ends the program at once.
pub(super) fn interrupt() -> Result<Arc<AtomicBool>, String> {
    static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(stop) = STOP.get() {
        return Ok(Arc::clone(stop));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if told.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
    })
    .map_err(|error| format!("cannot take notice of Ctrl-C: {error}"))?;
    Ok(Arc::clone(STOP.get_or_init(|| stop)))
}

/// How a program ends that was interrupted.
pub(super) const INTERRUPTED: u8 = 130;

/// Writes a page, whole or not at all: a reader never finds half of it.
#[expect(clippy::disallowed_methods, reason = "the program writes where it is told to")]
pub(super) fn write_page(path: &Path, page: &str) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot write {}: {error}", path.display());
    let unfinished = path.with_extension("part");
    std::fs::write(&unfinished, page).map_err(failed)?;
    std::fs::rename(&unfinished, path).map_err(failed)
}

/// A figure and its band, for people.
pub(super) fn interval_text(unit: Unit, interval: Interval, has_band: bool) -> String {
    let text = |value: Option<u64>| value.map_or_else(|| "not within this run".to_owned(), |value| unit.text(value));
    let median = text(interval.median);
    if !has_band || (interval.low == interval.high && interval.low == interval.median) {
        return median;
    }
    let high = interval.high.map_or_else(|| "beyond".to_owned(), |value| unit.text(value));
    format!("{median} ({} to {high})", text(interval.low))
}

/// The command that makes a study again, from the arguments of this one; without where it is written to.
#[expect(clippy::disallowed_methods, reason = "only the program reads its arguments, and this is the program")]
pub(super) fn command() -> String {
    let mut words = vec!["imesim".to_owned()];
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.split_once('=').map_or(arg.as_str(), |(name, _)| name) {
            "--report" | "--out" | "--threads" => {
                if !arg.contains('=') {
                    args.next();
                }
            }
            _ => words.push(quoted(arg)),
        }
    }
    words.join(" ")
}

/// The command that shows what device `{N}` of a fleet did.
pub(super) fn device_command(file: &str, size: &FleetSize, sets: &Overrides, seed: u64) -> String {
    let mut words = vec!["imesim run".to_owned(), quoted(file.to_owned()), format!("--seed {seed}")];
    let FleetSize { population, devices, days } = size;
    words.extend(population.as_ref().map(|name| format!("--population {}", quoted(name.clone()))));
    words.extend(devices.map(|devices| format!("--devices {devices}")));
    words.extend(days.map(|days| format!("--days {days}")));
    words.extend(sets.profile.as_ref().map(|profile| format!("--profile {}", quoted(profile.clone()))));
    words.extend(sets.set.iter().map(|(name, value)| format!("--set {}", quoted(format!("{name}={value}")))));
    words.push("--device {N}".to_owned());
    words.join(" ")
}

/// A word of a command, in quotes where a shell would take it apart.
fn quoted(word: String) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+%@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
