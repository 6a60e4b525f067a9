//! Two studies on the same seeds: what is different, and whether that is more than chance.

use super::{Interval, Study, Unit};
use crate::fleet::report::FleetReport;

/// Two studies, compared seed by seed.
///
/// Runs with the same seed draw the same devices and the same luck, so that their difference is due to what was changed
/// and not to the draw. The band of a difference is made like that of any figure: the lowest and the highest.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// One for each figure that both have.
    pub differences: Vec<Difference>,
}

/// One figure of two studies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is a figure of.
    pub what: String,
    /// Its unit.
    pub unit: Unit,
    /// In the first study.
    pub a: Interval,
    /// In the second study.
    pub b: Interval,
    /// The second less the first, seed by seed; `None` where one lies beyond the end of its run.
    pub difference: Interval<i64>,
    /// What may be said.
    pub verdict: Verdict,
}

/// Seeds that a verdict takes. Without any difference six seeds agree by chance once in 32 times, for each figure; of many
/// figures some will.
pub const PAIRS_MIN: usize = 6;

/// What may be said of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The second is lower for every seed, and there are at least [`PAIRS_MIN`].
    Lower,
    /// The second is higher for every seed, and there are at least [`PAIRS_MIN`].
    Higher,
    /// Neither.
    NotShown,
}

impl Verdict {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
            Self::NotShown => "no difference shown",
        }
    }
}

impl Comparison {
    /// Compares the figures that both studies have. Seeds that only one of them has are left out.
    pub fn new(a: &Study, b: &Study) -> Self {
        let pairs: Vec<(&FleetReport, &FleetReport)> =
            a.runs.iter().filter_map(|run| Some((run, b.runs.iter().find(|other| other.seed == run.seed)?))).collect();
        let figures: Vec<_> = pairs.iter().map(|(a, b)| (a.metrics(), b.metrics())).collect();
        let Some((first, _)) = figures.first() else { return Self { differences: Vec::new() } };
        let differences = first.iter().filter_map(|metric| {
            let of = |all: &[super::Metric]| {
                all.iter()
                    .find(|other| (&other.what, other.unit) == (&metric.what, metric.unit))
                    .map(|other| other.value)
            };
            let values: Option<Vec<_>> = figures.iter().map(|(a, b)| Some((of(a)?, of(b)?))).collect();
            Some(Difference::new(metric, &values?))
        });
        Self { differences: differences.collect() }
    }
}

impl Difference {
    fn new(metric: &super::Metric, values: &[(Option<u64>, Option<u64>)]) -> Self {
        // A side that lies beyond the end of its run is above all that is known: so is, or below, the difference.
        let differences = values.iter().map(|(a, b)| match (signed(*a), signed(*b)) {
            (Some(a), Some(b)) => Bound::Known(b.saturating_sub(a)),
            (Some(_), None) => Bound::Above,
            (None, Some(_)) => Bound::Below,
            (None, None) => Bound::Unknown,
        });
        // What lies beyond the end of a run is later than what does not.
        let order = |(a, b): &(Option<u64>, Option<u64>)| match (a, b) {
            (Some(a), Some(b)) => b.cmp(a),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        let all = |wanted| values.len() >= PAIRS_MIN && values.iter().all(|pair| order(pair) == wanted);
        Self {
            what: metric.what.clone(),
            unit: metric.unit,
            a: Interval::of(values.iter().map(|(a, _)| *a)),
            b: Interval::of(values.iter().map(|(_, b)| *b)),
            difference: interval(differences),
            verdict: if all(core::cmp::Ordering::Less) {
                Verdict::Lower
            } else if all(core::cmp::Ordering::Greater) {
                Verdict::Higher
            } else {
                Verdict::NotShown
            },
        }
    }
}

/// A difference, in order from what is lower than can be told to what is higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Bound {
    Below,
    Known(i64),
    Above,
    Unknown,
}

/// What is unknown may be anything, so that nothing is known of the whole.
fn interval(differences: impl Iterator<Item = Bound>) -> Interval<i64> {
    let mut all: Vec<Bound> = differences.collect();
    all.sort_unstable();
    if all.last().is_none_or(|last| *last == Bound::Unknown) {
        return Interval::default();
    }
    let at = |place: usize| match all[place] {
        Bound::Known(value) => Some(value),
        Bound::Below | Bound::Above | Bound::Unknown => None,
    };
    Interval { low: at(0), median: at((all.len() - 1) / 2), high: at(all.len() - 1) }
}

fn signed(value: Option<u64>) -> Option<i64> {
    value.and_then(|value| i64::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::super::Metric;
    use super::*;

    fn difference(values: &[(Option<u64>, Option<u64>)]) -> Difference {
        let metric = Metric { what: "x".to_owned(), unit: Unit::Seconds, value: None };
        Difference::new(&metric, values)
    }

    #[test]
    fn a_difference_is_told_where_every_seed_shows_it() {
        let pairs = [(Some(10), Some(7)), (Some(12), Some(11))].repeat(3);
        let lower = difference(&pairs);
        assert_eq!(lower.verdict, Verdict::Lower);
        assert_eq!(difference(&pairs[..5]).verdict, Verdict::NotShown, "five seeds agree too easily");
        assert_eq!(lower.difference, Interval { low: Some(-3), median: Some(-3), high: Some(-1) });
        let mixed = [pairs, vec![(Some(12), Some(12))]].concat();
        assert_eq!(difference(&mixed).verdict, Verdict::NotShown);
    }

    #[test]
    fn what_lies_beyond_the_end_is_later() {
        let later = difference(&[(Some(10), None); 6]);
        assert_eq!((later.verdict, later.difference.median), (Verdict::Higher, None));
        assert_eq!(difference(&[(None, None); 6]).verdict, Verdict::NotShown);
        assert_eq!(difference(&[(None, Some(1)); 6]).verdict, Verdict::Lower);
        let mixed = difference(&[(None, Some(5)), (Some(10), Some(7)), (Some(12), Some(7))]).difference;
        assert_eq!(mixed, Interval { low: None, median: Some(-5), high: Some(-3) });
    }
}
