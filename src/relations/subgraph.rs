//! One subgraph: apps that hang together, in the order in which they are evaluated.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::graph::Relations;
use super::hash::ContentHash;
use super::relation::Relation;
use crate::protocol::PolicyId;

/// Names a subgraph by its smallest member, so that apps added elsewhere do not change it.
///
/// Source: B-7.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubgraphId(PolicyId);

impl SubgraphId {
    /// The smallest member.
    pub const fn smallest(self) -> PolicyId {
        self.0
    }
}

impl fmt::Display for SubgraphId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.0)
    }
}

/// An app with everything that it hangs together with, by whatever relations.
///
/// Source: B-7.5.
#[derive(Clone, Copy)]
pub struct Subgraph<'a> {
    pub(super) relations: &'a Relations,
    pub(super) number: u32,
}

impl<'a> Subgraph<'a> {
    /// Its id.
    pub fn id(self) -> SubgraphId {
        SubgraphId(self.relations.smallest.get(self.number as usize).copied().unwrap_or(PolicyId(0)))
    }

    /// Its members in the order of evaluation, each once.
    ///
    /// Dependencies come before their parents, deepest first, and superseded before superseding apps. Where that leaves
    /// the choice, an app's dependencies come before what it supersedes, and smaller ids before larger ones: the order
    /// among the dependencies of one parent is not defined (B-7.42), and a simulation needs one all the same.
    ///
    /// Source: B-7.5, B-7.42.
    #[inline]
    pub fn members(self) -> &'a [PolicyId] {
        self.relations.order.of(self.number as usize)
    }

    /// True for an app without relations.
    pub fn is_single(self) -> bool {
        self.members().len() == 1
    }

    /// The relations between its members, by the place of the app they come from in the order of evaluation.
    pub fn relations(self) -> impl Iterator<Item = Relation> + 'a {
        self.members().iter().flat_map(move |app| self.relations.from(*app))
    }

    /// The hash of its content: of which apps in which revision it consists, and of how they are related.
    ///
    /// An unchanged subgraph keeps it, whatever happens to other apps, and a change of one of its apps or of its
    /// relations changes it. Allocates nothing.
    ///
    /// Source: B-7.35, B-7.36.
    pub fn content_hash(self, revision_of: impl Fn(PolicyId) -> u32) -> ContentHash {
        ContentHash::of(self.members().iter().map(|app| (*app, revision_of(*app))), self.relations())
    }

    /// The place of a member in the order of evaluation.
    #[inline]
    pub(super) fn position(self, member: PolicyId) -> usize {
        let rank = self.relations.place(member).and_then(|place| self.relations.ranks.get(place));
        let start = self.relations.order.start(self.number as usize);
        rank.map_or(0, |rank| (*rank as usize).saturating_sub(start))
    }
}

impl fmt::Debug for Subgraph<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subgraph").field("id", &self.id()).field("members", &self.members()).finish()
    }
}
