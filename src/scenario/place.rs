//! Where something stands in a scenario file: bytes to line and column, and the key that a byte belongs to.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Problem, ScenarioError};

/// A place in a scenario file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1; 0 for what stands in no file, such as an option of the command line.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The key there, such as `script[vpn].outcome`; empty where none could be told.
    pub key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        if self.key.is_empty() { Ok(()) } else { write!(f, ": {}", self.key) }
    }
}

/// A file being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// An error at these bytes.
    pub(super) fn error(&self, span: &Range<usize>, problem: Problem) -> ScenarioError {
        self.error_within(span, 0, problem)
    }

    /// An error so many characters into the text in quotes at these bytes.
    pub(super) fn error_within(&self, span: &Range<usize>, characters: usize, problem: Problem) -> ScenarioError {
        let at = self.text.get(span.start..).unwrap_or("");
        let inside: usize = at.chars().take(characters).map(char::len_utf8).sum();
        ScenarioError { place: self.place(span.start + inside), problem: Box::new(problem) }
    }

    /// An error in an option of the command line.
    pub(super) fn option(&self, option: &str, problem: Problem) -> ScenarioError {
        ScenarioError {
            place: Place { file: self.file.to_owned(), line: 0, column: 0, key: option.to_owned() },
            problem: Box::new(problem),
        }
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.before(offset).bytes().filter(|b| *b == b'\n').count() + 1
    }

    fn before(&self, offset: usize) -> &str {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        &self.text[..end]
    }

    /// The place of a byte.
    pub(super) fn place(&self, offset: usize) -> Place {
        let before = self.before(offset);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let key = DeTable::parse(self.text)
            .ok()
            .and_then(|table| key_in_table(table.get_ref(), offset, ""))
            .map_or_else(String::new, |(_, key)| key);
        Place {
            file: self.file.to_owned(),
            line: self.line(offset),
            column: before[line_start..].chars().count() + 1,
            key,
        }
    }
}

/// The dotted key of the shortest piece of the file that holds the byte, and the length of that piece.
fn key_in_table(table: &DeTable<'_>, offset: usize, path: &str) -> Option<(usize, String)> {
    let mut best: Option<(usize, String)> = None;
    for (key, value) in table {
        let name = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
        let here = length(&key.span(), offset).map(|length| (length, name.clone()));
        for found in [here, key_in_value(value, offset, &name)].into_iter().flatten() {
            if best.as_ref().is_none_or(|best| found.0 < best.0) {
                best = Some(found);
            }
        }
    }
    best
}

fn key_in_value(value: &Spanned<DeValue<'_>>, offset: usize, path: &str) -> Option<(usize, String)> {
    let inner = match value.get_ref() {
        DeValue::Table(table) => key_in_table(table, offset, path),
        DeValue::Array(items) => items.iter().enumerate().find_map(|(n, item)| {
            let name = item.get_ref().get("name").and_then(|name| name.get_ref().as_str());
            let is_table = item.get_ref().is_table();
            let path = match name {
                Some(name) => format!("{path}[{name}]"),
                None if is_table => format!("{path}[{}]", n + 1),
                None => path.to_owned(),
            };
            key_in_value(item, offset, &path)
        }),
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            None
        }
    };
    inner.or_else(|| length(&value.span(), offset).map(|length| (length, path.to_owned())))
}

fn length(span: &Range<usize>, offset: usize) -> Option<usize> {
    (span.start <= offset && offset < span.end).then(|| span.len())
}
