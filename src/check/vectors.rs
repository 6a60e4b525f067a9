//! What the agent does in a story, line by line as JSON: a test for agents that are not written in Rust.
//!
//! The first line says what holds all along:
//!
//! ```json
//! {"vectors":1,"scenario":"...","device":"pc1","profile":{...},"facts":{...},"library":{...},"zone":{"name":"UTC","offsets":[[0,0]]}}
//! ```
//!
//! Every delay that is drawn is its mean here ([`Profile::without_jitter`](crate::profile::Profile::without_jitter)), so nobody needs
//! our draws. Each further line is one call:
//!
//! ```json
//! {"line":3,"wall":13412044800000,"awake":1,"enrolled":13411958400000,"input":"tick",
//!  "effects":[{"send":{"token":1,"request":{"poll":{"workload":"script","user":0,"agent":"1.94.0.0"}}}}],
//!  "notes":[["B-4.22",{"event":"check-in","workload":"script","cause":"start","user":0}]],
//!  "next":{"awake":60001,"wall":13412131200000}}
//! ```
//!
//! | key | says |
//! |---|---|
//! | `wall` | what the device's clock shows, in milliseconds since the beginning of 1601 in UTC, as all moments of this kind |
//! | `awake` | how long it has been awake, in milliseconds and counted from 1 |
//! | `enrolled` | when the device enrolled, on its own clock, or `null` |
//! | `facts`, `zone` | what is true of the device, and its time zone, from here on; only where they have changed |
//! | `input` | what happens, by the names of [`Input`] |
//! | `effects` | what the agent wants done, in order, by the names of [`Effect`] |
//! | `notes` | its decisions with their rules; another agent need not have them |
//! | `next` | when it wants to be called again, on each clock, or `null`: the next line is not later than that while the device is awake |
//!
//! A line with `restart` in place of all that is the end of the agent's process and the beginning of the next: it begins with
//! what it kept at the end of the line whose number is given, or without anything where that is `null`. It keeps something at the
//! end of each line with the effect `persist`. What Windows and the MDM channel hold outlives its process.
//!
//! Tokens are names: an agent may choose others as long as answers find their way. Effects are compared in order.

use std::io::{self, Write};

use serde::Serialize;

use super::foreign::{Foreign, ForeignAgent};
use crate::agent::{Agent, Context, Effect, Event, Input, Sink};
use crate::device::{AgentMachine as _, Refusal};
use crate::facts::Facts;
use crate::rules::RuleId;
use crate::scenario::Scenario;
use crate::sim::plan::Plan;
use crate::sim::{Cast, CastError, Observer, World};
use crate::time::{Awake, Now, Wall, Zone};

/// Why there are no vectors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VectorsError {
    /// The scenario's devices cannot be resolved.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// The scenario has no device of this name.
    #[error("there is no device `{name}`")]
    Device {
        /// The name.
        name: String,
    },
    /// A line could not be written.
    #[error("cannot write vectors: {0}")]
    Write(#[from] io::Error),
}

/// Writes what our agent does on one device of a scenario; returns the number of lines behind the first.
///
/// # Errors
/// [`VectorsError`].
pub fn write(scenario: &Scenario, device: &str, out: &mut impl Write) -> Result<u64, VectorsError> {
    let plan = Plan { profile: scenario.plan.profile.clone().without_jitter(), ..scenario.plan.clone() };
    let cast = Cast::new(&plan)?;
    let unknown = || VectorsError::Device { name: device.to_owned() };
    let number = cast.find(device).ok_or_else(unknown)?;
    let (described, cohort) = (cast.described(number).ok_or_else(unknown)?, cast.cohort(number).ok_or_else(unknown)?);
    let zone = &plan.zones[described.zone];
    let head = Head {
        vectors: FORMAT,
        scenario: &scenario.title,
        device,
        profile: &plan.profile,
        facts: &described.facts,
        library: &plan.library,
        zone,
    };
    serde_json::to_writer(&mut *out, &head).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    let tape = Tape::new(described.facts, zone.clone());
    let spread = cast.is_of_population(number);
    let mut world = World::with_agent(&plan, described, cohort, number, spread, Foreign::new(tape), Nobody);
    world.run_until(plan.start.after(plan.duration));
    let tape = world.device().agent().inner();
    out.write_all(&tape.lines)?;
    Ok(tape.line)
}

/// Goes up with every change of what a line says.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Head<'a> {
    vectors: u32,
    scenario: &'a str,
    device: &'a str,
    profile: &'a crate::profile::Profile,
    facts: &'a Facts,
    library: &'a crate::content::Library,
    zone: &'a Zone,
}

/// One call.
#[derive(Serialize)]
struct Call<'a> {
    line: u64,
    wall: Wall,
    awake: Awake,
    enrolled: Option<Wall>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<&'a Facts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<&'a Zone>,
    input: &'a Input<'a>,
    effects: &'a [Effect],
    notes: &'a [(RuleId, Event)],
    next: Next,
}

#[derive(Serialize)]
struct Next {
    awake: Option<Awake>,
    wall: Option<Wall>,
}

#[derive(Serialize)]
struct Restart {
    line: u64,
    restart: Option<u64>,
}

struct Nobody;

impl Observer for Nobody {}

/// Our agent, with a record of every call.
#[derive(Debug)]
struct Tape {
    agent: Agent,
    facts: Facts,
    zone: Zone,
    line: u64,
    lines: Vec<u8>,
}

impl Tape {
    const fn new(facts: Facts, zone: Zone) -> Self {
        Self { agent: Agent::absent(), facts, zone, line: 0, lines: Vec::new() }
    }

    fn write(&mut self, line: &impl Serialize) {
        // Plain values into a vector: neither can fail.
        let written = serde_json::to_writer(&mut self.lines, line);
        debug_assert!(written.is_ok(), "{written:?}");
        self.lines.push(b'\n');
    }
}

/// Keeps what an agent emits and passes it on.
struct Heard<'o> {
    out: &'o mut dyn Sink,
    effects: Vec<Effect>,
    notes: Vec<(RuleId, Event)>,
}

impl Sink for Heard<'_> {
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
        self.out.effect(effect);
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
        self.out.note(rule, event);
    }
}

impl ForeignAgent for Tape {
    fn handle(&mut self, cx: &Context<'_>, now: Now, input: &Input<'_>, out: &mut dyn Sink) {
        let mut heard = Heard { out, effects: Vec::new(), notes: Vec::new() };
        let wake = self.agent.handle(cx, now, *input, &mut heard);
        self.line += 1;
        let facts = (self.facts != *cx.facts).then_some(cx.facts);
        let zone = (self.zone != *cx.zone).then_some(cx.zone);
        let next = Next { awake: wake.awake.map(|(at, _)| at), wall: wake.wall.map(|(at, _)| at) };
        let Heard { effects, notes, .. } = heard;
        self.write(&Call {
            line: self.line,
            wall: now.wall,
            awake: now.awake,
            enrolled: cx.enrolled,
            facts,
            zone,
            input,
            effects: &effects,
            notes: &notes,
            next,
        });
        self.facts = *cx.facts;
        if zone.is_some() {
            self.zone = cx.zone.clone();
        }
    }

    fn next(&self) -> (Option<Awake>, Option<Wall>) {
        let wake = self.agent.wake();
        (wake.awake.map(|(at, _)| at), wake.wall.map(|(at, _)| at))
    }

    fn save(&self) -> Vec<u8> {
        let mut file = self.line.to_le_bytes().to_vec();
        file.extend(self.agent.snapshot().as_bytes());
        file
    }

    fn load(&mut self, file: Option<&[u8]>) -> Result<(), Refusal> {
        let restart = match file {
            None => {
                self.agent = self.agent.without_state();
                None
            }
            Some(file) => {
                let (line, snapshot) = file.split_first_chunk().ok_or_else(|| Refusal("cut short".to_owned()))?;
                Agent::restore(snapshot).map_err(Refusal::from)?;
                self.agent.begin_with(snapshot)?;
                Some(u64::from_le_bytes(*line))
            }
        };
        self.line += 1;
        self.write(&Restart { line: self.line, restart });
        Ok(())
    }
}
