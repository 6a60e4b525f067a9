//! Apps: what comes with them, and how they are to be installed.

use super::*;
use crate::catalog::{AssignmentSettings, ChangeKind, FilterMode, Intents};
use crate::facts::Edition;
use crate::protocol::{Notifications, RestartGrace};
use crate::relations::Relation;

const DEVICE: UserId = UserId::DEVICE;
const R: Intents = Intents::NONE.with(Intent::Required);
const NONE: AssignmentSettings = AssignmentSettings::NONE;

/// The ids, intents and targets of a list.
fn listed(apps: &[AppPolicy]) -> Vec<(u32, Intents, Target)> {
    apps.iter().map(|app| (app.id.0, app.intents, app.target)).collect()
}

// B-7.1, B-7.41, B-7.47: an app comes with all that it needs or replaces, directly or further, children first; not with
// what needs or replaces it.
#[test]
fn an_app_comes_with_what_it_needs_and_replaces() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let app = |desk: &mut Desk<'_>, name, to: &[Assignment]| desk.app(name, to);
    let on_device = [required(desk.d1)];
    let parent = app(&mut desk, "parent", &on_device);
    let [child, grandchild, old, above] = ["child", "grandchild", "old", "above"].map(|name| app(&mut desk, name, &[]));
    let relations = [
        Relation::dependency(parent, child, true),
        Relation::dependency(child, grandchild, false),
        Relation::supersedence(parent, old, true),
        Relation::supersedence(above, parent, true),
    ];
    desk.builder.relate(&relations).unwrap();
    let world = desk.world();
    let none = |app: PolicyId| (app.0, Intents::NONE, Target::Device);
    let wanted = [none(grandchild), none(child), none(old), (parent.0, R, Target::Device)];
    assert_eq!(listed(&world.apps(Workload::RequiredApp, DEVICE)), wanted);
    assert_eq!(listed(&world.apps(Workload::AvailableApp, DEVICE)), []);
}

// B-7.1, B-7.45: what is needed and targeted too keeps its own intents, and is listed once.
#[test]
fn a_dependency_that_is_targeted_keeps_its_intents() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let child = desk.app("child", &[available(desk.u1)]);
    let one = desk.app("one", &[required(desk.d1)]);
    let other = desk.app("other", &[required(desk.u1)]);
    let shared = desk.app("shared", &[]);
    let relations = [
        Relation::dependency(one, child, true),
        Relation::dependency(one, shared, true),
        Relation::dependency(other, shared, true),
    ];
    desk.builder.relate(&relations).unwrap();
    let world = desk.world();
    let a = Intents::NONE.with(Intent::Available);
    let wanted = [
        (child.0, a, Target::User),
        (shared.0, Intents::NONE, Target::Both),
        (one.0, R, Target::Device),
        (other.0, R, Target::User),
    ];
    assert_eq!(listed(&world.apps(Workload::RequiredApp, USER)), wanted);
}

// B-12.13: a filter on the assignments of a dependency does not keep the parent from it.
#[test]
fn a_filtered_dependency_is_there_for_its_parent() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let never = desk.builder.filter("never", r#"device.model -eq "Book""#).unwrap();
    let child = desk.app("child", &[required(desk.d1).with_filter(never, FilterMode::Include)]);
    let parent = desk.app("parent", &[required(desk.d1)]);
    desk.builder.change(hours(1), ChangeKind::Relate(Relation::dependency(parent, child, true))).unwrap();
    let world = desk.world();
    let list = |at| {
        let Answer::Apps(apps) = world.cohort.at(at).answer(Workload::RequiredApp, DEVICE) else { return Vec::new() };
        apps.policies().iter().map(|app| (app.id, app.revision, app.intents, app.filtered_out)).collect()
    };
    assert_eq!(list(start()), [(child, 1, R, true), (parent, 1, R, false)]);
    assert_eq!(list(hours(1)), [(child, 2, Intents::NONE, false), (parent, 2, R, false)]);
}

// B-7.31: any deadline beats none, and of two the earlier; all else is from the first assignment.
#[test]
fn the_earliest_deadline_wins() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let grace = RestartGrace { grace_min: 60, countdown_min: 15, snooze_min: 30 };
    let first = AssignmentSettings {
        foreground: true,
        notifications: Notifications::Restarts,
        restart_grace: Some(grace),
        available: Some(hours(1)),
        ..NONE
    };
    let late = AssignmentSettings { deadline: Some(hours(9)), ..NONE };
    let soon = AssignmentSettings { available: Some(hours(2)), deadline: Some(hours(8)), local_time: true, ..NONE };
    let (d1, d2, u1) = (desk.d1, desk.d2, desk.u1);
    let all = [required(d1).with_settings(first), required(d2).with_settings(late), required(u1).with_settings(soon)];
    desk.app("app", &all);
    let world = desk.world();
    let settled = |user| world.apps(Workload::RequiredApp, user)[0].settings;
    let user = settled(USER);
    assert_eq!((user.available, user.deadline, user.local_time), (Some(hours(2)), Some(hours(8)), true));
    assert_eq!((user.foreground, user.notifications, user.restart_grace), (true, Notifications::Restarts, Some(grace)));
    let device = settled(DEVICE);
    assert_eq!((device.available, device.deadline, device.local_time), (None, Some(hours(9)), false));
}

// B-7.31, B-12.13: an assignment that has lost, or whose filter stands against it, has no say.
#[test]
fn settings_come_from_the_winning_assignments() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let never = desk.builder.filter("never", r#"device.model -eq "Book""#).unwrap();
    let at = |n| AssignmentSettings { deadline: Some(hours(n)), ..NONE };
    let by_itself = AssignmentSettings { auto_update: true, foreground: true, ..NONE };
    let uninstall = Assignment::include(desk.d3).with_intent(Intent::Uninstall);
    let all = [
        required(desk.d1).with_settings(at(1)).with_filter(never, FilterMode::Include),
        required(desk.d2).with_settings(at(3)),
        uninstall.with_settings(at(2)),
        available(desk.u1).with_settings(by_itself),
    ];
    desk.app("app", &all);
    let world = desk.world();
    let app = world.apps(Workload::RequiredApp, USER)[0];
    assert_eq!(app.intents, Intents::REQUIRED_AND_AVAILABLE);
    assert_eq!(
        (app.settings.deadline, app.settings.foreground, app.settings.auto_update),
        (Some(hours(3)), false, true)
    );
    assert_eq!(world.apps(Workload::AvailableApp, USER), [app]);
}

// B-7.54, B-7.55: the list of the status page gives each app its place.
#[test]
fn the_status_page_has_an_order() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let on_device = [required(desk.d1)];
    let [one, two, three] = ["one", "two", "three"].map(|name| desk.app(name, &on_device));
    desk.builder.esp(&[three, one]).unwrap();
    let world = desk.world();
    let places: Vec<_> =
        world.apps(Workload::RequiredApp, DEVICE).iter().map(|app| (app.id, app.settings.esp_place)).collect();
    assert_eq!(places, [(one, 2), (two, 0), (three, 1)]);
}

// B-3.7, B-4.19: a change of settings is a change of the assignment, which makes the client come; the agent is told of
// what is new or changed alone.
#[test]
fn a_change_of_settings_is_announced() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let app = desk.app("app", &[required(desk.d1)]);
    let assignment = required(desk.d1).with_settings(AssignmentSettings { foreground: true, ..NONE });
    desk.builder.change(hours(1), ChangeKind::Assign { content: app, assignment }).unwrap();
    let world = desk.world();
    let pushes: Vec<_> = world.cohort.pushes().iter().map(|push| (push.at, push.push)).collect();
    assert_eq!(pushes, [(hours(1), Push::MdmChange)]);
}

// B-12.7: an app without an assignment, or with exclusions alone, is never told of.
#[test]
fn apps_without_an_inclusion_are_not_told_of() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.app("unassigned", &[]);
    desk.app("excluded", &[Assignment::exclude(desk.d1)]);
    desk.app("both", &[required(desk.d1), Assignment::exclude(desk.d2)]);
    let world = desk.world();
    assert_eq!(world.apps(Workload::RequiredApp, USER), []);
    assert_eq!(world.apps(Workload::AvailableApp, USER), []);
}

// B-1.29: a multi-session host has no available apps, and none for its users.
#[test]
fn a_multi_session_host_has_required_apps_of_the_device_alone() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.member.facts.edition = Edition::MultiSession;
    let merged = desk.app("merged", &[required(desk.d1), available(desk.u1)]);
    desk.app("user", &[required(desk.u1)]);
    desk.app("offered", &[available(desk.d1)]);
    let world = desk.world();
    assert_eq!(listed(&world.apps(Workload::RequiredApp, USER)), [(merged.0, R, Target::Device)]);
    assert_eq!(world.apps(Workload::AvailableApp, USER), []);
}

// B-12.18: an assignment that is taken away leaves nothing behind, and no uninstall takes its place.
#[test]
fn an_assignment_that_goes_asks_for_nothing() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let app = desk.app("app", &[required(desk.d1)]);
    desk.builder.change(hours(1), ChangeKind::Unassign { content: app, group: desk.d1 }).unwrap();
    let world = desk.world();
    assert_eq!(world.cohort.at(hours(1)).work(Workload::RequiredApp, DEVICE), 0);
}
