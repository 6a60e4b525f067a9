//! What can be wrong with a file of diagnostics.

use core::fmt;

use serde::Serialize;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A file was refused; nothing is taken from it.
///
/// Prints as `file:line:column: what is wrong`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {problem}", .position.map_or_else(String::new, |position| format!(":{position}")))]
pub struct ReadError {
    /// The file, as it was named.
    pub file: String,
    /// Where, if it is at one place.
    pub position: Option<Position>,
    /// What.
    pub problem: Problem,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(String),
    /// It is larger than anything that is known of these files.
    #[error("has {bytes} bytes; at most {max} are read")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// It is an archive with the reports inside.
    #[error("is a {0} archive; unpack it and name the files in it")]
    Archive(&'static str),
    /// It has bytes that no text has.
    #[error("is no text: there is a zero byte here")]
    Binary,
    /// It is a text, and none of the known ones.
    #[error(
        "is none of the known texts (output of `dsregcmd /status`, MDM diagnostics report as XML or HTML, \
         its metadata as JSON, registry export); it begins with `{0}`"
    )]
    Foreign(String),
    /// It is XML, and no MDM diagnostics report.
    #[error("is XML, but no MDM diagnostics report: its root is `{0}`")]
    ForeignXml(String),
    /// It is a page, and no MDM diagnostics report.
    #[error("is an HTML page, but no MDM diagnostics report")]
    ForeignHtml,
    /// It is JSON, and no metadata of an MDM diagnostics report.
    #[error("is JSON, but no metadata of an MDM diagnostics report: `MdmDiagVersion` is missing")]
    ForeignJson,
    /// It is no well-formed XML.
    #[error("is no well-formed XML: {0}")]
    Xml(String),
    /// It is no JSON, and not the older form of the metadata either.
    #[error("is no JSON: {0}")]
    Json(String),
    /// It changes a registry, which an export does not.
    #[error("deletes something from the registry; an export never does, so this is no export")]
    NoExport,
    /// A line of a registry export is not as such lines are.
    #[error("expected {0} here")]
    Registry(&'static str),
}

/// A fact cannot be assumed as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssumeError {
    /// There is no such fact.
    #[error("there is no fact `{name}`{}; there are: {known}", .nearest.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)")))]
    Unknown {
        /// As written.
        name: String,
        /// The one most like it.
        nearest: Option<&'static str>,
        /// All of them.
        known: String,
    },
    /// The fact is there, the value is none of it.
    #[error("`{text}` is no value of `{name}`; write {wanted}")]
    Value {
        /// The fact.
        name: &'static str,
        /// As written.
        text: String,
        /// What is accepted.
        wanted: String,
    },
}

/// Facts were asked for that are not known, and nobody said what to take instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not known: {}; say what to take for them", .0.iter().map(|fact| fact.name()).collect::<Vec<_>>().join(", "))]
pub struct NotKnown(
    /// Those facts.
    pub Vec<super::Fact>,
);
