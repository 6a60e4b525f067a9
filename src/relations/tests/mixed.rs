//! Dependencies and supersedence in one subgraph (B-7.53).

use super::*;

// B-7.53: A depends on B, and C supersedes B: A reports a conflict (5006), and the supersedence goes on.
#[test]
fn a_superseded_dependency_is_a_conflict_for_its_parent() {
    for (supersedes, removed) in [(updates(2, 1), false), (replaces(2, 1), true)] {
        let all = relations(&[depends(0, 1), supersedes]);
        for (a, b) in [(WANTED, ABSENT), (WANTED, PRESENT), (SATISFIED, PRESENT)] {
            let plan = plan(&all, &[a, b, WANTED]);
            let goes = (removed && b.is_detected).then_some(uninstall(1));
            assert_eq!(plan.steps, goes.into_iter().chain([install(2)]).collect::<Vec<_>>());
            assert_eq!(plan.held(app(0)), Some(held(0, 1, Hold::Conflict)));
        }
        assert_eq!(steps(&all, &[WANTED, ABSENT, ABSENT]), [install(1), install(0)], "C is not targeted");
    }
    assert_eq!((Hold::Conflict.enforcement(false), Hold::Conflict.enforcement(true)), (Some(5006), Some(5006)));
    assert_eq!(Hold::Conflict.rule(), crate::rules::b(7, 53));
}

// B-7.53: A depends on B, and C replaces A: C is installed, A removed, and B stays.
#[test]
fn a_replaced_parent_leaves_its_dependency() {
    let all = relations(&[depends(0, 1), replaces(2, 0)]);
    for wish in [Desired::None, Desired::Present] {
        let plan = plan(&all, &[Member::new(wish, true), PRESENT, WANTED]);
        assert_eq!((plan.steps, plan.held), (vec![uninstall(0), install(2)], vec![]));
    }
    let absent = plan(&all, &[WANTED, ABSENT, WANTED]);
    assert_eq!(absent.steps, [install(2)], "B is not installed for an A that is not to be there");
}

// B-7.53: A depends on B and C, and B supersedes C: the supersedence does not go through.
#[test]
fn supersedence_between_two_dependencies_does_not_go_through() {
    let supersedes = replaces(1, 2);
    let all = relations(&[depends(0, 1), depends(0, 2), supersedes]);
    for b in [WANTED, ABSENT] {
        let plan = plan(&all, &[WANTED, b, PRESENT]);
        assert_eq!((plan.steps, plan.held), (vec![install(1), install(0)], vec![]));
        assert_eq!(plan.set_aside, if b == WANTED { vec![supersedes] } else { vec![] }, "untargeted, it does not act");
    }
    let absent = plan(&all, &[WANTED, WANTED, ABSENT]);
    assert_eq!(absent.steps, [install(2), install(1), install(0)]);
    let without_a = plan(&all, &[ABSENT, WANTED, PRESENT]);
    assert_eq!((without_a.steps, without_a.set_aside), (vec![uninstall(2), install(1)], vec![]));
}

// B-7.50, B-7.53: a supersedence that does not go through has nothing that could be in its way.
#[test]
fn what_is_not_to_go_keeps_nothing_back() {
    let all = relations(&[depends(0, 1), depends(0, 2), replaces(1, 2)]);
    let plan = plan(&all, &[WANTED, WANTED, PRESENT.with_hindrance(Hindrance::Failed)]);
    assert_eq!((plan.steps, plan.held), (vec![install(1), install(0)], vec![]));
}

/// Above the parent with the conflict it is a dependency that failed.
#[test]
fn a_conflict_further_down_is_a_failed_dependency() {
    let all = relations(&[depends(0, 1), depends(1, 2), replaces(3, 2)]);
    let plan = plan(&all, &[WANTED, ABSENT, PRESENT, WANTED]);
    assert_eq!(plan.steps, [uninstall(2), install(3)]);
    assert_eq!(plan.held, [held(1, 2, Hold::Conflict), held(0, 1, Hold::DependencyFailed)]);
}

/// An app that supersedes what it needs through another cannot be installed, and then takes nothing away.
#[test]
fn an_app_that_supersedes_its_own_sub_dependency_holds_itself() {
    let all = relations(&[depends(0, 1), depends(1, 2), replaces(0, 2)]);
    let plan = plan(&all, &[WANTED, ABSENT, PRESENT]);
    assert_eq!(plan.steps, []);
    assert_eq!(plan.held, [held(1, 2, Hold::Conflict), held(0, 1, Hold::DependencyFailed)]);
}

/// As long as the new app cannot be installed for want of a dependency, the old one is not taken away.
#[test]
fn a_held_aim_takes_nothing_away() {
    let all = relations(&[replaces(0, 1), depends(0, 2)]);
    let failed = ABSENT.with_hindrance(Hindrance::Failed);
    let absent = plan(&all, &[WANTED, PRESENT, failed]);
    assert_eq!((absent.steps, absent.held), (vec![], vec![held(0, 2, Hold::DependencyFailed)]));
    assert_eq!(steps(&all, &[SATISFIED, PRESENT, failed]), [uninstall(1)], "once it is there, the old one goes");
    assert_eq!(steps(&all, &[WANTED, PRESENT, ABSENT]), [install(2), uninstall(1), install(0)]);
}

/// An uninstall intent of a dependency is a conflict for the parent, and is followed.
#[test]
fn a_dependency_with_an_uninstall_intent_is_a_conflict() {
    let all = relations(&[depends(0, 1)]);
    let plan = plan(&all, &[WANTED, UNWANTED]);
    assert_eq!((plan.steps, plan.held), (vec![uninstall(1)], vec![held(0, 1, Hold::Conflict)]));
    assert_eq!(steps(&all, &[SATISFIED, Member::new(Desired::Absent, false)]), [], "it does not come back");
}

/// A dependency whose own superseding app cannot be on this device is as good as one that lacks requirements.
#[test]
fn a_dependency_below_an_app_out_of_reach_lacks_requirements() {
    let all = relations(&[depends(0, 1), replaces(2, 1)]);
    let out = WANTED.with_hindrance(Hindrance::RequirementsNotMet);
    let absent = plan(&all, &[WANTED, ABSENT, out]);
    assert_eq!((absent.steps, absent.held), (vec![], vec![held(0, 1, Hold::DependencyRequirements)]));
    assert_eq!(steps(&all, &[WANTED, PRESENT, out]), [install(0)], "where it is there, it will do");
}
