//! Faults at any point: whenever they hit, what is assigned is there in the end, and nothing is broken on the way.
//!
//! Every world checks the invariants of its device after each input, as all tests do.
#![cfg(feature = "scenario")]

use imesim::scenario::{Overrides, Scenario};

/// A script of two minutes and an app of eight, on a device to which something happens.
const STORY: &str = r#"
duration = "3d"
jitter = "off"

[network]
latency = "2s"

[[script]]
name = "vpn"
outcome = { duration = "2m" }
assign = ["all-devices"]

[[app]]
name = "viewer"
download = { duration = "3m" }
install = { duration = "5m" }
assign = ["all-devices"]

[[device]]
name = "pc1"
mdm_schedule = false

[[expect]]
state = { power = "on", agent = "running", "scripts.vpn.device.result" = "success", "apps.viewer.device.compliance" = 1 }

[[expect]]
event = "app-appeared"
count = 1
"#;

/// What fails if these things happen so many seconds after the start.
fn failures(second: u64, faults: &[&str]) -> Vec<String> {
    let mut text = STORY.to_owned();
    for fault in faults {
        text += &format!("\n[[at]]\nat = \"{second}s\"\n{fault}\n");
    }
    let scenario = Scenario::parse(&text, "story.toml", &Overrides::default()).expect("the story is right");
    let outcome = scenario.run(None).expect("it can be run");
    outcome.failed.iter().map(|failed| format!("{faults:?} after {second} s: {failed}")).collect()
}

/// Lets it happen at every third second of the first twelve minutes, in which all of the work is done.
fn at_any_point(faults: &[&str]) {
    let failed: Vec<String> = (0..240).flat_map(|third| failures(third * 3, faults)).collect();
    assert!(failed.is_empty(), "{} failures, such as\n{}", failed.len(), failed[..failed.len().min(3)].join("\n"));
}

// B-5.10, B-7.21: what was begun is begun again, and what was done is not.
#[test]
fn a_power_cut_at_any_point_costs_nothing_but_time() {
    at_any_point(&["do = \"power-cut\"\nfor = \"10m\""]);
}

#[test]
fn two_power_cuts_after_one_another_cost_nothing_but_time() {
    at_any_point(&["do = \"power-cut\"\nfor = \"1m\"\nevery = \"90s\"\ntimes = 2"]);
}

#[test]
fn an_agent_without_its_state_begins_anew() {
    for fault in ["state-lost", "state-torn", "state-zeroed", "state-old"] {
        at_any_point(&[&format!("do = \"{fault}\""), "do = \"service-kill\""]);
    }
}

#[test]
fn an_agent_with_an_old_state_goes_on_from_there() {
    at_any_point(&["do = \"state-read-only\"\nfor = \"5m\"", "do = \"service-kill\"\nevery = \"100s\"\ntimes = 2"]);
}

#[test]
fn a_slow_boot_or_another_network_costs_nothing_but_time() {
    at_any_point(&["do = \"slow-boot\"\nservice_after = \"4m\""]);
    at_any_point(&["do = \"vpn-change\""]);
    at_any_point(&["do = \"hibernate\"\nfor = \"2h\""]);
}
