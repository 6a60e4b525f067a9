//! Bytes as a scenario file.
//!
//! An error has its place in the text. What is read and is small runs for a while, twice, with the same digest.

use imesim::scenario::{Overrides, Scenario, ScenarioError};
use imesim::sim::{Cast, Digest, Nobody, World};
use imesim::time::{Span, Wall};

/// What became of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// It is no scenario.
    Refused,
    /// It is one, and too large to be run here.
    Read,
    /// Some of its devices have run.
    Run,
}

pub(crate) fn run(data: &[u8]) -> Reached {
    let Ok(text) = std::str::from_utf8(data) else { return Reached::Refused };
    let mut scenario = match Scenario::parse(text, FILE, &Overrides::default()) {
        Ok(scenario) => scenario,
        Err(error) => {
            is_in_place(&error, text);
            return Reached::Refused;
        }
    };
    let plan = &mut scenario.plan;
    let is_small = plan.groups.iter().all(|group| {
        let choices = group.axes.iter().map(|axis| axis.choices.len());
        choices.fold(1_usize, usize::saturating_mul) <= CLASSES_MAX
    });
    if !is_small || plan.groups.len() > GROUPS_MAX {
        return Reached::Read;
    }
    plan.duration = plan.duration.min(DURATION_MAX);
    let first = some_devices(&scenario);
    assert_eq!(some_devices(&scenario), first, "the same scenario has run twice, with different digests");
    let (_, events, is_whole) = first;
    if is_whole && events <= TRACED_EVENTS {
        let outcome = scenario.run(None).expect("a few devices can be run");
        let width = outcome.lines.iter().map(|line| line.device.len()).max().unwrap_or(0);
        assert!(outcome.lines.iter().all(|line| !line.text(width).is_empty() && line.json().is_object()));
        assert_eq!((outcome.digest, outcome.events), (first.0, first.1), "looking on has changed the run");
    }
    Reached::Run
}

/// The digest of the first devices, their events, and whether that is all of it.
fn some_devices(scenario: &Scenario) -> (Digest, u64, bool) {
    let cast = Cast::new(&scenario.plan).expect("its choices were counted");
    let end = scenario.plan.start.after(scenario.plan.duration);
    let (mut digest, mut events, mut is_whole) = (Digest::default(), 0, cast.count() <= DEVICES_MAX);
    for number in 0..cast.count().min(DEVICES_MAX) {
        let mut world = cast.world(number, Nobody).expect("a device of this number");
        is_whole &= run_to(&mut world, end);
        let ended = world.finish();
        digest = digest.merged(ended.digest);
        events += ended.events;
    }
    (digest, events, is_whole)
}

/// Runs to a moment, or for so many moments at which something happens; true if it got there.
fn run_to(world: &mut World<'_, Nobody>, end: Wall) -> bool {
    for _ in 0..MOMENTS_MAX {
        if world.next() > end {
            return true;
        }
        world.run_to(world.next());
    }
    false
}

fn is_in_place(error: &ScenarioError, text: &str) {
    let place = &error.place;
    assert!(error.to_string().starts_with(FILE), "{error}");
    // Behind the last line too: that is where what is missing would be.
    let lines: Vec<&str> = text.split('\n').collect();
    assert!((1..=lines.len()).contains(&place.line), "line {} of {}: {error}", place.line, lines.len());
    let columns = lines[place.line - 1].chars().count() + 1;
    assert!((1..=columns).contains(&place.column), "column {} of {columns}: {error}", place.column);
}

const FILE: &str = "fuzzed.toml";
const GROUPS_MAX: usize = 8;
const CLASSES_MAX: usize = 64;
const DEVICES_MAX: u64 = 3;
const MOMENTS_MAX: usize = 2_000;
const TRACED_EVENTS: u64 = 400;
const DURATION_MAX: Span = Span::days(3);
