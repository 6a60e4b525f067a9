//! What can be said between two apps, and how much of it.

use serde::{Deserialize, Serialize};

use crate::protocol::PolicyId;

/// What kind of app it is, as far as relations care.
///
/// Source: B-7.40a.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppKind {
    /// A Win32 app, the only kind that can stand in a relation.
    #[default]
    Win32,
    /// A Store app of the new type.
    Store,
    /// A single MSI that goes through the MDM channel.
    LineOfBusiness,
}

impl AppKind {
    /// The words for it in an error.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Win32 => "a Win32 app",
            Self::Store => "a Store app",
            Self::LineOfBusiness => "a line-of-business app",
        }
    }
}

/// How one app stands to another.
///
/// Source: B-7.41, B-7.47.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// The one is installed only where the other is there (B-7.41).
    DependsOn {
        /// The other is installed for it, even if nobody assigned it; the admin center's default is yes.
        auto_install: bool,
    },
    /// The one takes the place of the other (B-7.47).
    Supersedes {
        /// The other is uninstalled first: *replace*. If not, it is left to the installer of the one: *update*.
        uninstall_previous: bool,
    },
}

impl RelationKind {
    /// True for a dependency, whether automatic or not.
    pub const fn is_dependency(self) -> bool {
        match self {
            Self::DependsOn { .. } => true,
            Self::Supersedes { .. } => false,
        }
    }

    /// The number by which it enters a content hash; never changed or used again.
    pub(super) const fn code(self) -> u64 {
        match self {
            Self::DependsOn { auto_install: false } => 1,
            Self::DependsOn { auto_install: true } => 2,
            Self::Supersedes { uninstall_previous: false } => 3,
            Self::Supersedes { uninstall_previous: true } => 4,
        }
    }
}

/// One relation: `from` depends on `to`, or supersedes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Relation {
    /// The parent, or the superseding app.
    pub from: PolicyId,
    /// The dependency, or the superseded app.
    pub to: PolicyId,
    /// Which of the two it is.
    pub kind: RelationKind,
}

impl Relation {
    /// `parent` depends on `child`.
    pub const fn dependency(parent: PolicyId, child: PolicyId, auto_install: bool) -> Self {
        Self { from: parent, to: child, kind: RelationKind::DependsOn { auto_install } }
    }

    /// `superseding` updates `superseded`, or replaces it if `uninstall_previous`.
    pub const fn supersedence(superseding: PolicyId, superseded: PolicyId, uninstall_previous: bool) -> Self {
        Self { from: superseding, to: superseded, kind: RelationKind::Supersedes { uninstall_previous } }
    }
}

/// The app at the other end of a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dependency {
    /// The other app.
    pub app: PolicyId,
    /// The child is installed for the parent, even if nobody assigned it (B-7.41).
    pub auto_install: bool,
}

/// The app at the other end of a supersedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Supersedence {
    /// The other app.
    pub app: PolicyId,
    /// The superseded app is uninstalled before the superseding one is installed (B-7.47).
    pub uninstall_previous: bool,
}

/// How large graphs of relations may be. The default is that of the catalog's parameters.
///
/// Source: B-7.40, B-7.48.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// Apps that may hang together by dependencies, parents and children alike; 101, in the other reading 100.
    ///
    /// Parameter `win32.max_graph_nodes`.
    ///
    /// Source: B-7.40.
    pub graph_nodes: u32,
    /// Apps that may hang together by supersedence; 11, in the other reading 10.
    ///
    /// Parameter `win32.max_supersedence_nodes`.
    ///
    /// Source: B-7.48.
    pub supersedence_nodes: u32,
    /// Apps that may supersede one app directly; 10.
    ///
    /// Parameter `win32.max_superseding`.
    ///
    /// Source: B-7.48.
    pub superseding: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { graph_nodes: 101, supersedence_nodes: 11, superseding: 10 }
    }
}
