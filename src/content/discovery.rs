//! A discovery script for custom compliance. First read: B-8.1 to B-8.8.

use serde::{Deserialize, Serialize};

use crate::protocol::RunAs;

/// What the agent and its host must know of a discovery script. A policy has exactly one, and it serves no other (B-8.4).
///
/// The default is a small unsigned script that runs as System in the 32-bit host without a signature check.
///
/// Source: B-8.6.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DiscoveryScript {
    /// In whose name it runs; the user's falls back to the system's when nobody is signed in (B-8.6).
    pub run_as: RunAs,
    /// The host that runs it, 32 or 64 bits (B-8.6).
    pub host_bits: u8,
    /// It runs only if signed by a trusted publisher (B-8.6).
    pub signature_check: bool,
    /// It is signed by a trusted publisher.
    pub signed: bool,
    /// Size of the file, in bytes; the default is 1,024 (B-8.4).
    pub bytes: u32,
    /// The settings that its output must name (B-8.5).
    pub settings: Vec<DiscoverySetting>,
}

impl Default for DiscoveryScript {
    fn default() -> Self {
        Self {
            run_as: RunAs::System,
            host_bits: 32,
            signature_check: false,
            signed: false,
            bytes: 1_024,
            settings: Vec::new(),
        }
    }
}

/// A setting that a compliance policy asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DiscoverySetting {
    /// Its name: a key of the output.
    pub name: String,
    /// What its value must be.
    pub kind: ValueKind,
}

/// What the value of a setting is.
///
/// Source: B-8.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// `true` or `false`.
    Boolean,
    /// A whole number that fits into 64 bits with a sign.
    Integer,
    /// Any number.
    Double,
    /// A text.
    Text,
    /// A text that begins with a date, as in `2026-01-05` or `2026-01-05T08:00:00`.
    DateTime,
    /// A text of two to four numbers with points between.
    Version,
}
