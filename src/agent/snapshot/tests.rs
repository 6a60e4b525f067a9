//! Snapshots are read as they were written, or not at all.

use super::super::Timer;
use super::super::timers::Timers;
use super::*;

/// The form of timers in a body.
type Armed<'a> = &'a [(usize, u64)];

/// What is said of a snapshot with a right check sum and this body.
fn read(body: &[u8]) -> Result<(), String> {
    let header = [&MAGIC[..], &VERSION.to_le_bytes(), &u32::try_from(body.len()).unwrap().to_le_bytes()].concat();
    let bytes = [&header[..], &sum(body).to_le_bytes(), body].concat();
    Agent::restore(&bytes).map(|_| ()).map_err(|error| error.to_string())
}

fn body(installed: bool, timers: Armed<'_>) -> Vec<u8> {
    postcard::to_allocvec(&(installed, Durable::absent(), timers)).unwrap()
}

#[test]
fn timers_that_cannot_be_in_a_snapshot_are_refused() {
    let (health, detected) = (Timer::Health as usize, Timer::RemoveDetected as usize);
    assert_eq!(read(&body(false, &[])), Ok(()));
    assert_eq!(read(&body(true, &[(health, 5)])), Ok(()));
    assert_eq!(read(&body(true, &[(detected, 7), (health, 5)])), Ok(()));
    for timers in [
        &[(health, 0)][..],
        &[(health, 5), (health, 5)],
        &[(health, 5), (detected, 7)],
        &[(Timer::PollScript as usize, 5)],
        &[(Timer::ALL.len(), 5)],
        &[(usize::MAX, 5)],
    ] {
        let refused = read(&body(true, timers)).unwrap_err();
        assert!(refused.starts_with("snapshot cannot be read: "), "{timers:?}: {refused}");
    }
}

#[test]
fn an_agent_that_breaks_an_invariant_is_refused() {
    let absent_and_armed = body(false, &[(Timer::Health as usize, 5)]);
    let reason = "a timer is armed while the agent is not on the device";
    assert_eq!(read(&absent_and_armed), Err(format!("snapshot cannot be read: {reason}")));
}

#[test]
fn bytes_behind_the_agent_are_refused() {
    let longer = [body(false, &[]), vec![0]].concat();
    assert_eq!(read(&longer), Err("snapshot cannot be read: 1 bytes follow after its end".to_owned()));
}

/// An agent that everything is known of.
fn known() -> Agent {
    let mut durable = Durable::absent();
    durable.version = crate::profile::Version([1, 2, 3, 4]);
    durable.start_type = StartType::Manual;
    (durable.broken, durable.certificate, durable.startup_data) = (true, true, true);
    (durable.starts, durable.health_checks) = (7, 9);
    durable.next_token = durable.next_token.skip(3);
    (durable.around.dark_wake, durable.around.signed_in) = (true, 2);
    durable.around.active = crate::protocol::UserId(1);
    durable.work = Some(Box::default());
    let mut timers = Timers::new();
    for timer in [Timer::Health, Timer::RemoveUnmanaged, Timer::PollScript] {
        timers.put(timer as usize, 5, 0);
    }
    Agent { durable, timers, phase: Phase::Running(crate::agent::state::Running::default()) }
}

/// A table of the health task alone.
fn health_task(agent: &Agent) -> Timers {
    let mut timers = Timers::new();
    timers.take_over(Timer::Health, &agent.timers);
    timers
}

#[test]
fn what_windows_holds_is_left_without_the_agents_file() {
    let agent = known();
    let durable = Durable {
        startup_data: false,
        work: None,
        next_token: agent.durable.next_token.skip(TOKENS_PER_LIFE),
        ..agent.durable.clone()
    };
    let left = Agent { durable, timers: health_task(&agent), phase: Phase::Stopped };
    assert_eq!(agent.without_state(), left);
    let absent = Agent { phase: Phase::Absent, ..agent };
    assert_eq!(absent.without_state().phase, Phase::Absent);
}

#[test]
fn an_old_file_does_not_say_what_windows_holds() {
    let (agent, old) = (known(), Agent::absent());
    let durable = Durable {
        startup_data: false,
        work: None,
        starts: old.durable.starts,
        next_token: agent.durable.next_token.skip(TOKENS_PER_LIFE),
        ..agent.durable.clone()
    };
    let restored = Agent { durable, timers: health_task(&agent), phase: Phase::Absent };
    assert_eq!(old.on_machine_of(&agent), restored);
    // What is in the file alone is the file's.
    let restored = agent.clone().on_machine_of(&Agent::absent());
    let kept = Durable { startup_data: true, work: agent.durable.work.clone(), starts: 7, ..skipped() };
    assert_eq!(restored.durable, kept);
    assert!(!restored.timers.is_set(Timer::Health) && restored.timers.is_set(Timer::RemoveUnmanaged));
}

#[test]
fn a_file_of_another_length_says_by_how_much() {
    let bytes = Agent::absent().snapshot().as_bytes().to_vec();
    assert_eq!(Agent::restore(&bytes), Ok(Agent { durable: skipped(), ..Agent::absent() }));
    let longer = [&bytes[..], &[1, 2, 3]].concat();
    assert_eq!(Agent::restore(&longer), Err(RestoreError::Long { extra: 3 }));
    for (have, needed) in [(bytes.len() - 2, bytes.len()), (HEADER, bytes.len()), (HEADER - 1, HEADER), (0, HEADER)] {
        assert_eq!(Agent::restore(&bytes[..have]), Err(RestoreError::Short { have, needed }));
    }
}

/// What is kept of an absent agent when it is restored: its tokens go on behind those of the process before.
fn skipped() -> Durable {
    Durable { next_token: Durable::absent().next_token.skip(TOKENS_PER_LIFE), ..Durable::absent() }
}

/// Each bit counts with its place, also those of the last word, which is filled up, and so does the length.
#[test]
fn a_check_sum_shows_every_change() {
    let bytes: Vec<u8> = (101..120).collect();
    let mut flipped = vec![sum(&bytes)];
    for bit in 0..8 * bytes.len() {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        flipped.push(sum(&bytes));
    }
    let shorter = (0..=19).map(|length| sum(&bytes[..length]));
    let longer = (1..9).map(|zeros| sum(&[&bytes[..], &vec![0; zeros]].concat()));
    for mut sums in [flipped, shorter.chain(longer).collect()] {
        let count = sums.len();
        sums.sort_unstable();
        sums.dedup();
        assert_eq!(sums.len(), count);
    }
}
