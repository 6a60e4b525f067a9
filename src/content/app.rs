//! A Win32 or Store app: what is required of a device, how the app is found, and how it is installed.
//!
//! First read: B-7.4 to B-7.16, B-7.21 to B-7.29, B-8.9 to B-8.13.

use serde::{Deserialize, Serialize};

use super::script_rule::ScriptRule;
use crate::protocol::RunAs;
use crate::relations;
use crate::retry::ReturnCodes;
use crate::time::Span;

/// What the agent must know of an app.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct App {
    /// What kind of app it is.
    pub kind: AppKind,
    /// In whose name it is installed (B-7.6).
    pub run_as: RunAs,
    /// How it is found.
    pub detection: Detection,
    /// What a device must have for it.
    pub requirements: Requirements,
    /// What the output of its requirement script must be (B-7.11).
    pub script_rule: Option<ScriptRule>,
    /// What its return codes mean (B-7.22).
    pub return_codes: ReturnCodes,
    /// What follows from its return codes (B-7.27).
    pub restart: RestartBehavior,
    /// How long an install or uninstall may take; `None` for `win32.install_timeout_min` (B-7.21).
    pub install_limit: Option<Span>,
    /// The user may uninstall it in Company Portal (B-7.27a).
    pub allow_available_uninstall: bool,
    /// What the admin center checks when it is uploaded, and nobody after that.
    pub package: Package,
}

/// What is uploaded of an app, as far as it has limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Package {
    /// Its size, in whole gigabytes (B-1.9).
    pub gigabytes: u32,
    /// The installer is a PowerShell script of so many kilobytes (B-7.8).
    pub installer_script_kb: Option<u32>,
    /// How many of its detection rules look for the product code of an MSI (B-7.12).
    pub product_code_rules: u32,
}

/// What kind of app it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppKind {
    /// A Win32 app.
    #[default]
    Win32,
    /// A Win32 package of the Microsoft Store: installed and updated by the agent (B-8.9).
    StoreWin32,
    /// A UWP package of the Microsoft Store: the Store itself updates it (B-8.9).
    StoreUwp,
}

impl AppKind {
    /// The same as far as relations care (B-7.40a).
    pub const fn in_relations(self) -> relations::AppKind {
        match self {
            Self::Win32 => relations::AppKind::Win32,
            Self::StoreWin32 | Self::StoreUwp => relations::AppKind::Store,
        }
    }
}

/// How an app is found on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detection {
    /// By rules on files, the registry or a product code, all of which must hold (B-7.12). The host looks at once.
    #[default]
    Rules,
    /// By rules among which one asks that a file does not exist (B-7.15).
    FileNotExists,
    /// By a script, which takes time (B-7.13, B-7.14).
    Script,
}

/// What a device must have for an app. What is 0 or absent is not asked for.
///
/// Source: B-7.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Requirements {
    /// Architectures that it runs on, as a set; empty for any.
    pub architectures: u8,
    /// The lowest build of Windows.
    pub os_build: u32,
    /// Free disk space, in megabytes.
    pub disk_mb: u32,
    /// Memory, in megabytes.
    pub memory_mb: u32,
    /// Logical processors.
    pub processors: u16,
    /// Speed of the processor, in megahertz.
    pub cpu_mhz: u16,
    /// A rule on a file must hold.
    pub file: bool,
    /// A rule on the registry must hold.
    pub registry: bool,
    /// A script must give the expected output (B-7.11).
    pub script: bool,
}

/// What an app's return code leads to.
///
/// Source: B-7.27, B-7.28.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartBehavior {
    /// As the return code says.
    #[default]
    ByReturnCode = 0,
    /// The installer may force a restart.
    AppMayForce = 1,
    /// No specific action: restarts are suppressed.
    Suppress = 2,
    /// Intune restarts the device after success.
    Force = 3,
}
