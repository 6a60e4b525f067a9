//! Bytes as the life of an agent: figures, then inputs with the passage of time between them, answers to what is under way
//! and to what is not, steps of the clock, kills and restores.
//!
//! A tame life is held to everything that `tests/properties.rs` asks, a wild one to the bounds. After every input the agent
//! keeps its invariants and `EFFECTS_MAX`, gives the same effects a second time, and names its deadlines rightly.

use imesim::agent::Agent;

use super::agent::Driver;
use super::bytes::Bytes;
use super::cases::{self, Kind};
use super::common::Suite;

pub(crate) fn run(data: &[u8]) -> u64 {
    let mut bytes = Bytes::new(data);
    let kind = if bytes.byte() & 1 == 0 { Kind::Tame } else { Kind::Wild };
    let setting = cases::setting(&mut bytes, kind);
    let mut suite = Suite::default();
    let mut driver = match kind {
        Kind::Tame => Driver::new(&setting, &mut suite),
        Kind::Wild => Driver::loose(&setting, &mut suite, Agent::absent(), cases::start(&mut bytes, kind)),
    };
    let mut checked = driver.begin();
    for _ in 0..STEPS_MAX {
        if bytes.is_empty() || checked.is_err() {
            break;
        }
        checked = driver.step(&cases::agent_step(&mut bytes, kind));
    }
    if let Err(error) = checked {
        panic!("{error}");
    }
    suite.steps
}

const STEPS_MAX: usize = 400;
