//! What is to be done: dependencies by themselves, supersedence by itself.

use super::*;

const FAILED: Member = ABSENT.with_hindrance(Hindrance::Failed);
const OUT_OF_REACH: Member = ABSENT.with_hindrance(Hindrance::RequirementsNotMet);
const RESTARTING: Member = PRESENT.with_hindrance(Hindrance::RebootPending);

// B-7.41, C-7.5: a missing dependency is installed first where it is automatic, although nobody assigned it; where it is
// not, the parent is not attempted and reports 6004.
#[test]
fn a_missing_dependency_is_installed_first_or_stands_in_the_way() {
    let automatic = relations(&[depends(0, 1)]);
    assert_eq!(steps(&automatic, &[WANTED, ABSENT]), [install(1), install(0)]);
    assert_eq!(steps(&automatic, &[WANTED, PRESENT]), [install(0)]);
    assert_eq!(steps(&automatic, &[ABSENT, ABSENT]), [], "nobody wants the parent");

    let manual = relations(&[depends_manually(0, 1)]);
    let plan = plan(&manual, &[WANTED, ABSENT]);
    assert_eq!((plan.steps, plan.held), (vec![], vec![held(0, 1, Hold::AutoInstallOff)]));
    assert_eq!(Hold::AutoInstallOff.enforcement(false), Some(6004));
    assert_eq!(steps(&manual, &[WANTED, PRESENT]), [install(0)]);
    assert_eq!(steps(&manual, &[WANTED, WANTED]), [install(1), install(0)], "it comes on its own account");
    assert_eq!(steps(&manual, &[WANTED, Member { desired: Desired::Present, ..FAILED }]), []);
}

// B-7.41: one level down it is 6005, and further down too.
#[test]
fn a_manual_dependency_further_down_has_a_code_of_its_own() {
    let all = relations(&[depends(0, 1), depends(1, 2), depends_manually(2, 3)]);
    let plan = plan(&all, &[WANTED, ABSENT, ABSENT, ABSENT]);
    assert_eq!(plan.steps, [], "nothing is installed for what cannot be");
    let expected = [(2, 3, Hold::AutoInstallOff), (1, 2, Hold::AutoInstallOffBelow), (0, 1, Hold::AutoInstallOffBelow)];
    assert_eq!(plan.held, expected.map(|(app, by, hold)| held(app, by, hold)));
    assert_eq!(Hold::AutoInstallOffBelow.enforcement(false), Some(6005));
}

// B-7.41: what is not to be installed automatically is not sought, so nothing is said about what it lacks itself.
#[test]
fn a_manual_dependency_is_not_looked_into() {
    let all = relations(&[depends_manually(0, 1), depends_manually(1, 2)]);
    assert_eq!(plan(&all, &[WANTED, ABSENT, ABSENT]).held, [held(0, 1, Hold::AutoInstallOff)]);
    let present = plan(&all, &[WANTED, PRESENT, ABSENT]);
    assert_eq!((present.steps, present.held), (vec![install(0)], vec![]));
}

// B-7.41: a shared sub-dependency is installed once, before both that need it.
#[test]
fn a_diamond_installs_its_leaf_once() {
    let all = relations(&[depends(0, 1), depends(0, 2), depends(1, 3), depends(2, 3)]);
    assert_eq!(steps(&all, &[WANTED, ABSENT, ABSENT, ABSENT]), [install(3), install(1), install(2), install(0)]);
    let failed_leaf = plan(&all, &[WANTED, ABSENT, PRESENT, FAILED]);
    assert_eq!(failed_leaf.steps, []);
    // App 2 is there, so what it lacks is not in the way of app 0; app 1 is not.
    let expected = [(1, 3), (2, 3), (0, 1)].map(|(app, by)| held(app, by, Hold::DependencyFailed));
    assert_eq!(failed_leaf.held, expected);
}

// B-7.43: a dependency that has failed for good holds its parent with 6001, one that lacks requirements with 6003, one
// that waits for a restart with 6002; the others of its dependencies are not installed for it either.
#[test]
fn what_stands_against_a_dependency_holds_its_parent() {
    let all = relations(&[depends(0, 1), depends(0, 2)]);
    for (member, hold, code, success) in [
        (FAILED, Hold::DependencyFailed, 6001, 1004),
        (RESTARTING, Hold::DependencyRebootPending, 6002, 1006),
        (OUT_OF_REACH, Hold::DependencyRequirements, 6003, 1005),
    ] {
        let absent = plan(&all, &[WANTED, ABSENT, member]);
        assert_eq!((absent.steps, absent.held), (vec![], vec![held(0, 2, hold)]));
        assert_eq!((hold.enforcement(false), hold.enforcement(true)), (Some(code), Some(success)));
        // B-7.40a: where the parent is there already, the missing dependency is installed, and the other reported.
        let present = plan(&all, &[SATISFIED, ABSENT, member]);
        assert_eq!((present.steps, present.held), (vec![install(1)], vec![held(0, 2, hold)]));
    }
    assert_eq!(Hold::AutoInstallOff.enforcement(true), Some(1007));
}

// B-7.40a: a dependency added to an app that is there is installed if it is automatic, and at every level.
#[test]
fn an_installed_app_gets_its_new_dependencies() {
    let all = relations(&[depends(0, 1), depends(1, 2), depends_manually(0, 3)]);
    let plan = plan(&all, &[SATISFIED, PRESENT, ABSENT, ABSENT]);
    assert_eq!(plan.steps, [install(2)]);
    assert_eq!(plan.held, [held(0, 3, Hold::AutoInstallOff)]);
    assert_eq!(steps(&all, &[PRESENT, ABSENT, ABSENT, ABSENT]), [], "it is there, but nobody wants it");
}

/// What keeps the parent from being installed keeps its dependencies back too.
#[test]
fn nothing_is_installed_for_a_parent_that_cannot_be() {
    let all = relations(&[depends(0, 1)]);
    for hindrance in [Hindrance::Failed, Hindrance::RequirementsNotMet, Hindrance::RebootPending] {
        assert_eq!(steps(&all, &[WANTED.with_hindrance(hindrance), ABSENT]), []);
    }
    assert_eq!(steps(&all, &[WANTED.with_hindrance(Hindrance::Failed), WANTED]), [install(1)], "but by itself it is");
}

// B-7.44: dependencies count for installs only; when the parent goes, they stay.
#[test]
fn an_uninstalled_parent_leaves_its_dependencies() {
    let all = relations(&[depends(0, 1), depends(1, 2)]);
    assert_eq!(steps(&all, &[UNWANTED, PRESENT, ABSENT]), [uninstall(0)]);
}

/// The decision by itself, from the states of the direct dependencies.
#[test]
fn readiness_is_that_of_the_direct_dependencies() {
    let all = relations(&[depends(0, 1), depends(0, 2), depends_manually(0, 3)]);
    let readiness = |states: [DependencyState; 3]| all.readiness(app(0), |child| states[child.0 as usize - 1]);
    use DependencyState::{Coming, Failed, Held, Leaving, Missing, Present, RequirementsNotMet};
    assert_eq!(readiness([Present, Present, Present]), Readiness::Ready);
    assert_eq!(readiness([Present, Missing, Coming]), Readiness::Missing(app(2)));
    let against = |by, hold| Readiness::Held { by: app(by), hold };
    assert_eq!(readiness([Missing, Present, Missing]), against(3, Hold::AutoInstallOff));
    assert_eq!(readiness([RequirementsNotMet, Failed, Present]), against(1, Hold::DependencyRequirements));
    assert_eq!(readiness([Failed, Present, Leaving]), against(3, Hold::Conflict), "a conflict counts first");
    assert_eq!(readiness([Present, Held(Hold::AutoInstallOff), Present]), against(2, Hold::AutoInstallOffBelow));
    assert_eq!(readiness([Present, Held(Hold::Conflict), Present]), against(2, Hold::DependencyFailed));
    assert_eq!(all.readiness(app(1), |_| Missing), Readiness::Ready, "it has none");
}

// B-7.49: an update installs the new app where it is absent, whether the old one is there or not, and no more.
#[test]
fn an_update_leaves_the_old_app_to_the_installer_of_the_new() {
    let all = relations(&[updates(1, 0)]);
    for (old, new, expected) in [
        (ABSENT, WANTED, vec![install(1)]),
        (PRESENT, WANTED, vec![install(1)]),
        (ABSENT, SATISFIED, vec![]),
        (PRESENT, SATISFIED, vec![]),
    ] {
        assert_eq!(steps(&all, &[old, new]), expected);
    }
}

// B-7.50, C-7.6: a replacement uninstalls the old app first, and also where the new one is there already.
#[test]
fn a_replacement_takes_the_old_app_away_first() {
    let all = relations(&[replaces(1, 0)]);
    for (old, new, expected) in [
        (ABSENT, WANTED, vec![install(1)]),
        (PRESENT, WANTED, vec![uninstall(0), install(1)]),
        (ABSENT, SATISFIED, vec![]),
        (PRESENT, SATISFIED, vec![uninstall(0)]),
    ] {
        assert_eq!(steps(&all, &[old, new]), expected);
    }
}

// B-7.50: as long as the old app is detected after its uninstall, the new one is not installed.
#[test]
fn a_replaced_app_that_stays_keeps_the_new_one_back() {
    let all = relations(&[replaces(1, 0)]);
    let stays = plan(&all, &[PRESENT.with_hindrance(Hindrance::Failed), WANTED]);
    assert_eq!((stays.steps, stays.held), (vec![], vec![held(1, 0, Hold::SupersededStays)]));
    let restarting = plan(&all, &[RESTARTING, WANTED]);
    assert_eq!((restarting.steps, restarting.held), (vec![], vec![held(1, 0, Hold::SupersededRebootPending)]));
    assert_eq!(Hold::SupersededStays.enforcement(false), Some(6009));
    let updating = relations(&[updates(1, 0)]);
    assert_eq!(steps(&updating, &[PRESENT.with_hindrance(Hindrance::Failed), WANTED]), [install(1)]);
    // An old install that failed long ago left nothing behind that would have to go.
    assert_eq!(steps(&all, &[FAILED, WANTED]), [install(1)]);
}

// B-7.51: in a chain the newest app is the aim; replaced ones go, updated ones stay, each by the relation to it.
#[test]
fn in_a_chain_the_newest_app_is_the_aim() {
    let updating = relations(&[updates(1, 0), updates(2, 1)]);
    assert_eq!(steps(&updating, &[PRESENT, ABSENT, WANTED]), [install(2)]);
    assert_eq!(steps(&updating, &[PRESENT, PRESENT, SATISFIED]), []);
    let replacing = relations(&[replaces(1, 0), replaces(2, 1)]);
    assert_eq!(steps(&replacing, &[PRESENT, ABSENT, WANTED]), [uninstall(0), install(2)]);
    assert_eq!(steps(&replacing, &[PRESENT, PRESENT, WANTED]), [uninstall(0), uninstall(1), install(2)]);
    assert_eq!(steps(&replacing, &[PRESENT, ABSENT, SATISFIED]), [uninstall(0)]);
    assert_eq!(steps(&replacing, &[ABSENT, ABSENT, SATISFIED]), []);
    let mixed = relations(&[replaces(1, 0), updates(2, 1)]);
    assert_eq!(steps(&mixed, &[PRESENT, PRESENT, WANTED]), [uninstall(0), install(2)]);
    let stays = plan(&replacing, &[PRESENT.with_hindrance(Hindrance::Failed), PRESENT, WANTED]);
    assert_eq!((stays.steps, stays.held), (vec![], vec![held(2, 0, Hold::SupersededStays)]));

    // All of them targeted: still only the newest is installed.
    let all = plan(&updating, &[WANTED, WANTED, WANTED]);
    assert_eq!(all.steps, [install(2)]);
    assert_eq!(all.held, [held(0, 2, Hold::Superseded), held(1, 2, Hold::Superseded)]);
}

// B-7.47, B-7.52: superseded apps need no targeting; a superseding app that is not targeted, or available and not asked
// for, is ignored.
#[test]
fn only_a_targeted_app_supersedes() {
    let all = relations(&[replaces(1, 0), replaces(2, 1)]);
    assert_eq!(steps(&all, &[PRESENT, ABSENT, ABSENT]), []);
    assert_eq!(steps(&all, &[WANTED, ABSENT, ABSENT]), [install(0)], "the old app is installed where it is wanted");
    assert_eq!(steps(&all, &[PRESENT, WANTED, ABSENT]), [uninstall(0), install(1)], "the aim is the newest targeted");
    assert_eq!(steps(&all, &[PRESENT, ABSENT, WANTED]), [uninstall(0), install(2)], "also over one that is not");
    let (one, other) =
        (all.subgraph_of(app(0)).unwrap(), |targeted: &'static [u32]| move |app: PolicyId| targeted.contains(&app.0));
    assert_eq!(one.involved(other(&[1])), [app(0), app(1)]);
    assert_eq!(one.involved(other(&[])), []);
}

// B-7.52: an available superseding app is shown in the place of the superseded one.
#[test]
fn company_portal_shows_the_newest_available_app() {
    let all = relations(&[updates(1, 0), updates(2, 1), updates(3, 0)]);
    let shown = |of, available: &[u32]| {
        all.subgraph_of(app(0)).unwrap().shown_in_portal(app(of), |app| available.contains(&app.0)).0
    };
    assert_eq!(shown(0, &[0]), 0);
    assert_eq!(shown(0, &[0, 1]), 1);
    assert_eq!(shown(0, &[0, 2]), 2);
    assert_eq!(shown(0, &[0, 1, 3]), 1);
    assert_eq!(shown(0, &[0, 1, 2, 3]), 2);
    assert_eq!((shown(1, &[0, 1, 3]), shown(3, &[0, 1])), (1, 3));
}

/// Two apps side by side over one: both are aims, and it goes if either replaces it.
#[test]
fn two_superseding_apps_are_two_aims() {
    let all = relations(&[replaces(1, 0), updates(2, 0)]);
    assert_eq!(steps(&all, &[PRESENT, WANTED, WANTED]), [uninstall(0), install(1), install(2)]);
    let stays = plan(&all, &[PRESENT.with_hindrance(Hindrance::Failed), WANTED, WANTED]);
    assert_eq!(stays.steps, [install(2)], "the one that only updates need not wait");
    assert_eq!(stays.held, [held(1, 0, Hold::SupersededStays)]);
}

/// Code 1009: where the newer app cannot be, the older one is left as it is and not installed either.
#[test]
fn a_superseding_app_out_of_reach_does_nothing() {
    let all = relations(&[replaces(1, 0)]);
    let newer = Member { desired: Desired::Present, ..OUT_OF_REACH };
    assert_eq!(steps(&all, &[PRESENT, newer]), []);
    let older = plan(&all, &[WANTED, newer]);
    assert_eq!((older.steps, older.held), (vec![], vec![held(0, 1, Hold::SupersedingNotApplicable)]));
    assert_eq!(Hold::SupersedingNotApplicable.applicability(), Some(1009));
    // Beside one that can be, it does not count, whichever comes first.
    let two = relations(&[replaces(1, 0), replaces(2, 0)]);
    for (one, other, aim) in [(newer, WANTED, 2), (WANTED, newer, 1)] {
        let plan = plan(&two, &[WANTED, one, other]);
        assert_eq!((plan.steps, plan.held), (vec![install(aim)], vec![held(0, aim, Hold::Superseded)]));
    }
}
