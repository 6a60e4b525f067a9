//! What is kept of each state visited, in under 64 bytes where states have no more than five steps.
//!
//! In the table stay its fingerprint (16 bytes) and a slot to find it by (8 bytes, at 53 to 80 % full), and here where it was
//! first reached from and by which step (5), which properties hold in it (2), and its edges (4, and 4 for each).

use super::chunk::Found;

/// The number of a state, in the order in which states were found.
pub(super) type Id = u32;

/// More states than this are not told apart by an [`Edge`].
pub(super) const STATES_MAX: u32 = (1 << 30) - 1;

/// An edge of the graph: where it leads, and the kind of its step in the two bits above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Debug, Default)]
pub(super) struct Store {
    parents: Blocks<Id>,
    choices: Blocks<u8>,
    holds: Blocks<u16>,
    /// Where the edges of each state that was expanded begin.
    first_edges: Blocks<u32>,
    edges: Blocks<Edge>,
}

/// Among the properties of a state: its steps are not looked at.
pub(super) const CUT: u16 = 1 << super::model::PROPERTIES_MAX;
/// The parent of a start.
pub(super) const NOBODY: Id = u32::MAX;

impl Store {
    /// How many states there are.
    pub(super) const fn len(&self) -> u32 {
        self.parents.len
    }

    /// Keeps a state that was reached for the first time, and gives its number.
    #[inline]
    pub(super) fn push(&mut self, found: &Found) -> Id {
        let id = self.len();
        self.parents.push(found.from);
        self.choices.push(found.choice);
        self.holds.push(found.holds);
        id
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
        let states = self.parents.bytes() + self.choices.bytes() + self.holds.bytes();
        (states, self.first_edges.bytes() + self.edges.bytes())
    }
}

/// A list that grows without moving and reserves little: in blocks of equal size.
#[derive(Debug, Default)]
struct Blocks<T> {
    blocks: Vec<Vec<T>>,
    len: u32,
}

/// Elements of a block, as a power of two.
pub(super) const BLOCK: u32 = 14;

impl<T: Copy> Blocks<T> {
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
