//! From two runs to what differs between them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Count, Diff, Divergence, Figure, Note, Reading, Side, State, Summary, Verdict};
use crate::profile::{Profile, params};
use crate::rules;
use crate::scenario::{Failed, Outcome, Scenario};
use crate::sim::trace::Line;

/// So many lines are shown before those that differ.
const CONTEXT: usize = 2;

/// Both of something: of the first reading and of the second.
type Pair<T> = (T, T);

pub(super) fn compare(scenarios: Pair<&Scenario>, runs: Pair<&Outcome>, readings: Pair<&Reading>) -> Diff {
    let devices = devices(scenarios.0, runs);
    let divergences = divergences(&devices, runs);
    let states: Vec<State> = devices.iter().flat_map(|device| states(device, runs)).collect();
    let expectations = verdicts(runs);
    let differs = !(divergences.is_empty() && states.is_empty() && expectations.is_empty());
    let figures = figures(scenarios);
    let mut notes = notes(scenarios, readings, &figures);
    if !differs && runs.0.digest != runs.1.digest {
        notes.push(Note::DigestsAlone);
    }
    let differing: BTreeSet<&String> =
        divergences.iter().map(|one| &one.device).chain(states.iter().map(|state| &state.device)).collect();
    let same = devices.iter().filter(|device| !differing.contains(*device)).cloned().collect();
    Diff {
        title: scenarios.0.title.clone(),
        differs,
        a: Summary::new(readings.0, runs.0),
        b: Summary::new(readings.1, runs.1),
        notes,
        figures,
        divergences,
        states,
        counts: counts(runs),
        expectations,
        same,
    }
}

/// The devices that were run, in the order of the file.
fn devices(scenario: &Scenario, runs: Pair<&Outcome>) -> Vec<String> {
    let names: BTreeSet<&String> = runs.0.finals.keys().chain(runs.1.finals.keys()).collect();
    let place = |name: &str| scenario.plan.groups.iter().position(|group| group.name == name);
    let mut names: Vec<String> = names.into_iter().cloned().collect();
    names.sort_by_cached_key(|name| place(name));
    names
}

fn figures((a, b): Pair<&Scenario>) -> Vec<Figure> {
    let seeds = (a.plan.seed.to_string(), b.plan.seed.to_string());
    let seed = (seeds.0 != seeds.1).then(|| Figure {
        name: "seed".to_owned(),
        a: seeds.0,
        b: seeds.1,
        rule: None,
        contested: Vec::new(),
    });
    let figures = params().filter_map(|param| {
        let (a, b) = ((param.get)(&a.plan.profile), (param.get)(&b.plan.profile));
        let contested = || rules::all().filter(|rule| rule.conflict && rule.params.contains(&param.name)).collect();
        (a != b).then(|| Figure { name: param.name.to_owned(), a, b, rule: Some(param.rule), contested: contested() })
    });
    seed.into_iter().chain(figures).collect()
}

/// What the readings ask for and what makes no difference.
fn notes((a, b): Pair<&Scenario>, readings: Pair<&Reading>, figures: &[Figure]) -> Vec<Note> {
    let mut notes = Vec::new();
    if figures.is_empty() {
        notes.push(Note::SameReadings);
    }
    let set: BTreeSet<&String> = [readings.0, readings.1]
        .into_iter()
        .flat_map(|reading| &reading.overrides().set)
        .map(|(name, _)| name)
        .collect();
    let is_equal = |name: &str| figures.iter().all(|figure| figure.name != *name);
    for name in set.iter().filter(|name| is_equal(name)) {
        if let Ok(value) = a.plan.profile.get(name) {
            notes.push(Note::SameFigure { name: (*name).clone(), value });
        }
    }
    let profile = |reading: &Reading| reading.overrides().profile.as_deref().and_then(|name| Profile::named(name).ok());
    if let (Some(first), Some(second)) = (profile(readings.0), profile(readings.1)) {
        let names: Vec<String> = params()
            .filter(|param| (param.get)(&first) != (param.get)(&second))
            .filter(|param| (param.get)(&a.plan.profile) == (param.get)(&b.plan.profile))
            .map(|param| param.name.to_owned())
            .collect();
        if !names.is_empty() {
            notes.push(Note::MadeEqual { names });
        }
    }
    notes
}

/// Where each device's transcripts part, sorted by time; at equal times the order of the devices stays.
fn divergences(devices: &[String], (a, b): Pair<&Outcome>) -> Vec<Divergence> {
    let (a, b) = (by_device(&a.lines), by_device(&b.lines));
    let mut found: Vec<Divergence> =
        devices.iter().filter_map(|device| divergence(device, (lines_of(&a, device), lines_of(&b, device)))).collect();
    found.sort_by_key(|divergence| divergence.at);
    found
}

fn by_device(lines: &[Line]) -> BTreeMap<&str, Vec<&Line>> {
    let mut all: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        all.entry(&line.device).or_default().push(line);
    }
    all
}

fn lines_of<'a, 'l>(lines: &'a BTreeMap<&str, Vec<&'l Line>>, device: &str) -> &'a [&'l Line] {
    lines.get(device).map_or(&[], Vec::as_slice)
}

fn divergence(device: &str, (a, b): Pair<&[&Line]>) -> Option<Divergence> {
    let common = a.iter().zip(b).take_while(|(a, b)| a.is_like(b)).count();
    let (next_a, next_b) = (a.get(common), b.get(common));
    let at = next_a.into_iter().chain(next_b).map(|line| line.at).min()?;
    Some(Divergence {
        device: device.to_owned(),
        at,
        common,
        context: a[common.saturating_sub(CONTEXT)..common].iter().map(|line| (*line).clone()).collect(),
        a: next_a.map(|line| (*line).clone()),
        b: next_b.map(|line| (*line).clone()),
    })
}

fn states(device: &str, (a, b): Pair<&Outcome>) -> Vec<State> {
    let mut found = Vec::new();
    parts(device, "", (a.finals.get(device), b.finals.get(device)), &mut found);
    // The digest of a device is no state; it follows every input.
    found.retain(|state| state.path != "digest");
    found
}

/// Goes down while there are tables, or a table and nothing, and keeps what differs below.
fn parts(device: &str, path: &str, (a, b): Pair<Option<&Value>>, found: &mut Vec<State>) {
    if a == b {
        return;
    }
    let is_table = |value: Option<&Value>| value.is_none_or(Value::is_object);
    if !(is_table(a) && is_table(b)) {
        found.push(State { device: device.to_owned(), path: path.to_owned(), a: a.cloned(), b: b.cloned() });
        return;
    }
    let keys: BTreeSet<&String> =
        [a, b].into_iter().flatten().filter_map(Value::as_object).flat_map(serde_json::Map::keys).collect();
    for key in keys {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        parts(device, &path, (a.and_then(|a| a.get(key)), b.and_then(|b| b.get(key))), found);
    }
}

fn counts((a, b): Pair<&Outcome>) -> Vec<Count> {
    let mut counts: BTreeMap<&str, Pair<u64>> = BTreeMap::new();
    for line in &a.lines {
        counts.entry(&line.event).or_default().0 += 1;
    }
    for line in &b.lines {
        counts.entry(&line.event).or_default().1 += 1;
    }
    counts
        .into_iter()
        .filter(|(_, (a, b))| a != b)
        .map(|(event, (a, b))| Count { event: event.to_owned(), a, b })
        .collect()
}

/// An expectation is known by its line and by what it is about; it holds where none of its checks failed.
fn verdicts((a, b): Pair<&Outcome>) -> Vec<Verdict> {
    let alone = |holds: Side, failed: &[Failed], other: &[Failed]| -> Vec<Verdict> {
        failed
            .iter()
            .filter(|failed| other.iter().all(|other| (other.line, &other.about) != (failed.line, &failed.about)))
            .map(|failed| Verdict { holds, failed: failed.clone() })
            .collect()
    };
    let mut found = alone(Side::B, &a.failed, &b.failed);
    found.extend(alone(Side::A, &b.failed, &a.failed));
    found.sort_by_key(|verdict| verdict.failed.line);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Overrides;

    #[test]
    fn digests_that_differ_alone_are_a_note() {
        let text = "title = \"quiet\"\nduration = \"1h\"\n[[device]]\nname = \"pc\"\n";
        let scenario = Scenario::parse(text, "quiet.toml", &Overrides::default()).unwrap();
        let a = scenario.run(None).unwrap();
        let mut b = a.clone();
        b.digest = b.digest.merged(b.digest);
        let reading = Reading::parse(["seed=1"]).unwrap();
        let diff = compare((&scenario, &scenario), (&a, &b), (&reading, &reading));
        assert!(!diff.differs);
        assert!(diff.notes.contains(&Note::DigestsAlone), "{:?}", diff.notes);
    }
}
