//! What one file says: evidence for facts, and reasons why it does not tell others.

use core::fmt;

use serde::Serialize;

use super::error::Position;
use super::given::{Fact, Given};
use super::text::Encoding;

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The output of `dsregcmd /status`.
    JoinStatus,
    /// The MDM diagnostics report as XML.
    MdmReport,
    /// The MDM diagnostics report as a page.
    MdmPage,
    /// The metadata beside that report, as JSON.
    MdmMetadata,
    /// A registry export.
    RegistryExport,
    /// The registry of this device.
    ThisDevice,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::JoinStatus => "output of dsregcmd /status",
            Self::MdmReport => "MDM diagnostics report",
            Self::MdmPage => "MDM diagnostics report, HTML",
            Self::MdmMetadata => "metadata of an MDM diagnostics report",
            Self::RegistryExport => "registry export",
            Self::ThisDevice => "registry of this device",
        })
    }
}

/// Where something stands. Prints as `file:line: field`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1; none where there are no lines, as in a registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The field and what it says there.
    pub field: String,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.field)
    }
}

/// A place in a file that says something of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The values that it leaves possible, of one fact; never none.
    pub says: Vec<Given>,
    /// Where.
    pub source: Source,
}

/// Why a file that could tell a fact does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason", content = "of")]
#[non_exhaustive]
pub enum Reason {
    /// The field is not there.
    #[error("is not there")]
    Missing,
    /// The value is neither `YES` nor `NO`, as on a Windows in another language.
    #[error("is neither YES nor NO")]
    NeitherYesNorNo,
    /// The value has no form that is known.
    #[error("cannot be read")]
    Unreadable,
    /// The edition is none that the rules name.
    #[error("is no edition that the rules name")]
    UnknownEdition,
    /// The enrollment is in a state other than 1, enrolled.
    #[error("is not the state of an enrolled device, and what it means is not known")]
    EnrollmentState,
    /// Nothing later in the file proves that what is missing is not just cut off.
    #[error("is not there, but may be missing from this file only: nothing follows that proves it whole")]
    MaybeCut,
    /// Bits that are not known to go together.
    #[error("has no bit for co-management as such, so what the others mean is not known")]
    Flags,
    /// The system refused to show it.
    #[error("was refused: {0}")]
    Refused(String),
}

/// A fact that a file does not tell, though it is a file that may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The fact.
    pub fact: Fact,
    /// Where.
    pub source: Source,
    /// Why.
    pub reason: Reason,
}

/// What one file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The file, as it was named.
    pub file: String,
    /// What it is.
    pub kind: Kind,
    /// How it is written down; none for a registry.
    pub encoding: Option<Encoding>,
    /// Where the file ends before its text does; what would follow is not known.
    pub cut: Option<Position>,
    /// What it says beside facts.
    pub notes: Vec<String>,
    /// What it says of facts.
    pub evidence: Vec<Evidence>,
    /// What it does not say.
    pub gaps: Vec<Gap>,
}

impl Report {
    /// A file that has said nothing yet.
    pub(super) fn new(file: &str, kind: Kind, encoding: Option<Encoding>) -> Self {
        Self {
            file: file.to_owned(),
            kind,
            encoding,
            cut: None,
            notes: Vec::new(),
            evidence: Vec::new(),
            gaps: Vec::new(),
        }
    }

    fn source(&self, line: Option<u32>, field: String) -> Source {
        // What a file says must not break the line in which it is told.
        let field = field.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Source { file: self.file.clone(), line, field }
    }

    /// A place that leaves these values possible.
    pub(super) fn says(&mut self, says: impl Into<Vec<Given>>, line: Option<u32>, field: impl Into<String>) {
        let (says, source) = (says.into(), self.source(line, field.into()));
        if !says.is_empty() {
            self.evidence.push(Evidence { says, source });
        }
    }

    /// A place, or the lack of one, that leaves a fact open.
    pub(super) fn leaves(&mut self, fact: Fact, line: Option<u32>, field: impl Into<String>, reason: Reason) {
        let source = self.source(line, field.into());
        self.gaps.push(Gap { fact, source, reason });
    }

    /// Notes that these facts are not told, as far as there is no evidence yet and no other reason.
    pub(super) fn misses(&mut self, fields: &[(Fact, &str)], reason: &Reason) {
        for (fact, field) in fields {
            let told = self.evidence.iter().any(|evidence| evidence.source.field.starts_with(field));
            let open = self.gaps.iter().any(|gap| gap.fact == *fact && gap.source.field.starts_with(field));
            if !told && !open {
                self.leaves(*fact, None, *field, reason.clone());
            }
        }
    }
}
