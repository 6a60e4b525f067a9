//! Faults of the service that are told in advance: between two moments, a kind of request fails.

use serde::{Deserialize, Serialize};

use crate::protocol::{Failure, Request, Workload};
use crate::time::Wall;

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

/// A fault of the service, for every device of the tenant.
///
/// A refused enrollment hits enrollments only, and a maintenance refusal sessions only, whatever the channel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ServiceFault {
    /// The first moment, in true UTC.
    pub from: Wall,
    /// The first moment after it.
    pub until: Wall,
    /// Which requests fail.
    pub channel: FaultChannel,
    /// How they fail.
    pub failure: Failure,
}

impl ServiceFault {
    /// True if the request fails at this moment.
    pub fn hits(&self, now: Wall, request: &Request) -> bool {
        self.from <= now && now < self.until && self.channel.covers(request) && fits(self.failure, request)
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
}

/// True unless the failure is one that only another kind of request can meet.
fn fits(failure: Failure, request: &Request) -> bool {
    match failure {
        Failure::EnrollmentRefused(_) => matches!(request, Request::Enroll),
        Failure::MaintenanceCap => matches!(request, Request::MdmSession { .. }),
        Failure::NoNetwork
        | Failure::NameResolution
        | Failure::TimedOut
        | Failure::NoCertificate
        | Failure::NoUserToken
        | Failure::DeviceUnknown
        | Failure::Status(_)
        | Failure::Empty => true,
    }
}
