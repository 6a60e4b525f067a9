//! Snapshots: what is restored is what was written, and whatever else is refused.

use imesim::agent::{Agent, Context, Input, RestoreError, ServiceChange, Timer};

use super::agent::Driver;
use super::common::{Checked, Setting, ensure};

/// Tries every way of damaging the snapshot of one agent, and the undamaged one.
pub(crate) fn check(agent: &Agent, driver: &Driver<'_>, setting: &Setting) -> Checked {
    let snapshot = agent.snapshot();
    let bytes = snapshot.as_bytes();
    let restored =
        Agent::restore(bytes).map_err(|error| proptest::test_runner::TestCaseError::fail(error.to_string()))?;
    // Only the tokens have moved on.
    ensure(restored.snapshot().as_bytes().len().abs_diff(bytes.len()) <= 4, || {
        "a restored agent has lost something".to_owned()
    })?;
    ensure(restored.timers().eq(agent.timers().filter(|(timer, _)| OUTLIVE.contains(timer))), || {
        "other deadlines".to_owned()
    })?;
    ensure(restored.version() == agent.version() && restored.scripts() == agent.scripts(), || {
        format!("{restored:?} is not what is durable of {agent:?}")
    })?;
    starts(restored, driver, setting)?;

    for length in 0..bytes.len() {
        let refused = Agent::restore(&bytes[..length]);
        ensure(matches!(refused, Err(RestoreError::Short { .. })), || format!("{length} bytes give {refused:?}"))?;
    }
    let mut damaged = bytes.to_vec();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            damaged[place] ^= 1 << bit;
            let refused = Agent::restore(&damaged);
            ensure(refused.is_err(), || format!("bit {bit} of byte {place} goes unnoticed: {refused:?}"))?;
            damaged[place] ^= 1 << bit;
        }
    }
    damaged.push(0);
    ensure(Agent::restore(&damaged) == Err(RestoreError::Long { extra: 1 }), || "a longer file is read".to_owned())?;
    damaged.pop();
    damaged[4] = damaged[4].wrapping_add(1);
    let refused = Agent::restore(&damaged);
    ensure(matches!(refused, Err(RestoreError::Version { .. })), || format!("another version gives {refused:?}"))
}

/// A restored agent can be started, unless nothing could start it before.
fn starts(mut restored: Agent, driver: &Driver<'_>, setting: &Setting) -> Checked {
    let cx = Context::new(&setting.profile, &setting.facts, setting.chance);
    let startable = restored.version().is_some()
        && !restored.is_broken()
        && restored.start_type() != imesim::agent::StartType::Disabled;
    let mut effects = Vec::new();
    let _ = restored.handle(&cx, driver.now, Input::Service(ServiceChange::Started), &mut effects);
    ensure(restored.is_running() == startable, || format!("started: {startable}, but {restored:?}"))?;
    ensure(restored.check_invariants() == Ok(()), || format!("{:?}", restored.check_invariants()))?;
    let polls = restored.timers().any(|(timer, _)| timer == Timer::PollScript);
    ensure(polls == startable, || "a started agent polls".to_owned())
}

/// What is armed whether the service runs or not.
const OUTLIVE: [Timer; 4] = [Timer::RemoveDetected, Timer::RemoveUnmanaged, Timer::RemoveIrrecoverable, Timer::Health];
