//! Worlds whose states can be counted by hand.

use super::*;
use crate::check::explore::path::Path;

/// A graph, written down: from each state, where its steps lead and of which kind they are.
struct Toy {
    steps: Vec<Vec<(u32, Kind)>>,
    properties: Vec<Property>,
    /// Which properties hold, state by state.
    holds: Vec<u16>,
}

impl Model for Toy {
    type State = u32;
    type Step = u32;

    fn starts(&self) -> Vec<u32> {
        vec![0]
    }

    fn steps(&self, state: &u32, steps: &mut Vec<(u32, Kind)>) {
        steps.extend(&self.steps[*state as usize]);
    }

    fn take(&self, state: &mut u32, step: u32) {
        *state = step;
    }

    fn fingerprint(&self, state: &u32) -> u128 {
        u128::from(*state)
    }

    fn properties(&self) -> &[Property] {
        &self.properties
    }

    fn holds(&self, state: &u32) -> u16 {
        self.holds[*state as usize]
    }

    fn elapsed(&self, state: &u32) -> u64 {
        u64::from(*state)
    }
}

const CALM: Kind = Kind::CALM;
const TIME: Kind = Kind::TIME;
const FAULT: Kind = Kind::DISTURBS;

/// One property, which holds in these states of so many.
fn toy(property: Property, good: &[usize], steps: &[&[(u32, Kind)]]) -> Toy {
    let holds = (0..steps.len()).map(|state| u16::from(good.contains(&state))).collect();
    Toy { steps: steps.iter().map(|steps| steps.to_vec()).collect(), properties: vec![property], holds }
}

fn explored(toy: &Toy) -> Report {
    explore(toy, Bounds::default())
}

fn fault(toy: &Toy) -> Option<(Fault, String)> {
    let report = explored(toy);
    assert!(report.findings.len() <= 1, "{report}");
    report.findings.first().map(|finding| (finding.fault, finding.path.to_string()))
}

/// Counters that go up by themselves, each to its own end: all pairs are reached, and more than one way leads to most.
struct Counters([u32; 2]);

impl Model for Counters {
    type State = [u32; 2];
    type Step = usize;

    fn starts(&self) -> Vec<[u32; 2]> {
        vec![[0, 0]]
    }

    fn steps(&self, state: &[u32; 2], steps: &mut Vec<(usize, Kind)>) {
        steps.extend((0..2).filter(|place| state[*place] < self.0[*place]).map(|place| (place, CALM)));
    }

    fn take(&self, state: &mut [u32; 2], step: usize) {
        state[step] += 1;
    }

    fn fingerprint(&self, state: &[u32; 2]) -> u128 {
        u128::from(state[0]) << 64 | u128::from(u64::from(state[1]).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn properties(&self) -> &[Property] {
        &[]
    }

    fn holds(&self, _: &[u32; 2]) -> u16 {
        0
    }
}

#[test]
fn every_state_is_visited_once() {
    let report = explored_counters(&Bounds::default());
    // 300 x 200 pairs; each but those at an end has two steps.
    assert_eq!((report.states, report.transitions, report.depth), (60_000, 299 * 200 + 300 * 199, 299 + 199));
    assert_eq!(report.dead, 1);
    assert!(report.is_complete() && report.is_good());
}

fn explored_counters(bounds: &Bounds) -> Report {
    explore(&Counters([299, 199]), *bounds)
}

#[test]
fn threads_change_nothing() {
    for bounds in [Bounds::default(), Bounds { states: 30_000, ..Bounds::default() }] {
        let one = explored_counters(&bounds);
        for threads in [2, 3, 7] {
            assert_eq!(explored_counters(&Bounds { threads, ..bounds }), one, "{threads} threads");
        }
    }
}

/// A thread that ends in a panic ends the search, and no other waits for what it would have brought.
#[test]
fn a_panic_comes_through() {
    let mut line = toy(Property::always("A", ""), &[0, 1], &[&[(1, CALM)], &[(2, CALM)]]);
    line.holds.push(1); // There is no list of steps for the third state.
    for threads in [1, 3] {
        let search = || explore(&line, Bounds { threads, ..Bounds::default() });
        assert!(std::panic::catch_unwind(search).is_err(), "{threads} threads");
    }
}

#[test]
fn a_bound_is_named() {
    let report = explored_counters(&Bounds { states: 1_000, ..Bounds::default() });
    // Whole levels: the 45th brings the states to 1,035, of which the last 45 were not looked into.
    assert_eq!((report.states, report.depth), (1_035, 44));
    assert_eq!(report.bounds, [Bound::States { states: 1_000, unseen: 45 }]);
    assert!(report.to_string().contains("NOT complete: the bound of 1000 states was reached; 45 states"), "{report}");

    let line = toy(Property::always("", ""), &[0, 1, 2, 3], &[&[(1, TIME)], &[(2, TIME)], &[(3, TIME)], &[]]);
    let report = explore(&line, Bounds { elapsed: Some(2), ..Bounds::default() });
    assert_eq!(report.bounds, [Bound::Elapsed { elapsed: 2, unseen: 1 }]);
    assert_eq!(report.states, 3);
}

#[test]
fn what_always_holds_is_broken_by_a_shortest_way() {
    let steps: &[&[(u32, Kind)]] =
        &[&[(1, CALM), (2, CALM)], &[(3, CALM)], &[(4, CALM), (0, TIME)], &[(5, CALM)], &[(3, CALM), (5, CALM)], &[]];
    let always = Property::always("A", "");
    assert_eq!(fault(&toy(always, &[0, 1, 2, 3, 4, 5], steps)), None);
    let broken = toy(always, &[0, 1, 2, 3, 4], steps);
    let report = explored(&broken);
    let finding = &report.findings[0];
    assert_eq!((finding.fault, finding.path.to_string().as_str()), (Fault::Broken, "0:0.0.0"));
    let walked = finding.path.walk(&broken).expect("the way fits");
    assert_eq!(walked.steps, [(1, 1), (3, 3), (5, 5)]);
    // Nothing is looked for behind a state in which something is broken.
    let early = explored(&toy(always, &[0, 1, 3, 4, 5], steps));
    assert_eq!((early.states, early.findings[0].path.to_string().as_str()), (5, "0:1"));
}

#[test]
fn a_way_that_does_not_fit_is_refused() {
    let line = toy(Property::always("", ""), &[0, 1], &[&[(1, CALM)], &[]]);
    let way = |start, steps: &[u8]| Path { start, steps: steps.to_vec(), cycle: Vec::new() };
    assert!(way(0, &[0]).walk(&line).is_some());
    assert!(way(0, &[0, 0]).walk(&line).is_none());
    assert!(way(0, &[1]).walk(&line).is_none());
    assert!(way(1, &[]).walk(&line).is_none());
}

#[test]
fn what_holds_sometimes_has_to_be_seen() {
    let steps: &[&[(u32, Kind)]] = &[&[(1, CALM)], &[], &[]];
    let sometimes = Property::sometimes("S", "");
    assert_eq!(fault(&toy(sometimes, &[1], steps)), None);
    assert_eq!(fault(&toy(sometimes, &[2], steps)), Some((Fault::NeverSeen, "0:".to_owned())));
}

#[test]
fn what_comes_eventually_comes_on_every_way() {
    let eventually = Property::eventually("E", "");
    // Both branches, and the way back from the good state.
    let steps: &[&[(u32, Kind)]] = &[&[(1, CALM), (2, CALM)], &[(3, TIME)], &[(1, CALM), (3, CALM)], &[(0, TIME)]];
    assert_eq!(fault(&toy(eventually, &[3], steps)), None);
}

#[test]
fn a_cycle_may_avoid_what_comes_eventually() {
    let eventually = Property::eventually("E", "");
    let steps: &[&[(u32, Kind)]] = &[&[(1, CALM)], &[(2, TIME), (4, CALM)], &[(3, CALM)], &[(1, CALM)], &[]];
    let round = toy(eventually, &[4], steps);
    assert_eq!(fault(&round), Some((Fault::Cycle { states: 3 }, "0:0(0.0.0)".to_owned())));
    // So may a step that changes nothing.
    let steps: &[&[(u32, Kind)]] = &[&[(1, CALM)], &[(1, TIME), (2, CALM)], &[]];
    assert_eq!(fault(&toy(eventually, &[2], steps)), Some((Fault::Cycle { states: 1 }, "0:0(0)".to_owned())));
    // A cycle that takes a disturbance each time does not go on by itself.
    let steps: &[&[(u32, Kind)]] =
        &[&[(1, CALM)], &[(2, TIME), (4, CALM)], &[(3, CALM)], &[(1, FAULT), (4, CALM)], &[]];
    assert_eq!(fault(&toy(eventually, &[4], steps)), None);
}

#[test]
fn a_dead_end_may_avoid_what_comes_eventually() {
    let eventually = Property::eventually("E", "");
    // Out of 3 only a disturbance leads.
    let steps: &[&[(u32, Kind)]] = &[&[(1, CALM), (3, FAULT)], &[(2, CALM)], &[], &[(2, FAULT)]];
    assert_eq!(fault(&toy(eventually, &[2], steps)), Some((Fault::DeadEnd, "0:1".to_owned())));
    // Out of 3 nothing leads.
    let steps: &[&[(u32, Kind)]] = &[&[(1, CALM), (3, FAULT)], &[(2, CALM)], &[], &[]];
    assert_eq!(fault(&toy(eventually, &[2], steps)), Some((Fault::Stranded { states: 1 }, "0:1".to_owned())));
}

#[test]
fn what_a_bound_hides_is_not_held_against_a_model() {
    let steps: &[&[(u32, Kind)]] = &[&[(1, TIME)], &[(2, TIME)], &[(3, TIME)], &[]];
    let line = toy(Property::eventually("E", ""), &[3], steps);
    let report = explore(&line, Bounds { elapsed: Some(2), ..Bounds::default() });
    assert!(report.is_good() && !report.is_complete(), "{report}");
}

#[test]
fn going_round_within_a_moment_is_found() {
    let steps: &[&[(u32, Kind)]] = &[&[(1, TIME)], &[(2, CALM)], &[(1, CALM)]];
    let report = explored(&toy(Property::always("A", ""), &[0, 1, 2], steps));
    let finding = &report.findings[0];
    assert_eq!((finding.property.name, finding.fault), ("time", Fault::Cycle { states: 2 }));
    assert_eq!(finding.path.to_string(), "0:0(0.0)");
}
