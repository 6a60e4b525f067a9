//! How long the device slept between two moments of a log, as far as the log tells.
//!
//! The timers of the agent count awake time (B-4.27), so each of them that is known to have run for so many awake seconds
//! tells how much of the time that went by was sleep. A device sleeps only where no record stands. From all such statements
//! together follows the least and the most that it can have slept between any two moments: they are differences of one
//! function that never falls and rises only in silences, and the tightest bounds are shortest ways in the graph of what is
//! known of it.

/// What is known of the sleep between two moments, all in units of 100 nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) least: i64,
    pub(super) most: i64,
}

/// What a log tells of sleep.
#[derive(Clone, Debug, Default)]
pub(super) struct Sleep<'a> {
    /// Stretches without a record, in order.
    pub(super) silences: &'a [(i64, i64)],
    pub(super) known: Vec<Measure>,
}

impl Sleep<'_> {
    /// How long the silences between two moments are together.
    pub(super) fn silence(&self, from: i64, to: i64) -> i64 {
        let first = self.silences.partition_point(|(_, end)| *end <= from);
        let within = self.silences.get(first..).unwrap_or(&[]).iter().take_while(|(begin, _)| *begin < to);
        within.map(|(begin, end)| (end.min(&to) - begin.max(&from)).max(0)).sum()
    }

    /// The least and the most sleep between two moments, with what else is held to be true; `None` if all that together
    /// cannot be.
    pub(super) fn between(&self, from: i64, to: i64, more: &[Measure]) -> Option<(i64, i64)> {
        // What lies further away than the stretch is long tells nothing that matters.
        let (early, late) = (from - (to - from), to + (to - from));
        let near: Vec<Measure> =
            self.known.iter().chain(more).filter(|known| known.to > early && known.from < late).copied().collect();
        let mut times: Vec<i64> = near.iter().flat_map(|known| [known.from, known.to]).chain([from, to]).collect();
        times.sort_unstable();
        times.dedup();
        let place = |time: i64| times.binary_search(&time).unwrap_or(0);
        // An edge from a to b of so much: sleep up to b is at most that up to a and so much.
        let mut edges: Vec<(usize, usize, i64)> = Vec::new();
        for (next, pair) in times.windows(2).enumerate() {
            if let [a, b] = *pair {
                edges.push((next, next + 1, self.silence(a, b)));
                edges.push((next + 1, next, 0));
            }
        }
        for known in &near {
            edges.push((place(known.from), place(known.to), known.most));
            edges.push((place(known.to), place(known.from), -known.least));
        }
        let most = shortest(&edges, times.len(), place(from), place(to))?;
        let least = -shortest(&edges, times.len(), place(to), place(from))?;
        Some((least, most))
    }
}

/// The shortest way; `None` if there is a circle of less than nothing.
fn shortest(edges: &[(usize, usize, i64)], nodes: usize, from: usize, to: usize) -> Option<i64> {
    let mut far = vec![i64::MAX; nodes];
    *far.get_mut(from)? = 0;
    for _ in 0..=nodes {
        let mut has_changed = false;
        for (a, b, length) in edges {
            let way = far.get(*a).copied()?.checked_add(*length).filter(|_| far.get(*a) != Some(&i64::MAX));
            if let (Some(way), Some(known)) = (way, far.get_mut(*b))
                && way < *known
            {
                (*known, has_changed) = (way, true);
            }
        }
        if !has_changed {
            return far.get(to).copied();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(from: i64, to: i64, slept: i64) -> Measure {
        Measure { from, to, least: slept, most: slept }
    }

    #[test]
    fn sleep_is_bounded_by_silence() {
        let sleep = Sleep { silences: &[(10, 30), (50, 55)], known: Vec::new() };
        assert_eq!(sleep.between(0, 100, &[]), Some((0, 25)));
        assert_eq!(sleep.between(20, 52, &[]), Some((0, 12)));
    }

    #[test]
    fn one_timer_tells_what_another_slept() {
        let silences = [(10, 90), (150, 180)];
        let sleep = Sleep { silences: &silences, known: vec![measure(0, 100, 60)] };
        assert_eq!(sleep.between(5, 120, &[]), Some((60, 60)));
        // Only the part of the silence that lies within counts, and what is left of the other may lie in it.
        assert_eq!(sleep.between(50, 120, &[]), Some((20, 40)));
        assert_eq!(sleep.between(5, 200, &[]), Some((60, 90)));
        assert_eq!(sleep.between(5, 200, &[measure(130, 200, 10)]), Some((70, 70)));
    }

    #[test]
    fn what_cannot_be_is_noticed() {
        let sleep = Sleep { silences: &[(10, 90)], known: vec![measure(0, 100, 60)] };
        assert_eq!(sleep.between(0, 100, &[measure(0, 100, 50)]), None);
        assert_eq!(sleep.between(0, 100, &[measure(0, 50, 60)]), None);
    }
}
