//! Assignment filters: an expression over the properties of a device.
//!
//! Read B-12.10 to B-12.14 first. `parse.rs` turns the text into an expression, `properties.rs` holds what it
//! is evaluated over.

use core::fmt;

use serde::{Deserialize, Serialize};

mod lexer;
mod parse;
mod properties;
#[cfg(test)]
mod tests;

use parse::Expression;
pub use properties::{Properties, Property};

/// The most filters that a tenant may have (B-12.10).
pub(super) const FILTERS_MAX: usize = 200;
/// The most characters that an expression may have (B-12.10).
const CHARACTERS_MAX: usize = 3_072;

/// One filter of the tenant, by its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FilterId(pub u32);

impl FilterId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// How a filter on an assignment is meant.
///
/// Source: B-12.11.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilterMode {
    /// The assignment applies to devices that match.
    Include,
    /// The assignment applies to devices that do not match.
    Exclude,
}

/// A named filter.
///
/// # Examples
/// ```
/// use imesim::catalog::{Filter, Properties};
///
/// let filter = Filter::new("desks", r#"(device.model -startsWith "Desk") and not (device.category -eq "Lab")"#)?;
/// let mut device = Properties::default();
/// device.set("model", "DESK 7");
/// assert!(filter.matches(&device));
/// # Ok::<(), imesim::catalog::FilterError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Filter {
    name: String,
    text: String,
    expression: Expression,
}

impl Filter {
    /// Reads an expression.
    ///
    /// Properties are written `device.model`, operators `-eq` or `eq`, text in double quotes, lists as `["a", "b"]`.
    /// `not` binds tightest, then `and`, then `or`; parentheses group. Nothing depends on case. An empty or unknown
    /// property counts as empty text.
    ///
    /// # Errors
    /// [`FilterError`], with the column where there is one.
    /// Source: B-12.10, B-12.14.
    pub fn new(name: &str, text: &str) -> Result<Self, FilterError> {
        let characters = text.chars().count();
        if characters > CHARACTERS_MAX {
            return Err(FilterError::TooLong { characters, limit: CHARACTERS_MAX });
        }
        Ok(Self { name: name.to_owned(), text: text.to_owned(), expression: parse::parse(text)? })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its expression, as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True if a device with these properties matches.
    ///
    /// Source: B-12.11.
    pub fn matches(&self, properties: &Properties) -> bool {
        self.expression.matches(properties)
    }

    /// True if the expression reads the property.
    pub fn reads(&self, property: Property) -> bool {
        self.expression.reads(property)
    }
}

/// A filter as it is written down.
#[derive(Serialize, Deserialize)]
struct Raw {
    name: String,
    text: String,
}

impl From<Filter> for Raw {
    fn from(filter: Filter) -> Self {
        Self { name: filter.name, text: filter.text }
    }
}

impl TryFrom<Raw> for Filter {
    type Error = FilterError;

    fn try_from(raw: Raw) -> Result<Self, FilterError> {
        Self::new(&raw.name, &raw.text)
    }
}

/// Why an expression was refused. Columns count characters from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// It is longer than allowed (B-12.10).
    #[error("the expression has {characters} characters and may have {limit}")]
    TooLong {
        /// Its length.
        characters: usize,
        /// The limit.
        limit: usize,
    },
    /// Something else was expected here.
    #[error("column {column}: expected {expected}, found {found}")]
    Syntax {
        /// Where.
        column: usize,
        /// What could stand here.
        expected: Expected,
        /// What stands here.
        found: String,
    },
    /// A text has no closing quote.
    #[error("column {column}: the text that begins here has no closing double quote")]
    OpenText {
        /// Where it begins.
        column: usize,
    },
    /// A property that there is not.
    #[error("column {column}: there is no property `{name}`{}", suggestion(*.nearest))]
    UnknownProperty {
        /// Where.
        column: usize,
        /// As written.
        name: String,
        /// The known name most like it.
        nearest: Option<&'static str>,
    },
    /// Parentheses or `not` are nested too deep.
    #[error("column {column}: nested more than {limit} deep")]
    TooDeep {
        /// Where.
        column: usize,
        /// The limit.
        limit: usize,
    },
}

fn suggestion(nearest: Option<&'static str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// What could have stood in the place of a syntax error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expected {
    /// A property, `not` or an opening parenthesis.
    Condition,
    /// A comparison operator.
    Operator,
    /// Text in double quotes.
    Text,
    /// A list of texts.
    List,
    /// A comma or the end of a list.
    CommaOrBracket,
    /// A closing parenthesis.
    Parenthesis,
    /// `and`, `or` or the end.
    AndOrEnd,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Condition => "a property such as device.model, `not` or `(`",
            Self::Operator => {
                "an operator: -eq, -ne, -in, -notIn, -contains, -notContains, -startsWith, -notStartsWith, -endsWith \
                 or -notEndsWith"
            }
            Self::Text => "text in double quotes",
            Self::List => "a list such as [\"a\", \"b\"]",
            Self::CommaOrBracket => "`,` or `]`",
            Self::Parenthesis => "`)`",
            Self::AndOrEnd => "`and`, `or` or the end",
        })
    }
}
