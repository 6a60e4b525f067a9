//! Making a failing case small: events and faults are left out as long as the same invariant stays broken.
//!
//! Pieces are tried by halves, then quarters, and so on to single ones, until nothing more can be left out. Every candidate is
//! run as a whole, so what remains fails by itself; repairs stay, for the quiet phase begins with them.

use super::case::Case;
use super::ground::{Failure, Ground};
use super::stage::Stage;
use crate::check::invariant::{Court, Invariant};
use crate::device::AgentMachine;
use crate::time::Span;

/// The smallest case found that breaks the same invariant, with its failure, after at most so many runs. `told` hears after
/// each smaller case how many events and faults are left.
///
/// A case that does not fail comes back as it is, with `None`.
pub fn minimize<A: AgentMachine>(
    ground: &Ground<'_, A>,
    case: &Case,
    invariant: Invariant,
    runs_max: u32,
    mut told: impl FnMut(usize),
) -> (Case, Option<Failure>) {
    let (stage, court) = (Stage::new(ground.plan()), Court::new().only(&[invariant]));
    let mut search = Search { ground, stage, court, invariant, runs_left: runs_max };
    let mut best = case.clone();
    let Some(mut failure) = search.fails(&best) else { return (best, None) };
    if let Some((smaller, why)) = search.cut_off(&best, &failure) {
        (best, failure) = (smaller, why);
    }
    let mut without_network = best.clone();
    without_network.network = None;
    if best.network.is_some()
        && let Some(why) = search.fails(&without_network)
    {
        (best, failure) = (without_network, why);
    }
    loop {
        let before = size(&best);
        search.thin_out(&mut best, &mut failure, Part::Faults, &mut told);
        search.thin_out(&mut best, &mut failure, Part::Events, &mut told);
        if size(&best) == before || search.runs_left == 0 {
            return (best, Some(failure));
        }
    }
}

struct Search<'s, 'g, A> {
    ground: &'s Ground<'g, A>,
    stage: Stage,
    court: Court,
    invariant: Invariant,
    runs_left: u32,
}

#[derive(Clone, Copy)]
enum Part {
    Events,
    Faults,
}

impl<A: AgentMachine> Search<'_, '_, A> {
    fn fails(&mut self, case: &Case) -> Option<Failure> {
        self.runs_left = self.runs_left.checked_sub(1)?;
        self.court.begin_anew();
        let failure = self.ground.run_on(&mut self.stage, case, &mut self.court).err()?;
        // Going round in circles is found by no judge, and under any invariant.
        (failure.violation.invariant == self.invariant).then_some(failure)
    }

    /// Ends the run right after the failure, if it was not about the quiet phase.
    fn cut_off(&mut self, case: &Case, failure: &Failure) -> Option<(Case, Failure)> {
        let at = failure.violation.at.since(self.ground.plan().start);
        if at >= case.quiet_from {
            return None;
        }
        let end = at.saturating_add(Span::millis(1));
        let mut shorter = Case { quiet_from: end, duration: end, ..case.clone() };
        shorter = shorter.with_events(case.disturbances().filter(|event| event.at <= at).collect());
        shorter.faults.retain(|fault| fault.from <= at);
        let failure = self.fails(&shorter)?;
        Some((shorter, failure))
    }

    /// Leaves out pieces of one of the two lists, large ones first.
    fn thin_out(&mut self, best: &mut Case, failure: &mut Failure, part: Part, told: &mut impl FnMut(usize)) {
        let mut piece = removable(best, part).next_power_of_two().max(1);
        while piece > 0 && self.runs_left > 0 {
            let mut from = 0;
            while from < removable(best, part) {
                let candidate = without(best, part, from, piece);
                match self.fails(&candidate) {
                    Some(why) => {
                        (*best, *failure) = (candidate, why);
                        told(size(best));
                    }
                    None => from += piece,
                }
            }
            piece /= 2;
        }
    }
}

/// How many events and faults can be left out.
pub(super) fn size(case: &Case) -> usize {
    removable(case, Part::Events) + removable(case, Part::Faults)
}

fn removable(case: &Case, part: Part) -> usize {
    match part {
        Part::Events => case.disturbances().count(),
        Part::Faults => case.faults.len(),
    }
}

/// The case without some of its pieces, counted without repairs.
fn without(case: &Case, part: Part, from: usize, count: usize) -> Case {
    let mut smaller = case.clone();
    let mut place = 0;
    let mut keep = || {
        place += 1;
        !(from..from + count).contains(&(place - 1))
    };
    match part {
        Part::Events => {
            let left = case.disturbances().filter(|_| keep()).collect();
            smaller.with_events(left)
        }
        Part::Faults => {
            smaller.faults.retain(|_| keep());
            smaller
        }
    }
}
