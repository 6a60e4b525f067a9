//! Rules of section 5 that no scenario can say: what is refused when it is added, what is set if nothing is said, and
//! what the host of a script finds.
#![allow(clippy::panic, reason = "a test that is not met ends")]

use imesim::agent::{Event, RunRefusal};
use imesim::catalog::{CatalogError, ScriptContent, Tenant};
use imesim::driver::scripted::{Script, script};
use imesim::facts::product::{
    PROGRAM_FOLDER, RESULTS_FOLDER, SCRIPT_HOST_SWITCHES, SCRIPT_STATE_VALUES, script_host_bits, script_path,
    script_state_key, waits_for_input,
};
use imesim::profile::Profile;
use imesim::protocol::{PolicyId, RunAs, ScriptPolicy, ScriptResult, Target, UserId, Workload};

/// A script of some size.
fn sized(bytes: u32) -> ScriptContent {
    ScriptContent { bytes, ..ScriptContent::default() }
}

/// C-5.4, B-5.16: 204,799 bytes are accepted and 204,800 refused, unless the size is ignored.
#[test]
fn a_script_must_be_smaller_than_200_kb() {
    let profile = Profile::default();
    let mut tenant = Tenant::builder(&profile);
    assert!(tenant.script("fits", sized(204_799)).is_ok());
    assert_eq!(
        tenant.script("too-large", sized(204_800)),
        Err(CatalogError::ScriptTooLarge { name: "too-large".to_owned(), bytes: 204_800, limit: 204_800 })
    );

    let mut ignoring = Profile::default();
    ignoring.set("scripts.size_rule", "ignore").unwrap();
    let mut tenant = Tenant::builder(&ignoring);
    assert!(tenant.script("fits", sized(204_799)).is_ok());
    assert!(tenant.script("too-large", sized(204_800)).is_ok());
}

/// C-5.4, B-5.16: a scenario with such a script is refused with the place of the size.
#[cfg(feature = "scenario")]
#[test]
fn a_scenario_with_a_large_script_is_refused() {
    use imesim::scenario::{Overrides, Scenario};
    let text = "[[script]]\nname = \"large\"\nbytes = 204800\n\n[[device]]\nname = \"pc1\"\n";
    let error = Scenario::parse(text, "large.toml", &Overrides::default()).unwrap_err().to_string();
    assert!(error.starts_with("large.toml:3:9"), "{error}");
    assert!(error.contains("204800 bytes and must have fewer than 204800"), "{error}");
}

/// B-5.17: a script runs as System, without a check of its signature, in the 32-bit host, if nothing else is said.
#[test]
fn a_new_script_has_the_defaults_of_graph() {
    let script = ScriptContent::default();
    assert_eq!(script.run_as, RunAs::System);
    assert!(!script.signature_check);
    assert_eq!(script.host_bits, 32);
}

/// B-5.18: a script asks for the 32-bit or the 64-bit host; there is no third.
#[test]
fn there_are_two_hosts() {
    let profile = Profile::default();
    let mut tenant = Tenant::builder(&profile);
    for bits in [32, 64] {
        let content = ScriptContent { host_bits: bits, ..ScriptContent::default() };
        assert!(tenant.script(&format!("bits-{bits}"), content).is_ok());
    }
    let content = ScriptContent { host_bits: 16, ..ScriptContent::default() };
    assert_eq!(tenant.script("old", content), Err(CatalogError::HostBits { name: "old".to_owned(), bits: 16 }));
}

/// B-5.22: the file of a run is named after a user id and a policy id, so two runs of one script never share a name.
/// The file itself is the host's affair; what names it goes with every run.
#[test]
fn a_run_is_named_by_user_and_policy() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).reports_in_background();
    t = t.set("scripts.rerun_per_user", "false").installed("1.94.0.0");
    t.at("0s").signs_in(1).service_starts();
    let both = ScriptPolicy { target: Target::Both, ..script(1) };
    t.expect_poll(Workload::Script).for_user(1).answer_scripts([both]);
    for user in [UserId(1), UserId::DEVICE] {
        t.expect_run(1).exits(0);
        let Event::ScriptRun { policy: PolicyId(1), user: named, .. } = t.expect_note("B-5.3") else {
            panic!("a run is noted")
        };
        assert_eq!(named, user);
    }
    t.expect_quiet_until("8h");
}

/// B-5.23: a file that is not the one that was delivered is not run. That is a failure like any other, and tried again.
#[test]
fn a_tampered_script_fails() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).reports_in_background().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).attempt(1).refused(RunRefusal::Tampered);
    let Event::ScriptResult { result: ScriptResult::Failed, .. } = t.expect_note("B-5.23") else {
        panic!("the run fails")
    };
    t.at("8h").expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).attempt(2).exits(0);
}

/// B-5.18: both the script and Windows have a say.
#[test]
fn a_64_bit_host_needs_a_64_bit_windows() {
    for (windows_is_64, wants_64, bits) in [(false, false, 32), (false, true, 32), (true, false, 32), (true, true, 64)]
    {
        assert_eq!(script_host_bits(windows_is_64, wants_64), bits);
    }
}

/// B-5.21: nothing keeps a script from asking. One that asks hangs, and the limit ends it (B-5.15).
#[test]
fn a_script_that_asks_is_not_refused_its_question() {
    assert!(waits_for_input(&SCRIPT_HOST_SWITCHES));
    assert!(!waits_for_input(&["-NoProfile", "-noninteractive"]));
    assert!(SCRIPT_HOST_SWITCHES.contains(&"-NoProfile"));
}

/// B-5.22: the file of a script, and the folder of its results.
#[test]
fn a_script_is_written_below_the_program() {
    assert_eq!(
        script_path("u-1", "p-2"),
        r"C:\Program Files (x86)\Microsoft Intune Management Extension\Policies\Scripts\u-1_p-2.ps1"
    );
    assert_ne!(script_path("u-1", "p-2"), script_path("u-2", "p-2"));
    assert_eq!(RESULTS_FOLDER, format!(r"{PROGRAM_FOLDER}\Policies\Results"));
}

/// B-5.26: a key for each user and policy, with six values.
#[test]
fn what_is_remembered_of_a_script_lies_under_user_and_policy() {
    assert_eq!(script_state_key("u-1", "p-2"), r"HKLM\SOFTWARE\Microsoft\IntuneManagementExtension\Policies\u-1\p-2");
    assert_eq!(SCRIPT_STATE_VALUES.len(), 6);
    assert!(SCRIPT_STATE_VALUES.contains(&"DownloadCount"));
}
