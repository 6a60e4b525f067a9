//! All devices together, window by window, where the load of one window decides the answers in the next.
//!
//! Up to the first window that is too much for the service none depends on another, and [`Calm`] finds out which that is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::barrier::Barrier;
use super::calendar::Calendar;
use super::calm::Calm;
use super::counts::Counts;
use super::outcomes::{Feed, Queue};
use super::tally::{Kind, Notes, Tally, Watch};
use super::{Done, FleetError, Job, Progress, uncoupled};
use crate::sim::busy::{Backlog, Conditions, Demand, Windows};
use crate::sim::{Room, World};
use crate::threads::Worker;
use crate::time::{Span, Wall};

pub(super) fn run(job: &Job<'_>, progress: impl Fn(Progress) + Sync) -> Result<Done, FleetError> {
    check_size(job)?;
    let calm = Calm::new(job.plan, job.grid);
    if calm.busy().is_none() {
        // Outcomes are told once it is known that they stand, and progress with them.
        let waits = job.options.outcomes.is_some();
        let tell = |step| {
            if !waits {
                progress(step);
            }
        };
        let counts = uncoupled::run_while(job, &calm, None, tell);
        calm.look(&counts.requests(), &counts.load[Kind::Push as usize]);
        // What only some of the devices bring tells nothing of all.
        if calm.busy().is_none() && !job.options.is_stopped() {
            return Ok(if waits { uncoupled::run(job, progress) } else { job.done(counts) });
        }
    }
    Ok(run_from(job, calm.busy().unwrap_or(0), progress))
}

/// Runs all devices up to a window, before which the service is never busy, and from there on together.
fn run_from(job: &Job<'_>, from: u64, progress: impl Fn(Progress) + Sync) -> Done {
    let shared = Shared {
        barrier: Barrier::default(),
        slots: std::array::from_fn(|_| Slot::default()),
        outcome: Mutex::new((Windows::default(), 0)),
    };
    let queue = job.queue();
    let counts = job.on_threads(|worker| run_part(job, worker, from, &shared, queue.as_ref(), &progress));
    let (windows, count) = shared.outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
    let simulated = job.plan.limits.window.saturating_mul(count).min(job.plan.duration);
    Done { counts, simulated, windows }
}

/// Refuses what would not fit before anything is run. Whether the devices will have to be
/// held is not known then.
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

/// Timers, messages on their way, work in hand and the place in the calendar: as measured with one script (1.4 KB a device in
/// all) and with 70 pieces of content (12.1 KB), and rounded up.
const ELSEWHERE: u64 = 300;
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
    worker: Worker,
    from: u64,
    shared: &Shared,
    queue: Option<&Queue<'_>>,
    progress: &impl Fn(Progress),
) -> Counts {
    let tally = Tally::new(job.grid);
    let mut part = Part::new(job, worker, from, &tally);
    // What came in before left nothing behind.
    tally.take_demand();
    let limits = &job.plan.limits;
    let (mut backlog, mut conditions, mut windows) = (Backlog::default(), Conditions::CALM, Windows::default());
    let count = job.plan.duration.as_millis() / limits.window.as_millis() + 1;
    let mut window = from;
    while window < count {
        part.run_window(window, conditions);
        let place = usize::try_from(window % SLOTS as u64).unwrap_or(0);
        let slot = &shared.slots[place];
        slot.add(tally.take_demand());
        if worker.number == 0 && job.options.is_stopped() {
            slot.is_last.store(true, Ordering::Relaxed);
        }
        shared.barrier.wait(worker.of);
        windows.push(window, conditions);
        // Every worker comes to the same conclusion.
        conditions = backlog.after(limits, slot.get());
        window += 1;
        if worker.number == 0 {
            shared.slots[(place + 2) % SLOTS].clear();
            if window.is_multiple_of(64) {
                progress(Progress::Time(limits.window.saturating_mul(window)));
            }
        }
        if slot.is_last.load(Ordering::Relaxed) {
            break;
        }
    }
    if worker.number == 0
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
fn shards_of(job: &Job<'_>, worker: Worker) -> impl Iterator<Item = u64> {
    (0..job.shards()).skip(worker.number).step_by(worker.of)
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
    devices: Vec<Held<'p>>,
    calendar: Calendar,
    times: Times,
    /// What one device at a time needs while it runs.
    room: Room,
}

/// A device that is held while all of them go through time.
struct Held<'p> {
    number: u64,
    world: World<'p, Watch<'p>>,
}

impl Held<'_> {
    /// Asks memory for the device.
    #[inline]
    fn touch(&self) {
        self.world.touch();
        std::hint::black_box(self.world.observer().notes.last_contact);
    }
}

impl<'p> Part<'p> {
    fn new(job: &'p Job<'_>, worker: Worker, from: u64, tally: &'p Tally) -> Self {
        let mut part = Self {
            devices: Vec::new(),
            calendar: Calendar::new(from),
            times: Times {
                start: job.plan.start,
                end: job.plan.start.after(job.plan.duration),
                window: job.plan.limits.window,
            },
            room: Room::default(),
        };
        for number in shards_of(job, worker).flat_map(|shard| job.shard(shard)) {
            let Some(mut world) = job.cast.world(number, Watch { tally, notes: Notes::default() }) else { continue };
            if from > 0 {
                world.borrow_room(&mut part.room);
                world.run_to(part.times.end_of(from - 1));
            }
            world.return_room(&mut part.room);
            part.devices.push(Held { number, world });
        }
        // Devices of a class with the same shift wake up together, and memory is quickest with neighbors.
        part.devices.sort_by_cached_key(|device| (job.cast.class_of(device.number), device.world.shift_min()));
        for (place, device) in (0..).zip(&part.devices) {
            if let Some(window) = part.times.window_of(device.world.next()) {
                part.calendar.add(window, place);
            }
        }
        part
    }

    /// Runs what is due in a window.
    fn run_window(&mut self, window: u64, conditions: Conditions) {
        let until = self.times.end_of(window);
        let mut due = self.calendar.take();
        due.sort();
        for places in due.chunks(BATCH) {
            // Memory answers for all of them at once and not for one after the other.
            places.iter().filter_map(|place| self.devices.get(*place as usize)).for_each(Held::touch);
            places.iter().filter_map(|place| self.devices.get(*place as usize)).for_each(|held| held.world.fetch());
            for place in places {
                let Some(Held { world, .. }) = self.devices.get_mut(*place as usize) else { continue };
                world.set_conditions(conditions);
                world.borrow_room(&mut self.room);
                world.run_to(until);
                world.return_room(&mut self.room);
                if let Some(window) = self.times.window_of(world.next()) {
                    self.calendar.add(window, *place);
                }
            }
        }
    }

    /// Counts what became of the devices in the time that was simulated, shard by shard.
    fn finish(mut self, job: &Job<'_>, worker: Worker, simulated: Span, mut feed: Feed<'_>) -> Counts {
        let mut counts = job.counts();
        counts.grid.duration = simulated;
        let mut shards = shards_of(job, worker).peekable();
        self.devices.sort_by_cached_key(|device| device.number);
        for Held { number, world } in self.devices {
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

#[cfg(test)]
mod tests {
    use super::super::grid::Grid;
    use super::super::targets::Targets;
    use super::super::{Options, uncoupled};
    use super::*;
    use crate::scenario::{Overrides, Scenario};
    use crate::sim::Cast;
    use crate::threads::tests::with_at_most;

    /// A fleet whose service has a push for each device to hand over, after six hours, and may do so slowly.
    const FLEET: &str = r#"
        duration = "1d"
        [network]
        loss = "1%"
        [service]
        pushes_per_minute = 2
        window = "7m"
        [[app]]
        name = "rollout"
        [[at]]
        at = "6h"
        do = "assign"
        content = "rollout"
        group = "all-devices"
        [[population]]
        name = "desktop"
        count = 300
    "#;

    // However few of the calm windows are found, the result is the same.
    #[test]
    fn from_whatever_calm_window_it_starts_the_result_is_the_same() {
        let scenario = Scenario::parse(FLEET, "fleet.toml", &Overrides::default()).expect("the fleet is right");
        let plan = &scenario.plan;
        let cast = Cast::new(plan).expect("it can be cast");
        let (targets, grid) = (Targets::new(plan, &cast), Grid::new(plan));
        let job = Job { plan, cast: &cast, targets, grid, options: Options::default(), threads: 2 };
        let all = run_from(&job, 0, |_| {});
        let first = all.windows.busy().first().expect("it is busy at some time").0;
        let calm = Calm::new(plan, grid);
        let counts = uncoupled::run_while(&job, &calm, None, |_| {});
        calm.look(&counts.requests(), &counts.load[Kind::Push as usize]);
        let found = calm.busy().expect("it is found to be busy");
        assert!(found > 0 && found < first, "{found} of {first}");
        for from in [1, found / 2, found] {
            let part = run_from(&job, from, |_| {});
            assert_eq!(part.counts.digest, all.counts.digest, "from {from}");
            assert_eq!(part.windows, all.windows, "from {from}");
            let counted = |done: &Done| (done.counts.load.clone(), done.counts.changes.clone());
            assert_eq!(counted(&part), counted(&all), "from {from}");
        }
    }

    // However many threads there are of those that were asked for, all devices are run, each once, and none waits for nobody.
    #[test]
    fn where_threads_are_missing_the_result_is_the_same() {
        let scenario = Scenario::parse(FLEET, "fleet.toml", &Overrides::default()).expect("the fleet is right");
        let report = |threads, others| {
            let options = Options { threads, ..Options::default() };
            let run = || super::super::run(&scenario, options, |_| {}).expect("it can be run");
            serde_json::to_string(&with_at_most(others, run)).expect("a report is plain data")
        };
        let all = report(1, 0);
        for (threads, others) in [(3, 2), (3, 1), (3, 0), (usize::MAX, 0)] {
            assert_eq!(report(threads, others), all, "{others} beside the first, of {threads}");
        }
    }
}
