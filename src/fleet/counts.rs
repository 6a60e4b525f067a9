//! What a fleet run counts: sums and histograms that can be merged in any order.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::grid::Grid;
use super::outcomes::Row;
use super::standing::Standing;
use super::tally::{Kind, Notes, State, Tally};
use super::targets::{Target, Targets};
use crate::sim::plan::Plan;
use crate::sim::{Digest, Ended};
use crate::time::Span;

/// What a run counted; grows with the bins of the run and the pieces of content, not with the devices.
#[derive(Clone, Debug)]
pub struct Counts {
    /// How time is cut.
    pub grid: Grid,
    /// Devices that were run.
    pub devices: u64,
    /// Events: inputs that devices took, and each time that one fell asleep or woke up.
    pub events: u64,
    /// By [`Kind`], by fine bin.
    pub load: Vec<Vec<u64>>,
    /// By [`State`], by fine bin: how many more devices are in it than in the bin before.
    pub changes: Vec<Vec<i64>>,
    /// For each piece of content, in the order of the scenario, its rings in the order in which devices come to them.
    pub contents: Vec<Vec<RingCounts>>,
    /// How long ago the service heard of each device, at the end of the run.
    pub freshness: Freshness,
    /// The digests of all devices together.
    pub digest: Digest,
}

/// What a run counted of one script or required app in one ring.
#[derive(Clone, Debug, Default)]
pub struct RingCounts {
    /// Devices at which it was aimed.
    pub targeted: u64,
    /// Of those, devices by how they ended.
    pub standings: BTreeMap<Standing, Standers>,
    /// Reports of failure that came in.
    pub failures: u64,
    /// For each device that is done: whole seconds from the assignment to the report of success.
    pub times: Option<Histogram<u64>>,
    /// By coarse bin, devices of which a report of success came in; empty where none did.
    pub done_in: Vec<u64>,
}

/// The devices that ended in one way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standers {
    /// How many.
    pub count: u64,
    /// The lowest numbers among them.
    pub examples: Vec<u64>,
}

/// How many devices are kept as examples of each way to end.
pub const EXAMPLES: usize = 5;

/// How long ago the service heard of devices.
#[derive(Clone, Debug, Default)]
pub struct Freshness {
    /// Whole seconds since the last contact, of those that had one.
    pub ages: Option<Histogram<u64>>,
    /// Devices of which it heard nothing during the run.
    pub never: u64,
}

impl Counts {
    pub(super) fn new(grid: Grid, plan: &Plan, targets: &Targets) -> Self {
        let ring = RingCounts::default();
        let contents = (0..plan.tenant.contents().len()).map(|place| vec![ring.clone(); targets.rings(place).len()]);
        Self {
            grid,
            devices: 0,
            events: 0,
            load: vec![vec![0; grid.fine_bins()]; Kind::ALL.len()],
            changes: vec![vec![0; grid.fine_bins()]; State::ALL.len()],
            contents: contents.collect(),
            freshness: Freshness::default(),
            digest: Digest::default(),
        }
    }

    /// Adds up a device that has ended, and what was noted of it. What became of each target goes to `rows` as well.
    pub(super) fn add(
        &mut self,
        ended: &Ended<()>,
        number: u64,
        notes: &Notes,
        targets: &[Target],
        plan: &Plan,
        mut rows: Option<&mut Vec<Row>>,
    ) {
        self.devices += 1;
        self.events += ended.events;
        self.digest = self.digest.merged(ended.digest);
        match notes.last_contact {
            Some(at) => record(&mut self.freshness.ages, self.grid.start.after(self.grid.duration).since(at)),
            None => self.freshness.never += 1,
        }
        for target in targets {
            let place = target.policy.0 as usize;
            let Some(counts) = self.contents.get_mut(place).and_then(|rings| rings.get_mut(target.ring)) else {
                continue;
            };
            let learned = notes.learned(target.policy);
            let done = learned.and_then(|learned| learned.done);
            counts.targeted += 1;
            counts.failures += learned.map_or(0, |learned| u64::from(learned.failures));
            let standing = Standing::of(ended, target, done.is_some(), notes, plan);
            counts.standings.entry(standing).or_default().add(number);
            if let Some(rows) = &mut rows {
                rows.push(Row {
                    number,
                    policy: target.policy,
                    ring: target.ring,
                    standing,
                    from: target.from,
                    done,
                    failures: learned.map_or(0, |learned| learned.failures),
                });
            }
            if let Some(at) = done {
                record(&mut counts.times, at.since(target.from));
                if counts.done_in.is_empty() {
                    counts.done_in = vec![0; self.grid.coarse_bins()];
                }
                if let Some(bin) = counts.done_in.get_mut(self.grid.coarse_bin(at)) {
                    *bin += 1;
                }
            }
        }
    }

    /// Adds what a worker counted by time.
    pub(super) fn add_tally(&mut self, tally: &Tally) {
        for (kind, sums) in Kind::ALL.into_iter().zip(&mut self.load) {
            add_each(sums, tally.load(kind));
        }
        for (state, sums) in State::ALL.into_iter().zip(&mut self.changes) {
            add_each(sums, tally.changes(state));
        }
    }

    /// Both together.
    pub(super) fn merged(mut self, other: Self) -> Self {
        self.devices += other.devices;
        self.events += other.events;
        self.digest = self.digest.merged(other.digest);
        self.freshness.never += other.freshness.never;
        merge_times(&mut self.freshness.ages, other.freshness.ages);
        for (mine, theirs) in self.load.iter_mut().zip(other.load) {
            add_each(mine, theirs.into_iter());
        }
        for (mine, theirs) in self.changes.iter_mut().zip(other.changes) {
            add_each(mine, theirs.into_iter());
        }
        for (mine, theirs) in self.contents.iter_mut().zip(other.contents) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                mine.merge(theirs);
            }
        }
        self
    }

    /// How many devices are in a state, by fine bin, at its end.
    pub fn in_state(&self, state: State) -> Vec<u64> {
        let mut now = 0_i64;
        let changes = self.changes[state as usize].iter();
        let levels = changes.map(|change| {
            now += change;
            u64::try_from(now).unwrap_or(0)
        });
        levels.collect()
    }

    /// Requests of all kinds, by fine bin.
    pub fn requests(&self) -> Vec<u64> {
        let mut sums = vec![0; self.grid.fine_bins()];
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_request()) {
            add_each(&mut sums, self.load[kind as usize].iter().copied());
        }
        sums
    }
}

impl RingCounts {
    pub(super) fn merge(&mut self, other: Self) {
        self.targeted += other.targeted;
        self.failures += other.failures;
        for (standing, theirs) in other.standings {
            self.standings.entry(standing).or_default().merge(theirs);
        }
        merge_times(&mut self.times, other.times);
        if self.done_in.is_empty() {
            self.done_in = other.done_in;
        } else {
            add_each(&mut self.done_in, other.done_in.into_iter());
        }
    }

    /// Devices with a standing of this kind, by cause.
    pub fn by_cause(&self, kind: &str) -> BTreeMap<&'static str, Standers> {
        let mut causes: BTreeMap<&'static str, Standers> = BTreeMap::new();
        for (standing, standers) in self.standings.iter().filter(|(standing, _)| standing.kind() == kind) {
            causes.entry(standing.cause()).or_default().merge(standers.clone());
        }
        causes
    }
}

impl Standers {
    fn add(&mut self, number: u64) {
        self.count += 1;
        self.keep(number);
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        for number in other.examples {
            self.keep(number);
        }
    }

    /// Keeps a number if it is among the lowest, in whatever order they come.
    fn keep(&mut self, number: u64) {
        let place = self.examples.partition_point(|known| *known < number);
        if place < EXAMPLES && self.examples.get(place) != Some(&number) {
            self.examples.insert(place, number);
            self.examples.truncate(EXAMPLES);
        }
    }
}

fn record(times: &mut Option<Histogram<u64>>, span: Span) {
    if times.is_none() {
        // Three digits that count; it can only fail for other numbers of digits.
        *times = Histogram::new(3).ok();
    }
    if let Some(times) = times {
        // It grows with what is recorded.
        let _ = times.record(span.as_secs());
    }
}

fn merge_times(mine: &mut Option<Histogram<u64>>, theirs: Option<Histogram<u64>>) {
    match (mine, theirs) {
        (Some(mine), Some(theirs)) => {
            // Both grow by themselves, so that nothing of theirs lies outside.
            let _ = mine.add(theirs);
        }
        (mine @ None, theirs) => *mine = theirs,
        (Some(_), None) => {}
    }
}

fn add_each<T: std::ops::AddAssign>(sums: &mut [T], more: impl Iterator<Item = T>) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}
