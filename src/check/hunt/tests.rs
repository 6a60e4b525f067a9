//! Each judge notices the fault that breaks its invariant, and what is found is made small, written, read and found again.
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

use super::*;
use crate::catalog::{FaultChannel, FaultKind};
use crate::device::{Action, StateFile};
use crate::sabotage::Sabotage;
use crate::sabotage::switched::with;
use crate::service::AdminAction;
use crate::threads::tests::with_at_most;
use crate::time::Span;

/// Which fault each judge must notice, in one of these many seeds.
pub(in crate::check) const CAUGHT: [(Sabotage, Invariant, u64); 27] = [
    (Sabotage::SecondCheckIn, Invariant::C1, 100),
    (Sabotage::NoTimers, Invariant::C3, 10),
    (Sabotage::SyncReachesAgent, Invariant::C4, 100),
    (Sabotage::FarAhead, Invariant::C6, 10),
    (Sabotage::NoStop, Invariant::X3, 100),
    (Sabotage::FiresAgain, Invariant::T3, 400),
    (Sabotage::FarAhead, Invariant::T4, 100),
    (Sabotage::FarAhead, Invariant::T6, 10),
    (Sabotage::EndlessTries, Invariant::R8, 100),
    (Sabotage::ForgetsSuccess, Invariant::W1, 100),
    (Sabotage::NeverRuns, Invariant::W4, 50),
    (Sabotage::NoLimit, Invariant::W5, 100),
    (Sabotage::NoDarkWake, Invariant::W6, 600),
    (Sabotage::LeavesAtOnce, Invariant::A3, 400),
    (Sabotage::CountsOn, Invariant::A3, 400),
    (Sabotage::SecondJob, Invariant::D1, 400),
    (Sabotage::NoInstall, Invariant::D3, 100),
    (Sabotage::CallsAgain, Invariant::R7, 100),
    (Sabotage::IgnoresRetryAfter, Invariant::R7, 400),
    (Sabotage::EnrollsWhenRefused, Invariant::A1, 400),
    (Sabotage::EnrollsTwice, Invariant::A5, 100),
    (Sabotage::MissesTwins, Invariant::A6, 400),
    (Sabotage::StaysForEver, Invariant::X1, 100),
    (Sabotage::LeavesATimer, Invariant::X1, 100),
    (Sabotage::ReportsSuccess, Invariant::U2, 100),
    (Sabotage::RunsWithdrawn, Invariant::W2, 100),
    (Sabotage::StartsAtOnce, Invariant::P2, 400),
];

/// The world in which a fault of this invariant is looked for: one in which it holds without.
pub(in crate::check) fn base_of(invariant: Invariant) -> Base {
    match invariant {
        Invariant::R7 | Invariant::A6 | Invariant::P2 | Invariant::W2 => {
            Base::office_of("hardened", &Overrides::default()).expect("the office is right")
        }
        _ => Base::office(),
    }
}

/// On this thread alone, for sabotage is a thing of one thread.
fn hunt_for(base: &Base, invariant: Invariant, seeds: u64) -> Found {
    let options = Options { seeds: 1..1 + seeds, threads: 1, invariants: vec![invariant], stop: None };
    hunt(base, &options).expect("the office can be cast")
}

#[test]
fn every_judge_notices_what_breaks_its_invariant() {
    let mut unnoticed = Vec::new();
    for (sabotage, invariant, seeds) in CAUGHT {
        let found = with(sabotage, || hunt_for(&base_of(invariant), invariant, seeds));
        match found.failure {
            Some((_, failure)) => assert_eq!(failure.violation.invariant, invariant, "{sabotage:?}"),
            None => unnoticed.push((sabotage, invariant)),
        }
    }
    assert!(unnoticed.is_empty(), "not noticed: {unnoticed:?}");
}

/// A judge that is asked only after steps that concern it notices what one notices that is asked after each, if perhaps later.
#[test]
fn judges_miss_nothing_in_steps_that_do_not_concern_them() {
    for (sabotage, invariant, _) in CAUGHT {
        let base = base_of(invariant);
        let ground = Ground::new(&base).expect("the office can be cast");
        for seed in 1..41 {
            let case = Case::draw(&ground, seed);
            let court = || Court::new().only(&[invariant]);
            let judged = |mut court| ground.run(&case, &mut court, &mut Coverage::default()).err();
            let (asked, restless) = with(sabotage, || (judged(court()), judged(court().restless())));
            let what = format!("{sabotage:?}, seed {seed}: {asked:?} or {restless:?}");
            match (&asked, &restless) {
                (None, None) => {}
                (Some(asked), Some(restless)) => assert!(restless.step <= asked.step, "{what}"),
                _ => panic!("{what}"),
            }
        }
    }
}

/// W2: random worlds seldom keep a run on demand for more than the day that `hardened` gives it; this one does.
#[test]
fn a_run_on_demand_that_comes_too_late_is_noticed() {
    let base = base_of(Invariant::W2);
    let ground = Ground::new(&base).expect("the office can be cast");
    let device = ground.cast().find("desk").expect("it is there");
    let policy = *ground.targets(device).remediations.first().expect("there is a remediation");
    let event = |hours, action| Event { at: Span::hours(hours), action, is_repair: false };
    let asks = Action::Admin(AdminAction::RunRemediation { policy });
    let case = Case {
        seed: 0,
        device,
        network: None,
        events: vec![event(1, Action::Sleep), event(2, asks), event(30, Action::Wake)],
        faults: Vec::new(),
        kill_after: None,
        quiet_from: Span::days(2),
        duration: Span::days(2),
    };
    let judged = || ground.run(&case, &mut Court::new().only(&[Invariant::W2]), &mut Coverage::default());
    assert_eq!(judged(), Ok(()));
    let failure = with(Sabotage::NeverTooLate, judged).expect_err("it is 28 hours old");
    assert_eq!(failure.violation.invariant, Invariant::W2);
}

/// A3: an older file excuses an agent that starts from it, and no other.
#[test]
fn a_recovery_that_was_written_keeps_the_agent_or_is_noticed() {
    let base = Base::office();
    let ground = Ground::new(&base).expect("the office can be cast");
    let device = ground.cast().find("desk").expect("it is there");
    // From the second hour on the service does not know the device, but for four hours a day later.
    let unknown = |from, until| CaseFault {
        from: Span::hours(from),
        until: Span::hours(until),
        channel: FaultChannel::Ime,
        kind: FaultKind::Fails(crate::protocol::Failure::DeviceUnknown),
    };
    let judged = |actions: &[(u64, Action)]| {
        let event = |&(mins, action): &(u64, Action)| Event { at: Span::mins(mins), action, is_repair: false };
        let case = Case {
            events: actions.iter().map(event).collect(),
            faults: vec![unknown(2, 20), unknown(24, 60)],
            ..Case::calm(0, device, Span::hours(36), Span::hours(36))
        };
        ground.run(&case, &mut Court::new().only(&[Invariant::A3]), &mut Coverage::default())
    };
    let (full, free) = (Action::DiskFull(true), Action::DiskFull(false));
    let read_only = |is: bool| Action::StateFile(if is { StateFile::ReadOnly } else { StateFile::Writable });
    let boot = (25 * 60, Action::Reboot);
    let excused = [
        vec![(19 * 60, full), boot],
        vec![(19 * 60, read_only(true)), boot],
        vec![(19 * 60, full), (25 * 60, Action::ServiceKill)],
        vec![(19 * 60, full), (25 * 60, Action::PowerCut), (26 * 60, Action::PowerOn), (27 * 60, free)],
    ];
    for actions in excused {
        assert_eq!(judged(&actions), Ok(()), "{actions:?}");
        assert_eq!(with(Sabotage::CountsOn, || judged(&actions)), Ok(()), "{actions:?}");
    }
    let guilty = [
        // It could write all the time, or again before it recovered.
        vec![boot],
        vec![(3 * 60, full), (19 * 60, free), boot],
        // It could write that before it started.
        vec![(19 * 60, full), (22 * 60, free), boot],
        vec![(19 * 60, read_only(true)), (22 * 60, read_only(false)), (25 * 60, Action::ServiceKill)],
        // It did not start.
        vec![(19 * 60, full)],
    ];
    for actions in guilty {
        assert_eq!(judged(&actions), Ok(()), "{actions:?}");
        let failure = with(Sabotage::CountsOn, || judged(&actions)).expect_err("it leaves, and was well for hours");
        assert_eq!(failure.violation.invariant, Invariant::A3, "{actions:?}");
    }
}

#[test]
fn kills_at_every_step_show_what_was_not_written() {
    let base = Base::office();
    let ground = Ground::new(&base).expect("the office can be cast");
    let options = Options { seeds: 1..301, threads: 1, ..Options::default() };
    let found = with(Sabotage::NoPersist, || kill_at_every_step(&ground, 0, &options));
    let (case, failure) = found.failure.expect("what was done is forgotten, and done again");
    assert_eq!(failure.violation.invariant, Invariant::W1, "{}", failure.violation);
    // It is kept with the file, and found again.
    let text = scenario_of(&base, &ground, &case, &failure);
    let kept = Base::parse(&text, "kept.toml", &Overrides::default()).expect("it is a scenario");
    let replay = kept.scenario.replay.clone().expect("it is a replay");
    assert_eq!(replay.kill_after, case.kill_after);
    let ground = Ground::new(&kept).expect("it can be cast");
    let again = Case::kept(&ground, &replay).expect("the device is there");
    let court = || Court::new().only(&[Invariant::W1]);
    let same = with(Sabotage::NoPersist, || ground.run(&again, &mut court(), &mut Coverage::default()));
    assert_eq!(same.expect_err("it fails as it did").step, failure.step);
    assert!(
        ground.run(&again, &mut court(), &mut Coverage::default()).is_ok(),
        "the agent itself does nothing of the kind"
    );
}

#[test]
fn every_invariant_with_a_judge_has_a_fault_that_it_notices() {
    // X2 speaks of an agent that is not there, which no fault of the agent can show; its judge has a test of its own.
    let court = Court::new();
    let judged = court.invariants().filter(|invariant| *invariant != Invariant::X2);
    let missing: Vec<_> = judged.filter(|invariant| !CAUGHT.iter().any(|(_, caught, _)| caught == invariant)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    use crate::check::invariant::Home::{Judge, Partly, Promised};
    let homes =
        Invariant::ALL.into_iter().filter(|invariant| matches!(invariant.home(), Judge | Partly(_) | Promised(_)));
    // D4 has the judge of D3: an agent that is wanted again comes again.
    let wanted: Vec<_> = homes.filter(|invariant| *invariant != Invariant::D4).collect();
    let mut judged: Vec<_> = Court::new().invariants().collect();
    judged.sort();
    let mut wanted = wanted;
    wanted.sort();
    assert_eq!(judged, wanted);
}

#[test]
fn a_failure_is_made_small_and_found_again_from_its_file_and_its_token() {
    let base = Base::office();
    with(Sabotage::SecondCheckIn, || {
        let found = hunt_for(&base, Invariant::C1, 100);
        let (case, failure) = found.failure.expect("it is found");
        let ground = Ground::new(&base).expect("the office can be cast");
        let mut told = Vec::new();
        let (small, why) = minimize(&ground, &case, Invariant::C1, 2_000, |left| told.push(left));
        let why = why.expect("it still fails");
        let left = minimize::size(&small);
        assert!(left <= 5, "{left} events and faults are left of {}: {small:?}", minimize::size(&case));
        assert!(told.is_sorted_by(|a, b| a > b), "each step leaves less");

        // From the file.
        let text = scenario_of(&base, &ground, &small, &why);
        let again =
            Base::parse(&text, "found.toml", &Overrides::default()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let replay = again.scenario.replay.clone().expect("there is a replay in it");
        let ground = Ground::new(&again).expect("it can be cast");
        let kept = Case::kept(&ground, &replay).expect("the device is there");
        let court = || Court::new().only(&[Invariant::C1]);
        let same = ground.run(&kept, &mut court(), &mut Coverage::default()).expect_err("it fails as it did");
        assert_eq!((same.violation, same.step), (why.violation, why.step));

        // From the token.
        let token = Token::new(&base, case.seed, case.device, failure.step, Invariant::C1);
        let ground = Ground::new(&base).expect("the office can be cast");
        let drawn = Case::draw(&ground, token.seed);
        assert_eq!(drawn, case);
        let same = ground.run(&drawn, &mut court(), &mut Coverage::default()).expect_err("it fails as it did");
        assert_eq!(same.step, token.step);
    });
}

#[test]
fn the_same_seeds_reach_the_same_on_any_number_of_threads() {
    let base = Base::office();
    let reached = |threads| {
        let options = Options { seeds: 1..40, threads, ..Options::default() };
        hunt(&base, &options).expect("the office can be cast").coverage
    };
    let one = reached(1);
    assert_eq!(one, reached(3));
    for others in [1, 0] {
        assert_eq!(one, with_at_most(others, || reached(3)), "{others} beside the first");
    }
}

// Every action that a hunt draws, and every other one, is said by a verb that is read as the same action.
#[test]
fn every_drawn_event_can_be_written_and_read() {
    let base = Base::office();
    let ground = Ground::new(&base).expect("the office can be cast");
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 1..200 {
        let mut case = Case::draw(&ground, seed);
        let failure = Failure {
            violation: crate::check::invariant::Violation {
                invariant: Invariant::C1,
                at: ground.plan().start,
                what: String::new(),
            },
            step: 1,
            entries: Vec::new(),
        };
        case.events.truncate(40);
        let text = scenario_of(&base, &ground, &case, &failure);
        let read =
            Base::parse(&text, "case.toml", &Overrides::default()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let ground = Ground::new(&read).expect("it can be cast");
        let timeline = &ground.cast().described(case.device).expect("the device is there").timeline;
        let wanted: Vec<_> = case.events.iter().map(|event| (event.at, event.action)).collect();
        assert_eq!(timeline, &wanted, "seed {seed}");
        let faults: Vec<_> = case.faults.iter().map(|fault| fault.of(ground.plan().start)).collect();
        assert_eq!(ground.plan().tenant.faults(), faults, "seed {seed}");
        kinds.extend(
            case.events.iter().map(|event| std::mem::discriminant(&event.action)).map(|kind| format!("{kind:?}")),
        );
    }
    assert!(kinds.len() > 25, "{} kinds of actions", kinds.len());
}
