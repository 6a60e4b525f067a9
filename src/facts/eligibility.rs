//! Which devices qualify for the agent, and why not.
//!
//! Two questions, asked in this order: may the agent be on this device at all ([`device_refusal`]), and does an
//! assigned feature bring it there ([`feature_refusal`]). Every "no" is a typed [`Refusal`] with its rule.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::{AppsWorkload, Edition, EnrollmentPath, Facts, Feature, Features, Join};
use crate::profile::{OsRule, Profile, Version, WpjRemediations, WpjScripts};
use crate::rules::{RuleId, b};

/// Why a device or a feature on it does not qualify for the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "refusal", content = "of")]
pub enum Refusal {
    /// Windows is older than this build (B-1.1, B-1.2, B-1.3, B-1.21, B-1.29).
    OsBuild {
        /// The lowest build that qualifies.
        needed: u32,
    },
    /// The edition is excluded (B-1.5).
    Edition(Edition),
    /// S mode without a supplemental policy (B-1.5, B-1.7).
    SMode,
    /// Surface Hub (B-1.6).
    SurfaceHub,
    /// Neither joined nor registered (B-1.11).
    NotJoined,
    /// S mode with a supplemental policy takes Win32 apps only (B-1.7).
    SModeTakesAppsOnly,
    /// On a registered-only device this feature does not work (B-1.10a, B-1.13).
    RegisteredOnly,
    /// Apps are with Configuration Manager (B-1.20).
    AppsWithConfigurationManager,
    /// The Endpoint Protection workload is with Configuration Manager (B-1.22).
    EndpointProtectionWithConfigurationManager,
    /// Co-managed before Windows 10 1903, and apps are not with Intune (B-1.10).
    CoManagedTooOld,
    /// No license for remediations (B-1.10).
    License,
}

impl Refusal {
    /// The rule behind the refusal.
    pub const fn rule(&self) -> RuleId {
        match self {
            Self::OsBuild { .. } => b(1, 1),
            Self::Edition(_) => b(1, 5),
            Self::SMode => b(1, 5),
            Self::SurfaceHub => b(1, 6),
            Self::NotJoined => b(1, 11),
            Self::SModeTakesAppsOnly => b(1, 7),
            Self::RegisteredOnly => b(1, 13),
            Self::AppsWithConfigurationManager => b(1, 20),
            Self::EndpointProtectionWithConfigurationManager => b(1, 22),
            Self::CoManagedTooOld | Self::License => b(1, 10),
        }
    }

    /// The short code of the refusal, as diagnosis and fleet tables name it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OsBuild { .. } => "os-build",
            Self::Edition(_) => "edition",
            Self::SMode => "s-mode",
            Self::SurfaceHub => "surface-hub",
            Self::NotJoined => "not-joined",
            Self::SModeTakesAppsOnly => "s-mode-apps-only",
            Self::RegisteredOnly => "registered-only",
            Self::AppsWithConfigurationManager => "apps-with-configuration-manager",
            Self::EndpointProtectionWithConfigurationManager => "endpoint-protection-with-configuration-manager",
            Self::CoManagedTooOld => "co-managed-too-old",
            Self::License => "license",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OsBuild { needed } => write!(f, "Windows is older than build {needed}"),
            Self::Edition(edition) => write!(f, "edition {edition:?} is excluded"),
            Self::SMode => f.write_str("Windows runs in S mode"),
            Self::SurfaceHub => f.write_str("Surface Hub is excluded"),
            Self::NotJoined => f.write_str("neither joined to nor registered with Entra"),
            Self::SModeTakesAppsOnly => f.write_str("S mode takes Win32 apps only"),
            Self::RegisteredOnly => f.write_str("not on a device that is registered only"),
            Self::AppsWithConfigurationManager => f.write_str("apps are with Configuration Manager"),
            Self::EndpointProtectionWithConfigurationManager => {
                f.write_str("endpoint protection is with Configuration Manager")
            }
            Self::CoManagedTooOld => f.write_str("co-managed before Windows 10 1903 without apps in Intune"),
            Self::License => f.write_str("no license for remediations"),
        }
    }
}

/// The prerequisites of the device itself, in the fixed order in which diagnosis lists them, each with its rule and
/// whether it holds.
pub fn prerequisites(facts: &Facts, profile: &Profile) -> [(RuleId, &'static str, Option<Refusal>); 5] {
    let needed = min_build(facts, profile);
    [
        (b(1, 1), "Windows build", (facts.os_build < needed).then_some(Refusal::OsBuild { needed })),
        (b(1, 5), "edition", (facts.edition == Edition::Home).then_some(Refusal::Edition(facts.edition))),
        (b(1, 5), "no S mode", (facts.s_mode && !has_supplemental(facts, profile)).then_some(Refusal::SMode)),
        (b(1, 6), "no Surface Hub", (facts.edition == Edition::SurfaceHub).then_some(Refusal::SurfaceHub)),
        (b(1, 11), "joined or registered", (facts.join == Join::None).then_some(Refusal::NotJoined)),
    ]
}

/// Why the agent may not be on the device at all, or `None` if it may.
///
/// Source: B-1.1 to B-1.7, B-1.11, B-1.21, B-1.29.
pub fn device_refusal(facts: &Facts, profile: &Profile) -> Option<Refusal> {
    prerequisites(facts, profile).into_iter().find_map(|(_, _, refusal)| refusal)
}

/// Why a feature does not bring the agent to the device, or `None` if it does.
///
/// Source: B-1.7, B-1.9, B-1.10, B-1.10a, B-1.13, B-1.20, B-1.22.
pub fn feature_refusal(feature: Feature, facts: &Facts, profile: &Profile) -> Option<Refusal> {
    if let Some(refusal) = device_refusal(facts, profile) {
        return Some(refusal);
    }
    // B-1.7: in S mode the supplemental policy opens the way for signed Win32 apps and nothing else.
    if facts.s_mode && feature != Feature::Win32App {
        return Some(Refusal::SModeTakesAppsOnly);
    }
    match feature {
        // B-1.13; B-1.20: scripts come whatever the Apps workload says.
        Feature::Script => (facts.is_registered_only() && profile.elig.wpj_scripts == WpjScripts::None)
            .then_some(Refusal::RegisteredOnly),
        Feature::Remediation => remediation_refusal(facts, profile),
        // B-1.9: Pro, Enterprise and Education are what is left here. B-1.20: with Configuration Manager, no app work.
        Feature::Win32App | Feature::StoreApp => {
            (!facts.apps_with_intune()).then_some(Refusal::AppsWithConfigurationManager)
        }
        // B-1.22.
        Feature::ManagedInstaller => (facts.apps_workload.is_some() && !facts.endpoint_protection_with_intune)
            .then_some(Refusal::EndpointProtectionWithConfigurationManager),
        Feature::CustomCompliance | Feature::EndpointAnalytics | Feature::RemoteHelp | Feature::BiosConfiguration => {
            None
        }
    }
}

/// Of the assigned features, those that bring the agent to this device and keep it there.
///
/// Source: B-2.1, B-2.2.
pub fn wanted(facts: &Facts, assigned: Features, profile: &Profile) -> Features {
    assigned
        .iter()
        .filter(|feature| feature_refusal(*feature, facts, profile).is_none())
        .fold(Features::NONE, Features::with)
}

/// The recommended .NET version, where the installed one is older: a warning and never a refusal.
///
/// Source: B-1.8.
pub fn dotnet_warning(facts: &Facts, profile: &Profile) -> Option<Version> {
    (facts.dotnet < profile.elig.dotnet_recommended).then_some(profile.elig.dotnet_recommended)
}

/// B-1.10, B-1.10a.
fn remediation_refusal(facts: &Facts, profile: &Profile) -> Option<Refusal> {
    if facts.is_registered_only() && profile.elig.wpj_remediations == WpjRemediations::None {
        Some(Refusal::RegisteredOnly)
    } else if facts.os_build < BUILD_1903 && facts.apps_workload.is_some_and(|w| w != AppsWorkload::Intune) {
        Some(Refusal::CoManagedTooOld)
    } else {
        (!facts.remediation_license).then_some(Refusal::License)
    }
}

/// The lowest build for this device: B-1.1, B-1.2, B-1.3, B-1.21, B-1.29.
fn min_build(facts: &Facts, profile: &Profile) -> u32 {
    let elig = &profile.elig;
    let mut needed = match elig.os_rule {
        OsRule::Builds => elig.min_build,
        OsRule::SupportedList => OLDEST_SUPPORTED_BUILD,
    };
    if facts.enrollment == EnrollmentPath::BulkPackage {
        needed = needed.max(elig.min_build_bulk);
    }
    if facts.apps_workload.is_some() {
        needed = needed.max(elig.comanaged_min_build);
    }
    if facts.edition == Edition::MultiSession {
        needed = needed.max(BUILD_1903);
    }
    needed
}

/// B-1.7: delivered, from Windows 10 build 18363 on; or switched on for every device by the profile.
fn has_supplemental(facts: &Facts, profile: &Profile) -> bool {
    (facts.s_mode_supplemental || profile.elig.smode_supplemental) && facts.os_build >= BUILD_1909
}

/// Windows 10 version 1903.
const BUILD_1903: u32 = 18_362;
/// Windows 10 version 1909.
const BUILD_1909: u32 = 18_363;
/// Windows 10 version 22H2, the oldest client that Microsoft serves; stands for "a version that Intune supports"
/// (B-1.3, assumed).
const OLDEST_SUPPORTED_BUILD: u32 = 19_045;
