//! Many devices: each runs through the whole horizon by itself while its state sits in the cache, on as many threads as
//! asked for, and the counts are added up at the end.
//!
//! Devices are independent between their talks with the service, and what the service answers is a function of the
//! published timeline, the moment and the device. So the order of devices is free, and every result is the same for
//! every number of threads. What a device did in a fleet is what it does alone: `imesim run FILE --device N` shows it.

mod counts;
mod report;
mod standing;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

pub use counts::{ContentCounts, Counts};
pub use report::{ContentReport, FleetReport, Load, Times};
pub use standing::Standing;

use crate::scenario::Scenario;
use crate::sim::{Cast, CastError};

/// How a fleet is run; nothing here changes its results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How many threads; 0 for as many as there are cores.
    pub threads: usize,
}

/// Why a fleet could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FleetError {
    /// Its populations cannot be resolved.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// The threads cannot be started.
    #[error("cannot start {threads} threads: {reason}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system says.
        reason: String,
    },
}

/// Runs every device of a scenario. `progress` is told, from any thread, how many more devices are done.
///
/// # Errors
/// [`FleetError`] if the scenario's populations cannot be resolved or the threads cannot be started.
pub fn run(scenario: &Scenario, options: Options, progress: impl Fn(u64) + Sync) -> Result<FleetReport, FleetError> {
    let cast = Cast::new(&scenario.plan)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|error| FleetError::Threads { threads: options.threads, reason: error.to_string() })?;
    let targets = standing::targets(&scenario.plan, &cast);
    let count = cast.count();
    let shards = count.div_ceil(SHARD);
    let counts = pool.install(|| {
        (0..shards)
            .into_par_iter()
            .map(|shard| {
                let devices = shard * SHARD..((shard + 1) * SHARD).min(count);
                let done = devices.end - devices.start;
                let counts = shard_counts(scenario, &cast, &targets, devices);
                progress(done);
                counts
            })
            .reduce_with(Counts::merged)
    });
    let counts = counts.unwrap_or_else(|| Counts::new(&scenario.plan));
    Ok(FleetReport::new(scenario, &cast, counts))
}

/// Devices that one thread runs at a time: enough to make the hand-over cheap, few enough to share the work evenly.
const SHARD: u64 = 256;

fn shard_counts(
    scenario: &Scenario,
    cast: &Cast<'_>,
    targets: &standing::Targets,
    devices: core::ops::Range<u64>,
) -> Counts {
    let mut counts = Counts::new(&scenario.plan);
    for number in devices {
        let class = cast.class_of(number).unwrap_or(0);
        let Some(world) = cast.world(number, counts.watch(&scenario.plan)) else { continue };
        let ended = world.run().without_observer();
        counts.add(&ended, targets.of(class), &scenario.plan);
    }
    counts
}
