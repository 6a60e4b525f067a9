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

/// A fingerprint in the making: words are written down side by side and mixed many at a time.
#[derive(Clone, Debug)]
pub(crate) struct Print {
    words: [u64; ROOM],
    len: usize,
    lanes: [u64; 4],
    /// Bytes that wait until eight of them are a word, the first the highest; and how many bits they are.
    bytes: u64,
    bits: u32,
    now: Now,
    /// Longer ago than this is as good as this.
    horizon: Span,
    /// Grids on the device's clock that count from far back recur in this time.
    grid: Span,
    /// The tokens met so far, in their order.
    tokens: [u64; TOKENS],
    met: usize,
}

/// Words that are written down before they are mixed, a multiple of four.
const ROOM: usize = 16;

/// More tokens than a small world has in use; any further one goes in by its number, which tells more states apart than
/// needed and never fewer.
const TOKENS: usize = 16;

impl Print {
    pub(crate) const fn new(now: Now, (grid, horizon): (Span, Span)) -> Self {
        let (words, tokens) = ([0; ROOM], [0; TOKENS]);
        Self { words, len: 0, lanes: KEYS, bytes: 0, bits: 0, now, horizon, grid, tokens, met: 0 }
    }

    /// From here on the device's clock shows this.
    pub(crate) const fn set_wall(&mut self, wall: Wall) {
        self.now.wall = wall;
    }

    /// Puts in a number.
    #[inline(always)]
    pub(crate) fn word(&mut self, word: u64) {
        if self.bits > 0 {
            self.close();
        }
        self.write_down(word);
    }

    #[inline(always)]
    fn write_down(&mut self, word: u64) {
        if let Some(slot) = self.words.get_mut(self.len) {
            *slot = word;
            self.len += 1;
        } else {
            self.make_room(word);
        }
    }

    #[inline(never)]
    fn make_room(&mut self, word: u64) {
        self.mix();
        if let Some(slot) = self.words.first_mut() {
            *slot = word;
        }
        self.len = 1;
    }

    /// Puts in the lowest bytes of a number beside others of the same word. Where one begins is told by the kinds of what
    /// was put in before, so that nothing is taken for something else.
    #[inline(always)]
    fn narrow(&mut self, bits: u32, value: u64) {
        if self.bits + bits > 64 {
            self.close();
        }
        self.bytes = self.bytes << bits | value;
        self.bits += bits;
    }

    /// Ends a word of bytes.
    #[inline(never)]
    fn close(&mut self) {
        let word = self.bytes;
        (self.bytes, self.bits) = (0, 0);
        self.write_down(word);
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
        if self.bits > 0 {
            self.close();
        }
        let count = (self.met as u64) << 32 | self.len as u64;
        self.mix();
        let [a, b, c, d] = self.lanes;
        let high = folded(a ^ count, b ^ KEYS[2]) ^ folded(c ^ KEYS[0], d ^ KEYS[1]);
        let low = folded(d ^ count, a ^ KEYS[3]) ^ folded(b ^ KEYS[1], c ^ KEYS[2]).rotate_left(23);
        u128::from(high) << 64 | u128::from(low)
    }

    /// What is written down goes into the lanes, four words at a time. A lane multiplies two of them to 128 bits under keys
    /// of its own and keeps the halves' sum, as wyhash does; each word goes into two lanes, beside different others. The
    /// words of the last four that were not written are 0; how many there were goes in at the end.
    #[inline]
    fn mix(&mut self) {
        let len = self.len.next_multiple_of(4);
        if let Some(rest) = self.words.get_mut(self.len..len) {
            rest.fill(0);
        }
        let (words, _) = self.words.get(..len).unwrap_or(&self.words).as_chunks::<4>();
        let [mut a, mut b, mut c, mut d] = self.lanes;
        for [one, two, three, four] in words {
            (a, b, c, d) = (
                folded(one ^ a, two ^ KEYS[2]),
                folded(three ^ b, four ^ KEYS[3]),
                folded(one ^ KEYS[1], three ^ c).rotate_left(23) ^ a,
                folded(two ^ d, four ^ KEYS[0]).rotate_left(23) ^ b,
            );
        }
        self.lanes = [a, b, c, d];
    }
}

/// For what is put in as it is. Numbers lie side by side as narrow as they are; which variant something is takes a byte.
impl Hasher for Print {
    fn finish(&self) -> u64 {
        (self.clone().done() >> 64) as u64
    }

    fn write(&mut self, bytes: &[u8]) {
        let (fours, rest) = bytes.as_chunks::<4>();
        fours.iter().for_each(|four| self.narrow(32, u64::from(u32::from_le_bytes(*four))));
        rest.iter().for_each(|byte| self.narrow(8, u64::from(*byte)));
    }

    #[inline(always)]
    fn write_u8(&mut self, n: u8) {
        self.narrow(8, u64::from(n));
    }

    #[inline(always)]
    fn write_u16(&mut self, n: u16) {
        self.narrow(16, u64::from(n));
    }

    #[inline(always)]
    fn write_u32(&mut self, n: u32) {
        self.narrow(32, u64::from(n));
    }

    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.word(n);
    }

    #[inline(always)]
    fn write_usize(&mut self, n: usize) {
        if n < 0xFF {
            self.narrow(8, n as u64);
        } else {
            self.narrow(8, 0xFF);
            self.word(n as u64);
        }
    }

    #[inline(always)]
    fn write_isize(&mut self, n: isize) {
        self.write_usize(n.cast_unsigned());
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
