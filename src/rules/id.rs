//! The packed number of a rule, its text form and its errors.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use thiserror::Error;

use super::{Rule, find};

/// Identifies one rule of the behavior catalog, such as `B-4.2` or `B-1.10a`.
///
/// Two bytes wide, and ordered as the catalog is: `B-1.2` before `B-1.10`, and `B-1.10` before `B-1.10a`.
/// An id is a name only; [`RuleId::rule`] tells whether the catalog has a rule of that name.
///
/// # Examples
///
/// ```
/// use imesim::rules::{RuleId, b};
///
/// assert_eq!("B-1.10a".parse(), Ok(b(1, 10).with_suffix('a')));
/// assert_eq!(RuleId::new(4, 2).to_string(), "B-4.2");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(u16);

impl RuleId {
    /// Makes the id of rule `number` in `section`, without a suffix.
    ///
    /// # Panics
    ///
    /// Panics unless `section` is from 1 to 63 and `number` is from 1 to 127. In a constant, that is an error
    /// of compilation.
    #[must_use]
    #[inline]
    pub const fn new(section: u8, number: u8) -> Self {
        assert!(section >= 1 && section <= SECTION_MAX, "the section of a rule id is from 1 to 63");
        assert!(number >= 1 && number <= NUMBER_MAX, "the number of a rule id is from 1 to 127");
        Self(((section as u16) << SECTION_SHIFT) | ((number as u16) << NUMBER_SHIFT))
    }

    /// Returns the same id with `suffix`, in place of any that it had.
    ///
    /// # Panics
    ///
    /// Panics unless `suffix` is `'a'`, `'b'` or `'c'`.
    #[must_use]
    pub const fn with_suffix(self, suffix: char) -> Self {
        let mark = match suffix {
            'a' => 1,
            'b' => 2,
            'c' => 3,
            _ => 0,
        };
        assert!(mark != 0, "the suffix of a rule id is a, b or c");
        Self((self.0 & !SUFFIX_MASK) | mark)
    }

    /// The number that it is stored as.
    #[cfg(feature = "check")]
    pub(crate) const fn packed(self) -> u16 {
        self.0
    }

    /// The id that is stored as this number.
    #[cfg(feature = "check")]
    pub(super) const fn of_packed(packed: u16) -> Self {
        Self(packed)
    }

    /// Returns the section of the catalog.
    #[must_use]
    pub const fn section(self) -> u8 {
        (self.0 >> SECTION_SHIFT) as u8
    }

    /// Returns the number of the rule inside its section.
    #[must_use]
    pub const fn number(self) -> u8 {
        ((self.0 >> NUMBER_SHIFT) & NUMBER_MASK) as u8
    }

    /// Returns the letter after the number, if there is one.
    #[must_use]
    pub const fn suffix(self) -> Option<char> {
        match self.0 & SUFFIX_MASK {
            1 => Some('a'),
            2 => Some('b'),
            3 => Some('c'),
            _ => None,
        }
    }

    /// Returns the packed number: section × 1024 + number × 8 + suffix (0 for none, 1 for `a`, 2 for `b`, 3 for `c`).
    ///
    /// Stable between versions of the crate, so a digest may contain it.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// Returns the rule of this id, or `None` where the catalog has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use imesim::rules::b;
    ///
    /// assert!(b(4, 2).rule().is_some_and(|rule| rule.conflict));
    /// assert!(b(4, 100).rule().is_none());
    /// ```
    #[must_use]
    pub fn rule(self) -> Option<&'static Rule> {
        find(self)
    }
}

/// Makes the id of a rule; the short form of [`RuleId::new`] for use in code, as in `b(4, 2)`.
///
/// # Panics
///
/// Panics under the same conditions as [`RuleId::new`].
#[must_use]
#[inline]
pub const fn b(section: u8, number: u8) -> RuleId {
    RuleId::new(section, number)
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "B-{}.{}", self.section(), self.number())?;
        match self.suffix() {
            Some(suffix) => write!(f, "{suffix}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RuleId {
    type Err = RuleIdError;

    /// Reads `B-4.2` or `B-1.10a`, with letters of either case; spaces and leading zeros are refused.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| RuleIdError { text: text.into() })
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RuleId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

/// A text that is not the id of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not a rule id; expected a form such as `B-4.2` or `B-1.10a`")]
pub struct RuleIdError {
    text: Box<str>,
}

impl RuleIdError {
    /// Returns the refused text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = RuleId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rule id such as `B-4.2`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RuleId, E> {
        text.parse().map_err(E::custom)
    }
}

fn parse(text: &str) -> Option<RuleId> {
    let rest = text.strip_prefix("B-").or_else(|| text.strip_prefix("b-"))?;
    let (section, rest) = rest.split_once('.')?;
    let (number, suffix) = match rest.chars().next_back().map(|last| last.to_ascii_lowercase()) {
        Some(last @ 'a'..='c') => (&rest[..rest.len() - 1], Some(last)),
        _ => (rest, None),
    };
    let id = RuleId::new(part(section, SECTION_MAX)?, part(number, NUMBER_MAX)?);
    Some(match suffix {
        Some(suffix) => id.with_suffix(suffix),
        None => id,
    })
}

/// Reads a number from 1 to `max` that has digits only and no leading zero.
fn part(text: &str, max: u8) -> Option<u8> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let value = canonical.then(|| text.parse().ok()).flatten()?;
    (value <= max).then_some(value)
}

const SECTION_MAX: u8 = 63;
const NUMBER_MAX: u8 = 127;
const SECTION_SHIFT: u32 = 10;
const NUMBER_SHIFT: u32 = 3;
const NUMBER_MASK: u16 = 0x7f;
const SUFFIX_MASK: u16 = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_packed_from_section_number_and_suffix() {
        assert_eq!(b(4, 2).code(), 4 * 1024 + 2 * 8);
        assert_eq!(b(7, 52).with_suffix('c').code(), 7 * 1024 + 52 * 8 + 3);
    }

    #[test]
    fn parts_come_back_out_of_the_packed_number() {
        let id = b(63, 127).with_suffix('c').with_suffix('b');
        assert_eq!((id.section(), id.number(), id.suffix()), (63, 127, Some('b')));
        assert_eq!(b(1, 1).suffix(), None);
    }

    #[test]
    fn display_and_debug_give_the_catalog_form() {
        assert_eq!(b(4, 2).to_string(), "B-4.2");
        assert_eq!(format!("{:?}", b(1, 10).with_suffix('a')), "B-1.10a");
    }

    #[test]
    fn letters_of_either_case_are_read() {
        for text in ["B-1.10a", "b-1.10a", "B-1.10A", "b-1.10A"] {
            assert_eq!(text.parse(), Ok(b(1, 10).with_suffix('a')), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_by_name() {
        let refused = [
            "", "B", "B-", "4.2", "B4.2", "C-4.2", "B-4", "B-4.", "B-.2", "B-4.a", "B-4.2d", "B-4.2aa", "B-4.2.1",
            "B-0.2", "B-4.0", "B-04.2", "B-4.02", "B-+4.2", "B-64.1", "B-4.128", "B-4.2 ", " B-4.2", "B-4.2é",
            "B-300.1",
        ];
        for text in refused {
            let refusal = text.parse::<RuleId>().map_err(|error| error.text().to_owned());
            assert_eq!(refusal, Err(text.to_owned()));
        }
    }

    #[test]
    fn the_error_shows_the_text() {
        let shown = "B-4".parse::<RuleId>().map_err(|error| error.to_string());
        let text = "`B-4` is not a rule id; expected a form such as `B-4.2` or `B-1.10a`";
        assert_eq!(shown, Err(text.to_owned()));
    }

    #[test]
    fn order_is_numeric_and_a_suffix_comes_after_its_rule() {
        let suffixed = b(1, 10).with_suffix('a');
        assert!(b(1, 2) < b(1, 10) && b(1, 10) < suffixed && suffixed < b(1, 11) && b(1, 32) < b(2, 1));
    }

    #[test]
    #[should_panic(expected = "the section of a rule id is from 1 to 63")]
    fn section_zero_panics() {
        let _ = b(0, 1);
    }

    #[test]
    #[should_panic(expected = "the suffix of a rule id is a, b or c")]
    fn unknown_suffix_panics() {
        let _ = b(1, 1).with_suffix('d');
    }
}
