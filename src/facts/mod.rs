//! What is true of a device: the facts that decide whether the agent may come and what it may do there.
//!
//! Facts are small and copied freely. What changes by the hour (network, power, users) is not here: it reaches the
//! machines as inputs.

pub mod diagnosis;
pub mod eligibility;
pub mod product;

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::profile::Version;

/// The edition of Windows.
///
/// Source: B-1.5, B-1.6, B-1.29.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Edition {
    /// Home, never eligible.
    Home,
    /// Pro.
    #[default]
    Pro,
    /// Enterprise.
    Enterprise,
    /// Education.
    Education,
    /// Enterprise multi-session, an Azure Virtual Desktop host.
    MultiSession,
    /// Surface Hub, not eligible.
    SurfaceHub,
}

/// How the device is known to Entra.
///
/// Source: B-1.11, B-11.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// Neither joined nor registered.
    None,
    /// Workplace joined, that is Entra registered (WPJ).
    Registered,
    /// Entra joined.
    #[default]
    Entra,
    /// Entra hybrid joined.
    Hybrid,
}

/// The way in which the device enrolls.
///
/// Source: B-1.16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum EnrollmentPath {
    /// By group policy: tries every 5 minutes for one day (B-1.17).
    GroupPolicy,
    /// Automatically at the join.
    #[default]
    Auto,
    /// By the user, after signing in with an Entra account.
    Manual,
    /// By a provisioning package (B-1.18).
    BulkPackage,
    /// By Autopilot, driven by the user (B-1.19).
    Autopilot,
    /// By Autopilot in its self-deploying mode, which needs a physical TPM (B-1.28).
    AutopilotSelfDeploying,
    /// By Autopilot, set up by a technician before the user gets the device; needs a physical TPM too (B-1.28, B-7.55).
    AutopilotPreProvisioning,
    /// Together with Configuration Manager (B-1.20).
    CoManagement,
}

/// Who handles apps on a co-managed device.
///
/// Source: B-1.20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppsWorkload {
    /// Configuration Manager: the agent does no app work.
    ConfigurationManager,
    /// Pilot Intune, and the device is outside the pilot collection: as with Configuration Manager.
    PilotOutside,
    /// Pilot Intune, and the device is in the pilot collection.
    PilotInside,
    /// Intune.
    Intune,
}

impl AppsWorkload {
    /// True where apps from Intune are handled.
    pub const fn is_with_intune(self) -> bool {
        matches!(self, Self::PilotInside | Self::Intune)
    }
}

/// The way to the internet.
///
/// Source: B-1.26, B-1.27.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Proxy {
    /// None, or one that needs no setting.
    #[default]
    Direct,
    /// Set for the whole machine.
    Machine,
    /// Set in the user's profile: there only while a user is signed in.
    UserOnly,
    /// Inspects TLS, which the Intune hosts do not support: nothing of Intune is reached.
    Inspecting,
}

/// Who owns the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Ownership {
    /// The company.
    #[default]
    Corporate,
    /// The user.
    Personal,
}

/// The facts of one device.
///
/// The default is the device that the catalogue's checks assume: Windows 11 Pro 22631, Entra joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Facts {
    /// Build of Windows, such as 22631.
    pub os_build: u32,
    /// Edition of Windows.
    pub edition: Edition,
    /// Windows runs in S mode.
    pub s_mode: bool,
    /// An S mode supplemental policy has been delivered (B-1.7).
    pub s_mode_supplemental: bool,
    /// How the device is known to Entra.
    pub join: Join,
    /// How it enrolls.
    pub enrollment: EnrollmentPath,
    /// Who handles apps, on a co-managed device; `None` on any other.
    pub apps_workload: Option<AppsWorkload>,
    /// The Endpoint Protection workload is with Intune (B-1.22); matters on a co-managed device only.
    pub endpoint_protection_with_intune: bool,
    /// Installed version of the .NET Framework (B-1.8).
    pub dotnet: Version,
    /// The way to the internet.
    pub proxy: Proxy,
    /// The push service can be reached (B-1.27, B-11.1).
    pub wns_reachable: bool,
    /// Who owns it.
    pub ownership: Ownership,
    /// It is a virtual machine (B-1.28).
    pub virtual_machine: bool,
    /// The user has a license for remediations (B-1.10).
    pub remediation_license: bool,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            os_build: 22_631,
            edition: Edition::Pro,
            s_mode: false,
            s_mode_supplemental: false,
            join: Join::Entra,
            enrollment: EnrollmentPath::Auto,
            apps_workload: None,
            endpoint_protection_with_intune: true,
            dotnet: Version([4, 8, 0, 0]),
            proxy: Proxy::Direct,
            wns_reachable: true,
            ownership: Ownership::Corporate,
            virtual_machine: false,
            remediation_license: true,
        }
    }
}

impl Facts {
    /// True on an Entra registered device, where only device targeting counts (B-1.12).
    pub const fn is_registered_only(&self) -> bool {
        matches!(self.join, Join::Registered)
    }

    /// True where the agent asks for a user's work at all: not on a registered-only device (B-1.12) and not on a
    /// multi-session host, whose agent has user check-in disabled (B-1.29).
    pub const fn has_user_check_in(&self) -> bool {
        !self.is_registered_only() && !matches!(self.edition, Edition::MultiSession)
    }

    /// True where the agent does app work: not while Configuration Manager handles apps (B-1.20).
    pub const fn apps_with_intune(&self) -> bool {
        match self.apps_workload {
            Some(workload) => workload.is_with_intune(),
            None => true,
        }
    }

    /// True where the device can reach the service, given a network and whether any user is signed in (B-1.26).
    pub const fn is_service_reachable(&self, online: bool, user_signed_in: bool) -> bool {
        online
            && match self.proxy {
                Proxy::Direct | Proxy::Machine => true,
                Proxy::UserOnly => user_signed_in,
                Proxy::Inspecting => false,
            }
    }
}

/// A phase of setting up a new device, as the agent tells them apart.
///
/// Source: B-4.10, B-7.56.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum EspPhase {
    /// The Enrollment Status Page is not shown.
    #[default]
    NotInEsp,
    /// Device preparation, in which Autopilot installs the agent (B-1.19).
    DevicePreparation,
    /// Device setup.
    DeviceSetup,
    /// Account setup.
    AccountSetup,
}

impl EspPhase {
    /// True in the phases in which the agent leaves out the second start delays (B-4.10).
    pub const fn skips_start_delays(self) -> bool {
        matches!(self, Self::DeviceSetup | Self::AccountSetup)
    }
}

/// A feature that needs the agent on the device.
///
/// Source: B-2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Feature {
    /// PowerShell scripts.
    Script = 0,
    /// Remediations.
    Remediation = 1,
    /// Custom compliance discovery scripts. Receiving their policy brings the agent where it is missing (B-8.3).
    CustomCompliance = 2,
    /// Win32 apps.
    Win32App = 3,
    /// Microsoft Store apps of the new type.
    StoreApp = 4,
    /// Endpoint analytics, through the Intune data collection policy (B-2.19).
    EndpointAnalytics = 5,
    /// Remote Help.
    RemoteHelp = 6,
    /// Managed installer.
    ManagedInstaller = 7,
    /// BIOS configuration.
    BiosConfiguration = 8,
}

impl Feature {
    /// Every feature, in the catalogue's order.
    pub const ALL: [Self; 9] = [
        Self::Script,
        Self::Remediation,
        Self::CustomCompliance,
        Self::Win32App,
        Self::StoreApp,
        Self::EndpointAnalytics,
        Self::RemoteHelp,
        Self::ManagedInstaller,
        Self::BiosConfiguration,
    ];

    /// The name used in scenarios and transcripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Remediation => "remediation",
            Self::CustomCompliance => "custom-compliance",
            Self::Win32App => "win32-app",
            Self::StoreApp => "store-app",
            Self::EndpointAnalytics => "endpoint-analytics",
            Self::RemoteHelp => "remote-help",
            Self::ManagedInstaller => "managed-installer",
            Self::BiosConfiguration => "bios-configuration",
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The features that are assigned to a device: the reasons for the agent to be there.
///
/// Written down as the list of their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Features(u16);

impl Serialize for Features {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let features = Vec::<Feature>::deserialize(d)?;
        Ok(features.into_iter().fold(Self::NONE, Self::with))
    }
}

impl Features {
    /// No feature.
    pub const NONE: Self = Self(0);

    /// These and one more.
    #[must_use]
    pub const fn with(self, feature: Feature) -> Self {
        Self(self.0 | 1 << feature as u8)
    }

    /// The features in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True if the feature is among them.
    pub const fn contains(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u8) != 0
    }

    /// True if there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the catalogue's order.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.into_iter().filter(move |feature| self.contains(*feature))
    }
}
