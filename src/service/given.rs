//! What the service answers, as it is kept while it is on its way: lists by where they stand in the cohort.

use super::cohort::Cohort;
use crate::protocol::{AgentOrder, Answer, ManagementOrder, Policies, UserId, Workload};

/// An answer that is small and copied. [`Given::answer`] makes the message of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Given {
    /// What a poll of a workload for a user brings in an epoch of the cohort.
    List { epoch: u32, workload: Workload, user: UserId },
    /// See [`Answer::Nothing`].
    Nothing,
    /// See [`Answer::NotManaged`].
    NotManaged,
    /// See [`Answer::Accepted`].
    Accepted,
    /// See [`Answer::Mdm`].
    Mdm { agent: AgentOrder, management: ManagementOrder, policies: Policies },
    /// See [`Answer::Enrolled`].
    Enrolled,
    /// See [`Answer::ChannelRenewed`].
    ChannelRenewed,
}

impl Given {
    /// The message, with the lists of the cohort borrowed.
    #[inline]
    pub(crate) fn answer(self, cohort: &Cohort) -> Answer<'_> {
        match self {
            Self::List { epoch, workload, user } => cohort.epoch(epoch).answer(workload, user),
            Self::Nothing => Answer::Nothing,
            Self::NotManaged => Answer::NotManaged,
            Self::Accepted => Answer::Accepted,
            Self::Mdm { agent, management, policies } => Answer::Mdm { agent, management, policies },
            Self::Enrolled => Answer::Enrolled,
            Self::ChannelRenewed => Answer::ChannelRenewed,
        }
    }
}
