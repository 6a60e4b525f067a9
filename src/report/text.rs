//! Figures in words: counts, shares, lengths of time, moments.

use chrono::{DateTime, TimeDelta, Utc};

use super::data::Range;

/// What stands for a time that the run was too short for.
pub(super) const CENSORED: &str = "not within this run";

const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];

/// With a comma at each thousand.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Basis points as percent, such as `91.35 %`.
pub(super) fn share(basis_points: u64) -> String {
    format!("{}.{:02}\u{a0}%", count(basis_points / 100), basis_points % 100)
}

/// So many out of so many, in basis points; nothing of nothing is nothing.
pub(super) fn basis_points(part: u64, whole: u64) -> u64 {
    let share = u128::from(part) * 10_000 / u128::from(whole.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// Thousandths with two digits, such as `3.21`.
pub(super) fn thousandths(milli: u64) -> String {
    let hundredths = milli.saturating_add(5) / 10;
    format!("{}.{:02}", count(hundredths / 100), hundredths % 100)
}

/// A length of time in its two greatest units, rounded, such as `3d 4h`; no line is broken inside it.
pub(super) fn length(secs: u64) -> String {
    let Some(at) = UNITS.iter().position(|(unit, _)| secs >= *unit) else { return "0s".to_owned() };
    let grain = UNITS.get(at + 1).map_or(1, |(unit, _)| *unit);
    let rounded = secs.saturating_add(grain / 2) / grain * grain;
    let mut parts = Vec::new();
    let mut rest = rounded;
    for (unit, name) in UNITS {
        if rest >= unit && parts.len() < 2 {
            parts.push(format!("{}{name}", rest / unit));
        }
        rest %= unit;
    }
    parts.join("\u{a0}")
}

/// A length of time with its sign, such as `+4h 10m`.
pub(super) fn signed_length(secs: i64) -> String {
    format!("{}{}", sign(secs), length(secs.unsigned_abs()))
}

/// A count with its sign.
pub(super) fn signed_count(n: i64) -> String {
    format!("{}{}", sign(n), count(n.unsigned_abs()))
}

fn sign(n: i64) -> &'static str {
    match n.signum() {
        1 => "+",
        -1 => "\u{2212}",
        _ => "",
    }
}

/// A moment of a run, such as `Mon 2 Mar 2026 00:00 UTC`; counted from the start where that cannot be read.
pub(super) fn moment(start: &str, secs: u64) -> String {
    let after = i64::try_from(secs).ok().and_then(TimeDelta::try_seconds);
    match parsed(start).zip(after).and_then(|(start, after)| start.checked_add_signed(after)) {
        Some(at) => at.format("%a %-d %b %Y %H:%M UTC").to_string(),
        None => format!("{} after the start", length(secs)),
    }
}

/// The start as a moment; one without a zone is in UTC.
fn parsed(start: &str) -> Option<DateTime<Utc>> {
    start.parse().or_else(|_| format!("{start}Z").parse()).ok()
}

/// A time or [`CENSORED`].
pub(super) fn time(secs: Option<u64>) -> String {
    secs.map_or_else(|| CENSORED.to_owned(), length)
}

/// The band of a time, such as `2d 22h to 3d 9h`; `None` where there is nothing to say beyond the median.
pub(super) fn time_band(range: &Range) -> Option<String> {
    match (range.median, range.low, range.high) {
        (_, Some(low), Some(high)) if low == high => None,
        (_, Some(low), high) => Some(format!("{} to {}", length(low), time(high))),
        (_, None, _) => None,
    }
}

/// The band of a count, such as `1,204 to 1,377`.
pub(super) fn count_band(range: &Range) -> Option<String> {
    match (range.low, range.high) {
        (Some(low), Some(high)) if low != high => Some(format!("{} to {}", count(low), count(high))),
        (Some(_) | None, Some(_) | None) => None,
    }
}

/// `1 device`, `2 devices`.
pub(super) fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_as_people_write_them() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 7, 9_135, 10_000].map(share), ["0.00\u{a0}%", "0.07\u{a0}%", "91.35\u{a0}%", "100.00\u{a0}%"]);
        assert_eq!([0, 3_205, 1_999_996].map(thousandths), ["0.00", "3.21", "2,000.00"]);
        assert_eq!(basis_points(u64::MAX, u64::MAX), 10_000);
        assert_eq!(basis_points(3, 0), 30_000);
        assert_eq!(signed_count(-1_200), "\u{2212}1,200");
        assert_eq!(signed_length(4 * 3_600), "+4h");
        assert_eq!(signed_length(0), "0s");
    }

    #[test]
    fn lengths_have_two_units_and_are_rounded() {
        let day = 86_400;
        let cases = [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (3_599, "59m 59s"),
            (3_600 + 31, "1h 1m"),
            (3 * day + 4 * 3_600 + 100, "3d 4h"),
            (3 * day + 4 * 3_600 + 1_800, "3d 5h"),
            (2 * day - 1, "2d"),
            (u64::MAX, "213503982334601d 7h"),
        ];
        for (secs, text) in cases {
            assert_eq!(length(secs).replace('\u{a0}', " "), text);
        }
    }

    #[test]
    fn a_moment_has_weekday_and_zone() {
        assert_eq!(moment("2026-03-02T00:00:00Z", 90_000), "Tue 3 Mar 2026 01:00 UTC");
        assert_eq!(moment("2026-03-02T00:00:00", 0), "Mon 2 Mar 2026 00:00 UTC");
        assert_eq!(moment("some day", 90_000), "1d\u{a0}1h after the start");
        assert_eq!(moment("2026-03-02T00:00:00Z", u64::MAX), "213503982334601d\u{a0}7h after the start");
    }

    #[test]
    fn what_the_run_was_too_short_for_is_said_so() {
        let range = |median, low, high| Range { median, low, high };
        assert_eq!(time_band(&range(Some(60), Some(30), Some(90))).as_deref(), Some("30s to 1m\u{a0}30s"));
        assert_eq!(time_band(&range(Some(60), Some(30), None)).as_deref(), Some("30s to not within this run"));
        assert_eq!(time_band(&range(None, Some(30), None)).as_deref(), Some("30s to not within this run"));
        assert_eq!(time_band(&range(None, None, None)), None);
        assert_eq!(time_band(&range(Some(60), Some(60), Some(60))), None);
        assert_eq!(count_band(&range(Some(2), Some(1), Some(3))).as_deref(), Some("1 to 3"));
        assert_eq!(count_band(&range(Some(2), Some(2), Some(2))), None);
    }
}
