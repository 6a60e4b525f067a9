//! All content by id and revision.

use serde::{Deserialize, Serialize};

use super::{App, DiscoveryScript, Remediation};
use crate::protocol::PolicyId;
use crate::relations::{Limits, Relations, Subgraph};

/// One piece of content in one revision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// A Win32 or Store app.
    App(Box<App>),
    /// A remediation.
    Remediation(Box<Remediation>),
    /// A discovery script for custom compliance.
    Discovery(Box<DiscoveryScript>),
}

/// Content by id and revision, in every revision that a device may still hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Library {
    /// Sorted by id and revision.
    items: Vec<Entry>,
    /// The relations between apps, one state after another.
    relations: Vec<Relations>,
}

/// One piece of content in one revision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Entry {
    id: PolicyId,
    revision: u32,
    /// Which state of the relations an app in this revision belongs to.
    state: u32,
    item: Item,
}

impl Library {
    /// A library without content.
    pub const EMPTY: Self = Self { items: Vec::new(), relations: Vec::new() };

    /// Sets the relations between the apps that are put in from now on. A change of relations is a new revision of every app
    /// in the subgraphs that it touches (B-7.36).
    pub fn relate(&mut self, relations: Relations) {
        self.relations.push(relations);
    }

    /// Puts content into the library; content of the same id and revision is replaced. An app that the relations do not
    /// know has none.
    pub fn insert(&mut self, id: PolicyId, revision: u32, item: Item) {
        let state = u32::try_from(self.relations.len().saturating_sub(1)).unwrap_or(u32::MAX);
        if let Item::App(app) = &item {
            self.make_known(id, app.kind.in_relations());
        }
        let entry = Entry { id, revision, state, item };
        match self.place(id, revision) {
            Ok(place) => self.items[place] = entry,
            Err(place) => self.items.insert(place, entry),
        }
    }

    /// Adds an app to the present relations, without any of its own.
    fn make_known(&mut self, id: PolicyId, kind: crate::relations::AppKind) {
        if self.relations.is_empty() {
            self.relations.push(Relations::default());
        }
        let Some(present) = self.relations.last_mut().filter(|present| present.subgraph_of(id).is_none()) else {
            return;
        };
        let apps = present.apps().chain([(id, kind)]);
        let limits = if present.apps().len() == 0 { Limits::default() } else { present.limits() };
        let relations: Vec<_> = present.relations().collect();
        // One app more, without relations, breaks no limit and closes no circle.
        if let Ok(more) = Relations::build(apps, &relations, &limits) {
            *present = more;
        }
    }

    /// The content of this id and revision.
    pub fn get(&self, id: PolicyId, revision: u32) -> Option<&Item> {
        self.place(id, revision).ok().map(|place| &self.items[place].item)
    }

    /// The relations that an app stands in, in this revision of it.
    ///
    /// Source: B-7.5.
    pub fn relations_of(&self, id: PolicyId, revision: u32) -> Option<&Relations> {
        let place = self.place(id, revision).ok()?;
        self.relations.get(self.items[place].state as usize)
    }

    /// The subgraph that an app stands in, in this revision of it.
    ///
    /// Source: B-7.5.
    pub fn subgraph_of(&self, id: PolicyId, revision: u32) -> Option<Subgraph<'_>> {
        self.relations_of(id, revision)?.subgraph_of(id)
    }

    /// The app of this id and revision.
    pub fn app(&self, id: PolicyId, revision: u32) -> Option<&App> {
        match self.get(id, revision)? {
            Item::App(app) => Some(app),
            Item::Remediation(_) | Item::Discovery(_) => None,
        }
    }

    /// The remediation of this id and revision.
    pub fn remediation(&self, id: PolicyId, revision: u32) -> Option<&Remediation> {
        match self.get(id, revision)? {
            Item::Remediation(remediation) => Some(remediation),
            Item::App(_) | Item::Discovery(_) => None,
        }
    }

    /// The discovery script of this id and revision.
    pub fn discovery(&self, id: PolicyId, revision: u32) -> Option<&DiscoveryScript> {
        match self.get(id, revision)? {
            Item::Discovery(script) => Some(script),
            Item::App(_) | Item::Remediation(_) => None,
        }
    }

    /// Where content is, or where it would be. While nothing has two revisions, ids that follow one another are found at the
    /// first look.
    #[inline]
    fn place(&self, id: PolicyId, revision: u32) -> Result<usize, usize> {
        let guess = id.0.wrapping_sub(self.items.first().map_or(0, |first| first.id.0)) as usize;
        match self.items.get(guess) {
            Some(entry) if entry.id == id && entry.revision == revision => Ok(guess),
            Some(_) | None => self.search(id, revision),
        }
    }

    fn search(&self, id: PolicyId, revision: u32) -> Result<usize, usize> {
        self.items.binary_search_by_key(&(id, revision), |entry| (entry.id, entry.revision))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_found_by_id_and_revision_and_kind() {
        let mut library = Library::EMPTY;
        let (id, other) = (PolicyId(7), PolicyId(u32::MAX));
        library.insert(id, 2, Item::Remediation(Box::default()));
        library.insert(other, 1, Item::Discovery(Box::default()));
        library.insert(id, 1, Item::App(Box::default()));
        assert!(library.app(id, 1).is_some() && library.remediation(id, 2).is_some());
        assert!(library.app(id, 2).is_none() && library.discovery(id, 1).is_none() && library.app(id, 3).is_none());
        assert!(library.discovery(other, 1).is_some());
    }

    // B-7.36: each revision of an app stands in the relations of its time.
    #[test]
    fn relations_belong_to_a_revision() {
        use crate::relations::{AppKind, Relation};
        let (one, other, third) = (PolicyId(0), PolicyId(1), PolicyId(2));
        let app = || Item::App(Box::default());
        let mut library = Library::EMPTY;
        library.insert(one, 1, app());
        library.insert(other, 1, app());
        let apps = [one, other].map(|id| (id, AppKind::Win32));
        let relations = [Relation::dependency(one, other, true)];
        library.relate(Relations::build(apps, &relations, &Limits::default()).expect("two apps, one relation"));
        library.insert(one, 2, app());
        library.insert(third, 1, app());
        let members = |id, revision| Some(library.subgraph_of(id, revision)?.members().to_vec());
        assert_eq!(members(one, 1), Some(vec![one]));
        assert_eq!(members(one, 2), Some(vec![other, one]));
        assert_eq!(members(third, 1), Some(vec![third]));
        assert_eq!(members(third, 2), None);
    }
}
