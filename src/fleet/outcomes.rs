//! What became of each piece of content on each device, handed out in the order of the devices while the run goes on.
//!
//! Workers end their shards in any order. A shard whose turn has not come is kept; a worker that is far ahead waits, so
//! that what is kept stays small however long one shard takes. Whoever brings the shard whose turn it is hands it out,
//! with all that follow it without a gap.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Job;
use super::standing::Standing;
use crate::facts::Feature;
use crate::protocol::PolicyId;
use crate::time::{Span, Wall};

/// What became of one script, required app or remediation on one device at which it was aimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<'n> {
    /// The device's number.
    pub device: u64,
    /// The device's name.
    pub name: &'n str,
    /// Its population; `None` for a device that is described by itself.
    pub population: Option<&'n str>,
    /// The content's name.
    pub content: &'n str,
    /// One of `script`, `app` and `remediation`.
    pub kind: &'static str,
    /// The group through which it was assigned; `none` if it has none any more.
    pub ring: &'n str,
    /// How it stands at the end.
    pub standing: Standing,
    /// When it was assigned, from the start of the run; zero for what was assigned before.
    pub assigned: Span,
    /// When the service got the first report of success, from the start of the run; `None` if it got none.
    pub done: Option<Span>,
    /// How many reports of failure came in.
    pub failures: u32,
}

/// Takes what became of devices while a fleet runs; see [`Options::outcomes`](super::Options::outcomes).
///
/// The order is the same for every number of threads: by device, and of one device in the order of the scenario's
/// content. A device at which nothing is aimed does not appear. Of a run that was stopped, devices that were not run are
/// left out.
pub trait OutcomeSink: fmt::Debug + Sync {
    /// Takes the outcomes of some more devices, at least one. Called from any thread, never from two at once. The run
    /// waits for it when it is slow.
    fn take(&self, outcomes: &[Outcome<'_>]);
}

/// An outcome as a worker notes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) number: u64,
    pub(super) policy: PolicyId,
    pub(super) ring: usize,
    pub(super) standing: Standing,
    pub(super) from: Wall,
    pub(super) done: Option<Wall>,
    pub(super) failures: u32,
}

/// Puts shards back into their order.
#[derive(Debug)]
pub(super) struct Queue<'q> {
    job: &'q Job<'q>,
    sink: &'q dyn OutcomeSink,
    /// The number of the first device of each group.
    firsts: Vec<u64>,
    /// How far ahead of its turn a shard may be kept.
    ahead_max: u64,
    waiting: Mutex<Waiting>,
    turned: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    /// The shard whose turn it is.
    next: u64,
    /// Those that came before their turn.
    kept: BTreeMap<u64, Vec<Row>>,
    /// Somebody hands out.
    is_busy: bool,
    /// A worker has panicked: the shard whose turn it is may never come.
    is_abandoned: bool,
}

impl<'q> Queue<'q> {
    pub(super) fn new(job: &'q Job<'q>, sink: &'q dyn OutcomeSink) -> Self {
        let mut first = 0_u64;
        let firsts = job.plan.groups.iter().map(|group| {
            let own = first;
            first = first.saturating_add(group.count);
            own
        });
        Self {
            job,
            sink,
            firsts: firsts.collect(),
            ahead_max: AHEAD * job.threads as u64,
            waiting: Mutex::default(),
            turned: Condvar::new(),
        }
    }

    /// Takes a shard, empty or not; each must come once. Waits if it is too early. The worker with the shard whose turn
    /// it is never waits, so that all go on.
    fn deliver(&self, shard: u64, rows: Vec<Row>) {
        let mut waiting = self.lock();
        while shard >= waiting.next + self.ahead_max && !waiting.is_abandoned {
            waiting = self.turned.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.is_abandoned {
            return;
        }
        waiting.kept.insert(shard, rows);
        if waiting.is_busy {
            return;
        }
        waiting.is_busy = true;
        loop {
            let turn = waiting.next;
            let Some(rows) = waiting.kept.remove(&turn) else { break };
            waiting.next += 1;
            drop(waiting);
            self.hand_out(&rows);
            self.turned.notify_all();
            waiting = self.lock();
        }
        waiting.is_busy = false;
    }

    fn hand_out(&self, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        let devices = || rows.chunk_by(|a, b| a.number == b.number);
        let numbers = devices().filter_map(|rows| rows.first()).map(|row| row.number);
        let names: Vec<_> = numbers.map(|number| self.job.cast.name(number).unwrap_or_default()).collect();
        let named = devices().zip(&names).flat_map(|(rows, name)| rows.iter().map(move |row| (row, name.as_str())));
        let outcomes: Vec<_> = named.map(|(row, name)| self.outcome(row, name)).collect();
        self.sink.take(&outcomes);
    }

    fn outcome<'n>(&'n self, row: &Row, name: &'n str) -> Outcome<'n> {
        let plan = self.job.plan;
        let content = plan.tenant.content(row.policy);
        let group = self.firsts.partition_point(|first| *first <= row.number).checked_sub(1);
        let group = group.and_then(|place| plan.groups.get(place)).filter(|group| group.is_population);
        Outcome {
            device: row.number,
            name,
            population: group.map(|group| group.name.as_str()),
            content: content.map_or("", |content| &content.name),
            kind: match content {
                Some(content) if content.is_app() => "app",
                Some(content) if content.feature == Feature::Remediation => "remediation",
                Some(_) | None => "script",
            },
            ring: self.job.ring_name(row.policy.0 as usize, row.ring),
            standing: row.standing,
            assigned: row.from.since(plan.start),
            done: row.done.map(|at| at.since(plan.start)),
            failures: row.failures,
        }
    }

    fn abandon(&self) {
        self.lock().is_abandoned = true;
        self.turned.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shards for each thread that may be kept: enough for one that takes a while, and few megabytes.
const AHEAD: u64 = 4;

/// A worker's way to the queue; where nobody asks for outcomes there is none, and nothing is noted.
#[derive(Debug)]
pub(super) struct Feed<'q> {
    queue: Option<&'q Queue<'q>>,
    rows: Vec<Row>,
}

impl<'q> Feed<'q> {
    pub(super) fn new(queue: Option<&'q Queue<'q>>) -> Self {
        Self { queue, rows: Vec::new() }
    }

    /// Where the outcomes of a shard's devices go, in order.
    #[inline]
    pub(super) fn rows(&mut self) -> Option<&mut Vec<Row>> {
        self.queue.map(|_| &mut self.rows)
    }

    /// The shard is over, or was left out.
    pub(super) fn end(&mut self, shard: u64) {
        if let Some(queue) = self.queue {
            queue.deliver(shard, std::mem::take(&mut self.rows));
        }
    }
}

impl Drop for Feed<'_> {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.filter(|_| std::thread::panicking()) {
            queue.abandon();
        }
    }
}
