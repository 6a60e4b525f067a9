//! What things of the product are called, and where they lie on a device.

use core::fmt::{self, Display};

use crate::profile::Version;

/// The name of the Windows service, as commands take it.
///
/// Source: B-2.16.
pub const SERVICE_NAME: &str = "IntuneManagementExtension";
/// The name of the Windows service, as the services console shows it.
///
/// Source: B-2.16.
pub const SERVICE_DISPLAY_NAME: &str = "Microsoft Intune Management Extension";
/// The account of the Windows service.
///
/// Source: B-2.16.
pub const SERVICE_ACCOUNT: &str = "LocalSystem";
/// The start type of the Windows service; set to manual, it may be missing after the next restart of the device.
///
/// Source: B-2.16.
pub const SERVICE_START: &str = "automatic";

/// The folder of the program.
///
/// The seed page calls [`LOG_FOLDER`] the place of installation, which no other source confirms; only logs and other
/// data are there. The program has no entry in the Start menu.
///
/// Source: B-2.17.
pub const PROGRAM_FOLDER: &str = r"C:\Program Files (x86)\Microsoft Intune Management Extension";
/// The folder of logs and cache.
///
/// Source: B-2.17.
pub const DATA_FOLDER: &str = r"C:\ProgramData\Microsoft\IntuneManagementExtension";
/// The folder of the logs, within [`DATA_FOLDER`].
///
/// Source: B-2.17.
pub const LOG_FOLDER: &str = r"C:\ProgramData\Microsoft\IntuneManagementExtension\Logs";

/// The code that all versions of the agent's package share; by it a newer version finds the older one and replaces it.
///
/// Source: B-2.9.
pub const UPGRADE_CODE: ProductCode = ProductCode(0x9FE9701C_0F89_40B4_B77A_AA65607E87D8);

/// A GUID of Windows Installer, printed as `{9FE9701C-0F89-40B4-B77A-AA65607E87D8}`.
///
/// Source: B-2.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductCode(pub u128);

impl Display for ProductCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0;
        let [a, b, c, d, e] =
            [n >> 96, (n >> 80) & 0xFFFF, (n >> 64) & 0xFFFF, (n >> 48) & 0xFFFF, n & 0xFFFF_FFFF_FFFF];
        write!(f, "{{{a:08X}-{b:04X}-{c:04X}-{d:04X}-{e:012X}}}")
    }
}

/// The product code of a version of the agent: always the same, and another one for each version.
///
/// The real codes are not published as a list, so these are made up; only that they differ is known.
///
/// Source: B-2.9.
pub const fn product_code(version: Version) -> ProductCode {
    let [a, b, c, d] = version.0;
    let number = (a as u64) << 48 | (b as u64) << 32 | (c as u64) << 16 | d as u64;
    // Each step can be undone, so no two versions share the upper half.
    let upper = mix(number);
    ProductCode((upper as u128) << 64 | mix(upper) as u128)
}

/// The finalizer of SplitMix64, a one-to-one map.
const fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ (n >> 31)
}

/// The registry key in which Windows keeps the install job of a product: its status and its current URL.
///
/// Source: B-2.8.
pub fn job_key(code: ProductCode) -> String {
    let device = "S-0-0-00-0000000000-0000000000-000000000-000";
    format!(r"HKLM\SOFTWARE\Microsoft\EnterpriseDesktopAppManagement\{device}\MSI\{code}")
}

/// The file in which a script stands while it runs, and no longer.
///
/// Takes the ids of the user and of the policy as Windows spells them.
///
/// Source: B-5.22.
pub fn script_path(user: impl Display, policy: impl Display) -> String {
    format!(r"{PROGRAM_FOLDER}\Policies\Scripts\{user}_{policy}.ps1")
}

/// The folder of the files in which scripts leave their results.
///
/// Source: B-5.22.
pub const RESULTS_FOLDER: &str = r"C:\Program Files (x86)\Microsoft Intune Management Extension\Policies\Results";

/// The registry key of what the agent remembers of a script; without it the script runs again.
///
/// Takes the ids of the user and of the policy as Windows spells them.
///
/// Source: B-5.26.
pub fn script_state_key(user: impl Display, policy: impl Display) -> String {
    format!(r"HKLM\SOFTWARE\Microsoft\IntuneManagementExtension\Policies\{user}\{policy}")
}

/// The values under [`script_state_key`].
///
/// Source: B-5.26.
pub const SCRIPT_STATE_VALUES: [&str; 6] =
    ["Result", "ErrorCode", "DownloadCount", "ResultDetails", "RunAsAccount", "LastUpdatedTimeUtc"];

/// The switches with which the host of a script without a signature check is started.
///
/// There is none that forbids asking the user, so a script that does ask stays until its time limit; see
/// [`waits_for_input`](super::waits_for_input).
///
/// Source: B-5.20, B-5.21.
pub const SCRIPT_HOST_SWITCHES: [&str; 3] = ["-NoProfile", "-ExecutionPolicy", "Bypass"];

/// The scheduled task of the daily health check.
///
/// Source: B-10.8.
pub const HEALTH_TASK: &str = "Intune Management Extension Health Evaluation";
/// The program that the task starts.
///
/// Source: B-10.8.
pub const HEALTH_PROGRAM: &str = "ClientHealthEval.exe";
/// The file of the rules that the program goes through.
///
/// Source: B-10.8.
pub const HEALTH_RULES: &str = "HealthCheck.xml";
/// The file of the results.
///
/// Source: B-10.9.
pub const HEALTH_REPORT: &str = "ClientHealth.log";

/// What a device has to reach; the first of these must not be behind a proxy that inspects TLS, and Delivery Optimization
/// asks for parts of files.
///
/// Source: B-1.27.
pub const ENDPOINTS: [&str; 5] =
    ["Intune service", "Win32 content CDN", "Delivery Optimization", "Entra sign-in", "Windows push notifications"];
/// The TCP ports on which it has to reach them.
///
/// Source: B-1.27.
pub const PORTS: [u16; 2] = [80, 443];
