//! What holds for every parameter, and the tables of the catalogue.

use super::*;
use crate::chance::SpanRange;
use crate::retry::{Figures, Growth, Policy, Spread};
use crate::rules;
use crate::time::Span;
use tables::{DEFAULTS, HARDENED, JITTER, OBSERVED_2025, SEED_STRICT};

mod tables;

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
fn the_rules_name_the_parameters_that_the_profile_has() {
    let known: Vec<_> = params().filter(|param| param.rule != "ours").map(|param| param.name).collect();
    let mut named: Vec<_> = rules::all().flat_map(|rule| rule.params).copied().collect();
    named.sort_unstable();
    named.dedup();
    assert_eq!(named, known);
    for param in params().filter(|param| param.rule != "ours") {
        let names_it = |rule: &rules::Rule| rule.id.to_string() == param.rule && rule.params.contains(&param.name);
        assert!(rules::all().any(names_it), "{} is not a parameter of {}", param.name, param.rule);
    }
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
        ("cc.error_type", "65011"),
        ("rem.output_rule", "tail"),
        ("win32.quirk_grs", "stuck"),
        ("win32.retry_applies_to", "any_failure"),
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
    range("20161", "restart.grace_min", "1 to 20160");
    range("1441", "win32.install_timeout_min", "1 to 1440");
    range("1010", "win32.userless_code", "1011 to 1012");
    range("59s", "cc.realtime_interval", "60s to 3600s");
    range("11", "cc.realtime_max_per_hour", "0 to 10");
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
    form("2", "rem.trigger_exit", "choice, exactly_1 | non_zero");
    form("never", "win32.quirk_grs", "choice, none | stuck | reset_each_pass");
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
        Err("there is no profile `strict`; allowed: default | seed_strict | observed_2025 | hardened".to_owned())
    );
}

#[test]
fn each_profile_is_that_of_its_table() {
    assert_eq!(Profile::named("default"), Ok(Profile::default()));
    assert_eq!(Profile::named("seed_strict"), with(&SEED_STRICT));
    assert_eq!(Profile::named("observed_2025"), with(&OBSERVED_2025));
    assert_eq!(Profile::named("hardened"), with(&HARDENED));
}

/// R1 to R7: what `hardened` does after refusals is a policy that keeps the contract, the figure of success included.
#[test]
fn the_waits_of_hardened_keep_the_contract_of_retries() {
    let ime = Profile::named("hardened").map(|profile| profile.ime).unwrap_or_default();
    let figures = Figures {
        base: Span::hours(1),
        growth: Growth::DoublingTo(Span::hours(4)),
        spread: Spread::Permille(1_000),
        tries: None,
        stable: Span::hours(2),
        hint: Some(Span::hours(2)),
        period: ime.required_app_interval,
    };
    assert_eq!(Policy::new(figures).map_err(|error| error.to_string()), ime.backoff().ok_or_else(String::new));
    assert_eq!(Profile::default().ime.backoff(), None, "the documented agent has none (B-4.25)");
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
    assert_eq!(profile.esp.timeout(), Span::hours(1));
    assert_eq!(profile.win32.install_timeout(), Span::hours(1));
    assert_eq!(profile.rem.full_report(), Span::days(7));
    profile.install.timeout_min = 0;
    profile.install.retry_count_excludes_first = false;
    profile.mdm.lost_contact_days = Some(2);
    assert_eq!(profile.install.timeout(), None);
    assert_eq!(profile.install.tries(), 3);
    assert_eq!(profile.mdm.lost_contact(), Some(Span::days(2)));
}

/// B-7.29: neither the snooze nor the countdown goes beyond the grace period.
#[test]
fn the_grace_period_bounds_its_parts() {
    let mut restart = Profile::default().restart;
    assert_eq!(
        (restart.grace(), restart.countdown(), restart.snooze()),
        (Span::days(1), Span::mins(15), Span::mins(240))
    );
    restart.grace_min = 10;
    assert_eq!(
        (restart.grace(), restart.countdown(), restart.snooze()),
        (Span::mins(10), Span::mins(10), Span::mins(10))
    );
}

#[test]
fn a_word_that_is_no_alternative_is_refused() {
    assert_eq!("wall".parse(), Ok(TimersCount::Wall));
    assert_eq!(
        "sleep".parse::<TimersCount>().map_err(|error| error.to_string()),
        Err("`sleep` is none of awake | wall".to_owned())
    );
}
