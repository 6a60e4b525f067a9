//! What the service answers, as it is kept while it is on its way: lists by where they stand in the cohort.

use super::cohort::Cohort;
use crate::profile::Version;
use crate::protocol::{AgentOrder, Answer, Failure, ManagementOrder, Policies, UserId, Workload};

/// An answer that is small and copied. [`Given::answer`] makes the message of it.
///
/// It fits a register, and it has to: an enum that is longer is written field by field and moved on in larger pieces, and
/// the processor waits until what was written has reached its cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Given {
    /// What a poll of a workload for a user brings in an epoch of the cohort, whose number is kept as bytes: they need no
    /// alignment, so that all of it lies beside the kind of a failure.
    List { epoch: [u8; 4], workload: Workload, user: UserId },
    /// The first half of such a list, rounded down: a fault of the service.
    Half { epoch: [u8; 4], workload: Workload, user: UserId },
    /// See [`Answer::Nothing`].
    Nothing,
    /// See [`Answer::NotManaged`].
    NotManaged,
    /// See [`Answer::Accepted`].
    Accepted,
    /// See [`Answer::Mdm`].
    Mdm { agent: Verdict, management: ManagementOrder, policies: Policies },
    /// See [`Answer::Enrolled`].
    Enrolled,
    /// See [`Answer::ChannelRenewed`].
    ChannelRenewed,
    /// No answer that can be used.
    Failed(Failure),
}

const _: () = assert!(size_of::<Given>() == 8);

/// What is to be done about the agent; of which version is a matter of the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    /// See [`AgentOrder::Leave`].
    Leave,
    /// See [`AgentOrder::Install`].
    Install,
    /// See [`AgentOrder::Remove`].
    Remove,
}

impl Given {
    /// The message, with the lists of the cohort borrowed; `offered` is the agent that was offered when it was given.
    ///
    /// # Errors
    /// The failure, where that is the answer.
    #[inline]
    pub(crate) fn answer(self, cohort: &Cohort, offered: impl FnOnce() -> Version) -> Result<Answer<'_>, Failure> {
        Ok(match self {
            Self::List { epoch, workload, user } => cohort.epoch(u32::from_ne_bytes(epoch)).answer(workload, user),
            Self::Half { epoch, workload, user } => cohort.epoch(u32::from_ne_bytes(epoch)).half_answer(workload, user),
            Self::Nothing => Answer::Nothing,
            Self::NotManaged => Answer::NotManaged,
            Self::Accepted => Answer::Accepted,
            Self::Mdm { agent: Verdict::Leave, management, policies } => {
                Answer::Mdm { agent: AgentOrder::Leave, management, policies }
            }
            Self::Mdm { agent, management, policies } => {
                Answer::Mdm { agent: agent.order(offered), management, policies }
            }
            Self::Enrolled => Answer::Enrolled,
            Self::ChannelRenewed => Answer::ChannelRenewed,
            Self::Failed(failure) => return Err(failure),
        })
    }
}

impl Verdict {
    /// The order, where this version is offered.
    pub(super) fn order(self, offered: impl FnOnce() -> Version) -> AgentOrder {
        match self {
            Self::Leave => AgentOrder::Leave,
            Self::Install => AgentOrder::Install(offered()),
            Self::Remove => AgentOrder::Remove,
        }
    }
}
