//! Faults at any point: whenever they hit, what is assigned is there in the end, and nothing is broken on the way.
//!
//! Every world checks the invariants of its device after each input, as all tests do.
#![cfg(feature = "scenario")]

use imesim::chance::{Chance, Purpose};
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

/// What may happen to a device, each with its own end where it has one.
const MISHAPS: [&str; 24] = [
    "do = \"power-cut\"\nfor = \"7m\"",
    "do = \"power-off\"\nfor = \"3m\"",
    "do = \"slow-boot\"\nservice_after = \"9m\"",
    "do = \"reboot\"",
    "do = \"sleep\"\nfor = \"40m\"",
    "do = \"hibernate\"\nfor = \"1h\"",
    "do = \"network-down\"\nfor = \"30m\"",
    "do = \"name-resolution-off\"\nfor = \"30m\"",
    "do = \"captive-portal-on\"\nfor = \"20m\"",
    "do = \"vpn-change\"",
    "do = \"clock-step\"\nby = \"+3h\"",
    "do = \"clock-step\"\nby = \"-400d\"",
    "do = \"clock-drift\"\nby = \"-90s\"",
    "do = \"time-zone\"\nzone = \"Asia/Tokyo\"",
    "do = \"state-lost\"",
    "do = \"state-torn\"",
    "do = \"state-zeroed\"",
    "do = \"state-old\"",
    "do = \"state-read-only\"\nfor = \"50m\"",
    "do = \"disk-full\"\nfor = \"25m\"",
    "do = \"service-kill\"",
    "do = \"service-restart\"",
    "do = \"run-kill\"",
    "do = \"twin-check-in\"",
];

// Safety while it lasts: every world checks its device. Liveness when it is over: the app comes, if only after 24 hours
// (B-7.34), and nothing waits for ever.
#[test]
fn any_mixture_of_faults_is_got_over() {
    let story = STORY.replace("duration = \"3d\"", "duration = \"6d\"");
    let story = story.split("\n[[expect]]").next().expect("it has a head").to_owned();
    let (mut failed, mut begun_anew) = (Vec::new(), 0);
    for seed in 0..300 {
        let chance = Chance::seeded(seed, 0);
        let mut text = story.clone();
        for n in 0..8 {
            let mishap = MISHAPS[chance.below(MISHAPS.len() as u64, Purpose::Outcome, 2 * n) as usize];
            // Most of it while there is work to be cut off.
            let within = if n < 6 { 1_200 } else { 86_400 };
            let second = chance.below(within, Purpose::Outcome, 2 * n + 1);
            text += &format!("\n[[at]]\nat = \"{second}s\"\n{mishap}\n");
        }
        text +=
            "\n[[expect]]\nstate = { power = \"on\", agent = \"running\", \"apps.viewer.device.compliance\" = 1 }\n";
        let scenario = Scenario::parse(&text, "mixture.toml", &Overrides::default()).expect("the mixture is right");
        let outcome = scenario.run(None).expect("it can be run");
        begun_anew += outcome.lines.iter().filter(|line| line.event == "state-set-aside").count();
        failed.extend(outcome.failed.iter().map(|failed| format!("seed {seed}: {failed}\n{text}")));
    }
    assert!(failed.is_empty(), "{} failures, such as\n{}", failed.len(), failed[0]);
    assert!(begun_anew > 10, "damage showed {begun_anew} times only");
}
