//! All devices together, window by window, where the load of one window decides the answers in the next.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};

use super::calendar::Calendar;
use super::counts::Counts;
use super::outcomes::{Feed, Queue};
use super::tally::{Notes, Tally, Watch};
use super::{Done, FleetError, Job, Progress};
use crate::sim::busy::{Backlog, Conditions, Demand, Windows};
use crate::sim::{Room, World};
use crate::time::{Span, Wall};

pub(super) fn run(job: &Job<'_>, progress: impl Fn(Progress) + Sync) -> Result<Done, FleetError> {
    check_size(job)?;
    let shared = Shared {
        barrier: Barrier::new(job.threads),
        slots: std::array::from_fn(|_| Slot::default()),
        outcome: Mutex::new((Windows::default(), 0)),
    };
    let queue = job.queue();
    let counts = job.on_threads(|worker| run_part(job, worker, &shared, queue.as_ref(), &progress))?;
    let (windows, count) = shared.outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
    let simulated = job.plan.limits.window.saturating_mul(count).min(job.plan.duration);
    Ok(Done { counts, simulated, windows })
}

/// Refuses what would not fit before anything is run.
fn check_size(job: &Job<'_>) -> Result<(), FleetError> {
    let devices = job.cast.count();
    if devices > u64::from(u32::MAX) {
        return Err(FleetError::TooMany { devices });
    }
    let needed = devices.saturating_mul(bytes_per_device(job));
    match job.options.memory {
        Some(allowed) if needed > allowed => {
            Err(FleetError::Memory { devices, needed: needed.div_ceil(MB), allowed: allowed / MB })
        }
        Some(_) | None => Ok(()),
    }
}

const MB: u64 = 1_000_000;

/// About how much memory one device takes while it runs: itself, what it keeps elsewhere, and a record for each script,
/// app and remediation of the tenant.
fn bytes_per_device(job: &Job<'_>) -> u64 {
    let contents = job.plan.tenant.contents().len() as u64;
    size_of::<World<'_, Watch<'_>>>() as u64 + ELSEWHERE + contents * PER_CONTENT
}

/// Timers, messages on their way, work in hand and the place in the calendar: as measured with one script (2.0 KB a device in
/// all) and with 70 pieces of content (14.2 KB), and rounded up.
const ELSEWHERE: u64 = 700;
/// The agent's record, the service's, the machine's, and what was noted; measured with it.
const PER_CONTENT: u64 = 180;

/// What the workers share.
struct Shared {
    barrier: Barrier,
    /// What comes in, by window, over and over.
    slots: [Slot; SLOTS],
    /// How busy it was, and how many windows were run.
    outcome: Mutex<(Windows, u64)>,
}

/// The demand of one window, and whether it is the last because somebody wants the run to end.
#[derive(Default)]
struct Slot {
    is_last: AtomicBool,
    requests: AtomicU64,
    refused: AtomicU64,
    pushes: AtomicU64,
}

/// A slot is read after its window's barrier and cleared after the next one, while the window after that is counted.
const SLOTS: usize = 4;

impl Slot {
    fn add(&self, demand: Demand) {
        self.requests.fetch_add(demand.requests, Ordering::Relaxed);
        self.refused.fetch_add(demand.refused, Ordering::Relaxed);
        self.pushes.fetch_add(demand.pushes, Ordering::Relaxed);
    }

    fn get(&self) -> Demand {
        Demand {
            requests: self.requests.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            pushes: self.pushes.load(Ordering::Relaxed),
        }
    }

    fn clear(&self) {
        self.is_last.store(false, Ordering::Relaxed);
        self.requests.store(0, Ordering::Relaxed);
        self.refused.store(0, Ordering::Relaxed);
        self.pushes.store(0, Ordering::Relaxed);
    }
}

/// Runs the devices of one worker through all windows.
fn run_part(
    job: &Job<'_>,
    worker: usize,
    shared: &Shared,
    queue: Option<&Queue<'_>>,
    progress: &impl Fn(Progress),
) -> Counts {
    let tally = Tally::new(job.grid);
    let mut part = Part::new(job, worker, &tally);
    let limits = &job.plan.limits;
    let (mut backlog, mut conditions, mut windows) = (Backlog::default(), Conditions::CALM, Windows::default());
    let count = job.plan.duration.as_millis() / limits.window.as_millis() + 1;
    let mut window = 0;
    while window < count {
        part.run_window(window, conditions);
        let place = usize::try_from(window % SLOTS as u64).unwrap_or(0);
        let slot = &shared.slots[place];
        slot.add(tally.take_demand());
        if worker == 0 && job.options.is_stopped() {
            slot.is_last.store(true, Ordering::Relaxed);
        }
        shared.barrier.wait();
        windows.push(window, conditions);
        // Every worker comes to the same conclusion.
        conditions = backlog.after(limits, slot.get());
        window += 1;
        if worker == 0 {
            shared.slots[(place + 2) % SLOTS].clear();
            if window.is_multiple_of(64) {
                progress(Progress::Time(limits.window.saturating_mul(window)));
            }
        }
        if slot.is_last.load(Ordering::Relaxed) {
            break;
        }
    }
    if worker == 0
        && let Ok(mut outcome) = shared.outcome.lock()
    {
        *outcome = (windows, window);
    }
    let simulated = limits.window.saturating_mul(window).min(job.plan.duration);
    let mut counts = part.finish(job, worker, simulated, Feed::new(queue));
    counts.add_tally(&tally);
    counts
}

/// The shards of a worker: every so many.
fn shards_of(job: &Job<'_>, worker: usize) -> impl Iterator<Item = u64> {
    (0..job.shards()).skip(worker).step_by(job.threads)
}

/// Devices that are fetched together: few enough to stay in the cache.
const BATCH: usize = 16;

/// The times of the windows.
#[derive(Clone, Copy)]
struct Times {
    start: Wall,
    end: Wall,
    window: Span,
}

impl Times {
    /// The window of a moment, if that lies within the run.
    #[inline]
    fn window_of(&self, at: Wall) -> Option<u64> {
        (at <= self.end).then(|| at.since(self.start).as_millis() / self.window.as_millis())
    }

    /// The last moment of a window: the end of the run belongs to the run, and that of a window to the next one.
    fn end_of(&self, window: u64) -> Wall {
        self.start.after(self.window.saturating_mul(window + 1)).before(Span::millis(1)).min(self.end)
    }
}

/// The devices of one worker.
struct Part<'p> {
    /// All are there but for those of the batch.
    worlds: Vec<Option<World<'p, Watch<'p>>>>,
    /// Those that run now, in one place: they are fetched together, so that memory answers for all of them at once and
    /// not for one after the other.
    batch: Vec<World<'p, Watch<'p>>>,
    numbers: Vec<u64>,
    calendar: Calendar,
    times: Times,
    /// What one device at a time needs while it runs.
    room: Room,
    /// Taken from the calendar and given back.
    due: Vec<u32>,
}

impl<'p> Part<'p> {
    fn new(job: &'p Job<'_>, worker: usize, tally: &'p Tally) -> Self {
        let mut part = Self {
            worlds: Vec::new(),
            batch: Vec::with_capacity(BATCH),
            numbers: Vec::new(),
            calendar: Calendar::new(),
            times: Times {
                start: job.plan.start,
                end: job.plan.start.after(job.plan.duration),
                window: job.plan.limits.window,
            },
            room: Room::default(),
            due: Vec::new(),
        };
        for number in shards_of(job, worker).flat_map(|shard| job.shard(shard)) {
            let Some(mut world) = job.cast.world(number, Watch { tally, notes: Notes::default() }) else { continue };
            world.return_room(&mut part.room);
            let place = u32::try_from(part.worlds.len()).unwrap_or(u32::MAX);
            if let Some(window) = part.times.window_of(world.next()) {
                part.calendar.add(window, place);
            }
            part.worlds.push(Some(world));
            part.numbers.push(number);
        }
        part
    }

    /// Runs what is due in a window.
    fn run_window(&mut self, window: u64, conditions: Conditions) {
        let until = self.times.end_of(window);
        let due = self.calendar.take(std::mem::take(&mut self.due));
        for places in due.chunks(BATCH) {
            let worlds = places.iter().filter_map(|place| self.worlds.get_mut(*place as usize)?.take());
            self.batch.extend(worlds);
            self.batch.iter().for_each(World::fetch);
            for world in &mut self.batch {
                world.set_conditions(conditions);
                world.borrow_room(&mut self.room);
                world.run_to(until);
                world.return_room(&mut self.room);
            }
            for (place, world) in places.iter().zip(self.batch.drain(..)) {
                if let Some(window) = self.times.window_of(world.next()) {
                    self.calendar.add(window, *place);
                }
                self.worlds[*place as usize] = Some(world);
            }
        }
        self.due = due;
    }

    /// Counts what became of the devices in the time that was simulated, shard by shard.
    fn finish(self, job: &Job<'_>, worker: usize, simulated: Span, mut feed: Feed<'_>) -> Counts {
        let mut counts = job.counts();
        counts.grid.duration = simulated;
        let mut shards = shards_of(job, worker).peekable();
        for (world, number) in self.worlds.into_iter().flatten().zip(self.numbers) {
            while let Some(over) = shards.next_if(|shard| job.shard(*shard).end <= number) {
                feed.end(over);
            }
            let (ended, watch) = world.finish().split();
            let class = job.cast.class_of(number).unwrap_or(0);
            counts.add(&ended, number, &watch.notes, job.targets.of(class), job.plan, feed.rows());
        }
        shards.for_each(|shard| feed.end(shard));
        counts
    }
}
