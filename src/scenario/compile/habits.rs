//! When devices are awake, restart and are used.

use std::ops::Range;

use super::super::error::Problem;
use super::super::file::{
    At, AwakeEntry, DeviceEntry, Field, HabitEntry, Many, Read, ScenarioFile, Share, SpellsTable, TextOr, TimesEntry,
    Val, WeekEntry, Windows,
};
use super::super::time::time_of_day;
use super::{Context, Result, device};
use crate::sim::plan::{Habits, Spells};
use crate::time::Span;

/// The minutes of a day in which a device is awake.
type Day = Vec<(u16, u16)>;

/// The keys that a device and a named habit share.
struct Keys<'e> {
    holidays: &'e Option<At<String>>,
    on_holiday: &'e Option<Many<String>>,
    spread: &'e Option<Field<Span>>,
    shuts_down: Option<bool>,
    lid: &'e Option<At<TextOr<SpellsTable>>>,
    dark_wake: &'e Option<At<TextOr<SpellsTable>>>,
    restart_every: &'e Option<Field<Span>>,
    signs_in: Option<bool>,
    portal_sync_every: &'e Option<Field<Span>>,
    snoozes: &'e Option<Field<Share>>,
    offline: &'e Option<Field<Share>>,
    offline_spells: &'e Option<At<TextOr<SpellsTable>>>,
}

macro_rules! keys {
    ($entry:expr) => {
        Keys {
            holidays: &$entry.holidays,
            on_holiday: &$entry.on_holiday,
            spread: &$entry.spread,
            shuts_down: $entry.shuts_down,
            lid: &$entry.lid,
            dark_wake: &$entry.dark_wake,
            restart_every: &$entry.restart_every,
            signs_in: $entry.signs_in,
            portal_sync_every: &$entry.portal_sync_every,
            snoozes: &$entry.snoozes,
            offline: &$entry.offline,
            offline_spells: &$entry.offline_spells,
        }
    };
}

/// Named habits mean nothing on a single device.
pub(super) fn single(cx: &Context<'_>, entry: &DeviceEntry) -> Result<()> {
    match &entry.awake {
        Some(At { value: AwakeEntry::Habits(_), span }) => Err(device::weights_misplaced(cx, span)),
        Some(At { value: AwakeEntry::Daily(_) | AwakeEntry::Week(_), .. }) | None => Ok(()),
    }
}

/// The habits that all devices of an entry share; named habits build on them.
pub(super) fn habits(cx: &Context<'_>, file: &ScenarioFile, entry: &DeviceEntry) -> Result<Habits> {
    let awake = match &entry.awake {
        Some(At { value: AwakeEntry::Daily(windows), span }) => daily(cx, windows, span)?,
        Some(At { value: AwakeEntry::Week(table), .. }) => Some(week(cx, table)?),
        Some(At { value: AwakeEntry::Habits(_), .. }) | None => None,
    };
    habits_of(cx, file, &keys!(entry), awake, &Habits::default())
}

/// One named habit of a population.
pub(super) fn named(cx: &Context<'_>, file: &ScenarioFile, entry: &HabitEntry, base: &Habits) -> Result<Habits> {
    let awake = match &entry.awake {
        Some(At { value: TimesEntry::Daily(windows), span }) => daily(cx, windows, span)?,
        Some(At { value: TimesEntry::Week(table), .. }) => Some(week(cx, table)?),
        None => None,
    };
    habits_of(cx, file, &keys!(entry), awake, base)
}

fn habits_of(
    cx: &Context<'_>,
    file: &ScenarioFile,
    keys: &Keys<'_>,
    awake: Option<[Day; 7]>,
    base: &Habits,
) -> Result<Habits> {
    let holidays = keys.holidays.as_ref().map(|name| holidays(cx, file, name)).transpose()?;
    let holidays = holidays.unwrap_or_else(|| base.holidays.clone());
    let on_holiday = keys.on_holiday.as_ref().map(|all| day(cx, all)).transpose()?;
    let portal_sync = every(cx, keys.portal_sync_every, "a time between syncs")?;
    let habits = Habits {
        // A device that is always awake has one long window, but for its holidays.
        awake: awake.or_else(|| (!holidays.is_empty()).then(|| std::array::from_fn(|_| vec![(0, DAY_MIN)]))),
        holidays,
        on_holiday: on_holiday.unwrap_or_else(|| base.on_holiday.clone()),
        spread_min: spread(cx, keys.spread)?.unwrap_or(base.spread_min),
        shuts_down: keys.shuts_down.unwrap_or(base.shuts_down),
        lid: spells(cx, keys.lid, Span::mins(10))?.unwrap_or(base.lid),
        dark_wake: spells(cx, keys.dark_wake, Span::mins(2))?.unwrap_or(base.dark_wake),
        restart_every: every(cx, keys.restart_every, "a time between restarts")?.or(base.restart_every),
        signs_in: keys.signs_in.unwrap_or(base.signs_in),
        portal_sync: portal_sync.map_or(base.portal_sync, |every| Spells { every, ..Spells::NONE }),
        snooze_ppm: keys.snoozes.as_ref().map_or(base.snooze_ppm, |share| share.get().0),
        offline_ppm: keys.offline.as_ref().map_or(base.offline_ppm, |share| share.get().0),
        offline_spells: spells(cx, keys.offline_spells, Span::hours(1))?.unwrap_or(base.offline_spells),
    };
    match keys.dark_wake {
        Some(dark_wake) if habits.shuts_down => Err(cx.error(
            &dark_wake.span,
            Problem::misplaced("a device that is shut down outside its windows does not wake for maintenance"),
        )),
        Some(_) | None => Ok(habits),
    }
}

/// The days of a calendar, sorted and made into as few ranges as can be.
fn holidays(cx: &Context<'_>, file: &ScenarioFile, name: &At<String>) -> Result<Vec<(i32, i32)>> {
    let calendar = file.calendar.get(&name.value).ok_or_else(|| {
        let known = file.calendar.keys().map(String::as_str);
        cx.error(&name.span, Problem::unknown("calendar", &name.value, known))
    })?;
    let mut days: Vec<(i32, i32)> = calendar.days.iter().map(|days| (days.get().0, days.get().1)).collect();
    days.sort_unstable();
    let mut merged: Vec<(i32, i32)> = Vec::new();
    for (first, last) in days {
        match merged.last_mut() {
            Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
            Some(_) | None => merged.push((first, last)),
        }
    }
    Ok(merged)
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

/// The length of a period in which something happens once.
fn every(cx: &Context<'_>, every: &Option<Field<Span>>, what: &'static str) -> Result<Option<Span>> {
    let (least, most) = (Span::hours(1), Span::days(3_660));
    match every {
        Some(every) if *every.get() < least || *every.get() > most => {
            Err(cx.error(&every.span, Problem::range(what, every.get(), least, most)))
        }
        Some(every) => Ok(Some(*every.get())),
        None => Ok(None),
    }
}

/// Stretches of time; `lasts` is how long each is unless the entry says so.
pub(super) fn spells(cx: &Context<'_>, entry: &Option<At<TextOr<SpellsTable>>>, lasts: Span) -> Result<Option<Spells>> {
    let Some(entry) = entry else {
        return Ok(None);
    };
    let (every, every_at, lengths) = match &entry.value {
        TextOr::Text(text) => {
            let every = Span::from_text(text).map_err(|message| cx.error(&entry.span, Problem::form(message)))?;
            (every, &entry.span, None)
        }
        TextOr::Table(table) => (*table.every.get(), &table.every.span, table.lasts.as_ref()),
    };
    let (least, most) = (Span::mins(1), Span::days(366));
    if every < least || every > most {
        return Err(cx.error(every_at, Problem::range("a time between two such stretches", every, least, most)));
    }
    let at = lengths.map_or(every_at, |lengths| &lengths.span);
    let (shortest, longest) = match lengths {
        None => (lasts, lasts),
        Some(lengths) => range(cx, lengths)?,
    };
    for length in [shortest, longest] {
        if length < Span::secs(1) || length >= every {
            let below = format!("less than {every}");
            return Err(cx.error(at, Problem::range("a stretch of time", length, "1s", below)));
        }
    }
    Ok(Some(Spells { every, shortest, longest }))
}

/// One length of time, or the shortest and the longest.
pub(super) fn range(cx: &Context<'_>, lengths: &Many<Val<Span>>) -> Result<(Span, Span)> {
    match lengths.items.as_slice() {
        [one] => Ok((one.value.0, one.value.0)),
        [min, max] if min.value.0 <= max.value.0 => Ok((min.value.0, max.value.0)),
        _ => Err(cx.error(&lengths.span, Problem::form("write one length of time, or the shortest and the longest"))),
    }
}

fn week(cx: &Context<'_>, table: &WeekEntry) -> Result<[Day; 7]> {
    let days = [
        table.mon.as_ref().or(table.workdays.as_ref()),
        table.tue.as_ref().or(table.workdays.as_ref()),
        table.wed.as_ref().or(table.workdays.as_ref()),
        table.thu.as_ref().or(table.workdays.as_ref()),
        table.fri.as_ref().or(table.workdays.as_ref()),
        table.sat.as_ref().or(table.weekend.as_ref()),
        table.sun.as_ref().or(table.weekend.as_ref()),
    ];
    let mut week = <[Day; 7]>::default();
    for (slot, windows) in week.iter_mut().zip(days) {
        if let Some(windows) = windows {
            *slot = day(cx, windows)?;
        }
    }
    Ok(week)
}

/// Windows for every day; `always` is no window at all.
fn daily(cx: &Context<'_>, windows: &Windows, span: &Range<usize>) -> Result<Option<[Day; 7]>> {
    let day = match windows {
        Windows::Text(text) if text == "always" => return Ok(None),
        Windows::Text(text) => window(cx, text, span)?.into_iter().collect(),
        Windows::List(all) => in_order(cx, all)?,
    };
    Ok(Some(std::array::from_fn(|_| day.clone())))
}

fn day(cx: &Context<'_>, windows: &Many<String>) -> Result<Day> {
    in_order(cx, &windows.items)
}

/// The windows of a day, each after the one before.
fn in_order(cx: &Context<'_>, windows: &[At<String>]) -> Result<Day> {
    let mut day = Day::new();
    for At { value: text, span } in windows {
        let Some((from, to)) = window(cx, text, span)? else {
            continue;
        };
        if day.last().is_some_and(|(_, before)| from < *before) {
            let message = format!("the window `{text}` begins before the one before it ends");
            return Err(cx.error(span, Problem::form(message)));
        }
        day.push((from, to));
    }
    Ok(day)
}

/// `09:00-17:00`, `always` or `asleep`.
fn window(cx: &Context<'_>, text: &str, span: &Range<usize>) -> Result<Option<(u16, u16)>> {
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
