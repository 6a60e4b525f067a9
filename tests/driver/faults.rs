//! What a faulty network does to messages, and what the agent makes of it.

use imesim::agent::{Event, Input};
use imesim::chance::Chance;
use imesim::driver::{Conditions, Memory, MemoryHost, Partition, Session, Setup, VirtualClock};
use imesim::protocol::{Failure, PolicyId};
use imesim::rules::b;
use imesim::time::{Now, Span};

use super::{Shared, VERSION, assert_all_reported, days, outcome, start, to};

fn run_under(conditions: Conditions, seed: u64) -> (Vec<(Now, imesim::rules::RuleId, Event)>, u64) {
    let service = Shared::default();
    let memory = Memory::new(to(&service)).with_conditions(conditions, Chance::seeded(seed, 0));
    let setup = Setup { chance: Chance::seeded(seed, 1), ..Setup::default() };
    let mut session = Session::new(setup, VirtualClock::starting_at(start()), memory, MemoryHost::new(outcome));
    session.feed(Input::Installed(VERSION)).unwrap();
    session.run_until(days(20)).unwrap();
    // Faults end; what is left must arrive.
    *session.transport_mut().conditions_mut() = Conditions::default();
    session.run_until(days(22)).unwrap();
    session.agent().check_invariants().unwrap();
    assert_all_reported(session.agent(), &service.borrow());
    for (policy, runs) in [(1, 1), (2, 4), (3, 2)] {
        let started = session.host().started().iter().filter(|(_, run)| run.policy == PolicyId(policy)).count();
        assert_eq!(started, runs, "script {policy} under seed {seed}");
    }
    let sent = session.transport().sent();
    (session.into_parts().2.notes().to_vec(), sent)
}

fn count(notes: &[(Now, imesim::rules::RuleId, Event)], is_it: impl Fn(&Event) -> bool) -> usize {
    notes.iter().filter(|(.., event)| is_it(event)).count()
}

#[test]
fn no_report_is_lost_under_loss() {
    for seed in 0..20 {
        let (notes, _) = run_under(Conditions { loss_ppm: 300_000, ..Conditions::default() }, seed);
        let timed_out = |event: &Event| matches!(event, Event::CheckInFailed { failure: Failure::TimedOut, .. });
        assert!(count(&notes, timed_out) > 100, "seed {seed}");
    }
}

#[test]
fn the_second_copy_of_an_answer_is_stale() {
    let (notes, sent) = run_under(Conditions { duplicate_ppm: 1_000_000, ..Conditions::default() }, 3);
    let stale = count(&notes, |event| matches!(event, Event::Stale { .. }));
    assert!(stale as u64 > sent / 2, "{stale} of {sent}");
}

#[test]
fn answers_may_overtake_one_another_and_come_too_late() {
    for seed in 0..10 {
        let slow = Conditions {
            latency_max: Span::secs(150),
            duplicate_ppm: 200_000,
            loss_ppm: 100_000,
            ..Conditions::default()
        };
        let (notes, _) = run_under(slow, seed);
        assert!(count(&notes, |event| matches!(event, Event::Stale { .. })) > 10, "seed {seed}");
    }
}

#[test]
fn answers_that_a_partition_held_up_are_stale() {
    let service = Shared::default();
    let from = start().after(Span::secs(65));
    let partition = Partition { from, until: start().after(Span::hours(5)) };
    let latency = Span::secs(20);
    let conditions =
        Conditions { latency_min: latency, latency_max: latency, partitions: vec![partition], ..Conditions::default() };
    let setup = Setup { chance: Chance::Lowest, ..Setup::default() };
    let memory = Memory::new(to(&service)).with_conditions(conditions, Chance::Lowest);
    let mut session = Session::new(setup, VirtualClock::starting_at(start()), memory, MemoryHost::new(outcome));
    session.feed(Input::Installed(VERSION)).unwrap();
    // The script poll leaves at 60 s and would be answered at 80 s.
    session.run_until(start().after(Span::hours(4))).unwrap();
    assert_eq!(service.borrow().polls, 1);
    assert_eq!(session.host().started(), []);
    let no_network = |event: &Event| matches!(event, Event::CheckInFailed { failure: Failure::NoNetwork, .. });
    assert!(count(session.host().notes(), no_network) >= 3);
    assert!(session.transport().on_their_way() > 0);
    session.run_until(start().after(Span::hours(6))).unwrap();
    let healed: Vec<_> = session.host().notes().iter().filter(|(now, ..)| now.wall == partition.until).collect();
    assert!(healed.iter().any(|(_, rule, event)| *rule == b(4, 28) && matches!(event, Event::Stale { .. })));
    // The next script poll is that of the idle timer.
    session.run_until(days(3)).unwrap();
    assert_all_reported(session.agent(), &service.borrow());
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let conditions = || Conditions {
        latency_max: Span::secs(90),
        duplicate_ppm: 200_000,
        loss_ppm: 200_000,
        ..Conditions::default()
    };
    assert_eq!(run_under(conditions(), 7), run_under(conditions(), 7));
    assert_ne!(run_under(conditions(), 7), run_under(conditions(), 8));
}
