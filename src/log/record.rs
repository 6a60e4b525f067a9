//! One record of a log in CMTrace form (B-11.8), and its local time without a zone (B-11.9).

use core::fmt;

use serde::{Serialize, Serializer};

/// Units of 100 nanoseconds, the precision of records, in a second.
pub const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;

/// One record, complete (B-11.8).
///
/// `Display` gives its exact form, without the CR LF that follows each record in a file. The message may be empty and may have
/// several lines; it must not hold the closing mark `]LOG]!>`, which no reader could tell from the real one.
///
/// ```
/// use imesim::log::{Date, Record, Severity, Stamp, Time};
///
/// let record = Record {
///     stamp: Stamp { date: Date { year: 2026, month: 3, day: 2 }, time: Time { hour: 8, minute: 0, second: 5, ticks: 1_234_567 } },
///     component: "IntuneManagementExtension",
///     severity: Severity::Info,
///     thread: Some(4),
///     message: "EMS Agent Started",
/// };
/// assert_eq!(
///     record.to_string(),
///     "<![LOG[EMS Agent Started]LOG]!><time=\"08:00:05.1234567\" date=\"3-2-2026\" \
///      component=\"IntuneManagementExtension\" context=\"\" type=\"1\" thread=\"4\" file=\"\">"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Record<'a> {
    /// When, on the device's own wall clock.
    pub stamp: Stamp,
    /// The process that wrote it, such as `IntuneManagementExtension`.
    pub component: &'a str,
    /// How serious it says it is. Many failures are written as information.
    pub severity: Severity,
    /// The managed thread that wrote it; `None` if the record does not say.
    pub thread: Option<u32>,
    /// What it says.
    pub message: &'a str,
}

/// How serious a record says it is (B-11.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// No type, or one that is not known; other programs write that.
    Unstated,
    /// Type 1.
    Info,
    /// Type 2.
    Warning,
    /// Type 3.
    Error,
}

impl Severity {
    /// As the `type` attribute has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unstated => "",
            Self::Info => "1",
            Self::Warning => "2",
            Self::Error => "3",
        }
    }
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<![LOG[{}]LOG]!><time=\"{}\" date=\"{}\" component=\"{}\" context=\"\" type=\"{}\" thread=\"",
            self.message,
            self.stamp.time,
            self.stamp.date,
            self.component,
            self.severity.as_str()
        )?;
        if let Some(thread) = self.thread {
            write!(f, "{thread}")?;
        }
        f.write_str("\" file=\"\">")
    }
}

/// A moment on a device's wall clock. The format has no zone, so two of them tell a difference only as long as the clock
/// was not set and its zone not changed in between: see `log::clock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// The day.
    pub date: Date,
    /// The time of day.
    pub time: Time,
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// The year, 1 to 9999.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// Units of 100 nanoseconds, 0 to 9,999,999.
    pub ticks: u32,
}

impl Date {
    /// The day, if the calendar has it.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            _ => 31,
        };
        ((1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days).contains(&day)).then_some(Self {
            year,
            month,
            day,
        })
    }

    /// Days since 1970-01-01.
    fn days(self) -> i64 {
        // Counted in years that begin in March, so that leap days come last.
        let month = i64::from(self.month);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    fn from_days(days: i64) -> Self {
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let clamp = |n: i64, most: i64| n.clamp(1, most);
        Self {
            year: u16::try_from(clamp(year, 9999)).unwrap_or(1),
            month: u8::try_from(clamp(month, 12)).unwrap_or(1),
            day: u8::try_from(clamp(day, 31)).unwrap_or(1),
        }
    }
}

impl Stamp {
    /// Units of 100 nanoseconds since 1970-01-01 00:00 on the same clock.
    pub fn ticks(self) -> i64 {
        let time = self.time;
        let seconds = (i64::from(time.hour) * 60 + i64::from(time.minute)) * 60 + i64::from(time.second);
        self.date.days() * TICKS_PER_DAY + seconds * TICKS_PER_SECOND + i64::from(time.ticks)
    }

    /// The moment so many units of 100 nanoseconds after 1970-01-01 00:00; the nearest that the calendar has.
    pub fn from_ticks(ticks: i64) -> Self {
        let ticks = ticks.clamp(Date { year: 1, month: 1, day: 1 }.days() * TICKS_PER_DAY, Self::LAST_TICKS);
        let of_day = ticks.rem_euclid(TICKS_PER_DAY);
        let seconds = of_day / TICKS_PER_SECOND;
        let part = |n: i64| u8::try_from(n).unwrap_or(0);
        Self {
            date: Date::from_days(ticks.div_euclid(TICKS_PER_DAY)),
            time: Time {
                hour: part(seconds / 3_600),
                minute: part(seconds / 60 % 60),
                second: part(seconds % 60),
                ticks: u32::try_from(of_day % TICKS_PER_SECOND).unwrap_or(0),
            },
        }
    }

    /// The moment of local milliseconds since 1970-01-01 00:00, which is how the simulation counts.
    pub fn from_millis(local: i64) -> Self {
        Self::from_ticks(local.saturating_mul(TICKS_PER_SECOND / 1_000))
    }

    const LAST_TICKS: i64 = 253_402_300_800 * TICKS_PER_SECOND - 1;
}

/// As in records: month, day and year without leading zeros.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:04}", self.month, self.day, self.year)
    }
}

/// As in records: seven digits of a second.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}.{:07}", self.hour, self.minute, self.second, self.ticks)
    }
}

/// For people and for JSON: `2026-03-02 08:00:05.123`.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.date, self.time);
        write!(f, "{:04}-{:02}-{:02} ", date.year, date.month, date.day)?;
        write!(f, "{:02}:{:02}:{:02}.{:03}", time.hour, time.minute, time.second, time.ticks / 10_000)
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The log files of the agent (B-11.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum LogFile {
    /// The service itself: start, timers, sessions, network, scripts.
    IntuneManagementExtension,
    /// All about apps; before August 2024 that stood in the service's log (B-11.6).
    AppWorkload,
    /// What is decided about each app.
    AppActionProcessor,
    /// The helper process that runs scripts.
    AgentExecutor,
    /// Remediations, custom compliance, managed installer.
    HealthScripts,
    /// The scheduled task that looks after the agent.
    ClientHealth,
    /// The check of the device's certificate.
    ClientCertCheck,
    /// Apps found on the device.
    Win32AppInventory,
    /// Endpoint analytics.
    Sensor,
    /// Hardware readiness and other collectors.
    DeviceHealthMonitoring,
    /// Notifications over the real-time channel; not on every device (B-11.7).
    NotificationInfra,
}

impl LogFile {
    /// The ten that every device has, in the order of the catalogue of files.
    pub const ALL: [Self; 10] = [
        Self::IntuneManagementExtension,
        Self::AppWorkload,
        Self::AppActionProcessor,
        Self::AgentExecutor,
        Self::HealthScripts,
        Self::ClientHealth,
        Self::ClientCertCheck,
        Self::Win32AppInventory,
        Self::Sensor,
        Self::DeviceHealthMonitoring,
    ];

    /// The name of the file without `.log`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IntuneManagementExtension => "IntuneManagementExtension",
            Self::AppWorkload => "AppWorkload",
            Self::AppActionProcessor => "AppActionProcessor",
            Self::AgentExecutor => "AgentExecutor",
            Self::HealthScripts => "HealthScripts",
            Self::ClientHealth => "ClientHealth",
            Self::ClientCertCheck => "ClientCertCheck",
            Self::Win32AppInventory => "Win32AppInventory",
            Self::Sensor => "Sensor",
            Self::DeviceHealthMonitoring => "DeviceHealthMonitoring",
            Self::NotificationInfra => "NotificationInfra",
        }
    }

    /// What its records have as their component.
    pub const fn component(self) -> &'static str {
        match self {
            Self::Sensor => "SensorFramework",
            Self::DeviceHealthMonitoring => "DataCollection",
            Self::IntuneManagementExtension
            | Self::AppWorkload
            | Self::AppActionProcessor
            | Self::AgentExecutor
            | Self::HealthScripts
            | Self::ClientHealth
            | Self::ClientCertCheck
            | Self::Win32AppInventory
            | Self::NotificationInfra => self.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_as_chrono_counts_them() {
        for days in (-719_162..2_932_896).step_by(97) {
            let date = Date::from_days(days);
            let civil = chrono::NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into());
            let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day");
            assert_eq!(civil.expect("a day").signed_duration_since(epoch).num_days(), days);
            assert_eq!(date.days(), days);
            assert_eq!(Date::new(date.year, date.month, date.day), Some(date));
        }
        assert_eq!(Date::new(2026, 2, 29), None);
        assert_eq!(Date::new(2000, 13, 1), None);
    }

    #[test]
    fn moments_survive_being_counted_and_stay_within_the_calendar() {
        for ticks in [0, -1, 17_676_000_051_234_567, i64::MIN / 1_000, Stamp::LAST_TICKS] {
            assert_eq!(Stamp::from_ticks(ticks).ticks(), ticks.max(-719_162 * TICKS_PER_DAY));
        }
        assert_eq!(Stamp::from_ticks(i64::MAX).to_string(), "9999-12-31 23:59:59.999");
        assert_eq!(Stamp::from_ticks(i64::MIN).to_string(), "0001-01-01 00:00:00.000");
        assert_eq!(Stamp::from_millis(1_772_438_405_123).to_string(), "2026-03-02 08:00:05.123");
    }
}
