//! Populations: links, rings, clocks, failures, and those that come with the program.

use super::super::{Overrides, Scenario, presets};
use super::read;
use crate::sim::Cast;
use crate::sim::plan::Patch;
use crate::time::Span;

const CONTENT: &str = "[[script]]\nname = \"s\"\nassign = [\"all-devices\"]\n";

fn with(population: Option<&str>, text: &str) -> Result<Scenario, String> {
    let overrides = Overrides { population: population.map(str::to_owned), ..Overrides::default() };
    Scenario::parse(text, "t.toml", &overrides).map_err(|error| error.to_string())
}

#[test]
fn every_population_of_the_program_can_be_cast_and_has_as_many_devices_as_its_name_says() {
    for preset in presets() {
        let text = format!("population_preset = \"{}\"\n{CONTENT}", preset.name);
        let scenario = with(None, &text).expect(preset.name);
        let cast = Cast::new(&scenario.plan).expect(preset.name);
        let thousands = preset.name.rsplit_once('-').and_then(|(_, size)| size.trim_end_matches('k').parse().ok());
        assert_eq!(Some(cast.count()), thousands.map(|n: u64| n * 1_000), "{}", preset.name);
        assert_eq!(
            with(Some(preset.name), CONTENT).map(|other| other.plan.groups.len()),
            Ok(scenario.plan.groups.len())
        );
        for number in [0, cast.count() / 2, cast.count() - 1] {
            let world = cast.world(number, crate::sim::Nobody).expect("it is there");
            assert!(world.run().events > 0, "{} {number}", preset.name);
        }
    }
}

#[test]
fn a_population_of_the_program_stands_beside_or_in_place_of_the_files() {
    let text = format!("population_preset = \"office-10k\"\n{CONTENT}[[population]]\nname = \"p\"\ncount = 3\n");
    let names = |scenario: Scenario| scenario.plan.groups.into_iter().map(|group| group.name).collect::<Vec<_>>();
    assert_eq!(
        with(None, &text).map(names),
        Ok(["p", "laptop", "desktop", "meeting-room", "drawer"].map(str::to_owned).to_vec())
    );
    let schools = ["pupil", "teacher", "class-room", "office"].map(str::to_owned).to_vec();
    assert_eq!(with(Some("school-20k"), &text).map(names), Ok(schools));
    for (population, text, message) in [
        (
            Some("school"),
            text.clone(),
            "t.toml: --population: there is no population preset `school`; known: office-10k, hybrid-work-10k, retail-kiosks-5k, school-20k, global-100k",
        ),
        (
            None,
            text.replace("office-10k", "office-1k"),
            "t.toml:1:21: population_preset: there is no population preset `office-1k`; known: office-10k, hybrid-work-10k, retail-kiosks-5k, school-20k, global-100k; did you mean `office-10k`?",
        ),
        (
            None,
            text.replace("\"p\"", "\"drawer\""),
            "t.toml:1:21: population_preset: `office-10k` has a population `drawer` too; give that of this file another name",
        ),
        (
            None,
            format!("{text}[[group]]\nname = \"pilot\"\nkind = \"users\"\n"),
            "office-10k:37:20: population[laptop].rings[1].group: group `pilot` holds users; here a group of devices is needed",
        ),
    ] {
        assert_eq!(with(population, &text).map(|_| ()), Err(message.to_owned()));
    }
}

#[test]
fn a_device_of_a_preset_alone_is_the_one_of_the_fleet() {
    let scenario = with(Some("hybrid-work-10k"), CONTENT).expect("it is right");
    let cast = Cast::new(&scenario.plan).expect("it can be cast");
    for (name, number) in [("laptop-17", 17), ("road-warrior-5", 8_505), ("9999", 9_999)] {
        let world = cast.world(number, crate::sim::Nobody).expect("it is there");
        assert_eq!(scenario.run(Some(name)).map(|alone| alone.digest).ok(), Some(world.run().digest), "{name}");
    }
}

#[test]
fn rings_become_steps_that_add_up_to_their_shares() {
    let plan = read(
        "[[group]]\nname = \"a\"\n[[group]]\nname = \"b\"\n[[population]]\nname = \"p\"\ncount = 20000\n\
         rings = [{ group = \"a\", share = \"5%\" }, { group = \"b\", share = \"20%\", within = [\"1d\", \"2d\"] }]\n",
    )
    .plan;
    let choices = &plan.groups[0].axes[0].choices;
    assert_eq!((choices.len(), choices.iter().map(|(weight, _)| weight).sum::<u32>()), (1 + 25 + 1, 1_000_000));
    let Patch::Ring(Some(last)) = choices[25].1 else { panic!("{:?}", choices[25]) };
    assert_eq!(last.from, Some(plan.start.after(Span::hours(48))));
    let cast = Cast::new(&plan).expect("it can be cast");
    let mut counts = [0_u32; 3];
    for number in 0..cast.count() {
        match cast.described(number).expect("it is there").member.groups.as_slice() {
            [] => counts[0] += 1,
            [one] if one.from.is_none() => counts[1] += 1,
            _ => counts[2] += 1,
        }
    }
    assert!((14_700..15_300).contains(&counts[0]) && (900..1_100).contains(&counts[1]), "{counts:?}");
}

#[test]
fn links_are_drawn_and_what_they_leave_out_is_as_in_the_network() {
    let plan = read(
        "[network]\nlatency = \"1s\"\nloss = \"1%\"\n[[population]]\nname = \"p\"\ncount = 9\noffline = \"3%\"\n\
         [population.link]\ngood = { weight = 2 }\nbad = { weight = 1, latency = [\"2s\", \"9s\"], offline = \"50%\", offline_spells = \"2d\" }\n",
    )
    .plan;
    let [(1, Patch::Link(bad)), (2, Patch::Link(good))] = plan.groups[0].axes[0].choices.as_slice() else {
        panic!("{:?}", plan.groups[0].axes)
    };
    assert_eq!((good.network.latency_max, good.offline_ppm), (Span::secs(1), None));
    assert_eq!(
        (bad.network.latency_max, bad.network.loss_ppm, bad.offline_ppm),
        (Span::secs(9), 10_000, Some(500_000))
    );
    let (mut device, base) = (plan.groups[0].base.clone(), &plan.groups[0].base.habits);
    device.connect(bad);
    assert_eq!((base.offline_ppm, device.habits.offline_ppm), (30_000, 500_000));
    assert_eq!(device.habits.offline_spells.longest, Span::hours(1));
}

#[test]
fn clocks_are_drawn_from_a_range_or_by_weight() {
    let plan = read("[[population]]\nname = \"p\"\ncount = 2000\nclock_offset = [\"-3m\", \"+3m\"]\n").plan;
    let cast = Cast::new(&plan).expect("it can be cast");
    let offsets: Vec<i64> =
        (0..2_000).filter_map(|n| cast.world(n, crate::sim::Nobody).map(|world| world.clock_offset())).collect();
    assert!(offsets.iter().all(|offset| offset.abs() <= 180_000));
    let (early, late) = (offsets.iter().min(), offsets.iter().max());
    assert!(early.is_some_and(|at| *at < -179_000) && late.is_some_and(|at| *at > 179_000), "{early:?} {late:?}");
    let plan = read("[[population]]\nname = \"p\"\ncount = 2\nclock_offset = { \"0s\" = 9, \"-1h\" = 1 }\n").plan;
    assert_eq!(plan.groups[0].axes[0].choices, [(1, Patch::ClockOffset(-3_600_000)), (9, Patch::ClockOffset(0))]);
}

#[test]
fn content_fails_on_a_share_of_runs_or_devices() {
    let text = "duration = \"2h\"\njitter = \"off\"\n[[script]]\nname = \"s\"\nassign = [\"all-devices\"]\n\
                [[app]]\nname = \"a\"\nassign = [\"all-devices\"]\n\
                [[population]]\nname = \"p\"\ncount = 400\nfails = { s = { devices = \"25%\", exit = 7 }, a = \"40%\" }\n";
    let outcome = read(text).run(None).expect("it can be run");
    let (mut scripts, mut apps) = (0, 0);
    for state in outcome.finals.values() {
        scripts += u32::from(state["scripts"]["s"]["device"]["exit_code"] == 7);
        apps += u32::from(state["apps"]["a"]["device"]["error"] != 0);
    }
    assert!((75..125).contains(&scripts), "{scripts}");
    assert!(apps > 0, "{:?}", outcome.finals.values().next());
}

#[test]
fn users_who_always_snooze_put_a_restart_off_until_it_comes() {
    let text = |snoozes: &str| {
        format!(
            "duration = \"10h\"\njitter = \"off\"\n[[app]]\nname = \"a\"\ninstall = {{ exit = 1641 }}\n\
             assign = [{{ group = \"all-devices\", restart_grace = {{ grace = \"8h\", countdown = \"2h\", snooze = \"30m\" }} }}]\n\
             [[device]]\nname = \"pc\"\nusers = [\"anna\"]\nsigns_in = true\nsnoozes = \"{snoozes}\"\n"
        )
    };
    let count = |snoozes: &str, event: &str| {
        let outcome = read(&text(snoozes)).run(None).expect("it can be run");
        outcome.lines.iter().filter(|line| line.event == event).count()
    };
    assert_eq!((count("100%", "restart-snoozed"), count("100%", "device-restart")), (4, 1));
    assert_eq!((count("0%", "restart-snoozed"), count("0%", "device-restart")), (0, 1));
}

const P: &str = "[[population]]\nname = \"p\"\ncount = 10\n";
const D: &str = "[[device]]\nname = \"pc\"\n";

#[test]
fn every_mistake_in_a_population_is_told_with_its_place() {
    let told: Vec<String> =
        MISTAKES.iter().map(|(text, _)| super::refuse(&text.replace("<p>", P).replace("<d>", D))).collect();
    let wanted: Vec<String> = MISTAKES.iter().map(|(_, message)| format!("t.toml:{message}")).collect();
    assert_eq!(told, wanted);
}

const MISTAKES: &[(&str, &str)] = &[
    (
        "<p>awake = { workdays = [\"08:00-12:00\", \"11:00-17:00\"] }\n",
        "4:38: population[p].awake.workdays: the window `11:00-17:00` begins before the one before it ends",
    ),
    (
        "<p>awake = [\"08:00-12:00\", \"13:00\"]\n",
        "4:25: population[p].awake: `13:00` is not a window; write for example 09:00-17:00, always or asleep",
    ),
    ("<p>holidays = \"easter\"\n", "4:12: population[p].holidays: there is no calendar `easter`; none is defined"),
    (
        "[calendar.easter]\ndays = [\"2026-04-03\", \"2026-02-30\"]\n<p>",
        "2:23: calendar.easter.days: `2026-02-30` is no date and no range of dates; write for example 2026-04-03 or 2026-12-24..2027-01-01",
    ),
    (
        "[calendar.easter]\ndays = [\"2027-01-01..2026-12-24\"]\n<p>",
        "2:9: calendar.easter.days: the range `2027-01-01..2026-12-24` ends before it begins",
    ),
    (
        "<p>lid = { every = \"10m\", for = \"10m\" }\n",
        "4:30: population[p].lid.for: a stretch of time of 10m is out of range; allowed 1s to less than 10m",
    ),
    (
        "<p>dark_wake = \"2x\"\n",
        "4:13: population[p].dark_wake: `2x` is not a length of time; write for example 8h, 1h30m, 90s, 250ms or 15d",
    ),
    (
        "<p>dark_wake = \"2h\"\nshuts_down = true\n",
        "4:13: population[p].dark_wake: a device that is shut down outside its windows does not wake for maintenance",
    ),
    (
        "<p>offline_spells = { every = \"10s\" }\n",
        "4:28: population[p].offline_spells.every: a time between two such stretches of 10s is out of range; allowed 1m to 366d",
    ),
    (
        "<p>portal_sync_every = \"1m\"\n",
        "4:21: population[p].portal_sync_every: a time between syncs of 1m is out of range; allowed 1h to 3660d",
    ),
    (
        "<p>link = { home = { loss = \"1%\" } }\n",
        "4:10: population[p].link.home: `weight` of the link `home` is missing",
    ),
    (
        "<p>link = { latency = \"2h\" }\n",
        "4:20: population[p].link.latency: a latency of 2h is out of range; allowed 0s to 1h",
    ),
    (
        "<p>link = { latency = \"2s\", home = { weight = 1 } }\n",
        "4:8: population[p].link: the keys of a link (latency, loss, duplicates, reorder, offline, offline_spells) and named links do not go together",
    ),
    (
        "<d>link = { home = { weight = 1 } }\n",
        "3:8: device[pc].link: weights belong in a [[population]]; a [[device]] has one value",
    ),
    (
        "<p>clock_offset = [\"+3m\", \"-3m\"]\n",
        "4:16: population[p].clock_offset: write one step, or the lowest and the highest to draw from",
    ),
    (
        "<d>clock_offset = { \"0s\" = 1 }\n",
        "3:16: device[pc].clock_offset: weights belong in a [[population]]; a [[device]] has one value",
    ),
    ("<d>rings = []\n", "3:9: device[pc].rings: rings belong in a [[population]]; a [[device]] has `groups`"),
    (
        "<p>rings = [{ group = \"g\", share = \"5%\" }]\n",
        "4:20: population[p].rings[1].group: there is no group `g`; known: all-devices, all-users",
    ),
    (
        "[[group]]\nname = \"g\"\n<p>rings = [{ group = \"g\", share = \"60%\" }, { group = \"g\", share = \"50%\" }]\n",
        "6:65: population[p].rings[2].share: the shares of the rings add up to more than 100%",
    ),
    (
        "[[group]]\nname = \"g\"\n<p>rings = [{ group = \"g\", share = \"6%\", within = [\"1d\", \"2d\"], step = \"1m\" }]\n",
        "6:69: population[p].rings[1].step: a number of steps of 1440 is out of range; allowed 0 to 100",
    ),
    (
        "[[group]]\nname = \"g\"\n<p>rings = [{ group = \"g\", share = \"6%\", at = \"1h\", step = \"1m\" }]\n",
        "6:57: population[p].rings[1].step: `step` counts only with `within`",
    ),
    ("<p>fails = { s = \"12%\" }\n", "4:15: population[p].fails.s: there is no content `s`; none is defined"),
    (
        "[[script]]\nname = \"s\"\n<p>fails = { s = { runs = \"12%\", exit = 0 } }\n",
        "6:38: population[p].fails.s.exit: an exit code of 0 is no failure",
    ),
    (
        "[[script]]\nname = \"s\"\n<p>fails = { s = \"120%\" }\n",
        "6:15: population[p].fails.s: `120%` is not a share; write 0% to 100% with up to 4 decimals, or a whole number of cases in a million",
    ),
    (
        "[[feature]]\nname = \"f\"\ntype = \"remote-help\"\n<p>fails = { f = \"12%\" }\n",
        "7:15: population[p].fails.f: nothing of `f` is run, so nothing fails",
    ),
];
