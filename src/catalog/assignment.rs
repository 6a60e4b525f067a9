//! Assignments: which group gets a piece of content, or is left out.

use serde::{Deserialize, Serialize};

use super::filter::{FilterId, FilterMode};
use super::group::GroupId;
use crate::protocol::{Intent, Notifications, RestartGrace};
use crate::time::Wall;

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
    /// How an inclusion wants an app to be installed; the default for everything else.
    pub settings: AssignmentSettings,
}

/// How an assignment wants an app to be installed. Of several assignments the service settles these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct AssignmentSettings {
    /// Before this nothing is downloaded, and the app is not shown in Company Portal (B-7.30); `None` for at once.
    pub available: Option<Wall>,
    /// When it is installed or removed; `None` for as soon as possible (B-7.30).
    pub deadline: Option<Wall>,
    /// The two moments above are local times of each device, written as if they were UTC (B-7.31).
    pub local_time: bool,
    /// Content is fetched in the foreground (B-7.17).
    pub foreground: bool,
    /// What the user is shown (B-7.32).
    pub notifications: Notifications,
    /// A restart waits for a grace period (B-7.29).
    pub restart_grace: Option<RestartGrace>,
    /// An available app takes the place of what it supersedes without being asked for again (B-7.52a).
    pub auto_update: bool,
}

impl AssignmentSettings {
    /// At once, with everything shown.
    pub const NONE: Self = Self {
        available: None,
        deadline: None,
        local_time: false,
        foreground: false,
        notifications: Notifications::All,
        restart_grace: None,
        auto_update: false,
    };
}

impl Assignment {
    /// An inclusion without intent or filter.
    pub const fn include(group: GroupId) -> Self {
        Self { group, mode: Mode::Include, intent: None, filter: None, settings: AssignmentSettings::NONE }
    }

    /// An exclusion.
    pub const fn exclude(group: GroupId) -> Self {
        Self { group, mode: Mode::Exclude, intent: None, filter: None, settings: AssignmentSettings::NONE }
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

    /// The same with settings, for inclusions of apps.
    #[must_use]
    pub const fn with_settings(mut self, settings: AssignmentSettings) -> Self {
        self.settings = settings;
        self
    }
}
