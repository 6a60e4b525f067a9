//! What is fixed about the product: names, places, codes and limits that no parameter changes.
//!
//! A run does not depend on most of them; they are here for whoever writes a driver for a real Windows, reads its
//! registry and logs, or wants the answer to a question about a limit.
//!
//! | to read | file |
//! |---|---|
//! | what things are called and where they lie | `names.rs` |
//! | files, keys and numbers of apps | `apps.rs` |
//! | what the numbers mean under which apps are reported | `app_codes.rs`, and [`app_codes`](crate::protocol::app_codes) |
//! | files, keys and numbers of remediations | `remediation.rs` |
//! | analytics, inventory, Remote Help, managed installer, BIOS | `workloads.rs` |
//! | what is too much, too early or not supported | `limits.rs` |

mod app_codes;
mod apps;
mod limits;
mod names;
mod remediation;
mod workloads;

pub use app_codes::{
    action_words, desired_words, esp_agent_words, install_context_words, target_words, targeting_words,
};
pub use apps::{
    APP_CACHE_CLEANED_AFTER, APP_STATE_VALUES, APPS_KEY, APPS_OPERATIONAL_STATE_KEY, APPS_REPORTING_KEY,
    CONTENT_INCOMING, CONTENT_STAGING, DIAGNOSTICS_TAKE, ESP_HYBRID_ALLOWANCE, INSTALLER_HOST_BITS, InstallerRights,
    MANAGED_INSTALLER_VALUE, SetUp, StoreUpdates, app_cache_folder, app_state_key, app_status_key, grs_value,
    installer_rights, intent_number, log_collection_fits, may_mix_msi_and_win32, store_updates,
};
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
    analytics_processed, analytics_shown_by, bios_refusal, inventory_upload, unattended_remote_help,
};

pub use crate::protocol::app_codes::{
    app_error::app_error_words, applicability::applicability_words, compliance::compliance_words,
    enforcement::enforcement_words, esp_app::esp_app_words,
};
