//! Moments as the system's language writes them inside messages: `02/04/2024 14:05:55`, `4/2/2024 2:05:55 PM`.

use crate::log::record::{Date, Stamp, Time};

/// The moment at the beginning of a text, in units of 100 nanoseconds since 1970. Which of the first two numbers is the day
/// cannot be known from one text; the reading that is nearer to the record that has it counts. `None` for what is no moment,
/// and for the sentinels of the years 1 and 9999.
pub(in crate::log) fn moment(text: &str, near: Stamp) -> Option<i64> {
    let mut words = text.split_whitespace();
    let date: Vec<u16> = words.next()?.split(['/', '.', '-']).map(|n| n.parse::<u16>().ok()).collect::<Option<_>>()?;
    let time = time_of_day(&mut words)?;
    let part = |n: u16| u8::try_from(n).ok();
    let of = |year: u16, month: u16, day: u16| {
        let date = Date::new(year, part(month)?, part(day)?)?;
        Some(Stamp { date, time }.ticks())
    };
    let readings = match *date.as_slice() {
        [year, month, day] if (1_000..9_999).contains(&year) => [of(year, month, day), None],
        [a, b, year] if (1_000..9_999).contains(&year) => [of(year, a, b), of(year, b, a)],
        _ => return None,
    };
    readings.into_iter().flatten().min_by_key(|ticks| ticks.abs_diff(near.ticks()))
}

/// The time of day that a word says, or two if the second is `AM` or `PM`.
pub(in crate::log) fn time_of_day<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Time> {
    let time = words.next()?.trim_end_matches(|c: char| !c.is_ascii_digit());
    let time: Vec<u8> = time.split(':').map(|n| n.parse::<u8>().ok()).collect::<Option<_>>()?;
    let [hour, minute, second] = *time.as_slice() else { return None };
    let half = words.next().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphabetic()).to_ascii_uppercase());
    let hour = match half.as_deref() {
        Some("AM") if hour == 12 => 0,
        Some("PM") if hour < 12 => hour + 12,
        Some(_) | None => hour,
    };
    (hour <= 23 && minute <= 59 && second <= 59).then_some(Time { hour, minute, second, ticks: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(month: u8, day: u8) -> Stamp {
        Stamp { date: Date { year: 2024, month, day }, time: Time { hour: 17, minute: 0, second: 0, ticks: 0 } }
    }

    fn read(text: &str, near: Stamp) -> Option<String> {
        moment(text, near).map(|ticks| Stamp::from_ticks(ticks).to_string())
    }

    #[test]
    fn the_nearer_reading_counts() {
        let april = Some("2024-04-01 14:05:55.000".to_owned());
        assert_eq!(read("01/04/2024 14:05:55", near(4, 1)), april);
        assert_eq!(read("4/1/2024 2:05:55 PM", near(4, 1)), april);
        assert_eq!(read("04/01/2024 14:05:55 at key x", near(4, 1)), april);
        assert_eq!(read("01/04/2024 14:05:55", near(1, 5)), Some("2024-01-04 14:05:55.000".to_owned()));
        assert_eq!(read("2024-04-01 14:05:55.", near(1, 5)), april);
        assert_eq!(read("12/25/2024 12:00:01 AM", near(12, 25)), Some("2024-12-25 00:00:01.000".to_owned()));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "<null>",
            "01/01/0001 00:00:00",
            "12/31/9999 11:59:59 PM",
            "13/13/2024 1:00:00",
            "1/2/2024 25:00:00",
            "soon 1:2:3",
        ] {
            assert_eq!(read(text, near(4, 1)), None, "{text}");
        }
    }
}
