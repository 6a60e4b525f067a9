//! What a fleet run counts: sums and histograms that can be merged in any order.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::standing::{Standing, Target};
use crate::protocol::app_codes::enforcement;
use crate::protocol::{AppReport, Report, Request, ScriptResult};
use crate::sim::plan::Plan;
use crate::sim::{Digest, Ended, Observer};
use crate::time::{Span, Wall};

/// What a run counted; grows with the hours of the run and the pieces of content, not with the devices.
#[derive(Clone, Debug)]
pub struct Counts {
    /// Devices that were run.
    pub devices: u64,
    /// Events: inputs that devices took, and each time that one fell asleep or woke up.
    pub events: u64,
    /// Requests that reached the service, by hour of the run.
    pub load: Vec<u64>,
    /// One entry for each piece of content, in the order of the scenario.
    pub contents: Vec<ContentCounts>,
    /// The digests of all devices together.
    pub digest: Digest,
    scratch: Scratch,
}

/// What a run counted of one script or required app.
#[derive(Clone, Debug)]
pub struct ContentCounts {
    /// Devices at which it was aimed.
    pub targeted: u64,
    /// Of those, devices by how they ended.
    pub standings: BTreeMap<Standing, u64>,
    /// Reports of failure that came in.
    pub failures: u64,
    /// For each device that is done: whole seconds from the assignment to the report of success.
    pub times: Option<Histogram<u64>>,
}

/// What is noted of the device that is running; kept from one to the next for its room.
#[derive(Clone, Debug, Default)]
struct Scratch {
    done: Vec<Done>,
    last_contact: Option<Wall>,
}

/// What the service learned of one piece of content on one device.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    pub(super) at: Option<Wall>,
    failures: u32,
}

/// Looks on for one device.
#[derive(Debug)]
pub(super) struct Watch<'c> {
    start: Wall,
    load: &'c mut [u64],
    scratch: &'c mut Scratch,
}

impl Observer for Watch<'_> {
    #[inline]
    fn served(&mut self, at: Wall, request: &Request) {
        let hour = at.since(self.start).as_millis() / HOUR;
        if let Some(load) = usize::try_from(hour).ok().and_then(|hour| self.load.get_mut(hour)) {
            *load += 1;
        }
        self.scratch.last_contact = Some(at);
        let Request::Report(report) = request else { return };
        let (policy, result) = match report {
            Report::Script(report) => (report.policy, Some(report.result)),
            Report::App(report) => (report.policy, result_of(report)),
            Report::Remediation(_) | Report::Compliance(_) | Report::Inventory => return,
        };
        let Some(done) = self.scratch.done.get_mut(policy.0 as usize) else { return };
        match result {
            Some(ScriptResult::Success) => {
                done.at.get_or_insert(at);
            }
            Some(ScriptResult::Failed) => done.failures += 1,
            None => {}
        }
    }
}

/// Whether an app is there as wished, or enforcing it failed (T-7.3); neither while it waits for something.
const fn result_of(report: &AppReport) -> Option<ScriptResult> {
    if enforcement::is_success(report.enforcement) {
        Some(ScriptResult::Success)
    } else if enforcement::is_error(report.enforcement) {
        Some(ScriptResult::Failed)
    } else {
        None
    }
}

const HOUR: u64 = Span::hours(1).as_millis();

impl Counts {
    pub(super) fn new(plan: &Plan) -> Self {
        let hours = usize::try_from(plan.duration.as_millis() / HOUR + 1).unwrap_or(usize::MAX).min(HOURS_MAX);
        let contents = plan.tenant.contents().len();
        let content = ContentCounts { targeted: 0, standings: BTreeMap::new(), failures: 0, times: None };
        Self {
            devices: 0,
            events: 0,
            load: vec![0; hours],
            contents: vec![content; contents],
            digest: Digest::default(),
            scratch: Scratch { done: vec![Done::default(); contents], last_contact: None },
        }
    }

    /// Whoever looks on for the next device.
    pub(super) fn watch(&mut self, plan: &Plan) -> Watch<'_> {
        self.scratch.done.fill(Done::default());
        self.scratch.last_contact = None;
        Watch { start: plan.start, load: &mut self.load, scratch: &mut self.scratch }
    }

    /// Adds up a device that has ended, as the last [`Counts::watch`] saw it.
    pub(super) fn add(&mut self, ended: &Ended<()>, targets: &[Target], plan: &Plan) {
        self.devices += 1;
        self.events += ended.events;
        self.digest = self.digest.merged(ended.digest);
        for target in targets {
            let place = target.policy.0 as usize;
            let (Some(counts), Some(done)) = (self.contents.get_mut(place), self.scratch.done.get(place)) else {
                continue;
            };
            counts.targeted += 1;
            counts.failures += u64::from(done.failures);
            let standing = Standing::of(ended, target, done, self.scratch.last_contact, plan);
            *counts.standings.entry(standing).or_insert(0) += 1;
            if let (Standing::Done, Some(at)) = (standing, done.at) {
                counts.record(at.since(target.from));
            }
        }
    }

    /// Both together.
    pub(super) fn merged(mut self, other: Self) -> Self {
        self.devices += other.devices;
        self.events += other.events;
        self.digest = self.digest.merged(other.digest);
        for (mine, theirs) in self.load.iter_mut().zip(&other.load) {
            *mine += theirs;
        }
        for (mine, theirs) in self.contents.iter_mut().zip(other.contents) {
            mine.merge(theirs);
        }
        self
    }
}

/// Hours whose load is kept apart: ten years.
const HOURS_MAX: usize = 24 * 3_660;

impl ContentCounts {
    fn record(&mut self, span: Span) {
        if self.times.is_none() {
            // Three digits that count; it can only fail for other numbers of digits.
            self.times = Histogram::new(3).ok();
        }
        if let Some(times) = &mut self.times {
            // It grows with what is recorded.
            let _ = times.record(span.as_secs());
        }
    }

    fn merge(&mut self, other: Self) {
        self.targeted += other.targeted;
        self.failures += other.failures;
        for (standing, count) in other.standings {
            *self.standings.entry(standing).or_insert(0) += count;
        }
        match (&mut self.times, other.times) {
            (Some(mine), Some(theirs)) => {
                // Both grow by themselves, so that nothing of theirs lies outside.
                let _ = mine.add(theirs);
            }
            (mine @ None, theirs) => *mine = theirs,
            (Some(_), None) => {}
        }
    }

    /// Devices with a standing of this kind, by cause.
    pub fn by_cause(&self, kind: &str) -> BTreeMap<&'static str, u64> {
        let mut causes = BTreeMap::new();
        for (standing, count) in self.standings.iter().filter(|(standing, _)| standing.kind() == kind) {
            *causes.entry(standing.cause()).or_insert(0) += count;
        }
        causes
    }
}
