//! What holds for every parameter, and the tables of the catalogue.

use super::*;
use crate::chance::SpanRange;
use crate::time::Span;

/// Every parameter with its default, as appendix A has it, then those of our own.
const DEFAULTS: [(&str, &str, &str); 88] = [
    ("assign.mixed_exclusion", "ignored", "B-12.2"),
    ("cc.fetch_interval", "28800 s", "B-8.1"),
    ("comgt.switch_delay", "0 s", "B-1.20a"),
    ("elig.clock_failure_counts", "false", "B-1.24"),
    ("elig.clock_skew_limit", "30 d", "B-1.24"),
    ("elig.comanaged_min_build", "14393", "B-1.21"),
    ("elig.dotnet_recommended", "4.7.2", "B-1.8"),
    ("elig.min_build", "14393", "B-1.1"),
    ("elig.min_build_bulk", "16299", "B-1.2"),
    ("elig.min_ime_version", "1.58.103.0", "B-1.4"),
    ("elig.min_ime_version_enforced", "true", "B-1.4"),
    ("elig.os_rule", "builds", "B-1.3"),
    ("elig.smode_supplemental", "false", "B-1.7"),
    ("elig.wpj_remediations", "none", "B-1.10a"),
    ("elig.wpj_scripts", "device_context", "B-1.13"),
    ("health.period", "86400 s", "B-10.8"),
    ("health.random_delay", "[0, 3600]", "B-10.8"),
    ("ime.answer_timeout", "100 s", "ours"),
    ("ime.available_app_interval", "28800 s", "B-4.4"),
    ("ime.company_portal_scope", "all", "B-4.15"),
    ("ime.first_delay.available_app", "[0,300]", "B-4.11"),
    ("ime.first_delay.generic", "[300,1800]", "B-4.11"),
    ("ime.first_delay.required_app", "[0,300]", "B-4.11"),
    ("ime.first_delay.script", "[0,1800]", "B-4.11"),
    ("ime.http_attempts", "3", "B-4.24"),
    ("ime.on_429", "abandon", "B-4.25"),
    ("ime.overlap", "drop", "B-4.28"),
    ("ime.profile", "per_workload", "B-4.2"),
    ("ime.push_app_workload", "true", "B-4.19"),
    ("ime.push_delay", "6 s", "B-4.19"),
    ("ime.remediation_interval", "28800 s", "B-4.6"),
    ("ime.required_app_interval", "3600 s", "B-4.3"),
    ("ime.script_idle_interval", "86400 s", "B-4.5"),
    ("ime.script_interval", "28800 s", "B-4.5"),
    ("ime.self_throttle_limit", "20", "B-4.26"),
    ("ime.signin_delay", "30 s", "B-4.17"),
    ("ime.start_delay_all", "[30,59]", "B-4.9"),
    ("ime.start_delay_other", "[30,300]", "B-4.9"),
    ("ime.start_delay_ps_win32", "[30,240]", "B-4.9"),
    ("ime.timers_count", "awake", "B-4.27"),
    ("install.duration_s", "120", "B-2.10"),
    ("install.retry_count", "3", "B-2.5"),
    ("install.retry_count_excludes_first", "true", "B-2.7"),
    ("install.retry_interval_min", "5", "B-2.5"),
    ("install.timeout_min", "5", "B-2.5"),
    ("mdm.answer_timeout", "100 s", "ours"),
    ("mdm.late_tolerance", "60 s", "ours"),
    ("mdm.lost_contact_days", "none", "B-3.14"),
    ("mdm.maintenance_cap_applies", "steady_timer_only", "B-3.4"),
    ("mdm.maintenance_min_gap", "23400 s", "B-3.4"),
    ("mdm.notify_delay", "60 s", "B-3.7"),
    ("mdm.notify_on_change", "true", "B-3.7"),
    ("mdm.phase1", "(180 s, 5)", "B-3.3"),
    ("mdm.phase2", "(900 s, 8)", "B-3.3"),
    ("mdm.poll_on_login", "true", "B-3.6"),
    ("mdm.steady_interval", "28800 s", "B-3.3"),
    ("push.pending_cap", "20", "B-4.21"),
    ("remotehelp.new_device_delay", "3600 s", "B-2.18"),
    ("removal.after_detect", "0 s", "B-10.5a"),
    ("removal.grace_after_unassign", "0 s", "B-10.4"),
    ("removal.irrecoverable_after", "86400 s", "B-10.6"),
    ("removal.keeps_history", "false", "B-10.15"),
    ("removal.rule_a", "no_triggers_left", "B-10.3"),
    ("removal.unmanaged_retry", "86400 s", "B-10.5"),
    ("scripts.count_on", "fetch", "B-5.10"),
    ("scripts.failed_poll_counts", "false", "B-5.9"),
    ("scripts.max_bytes", "204800", "B-5.16"),
    ("scripts.max_retries", "3", "B-5.3"),
    ("scripts.quirk_bitness_change", "false", "B-5.18a"),
    ("scripts.report_delay", "5 s", "B-5.25"),
    ("scripts.rerun_per_user", "true", "B-5.11"),
    ("scripts.size_rule", "reject", "B-5.16"),
    ("scripts.stderr_is_failure", "true", "B-5.24"),
    ("scripts.timeout", "1800 s", "B-5.15"),
    ("svc.group_sync_delay", "300 s", "B-3.16"),
    ("svc.location_cache_ttl", "24 h", "B-13.5"),
    ("svc.rate_limit", "none", "B-13.4"),
    ("svc.report_retry", "next_check_in", "B-13.7"),
    ("svc.targeting_delay", "0 s", "B-13.12"),
    ("svc.virtual_group_delay", "0 s", "B-12.4"),
    ("update.period_days", "30", "B-2.14"),
    ("update.size_mb", "10", "B-2.14"),
    ("win32.max_package_gb", "30", "B-1.9"),
    ("wns.cache_when_offline", "false", "B-3.9"),
    ("wns.channel_lifetime", "30 d", "B-3.11"),
    ("wns.expired_retry_after", "[20h, 28h]", "ours"),
    ("wns.renew_at", "15 d", "B-3.11"),
    ("wns.retry_after", "[3h, 5h]", "ours"),
];

/// The parameters that are random delays, with their value when jitter is off.
const JITTER: [(&str, &str); 10] = [
    ("health.random_delay", "0s"),
    ("ime.first_delay.available_app", "0s"),
    ("ime.first_delay.generic", "0s"),
    ("ime.first_delay.required_app", "0s"),
    ("ime.first_delay.script", "0s"),
    ("ime.start_delay_all", "0s"),
    ("ime.start_delay_other", "0s"),
    ("ime.start_delay_ps_win32", "0s"),
    ("wns.expired_retry_after", "1d"),
    ("wns.retry_after", "4h"),
];

/// The default profile with these values set.
fn with(values: &[(&str, &str)]) -> Result<Profile, ParamError> {
    let mut profile = Profile::default();
    values.iter().try_for_each(|(name, value)| profile.set(name, value))?;
    Ok(profile)
}

fn refusal(name: &str, value: &str) -> String {
    let mut profile = Profile::default();
    let error = profile.set(name, value).map_err(|error| error.to_string());
    assert_eq!(profile, Profile::default(), "a refused value changes nothing");
    error.err().unwrap_or_default()
}

#[test]
fn the_list_of_parameters_and_their_rules_is_that_of_the_catalogue() {
    let listed: Vec<_> = params().map(|param| (param.name, param.rule)).collect();
    let expected: Vec<_> = DEFAULTS.iter().map(|(name, _, rule)| (*name, *rule)).collect();
    assert_eq!(listed, expected);
    assert!(listed.is_sorted());
}

#[test]
fn every_default_is_that_of_the_catalogue() {
    for (name, text, _) in DEFAULTS {
        assert_eq!(with(&[(name, text)]), Ok(Profile::default()), "{name}");
    }
}

#[test]
fn every_value_prints_as_it_is_read() {
    for name in Profile::NAMES {
        for profile in Profile::named(name).map(|p| [p.clone(), p.without_jitter()]).into_iter().flatten() {
            let mut copy = Profile::default();
            for param in params() {
                let text = (param.get)(&profile);
                assert_eq!((param.set)(&mut copy, &text), Ok(()), "{}", param.name);
                assert_eq!(copy.get(param.name), Ok(text), "{}", param.name);
            }
            assert_eq!(copy, profile, "{name}");
            assert_eq!(profile.check(), Ok(()), "{name}");
        }
    }
}

#[test]
fn a_parameter_sets_one_field_and_no_other() {
    for (name, value) in [
        ("elig.dotnet_recommended", "4.8"),
        ("ime.first_delay.script", "[30s,1m]"),
        ("ime.http_attempts", "1"),
        ("mdm.lost_contact_days", "30"),
        ("mdm.phase1", "1m x 3"),
        ("ime.overlap", "queue_one"),
        ("ime.push_app_workload", "false"),
    ] {
        let changed = with(&[(name, value)]).map(|profile| {
            params().filter(|p| (p.get)(&profile) != (p.get)(&Profile::default())).map(|p| p.name).collect::<Vec<_>>()
        });
        assert_eq!(changed, Ok(vec![name]));
    }
}

#[test]
fn names_with_three_parts_set_the_fields_they_name() {
    let set = |name: &str| with(&[(name, "7s")]).map(|profile| profile.ime);
    let (seven, ime) = (SpanRange::exactly(Span::secs(7)), Ime::default());
    let expected = [
        ("available_app", Ime { first_delay_available_app: seven, ..ime.clone() }),
        ("generic", Ime { first_delay_generic: seven, ..ime.clone() }),
        ("required_app", Ime { first_delay_required_app: seven, ..ime.clone() }),
        ("script", Ime { first_delay_script: seven, ..ime }),
    ];
    for (workload, ime) in expected {
        assert_eq!(set(&format!("ime.first_delay.{workload}")), Ok(ime));
    }
}

#[test]
fn values_are_read_in_all_their_forms() {
    for (name, text, printed) in [
        ("ime.start_delay_all", "[30,59]", "[30s,59s]"),
        ("ime.start_delay_all", " [ 30 s , 1m ] ", "[30s,1m]"),
        ("ime.start_delay_all", "40", "40s"),
        ("ime.start_delay_all", "[40s,40]", "40s"),
        ("mdm.phase1", "180s x 5", "3m x 5"),
        ("mdm.phase1", "(180 s, 5)", "3m x 5"),
        ("mdm.phase1", "2mx0", "2m x 0"),
        ("svc.rate_limit", "60", "60"),
        ("svc.rate_limit", "none", "none"),
        ("elig.min_ime_version", "1.94", "1.94.0.0"),
        ("ime.script_interval", "90m", "1h30m"),
        ("ime.profile", "uniform_8h", "uniform_8h"),
    ] {
        assert_eq!(with(&[(name, text)]).and_then(|profile| profile.get(name)), Ok(printed.to_owned()), "{text}");
    }
}

#[test]
fn a_value_out_of_range_is_refused_with_its_range() {
    let range = |value: &str, name: &str, allowed: &str| {
        assert_eq!(refusal(name, value), format!("`{value}` is out of range for `{name}`; allowed: {allowed}"));
    };
    range("0s", "ime.script_interval", "1s to 365d");
    range("366d", "ime.script_interval", "1s to 365d");
    range("5h", "mdm.notify_delay", "0s to 4h");
    range("[0,25h]", "ime.first_delay.script", "0s to 1d");
    range("1001", "scripts.max_retries", "0 to 1000");
    range("99999999999", "scripts.max_retries", "0 to 1000");
    range("0", "mdm.lost_contact_days", "1 to 36500");
    range("3m x 1001", "mdm.phase1", "1s x 0 to 365d x 1000");
    range("0s x 5", "mdm.phase2", "1s x 0 to 365d x 1000");
}

#[test]
fn a_text_of_the_wrong_form_is_refused_with_the_right_one() {
    let form = |value: &str, name: &str, allowed: &str| {
        assert_eq!(refusal(name, value), format!("`{value}` is no value for `{name}`; allowed: {allowed}"));
    };
    form("often", "ime.script_interval", "length of time, 1s to 365d");
    form("1 2s", "ime.script_interval", "length of time, 1s to 365d");
    form("[59,30]", "ime.start_delay_all", "length of time, or two such as `[30s,59s]`, 0s to 1d");
    form("[30,59", "ime.start_delay_all", "length of time, or two such as `[30s,59s]`, 0s to 1d");
    form("-1", "scripts.max_retries", "runs after the first, 0 to 1000");
    form("never", "svc.rate_limit", "requests per device and hour, or none, 0 to 1000000");
    form("180s", "mdm.phase1", "distance x runs, 1s x 0 to 365d x 1000");
    form("yes", "mdm.poll_on_login", "yes or no, true | false");
    form("1.x", "elig.min_ime_version", "version, 1 to 4 numbers from 0 to 65535 with dots between");
    form("asleep", "ime.timers_count", "choice, awake | wall");
    form("", "removal.rule_a", "choice, no_triggers_left | no_scripts_left");
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_one() {
    let unknown = |name: &str| Profile::default().get(name).map_err(|error| error.to_string());
    let nearest = |name: &str, near: &str| {
        assert_eq!(unknown(name), Err(format!("there is no parameter `{name}`; the nearest is `{near}`")));
        assert_eq!(refusal(name, "1"), format!("there is no parameter `{name}`; the nearest is `{near}`"));
    };
    nearest("ime.script_intervall", "ime.script_interval");
    nearest("ime.first_delay_script", "ime.first_delay.script");
    nearest("script.timeout", "scripts.timeout");
    nearest("mdm.push_delay", "ime.push_delay");
    assert_eq!(unknown("colour"), Err("there is no parameter `colour`".to_owned()));
    assert_eq!(unknown(""), Err("there is no parameter ``".to_owned()));
    assert_eq!(
        Profile::named("strict").map_err(|error| error.to_string()),
        Err("there is no profile `strict`; allowed: default | seed_strict | observed_2025".to_owned())
    );
}

#[test]
fn each_profile_is_that_of_its_table() {
    assert_eq!(Profile::named("default"), Ok(Profile::default()));
    let seed_strict = [
        ("ime.profile", "uniform_8h"),
        ("ime.script_idle_interval", "28800"),
        ("ime.company_portal_scope", "all"),
        ("ime.signin_delay", "0"),
        ("ime.start_delay_all", "0"),
        ("ime.start_delay_other", "0"),
        ("ime.start_delay_ps_win32", "0"),
        ("ime.first_delay.available_app", "0"),
        ("ime.first_delay.generic", "0"),
        ("ime.first_delay.required_app", "0"),
        ("ime.first_delay.script", "0"),
        ("ime.timers_count", "wall"),
        ("elig.wpj_remediations", "none"),
        ("scripts.max_retries", "3"),
        ("scripts.size_rule", "reject"),
        ("removal.rule_a", "no_scripts_left"),
    ];
    assert_eq!(Profile::named("seed_strict"), with(&seed_strict));
    let observed_2025 = [
        ("ime.profile", "per_workload"),
        ("ime.script_idle_interval", "86400"),
        ("ime.company_portal_scope", "apps_only"),
        ("ime.signin_delay", "30"),
        ("ime.timers_count", "awake"),
        ("elig.wpj_remediations", "device_context"),
        ("scripts.max_retries", "2"),
        ("scripts.size_rule", "ignore"),
        ("removal.rule_a", "no_triggers_left"),
    ];
    assert_eq!(Profile::named("observed_2025"), with(&observed_2025));
}

#[test]
fn jitter_off_touches_the_random_delays_and_nothing_else() {
    let marked: Vec<_> = params().filter(|param| param.jitter).map(|param| param.name).collect();
    assert_eq!(marked, JITTER.map(|(name, _)| name));
    assert_eq!(Ok(Profile::default().without_jitter()), with(&JITTER));
    let before = Profile { mdm: Mdm { notify_delay: SpanRange::secs(0, 60), ..Mdm::default() }, ..Profile::default() };
    assert_eq!(before.clone().without_jitter().mdm, before.mdm);
}

#[test]
fn every_parameter_is_described() {
    for param in params() {
        assert!(!param.unit.is_empty() && !param.allowed.is_empty(), "{}", param.name);
        assert!(
            param.doc.ends_with('.') && !param.doc.contains("  ") && param.doc.trim() == param.doc,
            "{}",
            param.doc
        );
        assert!(!param.doc.trim_end_matches('.').contains(". "), "one sentence: {}", param.doc);
        let rule_of_catalogue =
            param.rule.strip_prefix("B-").and_then(|rest| rest.split_once('.')).is_some_and(|(section, number)| {
                section.parse::<u8>().is_ok_and(|n| (1..=13).contains(&n))
                    && number.strip_suffix('a').unwrap_or(number).parse::<u8>().is_ok_and(|n| n > 0)
            });
        assert!(rule_of_catalogue || param.rule == "ours", "{}", param.rule);
    }
}

#[cfg(feature = "scenario")]
#[test]
fn a_profile_survives_json_and_a_bad_one_is_refused() {
    let json = |profile: &Profile| serde_json::to_string(profile).unwrap_or_default();
    let read = |text: &str| serde_json::from_str::<Profile>(text).map_err(|error| error.to_string());
    for name in Profile::NAMES {
        let profile = Profile::named(name);
        assert_eq!(
            profile.as_ref().map_err(ToString::to_string).and_then(|p| read(&json(p))),
            profile.map_err(|e| e.to_string())
        );
    }
    let text = json(&Profile::default());
    assert!(text.contains(r#""script_interval":"8h""#) && text.contains(r#""profile":"per_workload""#), "{text}");
    let with_change = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        read(&text.replacen(from, to, 1)).err().unwrap_or_default()
    };
    assert!(
        with_change(r#""script_interval":"8h""#, r#""script_interval":"0s""#)
            .starts_with("`0s` is out of range for `ime.script_interval`")
    );
    assert!(with_change(r#""pending_cap":20"#, r#""pending_cap":20,"x":1"#).starts_with("unknown field `x`"));
    assert!(with_change(r#"{"assign""#, r#"{"x":1,"assign""#).starts_with("unknown field `x`"));
    assert!(with_change(r#""pending_cap":20"#, "").starts_with("missing field `pending_cap`"));
    assert!(with_change("per_workload", "perworkload").starts_with("unknown variant `perworkload`"));
}

#[test]
fn a_value_set_past_the_checks_is_found() {
    let mut profile = Profile::default();
    profile.ime.start_delay_all = SpanRange { min: Span::secs(9), max: Span::secs(3) };
    assert_eq!(
        profile.check().map_err(|error| error.to_string()),
        Err("`[9s,3s]` is no value for `ime.start_delay_all`; allowed: \
             length of time, or two such as `[30s,59s]`, 0s to 1d"
            .to_owned())
    );
}

#[test]
fn figures_with_their_unit_in_the_name_give_lengths_of_time() {
    let mut profile = Profile::default();
    assert_eq!(profile.install.timeout(), Some(Span::mins(5)));
    assert_eq!(profile.install.retry_interval(), Span::mins(5));
    assert_eq!(profile.install.duration(), Span::secs(120));
    assert_eq!(profile.install.tries(), 4);
    assert_eq!(profile.update.period(), Span::days(30));
    assert_eq!(profile.mdm.lost_contact(), None);
    assert_eq!(profile.mdm.phase1.length().saturating_add(profile.mdm.phase2.length()), Span::mins(135));
    profile.install.timeout_min = 0;
    profile.install.retry_count_excludes_first = false;
    profile.mdm.lost_contact_days = Some(2);
    assert_eq!(profile.install.timeout(), None);
    assert_eq!(profile.install.tries(), 3);
    assert_eq!(profile.mdm.lost_contact(), Some(Span::days(2)));
}

#[test]
fn a_word_that_is_no_alternative_is_refused() {
    assert_eq!("wall".parse(), Ok(TimersCount::Wall));
    assert_eq!(
        "sleep".parse::<TimersCount>().map_err(|error| error.to_string()),
        Err("`sleep` is none of awake | wall".to_owned())
    );
}
