//! The graph of a small world in words, as data for a page to walk through.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::graph::Graph;
use super::model::Model;
use super::path::Path;
use super::report::Report;
use super::story::Story;
use super::world::{LOOKS, Small, State};

/// States, steps and findings of a search, with every text once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Atlas {
    /// The model's name.
    pub model: String,
    /// What was found, in a few lines.
    pub summary: String,
    /// States that were visited.
    pub visited: u32,
    /// How many of them are left out here; those that take the most steps to reach.
    pub left_out: u32,
    /// What was to hold.
    pub properties: Vec<AtlasProperty>,
    /// How many steps of each sort were taken.
    pub taken: Vec<(String, u32)>,
    /// What is told of a state, by the places of its texts.
    pub looks: Vec<String>,
    /// Every text once; states and steps name them by their places.
    pub words: Vec<String>,
    /// The states, by their numbers. Without a bound on them these are 0, 1 and so on.
    pub states: Vec<AtlasState>,
}

/// A property and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtlasProperty {
    /// Its name.
    pub name: String,
    /// When it is to hold: `always`, `sometimes`, `eventually`.
    pub times: String,
    /// What it says.
    pub says: String,
    /// Its bit in [`AtlasState::holds`]; none for what is said of the whole graph.
    pub bit: Option<u32>,
    /// How it does not hold; none if it does.
    pub fault: Option<String>,
    /// The states of a shortest way to where that shows.
    pub way: Vec<u32>,
    /// That way as a scenario or as a list.
    pub story: Option<String>,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtlasState {
    /// Its number.
    pub id: u32,
    /// The state from which it was first reached; none for a start.
    pub from: Option<u32>,
    /// The place of the step that led here from there.
    pub by: u8,
    /// Which properties hold, as bits.
    pub holds: u16,
    /// What is told of it, by [`Atlas::looks`].
    pub look: Vec<u32>,
    /// Its steps: what each is in words, whether it disturbs (1) and takes time (2), and where it leads, if that is known.
    pub steps: Vec<(u32, u8, Option<u32>)>,
}

/// Why there is no atlas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AtlasError {
    /// More states are asked for than a page can hold.
    #[error("a page holds {most} states at most, and {asked} are asked for")]
    TooMany {
        /// What is asked for.
        asked: u32,
        /// The most.
        most: u32,
    },
    /// The graph is not that of the world.
    #[error("the graph does not fit the world: state {state} has other steps, from step {choice} on")]
    Misfit {
        /// The state.
        state: u32,
        /// The place of the step.
        choice: u8,
    },
}

/// The most states of an atlas: a page of some ten megabytes.
pub const ATLAS_STATES_MAX: u32 = 100_000;

impl Atlas {
    /// The first states of a graph, as many as are asked for, and those on the ways to what was found.
    ///
    /// # Errors
    /// [`AtlasError`].
    pub fn new(small: &Small, name: &str, (report, graph): (&Report, &Graph), most: u32) -> Result<Self, AtlasError> {
        if most > ATLAS_STATES_MAX {
            return Err(AtlasError::TooMany { asked: most, most: ATLAS_STATES_MAX });
        }
        let mut wanted: Vec<u32> = (0..graph.len().min(most)).collect();
        for finding in &report.findings {
            wanted.extend(graph.along(&finding.path).into_iter().filter(|id| *id >= most));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut drawn = Drawn { small, graph, words: Words::default(), known: BTreeMap::new() };
        let states = wanted.iter().map(|id| drawn.state(*id)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            model: name.to_owned(),
            summary: report.to_string(),
            visited: graph.len(),
            left_out: graph.len() - states.len() as u32,
            properties: properties(small, report, graph),
            taken: report.taken.iter().map(|(name, times)| ((*name).to_owned(), *times)).collect(),
            looks: LOOKS.map(str::to_owned).to_vec(),
            words: drawn.words.list,
            states,
        })
    }
}

/// What has been drawn so far.
struct Drawn<'a> {
    small: &'a Small,
    graph: &'a Graph,
    words: Words,
    /// The states as such, by their numbers: each is reached from one that came before it.
    known: BTreeMap<u32, State>,
}

impl Drawn<'_> {
    fn state(&mut self, id: u32) -> Result<AtlasState, AtlasError> {
        let misfit = AtlasError::Misfit { state: id, choice: 0 };
        let visited = self.graph.visited(id).ok_or(misfit)?;
        let state = self.reach(id)?;
        let mut possible = Vec::new();
        self.small.steps(&state, &mut possible);
        if let Some(to) = visited.to.as_ref().filter(|to| to.len() != possible.len()) {
            let choice = to.len().min(possible.len()) as u8;
            return Err(AtlasError::Misfit { state: id, choice });
        }
        let steps = possible.iter().enumerate().map(|(place, (step, kind))| {
            let to = visited.to.as_ref().and_then(|to| to.get(place).copied());
            (self.words.place(state.say(*step)), u8::from(kind.disturbs) | u8::from(kind.takes_time) << 1, to)
        });
        let steps = steps.collect();
        let look = state.look(self.small).into_iter().map(|text| self.words.place(text)).collect();
        self.known.insert(id, state);
        Ok(AtlasState { id, from: visited.from, by: visited.choice, holds: visited.holds, look, steps })
    }

    /// The state of a number, by the way on which it was first reached.
    fn reach(&self, id: u32) -> Result<State, AtlasError> {
        let visited = self.graph.visited(id).ok_or(AtlasError::Misfit { state: id, choice: 0 })?;
        let misfit = AtlasError::Misfit { state: visited.from.unwrap_or(id), choice: visited.choice };
        let Some(from) = visited.from else {
            return self.small.starts().into_iter().nth(visited.choice.into()).ok_or(misfit);
        };
        let mut state = match self.known.get(&from) {
            Some(known) => known.clone(),
            None => self.reach(from)?,
        };
        let mut possible = Vec::new();
        self.small.steps(&state, &mut possible);
        let (step, _) = possible.get(usize::from(visited.choice)).ok_or(misfit)?;
        self.small.take(&mut state, *step);
        Ok(state)
    }
}

/// Texts, each once.
#[derive(Default)]
struct Words {
    list: Vec<String>,
    places: BTreeMap<String, u32>,
}

impl Words {
    fn place(&mut self, text: String) -> u32 {
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        let place = self.list.len() as u32;
        self.list.push(text.clone());
        self.places.insert(text, place);
        place
    }
}

fn properties(small: &Small, report: &Report, graph: &Graph) -> Vec<AtlasProperty> {
    let others = report.findings.iter().map(|finding| finding.property);
    let others = others.filter(|property| !report.properties.contains(property));
    let bits = (0..).map(Some).take(report.properties.len()).chain(std::iter::repeat(None));
    let all = report.properties.iter().copied().chain(others).zip(bits);
    all.map(|(property, bit)| {
        let found = report.findings.iter().find(|finding| finding.property == property);
        let path = found.map(|finding| &finding.path).filter(|path| !path.is_empty());
        let way = |path: &Path| graph.along(path);
        AtlasProperty {
            name: property.name.to_owned(),
            times: property.times.name().to_owned(),
            says: property.says.to_owned(),
            bit,
            fault: found.map(|finding| finding.fault.to_string()),
            way: path.map_or_else(Vec::new, way),
            story: path.and_then(|path| Story::new(small, path, property.says)).map(|story| story.text().to_owned()),
        }
    })
    .collect()
}
