//! Canonical fingerprints: 128 bits that are equal for states from which the same things can happen.
//!
//! A machine that goes on for ever never comes back to a state with absolute times in it. So moments go into a print as
//! their distance from now, tokens as the order in which they are met, and what only numbers draws not at all: the prints
//! are for worlds without jitter, where every draw is the lowest. Beside each machine stands what it puts into a print.

use core::hash::Hasher;

use crate::profile::Version;
use crate::protocol::Token;
use crate::time::{Awake, Now, Span, Wall};

/// Which machine handed out a token; each counts by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// The agent.
    Agent,
    /// The MDM client.
    Mdm,
}

/// A fingerprint in the making.
#[derive(Clone, Debug)]
pub(crate) struct Print {
    lanes: [u64; 2],
    /// Half a step that waits for its other half.
    held: Option<u64>,
    now: Now,
    /// Longer ago than this is as good as this.
    horizon: Span,
    /// Grids on the device's clock that count from far back recur in this time.
    grid: Span,
    /// The tokens met so far, in their order.
    tokens: [u64; TOKENS],
    met: usize,
}

/// More tokens than a small world has in use; any further one goes in by its number, which tells more states apart than
/// needed and never fewer.
const TOKENS: usize = 16;

impl Print {
    pub(crate) const fn new(now: Now, (grid, horizon): (Span, Span)) -> Self {
        Self { lanes: [KEYS[0], KEYS[1]], held: None, now, horizon, grid, tokens: [0; TOKENS], met: 0 }
    }

    /// From here on the device's clock shows this.
    pub(crate) const fn set_wall(&mut self, wall: Wall) {
        self.now.wall = wall;
    }

    /// Puts in a number.
    #[inline]
    pub(crate) fn word(&mut self, word: u64) {
        match self.held.take() {
            None => self.held = Some(word),
            Some(first) => self.mix(first, word),
        }
    }

    /// Puts in a version.
    #[inline]
    pub(crate) fn version(&mut self, Version([a, b, c, d]): Version) {
        self.word(u64::from(a) << 48 | u64::from(b) << 32 | u64::from(c) << 16 | u64::from(d));
    }

    /// Puts in a moment by its distance from now, ahead or behind.
    #[inline]
    pub(crate) fn awake(&mut self, at: Awake) {
        self.word(at.raw().wrapping_sub(self.now.awake.raw()));
    }

    /// Puts in a moment by its distance from now, ahead or behind.
    #[inline]
    pub(crate) fn wall(&mut self, at: Wall) {
        self.word(at.raw().wrapping_sub(self.now.wall.raw()));
    }

    /// Puts in a moment by its distance from now, and none as a number that no distance is.
    #[inline]
    pub(crate) fn maybe_awake(&mut self, at: Option<Awake>) {
        match at {
            Some(at) => self.awake(at),
            None => self.word(NONE),
        }
    }

    /// Puts in a moment by its distance from now, and none as a number that no distance is.
    #[inline]
    pub(crate) fn maybe_wall(&mut self, at: Option<Wall>) {
        match at {
            Some(at) => self.wall(at),
            None => self.word(NONE),
        }
    }

    /// Puts in a moment that is only asked whether it is over, and how long until then.
    #[inline]
    pub(crate) fn until(&mut self, at: Wall) {
        self.word(at.since(self.now.wall).as_millis());
    }

    /// Puts in how long ago a moment was, up to the horizon.
    #[inline]
    pub(crate) fn aged(&mut self, at: Option<Wall>) {
        self.since(at, self.horizon);
    }

    /// Puts in how long ago a moment was, where longer than `at_most` is as good as that.
    #[inline]
    pub(crate) fn since(&mut self, at: Option<Wall>, at_most: Span) {
        self.word(at.map_or(NONE, |at| self.now.wall.since(at).min(at_most).as_millis()));
    }

    /// Puts in how long ago a moment in awake time was, where longer than `at_most` is as good as that.
    #[inline]
    pub(crate) fn since_awake(&mut self, at: Option<Awake>, at_most: Span) {
        self.word(at.map_or(NONE, |at| self.now.awake.since(at).min(at_most).as_millis()));
    }

    /// How long ago a moment in awake time was.
    pub(crate) const fn awake_passed(&self, at: Awake) -> Span {
        self.now.awake.since(at)
    }

    /// Puts in where now stands on a grid that began at a moment far back.
    #[inline]
    pub(crate) fn place_on_grid(&mut self, from: Wall) {
        self.word(self.now.wall.since(from).as_millis() % self.grid.as_millis().max(1));
    }

    /// Puts in a token as the how-manyeth it is.
    #[inline]
    pub(crate) fn token(&mut self, side: Side, token: Option<Token>) {
        let Some(token) = token else { return self.word(NONE) };
        let key = u64::from(token.number()) | (side as u64) << 32;
        let known = self.tokens.get(..self.met).unwrap_or(&[]);
        let place = match known.iter().position(|met| *met == key) {
            Some(place) => place as u64,
            None => match self.tokens.get_mut(self.met) {
                Some(slot) => {
                    *slot = key;
                    self.met += 1;
                    self.met as u64 - 1
                }
                None => key << 8,
            },
        };
        self.word(place);
    }

    /// What has been put in, as 128 bits.
    #[inline]
    pub(crate) fn done(mut self) -> u128 {
        let is_odd = u64::from(self.held.is_some());
        let last = self.held.take().unwrap_or(0);
        self.mix(last, (self.met as u64) << 1 | is_odd);
        let [a, b] = self.lanes;
        self.mix(b, a);
        u128::from(self.lanes[0]) << 64 | u128::from(self.lanes[1])
    }

    /// Two words into both lanes: each lane multiplies them to 128 bits under keys of its own and keeps the halves' sum,
    /// as wyhash does.
    #[inline]
    const fn mix(&mut self, first: u64, second: u64) {
        let [a, b] = self.lanes;
        self.lanes[0] = folded(first ^ a, second ^ KEYS[2]);
        self.lanes[1] = folded(first ^ KEYS[3], second ^ b).rotate_left(23) ^ a;
    }
}

/// For what is put in as it is.
impl Hasher for Print {
    fn finish(&self) -> u64 {
        self.lanes[0] ^ self.lanes[1]
    }

    fn write(&mut self, bytes: &[u8]) {
        for eight in bytes.chunks(8) {
            let word = eight.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
            self.word(word);
        }
    }

    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.word(u64::from(n));
    }

    #[inline]
    fn write_u16(&mut self, n: u16) {
        self.word(u64::from(n));
    }

    #[inline]
    fn write_u32(&mut self, n: u32) {
        self.word(u64::from(n));
    }

    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.word(n);
    }

    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.word(n as u64);
    }
}

/// Stands for nothing: further away than any moment.
const NONE: u64 = 1 << 63;

/// Odd numbers without pattern: the first digits of the square roots of 2, 3, 5 and 7.
const KEYS: [u64; 4] = [0x6A09_E667_F3BC_C909, 0xBB67_AE85_84CA_A73B, 0x3C6E_F372_FE94_F82B, 0xA54F_F53A_5F1D_36F1];

#[inline]
const fn folded(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: u64, awake: u64) -> Now {
        Now { wall: Wall::of_raw(wall), awake: Awake::of_raw(awake) }
    }

    #[test]
    fn moments_count_from_now() {
        let print = |now: Now, due: u64| {
            let mut print = Print::new(now, (Span::hours(8), Span::MAX));
            print.awake(Awake::of_raw(due));
            print.done()
        };
        assert_eq!(print(at(10, 5), 9), print(at(99, 105), 109));
        assert_ne!(print(at(10, 5), 9), print(at(10, 5), 10));
    }

    #[test]
    fn tokens_count_by_the_order_in_which_they_are_met() {
        let print = |side, numbers: [u32; 3]| {
            let mut print = Print::new(at(1, 1), (Span::ZERO, Span::MAX));
            numbers.iter().for_each(|n| print.token(side, Token::from_number(*n)));
            print.done()
        };
        assert_eq!(print(Side::Agent, [4, 9, 4]), print(Side::Mdm, [70, 8, 70]));
        assert_ne!(print(Side::Agent, [4, 9, 4]), print(Side::Agent, [4, 9, 9]));
    }

    #[test]
    fn words_do_not_cancel_out() {
        let print = |words: &[u64]| {
            let mut print = Print::new(at(1, 1), (Span::ZERO, Span::MAX));
            words.iter().for_each(|word| print.word(*word));
            print.done()
        };
        let all = [print(&[]), print(&[0]), print(&[0, 0]), print(&[1, 0]), print(&[0, 1]), print(&[0, 0, 0])];
        for (n, one) in all.iter().enumerate() {
            assert!(all[n + 1..].iter().all(|other| other != one), "{n}");
        }
    }
}
