//! The decisions of an agent about apps.

use serde::{Deserialize, Serialize};

use crate::protocol::{PolicyId, UserId, Workload};
use crate::relations::Hold;
use crate::retry::ExitClass;
use crate::time::Span;

/// One decision about apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum AppEvent {
    /// Nothing about the assigned apps has changed, and none is due for an evaluation (B-7.33).
    AppsNotDue {
        /// For which workload.
        workload: Workload,
    },
    /// An app is evaluated together with all that it is related to; the rule tells why.
    AppEvaluation {
        /// The first of them that is assigned.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// How many apps are looked at.
        apps: u32,
    },
    /// An app is left alone: its subgraph is unchanged, and was evaluated a short time ago (B-7.33).
    AppNotDue {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// It is assigned, and its content cannot be had.
    AppUnavailable {
        /// Which.
        policy: PolicyId,
        /// Of which revision.
        revision: u32,
    },
    /// An app was looked for (B-7.12, B-7.13).
    AppDetected {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// It is there.
        found: bool,
    },
    /// Its detection rule cannot be used (B-7.15).
    AppDetectionFailed {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// The error code (T-7.4).
        error: i32,
    },
    /// The device does not have what the app requires (B-7.10).
    AppNotApplicable {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// The code of T-7.2.
        code: u16,
    },
    /// It is wanted, and not attempted now.
    AppWaits {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// For what.
        reason: AppWait,
    },
    /// Its relations keep it from being installed (B-7.41, B-7.53).
    AppHeld {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// The other app.
        by: PolicyId,
        /// Why.
        hold: Hold,
    },
    /// The download of its content begins (B-7.17).
    AppDownload {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// In the foreground.
        foreground: bool,
    },
    /// Its content is on the device, for the deadline or for the install that follows (B-7.30).
    AppDownloaded {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// Its install command starts.
    AppInstall {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Which try this is, from 1 on.
        attempt: u16,
    },
    /// Its uninstall command starts.
    AppUninstall {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Which try this is, from 1 on.
        attempt: u16,
    },
    /// The command ended (B-7.22).
    AppExited {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Its return code.
        exit_code: i32,
        /// What the code means.
        class: ExitClass,
    },
    /// A step ran into its time limit; an installer is left running (B-7.18, B-7.21).
    AppTimedOut {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// The next try comes in a while (B-7.24).
    AppRetry {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// In how long.
        after: Span,
    },
    /// A step was cut off by the end of the service or of its user's session; the try counts.
    AppCutOff {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// What an evaluation came to, where it differs from what was known before (T-7.1 to T-7.4).
    AppResult {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Installed 1, not installed 2, error 4.
        compliance: u8,
        /// Applicable 0, or why not.
        applicability: u16,
        /// What became of enforcing it.
        enforcement: u16,
        /// The error code, or 0.
        error: i32,
    },
    /// It is not enforced again for a while, the GRS (B-7.34).
    GrsSet {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// In how long the next enforcement may come.
        expires_in: Span,
    },
    /// A change makes it be enforced without waiting for the GRS (B-7.36).
    GrsCleared {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// What is kept of an app was deleted (B-7.36).
    AppForgotten {
        /// Which.
        policy: PolicyId,
    },
    /// The app is tagged as installed by a managed installer (B-8.20).
    AppTagged {
        /// Which.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// A user asks for an available app, or for its removal.
    AppAskedFor {
        /// Which.
        policy: PolicyId,
        /// Who.
        user: UserId,
        /// It is to be there; if not, it is to go.
        present: bool,
    },
    /// What a user asked for cannot be had: the app is not offered, or not yet (B-7.30), or may not be removed (B-7.27a).
    AppRefused {
        /// Which.
        policy: PolicyId,
        /// Who.
        user: UserId,
    },
    /// An available app will take the place of what the user had asked for, at the next check (B-7.52a).
    AppUpdatePlanned {
        /// Which.
        policy: PolicyId,
        /// Whose.
        user: UserId,
    },
    /// The user is shown something (B-7.32).
    AppNotified {
        /// About which app.
        policy: PolicyId,
        /// What.
        notice: AppNotice,
    },
    /// A restart of the device is needed.
    RestartNeeded {
        /// By which app.
        policy: PolicyId,
        /// The agent restarts the device after so much; none if that is left to others (B-7.28).
        restarts_in: Option<Span>,
    },
    /// The user puts the countdown off (B-7.29).
    RestartSnoozed {
        /// By which app the restart is asked for.
        policy: PolicyId,
        /// It is shown again after so much.
        shown_in: Span,
    },
    /// The agent restarts the device.
    DeviceRestart {
        /// By which app the restart is asked for.
        policy: PolicyId,
    },
    /// What the ESP shows of an app has changed (B-7.56).
    EspApp {
        /// Which.
        policy: PolicyId,
        /// Not installed 1, in progress 2, completed 3, error 4.
        state: u8,
    },
    /// All that the ESP waits for in this phase is there (B-7.56).
    EspDone,
    /// The ESP fails: an app failed, or its time is up (B-7.54, B-7.56), or an app restarted the device in account
    /// setup (B-7.57).
    EspFailed,
}

/// Why an app that is wanted is not attempted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppWait {
    /// Its availability (B-7.30).
    Availability,
    /// Its deadline (B-7.30).
    Deadline,
    /// The GRS (B-7.34).
    Grs,
    /// A restart of the device (B-7.26).
    Restart,
    /// The end of the ESP (B-7.55).
    Esp,
    /// Managed installer (B-8.21).
    ManagedInstaller,
    /// The end of maintenance wake.
    DarkWake,
}

/// What the user is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppNotice {
    /// It is being installed.
    Installing,
    /// It is installed.
    Installed,
    /// It could not be installed.
    Failed,
    /// The device has to be restarted.
    Restart,
    /// The restart comes soon.
    Countdown,
}

impl AppNotice {
    /// True for what is about a restart.
    pub(super) const fn is_restart(self) -> bool {
        match self {
            Self::Restart | Self::Countdown => true,
            Self::Installing | Self::Installed | Self::Failed => false,
        }
    }
}
