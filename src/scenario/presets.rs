//! Populations that come with the program: whole fleets for which only content and assignments are missing.

use super::error::Problem;
use super::file::{At, ScenarioFile};
use super::place::Source;
use super::{Overrides, ScenarioError};

/// A population that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name, as `population_preset` takes it.
    pub name: &'static str,
    /// One line that says who is in it.
    pub about: &'static str,
    /// The text of it: populations, their calendars and groups, and a network, in the form of a scenario file.
    pub text: &'static str,
}

/// All populations that come with the program.
pub const fn presets() -> &'static [Preset] {
    PRESETS
}

const PRESETS: &[Preset] = &[
    Preset {
        name: "office-10k",
        about: "10,000 devices of an office in one time zone: laptops, sleeping desktops, meeting rooms",
        text: include_str!("presets/office-10k.toml"),
    },
    Preset {
        name: "hybrid-work-10k",
        about: "10,000 laptops between home, office and road: lunch, weekends, holidays, weak links",
        text: include_str!("presets/hybrid-work-10k.toml"),
    },
    Preset {
        name: "retail-kiosks-5k",
        about: "5,000 devices in shops: kiosks, checkouts, handhelds, back offices",
        text: include_str!("presets/retail-kiosks-5k.toml"),
    },
    Preset {
        name: "school-20k",
        about: "20,000 devices of schools with long holidays: pupils, teachers, class rooms",
        text: include_str!("presets/school-20k.toml"),
    },
    Preset {
        name: "global-100k",
        about: "100,000 devices on four continents, each with its own holidays",
        text: include_str!("presets/global-100k.toml"),
    },
];

/// Brings the population that the file or the command line asks for into the file: its populations, the calendars and groups
/// that the file does not define, and its network where the file has none. Gives where these populations stand.
pub(super) fn bring(
    file: &mut ScenarioFile,
    source: Source<'_>,
    overrides: &Overrides,
) -> Result<Option<Source<'static>>, ScenarioError> {
    let chosen = match (&overrides.population, &file.population_preset) {
        (Some(name), _) => At { value: name.clone(), span: 0..0 },
        (None, Some(name)) => name.clone(),
        (None, None) => return Ok(None),
    };
    let refuse = |problem| match &overrides.population {
        Some(_) => source.option("--population", problem),
        None => source.error(&chosen.span, problem),
    };
    let Some(preset) = PRESETS.iter().find(|preset| preset.name == chosen.value) else {
        let known = PRESETS.iter().map(|preset| preset.name);
        return Err(refuse(Problem::unknown("population preset", &chosen.value, known)));
    };
    let from = Source { file: preset.name, text: preset.text };
    let brought: ScenarioFile = toml::from_str(preset.text)
        .map_err(|error| from.error(&error.span().unwrap_or(0..0), Problem::of_toml(error.message(), true)))?;
    if overrides.population.is_some() {
        file.population.clear();
    }
    for entry in &brought.population {
        let name = &entry.value.name.value;
        let mut own = file.device.iter().chain(&file.population);
        if own.any(|own| own.value.name.value == *name) {
            let message =
                format!("`{}` has a population `{name}` too; give that of this file another name", preset.name);
            return Err(refuse(Problem::misplaced(message)));
        }
    }
    file.population.extend(brought.population);
    for (name, calendar) in brought.calendar {
        file.calendar.entry(name).or_insert(calendar);
    }
    for group in brought.group {
        if file.group.iter().all(|own| own.name.value != group.name.value) {
            file.group.push(group);
        }
    }
    if file.network.is_none() {
        file.network = brought.network;
    }
    Ok(Some(from))
}
