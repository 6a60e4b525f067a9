//! Each invariant on an agent that breaks it, and on the nearest one that does not.

use super::*;
use crate::agent::state::{Chain, Exchange, TEST};
use crate::agent::{Cause, Input};
use crate::driver::scripted::{Script, script};
use crate::profile::Profile;
use crate::protocol::Workload::{RequiredApp, Script as Scripts};
use crate::time::{Awake, Now, Span, Wall};

/// An agent at rest, and the test that brought it there.
fn idle() -> Agent {
    let mut t = Script::new().jitter_off().only(&[Scripts]).reports_in_background().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Scripts).answer_nothing().expect_nothing_now();
    t.agent().clone()
}

/// An agent that runs the first of two scripts; the service stops when the test ends.
fn working() -> Agent {
    let mut t = Script::new().jitter_off().only(&[Scripts]).reports_in_background().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Scripts).answer_scripts([script(1), script(2)]);
    let _ = t.expect_run(1).hangs();
    t.agent().clone()
}

fn arm(agent: &mut Agent, timer: Timer) {
    let now = Now { wall: Wall::MIN, awake: Awake::MIN };
    agent.timers.set(timer, now, Span::hours(1), &Profile::default());
}

fn running(agent: &mut Agent) -> &mut crate::agent::state::Running {
    match &mut agent.phase {
        Phase::Running(running) => running,
        Phase::Absent | Phase::Stopped => panic!("its service runs"),
    }
}

/// What does not hold of an agent that was changed like this.
fn broken(mut agent: Agent, change: impl FnOnce(&mut Agent)) -> Option<&'static str> {
    change(&mut agent);
    agent.check_invariants().err()
}

#[test]
fn what_an_agent_does_not_do_it_has_no_timer_for() {
    let mut stopped = Agent::absent();
    stopped.phase = Phase::Stopped;
    assert_eq!(broken(Agent::absent(), |_| ()), None);
    assert_eq!(broken(stopped.clone(), |agent| arm(agent, Timer::Health)), None);
    let left = broken(stopped, |agent| arm(agent, Timer::PollScript));
    assert_eq!(left, Some("a timer of the service is armed while it does not run"));
    let left = broken(Agent::absent(), |agent| arm(agent, Timer::Health));
    assert_eq!(left, Some("a timer is armed while the agent is not on the device"));
}

#[test]
fn a_service_that_runs_has_every_periodic_timer() {
    assert_eq!(broken(idle(), |_| ()), None);
    for workload in Workload::ALL {
        let missing = broken(idle(), |agent| agent.timers.clear(Timer::poll(workload)));
        assert_eq!(missing, Some("a periodic timer is not armed while the service runs"), "{workload}");
    }
}

#[test]
fn a_request_has_a_deadline_and_a_deadline_a_request() {
    let send = |agent: &mut Agent| {
        let exchange = Exchange { attempt: 1, user: UserId::DEVICE };
        let token = agent.durable.next_token;
        running(agent).exchanges.begin(TEST, token, exchange);
    };
    let uneven = Some("a request is on its way without a deadline, or a deadline is left over");
    assert_eq!(broken(idle(), send), uneven);
    let deadlines: Vec<Timer> = Timer::ALL.into_iter().filter(|timer| ANSWERS & (1 << *timer as u32) != 0).collect();
    assert_eq!(deadlines.len(), crate::agent::state::SLOTS);
    for timer in deadlines {
        assert_eq!(broken(idle(), |agent| arm(agent, timer)), uneven, "{timer:?}");
    }
    let both = broken(idle(), |agent| {
        send(agent);
        arm(agent, Timer::AnswerTest);
    });
    assert_eq!(both, None);
}

#[test]
fn a_start_delay_ends() {
    let endless = broken(idle(), |agent| running(agent).ready = false);
    assert_eq!(endless, Some("the start delay has no end"));
    let begun = broken(idle(), |agent| {
        running(agent).ready = false;
        arm(agent, Timer::Ready);
    });
    assert_eq!(begun, None);
}

#[test]
fn a_script_that_runs_has_a_limit_and_one_that_is_queued_has_its_turn() {
    let uneven = Some("a script runs without a limit, or a limit is left over");
    assert_eq!(broken(working(), |_| ()), None);
    assert_eq!(broken(working(), |agent| agent.timers.clear(Timer::RunLimit)), uneven);
    assert_eq!(broken(idle(), |agent| arm(agent, Timer::RunLimit)), uneven);
    let held = |agent: &mut Agent| {
        running(agent).stage.hold();
        agent.timers.clear(Timer::RunLimit);
    };
    assert_eq!(broken(working(), held), Some("scripts are queued and nothing runs"));
    let in_maintenance_wake = broken(working(), |agent| {
        held(agent);
        agent.durable.around.dark_wake = true;
    });
    assert_eq!(in_maintenance_wake, None);
}

#[test]
fn a_row_of_check_ins_waits_for_one_that_is_under_way_or_waits_itself() {
    let row = |agent: &mut Agent| {
        running(agent).chain = Some(Chain { at: RequiredApp, cause: Cause::Start, user: UserId::DEVICE });
    };
    assert_eq!(broken(idle(), row), Some("a row of check-ins waits for one that is not under way"));
    let waiting = broken(idle(), |agent| {
        row(agent);
        running(agent).waiting[RequiredApp as usize] = Some(Cause::Start);
    });
    assert_eq!(waiting, None);
    let under_way = broken(idle(), |agent| {
        row(agent);
        let token = agent.durable.next_token;
        running(agent).exchanges.begin(RequiredApp as usize, token, Exchange { attempt: 1, user: UserId::DEVICE });
        arm(agent, Timer::AnswerRequiredApp);
    });
    assert_eq!(under_way, None);
}

/// What an agent is asked for, and shows.
#[test]
fn an_agent_shows_where_it_is_in_its_life() {
    assert_eq!(Agent::absent().status(), Status::Absent);
    let mut t =
        Script::new().jitter_off().only(&[Scripts]).set("ime.start_delay_all", "[30s,30s]").installed("1.94.0.0");
    assert_eq!((t.agent().status(), t.agent().is_running()), (Status::Stopped, false));
    t.service_starts();
    assert_eq!((t.agent().status(), t.agent().is_running()), (Status::Starting, true));
    let poll = t.expect_poll(Scripts).left_open();
    assert_eq!(t.agent().status(), Status::CheckingIn);
    t.answers(poll, &crate::protocol::Answer::Nothing);
    assert_eq!(t.agent().status(), Status::Idle);
    assert_eq!(working().status(), Status::Working);
    t.happens(Input::Remove(crate::agent::RemovalReason::ByHand)).expect_uninstall();
    assert_eq!((t.agent().status(), t.agent().version()), (Status::Absent, None));
}
