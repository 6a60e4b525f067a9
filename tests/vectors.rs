//! Vectors hold all that an agent needs to know: ours, fed from their text alone and with other draws, does what they say.
#![cfg(feature = "check")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

use std::collections::BTreeMap;
use std::path::Path;

use imesim::agent::{Agent, Context, Effect, Event, Input, Sink};
use imesim::chance::Chance;
use imesim::check::vectors;
use imesim::content::Library;
use imesim::device::AgentMachine as _;
use imesim::facts::Facts;
use imesim::profile::Profile;
use imesim::protocol::{Answer, Token};
use imesim::rules::RuleId;
use imesim::scenario::{Overrides, Scenario};
use imesim::sim::Cast;
use imesim::time::{Awake, Now, Wall, Zone};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Stories of each kind of work; the three that are fleets would be long.
const STORIES: [&str; 12] = [
    "tests/scenarios/starter/s-01-clock-set-back.toml",
    "tests/scenarios/starter/s-04-irrecoverable-twins.toml",
    "tests/scenarios/starter/s-14-deleted-on-the-service.toml",
    "tests/scenarios/starter/s-17-wiped-and-back.toml",
    "tests/scenarios/starter/s-21-killed-at-every-step.toml",
    "tests/scenarios/starter/s-22-damaged-state.toml",
    "tests/scenarios/starter/s-23-everything-at-once.toml",
    "tests/scenarios/starter/s-24-four-kinds-of-sync.toml",
    "tests/scenarios/starter/s-25-three-kinds-of-failure.toml",
    "tests/scenarios/starter/s-29-stopped-in-every-state.toml",
    "tests/scenarios/starter/s-34-update-while-a-restart-waits.toml",
    "tests/scenarios/starter/s-36-one-app-does-not-apply.toml",
];

#[derive(Default)]
struct Heard {
    effects: Vec<Effect>,
    notes: Vec<(RuleId, Event)>,
}

impl Sink for Heard {
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

/// Another reader of the text, which knows of nothing else.
struct Reader {
    profile: Profile,
    facts: Facts,
    library: Library,
    zone: Zone,
    agent: Agent,
    saved: BTreeMap<u64, Vec<u8>>,
}

impl Reader {
    fn new(head: &Value) -> Self {
        assert_eq!(head["vectors"], 1);
        Self {
            profile: read(&head["profile"]),
            facts: read(&head["facts"]),
            library: read(&head["library"]),
            zone: read(&head["zone"]),
            agent: Agent::absent(),
            saved: BTreeMap::new(),
        }
    }

    fn line(&mut self, line: &Value) {
        let number: u64 = read(&line["line"]);
        if let Some(restart) = line.get("restart") {
            match restart.as_u64() {
                Some(kept) => self.agent.begin_with(&self.saved[&kept]).expect("it was kept a moment ago"),
                None => assert!(self.agent.begin_with(&[]).is_err(), "nothing was kept"),
            }
            return;
        }
        if let Some(facts) = line.get("facts") {
            self.facts = read(facts);
        }
        if let Some(zone) = line.get("zone") {
            self.zone = read(zone);
        }
        let now = Now { wall: read(&line["wall"]), awake: read(&line["awake"]) };
        let enrolled: Option<Wall> = read(&line["enrolled"]);
        // Not the seed of the story: nothing is drawn that would matter.
        let cx = Context {
            profile: &self.profile,
            facts: &self.facts,
            chance: Chance::seeded(99, 7),
            library: &self.library,
            zone: &self.zone,
            enrolled,
        };
        let mut heard = Heard::default();
        let given = &line["input"];
        let wake = if let Some(answered) = given.get("answered") {
            let answer: Answer<'static> = read(&answered["answer"]);
            let (token, at): (Token, Wall) = (read(&answered["token"]), read(&answered["at"]));
            self.agent.handle(&cx, now, Input::Answered { token, at, answer: &answer }, &mut heard)
        } else {
            let input: Input<'_> = serde_json::from_value(given.clone()).expect("an input");
            self.agent.handle(&cx, now, input, &mut heard)
        };
        let next: (Option<Awake>, Option<Wall>) = (wake.awake.map(|(at, _)| at), wake.wall.map(|(at, _)| at));
        let did = json!({"effects": heard.effects, "notes": heard.notes, "next": {"awake": next.0, "wall": next.1}});
        let said = json!({"effects": line["effects"], "notes": line["notes"], "next": line["next"]});
        assert_eq!(did, said, "line {number}: {line}");
        self.saved.insert(number, self.agent.snapshot().as_bytes().to_vec());
    }
}

#[test]
fn vectors_hold_all_that_an_agent_needs() {
    let mut inputs: BTreeMap<String, u32> = BTreeMap::new();
    for file in STORIES {
        let scenario = Scenario::load(Path::new(file), &Overrides::default()).expect("the story is right");
        let cast = Cast::new(&scenario.plan).expect("its devices are there");
        for number in 0..cast.count() {
            let mut text = Vec::new();
            let device = cast.name(number).expect("a name");
            let count = vectors::write(&scenario, &device, &mut text).expect("they are written");
            let text = String::from_utf8(text).expect("it is text");
            let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("each line is JSON"));
            let mut reader = Reader::new(&lines.next().expect("a first line"));
            let mut read = 0;
            for line in lines {
                reader.line(&line);
                read += 1;
                let input = line.get("input").map_or("restart", |input| match input {
                    Value::String(name) => name,
                    _ => input.as_object().and_then(|input| input.keys().next()).map_or("", String::as_str),
                });
                *inputs.entry(input.to_owned()).or_default() += 1;
            }
            assert_eq!(read, count, "{file}");
        }
    }
    // They are of use for as much as they go through.
    let kinds: Vec<&str> = inputs.keys().map(String::as_str).collect();
    for kind in
        ["tick", "answered", "failed", "completed", "installed", "service", "restart", "clock-changed", "remove"]
    {
        assert!(kinds.contains(&kind), "no {kind} in any story, only {kinds:?}");
    }
}

#[test]
fn a_device_that_is_not_there_is_refused() {
    let scenario = Scenario::load(Path::new(STORIES[0]), &Overrides::default()).expect("the story is right");
    let error = vectors::write(&scenario, "pc9", &mut Vec::new()).expect_err("there is none");
    assert_eq!(error.to_string(), "there is no device `pc9`");
}
