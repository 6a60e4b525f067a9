//! Moments and time zones as scenario files write them.
//!
//! A local time that a daylight-saving change leaves out (a *gap*) means the first moment after the gap; one that
//! occurs twice (a *fold*) means the first of the two.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, Duration, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone,
    Timelike, Utc,
};
use chrono_tz::Tz;
use schemars::{Schema, json_schema};

use super::file::Read;
use crate::sim::plan::Zone;
use crate::time::{Span, Wall};

/// A time zone by name: an IANA name or a fixed distance such as `UTC+2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneName {
    /// A zone of the IANA database.
    Iana(Tz),
    /// So many seconds east of UTC at all times.
    Fixed(i32),
}

impl ZoneName {
    /// UTC.
    pub const UTC: Self = Self::Fixed(0);

    /// Seconds east of UTC at a moment.
    fn offset_at(self, utc: DateTime<Utc>) -> i32 {
        match self {
            Self::Iana(zone) => zone.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc(),
            Self::Fixed(seconds) => seconds,
        }
    }

    /// The moment of a local time: after a gap its first moment, of a fold the first.
    fn utc_of(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self {
            Self::Fixed(seconds) => first(FixedOffset::east_opt(seconds)?.from_local_datetime(&local)),
            Self::Iana(zone) => first(zone.from_local_datetime(&local)).or_else(|| {
                let minute = local.with_second(0)?.with_nanosecond(0)?;
                (1..=GAP_MAX_MIN)
                    .find_map(|n| first(zone.from_local_datetime(&minute.checked_add_signed(Duration::minutes(n))?)))
            }),
        }
    }

    /// The local time of a moment, written as if it were UTC.
    pub(super) fn as_written(self, at: Wall) -> Wall {
        let offset = DateTime::from_timestamp_millis(at.unix_millis()).map_or(0, |utc| self.offset_at(utc));
        Wall::from_unix_millis(at.unix_millis().saturating_add(i64::from(offset) * 1_000))
    }

    /// The table of the zone's offsets for a run.
    pub(super) fn table(self, from: Wall, to: Wall) -> Zone {
        let offset = |at: i64| DateTime::from_timestamp_millis(at).map_or(0, |at| self.offset_at(at));
        let (mut at, end) = (from.unix_millis(), to.unix_millis());
        let mut offsets = vec![(Wall::MIN, offset(at))];
        if matches!(self, Self::Iana(_)) {
            while at < end {
                let next = at.saturating_add(STEP_MS).min(end);
                let (before, after) = (offset(at), offset(next));
                if before != after {
                    let (mut low, mut high) = (at, next);
                    while high - low > 1 {
                        let middle = low + (high - low) / 2;
                        if offset(middle) == before { low = middle } else { high = middle }
                    }
                    offsets.push((Wall::from_unix_millis(high), after));
                }
                at = next;
            }
        }
        Zone { name: self.to_string(), offsets }
    }
}

/// No gap is longer than a day (a country that moves across the date line).
const GAP_MAX_MIN: i64 = 25 * 60;
/// No zone changes there and back within this time.
const STEP_MS: i64 = 12 * 3_600_000;

fn first<T: TimeZone>(local: LocalResult<DateTime<T>>) -> Option<DateTime<Utc>> {
    match local {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.with_timezone(&Utc)),
        LocalResult::None => None,
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iana(zone) => f.write_str(zone.name()),
            Self::Fixed(0) => f.write_str("UTC"),
            Self::Fixed(seconds) => {
                let minutes = seconds.unsigned_abs() / 60;
                let sign = if *seconds < 0 { '-' } else { '+' };
                write!(f, "UTC{sign}{}", minutes / 60)?;
                if minutes % 60 == 0 { Ok(()) } else { write!(f, ":{:02}", minutes % 60) }
            }
        }
    }
}

impl Read for ZoneName {
    const WANTED: &'static str = "a time zone such as Europe/Berlin, UTC or UTC+2";

    fn from_text(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("UTC").filter(|rest| rest.is_empty() || rest.starts_with(['+', '-'])) {
            return fixed(rest).map(Self::Fixed).ok_or_else(|| {
                format!("`{text}` is not a time zone; write for example UTC+2 or UTC-3:30, up to 14 hours")
            });
        }
        Tz::from_str(text).map(Self::Iana).map_err(|_| {
            let near = nearest(text, &chrono_tz::TZ_VARIANTS.map(Tz::name));
            format!("`{text}` is not a time zone; write an IANA name such as Europe/Berlin, UTC or UTC+2{near}")
        })
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "examples": ["Europe/Berlin", "UTC", "UTC+2"] })
    }
}

/// Seconds of `+2`, `-3:30` or nothing.
fn fixed(text: &str) -> Option<i32> {
    if text.is_empty() {
        return Some(0);
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    if ![hours, minutes].iter().all(|part| matches!(part.len(), 1..=2) && part.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = hours * 3_600 + minutes * 60;
    if minutes > 59 || seconds > 14 * 3_600 {
        return None;
    }
    Some(if sign == "-" { -seconds } else { seconds })
}

/// `; did you mean ...`, or nothing where no known name is near.
pub(super) fn nearest(word: &str, known: &[&str]) -> String {
    crate::profile::nearest::nearest(word, known.iter().copied())
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// A moment as written: relative to the start, or on a clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// So long after the start.
    Offset(Span),
    /// The first such time of day at or after the start.
    Time(NaiveTime),
    /// That time of day on a calendar day, 1 being the day of the start.
    Day(u32, NaiveTime),
    /// The first such time on such a weekday at or after the start.
    Weekday(chrono::Weekday, NaiveTime),
    /// A local date and time.
    Local(NaiveDateTime),
    /// A date and time with its distance from UTC.
    Exact(DateTime<Utc>),
}

impl Moment {
    /// The true time that is meant, for a run that starts at `start`, in a zone.
    pub(super) fn wall(self, start: Wall, zone: ZoneName) -> Option<Wall> {
        let local_start = || {
            let utc = DateTime::from_timestamp_millis(start.unix_millis())?;
            utc.naive_utc().checked_add_signed(Duration::seconds(zone.offset_at(utc).into()))
        };
        let on = |day: NaiveDate, time: NaiveTime| zone.utc_of(day.and_time(time)).map(to_wall);
        match self {
            Self::Offset(span) => Some(start.after(span)),
            Self::Local(local) => zone.utc_of(local).map(to_wall),
            Self::Exact(at) => Some(to_wall(at)),
            Self::Day(day, time) => {
                let days = chrono::Days::new(day.saturating_sub(1).into());
                on(local_start()?.date().checked_add_days(days)?, time)
            }
            Self::Time(time) => {
                let day = local_start()?.date();
                (0..=1).find_map(|n| on(day.checked_add_days(chrono::Days::new(n))?, time).filter(|at| *at >= start))
            }
            Self::Weekday(weekday, time) => {
                let day = local_start()?.date();
                (0..=7)
                    .filter_map(|n| day.checked_add_days(chrono::Days::new(n)))
                    .filter(|day| day.weekday() == weekday)
                    .find_map(|day| on(day, time).filter(|at| *at >= start))
            }
        }
    }

    /// The offset from the start, or `None` for a moment before it or beyond the calendar.
    pub(super) fn offset(self, start: Wall, zone: ZoneName) -> Option<Span> {
        let at = self.wall(start, zone)?;
        (at >= start).then(|| at.since(start))
    }
}

fn to_wall(at: DateTime<Utc>) -> Wall {
    Wall::from_unix_millis(at.timestamp_millis())
}

impl Read for Moment {
    const WANTED: &'static str =
        "a moment such as 2h30m (after the start), 08:00, day 2 08:00, Tue 09:00 or 2026-03-02T08:00:00";

    fn from_text(text: &str) -> Result<Self, String> {
        let error = || {
            format!(
                "`{text}` is not a moment; write for example 2h30m (after the start), 08:00, day 2 08:00, Tue 09:00 or 2026-03-02T08:00:00"
            )
        };
        let trimmed = text.trim();
        if let Some((day, time)) = trimmed.strip_prefix("day ").and_then(|rest| rest.trim().split_once(' ')) {
            let day: u32 = day.parse().map_err(|_| error())?;
            let time = time_of_day(time).ok_or_else(error)?;
            return if (1..=DAYS_MAX).contains(&day) {
                Ok(Self::Day(day, time))
            } else {
                Err(format!("day {day} is out of range; allowed 1 to {DAYS_MAX}"))
            };
        }
        if let Some((weekday, time)) =
            trimmed.split_once(' ').and_then(|(day, time)| Some((chrono::Weekday::from_str(day).ok()?, time)))
        {
            return time_of_day(time).map(|time| Self::Weekday(weekday, time)).ok_or_else(error);
        }
        if let Some(time) = time_of_day(trimmed) {
            return Ok(Self::Time(time));
        }
        if trimmed.contains('-') {
            return date_time(trimmed).ok_or_else(error);
        }
        trimmed.parse().map(Self::Offset).map_err(|_| error())
    }

    fn from_integer(number: i64) -> Result<Self, String> {
        Span::from_integer(number).map(Self::Offset)
    }

    fn schema() -> Schema {
        json_schema!({ "type": ["string", "integer"], "examples": ["2h30m", "08:00", "day 2 08:00", "Tue 09:00", "2026-03-02T08:00:00"] })
    }
}

/// Runs are no longer than this, in days.
pub(super) const DAYS_MAX: u32 = 3_660;

/// `08:00` or `08:00:30`.
pub(super) fn time_of_day(text: &str) -> Option<NaiveTime> {
    let text = text.trim();
    NaiveTime::parse_from_str(text, "%H:%M")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
        .ok()
        .filter(|_| text.is_ascii())
}

/// `2026-03-02T08:00:00`, with seconds or not, with `Z`, `+02:00` or neither, with a blank for the `T` or a date alone.
fn date_time(text: &str) -> Option<Moment> {
    let text = text.replacen(' ', "T", 1);
    if let Ok(at) = DateTime::parse_from_rfc3339(&text) {
        return in_years(at.naive_utc()).then(|| Moment::Exact(at.with_timezone(&Utc)));
    }
    let local = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S")
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M"))
        .ok()
        .or_else(|| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN)))?;
    in_years(local).then_some(Moment::Local(local))
}

/// The number of a calendar day such as `2026-04-03`, counted from 1970-01-01.
pub(super) fn day_number(text: &str) -> Option<i32> {
    let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()?;
    let days = day.signed_duration_since(NaiveDate::default()).num_days();
    in_years(day.and_time(NaiveTime::MIN)).then(|| i32::try_from(days).ok())?
}

/// Years in which every computation stays far from the ends of the calendar.
fn in_years(at: NaiveDateTime) -> bool {
    (1980..2200).contains(&at.year())
}

/// When the run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start(pub Moment);

impl Start {
    /// Monday 2026-01-05, 00:00 local time.
    pub(super) fn default_moment() -> Self {
        Self(Moment::Local(NaiveDate::from_ymd_opt(2026, 1, 5).unwrap_or_default().and_time(NaiveTime::MIN)))
    }
}

impl Read for Start {
    const WANTED: &'static str = "a date and time such as 2026-03-02T08:00:00";

    fn from_text(text: &str) -> Result<Self, String> {
        date_time(text.trim()).map(Self).ok_or_else(|| format!("`{text}` is not a date and time of the years 1980 to 2199; write for example 2026-03-02T08:00:00, or with Z or +02:00 at the end"))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "examples": ["2026-03-02T08:00:00", "2026-03-02T08:00:00Z"] })
    }
}

/// A length of time with a sign, in milliseconds: `+400d`, `-2h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step(pub i64);

impl Read for Step {
    const WANTED: &'static str = "a step such as +400d or -2h";

    fn from_text(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let (negative, rest) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let error = || format!("`{text}` is not a step of at most 400 years; write for example +400d or -2h");
        let span: Span = rest.parse().map_err(|_| error())?;
        let millis = i64::try_from(span.as_millis()).ok().filter(|millis| *millis <= STEP_MAX_MS).ok_or_else(error)?;
        Ok(Self(if negative { -millis } else { millis }))
    }

    fn from_integer(number: i64) -> Result<Self, String> {
        Self::from_text(&number.to_string())
    }

    fn schema() -> Schema {
        json_schema!({ "type": ["string", "integer"], "examples": ["+400d", "-2h"] })
    }
}

const STEP_MAX_MS: i64 = 400 * 366 * 86_400_000;
