//! From a scenario file to a plan: names become numbers, times become offsets, and everything is checked.

mod app;
mod assign;
mod device;
mod differ;
mod discovery;
mod drift;
mod expect;
mod fault;
mod figures;
mod habits;
mod member;
mod population;
mod relate;
mod remediation;
mod replay;
mod service;
#[cfg(feature = "check")]
mod spoken;
mod story;
mod tenant;
mod timeline;
mod verbs;

use std::collections::BTreeMap;
use std::ops::Range;

#[cfg(feature = "check")]
pub(crate) use self::spoken::verb_of;
use super::error::{Problem, ScenarioError};
use super::file::{At, Field, ScenarioFile};
use super::place::Source;
use super::presets;
use super::time::{DAYS_MAX, Moment, Start, ZoneName};
use super::{Overrides, Scenario};
use crate::relations::RelationError;
use crate::sim::plan::Plan;
use crate::time::{Span, Wall};

type Result<T> = std::result::Result<T, ScenarioError>;

/// What every part of the compilation needs.
#[derive(Clone, Copy, Debug)]
struct Context<'a> {
    source: Source<'a>,
    start: Wall,
    zone: ZoneName,
    duration: Span,
}

/// Compiles a file.
pub(super) fn compile(mut file: ScenarioFile, source: Source<'_>, overrides: &Overrides) -> Result<Scenario> {
    let own = if overrides.population.is_some() { 0 } else { file.population.len() };
    let preset = presets::bring(&mut file, source, overrides)?;
    let cx = Context::new(&file, source, overrides)?;
    for rule in &file.rules {
        check_rule(&cx, rule)?;
    }
    let (profile, luck) = figures::figures(&file, source, overrides)?;
    let mut names = tenant::Names::default();
    let mut builder = crate::catalog::Tenant::builder(&profile);
    let mut conducts = tenant::tenant(&cx, &file, &mut builder, &mut names)?;
    fault::faults(&cx, &file, &mut builder)?;

    let mut zones = device::Zones::new(cx.zone);
    let mut groups = Vec::new();
    for entry in &file.device {
        groups.push(device::device(&cx, &file, entry, &names, &mut zones)?);
    }
    for (place, entry) in file.population.iter().enumerate() {
        let source = preset.filter(|_| place >= own).unwrap_or(source);
        let cx = Context { source, ..cx };
        groups.push(population::population(&cx, &file, entry, &names, &mut zones)?);
    }
    let mut devices = device::Devices::new(&cx, &file)?;
    devices.groups = groups;
    devices.zones = zones;
    timeline::timeline(&cx, &file, &mut devices, &names, &mut builder)?;
    let tenant = builder.build().map_err(|error| source.error(&blamed(&file, &error), error.into()))?;
    app::place_updates(&tenant, &mut conducts);
    let story = file.story.as_ref().map(|table| story::story(&cx, table)).transpose()?.unwrap_or_default();
    let expectations = expect::expectations(&cx, &file, &devices, &names)?;
    if let Some(total) = overrides.devices {
        population::resize(&mut devices.groups, total).map_err(|problem| source.option("--devices", problem))?;
    }
    let replay = replay::replay(&cx, &file, &devices.groups)?;
    let plan = Plan {
        seed: overrides.seed.or(file.seed.as_ref().map(|seed| *seed.get())).unwrap_or(1),
        luck,
        start: cx.start,
        duration: cx.duration,
        profile: profile.clone(),
        library: tenant.library(),
        tenant,
        conducts,
        limits: service::limits(&cx, &file)?,
        zones: devices.zones.tables(&cx),
        groups: devices.groups,
    };
    Ok(Scenario {
        title: file.title,
        about: file.about,
        rules: file.rules.into_iter().map(|rule| rule.value).collect(),
        story,
        plan,
        expectations,
        replay,
    })
}

impl<'a> Context<'a> {
    fn new(file: &ScenarioFile, source: Source<'a>, overrides: &Overrides) -> Result<Self> {
        let zone = file.zone.as_ref().map_or(ZoneName::UTC, |zone| *zone.get());
        let written = file.start.as_ref().map_or_else(Start::default_moment, |start| *start.get());
        let span = file.start.as_ref().map_or(0..0, |start| start.span.clone());
        let start = match overrides.start {
            Some(start) => start,
            None => written
                .0
                .wall(Wall::MIN, zone)
                .ok_or_else(|| source.error(&span, Problem::form("this local time does not exist")))?,
        };
        let most = Span::days(DAYS_MAX.into());
        let allowed = |duration: Span| {
            if duration.is_zero() || duration > most {
                Err(Problem::range("a duration", duration, "1ms", most))
            } else {
                Ok(duration)
            }
        };
        let duration = match (overrides.duration, &file.duration) {
            (Some(duration), _) => allowed(duration).map_err(|problem| source.option("--duration", problem))?,
            (None, Some(duration)) => {
                allowed(*duration.get()).map_err(|problem| source.error(&duration.span, problem))?
            }
            (None, None) => Span::days(1),
        };
        Ok(Self { source, start, zone, duration })
    }

    fn error(&self, span: &Range<usize>, problem: Problem) -> ScenarioError {
        self.source.error(span, problem)
    }

    /// The offset of a moment that must not lie before the start.
    fn offset(&self, moment: &Field<Moment>, zone: ZoneName) -> Result<Span> {
        moment.get().offset(self.start, zone).ok_or_else(|| {
            let message = format!("this moment lies before the start of the scenario, {}", self.start);
            self.error(&moment.span, Problem::form(message))
        })
    }
}

/// Reports a name that is there twice. Keeps the line of the first.
fn unique(cx: &Context<'_>, seen: &mut BTreeMap<String, usize>, what: &'static str, name: &At<String>) -> Result<()> {
    if name.value.trim().is_empty() {
        return Err(cx.error(&name.span, Problem::missing(format!("the name of this {what}"))));
    }
    let line = cx.source.line(name.span.start);
    match seen.insert(name.value.clone(), line) {
        Some(line) => Err(cx.error(&name.span, Problem::Duplicate { what, name: name.value.clone(), line })),
        None => Ok(()),
    }
}

/// Finds a name in a table.
fn find<T: Copy>(cx: &Context<'_>, table: &BTreeMap<String, T>, what: &'static str, name: &At<String>) -> Result<T> {
    table
        .get(&name.value)
        .copied()
        .ok_or_else(|| cx.error(&name.span, Problem::unknown(what, &name.value, table.keys().map(String::as_str))))
}

/// A rule `B-4.17` of the catalogue, or a check `C-4.4` of one of its sections.
fn check_rule(cx: &Context<'_>, rule: &At<String>) -> Result<()> {
    let text = rule.value.as_str();
    let is_check = text.strip_prefix("C-").and_then(|rest| rest.split_once('.')).is_some_and(|(section, number)| {
        section.parse::<u8>().is_ok_and(|section| (1..=13).contains(&section))
            && number.parse::<u8>().is_ok_and(|number| number >= 1)
    });
    let is_rule = text.parse::<crate::rules::RuleId>().is_ok_and(|id| id.rule().is_some());
    if is_check || is_rule {
        return Ok(());
    }
    Err(cx.error(
        &rule.span,
        Problem::form(format!("the catalogue has no rule or check `{text}`; write for example B-4.17 or C-5.2")),
    ))
}

/// The change of the timeline that an error of the whole tenant is about, as far as the error tells.
fn blamed(file: &ScenarioFile, error: &crate::catalog::CatalogError) -> Range<usize> {
    use crate::catalog::CatalogError::{Deleted, MixedExclusion, NotAssigned, NotRelated, Relations};
    let (content, group, verb) = if let NotAssigned { content, group, .. } = error {
        (content, Some(group), "unassign")
    } else if let MixedExclusion { content, excluded, .. } = error {
        (content, Some(excluded), "assign")
    } else if let NotRelated { from, .. } = error {
        (from, None, "unrelate")
    } else if let Relations { from: Some(from), error, .. } = error {
        let is_related = matches!(**error, RelationError::InUse { .. });
        (from, None, if is_related { "delete" } else { "relate" })
    } else if let Deleted { name, .. } = error {
        (name, None, "assign")
    } else {
        return 0..0; // No other error is left for the end.
    };
    let is_it = |name: &Option<At<String>>, wanted: &String| name.as_ref().is_some_and(|name| name.value == *wanted);
    let all = || file.at.iter().map(|entry| &entry.value).filter(|entry| is_it(&entry.content, content));
    let is_group = |entry: &&super::file::AtEntry| group.is_none_or(|group| is_it(&entry.group, group));
    let named = all().rfind(|entry| entry.verb.value == verb && is_group(entry));
    let script = file
        .script
        .iter()
        .map(|entry| &entry.name)
        .chain(file.app.iter().map(|entry| &entry.name))
        .find(|name| name.value == *content);
    named.or_else(|| all().next_back()).map(|entry| &entry.verb).or(script).map_or(0..0, |name| name.span.clone())
}
