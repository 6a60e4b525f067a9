//! What a fleet run reports: when devices had it, who has not and why, and what load it was.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::counts::{Counts, RingCounts, Standers};
use super::herd::Herd;
use super::{Done, Job, Kind};
use crate::catalog::Content;
use crate::facts::Feature;
use crate::scenario::Scenario;
use crate::sim::busy::Windows;
use crate::sim::{Cast, Digest};
use crate::time::{Span, Wall};

/// The result of a fleet run. It says nothing of how long the run took or on how many threads: those change nothing.
#[derive(Clone, Debug, Serialize)]
pub struct FleetReport {
    /// The scenario's title.
    pub title: String,
    /// The seed.
    pub seed: u64,
    /// When the run starts, in UTC.
    #[serde(serialize_with = "as_date")]
    pub start: Wall,
    /// How many devices were run.
    pub devices: u64,
    /// How long each was run.
    pub duration: Span,
    /// The run was ended before it was over: some devices, or the end of the time, are missing.
    pub is_partial: bool,
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
    /// The remediations, in the order of the scenario: done where no issue was found or it was mended.
    pub remediations: Vec<ContentReport>,
    /// Requests at the service.
    pub load: Load,
    /// How requests crowd.
    pub herd: Herd,
    /// Everything that was counted.
    #[serde(skip)]
    pub counts: Counts,
    /// How busy the service was.
    #[serde(skip)]
    pub windows: Windows,
}

/// What became of one script, required app or remediation.
#[derive(Clone, Debug, Serialize)]
pub struct ContentReport {
    /// Its name.
    pub name: String,
    /// The group through which it was assigned; `all` for all of them together.
    pub ring: String,
    /// Devices at which it was aimed.
    pub targeted: u64,
    /// Devices from which the service has a report of success.
    pub done: u64,
    /// Devices on which it failed as often as it may, by cause.
    pub failed: Causes,
    /// Devices on which it is still to come, by cause.
    pub pending: Causes,
    /// Devices that it cannot reach, by cause.
    pub unreachable: Causes,
    /// Reports of failure that came in, retries included.
    pub failure_reports: u64,
    /// Time from the assignment until so many of the targeted devices were done.
    pub times: Times,
    /// The length of a step of `curve`.
    pub curve_step: Span,
    /// Devices that were done, at the end of each step from the start of the run.
    pub curve: Vec<u64>,
    /// The same for each group through which it was assigned, if there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rings: Vec<ContentReport>,
}

/// What kept devices from being done.
pub type Causes = BTreeMap<&'static str, Cause>;

/// Devices that something is the cause of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// How many.
    pub count: u64,
    /// Some of them: those with the lowest numbers.
    pub examples: Vec<Example>,
}

/// A device to look at, with `imesim run FILE --device N`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Its number.
    pub number: u64,
    /// Its name.
    pub name: String,
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
    /// Those that a busy service refused.
    pub refused: u64,
    /// The longest that an answer was late because the service was busy.
    pub longest_wait: Span,
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
    /// Everything that was rolled out, by kind.
    pub fn contents(&self) -> [(&'static str, &[ContentReport]); 3] {
        [("script", &self.scripts), ("app", &self.apps), ("remediation", &self.remediations)]
    }

    /// The content of a kind, by its place in [`FleetReport::contents`], that has this name.
    pub fn content(&self, kind: usize, name: &str) -> Option<&ContentReport> {
        self.contents().get(kind)?.1.iter().find(|content| content.name == name)
    }

    pub(super) fn new(scenario: &Scenario, job: &Job<'_>, done: Done) -> Self {
        let (plan, Done { counts, simulated, windows }) = (&scenario.plan, done);
        let reports = |is_listed: fn(&Content) -> bool| {
            let contents = plan.tenant.contents().iter().enumerate();
            // Whether an app is required somewhere is a fact of the plan, and the same for every seed.
            let listed = contents.filter(|(place, content)| {
                is_listed(content) && (!content.is_app() || !job.targets.rings(*place).is_empty())
            });
            listed.map(|(place, content)| content_report(job, &counts, place, &content.name)).collect()
        };
        let requests = counts.requests();
        let longest_wait = windows.busy().iter().map(|(_, conditions)| conditions.wait).max().unwrap_or(Span::ZERO);
        Self {
            title: scenario.title.clone(),
            seed: plan.seed,
            start: plan.start,
            devices: counts.devices,
            duration: simulated,
            is_partial: counts.devices < job.cast.count() || simulated < plan.duration,
            cohorts: job.cast.cohorts(),
            events: counts.events,
            digest: counts.digest,
            scripts: reports(|content| content.feature == Feature::Script),
            apps: reports(Content::is_app),
            remediations: reports(|content| content.feature == Feature::Remediation),
            load: Load::new(&counts, &requests, longest_wait, simulated),
            herd: Herd::new(&counts.grid, &requests, plan),
            counts,
            windows,
        }
    }
}

fn as_date<S: serde::Serializer>(at: &Wall, s: S) -> Result<S::Ok, S::Error> {
    s.collect_str(&date(*at))
}

/// A moment as a date and time of UTC, such as `2026-03-02T00:00:00Z`.
pub(super) fn date(at: Wall) -> String {
    let date = chrono::DateTime::from_timestamp_millis(at.unix_millis());
    date.map_or_else(|| at.unix_millis().to_string(), |date| date.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// All rings together, and each if there are several.
fn content_report(job: &Job<'_>, counts: &Counts, place: usize, name: &str) -> ContentReport {
    let step = counts.grid.coarse;
    let rings = &counts.contents[place];
    let mut all = RingCounts::default();
    for ring in rings {
        all.merge(ring.clone());
    }
    let named = |ring, counts| ContentReport::new(name, ring, counts, step, job.cast);
    let mut report = named("all".to_owned(), &all);
    if rings.len() > 1 {
        let name_of = |ring| job.ring_name(place, ring).to_owned();
        let each = rings.iter().enumerate();
        report.rings = each.map(|(ring, counts)| named(name_of(ring), counts)).collect();
    }
    report
}

impl ContentReport {
    /// Why devices are not done: those where it failed, where it is still to come, and that it cannot reach.
    pub const fn causes(&self) -> [(&'static str, &Causes); 3] {
        [("failed", &self.failed), ("pending", &self.pending), ("unreachable", &self.unreachable)]
    }

    fn new(name: &str, ring: String, counts: &RingCounts, curve_step: Span, cast: &Cast<'_>) -> Self {
        let mut done = 0;
        let sums = counts.done_in.iter().map(|more| {
            done += more;
            done
        });
        let curve = sums.collect();
        let causes = |kind| {
            let by_cause = counts.by_cause(kind).into_iter();
            by_cause.map(|(cause, standers)| (cause, Cause::new(standers, cast))).collect::<BTreeMap<_, _>>()
        };
        Self {
            name: name.to_owned(),
            ring,
            targeted: counts.targeted,
            done,
            failed: causes("failed"),
            pending: causes("pending"),
            unreachable: causes("unreachable"),
            failure_reports: counts.failures,
            times: Times::new(counts),
            curve_step,
            curve,
            rings: Vec::new(),
        }
    }
}

impl Cause {
    fn new(standers: Standers, cast: &Cast<'_>) -> Self {
        let examples =
            standers.examples.into_iter().map(|number| Example { number, name: cast.name(number).unwrap_or_default() });
        Self { count: standers.count, examples: examples.collect() }
    }
}

impl Times {
    /// In the order of their shares.
    pub const fn all(&self) -> [Option<Span>; 4] {
        [self.p50, self.p90, self.p95, self.p99]
    }

    fn new(counts: &RingCounts) -> Self {
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
    fn new(counts: &Counts, fine: &[u64], longest_wait: Span, duration: Span) -> Self {
        let hour = Span::hours(1);
        let hours = duration.as_millis().div_ceil(hour.as_millis()).max(1);
        let mut by_hour = vec![0; usize::try_from(duration.as_millis() / hour.as_millis() + 1).unwrap_or(usize::MAX)];
        for (bin, load) in fine.iter().enumerate() {
            let at = counts.grid.fine.as_millis() * bin as u64;
            if let Some(sum) = usize::try_from(at / hour.as_millis()).ok().and_then(|hour| by_hour.get_mut(hour)) {
                *sum += load;
            }
        }
        let requests = by_hour.iter().sum();
        let peak = by_hour.iter().enumerate().max_by_key(|(hour, load)| (**load, std::cmp::Reverse(*hour)));
        let (peak_hour, peak_per_hour) = peak.map_or((0, 0), |(hour, load)| (hour, *load));
        Self {
            requests,
            refused: counts.load[Kind::Refused as usize].iter().sum(),
            longest_wait,
            mean_per_hour: requests / hours,
            peak_per_hour,
            peak_at: Span::hours(peak_hour as u64),
            by_hour,
        }
    }
}
