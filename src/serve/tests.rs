//! What the hub does at moments that a test over the network cannot choose.

use super::answer::Reply;
use super::hub::Hub;
use super::state::{Tail, decode, encode};
use crate::chance::Purpose;
use crate::driver::http::message::{ToService, VERSION};
use crate::protocol::{PolicyId, Push, Report, Request, ScriptReport, ScriptResult, Token, UserId};
use crate::scenario::{Overrides, Scenario};
use crate::serve::StateError;
use crate::service::AdminAction;
use crate::sim::busy::{Backlog, Conditions, Demand};
use crate::time::{Span, Wall};

const SCENARIO: &str = r#"
jitter = "off"
[[script]]
name = "clean"
assign = ["all-devices"]
[[app]]
name = "viewer"
[[device]]
name = "pc1"
[[at]]
at = "1h"
do = "assign"
content = "viewer"
group = "all-devices"
"#;

fn hub() -> (Hub, Wall) {
    hub_of(SCENARIO)
}

fn hub_of(text: &str) -> (Hub, Wall) {
    let plan = Scenario::parse(text, "hub.toml", &Overrides::default()).unwrap().plan;
    let start = plan.start;
    (Hub::new(plan, 1).unwrap(), start)
}

fn report() -> ToService {
    let (policy, user, run) = (PolicyId(0), UserId::DEVICE, Token::FIRST);
    let report = ScriptReport { policy, revision: 1, user, result: ScriptResult::Success, exit_code: 0, run };
    ToService { version: VERSION, token: Token::FIRST, request: Request::Report(Report::Script(report)) }
}

// B-4.19: what is due at that moment is sent once, whatever comes first.
#[test]
fn a_report_that_comes_again_is_undone_and_nothing_else_is() {
    let (mut hub, start) = hub();
    assert!(hub.request(0, start.after(Span::mins(5)), &report()).is_some());
    let later = start.after(Span::hours(2));
    assert!(hub.request(0, later, &report()).is_some());
    let pushes = hub.fetch(0, later.after(Span::hours(1)), 0);
    hub.tick(later);
    assert_eq!(hub.fetch(0, later.after(Span::hours(1)), 0), pushes, "no push is sent again");
    assert!(pushes.iter().any(|(_, push)| *push == Push::AgentApps), "{pushes:?}");
    let record = hub.devices()[0].record();
    assert_eq!(record.ledger.reports().total(), 1);
    assert_eq!(record.reports.values().map(|kept| kept.repeated).sum::<u32>(), 1);
}

#[test]
fn time_does_not_go_back_for_the_machines() {
    let (mut hub, start) = hub();
    hub.tick(start.after(Span::hours(2)));
    hub.act(0, start, AdminAction::Sync).unwrap();
    assert_eq!(hub.now(), start.after(Span::hours(2)));
}

#[test]
fn numbers_from_before_the_state_was_lost_acknowledge_nothing() {
    let (mut hub, start) = hub();
    hub.act(0, start, AdminAction::Sync).unwrap();
    assert_eq!(hub.fetch(0, start, 700), [(1, Push::MdmAdmin)]);
    assert_eq!(hub.fetch(0, start, 1), []);
}

const TEST: Request = Request::ConnectionTest;

fn message(number: u32, request: Request) -> ToService {
    ToService { version: VERSION, token: Token::from_number(number).unwrap(), request }
}

// B-13.4: window by window as in a coupled fleet, with the draws of a device's own requests.
#[test]
fn a_busy_service_refuses_and_waits_as_the_one_of_a_fleet_does() {
    let text = "[service]\nrequests_per_minute = 3\nqueue = 4\nrefusal = 503\n[[device]]\nname = \"pc1\"\n";
    let (mut hub, start) = hub_of(text);
    let (limits, chance) = (hub.plan().limits, hub.devices()[0].chance);
    let (mut backlog, mut conditions) = (Backlog::default(), Conditions::CALM);
    let (mut window, mut demand, mut number) = (0, Demand::default(), 0);
    let (mut refused, mut waited) = (0, 0);
    for (minute, requests) in [(0, 3), (1, 9), (2, 12), (3, 2), (4, 7), (5, 20), (6, 20), (9, 1), (400, 5), (401, 9)] {
        while window < minute {
            conditions = backlog.after(&limits, demand);
            (window, demand) = (window + 1, Demand::default());
        }
        for second in 0..requests {
            let is_refused = chance.happens(conditions.refused_ppm, Purpose::Refusal, u64::from(number));
            number += 1;
            demand.requests += 1;
            demand.refused += u64::from(is_refused);
            let now = start.after(Span::mins(minute)).after(Span::secs(second));
            let (reply, wait) = hub.request(0, now, &message(number, TEST)).unwrap();
            let came = (reply == Reply::Status(503), wait);
            assert_eq!(came, (is_refused, if is_refused { Span::ZERO } else { conditions.wait }), "{minute}:{second}");
            refused += u32::from(is_refused);
            waited += u32::from(!wait.is_zero());
        }
        assert_eq!((hub.busy().demand(), hub.busy().backlog()), (demand, backlog), "{minute}");
    }
    assert!(refused >= 10 && waited >= 10, "{refused} refused, {waited} waited");
    assert_eq!(hub.devices()[0].record().requests, u64::from(number));
}

#[test]
fn pushes_of_a_busy_service_leave_later() {
    let devices = "[[device]]\nname = \"pc1\"\n[[device]]\nname = \"pc2\"\n[[device]]\nname = \"pc3\"\n";
    let (mut hub, start) = hub_of(&format!("[service]\npushes_per_minute = 1\n{devices}"));
    for number in 0..3 {
        hub.act(number, start, AdminAction::Sync).unwrap();
        assert_eq!(hub.fetch(number, start, 0), [(1, Push::MdmAdmin)], "the window before was empty");
    }
    // Two are left over, and take two minutes.
    let later = start.after(Span::mins(1));
    hub.act(0, later, AdminAction::Sync).unwrap();
    assert_eq!(hub.fetch(0, later.after(Span::secs(119)), 0), []);
    assert_eq!(hub.fetch(0, later.after(Span::secs(120)), 0), [(2, Push::MdmAdmin)]);
}

#[test]
fn without_limits_nothing_is_counted_from_window_to_window() {
    let (mut hub, start) = hub();
    for number in 1..100 {
        let now = start.after(Span::secs(u64::from(number)));
        let (reply, wait) = hub.request(0, now, &message(number, TEST)).unwrap();
        assert!(matches!(reply, Reply::Message(_)) && wait.is_zero());
    }
    assert_eq!(hub.busy().backlog(), Backlog::default());
}

/// A state file with three steps, and where each ends.
fn file() -> (Vec<u8>, Vec<usize>) {
    let (mut hub, start) = hub();
    let (mut bytes, mut tail): (Vec<u8>, Tail) = encode(&hub.all().1).unwrap();
    let mut ends = vec![bytes.len()];
    for number in 1..=3 {
        let mut message = report();
        if let Request::Report(Report::Script(report)) = &mut message.request {
            report.run = Token::from_number(number).unwrap();
        }
        assert!(hub.request(0, start.after(Span::secs(u64::from(number))), &message).is_some());
        let (step, next) = tail.encode(&hub.step().unwrap().1).unwrap();
        bytes.extend(step);
        tail = next;
        ends.push(bytes.len());
    }
    assert_eq!(hub.step(), None, "there is nothing new");
    assert_eq!(tail.end as usize, bytes.len());
    (bytes, ends)
}

/// How many reports a file knows of, and where its whole steps end.
fn reports_in(bytes: &[u8]) -> Result<(u32, usize), StateError> {
    decode(bytes).map(|(kept, tail)| (kept.records[0].ledger.reports().total(), tail.end as usize))
}

#[test]
fn wherever_a_file_is_cut_off_behind_its_beginning_the_whole_steps_count() {
    let (bytes, ends) = file();
    for length in 0..=bytes.len() {
        let found = reports_in(&bytes[..length]);
        match ends.iter().rposition(|end| *end <= length) {
            Some(steps) => assert_eq!(found, Ok((steps as u32, ends[steps])), "{length}"),
            None => {
                assert!(matches!(found, Err(StateError::Foreign | StateError::Damaged { .. })), "{length}: {found:?}")
            }
        }
    }
    // What a file system may leave behind in place of what was not written yet.
    let torn = [&bytes[..ends[2] + 20], &[0; 500]].concat();
    assert_eq!(reports_in(&torn), Ok((2, ends[2])));
}

#[test]
fn a_flaw_before_the_last_step_is_damage_and_one_in_it_a_torn_end() {
    let (bytes, ends) = file();
    for place in 13..bytes.len() {
        let mut flawed = bytes.clone();
        flawed[place] ^= 0x04;
        let found = reports_in(&flawed);
        if place < ends[2] {
            assert!(matches!(found, Err(StateError::Damaged { .. })), "{place}: {found:?}");
        } else {
            assert_eq!(found, Ok((2, ends[2])), "{place}");
        }
    }
}

#[test]
fn steps_that_are_missing_doubled_or_of_another_file_are_damage() {
    let (bytes, ends) = file();
    let (first, rest) = bytes.split_at(ends[0]);
    let step = |number: usize| &bytes[ends[number - 1]..ends[number]];
    for steps in [[step(2), step(3)], [step(1), step(3)], [step(1), step(1)], [step(2), step(1)]] {
        let found = reports_in(&[first, &steps.concat()].concat());
        assert!(matches!(found, Err(StateError::Damaged { .. })), "{found:?}");
    }
    let (mut hub, start) = hub();
    hub.tick(start.after(Span::secs(1)));
    let (other, _) = encode(&hub.all().1).unwrap();
    // None of them is whole there, so that they are as good as none.
    assert_eq!(reports_in(&[&other, rest].concat()), Ok((0, other.len())));
}
