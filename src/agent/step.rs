//! The agent as a total function: state and input in, state and effects out. For checkers, tests and documentation.

use super::{Agent, Context, Effect, Input, Sink, Timer};
use crate::time::{Now, Wake};

/// The most effects that one input causes; a property test holds the agent to it.
pub const EFFECTS_MAX: usize = 32;

/// The effects of one input, in order, without a heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Effects {
    effects: [Effect; EFFECTS_MAX],
    len: usize,
    /// Effects that did not fit; always 0 unless [`EFFECTS_MAX`] is wrong.
    lost: usize,
}

impl Effects {
    const NONE: Self = Self { effects: [Effect::Persist; EFFECTS_MAX], len: 0, lost: 0 };

    /// The effects, in the order in which they are to be carried out.
    pub fn as_slice(&self) -> &[Effect] {
        self.effects.get(..self.len).unwrap_or(&[])
    }

    /// How many effects did not fit.
    pub const fn lost(&self) -> usize {
        self.lost
    }
}

impl Sink for Effects {
    fn effect(&mut self, effect: Effect) {
        match self.effects.get_mut(self.len) {
            Some(slot) => {
                *slot = effect;
                self.len += 1;
            }
            None => self.lost += 1,
        }
    }
}

impl Agent {
    /// [`Agent::handle`] without a sink and without mutation.
    pub fn step(mut self, cx: &Context<'_>, now: Now, input: Input<'_>) -> (Self, Effects, Wake<Timer>) {
        let mut effects = Effects::NONE;
        let wake = self.handle(cx, now, input, &mut effects);
        (self, effects, wake)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut effects = Effects::NONE;
        for _ in 0..EFFECTS_MAX {
            effects.effect(Effect::Restart);
        }
        assert_eq!((effects.as_slice().len(), effects.lost()), (EFFECTS_MAX, 0));
        effects.effect(Effect::Uninstall);
        effects.effect(Effect::Uninstall);
        assert_eq!((effects.as_slice(), effects.lost()), (&[Effect::Restart; EFFECTS_MAX][..], 2));
    }
}
