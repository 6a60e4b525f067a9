//! What is fixed about the product: names, places, codes and limits that no parameter changes.
//!
//! A run does not depend on most of them; they are here for whoever writes a driver for a real Windows, reads its
//! registry and logs, or wants the answer to a question about a limit.
//!
//! | to read | file |
//! |---|---|
//! | what things are called and where they lie | `names.rs` |
//! | files, keys and numbers of remediations | `remediation.rs` |
//! | analytics, inventory, Remote Help, managed installer, BIOS | `workloads.rs` |
//! | what is too much, too early or not supported | `limits.rs` |

mod limits;
mod names;
mod remediation;
mod workloads;

pub use limits::{
    BULK_TOKEN_LIFETIME, InstallContext, Shown, USER_SESSION_POLL_EVERY, USER_SESSIONS_AT_ONCE,
    WPJ_RUNS_USER_REQUIREMENT_SCRIPTS, WpjInstall, bulk_token_is_valid, next_release, package_fits,
    remote_help_notifies, script_host_bits, shown_within, user_session_poll, waits_for_input, wpj_install_context,
};
pub use names::{
    DATA_FOLDER, ENDPOINTS, HEALTH_PROGRAM, HEALTH_REPORT, HEALTH_RULES, HEALTH_TASK, LOG_FOLDER, PORTS,
    PROGRAM_FOLDER, ProductCode, RESULTS_FOLDER, SCRIPT_HOST_SWITCHES, SCRIPT_STATE_VALUES, SERVICE_ACCOUNT,
    SERVICE_DISPLAY_NAME, SERVICE_NAME, SERVICE_START, UPGRADE_CODE, job_key, product_code, script_path,
    script_state_key,
};
pub use remediation::{
    ExecutionPolicy, HealthPolicyKind, REMEDIATION_EXECUTION_KEY, REMEDIATION_FILES, remediation_execution_policy,
    remediation_file_is_right, remediation_folder, remediation_result_key,
};
pub use workloads::{
    ANALYTICS_SCOPES, BIOS_FILE_MAX, BIOS_PASSWORD_OUTLIVES_ENROLLMENT, BIOS_VENDOR, BiosRefusal,
    CERTIFICATE_CHECK_LOG, INVENTORY_OUTLIVES_POLICY, InventoryUpload, OTHER_APPS_EVERY, STARTUP_DATA_SHOWN_WITHIN,
    WAITS_FOR_MANAGED_INSTALLER, analytics_processed, analytics_shown_by, bios_refusal, inventory_upload,
    unattended_remote_help,
};
