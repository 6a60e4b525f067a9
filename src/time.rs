//! The three notions of time, as types that cannot be mixed.
//!
//! - [`Wall`] is what the device's own clock shows, in UTC. It may step either way.
//! - [`Awake`] is how long the device has been powered and not asleep since it was set up. It never runs
//!   while the device sleeps or is off, and never steps.
//! - [`Span`] is a length of time, in whole milliseconds, on whichever clock it is added to.
//!
//! Nothing in the crate reads a clock: every call takes a [`Now`], and answers with a [`Wake`].
//!
//! A deadline fires at `now >= at`. An early call does nothing; a late call fires each overdue timer once.

mod zone;

pub use zone::Zone;

use core::fmt;
use core::num::NonZeroU64;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// A length of time in whole milliseconds.
///
/// Reads from and prints as text such as `8h`, `1h30m`, `90s`, `250ms`, `15d`; a bare number counts seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest length.
    pub const MAX: Self = Self(u64::MAX);

    /// A length of so many milliseconds.
    pub const fn millis(n: u64) -> Self {
        Self(n)
    }
    /// A length of so many seconds; saturates.
    pub const fn secs(n: u64) -> Self {
        Self(n.saturating_mul(1_000))
    }
    /// A length of so many minutes; saturates.
    pub const fn mins(n: u64) -> Self {
        Self::secs(n.saturating_mul(60))
    }
    /// A length of so many hours; saturates.
    pub const fn hours(n: u64) -> Self {
        Self::mins(n.saturating_mul(60))
    }
    /// A length of so many days of 24 hours; saturates.
    pub const fn days(n: u64) -> Self {
        Self::hours(n.saturating_mul(24))
    }
    /// The length in milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0
    }
    /// The length in whole seconds, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000
    }
    /// True for no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
    /// The sum, at most [`Span::MAX`].
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
    /// The difference, at least [`Span::ZERO`].
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
    /// So many times the length, at most [`Span::MAX`].
    pub const fn saturating_mul(self, n: u64) -> Self {
        Self(self.0.saturating_mul(n))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, name) in UNITS {
            let n = rest / unit;
            rest %= unit;
            if n > 0 {
                write!(f, "{n}{name}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let error = || SpanError { text: text.to_owned() };
        let text_trimmed = text.trim();
        if text_trimmed.is_empty() {
            return Err(error());
        }
        if let Ok(seconds) = text_trimmed.parse::<u64>() {
            return seconds.checked_mul(1_000).map(Self).ok_or_else(error);
        }
        let mut total = 0_u64;
        let mut rest = text_trimmed;
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number: u64 = rest[..digits].parse().map_err(|_| error())?;
            rest = &rest[digits..];
            let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
            let unit = UNITS.iter().find(|(_, name)| *name == &rest[..letters]).ok_or_else(error)?.0;
            rest = rest[letters..].trim_start();
            total = number.checked_mul(unit).and_then(|n| total.checked_add(n)).ok_or_else(error)?;
        }
        Ok(Self(total))
    }
}

const UNITS: [(u64, &str); 5] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];

impl Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.collect_str(self) } else { self.0.serialize(s) }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if !d.is_human_readable() {
            return u64::deserialize(d).map(Self);
        }
        let text = String::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a length of time; write for example 8h, 1h30m, 90s, 250ms or 15d")]
pub struct SpanError {
    /// The text as given.
    pub text: String,
}

macro_rules! instant {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(NonZeroU64);

        impl $name {
            /// The earliest moment of this clock.
            pub const MIN: Self = Self(NonZeroU64::MIN);
            /// The latest moment of this clock.
            pub const MAX: Self = Self(NonZeroU64::MAX);

            const fn from_raw(raw: u64) -> Self {
                match NonZeroU64::new(raw) {
                    Some(raw) => Self(raw),
                    None => Self::MIN,
                }
            }

            /// The clock's own count of milliseconds, for arithmetic that knows which clock it is on.
            pub(crate) const fn raw(self) -> u64 {
                self.0.get()
            }

            /// The moment with this count; see [`Self::raw`].
            pub(crate) const fn of_raw(raw: u64) -> Self {
                Self::from_raw(raw)
            }

            /// The moment so much later, at most [`Self::MAX`].
            #[must_use]
            pub const fn after(self, span: Span) -> Self {
                Self::from_raw(self.0.get().saturating_add(span.as_millis()))
            }

            /// The moment so much earlier, at least [`Self::MIN`].
            #[must_use]
            pub const fn before(self, span: Span) -> Self {
                Self::from_raw(self.0.get().saturating_sub(span.as_millis()))
            }

            /// The time passed since `earlier`, or no time if that is later.
            pub const fn since(self, earlier: Self) -> Span {
                Span::millis(self.0.get().saturating_sub(earlier.0.get()))
            }

            /// The distance to `other`, whichever comes first.
            pub const fn distance(self, other: Self) -> Span {
                Span::millis(self.0.get().abs_diff(other.0.get()))
            }
        }
    };
}

instant! {
    /// A moment on the device's own clock, in UTC. Stepping the clock moves it either way.
    ///
    /// Whole milliseconds from the year 1601 on; earlier moments are clamped.
    Wall
}

instant! {
    /// A moment in awake time: milliseconds for which the device has been powered and not asleep.
    Awake
}

impl Wall {
    /// The moment so many milliseconds after (or before) 1970-01-01T00:00:00Z.
    pub const fn from_unix_millis(millis: i64) -> Self {
        let raw = millis.saturating_add(UNIX_EPOCH);
        Self::from_raw(if raw < 1 { 1 } else { raw.unsigned_abs() })
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, negative before it.
    pub const fn unix_millis(self) -> i64 {
        let raw = self.0.get();
        if raw > i64::MAX.unsigned_abs() { i64::MAX - UNIX_EPOCH } else { raw.cast_signed() - UNIX_EPOCH }
    }
}

/// Milliseconds from 1601-01-01 to 1970-01-01, so that a clock set far back still has room.
const UNIX_EPOCH: i64 = 11_644_473_600_000;

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match chrono::DateTime::from_timestamp_millis(self.unix_millis()) {
            Some(time) => write!(f, "{}", time.format("%Y-%m-%dT%H:%M:%S%.3fZ")),
            None => write!(f, "{}ms", self.unix_millis()),
        }
    }
}

impl fmt::Debug for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Awake {
    /// The moment after so much awake time.
    pub const fn at(span: Span) -> Self {
        Self::MIN.after(span)
    }

    /// The awake time that has passed since the device was set up.
    pub const fn passed(self) -> Span {
        self.since(Self::MIN)
    }
}

impl fmt::Display for Awake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} awake", self.passed())
    }
}

impl fmt::Debug for Awake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The moment of a call, on both clocks of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Now {
    /// What the device's clock shows.
    pub wall: Wall,
    /// How long the device has been awake.
    pub awake: Awake,
}

/// Which of a device's two clocks something counts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// The device's own clock, [`Wall`].
    Wall,
    /// Awake time, [`Awake`].
    Awake,
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wall => "wall clock",
            Self::Awake => "awake time",
        })
    }
}

/// When a machine wants to be called again: the next deadline on each clock, and the timer behind it.
///
/// Call at whichever comes first; calling earlier does nothing and calling later is allowed.
#[must_use = "a machine that is not called at its deadline stands still"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wake<T> {
    /// The next deadline on the device's clock.
    pub wall: Option<(Wall, T)>,
    /// The next deadline in awake time.
    pub awake: Option<(Awake, T)>,
}

impl<T> Wake<T> {
    /// Nothing is waited for in time; only an input can move the machine.
    pub const NEVER: Self = Self { wall: None, awake: None };

    /// The same deadlines with the timers named in another vocabulary.
    pub fn map<U>(self, f: impl Fn(T) -> U) -> Wake<U> {
        Wake { wall: self.wall.map(|(at, timer)| (at, f(timer))), awake: self.awake.map(|(at, timer)| (at, f(timer))) }
    }

    /// The earlier of the two on each clock; on a tie, `self`'s.
    pub fn earliest(self, other: Self) -> Self {
        fn first<I: Ord, T>(a: Option<(I, T)>, b: Option<(I, T)>) -> Option<(I, T)> {
            match (a, b) {
                (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
                (a, None) => a,
                (None, b) => b,
            }
        }
        Wake { wall: first(self.wall, other.wall), awake: first(self.awake, other.awake) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_print_as_they_are_read() {
        for text in ["0s", "8h", "1h30m", "90ms", "1d1h1m1s1ms", "15d"] {
            assert_eq!(text.parse::<Span>().map(|s| s.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("90".parse(), Ok(Span::secs(90)));
        for text in ["", "h", "8x", "-3s", "1.5h", "99999999999999999999d", "8h3"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_optional_moment_costs_nothing() {
        assert_eq!(size_of::<Option<Wall>>(), 8);
        assert_eq!(size_of::<Option<Awake>>(), 8);
    }

    #[test]
    fn moments_saturate_at_both_ends() {
        assert_eq!(Wall::MIN.before(Span::hours(1)), Wall::MIN);
        assert_eq!(Awake::MAX.after(Span::MAX), Awake::MAX);
        assert_eq!(Wall::from_unix_millis(i64::MIN), Wall::MIN);
        assert_eq!(Wall::from_unix_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
    }
}
