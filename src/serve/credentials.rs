//! Who is who: tokens and certificates of devices, and the file in which they are given.
//!
//! A line of the file is `NAME token TOKEN` or `NAME certificate SHA256`, the second with the SHA-256 of the certificate
//! in hexadecimal; empty lines and those that begin with `#` are skipped. A device may have several lines.
//!
//! The service keeps no token, only its SHA-256, and compares all 32 bytes of it in the same time whatever they are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::file::private;

/// The credentials of all devices.
#[derive(Clone, Default)]
pub struct Credentials {
    tokens: BTreeMap<[u8; 32], usize>,
    certificates: BTreeMap<[u8; 32], usize>,
}

/// A file of credentials that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// It cannot be read or written.
    #[error("the file of credentials cannot be {doing}: {kind}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        kind: io::ErrorKind,
    },
    /// A line is not as it must be.
    #[error("line {line} of the credentials: {reason}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The operating system gives no random bytes.
    #[error("no tokens can be made: the operating system gives no random bytes")]
    NoRandom,
}

/// A token with fewer characters could be guessed.
const TOKEN_MIN: usize = 16;

impl Credentials {
    /// Reads the text of a file; `find` gives the number of the device with a name.
    ///
    /// # Errors
    /// [`CredentialsError::Line`] for the first line that is wrong.
    pub fn parse(text: &str, find: impl Fn(&str) -> Option<usize>) -> Result<Self, CredentialsError> {
        let mut all = Self::default();
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let wrong = |reason: &str| CredentialsError::Line { line, reason: reason.to_owned() };
            let words: Vec<&str> = content.split_whitespace().collect();
            let [name, kind, value] = words[..] else {
                return Err(wrong("write `NAME token TOKEN` or `NAME certificate SHA256`"));
            };
            let device = find(name).ok_or_else(|| wrong(&format!("there is no device `{name}`")))?;
            let known = match kind {
                "token" if value.len() < TOKEN_MIN => {
                    return Err(wrong(&format!("a token has at least {TOKEN_MIN} characters")));
                }
                "token" => all.tokens.insert(sum(value.as_bytes()), device),
                "certificate" => {
                    let print = from_hex(value).ok_or_else(|| wrong("a SHA-256 has 64 hexadecimal digits"))?;
                    all.certificates.insert(print, device)
                }
                _ => return Err(wrong(&format!("`{kind}` is neither `token` nor `certificate`"))),
            };
            if known.is_some_and(|known| known != device) {
                return Err(wrong("another device has this already"));
            }
        }
        Ok(all)
    }

    /// Makes a token for each device, and the text of a file with them.
    ///
    /// # Errors
    /// [`CredentialsError::NoRandom`].
    pub fn make<'n>(names: impl Iterator<Item = &'n str>) -> Result<(Self, String), CredentialsError> {
        let (mut all, mut text) = (Self::default(), String::new());
        for (device, name) in names.enumerate() {
            let token = secret().ok_or(CredentialsError::NoRandom)?;
            all.tokens.insert(sum(token.as_bytes()), device);
            let _ = writeln!(text, "{name} token {token}");
        }
        Ok((all, text))
    }

    /// The device with this token.
    pub(super) fn by_token(&self, token: &str) -> Option<usize> {
        look_up(&self.tokens, &sum(token.as_bytes()))
    }

    /// The device with this certificate, in DER.
    pub(super) fn by_certificate(&self, der: &[u8]) -> Option<usize> {
        look_up(&self.certificates, &sum(der))
    }
}

impl core::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Credentials({} tokens, {} certificates)", self.tokens.len(), self.certificates.len())
    }
}

/// The text of a file of credentials; `None` if there is none.
///
/// # Errors
/// [`CredentialsError::File`].
#[allow(clippy::disallowed_methods, reason = "credentials are given in a file")]
pub fn read(path: &Path) -> Result<Option<String>, CredentialsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CredentialsError::File { doing: "read", kind: error.kind() }),
    }
}

/// Writes a file that only its owner may read.
///
/// # Errors
/// [`CredentialsError::File`].
pub fn write(path: &Path, text: &str) -> Result<(), CredentialsError> {
    let written = private().open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| CredentialsError::File { doing: "written", kind: error.kind() })
}

/// The SHA-256 of some bytes.
pub(super) fn sum(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// 256 random bits in hexadecimal.
pub(super) fn secret() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// The place of a sum. Where the search goes depends on a sum that whoever asks cannot choose; what is found is compared in
/// the same time whatever it is, and where nothing is found something is compared all the same.
fn look_up(all: &BTreeMap<[u8; 32], usize>, wanted: &[u8; 32]) -> Option<usize> {
    let near = all.range(..=*wanted).next_back();
    let (found, device) = near.map_or((&[0; 32], 0), |(sum, device)| (sum, *device));
    let is_equal = bool::from(found.ct_eq(wanted)) & near.is_some();
    is_equal.then_some(device)
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, place) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(place..place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str) -> Option<usize> {
        ["pc1", "pc2"].iter().position(|known| *known == name)
    }

    #[test]
    fn a_file_is_read_and_each_line_that_is_wrong_is_named() {
        let print = "ab".repeat(32);
        let text =
            format!("# devices\n\npc1 token 0123456789abcdef\npc2 token fedcba9876543210\npc2 certificate {print}\n");
        let all = Credentials::parse(&text, find).unwrap();
        assert_eq!(all.by_token("0123456789abcdef"), Some(0));
        assert_eq!(all.by_token("fedcba9876543210"), Some(1));
        for wrong in ["", "0123456789abcdee", "0123456789abcdef ", "0123456789ABCDEF"] {
            assert_eq!(all.by_token(wrong), None, "{wrong}");
        }
        assert_eq!(look_up(&all.certificates, &[0xab; 32]), Some(1));
        assert_eq!(look_up(&all.certificates, &[0xac; 32]), None);
        for (text, line) in [
            ("pc3 token 0123456789abcdef", 1),
            ("pc1 token short", 1),
            ("\npc1 password 0123456789abcdef", 2),
            ("pc1 certificate xyz", 1),
            ("pc1 certificate zz00000000000000000000000000000000000000000000000000000000000000", 1),
            ("pc1 token", 1),
            ("pc1 token 0123456789abcdef\npc2 token 0123456789abcdef", 2),
        ] {
            let error = Credentials::parse(text, find).unwrap_err();
            assert!(matches!(error, CredentialsError::Line { line: found, .. } if found == line), "{text}: {error}");
        }
    }

    #[test]
    fn made_tokens_differ_and_their_file_is_read_back() {
        let (all, text) = Credentials::make(["pc1", "pc2"].into_iter()).unwrap();
        let tokens: Vec<&str> = text.lines().filter_map(|line| line.rsplit(' ').next()).collect();
        assert_eq!((tokens.len(), tokens[0].len()), (2, 64));
        assert_ne!(tokens[0], tokens[1]);
        let again = Credentials::parse(&text, find).unwrap();
        for (device, token) in tokens.iter().enumerate() {
            assert_eq!((all.by_token(token), again.by_token(token)), (Some(device), Some(device)));
        }
        assert_eq!(format!("{all:?}"), "Credentials(2 tokens, 0 certificates)");
    }

    #[test]
    fn without_any_credential_nobody_is_known() {
        assert_eq!(look_up(&BTreeMap::new(), &[0; 32]), None);
    }
}
