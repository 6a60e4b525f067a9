//! Going through every device that a reading leaves possible.

use super::super::given::{Fact, Given};
use super::super::reading::Reading;
use super::{NOTHING_KNOWN, Verdict};
use crate::facts::diagnosis::Situation;
use crate::facts::{Facts, Feature, Features};
use crate::profile::Profile;

/// What was found of a question.
pub(super) struct Through<T> {
    /// Whether it holds.
    pub(super) verdict: Verdict,
    /// The answers of those devices of which it holds, each once.
    pub(super) answers: Vec<T>,
    /// The facts that decide it.
    pub(super) hinges: Vec<Fact>,
}

/// Asks a question of every device that the reading leaves possible, as far as these facts differ; `None` is no.
pub(super) fn through<T: PartialEq>(
    reading: &Reading,
    profile: &Profile,
    reads: &[Fact],
    ask: impl Fn(&Facts, &Situation) -> Option<T>,
) -> Through<T> {
    let possible = |fact: &Fact| reading.finding(*fact).possible().unwrap_or_else(|| stand_ins(*fact, profile));
    let choices: Vec<Vec<Given>> = reads.iter().map(possible).collect();
    let all: usize = choices.iter().map(Vec::len).product();
    let mut holds = Vec::with_capacity(all);
    let mut answers = Vec::new();
    for number in 0..all {
        let (facts, situation) = device(&choices, number);
        let answer = ask(&facts, &situation);
        holds.push(answer.is_some());
        if let Some(answer) = answer.filter(|answer| !answers.contains(answer)) {
            answers.push(answer);
        }
    }
    let verdict = match (holds.contains(&true), holds.contains(&false)) {
        (true, false) => Verdict::Holds,
        (true, true) => Verdict::NotKnown,
        (false, _) => Verdict::DoesNotHold,
    };
    // A fact decides if changing it alone, whatever the others are, can change the answer.
    let mut stride = 1;
    let mut hinges = Vec::new();
    for (fact, values) in reads.iter().zip(&choices) {
        let round = stride * values.len();
        let differs = |at: usize| at % round >= stride && holds.get(at) != holds.get(at - stride);
        if values.len() > 1 && (0..all).any(differs) {
            hinges.push(*fact);
        }
        stride = round;
    }
    Through { verdict, answers, hinges }
}

/// The device of this number among all choices.
fn device(choices: &[Vec<Given>], number: usize) -> (Facts, Situation) {
    let (mut facts, mut situation) = (Facts::default(), NOTHING_KNOWN);
    let mut rest = number;
    for values in choices {
        if let Some(value) = values.get(rest % values.len().max(1)) {
            value.put(&mut facts, &mut situation);
        }
        rest /= values.len().max(1);
    }
    (facts, situation)
}

/// Values that stand for all that an unknown fact may have: one on each side of every limit that the rules know.
fn stand_ins(fact: Fact, profile: &Profile) -> Vec<Given> {
    if let Some(mut values) = fact.values() {
        // Of the ways to enroll only one has a limit of its own (B-1.2).
        values.retain(|value| fact != Fact::Enrollment || is_package_or_auto(value));
        values
    } else if fact == Fact::OsBuild {
        let elig = &profile.elig;
        let mut builds = vec![0, elig.min_build, elig.min_build_bulk, elig.comanaged_min_build, 18_362, 18_363, 19_045];
        builds.sort_unstable();
        builds.dedup();
        builds.into_iter().map(Given::OsBuild).collect()
    } else if fact == Fact::Assigned {
        let alone = Feature::ALL.iter().map(|feature| Features::NONE.with(*feature));
        [Features::NONE].into_iter().chain(alone).map(Given::Assigned).collect()
    } else {
        fact.of(&Facts::default()).into_iter().collect()
    }
}

fn is_package_or_auto(value: &Given) -> bool {
    use crate::facts::EnrollmentPath::{Auto, BulkPackage};
    matches!(value, Given::Enrollment(Auto | BulkPackage))
}
