//! Room for whole states. It comes in shelves of equal size, and what was on a shelf is used again with all that it has on
//! the heap: new states are copied over old ones.

use std::sync::Mutex;

/// Room for the states that one part of a level leads to.
pub(super) struct Room<S> {
    shelves: Vec<Vec<S>>,
    /// The places whose states are of no use; the last is the next to be used, as it is in the cache.
    free: Vec<u32>,
}

/// Shelves of levels that are over, for all threads.
pub(super) type Spare<S> = Mutex<Vec<Vec<S>>>;

/// Places of a shelf, as a power of two: few enough to be full mostly, and enough to be fetched seldom.
const SHELF: u32 = 6;

impl<S> Room<S> {
    pub(super) const fn new() -> Self {
        Self { shelves: Vec::new(), free: Vec::new() }
    }

    /// Puts a copy of a state somewhere.
    #[inline]
    pub(super) fn copy(&mut self, state: &S, spare: &Spare<S>, touch: impl Fn(&S) -> usize) -> u32
    where
        S: Clone,
    {
        if self.free.is_empty() {
            self.fetch(spare, touch);
        }
        if let Some(place) = self.free.pop()
            && let Some(room) = self.get_mut(place)
        {
            room.clone_from(state);
            return place;
        }
        self.put(state.clone())
    }

    /// Puts a state on the last shelf, or on a new one.
    pub(super) fn put(&mut self, state: S) -> u32 {
        if self.shelves.last().is_none_or(|shelf| shelf.len() >> SHELF > 0) {
            self.shelves.push(Vec::with_capacity(1 << SHELF));
        }
        let shelf = self.shelves.len() as u32 - 1;
        let Some(last) = self.shelves.last_mut() else { return 0 };
        last.push(state);
        shelf << SHELF | (last.len() as u32 - 1)
    }

    /// Fetches a shelf that is over, if there is one and the last is full.
    #[cold]
    fn fetch(&mut self, spare: &Spare<S>, touch: impl Fn(&S) -> usize) {
        if self.shelves.last().is_some_and(|shelf| shelf.len() >> SHELF == 0) {
            return;
        }
        let Some(shelf) = spare.lock().ok().and_then(|mut spare| spare.pop()) else { return };
        core::hint::black_box(shelf.iter().map(touch).fold(0, |all, one| all ^ one));
        let first = (self.shelves.len() as u32) << SHELF;
        self.free.extend((first..first + shelf.len() as u32).rev());
        self.shelves.push(shelf);
    }

    /// What stands there is of no use any more.
    #[inline]
    pub(super) fn clear(&mut self, place: u32) {
        self.free.push(place);
    }

    #[inline]
    pub(super) fn get(&self, place: u32) -> Option<&S> {
        self.shelves.get((place >> SHELF) as usize)?.get((place & ((1 << SHELF) - 1)) as usize)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut S> {
        self.shelves.get_mut((place >> SHELF) as usize)?.get_mut((place & ((1 << SHELF) - 1)) as usize)
    }

    /// Its shelves, to be used again.
    pub(super) fn into_shelves(self) -> Vec<Vec<S>> {
        self.shelves
    }
}
