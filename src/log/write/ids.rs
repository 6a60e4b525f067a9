//! The ids of messages. Messages name users, policies and requests by GUIDs in lower case, and sessions by numbers (B-11.13);
//! the core counts all of them from 1.

use crate::chance::mix;
use crate::log::event::Guid;
use crate::protocol::{PolicyId, Token, UserId};

/// Gives the core's numbers the ids that messages have.
///
/// An embedder that knows the ids of its service gives those.
pub trait Ids {
    /// The id of a script, app or remediation.
    fn policy(&self, policy: PolicyId) -> Guid;

    /// The id of a user; it must be [`Guid::ZERO`] for [`UserId::DEVICE`] and for nobody else (B-11.13).
    fn user(&self, user: UserId) -> Guid;

    /// The id of a request or of a download.
    fn token(&self, token: Token) -> Guid;

    /// The session in which a user is signed in, as a number: that of the user, 0 for the device.
    fn session(&self, user: UserId) -> u64 {
        u64::from(user.0)
    }
}

/// Ids that are made up: the same for the same seed and name, on every device and in every run.
///
/// An id is the text `seed/kind/name` put through FNV-1a with 64 bits, twice from different beginnings, each half then through
/// the finaliser of SplitMix64; the bits that say "made by chance" (version 4) are set as they should be. The name of a policy
/// or user is that of the scenario; a request is named by the device and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeededIds {
    seed: u64,
    device: String,
    policies: Vec<Guid>,
    users: Vec<Guid>,
}

impl SeededIds {
    /// Ids of a device, with the names of policies by their number from 0, and of users by theirs from 1.
    pub fn new<'a>(
        seed: u64,
        device: &str,
        policies: impl IntoIterator<Item = &'a str>,
        users: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self {
            seed,
            device: device.to_owned(),
            policies: policies.into_iter().map(|name| guid(seed, "policy", name)).collect(),
            users: users.into_iter().map(|name| guid(seed, "user", name)).collect(),
        }
    }
}

impl Ids for SeededIds {
    fn policy(&self, policy: PolicyId) -> Guid {
        let known = usize::try_from(policy.0).ok().and_then(|place| self.policies.get(place));
        known.copied().unwrap_or_else(|| guid(self.seed, "policy", &policy.0.to_string()))
    }

    fn user(&self, user: UserId) -> Guid {
        let Some(place) = usize::from(user.0).checked_sub(1) else { return Guid::ZERO };
        self.users.get(place).copied().unwrap_or_else(|| guid(self.seed, "user", &user.to_string()))
    }

    fn token(&self, token: Token) -> Guid {
        guid(self.seed, "request", &format!("{}/{}", self.device, token.number()))
    }
}

fn guid(seed: u64, kind: &str, name: &str) -> Guid {
    let text = format!("{seed}/{kind}/{name}");
    let half =
        |begin| u128::from(mix(text.bytes().fold(begin, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(FNV_PRIME))));
    let bits = half(FNV_BEGIN) << 64 | half(FNV_BEGIN ^ OTHER);
    Guid(bits & !(0xF << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62)
}

const FNV_BEGIN: u64 = 0xCBF2_9CE4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01B3;
/// The golden ratio in 64 bits: the second beginning differs in every part.
const OTHER: u64 = 0x9E37_79B9_7F4A_7C15;

#[cfg(test)]
mod tests {
    use super::*;

    // B-11.13: zeros for the device, lower case, and the same for the same seed and name.
    #[test]
    fn ids_are_stable_by_seed_and_name() {
        let ids = |seed, device| SeededIds::new(seed, device, ["map-drives", "vpn"], ["anna"]);
        let (one, other) = (ids(1, "pc1"), ids(1, "pc2"));
        assert_eq!(one.user(UserId::DEVICE).to_string(), "00000000-0000-0000-0000-000000000000");
        assert_eq!(one.policy(PolicyId(0)).to_string(), "703fb37a-e677-4b74-835a-8cec3dee73bf");
        assert_eq!(one.policy(PolicyId(1)), other.policy(PolicyId(1)), "a policy is the same on every device");
        assert_eq!(one.user(UserId(1)), other.user(UserId(1)));
        assert_ne!(one.token(Token::FIRST), other.token(Token::FIRST), "requests are not");
        assert_ne!(one.policy(PolicyId(0)), ids(2, "pc1").policy(PolicyId(0)));
        assert_ne!(one.policy(PolicyId(7)), one.policy(PolicyId(8)), "those without a name have their number");
        let text = one.policy(PolicyId(1)).to_string();
        assert_eq!((text.as_bytes().get(14), text.to_lowercase()), (Some(&b'4'), text.clone()));
    }
}
