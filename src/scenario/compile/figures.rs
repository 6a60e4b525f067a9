//! The profile and its parameters.

use super::super::error::{Problem, ScenarioError};
use super::super::file::{Any, At, Jitter, ScenarioFile};
use super::super::place::Source;
use super::Overrides;
use crate::profile::{ParamError, Profile};
use crate::sim::plan::Luck;

/// The profile of the file with its `[set]`, then the command line's.
pub(super) fn figures(
    file: &ScenarioFile,
    source: Source<'_>,
    overrides: &Overrides,
) -> Result<(Profile, Luck), ScenarioError> {
    let mut profile = match (&overrides.profile, &file.profile) {
        (Some(name), _) => Profile::named(name).map_err(|error| source.option("--profile", error.into()))?,
        (None, Some(name)) => Profile::named(&name.value).map_err(|error| source.error(&name.span, error.into()))?,
        (None, None) => Profile::default(),
    };
    let luck = match file.jitter.as_ref().map_or(Jitter::Seeded, |jitter| *jitter.get()) {
        Jitter::Off => {
            profile = profile.without_jitter();
            Luck::Seeded
        }
        Jitter::Lowest => Luck::Lowest,
        Jitter::Highest => Luck::Highest,
        Jitter::Seeded => Luck::Seeded,
    };
    if let Some(set) = &file.set {
        set_all(&mut profile, source, "", set)?;
    }
    for (name, text) in &overrides.set {
        profile.set(name, text).map_err(|error| source.option(&format!("--set {name}"), error.into()))?;
    }
    Ok((profile, luck))
}

/// Sets each parameter of a table; tables within it lengthen the dotted name.
fn set_all(profile: &mut Profile, source: Source<'_>, prefix: &str, table: &At<Any>) -> Result<(), ScenarioError> {
    let Any::Table(pairs) = &table.value else {
        return Err(source.error(&table.span, Problem::form("expected a table of parameters")));
    };
    for (key, value) in pairs {
        let name = if prefix.is_empty() { key.value.clone() } else { format!("{prefix}.{}", key.value) };
        match value.value.text() {
            None => set_all(profile, source, &name, value)?,
            Some(text) => set_one(profile, &name, &text).map_err(|error| {
                let span = if matches!(error, ParamError::Unknown { .. }) { &key.span } else { &value.span };
                source.error(span, error.into())
            })?,
        }
    }
    Ok(())
}

/// An array may stand for a range `[30, 59]` or a pair `(180 s, 5)`.
fn set_one(profile: &mut Profile, name: &str, text: &str) -> Result<(), ParamError> {
    profile.set(name, text).or_else(|error| match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => profile.set(name, &format!("({inner})")).map_err(|_| error),
        None => Err(error),
    })
}
