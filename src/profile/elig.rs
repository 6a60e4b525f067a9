//! Which devices may have the agent, and which of its work they get.

use super::Version;
use super::section::section;
use super::words::words;
use crate::time::Span;

section! {
    /// Which devices may have the agent, and what of it: `elig.*`.
    Eligibility at elig;

    /// Counts a script run that a wrong clock prevented as a try.
    clock_failure_counts: bool = false, "yes or no", "B-1.24";
    /// Sets how far the device's clock may be off before scripts no longer run.
    clock_skew_limit: Span = Span::days(30), "length of time" in "1s to 36500d", "B-1.24";
    /// Sets the lowest build of Windows on which a co-managed device runs scripts.
    comanaged_min_build: u32 = 14_393, "build" in "0 to 1000000", "B-1.21";
    /// Sets the version of .NET Framework below which the agent warns and works on.
    dotnet_recommended: Version = Version([4, 7, 2, 0]), "version", "B-1.8";
    /// Sets the lowest build of Windows that gets the agent.
    min_build: u32 = 14_393, "build" in "0 to 1000000", "B-1.1";
    /// Sets the lowest build of Windows that gets the agent after bulk enrolment.
    min_build_bulk: u32 = 16_299, "build" in "0 to 1000000", "B-1.2";
    /// Sets the lowest version of the agent that receives apps, scripts and remediations.
    min_ime_version: Version = Version([1, 58, 103, 0]), "version", "B-1.4";
    /// Holds work back from agents below the lowest version.
    min_ime_version_enforced: bool = true, "yes or no", "B-1.4";
    /// Chooses how the version of Windows is judged.
    os_rule: OsRule = OsRule::Builds, "choice", "B-1.3";
    /// Treats a device in S mode as having a supplemental policy that allows signed Win32 apps.
    smode_supplemental: bool = false, "yes or no", "B-1.7";
    /// Says which remediations run on a workplace-joined device.
    wpj_remediations: WpjRemediations = WpjRemediations::None, "choice", "B-1.10a";
    /// Says which scripts run on a workplace-joined device.
    wpj_scripts: WpjScripts = WpjScripts::DeviceContext, "choice", "B-1.13";
}

words! {
    /// How the version of Windows is judged.
    /// Source: B-1.3.
    OsRule {
        /// by the lowest builds `elig.min_build` and `elig.min_build_bulk`.
        Builds = "builds",
        /// by the list of versions that Intune supports.
        SupportedList = "supported_list",
    }
}

words! {
    /// Which remediations run on a workplace-joined device.
    /// Source: B-1.10a.
    WpjRemediations {
        /// no remediation, as documented.
        None = "none",
        /// those in device context, as observed.
        DeviceContext = "device_context",
    }
}

words! {
    /// Which scripts run on a workplace-joined device.
    /// Source: B-1.13.
    WpjScripts {
        /// those in device context.
        DeviceContext = "device_context",
        /// no script.
        None = "none",
    }
}

section! {
    /// Co-management: `comgt.*`.
    CoManagement at comgt;

    /// Delays the effect of a switch of the Apps workload on the agent.
    switch_delay: Span = Span::ZERO, "length of time" in "0s to 365d", "B-1.20a";
}
