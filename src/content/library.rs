//! All content by id and revision.

use serde::{Deserialize, Serialize};

use super::{App, DiscoveryScript, Remediation};
use crate::protocol::PolicyId;

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
    items: Vec<(PolicyId, u32, Item)>,
}

impl Library {
    /// A library without content.
    pub const EMPTY: Self = Self { items: Vec::new() };

    /// Puts content into the library; content of the same id and revision is replaced.
    pub fn insert(&mut self, id: PolicyId, revision: u32, item: Item) {
        match self.place(id, revision) {
            Ok(place) => self.items[place].2 = item,
            Err(place) => self.items.insert(place, (id, revision, item)),
        }
    }

    /// The content of this id and revision.
    pub fn get(&self, id: PolicyId, revision: u32) -> Option<&Item> {
        self.place(id, revision).ok().map(|place| &self.items[place].2)
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

    fn place(&self, id: PolicyId, revision: u32) -> Result<usize, usize> {
        self.items.binary_search_by_key(&(id, revision), |(id, revision, _)| (*id, *revision))
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
}
