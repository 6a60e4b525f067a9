//! A remediation: a detection script, what follows from it, and when it runs. First read: section 6 of the rules.

use serde::{Deserialize, Serialize};

use crate::profile::{OutputRule, Profile};
use crate::protocol::RunAs;
use crate::time::Wall;

/// What the agent must know of a remediation.
///
/// Source: B-6.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Remediation {
    /// In whose name both scripts run.
    pub run_as: RunAs,
    /// There is a remediation script; without one, an issue is detected and nothing else follows (B-6.19).
    pub has_remediation: bool,
    /// When it runs.
    pub schedule: Schedule,
    /// The signature is checked before a script runs (B-6.20).
    pub signature_check: bool,
    /// Both scripts are signed by a trusted publisher.
    pub signed: bool,
    /// One of them restarts the device, which none may; explanations flag it, and nothing else follows (B-6.22).
    pub restarts: bool,
}

/// When a remediation runs.
///
/// Source: B-6.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Without a schedule of its own: each `rem.default_period`.
    #[default]
    Default,
    /// Once.
    Once {
        /// When. Unless `utc` is set, a local time of the device, written as if it were UTC.
        at: Wall,
        /// The time is UTC.
        utc: bool,
    },
    /// Every so many hours.
    Hourly(Hours),
    /// Every so many days, at a time of day.
    Daily {
        /// Every so many days.
        every: Days,
        /// At this time of day.
        at: TimeOfDay,
        /// The time is UTC, and so are the days.
        utc: bool,
    },
}

/// How many hours lie between two runs: 1 to 23.
///
/// Source: B-6.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Hours(u8);

/// How many days lie between two runs: 1 to 3,660.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Days(u16);

/// A time of day, in seconds since midnight: below 86,400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct TimeOfDay(u32);

/// Why a schedule was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The hours are out of range.
    #[error("an hourly schedule of {hours} hours is out of range; allowed 1 to {HOURS_MAX}")]
    Hours {
        /// As given.
        hours: u32,
    },
    /// The days are out of range.
    #[error("a daily schedule of {days} days is out of range; allowed 1 to {DAYS_MAX}")]
    Days {
        /// As given.
        days: u32,
    },
    /// The time of day is out of range.
    #[error("a time of day of {seconds} seconds is out of range; allowed 0 to {}", DAY_SECS - 1)]
    TimeOfDay {
        /// As given.
        seconds: u32,
    },
}

const HOURS_MAX: u32 = 23;
const DAYS_MAX: u32 = 3_660;
const DAY_SECS: u32 = 86_400;

impl Hours {
    /// So many hours.
    pub const fn get(self) -> u32 {
        self.0 as u32
    }
}

impl Days {
    /// Each day.
    pub const ONE: Self = Self(1);

    /// So many days.
    pub const fn get(self) -> u32 {
        self.0 as u32
    }
}

impl TimeOfDay {
    /// Seconds since midnight.
    pub const fn secs(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Hours {
    type Error = ScheduleError;
    /// # Errors
    /// [`ScheduleError::Hours`] unless it is 1 to 23 (B-6.5).
    fn try_from(hours: u32) -> Result<Self, ScheduleError> {
        let fits = u8::try_from(hours).ok().filter(|_| (1..=HOURS_MAX).contains(&hours));
        fits.map(Self).ok_or(ScheduleError::Hours { hours })
    }
}

impl TryFrom<u32> for Days {
    type Error = ScheduleError;
    /// # Errors
    /// [`ScheduleError::Days`] unless it is 1 to 3,660.
    fn try_from(days: u32) -> Result<Self, ScheduleError> {
        let fits = u16::try_from(days).ok().filter(|_| (1..=DAYS_MAX).contains(&days));
        fits.map(Self).ok_or(ScheduleError::Days { days })
    }
}

impl TryFrom<u32> for TimeOfDay {
    type Error = ScheduleError;
    /// # Errors
    /// [`ScheduleError::TimeOfDay`] unless it is below 86,400.
    fn try_from(seconds: u32) -> Result<Self, ScheduleError> {
        if seconds < DAY_SECS { Ok(Self(seconds)) } else { Err(ScheduleError::TimeOfDay { seconds }) }
    }
}

impl From<Hours> for u32 {
    fn from(hours: Hours) -> Self {
        hours.get()
    }
}

impl From<Days> for u32 {
    fn from(days: Days) -> Self {
        days.get()
    }
}

impl From<TimeOfDay> for u32 {
    fn from(time: TimeOfDay) -> Self {
        time.secs()
    }
}

/// What is kept of the output of a script: at most `rem.max_output` characters, by `rem.output_rule` from the end of its last
/// line or from the end of the whole. A line break at the very end begins no line.
///
/// The host keeps this much and no more; the agent works with a number for it.
///
/// Source: B-6.3.
pub fn kept_output<'t>(text: &'t str, profile: &Profile) -> &'t str {
    let text = match profile.rem.output_rule {
        OutputRule::LastLineTail => text.lines().next_back().unwrap_or(""),
        OutputRule::Tail => text,
    };
    // No text has more characters than bytes, and few are long.
    if text.len() <= profile.rem.max_output as usize {
        return text;
    }
    match text.char_indices().rev().take(profile.rem.max_output as usize).last() {
        Some((from, _)) => &text[from..],
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(rule: &str, max: u32) -> Profile {
        let mut profile = Profile::default();
        profile.set("rem.output_rule", rule).unwrap();
        profile.rem.max_output = max;
        profile
    }

    /// B-6.3: the last line alone counts, and of it the end, in characters and not in bytes.
    #[test]
    fn the_end_of_the_last_line_is_kept() {
        let kept = |text: &'static str| kept_output(text, &profile("last_line_tail", 4));
        assert_eq!(kept(""), "");
        assert_eq!(kept("abc"), "abc");
        assert_eq!(kept("first\r\nlast\r\n"), "last");
        assert_eq!(kept("first\nabcdef"), "cdef");
        assert_eq!(kept("äöüß€"), "öüß€");
        assert_eq!(kept("text\n\n"), "", "an empty last line is the last line");
        assert_eq!(kept_output("abc", &profile("last_line_tail", 0)), "");
    }

    /// B-6.3, the other reading: the end of the whole, with its line breaks.
    #[test]
    fn the_end_of_the_whole_is_kept() {
        let kept = |text: &'static str| kept_output(text, &profile("tail", 6));
        assert_eq!(kept("first\nlast\n"), "\nlast\n");
        assert_eq!(kept("ä\n€"), "ä\n€");
    }

    #[test]
    fn a_schedule_is_refused_by_name_and_value() {
        assert_eq!(Hours::try_from(23).map(Hours::get), Ok(23));
        assert_eq!(Hours::try_from(0), Err(ScheduleError::Hours { hours: 0 }));
        let error = Hours::try_from(24).unwrap_err().to_string();
        assert_eq!(error, "an hourly schedule of 24 hours is out of range; allowed 1 to 23");
        assert!(Days::try_from(0).is_err() && TimeOfDay::try_from(86_400).is_err());
    }
}
