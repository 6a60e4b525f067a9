//! Why relations are refused. Every error names the apps, and the whole way around where there is one.

use core::fmt;

use super::relation::{AppKind, Relation, RelationKind};
use crate::protocol::PolicyId;
use crate::rules::{RuleId, b};

/// Why relations were refused, or why an app cannot be removed.
///
/// Prints apps by number (`app 3`); [`RelationError::named`] prints their names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RelationError {
    /// An app was listed twice.
    ListedTwice {
        /// The app.
        app: PolicyId,
    },
    /// One end of a relation is no app.
    Unknown {
        /// The relation.
        relation: Relation,
        /// The end that leads nowhere.
        app: PolicyId,
    },
    /// An app was related to itself.
    Itself {
        /// The relation.
        relation: Relation,
    },
    /// One end of a relation is not a Win32 app (B-7.40a).
    NotWin32 {
        /// The relation.
        relation: Relation,
        /// The app that is something else.
        app: PolicyId,
        /// What it is.
        kind: AppKind,
    },
    /// An app has two relations to the same other app: the same twice, or both kinds.
    Repeated {
        /// The one.
        first: Relation,
        /// The other.
        second: Relation,
    },
    /// Relations lead in a circle, so that no app of it could be evaluated before the others (B-7.5, B-7.41).
    Circle {
        /// A shortest way around: each relation begins where the one before ends, the first where the last ends.
        path: Vec<Relation>,
    },
    /// Too many apps supersede one app (B-7.48).
    TooManySuperseding {
        /// The superseded app.
        app: PolicyId,
        /// Those that supersede it, in order.
        by: Vec<PolicyId>,
        /// [`Limits::superseding`](super::Limits::superseding).
        limit: u32,
    },
    /// Too many apps hang together by supersedence (B-7.48).
    SupersedenceTooLarge {
        /// All of them, in order.
        apps: Vec<PolicyId>,
        /// [`Limits::supersedence_nodes`](super::Limits::supersedence_nodes).
        limit: u32,
    },
    /// Too many apps hang together by dependencies (B-7.40).
    GraphTooLarge {
        /// All of them, in order.
        apps: Vec<PolicyId>,
        /// [`Limits::graph_nodes`](super::Limits::graph_nodes).
        limit: u32,
    },
    /// An app that stands in relations was to be removed (B-7.46).
    InUse {
        /// The app.
        app: PolicyId,
        /// The relations that have to go first.
        relations: Vec<Relation>,
    },
}

impl RelationError {
    /// The rule behind the refusal; `None` where a list or an id is wrong in itself.
    pub const fn rule(&self) -> Option<RuleId> {
        match self {
            Self::ListedTwice { .. } | Self::Unknown { .. } | Self::Itself { .. } | Self::Repeated { .. } => None,
            Self::NotWin32 { .. } => Some(b(7, 40).with_suffix('a')),
            Self::Circle { .. } => Some(b(7, 5)),
            Self::TooManySuperseding { .. } | Self::SupersedenceTooLarge { .. } => Some(b(7, 48)),
            Self::GraphTooLarge { .. } => Some(b(7, 40)),
            Self::InUse { .. } => Some(b(7, 46)),
        }
    }

    /// The same error, printed with the names of the apps. Only apps that there are have their names asked for.
    pub const fn named<'a>(&'a self, name: &'a dyn Fn(PolicyId) -> &'a str) -> Named<'a> {
        Named { error: self, name }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, name: Option<Names<'_>>) -> fmt::Result {
        let say = |app: PolicyId| App { app, name };
        match self {
            Self::ListedTwice { app } => write!(f, "{} is listed twice", say(*app)),
            Self::Unknown { relation, app } => {
                let end = |end: PolicyId| App { app: end, name: name.filter(|_| end != *app) };
                write!(f, "{} {} {}, ", end(relation.from), verb(relation.kind), end(relation.to))?;
                write!(f, "but there is no {}", end(*app))
            }
            Self::Itself { relation } => write!(f, "{} {} itself", say(relation.from), verb(relation.kind)),
            Self::NotWin32 { relation, app, kind } => {
                write!(f, "{} {} {}, but ", say(relation.from), verb(relation.kind), say(relation.to))?;
                write!(f, "{} is {}, and only Win32 apps have relations", say(*app), kind.words())
            }
            Self::Repeated { first, second } => {
                write!(f, "{} {} {} ", say(first.from), words(first.kind), say(first.to))?;
                match first == second {
                    true => f.write_str("twice"),
                    false => write!(f, "and {} it, and may do only one of them", words(second.kind)),
                }
            }
            Self::Circle { path } => {
                for (place, relation) in path.iter().enumerate() {
                    match place {
                        0 => write!(f, "{} {} ", say(relation.from), verb(relation.kind))?,
                        _ => write!(f, ", which {} ", verb(relation.kind))?,
                    }
                    write!(f, "{}", say(relation.to))?;
                }
                f.write_str(": a circle has no order of evaluation")
            }
            Self::TooManySuperseding { app, by, limit } => {
                write!(f, "{} is superseded by {} apps, and {limit} may: ", say(*app), by.len())?;
                list(f, by, say)
            }
            Self::SupersedenceTooLarge { apps, limit } => {
                write!(f, "{} apps hang together by supersedence, and {limit} may: ", apps.len())?;
                list(f, apps, say)
            }
            Self::GraphTooLarge { apps, limit } => {
                write!(f, "{} apps hang together by dependencies, and {limit} may: ", apps.len())?;
                list(f, apps, say)
            }
            Self::InUse { app, relations } => {
                write!(f, "{} cannot be removed while ", say(*app))?;
                for (place, relation) in relations.iter().enumerate() {
                    let joint = if place == 0 { "" } else { ", " };
                    write!(f, "{joint}{} {} {}", say(relation.from), verb(relation.kind), say(relation.to))?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for RelationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, None)
    }
}

impl core::error::Error for RelationError {}

/// An error printed with the names of the apps. Made by [`RelationError::named`].
#[derive(Clone, Copy)]
pub struct Named<'a> {
    error: &'a RelationError,
    name: Names<'a>,
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.write(f, Some(self.name))
    }
}

impl fmt::Debug for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.error, f)
    }
}

/// How apps are called.
type Names<'a> = &'a dyn Fn(PolicyId) -> &'a str;

/// One app, by name or by number.
struct App<'a> {
    app: PolicyId,
    name: Option<Names<'a>>,
}

impl fmt::Display for App<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Some(name) => write!(f, "app `{}`", name(self.app)),
            None => write!(f, "app {}", self.app.0),
        }
    }
}

const fn verb(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::DependsOn { .. } => "depends on",
        RelationKind::Supersedes { .. } => "supersedes",
    }
}

/// Like [`verb`], and telling the variants apart.
const fn words(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::DependsOn { auto_install: true } => "depends on",
        RelationKind::DependsOn { auto_install: false } => "depends (without automatic install) on",
        RelationKind::Supersedes { uninstall_previous: true } => "replaces",
        RelationKind::Supersedes { uninstall_previous: false } => "updates",
    }
}

/// Names the first apps and counts the others, so that a hundred of them still fit in a message.
fn list<'a>(f: &mut fmt::Formatter<'_>, apps: &[PolicyId], say: impl Fn(PolicyId) -> App<'a>) -> fmt::Result {
    for (place, app) in apps.iter().take(NAMED).enumerate() {
        write!(f, "{}{}", if place == 0 { "" } else { ", " }, say(*app))?;
    }
    match apps.len().saturating_sub(NAMED) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

/// How many apps of a graph that is too large a message names.
const NAMED: usize = 12;
