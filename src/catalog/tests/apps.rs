//! Apps: their relations, their limits, and the settings of their assignments.

use super::*;
use crate::content::{App, Item, Package};
use crate::protocol::{Notifications, RestartGrace};
use crate::relations::Relation;

/// Three Win32 apps and a Store app.
fn tenant(profile: &Profile) -> (TenantBuilder<'_>, [PolicyId; 4]) {
    let mut builder = Tenant::builder(profile);
    let mut app = |name, feature| builder.content(name, feature).unwrap();
    let win32 = Feature::Win32App;
    let ids = [app("one", win32), app("two", win32), app("three", win32), app("store", Feature::StoreApp)];
    (builder, ids)
}

// B-7.40a, B-7.5: what cannot be is refused with the names of the apps, and nothing of it is taken.
#[test]
fn relations_are_checked_by_name() {
    let profile = Profile::default();
    let (mut builder, [one, two, _, store]) = tenant(&profile);
    assert_eq!(text(builder.relate(&[Relation::dependency(one, two, true)])), "taken");
    assert_eq!(
        text(builder.relate(&[Relation::supersedence(two, one, true)])),
        "app `one` depends on app `two`, which supersedes app `one`: a circle has no order of evaluation"
    );
    assert_eq!(
        text(builder.relate(&[Relation::dependency(one, store, true)])),
        "app `one` depends on app `store`, but app `store` is a Store app, and only Win32 apps have relations"
    );
    let tenant = builder.build().unwrap();
    let relations: Vec<_> = tenant.relations(&tenant.initial()).unwrap().relations().collect();
    assert_eq!(relations, [Relation::dependency(one, two, true)]);
    // B-7.46: neither can be deleted while they are related.
    assert!(tenant.relations(&tenant.initial()).unwrap().check_removal(two).is_err());
}

// B-7.40, B-7.48: the limits are those of the profile.
#[test]
fn the_profile_limits_relations() {
    let mut profile = Profile::default();
    profile.win32.max_graph_nodes = 2;
    profile.win32.max_superseding = 1;
    let (mut builder, [one, two, three, _]) = tenant(&profile);
    builder.relate(&[Relation::dependency(one, two, true)]).unwrap();
    assert_eq!(
        text(builder.relate(&[Relation::dependency(two, three, true)])),
        "3 apps hang together by dependencies, and 2 may: app `one`, app `two`, app `three`"
    );
    builder.relate(&[Relation::supersedence(three, two, false)]).unwrap();
    assert_eq!(
        text(builder.relate(&[Relation::supersedence(one, two, false)])),
        "app `one` depends on app `two` and updates it, and may do only one of them"
    );
}

// B-7.36: a change of relations is a new revision of every app that hangs together, before or after.
#[test]
fn a_change_of_relations_revises_the_whole_subgraph() {
    let profile = Profile::default();
    let (mut builder, [one, two, three, store]) = tenant(&profile);
    builder.relate(&[Relation::dependency(one, two, true)]).unwrap();
    builder.change(at(1), ChangeKind::Relate(Relation::supersedence(three, two, true))).unwrap();
    builder.change(at(2), ChangeKind::Unrelate { from: one, to: two }).unwrap();
    builder.update(at(3), three, Item::App(Box::default())).unwrap();
    let tenant = builder.build().unwrap();
    let revisions = |hours| [one, two, three, store].map(|app| tenant.revision_at(app, at(hours)));
    assert_eq!(revisions(0), [1, 1, 1, 1]);
    assert_eq!(revisions(1), [2, 2, 2, 1]);
    assert_eq!(revisions(2), [3, 3, 3, 1]);
    assert_eq!(revisions(3), [3, 3, 4, 1]);
    assert_eq!(tenant.updated_revisions(three), [4]);
    let library = tenant.library();
    let members = |app, revision| {
        library.relations_of(app, revision).and_then(|all| Some(all.subgraph_of(app)?.members().to_vec()))
    };
    assert_eq!(members(one, 1), Some(vec![two, one]));
    assert_eq!(members(one, 2), Some(vec![two, one, three]));
    assert_eq!(members(one, 3), Some(vec![one]));
    assert_eq!(members(three, 4), Some(vec![two, three]));
    assert_eq!(members(store, 1), Some(vec![store]));
    assert!(library.app(one, 4).is_none());
}

#[test]
fn changes_of_relations_are_checked_in_their_order() {
    let profile = Profile::default();
    let (mut builder, [one, two, ..]) = tenant(&profile);
    builder.change(at(2), ChangeKind::Relate(Relation::dependency(two, one, true))).unwrap();
    builder.change(at(1), ChangeKind::Relate(Relation::dependency(one, two, true))).unwrap();
    assert_eq!(
        text(builder.build()),
        "app `one` depends on app `two`, which depends on app `one`: a circle has no order of evaluation \
         (at 1970-01-01T02:00:00.000Z)"
    );
    let (mut builder, [one, two, ..]) = self::tenant(&profile);
    builder.change(at(1), ChangeKind::Unrelate { from: one, to: two }).unwrap();
    assert_eq!(
        text(builder.build()),
        "app `one` has no relation to app `two` to take back at 1970-01-01T01:00:00.000Z"
    );
}

// B-7.46: a related app cannot be deleted before the relation is taken back; what is deleted is gone.
#[test]
fn related_apps_cannot_be_deleted() {
    let profile = Profile::default();
    let (mut builder, [one, two, ..]) = tenant(&profile);
    let group = builder.group("g", GroupKind::Users).unwrap();
    builder.assign(two, Assignment::include(group).with_intent(Intent::Required)).unwrap();
    builder.relate(&[Relation::dependency(one, two, true)]).unwrap();
    let mut refused = builder.clone();
    refused.change(at(1), ChangeKind::DeleteContent(two)).unwrap();
    assert_eq!(
        text(refused.build()),
        "app `two` cannot be removed while app `one` depends on app `two` (at 1970-01-01T01:00:00.000Z)"
    );
    builder.change(at(1), ChangeKind::Unrelate { from: one, to: two }).unwrap();
    builder.change(at(2), ChangeKind::DeleteContent(two)).unwrap();
    let mut again = builder.clone();
    again.change(at(3), ChangeKind::Relate(Relation::dependency(one, two, true))).unwrap();
    assert_eq!(text(again.build()), "content `two` is deleted and cannot be changed at 1970-01-01T03:00:00.000Z");
    let tenant = builder.build().unwrap();
    let mut state = tenant.initial();
    for (place, change) in (0..).zip(tenant.changes()) {
        state.apply(place, &change.kind);
    }
    assert!(state.is_gone(two) && state.assignments(two).is_empty());
}

// B-1.9, B-7.8, B-7.12, B-7.21: the limits of an app, as it is added and as it is changed.
#[test]
fn apps_have_limits() {
    let profile = Profile::default();
    let (mut builder, [one, ..]) = tenant(&profile);
    let package = |package| App { package, ..App::default() };
    let cases = [
        (package(Package { gigabytes: 30, ..Package::default() }), "taken"),
        (
            package(Package { gigabytes: 31, ..Package::default() }),
            "app `a1` has a package of 31 GB; at most 30 are accepted",
        ),
        (package(Package { installer_script_kb: Some(50), ..Package::default() }), "taken"),
        (
            package(Package { installer_script_kb: Some(51), ..Package::default() }),
            "app `a3` has an installer script of 51 KB; at most 50 are accepted",
        ),
        (
            package(Package { product_code_rules: 2, ..Package::default() }),
            "app `a4` has 2 detection rules on product codes; at most 1 is accepted",
        ),
        (App { install_limit: Some(Span::mins(1_440)), ..App::default() }, "taken"),
        (
            App { install_limit: Some(Span::mins(1_441)), ..App::default() },
            "app `a6` has a time limit for its install of 1d1m; allowed 1m to 1d",
        ),
    ];
    for (n, (app, words)) in cases.into_iter().enumerate() {
        let item = Item::App(Box::new(app));
        assert_eq!(text(builder.item(&format!("a{n}"), Feature::Win32App, item.clone())), words);
        assert_eq!(builder.update(at(1), one, item).is_ok(), words == "taken");
    }
}

// B-7.29, B-7.30, B-7.52a: settings that cannot be.
#[test]
fn settings_of_assignments_are_checked() {
    let profile = Profile::default();
    let (mut builder, [one, ..]) = tenant(&profile);
    let group = builder.group("g", GroupKind::Users).unwrap();
    let script = builder.script("s", ScriptContent::default()).unwrap();
    let none = AssignmentSettings::NONE;
    let early = AssignmentSettings { available: Some(at(2)), deadline: Some(at(1)), ..none };
    let by_itself = AssignmentSettings { auto_update: true, ..none };
    let quiet = AssignmentSettings { notifications: Notifications::None, ..none };
    let grace = |grace_min, countdown_min, snooze_min| AssignmentSettings {
        restart_grace: Some(RestartGrace { grace_min, countdown_min, snooze_min }),
        ..none
    };
    let required = Assignment::include(group).with_intent(Intent::Required);
    let available = Assignment::include(group).with_intent(Intent::Available);
    for (content, assignment, words) in [
        (
            script,
            Assignment::include(group).with_settings(quiet),
            "cannot have settings, for it is no inclusion of an app",
        ),
        (
            one,
            Assignment::exclude(group).with_settings(quiet),
            "cannot have settings, for it is no inclusion of an app",
        ),
        (one, available.with_settings(early), "cannot have a deadline, for it is available"),
        (
            one,
            required.with_settings(early),
            "has its deadline at 1970-01-01T01:00:00.000Z, before 1970-01-01T02:00:00.000Z, when it becomes available",
        ),
        (one, required.with_settings(by_itself), "cannot update by itself, for it is not available"),
        (
            one,
            required.with_settings(grace(20_161, 15, 240)),
            "has a grace period of 20161 minutes; allowed 1 to 20160",
        ),
        (
            one,
            required.with_settings(grace(60, 15, 61)),
            "has a snooze of 61 minutes, more than its grace period of 60",
        ),
        (
            one,
            required.with_settings(grace(10, 15, 10)),
            "has a countdown of 15 minutes, more than its grace period of 10",
        ),
    ] {
        let name = if content == script { "s" } else { "one" };
        let whole = format!("content `{name}`: the assignment to group `g` {words}");
        assert_eq!(text(builder.assign(content, assignment)), whole);
    }
    assert_eq!(text(builder.assign(one, required.with_settings(grace(60, 15, 60)))), "taken");
}

// B-7.54: at most `esp.max_blocking` apps, each once.
#[test]
fn the_status_page_waits_for_so_many_apps() {
    let mut profile = Profile::default();
    profile.esp.max_blocking = 2;
    let (mut builder, [one, two, three, _]) = tenant(&profile);
    let script = builder.script("s", ScriptContent::default()).unwrap();
    let cannot = "the Enrollment Status Page cannot wait for";
    assert_eq!(
        text(builder.esp(&[one, two, three])),
        format!("{cannot} `three`, which is one more than the 2 that it may wait for")
    );
    assert_eq!(text(builder.esp(&[one, one])), format!("{cannot} `one`, which is there twice"));
    assert_eq!(text(builder.esp(&[script])), format!("{cannot} `s`, which is no app"));
    builder.esp(&[two, one]).unwrap();
    assert_eq!(builder.build().unwrap().esp(), [two, one]);
}
