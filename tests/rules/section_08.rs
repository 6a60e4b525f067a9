//! Rules of section 8 that no scenario can say: defaults and limits, the judgement of an output, and what is only a fact.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that is not met ends")]

use imesim::agent::{Agent, Context, Effect, Event, Input, PolicyEvent, RunOutcome, ServiceChange, Sink, Task};
use imesim::catalog::{CatalogError, Tenant};
use imesim::chance::Chance;
use imesim::content::{
    DiscoveryError, DiscoveryScript, DiscoverySetting, Item, Library, ValueKind, discovery_error, judge,
};
use imesim::facts::product::{
    ANALYTICS_SCOPES, BIOS_FILE_MAX, BIOS_PASSWORD_OUTLIVES_ENROLLMENT, BiosRefusal, CERTIFICATE_CHECK_LOG,
    INVENTORY_OUTLIVES_POLICY, InventoryUpload, OTHER_APPS_EVERY, STARTUP_DATA_SHOWN_WITHIN, analytics_processed,
    analytics_shown_by, bios_refusal, inventory_upload, unattended_remote_help,
};
use imesim::facts::{Facts, Feature, Join, Ownership};
use imesim::profile::{Profile, Version};
use imesim::protocol::{Answer, Assigned, Policies, PolicyId, Request, RunAs, Target, Workload};
use imesim::rules::RuleId;
use imesim::time::{Awake, Now, Span, Wall};

const START: Wall = Wall::from_unix_millis(1_767_600_000_000);

fn at(span: Span) -> Now {
    Now { wall: START.after(span), awake: Awake::MIN.after(span) }
}

#[derive(Default)]
struct Log {
    effects: Vec<Effect>,
    notes: Vec<(RuleId, Event)>,
}

impl Sink for Log {
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}

fn setting(name: &str, kind: ValueKind) -> DiscoverySetting {
    DiscoverySetting { name: name.to_owned(), kind }
}

/// C-8.4, B-8.20: A at 1 h is untagged; managed installer is active from 2 h; B at 3 h is tagged. Withdrawing it at 4 h
/// takes no tag back and does not end the tagging either. A scenario of the agent's side is beside it.
#[test]
fn only_what_is_installed_afterwards_is_tagged() {
    let (profile, facts) = (Profile::default().without_jitter(), Facts::default());
    let cx = Context::new(&profile, &facts, Chance::seeded(1, 0));
    let mut agent = Agent::absent();
    let mut log = Log::default();
    let mut give = |agent: &mut Agent, span: Span, input: Input<'_>| {
        let _ = agent.handle(&cx, at(span), input, &mut log);
    };
    give(&mut agent, Span::ZERO, Input::Installed(Version([1, 94, 0, 0])));
    give(&mut agent, Span::ZERO, Input::Service(ServiceChange::Started));
    let tagged_a = agent.tags_installs(at(Span::hours(1)));
    // 10 and 30 minutes before 2 h.
    give(&mut agent, Span::mins(80), Input::Policies(Policies::MANAGED_INSTALLER));
    assert_eq!(agent.enforcement_while_waiting(at(Span::mins(119))), Some(2012), "B-8.21");
    assert!(!agent.tags_installs(at(Span::mins(119))));
    assert!(agent.tags_installs(at(Span::hours(2))));
    assert_eq!(agent.enforcement_while_waiting(at(Span::hours(2))), None, "nothing waits any more");
    let tagged_b = agent.tags_installs(at(Span::hours(3)));
    give(&mut agent, Span::hours(4), Input::Policies(Policies::NONE));
    assert!(!tagged_a && tagged_b);
    assert!(agent.tags_installs(at(Span::hours(5))), "withdrawing does not remove it");
    assert_eq!(agent.enforcement_while_waiting(at(Span::hours(5))), None);
    let withdrawn = Event::Policy(PolicyEvent::ManagedInstallerWithdrawn { stays: true });
    assert!(log.notes.iter().any(|(_, event)| *event == withdrawn));
}

/// B-8.20: withdrawn before it is active, it never is.
#[test]
fn a_managed_installer_that_never_arrived_tags_nothing() {
    let (profile, facts) = (Profile::default(), Facts::default());
    let cx = Context::new(&profile, &facts, Chance::Lowest);
    let (mut agent, mut effects) = (Agent::absent(), Vec::new());
    let _ = agent.handle(&cx, at(Span::ZERO), Input::Installed(Version([1, 94, 0, 0])), &mut effects);
    let _ = agent.handle(&cx, at(Span::ZERO), Input::Policies(Policies::MANAGED_INSTALLER), &mut effects);
    let _ = agent.handle(&cx, at(Span::mins(39)), Input::Policies(Policies::NONE), &mut effects);
    assert!(!agent.tags_installs(at(Span::hours(9))));
}

/// B-8.21.
#[test]
fn waiting_for_managed_installer_has_a_state_of_its_own() {
    assert_eq!(imesim::protocol::app_codes::enforcement::MANAGED_INSTALLER_PENDING, 2012);
}

/// B-8.4: up to 1 MB of script, which is refused beyond.
#[test]
fn a_discovery_script_has_one_megabyte() {
    let profile = Profile::default();
    let script = |bytes| Item::Discovery(Box::new(DiscoveryScript { bytes, ..DiscoveryScript::default() }));
    let mut tenant = Tenant::builder(&profile);
    let id = tenant.item("fits", Feature::CustomCompliance, script(1_048_576)).unwrap();
    let refused = CatalogError::DiscoveryTooLarge { name: "large".to_owned(), bytes: 1_048_577, limit: 1_048_576 };
    assert_eq!(tenant.item("large", Feature::CustomCompliance, script(1_048_577)), Err(refused));
    let updated = tenant.update(START, id, script(1_048_577)).unwrap_err();
    assert!(updated.to_string().contains("`fits` has 1048577 bytes"), "{updated}");
}

/// B-8.4: up to 1 MB of output.
#[test]
fn an_output_has_one_megabyte() {
    let cc = Profile::default().cc;
    let output = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
    assert_eq!(output(1_048_576).len(), 1_048_576);
    assert_eq!(discovery_error(0, &output(1_048_576), &[], &cc), 0);
    assert_eq!(discovery_error(0, &output(1_048_577), &[], &cc), 65_009);
}

/// B-8.6.
#[test]
fn a_new_discovery_script_has_the_documented_defaults() {
    let script = DiscoveryScript::default();
    assert_eq!((script.run_as, script.host_bits, script.signature_check), (RunAs::System, 32, false));
}

/// B-8.5: the four errors, in their order, and the numbers that the profile gives them.
#[test]
fn an_output_is_judged() {
    use DiscoveryError::{Json, ScriptFailed, SettingMissing, Type};
    let wanted = [setting("Tpm", ValueKind::Boolean), setting("Bios", ValueKind::Version)];
    for (output, judged) in [
        (r#"{"Tpm":true,"Bios":"1.2"}"#, Ok(())),
        ("{\"Tpm\":true,\"Bios\":\"1.2\"}\r\n", Ok(())),
        ("{\"Tpm\":true,\n\"Bios\":\"1.2\"}", Err(Json)),
        ("{\"Tpm\":true,\"Bios\":\"1.2\"}\n\n", Err(Json)),
        (r#"{"Tpm": true,"Bios":"1.2"}"#, Err(Json)),
        (r#"{"Tpm":true,"Bios":"1.2""#, Err(Json)),
        (r#"[{"Tpm":true,"Bios":"1.2"}]"#, Err(Json)),
        (r#"{"Tpm":true,"Bios":"1.2"}{}"#, Err(Json)),
        ("", Err(Json)),
        (r#"{"Tpm":true}"#, Err(SettingMissing)),
        (r#"{"tpm":true,"Bios":"1.2"}"#, Err(SettingMissing)),
        (r#"{"Tpm":1}"#, Err(SettingMissing)),
        (r#"{"Tpm":1,"Bios":"1.2"}"#, Err(Type)),
        (r#"{"Tpm":true,"Bios":1.2}"#, Err(Type)),
        (r#"{"Tpm":null,"Bios":"1.2"}"#, Err(Type)),
        (r#"{"Tpm":false,"Tpm":true,"Bios":"1.2","More":{"deep":[1,-2.5e3,"\u00e9\ud83d\ude00"]}}"#, Ok(())),
    ] {
        assert_eq!(judge(output, &wanted), judged, "{output}");
    }
    let cc = Profile::default().cc;
    assert_eq!(
        [ScriptFailed, SettingMissing, Json, Type].map(|error| error.number(&cc)),
        [65_007, 65_008, 65_009, 65_010]
    );
    assert_eq!(discovery_error(3, r#"{"Tpm":true,"Bios":"1.2"}"#, &wanted, &cc), 65_007);
    let mut other = Profile::default();
    other.set("cc.error_json", "7").unwrap();
    assert_eq!(discovery_error(0, "Tpm", &wanted, &other.cc), 7);
}

/// B-8.5: values and the types that they are of.
#[test]
fn a_value_is_of_its_type() {
    for (kind, yes, no) in [
        (ValueKind::Boolean, vec!["true", "false"], vec!["1", "\"true\"", "null", "[true]"]),
        (
            ValueKind::Integer,
            vec!["0", "-5", "9223372036854775807"],
            vec!["1.0", "1e3", "9223372036854775808", "\"1\""],
        ),
        (ValueKind::Double, vec!["0", "1.5", "-1e-3"], vec!["\"1.5\"", "true"]),
        (ValueKind::Text, vec!["\"\"", "\"a\\n\""], vec!["1", "{}"]),
        (
            ValueKind::DateTime,
            vec!["\"2026-01-05\"", "\"2026-01-05T08:00:00\""],
            vec!["\"2026-02-30\"", "\"5 Jan\"", "1"],
        ),
        (ValueKind::Version, vec!["\"1.2\"", "\"10.0.22631.1\""], vec!["\"1\"", "\"1.2.3.4.5\"", "\"1.x\"", "1.2"]),
    ] {
        let judged = |value: &str| judge(&format!("{{\"v\":{value}}}"), &[setting("v", kind)]);
        assert!(yes.iter().all(|value| judged(value) == Ok(())), "{kind:?} {yes:?}");
        assert!(no.iter().all(|value| judged(value) == Err(DiscoveryError::Type)), "{kind:?} {no:?}");
    }
}

/// B-8.5: the reader takes what a JSON library takes, as long as it is an object without space between its parts.
#[cfg(feature = "scenario")]
#[test]
fn the_reader_agrees_with_a_json_library() {
    use proptest::prelude::*;
    let pieces = "[{}\\[\\],:\"\\\\a0-9.eE+truefalsn\u{1}é-]{0,14}";
    let fixed = proptest::test_runner::Config {
        cases: 20_000,
        rng_seed: proptest::test_runner::RngSeed::Fixed(8),
        failure_persistence: None,
        ..Default::default()
    };
    let mut accepted = 0;
    proptest::test_runner::TestRunner::new(fixed)
        .run(&(prop::bool::ANY, pieces), |(inside, text)| {
            let text = if inside { format!("{{\"k\":{text}}}") } else { text };
            let library = serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|value| value.is_object());
            // Numbers beyond the range of a double are the library's own refusal.
            let huge = text.contains(['e', 'E']);
            prop_assert!(huge || judge(&text, &[]).is_ok() == library, "{}", text);
            Ok(())
        })
        .unwrap();
    for text in
        ["{}", "{\"a\":[[],{},-0.5E+2]}", "{\"\\u0041\":\"\\ud83d\\ude00\"}", "{\"a\":01}", "{\"a\":\"\\ud83d\"}"]
    {
        let library = serde_json::from_str::<serde_json::Value>(text).is_ok();
        assert_eq!(judge(text, &[]).is_ok(), library, "{text}");
        accepted += usize::from(library);
    }
    assert_eq!(accepted, 3);
    assert_eq!(judge(&format!("{{\"a\":{}1{}}}", "[".repeat(900), "]".repeat(900)), &[]), Err(DiscoveryError::Json));
}

/// B-8.2, B-8.6, B-9.4: asked twice, what runs is not begun again; a fetch that brings nothing new writes nothing.
#[test]
fn asking_twice_runs_once() {
    let (profile, facts) = (Profile::default().without_jitter(), Facts::default());
    let mut library = Library::default();
    library.insert(PolicyId(1), 1, Item::Discovery(Box::default()));
    let cx = Context { library: &library, ..Context::new(&profile, &facts, Chance::Lowest) };
    let (mut agent, mut log) = (Agent::absent(), Log::default());
    let _ = agent.handle(&cx, at(Span::ZERO), Input::Installed(Version([1, 94, 0, 0])), &mut log);
    let _ = agent.handle(&cx, at(Span::ZERO), Input::Service(ServiceChange::Started), &mut log);
    let _ = agent.handle(&cx, at(Span::ZERO), Input::Tick, &mut log);
    let assigned = [Assigned { id: PolicyId(1), revision: 1, target: Target::Device }];
    let answer = Answer::Discovery((&assigned).into());
    let polled = |log: &Log| {
        let sent = log.effects.iter().rev().find_map(|effect| match effect {
            Effect::Send { token, request: Request::Poll { workload: Workload::Compliance, .. } } => Some(*token),
            _ => None,
        });
        sent.unwrap()
    };
    let runs = |log: &Log| {
        let runs = log.effects.iter().filter_map(|effect| match effect {
            Effect::Run { token, run } if run.task == Task::Discover => Some(*token),
            _ => None,
        });
        runs.collect::<Vec<_>>()
    };
    let token = polled(&log);
    let _ = agent.handle(&cx, at(Span::ZERO), Input::Answered { token, at: START, answer: &answer }, &mut log);
    assert_eq!(runs(&log).len(), 1);
    use imesim::agent::SyncRequest::{CheckCompliance, ProtocolSyncCompliance};
    for request in [CheckCompliance, ProtocolSyncCompliance, CheckCompliance] {
        let _ = agent.handle(&cx, at(Span::mins(1)), Input::Sync(request), &mut log);
    }
    assert_eq!(runs(&log).len(), 1, "it is running");
    // A host that does not judge the output proves nothing.
    let outcome = RunOutcome::Exited { code: 0, stderr: false, output: 5 };
    let done = Input::Completed { token: runs(&log)[0], outcome };
    let _ = agent.handle(&cx, at(Span::mins(2)), done, &mut log);
    assert_eq!((agent.discovery()[0].error, agent.discovery()[0].output), (65_009, 5));
    let _ = agent.handle(&cx, at(Span::mins(3)), Input::Sync(CheckCompliance), &mut log);
    assert_eq!(runs(&log).len(), 2, "asked for once more");
}

/// B-8.14: processed at the next point of a daily grid, shown after four days at the latest.
#[test]
fn analytics_data_take_their_time() {
    let profile = Profile::default();
    assert_eq!(analytics_processed(Span::mins(1), &profile), Span::hours(24));
    assert_eq!(analytics_processed(Span::hours(24), &profile), Span::hours(24));
    assert_eq!(analytics_processed(Span::hours(25), &profile), Span::hours(48));
    assert_eq!(analytics_shown_by(Span::hours(1), &profile), Span::hours(97));
    assert_eq!(STARTUP_DATA_SHOWN_WITHIN, Span::hours(24));
    assert!(analytics_processed(Span::hours(25), &profile) <= analytics_shown_by(Span::hours(25), &profile));
    assert_eq!(ANALYTICS_SCOPES, ["boot performance", "Windows updates"], "B-8.15");
}

/// B-8.16, B-8.17: what is inventoried by others than the agent.
#[test]
fn other_inventories_are_not_the_agents() {
    assert_eq!(OTHER_APPS_EVERY, Span::days(7));
    assert_eq!(inventory_upload(false, None), InventoryUpload::Full);
    assert_eq!(inventory_upload(true, None), InventoryUpload::Delta);
    assert_eq!(inventory_upload(true, Some(INVENTORY_OUTLIVES_POLICY)), InventoryUpload::Delta);
    assert_eq!(inventory_upload(true, Some(Span::hours(73))), InventoryUpload::Nothing);
}

/// B-8.19: unattended sessions.
#[test]
fn an_unattended_session_needs_the_right_device() {
    let facts = Facts::default();
    assert!(unattended_remote_help(&facts, true));
    assert!(unattended_remote_help(&Facts { join: Join::Hybrid, ..facts }, true));
    assert!(!unattended_remote_help(&facts, false));
    for wrong in [
        Facts { virtual_machine: true, ..facts },
        Facts { ownership: Ownership::Personal, ..facts },
        Facts { join: Join::Registered, ..facts },
        Facts { join: Join::None, ..facts },
    ] {
        assert!(!unattended_remote_help(&wrong, true), "{wrong:?}");
    }
}

/// B-8.22.
#[test]
fn a_bios_configuration_has_conditions() {
    let facts = Facts::default();
    assert_eq!(bios_refusal(&facts, "Dell Inc.", true, BIOS_FILE_MAX), None);
    assert_eq!(bios_refusal(&facts, "LENOVO", true, 1), Some(BiosRefusal::Vendor));
    assert_eq!(bios_refusal(&facts, "", true, 1), Some(BiosRefusal::Vendor));
    assert_eq!(bios_refusal(&facts, "Dell", false, 1), Some(BiosRefusal::VendorApp));
    let personal = Facts { ownership: Ownership::Personal, ..facts };
    assert_eq!(bios_refusal(&personal, "Dell", true, 1), Some(BiosRefusal::Ownership));
    let large = bios_refusal(&facts, "Dell", true, BIOS_FILE_MAX + 1).unwrap();
    assert!(large.to_string().contains("2097153 bytes"), "{large}");
    const { assert!(BIOS_PASSWORD_OUTLIVES_ENROLLMENT) };
}

/// B-8.23.
#[test]
fn the_certificate_task_has_a_log_of_its_own() {
    assert_eq!(CERTIFICATE_CHECK_LOG, "ClientCertCheck.log");
}
