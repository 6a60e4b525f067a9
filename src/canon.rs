//! Canonical fingerprints: 128 bits that are equal for states from which the same things can happen.
//!
//! A machine that goes on for ever never comes back to a state with absolute times in it. So moments go into a print as
//! their distance from now, tokens as the order in which they are met, and what only numbers draws not at all: the prints
//! are for worlds without jitter, where every draw is the lowest. Beside each machine stands what it puts into a print.

mod mix;

use core::hash::Hasher;

use self::mix::{BLOCK, Mix};
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

/// A fingerprint in the making: the state as bytes, from which the mix makes a number at the end.
///
/// A number takes as many bytes as its type has, the lowest first, and a length or the kind of an enum mostly one. What
/// comes next is always told by what came before, so that different states are different bytes.
#[derive(Clone, Debug)]
pub(crate) struct Print {
    /// What was put in since the last block was full; nothing but zeros behind it.
    block: [u8; BLOCK],
    filled: usize,
    mix: Mix,
    now: Now,
    /// Longer ago than this is as good as this.
    horizon: Span,
    /// Grids on the device's clock that count from far back recur in this time.
    grid: Span,
    /// The tokens met so far, in their order.
    tokens: [u64; TOKENS],
    met: usize,
    /// Where a token stands among them, counted from 1, with what its last bits do not say of it above; most tokens are found
    /// at once, in the seat of their last bits.
    seats: [u32; SEATS],
}

/// More tokens than a small world has in use; any further one goes in by its number, which tells more states apart than
/// needed and never fewer.
const TOKENS: usize = 16;

/// The bits of a seat that tell a place.
const PLACE: u32 = TOKENS.ilog2() + 1;

/// A power of two. Tokens in use are mostly close to each other.
const SEATS: usize = 64;

impl Print {
    #[inline]
    pub(crate) const fn new(now: Now, (grid, horizon): (Span, Span)) -> Self {
        let (tokens, seats) = ([0; TOKENS], [0; SEATS]);
        Self { block: [0; BLOCK], filled: 0, mix: Mix::NEW, now, horizon, grid, tokens, met: 0, seats }
    }

    /// From here on the device's clock shows this.
    pub(crate) const fn set_wall(&mut self, wall: Wall) {
        self.now.wall = wall;
    }

    #[inline]
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        let at = if self.filled <= BLOCK - N { self.filled } else { self.begin_block() };
        self.block[at..at + N].copy_from_slice(&bytes);
        self.filled = at + N;
    }

    /// Mixes a block that has no room any more.
    #[cold]
    fn begin_block(&mut self) -> usize {
        self.mix.block(&self.block, self.filled);
        self.block = [0; BLOCK];
        0
    }

    /// Puts in a number of 64 bits.
    #[inline]
    pub(crate) fn word(&mut self, word: u64) {
        self.put(word.to_le_bytes());
    }

    /// Puts in a number of 8 bits.
    #[inline]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.put([byte]);
    }

    /// Puts in a number that is mostly small.
    #[inline]
    fn small(&mut self, n: u64) {
        if n < u64::from(LARGE) {
            self.byte(n as u8);
        } else {
            self.byte(LARGE);
            self.word(n);
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
        match token {
            Some(token) => self.met_token(u64::from(token.number()) << 1 | side as u64),
            None => self.byte(0),
        }
    }

    fn met_token(&mut self, key: u64) {
        let (seat, rest) = (&mut self.seats[(key % SEATS as u64) as usize], (key / SEATS as u64) as u32);
        let place = *seat ^ rest << PLACE;
        if (1..=TOKENS as u32).contains(&place) {
            self.byte(place as u8);
        } else if *seat == 0 && self.met < TOKENS {
            self.tokens[self.met] = key;
            self.met += 1;
            *seat = rest << PLACE | self.met as u32;
            self.byte(self.met as u8);
        } else {
            self.token_without_seat(key);
        }
    }

    /// Puts in a token whose seat another has taken, or for which there is no room.
    #[cold]
    fn token_without_seat(&mut self, key: u64) {
        let met = self.tokens.iter().take(self.met).position(|met| *met == key).unwrap_or(self.met);
        if let Some(slot) = self.tokens.get_mut(met) {
            *slot = key;
            self.met = self.met.max(met + 1);
            self.byte(met as u8 + 1);
        } else {
            self.byte(LARGE);
            self.word(key);
        }
    }

    /// What has been put in, as 128 bits.
    #[inline]
    pub(crate) fn done(&self) -> u128 {
        let mut mix = self.mix;
        mix.block(&self.block, self.filled);
        let [a, b] = mix.lanes;
        u128::from(a) << 64 | u128::from(b)
    }
}

/// For what is put in as it is.
impl Hasher for Print {
    fn finish(&self) -> u64 {
        let mut mix = self.mix;
        mix.block(&self.block, self.filled);
        mix.lanes[0]
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
    }

    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.byte(n);
    }

    #[inline]
    fn write_u16(&mut self, n: u16) {
        self.put(n.to_le_bytes());
    }

    #[inline]
    fn write_u32(&mut self, n: u32) {
        self.put(n.to_le_bytes());
    }

    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.word(n);
    }

    /// Lengths, and the kinds of enums.
    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.small(n as u64);
    }
}

/// Stands for nothing: further away than any moment.
const NONE: u64 = 1 << 63;

/// In the place of a small number: a large one follows.
const LARGE: u8 = u8::MAX;

#[cfg(test)]
mod tests {
    use core::hash::Hash;

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

    /// Blocks count in their order, and what crosses from one into the next is not lost.
    #[test]
    fn long_prints_count_every_byte_and_their_order() {
        let print = |changed: Option<usize>, by: u64| {
            let mut print = Print::new(at(1, 1), (Span::ZERO, Span::MAX));
            print.byte(1);
            (0..3 * BLOCK / 8).for_each(|n| print.word(if changed == Some(n) { by } else { 0 }));
            print.done()
        };
        let mut all: Vec<u128> = (0..3 * BLOCK / 8).map(|n| print(Some(n), 7)).collect();
        all.push(print(None, 0));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    /// As long as there is room, it makes no difference which tokens they are: not even those that take each other's seat.
    #[test]
    fn tokens_that_share_a_seat_are_told_apart() {
        let print = |numbers: &[u32]| {
            let mut print = Print::new(at(1, 1), (Span::ZERO, Span::MAX));
            numbers.iter().for_each(|n| print.token(Side::Agent, Token::from_number(*n)));
            print.done()
        };
        let far = SEATS as u32;
        assert_eq!(print(&[1, 1 + far, 1 + 2 * far, 1 + far, 1]), print(&[4, 9, 5, 9, 4]));
        assert_ne!(print(&[1, 1 + far, 1]), print(&[1, 1 + far, 1 + far]));
        let many: Vec<u32> = (1..=TOKENS as u32 + 2).collect();
        let (last, others) = many.split_last().expect("there are some");
        assert_ne!(print(&many), print(&[others, &[last + 1]].concat()));
    }

    /// Whatever the order of bytes of the platform is.
    #[test]
    fn a_print_is_pinned() {
        let mut print = Print::new(at(1_000, 500), (Span::hours(8), Span::MAX));
        (1_u8, 2_u16, 3_u32, 4_u64, Some(5_u8), [6_u8, 7]).hash(&mut print);
        print.awake(Awake::of_raw(750));
        print.token(Side::Mdm, Token::from_number(8));
        assert_eq!(format!("{:032x}", print.done()), "6fe1829fe6441cb8ee32fda1a61a126d");
    }
}
