//! The state file as it grows: many answers share one write, what was answered is never lost, a torn end is kept aside and said.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use imesim::serve::{Options, ServeError, Server, StateError, set_aside};

use super::state::folder;
use super::{PC1, PC2, SCENARIO, ask, poll, report};

fn start(state: &Path, journal: u64) -> Result<Server, ServeError> {
    super::start(SCENARIO, Options { state: Some(state.to_owned()), journal, ..Options::default() })
}

/// How many reports of a device were taken.
fn reports(server: &Server, device: usize) -> u32 {
    server.with(|hub, _| hub.devices()[device].record().ledger.reports().total())
}

fn beside(state: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}.{ending}", state.display()))
}

const GROWS: u64 = 1 << 20;

#[test]
fn wherever_the_file_breaks_off_what_was_answered_before_is_there() {
    let state = folder("torn").join("state");
    let server = start(&state, GROWS).unwrap();
    let mut lengths = vec![fs::read(&state).unwrap().len()];
    for run in 1..=4 {
        assert_eq!(ask(&server, PC1, &report(run, 0, run)).0, 200);
        lengths.push(fs::read(&state).unwrap().len());
    }
    server.kill();
    let whole = fs::read(&state).unwrap();
    assert!(whole.len() >= lengths[4] && lengths.is_sorted(), "each answer made it grow: {lengths:?}");
    for cut in (lengths[0]..=whole.len()).step_by(37).chain(lengths.iter().copied()) {
        fs::write(&state, &whole[..cut]).unwrap();
        let server = start(&state, GROWS).unwrap();
        let answered = lengths.iter().rposition(|length| *length <= cut).unwrap() as u32;
        assert!(reports(&server, 0) >= answered, "{} of {answered} at {cut}", reports(&server, 0));
        if let Some(torn) = server.torn().cloned() {
            let aside = fs::read(&torn.aside).unwrap();
            assert_eq!(aside.len(), torn.bytes);
            assert!(!lengths.contains(&cut) && whole[..cut].ends_with(&aside), "it is the end of the file");
            fs::remove_file(&torn.aside).unwrap();
        } else {
            assert!(!beside(&state, "torn-1").exists());
        }
        server.kill();
        assert!(start(&state, GROWS).unwrap().torn().is_none(), "it is said once");
    }
}

#[test]
fn the_file_begins_anew_when_it_has_grown_and_nothing_is_lost_with_it() {
    for journal in [0, 3_000] {
        let state = folder(&format!("anew-{journal}")).join("state");
        let server = start(&state, journal).unwrap();
        let (mut longest, mut shrank) = (0, 0);
        for run in 1..=40 {
            assert_eq!(ask(&server, if u32::is_multiple_of(run, 2) { PC1 } else { PC2 }, &report(run, 0, run)).0, 200);
            let length = fs::metadata(&state).unwrap().len();
            shrank += u32::from(length < longest);
            longest = longest.max(length);
        }
        server.kill();
        assert!(longest < 3_000 + 2_000, "{longest}");
        assert_eq!(shrank > 0, journal > 0, "with 0 it never grows, and so never shrinks");
        let server = start(&state, journal).unwrap();
        assert_eq!((reports(&server, 0), reports(&server, 1)), (20, 20));
        assert!(server.torn().is_none());
    }
}

#[test]
fn reports_that_come_together_are_all_there_after_a_kill() {
    let state = folder("together").join("state");
    let server = start(&state, GROWS).unwrap();
    let taken: u32 = thread::scope(|scope| {
        let server = &server;
        let one = |part: u32| {
            scope.spawn(move || {
                let token = if part.is_multiple_of(2) { PC1 } else { PC2 };
                (1..=10).filter(|run| ask(server, token, &report(*run, 0, part * 100 + run)).0 == 200).count()
            })
        };
        let threads: Vec<_> = (0..8).map(one).collect();
        threads.into_iter().map(|thread| thread.join().unwrap() as u32).sum()
    });
    assert_eq!(taken, 80);
    server.kill();
    let server = start(&state, GROWS).unwrap();
    assert_eq!(reports(&server, 0) + reports(&server, 1), taken);
}

#[test]
fn a_state_file_is_of_one_service_at_a_time() {
    let state = folder("in-use").join("state");
    let first = start(&state, GROWS).unwrap();
    assert_eq!(ask(&first, PC1, &report(1, 0, 1)).0, 200);
    let before = fs::read(&state).unwrap();
    assert_eq!(start(&state, GROWS).unwrap_err(), ServeError::State(StateError::InUse));
    assert_eq!(set_aside(&state), Err(StateError::InUse));
    assert_eq!(fs::read(&state).unwrap(), before, "nothing of it has changed");
    assert_eq!(ask(&first, PC1, &poll(2, "script")).0, 200, "the first goes on");
    // However it ends, the next one may go on.
    first.kill();
    let second = start(&state, GROWS).unwrap();
    assert_eq!(reports(&second, 0), 1);
    second.stop();
    assert_eq!(reports(&start(&state, GROWS).unwrap(), 0), 1);
}

#[test]
fn what_nobody_waits_for_is_there_after_a_second_too() {
    let state = folder("polls").join("state");
    let server = start(&state, GROWS).unwrap();
    assert_eq!(ask(&server, PC1, &poll(1, "script")).0, 200);
    let length = fs::metadata(&state).unwrap().len();
    for _ in 0..1_000 {
        if fs::metadata(&state).unwrap().len() > length {
            break;
        }
        thread::sleep(std::time::Duration::from_millis(10));
    }
    let seen = |server: &Server| server.with(|hub, _| hub.devices()[0].record().seen);
    let before = seen(&server);
    server.kill();
    assert_eq!(seen(&start(&state, GROWS).unwrap()), before);
}
