//! Rules of remediations that a scenario cannot say by itself.
#![cfg(feature = "scenario")]

use imesim::catalog::{CatalogError, Tenant};
use imesim::content::Item;
use imesim::facts::Feature;
use imesim::facts::product::{
    ExecutionPolicy, HealthPolicyKind, REMEDIATION_FILES, remediation_execution_policy, remediation_file_is_right,
    remediation_folder, remediation_result_key,
};
use imesim::profile::Profile;
use imesim::scenario::{Overrides, Scenario};
use imesim::time::Span;

fn with_remediation(keys: &str) -> String {
    format!(
        "duration = '2h'\njitter = 'off'\n[[remediation]]\nname = 'r'\nassign = ['all-devices']\n{keys}\n[[device]]\nname = 'pc1'\n"
    )
}

/// B-6.1: one package more than a tenant may have is refused, by name.
#[test]
fn a_tenant_has_no_more_than_200_remediations() {
    let profile = Profile::default();
    let mut builder = Tenant::builder(&profile);
    let mut add = |n: u32| builder.item(&format!("r{n}"), Feature::Remediation, Item::Remediation(Box::default()));
    for n in 0..200 {
        add(n).expect("200 are allowed");
    }
    let error = add(200).expect_err("one more is not");
    assert!(matches!(error, CatalogError::TooManyRemediations { .. }), "{error}");
    assert!(error.to_string().contains("r200") && error.to_string().contains("200"), "{error}");
}

/// B-6.5: an hourly schedule has 1 to 23 hours; the mistake is named with its place.
#[test]
fn hours_of_a_schedule_are_1_to_23() {
    for (hours, is_right) in [(0, false), (1, true), (23, true), (24, false)] {
        let text = with_remediation(&format!("schedule = {{ hourly = {hours} }}"));
        let read = Scenario::parse(&text, "hours.toml", &Overrides::default());
        assert_eq!(read.is_ok(), is_right, "{hours}");
        if let Err(error) = read {
            let text = error.to_string();
            assert!(text.starts_with("hours.toml:6:") && text.contains("23"), "{text}");
        }
    }
}

/// B-6.22: a script that restarts the device is flagged, and nothing else follows.
#[test]
fn a_remediation_that_restarts_the_device_is_flagged() {
    let explain = |keys: &str| {
        let scenario = Scenario::parse(&with_remediation(keys), "flag.toml", &Overrides::default()).unwrap();
        let explanation = scenario.explain("pc1", Span::mins(30)).unwrap();
        explanation.items.iter().filter(|line| line.rule.to_string() == "B-6.22").count()
    };
    assert_eq!((explain("restarts = true"), explain("")), (1, 0));
}

/// B-6.4, B-6.9, B-6.11: an explanation says when a remediation runs next, and by which rule.
#[test]
fn an_explanation_says_when_a_remediation_runs_next() {
    let text = with_remediation("schedule = { daily = '09:00' }");
    let scenario = Scenario::parse(&text, "next.toml", &Overrides::default()).unwrap();
    let explanation = scenario.explain("pc1", Span::mins(30)).unwrap();
    let line = explanation.items.iter().find(|line| line.text.contains("remediation `r`")).expect("it is explained");
    assert!(line.text.contains("runs next at") && line.text.contains("09:00:08"), "{}", line.text);
    assert_eq!(line.rule.to_string(), "B-6.11");
}

/// B-6.2: files are UTF-8, and without a byte order mark where the signature is checked.
#[test]
fn files_of_a_remediation_are_utf_8() {
    let mark = "\u{FEFF}exit 0".as_bytes();
    for (bytes, signature_check, is_right) in [
        ("exit 0 # ü".as_bytes(), false, true),
        ("exit 0 # ü".as_bytes(), true, true),
        (mark, false, true),
        (mark, true, false),
        (&[0xFF, 0xFE, b'e', 0], false, false),
    ] {
        assert_eq!(remediation_file_is_right(bytes, signature_check), is_right, "{bytes:?} {signature_check}");
    }
}

/// B-6.20: with a signature check the device's own execution policy holds, and an unsigned script is not started.
#[test]
fn a_signature_check_changes_the_execution_policy() {
    assert_eq!(remediation_execution_policy(false), ExecutionPolicy::Bypass);
    assert_eq!(remediation_execution_policy(true), ExecutionPolicy::OfTheDevice);
    let results = |keys: &str| {
        let scenario = Scenario::parse(&with_remediation(keys), "signed.toml", &Overrides::default()).unwrap();
        let lines = scenario.run(None).unwrap().lines;
        let result = lines.into_iter().find(|line| line.event == "remediation-result").expect("it has a result");
        result.details["outcome"].as_str().map(str::to_owned)
    };
    assert_ne!(results("signature_check = true"), results("signature_check = true\nsigned = true"));
    assert_eq!(results(""), results("signature_check = true\nsigned = true"));
}

/// B-6.23, B-6.25.
#[test]
fn files_keys_and_kinds_have_their_names() {
    assert_eq!(remediation_folder("ab-1", 3), r"C:\Windows\IMECache\HealthScripts\ab-1_3");
    assert_eq!(REMEDIATION_FILES, ["detect.ps1", "remediate.ps1"]);
    assert!(
        remediation_result_key("00-0", "ab-1", 3).ends_with(r"\SideCarPolicies\Scripts\Reports\00-0\ab-1_3\Result")
    );
    let kinds = [HealthPolicyKind::Remediation, HealthPolicyKind::Compliance, HealthPolicyKind::ManagedInstaller];
    assert_eq!(kinds.map(|kind| kind as u8), [6, 8, 10]);
}
