//! How a value of each type is printed, read and held to its range.

use super::{Ramp, Version};
use crate::chance::SpanRange;
use crate::time::Span;

/// A type that a parameter can have.
pub(super) trait Value: Sized {
    /// What may be written, where the type alone decides; empty where each parameter has its range.
    const ALLOWED: &'static str = "";

    /// Prints the value in the form that `read` reads.
    fn print(&self) -> String;

    /// Reads a trimmed text; `range` is the text `lowest to highest`, both included, in the form of the type.
    fn read(text: &str, range: &str) -> Result<Self, Refusal>;
}

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is not of the form of such a value.
    Form,
    /// It is, but the value is out of range.
    Range,
}

/// The two ends of a range, or a refusal of everything where the range itself is malformed (a test rules that out).
fn ends<T>(range: &str, read: impl Fn(&str) -> Result<T, Refusal>) -> Result<(T, T), Refusal> {
    let (low, high) = range.split_once(" to ").ok_or(Refusal::Range)?;
    Ok((read(low)?, read(high)?))
}

/// The value, where the condition of its range holds.
fn hold<T>(value: T, within: bool) -> Result<T, Refusal> {
    if within { Ok(value) } else { Err(Refusal::Range) }
}

/// Reads a length of time; a space before its unit is allowed, as in `180 s`.
pub(super) fn span(text: &str) -> Result<Span, Refusal> {
    let text = text.trim();
    let mut pieces = text.split_whitespace();
    let parsed = match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(number), Some(unit), None) if unit.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            format!("{number}{unit}").parse()
        }
        _ => text.parse(),
    };
    parsed.map_err(|_| Refusal::Form)
}

/// Reads a count; one too large for the type is out of range rather than malformed.
pub(super) fn count<T: core::str::FromStr>(text: &str) -> Result<T, Refusal> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::Form);
    }
    text.parse().map_err(|_| Refusal::Range)
}

impl Value for Span {
    fn print(&self) -> String {
        self.to_string()
    }

    fn read(text: &str, range: &str) -> Result<Self, Refusal> {
        let (value, (low, high)) = (span(text)?, ends(range, span)?);
        hold(value, low <= value && value <= high)
    }
}

impl Value for SpanRange {
    fn print(&self) -> String {
        if self.min == self.max { self.min.to_string() } else { format!("[{},{}]", self.min, self.max) }
    }

    fn read(text: &str, range: &str) -> Result<Self, Refusal> {
        let value = match text.strip_prefix('[').map(|rest| rest.strip_suffix(']').unwrap_or_default()) {
            Some(inner) => {
                let (min, max) = inner.split_once(',').ok_or(Refusal::Form)?;
                Self { min: span(min)?, max: span(max)? }
            }
            None => Self::exactly(span(text)?),
        };
        if value.min > value.max {
            return Err(Refusal::Form);
        }
        let (low, high) = ends(range, span)?;
        hold(value, low <= value.min && value.max <= high)
    }
}

impl Value for Ramp {
    fn print(&self) -> String {
        self.to_string()
    }

    fn read(text: &str, range: &str) -> Result<Self, Refusal> {
        let (value, (low, high)) = (ramp(text)?, ends(range, ramp)?);
        hold(
            value,
            low.every <= value.every && value.every <= high.every && low.runs <= value.runs && value.runs <= high.runs,
        )
    }
}

/// Reads `180s x 5` or `(180 s, 5)`.
fn ramp(text: &str) -> Result<Ramp, Refusal> {
    let pair = match text.strip_prefix('(') {
        Some(rest) => rest.strip_suffix(')').and_then(|inner| inner.split_once(',')),
        None => text.split_once('x'),
    };
    let (every, runs) = pair.ok_or(Refusal::Form)?;
    Ok(Ramp { every: span(every)?, runs: count(runs)? })
}

impl Value for u32 {
    fn print(&self) -> String {
        self.to_string()
    }

    fn read(text: &str, range: &str) -> Result<Self, Refusal> {
        let (value, (low, high)) = (count(text)?, ends(range, count)?);
        hold(value, low <= value && value <= high)
    }
}

/// `none`, or a number; the range is that of the number.
impl Value for Option<u32> {
    fn print(&self) -> String {
        self.map_or_else(|| "none".to_owned(), |number| number.to_string())
    }

    fn read(text: &str, range: &str) -> Result<Self, Refusal> {
        if text == "none" { Ok(None) } else { u32::read(text, range).map(Some) }
    }
}

impl Value for bool {
    const ALLOWED: &'static str = "true | false";

    fn print(&self) -> String {
        self.to_string()
    }

    fn read(text: &str, _: &str) -> Result<Self, Refusal> {
        text.parse().map_err(|_| Refusal::Form)
    }
}

impl Value for Version {
    const ALLOWED: &'static str = "1 to 4 numbers from 0 to 65535 with dots between";

    fn print(&self) -> String {
        self.to_string()
    }

    fn read(text: &str, _: &str) -> Result<Self, Refusal> {
        text.parse().map_err(|_| Refusal::Form)
    }
}
