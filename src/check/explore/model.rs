//! What is explored: states, steps, properties.

use core::fmt::Debug;

/// A world with finitely many states, or one of which a bounded part is looked at.
///
/// Everything is a pure function of the state: the same state has the same steps in the same order, and a step leads to
/// the same state each time. A way is kept as the places of its steps in these lists.
pub trait Model: Sync {
    /// The world at a moment, between two steps.
    type State: Clone + Send + Sync;
    /// One thing that may happen.
    type Step: Copy + Debug;

    /// The states in which the world may begin.
    fn starts(&self) -> Vec<Self::State>;

    /// Puts what may happen in a state into an empty list, at most 256 things.
    fn steps(&self, state: &Self::State, steps: &mut Vec<(Self::Step, Kind)>);

    /// Lets one of the steps of a state happen.
    fn take(&self, state: &mut Self::State, step: Self::Step);

    /// A number that two states share only if the same is possible from both on.
    fn fingerprint(&self, state: &Self::State) -> u128;

    /// What is to hold, at most 15 properties.
    fn properties(&self) -> &[Property];

    /// Which of the properties hold in a state, as bits by their places.
    fn holds(&self, state: &Self::State) -> u16;

    /// Names of sorts of steps, at most 31, of which each is to be taken somewhere.
    fn sorts(&self) -> &[&'static str] {
        &[]
    }

    /// The place of a step's sort in that list, if it is there.
    fn sort_of(&self, step: Self::Step) -> Option<usize> {
        let _ = step;
        None
    }

    /// Reads a little of everything that a state keeps elsewhere than in itself, and makes some number of it. A search does
    /// so for several states at once and a while before it copies them or copies over them: no read waits for another
    /// then, and what the copy needs is in the cache.
    fn touch(&self, state: &Self::State) -> usize {
        let _ = state;
        0
    }

    /// How much time has passed since the start, in milliseconds; for the bound on time.
    fn elapsed(&self, state: &Self::State) -> u64 {
        let _ = state;
        0
    }
}

/// The most steps of a state.
pub(super) const STEPS_MAX: usize = 256;
/// The most properties of a model.
pub(super) const PROPERTIES_MAX: usize = 15;

/// More sorts of steps than a model has.
pub(super) const SORTS_MAX: usize = 32;

/// What kind of step it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Kind {
    /// A fault, or something that people do. When faults stop, these steps do not happen any more.
    pub disturbs: bool,
    /// Time passes, so that going round such steps for ever takes for ever.
    pub takes_time: bool,
}

impl Kind {
    /// The world goes on by itself, in the same moment.
    pub const CALM: Self = Self { disturbs: false, takes_time: false };
    /// Time passes, and nothing is disturbed.
    pub const TIME: Self = Self { disturbs: false, takes_time: true };
    /// A fault, or something that people do.
    pub const DISTURBS: Self = Self { disturbs: true, takes_time: false };
}

/// Something that is to hold of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Property {
    /// When it is to hold.
    pub times: Times,
    /// Its name, such as `C1`.
    pub name: &'static str,
    /// What it says.
    pub says: &'static str,
}

/// When a property is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Times {
    /// In every state.
    Always,
    /// In some state; shows that the model is not without content.
    Sometimes,
    /// From every state on, once disturbances stop: whatever order the calm steps come in, a state in which it holds is
    /// reached. Judged on the graph, so that cycles and dead ends in which it never holds are found. A state beyond a bound
    /// counts as one in which it holds.
    Eventually,
}

impl Times {
    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Sometimes => "sometimes",
            Self::Eventually => "eventually",
        }
    }
}

impl Property {
    /// It holds in every state.
    pub const fn always(name: &'static str, says: &'static str) -> Self {
        Self { times: Times::Always, name, says }
    }

    /// It holds in some state.
    pub const fn sometimes(name: &'static str, says: &'static str) -> Self {
        Self { times: Times::Sometimes, name, says }
    }

    /// It comes to hold when disturbances stop.
    pub const fn eventually(name: &'static str, says: &'static str) -> Self {
        Self { times: Times::Eventually, name, says }
    }
}
