//! How time is cut for counting: bins of load, and wider bins for curves.

use crate::sim::plan::Plan;
use crate::time::{Span, Wall};

/// The bins of a run, the last of which may be cut short by its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// When the first bin begins.
    pub start: Wall,
    /// The length of the run.
    pub duration: Span,
    /// The length of a bin in which requests are counted: a minute, unless the run is longer than about 69 days.
    pub fine: Span,
    /// The length of a bin of a rollout curve.
    pub coarse: Span,
}

/// The most bins in which load is counted.
pub(super) const FINE_MAX: u64 = 100_000;
/// The most bins of a curve.
pub(super) const COARSE_MAX: u64 = 2_100;

/// Lengths that people use, each a multiple of the one before.
const LENGTHS: [Span; 8] = [
    Span::mins(1),
    Span::mins(5),
    Span::mins(15),
    Span::mins(30),
    Span::hours(1),
    Span::hours(6),
    Span::days(1),
    Span::days(7),
];

impl Grid {
    /// The bins for a plan.
    pub fn new(plan: &Plan) -> Self {
        Self::of(plan.start, plan.duration)
    }

    fn of(start: Wall, duration: Span) -> Self {
        let shortest = |most| {
            let fits = |length: &Span| duration.as_millis() / length.as_millis() < most;
            LENGTHS.into_iter().find(fits).unwrap_or(Span::days(7))
        };
        Self { start, duration, fine: shortest(FINE_MAX), coarse: shortest(COARSE_MAX) }
    }

    /// How many fine bins there are; the end itself belongs to the run.
    pub fn fine_bins(&self) -> usize {
        bins(self.duration, self.fine)
    }

    /// How many coarse bins there are.
    pub fn coarse_bins(&self) -> usize {
        bins(self.duration, self.coarse)
    }

    /// The fine bin of a moment.
    #[inline]
    pub fn fine_bin(&self, at: Wall) -> usize {
        let millis = at.since(self.start).as_millis();
        // A division by a number known in advance is a multiplication.
        let minute = Span::mins(1).as_millis();
        place(if self.fine == Span::mins(1) { millis / minute } else { millis / self.fine.as_millis() })
    }

    /// The coarse bin of a moment.
    pub fn coarse_bin(&self, at: Wall) -> usize {
        place(at.since(self.start).as_millis() / self.coarse.as_millis())
    }
}

fn bins(duration: Span, length: Span) -> usize {
    place(duration.as_millis() / length.as_millis()) + 1
}

fn place(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_stay_few_however_long_a_run_is() {
        for (duration, fine, coarse) in [
            (Span::millis(1), Span::mins(1), Span::mins(1)),
            (Span::days(1), Span::mins(1), Span::mins(1)),
            (Span::days(7), Span::mins(1), Span::mins(5)),
            (Span::days(30), Span::mins(1), Span::mins(30)),
            (Span::days(365), Span::mins(15), Span::hours(6)),
            (Span::days(3_660), Span::hours(1), Span::days(7)),
        ] {
            let grid = Grid::of(Wall::from_unix_millis(0), duration);
            assert_eq!((grid.fine, grid.coarse), (fine, coarse), "{duration}");
            assert!(grid.fine_bins() <= 100_001 && grid.coarse_bins() <= 2_101, "{duration}");
            assert_eq!(grid.fine_bin(grid.start.after(duration)) + 1, grid.fine_bins(), "the end has a bin");
            assert_eq!(grid.coarse_bin(grid.start.after(duration)) + 1, grid.coarse_bins());
        }
    }
}
