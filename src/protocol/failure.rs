//! Why a request gets no answer.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Why a request got no answer that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// No network at all, or a proxy that is not there without a user (B-1.26).
    NoNetwork,
    /// The service's name was not resolved (B-4.24).
    NameResolution,
    /// Nothing came within the time for an answer.
    TimedOut,
    /// The MDM certificate is gone, so nobody can be authenticated (B-4.22).
    NoCertificate,
    /// No token for the user (B-1.25, B-4.23).
    NoUserToken,
    /// The service does not know the device any more (B-10.7).
    DeviceUnknown,
    /// An HTTP status that is no success.
    Status(u16),
    /// Success without a body: an error, never "nothing is assigned".
    Empty,
    /// Not served: a maintenance session too soon after the last (B-3.4).
    MaintenanceCap,
    /// Enrollment is refused with a code such as 0x80180026 (B-1.30).
    EnrollmentRefused(u32),
    /// HTTP 429 or 503 that says after how many seconds to come again (`Retry-After`). No rule of the agent speaks of that: to it
    /// this is 429 (B-4.25). An agent that keeps away, which is ours, does so for no less.
    RetryAfter(u32),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNetwork => f.write_str("no network"),
            Self::NameResolution => f.write_str("name not resolved"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::NoCertificate => f.write_str("no device certificate"),
            Self::NoUserToken => f.write_str("no user token"),
            Self::DeviceUnknown => f.write_str("device unknown to the service"),
            Self::Status(code) => write!(f, "HTTP {code}"),
            Self::Empty => f.write_str("empty answer"),
            Self::MaintenanceCap => f.write_str("maintenance session too soon"),
            Self::RetryAfter(secs) => write!(f, "HTTP 429, retry after {secs} s"),
            Self::EnrollmentRefused(code) => {
                write!(f, "enrollment refused with {code:#010x}")?;
                match enrollment_code(*code) {
                    Some(meaning) => write!(f, ": {meaning}"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// What an enrollment failure code means, for the codes that are known.
///
/// Source: B-1.30.
pub const fn enrollment_code(code: u32) -> Option<&'static str> {
    match code {
        0x8018_0026 => Some("blocked by policy or by an existing agent"),
        0x8018_002B => Some("wrong UPN suffix or outside the auto-enrollment scope"),
        0x8007_2F9A => Some("the device key is lost; the device must enroll again"),
        _ => None,
    }
}
