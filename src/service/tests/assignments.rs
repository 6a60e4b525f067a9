//! Section 12: groups, filters, intents.

use super::*;
use crate::catalog::{ChangeKind, FilterMode, Intents, Properties};
use crate::facts::{Features, Join};

const DEVICE: UserId = UserId::DEVICE;

// B-12.1 and the first half of C-12.1: exclusion wins within one kind.
#[test]
fn exclusion_wins_within_one_kind() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.app("app", &[required(desk.d1), Assignment::exclude(desk.d2)]);
    desk.script("users", &[Assignment::include(desk.u1), Assignment::exclude(desk.u2)]);
    let world = desk.world();
    assert_eq!(world.work(Workload::RequiredApp, DEVICE), 0);
    assert_eq!(world.work(Workload::RequiredApp, USER), 0);
    assert_eq!(world.scripts(USER), []);
}

// B-12.2 and the second half of C-12.1: an exclusion of the other kind has no effect.
#[test]
fn exclusion_of_the_other_kind_is_ignored() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.app("app", &[required(desk.d1), Assignment::exclude(desk.u1)]);
    let script = desk.script("s", &[Assignment::include(desk.u1), Assignment::exclude(desk.d1)]);
    let world = desk.world();
    assert_eq!(world.work(Workload::RequiredApp, DEVICE), 1);
    assert_eq!(world.work(Workload::RequiredApp, USER), 1);
    assert_eq!(world.scripts(USER), [(script, Target::User)]);
}

// B-12.3: nested groups count with their members, in cycles too; a soft-deleted group assigns nothing until restored.
#[test]
fn nested_members_count_and_deleted_groups_rest() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let top = desk.builder.group("top", GroupKind::Devices).unwrap();
    let middle = desk.builder.group("middle", GroupKind::Devices).unwrap();
    desk.builder.nest(top, middle).unwrap();
    desk.builder.nest(middle, desk.d1).unwrap();
    desk.builder.nest(middle, top).unwrap();
    desk.script("s", &[Assignment::include(top)]);
    desk.builder.change(hours(1), ChangeKind::DeleteGroup(top)).unwrap();
    desk.builder.change(hours(2), ChangeKind::RestoreGroup(top)).unwrap();
    desk.builder.change(hours(3), ChangeKind::DeleteGroup(middle)).unwrap();
    let world = desk.world();
    let mut device = world.enrolled();
    // Intune learns of each 5 minutes later (B-12.4).
    for (now, count) in [(start(), 1), (mins(64), 1), (mins(65), 0), (mins(125), 1), (mins(185), 0)] {
        assert_eq!(device.scripts(now, DEVICE).len(), count, "{now}");
    }
}

// B-12.4, B-3.16: virtual groups at once, Entra groups after 5 minutes, in either direction.
#[test]
fn memberships_reach_intune_after_a_delay() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let late = desk.builder.group("late", GroupKind::Devices).unwrap();
    let all = desk.builder.group("all", GroupKind::AllDevices).unwrap();
    desk.script("all", &[Assignment::include(all)]);
    desk.script("late", &[Assignment::include(late)]);
    desk.member.groups.push(Membership { group: late, from: Some(hours(1)), until: Some(hours(2)) });
    let world = desk.world();
    let mut device = world.enrolled();
    for (now, ids) in
        [(start(), vec![0]), (mins(64), vec![0]), (mins(65), vec![0, 1]), (mins(124), vec![0, 1]), (mins(125), vec![0])]
    {
        assert_eq!(device.scripts(now, DEVICE), ids, "{now}");
    }
}

// B-12.4: `svc.virtual_group_delay` counts from enrollment.
#[test]
fn virtual_groups_may_have_a_delay() {
    let mut profile = Profile::default();
    profile.svc.virtual_group_delay = Span::mins(10);
    let mut desk = Desk::new(&profile);
    let all = desk.builder.group("all", GroupKind::AllUsers).unwrap();
    desk.script("all", &[Assignment::include(all)]);
    desk.member.enrolled_at = Some(start());
    let world = desk.world();
    assert_eq!(world.cohort.at(mins(9)).scripts(USER).len(), 0);
    assert_eq!(world.cohort.at(mins(10)).scripts(USER).len(), 1);
}

// B-12.6: what is available to the device shows to its primary user only.
#[test]
fn available_to_the_device_is_for_the_primary_user() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.app("device", &[available(desk.d1)]);
    desk.app("user", &[available(desk.u1)]);
    let mut other = desk.member.users[0].clone();
    other.primary = false;
    desk.member.users.push(other);
    let world = desk.world();
    assert_eq!(world.work(Workload::AvailableApp, USER), 2);
    assert_eq!(world.work(Workload::AvailableApp, UserId(2)), 1);
}

// B-12.8: a remediation for a user group comes with its member's poll only.
#[test]
fn remediations_for_users_need_their_user() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let remediation = desk.builder.content("r", Feature::Remediation).unwrap();
    desk.assign(remediation, &[Assignment::include(desk.u1)]);
    let world = desk.world();
    assert_eq!(world.work(Workload::Remediation, DEVICE), 0);
    assert_eq!(world.work(Workload::Remediation, USER), 1);
    // A user who is not listed gets what the device gets.
    assert_eq!(world.work(Workload::Remediation, UserId(9)), 0);
}

// B-12.9, B-12.20: device targeting needs no user; the same script by both ways is one policy marked for both.
#[test]
fn user_targeting_comes_with_the_users_poll() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let both = desk.script("both", &[Assignment::include(desk.d1), Assignment::include(desk.u1)]);
    let user = desk.script("user", &[Assignment::include(desk.u1)]);
    let device = desk.script("device", &[Assignment::include(desk.d1)]);
    let world = desk.world();
    assert_eq!(world.scripts(DEVICE), [(both, Target::Device), (device, Target::Device)]);
    assert_eq!(world.scripts(USER), [(both, Target::Both), (user, Target::User), (device, Target::Device)]);
}

// B-1.12, C-1.4: on a registered-only device user groups count for nothing, not even as triggers (B-2.2).
#[test]
fn registered_only_devices_ignore_user_groups() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let all = desk.builder.group("all users", GroupKind::AllUsers).unwrap();
    let device = desk.script("device", &[Assignment::include(desk.d1)]);
    desk.script("user", &[Assignment::include(desk.u1), Assignment::include(all)]);
    desk.app("app", &[required(desk.u1)]);
    desk.member.facts.join = Join::Registered;
    let world = desk.world();
    assert_eq!(world.scripts(USER), [(device, Target::Device)]);
    assert_eq!(world.cohort.at(start()).assigned(), Features::NONE.with(Feature::Script));
}

fn filtered(profile: &Profile, model: &str, filters: &[Option<FilterMode>]) -> usize {
    let mut desk = Desk::new(profile);
    let book = desk.builder.filter("book", r#"device.model -eq "Book""#).unwrap();
    desk.member.properties.set("model", model);
    let groups = [desk.d1, desk.d2, desk.d3];
    let assignments: Vec<_> = groups
        .into_iter()
        .zip(filters)
        .map(|(group, mode)| match mode {
            Some(mode) => Assignment::include(group).with_filter(book, *mode),
            None => Assignment::include(group),
        })
        .collect();
    desk.script("s", &assignments);
    desk.world().scripts(DEVICE).len()
}

// B-12.11: include applies on a match, exclude on a mismatch.
#[test]
fn filter_modes_mean_match_and_mismatch() {
    let profile = Profile::default();
    for (model, mode, count) in [
        ("Book", FilterMode::Include, 1),
        ("Slate", FilterMode::Include, 0),
        ("Book", FilterMode::Exclude, 0),
        ("Slate", FilterMode::Exclude, 1),
    ] {
        assert_eq!(filtered(&profile, model, &[Some(mode)]), count, "{model} {mode:?}");
    }
}

// B-12.12, C-12.3: exclude beats none beats include.
#[test]
fn exclude_filters_beat_no_filter_beats_include_filters() {
    let profile = Profile::default();
    let all = [Some(FilterMode::Include), Some(FilterMode::Exclude), None];
    assert_eq!(filtered(&profile, "BOOK", &all), 0);
    assert_eq!(filtered(&profile, "Slate", &all), 1);
    assert_eq!(filtered(&profile, "Slate", &[Some(FilterMode::Include), None]), 1);
    assert_eq!(filtered(&profile, "Slate", &[Some(FilterMode::Include), Some(FilterMode::Exclude)]), 1);
}

// B-12.12: several of the same mode are combined by OR.
#[test]
fn filters_of_one_mode_are_joined_by_or() {
    let profile = Profile::default();
    for (mode, count) in [(FilterMode::Include, 1), (FilterMode::Exclude, 0)] {
        let mut desk = Desk::new(&profile);
        let one = desk.builder.filter("one", r#"device.model -eq "Book""#).unwrap();
        let two = desk.builder.filter("two", r#"device.model -eq "Slate""#).unwrap();
        desk.member.properties.set("model", "Slate");
        let with = |group, filter| Assignment::include(group).with_filter(filter, mode);
        desk.script("s", &[with(desk.d1, one), with(desk.d2, two)]);
        assert_eq!(desk.world().scripts(DEVICE).len(), count, "{mode:?}");
    }
}

// B-12.13, C-12.4: the intents are settled first; a filtered-out winner has no second best.
#[test]
fn only_the_filters_of_the_winning_intent_are_evaluated() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let never = desk.builder.filter("never", r#"device.model -eq "Book""#).unwrap();
    let always = desk.builder.filter("always", r#"device.model -ne "Book""#).unwrap();
    let uninstall = |group| Assignment::include(group).with_intent(Intent::Uninstall);
    desk.app(
        "winner filtered out",
        &[
            required(desk.d1).with_filter(never, FilterMode::Include),
            uninstall(desk.d2).with_filter(always, FilterMode::Include),
        ],
    );
    let world = desk.world();
    // It is listed, so that the agent reports what keeps it away, and it brings no agent.
    let listed: Vec<_> =
        world.apps(Workload::RequiredApp, DEVICE).iter().map(|app| (app.intents, app.filtered_out)).collect();
    assert_eq!(listed, [(Intents::NONE.with(Intent::Required), true)]);
    assert_eq!(world.cohort.at(start()).assigned(), Features::NONE);

    let mut desk = Desk::new(&profile);
    let never = desk.builder.filter("never", r#"device.model -eq "Book""#).unwrap();
    desk.app("merged", &[required(desk.d1), available(desk.u1).with_filter(never, FilterMode::Include)]);
    desk.app("loser filtered", &[required(desk.d1), uninstall(desk.d2).with_filter(never, FilterMode::Exclude)]);
    let world = desk.world();
    assert_eq!(world.work(Workload::RequiredApp, USER), 2);
    assert_eq!(world.work(Workload::AvailableApp, USER), 0);
}

// B-12.15: where a user has an app available, it hangs on the app's history whether an uninstall for the device takes it
// away, so both polls bring it with both intents.
#[test]
fn intents_of_both_sides_are_settled_by_the_table() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let uninstall = Assignment::include(desk.d1).with_intent(Intent::Uninstall);
    desk.app("app", &[available(desk.u1), uninstall]);
    let world = desk.world();
    for workload in [Workload::AvailableApp, Workload::RequiredApp] {
        let intents: Vec<_> = world.apps(workload, USER).iter().map(|app| app.intents).collect();
        assert_eq!(intents, [Intents::AS_HISTORY_SAYS]);
    }
    assert_eq!((world.work(Workload::AvailableApp, DEVICE), world.work(Workload::RequiredApp, DEVICE)), (0, 1));
}

// B-12.19: any surviving inclusion will do; content without one never applies (B-12.7).
#[test]
fn scripts_need_one_surviving_inclusion() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let kept = desk
        .script("kept", &[Assignment::include(desk.d1), Assignment::include(desk.u1), Assignment::exclude(desk.u2)]);
    desk.script("gone", &[Assignment::include(desk.d1), Assignment::exclude(desk.d2), Assignment::include(desk.d3)]);
    desk.script("only excluded", &[Assignment::exclude(desk.d1)]);
    desk.script("unassigned", &[]);
    let world = desk.world();
    assert_eq!(world.scripts(USER), [(kept, Target::Device)]);
}

// B-2.2, B-2.19: a user's assignment counts for the device; Endpoint analytics goes to every device.
#[test]
fn triggers_come_from_users_and_from_endpoint_analytics() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.app("app", &[available(desk.u1)]);
    desk.builder.endpoint_analytics(true);
    let world = desk.world();
    let assigned: Vec<Feature> = world.cohort.at(start()).assigned().iter().collect();
    assert_eq!(assigned, [Feature::Win32App, Feature::EndpointAnalytics]);
}

#[test]
fn scripts_come_in_assignment_order() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    let late = desk.script("late", &[]);
    let early = desk.script("early", &[Assignment::include(desk.d1)]);
    let assign = |group| ChangeKind::Assign { content: late, assignment: Assignment::include(group) };
    desk.builder.change(hours(1), assign(desk.d2)).unwrap();
    let world = desk.world();
    let mut device = world.enrolled();
    assert_eq!(device.scripts(hours(1), DEVICE), [early.0, late.0]);
}

#[test]
fn trimmed_members_differ_only_in_what_filters_read() {
    let profile = Profile::default();
    let mut desk = Desk::new(&profile);
    desk.builder.filter("f", r#"device.model -eq "x""#).unwrap();
    let tenant = desk.builder.build().unwrap();
    let member = |name: &str, model: &str| {
        let mut properties = Properties::of(&Facts::default(), name);
        properties.set("model", model);
        Member { properties, ..Member::default() }.trimmed(&tenant)
    };
    assert_eq!(member("a", "x"), member("b", "x"));
    assert_ne!(member("a", "x"), member("a", "y"));
}
