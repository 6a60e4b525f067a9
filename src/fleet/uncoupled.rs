//! Devices one after the other, each through the whole horizon while its state sits in the cache.

use std::sync::atomic::{AtomicU64, Ordering};

use super::counts::Counts;
use super::outcomes::{Feed, Queue};
use super::tally::{Notes, Tally, Watch};
use super::{Done, FleetError, Job, Progress};
use crate::sim::busy::Windows;

pub(super) fn run(job: &Job<'_>, progress: impl Fn(Progress) + Sync) -> Result<Done, FleetError> {
    let next = AtomicU64::new(0);
    let queue = job.queue();
    let counts = job.on_threads(|_| worker(job, &next, queue.as_ref(), &progress))?;
    Ok(Done { counts, simulated: job.plan.duration, windows: Windows::default() })
}

/// Takes one shard after the other until there is none left.
fn worker(job: &Job<'_>, next: &AtomicU64, queue: Option<&Queue<'_>>, progress: &impl Fn(Progress)) -> Counts {
    let tally = Tally::new(job.grid);
    let mut counts = job.counts();
    let mut notes = Notes::default();
    let mut feed = Feed::new(queue);
    loop {
        let shard = next.fetch_add(1, Ordering::Relaxed);
        if shard >= job.shards() {
            break;
        }
        if job.options.is_stopped() {
            feed.end(shard);
            break;
        }
        let devices = job.shard(shard);
        let done = devices.end - devices.start;
        for number in devices {
            let Some(world) = job.cast.world(number, Watch { tally: &tally, notes: notes.cleared() }) else {
                notes = Notes::default();
                continue;
            };
            let (ended, watch) = world.run().split();
            notes = watch.notes;
            let class = job.cast.class_of(number).unwrap_or(0);
            counts.add(&ended, number, &notes, job.targets.of(class), job.plan, feed.rows());
        }
        feed.end(shard);
        progress(Progress::Devices(done));
    }
    counts.add_tally(&tally);
    counts
}
