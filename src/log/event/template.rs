//! Phrases: one text per wording, from which messages are both read and written.
//!
//! A phrase is `head|core|tail`. The core is looked for anywhere in a message; head and tail are only written, because they
//! differ between versions of the agent. `{}` stands for a field, in their order; the core begins with fixed text. `^` in
//! front ties the core to the start of the message, `$` at the end of the core to its end.

use core::fmt::{self, Write};

use memchr::memmem::find;

/// Most fields that a phrase may have.
const MOST_FIELDS: usize = 6;

/// A phrase, cut up for reading.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) key: &'static str,
    /// The fixed text after each field.
    after: Vec<&'static str>,
    is_at_start: bool,
    is_at_end: bool,
}

/// What stood in the places of the fields.
#[derive(Debug)]
pub(super) struct Found<'a> {
    texts: [&'a str; MOST_FIELDS],
    count: usize,
    next: usize,
    last_is_open: bool,
}

impl<'a> Found<'a> {
    /// The next field, if it reads as one of its type.
    pub(super) fn next<F: Field<'a>>(&mut self) -> Option<F> {
        let text = *self.texts.get(self.next)?;
        self.next += 1;
        F::read(text, self.last_is_open && self.next == self.count)
    }
}

impl Template {
    pub(super) fn new(phrase: &'static str) -> Self {
        let (is_at_start, phrase) = match phrase.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, phrase),
        };
        let (_, core) = phrase.split_once('|').unwrap_or(("", phrase));
        let core = core.split_once('|').map_or(core, |(core, _)| core);
        let (is_at_end, core) = match core.strip_suffix('$') {
            Some(rest) => (true, rest),
            None => (false, core),
        };
        let mut pieces = core.split("{}");
        let key = pieces.next().unwrap_or("");
        Self { key, after: pieces.collect(), is_at_start, is_at_end }
    }

    /// Reads the fields of a message that has the key at `at`.
    pub(super) fn read<'a>(&self, message: &'a str, at: usize) -> Option<Found<'a>> {
        if self.is_at_start && at != 0 {
            return None;
        }
        let mut rest = message.get(at + self.key.len()..)?;
        let mut found = Found { texts: [""; MOST_FIELDS], count: 0, next: 0, last_is_open: false };
        for (place, literal) in self.after.iter().enumerate() {
            let is_last = place + 1 == self.after.len();
            let slot = found.texts.get_mut(place)?;
            found.count += 1;
            if literal.is_empty() && is_last {
                *slot = rest;
                found.last_is_open = true;
                return Some(found);
            }
            let end = find(rest.as_bytes(), literal.as_bytes())?;
            *slot = rest.get(..end)?;
            rest = rest.get(end + literal.len()..)?;
        }
        (!self.is_at_end || rest.trim().is_empty()).then_some(found)
    }
}

/// Writes a phrase with its fields.
pub(super) fn write(out: &mut dyn Write, phrase: &str, fields: &[&dyn Show]) -> fmt::Result {
    let mut fields = fields.iter();
    let phrase = phrase.strip_prefix('^').unwrap_or(phrase);
    for (place, part) in phrase.split('|').enumerate() {
        let part = if place == 1 { part.strip_suffix('$').unwrap_or(part) } else { part };
        for (place, piece) in part.split("{}").enumerate() {
            if let Some(field) = (place > 0).then(|| fields.next()).flatten() {
                field.show(out)?;
            }
            out.write_str(piece)?;
        }
    }
    Ok(())
}

/// A field by itself.
pub(super) fn shown(field: &dyn Show) -> String {
    let mut text = String::new();
    // Text takes everything.
    let _ = field.show(&mut text);
    text
}

/// A type of field, as it is read.
pub(super) trait Field<'a>: Sized {
    /// Reads it; `open` says that other text may follow.
    fn read(text: &'a str, open: bool) -> Option<Self>;
    /// A value for tests.
    #[cfg(test)]
    fn sample(place: u8) -> Self;
}

/// A type of field, as it is written.
pub(super) trait Show {
    fn show(&self, out: &mut dyn Write) -> fmt::Result;
}

impl<'a> Field<'a> for &'a str {
    fn read(text: &'a str, _: bool) -> Option<Self> {
        Some(text)
    }
    #[cfg(test)]
    fn sample(place: u8) -> Self {
        ["zero", "one", "two", "three", "four", "five"][usize::from(place)]
    }
}

impl Show for &str {
    fn show(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_str(self)
    }
}

impl Field<'_> for u64 {
    fn read(text: &str, open: bool) -> Option<Self> {
        let text = text.trim_start();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        (open || digits == text.trim_end().len()).then(|| text.get(..digits)?.parse().ok()).flatten()
    }
    #[cfg(test)]
    fn sample(place: u8) -> Self {
        40 + Self::from(place)
    }
}

impl Show for u64 {
    fn show(&self, out: &mut dyn Write) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl Field<'_> for i64 {
    fn read(text: &str, open: bool) -> Option<Self> {
        let text = text.trim_start();
        let sign = usize::from(text.starts_with('-'));
        let digits = sign + text.bytes().skip(sign).take_while(u8::is_ascii_digit).count();
        (open || digits == text.trim_end().len()).then(|| text.get(..digits)?.parse().ok()).flatten()
    }
    #[cfg(test)]
    fn sample(place: u8) -> Self {
        -40 - Self::from(place)
    }
}

impl Show for i64 {
    fn show(&self, out: &mut dyn Write) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl Field<'_> for bool {
    fn read(text: &str, open: bool) -> Option<Self> {
        [("True", true), ("False", false)]
            .into_iter()
            .find(|(word, _)| if open { text.starts_with(word) } else { text == *word })
            .map(|(_, value)| value)
    }
    #[cfg(test)]
    fn sample(place: u8) -> Self {
        place.is_multiple_of(2)
    }
}

impl Show for bool {
    fn show(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_str(if *self { "True" } else { "False" })
    }
}
