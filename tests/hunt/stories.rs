//! What hunts found once, each as a short story of its own: where the judge was wrong, and where the agent was.

use imesim::agent::{self, BackoffEvent, Cause};
use imesim::catalog::{FaultChannel, FaultKind};
use imesim::check::hunt::{Base, Case, CaseFault, Coverage, Event, Ground};
use imesim::check::invariant::{Court, Invariant};
use imesim::device::Action;
use imesim::protocol::{Failure, Workload};
use imesim::scenario::Overrides;
use imesim::time::Span;

/// T3 is about resumes: that a step of the clock soon after one makes a timer on the wall clock fire once more is T1's business.
/// Seed 101169 of `seed_strict` took the two for one.
#[test]
fn a_step_of_the_clock_after_a_resume_may_bring_one_more_check_in() {
    let base = Base::office_of("seed_strict", &Overrides::default()).expect("there is such a profile");
    let ground = Ground::new(&base).expect("the office can be cast");
    let laptop = ground.cast().find("laptop").expect("it is there");
    // It wakes at seven each day, when what it slept through is overdue.
    let at = Span::hours(55).saturating_add(Span::secs(16));
    for by in [25_367_337_698, 86_400_000, -86_400_000] {
        let mut court = Court::new().only(&[Invariant::T3]);
        let case = calm_but(laptop, at, Action::ClockStep(by), Span::days(3));
        let outcome = ground.run(&case, &mut court, &mut Coverage::default());
        assert!(outcome.is_ok(), "{outcome:?}");
    }
}

/// A check-in that was held while its workload kept away follows when the wait is over, and is no timer that fires (T3), however soon
/// the timer does that. Seed 1032419 of `hardened` found both within a minute of a resume.
#[test]
fn what_was_held_back_is_no_timer_that_fires_again() {
    let office = Base::office_of("hardened", &Overrides::default()).expect("there is such a profile");
    let text = format!("jitter = \"off\"\n{}", office.text);
    let base = Base::parse(&text, "office.toml", &Overrides::default()).expect("the office is right");
    let ground = Ground::new(&base).expect("the office can be cast");
    let desk = ground.cast().find("desk").expect("it is there");
    let length = Span::hours(10);
    // When the timer asks for required apps, when what it asks for is held, and whether T3 holds.
    let watched = |case: &Case| {
        let (mut court, mut begun, mut held) = (Court::new().only(&[Invariant::T3]), Vec::new(), Vec::new());
        let outcome = ground.watch(case, |seen, is_over| {
            let passed = seen.at.since(ground.plan().start);
            for event in &seen.happened.agent_events {
                match event {
                    agent::Event::CheckIn { workload: Workload::RequiredApp, cause: Cause::Timer, .. } => {
                        begun.push(passed);
                    }
                    agent::Event::Backoff(BackoffEvent::CheckInHeld {
                        workload: Workload::RequiredApp,
                        cause: Cause::Timer,
                    }) => held.push(passed),
                    _ => {}
                }
            }
            if is_over { court.end(seen) } else { court.step(seen) }
        });
        (outcome, begun, held)
    };
    let calm = Case::calm(0, desk, length, length);
    let (outcome, timers, held) = watched(&calm);
    assert_eq!((outcome, held), (Ok(()), vec![]));
    let due = *timers.iter().find(|at| **at > Span::hours(4)).expect("it asks every hour");
    let next = due.saturating_add(Span::hours(1));
    assert!(timers.contains(&next), "{timers:?}");
    // Refused an hour and twenty minutes before that, of which it sleeps twenty, it keeps away until ten seconds before the timer.
    let before = |at: Span, mins, secs| at.saturating_sub(Span::mins(mins)).saturating_sub(Span::secs(secs));
    let events = [
        (before(due, 20, 10), Action::CompanyPortalSync),
        (before(next, 20, 30), Action::Sleep),
        (before(next, 0, 30), Action::Wake),
    ];
    let events = events.map(|(at, action)| Event { at, action, is_repair: false }).to_vec();
    let fault = CaseFault {
        from: before(due, 25, 0),
        until: before(due, 15, 0),
        channel: FaultChannel::Ime,
        kind: FaultKind::Fails(Failure::Status(503)),
    };
    let (outcome, begun, held) = watched(&Case { events, faults: vec![fault], ..calm });
    assert_eq!(outcome, Ok(()));
    assert_eq!(held, [due]);
    let soon: Vec<Span> = begun.into_iter().filter(|at| (before(next, 0, 30)..=next).contains(at)).collect();
    assert!(soon.len() == 2 && soon[0] < next && soon[1] == next, "{soon:?}, {next}");
}

/// After a resume what is overdue comes spread (T3), also where the wait that the service asked for is all but over: the call that was
/// held comes with the timer, later than that wait by no more than the spread. Seed 3040176 of `hardened`.
#[test]
fn a_resume_at_the_end_of_a_wait_spreads_the_call_that_follows() {
    let base = Base::office_of("hardened", &Overrides::default()).expect("there is such a profile");
    let ground = Ground::new(&base).expect("the office can be cast");
    let desk = ground.cast().find("desk").expect("it is there");
    let (from, length) = (Span::hours(2), Span::hours(14));
    let kind = FaultKind::Fails(Failure::RetryAfter(u32::MAX));
    let fault = CaseFault { from, until: Span::hours(20), channel: FaultChannel::Ime, kind };
    // When required apps begin to keep away, for how long, and by how much a resume spreads what is due.
    let watched = |actions: &[(Span, Action)]| {
        let event = |&(at, action): &(Span, Action)| Event { at, action, is_repair: false };
        let events = actions.iter().map(event).collect();
        let case = Case { events, faults: vec![fault], ..Case::calm(0, desk, length, length) };
        let (mut court, mut kept, mut spread) = (Court::new().only(&[Invariant::R7]), Vec::new(), Span::ZERO);
        let outcome = ground.watch(&case, |seen, is_over| {
            for event in &seen.happened.agent_events {
                match event {
                    agent::Event::Backoff(BackoffEvent::KeepsAway {
                        workload: Workload::RequiredApp, wait, ..
                    }) => {
                        kept.push((seen.at.since(ground.plan().start), *wait));
                    }
                    agent::Event::Backoff(BackoffEvent::WakeSpread { wait }) => spread = *wait,
                    _ => {}
                }
            }
            if is_over { court.end(seen) } else { court.step(seen) }
        });
        assert_eq!(outcome, Ok(()), "{actions:?}");
        (kept, spread)
    };
    let (kept, _) = watched(&[]);
    let [(refused, wait), (again, _)] = kept[..] else { panic!("{kept:?}") };
    assert_eq!(refused.saturating_add(wait), again);
    let latest = (5..25).map(|mins| {
        let sleeps = (again.saturating_sub(Span::mins(1)), Action::Sleep);
        let (kept, spread) = watched(&[sleeps, (again.saturating_add(Span::mins(mins)), Action::Wake)]);
        assert_eq!(kept[1].0, again.saturating_add(Span::mins(mins)).saturating_add(spread.max(Span::mins(1))));
        spread
    });
    assert!(latest.max() > Some(Span::mins(3)));
}

/// T4 allows a turn to be left out while a check-in still has work (B-4.28). Seed 1026551 of `seed_strict`: a sync from Company
/// Portal half an hour before the timer, with a script that hangs, and so 8 h 29 min from one check-in to the next.
#[test]
fn a_check_in_that_lasts_may_cost_the_next_one_its_turn() {
    let base = Base::office_of("seed_strict", &Overrides::default()).expect("there is such a profile");
    let ground = Ground::new(&base).expect("the office can be cast");
    let desk = ground.cast().find("desk").expect("it is there");
    let at = Span::hours(23).saturating_add(Span::mins(31));
    let case = calm_but(desk, at, Action::CompanyPortalSync, Span::hours(34));
    let (mut court, mut dropped) = (Court::new().only(&[Invariant::T4]), 0);
    let outcome = ground.watch(&case, |seen, is_over| {
        let is_dropped = |event: &&agent::Event| {
            matches!(event, agent::Event::CheckInDropped { workload: Workload::Script, cause: Cause::Timer })
        };
        dropped += seen.happened.agent_events.iter().filter(is_dropped).count();
        if is_over { court.end(seen) } else { court.step(seen) }
    });
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(dropped, 1);
}

/// A turn that is left out in maintenance wake, where scripts wait for its end, is not the one that their work may cost afterwards. Seed
/// 3072085 of `seed_strict`: of the turns at 18 h and, after a sleep in the middle of a run, at 40 h 41 min, none was taken.
#[test]
fn a_turn_left_out_in_maintenance_wake_costs_no_time_awake() {
    let base = Base::office_of("seed_strict", &Overrides::default()).expect("there is such a profile");
    let ground = Ground::new(&base).expect("the office can be cast");
    let desk = ground.cast().find("desk").expect("it is there");
    let events = [
        (6 * 60 + 8, Action::Sleep),
        (10 * 60 + 1, Action::DarkWake),
        (22 * 60 + 57, Action::Wake),
        (23 * 60 + 4, Action::Sleep),
        (40 * 60 + 41, Action::Wake),
    ];
    let events = events.map(|(mins, action)| Event { at: Span::mins(mins), action, is_repair: false }).to_vec();
    let length = Span::hours(50);
    let case = Case { events, ..Case::calm(0, desk, length, length) };
    let (mut court, mut dropped) = (Court::new().only(&[Invariant::T4]), Vec::new());
    let outcome = ground.watch(&case, |seen, is_over| {
        let is_dropped = |event: &&agent::Event| {
            matches!(event, agent::Event::CheckInDropped { workload: Workload::Script, cause: Cause::Timer })
        };
        let hour = seen.at.since(ground.plan().start).as_millis() / 3_600_000;
        dropped.extend(seen.happened.agent_events.iter().filter(is_dropped).map(|_| hour));
        if is_over { court.end(seen) } else { court.step(seen) }
    });
    assert_eq!((outcome, dropped), (Ok(()), vec![18, 40]));
}

/// A device that was awake for maintenance, lost its power and was started is awake for good: to be woken again is no resume, and
/// shortens no wait (R7). Seed 1003172 of `hardened`: the world still told it of the end of the maintenance then.
#[test]
fn what_starts_after_maintenance_wake_does_not_resume_again() {
    let base = Base::office_of("hardened", &Overrides::default()).expect("there is such a profile");
    let ground = Ground::new(&base).expect("the office can be cast");
    let desk = ground.cast().find("desk").expect("it is there");
    let event = |mins, action| Event { at: Span::mins(mins), action, is_repair: false };
    let begins = [(120, Action::Sleep), (130, Action::DarkWake), (140, Action::PowerCut), (150, Action::PowerOn)];
    let fault = CaseFault {
        from: Span::hours(1),
        until: Span::days(3),
        channel: FaultChannel::Ime,
        kind: FaultKind::Fails(Failure::Status(503)),
    };
    let length = Span::days(2);
    for woken in (5..30).map(|hours| event(hours * 60, Action::Wake)) {
        let events = begins.map(|(mins, action)| event(mins, action)).into_iter().chain([woken]).collect();
        let case = Case { events, faults: vec![fault], ..Case::calm(0, desk, length, length) };
        let mut court = Court::new().only(&[Invariant::R7]);
        let outcome = ground.run(&case, &mut court, &mut Coverage::default());
        assert!(outcome.is_ok(), "woken {}: {outcome:?}", woken.at);
    }
}

/// A file from before the device was enrolled again makes no agent leave: whether the device is managed, Windows knows (A3). Seed
/// 1020506: the disk was full when the enrollment came.
#[test]
fn a_device_that_is_enrolled_again_keeps_its_agent_whatever_the_file_says() {
    let base = Base::office();
    let ground = Ground::new(&base).expect("the office can be cast");
    let desk = ground.cast().find("desk").expect("it is there");
    let events = [
        (61, Action::Unenroll),
        (62, Action::NameResolution(false)),
        (190, Action::DiskFull(true)),
        (191, Action::NameResolution(true)),
        (192, Action::Enroll),
        (196, Action::NameResolution(false)),
        (197, Action::ServiceRestart),
    ];
    let events = events.map(|(mins, action)| Event { at: Span::mins(mins), action, is_repair: false });
    let length = Span::hours(36);
    let case = Case { events: events.to_vec(), ..Case::calm(0, desk, length, length) };
    let (mut court, mut counted) = (Court::new().only(&[Invariant::A3]), 0);
    let outcome = ground.watch(&case, |seen, is_over| {
        counted += seen.happened.agent_events.iter().filter(|event| matches!(event, agent::Event::Unmanaged)).count();
        if is_over { court.end(seen) } else { court.step(seen) }
    });
    assert_eq!((outcome, counted), (Ok(()), 1));
}

/// Where a recovery could not be written, the count from before it goes on with the next process, and no rule has the agent ask first:
/// what it leaves for is what its file says (A3, B-10.6). Seed 108582: the disk was full when a test of the connection worked, soon
/// the service did not know the device again, and a reboot came after the day that the first time had begun.
#[test]
fn a_recovery_that_could_not_be_written_is_forgotten_with_the_process() {
    let base = Base::office();
    let ground = Ground::new(&base).expect("the office can be cast");
    let late = ground.cast().find("late").expect("it is there");
    let (full, free) = (Action::DiskFull(true), Action::DiskFull(false));
    let fault = CaseFault {
        from: Span::hours(5),
        until: Span::hours(60),
        channel: FaultChannel::Ime,
        kind: FaultKind::Stale(Span::hours(60)),
    };
    // When it is irrecoverable, recovers and leaves.
    let watched = |actions: &[(u64, Action)]| {
        let event = |&(mins, action): &(u64, Action)| Event { at: Span::mins(mins), action, is_repair: false };
        let length = Span::hours(40);
        let events = actions.iter().map(event).collect();
        let case = Case { events, faults: vec![fault], ..Case::calm(0, late, length, length) };
        let (mut court, mut told) = (Court::new().only(&[Invariant::A3]), Vec::new());
        let outcome = ground.watch(&case, |seen, is_over| {
            let hour = seen.at.since(ground.plan().start).as_millis() / 3_600_000;
            told.extend(seen.happened.agent_events.iter().filter_map(|event| match event {
                agent::Event::Irrecoverable { .. } => Some((hour, "lost")),
                agent::Event::Recovered => Some((hour, "well")),
                agent::Event::AgentRemoved { .. } => Some((hour, "gone")),
                _ => None,
            }));
            if is_over { court.end(seen) } else { court.step(seen) }
        });
        (outcome, told)
    };
    let boot = (35 * 60 + 30, Action::Reboot);
    let stays = vec![(6, "lost"), (30, "well"), (30, "lost"), (30, "well"), (31, "lost")];
    let goes = [stays.clone(), vec![(35, "gone")]].concat();
    assert_eq!(watched(&[boot]), (Ok(()), stays.clone()));
    assert_eq!(watched(&[(24 * 60, full), boot]), (Ok(()), goes));
    assert_eq!(watched(&[(24 * 60, full), (29 * 60, free), boot]), (Ok(()), stays));
}

/// One thing happens to a device, and no more.
fn calm_but(device: u64, at: Span, action: Action, duration: Span) -> Case {
    let events = vec![Event { at, action, is_repair: false }];
    Case { events, ..Case::calm(0, device, duration, duration) }
}
