//! MDM sessions: the cap on maintenance and the orders.

use super::*;
use crate::catalog::ChangeKind;
use crate::facts::Edition;
use crate::profile::{MaintenanceCap, RuleA};
use crate::rules::b;

const NEWER: Version = Version([1, 94, 0, 0]);

fn unassign(content: PolicyId, group: GroupId) -> ChangeKind {
    ChangeKind::Unassign { content, group }
}

// B-3.4, B-13.2, C-3.3: one maintenance session in 6.5 hours; an admin's Sync is served as well.
#[test]
fn maintenance_is_capped_at_one_in_six_and_a_half_hours() {
    let profile = Profile::default();
    let world = Desk::new(&profile).world();
    let mut device = world.enrolled();
    let served: Vec<u64> =
        (0..=13).filter(|n| device.session(hours(*n), SessionCause::SteadySlot, None).is_ok()).collect();
    assert_eq!(served, [0, 7]);
    let mut device = world.enrolled();
    assert!(device.session(start(), SessionCause::SteadySlot, None).is_ok());
    assert!(device.session(hours(2), SessionCause::AdminPush, None).is_ok());
    let refused = device.session(hours(3), SessionCause::SteadySlot, None);
    assert_eq!(refused, Err(Failure::MaintenanceCap));
    assert_eq!(device.rules(), [b(3, 4)]);
    assert_eq!(device.ledger.last_check_in(), Some(hours(2)));
    assert!(device.session(mins(390), SessionCause::SteadySlot, None).is_ok());
}

// B-3.4: the early slots count only if the profile says so.
#[test]
fn early_slots_may_count_as_maintenance() {
    for (cap, served) in [(MaintenanceCap::SteadyTimerOnly, 3), (MaintenanceCap::AllScheduled, 1)] {
        let mut profile = Profile::default();
        profile.mdm.maintenance_cap_applies = cap;
        let world = Desk::new(&profile).world();
        let mut device = world.enrolled();
        let slots = [3, 6, 9].into_iter();
        let count = slots.filter(|n| device.session(mins(*n), SessionCause::EarlySlot, None).is_ok()).count();
        assert_eq!(count, served, "{cap}");
    }
}

// B-2.3, B-2.4, C-2.1: the agent is ordered in a session, once something that needs it is assigned.
#[test]
fn the_agent_comes_with_the_first_trigger() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let content = desk.script("s", &[]);
    let assignment = Assignment::include(desk.u1);
    desk.builder.change(hours(1), ChangeKind::Assign { content, assignment }).unwrap();
    let world = desk.world();
    let mut device = world.enrolled();
    assert_eq!(device.order(start(), None), AgentOrder::Leave);
    assert_eq!(device.order(mins(59), None), AgentOrder::Leave);
    assert_eq!(device.order(hours(1), None), AgentOrder::Install(AGENT));
}

// B-1.5: no trigger brings the agent to a device that may not have it; facts may change later.
#[test]
fn eligibility_is_asked() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.script("s", &[Assignment::include(desk.d1)]);
    desk.member.facts.edition = Edition::Home;
    let mut world = desk.world();
    assert_eq!(world.enrolled().order(start(), None), AgentOrder::Leave);
    world.facts.edition = Edition::Pro;
    assert_eq!(world.enrolled().order(start(), None), AgentOrder::Install(AGENT));
}

// B-2.11, C-2.4: a missing agent is brought back by the next session.
#[test]
fn a_missing_agent_is_brought_back() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.app("a", &[required(desk.d1)]);
    let world = desk.world();
    let mut device = world.enrolled();
    assert_eq!(device.order(start(), Some(AGENT)), AgentOrder::Leave);
    assert_eq!(device.order(hours(3), None), AgentOrder::Install(AGENT));
    assert!(device.rules().contains(&b(2, 11)));
}

// B-2.12: an agent in the offered version, or a newer one, is left alone, however many triggers there are.
#[test]
fn a_present_agent_is_left_alone() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.app("a", &[required(desk.d1)]);
    desk.script("s", &[Assignment::include(desk.d1)]);
    let world = desk.world();
    let mut device = world.enrolled();
    assert_eq!(device.order(start(), Some(AGENT)), AgentOrder::Leave);
    assert!(device.rules().contains(&b(2, 12)));
    assert_eq!(device.order(start(), Some(NEWER)), AgentOrder::Leave);
}

// B-2.14, C-2.5: a release updates an older agent as the device checks in, at its place in the phases.
#[test]
fn a_release_updates_the_agent_in_phases() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.script("s", &[Assignment::include(desk.d1)]);
    desk.builder.change(hours(24), ChangeKind::ReleaseAgent { version: NEWER, over: Span::days(3) }).unwrap();
    let mut world = desk.world();
    let mut device = world.enrolled();
    assert_eq!(device.order(hours(23), Some(AGENT)), AgentOrder::Leave);
    assert_eq!(device.order(hours(24), Some(AGENT)), AgentOrder::Install(NEWER));
    assert!(device.rules().contains(&b(2, 14)));
    assert!(world.cohort.pushes().is_empty());
    world.chance = Chance::Highest;
    let mut device = world.enrolled();
    assert_eq!(device.order(hours(95), Some(AGENT)), AgentOrder::Leave);
    assert_eq!(device.order(hours(96), Some(AGENT)), AgentOrder::Install(NEWER));
}

// B-10.3, C-10.4: the agent stays while any trigger is left; by the other reading it goes with the last script.
#[test]
fn rule_a_asks_for_all_triggers_or_for_scripts() {
    for (rule_a, order) in [(RuleA::NoTriggersLeft, AgentOrder::Leave), (RuleA::NoScriptsLeft, AgentOrder::Remove)] {
        let mut profile = Profile::default();
        profile.removal.rule_a = rule_a;
        let mut desk = Desk::new(&profile);
        let script = desk.script("s", &[Assignment::include(desk.d1)]);
        desk.app("a", &[required(desk.d1)]);
        desk.builder.change(hours(1), unassign(script, desk.d1)).unwrap();
        let world = desk.world();
        let mut device = world.enrolled();
        assert_eq!(device.order(start(), Some(AGENT)), AgentOrder::Leave);
        assert_eq!(device.order(hours(2), Some(AGENT)), order, "{rule_a}");
        // The app brings it back, and the change from some to none is over.
        assert_eq!(device.order(hours(3), None), AgentOrder::Install(AGENT));
        assert_eq!(device.order(hours(4), Some(AGENT)), AgentOrder::Leave);
    }
}

// B-10.3: a device that never had a trigger is not touched.
#[test]
fn an_agent_without_a_history_is_left() {
    for rule_a in [RuleA::NoTriggersLeft, RuleA::NoScriptsLeft] {
        let mut profile = Profile::default();
        profile.removal.rule_a = rule_a;
        let world = Desk::new(&profile).world();
        assert_eq!(world.enrolled().order(start(), Some(AGENT)), AgentOrder::Leave);
    }
}

// B-10.4: it goes at the first session after the last trigger, also one that came and went between two sessions.
#[test]
fn the_agent_goes_with_the_last_trigger() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let content = desk.script("s", &[]);
    let assignment = Assignment::include(desk.u1);
    desk.builder.change(hours(1), ChangeKind::Assign { content, assignment }).unwrap();
    desk.builder.change(hours(2), unassign(content, desk.u1)).unwrap();
    let world = desk.world();
    let mut device = world.enrolled();
    assert_eq!(device.order(start(), Some(AGENT)), AgentOrder::Leave);
    assert_eq!(device.order(hours(3), Some(AGENT)), AgentOrder::Remove);
    assert!(device.rules().contains(&b(10, 4)));
    // Said again until the agent is gone, then no more.
    assert_eq!(device.order(hours(4), Some(AGENT)), AgentOrder::Remove);
    assert_eq!(device.order(hours(5), None), AgentOrder::Leave);
    assert_eq!(device.order(hours(6), Some(AGENT)), AgentOrder::Leave);
}

// B-10.4, B-2.4: download and install go on after the session, so a session in between shows no agent yet.
#[test]
fn an_agent_that_arrives_after_the_last_trigger_has_gone_goes_too() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let content = desk.script("s", &[Assignment::include(desk.u1)]);
    desk.builder.change(hours(1), unassign(content, desk.u1)).unwrap();
    let world = desk.world();
    let mut device = world.enrolled();
    assert_eq!(device.order(start(), None), AgentOrder::Install(AGENT));
    assert_eq!(device.order(hours(2), None), AgentOrder::Leave);
    assert_eq!(device.order(hours(3), Some(AGENT)), AgentOrder::Remove);
    // Once it has been there and is gone, what was assigned before does not count any more.
    assert_eq!(device.order(hours(4), None), AgentOrder::Leave);
    assert_eq!(device.order(hours(5), Some(AGENT)), AgentOrder::Leave);
}

// B-10.11: retire acts at the next session; polls before it go on, those after it learn.
#[test]
fn retire_acts_at_the_next_session() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.script("s", &[Assignment::include(desk.d1)]);
    let world = desk.world();
    let mut device = world.enrolled();
    assert_eq!(device.act(start(), AdminAction::Retire), [(Push::MdmAdmin, Span::ZERO)]);
    assert_eq!(device.scripts(mins(1), USER), [0]);
    let retire = Ok(Answer::Mdm {
        agent: AgentOrder::Leave,
        management: ManagementOrder::Retire,
        policies: crate::protocol::Policies::NONE,
    });
    assert_eq!(device.session(mins(2), SessionCause::AdminPush, Some(AGENT)), retire);
    assert!(!device.ledger.is_managed());
    assert_eq!(device.poll(mins(3), Workload::Script, USER), Ok(Answer::NotManaged));
    // The answer may have been lost: the device is told again.
    assert_eq!(device.session(mins(4), SessionCause::SettingsSync, Some(AGENT)), retire);
    device.ask(mins(5), Request::Unenrolled).unwrap();
    assert_eq!(device.session(mins(6), SessionCause::SettingsSync, None), Ok(Answer::NotManaged));
}

// B-10.12: a wipe that keeps the enrollment leaves the device managed, and the agent comes back.
#[test]
fn a_wipe_may_keep_the_enrollment() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.script("s", &[Assignment::include(desk.d1)]);
    let world = desk.world();
    for keep_enrollment in [true, false] {
        let mut device = world.enrolled();
        device.act(start(), AdminAction::Wipe { keep_enrollment });
        let management = ManagementOrder::Wipe { keep_enrollment };
        let wipe = Ok(Answer::Mdm { agent: AgentOrder::Leave, management, policies: crate::protocol::Policies::NONE });
        assert_eq!(device.session(mins(1), SessionCause::AdminPush, Some(AGENT)), wipe);
        assert_eq!(device.ledger.is_managed(), keep_enrollment);
        if keep_enrollment {
            assert_eq!(device.order(mins(2), None), AgentOrder::Install(AGENT));
        }
    }
}
