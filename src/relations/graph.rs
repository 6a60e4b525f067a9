//! All relations of a tenant, and what can be asked of them.

use serde::{Deserialize, Serialize};

use super::error::RelationError;
use super::lists::Lists;
use super::relation::{AppKind, Dependency, Limits, Relation, Supersedence};
use super::subgraph::{Subgraph, SubgraphId};
use crate::protocol::PolicyId;

/// Every app of a tenant and the relations between them, checked and put in order.
///
/// Made by [`Relations::build`], and read from a file or a message only through it, so that one in hand is sound: there
/// is no circle and no graph is too large. It belongs to the tenant and is shared by all devices; a query follows a few
/// indices and allocates nothing unless it says so. The default has no apps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Source", into = "Source")]
pub struct Relations {
    /// Ascending. The place of an app here is its number in everything below.
    pub(super) apps: Box<[PolicyId]>,
    pub(super) kinds: Box<[AppKind]>,
    pub(super) limits: Limits,
    pub(super) dependencies: Lists<Dependency>,
    pub(super) dependents: Lists<Dependency>,
    pub(super) superseded: Lists<Supersedence>,
    pub(super) superseding: Lists<Supersedence>,
    /// By subgraph: its members in the order of evaluation.
    pub(super) order: Lists<PolicyId>,
    /// By subgraph: its smallest member. Ascending.
    pub(super) smallest: Box<[PolicyId]>,
    /// By app: its subgraph.
    pub(super) subgraphs: Box<[u32]>,
    /// By app: its place among all members of `order`.
    pub(super) ranks: Box<[u32]>,
}

impl Relations {
    /// Every app with its kind, ascending.
    pub fn apps(&self) -> impl ExactSizeIterator<Item = (PolicyId, AppKind)> {
        self.apps.iter().copied().zip(self.kinds.iter().copied())
    }

    /// The limits under which it was built.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Every relation, by the app it comes from, dependencies first, then by the app it leads to.
    pub fn relations(&self) -> impl Iterator<Item = Relation> {
        self.apps.iter().flat_map(|app| self.from(*app))
    }

    /// What an app depends on directly, ascending; nothing for an app that is not known.
    ///
    /// Source: B-7.41.
    #[inline]
    pub fn dependencies_of(&self, app: PolicyId) -> &[Dependency] {
        self.place(app).map_or(&[], |place| self.dependencies.of(place))
    }

    /// What depends on an app directly, ascending.
    ///
    /// Source: B-7.41.
    #[inline]
    pub fn dependents_of(&self, app: PolicyId) -> &[Dependency] {
        self.place(app).map_or(&[], |place| self.dependents.of(place))
    }

    /// What an app supersedes directly, ascending.
    ///
    /// Source: B-7.47.
    #[inline]
    pub fn superseded_by(&self, app: PolicyId) -> &[Supersedence] {
        self.place(app).map_or(&[], |place| self.superseded.of(place))
    }

    /// What supersedes an app directly, ascending.
    ///
    /// Source: B-7.47.
    #[inline]
    pub fn superseding(&self, app: PolicyId) -> &[Supersedence] {
        self.place(app).map_or(&[], |place| self.superseding.of(place))
    }

    /// The relations that an app stands in, at either end.
    ///
    /// Source: B-7.46.
    pub fn standing_in(&self, app: PolicyId) -> impl Iterator<Item = Relation> {
        let dependents = self.dependents_of(app).iter();
        let superseding = self.superseding(app).iter();
        self.from(app)
            .chain(dependents.map(move |parent| Relation::dependency(parent.app, app, parent.auto_install)))
            .chain(superseding.map(move |upper| Relation::supersedence(upper.app, app, upper.uninstall_previous)))
    }

    /// Says whether an app can be deleted from the tenant.
    ///
    /// # Errors
    /// [`RelationError::InUse`] with the relations that have to be removed before.
    ///
    /// Source: B-7.46.
    pub fn check_removal(&self, app: PolicyId) -> Result<(), RelationError> {
        let relations: Vec<Relation> = self.standing_in(app).collect();
        if relations.is_empty() { Ok(()) } else { Err(RelationError::InUse { app, relations }) }
    }

    /// True for an app that has dependencies or is one: Company Portal never offers to uninstall it, whatever its setting.
    ///
    /// Source: B-7.27a.
    #[inline]
    pub fn stands_in_dependency(&self, app: PolicyId) -> bool {
        !self.dependencies_of(app).is_empty() || !self.dependents_of(app).is_empty()
    }

    /// The subgraphs, by their smallest member. An app without relations is a subgraph of its own.
    ///
    /// Source: B-7.5.
    pub fn subgraphs(&self) -> impl ExactSizeIterator<Item = Subgraph<'_>> {
        (0..self.smallest.len() as u32).map(|number| Subgraph { relations: self, number })
    }

    /// The subgraph of an app, if the app is known.
    ///
    /// Source: B-7.5.
    #[inline]
    pub fn subgraph_of(&self, app: PolicyId) -> Option<Subgraph<'_>> {
        let number = *self.subgraphs.get(self.place(app)?)?;
        Some(Subgraph { relations: self, number })
    }

    /// The subgraph with an id. `None` if there is none any more, since a change of relations may join and part them.
    ///
    /// Source: B-7.5.
    pub fn subgraph(&self, id: SubgraphId) -> Option<Subgraph<'_>> {
        self.subgraph_of(id.smallest()).filter(|subgraph| subgraph.id() == id)
    }

    /// The relations that begin at an app, dependencies first.
    pub(super) fn from(&self, app: PolicyId) -> impl Iterator<Item = Relation> {
        let dependencies = self.dependencies_of(app).iter();
        let superseded = self.superseded_by(app).iter();
        dependencies
            .map(move |child| Relation::dependency(app, child.app, child.auto_install))
            .chain(superseded.map(move |lower| Relation::supersedence(app, lower.app, lower.uninstall_previous)))
    }

    /// The place of an app. In a catalog, where the ids of apps follow one another, the first look finds it.
    #[inline]
    pub(super) fn place(&self, app: PolicyId) -> Option<usize> {
        let guess = app.0.wrapping_sub(self.apps.first()?.0) as usize;
        if self.apps.get(guess) == Some(&app) { Some(guess) } else { self.apps.binary_search(&app).ok() }
    }
}

/// What relations are made of, as they are written down.
#[derive(Serialize, Deserialize)]
struct Source {
    apps: Vec<(PolicyId, AppKind)>,
    relations: Vec<Relation>,
    limits: Limits,
}

impl From<Relations> for Source {
    fn from(relations: Relations) -> Self {
        Self { apps: relations.apps().collect(), relations: relations.relations().collect(), limits: relations.limits }
    }
}

impl TryFrom<Source> for Relations {
    type Error = RelationError;

    fn try_from(source: Source) -> Result<Self, RelationError> {
        Self::build(source.apps, &source.relations, &source.limits)
    }
}
