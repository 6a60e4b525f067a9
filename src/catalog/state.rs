//! The state of the tenant at one moment: what the changes so far have led to.

use super::assignment::Assignment;
use super::change::ChangeKind;
use super::group::GroupId;
use super::tenant::Tenant;
use crate::protocol::PolicyId;
use crate::relations::Relation;

/// An assignment and its place in the order in which assignments were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Placed {
    /// Earlier assignments have lower numbers; a replaced assignment keeps its place.
    pub order: u32,
    /// The assignment.
    pub assignment: Assignment,
}

/// What is assigned, deleted and enabled at one moment. Changes are applied one by one, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    contents: Vec<ContentState>,
    deleted: Vec<bool>,
    service_principal: bool,
    relations: Vec<Relation>,
    /// How often they have changed.
    relation_changes: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ContentState {
    assignments: Vec<Placed>,
    revision: u32,
    bitness_change: bool,
    deleted: bool,
}

impl State {
    pub(super) fn initial(tenant: &Tenant) -> Self {
        let contents = (0_u32..).zip(&tenant.contents).map(|(order, content)| ContentState {
            assignments: content.assignments.iter().map(|&assignment| Placed { order, assignment }).collect(),
            revision: 1,
            bitness_change: false,
            deleted: false,
        });
        Self {
            contents: contents.collect(),
            deleted: vec![false; tenant.groups.len()],
            service_principal: tenant.service_principal,
            relations: tenant.relations.first().map_or_else(Vec::new, |first| first.relations().collect()),
            relation_changes: 0,
        }
    }

    /// The assignments of content, oldest first.
    pub fn assignments(&self, content: PolicyId) -> &[Placed] {
        self.contents.get(content.0 as usize).map_or(&[], |content| &content.assignments)
    }

    /// The revision of content, from 1, and whether it came by a change of nothing but the host (B-5.18a).
    pub fn revision(&self, content: PolicyId) -> (u32, bool) {
        self.contents.get(content.0 as usize).map_or((0, false), |content| (content.revision, content.bitness_change))
    }

    /// True once the content is deleted (B-7.46).
    pub fn is_gone(&self, content: PolicyId) -> bool {
        self.contents.get(content.0 as usize).is_some_and(|content| content.deleted)
    }

    /// True while the group is soft-deleted (B-12.3).
    pub fn is_deleted(&self, group: GroupId) -> bool {
        self.deleted.get(group.index()).copied().unwrap_or(false)
    }

    /// True while the agent's service principal is enabled (B-1.25).
    pub const fn has_service_principal(&self) -> bool {
        self.service_principal
    }

    /// The relations between apps, in no order.
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }

    /// How often the relations have changed: the place of this state in [`Tenant::relations`].
    pub const fn relation_changes(&self) -> u32 {
        self.relation_changes
    }

    /// Applies the change with this place among the tenant's changes.
    ///
    /// Returns false if an assignment or relation that is not there was to be taken back; nothing is changed then.
    pub fn apply(&mut self, place: u32, kind: &ChangeKind) -> bool {
        match *kind {
            ChangeKind::Assign { content, assignment } => self.assign(content, place, assignment),
            ChangeKind::Unassign { content, group } => return self.unassign(content, group),
            ChangeKind::UpdateContent { content, bitness_only, to: _ } => self.revise(content, bitness_only),
            ChangeKind::Relate(relation) => {
                self.relations.push(relation);
                self.relations_changed(&self.hanging_together(relation.from));
            }
            ChangeKind::Unrelate { from, to } => return self.unrelate(from, to),
            ChangeKind::DeleteContent(content) => {
                if let Some(content) = self.contents.get_mut(content.0 as usize) {
                    content.deleted = true;
                    content.assignments.clear();
                }
            }
            ChangeKind::DeleteGroup(group) => self.mark(group, true),
            ChangeKind::RestoreGroup(group) => self.mark(group, false),
            ChangeKind::ServicePrincipal { enabled } => self.service_principal = enabled,
            ChangeKind::ReleaseAgent { .. } => {} // Reaches each device at a time of its own: `Tenant::agent_offered`.
        }
        true
    }

    /// Adds an assignment, or replaces that for the same group: a group has one intent at a time (B-12.5).
    fn assign(&mut self, content: PolicyId, place: u32, assignment: Assignment) {
        let behind = u32::try_from(self.contents.len()).unwrap_or(u32::MAX);
        let Some(content) = self.contents.get_mut(content.0 as usize) else { return };
        match content.assignments.iter_mut().find(|placed| placed.assignment.group == assignment.group) {
            Some(placed) => placed.assignment = assignment,
            None => content.assignments.push(Placed { order: behind.saturating_add(place), assignment }),
        }
    }

    fn unassign(&mut self, content: PolicyId, group: GroupId) -> bool {
        let Some(content) = self.contents.get_mut(content.0 as usize) else { return false };
        let before = content.assignments.len();
        content.assignments.retain(|placed| placed.assignment.group != group);
        content.assignments.len() < before
    }

    fn revise(&mut self, content: PolicyId, bitness_only: bool) {
        if let Some(content) = self.contents.get_mut(content.0 as usize) {
            content.revision = content.revision.saturating_add(1);
            content.bitness_change = bitness_only;
        }
    }

    fn unrelate(&mut self, from: PolicyId, to: PolicyId) -> bool {
        let is_it = |relation: &Relation| (relation.from, relation.to) == (from, to);
        let Some(place) = self.relations.iter().position(is_it) else { return false };
        let touched = self.hanging_together(from);
        self.relations.remove(place);
        self.relations_changed(&touched);
        true
    }

    /// B-7.36: a change of relations is a change of every app in the subgraphs that it touches.
    fn relations_changed(&mut self, touched: &[PolicyId]) {
        self.relation_changes = self.relation_changes.saturating_add(1);
        for app in touched {
            self.revise(*app, false);
        }
    }

    /// The app, and everything that relations lead to from it, in either direction.
    fn hanging_together(&self, app: PolicyId) -> Vec<PolicyId> {
        let mut found = vec![app];
        let mut looked = 0;
        while let Some(app) = found.get(looked).copied() {
            looked += 1;
            for relation in self.relations.iter().filter(|relation| relation.from == app || relation.to == app) {
                for end in [relation.from, relation.to] {
                    if !found.contains(&end) {
                        found.push(end);
                    }
                }
            }
        }
        found
    }

    fn mark(&mut self, group: GroupId, deleted: bool) {
        if let Some(mark) = self.deleted.get_mut(group.index()) {
            *mark = deleted;
        }
    }
}
