//! What must hold of custom compliance, on an agent where it does not.

use super::*;
use crate::agent::state::{Durable, Phase, Running};
use crate::agent::timers::Timers;
use crate::agent::work::Underway;
use crate::profile::Profile;
use crate::time::{Now, Span, Wall};

const RECORD: DiscoveryRecord = DiscoveryRecord {
    policy: PolicyId(0),
    revision: 1,
    error: 0,
    output: 0,
    run: None,
    user: UserId::DEVICE,
    ended: false,
    unreported: false,
    wanted: true,
};

/// Whether a discovery script is wanted, one runs, there is a timer for its limit, the start delay is over, and it is
/// maintenance wake.
#[derive(Clone, Copy)]
struct Case {
    wanted: bool,
    runs: bool,
    timer: bool,
    ready: bool,
    dark_wake: bool,
}

fn broken(case: Case) -> Option<&'static str> {
    let slot = RunSlot { token: Token::FIRST, until: Awake::MIN };
    let run = case.runs.then_some(UnderWay { slot, policy: RECORD.policy, user: RECORD.user });
    let compliance = ComplianceUnderway { run, ..ComplianceUnderway::default() };
    let work = Underway { compliance, ..Underway::default() };
    let running = Running { ready: case.ready, work: Some(Box::new(work)), ..Running::default() };
    let (mut durable, mut timers) = (Durable::absent(), Timers::new());
    durable.around.dark_wake = case.dark_wake;
    let records = vec![DiscoveryRecord { wanted: false, ..RECORD }, DiscoveryRecord { wanted: case.wanted, ..RECORD }];
    durable.work.get_or_insert_default().compliance.records = records;
    if case.timer {
        let now = Now { wall: Wall::MIN, awake: Awake::MIN };
        timers.set(Timer::ComplianceWork, now, Span::hours(1), &Profile::default());
    }
    let agent = Agent { durable, timers, phase: Phase::Running(running.clone()) };
    Agent::check_compliance(&agent, &running).err()
}

#[test]
fn a_script_that_is_wanted_runs_and_one_that_runs_has_a_limit() {
    let well = Case { wanted: true, runs: true, timer: true, ready: true, dark_wake: false };
    assert_eq!(broken(well), None);
    assert_eq!(broken(Case { timer: false, ..well }), Some("a discovery script runs without a limit"));
    let idle = Case { wanted: false, runs: false, timer: false, ..well };
    assert_eq!(broken(idle), None);
    let stuck = Case { wanted: true, ..idle };
    assert_eq!(broken(stuck), Some("a discovery script is wanted and nothing runs"));
    assert_eq!(broken(Case { timer: true, ..stuck }), Some("a discovery script is wanted and nothing runs"));
    assert_eq!(broken(Case { ready: false, ..stuck }), None);
    assert_eq!(broken(Case { dark_wake: true, ..stuck }), None);
}
