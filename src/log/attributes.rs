//! The attributes behind a record's message, in the order of the agent or any other, whole or cut off.

use memchr::memchr;

use super::record::{Date, Severity, Stamp, TICKS_PER_SECOND, Time};

/// More than this is no attributes.
const MOST_BYTES: usize = 4_096;

/// What attributes say, as far as they do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes<'a> {
    pub(super) time: Option<Time>,
    pub(super) date: Option<Date>,
    /// Minutes behind the time, with their sign as it is written.
    pub(super) zone: Option<i32>,
    pub(super) component: Option<&'a [u8]>,
    pub(super) severity: Option<Severity>,
    pub(super) thread: Option<u32>,
    /// Whether they are the agent's so far: its seven in its order, seven digits of a second and no zone.
    pub(super) is_agents: bool,
    count: usize,
}

/// The agent's attributes in their order.
const AGENTS: [&[u8]; 7] = [b"time", b"date", b"component", b"context", b"type", b"thread", b"file"];
/// The length of the agent's times.
const TIME: usize = "08:00:05.1234567".len();

/// How far attributes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// To their `>`, which lies before this place.
    Whole(usize),
    /// To the end of what there is: there may be more.
    Open,
    /// Something else stands at this place.
    Broken(usize),
}

impl Attributes<'_> {
    pub(super) fn stamp(&self) -> Option<Stamp> {
        Some(Stamp { date: self.date?, time: self.time? })
    }
}

/// Whether attributes may begin here: a name and `="`. `None` if there is too little to tell.
pub(super) fn may_begin(text: &[u8]) -> Option<bool> {
    let name = text.iter().take(32).take_while(|byte| byte.is_ascii_alphabetic()).count();
    match text.get(name..) {
        None | Some([] | [b'=']) => None,
        Some([b'=', b'"', ..]) => Some(name > 0),
        Some(_) => Some(false),
    }
}

/// Reads attributes up to their `>`.
pub(super) fn read(text: &[u8]) -> (Attributes<'_>, Extent) {
    let mut all = Attributes { is_agents: true, ..Attributes::default() };
    let text = text.get(..MOST_BYTES.min(text.len())).unwrap_or(text);
    let too_long = |at: usize| if text.len() < MOST_BYTES { Extent::Open } else { Extent::Broken(at) };
    let mut at = 0;
    loop {
        at += text.iter().skip(at).take_while(|byte| **byte == b' ').count();
        let rest = text.get(at..).unwrap_or(&[]);
        match rest.first() {
            None => return (all, too_long(at)),
            Some(b'>') => {
                all.is_agents &= all.count == AGENTS.len() && all.thread.is_some();
                return (all, Extent::Whole(at + 1));
            }
            Some(byte) if byte.is_ascii_alphabetic() => {}
            Some(_) => return (all, Extent::Broken(at)),
        }
        let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        match rest.get(name..) {
            None | Some([] | [b'=']) => return (all, too_long(at)),
            Some([b'=', b'"', ..]) => {}
            Some(_) => return (all, Extent::Broken(at + name)),
        }
        let begin = name + 2;
        let value = rest.get(begin..).unwrap_or(&[]);
        let end = memchr(b'"', value);
        let inner = value.get(..end.unwrap_or(value.len())).unwrap_or(&[]);
        if let Some(stop) = inner.iter().position(|byte| matches!(byte, b'<' | b'\n' | b'\r')) {
            return (all, Extent::Broken(at + begin + stop));
        }
        let Some(end) = end else { return (all, too_long(at)) };
        take(&mut all, rest.get(..name).unwrap_or(&[]), inner);
        at += begin + end + 1;
    }
}

fn take<'a>(all: &mut Attributes<'a>, name: &[u8], value: &'a [u8]) {
    let is_usual = match all.count {
        0 => value.len() == TIME,
        3 | 6 => value.is_empty(),
        4 => matches!(value, b"1" | b"2" | b"3"),
        _ => true,
    };
    all.is_agents &= is_usual && AGENTS.get(all.count).is_some_and(|usual| *usual == name);
    all.count += 1;
    match name {
        b"time" => {
            if let Some((time, zone)) = time(value) {
                (all.time, all.zone) = (Some(time), zone);
            }
        }
        b"date" => all.date = date(value),
        b"component" => all.component = Some(value),
        b"type" => {
            all.severity = Some(match value {
                b"1" => Severity::Info,
                b"2" => Severity::Warning,
                b"3" => Severity::Error,
                _ => Severity::Unstated,
            });
        }
        b"thread" => all.thread = thread(value),
        _ => {}
    }
}

/// Reads a time of day with its fraction, and minutes of zone behind it if there are any.
pub(super) fn time(text: &[u8]) -> Option<(Time, Option<i32>)> {
    let (hour, text) = number(text, 2)?;
    let (minute, text) = number(text.strip_prefix(b":")?, 2)?;
    let (second, mut text) = number(text.strip_prefix(b":")?, 2)?;
    let mut ticks = 0;
    if let Some(fraction) = text.strip_prefix(b".") {
        let mut unit = TICKS_PER_SECOND;
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        for byte in fraction.iter().take(digits) {
            unit /= 10;
            ticks += i64::from(byte - b'0') * unit;
        }
        text = fraction.get(digits..)?;
    }
    let zone = match text {
        [] => None,
        [sign @ (b'+' | b'-'), minutes @ ..] => {
            let (minutes, rest) = number(minutes, 4)?;
            let minutes = i32::try_from(minutes).ok().filter(|_| rest.is_empty())?;
            Some(if *sign == b'-' { -minutes } else { minutes })
        }
        _ => return None,
    };
    let part = |n: u32, below: u32| u8::try_from(n).ok().filter(|_| n < below);
    let time = Time {
        hour: part(hour, 24)?,
        minute: part(minute, 60)?,
        second: part(second, 60)?,
        ticks: u32::try_from(ticks).ok()?,
    };
    Some((time, zone))
}

/// Reads a date: month first as the agent has it; year first or day first where nothing else is possible.
pub(super) fn date(text: &[u8]) -> Option<Date> {
    let separator = |text: &'_ [u8]| matches!(text.first(), Some(b'-' | b'/'));
    let (first, text) = number(text, 4)?;
    let (second, text) = number(text.get(1..).filter(|_| separator(text))?, 2)?;
    let (third, text) = number(text.get(1..).filter(|_| separator(text))?, 4)?;
    let (year, month, day) = match (first, second, third) {
        (year @ 32.., month, day) => (year, month, day),
        (day @ 13.., month, year) => (year, month, day),
        (month, day, year) => (year, month, day),
    };
    let date = Date::new(u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    date.filter(|_| text.is_empty())
}

/// Decimal, or hexadecimal with or without `0x`, as some programs write it.
pub(super) fn thread(text: &[u8]) -> Option<u32> {
    let text = core::str::from_utf8(text).ok()?.trim();
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok().or_else(|| u32::from_str_radix(text, 16).ok()),
    }
}

/// A number of one digit up to `most`, and what follows.
fn number(text: &[u8], most: usize) -> Option<(u32, &[u8])> {
    let digits = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let value = text.iter().take(digits).fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'));
    (digits > 0).then(|| Some((value, text.get(digits..)?))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_in_several_forms() {
        let at = |text: &str| time(text.as_bytes()).map(|(time, zone)| (time.to_string(), zone));
        assert_eq!(at("08:00:05.1234567"), Some(("08:00:05.1234567".to_owned(), None)));
        assert_eq!(at("8:00:05.123+000"), Some(("08:00:05.1230000".to_owned(), Some(0))));
        assert_eq!(at("08:00:05.123-120"), Some(("08:00:05.1230000".to_owned(), Some(-120))));
        assert_eq!(at("08:00:05"), Some(("08:00:05.0000000".to_owned(), None)));
        for wrong in
            ["", "24:00:00.0", "08:60:00.0", "08:00:60.0", "08:00:05.", "08:00:05.1x", "08:00:05.1+", "08-00-05"]
        {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_come_in_several_orders() {
        let day = |text: &str| date(text.as_bytes()).map(|date| date.to_string());
        for text in ["7-31-2025", "07-31-2025", "2025-07-31", "31-07-2025", "7/31/2025"] {
            assert_eq!(day(text).as_deref(), Some("7-31-2025"), "{text}");
        }
        for wrong in ["", "13-13-2025", "2-30-2025", "0-1-2025", "7-31", "7-31-2025x", "7.31.2025"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn threads_come_in_two_bases() {
        let read = |text: &str| thread(text.as_bytes());
        assert_eq!((read("12"), read("0x1A2C"), read("1A2C"), read("")), (Some(12), Some(0x1a2c), Some(0x1a2c), None));
    }
}
