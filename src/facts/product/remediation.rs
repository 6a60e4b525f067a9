//! What is fixed about remediations: their files, where their results lie, and who runs them.

use core::fmt::Display;

/// True if a script file of a remediation may have this content: UTF-8, and without a byte order mark where the signature
/// is checked.
///
/// Source: B-6.2.
pub fn remediation_file_is_right(bytes: &[u8], signature_check: bool) -> bool {
    core::str::from_utf8(bytes).is_ok() && !(signature_check && bytes.starts_with(BYTE_ORDER_MARK))
}

const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Under which execution policy the scripts of a remediation run.
///
/// Source: B-6.20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExecutionPolicy {
    /// Whatever the script is.
    Bypass,
    /// As the device has it; restricted on clients unless it was set otherwise.
    OfTheDevice,
}

/// The execution policy of a remediation with or without a signature check.
///
/// Source: B-6.20.
pub const fn remediation_execution_policy(signature_check: bool) -> ExecutionPolicy {
    if signature_check { ExecutionPolicy::OfTheDevice } else { ExecutionPolicy::Bypass }
}

/// The folder of the two scripts of a remediation, in one version.
///
/// Source: B-6.23.
pub fn remediation_folder(policy: impl Display, version: impl Display) -> String {
    format!(r"C:\Windows\IMECache\HealthScripts\{policy}_{version}")
}

/// The names of the two scripts within [`remediation_folder`].
///
/// Source: B-6.23.
pub const REMEDIATION_FILES: [&str; 2] = ["detect.ps1", "remediate.ps1"];

/// The registry key of when remediations ran.
///
/// Source: B-6.23.
pub const REMEDIATION_EXECUTION_KEY: &str =
    r"HKLM\SOFTWARE\Microsoft\IntuneManagementExtension\SideCarPolicies\Scripts\Execution";

/// The registry key of the result of a remediation for a user, in one version.
///
/// Source: B-6.23.
pub fn remediation_result_key(user: impl Display, policy: impl Display, version: impl Display) -> String {
    format!(
        r"HKLM\SOFTWARE\Microsoft\IntuneManagementExtension\SideCarPolicies\Scripts\Reports\{user}\{policy}_{version}\Result"
    )
}

/// What the engine behind remediations calls the kinds of its policies, by number.
///
/// Source: B-6.25.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum HealthPolicyKind {
    /// A remediation.
    Remediation = 6,
    /// Custom compliance.
    Compliance = 8,
    /// Managed installer.
    ManagedInstaller = 10,
}
