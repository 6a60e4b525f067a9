//! The models that come with the program: they hold, and their sizes are pinned.

use super::*;
use crate::check::explore::models::ReadyMade;
use crate::check::explore::world::Budget;

fn explored(name: &str, budget: Budget) -> Report {
    let model = ReadyMade::named(name).expect("it comes with the program").small(budget).expect("it fits");
    explore(&model, Bounds { threads: 2, ..Bounds::default() })
}

/// Everything holds, to the end of all futures; how many states and steps that takes.
fn size(name: &str, faults: u8, acts: u8) -> (u32, u32) {
    let report = explored(name, Budget { faults, acts });
    // A device that is not enrolled and has no agent waits for somebody who enrolls it.
    let may_end = ["enrollment", "kills-user"].contains(&name) || report.dead == 0;
    assert!(report.is_good() && report.is_complete() && may_end, "{faults} faults, {acts} acts:\n{report}");
    (report.states, report.transitions)
}

/// A change here says that the machines do something else, or that more or less may happen.
#[test]
fn one_script_holds_to_the_end() {
    let sizes = [(0, 0), (1, 0), (0, 1), (0, 2), (1, 1)].map(|(faults, acts)| size("one-script", faults, acts));
    assert_eq!(sizes, [(302, 823), (20_491, 62_878), (5_765, 19_335), (69_709, 260_183), (488_719, 1_783_310)]);
}

/// With two faults it takes 7,017,440 states and 24,486,283 steps, and all of it holds too.
#[test]
fn one_app_holds_to_the_end() {
    let sizes = [(0, 0), (1, 0)].map(|(faults, acts)| size("one-app", faults, acts));
    assert_eq!(sizes, [(2_825, 8_252), (191_832, 621_067)]);
}

/// Each sort of step is taken somewhere in each of these, or something would have been found.
fn sizes<const N: usize>(name: &str, budgets: [(u8, u8); N]) -> [(u32, u32); N] {
    budgets.map(|(faults, acts)| size(name, faults, acts))
}

/// Enrollment, the end of management by the user and by an admin (B-10.11, B-10.13), and enrollment again.
#[test]
fn enrollment_holds_to_the_end() {
    let sizes = sizes("enrollment", [(0, 1), (1, 1), (0, 2)]);
    assert_eq!(sizes, [(375, 1_025), (11_378, 42_245), (3_708, 12_405)]);
}

/// B-10.13: a download of the agent ends with the enrollment that it belongs to, so that who enrolls again at once has one (D1).
#[test]
fn a_second_enrollment_downloads_alone() {
    assert_eq!(sizes("enrollment", [(0, 3)]), [(24_975, 90_494)]);
}

/// Sign-ins, sign-outs and syncs in Company Portal (B-4.14, B-4.16, B-4.17). With one fault and two acts it takes 2,289,318
/// states and 10,479,202 steps, and all of it holds too.
#[test]
fn one_user_holds_to_the_end() {
    let sizes = sizes("one-user", [(0, 0), (1, 0), (0, 1), (0, 2)]);
    assert_eq!(sizes, [(346, 1_004), (8_684, 30_638), (5_307, 19_203), (48_651, 199_932)]);
}

/// A clock that is stepped either way (B-4.27).
#[test]
fn clock_holds_to_the_end() {
    let sizes = sizes("clock", [(1, 0), (1, 1)]);
    assert_eq!(sizes, [(15_024, 42_633), (53_039, 146_805)]);
}

/// Pushes that are lost and pushes that come twice (B-13.3). With two faults and two acts it takes 3,705,757 states and
/// 8,562,884 steps, and all of it holds too.
#[test]
fn pushes_hold_to_the_end() {
    let sizes = sizes("pushes", [(0, 1), (1, 1), (0, 2)]);
    assert_eq!(sizes, [(1_944, 5_775), (42_716, 109_473), (14_952, 42_992)]);
}

/// The process killed between any two effects, with nothing kept but its file (B-4.13, B-7.21).
#[test]
fn kills_hold_to_the_end() {
    let script = sizes("kills-script", [(1, 0), (2, 0), (1, 1)]);
    assert_eq!(script, [(4_002, 10_891), (20_120, 56_680), (12_388, 34_386)]);
    let app = sizes("kills-app", [(1, 0)]);
    // With two faults it takes 681,769 states and 1,984,878 steps, and all of it holds too.
    assert_eq!(app, [(97_141, 274_823)]);
}

/// The process killed between any two effects of what its user does (B-4.13, B-4.14, B-4.17).
#[test]
fn kills_within_acts_hold_to_the_end() {
    assert_eq!(sizes("kills-user", [(1, 1)]), [(57_641, 220_890)]);
}

#[test]
fn what_a_bound_leaves_out_is_named() {
    let model = ReadyMade::named("one-app").expect("it comes with the program");
    let small = model.small(Budget { faults: 2, acts: 0 }).expect("it fits");
    let report = explore(&small, Bounds { states: 50_000, threads: 2, ..Bounds::default() });
    assert!(report.findings.iter().all(|finding| finding.fault == Fault::NeverSeen), "{report}");
    assert!(matches!(report.bounds[..], [Bound::States { states: 50_000, unseen: 1.. }]), "{report}");
    assert!(report.bytes_per_state() < 64, "{report}");
}

/// What the checker visits is a part of what random worlds do; which rules that is, is pinned, and `tests/coverage.rs` reads it.
#[test]
fn the_rules_that_the_models_reach_are_pinned() {
    let mut rules = std::collections::BTreeSet::new();
    for (name, faults, acts) in [("one-script", 1, 0), ("one-script", 0, 2), ("one-app", 1, 0)] {
        let model = ReadyMade::named(name).expect("it comes with the program");
        let small = model.small(Budget { faults, acts }).expect("it fits").with_notes();
        let _ = explore(&small, Bounds { threads: 2, ..Bounds::default() });
        rules.extend(small.noted());
    }
    let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("checker-rules", rules.join("\n")));
}
