//! Assignments: which group gets a piece of content, or is left out.

use serde::{Deserialize, Serialize};

use super::filter::{FilterId, FilterMode};
use super::group::GroupId;
use crate::protocol::Intent;

/// Whether an assignment gives or withholds.
///
/// Source: B-12.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The group gets the content.
    Include,
    /// The group does not get it, whatever else of the same kind includes its members.
    Exclude,
}

/// The assignment of one piece of content to one group.
///
/// Content has at most one assignment for each group, so a group never has two intents of one app (B-12.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Assignment {
    /// The group.
    pub group: GroupId,
    /// Whether the group is included or excluded.
    pub mode: Mode,
    /// What an inclusion wants of an app. `None` for all other content (B-12.19) and for an exclusion, which
    /// holds for every intent.
    pub intent: Option<Intent>,
    /// A filter on an inclusion, and how it is meant (B-12.11).
    pub filter: Option<(FilterId, FilterMode)>,
}

impl Assignment {
    /// An inclusion without intent or filter.
    pub const fn include(group: GroupId) -> Self {
        Self { group, mode: Mode::Include, intent: None, filter: None }
    }

    /// An exclusion.
    pub const fn exclude(group: GroupId) -> Self {
        Self { group, mode: Mode::Exclude, intent: None, filter: None }
    }

    /// The same with an intent, for apps.
    #[must_use]
    pub const fn with_intent(mut self, intent: Intent) -> Self {
        self.intent = Some(intent);
        self
    }

    /// The same with a filter.
    #[must_use]
    pub const fn with_filter(mut self, filter: FilterId, mode: FilterMode) -> Self {
        self.filter = Some((filter, mode));
        self
    }
}
