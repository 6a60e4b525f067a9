//! Polls and reports: who is answered, with what, and what is counted.

use super::*;
use crate::catalog::{ChangeKind, FaultChannel, FaultKind, ServiceFault};
use crate::protocol::{Report, ScriptReport, ScriptResult};
use crate::rules::b;

// B-1.4: an agent below the lowest version gets no work; one at it does.
#[test]
fn old_agents_get_no_payload() {
    let mut profile = Profile::default();
    let ask = |profile: &Profile, agent, workload| {
        let mut desk = Desk::new(profile);
        desk.script("s", &[Assignment::include(desk.d1)]);
        desk.app("a", &[required(desk.d1)]);
        let world = desk.world();
        let answer = world.enrolled().ask(start(), Request::Poll { workload, user: UserId::DEVICE, agent });
        match answer {
            Ok(Answer::Scripts(scripts)) => scripts.len(),
            Ok(Answer::Apps(apps)) => apps.policies().len(),
            Ok(Answer::Nothing) => 0,
            other => panic!("{other:?}"),
        }
    };
    for workload in [Workload::Script, Workload::RequiredApp] {
        assert_eq!(ask(&profile, Version([1, 58, 102, 9]), workload), 0);
        assert_eq!(ask(&profile, Version([1, 58, 103, 0]), workload), 1);
    }
    profile.elig.min_ime_version_enforced = false;
    assert_eq!(ask(&profile, Version([1, 50, 0, 0]), Workload::Script), 1);
}

// B-1.25: with the service principal disabled users get no token; the device's polls go on.
#[test]
fn without_the_service_principal_user_polls_fail() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.script("s", &[Assignment::include(desk.d1)]);
    desk.builder.change(hours(1), ChangeKind::ServicePrincipal { enabled: false }).unwrap();
    desk.builder.change(hours(2), ChangeKind::ServicePrincipal { enabled: true }).unwrap();
    let world = desk.world();
    let mut device = world.enrolled();
    assert_eq!(device.scripts(start(), USER), [0]);
    assert_eq!(device.poll(hours(1), Workload::Script, USER), Err(Failure::NoUserToken));
    assert_eq!(device.rules().last(), Some(&b(1, 25)));
    assert_eq!(device.scripts(mins(90), UserId::DEVICE), [0]);
    assert_eq!(device.scripts(hours(2), USER), [0]);
    assert!(world.cohort.pushes().is_empty());
}

// B-5.6, B-5.18a: a changed script is a new revision.
#[test]
fn updates_raise_the_revision() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let content = desk.script("s", &[Assignment::include(desk.d1)]);
    desk.builder.change(hours(1), ChangeKind::UpdateContent { content, bitness_only: true, to: None }).unwrap();
    desk.builder.change(hours(2), ChangeKind::UpdateContent { content, bitness_only: false, to: None }).unwrap();
    let world = desk.world();
    let seen = |now| world.cohort.at(now).scripts(USER).iter().map(|s| (s.revision, s.bitness_change)).next();
    assert_eq!([start(), hours(1), hours(2)].map(seen), [Some((1, false)), Some((2, true)), Some((3, false))]);
}

// B-10.5a: a device that is not managed is told so, whatever it polls for.
#[test]
fn unmanaged_devices_are_told() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.script("s", &[Assignment::include(desk.d1)]);
    let world = desk.world();
    let mut device = world.unknown();
    assert_eq!(device.poll(start(), Workload::Script, UserId::DEVICE), Ok(Answer::NotManaged));
    assert_eq!(device.ask(mins(1), Request::Enroll), Ok(Answer::Enrolled));
    assert_eq!(device.scripts(mins(2), UserId::DEVICE), [0]);
    assert_eq!(device.ask(mins(3), Request::Unenrolled), Ok(Answer::Accepted));
    assert!(!device.ledger.is_managed());
    assert_eq!(device.poll(mins(4), Workload::RequiredApp, USER), Ok(Answer::NotManaged));
    assert_eq!(device.session(mins(5), SessionCause::SignIn, Some(AGENT)), Ok(Answer::NotManaged));
    assert_eq!(device.ledger.last_check_in(), None);
}

// B-13.4: above the limit of the hour polls are answered 429; the next hour begins afresh.
#[test]
fn polls_are_limited_by_the_hour() {
    let mut profile = Profile::default();
    profile.svc.rate_limit = Some(2);
    let world = Desk::new(&profile).world();
    let mut device = world.enrolled();
    let codes = [0, 10, 20, 59, 60, 61, 62].map(|n| device.poll(mins(n), Workload::RequiredApp, USER).is_ok());
    assert_eq!(codes, [true, true, false, false, true, true, false]);
    assert_eq!(device.poll(mins(63), Workload::Script, USER), Err(Failure::Status(429)));
    assert_eq!(device.rules(), [b(13, 4)]);
    assert!(device.session(mins(64), SessionCause::SteadySlot, None).is_ok());
}

// C-13.1, as a fault told in advance: the checks at 3 h and 4 h get 429, the one at 5 h does not.
#[test]
fn faults_hit_their_channel_for_their_time() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let fault = |from, until, channel, failure| ServiceFault {
        from: hours(from),
        until: hours(until),
        channel,
        kind: FaultKind::Fails(failure),
    };
    let apps = FaultChannel::Workload(Workload::RequiredApp);
    desk.builder.fault(fault(3, 5, apps, Failure::Status(429))).unwrap();
    desk.builder.fault(fault(10, 11, FaultChannel::Mdm, Failure::EnrollmentRefused(0x8018_0026))).unwrap();
    desk.builder.fault(fault(12, 13, FaultChannel::All, Failure::DeviceUnknown)).unwrap();
    desk.builder.fault(fault(14, 15, FaultChannel::Reports, Failure::Empty)).unwrap();
    assert!(desk.builder.fault(fault(5, 5, apps, Failure::Empty)).is_err());
    let world = desk.world();
    let mut device = world.enrolled();
    let ok = [2, 3, 4, 5].map(|n| device.poll(hours(n), Workload::RequiredApp, UserId::DEVICE).is_ok());
    assert_eq!(ok, [true, false, false, true]);
    assert!(device.session(hours(10), SessionCause::SignIn, None).is_ok());
    assert_eq!(device.ask(hours(10), Request::Enroll), Err(Failure::EnrollmentRefused(0x8018_0026)));
    assert_eq!(device.ask(hours(12), Request::ConnectionTest), Err(Failure::DeviceUnknown));
    assert!(device.poll(hours(14), Workload::Script, USER).is_ok());
    assert_eq!(
        device.ask(hours(14), Request::Report(Report::Script(report(ScriptResult::Failed)))),
        Err(Failure::Empty)
    );
    assert_eq!(device.ledger.reports().total(), 0);
}

// B-13.12: a new device is not seen by assignments at once.
#[test]
fn a_new_device_is_targeted_after_a_delay() {
    let mut profile = Profile::default();
    profile.svc.targeting_delay = Span::mins(10);
    let mut desk = Desk::new(&profile);
    desk.script("s", &[Assignment::include(desk.d1)]);
    let world = desk.world();
    let mut device = world.unknown();
    assert_eq!(device.ask(mins(60), Request::Enroll), Ok(Answer::Enrolled));
    assert_eq!(device.order(mins(60), None), AgentOrder::Leave);
    assert!(device.scripts(mins(69), UserId::DEVICE).is_empty());
    assert_eq!(device.scripts(mins(70), UserId::DEVICE), [0]);
    assert_eq!(device.order(mins(70), None), AgentOrder::Install(AGENT));
}

// B-13.13, C-13.4: polls do not move the last check-in.
#[test]
fn only_sessions_move_the_last_check_in() {
    let profile = Profile::default();
    let world = Desk::new(&profile).world();
    let mut device = world.enrolled();
    assert!(device.session(start(), SessionCause::SteadySlot, Some(AGENT)).is_ok());
    for n in 1..=5 {
        assert!(device.poll(hours(n), Workload::Script, USER).is_ok());
    }
    assert_eq!(device.ledger.last_check_in(), Some(start()));
}

fn report(result: ScriptResult) -> ScriptReport {
    let (policy, user) = (PolicyId(0), UserId::DEVICE);
    ScriptReport { policy, revision: 1, user, result, exit_code: 0, run: Token::FIRST }
}

// B-5.25: reports are counted, and noted for whoever collects them.
#[test]
fn reports_are_counted_and_noted() {
    let profile = Profile::default();
    let world = Desk::new(&profile).world();
    let mut device = world.enrolled();
    for result in [ScriptResult::Failed, ScriptResult::Failed, ScriptResult::Success] {
        assert_eq!(device.ask(start(), Request::Report(Report::Script(report(result)))), Ok(Answer::Accepted));
        assert_eq!(device.log.notes, [(b(5, 25), Event::Reported(report(result)))]);
    }
    let reports = device.ledger.reports();
    assert_eq!((reports.succeeded, reports.failed, reports.total()), (1, 2, 3));
}

#[test]
fn a_steady_poll_borrows_from_the_cohort() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.script("s", &[Assignment::include(desk.d1)]);
    let world = desk.world();
    match world.enrolled().poll(start(), Workload::Script, USER) {
        Ok(Answer::Scripts(std::borrow::Cow::Borrowed(list))) => {
            assert!(std::ptr::eq(list, world.cohort.at(start()).scripts(USER)));
        }
        other => panic!("{other:?}"),
    };
}

#[test]
fn a_ledger_is_small() {
    assert!(size_of::<Ledger>() <= 96, "{}", size_of::<Ledger>());
}

#[cfg(feature = "scenario")]
#[test]
fn a_ledger_survives_being_written_down() {
    let profile = Profile::default();
    let world = Desk::new(&profile).world();
    let mut device = world.enrolled();
    device.act(start(), AdminAction::Wipe { keep_enrollment: true });
    device.ask(start(), Request::Report(Report::Script(report(ScriptResult::Failed)))).unwrap();
    let event = serde_json::to_string(&device.log.notes[0].1).unwrap();
    assert!(event.starts_with(r#"{"event":"reported","policy":0"#), "{event}");
    let written = serde_json::to_string(&device.ledger).unwrap();
    assert_eq!(serde_json::from_str::<Ledger>(&written).unwrap(), device.ledger);
}
