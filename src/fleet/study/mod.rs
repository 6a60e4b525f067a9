//! The same fleet under several seeds: how sure its figures are.
//!
//! A fleet of one seed is one way in which things may go. A study runs it with several seeds, which draw everything anew
//! and independently, and gives each figure as the median of the runs with the lowest and the highest: an interval by order
//! statistics, which needs no assumption about how figures are distributed. With n runs it covers the median of all
//! possible runs with a probability of 1 − 2^(1−n): 75 % for 3, 96.87 % for 6.
//!
//! What has not come to pass within a run is later than all that has, and is neither dropped nor guessed: `None`.

mod compare;
mod metric;
#[cfg(feature = "report")]
mod page;

pub use compare::{Comparison, Difference, PAIRS_MIN, Verdict};
#[cfg(feature = "cli")]
pub(crate) use metric::grouped;
pub use metric::{Metric, Unit};

use serde::Serialize;

use super::report::FleetReport;
use super::{FleetError, Options, Progress};
use crate::scenario::Scenario;

/// Runs of one scenario that differ in nothing but the seed.
#[derive(Clone, Debug)]
pub struct Study {
    runs: Vec<FleetReport>,
    /// How many were asked for.
    asked: u32,
}

/// One figure over all seeds; `None` is later or more than can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Interval<T = u64> {
    /// The lowest.
    pub low: Option<T>,
    /// The one in the middle; of two in the middle the lower.
    pub median: Option<T>,
    /// The highest.
    pub high: Option<T>,
}

impl<T: Ord + Copy> Interval<T> {
    /// Of figures in any order; `None` counts as higher than all others. Of no figures nothing is known.
    pub fn of(figures: impl IntoIterator<Item = Option<T>>) -> Self {
        let mut figures: Vec<Option<T>> = figures.into_iter().collect();
        figures.sort_unstable_by(|a, b| match (a, b) {
            (Some(a), Some(b)) => a.cmp(b),
            // What is known comes first.
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        let at = |place: usize| figures.get(place).copied().flatten();
        let last = figures.len().saturating_sub(1);
        Self { low: at(0), median: at(last / 2), high: at(last) }
    }
}

/// One figure of a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it is a figure of.
    pub what: String,
    /// Its unit.
    pub unit: Unit,
    /// Over all seeds.
    pub interval: Interval,
}

/// Why a study was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// A study of nothing.
    #[error("a study has 1 to {RUNS_MAX} runs, not {runs}")]
    Runs {
        /// How many runs were asked for.
        runs: u32,
    },
    /// A run could not be made.
    #[error(transparent)]
    Fleet(#[from] FleetError),
}

/// More than that make no band any surer.
const RUNS_MAX: u32 = 1_000;

impl Study {
    /// Runs a scenario with its seed and the ones that follow it. `progress` is told the run, from 0, and how far it is.
    ///
    /// A run that is stopped ends the study. Of a run that was cut short nothing is kept, unless it is all there is.
    ///
    /// # Errors
    /// [`StudyError`] for no runs or too many, or if the fleet cannot be run.
    pub fn run(
        scenario: &Scenario,
        runs: u32,
        options: Options<'_>,
        progress: impl Fn(u32, Progress) + Sync,
    ) -> Result<Self, StudyError> {
        if !(1..=RUNS_MAX).contains(&runs) {
            return Err(StudyError::Runs { runs });
        }
        let mut scenario = scenario.clone();
        let first = scenario.plan.seed;
        let mut reports = Vec::new();
        for run in 0..runs {
            scenario.plan.seed = first.wrapping_add(u64::from(run));
            // What became of each device is told of the first seed.
            let outcomes = options.outcomes.filter(|_| run == 0);
            let report = super::run(&scenario, Options { outcomes, ..options }, |done| progress(run, done))?;
            let is_partial = report.is_partial;
            if !is_partial || reports.is_empty() {
                reports.push(report);
            }
            if is_partial {
                break;
            }
        }
        Ok(Self { runs: reports, asked: runs })
    }

    /// True if it was stopped before all runs were complete.
    pub fn is_partial(&self) -> bool {
        self.runs.len() < self.asked as usize || self.runs.iter().any(|run| run.is_partial)
    }

    /// The runs, by seed.
    pub fn runs(&self) -> &[FleetReport] {
        &self.runs
    }

    /// The run with the first seed; there always is one.
    pub fn first(&self) -> &FleetReport {
        &self.runs[0]
    }

    /// A figure of each run, as an interval.
    pub fn interval(&self, figure: impl Fn(&FleetReport) -> Option<u64>) -> Interval {
        Interval::of(self.runs.iter().map(figure))
    }

    /// Every figure of the runs as an interval, in the order of the first run. What a run does not have, such as a ring that
    /// its seed leaves empty, says nothing about the others.
    pub fn figures(&self) -> Vec<Figure> {
        let runs: Vec<Vec<Metric>> = self.runs.iter().map(FleetReport::metrics).collect();
        let figures = self.first().metrics().into_iter().map(|Metric { what, unit, .. }| {
            let of_run = |run: &Vec<Metric>| run.iter().find(|metric| metric.what == what).map(|metric| metric.value);
            let interval = Interval::of(runs.iter().filter_map(of_run));
            Figure { what, unit, interval }
        });
        figures.collect()
    }

    /// How often an interval covers the median of all possible runs, in basis points, rounded down; 0 for a single run.
    pub fn coverage_bp(&self) -> u32 {
        let runs = u32::try_from(self.runs.len()).unwrap_or(u32::MAX);
        10_000 - 10_000_u32.div_ceil(1 << (runs - 1).min(20))
    }

    /// How the intervals are made, in words.
    pub fn method(&self) -> String {
        let bp = self.coverage_bp();
        match self.runs.len() {
            1 => "one seed: a single way in which things may go, without a band".to_owned(),
            runs => format!(
                "lowest and highest of {runs} independent seeds; such a band covers the median of all possible runs with \
                 {}.{:02} %",
                bp / 100,
                bp % 100
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_keeps_what_is_not_known_at_its_upper_end() {
        let interval = Interval::of([Some(5), None, Some(1), Some(3)]);
        assert_eq!(interval, Interval { low: Some(1), median: Some(3), high: None });
        assert_eq!(Interval::of([None, None, Some(2)]), Interval { low: Some(2), median: None, high: None });
        assert_eq!(Interval::<u64>::of([]), Interval::default());
        assert_eq!(Interval::of([Some(-4), Some(7)]), Interval { low: Some(-4), median: Some(-4), high: Some(7) });
    }
}
