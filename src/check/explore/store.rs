//! The table of states: what is kept of each one visited, in under 64 bytes where states have no more than five steps.
//!
//! Of a state stay its fingerprint (16 bytes), a slot to find it by (8 bytes, at 53 to 80 % full), where it was first
//! reached from and by which step (5), which properties hold in it (2), and its edges (4, and 4 for each).

use super::chunk::Found;

/// The number of a state, in the order in which states were found.
pub(super) type Id = u32;

/// More states than this are not told apart by an [`Edge`].
pub(super) const STATES_MAX: u32 = (1 << 30) - 1;

/// An edge of the graph: where it leads, and the kind of its step in the two bits above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge(u32);

impl Edge {
    const DISTURBS: u32 = 1 << 31;
    const TAKES_TIME: u32 = 1 << 30;

    pub(super) const fn new(to: Id, kind: super::Kind) -> Self {
        let mut bits = to & STATES_MAX;
        if kind.disturbs {
            bits |= Self::DISTURBS;
        }
        if kind.takes_time {
            bits |= Self::TAKES_TIME;
        }
        Self(bits)
    }

    pub(super) const fn to(self) -> Id {
        self.0 & STATES_MAX
    }

    pub(super) const fn disturbs(self) -> bool {
        self.0 & Self::DISTURBS != 0
    }

    pub(super) const fn takes_time(self) -> bool {
        self.0 & Self::TAKES_TIME != 0
    }
}

/// Every state visited, by its number.
#[derive(Debug)]
pub(super) struct Store {
    prints: Blocks<u128>,
    /// Numbers of states by their fingerprints: 30 bits of number, 34 bits of the print; open addressing.
    slots: Vec<u64>,
    parents: Blocks<Id>,
    choices: Blocks<u8>,
    holds: Blocks<u16>,
    /// Where the edges of each state that was expanded begin.
    first_edges: Blocks<u32>,
    edges: Blocks<Edge>,
}

/// Among the properties of a state: its steps are not looked at.
pub(super) const CUT: u16 = 1 << super::model::PROPERTIES_MAX;
/// No state: the slot is free.
const FREE: u64 = u64::MAX;
/// The parent of a start.
pub(super) const NOBODY: Id = u32::MAX;

impl Store {
    pub(super) fn new() -> Self {
        Self {
            prints: Blocks::new(),
            slots: vec![FREE; 1 << 10],
            parents: Blocks::new(),
            choices: Blocks::new(),
            holds: Blocks::new(),
            first_edges: Blocks::new(),
            edges: Blocks::new(),
        }
    }

    /// How many states there are.
    pub(super) const fn len(&self) -> u32 {
        self.prints.len
    }

    /// Reads where the search for each of these begins, and does nothing with it. As no read waits for another, memory answers
    /// them all at once, and the searches find what they need in the cache.
    #[inline]
    pub(super) fn touch(&self, prints: impl Iterator<Item = u128>) {
        let read = |print| self.slots.get(self.home(print)).map_or(0, |slot| *slot);
        core::hint::black_box(prints.fold(0, |all, print| all ^ read(print)));
    }

    /// The state with this fingerprint, if it was visited.
    #[inline]
    pub(super) fn find(&self, print: u128) -> Option<Id> {
        let tag = tag_of(print);
        let mut place = self.home(print);
        loop {
            let slot = *self.slots.get(place)?;
            if slot == FREE {
                return None;
            }
            let id = (slot & u64::from(STATES_MAX)) as Id;
            if slot & !u64::from(STATES_MAX) == tag && self.prints.get(id) == Some(print) {
                return Some(id);
            }
            place += 1;
            if place == self.slots.len() {
                place = 0;
            }
        }
    }

    /// The number of a state that was reached, and true if it was not there yet and is kept from now on.
    #[inline]
    pub(super) fn find_or_insert(&mut self, found: &Found) -> (Id, bool) {
        if let Some(known) = self.find(found.print) {
            return (known, false);
        }
        let id = self.len();
        if (u64::from(id) + 1) * 5 > self.slots.len() as u64 * 4 {
            self.grow();
        }
        self.prints.push(found.print);
        self.parents.push(found.from);
        self.choices.push(found.choice);
        self.holds.push(found.holds);
        self.put(found.print, id);
        (id, true)
    }

    fn put(&mut self, print: u128, id: Id) {
        let mut place = self.home(print);
        while self.slots.get(place).is_some_and(|slot| *slot != FREE) {
            place += 1;
            if place == self.slots.len() {
                place = 0;
            }
        }
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = tag_of(print) | u64::from(id);
        }
    }

    /// Half as many slots again, so that at least 53 % of them are in use.
    #[cold]
    fn grow(&mut self) {
        let size = self.slots.len() / 2 * 3;
        self.slots = Vec::new();
        self.slots = vec![FREE; size];
        for id in 0..self.len() {
            if let Some(print) = self.prints.get(id) {
                self.put(print, id);
            }
        }
    }

    /// Where the search for a fingerprint begins.
    #[inline]
    fn home(&self, print: u128) -> usize {
        ((u128::from(print as u64) * self.slots.len() as u128) >> 64) as usize
    }

    /// Keeps the edges of the state whose turn it is; states are expanded in the order of their numbers.
    pub(super) fn push_edges(&mut self, edges: impl Iterator<Item = Edge>) {
        self.first_edges.push(self.edges.len);
        for edge in edges {
            self.edges.push(edge);
        }
    }

    /// True if the steps of a state are known: neither beyond a bound nor left alone because something is broken in it.
    pub(super) fn is_expanded(&self, id: Id) -> bool {
        id < self.first_edges.len && self.holds(id) & CUT == 0
    }

    /// Leaves a state alone.
    pub(super) fn cut(&mut self, id: Id) {
        self.holds.update(id, |holds| *holds |= CUT);
    }

    /// How many states were expanded.
    pub(super) const fn expanded(&self) -> u32 {
        self.first_edges.len
    }

    /// How many edges there are.
    pub(super) const fn edge_count(&self) -> u32 {
        self.edges.len
    }

    /// The edges of a state, in the order of its steps; none where they are not known.
    pub(super) fn edges(&self, id: Id) -> impl Iterator<Item = Edge> + '_ {
        let from = self.first_edges.get(id).unwrap_or(self.edges.len);
        let to = id.checked_add(1).and_then(|next| self.first_edges.get(next)).unwrap_or(self.edges.len);
        self.edges.range(from, to)
    }

    /// Where a state was first reached from, if it is no start, and the place of the step or of the start.
    pub(super) fn parent(&self, id: Id) -> (Option<Id>, u8) {
        let parent = self.parents.get(id).filter(|parent| *parent != NOBODY);
        (parent, self.choices.get(id).unwrap_or(0))
    }

    /// The properties that hold in a state.
    pub(super) fn holds(&self, id: Id) -> u16 {
        self.holds.get(id).unwrap_or(0)
    }

    /// The bytes in use, with what is reserved: for states, and for their edges.
    pub(super) fn bytes(&self) -> (u64, u64) {
        let states = self.prints.bytes()
            + (self.slots.capacity() * size_of::<u64>()) as u64
            + self.parents.bytes()
            + self.choices.bytes()
            + self.holds.bytes();
        (states, self.first_edges.bytes() + self.edges.bytes())
    }
}

/// The bits of a fingerprint that stand in a slot, above the number.
#[inline]
const fn tag_of(print: u128) -> u64 {
    (print >> 64) as u64 & !(STATES_MAX as u64)
}

/// A list that grows without moving and reserves little: in blocks of equal size.
#[derive(Debug)]
struct Blocks<T> {
    blocks: Vec<Vec<T>>,
    len: u32,
}

/// Elements of a block, as a power of two.
const BLOCK: u32 = 14;

impl<T: Copy> Blocks<T> {
    const fn new() -> Self {
        Self { blocks: Vec::new(), len: 0 }
    }

    #[inline]
    fn push(&mut self, value: T) {
        if self.len.trailing_zeros() >= BLOCK {
            self.blocks.push(Vec::with_capacity(1 << BLOCK));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.push(value);
            self.len += 1;
        }
    }

    #[inline]
    fn get(&self, place: u32) -> Option<T> {
        self.blocks.get((place >> BLOCK) as usize)?.get((place & ((1 << BLOCK) - 1)) as usize).copied()
    }

    /// The elements from one place to before another, no more than a block has.
    #[inline]
    fn range(&self, from: u32, to: u32) -> impl Iterator<Item = T> + '_ {
        let within = |place: u32| (place & ((1 << BLOCK) - 1)) as usize;
        let (block, next) = ((from >> BLOCK) as usize, (to >> BLOCK) as usize);
        let (here, there) = if block == next { (within(to), 0) } else { (1 << BLOCK, within(to)) };
        let slice = |block: usize, from: usize, to: usize| self.blocks.get(block).and_then(|block| block.get(from..to));
        let first = slice(block, within(from), here).unwrap_or(&[]);
        let second = slice(next, 0, there).unwrap_or(&[]);
        first.iter().chain(second).copied()
    }

    fn update(&mut self, place: u32, change: impl FnOnce(&mut T)) {
        let block = self.blocks.get_mut((place >> BLOCK) as usize);
        if let Some(value) = block.and_then(|block| block.get_mut((place & ((1 << BLOCK) - 1)) as usize)) {
            change(value);
        }
    }

    fn bytes(&self) -> u64 {
        (self.blocks.len() * size_of::<Vec<T>>()
            + self.blocks.iter().map(Vec::capacity).sum::<usize>() * size_of::<T>()) as u64
    }
}
