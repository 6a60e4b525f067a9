//! Room for whole states. It comes in shelves of equal size, and what was on a shelf is used again with all that it has on
//! the heap: new states are copied over old ones, and the last that comes of a state takes its place.

use std::sync::{Mutex, PoisonError};

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

    /// Puts a copy of the state of a place somewhere else.
    #[inline]
    pub(super) fn copy(&mut self, from: u32, spare: &Spare<S>, touch: impl Fn(&S) -> usize) -> Option<u32>
    where
        S: Clone,
    {
        if self.free.is_empty() {
            self.fetch(spare, touch);
        }
        if let Some(place) = self.free.pop() {
            let (room, state) = self.pair(place, from)?;
            room.clone_from(state);
            return Some(place);
        }
        let state = self.get(from)?.clone();
        Some(self.put(state))
    }

    /// Two places.
    #[inline]
    fn pair(&mut self, one: u32, other: u32) -> Option<(&mut S, &S)> {
        let (shelf, its) = ((one >> SHELF) as usize, (other >> SHELF) as usize);
        let (seat, seats) = (seat(one), seat(other));
        if shelf == its {
            let [one, other] = self.shelves.get_mut(shelf)?.get_disjoint_mut([seat, seats]).ok()?;
            return Some((one, other));
        }
        let [shelf, its] = self.shelves.get_disjoint_mut([shelf, its]).ok()?;
        Some((shelf.get_mut(seat)?, its.get(seats)?))
    }

    /// Moves a copy of each of these states out, in their order, to places of a room of their own.
    pub(super) fn split(&mut self, places: &mut [u32], spare: &Spare<S>, touch: impl Fn(&S) -> usize) -> Self
    where
        S: Clone,
    {
        let mut own = Self::new();
        for place in places {
            if own.free.is_empty() {
                own.fetch(spare, &touch);
            }
            let Some(state) = self.get(*place) else { continue };
            let seat = match own.free.pop() {
                Some(seat) => {
                    if let Some(room) = own.get_mut(seat) {
                        room.clone_from(state);
                    }
                    seat
                }
                None => own.put(state.clone()),
            };
            self.clear(*place);
            *place = seat;
        }
        own
    }

    /// Takes in another room, and returns by how much its places come later here.
    pub(super) fn join(&mut self, other: Self) -> u32 {
        let later = (self.shelves.len() as u32) << SHELF;
        self.shelves.extend(other.shelves);
        // Its places are used after those that there are.
        self.free.splice(..0, other.free.into_iter().map(|place| place + later));
        later
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
        let Some(shelf) = take_shelf(spare) else { return };
        core::hint::black_box(shelf.iter().map(touch).fold(0, |all, one| all ^ one));
        let first = (self.shelves.len() as u32) << SHELF;
        self.free.extend((first..first + shelf.len() as u32).rev());
        self.shelves.push(shelf);
    }

    /// True if it has far more places than so many states need.
    pub(super) fn is_mostly_empty(&self, states: usize) -> bool {
        self.shelves.len() >> 2 > states.div_ceil(1 << SHELF)
    }

    /// What stands there is of no use any more.
    #[inline]
    pub(super) fn clear(&mut self, place: u32) {
        self.free.push(place);
    }

    #[inline]
    pub(super) fn get(&self, place: u32) -> Option<&S> {
        self.shelves.get((place >> SHELF) as usize)?.get(seat(place))
    }

    #[inline]
    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut S> {
        self.shelves.get_mut((place >> SHELF) as usize)?.get_mut(seat(place))
    }

    /// Its shelves, to be used again.
    pub(super) fn into_shelves(self) -> Vec<Vec<S>> {
        self.shelves
    }
}

/// Takes a shelf that is over.
pub(super) fn take_shelf<S>(spare: &Spare<S>) -> Option<Vec<S>> {
    spare.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

/// Where a place is on its shelf.
const fn seat(place: u32) -> usize {
    (place & ((1 << SHELF) - 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(states: impl Iterator<Item = u32>) -> (Room<u32>, Vec<u32>) {
        let mut room = Room::new();
        let places = states.map(|state| room.put(state)).collect();
        (room, places)
    }

    fn at(room: &Room<u32>, places: &[u32]) -> Vec<Option<u32>> {
        places.iter().map(|place| room.get(*place).copied()).collect()
    }

    /// A copy takes a place that is of no use before it takes a new one, on the same shelf or on another.
    #[test]
    fn copies_take_places_that_are_free() {
        let (mut room, places) = filled(0..100);
        let spare = Spare::default();
        for (free, from) in [(3, 4), (3, 99), (99, 4)] {
            room.clear(places[free]);
            let place = room.copy(places[from], &spare, |_| 0).unwrap();
            assert_eq!(place, places[free]);
            assert_eq!(room.get(place), room.get(places[from]));
        }
        let place = room.copy(places[50], &spare, |_| 0).unwrap();
        assert!(!places.contains(&place));
        assert_eq!(room.get(place), Some(&50));
        assert_eq!(room.copy(9_999, &spare, |_| 0), None);
    }

    /// What is split off stands in a room of its own, and leaves places to be used.
    #[test]
    fn a_room_is_split() {
        let (mut room, mut places) = filled(0..200);
        let spare = Spare::default();
        spare.lock().unwrap().push(vec![7; 10]);
        let left = places.clone();
        let mut moved = places.split_off(90);
        let own = room.split(&mut moved, &spare, |_| 0);
        assert_eq!(at(&room, &places), (0..90).map(Some).collect::<Vec<_>>());
        assert_eq!(at(&own, &moved), (90..200).map(Some).collect::<Vec<_>>());
        assert!(spare.lock().unwrap().is_empty(), "a shelf that was over is used");
        let place = room.copy(places[0], &spare, |_| 0).unwrap();
        assert!(left[90..].contains(&place));
    }

    /// What joins keeps its states, and the free places of both are used.
    #[test]
    fn rooms_are_joined() {
        let (mut room, places) = filled(0..70);
        let (mut other, joined) = filled(100..170);
        room.clear(places[1]);
        other.clear(joined[2]);
        let later = room.join(other);
        let moved: Vec<u32> = joined.iter().map(|place| place + later).collect();
        assert_eq!(room.get(places[69]), Some(&69));
        assert_eq!(at(&room, &moved[3..]), (103..170).map(Some).collect::<Vec<_>>());
        let spare = Spare::default();
        let taken: Vec<Option<u32>> = (0..2).map(|_| room.copy(places[0], &spare, |_| 0)).collect();
        assert_eq!(taken, [Some(places[1]), Some(moved[2])]);
    }

    #[test]
    fn a_room_is_mostly_empty_when_a_fourth_would_do() {
        let (room, _) = filled(0..64 * 8);
        assert!(!room.is_mostly_empty(64 * 2));
        assert!(room.is_mostly_empty(64));
        assert!(!Room::<u32>::new().is_mostly_empty(0));
    }
}
