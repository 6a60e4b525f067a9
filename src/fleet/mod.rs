//! Many devices at once: what a rollout does to all of them, on as many threads as asked for.
//!
//! As long as the service can take what comes, devices are independent between their talks with it, and what it answers
//! is a function of the published timeline, the moment and the device. Then each device runs through the whole horizon by
//! itself while its state sits in the cache (`uncoupled`). Where the service has limits, the load of a window of time
//! decides the answers in the next one, and all devices go through time window by window (`coupled`); but as long as no window
//! brings more than the service takes, the first way gives the same, and is tried first (`calm`). Both drive the same
//! [`World`](crate::sim::World).
//!
//! In both the order of devices is free, sums are integers, and every result is the same for every number of threads.
//! What a device did in a fleet is what it does alone: `imesim run FILE --device N` shows it.
//!
//! | file | owns |
//! |---|---|
//! | `uncoupled`, `coupled`, `calendar`, `barrier` | the two ways to run |
//! | `calm` | up to which window the first of them is as good as the second |
//! | `targets` | what is aimed at each device, and through which ring |
//! | `tally`, `counts`, `grid` | what is counted, per worker and together, and in which bins |
//! | `standing` | how content stands on a device at the end |
//! | `outcomes` | what became of each device, in order |
//! | [`export`] | all of it as files for other programs |
//! | `report`, `herd` | what comes out, in numbers for people |
//! | `study` | the same under several seeds, and two of them compared |

mod barrier;
mod calendar;
mod calm;
mod counts;
mod coupled;
pub mod export;
mod grid;
mod herd;
mod outcomes;
mod report;
mod standing;
mod study;
mod tally;
mod targets;
mod uncoupled;

use std::sync::atomic::{AtomicBool, Ordering};

pub use counts::{Counts, EXAMPLES, Freshness, RingCounts, Standers};
pub use grid::Grid;
pub use herd::{Herd, Outage};
pub use outcomes::{Outcome, OutcomeSink};
pub use report::{Cause, Causes, ContentReport, Example, FleetReport, Load, Times};
pub use standing::Standing;
#[cfg(feature = "cli")]
pub(crate) use study::grouped;
pub use study::{Comparison, Difference, Figure, Interval, Metric, PAIRS_MIN, Study, StudyError, Unit, Verdict};
pub use tally::{Kind, State};

use self::outcomes::Queue;
use self::targets::Targets;
use crate::scenario::Scenario;
use crate::sim::busy::Windows;
use crate::sim::{Cast, CastError};
use crate::threads::{Worker, together};
use crate::time::Span;

/// How a fleet is run; nothing here changes its results.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'o> {
    /// How many threads; 0 for as many as there are cores. Where the system gives fewer, or none, those that there are do it all.
    pub threads: usize,
    /// The most memory that it may take, in bytes, as far as that can be told in advance; `None` for any amount.
    pub memory: Option<u64>,
    /// Set by somebody who wants the run to end; what has been run until then is reported as a part.
    pub stop: Option<&'o AtomicBool>,
    /// Takes what became of each device, such as an [`export::Exporter`]; without one that is not even noted.
    pub outcomes: Option<&'o dyn OutcomeSink>,
}

impl Options<'_> {
    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    /// How many threads, of which none would be without a shard.
    fn threads(&self, shards: u64) -> usize {
        let wanted = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        wanted.min(usize::try_from(shards).unwrap_or(usize::MAX)).max(1)
    }
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many devices more have been run to the end.
    Devices(u64),
    /// All devices have come so far. Where the service turns out to be busy, this takes the place of what was told before.
    Time(Span),
}

/// Why a fleet could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FleetError {
    /// Its populations cannot be resolved.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// The devices of a coupled run are all held in memory, and there is not enough of it.
    #[error(
        "the service has limits, so all {devices} devices are held in memory at once; that takes about {needed} MB, and \
         {allowed} MB are allowed"
    )]
    Memory {
        /// How many devices.
        devices: u64,
        /// About how much memory they take, in megabytes.
        needed: u64,
        /// How much is allowed, in megabytes.
        allowed: u64,
    },
    /// More devices than a coupled run can number.
    #[error(
        "the service has limits, so the devices are run together, and {devices} are more than {} at once",
        u32::MAX
    )]
    TooMany {
        /// How many there are.
        devices: u64,
    },
}

/// Runs every device of a scenario. `progress` is told, from any thread, how far it has come.
///
/// # Errors
/// [`FleetError`] if the scenario's populations cannot be resolved, or there is not enough memory for a coupled run.
pub fn run(
    scenario: &Scenario,
    options: Options<'_>,
    progress: impl Fn(Progress) + Sync,
) -> Result<FleetReport, FleetError> {
    let plan = &scenario.plan;
    let cast = Cast::new(plan)?;
    let threads = options.threads(cast.count().div_ceil(SHARD));
    let (targets, grid) = (Targets::new(plan, &cast), Grid::new(plan));
    let job = Job { plan, cast: &cast, targets, grid, options, threads };
    let done = if plan.limits.is_limited() { coupled::run(&job, progress)? } else { uncoupled::run(&job, progress) };
    Ok(FleetReport::new(scenario, &job, done))
}

/// What is to be run.
#[derive(Debug)]
struct Job<'j> {
    plan: &'j crate::sim::plan::Plan,
    cast: &'j Cast<'j>,
    targets: Targets,
    grid: Grid,
    options: Options<'j>,
    /// How many are asked for, decided once.
    threads: usize,
}

/// What has been run.
struct Done {
    counts: Counts,
    /// How far all devices have come.
    simulated: Span,
    /// How busy the service was.
    windows: Windows,
}

impl Job<'_> {
    fn counts(&self) -> Counts {
        Counts::new(self.grid, self.plan, &self.targets)
    }

    /// What has been run if all devices came to the end and the service was never busy.
    fn done(&self, counts: Counts) -> Done {
        Done { counts, simulated: self.plan.duration, windows: Windows::default() }
    }

    /// The way for what became of devices, if somebody asks for it.
    fn queue(&self) -> Option<Queue<'_>> {
        self.options.outcomes.map(|sink| Queue::new(self, sink))
    }

    /// The group through which a piece of content is assigned, by the places of both.
    fn ring_name(&self, content: usize, ring: usize) -> &str {
        let group = self.targets.rings(content).get(ring).copied().flatten();
        group.and_then(|group| self.plan.tenant.group(group)).map_or("none", |group| &group.name)
    }

    /// The devices of a shard. Shards are large enough to make the hand-over cheap and small enough to share the work
    /// evenly.
    fn shard(&self, shard: u64) -> std::ops::Range<u64> {
        shard * SHARD..((shard + 1) * SHARD).min(self.cast.count())
    }

    fn shards(&self) -> u64 {
        self.cast.count().div_ceil(SHARD)
    }

    /// Lets each of the threads do its part and adds up what they counted.
    fn on_threads(&self, work: impl Fn(Worker) -> Counts + Sync) -> Counts {
        let parts = together(self.threads, work).into_iter();
        parts.reduce(Counts::merged).unwrap_or_else(|| self.counts())
    }
}

/// Devices of a shard.
const SHARD: u64 = 16;
