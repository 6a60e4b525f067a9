//! When a service has faults at all: a request at another time needs no look through them.

use super::fault::ServiceFault;
use crate::time::Wall;

/// The times of all faults of a service, a little longer than they are: in slots of one length, from the first fault on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct FaultyTimes {
    from: Wall,
    until: Wall,
    /// How long a slot is, as a power of 2 of milliseconds.
    length: u32,
    /// The slots in which some fault is on, as bits.
    slots: [u64; WORDS],
}

const WORDS: usize = 4;
const SLOTS: u64 = u64::BITS as u64 * WORDS as u64;

impl FaultyTimes {
    /// There are none.
    pub(super) const NONE: Self = Self { from: Wall::MAX, until: Wall::MIN, length: 0, slots: [0; WORDS] };

    /// The times of these.
    pub(super) fn of(faults: &[ServiceFault]) -> Self {
        let lasting = || faults.iter().filter(|fault| fault.from < fault.until);
        let (Some(from), Some(until)) =
            (lasting().map(|fault| fault.from).min(), lasting().map(|fault| fault.until).max())
        else {
            return Self::NONE;
        };
        let mut times = Self { from, until, length: 0, slots: [0; WORDS] };
        while times.slot(until) >= SLOTS {
            times.length += 1;
        }
        for fault in lasting() {
            let (first, last) = (times.slot(fault.from), times.slot(fault.until));
            for (slots, at) in times.slots.iter_mut().zip((0..).step_by(u64::BITS as usize)) {
                *slots |= ones_below(last + 1, at) & !ones_below(first, at);
            }
        }
        times
    }

    /// Whether a fault may be on at a moment; never false while one is.
    #[inline]
    pub(super) fn may_have(&self, now: Wall) -> bool {
        let is_between = self.from <= now && now < self.until;
        is_between && self.is_marked(self.slot(now))
    }

    /// In which slot a moment lies that is not before the first.
    #[inline]
    const fn slot(&self, at: Wall) -> u64 {
        at.since(self.from).as_millis() >> self.length
    }

    #[inline]
    fn is_marked(&self, slot: u64) -> bool {
        let (word, bit) = (slot / u64::from(u64::BITS), slot % u64::from(u64::BITS));
        self.slots.get(word as usize).is_some_and(|slots| slots >> bit & 1 != 0)
    }
}

/// The slots below one, of the word that begins with slot number `at`.
const fn ones_below(slot: u64, at: u64) -> u64 {
    match slot.saturating_sub(at) {
        0 => 0,
        few @ 1..64 => (1 << few) - 1,
        _ => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{FaultChannel, FaultKind};
    use crate::chance::{Chance, Purpose};

    fn fault(from: u64, until: u64) -> ServiceFault {
        let at = |millis| Wall::from_unix_millis(1_767_600_000_000 + millis as i64);
        ServiceFault { from: at(from), until: at(until), channel: FaultChannel::All, kind: FaultKind::Partial }
    }

    #[test]
    fn while_a_fault_is_on_its_time_is_marked() {
        let chance = Chance::seeded(1, 0);
        let mut unmarked = 0;
        for round in 0..200 {
            let draw = |n: u64, range| chance.below(range, Purpose::Habit, round * 100 + n);
            let range = 1_u64 << (1 + draw(0, 40));
            let faults: Vec<_> =
                (0..1 + draw(1, 6)).map(|n| fault(draw(2 * n + 2, range), draw(2 * n + 3, range))).collect();
            let times = FaultyTimes::of(&faults);
            for n in 20..100 {
                let now = fault(draw(n, range + 2), 0).from;
                let is_on = faults.iter().any(|fault| fault.from <= now && now < fault.until);
                assert!(times.may_have(now) || !is_on, "{now}: {times:?} of {faults:?}");
                unmarked += u32::from(!times.may_have(now));
            }
        }
        assert!(unmarked > 4_000, "most times are not marked: {unmarked} of 16,000");
        assert_eq!(FaultyTimes::of(&[]), FaultyTimes::NONE);
        assert!(!FaultyTimes::NONE.may_have(fault(0, 0).from));
    }
}
