//! What right files become.

use super::super::time::{Moment, ZoneName};
use super::super::{Overrides, Scenario, file::Read, schema};
use super::{FAILING, FIRST_DAY, ROLLOUT, SLEEPING, read, refuse};
use crate::device::Action;
use crate::facts::Edition;
use crate::protocol::UserId;
use crate::sim::plan::{Conduct, Enrolled, InitialAgent, Patch};
use crate::time::{Span, Wall};

const DEVICE: &str = "[[device]]\nname = \"pc\"\nusers = [\"anna\"]\n";

#[test]
fn the_examples_are_read() {
    for (text, expectations, groups) in [(FAILING, 2, 1), (SLEEPING, 1, 1), (FIRST_DAY, 4, 1), (ROLLOUT, 0, 5)] {
        let scenario = read(text);
        assert_eq!(
            (scenario.expectations.len(), scenario.plan.groups.len()),
            (expectations, groups),
            "{}",
            scenario.title
        );
    }
    let plan = read(FAILING).plan;
    assert_eq!(plan.profile.ime.script_interval, Span::hours(1));
    assert_eq!(plan.start.to_string(), "2026-01-05T08:00:00.000Z");
    let Conduct::Script(behavior) = &plan.conducts[0] else { panic!("{:?}", plan.conducts[0]) };
    assert_eq!(behavior.outcomes[0].exit_code, 1);
}

#[test]
fn the_default_fleet_has_a_hundred_thousand_devices() {
    let plan = read(ROLLOUT).plan;
    assert_eq!(plan.groups.iter().map(|group| group.count).sum::<u64>(), 100_000);
    assert_eq!(plan.zones.len(), 5);
    let total = |devices| {
        let overrides = Overrides { devices: Some(devices), ..Overrides::default() };
        Scenario::parse(ROLLOUT, "t.toml", &overrides)
            .map(|s| s.plan.groups.iter().map(|group| group.count).collect::<Vec<_>>())
    };
    for devices in [5, 6, 1_000, 1_000_000, 99_999_999] {
        let counts = total(devices).unwrap_or_default();
        assert_eq!(counts.iter().sum::<u64>(), devices);
        assert!(counts.iter().all(|count| *count > 0));
    }
    let error = total(4).expect_err("too few").to_string();
    assert_eq!(error, "t.toml: --devices: a number of devices of 4 is out of range; allowed 5 to 100000000");
}

#[test]
fn weights_become_axes_and_zero_is_left_out() {
    let plan = read(
        "[[population]]\nname = \"p\"\ncount = 3\nedition = { home = 0, pro = 2 }\nos_build = { \"19045\" = 1 }\n",
    )
    .plan;
    let axes: Vec<_> = plan.groups[0].axes.iter().map(|axis| axis.choices.clone()).collect();
    assert_eq!(axes, [vec![(1, Patch::OsBuild(19_045))], vec![(2, Patch::Edition(Edition::Pro))]]);
}

#[test]
fn the_timeline_is_sorted_and_undone() {
    let plan = read(&format!(
        "start = \"2026-01-05T06:00:00\"\n{DEVICE}zone = \"Europe/Berlin\"\n\
         [[at]]\nat = \"09:00\"\ndo = \"network-down\"\nfor = \"30m\"\n\
         [[at]]\nat = \"1h\"\ndo = \"sign-in\"\nuser = \"anna\"\n\
         [[at]]\nat = \"day 2 00:00\"\ndo = \"clock-step\"\nby = \"+400d\"\nfor = \"1h\"\n\
         [[at]]\nat = \"Tue 09:00\"\ndo = \"reboot\"\nevery = \"1d\"\ntimes = 2\n"
    ))
    .plan;
    let step = 400 * 86_400_000;
    assert_eq!(
        plan.groups[0].base.timeline,
        [
            (Span::hours(1), Action::SignIn(UserId(1))),
            (Span::hours(2), Action::Network(false)),
            (Span::mins(150), Action::Network(true)),
            (Span::hours(17), Action::ClockStep(step)),
            (Span::hours(18), Action::ClockStep(-step)),
            (Span::hours(26), Action::Reboot),
            (Span::hours(50), Action::Reboot),
        ]
    );
}

#[test]
fn enrollment_decides_about_the_agent() {
    for (enrolled, expected, agent) in [
        ("", Enrolled::Before(Span::hours(724)), InitialAgent::Running),
        ("enrolled = \"never\"", Enrolled::Never, InitialAgent::Absent),
        ("enrolled = \"10m\"", Enrolled::Within(Span::mins(10), Span::mins(10)), InitialAgent::Absent),
        ("enrolled = [\"0s\", \"2h\"]", Enrolled::Within(Span::ZERO, Span::hours(2)), InitialAgent::Absent),
        ("enrolled = \"-3d2h15m\"", Enrolled::Before(Span::mins(4_455)), InitialAgent::Running),
    ] {
        let initial = read(&format!("{DEVICE}{enrolled}\n")).plan.groups[0].base.initial;
        assert_eq!((initial.enrolled, initial.agent), (expected, agent), "{enrolled}");
    }
}

#[test]
fn parameters_are_set_in_every_form() {
    let text = format!(
        "jitter = \"off\"\n[set]\n\"scripts.max_retries\" = 2\n\"ime.start_delay_all\" = [30, 59]\n\"mdm.notify_on_change\" = false\n\"mdm.phase1\" = [\"180s\", 5]\n[set.ime]\nscript_interval = \"1h\"\n{DEVICE}"
    );
    let overrides = Overrides {
        set: vec![("scripts.max_retries".to_owned(), "1".to_owned())],
        seed: Some(9),
        duration: Some(Span::hours(2)),
        ..Overrides::default()
    };
    let plan = Scenario::parse(&text, "t.toml", &overrides).unwrap_or_else(|error| unreachable!("{error}")).plan;
    assert_eq!((plan.profile.scripts.max_retries, plan.seed, plan.duration), (1, 9, Span::hours(2)));
    assert_eq!(plan.profile.get("ime.start_delay_all").ok().as_deref(), Some("[30s,59s]"));
    let wrong = Overrides { set: vec![("scripts.max".to_owned(), "1".to_owned())], ..Overrides::default() };
    let error = Scenario::parse(&text, "t.toml", &wrong).map(|_| ()).expect_err("no such parameter").to_string();
    assert!(error.starts_with("t.toml: --set scripts.max: there is no parameter `scripts.max`"), "{error}");
    let ignoring =
        format!("[set]\n\"scripts.size_rule\" = \"ignore\"\n[[script]]\nname = \"s\"\nbytes = 204800\n{DEVICE}");
    assert_eq!(read(&ignoring).plan.tenant.contents().len(), 1);
}

#[test]
fn memberships_begin_and_end() {
    let text = format!(
        "[[group]]\nname = \"g\"\n[[group]]\nname = \"staff\"\nkind = \"users\"\n{DEVICE}groups = [\"g\"]\n\
         [[at]]\nat = \"1h\"\ndo = \"remove-member\"\ngroup = \"g\"\n[[at]]\nat = \"2h\"\ndo = \"add-member\"\ngroup = \"staff\"\nuser = \"anna\"\n"
    );
    let plan = read(&text).plan;
    let member = &plan.groups[0].base.member;
    assert_eq!(member.groups[0].until, Some(plan.start.after(Span::hours(1))));
    assert_eq!(member.users[0].groups[0].from, Some(plan.start.after(Span::hours(2))));
    assert!(
        refuse(&format!("{text}[[at]]\nat = \"3h\"\ndo = \"remove-member\"\ngroup = \"g\"\n"))
            .ends_with("device `pc` is not in group `g` at that time")
    );
}

#[test]
fn a_gap_is_its_first_moment_after_and_a_fold_the_first_of_two() {
    let berlin = ZoneName::from_text("Europe/Berlin").unwrap_or(ZoneName::UTC);
    let utc = |text: &str| {
        Moment::from_text(text).ok().and_then(|m| m.wall(Wall::from_unix_millis(0), berlin)).map(|w| w.to_string())
    };
    // 2026-03-29: 02:00 to 03:00 does not exist.
    assert_eq!(utc("2026-03-29T01:59:59").as_deref(), Some("2026-03-29T00:59:59.000Z"));
    assert_eq!(utc("2026-03-29T02:30:10").as_deref(), Some("2026-03-29T01:00:00.000Z"));
    assert_eq!(utc("2026-03-29T03:00:00").as_deref(), Some("2026-03-29T01:00:00.000Z"));
    // 2026-10-25: 02:00 to 03:00 occurs twice.
    assert_eq!(utc("2026-10-25T02:30:00").as_deref(), Some("2026-10-25T00:30:00.000Z"));
    assert_eq!(utc("2026-10-25T03:00:00").as_deref(), Some("2026-10-25T02:00:00.000Z"));
}

#[test]
fn a_zone_table_holds_both_changes_of_a_year() {
    let plan = read(
        "start = \"2026-03-28T00:00:00\"\nzone = \"Europe/Berlin\"\nduration = \"300d\"\n[[device]]\nname = \"pc\"\n",
    )
    .plan;
    let zone = &plan.zones[0];
    let of = |text: &str| {
        Moment::from_text(text).ok().and_then(|m| m.wall(Wall::MIN, ZoneName::UTC)).map(|at| zone.offset_at(at))
    };
    for (text, offset) in [
        ("2026-03-29T00:59:59Z", 3_600),
        ("2026-03-29T01:00:00Z", 7_200),
        ("2026-10-25T00:59:59Z", 7_200),
        ("2026-10-25T01:00:00Z", 3_600),
    ] {
        assert_eq!(of(text), Some(offset), "{text}");
    }
}

#[test]
fn local_times_count_across_a_change_of_clocks() {
    let text = "start = \"2026-03-28T12:00:00\"\nzone = \"Europe/Berlin\"\nduration = \"3d\"\n[[device]]\nname = \"pc\"\n[[at]]\nat = \"day 2 12:00\"\ndo = \"reboot\"\n";
    assert_eq!(read(text).plan.groups[0].base.timeline[0].0, Span::hours(23));
}

#[test]
fn zones_print_as_they_are_read() {
    for text in ["UTC", "UTC+2", "UTC-3:30", "America/New_York"] {
        assert_eq!(ZoneName::from_text(text).map(|zone| zone.to_string()), Ok(text.to_owned()));
    }
}

#[test]
fn the_schema_describes_every_key() {
    let schema = schema();
    let properties = schema["properties"].as_object().map_or(0, serde_json::Map::len);
    assert_eq!(properties, 30);
    assert_eq!(schema["additionalProperties"], false);
    let text = schema.to_string();
    assert!(text.contains("Build of Windows (B-1.1)") && text.contains("204800 and more are refused"));
    assert!(!text.contains("\"null\""), "TOML has no null");
}

#[test]
fn no_input_makes_the_reader_panic() {
    let good = format!(
        "{FIRST_DAY}\n[[fault]]\nanswer = 429\nfrom = \"1h\"\n[[filter]]\nname = \"ä\"\nrule = '(device.model -eq \"ü\")'\n"
    );
    read(&good);
    let mut bytes = good.clone().into_bytes();
    for end in 0..bytes.len() {
        let _ = Scenario::parse(&String::from_utf8_lossy(&bytes[..end]), "t.toml", &Overrides::default());
    }
    for place in 0..bytes.len() {
        for flip in [0x01, 0x10, 0x80, 0xff] {
            bytes[place] ^= flip;
            let _ = Scenario::parse(&String::from_utf8_lossy(&bytes), "t.toml", &Overrides::default());
            bytes[place] ^= flip;
        }
    }
}

#[test]
fn a_story_shows_its_events_in_its_windows() {
    let text = |story: &str| {
        format!(
            "duration = \"3h\"\njitter = \"off\"\n[story]\n{story}\n[[device]]\nname = \"pc\"\nmdm_schedule = false\n"
        )
    };
    let shown = |story: &str| {
        let scenario = read(&text(story));
        let outcome = scenario.run(None).expect("it can be run");
        outcome
            .lines
            .iter()
            .filter(|line| scenario.story.shows(line))
            .map(|line| line.event.clone())
            .collect::<Vec<_>>()
    };
    let all = shown("");
    assert!(all.len() > 20, "{all:?}");
    assert_eq!(shown("events = [\"service-started\"]"), ["service-started"]);
    let began: Vec<_> = all.iter().filter(|event| event.starts_with("check-in")).cloned().collect();
    assert_eq!(shown("events = [\"check-in*\"]"), began);
    let window = "events = [\"check-in\"]\nwindows = [{ from = \"1h\", to = \"2h\" }, { from = \"3h\", to = \"4h\" }]";
    assert_eq!(shown(window).len(), 2);
    assert!(refuse(&text("events = [\"app-instal\"]")).contains("there is no event `app-instal`"));
}
