//! What the builder refuses, and in which words.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]

mod apps;

use super::*;
use crate::chance::Chance;
use crate::facts::Feature;
use crate::profile::{MixedExclusion, Profile, SizeRule, Version};
use crate::protocol::PolicyId;
use crate::time::{Span, Wall};

fn text<T>(result: Result<T, CatalogError>) -> String {
    result.map(|_| "taken".to_owned()).unwrap_or_else(|error| error.to_string())
}

fn at(hours: u64) -> Wall {
    Wall::from_unix_millis(0).after(Span::hours(hours))
}

// B-5.16: a script of 204,800 bytes or more is refused when it is added.
#[test]
fn large_scripts_are_refused_unless_ignored() {
    let mut profile = Profile::default();
    let of = |bytes| ScriptContent { bytes, ..ScriptContent::default() };
    let mut builder = Tenant::builder(&profile);
    assert_eq!(text(builder.script("a", of(204_799))), "taken");
    assert_eq!(text(builder.script("b", of(204_800))), "script `b` has 204800 bytes and must have fewer than 204800");
    profile.scripts.size_rule = SizeRule::Ignore;
    assert_eq!(text(Tenant::builder(&profile).script("b", of(700_000))), "taken");
}

// B-12.5: one group cannot have two intents of an app at once; a change replaces the first.
#[test]
fn one_group_has_one_intent_of_an_app() {
    let profile = Profile::default();
    let mut builder = Tenant::builder(&profile);
    let group = builder.group("g", GroupKind::Users).unwrap();
    let app = builder.content("app", Feature::Win32App).unwrap();
    let with = |intent| Assignment::include(group).with_intent(intent);
    builder.assign(app, with(Intent::Required)).unwrap();
    assert_eq!(
        text(builder.assign(app, with(Intent::Uninstall))),
        "app `app`: group `g` cannot be required and uninstall at once"
    );
    assert_eq!(
        text(builder.assign(app, with(Intent::Required))),
        "content `app` already has an assignment for group `g`"
    );
    builder.change(at(1), ChangeKind::Assign { content: app, assignment: with(Intent::Uninstall) }).unwrap();
    let tenant = builder.build().unwrap();
    let mut state = tenant.initial();
    assert!(state.apply(0, &tenant.changes()[0].kind));
    let intents: Vec<_> = state.assignments(app).iter().map(|placed| placed.assignment.intent).collect();
    assert_eq!(intents, [Some(Intent::Uninstall)]);
}

// B-12.19: scripts have no intent; apps have one.
#[test]
fn intents_are_for_inclusions_of_apps() {
    let profile = Profile::default();
    let mut builder = Tenant::builder(&profile);
    let group = builder.group("g", GroupKind::Users).unwrap();
    let script = builder.script("s", ScriptContent::default()).unwrap();
    let app = builder.content("app", Feature::StoreApp).unwrap();
    assert_eq!(
        text(builder.assign(script, Assignment::include(group).with_intent(Intent::Required))),
        "content `s`: the assignment to group `g` cannot be required, for it is not of an app"
    );
    assert_eq!(
        text(builder.assign(app, Assignment::include(group))),
        "app `app`: the assignment to group `g` needs an intent"
    );
    assert_eq!(
        text(builder.assign(app, Assignment::exclude(group).with_intent(Intent::Available))),
        "content `app`: the assignment to group `g` cannot be available, for it is an exclusion"
    );
    assert_eq!(text(builder.assign(script, Assignment::include(group))), "taken");
}

// B-12.2: the profile may refuse mixed kinds, before the start and by a change.
#[test]
fn mixed_kinds_are_refused_on_demand() {
    let mut profile = Profile::default();
    let make = |profile: &Profile, later: bool| {
        let mut builder = Tenant::builder(profile);
        let users = builder.group("people", GroupKind::Users).unwrap();
        let devices = builder.group("kiosks", GroupKind::Devices).unwrap();
        let script = builder.script("s", ScriptContent::default()).unwrap();
        builder.assign(script, Assignment::include(users)).unwrap();
        let exclusion = Assignment::exclude(devices);
        if later {
            builder.change(at(2), ChangeKind::Assign { content: script, assignment: exclusion }).unwrap();
        } else {
            builder.assign(script, exclusion).unwrap();
        }
        text(builder.build())
    };
    assert_eq!(make(&profile, false), "taken");
    profile.assign.mixed_exclusion = MixedExclusion::Reject;
    let error = "content `s`: excluding group `kiosks` has no effect on included group `people`, \
                 which is of another kind";
    assert_eq!(make(&profile, false), error);
    assert_eq!(make(&profile, true), format!("{error} (at 1970-01-01T02:00:00.000Z)"));
}

// B-12.3: only Entra groups of one kind nest.
#[test]
fn only_like_groups_nest() {
    let profile = Profile::default();
    let mut builder = Tenant::builder(&profile);
    let users = builder.group("u", GroupKind::Users).unwrap();
    let devices = builder.group("d", GroupKind::Devices).unwrap();
    let all = builder.group("all", GroupKind::AllUsers).unwrap();
    assert_eq!(text(builder.nest(users, devices)), "group `u` (users) cannot hold group `d` (devices)");
    assert_eq!(text(builder.nest(all, users)), "group `all` (all-users) cannot hold group `u` (users)");
    assert_eq!(text(builder.nest(users, users)), "taken");
    assert_eq!(
        text(builder.change(at(0), ChangeKind::DeleteGroup(all))),
        "group `all` is virtual and cannot be deleted or restored"
    );
}

#[test]
fn names_and_ids_are_checked() {
    let profile = Profile::default();
    let mut builder = Tenant::builder(&profile);
    let group = builder.group("g", GroupKind::Users).unwrap();
    assert_eq!(text(builder.group("g", GroupKind::Devices)), "there already is a group named `g`");
    assert_eq!(
        text(builder.assign(PolicyId(7), Assignment::include(group))),
        "assignment: there is no content number 7"
    );
    let script = builder.script("s", ScriptContent::default()).unwrap();
    let wrong = Assignment::include(group).with_filter(FilterId(3), FilterMode::Include);
    assert_eq!(text(builder.assign(script, wrong)), "assignment of `s`: there is no filter number 3");
    assert_eq!(text(builder.content("x", Feature::Script)), "content `x` is a script and must be added as one");
    builder.change(at(1), ChangeKind::Unassign { content: script, group }).unwrap();
    assert_eq!(
        text(builder.build()),
        "content `s` has no assignment for group `g` to take back at 1970-01-01T01:00:00.000Z"
    );
}

// B-12.10: up to 200 filters.
#[test]
fn a_tenant_has_up_to_200_filters() {
    let profile = Profile::default();
    let mut builder = Tenant::builder(&profile);
    for n in 0..200 {
        builder.filter(&format!("f{n}"), r#"device.model -eq "x""#).unwrap();
    }
    assert_eq!(
        text(builder.filter("last", r#"device.model -eq "x""#)),
        "filter `last` is one more than the 200 that a tenant may have"
    );
}

#[test]
fn changes_are_made_by_time_then_in_the_order_given() {
    let profile = Profile::default();
    let mut builder = Tenant::builder(&profile);
    let group = builder.group("g", GroupKind::Users).unwrap();
    let script = builder.script("s", ScriptContent::default()).unwrap();
    let assign = ChangeKind::Assign { content: script, assignment: Assignment::include(group) };
    builder.change(at(2), ChangeKind::Unassign { content: script, group }).unwrap();
    builder.change(at(1), assign).unwrap();
    builder.change(at(2), assign).unwrap();
    let tenant = builder.build().unwrap();
    let hours: Vec<u64> = tenant.changes().iter().map(|change| change.at.since(at(0)).as_secs() / 3_600).collect();
    assert_eq!(hours, [1, 2, 2]);
    assert_eq!(tenant.changes()[2].kind, assign);
}

// B-13.10: a release reaches each device at its own place within the phases.
#[test]
fn releases_reach_devices_in_phases() {
    let profile = Profile::default();
    let mut builder = Tenant::builder(&profile);
    let (old, new, newest) = (Version([1, 93, 0, 0]), Version([1, 94, 0, 0]), Version([1, 95, 0, 0]));
    builder.change(at(10), ChangeKind::ReleaseAgent { version: new, over: Span::hours(10) }).unwrap();
    builder.change(at(15), ChangeKind::ReleaseAgent { version: newest, over: Span::ZERO }).unwrap();
    let tenant = builder.build().unwrap();
    assert_eq!(tenant.agent_offered(&Chance::Lowest, at(9)), old);
    assert_eq!(tenant.agent_offered(&Chance::Lowest, at(10)), new);
    assert_eq!(tenant.agent_offered(&Chance::Highest, at(14)), old);
    assert_eq!(tenant.agent_offered(&Chance::Highest, at(15)), newest);
    // The older release, due for this device at 20 h, does not take the newer one back.
    assert_eq!(tenant.agent_offered(&Chance::Highest, at(21)), newest);
    let offered = (0..1_000).filter(|n| tenant.agent_offered(&Chance::seeded(1, *n), at(13)) == new).count();
    assert!((250..350).contains(&offered), "{offered} of 1000 in the first three tenths");
}
