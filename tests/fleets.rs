//! Random fleets: a fleet is the sum of its devices, on any number of threads, whether its service has limits or not.
#![cfg(feature = "fleet")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]
#![allow(clippy::disallowed_methods, reason = "the suites look at the environment for a seed to explore from")]

#[path = "properties/common.rs"]
mod common;

use imesim::fleet::{FleetReport, Options, run};
use imesim::scenario::{Overrides, Scenario, presets};
use imesim::sim::{Digest, Nobody};
use proptest::prelude::*;
use proptest::sample::select;

/// A scenario file put together from parts that a person might write.
fn scenario() -> impl Strategy<Value = Scenario> {
    let parts = (
        any::<u64>(),
        1..4_u64,
        select(vec!["UTC", "Europe/Berlin", "America/New_York"]),
        select(vec!["", "loss = \"2%\"\n", "latency = [\"20ms\", \"5s\"]\nloss = \"10%\"\nduplicates = \"5%\"\n"]),
        select(vec![
            "",
            "requests_per_minute = 3\nqueue = 2\n",
            "requests_per_minute = 1\nqueue = 0\nrefusal = 503\nwindow = \"5m\"\n",
            "pushes_per_minute = 1\n",
            "requests_per_minute = 1000000\nwindow = \"1h\"\n",
        ]),
        prop::option::of(0..presets().len()),
        16..150_u64,
        select(vec!["0h", "30h", "5h"]),
        any::<bool>(),
    );
    parts.prop_map(|(seed, days, zone, network, service, preset, devices, at, has_apps)| {
        let mut text = format!("seed = {}\nduration = \"{days}d\"\nzone = \"{zone}\"\n", seed >> 1);
        if let Some(preset) = preset {
            text += &format!("population_preset = \"{}\"\n", presets()[preset].name);
        }
        text += &format!("[network]\n{network}[service]\n{service}");
        text += "[[script]]\nname = \"s\"\noutcomes = \"weighted\"\noutcome = [{ weight = 7, duration = \"20s\" }, { weight = 3, exit = 1 }]\n";
        text += &format!("[[at]]\nat = \"{at}\"\ndo = \"assign\"\ncontent = \"s\"\ngroup = \"all-devices\"\n");
        if has_apps {
            text += "[[app]]\nname = \"leaf\"\noutcomes = \"weighted\"\ninstall = [{ weight = 8, duration = \"1m\" }, { weight = 2, exit = 1618 }]\n";
            text += "[[app]]\nname = \"top\"\nassign = [\"all-devices\"]\ndepends_on = [\"leaf\"]\n";
        }
        if preset.is_none() {
            text += "[[population]]\nname = \"pc\"\ncount = 3\nawake = { workdays = \"08:00-17:00\", sat = \"10:00-11:00\" }\nspread = \"2h\"\noffline = \"20%\"\nrestart_every = \"1d\"\nusers = [\"owner\"]\nsigns_in = true\n";
            text += "[[population]]\nname = \"box\"\ncount = 1\n";
        }
        let overrides = Overrides { devices: Some(devices), ..Overrides::default() };
        Scenario::parse(&text, "random.toml", &overrides).unwrap_or_else(|error| panic!("{error}\n{text}"))
    })
}

fn report(scenario: &Scenario, threads: usize) -> FleetReport {
    run(scenario, Options { threads, ..Options::default() }, |_| {}).unwrap()
}

#[test]
fn a_fleet_is_the_sum_of_its_devices_on_any_number_of_threads() {
    let suite = common::run(51, 60, &scenario(), |scenario, suite| {
        suite.steps += 1;
        let whole = report(&scenario, 1);
        let json = |report: &FleetReport| serde_json::to_string(report).unwrap();
        for threads in [2, 4] {
            let other = report(&scenario, threads);
            common::ensure(json(&whole) == json(&other), || format!("{threads} threads differ"))?;
            common::ensure(whole.counts.load == other.counts.load, || format!("{threads} threads: load differs"))?;
            common::ensure(whole.windows == other.windows, || format!("{threads} threads: another service"))?;
        }
        let cast = imesim::sim::Cast::new(&scenario.plan).unwrap();
        let (mut digest, mut events) = (Digest::default(), 0);
        // From the last to the first: the order is free.
        for number in (0..cast.count()).rev() {
            let ended = cast.world(number, Nobody).unwrap().run_under(&whole.windows);
            digest = digest.merged(ended.digest);
            events += ended.events;
        }
        common::ensure((digest, events) == (whole.digest, whole.events), || {
            "single devices do something else".to_owned()
        })?;
        for content in whole.scripts.iter().chain(&whole.apps) {
            let open: u64 = content.causes().iter().flat_map(|(_, causes)| causes.values()).map(|it| it.count).sum();
            common::ensure(content.done + open == content.targeted, || format!("{} is not whole", content.name))?;
        }
        Ok(())
    });
    common::passes(&suite, 60);
}
