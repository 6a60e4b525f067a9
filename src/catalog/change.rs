//! Changes: what an admin or the service does to the tenant while time passes.

use serde::{Deserialize, Serialize};

use super::assignment::Assignment;
use super::group::GroupId;
use crate::profile::Version;
use crate::protocol::PolicyId;
use crate::relations::Relation;
use crate::time::{Span, Wall};

/// One change of the tenant, and when it is made.
///
/// Changes of membership are not here: each device brings its own, see [`crate::service::Membership`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Change {
    /// When, in true UTC.
    pub at: Wall,
    /// What.
    pub kind: ChangeKind,
}

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// Content gets an assignment; one that it has for the same group is replaced (B-12.5).
    Assign {
        /// The content.
        content: PolicyId,
        /// The assignment.
        assignment: Assignment,
    },
    /// The assignment of content to a group is taken back.
    Unassign {
        /// The content.
        content: PolicyId,
        /// The group.
        group: GroupId,
    },
    /// Content is changed: it gets a new revision (B-5.6).
    UpdateContent {
        /// The content.
        content: PolicyId,
        /// Nothing changes but the host, from 32-bit to 64-bit (B-5.18a).
        bitness_only: bool,
        /// What it is from now on, by its place in [`Tenant::updates`](super::Tenant::updates); `None` if it stays as it is
        /// but for its revision.
        to: Option<u32>,
    },
    /// Two apps are related from now on: a new revision of every app that they hang together with (B-7.36).
    Relate(Relation),
    /// What relates one app to another is taken back: a new revision of every app that hung together (B-7.36).
    Unrelate {
        /// The parent, or the superseding app.
        from: PolicyId,
        /// The dependency, or the superseded app.
        to: PolicyId,
    },
    /// Content is deleted, and its assignments with it; an app must not stand in a relation (B-7.46).
    DeleteContent(PolicyId),
    /// An Entra group is soft-deleted: its assignments rest (B-12.3).
    DeleteGroup(GroupId),
    /// A soft-deleted group is restored.
    RestoreGroup(GroupId),
    /// A new version of the agent is released in phases: each device is offered it at its own place within the
    /// span (B-2.14, B-13.10).
    ReleaseAgent {
        /// The new version.
        version: Version,
        /// From the first device to the last; no time at all offers it to all at once.
        over: Span,
    },
    /// The service principal of the agent is enabled or disabled in the tenant (B-1.25).
    ServicePrincipal {
        /// Enabled.
        enabled: bool,
    },
}

impl ChangeKind {
    /// The content that is updated, if that is what is changed.
    pub(super) const fn updates(&self) -> Option<PolicyId> {
        match self {
            Self::UpdateContent { content, .. } => Some(*content),
            Self::Assign { .. }
            | Self::Unassign { .. }
            | Self::Relate(_)
            | Self::Unrelate { .. }
            | Self::DeleteContent(_)
            | Self::DeleteGroup(_)
            | Self::RestoreGroup(_)
            | Self::ReleaseAgent { .. }
            | Self::ServicePrincipal { .. } => None,
        }
    }
}
