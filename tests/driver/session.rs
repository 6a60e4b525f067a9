//! The session's loop: when it comes back, what it holds back for the disk, and what it restores.

use imesim::agent::Input;
use imesim::chance::Chance;
use imesim::driver::{Conditions, Memory, MemoryHost, Reason, Session, SessionError, Setup, VirtualClock};
use imesim::profile::Profile;
use imesim::protocol::PolicyId;
use imesim::time::{Awake, Span, Wake};

use super::{Shared, VERSION, assert_all_reported, days, outcome, start, to};

#[test]
fn a_session_says_when_and_why_to_come_back() {
    let setup = Setup { chance: Chance::Lowest, ..Setup::default() };
    let service = Shared::default();
    let memory = Memory::new(to(&service))
        .with_conditions(Conditions { latency_min: Span::secs(3), ..Conditions::default() }, Chance::Lowest);
    let mut session = Session::new(setup, VirtualClock::starting_at(start()), memory, MemoryHost::new(outcome));
    assert_eq!(session.poll().unwrap().until, Wake::NEVER);
    session.feed(Input::Installed(VERSION)).unwrap();
    let first = session.poll().unwrap().until;
    assert_eq!(first.awake, Some((Awake::at(Span::secs(30)), Reason::Timer(imesim::agent::Timer::Ready))));
    // A call too early does nothing.
    assert_eq!(session.poll().unwrap().until, first);
    session.clock_mut().pass(Span::secs(60));
    assert_eq!(session.poll().unwrap().until.wall, Some((start().after(Span::secs(63)), Reason::Delivery)));
    session.clock_mut().pass(Span::secs(3));
    assert_eq!(session.poll().unwrap().until.awake, Some((Awake::at(Span::secs(103)), Reason::RunEnd)));
}

#[test]
fn nothing_that_relies_on_the_snapshot_begins_before_it_is_written() {
    let service = Shared::default();
    let setup = Setup { profile: Profile::default().without_jitter(), ..Setup::default() };
    let clock = VirtualClock::starting_at(start());
    let mut session = Session::new(setup, clock, Memory::new(to(&service)), MemoryHost::new(outcome));
    session.host_mut().fail_disk(Some(std::io::ErrorKind::StorageFull));
    let refused = session.feed(Input::Installed(VERSION)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "2 effects are held back: the snapshot was not written to memory: no storage space"
    );
    // The service is not started, and asking again changes nothing.
    assert!(!session.agent().is_running());
    assert_eq!(session.poll().unwrap_err(), refused);
    session.host_mut().fail_disk(None);
    let _ = session.poll().unwrap();
    assert!(session.agent().is_running());
    assert_eq!(session.held(), 0);
}

#[test]
fn a_run_waits_for_the_disk_and_then_happens_once() {
    let service = Shared::default();
    let setup = Setup { profile: Profile::default().without_jitter(), ..Setup::default() };
    let clock = VirtualClock::starting_at(start());
    let mut session = Session::new(setup, clock, Memory::new(to(&service)), MemoryHost::new(outcome));
    session.feed(Input::Installed(VERSION)).unwrap();
    session.host_mut().fail_disk(Some(std::io::ErrorKind::PermissionDenied));
    let SessionError::Persist { source, held } = session.run_until(days(1)).unwrap_err() else {
        panic!("there is no other error")
    };
    assert_eq!((source.place.as_str(), source.kind), ("memory", std::io::ErrorKind::PermissionDenied));
    assert!(held >= 2);
    assert_eq!(session.host().started(), []);
    // The session is usable: other inputs are taken notice of while effects are held back.
    assert!(session.feed(Input::ClockChanged).is_err());
    session.clock_mut().pass(Span::mins(1));
    session.host_mut().fail_disk(None);
    session.run_until(days(3)).unwrap();
    let first = session.host().started().iter().filter(|(_, run)| run.policy == PolicyId(1)).count();
    assert_eq!(first, 1);
    assert_all_reported(session.agent(), &service.borrow());
}

#[test]
fn a_damaged_snapshot_is_to_be_set_aside() {
    let service = Shared::default();
    let clock = VirtualClock::starting_at(start());
    let mut session = Session::new(Setup::default(), clock, Memory::new(to(&service)), MemoryHost::new(outcome));
    session.feed(Input::Installed(VERSION)).unwrap();
    session.run_until(days(1)).unwrap();
    let whole = session.host().disk().unwrap().to_vec();
    let before = session.agent().clone();
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x10;
        let refused = session.restore(&damaged).unwrap_err();
        assert!(refused.to_string().starts_with("set the snapshot aside and begin without it: "), "{refused}");
        assert!(session.restore(&whole[..place]).is_err());
    }
    assert_eq!(session.agent(), &before);
    session.restore(&whole).unwrap();
    assert!(!session.agent().is_running());
    assert_eq!(session.agent().scripts(), before.scripts());
}
