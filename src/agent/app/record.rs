//! What the agent keeps of an app, of a subgraph and of an answer.

use serde::{Deserialize, Serialize};

use crate::protocol::app_codes::compliance;
use crate::protocol::{PolicyId, Token, UserId, Workload};
use crate::relations::{ContentHash, SubgraphId};
use crate::retry::Retry;
use crate::time::{Span, Wall};

/// What the agent keeps of one app for one user id. 32 bytes.
///
/// Apps that only the device is a target of are kept under the device id user, all others under the user's id; one that
/// reaches a device both ways has a record under each (B-12.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppRecord {
    /// When the last enforcement that holds back the next one began: the GRS value (B-7.34).
    pub(super) grs: Option<Wall>,
    /// Which app.
    pub policy: PolicyId,
    /// Of which revision it was evaluated last; 0 if it never was.
    pub revision: u32,
    /// The error code of the last result, or 0 (T-7.4).
    pub error: i32,
    /// The number of the last result, while the service does not have it.
    pub(super) unreported: Option<Token>,
    /// What became of enforcing it (T-7.3); 0 where nothing was to be done.
    pub enforcement: u16,
    /// Whether it applies: 0, or why it does not (T-7.2).
    pub applicability: u16,
    /// Installed 1, not installed 2, error 4, unknown 5 (T-7.1).
    pub compliance: u8,
    /// For whom.
    pub user: UserId,
    pub(super) marks: Marks,
}

impl AppRecord {
    pub(super) const fn new(policy: PolicyId, user: UserId) -> Self {
        Self {
            grs: None,
            policy,
            revision: 0,
            error: 0,
            unreported: None,
            enforcement: 0,
            applicability: 0,
            compliance: compliance::UNKNOWN,
            user,
            marks: Marks::NONE,
        }
    }

    /// When the last enforcement that holds back the next one began, if one does: the GRS value.
    ///
    /// Source: B-7.34, B-7.35.
    pub const fn grs(&self) -> Option<Wall> {
        self.grs
    }

    /// True if Intune installed it here, so that it may uninstall it.
    ///
    /// Source: B-12.16.
    pub const fn is_managed(&self) -> bool {
        self.marks.contains(Marks::MANAGED)
    }

    /// True if a user asked for it in Company Portal and got it.
    ///
    /// Source: B-12.15.
    pub const fn is_from_portal(&self) -> bool {
        self.marks.contains(Marks::FROM_PORTAL)
    }

    /// True if it was tagged as installed by a managed installer.
    ///
    /// Source: B-8.20.
    pub const fn is_tagged(&self) -> bool {
        self.marks.contains(Marks::TAGGED)
    }

    /// True if its content is on the device and waits for the deadline.
    ///
    /// Source: B-7.30.
    pub const fn is_downloaded(&self) -> bool {
        self.marks.contains(Marks::DOWNLOADED)
    }

    /// True if it was assigned by itself when the service answered last.
    ///
    /// Source: B-7.45.
    pub const fn is_targeted(&self) -> bool {
        self.marks.contains(Marks::TARGETED) || self.marks.contains(Marks::TARGETED_AVAILABLE)
    }

    /// True while the service does not have its last result.
    pub const fn is_unreported(&self) -> bool {
        self.unreported.is_some()
    }
}

/// What is true of an app, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Marks(u16);

impl Marks {
    pub(super) const NONE: Self = Self(0);
    /// Intune installed it (B-12.16).
    pub(super) const MANAGED: Self = Self(1);
    /// It was installed as required (B-12.15).
    pub(super) const AS_REQUIRED: Self = Self(2);
    /// A user asked for it and got it (B-12.15, B-7.52a).
    pub(super) const FROM_PORTAL: Self = Self(4);
    /// A user asks for it.
    pub(super) const ASKED_FOR: Self = Self(8);
    /// A user asks for its removal.
    pub(super) const REMOVAL: Self = Self(16);
    /// Its content is on the device (B-7.30).
    pub(super) const DOWNLOADED: Self = Self(32);
    /// It was tagged by a managed installer (B-8.20).
    pub(super) const TAGGED: Self = Self(64);
    /// It takes the place of what it supersedes at the next check (B-7.52a).
    pub(super) const UPDATE: Self = Self(128);
    /// It does not do so by itself any more: the user asked for it or has it, or was not offered it (B-7.3, B-7.52a, B-7.52b).
    pub(super) const NO_UPDATE: Self = Self(256);
    /// It is assigned by itself as required or for removal, so that its state is shown (B-7.45).
    pub(super) const TARGETED: Self = Self(512);
    /// It is assigned by itself as available, so that its state is shown (B-7.45).
    pub(super) const TARGETED_AVAILABLE: Self = Self(1024);
    /// When it was evaluated last, its availability was still ahead (B-7.30).
    pub(super) const BEFORE_AVAILABILITY: Self = Self(2048);
    /// When it was evaluated last, its deadline was still ahead (B-7.30).
    pub(super) const BEFORE_DEADLINE: Self = Self(4096);

    /// The mark of an app that is assigned by itself, by the answer that brings it.
    pub(super) const fn targeted(workload: Workload) -> Self {
        match workload {
            Workload::AvailableApp => Self::TARGETED_AVAILABLE,
            Workload::RequiredApp | Workload::Script | Workload::Remediation | Workload::Compliance => Self::TARGETED,
        }
    }

    pub(super) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn set(&mut self, other: Self, on: bool) {
        if on { self.0 |= other.0 } else { self.0 &= !other.0 }
    }
}

/// When a subgraph was evaluated for a user id, and in which content (B-7.33, B-7.36).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct SubgraphRecord {
    pub(super) hash: ContentHash,
    /// When the check-in of the last evaluation began; `None` if it has to be evaluated anew.
    pub(super) evaluated: Option<Wall>,
    pub(super) id: SubgraphId,
    pub(super) user: UserId,
    /// Required and available apps are evaluated apart, for each brings its own part of a subgraph.
    pub(super) workload: Workload,
}

impl SubgraphRecord {
    /// B-7.33: true if the last evaluation is so long ago, or lies ahead because the clock was stepped back.
    pub(super) fn is_old(&self, now: Wall, interval: Span) -> bool {
        self.evaluated.is_none_or(|at| at > now || now.since(at) >= interval)
    }
}

/// The last answer that was worked off to its end, so that the same one needs no work until something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Seen {
    /// What the answer said.
    pub(super) answer: u64,
    /// When it was worked off.
    pub(super) at: Wall,
    /// When something of it is due next.
    pub(super) next: Wall,
    pub(super) workload: Workload,
    pub(super) user: UserId,
}

/// An enforcement that has begun and not ended: it survives the agent's process, so that the tries of one window are
/// bounded whatever cuts them off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct OpenTry {
    /// When the first try began.
    pub(super) begun: Wall,
    /// The tries so far, by [`Policy::win32_retry_type`](crate::retry::Policy::win32_retry_type).
    pub(super) retry: Retry<Wall>,
    pub(super) policy: PolicyId,
    pub(super) revision: u32,
    pub(super) user: UserId,
    pub(super) is_uninstall: bool,
    /// A command runs; if the process ends now, that try has failed.
    pub(super) is_under_way: bool,
}
