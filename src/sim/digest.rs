//! A 128-bit digest of what devices did.
//!
//! Each device's digest depends on every input and effect of it, in order; the digests of several devices are added, so
//! that it does not matter in which order or on which thread they ran.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::chance::mix;
use crate::{agent, device, mdm};

/// The digest of a run, or of one device of it. Prints as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Digest(u128);

impl Digest {
    /// The digest of both together.
    #[must_use]
    pub const fn merged(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Takes in what one device does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hasher {
    a: u64,
    b: u64,
}

impl Hasher {
    pub(super) const fn new(device: u64) -> Self {
        Self { a: mix(device ^ 0x6A09_E667_F3BC_C908), b: mix(device ^ 0xBB67_AE85_84CA_A73B) }
    }

    /// Takes in two words. Both lanes see both, through different multipliers and rotations.
    #[inline]
    pub(super) fn take(&mut self, x: u64, y: u64) {
        self.a = (self.a ^ x).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29) ^ y;
        self.b = (self.b ^ y).wrapping_mul(0xC2B2_AE3D_27D4_EB4F).rotate_left(31).wrapping_add(x);
    }

    pub(super) const fn finish(self) -> Digest {
        let high = mix(self.a ^ self.b.rotate_left(32));
        let low = mix(self.b.wrapping_add(high));
        Digest(((high as u128) << 64) | low as u128)
    }
}

/// A number for the kind of an input, for the digest.
#[inline]
pub(super) fn code_of(input: &device::Input<'_>) -> u64 {
    match input {
        device::Input::Tick => 1,
        device::Input::Resumed => 2,
        device::Input::Action(_) => 3,
        device::Input::Agent(agent::Input::Answered { token, .. }) => 4 | u64::from(token.number()) << 8,
        device::Input::Agent(agent::Input::Failed { token, .. }) => 5 | u64::from(token.number()) << 8,
        device::Input::Agent(agent::Input::Completed { token, .. }) => 6 | u64::from(token.number()) << 8,
        device::Input::Agent(_) => 7,
        device::Input::Mdm(mdm::Input::Answered { token, .. }) => 8 | u64::from(token.number()) << 8,
        device::Input::Mdm(mdm::Input::Failed { token, .. }) => 9 | u64::from(token.number()) << 8,
        device::Input::Mdm(mdm::Input::Completed { token, .. }) => 10 | u64::from(token.number()) << 8,
        device::Input::Mdm(_) => 11,
    }
}
