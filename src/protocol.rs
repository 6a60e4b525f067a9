//! The messages between a device and the service. All are plain values; all can go over a wire.
//!
//! A device sends a [`Request`] with a [`Token`] of its own; whatever comes back carries that token: an [`Answer`]
//! together with the service's own time, or a [`Failure`].

use core::fmt;
use core::num::NonZeroU32;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::profile::Version;

/// Names one thing that was asked for, so that the answer finds its way back.
///
/// Tokens of one machine grow and are not used twice in a life of the machine; a token that nobody waits for any
/// more is *stale*, which is normal (a restart happened) and noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(NonZeroU32);

impl Token {
    /// The first token of a machine.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The token with this number, if it is not 0.
    pub const fn from_number(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number of the token.
    pub const fn number(self) -> u32 {
        self.0.get()
    }

    /// The token so many after this one.
    #[must_use]
    pub const fn skip(self, tokens: u32) -> Self {
        match NonZeroU32::new(self.0.get().wrapping_add(tokens)) {
            Some(number) => Self(number),
            None => Self::FIRST,
        }
    }

    /// The token after this one; after four thousand million of them the count starts again.
    #[must_use]
    pub const fn next(self) -> Self {
        self.skip(1)
    }
}

/// One piece of content (a script, an app, ...) in the tenant's catalogue, by its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyId(pub u32);

/// Whom a poll or a run is for: one of the device's users, or the device itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct UserId(pub u8);

impl UserId {
    /// The device id user, the all-zero GUID that stands for device-targeted work.
    ///
    /// Source: B-4.18.
    pub const DEVICE: Self = Self(0);

    /// True for [`UserId::DEVICE`].
    pub const fn is_device(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_device() { f.write_str("device") } else { write!(f, "user{}", self.0) }
    }
}

/// One line of the agent's work, with a cadence of its own.
///
/// Source: B-4.3 to B-4.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Workload {
    /// PowerShell scripts.
    Script = 0,
    /// Required and uninstall Win32 and Store apps.
    RequiredApp = 1,
    /// Available apps.
    AvailableApp = 2,
    /// Remediations.
    Remediation = 3,
    /// Custom compliance discovery scripts.
    Compliance = 4,
}

impl Workload {
    /// Every workload, in the order of their numbers.
    pub const ALL: [Self; 5] =
        [Self::Script, Self::RequiredApp, Self::AvailableApp, Self::Remediation, Self::Compliance];

    /// The name used in scenarios and transcripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::RequiredApp => "required-app",
            Self::AvailableApp => "available-app",
            Self::Remediation => "remediation",
            Self::Compliance => "compliance",
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Through which kind of assignment content reached the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Only through the device.
    Device,
    /// Only through the user that the poll was for.
    User,
    /// Through both; one policy with two instances (B-12.20).
    Both,
}

/// In whose name a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum RunAs {
    /// As LocalSystem.
    #[default]
    System,
    /// With the rights of the signed-in user (B-5.19).
    User,
}

/// What the agent learns about one script that is assigned to it. The text stays with the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScriptPolicy {
    /// Which script.
    pub id: PolicyId,
    /// Grows with every change of script or policy; a new revision is a new instance (B-5.6).
    pub revision: u32,
    /// How it reached this device.
    pub target: Target,
    /// In whose name it runs.
    pub run_as: RunAs,
    /// The revision changed nothing but the host from 32-bit to 64-bit (B-5.18a).
    pub bitness_change: bool,
}

/// Why an MDM session is opened.
///
/// Source: B-9.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionCause {
    /// The enrollment itself (B-3.3).
    Enrollment,
    /// One of the frequent slots after enrollment (B-3.1).
    EarlySlot,
    /// A slot of the steady schedule; the only cause that counts as maintenance by default (B-3.4).
    SteadySlot,
    /// A user signed in (B-3.6).
    SignIn,
    /// The service announced a change (B-3.7).
    ChangePush,
    /// *Sync* or another device action in the admin center, by push (B-3.12, B-3.13).
    AdminPush,
    /// *Sync* in Windows Settings (B-3.12).
    SettingsSync,
    /// *Sync* or another action in Company Portal (B-3.13, B-4.14).
    CompanyPortal,
    /// The push channel was renewed (B-3.11).
    ChannelRenewed,
    /// A change of malware status (B-3.6).
    MalwareStatus,
}

impl SessionCause {
    /// The name used in scenarios and transcripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enrollment => "enrollment",
            Self::EarlySlot => "early-slot",
            Self::SteadySlot => "steady-slot",
            Self::SignIn => "sign-in",
            Self::ChangePush => "change-push",
            Self::AdminPush => "admin-push",
            Self::SettingsSync => "settings-sync",
            Self::CompanyPortal => "company-portal",
            Self::ChannelRenewed => "channel-renewed",
            Self::MalwareStatus => "malware-status",
        }
    }
}

/// How a script run ended, as it is reported.
///
/// Source: B-5.24.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScriptResult {
    /// Exit code 0 and nothing on the error stream.
    Success,
    /// Anything else, the time limit included.
    Failed,
}

/// The report on one script run. The whole output goes with it, by reference.
///
/// Source: B-5.25.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScriptReport {
    /// Which script.
    pub policy: PolicyId,
    /// Of which revision.
    pub revision: u32,
    /// Under whose id the run is recorded.
    pub user: UserId,
    /// How it ended.
    pub result: ScriptResult,
    /// The exit code of the host process.
    pub exit_code: i32,
    /// The run whose stored output belongs to the report: the token of its `Run` effect.
    pub run: Token,
}

/// What a device asks the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// The agent asks for one workload.
    Poll {
        /// Which.
        workload: Workload,
        /// For whom; a user's token goes with it unless it is the device id user (B-4.23).
        user: UserId,
        /// The agent's version (B-1.4).
        agent: Version,
    },
    /// The agent reports a script run.
    Report(ScriptReport),
    /// The agent tests its connection; no policy comes back (B-4.29).
    ConnectionTest,
    /// The MDM client enrolls the device.
    Enroll,
    /// The MDM client opens a session.
    MdmSession {
        /// Why.
        cause: SessionCause,
        /// The installed agent, as the client's inventory shows it.
        agent: Option<Version>,
    },
    /// The MDM client renews its push channel (B-3.11).
    RenewChannel,
    /// The MDM client says that it un-enrolled; best effort (B-10.13).
    Unenrolled,
}

/// What an MDM session tells the client to do about the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentOrder {
    /// Nothing: not wanted and not there, or there in the wanted version (B-2.12).
    Leave,
    /// Install this version (B-2.4), over an older one if there is one (B-2.14).
    Install(Version),
    /// Take it away, after `removal.grace_after_unassign` (B-10.4).
    Remove,
}

/// What an MDM session tells the client to do about the device's management.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManagementOrder {
    /// Go on.
    Keep,
    /// End management and take company data away (B-10.11).
    Retire,
    /// Reset the device (B-10.12).
    Wipe {
        /// With "keep enrollment state and user account".
        keep_enrollment: bool,
    },
}

/// What the service answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer<'a> {
    /// The scripts for a script poll, in assignment order.
    Scripts(Cow<'a, [ScriptPolicy]>),
    /// How many policies of another workload there are for this poll.
    Work(u32),
    /// The device is not managed any more (B-10.5a).
    NotManaged,
    /// A report, test or notice was taken.
    Accepted,
    /// The orders of an MDM session.
    Mdm {
        /// About the agent.
        agent: AgentOrder,
        /// About the device.
        management: ManagementOrder,
    },
    /// The device is enrolled.
    Enrolled,
    /// The push channel has a new address.
    ChannelRenewed,
}

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

/// A message to the device that nobody on the device asked for. It carries no content: it only says "come".
///
/// Source: B-3.9, B-4.19, B-13.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Push {
    /// To the MDM client: something changed (B-3.7).
    MdmChange,
    /// To the MDM client: an admin asks (B-3.12).
    MdmAdmin,
    /// To the agent: check required apps (B-4.19).
    AgentApps,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_count_on_past_the_last() {
        assert_eq!(Token::FIRST.number(), 1);
        assert_eq!(Token::from_number(u32::MAX).map(Token::next), Some(Token::FIRST));
    }
}
