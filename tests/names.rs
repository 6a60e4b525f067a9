//! The list of event names is complete: every variant of every enumeration behind it, in order, and no other.
#![allow(clippy::disallowed_methods, reason = "it reads the source")]

use std::fs;
use std::path::Path;

use imesim::sim::NAMES;

/// The enumerations behind the list, in its order, and what is put before their names.
const ENUMERATIONS: [(&str, &str, &str); 13] = [
    ("src/device/action.rs", "Action", ""),
    ("src/sim/observe.rs", "NetworkEvent", ""),
    ("src/sim/observe.rs", "HostEvent", ""),
    ("src/agent/event.rs", "Event", ""),
    ("src/agent/backoff.rs", "BackoffEvent", ""),
    ("src/agent/app/event.rs", "AppEvent", ""),
    ("src/agent/compliance/event.rs", "ComplianceEvent", ""),
    ("src/agent/inventory/event.rs", "InventoryEvent", ""),
    ("src/agent/policies.rs", "PolicyEvent", ""),
    ("src/agent/remediation/event.rs", "RemediationEvent", ""),
    ("src/mdm/event.rs", "Event", ""),
    ("src/device/interface.rs", "DeviceEvent", ""),
    ("src/service/event.rs", "Event", "service-"),
];

#[test]
fn every_event_has_its_name_in_the_list() {
    assert_eq!(NAMES.len(), ENUMERATIONS.len());
    for ((_, names), (file, name, before)) in NAMES.iter().zip(ENUMERATIONS) {
        let text =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a source file can be read");
        let expected: Vec<String> = variants(&text, name).iter().map(|variant| format!("{before}{variant}")).collect();
        assert!(!expected.is_empty(), "{file} has no {name}");
        assert_eq!(*names, expected, "{name} in {file}");
    }
}

/// The variants of an enumeration, in kebab case: the names that stand directly inside its braces. A variant that holds an
/// enumeration of events has no name of its own.
fn variants(text: &str, name: &str) -> Vec<String> {
    let head = format!("pub enum {name} {{\n");
    let body = text.split_once(head.as_str()).map_or("", |(_, body)| body);
    let lines: Vec<&str> = body.lines().take_while(|line| *line != "}").collect();
    let named = |(place, _): &(usize, &str)| *place == 0 || lines[place - 1].trim() != "#[serde(untagged)]";
    let named: Vec<&str> = lines.iter().copied().enumerate().filter(named).map(|(_, line)| line).collect();
    named
        .into_iter()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()) && !line.ends_with("Event),"))
        .map(|line| {
            let variant: String = line.chars().take_while(char::is_ascii_alphanumeric).collect();
            let mut kebab = String::new();
            for c in variant.chars() {
                if c.is_ascii_uppercase() && !kebab.is_empty() {
                    kebab.push('-');
                }
                kebab.push(c.to_ascii_lowercase());
            }
            kebab
        })
        .collect()
}
