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

/// What an explanation says of the remediation `r` at a time, in a story with these keys of it and these further tables.
fn explained(keys: &str, tables: &str, at: Span) -> Vec<String> {
    let text = format!("{}mdm_schedule = false\nusers = ['anna', 'ben']\n{tables}", with_remediation(keys));
    let scenario =
        Scenario::parse(&text, "waits.toml", &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
    let explanation = scenario.explain("pc1", at).unwrap();
    let lines = explanation.items.iter().filter(|line| line.text.contains("remediation `r`"));
    lines.map(|line| format!("{} {}", line.text, line.rule)).collect()
}

/// B-6.9, B-6.12, B-6.13, B-6.14, B-6.21: what is due says what it waits for, and what is not due does not.
#[test]
fn an_explanation_says_what_a_remediation_waits_for() {
    let daily = "schedule = { daily = '01:00' }";
    let user = "schedule = { daily = '01:00' }\nrun_as = 'user'";
    let at = |at: &str, what: &str| format!("[[at]]\nat = '{at}'\ndo = {what}\n");
    let anna = at("10m", "'sign-in'\nuser = 'anna'");
    let esp = at("30m", "'esp'\nphase = 'device-setup'");
    let long = "[[remediation]]\nname = 'long'\nassign = ['all-devices']\nschedule = { daily = '00:59' }\n\
                detect = { duration = '30m' }\n";
    let (before, after) = (Span::mins(50), Span::mins(70));
    let stopped = at("1m", "'service-stop'");
    for (keys, tables, time, expected) in [
        ("", String::new(), Span::mins(2), "runs for the first time in 3m B-6.9"),
        ("", stopped, Span::mins(2), "is due, and is queued by the next fetch B-6.9"),
        ("detect = { duration = '30m' }", String::new(), Span::mins(6), "runs now B-6.14"),
        (user, String::new(), before, "runs next at"),
        (user, String::new(), after, "is due, and waits for a signed-in user B-6.21"),
        (user, anna.clone(), after, "; its last run ended with status 4 B-6.11"),
        (daily, esp.clone(), before, "runs next at"),
        (daily, esp.clone(), after, "is due, and waits for the end of the enrollment page B-6.12"),
        (user, esp, after, "is due, and waits for the end of the enrollment page B-6.12"),
        (daily, long.to_owned(), after, "is due, and waits for its turn B-6.13"),
        (user, format!("{long}{anna}"), after, "is due, and waits for its turn B-6.13"),
        (user, long.to_owned(), after, "is due, and waits for a signed-in user B-6.21"),
    ] {
        let lines = explained(keys, &tables, time);
        assert!(lines.len() == 1 && lines[0].contains(expected), "{keys}\n{tables}\nat {time}: {lines:?}");
    }
}

/// B-12.8: what targets a user is explained by whether that user is there, not by who signed in last.
#[test]
fn an_explanation_of_a_users_remediation_is_about_that_user() {
    let keys = "schedule = { daily = '01:00' }\n[[remediation]]\nname = 'long'\nassign = ['all-devices']\n\
                schedule = { daily = '00:59' }\ndetect = { duration = '30m' }";
    let text = with_remediation(keys).replace(
        "assign = ['all-devices']\nschedule = { daily = '01",
        "assign = ['all-users']\nschedule = { daily = '01",
    );
    let both = "[[at]]\nat = '5m'\ndo = 'sign-in'\nuser = 'anna'\n[[at]]\nat = '10m'\ndo = 'sign-in'\nuser = 'ben'\n";
    let out = "[[at]]\nat = '20m'\ndo = 'sign-out'\nuser = 'anna'\n";
    for (more, anna) in [("", "waits for its turn"), (out, "waits for a signed-in user")] {
        let text = format!("{text}mdm_schedule = false\nusers = ['anna', 'ben']\n{both}{more}");
        let scenario =
            Scenario::parse(&text, "users.toml", &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
        let explanation = scenario.explain("pc1", Span::mins(70)).unwrap();
        for (user, waits) in [("anna", anna), ("ben", "waits for its turn")] {
            let is_it = |text: &str| text.contains("remediation `r`") && text.contains(&format!("for {user}:"));
            let line = explanation.items.iter().find(|line| is_it(&line.text));
            assert!(line.is_some_and(|line| line.text.contains(waits)), "{user} {more} {:?}", explanation.items);
        }
    }
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
    let ended = |keys: &str| {
        let scenario = Scenario::parse(&with_remediation(keys), "signed.toml", &Overrides::default()).unwrap();
        let lines = scenario.run(None).unwrap().lines;
        let ended = lines.into_iter().find(|line| line.event == "remediation-ended").expect("it ended");
        ended.details["exit_code"].as_i64()
    };
    assert_eq!([ended("signature_check = true"), ended("")], [Some(-2), Some(0)]);
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
