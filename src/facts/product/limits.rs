//! Limits of the product, and small questions that they answer.

use super::super::Feature;
use crate::profile::Profile;
use crate::time::{Span, Wall};

/// True if a Win32 package of so many gigabytes is accepted; `win32.max_package_gb` is the limit.
///
/// Source: B-1.9.
pub const fn package_fits(gigabytes: u32, profile: &Profile) -> bool {
    gigabytes <= profile.win32.max_package_gb
}

/// In whose context an app is installed.
///
/// Source: B-1.15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstallContext {
    /// For the device, as LocalSystem.
    System,
    /// For the signed-in user.
    User,
}

/// What comes of an app on a device that is only registered with Entra.
///
/// Source: B-1.15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WpjInstall {
    /// It is installed.
    Works,
    /// It is shown as "requirements not met".
    RequirementsNotMet,
    /// Microsoft advises against it, and nobody says what happens.
    NotAdvised,
}

/// What comes of an app with this install behavior on a device that is only registered; `None` for what is no app.
///
/// Source: B-1.15.
pub const fn wpj_install_context(app: Feature, context: InstallContext) -> Option<WpjInstall> {
    match (app, context) {
        (Feature::Win32App | Feature::StoreApp, InstallContext::System) => Some(WpjInstall::Works),
        (Feature::StoreApp, InstallContext::User) => Some(WpjInstall::RequirementsNotMet),
        (Feature::Win32App, InstallContext::User) => Some(WpjInstall::NotAdvised),
        (
            Feature::Script
            | Feature::Remediation
            | Feature::CustomCompliance
            | Feature::EndpointAnalytics
            | Feature::RemoteHelp
            | Feature::ManagedInstaller
            | Feature::BiosConfiguration,
            _,
        ) => None,
    }
}

/// A requirement script of a Win32 app runs in the user's context even on a device that is only registered, other than
/// scripts and remediations.
///
/// Source: B-1.15.
pub const WPJ_RUNS_USER_REQUIREMENT_SCRIPTS: bool = true;

/// How long the token in a bulk provisioning package lasts at most.
///
/// Source: B-1.18.
pub const BULK_TOKEN_LIFETIME: Span = Span::days(180);

/// True if a package of this age can still enroll a device.
///
/// Source: B-1.18.
pub fn bulk_token_is_valid(age: Span) -> bool {
    age <= BULK_TOKEN_LIFETIME
}

/// When the release after one at this moment comes, `update.period_days` later.
///
/// Source: B-2.14.
pub fn next_release(after: Wall, profile: &Profile) -> Wall {
    after.after(profile.update.period())
}

/// True if Remote Help shows notifications on a device that has been enrolled for so long; the delay is
/// `remotehelp.new_device_delay`.
///
/// Source: B-2.18.
pub fn remote_help_notifies(enrolled_for: Span, profile: &Profile) -> bool {
    enrolled_for >= profile.remotehelp.new_device_delay
}

/// How often the MDM client of a multi-session host polls for its users' sessions.
///
/// Source: B-3.17.
pub const USER_SESSION_POLL_EVERY: Span = Span::mins(1_440);
/// For how many sessions it polls at once, at most.
///
/// Source: B-3.17.
pub const USER_SESSIONS_AT_ONCE: u32 = 25;

/// For how many of a multi-session host's sessions it polls at once.
///
/// Source: B-3.17.
pub const fn user_session_poll(sessions: u32) -> u32 {
    if sessions < USER_SESSIONS_AT_ONCE { sessions } else { USER_SESSIONS_AT_ONCE }
}

/// How many bits the host of a script has: 64 if the script asks for that and Windows has as many, else 32.
///
/// Source: B-5.18.
pub const fn script_host_bits(windows_is_64: bool, wants_64: bool) -> u8 {
    if windows_is_64 && wants_64 { 64 } else { 32 }
}

/// True if a host started with these switches waits for an answer when a script asks for one.
///
/// Source: B-5.21.
pub fn waits_for_input(switches: &[&str]) -> bool {
    !switches.iter().any(|switch| switch.eq_ignore_ascii_case("-NonInteractive"))
}

/// What the admin center shows of devices.
///
/// Source: B-13.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shown {
    /// The results of filters.
    Filters,
    /// The reports of Endpoint analytics.
    Analytics,
    /// How apps stand.
    Apps,
}

/// How long the admin center may take to show what the service knows, as far as anybody says; nothing else waits for it.
///
/// Source: B-12.10, B-13.8.
pub const fn shown_within(what: Shown, profile: &Profile) -> Option<Span> {
    match what {
        Shown::Filters => Some(Span::mins(30)),
        Shown::Analytics => Some(profile.ea.max_latency),
        Shown::Apps => None,
    }
}
