//! Faults of the service that are told in advance: between two moments, a kind of request fails or is answered wrongly, or
//! pushes go astray.

use serde::{Deserialize, Serialize};

use crate::protocol::{Failure, Push, Request, Workload};
use crate::time::{Span, Wall};

/// Which requests a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultChannel {
    /// Every request.
    All,
    /// The requests of the agent: polls, reports and connection tests.
    Ime,
    /// The requests of the MDM client: enrollment, sessions, channel renewal and the notice of leaving.
    Mdm,
    /// The polls of one workload.
    Workload(Workload),
    /// The reports of the agent.
    Reports,
    /// The download of the agent's package by the MDM client (B-2.7).
    AgentDownload,
    /// The agent's installer, which ends with a failure (B-2.7).
    AgentInstaller,
}

/// What is wrong with the service.
///
/// The catalogue names failures, and says of a push that it may be lost (B-13.3). That a service answers from old or
/// incomplete data is assumed; what the device makes of such an answer follows from the rules for any answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Requests get no answer that can be used. A refused enrollment hits enrollments only, and a maintenance refusal
    /// sessions only, whatever the channel says.
    Fails(Failure),
    /// Polls and sessions are answered by a copy that lags so far behind: with what was assigned so long ago. A device that
    /// has enrolled since is not known to it (B-10.7).
    Stale(Span),
    /// Polls are answered with the first half of each list, rounded down.
    Partial,
    /// At its start the service was put back to a backup that was so old then: what was assigned after the backup is gone
    /// until the fault ends, and a device that had enrolled between the backup and the fault is not known (B-10.7).
    Restored(Span),
    /// The service has two nodes, and one of them has learned of nothing since the fault began: neither of changes nor of
    /// enrollments. Which of the two answers a request is drawn, one as likely as the other.
    SplitBrain,
    /// Pushes are lost (B-13.3).
    PushLost,
    /// Pushes leave so much later.
    PushLate(Span),
    /// Pushes are sent twice, under the same notification id (B-4.21).
    PushDoubled,
}

impl FaultKind {
    /// The failure, where it is one.
    pub const fn failure(self) -> Option<Failure> {
        match self {
            Self::Fails(failure) => Some(failure),
            Self::Stale(_)
            | Self::Partial
            | Self::Restored(_)
            | Self::SplitBrain
            | Self::PushLost
            | Self::PushLate(_)
            | Self::PushDoubled => None,
        }
    }

    /// True for faults of pushes, which leave requests alone.
    pub const fn is_of_pushes(self) -> bool {
        matches!(self, Self::PushLost | Self::PushLate(_) | Self::PushDoubled)
    }
}

/// A fault of the service, for every device of the tenant. Of several that hit a request or a push, the first counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ServiceFault {
    /// The first moment, in true UTC.
    pub from: Wall,
    /// The first moment after it.
    pub until: Wall,
    /// Which requests or pushes it is about.
    pub channel: FaultChannel,
    /// What becomes of them.
    pub kind: FaultKind,
}

impl ServiceFault {
    /// True if it concerns the request at this moment.
    pub fn hits(&self, now: Wall, request: &Request) -> bool {
        self.is_on(now) && self.channel.covers(request) && fits(self.kind, request)
    }

    /// True if it concerns a push that would leave at this moment.
    pub fn hits_push(&self, leaves: Wall, push: Push) -> bool {
        self.kind.is_of_pushes() && self.is_on(leaves) && self.channel.covers_push(push)
    }

    fn is_on(&self, now: Wall) -> bool {
        self.from <= now && now < self.until
    }
}

impl FaultChannel {
    /// True if the request goes over this channel.
    pub fn covers(self, request: &Request) -> bool {
        match (self, request) {
            (Self::All, _)
            | (Self::Ime, Request::Poll { .. } | Request::Report(_) | Request::ConnectionTest)
            | (Self::Mdm, Request::Enroll | Request::MdmSession { .. } | Request::RenewChannel | Request::Unenrolled)
            | (Self::Reports, Request::Report(_)) => true,
            (Self::Workload(hit), Request::Poll { workload, .. }) => hit == *workload,
            (
                Self::Ime | Self::Mdm | Self::Workload(_) | Self::Reports | Self::AgentDownload | Self::AgentInstaller,
                _,
            ) => false,
        }
    }

    /// True if the push goes over this channel.
    pub const fn covers_push(self, push: Push) -> bool {
        match (self, push) {
            (Self::All, _)
            | (Self::Mdm, Push::MdmChange | Push::MdmAdmin)
            | (Self::Ime, Push::AgentApps | Push::AgentRemediation { .. })
            | (Self::Workload(Workload::RequiredApp), Push::AgentApps)
            | (Self::Workload(Workload::Remediation), Push::AgentRemediation { .. }) => true,
            (
                Self::Ime | Self::Mdm | Self::Workload(_) | Self::Reports | Self::AgentDownload | Self::AgentInstaller,
                _,
            ) => false,
        }
    }
}

/// True unless the fault is one that only another kind of request can meet.
fn fits(kind: FaultKind, request: &Request) -> bool {
    match kind {
        FaultKind::Fails(Failure::EnrollmentRefused(_)) => matches!(request, Request::Enroll),
        FaultKind::Fails(Failure::MaintenanceCap) => matches!(request, Request::MdmSession { .. }),
        FaultKind::Fails(
            Failure::NoNetwork
            | Failure::NameResolution
            | Failure::TimedOut
            | Failure::NoCertificate
            | Failure::NoUserToken
            | Failure::DeviceUnknown
            | Failure::Status(_)
            | Failure::Empty
            | Failure::RetryAfter(_),
        ) => true,
        FaultKind::Stale(_) | FaultKind::Restored(_) | FaultKind::SplitBrain => {
            matches!(request, Request::Poll { .. } | Request::MdmSession { .. })
        }
        FaultKind::Partial => matches!(request, Request::Poll { .. }),
        FaultKind::PushLost | FaultKind::PushLate(_) | FaultKind::PushDoubled => false,
    }
}
