//! Bytes as a snapshot: as they are, and as the body of one whose header and check sum are right.
//!
//! What is restored is written again as it was but for the tokens that have moved on, keeps its invariants, and lives on
//! without a mishap; everything else is refused with its reason.

use imesim::agent::{Agent, RestoreError};
use imesim::agent::{Input, ServiceChange};

use super::agent::Driver;
use super::bytes::Bytes;
use super::cases::{self, Kind};
use super::common::{Checked, Suite};
use super::framed::sealed;

/// True if the bytes, or a snapshot with them as its body, were restored.
pub(crate) fn run(data: &[u8]) -> bool {
    let (life, body) = data.split_at(LIFE.min(data.len()));
    let whole = restored(data);
    let body = restored(&with_body(body));
    for agent in [whole, body.clone()].into_iter().flatten() {
        if let Err(error) = lives(agent, life) {
            panic!("{error}");
        }
    }
    body.is_some()
}

/// So many bytes say what becomes of the restored agent; the body follows.
pub(crate) const LIFE: usize = 48;

/// A snapshot of this version with this body.
fn with_body(body: &[u8]) -> Vec<u8> {
    let there = Agent::absent().snapshot();
    sealed(&there.as_bytes()[..6], body, |bytes| match Agent::restore(bytes) {
        Err(RestoreError::Damaged { found, .. }) => Some(found),
        _ => None,
    })
}

/// The agent of a snapshot, if it is one. Written again it may differ from before in the number of the next token alone,
/// and from then on that number goes up by the same each time.
fn restored(bytes: &[u8]) -> Option<Agent> {
    let agent = match Agent::restore(bytes) {
        Ok(agent) => agent,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return None;
        }
    };
    let written = agent.snapshot();
    let again = Agent::restore(written.as_bytes()).expect("what was written is read");
    let length = again.snapshot().as_bytes().len();
    assert!(written.as_bytes().len().abs_diff(length) <= 4, "a restored agent has gained or lost something");
    assert!(agent.timers().eq(again.timers()), "other deadlines");
    assert_eq!(
        (agent.version(), agent.scripts(), agent.start_type()),
        (again.version(), again.scripts(), again.start_type())
    );
    assert_eq!(agent.check_invariants(), Ok(()));
    Some(agent)
}

/// Some inputs, after a start of its service.
fn lives(agent: Agent, life: &[u8]) -> Checked {
    let mut bytes = Bytes::new(life);
    let setting = cases::setting(&mut bytes, Kind::Wild);
    let now = cases::start(&mut bytes, Kind::Wild);
    let mut suite = Suite::default();
    let mut driver = Driver::loose(&setting, &mut suite, agent, now);
    driver.tick_until_quiet()?;
    driver.give(Input::ClockChanged)?;
    driver.give(Input::Service(ServiceChange::Started))?;
    while !bytes.is_empty() {
        driver.step(&cases::agent_step(&mut bytes, Kind::Wild))?;
    }
    Ok(())
}
