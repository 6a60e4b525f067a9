//! When devices are awake, restart and are used.

use super::super::error::Problem;
use super::super::file::{At, AwakeEntry, DeviceEntry, Field, HabitEntry, Share, TextOr, WeekEntry};
use super::super::time::time_of_day;
use super::{Context, Result, device};
use crate::sim::plan::Habits;
use crate::time::Span;

/// For each weekday from Monday the minutes in which a device is awake.
type Week = [Option<(u16, u16)>; 7];

/// Named habits mean nothing on a single device.
pub(super) fn single(cx: &Context<'_>, entry: &DeviceEntry) -> Result<()> {
    match &entry.awake {
        Some(At { value: AwakeEntry::Habits(_), span }) => Err(device::weights_misplaced(cx, span)),
        Some(At { value: AwakeEntry::Daily(_) | AwakeEntry::Week(_), .. }) | None => Ok(()),
    }
}

/// The habits that all devices of an entry share; named habits build on them.
pub(super) fn habits(cx: &Context<'_>, entry: &DeviceEntry) -> Result<Habits> {
    let awake = match &entry.awake {
        Some(At { value: AwakeEntry::Daily(text), span }) => daily(cx, text, span)?,
        Some(At { value: AwakeEntry::Week(table), .. }) => Some(week(cx, table)?),
        Some(At { value: AwakeEntry::Habits(_), .. }) | None => None,
    };
    Ok(Habits {
        awake,
        spread_min: spread(cx, &entry.spread)?.unwrap_or(0),
        shuts_down: entry.shuts_down.unwrap_or(false),
        restart_every: restart_every(cx, &entry.restart_every)?,
        signs_in: entry.signs_in.unwrap_or(false),
        offline_ppm: ppm(&entry.offline).unwrap_or(0),
    })
}

/// One named habit of a population.
pub(super) fn named(cx: &Context<'_>, entry: &HabitEntry, base: &Habits) -> Result<Habits> {
    let awake = match &entry.awake {
        Some(At { value: TextOr::Text(text), span }) => daily(cx, text, span)?,
        Some(At { value: TextOr::Table(table), .. }) => Some(week(cx, table)?),
        None => None,
    };
    Ok(Habits {
        awake,
        spread_min: spread(cx, &entry.spread)?.unwrap_or(base.spread_min),
        shuts_down: entry.shuts_down.unwrap_or(base.shuts_down),
        restart_every: restart_every(cx, &entry.restart_every)?.or(base.restart_every),
        signs_in: entry.signs_in.unwrap_or(base.signs_in),
        offline_ppm: ppm(&entry.offline).unwrap_or(base.offline_ppm),
    })
}

fn ppm(share: &Option<Field<Share>>) -> Option<u32> {
    share.as_ref().map(|share| share.get().0)
}

fn spread(cx: &Context<'_>, spread: &Option<Field<Span>>) -> Result<Option<u16>> {
    let Some(spread) = spread else {
        return Ok(None);
    };
    let most = Span::hours(12);
    if *spread.get() > most {
        return Err(cx.error(&spread.span, Problem::range("a spread", spread.get(), "0s", most)));
    }
    Ok(u16::try_from(spread.get().as_secs() / 60).ok())
}

fn restart_every(cx: &Context<'_>, every: &Option<Field<Span>>) -> Result<Option<Span>> {
    let (least, most) = (Span::hours(1), Span::days(3_660));
    match every {
        Some(every) if *every.get() < least || *every.get() > most => {
            Err(cx.error(&every.span, Problem::range("a time between restarts", every.get(), least, most)))
        }
        Some(every) => Ok(Some(*every.get())),
        None => Ok(None),
    }
}

fn week(cx: &Context<'_>, table: &WeekEntry) -> Result<Week> {
    let days = [
        table.mon.as_ref().or(table.workdays.as_ref()),
        table.tue.as_ref().or(table.workdays.as_ref()),
        table.wed.as_ref().or(table.workdays.as_ref()),
        table.thu.as_ref().or(table.workdays.as_ref()),
        table.fri.as_ref().or(table.workdays.as_ref()),
        table.sat.as_ref().or(table.weekend.as_ref()),
        table.sun.as_ref().or(table.weekend.as_ref()),
    ];
    let mut week = Week::default();
    for (slot, text) in week.iter_mut().zip(days) {
        if let Some(text) = text {
            *slot = window(cx, &text.value, &text.span)?;
        }
    }
    Ok(week)
}

/// A window for every day; `always` is no window at all.
fn daily(cx: &Context<'_>, text: &str, span: &std::ops::Range<usize>) -> Result<Option<Week>> {
    if text == "always" { Ok(None) } else { window(cx, text, span).map(|window| Some([window; 7])) }
}

/// `09:00-17:00`, `always` or `asleep`.
fn window(cx: &Context<'_>, text: &str, span: &std::ops::Range<usize>) -> Result<Option<(u16, u16)>> {
    match text {
        "asleep" => return Ok(None),
        "always" => return Ok(Some((0, DAY_MIN))),
        _ => {}
    }
    let minute =
        |text: &str| if text.trim() == "24:00" { Some(DAY_MIN) } else { time_of_day(text).and_then(minute_of_day) };
    let window = text.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
    match window {
        Some((from, to)) if from < to => Ok(Some((from, to))),
        Some(_) => Err(cx.error(
            span,
            Problem::form(format!("the window `{text}` ends before it begins; a window ends at latest at 24:00")),
        )),
        None => Err(cx.error(
            span,
            Problem::form(format!("`{text}` is not a window; write for example 09:00-17:00, always or asleep")),
        )),
    }
}

const DAY_MIN: u16 = 1_440;

/// Whole minutes only.
fn minute_of_day(time: chrono::NaiveTime) -> Option<u16> {
    use chrono::Timelike;
    let seconds = time.num_seconds_from_midnight();
    u16::try_from(seconds / 60).ok().filter(|_| seconds.is_multiple_of(60))
}
