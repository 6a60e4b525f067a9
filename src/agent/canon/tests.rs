//! Prints tell apart what may go on differently, and nothing else.

use super::*;
use crate::agent::script::Record;
use crate::agent::state::{Chain, Exchange, REPORT, TEST};
use crate::agent::{Cause, Input, RecordState, StartType, Timer};
use crate::driver::scripted::{Script, script};
use crate::facts::EspPhase;
use crate::profile::{Profile, Version};
use crate::protocol::{Policies, PolicyId, RunAs, UserId, Workload};
use crate::time::{Awake, Now, Span, Wall};

const NOW: Now = Now { wall: Wall::from_unix_millis(1_000_000_000), awake: Awake::MIN };

fn print(agent: &Agent) -> u128 {
    let mut print = Print::new(NOW, (Span::hours(8), Span::days(30)));
    agent.print(&mut print);
    print.done()
}

/// An agent that runs the second of three scripts.
fn working() -> Agent {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).reports_in_background().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).answer_scripts([script(1), script(2), script(3)]);
    t.expect_run(1).exits(1);
    let _ = t.expect_run(2).hangs();
    t.agent().clone()
}

fn running(agent: &mut Agent) -> &mut Running {
    match &mut agent.phase {
        Phase::Running(running) => running,
        Phase::Absent | Phase::Stopped => panic!("its service runs"),
    }
}

fn first(agent: &mut Agent) -> &mut Record {
    &mut agent.durable.scripts[0]
}

fn arm(agent: &mut Agent, timer: Timer, after: Span) {
    agent.timers.set(timer, NOW, after, &Profile::default());
}

fn send(agent: &mut Agent, slot: usize, attempt: u8, user: u8) {
    let token = agent.durable.next_token.skip(9);
    running(agent).exchanges.begin(slot, token, Exchange { attempt, user: UserId(user) });
}

type Change = fn(&mut Agent);

/// Each makes another agent of one that runs a script.
const CHANGES: &[Change] = &[
    |agent| agent.durable.version = Version([1, 94, 0, 1]),
    |agent| agent.durable.start_type = StartType::Manual,
    |agent| agent.durable.start_type = StartType::Disabled,
    |agent| agent.durable.broken = true,
    |agent| agent.durable.certificate ^= true,
    |agent| agent.durable.startup_data = true,
    |agent| agent.durable.around.dark_wake = true,
    |agent| agent.durable.around.esp = EspPhase::DeviceSetup,
    |agent| agent.durable.around.policies = Policies::MANAGED_INSTALLER,
    |agent| agent.durable.around.signed_in = 1,
    |agent| agent.durable.around.signed_in = 2,
    |agent| agent.durable.around.active = UserId(1),
    |agent| agent.durable.around.active = UserId(2),
    |agent| agent.durable.work = Some(Box::default()),
    |agent| agent.durable.scripts.truncate(2),
    |agent| first(agent).policy = PolicyId(77),
    |agent| first(agent).revision = 2,
    |agent| first(agent).run = None,
    |agent| first(agent).exit_code = 2,
    |agent| first(agent).exit_code = 0,
    |agent| first(agent).user = UserId(1),
    |agent| first(agent).run_as = RunAs::User,
    |agent| first(agent).downloads = 2,
    |agent| first(agent).state = RecordState::Skipped,
    |agent| first(agent).unreported ^= true,
    |agent| running(agent).ready = false,
    |agent| running(agent).scripts_found ^= true,
    |agent| running(agent).clock_skewed = true,
    |agent| running(agent).sign_ins = 1,
    |agent| running(agent).sign_ins = 2,
    |agent| running(agent).chain = None,
    |agent| running(agent).chain = Some(Chain { at: Workload::AvailableApp, cause: Cause::Push, user: UserId(3) }),
    |agent| running(agent).waiting[0] = Some(Cause::Push),
    |agent| running(agent).waiting[0] = Some(Cause::Timer),
    |agent| running(agent).waiting[1] = Some(Cause::Push),
    |agent| running(agent).stage.hold(),
    |agent| running(agent).stage = Default::default(),
    |agent| running(agent).work = Some(Box::default()),
    |agent| running(agent).work.get_or_insert_default().apps.pushes.push(1),
    |agent| (running(agent).throttle_from, running(agent).throttle_count) = (Some(NOW.awake), 5),
    |agent| (running(agent).throttle_from, running(agent).throttle_count) = (Some(NOW.awake), 6),
    |agent| running(agent).reporting = Some(Token::FIRST.skip(40)),
    |agent| send(agent, Workload::Remediation as usize, 1, 0),
    |agent| send(agent, Workload::Remediation as usize, 2, 0),
    |agent| send(agent, Workload::Remediation as usize, 1, 1),
    |agent| send(agent, Workload::Compliance as usize, 1, 0),
    |agent| send(agent, REPORT, 1, 0),
    |agent| send(agent, TEST, 1, 0),
    |agent| agent.timers.clear(Timer::PollScript),
    |agent| arm(agent, Timer::PollScript, Span::hours(5)),
    |agent| arm(agent, Timer::PollScript, Span::hours(6)),
    |agent| arm(agent, Timer::RemoveUnmanaged, Span::hours(5)),
    |agent| arm(agent, Timer::RemoveIrrecoverable, Span::hours(5)),
    |agent| arm(agent, Timer::Health, Span::hours(5)),
    |agent| arm(agent, Timer::Health, Span::hours(6)),
    |agent| arm(agent, Timer::InventoryClock, Span::hours(5)),
    |agent| agent.phase = Phase::Stopped,
    |agent| agent.phase = Phase::Absent,
];

#[test]
fn whatever_may_go_on_differently_has_another_print() {
    let base = working();
    let mut prints = vec![print(&base)];
    for change in CHANGES {
        let mut agent = base.clone();
        change(&mut agent);
        prints.push(print(&agent));
    }
    for (n, one) in prints.iter().enumerate() {
        let same = prints[..n].iter().position(|other| other == one);
        assert_eq!(same, None, "change {n} of {}", prints.len());
    }
}

#[test]
fn what_nothing_asks_for_is_not_in_a_print() {
    let agent = working();
    let mut other = agent.clone();
    (other.durable.starts, other.durable.health_checks) = (70, 80);
    other.durable.next_token = other.durable.next_token.skip(5);
    first(&mut other).updated = Wall::MIN;
    assert_eq!(print(&other), print(&agent));
    // A window of the self-throttle that is over is begun anew (B-4.26).
    let later = Now { awake: Awake::MIN.after(Ime::SELF_THROTTLE_WINDOW), ..NOW };
    let counted = |count| {
        let mut agent = working();
        (running(&mut agent).throttle_from, running(&mut agent).throttle_count) = (Some(NOW.awake), count);
        let mut print = Print::new(later, (Span::hours(8), Span::days(30)));
        agent.print(&mut print);
        print.done()
    };
    assert_eq!(counted(5), counted(6));
}

#[test]
fn a_copy_in_the_room_of_another_agent_is_the_agent() {
    let base = working();
    for change in CHANGES {
        for target in CHANGES {
            let (mut agent, mut room) = (base.clone(), base.clone());
            change(&mut agent);
            target(&mut room);
            room.copy_from(&agent);
            assert_eq!(room, agent);
        }
    }
    let mut room = Agent::absent();
    room.copy_from(&working());
    assert_eq!(room, working());
}

#[test]
fn an_agent_knows_what_it_waits_for() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).reports_in_background().installed("1.94.0.0");
    assert_eq!(t.agent().requests(), 0);
    t.at("0s").service_starts();
    let poll = t.expect_poll(Workload::Script).left_open();
    assert!(t.agent().awaits(poll) && !t.agent().awaits(poll.skip(1)));
    assert_eq!(t.agent().requests(), 1);
    t.happens(Input::Service(crate::agent::ServiceChange::Stopped));
    assert!(!t.agent().awaits(poll));
    assert_eq!(t.agent().requests(), 0);
}

// R7: what keeps a workload away is in a print as well, by how long it does so.
#[test]
fn keeping_away_is_in_a_print() {
    let kept_away = |base: &str| {
        let mut t = Script::new().jitter_off().only(&[Workload::Script]).set("ime.backoff_base", base);
        t = t.reports_in_background().installed("1.94.0.0");
        t.at("0s").service_starts();
        t.expect_poll(Workload::Script).fails(crate::protocol::Failure::Status(503));
        let mut agent = t.agent().clone();
        agent.timers.clear(Timer::Backoff);
        print(&agent)
    };
    assert_ne!(kept_away("1h"), kept_away("2h"));
}
