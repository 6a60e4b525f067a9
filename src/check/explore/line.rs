//! The line of states that were found and are still to be looked into, for several threads.
//!
//! Each thread takes the part that comes first. What came of a part waits until all parts before it are in the table, and
//! then one thread puts it there, whichever is free to. So nobody waits for a level to end, and states go into the table in
//! the order in which one thread alone would find them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::chunk::Chunk;
use super::room::{Room, Spare};
use super::store::Id;

/// States whose numbers follow one another, all of one level, in a room of their own.
pub(super) struct Part<S> {
    /// The number of the first.
    pub(super) first: Id,
    pub(super) room: Room<S>,
    /// Their places there.
    pub(super) places: Vec<u32>,
    /// The numbers of those in which something is broken, perhaps with some of other parts; mostly none.
    pub(super) broken: Vec<Id>,
}

/// Parts that wait to be looked into, and what came of others and waits for its turn.
pub(super) struct Line<S, T> {
    waiting: Mutex<Waiting<S, T>>,
    changed: Condvar,
}

struct Waiting<S, T> {
    parts: VecDeque<Part<S>>,
    /// What came of parts, by the numbers of their first states.
    chunks: BTreeMap<Id, Chunk<S>>,
    /// The number of the first state of the chunk whose turn it is.
    turn: Id,
    /// What was seen so far. Who has it puts chunks into the table, and nobody else does meanwhile.
    seen: Option<T>,
    /// States from this one on are not looked into yet; none are any more if it is 0.
    open: Id,
}

/// What comes next, as far as it is known by now.
#[derive(Clone, Copy)]
pub(super) struct Next {
    /// The number of the first state that was not looked into.
    pub(super) turn: Id,
    /// States from this one on are not of the level of those before.
    pub(super) level: Id,
    /// States from this one on are not to be looked into yet; none are any more if it is 0.
    pub(super) open: Id,
    /// How many states a part is to have.
    pub(super) size: usize,
}

impl<S, T> Line<S, T> {
    /// A line with the parts that a search begins with.
    pub(super) fn new(seen: T, parts: Vec<Part<S>>, next: Next) -> Self {
        let (parts, chunks) = (parts.into(), BTreeMap::new());
        let waiting = Waiting { parts, chunks, turn: next.turn, seen: Some(seen), open: next.open };
        Self { waiting: Mutex::new(waiting), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<S, T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the first part as soon as there is one; none if there will be none any more.
    pub(super) fn take(&self) -> Option<Part<S>> {
        let mut waiting = self.lock();
        loop {
            let open = waiting.open;
            if open == 0 {
                return None;
            }
            if waiting.parts.front().is_some_and(|part| part.first < open) {
                let part = waiting.parts.pop_front();
                if !waiting.parts.is_empty() {
                    self.changed.notify_one();
                }
                return part;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Hands in what came of a part. If nobody puts chunks into the table, the caller is to begin with the one that it gets.
    pub(super) fn hand_in(&self, chunk: Chunk<S>) -> Option<(Chunk<S>, T)> {
        let mut waiting = self.lock();
        waiting.chunks.insert(chunk.first, chunk);
        waiting.next()
    }

    /// Adds parts with the states that a chunk brought, and gives the chunk that is to be put into the table next.
    pub(super) fn go_on(&self, parts: Vec<Part<S>>, next: Next, seen: T) -> Option<(Chunk<S>, T)> {
        let mut waiting = self.lock();
        (waiting.turn, waiting.open, waiting.seen) = (next.turn, next.open, Some(seen));
        for part in parts {
            match waiting.parts.back_mut() {
                Some(last) if last.may_join(&part, next) => last.join(part),
                _ => waiting.parts.push_back(part),
            }
        }
        if waiting.open == 0 {
            self.changed.notify_all();
        } else if waiting.parts.len() > 1 {
            // The caller takes one itself.
            self.changed.notify_one();
        }
        waiting.next()
    }

    /// Lets no thread wait for what does not come.
    fn give_up(&self) {
        self.lock().open = 0;
        self.changed.notify_all();
    }

    /// What was seen.
    pub(super) fn into_seen(self) -> Option<T> {
        self.waiting.into_inner().unwrap_or_else(PoisonError::into_inner).seen
    }
}

impl<S, T> Waiting<S, T> {
    /// The chunk whose turn it is, if it is there and nobody else puts chunks into the table.
    fn next(&mut self) -> Option<(Chunk<S>, T)> {
        let seen = self.seen.take_if(|_| self.chunks.contains_key(&self.turn))?;
        Some((self.chunks.remove(&self.turn)?, seen))
    }
}

impl<S> Part<S> {
    fn may_join(&self, other: &Self, next: Next) -> bool {
        self.first >= next.level && self.places.len() + other.places.len() <= next.size
    }

    /// Takes in the states of another part, whose numbers come next.
    fn join(&mut self, other: Self) {
        let later = self.room.join(other.room);
        self.places.extend(other.places.iter().map(|place| place + later));
        self.broken.extend(other.broken);
    }
}

impl<S: Clone> Part<S> {
    /// Gives up a room that is mostly empty, and splits what is far larger than the size.
    pub(super) fn share(mut self, size: usize, spare: &Spare<S>, touch: impl Fn(&S) -> usize) -> Vec<Self> {
        if self.room.is_mostly_empty(self.places.len()) {
            let filled = self.room.split(&mut self.places, spare, &touch);
            let empty = core::mem::replace(&mut self.room, filled);
            give_back(spare, empty);
        }
        let mut shared = Vec::new();
        while self.places.len() > size * 2 {
            let mut places = self.places.split_off(size);
            let room = self.room.split(&mut places, spare, &touch);
            let first = self.first + size as u32;
            let broken = self.broken.clone();
            shared.push(core::mem::replace(&mut self, Self { first, room, places, broken }));
        }
        shared.push(self);
        shared
    }
}

/// Puts a room by to be used again.
pub(super) fn give_back<S>(spare: &Spare<S>, room: Room<S>) {
    spare.lock().unwrap_or_else(PoisonError::into_inner).append(&mut room.into_shelves());
}

/// Ends the wait of the other threads if this one ends in a panic.
pub(super) struct Alarm<'l, S, T>(pub(super) &'l Line<S, T>);

impl<S, T> Drop for Alarm<'_, S, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.give_up();
        }
    }
}

#[cfg(test)]
mod tests;
