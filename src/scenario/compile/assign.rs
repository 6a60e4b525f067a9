//! Assignments: the group, the intent, the filter and the settings.

use super::super::error::Problem;
use super::super::file::{
    AssignEntry, AssignTable, At, AtEntry, Field, FilterWord, GraceEntry, GraceTable, IntentWord, TextOr,
};
use super::super::time::{Moment, ZoneName};
use super::tenant::Names;
use super::{Context, Result, find};
use crate::catalog::{Assignment, AssignmentSettings, FilterMode, Intent};
use crate::facts::Feature;
use crate::profile::Profile;
use crate::protocol::{Notifications, RestartGrace};
use crate::time::{Span, Wall};

/// What is written of an assignment; two tables of the format hold these keys.
#[derive(Clone, Copy, Default)]
struct Written<'a> {
    exclude: bool,
    intent: Option<&'a Field<IntentWord>>,
    filter: Option<&'a At<String>>,
    filter_mode: Option<&'a Field<FilterWord>>,
    available: Option<&'a Field<Moment>>,
    deadline: Option<&'a Field<Moment>>,
    utc: Option<&'a At<bool>>,
    foreground: bool,
    notifications: Option<&'a Field<Notifications>>,
    restart_grace: Option<&'a At<GraceEntry>>,
    auto_update: bool,
}

/// An assignment in the table of the content.
pub(super) fn of_entry(
    cx: &Context<'_>,
    profile: &Profile,
    names: &Names,
    feature: Feature,
    entry: &AssignEntry,
) -> Result<Assignment> {
    let table: &AssignTable = match &entry.value {
        TextOr::Text(name) => {
            let group = At { value: name.clone(), span: entry.span.clone() };
            return assignment(cx, profile, names, feature, &group, Written::default());
        }
        TextOr::Table(table) => table,
    };
    let written = Written {
        exclude: table.exclude,
        intent: table.intent.as_ref(),
        filter: table.filter.as_ref(),
        filter_mode: table.filter_mode.as_ref(),
        available: table.available.as_ref(),
        deadline: table.deadline.as_ref(),
        utc: table.utc.as_ref(),
        foreground: table.foreground.unwrap_or(false),
        notifications: table.notifications.as_ref(),
        restart_grace: table.restart_grace.as_ref(),
        auto_update: table.auto_update.unwrap_or(false),
    };
    assignment(cx, profile, names, feature, &table.group, written)
}

/// The assignment of an `assign` on the timeline.
pub(super) fn of_change(
    cx: &Context<'_>,
    profile: &Profile,
    names: &Names,
    feature: Feature,
    group: &At<String>,
    entry: &AtEntry,
) -> Result<Assignment> {
    let is = |field: &Option<At<bool>>| field.as_ref().is_some_and(|field| field.value);
    let written = Written {
        exclude: is(&entry.exclude),
        intent: entry.intent.as_ref(),
        filter: entry.filter.as_ref(),
        filter_mode: entry.filter_mode.as_ref(),
        available: entry.available.as_ref(),
        deadline: entry.deadline.as_ref(),
        utc: entry.utc.as_ref(),
        foreground: is(&entry.foreground),
        notifications: entry.notifications.as_ref(),
        restart_grace: entry.restart_grace.as_ref(),
        auto_update: is(&entry.auto_update),
    };
    assignment(cx, profile, names, feature, group, written)
}

/// One assignment; the tenant's builder checks that its parts go together.
fn assignment(
    cx: &Context<'_>,
    profile: &Profile,
    names: &Names,
    feature: Feature,
    group: &At<String>,
    written: Written<'_>,
) -> Result<Assignment> {
    let (id, _) = find(cx, &names.groups, "group", group)?;
    let mut assignment = if written.exclude { Assignment::exclude(id) } else { Assignment::include(id) };
    let is_app = matches!(feature, Feature::Win32App | Feature::StoreApp);
    assignment.intent = written
        .intent
        .map(|intent| self::intent(*intent.get()))
        .or((is_app && !written.exclude).then_some(Intent::Required));
    match (written.filter, written.filter_mode) {
        (Some(filter), mode) => {
            let mode = match mode.map_or(FilterWord::Include, |mode| *mode.get()) {
                FilterWord::Include => FilterMode::Include,
                FilterWord::Exclude => FilterMode::Exclude,
            };
            assignment.filter = Some((find(cx, &names.filters, "filter", filter)?, mode));
        }
        (None, Some(mode)) => return Err(cx.error(&mode.span, Problem::misplaced("filter_mode needs a filter"))),
        (None, None) => {}
    }
    assignment.settings = settings(cx, profile, &written)?;
    Ok(assignment)
}

fn settings(cx: &Context<'_>, profile: &Profile, written: &Written<'_>) -> Result<AssignmentSettings> {
    if let (None, None, Some(utc)) = (written.available, written.deadline, written.utc) {
        return Err(cx.error(&utc.span, Problem::misplaced("`utc` is about `available` and `deadline`")));
    }
    let utc = written.utc.is_some_and(|utc| utc.value);
    let time = |field: Option<&Field<Moment>>| field.map(|field| time(cx, field, utc)).transpose();
    let (available, deadline) = (time(written.available)?, time(written.deadline)?);
    let local_time = match (available, deadline) {
        (Some((_, one)), Some((_, other))) if one != other => {
            let span = written.deadline.map_or(0..0, |deadline| deadline.span.clone());
            let mixed = "`available` and `deadline` are either both local times or both offsets or UTC (B-7.31)";
            return Err(cx.error(&span, Problem::misplaced(mixed)));
        }
        (Some((_, is_local)), _) | (None, Some((_, is_local))) => is_local,
        (None, None) => false,
    };
    Ok(AssignmentSettings {
        available: available.map(|(at, _)| at),
        deadline: deadline.map(|(at, _)| at),
        local_time,
        foreground: written.foreground,
        notifications: written.notifications.map_or_else(Notifications::default, |shown| *shown.get()),
        restart_grace: written.restart_grace.map_or(Ok(None), |grace| self::grace(cx, profile, grace))?,
        auto_update: written.auto_update,
    })
}

/// A time, and whether it is local. A local time is written as if it were UTC; days count from that of the start in the
/// scenario's zone.
fn time(cx: &Context<'_>, field: &Field<Moment>, utc: bool) -> Result<(Wall, bool)> {
    let moment = *field.get();
    let is_local = match moment {
        Moment::Offset(_) | Moment::Exact(_) => false,
        Moment::Local(_) | Moment::Time(_) | Moment::Day(..) | Moment::Weekday(..) => !utc,
    };
    let start = if is_local { cx.zone.as_written(cx.start) } else { cx.start };
    let at = moment.wall(start, ZoneName::UTC);
    at.map(|at| (at, is_local))
        .ok_or_else(|| cx.error(&field.span, Problem::form("this moment is beyond the calendar")))
}

fn grace(cx: &Context<'_>, profile: &Profile, entry: &At<GraceEntry>) -> Result<Option<RestartGrace>> {
    let GraceTable { grace, countdown, snooze } = match &entry.value {
        GraceEntry::Usual(false) => return Ok(None),
        GraceEntry::Usual(true) => &GraceTable { grace: None, countdown: None, snooze: None },
        GraceEntry::Table(table) => table,
    };
    let usual = &profile.restart;
    let minutes = |field: &Option<Field<Span>>, usual: u32| match field {
        None => Ok(u16::try_from(usual).unwrap_or(u16::MAX)),
        Some(field) => minutes(cx, field),
    };
    let grace_min = minutes(grace, usual.grace_min)?;
    Ok(Some(RestartGrace {
        grace_min,
        countdown_min: minutes(countdown, usual.countdown_min.min(grace_min.into()))?,
        snooze_min: minutes(snooze, usual.snooze_min.min(grace_min.into()))?,
    }))
}

/// Whole minutes of at most two weeks (B-7.29).
fn minutes(cx: &Context<'_>, field: &Field<Span>) -> Result<u16> {
    let span = *field.get();
    let most = Span::days(14);
    if span > most {
        return Err(cx.error(&field.span, Problem::range("a time for a restart", span, "0s", most)));
    }
    if !span.as_millis().is_multiple_of(60_000) {
        return Err(cx.error(&field.span, Problem::form(format!("{span} is not a whole number of minutes"))));
    }
    Ok(u16::try_from(span.as_millis() / 60_000).unwrap_or(u16::MAX))
}

const fn intent(word: IntentWord) -> Intent {
    match word {
        IntentWord::Required => Intent::Required,
        IntentWord::Available => Intent::Available,
        IntentWord::Uninstall => Intent::Uninstall,
    }
}
