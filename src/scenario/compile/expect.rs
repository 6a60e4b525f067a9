//! Expectations: names checked, times made offsets.

use std::collections::BTreeMap;

use super::super::error::Problem;
use super::super::expect::{Check, Expectation, Pattern};
use super::super::file::{Any, At, ExpectEntry, Field, PatternEntry, ScenarioFile};
use super::super::time::{Moment, ZoneName};
use super::device::Devices;
use super::tenant::Names;
use super::{Context, Result, check_rule, find};
use crate::time::Span;

pub(super) fn expectations(
    cx: &Context<'_>,
    file: &ScenarioFile,
    devices: &Devices,
    names: &Names,
) -> Result<Vec<Expectation>> {
    file.expect.iter().map(|entry| expectation(cx, entry, devices, names)).collect()
}

fn expectation(cx: &Context<'_>, entry: &At<ExpectEntry>, devices: &Devices, names: &Names) -> Result<Expectation> {
    let expect = &entry.value;
    let zone = expect.device.as_ref().map_or(Ok(cx.zone), |name| zone_of(cx, name, devices))?;
    let offset = |moment: &Option<Field<Moment>>| moment.as_ref().map(|moment| cx.offset(moment, zone)).transpose();
    let of = match &expect.event {
        Some(event) => Some(pattern(cx, event, &expect.with, names)?),
        None => match expect.with.values().next() {
            Some(value) => return Err(cx.error(&value.span, Problem::missing("`event`, which `with` needs"))),
            None => None,
        },
    };
    let (from, to) = (offset(&expect.from)?.unwrap_or(Span::ZERO), offset(&expect.to)?);
    if let (Some(end), Some(field)) = (to, &expect.to)
        && end <= from
    {
        return Err(cx.error(
            &field.span,
            Problem::form(format!("the window ends at {end}, which is not after its start at {from}")),
        ));
    }
    let checks = checks(cx, entry, zone, names)?;
    let needs_event = checks.iter().any(|check| !matches!(check, Check::Order(_) | Check::State(_)));
    if needs_event && of.is_none() {
        return Err(cx.error(&entry.span, Problem::missing("`event` of this expectation")));
    }
    if checks.is_empty() {
        return Err(cx.error(&entry.span, Problem::NoCheck));
    }
    let line = cx.source.line(entry.span.start);
    let device = expect.device.as_ref().map(|name| name.value.clone());
    Ok(Expectation { file: cx.source.file.to_owned(), line, device, of, from, to, checks, note: expect.line.clone() })
}

fn checks(cx: &Context<'_>, entry: &At<ExpectEntry>, zone: ZoneName, names: &Names) -> Result<Vec<Check>> {
    let expect = &entry.value;
    let mut checks = Vec::new();
    if let Some(at) = &expect.at {
        let mut times = at.iter().map(|moment| cx.offset(moment, zone)).collect::<Result<Vec<_>>>()?;
        times.sort_unstable();
        checks.push(Check::At(times));
    }
    checks.extend(expect.count.as_ref().map(|n| Check::Count(*n.get())));
    checks.extend(expect.at_least.as_ref().map(|n| Check::AtLeast(*n.get())));
    checks.extend(expect.at_most.as_ref().map(|n| Check::AtMost(*n.get())));
    match &expect.never {
        Some(never) if never.value => checks.push(Check::Never),
        Some(never) => {
            return Err(cx.error(&never.span, Problem::form("`never = false` checks nothing; write at_least = 1")));
        }
        None => {}
    }
    match (&expect.within, &expect.after) {
        (Some(within), Some(after)) => {
            let after = pattern(cx, &after.value.event, &after.value.with, names)?;
            checks.push(Check::Within { within: *within.get(), after });
        }
        (Some(within), None) => return Err(cx.error(&within.span, Problem::missing("`after`, which `within` needs"))),
        (None, Some(after)) => return Err(cx.error(&after.span, Problem::missing("`within`, which `after` needs"))),
        (None, None) => {}
    }
    if !expect.order.is_empty() {
        let order =
            expect.order.iter().map(|At { value: PatternEntry { event, with }, .. }| pattern(cx, event, with, names));
        checks.push(Check::Order(order.collect::<Result<_>>()?));
    }
    if !expect.state.is_empty() {
        let state = expect
            .state
            .iter()
            .map(|(path, values)| (path.clone(), values.items.iter().map(|value| value.value.json()).collect()));
        checks.push(Check::State(state.collect()));
    }
    Ok(checks)
}

/// The zone of a device, or of a population whose name with a number it is.
fn zone_of(cx: &Context<'_>, name: &At<String>, devices: &Devices) -> Result<ZoneName> {
    if let Some(place) = devices
        .places
        .get(&name.value)
        .filter(|place| devices.groups.get(**place).is_some_and(|group| !group.is_population))
    {
        return Ok(devices.zone(*place));
    }
    let numbered = name.value.rsplit_once('-').and_then(|(population, number)| {
        let place = *devices.places.get(population)?;
        let group = devices.groups.get(place).filter(|group| group.is_population)?;
        number.parse::<u64>().ok().filter(|number| *number < group.count).map(|_| place)
    });
    match numbered {
        Some(place) => Ok(devices.zone(place)),
        None if devices.places.contains_key(&name.value) => {
            let message = format!("`{0}` is a population; name one device of it, such as `{0}-0`", name.value);
            Err(cx.error(&name.span, Problem::misplaced(message)))
        }
        None => {
            Err(cx
                .error(&name.span, Problem::unknown("device", &name.value, devices.places.keys().map(String::as_str))))
        }
    }
}

fn pattern(cx: &Context<'_>, event: &At<String>, with: &BTreeMap<String, At<Any>>, names: &Names) -> Result<Pattern> {
    let known = crate::sim::event_names();
    if !known.contains(&event.value.as_str()) {
        return Err(cx.error(&event.span, Problem::unknown("event", &event.value, known)));
    }
    for (field, value) in with {
        let texts: Vec<At<String>> = match &value.value {
            Any::Text(text) => vec![At { value: text.clone(), span: value.span.clone() }],
            Any::List(items) => items
                .iter()
                .filter_map(|item| Some(At { value: item.value.text()?, span: item.span.clone() }))
                .collect(),
            Any::Integer(_) | Any::Bool(_) | Any::Table(_) => Vec::new(),
        };
        for text in &texts {
            match field.as_str() {
                "policy" => find(cx, &names.contents, "content", text).map(drop)?,
                "rule" => check_rule(cx, text)?,
                _ => {}
            }
        }
    }
    Ok(Pattern {
        event: event.value.clone(),
        with: with.iter().map(|(field, value)| (field.clone(), value.value.json())).collect(),
    })
}
