//! Rules of section 7 that no scenario can say: what is refused, what the numbers mean, and where things lie.
#![cfg(feature = "scenario")]
#![allow(clippy::unwrap_used, reason = "a test that is not met ends")]

use imesim::content::{AppKind, RestartBehavior};
use imesim::facts::product::{
    APP_CACHE_CLEANED_AFTER, APP_STATE_VALUES, APPS_KEY, APPS_OPERATIONAL_STATE_KEY, APPS_REPORTING_KEY,
    CONTENT_INCOMING, CONTENT_STAGING, ESP_HYBRID_ALLOWANCE, INSTALLER_HOST_BITS, InstallerRights,
    MANAGED_INSTALLER_VALUE, PROGRAM_FOLDER, SetUp, StoreUpdates, action_words, app_cache_folder, app_error_words,
    app_state_key, app_status_key, applicability_words, compliance_words, desired_words, enforcement_words,
    esp_agent_words, esp_app_words, grs_value, install_context_words, installer_rights, intent_number,
    log_collection_fits, may_mix_msi_and_win32, store_updates, target_words, targeting_words,
};
use imesim::protocol::{Intent, PolicyId, RunAs};
use imesim::relations::{self, Limits, Relation, RelationError, Relations};
use imesim::scenario::{Overrides, Scenario};
use imesim::time::Span;

const ZEROS: &str = "00000000-0000-0000-0000-000000000000";

/// Reads a scenario of these apps; the error's text if it is refused.
fn read(apps: &str, set: &[&str]) -> Result<(), String> {
    let text = format!("duration = '1h'\n{apps}\n[[device]]\nname = 'pc1'\n");
    let pair = |pair: &&str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let set = set.iter().filter_map(pair).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    Scenario::parse(&text, "apps.toml", &overrides).map(drop).map_err(|error| error.to_string())
}

/// Apps of which the first depends on all others.
fn with_dependencies(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|n| format!("'d{n}'")).collect();
    let mut text = format!("[[app]]\nname = 'top'\ndepends_on = [{}]\n", names.join(", "));
    names.iter().for_each(|name| text.push_str(&format!("[[app]]\nname = {name}\n")));
    text
}

/// Apps of which the first supersedes all others.
fn with_superseded(count: usize) -> String {
    with_dependencies(count).replace("depends_on", "supersedes")
}

// B-7.1.
#[test]
fn intents_have_their_numbers() {
    let all = [None, Some(Intent::Available), Some(Intent::Required), Some(Intent::Uninstall)];
    assert_eq!(all.map(intent_number), [0, 1, 3, 4]);
}

// B-7.6, B-7.6a.
#[test]
fn the_rights_of_an_installer_are_those_of_its_context() {
    assert_eq!(INSTALLER_HOST_BITS, 32);
    assert_eq!(installer_rights(RunAs::System, false), InstallerRights::LocalSystem);
    assert_eq!(installer_rights(RunAs::System, true), InstallerRights::LocalSystem);
    assert_eq!(installer_rights(RunAs::User, true), InstallerRights::Administrator);
    assert_eq!(installer_rights(RunAs::User, false), InstallerRights::StandardUser);
}

// B-7.8: win32.script_installer_max_kb.
#[test]
fn an_installer_script_has_50_kilobytes() {
    let script = |kb: u32| format!("[[app]]\nname = 'a'\ninstaller_script_kb = {kb}\n");
    assert_eq!(read(&script(50), &[]), Ok(()));
    let error = read(&script(51), &[]).unwrap_err();
    assert!(error.starts_with("apps.toml:4:") && error.contains("51") && error.contains("50"), "{error}");
    assert_eq!(read(&script(51), &["win32.script_installer_max_kb=60"]), Ok(()));
}

// B-7.12.
#[test]
fn at_most_one_rule_looks_for_a_product_code() {
    let rules = |count: u32| format!("[[app]]\nname = 'a'\nproduct_code_rules = {count}\n");
    assert_eq!(read(&rules(1), &[]), Ok(()));
    assert!(read(&rules(2), &[]).is_err());
}

// B-7.21: 1 minute to 1,440.
#[test]
fn the_limit_of_an_install_is_at_most_a_day() {
    let limit = |text: &str| read(&format!("[[app]]\nname = 'a'\ninstall_limit = '{text}'\n"), &[]).is_ok();
    assert_eq!(["1m", "1d", "1441m", "30s"].map(limit), [true, true, false, false]);
}

// B-1.9: win32.max_package_gb.
#[test]
fn a_package_has_30_gigabytes() {
    let package = |gb: u32| format!("[[app]]\nname = 'a'\npackage_gb = {gb}\n");
    assert_eq!(read(&package(30), &[]), Ok(()));
    assert!(read(&package(31), &[]).is_err());
    assert_eq!(read(&package(31), &["win32.max_package_gb=40"]), Ok(()));
}

// B-7.19.
#[test]
fn content_has_its_folders() {
    for folder in [CONTENT_INCOMING, CONTENT_STAGING] {
        assert!(folder.starts_with(PROGRAM_FOLDER), "{folder}");
    }
    assert!(CONTENT_INCOMING.ends_with(r"\Content\Incoming") && CONTENT_STAGING.ends_with(r"\Content\Staging"));
    assert_eq!(app_cache_folder("ab-1", 3), r"C:\Windows\IMECache\ab-1_3");
    assert_eq!(APP_CACHE_CLEANED_AFTER, Span::secs(20));
}

// B-7.27.
#[test]
fn restart_behaviors_have_their_numbers() {
    let all = [
        RestartBehavior::ByReturnCode,
        RestartBehavior::AppMayForce,
        RestartBehavior::Suppress,
        RestartBehavior::Force,
    ];
    assert_eq!(all.map(|behavior| behavior as u8), [0, 1, 2, 3]);
}

// B-7.29: a grace period of at most two weeks, and a snooze that is not longer.
#[test]
fn a_grace_period_has_limits() {
    let grace = |table: &str| {
        let text = format!("[[app]]\nname = 'a'\nassign = [{{ group = 'all-devices', restart_grace = {table} }}]\n");
        read(&text, &[]).is_ok()
    };
    assert!(grace("true") && grace("{ grace = '14d' }") && grace("{ grace = '1h', snooze = '1h' }"));
    assert!(!grace("{ grace = '337h' }") && !grace("{ grace = '1h', snooze = '2h' }"));
}

// B-7.35: the hash is a text of 44 characters in base64, another one for other content.
#[test]
fn grs_values_lie_under_user_hash_and_app() {
    let relations = Relations::build([(PolicyId(0), relations::AppKind::Win32)], &[], &Limits::default()).unwrap();
    let hash = |revision| relations.subgraph_of(PolicyId(0)).unwrap().content_hash(|_| revision).to_string();
    assert_eq!(hash(1).len(), 44);
    assert_ne!(hash(1), hash(2), "B-7.36");
    let value = grs_value(ZEROS, hash(1), "ab-1");
    assert!(value.starts_with(APPS_KEY) && value.contains(r"\GRS\") && value.ends_with(r"=\ab-1"), "{value}");
}

// B-7.40: win32.max_graph_nodes, 101 or 100.
#[test]
fn an_app_has_100_dependencies() {
    assert_eq!(read(&with_dependencies(100), &[]), Ok(()));
    let error = read(&with_dependencies(101), &[]).unwrap_err();
    assert!(error.contains("102 apps hang together by dependencies, and 101 may"), "{error}");
    assert_eq!(read(&with_dependencies(99), &["win32.max_graph_nodes=100"]), Ok(()));
    assert!(read(&with_dependencies(100), &["win32.max_graph_nodes=100"]).is_err());
}

// B-7.40: graphs that share a dependency are summed, and it counts once: 23 + 62 + 20 apps are 103.
#[test]
fn graphs_that_share_a_dependency_are_one() {
    let graphs = |sizes: [usize; 3]| {
        let mut text = "[[app]]\nname = 'shared'\n".to_owned();
        for (graph, size) in sizes.into_iter().enumerate() {
            let names: Vec<String> = (0..size - 2).map(|n| format!("'g{graph}-{n}'")).collect();
            names.iter().for_each(|name| text.push_str(&format!("[[app]]\nname = {name}\n")));
            text.push_str(&format!("[[app]]\nname = 'top{graph}'\ndepends_on = ['shared', {}]\n", names.join(", ")));
        }
        text
    };
    let error = read(&graphs([23, 62, 20]), &[]).unwrap_err();
    assert!(error.contains("hang together by dependencies, and 101 may"), "{error}");
    assert!(read(&graphs([23, 62, 19]), &[]).is_err());
    assert_eq!(read(&graphs([23, 62, 18]), &[]), Ok(()));
}

// B-7.40a.
#[test]
fn a_dependency_is_a_win32_app() {
    let store = "[[app]]\nname = 'store'\ntype = 'store-uwp'\n[[app]]\nname = 'a'\n";
    let error = read(&format!("{store}depends_on = 'store'\n"), &[]).unwrap_err();
    assert!(error.contains("only Win32 apps have relations"), "{error}");
}

// B-7.46.
#[test]
fn an_app_in_a_relation_cannot_be_removed() {
    let [a, b, c, d] = [0, 1, 2, 3].map(PolicyId);
    let all = [a, b, c, d].map(|app| (app, relations::AppKind::Win32));
    let related = [Relation::dependency(a, b, true), Relation::supersedence(c, a, false)];
    let relations = Relations::build(all, &related, &Limits::default()).unwrap();
    for app in [a, b, c] {
        assert!(matches!(relations.check_removal(app), Err(RelationError::InUse { .. })), "{app:?}");
    }
    assert_eq!(relations.check_removal(d), Ok(()));
}

// B-7.48: win32.max_supersedence_nodes, 11 or 10.
#[test]
fn a_graph_of_supersedence_has_11_nodes() {
    assert_eq!(read(&with_superseded(10), &[]), Ok(()));
    let error = read(&with_superseded(11), &[]).unwrap_err();
    assert!(error.contains("12 apps hang together by supersedence, and 11 may"), "{error}");
    assert!(read(&with_superseded(10), &["win32.max_supersedence_nodes=10"]).is_err());
    assert_eq!(read(&with_superseded(9), &["win32.max_supersedence_nodes=10"]), Ok(()));
}

// B-7.48: win32.max_superseding.
#[test]
fn an_app_is_superseded_by_10() {
    let superseding = |count: usize| {
        let uppers = (0..count).map(|n| format!("[[app]]\nname = 'u{n}'\nsupersedes = 'old'\n"));
        format!("[[app]]\nname = 'old'\n{}", uppers.collect::<String>())
    };
    assert_eq!(read(&superseding(10), &[]), Ok(()));
    let error = read(&superseding(11), &["win32.max_supersedence_nodes=20"]).unwrap_err();
    assert!(error.contains("superseded by 11 apps, and 10 may"), "{error}");
    assert_eq!(read(&superseding(11), &["win32.max_supersedence_nodes=20", "win32.max_superseding=11"]), Ok(()));
}

// B-7.54: esp.max_blocking.
#[test]
fn the_status_page_waits_for_100_apps() {
    let esp = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("'a{n}'")).collect();
        let apps = names.iter().map(|name| format!("[[app]]\nname = {name}\n"));
        format!("[esp]\nblocking = [{}]\n{}", names.join(", "), apps.collect::<String>())
    };
    assert_eq!(read(&esp(100), &[]), Ok(()));
    assert!(read(&esp(101), &[]).is_err());
    assert_eq!(read(&esp(101), &["esp.max_blocking=101"]), Ok(()));
    assert_eq!(ESP_HYBRID_ALLOWANCE, Span::mins(40));
}

// B-7.56.
#[test]
fn the_status_page_has_words_for_its_states() {
    let apps = [1, 2, 3, 4].map(|state| esp_app_words(state).unwrap());
    assert_eq!(apps, ["not installed", "in progress", "completed", "error"]);
    let agent = [1, 2, 3, 4].map(|state| esp_agent_words(state).unwrap());
    assert_eq!(agent, ["not installed", "not required", "completed", "error"]);
    assert_eq!([0, 5].map(esp_app_words), [None, None]);
}

// B-7.57.
#[test]
fn kinds_of_apps_are_mixed_in_device_preparation_alone() {
    assert!(!may_mix_msi_and_win32(SetUp::StatusPage) && may_mix_msi_and_win32(SetUp::DevicePreparation));
}

// B-7.58.
#[test]
fn states_have_their_places() {
    assert_eq!(
        app_state_key(ZEROS, "ab-1", 3),
        format!(r"HKLM\SOFTWARE\Microsoft\IntuneManagementExtension\Win32Apps\{ZEROS}\ab-1_3")
    );
    assert!(app_status_key("u", "ab-1").ends_with(r"\SideCarPolicies\StatusServiceReports\u\ab-1"));
    assert!(APPS_OPERATIONAL_STATE_KEY.ends_with(r"\Win32Apps\OperationalState"));
    assert!(APPS_REPORTING_KEY.ends_with(r"\Win32Apps\Reporting"));
    assert!(MANAGED_INSTALLER_VALUE.ends_with(r"\SideCarPolicies\ManagedInstallerEnabled"));
    assert_eq!(APP_STATE_VALUES, ["ComplianceStateMessage", "EnforcementStateMessage"]);
}

// B-7.61.
#[test]
fn log_collection_has_limits() {
    assert!(log_collection_fits(250, 25));
    // B-13.11: and so do the diagnostics of a device, which take their time.
    assert_eq!(imesim::facts::product::DIAGNOSTICS_TAKE, [imesim::time::Span::mins(15), imesim::time::Span::mins(20)]);
    assert!(!log_collection_fits(251, 1) && !log_collection_fits(1, 26));
}

// T-7.1.
#[test]
fn states_of_compliance_have_words() {
    let words = |all: &[u8], of: fn(u8) -> Option<&'static str>| -> Vec<&'static str> {
        let known: Vec<u8> = (0..=u8::MAX).filter(|number| of(*number).is_some()).collect();
        assert_eq!(known, all);
        all.iter().filter_map(|number| of(*number)).collect()
    };
    assert_eq!(
        words(&[1, 2, 4, 5, 100], compliance_words),
        ["installed", "not installed", "error", "unknown", "cleanup"]
    );
    assert_eq!(words(&[0, 1, 2, 3, 4], desired_words), ["none", "not present", "present", "unknown", "available"]);
    assert_eq!(words(&[0, 1], targeting_words), ["direct", "as a dependency"]);
    assert_eq!(words(&[0, 1, 2, 3], target_words), ["none", "user", "device", "user and device"]);
    assert_eq!(words(&[1, 2], install_context_words), ["user", "device"]);
    assert_eq!(words(&[0, 10, 100, 110], action_words), ["detect", "install", "update", "replace"]);
}

// T-7.2.
#[test]
fn states_of_applicability_have_words() {
    let known: Vec<u16> = (0..2000).filter(|number| applicability_words(*number).is_some()).collect();
    assert_eq!(known, [&[0, 1, 3][..], &(1000..=1012).collect::<Vec<u16>>()].concat());
    assert_eq!(applicability_words(1010), Some("assignment filter not met"));
    assert_eq!(applicability_words(1012), Some("user context in a check-in of the device"), "B-7.7");
    assert_eq!(applicability_words(1011), Some("unknown reason"));
}

// T-7.3.
#[test]
fn states_of_enforcement_have_words() {
    let mut all = vec![1000, 1003, 1004, 1005, 1006, 1007, 2000, 3000, 4000, 5000, 5003, 5006, 5015, 5999];
    all.extend((1011..=1018).chain(2007..=2013).chain(6000..=6013));
    all.sort_unstable();
    let known: Vec<u16> = (0..=u16::MAX).filter(|number| enforcement_words(*number).is_some()).collect();
    assert_eq!(known, all);
    assert_eq!(enforcement_words(2012), Some("managed installer pending"), "B-8.21");
    assert_eq!(enforcement_words(6004), Some("automatic install of a dependency is off"), "B-7.41");
}

// T-7.4.
#[test]
fn error_codes_have_words() {
    assert_eq!(app_error_words(-2_016_345_060), Some("not detected after a successful install"));
    assert_eq!(app_error_words(-2_016_214_937), Some("the downloaded content could not be unzipped"));
    let all = [
        0x87D1_041C_u32,
        0x87D3_0000,
        0x87D3_0004,
        0x87D3_0065,
        0x87D3_0067,
        0x87D3_0068,
        0x87D3_006A,
        0x87D3_00C9,
        0x87D3_00CD,
        0x8007_0002,
        0x8007_0005,
        0x8018_0026,
    ];
    for code in all {
        assert!(app_error_words(code.cast_signed()).is_some(), "{code:#X}");
    }
    for unknown in [0, 0x8007_0004_u32, 0x8007_026B] {
        assert_eq!(app_error_words(unknown.cast_signed()), None, "{unknown:#X}");
    }
}

// B-8.9.
#[test]
fn store_apps_are_updated_by_their_kind() {
    assert_eq!(store_updates(AppKind::Win32), None);
    assert_eq!(store_updates(AppKind::StoreWin32), Some(StoreUpdates::Intune));
    assert_eq!(store_updates(AppKind::StoreUwp), Some(StoreUpdates::Store));
}
