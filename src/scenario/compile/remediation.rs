//! Remediations: settings, schedules, and how their scripts end.

use super::super::error::Problem;
use super::super::file::{At, RemediationEntry, ScheduleEntry};
use super::super::time::Moment;
use super::tenant::behavior_of;
use super::{Context, Result};
use crate::content::{Days, Hours, Remediation, Schedule};
use crate::sim::plan::{Conduct, RemediationConduct};
use crate::time::Wall;

/// What agents are given of a remediation, and how its scripts end.
pub(super) fn remediation(cx: &Context<'_>, entry: &RemediationEntry) -> Result<(Remediation, Conduct)> {
    let content = Remediation {
        run_as: entry.run_as.as_ref().map_or_else(Default::default, |run_as| *run_as.get()),
        has_remediation: !entry.detection_only,
        schedule: entry.schedule.as_ref().map_or(Ok(Schedule::Default), |schedule| self::schedule(cx, schedule))?,
        signature_check: entry.signature_check,
        signed: entry.signed,
        restarts: entry.restarts,
    };
    if let (true, Some(outcome)) = (entry.detection_only, entry.remediate.as_ref().or(entry.detect_again.as_ref())) {
        return Err(cx.error(&outcome.span, Problem::misplaced("with detection_only nothing runs after the detection")));
    }
    let conduct = RemediationConduct {
        detect: behavior_of(cx, entry.detect.as_ref(), entry.outcomes.as_ref())?,
        remediate: behavior_of(cx, entry.remediate.as_ref(), entry.outcomes.as_ref())?,
        detect_again: behavior_of(cx, entry.detect_again.as_ref(), entry.outcomes.as_ref())?,
    };
    Ok((content, Conduct::Remediation(conduct)))
}

fn schedule(cx: &Context<'_>, entry: &At<ScheduleEntry>) -> Result<Schedule> {
    let ScheduleEntry { once, hourly, daily, every, utc } = &entry.value;
    let in_utc = utc.as_ref().is_some_and(|utc| utc.value);
    if let (None, Some(every)) = (daily, every) {
        return Err(cx.error(&every.span, Problem::misplaced("`every` counts days and needs `daily`")));
    }
    match (once, hourly, daily) {
        (Some(once), None, None) => {
            let misplaced = "`once` takes an offset such as 2h30m, or a date and time such as 2026-03-02T08:00:00";
            match *once.get() {
                Moment::Offset(after) => Ok(Schedule::Once { at: cx.start.after(after), utc: true }),
                Moment::Exact(at) => {
                    Ok(Schedule::Once { at: Wall::from_unix_millis(at.timestamp_millis()), utc: true })
                }
                Moment::Local(local) => {
                    let at = Wall::from_unix_millis(local.and_utc().timestamp_millis());
                    Ok(Schedule::Once { at, utc: in_utc })
                }
                Moment::Time(_) | Moment::Day(..) | Moment::Weekday(..) => {
                    Err(cx.error(&once.span, Problem::misplaced(misplaced)))
                }
            }
        }
        (None, Some(hourly), None) => {
            if let Some(utc) = utc {
                return Err(cx.error(&utc.span, Problem::misplaced("an hourly schedule has no time that could be UTC")));
            }
            let hours = Hours::try_from(*hourly.get()).map_err(|error| cx.error(&hourly.span, error.into()))?;
            Ok(Schedule::Hourly(hours))
        }
        (None, None, Some(daily)) => {
            let days = match every {
                Some(every) => Days::try_from(*every.get()).map_err(|error| cx.error(&every.span, error.into()))?,
                None => Days::ONE,
            };
            Ok(Schedule::Daily { every: days, at: daily.get().0, utc: in_utc })
        }
        (None, None, None) => Err(cx.error(&entry.span, Problem::missing("once, hourly or daily of this schedule"))),
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
            Err(cx.error(&entry.span, Problem::misplaced("a schedule is one of once, hourly and daily")))
        }
    }
}
