//! A failure in one line that can be sent to somebody: which world, which seed, which device, which step.

use std::fmt;
use std::str::FromStr;

use super::super::invariant::Invariant;
use super::Base;
use crate::chance::mix;

/// A failure in one line, such as `imesim-0.1.0:office-5f0c91d2:s17:d0:e812:C1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The version of the program that found it.
    pub version: String,
    /// What the world hashes to.
    pub world: u32,
    /// The seed.
    pub seed: u64,
    /// The number of the device.
    pub device: u64,
    /// The step in which it failed.
    pub step: u64,
    /// The invariant that was broken.
    pub invariant: Invariant,
}

/// A text that is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no replay token: {what}; one looks like imesim-0.1.0:5f0c91d2:s17:d0:e812:C1")]
pub struct TokenError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub what: &'static str,
}

impl Token {
    /// The token of a failure in a world.
    pub fn new(base: &Base, seed: u64, device: u64, step: u64, invariant: Invariant) -> Self {
        Self { version: env!("CARGO_PKG_VERSION").to_owned(), world: hash(&base.text), seed, device, step, invariant }
    }

    /// True if it is about this world.
    pub fn is_of(&self, base: &Base) -> bool {
        self.world == hash(&base.text)
    }
}

/// The same for the same text on every machine.
fn hash(text: &str) -> u32 {
    let sum = text.bytes().fold(text.len() as u64, |sum, byte| mix(sum ^ u64::from(byte)));
    u32::try_from(sum >> 32).unwrap_or(0)
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, world, seed, device, step, invariant } = self;
        write!(f, "imesim-{version}:{world:08x}:s{seed}:d{device}:e{step}:{invariant}")
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let wrong = |what| TokenError { text: text.to_owned(), what };
        let parts: Vec<&str> = text.trim().split(':').collect();
        let [version, world, seed, device, step, invariant] = parts[..] else {
            return Err(wrong("it has not six parts"));
        };
        let number = |part: &str, letter: char, what| {
            part.strip_prefix(letter).and_then(|digits| digits.parse().ok()).ok_or_else(|| wrong(what))
        };
        Ok(Self {
            version: version.strip_prefix("imesim-").ok_or_else(|| wrong("it does not begin with imesim-"))?.to_owned(),
            world: u32::from_str_radix(world, 16).map_err(|_| wrong("its second part is no hash"))?,
            seed: number(seed, 's', "its third part is no seed")?,
            device: number(device, 'd', "its fourth part is no device")?,
            step: number(step, 'e', "its fifth part is no step")?,
            invariant: Invariant::of_name(invariant).ok_or_else(|| wrong("its last part is no invariant"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written_and_short() {
        let token = Token::new(&Base::office(), u64::MAX, 999_999, 123_456_789, Invariant::W7);
        let text = token.to_string();
        assert!(text.len() < 100, "{text}");
        assert_eq!(text.parse::<Token>(), Ok(token));
    }

    #[test]
    fn what_is_no_token_is_refused_with_its_place() {
        for (text, what) in [
            ("", "it has not six parts"),
            ("imesim-1:xyz:s1:d0:e1:C1", "its second part is no hash"),
            ("imesim-1:12:1:d0:e1:C1", "its third part is no seed"),
            ("imesim-1:12:s1:d0:e1:C99", "its last part is no invariant"),
        ] {
            assert_eq!(text.parse::<Token>().map_err(|error| error.what), Err(what), "{text}");
        }
    }
}
