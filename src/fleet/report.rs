//! What a fleet run reports: when devices had it, who has not and why, and what load it was.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::counts::{ContentCounts, Counts};
use crate::catalog::Content;
use crate::facts::Feature;
use crate::scenario::Scenario;
use crate::sim::{Cast, Digest};
use crate::time::Span;

/// The result of a fleet run. It says nothing of how long the run took or on how many threads: those change nothing.
#[derive(Clone, Debug, Serialize)]
pub struct FleetReport {
    /// The scenario's title.
    pub title: String,
    /// The seed.
    pub seed: u64,
    /// How many devices.
    pub devices: u64,
    /// How long each was run.
    pub duration: Span,
    /// For how many kinds of devices assignments were resolved.
    pub cohorts: usize,
    /// Events: inputs that devices took, and each time that one fell asleep or woke up.
    pub events: u64,
    /// 128 bits that stand for everything that every device did.
    pub digest: Digest,
    /// The scripts, in the order of the scenario.
    pub scripts: Vec<ContentReport>,
    /// The required apps, in the order of the scenario.
    pub apps: Vec<ContentReport>,
    /// Requests at the service.
    pub load: Load,
}

/// What became of one script or required app.
#[derive(Clone, Debug, Serialize)]
pub struct ContentReport {
    /// Its name.
    pub name: String,
    /// Devices at which it was aimed.
    pub targeted: u64,
    /// Devices from which the service has a report of success.
    pub done: u64,
    /// Devices on which it failed as often as it may, by cause.
    pub failed: BTreeMap<&'static str, u64>,
    /// Devices on which it is still to come, by cause.
    pub pending: BTreeMap<&'static str, u64>,
    /// Devices that it cannot reach, by cause.
    pub unreachable: BTreeMap<&'static str, u64>,
    /// Reports of failure that came in, retries included.
    pub failure_reports: u64,
    /// Time from the assignment until so many of the targeted devices were done.
    pub times: Times,
}

/// How long it took until a share of the targeted devices was done; `None` where it never was. Whole seconds, exact to
/// three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Times {
    /// Half of them.
    pub p50: Option<Span>,
    /// 90 %.
    pub p90: Option<Span>,
    /// 95 %.
    pub p95: Option<Span>,
    /// 99 %.
    pub p99: Option<Span>,
}

/// Requests at the service, of all kinds.
#[derive(Clone, Debug, Serialize)]
pub struct Load {
    /// All of them.
    pub requests: u64,
    /// The mean of an hour, rounded down.
    pub mean_per_hour: u64,
    /// Those of the busiest hour.
    pub peak_per_hour: u64,
    /// When that hour begins, from the start.
    pub peak_at: Span,
    /// By hour from the start.
    pub by_hour: Vec<u64>,
}

impl FleetReport {
    pub(super) fn new(scenario: &Scenario, cast: &Cast<'_>, counts: Counts) -> Self {
        let plan = &scenario.plan;
        let reports = |is_listed: fn(&Content) -> bool| {
            let contents = plan.tenant.contents().iter().zip(&counts.contents);
            let listed =
                contents.filter(|(content, counts)| is_listed(content) && (!content.is_app() || counts.targeted > 0));
            listed.map(|(content, counts)| ContentReport::new(&content.name, counts)).collect()
        };
        Self {
            title: scenario.title.clone(),
            seed: plan.seed,
            devices: counts.devices,
            duration: plan.duration,
            cohorts: cast.cohorts(),
            events: counts.events,
            digest: counts.digest,
            scripts: reports(|content| content.feature == Feature::Script),
            apps: reports(Content::is_app),
            load: Load::new(counts.load, plan.duration),
        }
    }
}

impl ContentReport {
    fn new(name: &str, counts: &ContentCounts) -> Self {
        Self {
            name: name.to_owned(),
            targeted: counts.targeted,
            done: counts.by_cause("done").values().sum(),
            failed: counts.by_cause("failed"),
            pending: counts.by_cause("pending"),
            unreachable: counts.by_cause("unreachable"),
            failure_reports: counts.failures,
            times: Times::new(counts),
        }
    }
}

impl Times {
    fn new(counts: &ContentCounts) -> Self {
        let share = |percent: u64| {
            let wanted = (counts.targeted * percent).div_ceil(100).max(1);
            counts.times.as_ref().and_then(|times| at_rank(times, wanted)).map(Span::secs)
        };
        Self { p50: share(50), p90: share(90), p95: share(95), p99: share(99) }
    }
}

/// The value of which at least `rank` recorded ones are no greater.
fn at_rank(times: &Histogram<u64>, rank: u64) -> Option<u64> {
    let mut seen = 0;
    times.iter_recorded().find_map(|step| {
        seen += step.count_since_last_iteration();
        (seen >= rank).then(|| step.value_iterated_to())
    })
}

impl Load {
    fn new(by_hour: Vec<u64>, duration: Span) -> Self {
        let requests = by_hour.iter().sum();
        let hours = duration.as_millis().div_ceil(Span::hours(1).as_millis()).max(1);
        let peak = by_hour.iter().enumerate().max_by_key(|(hour, load)| (**load, std::cmp::Reverse(*hour)));
        let (peak_hour, peak_per_hour) = peak.map_or((0, 0), |(hour, load)| (hour, *load));
        Self {
            requests,
            mean_per_hour: requests / hours,
            peak_per_hour,
            peak_at: Span::hours(peak_hour as u64),
            by_hour,
        }
    }
}
