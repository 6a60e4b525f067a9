//! Words, numbers and lengths: what single values of a scenario file may be.

use schemars::{Schema, json_schema};

use super::value::Read;
use crate::content::{Architecture, Detection, Operator, RestartBehavior};
use crate::facts::{AppsWorkload, Edition, EnrollmentPath, EspPhase, Join, Ownership, Proxy};
use crate::profile::Version;
use crate::protocol::{Notifications, RunAs};
use crate::scenario::time::nearest;
use crate::sim::plan::Found;
use crate::time::Span;

/// Finds a word in a table; the error names all of them and the nearest.
fn word<T: Copy>(text: &str, table: &[(&'static str, T)]) -> Result<T, String> {
    table.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
        format!("`{text}` is not allowed; allowed: {}{}", names.join(", "), nearest(text, &names))
    })
}

/// Declares what the words of a type are.
macro_rules! words {
    ($($type:ty, $wanted:literal: $($name:literal => $value:expr,)+;)+) => {$(
        impl Read for $type {
            const WANTED: &'static str = $wanted;
            fn from_text(text: &str) -> Result<Self, String> {
                word(text, &[$(($name, $value)),+])
            }
            fn schema() -> Schema {
                json_schema!({ "type": "string", "enum": [$($name),+] })
            }
        }
    )+};
}

/// The Apps workload of a device, `none` on a device that is not co-managed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workloads(pub Option<AppsWorkload>);

/// Who has the Endpoint Protection workload of a co-managed device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointProtection {
    /// Intune.
    Intune,
    /// Configuration Manager.
    ConfigurationManager,
}

/// Where random draws come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Every random delay is at its fixed value.
    Off,
    /// Every draw is the lowest.
    Lowest,
    /// Every draw is the highest.
    Highest,
    /// From the seed.
    Seeded,
}

/// What a group holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// Devices.
    Devices,
    /// Users.
    Users,
}

/// How an assignment is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentWord {
    /// Without action by the user.
    Required,
    /// On request in Company Portal.
    Available,
    /// Taken away.
    Uninstall,
}

/// How a filter narrows an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterWord {
    /// Only devices that match.
    Include,
    /// Only devices that do not match.
    Exclude,
}

/// What kind of app an `[[app]]` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppType {
    /// A Win32 app.
    Win32,
    /// A Win32 package of the Microsoft Store.
    StoreWin32,
    /// A UWP package of the Microsoft Store.
    StoreUwp,
}

/// Which requirement rule of an app does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LackWord {
    /// That on a file.
    File,
    /// That on the registry.
    Registry,
    /// The script.
    Script,
}

/// What a `[[feature]]` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureType {
    /// Endpoint analytics, through the Intune data collection policy.
    EndpointAnalytics,
    /// Remote Help.
    RemoteHelp,
    /// Managed installer.
    ManagedInstaller,
    /// BIOS configuration.
    BiosConfiguration,
}

/// How the outcome of a run is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomesWord {
    /// The first run has the first outcome, and so on; the last goes on.
    Sequence,
    /// Each run draws one by its weight.
    Weighted,
}

/// Whether the agent is there at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentWord {
    /// Installed; its service starts as the run starts.
    Running,
    /// Not installed.
    Absent,
    /// Installed; its service is stopped.
    Stopped,
}

/// Which requests a fault meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultTarget {
    /// Every request.
    All,
    /// Polls, reports and tests of the agent.
    Ime,
    /// MDM sessions and enrollments.
    Mdm,
    /// Reports of the agent.
    Reports,
    /// Polls for one workload.
    Poll(crate::protocol::Workload),
    /// Downloads of the agent's package (B-2.7).
    AgentDownload,
    /// Runs of the agent's installer (B-2.7).
    AgentInstaller,
}

words! {
    Edition, "an edition of Windows":
        "home" => Edition::Home, "pro" => Edition::Pro, "enterprise" => Edition::Enterprise, "education" => Edition::Education,
        "multi-session" => Edition::MultiSession, "surface-hub" => Edition::SurfaceHub,;
    Join, "a kind of join":
        "none" => Join::None, "registered" => Join::Registered, "entra" => Join::Entra, "hybrid" => Join::Hybrid,;
    EnrollmentPath, "a way of enrolling":
        "group-policy" => EnrollmentPath::GroupPolicy, "auto" => EnrollmentPath::Auto, "manual" => EnrollmentPath::Manual,
        "bulk-package" => EnrollmentPath::BulkPackage, "autopilot" => EnrollmentPath::Autopilot,
        "autopilot-self-deploying" => EnrollmentPath::AutopilotSelfDeploying,
        "autopilot-pre-provisioning" => EnrollmentPath::AutopilotPreProvisioning, "co-management" => EnrollmentPath::CoManagement,;
    Workloads, "who has the Apps workload":
        "none" => Self(None), "configuration-manager" => Self(Some(AppsWorkload::ConfigurationManager)),
        "pilot-outside" => Self(Some(AppsWorkload::PilotOutside)), "pilot-inside" => Self(Some(AppsWorkload::PilotInside)),
        "intune" => Self(Some(AppsWorkload::Intune)),;
    EndpointProtection, "who has the Endpoint Protection workload":
        "intune" => Self::Intune, "configuration-manager" => Self::ConfigurationManager,;
    Proxy, "a kind of proxy":
        "direct" => Proxy::Direct, "machine" => Proxy::Machine, "user-only" => Proxy::UserOnly, "inspecting" => Proxy::Inspecting,;
    Ownership, "an owner": "corporate" => Ownership::Corporate, "personal" => Ownership::Personal,;
    EspPhase, "a phase of setting up a device":
        "not-in-esp" => EspPhase::NotInEsp, "device-preparation" => EspPhase::DevicePreparation,
        "device-setup" => EspPhase::DeviceSetup, "account-setup" => EspPhase::AccountSetup,;
    RunAs, "in whose name a script runs": "system" => RunAs::System, "user" => RunAs::User,;
    Jitter, "where draws come from":
        "off" => Self::Off, "lowest" => Self::Lowest, "highest" => Self::Highest, "seeded" => Self::Seeded,;
    GroupKind, "what the group holds": "devices" => Self::Devices, "users" => Self::Users,;
    IntentWord, "an intent":
        "required" => Self::Required, "available" => Self::Available, "uninstall" => Self::Uninstall,;
    Notifications, "what the user is shown":
        "all" => Self::All, "restarts" => Self::Restarts, "none" => Self::None,;
    FilterWord, "how a filter counts": "include" => Self::Include, "exclude" => Self::Exclude,;
    AppType, "a type of app":
        "win32" => Self::Win32, "store" => Self::StoreWin32, "store-win32" => Self::StoreWin32, "store-uwp" => Self::StoreUwp,;
    LackWord, "a rule that does not hold": "file" => Self::File, "registry" => Self::Registry, "script" => Self::Script,;
    Detection, "how an app is found":
        "rules" => Self::Rules, "file-not-exists" => Self::FileNotExists, "script" => Self::Script,;
    Found, "what detection finds": "if-present" => Self::IfPresent, "never" => Self::Never, "always" => Self::Always,;
    RestartBehavior, "what follows from a return code":
        "by-return-code" => Self::ByReturnCode, "may-force" => Self::AppMayForce, "suppress" => Self::Suppress, "force" => Self::Force,;
    Architecture, "an architecture": "x86" => Self::X86, "x64" => Self::X64, "arm64" => Self::Arm64,;
    Operator, "how a value stands to another":
        "equal" => Self::Equal, "not-equal" => Self::NotEqual, "greater" => Self::Greater,
        "greater-or-equal" => Self::GreaterOrEqual, "less" => Self::Less, "less-or-equal" => Self::LessOrEqual,;
    FeatureType, "a feature":
        "endpoint-analytics" => Self::EndpointAnalytics, "remote-help" => Self::RemoteHelp,
        "managed-installer" => Self::ManagedInstaller, "bios-configuration" => Self::BiosConfiguration,;
    OutcomesWord, "how outcomes are chosen": "sequence" => Self::Sequence, "weighted" => Self::Weighted,;
    AgentWord, "a state of the agent": "running" => Self::Running, "absent" => Self::Absent, "stopped" => Self::Stopped,;
    FaultTarget, "which requests fail":
        "all" => Self::All, "ime" => Self::Ime, "mdm" => Self::Mdm, "reports" => Self::Reports,
        "script" => Self::Poll(crate::protocol::Workload::Script),
        "required-app" => Self::Poll(crate::protocol::Workload::RequiredApp),
        "available-app" => Self::Poll(crate::protocol::Workload::AvailableApp),
        "remediation" => Self::Poll(crate::protocol::Workload::Remediation),
        "compliance" => Self::Poll(crate::protocol::Workload::Compliance),
        "agent-download" => Self::AgentDownload, "agent-installer" => Self::AgentInstaller,;
}

impl Read for Span {
    const WANTED: &'static str = "a length of time such as 8h, 1h30m or 90s";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: crate::time::SpanError| error.to_string())
    }
    fn from_integer(number: i64) -> Result<Self, String> {
        let seconds =
            u64::try_from(number).map_err(|_| format!("{number} seconds is negative; a length of time is not"))?;
        seconds.checked_mul(1_000).map(Self::millis).ok_or_else(|| format!("{number} seconds is too long"))
    }
    fn schema() -> Schema {
        json_schema!({ "type": ["string", "integer"], "minimum": 0, "examples": ["8h", "1h30m", "90s", 90] })
    }
}

impl Read for Version {
    const WANTED: &'static str = "a version such as 1.94.0.0";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: crate::profile::VersionError| error.to_string())
    }
    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+(\\.[0-9]+){0,3}$" })
    }
}

/// A share of all cases, in a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(pub u32);

impl Read for Share {
    const WANTED: &'static str = "a share such as 5% or a whole number of cases in a million";
    fn from_text(text: &str) -> Result<Self, String> {
        let error = || {
            format!(
                "`{text}` is not a share; write 0% to 100% with up to 4 decimals, or a whole number of cases in a million"
            )
        };
        let number = text.trim().strip_suffix('%').ok_or_else(error)?.trim_end();
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !(1..=3).contains(&whole.len()) || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
            return Err(error());
        }
        let whole: u32 = whole.parse().map_err(|_| error())?;
        let decimals: u32 = format!("{decimals:0<4}").parse().map_err(|_| error())?;
        Some(whole * 10_000 + decimals).filter(|ppm| *ppm <= 1_000_000).map(Self).ok_or_else(error)
    }
    fn from_integer(number: i64) -> Result<Self, String> {
        u32::try_from(number)
            .ok()
            .filter(|ppm| *ppm <= 1_000_000)
            .map(Self)
            .ok_or_else(|| format!("{number} in a million is out of range; allowed 0 to 1000000"))
    }
    fn schema() -> Schema {
        json_schema!({ "type": ["string", "integer"], "minimum": 0, "maximum": 1_000_000, "examples": ["5%", "0.25%", 50_000] })
    }
}

macro_rules! integers {
    ($($type:ident)+) => {$(
        impl Read for $type {
            const WANTED: &'static str = concat!("a whole number (", stringify!($type), ")");
            fn from_text(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("`{text}` is not a whole number from {} to {}", $type::MIN, $type::MAX))
            }
            fn from_integer(number: i64) -> Result<Self, String> {
                $type::try_from(number).map_err(|_| format!("{number} is out of range; allowed {} to {}", $type::MIN, $type::MAX))
            }
            fn schema() -> Schema {
                json_schema!({ "type": "integer", "minimum": $type::MIN, "maximum": $type::MAX })
            }
        }
    )+};
}
integers!(u16 u32 u64 i32);
