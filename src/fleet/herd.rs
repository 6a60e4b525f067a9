//! How evenly requests come, and what an outage leaves behind: peak against mean, drain time, echo.

use serde::Serialize;

use super::grid::Grid;
use crate::catalog::FaultChannel;
use crate::sim::plan::Plan;
use crate::time::Span;

/// How requests crowd. All rates are requests in one bin of [`Grid::fine`].
///
/// Source: F1, F3.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Herd {
    /// The length of a bin.
    pub bin: Span,
    /// The most requests of a bin.
    pub peak: u64,
    /// When that bin begins, from the start of the run.
    pub peak_at: Span,
    /// The mean of a bin, in thousandths.
    pub mean_milli: u64,
    /// The peak as a multiple of the mean, in thousandths.
    pub peak_to_mean_milli: u64,
    /// The times in which the service failed, and what came after.
    pub outages: Vec<Outage>,
}

/// What an outage left behind.
///
/// The load of a normal day is the highest bin of the day before the outage, or of all the run before it if that is
/// shorter; of what comes above it after the outage, the highest bin until it is below for the first time is the first
/// peak, and the highest one after that, up to a day after the end, is the echo.
/// Source: F1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// When it began, from the start of the run.
    pub from: Span,
    /// When it was over.
    pub until: Span,
    /// The highest bin of the day before.
    pub normal_peak: u64,
    /// The time from its end until load was not above that for a quarter of an hour; `None` if that was not within the run.
    pub drain: Option<Span>,
    /// The highest bin up to then.
    pub first_peak: u64,
    /// The highest bin from then on, up to a day after the end.
    pub echo_peak: u64,
    /// How far the echo is above the normal peak, in thousandths of how far the first peak is.
    pub echo_permille: u64,
}

impl Herd {
    /// Of requests by fine bin.
    pub(super) fn new(grid: &Grid, requests: &[u64], plan: &Plan) -> Self {
        Self::of_outages(grid, requests, outages(grid, plan))
    }

    /// Of requests by fine bin, with the times of the outages.
    pub(super) fn of_outages(grid: &Grid, requests: &[u64], outages: impl Iterator<Item = (Span, Span)>) -> Self {
        let whole = usize::try_from(grid.duration.as_millis() / grid.fine.as_millis()).unwrap_or(usize::MAX).max(1);
        let total: u128 = requests.iter().map(|load| u128::from(*load)).sum();
        let mean_milli = total * 1_000 / whole as u128;
        let peak = requests.iter().enumerate().max_by_key(|(bin, load)| (**load, std::cmp::Reverse(*bin)));
        let (peak_bin, peak) = peak.map_or((0, 0), |(bin, load)| (bin, *load));
        Self {
            bin: grid.fine,
            peak,
            peak_at: grid.fine.saturating_mul(peak_bin as u64),
            mean_milli: u64::try_from(mean_milli).unwrap_or(u64::MAX),
            peak_to_mean_milli: permille(u128::from(peak) * 1_000, mean_milli),
            outages: outages.map(|(from, until)| Outage::new(grid, requests, from, until)).collect(),
        }
    }
}

/// The faults of the service that end within the run, overlapping ones as one.
fn outages(grid: &Grid, plan: &Plan) -> impl Iterator<Item = (Span, Span)> {
    let mut spans: Vec<(Span, Span)> = plan
        .tenant
        .faults()
        .iter()
        .filter(|fault| fault.kind.failure().is_some())
        .filter(|fault| !matches!(fault.channel, FaultChannel::AgentDownload | FaultChannel::AgentInstaller))
        .map(|fault| (fault.from.since(grid.start), fault.until.since(grid.start)))
        .filter(|(_, until)| *until <= grid.duration)
        .collect();
    spans.sort_unstable();
    let mut joined: Vec<(Span, Span)> = Vec::new();
    for (from, until) in spans {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            Some(_) | None => joined.push((from, until)),
        }
    }
    joined.into_iter()
}

impl Outage {
    fn new(grid: &Grid, requests: &[u64], from: Span, until: Span) -> Self {
        let bin = |span: Span| usize::try_from(span.as_millis() / grid.fine.as_millis()).unwrap_or(usize::MAX);
        let a_day = bin(Span::days(1)).max(1);
        let quiet = bin(QUIET).max(1);
        let range = |from: usize, until: usize| {
            let until = until.min(requests.len());
            requests.get(from.min(until)..until).unwrap_or(&[])
        };
        let highest = |loads: &[u64]| loads.iter().copied().max().unwrap_or(0);
        let (begin, end) = (bin(from), bin(until));
        let normal_peak = highest(range(begin.saturating_sub(a_day), begin));
        let after = range(end, requests.len());
        let drained = after.windows(quiet).position(|loads| highest(loads) <= normal_peak);
        let (first, echo) = after.split_at(drained.unwrap_or(after.len()));
        let echo = echo.get(..a_day.saturating_sub(first.len()).min(echo.len())).unwrap_or(echo);
        let (first_peak, echo_peak) = (highest(first), highest(echo));
        let above = |peak: u64| u128::from(peak.saturating_sub(normal_peak));
        Self {
            from,
            until,
            normal_peak,
            drain: drained.map(|bins| grid.fine.saturating_mul(bins as u64)),
            first_peak,
            echo_peak,
            echo_permille: permille(above(echo_peak), above(first_peak)),
        }
    }
}

/// Load that stays low for so long has gone down.
const QUIET: Span = Span::mins(15);

/// A part in thousandths of a whole; 0 of nothing.
fn permille(part: u128, of: u128) -> u64 {
    let share = (part * 1_000).checked_div(of).unwrap_or(0);
    u64::try_from(share).unwrap_or(u64::MAX)
}
