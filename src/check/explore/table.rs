//! The numbers of states by their fingerprints, where several threads look them up while one of them puts in more.
//!
//! What was put in stays as it is. Who looks for it before it is to be seen takes it for new, and whoever puts in the next
//! finds it there then: that is one thread at a time, and a lock is passed on from each to the next.

use std::sync::atomic::{AtomicU64, Ordering};

use super::store::{BLOCK, Id, STATES_MAX};

/// The numbers of states by their fingerprints.
pub(super) struct Table {
    /// 30 bits of number, 34 bits of the fingerprint; open addressing.
    slots: Vec<AtomicU64>,
    /// The fingerprints in halves, by number, in blocks that stay where they are.
    prints: Vec<Vec<[AtomicU64; 2]>>,
}

/// No state: the slot is free.
const FREE: u64 = u64::MAX;

impl Table {
    pub(super) fn new() -> Self {
        Self { slots: free(1 << 10), prints: Vec::new() }
    }

    /// Reads where the search for each of these begins, and does nothing with it. As no read waits for another, memory answers
    /// them all at once, and the searches find what they need in the cache.
    #[inline]
    pub(super) fn touch(&self, prints: impl Iterator<Item = u128>) {
        let read = |print| self.slots.get(self.home(print)).map_or(0, |slot| slot.load(Ordering::Relaxed));
        core::hint::black_box(prints.fold(0, |all, print| all ^ read(print)));
    }

    /// The state with this fingerprint, if it was visited.
    #[inline]
    pub(super) fn find(&self, print: u128) -> Option<Id> {
        let tag = tag_of(print);
        let mut place = self.home(print);
        loop {
            // Its fingerprint was there before the slot was taken.
            let slot = self.slots.get(place)?.load(Ordering::Acquire);
            if slot == FREE {
                return None;
            }
            let id = (slot & u64::from(STATES_MAX)) as Id;
            if slot & !u64::from(STATES_MAX) == tag && self.print(id) == Some(print) {
                return Some(id);
            }
            place = self.after(place);
        }
    }

    /// True if a state with this number can be put in.
    #[inline]
    pub(super) const fn has_room(&self, id: Id) -> bool {
        (id as u64 + 1) * 5 <= self.slots.len() as u64 * 4 && (id >> BLOCK) < self.prints.len() as u32
    }

    /// Makes room for a state with this number, that of the next: half as many slots again, so that at least 53 % of them
    /// are in use.
    #[cold]
    pub(super) fn make_room(&mut self, id: Id) {
        if id >> BLOCK >= self.prints.len() as u32 {
            self.prints.push((0..1 << BLOCK).map(|_| [const { AtomicU64::new(0) }; 2]).collect());
        }
        if !self.has_room(id) {
            let size = self.slots.len() / 2 * 3;
            self.slots = Vec::new();
            self.slots = free(size);
            for id in 0..id {
                if let Some(print) = self.print(id) {
                    self.take_slot(print, id);
                }
            }
        }
    }

    /// Puts in a state that is not there, with the next number. There is room for it, and no other thread puts one in.
    #[inline]
    pub(super) fn put(&self, print: u128, id: Id) {
        if let Some([low, high]) = self.prints.get((id >> BLOCK) as usize).and_then(|block| block.get(in_block(id))) {
            low.store(print as u64, Ordering::Relaxed);
            high.store((print >> 64) as u64, Ordering::Relaxed);
        }
        self.take_slot(print, id);
    }

    fn take_slot(&self, print: u128, id: Id) {
        let mut place = self.home(print);
        while self.slots.get(place).is_some_and(|slot| slot.load(Ordering::Relaxed) != FREE) {
            place = self.after(place);
        }
        if let Some(slot) = self.slots.get(place) {
            slot.store(tag_of(print) | u64::from(id), Ordering::Release);
        }
    }

    #[inline]
    fn print(&self, id: Id) -> Option<u128> {
        let [low, high] = self.prints.get((id >> BLOCK) as usize)?.get(in_block(id))?;
        Some(u128::from(high.load(Ordering::Relaxed)) << 64 | u128::from(low.load(Ordering::Relaxed)))
    }

    /// Where the search for a fingerprint begins.
    #[inline]
    const fn home(&self, print: u128) -> usize {
        ((print as u64 as u128 * self.slots.len() as u128) >> 64) as usize
    }

    #[inline]
    const fn after(&self, place: usize) -> usize {
        if place + 1 == self.slots.len() { 0 } else { place + 1 }
    }

    /// The bytes in use, with what is reserved.
    pub(super) fn bytes(&self) -> u64 {
        (self.slots.capacity() * size_of::<u64>()
            + self.prints.len() * size_of::<Vec<[u64; 2]>>()
            + self.prints.iter().map(Vec::capacity).sum::<usize>() * size_of::<[u64; 2]>()) as u64
    }
}

fn free(slots: usize) -> Vec<AtomicU64> {
    (0..slots).map(|_| AtomicU64::new(FREE)).collect()
}

const fn in_block(id: Id) -> usize {
    (id & ((1 << BLOCK) - 1)) as usize
}

/// The bits of a fingerprint that stand in a slot, above the number.
#[inline]
const fn tag_of(print: u128) -> u64 {
    (print >> 64) as u64 & !(STATES_MAX as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fingerprints spread over the table, and over its end.
    fn print(n: u32) -> u128 {
        u128::from(u64::MAX - u64::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15)) | u128::from(n) << 100
    }

    /// What was put in is found by its number, however often the table has grown, and nothing else is.
    #[test]
    fn what_was_put_in_is_found() {
        let mut table = Table::new();
        for id in 0..40_000 {
            assert_eq!(table.find(print(id)), None);
            if !table.has_room(id) {
                table.make_room(id);
            }
            assert!(table.has_room(id));
            table.put(print(id), id);
        }
        assert!((0..40_000).all(|id| table.find(print(id)) == Some(id)));
        assert!((40_000..50_000).all(|id| table.find(print(id)).is_none()));
        let slots = table.slots.len();
        assert!((50_000..=40_000 * 100 / 53).contains(&slots), "{slots}");
    }

    /// A state that one thread has put in is found by another while more are put in.
    #[test]
    fn threads_find_what_another_puts_in() {
        let mut table = Table::new();
        table.make_room(0);
        std::thread::scope(|scope| {
            scope.spawn(|| (0..800).for_each(|id| table.put(print(id), id)));
            for id in 0..800 {
                while table.find(print(id)).is_none() {
                    std::hint::spin_loop();
                }
                assert_eq!(table.find(print(id)), Some(id));
            }
        });
    }
}
