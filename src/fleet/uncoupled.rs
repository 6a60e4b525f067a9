//! Devices one after the other, each through the whole horizon while its state sits in the cache.

use std::sync::atomic::{AtomicU64, Ordering};

use super::calm::Calm;
use super::counts::Counts;
use super::outcomes::{Feed, Queue};
use super::tally::{Notes, Tally, Watch};
use super::{Done, Job, Progress};

/// Runs all of them as though the service had no limits.
pub(super) fn run(job: &Job<'_>, progress: impl Fn(Progress) + Sync) -> Done {
    let counts = run_while(job, &Calm::new(job.plan, job.grid), job.queue().as_ref(), progress);
    job.done(counts)
}

/// The same as long as it is worth while: once the service is known to be busy, no device is run beyond that.
pub(super) fn run_while(
    job: &Job<'_>,
    calm: &Calm,
    queue: Option<&Queue<'_>>,
    progress: impl Fn(Progress) + Sync,
) -> Counts {
    let next = AtomicU64::new(0);
    job.on_threads(|_| worker(job, calm, &next, queue, &progress))
}

/// Takes one shard after the other until there is none left.
fn worker(
    job: &Job<'_>,
    calm: &Calm,
    next: &AtomicU64,
    queue: Option<&Queue<'_>>,
    progress: &impl Fn(Progress),
) -> Counts {
    let tally = Tally::new(job.grid);
    let mut counts = job.counts();
    let mut notes = Notes::default();
    let mut feed = Feed::new(queue);
    let mut shards = 0_u64;
    loop {
        let shard = next.fetch_add(1, Ordering::Relaxed);
        if shard >= job.shards() {
            break;
        }
        if job.options.is_stopped() {
            feed.end(shard);
            break;
        }
        let (devices, until) = (job.shard(shard), calm.until());
        let done = devices.end - devices.start;
        for number in devices {
            let Some(mut world) = job.cast.world(number, Watch { tally: &tally, notes: notes.cleared() }) else {
                notes = Notes::default();
                continue;
            };
            world.run_to(until);
            let (ended, watch) = world.finish().split();
            notes = watch.notes;
            let class = job.cast.class_of(number).unwrap_or(0);
            counts.add(&ended, number, &notes, job.targets.of(class), job.plan, feed.rows());
        }
        feed.end(shard);
        shards += 1;
        if shards.is_power_of_two() {
            calm.look_at(&tally);
        }
        if calm.busy().is_none() {
            progress(Progress::Devices(done));
        }
    }
    counts.add_tally(&tally);
    counts
}
