//! The messages themselves: what a device asks, what the service answers, and what comes unasked.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{AppList, Assigned, Policies, PolicyId, Report, ScriptPolicy, UserId, Workload};
use crate::profile::Version;

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
    /// The agent reports what it has done.
    Report(Report),
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
    /// The apps for a required-app or available-app poll, in assignment order, with all that they need or replace.
    Apps(AppList<'a>),
    /// The remediations for a poll of theirs, in assignment order.
    Remediations(Cow<'a, [Assigned]>),
    /// The discovery scripts for a compliance poll, in assignment order.
    Discovery(Cow<'a, [Assigned]>),
    /// Nothing is assigned, whatever the poll was for.
    Nothing,
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
        /// The policies for the agent that the device has from now on.
        policies: Policies,
    },
    /// The device is enrolled.
    Enrolled,
    /// The push channel has a new address.
    ChannelRenewed,
}

/// A message to the device that nobody on the device asked for. It carries no content: it only says "come", or what to run.
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
    /// To the agent: run a remediation on demand (B-6.29).
    AgentRemediation {
        /// Which.
        policy: PolicyId,
        /// Its revision.
        revision: u32,
    },
}
