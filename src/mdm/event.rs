//! The decisions of the MDM client, as they appear in traces.

use serde::{Deserialize, Serialize};

use super::JobState;
use crate::profile::Version;
use crate::protocol::{AgentOrder, Failure, Push, SessionCause, Token};
use crate::time::Span;

/// One decision of the MDM client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// An enrollment is tried.
    EnrollmentTried,
    /// The device is enrolled.
    Enrolled,
    /// An enrollment failed.
    EnrollmentFailed {
        /// Why.
        failure: Failure,
        /// The next try, if there is one.
        again_in: Option<Span>,
    },
    /// An enrollment cannot work on this device.
    EnrollmentImpossible,
    /// The restart that belongs to a provisioning package is due.
    RestartPlanned {
        /// In this time.
        within: Span,
    },
    /// The device is not enrolled any more.
    Unenrolled {
        /// Why.
        reason: EndReason,
    },
    /// A session opens.
    MdmSession {
        /// Why.
        cause: SessionCause,
    },
    /// A session was served.
    MdmSessionDone {
        /// What it says about the agent.
        agent: AgentOrder,
    },
    /// A session was not served.
    MdmSessionFailed {
        /// Why it had opened.
        cause: SessionCause,
        /// Why it was not served.
        failure: Failure,
    },
    /// A session was asked for while one is under way; one follows.
    MdmSessionJoined {
        /// Why it was asked for.
        cause: SessionCause,
    },
    /// A slot of the schedule was slept through and is not made up for.
    SlotMissed {
        /// How late it is noticed.
        late: Span,
    },
    /// A push arrived.
    PushReceived {
        /// Which.
        push: Push,
    },
    /// A push arrived and opens no session.
    PushIgnored {
        /// Why.
        block: PushBlock,
    },
    /// The push channel has a new address.
    ChannelRenewed,
    /// The push channel could not be renewed.
    ChannelRenewalFailed {
        /// Why.
        failure: Failure,
        /// The next try.
        again_in: Span,
    },
    /// The install job of the agent is in this state.
    Job {
        /// Which.
        state: JobState,
        /// Its number in Windows (B-2.6).
        number: u8,
        /// Which version it brings.
        version: Version,
    },
    /// The agent is to be taken away.
    RemovalPlanned {
        /// In this time.
        within: Span,
    },
    /// An answer or completion came that nobody waits for.
    Stale {
        /// Its token.
        token: Token,
    },
}

/// Why management of a device ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// The user ended it (B-10.13).
    ByUser,
    /// The admin retired the device (B-10.11).
    Retired,
    /// The device was reset (B-10.12).
    Wiped,
    /// Contact was lost for too long (B-3.14).
    LostContact,
}

/// Why a push opens no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PushBlock {
    /// The service that opens sessions from push is disabled (B-3.15).
    DmWapPush,
    /// The device is not enrolled.
    NotEnrolled,
}
