//! Short stretches of time that come again and again: a lid that is closed, a network that is gone, a maintenance wake.

use crate::chance::{Chance, Purpose};
use crate::time::{Span, Wall};

/// Stretches of time, one in each period: it begins at a drawn moment, lasts for a drawn length, and ends before the
/// period does. The periods of each device begin at a moment of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Spells {
    /// The length of a period, in milliseconds; 0 for no spells at all.
    pub every: Span,
    /// The shortest spell.
    pub shortest: Span,
    /// The longest; shorter than a period.
    pub longest: Span,
}

/// What spells are of. Each kind has draws of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Lid = 1,
    Maintenance = 2,
    Offline = 3,
    Portal = 4,
}

impl Spells {
    /// No spells.
    pub const NONE: Self = Self { every: Span::ZERO, shortest: Span::ZERO, longest: Span::ZERO };

    /// The beginning and end of the first spell that begins after a moment; [`Wall::MAX`] twice where there is none.
    pub(super) fn after(&self, chance: &Chance, kind: Kind, at: Wall) -> (Wall, Wall) {
        let every = self.every.as_millis();
        if every == 0 {
            return (Wall::MAX, Wall::MAX);
        }
        // Bits apart from those of all other draws of habits, which count days.
        let number = (kind as u64) << 56;
        let phase = chance.below(every, Purpose::Habit, number | PHASE);
        let width = self.longest.saturating_sub(self.shortest).as_millis();
        let mut slot = at.raw().saturating_sub(phase) / every;
        loop {
            let begin = phase.saturating_add(slot.saturating_mul(every));
            let length = self.shortest.as_millis() + chance.below(width + 1, Purpose::Habit, number | slot << 1);
            let room = every.saturating_sub(length) + 1;
            let from = begin.saturating_add(chance.below(room, Purpose::Habit, number | slot << 1 | 1));
            if from > at.raw() {
                return (Wall::of_raw(from), Wall::of_raw(from.saturating_add(length)));
            }
            slot += 1;
        }
    }
}

/// The draw of the moment at which a device's periods begin; the slots of 10,000 years stay below it.
const PHASE: u64 = 1 << 55;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_spell_in_each_period_and_none_is_skipped() {
        let spells = Spells { every: Span::hours(3), shortest: Span::mins(1), longest: Span::mins(30) };
        for device in 0..20 {
            let chance = Chance::seeded(7, device);
            let (mut at, mut all) = (Wall::from_unix_millis(1_767_600_000_000), Vec::new());
            let until = at.after(Span::days(30));
            while at < until {
                let (from, to) = spells.after(&chance, Kind::Lid, at);
                assert!(from > at && to.since(from) >= spells.shortest && to.since(from) <= spells.longest);
                assert!(all.last().is_none_or(|(_, before)| *before <= from), "two spells overlap");
                assert_eq!(spells.after(&chance, Kind::Lid, from.before(Span::millis(1))), (from, to));
                all.push((from, to));
                at = from;
            }
            assert!((239..=242).contains(&all.len()), "{}", all.len());
        }
    }

    #[test]
    fn a_spell_may_take_its_whole_period_and_the_ends_of_chance_go_on() {
        let spells = Spells { every: Span::mins(1), shortest: Span::mins(1), longest: Span::mins(1) };
        for chance in [Chance::Lowest, Chance::Highest, Chance::seeded(1, 1)] {
            let at = Wall::from_unix_millis(1_767_600_000_000);
            let (from, to) = spells.after(&chance, Kind::Offline, at);
            assert!(from.since(at) <= Span::mins(1) && to.since(from) == Span::mins(1));
        }
        assert_eq!(Spells::NONE.after(&Chance::Lowest, Kind::Portal, Wall::MIN).0, Wall::MAX);
    }
}
