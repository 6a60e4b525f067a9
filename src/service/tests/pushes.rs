//! Pushes: which changes and actions cause one, of which kind, and when.

use super::*;
use crate::catalog::ChangeKind;
use crate::chance::SpanRange;

fn assign(content: PolicyId, assignment: Assignment) -> ChangeKind {
    ChangeKind::Assign { content, assignment }
}

// B-3.12, B-3.13, B-9.1, B-6.29: admin actions push at once, but for remote assistance; a run on demand pushes to the agent.
#[test]
fn admin_actions_push_at_once() {
    let profile = Profile::default();
    let world = Desk::new(&profile).world();
    for action in [AdminAction::Sync, AdminAction::BulkSync, AdminAction::Lock, AdminAction::PasscodeReset] {
        assert_eq!(world.enrolled().act(start(), action), [(Push::MdmAdmin, Span::ZERO)], "{action:?}");
        assert_eq!(world.unknown().act(start(), action), [], "{action:?}");
    }
    assert_eq!(world.enrolled().act(start(), AdminAction::RemoteAssistance), []);
    let run = AdminAction::RunRemediation { policy: PolicyId(7) };
    let push = Push::AgentRemediation { policy: PolicyId(7), revision: 1 };
    assert_eq!(world.enrolled().act(start(), run), [(push, Span::ZERO)]);
    assert_eq!(world.unknown().act(start(), run), []);
}

// B-13.1, B-3.7, C-3.4: changes of assignment and content push after a delay; making an app available does not.
#[test]
fn changes_push_after_a_delay() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let offered = desk.app("offered", &[]);
    let script = desk.script("s", &[]);
    let elsewhere = desk.builder.group("elsewhere", GroupKind::Devices).unwrap();
    let changes = [
        (1, assign(offered, available(desk.u1))),
        (2, assign(script, Assignment::include(desk.d1))),
        (3, assign(script, Assignment::include(elsewhere))),
        (4, ChangeKind::UpdateContent { content: script, bitness_only: false, to: None }),
        (5, ChangeKind::UpdateContent { content: offered, bitness_only: false, to: None }),
        (6, ChangeKind::Unassign { content: script, group: desk.d1 }),
        (7, ChangeKind::Unassign { content: script, group: elsewhere }),
    ];
    for (hour, change) in changes {
        desk.builder.change(hours(hour), change).unwrap();
    }
    let world = desk.world();
    let pushes = world.enrolled().pushes_until(hours(24));
    assert_eq!(pushes, [2, 4, 6].map(|hour| (Push::MdmChange, hour * 60 + 1)));
    assert_eq!(world.unknown().pushes_until(hours(24)), []);
}

// B-13.1: each device draws its own delay; notifications can be switched off.
#[test]
fn the_delay_is_drawn_and_may_be_off() {
    let mut profile = Profile::default();
    profile.mdm.notify_delay = SpanRange { min: Span::ZERO, max: Span::hours(4) };
    let make = |profile: &Profile, chance| {
        let mut desk = Desk::new(profile);
        let script = desk.script("s", &[]);
        desk.builder.change(hours(1), assign(script, Assignment::include(desk.d1))).unwrap();
        let world = World { chance, ..desk.world() };
        world.enrolled().pushes_until(hours(24))
    };
    assert_eq!(make(&profile, Chance::Lowest), [(Push::MdmChange, 60)]);
    assert_eq!(make(&profile, Chance::Highest), [(Push::MdmChange, 300)]);
    assert_ne!(make(&profile, Chance::seeded(1, 1)), make(&profile, Chance::seeded(1, 2)));
    profile.mdm.notify_on_change = false;
    assert_eq!(make(&profile, Chance::Lowest), []);
}

// B-4.19: a required app also pushes to the agent, after 6 seconds.
#[test]
fn required_apps_push_to_the_agent() {
    let mut profile = Profile::default();
    let make = |profile: &Profile| {
        let mut desk = Desk::new(profile);
        let app = desk.app("a", &[]);
        let uninstall = Assignment::include(desk.d1).with_intent(Intent::Uninstall);
        desk.builder.change(hours(1), assign(app, required(desk.d1))).unwrap();
        desk.builder
            .change(hours(2), ChangeKind::UpdateContent { content: app, bitness_only: false, to: None })
            .unwrap();
        desk.builder.change(hours(3), assign(app, uninstall)).unwrap();
        let world = desk.world();
        let mut device = world.enrolled();
        [1, 2, 3].map(|hour| {
            device.input(hours(hour), Input::Tick);
            device.pushes()
        })
    };
    let (change, apps) = ((Push::MdmChange, Span::mins(1)), (Push::AgentApps, Span::secs(6)));
    assert_eq!(make(&profile), [vec![change, apps], vec![change, apps], vec![change]]);
    profile.ime.push_app_workload = false;
    assert_eq!(make(&profile), [vec![change], vec![change], vec![change]]);
}

// B-3.7: a change of membership pushes when Intune learns of it.
#[test]
fn membership_changes_push_too() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let late = desk.builder.group("late", GroupKind::Users).unwrap();
    desk.script("s", &[Assignment::include(late)]);
    desk.member.users[0].groups.push(Membership { group: late, from: Some(hours(1)), until: None });
    let world = desk.world();
    assert_eq!(world.enrolled().pushes_until(hours(24)), [(Push::MdmChange, 66)]);
}

// B-13.3, C-13.3: several changes of one moment give one push of each kind.
#[test]
fn changes_of_one_moment_push_once() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    for name in ["a", "b", "c"] {
        let app = desk.app(name, &[]);
        desk.builder.change(hours(1), assign(app, required(desk.d1))).unwrap();
    }
    let world = desk.world();
    assert_eq!(world.enrolled().pushes_until(hours(24)), [(Push::MdmChange, 61), (Push::AgentApps, 60)]);
}

#[test]
fn a_late_tick_sends_what_is_overdue_without_further_delay() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let script = desk.script("s", &[]);
    desk.builder.change(hours(1), assign(script, Assignment::include(desk.d1))).unwrap();
    let world = desk.world();
    let mut device = world.enrolled();
    assert_eq!(device.input(mins(59), Input::Tick), Some(hours(1)));
    assert_eq!(device.input(hours(2), Input::Tick), None);
    assert_eq!(device.pushes(), [(Push::MdmChange, Span::ZERO)]);
}

#[test]
fn changes_before_the_start_push_nothing() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let script = desk.script("s", &[]);
    let before = start().before(Span::hours(1));
    desk.builder.change(before, assign(script, Assignment::include(desk.d1))).unwrap();
    let world = desk.world();
    let mut device = world.enrolled();
    assert_eq!(device.ledger.due(&world.cx()), None);
    assert_eq!(device.scripts(start(), USER), [0]);
    assert_eq!(device.pushes(), []);
}
