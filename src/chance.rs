//! Chance as a pure function: seed, device, purpose and draw number give the draw.
//!
//! Nothing remembers a position in a stream, so a device draws the same on any number of threads and in any
//! order. The generator is SplitMix64 used by counter; its stream layout is part of the version of a replay.

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// What a draw is for. Each purpose has a sequence of its own.
///
/// The numbers are part of every digest: a new purpose takes a new number, none is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Purpose {
    /// Wait before the first check-in after a service start, D0 (B-4.9).
    StartDelayAll = 1,
    /// Further wait before scripts and Win32 apps, D1 (B-4.9).
    StartDelayScriptWin32 = 2,
    /// Further wait before the other workloads, D2 (B-4.9).
    StartDelayOther = 3,
    /// First delay of a workload's periodic timer (B-4.11).
    FirstDelay = 4,
    /// Delay of the daily health task (B-10.8).
    Health = 5,
    /// Spread of the renewal of the push channel (B-3.11).
    ChannelRenewal = 6,
    /// Delay of a change notification (B-3.7).
    NotifyDelay = 7,
    /// A device's place in the phases of an agent release (B-13.10).
    UpdatePhase = 8,
    /// Time of an hourly run of a remediation beyond its hours (B-6.10).
    HourlySlack = 9,
    /// How long a workload keeps away after refusals (ours).
    Backoff = 10,
    /// Wait before overdue check-ins after a resume (ours).
    WakeSpread = 11,
    /// Latency of a message.
    Latency = 20,
    /// Loss of a message.
    Loss = 21,
    /// Duplication of a message.
    Duplicate = 22,
    /// Outcome of a script run.
    Outcome = 23,
    /// A device's facts, drawn from a population.
    Population = 24,
    /// Moments of a device's day: when it sleeps, signs in, restarts.
    Habit = 25,
    /// A run that fails on some devices, whatever else is said of it.
    Failure = 26,
    /// Whether a busy service refuses a request.
    Refusal = 27,
    /// Which of two nodes of the service answers, when they differ.
    Node = 28,
    /// Whether an answer is overtaken by later ones, and by how much it is held up.
    Reorder = 29,
    /// What a hunt draws.
    Hunt = 30,
}

/// A range of random lengths of time, both ends included, drawn in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct SpanRange {
    /// The shortest length.
    pub min: Span,
    /// The longest length; never below `min`.
    pub max: Span,
}

impl SpanRange {
    /// The range that holds just this length.
    pub const fn exactly(span: Span) -> Self {
        Self { min: span, max: span }
    }

    /// A range in seconds, both ends included.
    pub const fn secs(min: u64, max: u64) -> Self {
        Self { min: Span::secs(min), max: Span::secs(max) }
    }
}

/// Where one device's random draws come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Chance {
    /// Draws are spread evenly, fixed by this key. Made by [`Chance::seeded`].
    Seeded(u64),
    /// Every draw is the lowest possible: the shortest delay, an event that may happen does.
    Lowest,
    /// Every draw is the highest possible: the longest delay, an event that may happen does not.
    Highest,
}

impl Chance {
    /// The chance of one device under one seed.
    pub const fn seeded(seed: u64, device: u64) -> Self {
        Self::Seeded(mix(mix(seed.wrapping_add(GOLDEN)).wrapping_add(device.wrapping_mul(GOLDEN))))
    }

    /// Draw number `n` for a purpose, over the whole range of the type.
    #[inline]
    pub const fn draw(&self, purpose: Purpose, n: u64) -> u64 {
        match self {
            Self::Seeded(key) => mix(key
                .wrapping_add((purpose as u64).wrapping_mul(STREAM))
                .wrapping_add((n.wrapping_add(1)).wrapping_mul(GOLDEN))),
            Self::Lowest => 0,
            Self::Highest => u64::MAX,
        }
    }

    /// A number below `bound`, evenly; 0 if `bound` is 0.
    #[inline]
    pub const fn below(&self, bound: u64, purpose: Purpose, n: u64) -> u64 {
        ((self.draw(purpose, n) as u128 * bound as u128) >> 64) as u64
    }

    /// True with the chance of `ppm` in a million.
    #[inline]
    pub const fn happens(&self, ppm: u32, purpose: Purpose, n: u64) -> bool {
        self.below(1_000_000, purpose, n) < ppm as u64
    }

    /// A length within the range, in whole seconds above its lower end.
    #[inline]
    pub const fn span(&self, range: SpanRange, purpose: Purpose, n: u64) -> Span {
        let steps = range.max.saturating_sub(range.min).as_secs() + 1;
        range.min.saturating_add(Span::secs(self.below(steps, purpose, n)))
    }
}

/// 2^64 divided by the golden ratio, the step of SplitMix64.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
/// An odd number far from [`GOLDEN`], so that the streams of two purposes do not overlap.
const STREAM: u64 = 0xD6E8_FEB8_6659_FD93;

/// The finaliser of SplitMix64: spreads every bit of the input over the whole output.
#[inline]
pub(crate) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_each_of_its_four_arguments() {
        let chance = Chance::seeded(1, 7);
        let draw = chance.draw(Purpose::Latency, 3);
        assert_eq!(draw, Chance::seeded(1, 7).draw(Purpose::Latency, 3));
        for other in [
            Chance::seeded(2, 7).draw(Purpose::Latency, 3),
            Chance::seeded(1, 8).draw(Purpose::Latency, 3),
            chance.draw(Purpose::Loss, 3),
            chance.draw(Purpose::Latency, 4),
        ] {
            assert_ne!(draw, other);
        }
    }

    #[test]
    fn the_stream_is_pinned() {
        assert_eq!(Chance::seeded(42, 0).draw(Purpose::Latency, 0), 0x68B5_2A40_8917_80DC);
    }

    #[test]
    fn bounds_are_reached_and_kept() {
        let range = SpanRange::secs(30, 59);
        assert_eq!(Chance::Lowest.span(range, Purpose::StartDelayAll, 0), Span::secs(30));
        assert_eq!(Chance::Highest.span(range, Purpose::StartDelayAll, 0), Span::secs(59));
        let mut seen = [false; 60];
        for n in 0..2_000 {
            seen[Chance::seeded(5, 5).span(range, Purpose::StartDelayAll, n).as_secs() as usize] = true;
        }
        assert!(seen[30..].iter().all(|s| *s) && !seen[..30].contains(&true));
    }
}
