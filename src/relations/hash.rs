//! The hash of a subgraph's content, under which the agent keeps the times of failed enforcements.
//!
//! The agent's own function is not known, only that the result is a text of 44 characters in base64, which is what 32
//! bytes give (B-7.35). This one is ours: words are taken in one after the other by `state = mix(state ^ word + STEP)`,
//! where `mix` is a bijection that spreads every bit, so that two contents agree by accident once in 2^64 pairs. It
//! holds against accidents, not against somebody who looks for two that agree.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::relation::Relation;
use crate::chance::mix;
use crate::protocol::PolicyId;

/// The hash of the apps of a subgraph, their revisions and their relations.
///
/// Stable: the same on every platform and in every version of this crate. Prints as the 44 characters of base64 under
/// which the agent keeps it in the registry; they are four words of 64 bits, drawn from this one.
///
/// Source: B-7.35, B-7.36.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentHash(u64);

impl ContentHash {
    /// The hash of members with their revisions, and of relations; both in the order of the subgraph.
    pub(super) fn of(
        members: impl Iterator<Item = (PolicyId, u32)>,
        relations: impl Iterator<Item = Relation>,
    ) -> Self {
        let (mut hash, mut count) = (START, 0_u64);
        for (app, revision) in members {
            hash = take(hash, pair(app.0, revision));
            count += 1;
        }
        // Where the members end, so that no member can be taken for a relation.
        hash = take(hash, count);
        for relation in relations {
            hash = take(hash, pair(relation.from.0, relation.to.0));
            hash = take(hash, relation.kind.code());
        }
        Self(hash)
    }

    /// The hash as a number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The 32 bytes behind the text.
    pub fn bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (lane, word) in (1_u64..).zip(bytes.chunks_exact_mut(8)) {
            word.copy_from_slice(&mix(self.0 ^ lane.wrapping_mul(STEP)).to_be_bytes());
        }
        bytes
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'='; 44];
        for (group, out) in self.bytes().chunks(3).zip(text.chunks_exact_mut(4)) {
            let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
            for (place, character) in out.iter_mut().enumerate().take(group.len() + 1) {
                *character = ALPHABET[(bits >> (18 - 6 * place) & 63) as usize];
            }
        }
        text.iter().try_for_each(|character| fmt::Write::write_char(f, char::from(*character)))
    }
}

const fn take(hash: u64, word: u64) -> u64 {
    mix((hash ^ word).wrapping_add(STEP))
}

const fn pair(high: u32, low: u32) -> u64 {
    (high as u64) << 32 | low as u64
}

/// The first 64 bits of the fractional part of the square root of 11.
const START: u64 = 0x510E_527F_ADE6_82D1;
/// 2^64 divided by the golden ratio; odd.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
