//! What a file is made of.

use std::ops::Range;

use super::record::{Record, Stamp};

/// A stretch of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Where it stands, in bytes of the file.
    pub range: Range<u64>,
    /// What it is.
    pub kind: Kind<'a>,
}

/// What a stretch of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A record, with the end of its line.
    Record(Entry<'a>),
    /// A part of a record that another writer wrote over.
    Torn {
        /// Which part is left.
        part: Part,
        /// What is left of its message, or all of it if only attributes are gone.
        text: &'a str,
        /// Its time, if that is left.
        stamp: Option<Stamp>,
    },
    /// A record that the end of the file cuts off.
    Truncated {
        /// Its message, as far as it goes.
        text: &'a str,
        /// Its time, if that is still there.
        stamp: Option<Stamp>,
    },
    /// Text that is no record: titles, comments, output of something else.
    Foreign(&'a str),
    /// Ends of lines, blanks and byte order marks.
    Blank,
}

/// Which part of a torn record is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its beginning.
    Head,
    /// Its end.
    Tail,
    /// All of it, but its attributes make no sense.
    Whole,
}

/// A record with what the reader noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The record. Bytes that are no text are replaced by U+FFFD.
    pub record: Record<'a>,
    /// Minutes that another program wrote behind the time, with its sign; the agent writes none.
    pub zone: Option<i32>,
    /// Whether it has the agent's own form: its seven attributes in their order and nothing else.
    pub is_agents: bool,
    /// The length of the whole message in bytes if it was too long, so that the record has only its beginning.
    pub cut_from: Option<u64>,
}
