//! Ways through a model: kept as places of steps, and walked again to be read.

use core::fmt;

use super::model::Model;
use super::store::{Id, Store};

/// A way from a start, and perhaps round a cycle. Its text form replays it: `0:3.0.1(2.0)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Path {
    /// The place of the start.
    pub start: u8,
    /// The places of the steps in the lists of the states on the way.
    pub steps: Vec<u8>,
    /// From the last state on round and back to it; empty where there is no cycle.
    pub cycle: Vec<u8>,
}

/// A way with its steps and the states between.
#[derive(Clone, Debug)]
pub struct Walked<M: Model> {
    /// Where it begins.
    pub start: M::State,
    /// Each step, and the state that it led to.
    pub steps: Vec<(M::Step, M::State)>,
    /// How many of the steps, at the end, are the cycle.
    pub cycle: usize,
}

impl Path {
    /// How many steps it has, the cycle included.
    pub const fn len(&self) -> usize {
        self.steps.len() + self.cycle.len()
    }

    /// True if it goes nowhere.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The way by which a state was first found.
    pub(super) fn to(store: &Store, mut id: Id) -> Self {
        let mut steps = Vec::new();
        loop {
            match store.parent(id) {
                (Some(parent), choice) => {
                    steps.push(choice);
                    id = parent;
                }
                (None, start) => {
                    steps.reverse();
                    return Self { start, steps, cycle: Vec::new() };
                }
            }
        }
    }

    /// The same way, and on round a cycle.
    pub(super) fn round(self, cycle: Vec<u8>) -> Self {
        Self { cycle, ..self }
    }

    /// Walks the way again; `None` if it does not fit the model.
    pub fn walk<M: Model>(&self, model: &M) -> Option<Walked<M>> {
        let start = model.starts().into_iter().nth(self.start.into())?;
        let mut state = start.clone();
        let (mut steps, mut possible) = (Vec::new(), Vec::new());
        for choice in self.steps.iter().chain(&self.cycle) {
            possible.clear();
            model.steps(&state, &mut possible);
            let (step, _) = *possible.get(usize::from(*choice))?;
            model.take(&mut state, step);
            steps.push((step, state.clone()));
        }
        Some(Walked { start, steps, cycle: self.cycle.len() })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, places: &[u8]| {
            places.iter().enumerate().try_for_each(|(n, place)| {
                let dot = if n == 0 { "" } else { "." };
                write!(f, "{dot}{place}")
            })
        };
        write!(f, "{}:", self.start)?;
        list(f, &self.steps)?;
        if self.cycle.is_empty() {
            return Ok(());
        }
        f.write_str("(")?;
        list(f, &self.cycle)?;
        f.write_str(")")
    }
}
