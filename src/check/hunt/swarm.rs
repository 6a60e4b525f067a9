//! What a seed draws: which faults there are, how often each comes, and how messages travel.

use super::fault::Fault;
use crate::chance::{Chance, Purpose};
use crate::sim::plan::Network;
use crate::time::Span;

/// The draws of one seed, one after the other.
pub(super) struct Dice {
    chance: Chance,
    drawn: u64,
}

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self { chance: Chance::seeded(seed, u64::MAX), drawn: 0 }
    }

    /// From 0 to below a bound, which is more than 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        self.chance.below(bound, Purpose::Hunt, self.drawn)
    }

    /// Both ends included.
    pub(super) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// A place in a list that is not empty.
    pub(super) fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// After how many seconds a service wants to be called again: mostly minutes or hours, sometimes nonsense.
    pub(super) fn retry_after(&mut self) -> u32 {
        let most = [30, 600, 7_200, 43_200, u64::from(u32::MAX)][self.place(5)];
        u32::try_from(self.between(0, most)).unwrap_or(u32::MAX)
    }

    /// A length of time: mostly minutes, often hours, sometimes days.
    pub(super) fn length(&mut self) -> Span {
        let most = [2_000, 60_000, 600_000, 3_600_000, 43_200_000, 172_800_000][self.place(6)];
        Span::millis(self.between(1, most))
    }
}

/// Which faults a world has, and how often they come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swarm {
    /// Each kind that there is, and the mean time from one to the next.
    pub faults: Vec<(Fault, Span)>,
    /// How messages travel, if not as the world says.
    pub network: Option<Network>,
    /// How long faults come.
    pub active: Span,
    /// How long there are none afterwards.
    pub quiet: Span,
}

impl Swarm {
    /// What a seed draws.
    pub fn of_seed(seed: u64) -> Self {
        let mut swarm = Self::none();
        swarm.draw(&mut Dice::new(seed));
        swarm
    }

    /// No faults, and no time for any.
    pub(super) const fn none() -> Self {
        Self { faults: Vec::new(), network: None, active: Span::ZERO, quiet: Span::ZERO }
    }

    /// Draws it anew.
    pub(super) fn draw(&mut self, dice: &mut Dice) {
        // Few kinds in one world, many in the other; and mostly so seldom that what one begins is seen to its end, for that finds
        // what is built in to be found in a fourth of the steps that it takes where faults come by the hour.
        let density = [2, 6, 14, 28][dice.place(4)];
        let gaps = if dice.below(8) == 0 { BUSY } else { USUAL };
        let faults = &mut self.faults;
        faults.clear();
        for fault in Fault::ALL {
            if dice.below(Fault::ALL.len() as u64) < density {
                faults.push((fault, gaps[dice.place(gaps.len())]));
            }
        }
        let is_rough = faults.iter().any(|(fault, _)| *fault == Fault::Network);
        self.network = is_rough.then(|| {
            let latency = [200, 5_000, 120_000][dice.place(3)];
            Network {
                latency_min: Span::millis(dice.between(0, 50)),
                latency_max: Span::millis(50 + dice.below(latency)),
                loss_ppm: u32::try_from(dice.below(250_000)).unwrap_or(0),
                duplicate_ppm: u32::try_from(dice.below(200_000)).unwrap_or(0),
                reorder_ppm: u32::try_from(dice.below(300_000)).unwrap_or(0),
            }
        });
        (self.active, self.quiet) = (Span::days(dice.between(1, 6)), QUIET);
    }
}

/// Mean times from one fault of a kind to the next, in most worlds and in the others.
const USUAL: [Span; 4] = [Span::hours(12), Span::days(1), Span::days(2), Span::days(4)];
const BUSY: [Span; 4] = [Span::mins(20), Span::hours(2), Span::hours(12), Span::days(2)];

/// Long enough for whatever waits a day or two: health checks, install jobs, the longest windows for retries.
pub(super) const QUIET: Span = Span::days(4);
