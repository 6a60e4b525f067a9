//! What can be wrong with a scenario file. Every error names the place, the value, and what would be right.

use std::io;
use std::sync::Arc;

use super::place::Place;
use crate::catalog::{CatalogError, FilterError};
use crate::content::ScheduleError;
use crate::profile::ParamError;

/// A scenario was refused; nothing of it can be used.
///
/// Prints as `file:line:column: key: message`.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{place}: {problem}")]
#[non_exhaustive]
pub struct ScenarioError {
    /// Where.
    pub place: Place,
    /// What.
    #[source]
    pub problem: Box<Problem>,
}

/// What is wrong at a place of a scenario.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Io(Arc<io::Error>),
    /// It is not TOML.
    #[error("{message}")]
    Syntax {
        /// As the TOML reader says it.
        message: String,
    },
    /// A key that there is not.
    #[error("there is no key `{key}` here; allowed: {}{}", allowed.join(", "), suggestion(nearest.as_deref()))]
    UnknownKey {
        /// As written.
        key: String,
        /// Every key that may stand there.
        allowed: Vec<String>,
        /// The one most like it.
        nearest: Option<String>,
    },
    /// A value of the wrong type or form.
    #[error("{message}")]
    Form {
        /// What is wrong and what is accepted.
        message: String,
    },
    /// A name that nothing has.
    #[error("there is no {what} `{name}`{}{}", known_text(known, nearest.is_some()), suggestion(nearest.as_deref()))]
    UnknownName {
        /// `group`, `device`, `verb` and so on.
        what: &'static str,
        /// As written.
        name: String,
        /// The first of the names that there are.
        known: Vec<String>,
        /// The one most like it.
        nearest: Option<String>,
    },
    /// A name that was given before.
    #[error("there already is a {what} `{name}`, on line {line}")]
    Duplicate {
        /// `group`, `device` and so on.
        what: &'static str,
        /// The name.
        name: String,
        /// Where it was given first.
        line: usize,
    },
    /// A parameter or the name of a profile is wrong.
    #[error(transparent)]
    Parameter(#[from] ParamError),
    /// The schedule of a remediation is wrong.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The tenant is wrong.
    #[error(transparent)]
    Tenant(#[from] CatalogError),
    /// The expression of a filter is wrong.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A number outside its range.
    #[error("{what} of {value} is out of range; allowed {min} to {max}")]
    Range {
        /// What is counted.
        what: &'static str,
        /// As written.
        value: String,
        /// The least.
        min: String,
        /// The most.
        max: String,
    },
    /// All weights are 0.
    #[error("the weights add up to 0; at least one must be more")]
    Weights,
    /// An expectation says nothing that could be checked.
    #[error(
        "this expectation checks nothing; add at, count, at_least, at_most, never, within with after, order or state"
    )]
    NoCheck,
    /// Something that has to be there is not.
    #[error("{what} is missing")]
    Missing {
        /// What, and for whom.
        what: String,
    },
    /// Something stands where it means nothing.
    #[error("{what}")]
    Misplaced {
        /// What, and where it belongs.
        what: String,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// The known names; a long list is left out where the nearest name is told.
fn known_text(known: &[String], has_nearest: bool) -> String {
    match known.len() {
        0 => "; none is defined".to_owned(),
        n if n > LIST_MAX && has_nearest => String::new(),
        n => {
            let more = if n > SHOWN_MAX { ", ..." } else { "" };
            format!(
                "; known: {}{more}",
                known.iter().take(SHOWN_MAX).map(String::as_str).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

/// So many known names are shown at most.
const SHOWN_MAX: usize = 80;
/// So many are shown beside the nearest one.
const LIST_MAX: usize = 12;

impl Problem {
    /// A name that is none of the known ones.
    pub(super) fn unknown<'a>(what: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let nearest = crate::profile::nearest::nearest(name, known.iter().copied()).map(str::to_owned);
        Self::UnknownName {
            what,
            name: name.to_owned(),
            nearest,
            known: known.into_iter().take(SHOWN_MAX + 1).map(str::to_owned).collect(),
        }
    }

    /// A number outside its range.
    pub(super) fn range(what: &'static str, value: impl ToString, min: impl ToString, max: impl ToString) -> Self {
        Self::Range { what, value: value.to_string(), min: min.to_string(), max: max.to_string() }
    }

    pub(super) fn form(message: impl Into<String>) -> Self {
        Self::Form { message: message.into() }
    }

    pub(super) fn missing(what: impl Into<String>) -> Self {
        Self::Missing { what: what.into() }
    }

    pub(super) fn misplaced(what: impl Into<String>) -> Self {
        Self::Misplaced { what: what.into() }
    }

    /// What the TOML reader says, with unknown keys told apart.
    pub(super) fn of_toml(message: &str, is_toml: bool) -> Self {
        if !is_toml {
            return Self::Syntax { message: message.lines().collect::<Vec<_>>().join("; ") };
        }
        let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
        let Some((key, rest)) = unknown else {
            return Self::form(message);
        };
        let allowed: Vec<String> = rest.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let nearest = crate::profile::nearest::nearest(key, allowed.iter().map(String::as_str)).map(str::to_owned);
        Self::UnknownKey { key: key.to_owned(), allowed, nearest }
    }
}
