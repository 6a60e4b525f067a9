//! What is fixed about the smaller workloads of the agent: analytics, inventory, Remote Help, managed installer, BIOS.

use super::super::{Facts, Join, Ownership};
use crate::profile::Profile;
use crate::time::Span;

/// When data that an analytics job collected are processed at the earliest, counted like `collected` from the moment at which
/// the service begins its grid: at its next point, `ea.process_interval` apart.
///
/// Source: B-8.14.
pub fn analytics_processed(collected: Span, profile: &Profile) -> Span {
    let every = profile.ea.process_interval.as_millis().max(1);
    Span::millis(collected.as_millis().div_ceil(every).saturating_mul(every))
}

/// When such data are in the reports at the latest, `ea.max_latency` after they were collected.
///
/// Source: B-8.14.
pub fn analytics_shown_by(collected: Span, profile: &Profile) -> Span {
    collected.saturating_add(profile.ea.max_latency)
}

/// How long after the restart that gave the first startup data a device may be missing from the reports.
///
/// Source: B-8.14.
pub const STARTUP_DATA_SHOWN_WITHIN: Span = Span::hours(24);

/// What the analytics plug-in collects.
///
/// Source: B-8.15.
pub const ANALYTICS_SCOPES: [&str; 2] = ["boot performance", "Windows updates"];

/// How often apps other than Win32 apps are inventoried, which is not the agent's work.
///
/// Source: B-8.16.
pub const OTHER_APPS_EVERY: Span = Span::days(7);

/// What an MDM check-in uploads of the newer app inventory, which is not the agent's work either.
///
/// Source: B-8.17.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InventoryUpload {
    /// Everything: the first time.
    Full,
    /// What has changed since.
    Delta,
    /// Nothing: the policy has been gone for too long.
    Nothing,
}

/// For how long the newer app inventory goes on after its policy was removed.
///
/// Source: B-8.17.
pub const INVENTORY_OUTLIVES_POLICY: Span = Span::days(3);

/// What an MDM check-in uploads of the newer app inventory; `removed` is how long ago its policy was removed, if it was.
///
/// Source: B-8.17.
pub fn inventory_upload(uploaded_before: bool, removed: Option<Span>) -> InventoryUpload {
    if removed.is_some_and(|ago| ago > INVENTORY_OUTLIVES_POLICY) {
        InventoryUpload::Nothing
    } else if uploaded_before {
        InventoryUpload::Delta
    } else {
        InventoryUpload::Full
    }
}

/// True if a Remote Help session without anybody at the device is possible: on a physical x64 device of the company that is
/// joined, to Entra alone or hybrid.
///
/// Source: B-8.19.
pub fn unattended_remote_help(facts: &Facts, is_x64: bool) -> bool {
    let joined = match facts.join {
        Join::Entra | Join::Hybrid => true,
        Join::None | Join::Registered => false,
    };
    let corporate = match facts.ownership {
        Ownership::Corporate => true,
        Ownership::Personal => false,
    };
    is_x64 && joined && corporate && !facts.virtual_machine
}

/// Why a BIOS configuration is not applied.
///
/// Source: B-8.22.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum BiosRefusal {
    /// The device's maker is not supported.
    #[error("the device is not made by {BIOS_VENDOR}")]
    Vendor,
    /// The device is not the company's.
    #[error("the device is personal")]
    Ownership,
    /// The maker's own app, which does the work, is not installed.
    #[error("the vendor's app is not installed")]
    VendorApp,
    /// The file is too large.
    #[error("the configuration file has {bytes} bytes; at most {BIOS_FILE_MAX} are accepted")]
    Size {
        /// Its size.
        bytes: u32,
    },
}

/// The only maker whose devices are supported.
///
/// Source: B-8.22.
pub const BIOS_VENDOR: &str = "Dell";
/// The largest configuration file, in bytes: 2 MB.
///
/// Source: B-8.22.
pub const BIOS_FILE_MAX: u32 = 2 * 1024 * 1024;
/// A BIOS password that was set by a configuration is still there after the device was un-enrolled.
///
/// Source: B-8.22.
pub const BIOS_PASSWORD_OUTLIVES_ENROLLMENT: bool = true;

/// Why a BIOS configuration is not applied to a device, or `None` if it is, at its next check-in.
///
/// Source: B-8.22.
pub fn bios_refusal(facts: &Facts, vendor: &str, vendor_app: bool, bytes: u32) -> Option<BiosRefusal> {
    if vendor.get(..BIOS_VENDOR.len()).is_none_or(|start| !start.eq_ignore_ascii_case(BIOS_VENDOR)) {
        Some(BiosRefusal::Vendor)
    } else if facts.ownership == Ownership::Personal {
        Some(BiosRefusal::Ownership)
    } else if !vendor_app {
        Some(BiosRefusal::VendorApp)
    } else {
        (bytes > BIOS_FILE_MAX).then_some(BiosRefusal::Size { bytes })
    }
}

/// The log file of the scheduled task that checks the device's MDM client certificate.
///
/// Source: B-8.23.
pub const CERTIFICATE_CHECK_LOG: &str = "ClientCertCheck.log";
