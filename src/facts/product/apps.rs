//! What is fixed about apps: numbers of intents, in whose name they are installed, where their files and records lie.

use core::fmt::Display;

use crate::content::AppKind;
use crate::protocol::{Intent, RunAs};
use crate::time::Span;

/// The number of an intent in the policy of an app; without one, the app is there only as a dependency or superseded app.
///
/// Source: B-7.1.
pub const fn intent_number(intent: Option<Intent>) -> u8 {
    match intent {
        None => 0,
        Some(Intent::Available) => 1,
        Some(Intent::Required) => 3,
        Some(Intent::Uninstall) => 4,
    }
}

/// With which rights an installer runs.
///
/// Source: B-7.6, B-7.6a.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstallerRights {
    /// Those of LocalSystem.
    LocalSystem,
    /// Those of a user who is an administrator.
    Administrator,
    /// Those of a standard user: an installer that needs more fails.
    StandardUser,
}

/// The rights of an installer in a context, for a user who is an administrator or is not. In System context nobody needs to
/// be signed in, and it does not matter who is.
///
/// Source: B-7.6, B-7.6a.
pub const fn installer_rights(run_as: RunAs, user_is_administrator: bool) -> InstallerRights {
    match (run_as, user_is_administrator) {
        (RunAs::System, _) => InstallerRights::LocalSystem,
        (RunAs::User, true) => InstallerRights::Administrator,
        (RunAs::User, false) => InstallerRights::StandardUser,
    }
}

/// The bits of the process that starts an installer in System context, so that a plain `powershell.exe` is the 32-bit one.
///
/// Source: B-7.6.
pub const INSTALLER_HOST_BITS: u32 = 32;

/// Where encrypted packages arrive, within [`PROGRAM_FOLDER`](super::PROGRAM_FOLDER).
///
/// Source: B-7.19.
pub const CONTENT_INCOMING: &str = r"C:\Program Files (x86)\Microsoft Intune Management Extension\Content\Incoming";
/// Where packages are unpacked, within [`PROGRAM_FOLDER`](super::PROGRAM_FOLDER).
///
/// Source: B-7.19.
pub const CONTENT_STAGING: &str = r"C:\Program Files (x86)\Microsoft Intune Management Extension\Content\Staging";

/// The folder from which an app is installed, in one version.
///
/// Source: B-7.19.
pub fn app_cache_folder(app: impl Display, version: impl Display) -> String {
    format!(r"C:\Windows\IMECache\{app}_{version}")
}

/// How long after the app is done its folder is cleaned.
///
/// Source: B-7.19.
pub const APP_CACHE_CLEANED_AFTER: Span = Span::secs(20);

/// The registry key under which the agent keeps apps.
///
/// Source: B-7.35, B-7.58.
pub const APPS_KEY: &str = r"HKLM\SOFTWARE\Microsoft\IntuneManagementExtension\Win32Apps";
/// The registry key of the operational state of app work.
///
/// Source: B-7.58.
pub const APPS_OPERATIONAL_STATE_KEY: &str =
    r"HKLM\SOFTWARE\Microsoft\IntuneManagementExtension\Win32Apps\OperationalState";
/// The registry key that holds the time of the last full report.
///
/// Source: B-7.58.
pub const APPS_REPORTING_KEY: &str = r"HKLM\SOFTWARE\Microsoft\IntuneManagementExtension\Win32Apps\Reporting";
/// The registry value that says whether managed installer is on.
///
/// Source: B-7.58.
pub const MANAGED_INSTALLER_VALUE: &str =
    r"HKLM\SOFTWARE\Microsoft\IntuneManagementExtension\SideCarPolicies\ManagedInstallerEnabled";
/// The values under an app's key, each a JSON text.
///
/// Source: B-7.58.
pub const APP_STATE_VALUES: [&str; 2] = ["ComplianceStateMessage", "EnforcementStateMessage"];

/// The registry key of how an app stands for a user (all zeros for the device), in one version.
///
/// Source: B-7.58.
pub fn app_state_key(user: impl Display, app: impl Display, version: impl Display) -> String {
    format!(r"{APPS_KEY}\{user}\{app}_{version}")
}

/// The registry key of how an app stands in Company Portal.
///
/// Source: B-7.58.
pub fn app_status_key(user: impl Display, app: impl Display) -> String {
    format!(r"HKLM\SOFTWARE\Microsoft\IntuneManagementExtension\SideCarPolicies\StatusServiceReports\{user}\{app}")
}

/// The registry value of the last enforcement of an app that holds back the next one, a time in UTC. `hash` is that of the
/// subgraph, as [`ContentHash`](crate::relations::ContentHash) prints it: 44 characters of base64.
///
/// Source: B-7.35.
pub fn grs_value(user: impl Display, hash: impl Display, app: impl Display) -> String {
    format!(r"{APPS_KEY}\{user}\GRS\{hash}\{app}")
}

/// Who keeps a Store app up to date. The other kinds are replaced by an update of the app in the tenant or by supersedence.
///
/// Source: B-8.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreUpdates {
    /// Intune, through the agent.
    Intune,
    /// The Store itself.
    Store,
}

/// Who keeps an app up to date, if it is a Store app.
///
/// Source: B-8.9.
pub const fn store_updates(kind: AppKind) -> Option<StoreUpdates> {
    match kind {
        AppKind::Win32 => None,
        AppKind::StoreWin32 => Some(StoreUpdates::Intune),
        AppKind::StoreUwp => Some(StoreUpdates::Store),
    }
}

/// How a new device is set up, as far as it matters which kinds of apps it gets.
///
/// Source: B-7.57.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetUp {
    /// Autopilot with the Enrollment Status Page.
    StatusPage,
    /// Autopilot device preparation.
    DevicePreparation,
}

/// True if MSI apps through MDM and Win32 apps may be mixed: with the status page both want the service TrustedInstaller at
/// once and may fail.
///
/// Source: B-7.57.
pub const fn may_mix_msi_and_win32(set_up: SetUp) -> bool {
    match set_up {
        SetUp::StatusPage => false,
        SetUp::DevicePreparation => true,
    }
}

/// How much longer than its time limit the Enrollment Status Page should be given where the device is joined to both.
///
/// Source: B-7.54.
pub const ESP_HYBRID_ALLOWANCE: Span = Span::mins(40);

/// True if logs of so many megabytes in so many files can be collected: for a failed app from the admin center, or with
/// the diagnostics of a device.
///
/// Source: B-7.61, B-13.11.
pub const fn log_collection_fits(megabytes: u32, files: u32) -> bool {
    megabytes <= 250 && files <= 25
}

/// How long collecting the diagnostics of a device takes, at least and at most.
///
/// Source: B-13.11.
pub const DIAGNOSTICS_TAKE: [Span; 2] = [Span::mins(15), Span::mins(20)];
