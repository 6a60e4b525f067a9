//! What messages say about apps, remediations and discovery scripts: how they are assigned.

use serde::{Deserialize, Serialize};

use super::{Intents, PolicyId, Target};
use crate::time::Wall;

/// A remediation or discovery script that is assigned. What it is, the library behind the agent's context knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Assigned {
    /// Which.
    pub id: PolicyId,
    /// Grows with every change.
    pub revision: u32,
    /// How it reached this device.
    pub target: Target,
}

/// An app that is assigned, or that an assigned app needs. What it is, the library behind the agent's context knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppPolicy {
    /// Which.
    pub id: PolicyId,
    /// Grows with every change of the app or of its relations (B-7.36).
    pub revision: u32,
    /// How it reached this device.
    pub target: Target,
    /// What is wanted of it; nothing for an app that is here only because another needs or replaces it (B-7.1).
    pub intents: Intents,
    /// A filter keeps it from the device: it is reported as not applicable and nothing is done (B-12.13).
    pub filtered_out: bool,
    /// How the assignment wants it done.
    pub settings: AppSettings,
}

/// How an assignment wants an app to be installed. Of several assignments the service has settled these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct AppSettings {
    /// Before this nothing is downloaded (B-7.30); `None` for at once.
    pub available: Option<Wall>,
    /// When it is installed; `None` for as soon as possible (B-7.30).
    pub deadline: Option<Wall>,
    /// The two moments above are local times of the device, written as if they were UTC (B-7.31).
    pub local_time: bool,
    /// Content is fetched in the foreground (B-7.17).
    pub foreground: bool,
    /// What the user is shown (B-7.32).
    pub notifications: Notifications,
    /// A restart waits for a grace period (B-7.29).
    pub restart_grace: Option<RestartGrace>,
    /// Its place from 1 on among the apps that the ESP waits for; 0 if it does not wait for this one (B-7.54, B-7.55).
    pub esp_place: u8,
    /// An available app takes the place of what it supersedes without being asked for again (B-7.52a).
    pub auto_update: bool,
}

/// What the user is shown of an app.
///
/// Source: B-7.32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notifications {
    /// Everything.
    #[default]
    All,
    /// Restarts only.
    Restarts,
    /// Nothing.
    None,
}

/// How long a restart is put off, in minutes.
///
/// Source: B-7.29.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RestartGrace {
    /// From the end of the install to the restart; at most 20,160.
    pub grace_min: u16,
    /// The countdown is shown so long before the restart.
    pub countdown_min: u16,
    /// The user may put the countdown off by so much; 0 if not at all.
    pub snooze_min: u16,
}
