//! A failure that a hunt found.

use super::super::file::ScenarioFile;
use super::super::{Problem, Replay};
use super::{Context, Result, differ};
use crate::sim::plan::DeviceGroup;
use crate::time::Span;

pub(super) fn replay(cx: &Context<'_>, file: &ScenarioFile, groups: &[DeviceGroup]) -> Result<Option<Replay>> {
    let Some(table) = &file.replay else { return Ok(None) };
    let name = &table.device;
    let is_there = groups.iter().any(|group| match name.value.strip_prefix(&group.name) {
        Some("") => !group.is_population,
        Some(rest) => {
            let number = rest.strip_prefix('-').and_then(|number| number.parse::<u64>().ok());
            group.is_population && number.is_some_and(|number| number < group.count)
        }
        None => false,
    });
    if !is_there {
        let known = groups.iter().map(|group| group.name.as_str());
        return Err(cx.error(&name.span, Problem::unknown("device", &name.value, known)));
    }
    let length = |field: &Option<super::super::file::Field<Span>>, default: Span| match field {
        Some(field) if *field.get() > default => {
            Err(cx.error(&field.span, Problem::range("a time of the replay", *field.get(), "0s", default)))
        }
        Some(field) => Ok(*field.get()),
        None => Ok(default),
    };
    let most = Span::days(super::DAYS_MAX.into());
    let duration = length(&table.duration, most)?.min(if table.duration.is_some() { most } else { cx.duration });
    Ok(Some(Replay {
        device: name.value.clone(),
        invariant: table.invariant.value.clone(),
        quiet_from: length(&table.quiet_from, duration)?,
        duration,
        kill_after: table.kill_after,
        network: table.network.as_ref().map(|table| differ::network(cx, table)).transpose()?,
    }))
}
