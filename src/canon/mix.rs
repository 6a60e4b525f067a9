//! From bytes to a number of 128 bits.

/// Blocks of bytes into two lanes of 64 bits.
///
/// A block is read as pairs of numbers. A lane has two keys for each pair, under which it multiplies the numbers to 128 bits,
/// and adds up the sums of their halves: as XXH3 does, so that no product waits for the one before. Between two blocks the
/// lanes are scrambled, so that the order of blocks counts. Two different states share a print by a chance of about 2⁻¹²⁸,
/// as long as nobody makes states for that purpose; that any two of the 2³⁰ states that a search can hold do, is below 2⁻⁶⁸.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mix {
    pub(super) lanes: [u64; 2],
}

impl Mix {
    pub(super) const NEW: Self = Self { lanes: [0; 2] };

    /// Takes in the first bytes of a block, with nothing but zeros behind them.
    #[inline]
    pub(super) fn block(&mut self, block: &[u8; BLOCK], filled: usize) {
        let (pairs, _) = block.as_chunks::<16>();
        let (mut sum, mut other) = (filled as u64, filled as u64);
        for (pair, keys) in pairs[..filled.div_ceil(16)].iter().zip(&KEYS) {
            let pair = u128::from_le_bytes(*pair);
            let (first, second) = (pair as u64, (pair >> 64) as u64);
            sum = sum.wrapping_add(folded(first ^ keys[0], second ^ keys[1]));
            other = other.wrapping_add(folded(first ^ keys[2], second ^ keys[3]));
        }
        let [lane, beside] = self.lanes;
        self.lanes = [scrambled(lane ^ sum), scrambled(beside ^ other)];
    }
}

/// Bytes that are mixed at a time; most states take fewer.
pub(super) const BLOCK: usize = 512;

/// For each pair of numbers in a block two keys of the one lane and two of the other, without pattern: drawn by SplitMix64.
static KEYS: [[u64; 4]; BLOCK / 16] = {
    let mut keys = [[0; 4]; BLOCK / 16];
    let mut n = 0;
    while n < BLOCK / 4 {
        keys[n / 4][n % 4] = scrambled((n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        n += 1;
    }
    keys
};

/// Both halves of the product of two numbers.
#[inline]
const fn folded(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

/// Another number for each number: what SplitMix64 makes of its counter.
#[inline]
const fn scrambled(mut n: u64) -> u64 {
    n = (n ^ n >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    n = (n ^ n >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ n >> 31
}
