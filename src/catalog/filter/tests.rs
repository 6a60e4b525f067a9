//! Expressions: what they mean and how they are refused.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]

use super::*;
use crate::facts::Facts;

fn device() -> Properties {
    let mut properties = Properties::of(&Facts::default(), "PC-0042");
    properties.set("device.Model", "Surface Book");
    properties.set("manufacturer", "Contoso");
    properties
}

fn matches(text: &str) -> bool {
    Filter::new("f", text).map(|filter| filter.matches(&device())).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    Filter::new("f", text).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
}

// B-12.14: comparisons ignore case.
#[test]
fn case_does_not_matter() {
    for text in [
        r#"device.model -eq "surface BOOK""#,
        r#"DEVICE.MODEL EQ "Surface Book""#,
        r#"(Device.Model -StartsWith "sur")"#,
        r#"device.model -endsWith "OOK""#,
        r#"device.model -contains "FACE B""#,
        r#"device.model -in ["x", "SURFACE book"]"#,
        r#"device.osversion -startswith "10.0.22""#,
        r#"device.deviceTrustType -eq "Microsoft Entra joined" AND device.deviceOwnership -eq "corporate""#,
        r#"device.deviceCategory -eq """#,
    ] {
        assert!(matches(text), "{text}");
    }
    for text in [
        r#"device.model -ne "surface BOOK""#,
        r#"device.model -notStartsWith "sur""#,
        r#"device.model -notEndsWith "ook""#,
        r#"device.model -notContains "face b""#,
        r#"device.model notIn ["x", "Surface Book"]"#,
        r#"not device.model -eq "Surface Book""#,
        r#"device.operatingSystemSKU -eq "Enterprise""#,
        r#"device.enrollmentProfileName -eq "none""#,
    ] {
        assert!(!matches(text), "{text}");
    }
}

// B-12.14: `and` binds tighter than `or`.
#[test]
fn and_binds_tighter_than_or() {
    let (yes, no) = (r#"device.model -eq "surface book""#, r#"device.model -eq "x""#);
    assert!(matches(&format!("{yes} or {no} and {no}")));
    assert!(!matches(&format!("({yes} or {no}) and {no}")));
    assert!(matches(&format!("{no} and {no} or {yes}")));
    assert!(matches(&format!("not {no} and {yes}")));
    assert!(!matches(&format!("not ({no} or {yes})")));
}

// B-12.14: text in double quotes; errors name the column and what was expected.
#[test]
fn errors_name_column_and_expectation() {
    for (text, error) in [
        ("", "column 1: expected a property such as device.model, `not` or `(`, found the end"),
        ("device.model -eq 'x'", "column 18: expected text in double quotes, found `'`"),
        ("device.model -eq x", "column 18: expected text in double quotes, found `x`"),
        (r#"device.model -eq "x"#, "column 18: the text that begins here has no closing double quote"),
        (r#"(device.model -eq "x""#, "column 22: expected `)`, found the end"),
        (r#"device.model -eq "x" "y""#, "column 22: expected `and`, `or` or the end, found \"y\""),
        (r#"device.model -in "x""#, "column 18: expected a list such as [\"a\", \"b\"], found \"x\""),
        (r#"device.model -in ["x" "y"]"#, "column 23: expected `,` or `]`, found \"y\""),
        (r#"device.modle -eq "x""#, "column 1: there is no property `device.modle`; did you mean `device.model`?"),
        (
            r#"device.osversoin -eq "x""#,
            "column 1: there is no property `device.osversoin`; did you mean `device.osVersion`?",
        ),
        (r#"model -eq "x""#, "column 1: expected a property such as device.model, `not` or `(`, found `model`"),
    ] {
        assert_eq!(refused(text), error);
    }
    assert!(refused(r#"device.model -like "x""#).starts_with("column 14: expected an operator: -eq,"));
}

// B-12.10: up to 3,072 characters.
#[test]
fn length_and_depth_are_limited() {
    let fitting = format!(r#"device.model -ne "{}""#, "x".repeat(3_072 - 19));
    assert_eq!(fitting.len(), 3_072);
    assert_eq!(refused(&fitting), "");
    assert_eq!(refused(&format!("{fitting} ")), "the expression has 3073 characters and may have 3072");
    let deep = format!(r#"{}device.model -eq "x"{}"#, "(".repeat(1_000), ")".repeat(1_000));
    assert_eq!(refused(&deep), "column 65: nested more than 64 deep");
    assert!(refused(&"not ".repeat(700)).ends_with("nested more than 64 deep"));
}

#[cfg(feature = "scenario")]
#[test]
fn a_filter_survives_being_written_down() {
    let filter = Filter::new("f", r#"device.model -eq "x""#);
    let written = serde_json::to_string(&filter.clone().ok()).unwrap_or_default();
    assert_eq!(serde_json::from_str::<Option<Filter>>(&written).ok().flatten(), filter.ok());
    assert!(serde_json::from_str::<Filter>(r#"{"name":"f","text":"x"}"#).is_err());
}
