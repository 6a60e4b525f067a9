//! The making of a tenant: every step is checked as the admin center would check it.

use super::assignment::Assignment;
use super::change::{Change, ChangeKind};
use super::check::Mixing;
use super::content::{Content, ScriptContent, default_item, fits};
use super::error::CatalogError;
use super::fault::ServiceFault;
use super::faulty::FaultyTimes;
use super::filter::{FILTERS_MAX, Filter, FilterId};
use super::group::{Group, GroupId, GroupKind};
use super::relate::{check_deletion, limits, related};
use super::tenant::{AgentRelease, Tenant};
use crate::content::Item;
use crate::facts::Feature;
use crate::profile::{MixedExclusion, Profile, SizeRule, Version};
use crate::protocol::PolicyId;
use crate::relations::Relation;
use crate::time::Wall;

/// Makes a [`Tenant`] step by step. A step that is refused leaves the builder as it was.
#[derive(Clone, Debug)]
pub struct TenantBuilder<'p> {
    pub(super) profile: &'p Profile,
    pub(super) tenant: Tenant,
    /// The relations before the first change.
    pub(super) relations: Vec<Relation>,
}

impl Tenant {
    /// The same tenant with one change more, held against the same checks as all others. What was before it stays as it was.
    ///
    /// # Errors
    /// Those of [`TenantBuilder::change`] and [`TenantBuilder::build`].
    pub fn with_change(&self, profile: &Profile, at: Wall, kind: ChangeKind) -> Result<Self, CatalogError> {
        let relations = self.relations.first().map_or_else(Vec::new, |first| first.relations().collect());
        let mut builder = TenantBuilder { profile, tenant: self.clone(), relations };
        builder.change(at, kind)?;
        builder.build()
    }
}

impl<'p> TenantBuilder<'p> {
    pub(super) fn new(profile: &'p Profile) -> Self {
        Self {
            profile,
            tenant: Tenant {
                groups: Vec::new(),
                filters: Vec::new(),
                contents: Vec::new(),
                changes: Vec::new(),
                updates: Vec::new(),
                releases: Vec::new(),
                faults: Vec::new(),
                faulty: FaultyTimes::NONE,
                endpoint_analytics: false,
                service_principal: true,
                agent_version: AGENT_VERSION,
                relations: Vec::new(),
                esp: Vec::new(),
            },
            relations: Vec::new(),
        }
    }

    /// The profile that decides what is refused.
    pub const fn profile(&self) -> &'p Profile {
        self.profile
    }

    /// Adds a group.
    ///
    /// # Errors
    /// [`CatalogError::DuplicateName`].
    pub fn group(&mut self, name: &str, kind: GroupKind) -> Result<GroupId, CatalogError> {
        unused("group", name, self.tenant.groups.iter().map(|group| group.name.as_str()))?;
        let id = GroupId(count(&self.tenant.groups));
        self.tenant.groups.push(Group { name: name.to_owned(), kind, nested: Vec::new() });
        Ok(id)
    }

    /// Makes the members of one group count as members of another of the same kind; cycles do no harm.
    ///
    /// # Errors
    /// [`CatalogError::Nesting`] unless both are Entra groups of users or both of devices; [`CatalogError::Unknown`].
    /// Source: B-12.3.
    pub fn nest(&mut self, parent: GroupId, child: GroupId) -> Result<(), CatalogError> {
        let outer = self.known_group("nesting", parent)?;
        let inner = self.known_group("nesting", child)?;
        if outer.kind != inner.kind || outer.kind.is_virtual() {
            return Err(CatalogError::Nesting {
                parent: outer.name.clone(),
                parent_kind: outer.kind,
                child: inner.name.clone(),
                child_kind: inner.kind,
            });
        }
        self.tenant.groups[parent.index()].nested.push(child);
        Ok(())
    }

    /// Adds a filter and reads its expression.
    ///
    /// # Errors
    /// [`CatalogError::Filter`], [`CatalogError::TooManyFilters`] beyond 200, [`CatalogError::DuplicateName`].
    /// Source: B-12.10, B-12.14.
    pub fn filter(&mut self, name: &str, text: &str) -> Result<FilterId, CatalogError> {
        unused("filter", name, self.tenant.filters.iter().map(Filter::name))?;
        if self.tenant.filters.len() >= FILTERS_MAX {
            return Err(CatalogError::TooManyFilters { name: name.to_owned(), limit: FILTERS_MAX });
        }
        let filter = Filter::new(name, text).map_err(|error| CatalogError::Filter { name: name.to_owned(), error })?;
        let id = FilterId(count(&self.tenant.filters));
        self.tenant.filters.push(filter);
        Ok(id)
    }

    /// Adds a PowerShell script.
    ///
    /// # Errors
    /// [`CatalogError::ScriptTooLarge`] at `scripts.max_bytes` or more, unless `scripts.size_rule` is `ignore`;
    /// [`CatalogError::HostBits`], [`CatalogError::DuplicateName`].
    /// Source: B-5.16.
    pub fn script(&mut self, name: &str, script: ScriptContent) -> Result<PolicyId, CatalogError> {
        let limit = self.profile.scripts.max_bytes;
        let limited = match self.profile.scripts.size_rule {
            SizeRule::Reject => true,
            SizeRule::Ignore => false,
        };
        if limited && script.bytes >= limit {
            return Err(CatalogError::ScriptTooLarge { name: name.to_owned(), bytes: script.bytes, limit });
        }
        if !matches!(script.host_bits, 32 | 64) {
            return Err(CatalogError::HostBits { name: name.to_owned(), bits: script.host_bits });
        }
        self.add(name, Feature::Script, Some(script), None)
    }

    /// Adds content other than a PowerShell script.
    ///
    /// # Errors
    /// [`CatalogError::NotAScript`] for a script, [`CatalogError::DuplicateName`], [`CatalogError::TooManyRemediations`].
    pub fn content(&mut self, name: &str, feature: Feature) -> Result<PolicyId, CatalogError> {
        if feature == Feature::Script {
            return Err(CatalogError::NotAScript { name: name.to_owned() });
        }
        self.add(name, feature, None, default_item(feature))
    }

    /// Adds an app, a remediation or a discovery script.
    ///
    /// # Errors
    /// [`CatalogError::ItemMismatch`] unless the item is what the feature works with, [`CatalogError::DuplicateName`],
    /// [`CatalogError::TooManyRemediations`]; for a discovery script [`CatalogError::DiscoveryTooLarge`] beyond
    /// `cc.max_script_bytes`, [`CatalogError::HostBits`]; for an app [`CatalogError::AppLimit`].
    pub fn item(&mut self, name: &str, feature: Feature, item: Item) -> Result<PolicyId, CatalogError> {
        if !fits(&item, feature) {
            return Err(CatalogError::ItemMismatch { name: name.to_owned(), feature });
        }
        self.check_item(name, &item)?;
        self.add(name, feature, None, Some(item))
    }

    /// Changes an app, a remediation or a discovery script from a moment on, as a new revision.
    ///
    /// # Errors
    /// [`CatalogError::Unknown`], [`CatalogError::ItemMismatch`] unless the item is of the same kind as before, and for
    /// a discovery script or an app those of [`TenantBuilder::item`].
    pub fn update(&mut self, at: Wall, content: PolicyId, item: Item) -> Result<(), CatalogError> {
        let known = self.known_content("change", content)?;
        if !fits(&item, known.feature) {
            return Err(CatalogError::ItemMismatch { name: known.name.clone(), feature: known.feature });
        }
        self.check_item(&known.name, &item)?;
        let to = Some(count(&self.tenant.updates));
        self.tenant.updates.push(item);
        self.change(at, ChangeKind::UpdateContent { content, bitness_only: false, to })
    }

    fn add(
        &mut self,
        name: &str,
        feature: Feature,
        script: Option<ScriptContent>,
        item: Option<Item>,
    ) -> Result<PolicyId, CatalogError> {
        unused("content", name, self.tenant.contents.iter().map(|content| content.name.as_str()))?;
        let limit = self.profile.rem.max_packages;
        let packages = self.tenant.contents.iter().filter(|content| content.feature == Feature::Remediation).count();
        if feature == Feature::Remediation && packages >= limit as usize {
            return Err(CatalogError::TooManyRemediations { name: name.to_owned(), limit }); // B-6.1
        }
        let id = PolicyId(count(&self.tenant.contents));
        self.tenant.contents.push(Content { name: name.to_owned(), feature, script, item, assignments: Vec::new() });
        Ok(id)
    }

    /// Assigns content from before the start.
    ///
    /// # Errors
    /// [`CatalogError::TwoIntents`] or [`CatalogError::AssignedTwice`] for a group that has an assignment (B-12.5);
    /// those of an assignment by itself, such as [`CatalogError::IntentMissing`]; [`CatalogError::Unknown`].
    pub fn assign(&mut self, content: PolicyId, assignment: Assignment) -> Result<(), CatalogError> {
        self.check(content, &assignment)?;
        let into = &mut self.tenant.contents[content.0 as usize];
        if let Some(first) = into.assignments.iter().find(|known| known.group == assignment.group) {
            let (content, group) = (into.name.clone(), self.tenant.groups[assignment.group.index()].name.clone());
            return Err(match (first.intent, assignment.intent) {
                (Some(first), Some(second)) if first != second => {
                    CatalogError::TwoIntents { content, group, first, second }
                }
                (Some(_) | None, Some(_) | None) => CatalogError::AssignedTwice { content, group },
            });
        }
        into.assignments.push(assignment);
        Ok(())
    }

    /// Adds a change. Changes may be given in any order of time; those of one moment are made in the order given.
    ///
    /// # Errors
    /// [`CatalogError::Unknown`], [`CatalogError::VirtualGroup`], and those of an assignment by itself.
    pub fn change(&mut self, at: Wall, kind: ChangeKind) -> Result<(), CatalogError> {
        match kind {
            ChangeKind::Assign { content, assignment } => self.check(content, &assignment)?,
            ChangeKind::Unassign { content, group } => {
                self.known_content("change", content)?;
                self.known_group("change", group)?;
            }
            ChangeKind::UpdateContent { content, .. } | ChangeKind::DeleteContent(content) => {
                self.known_content("change", content)?;
            }
            ChangeKind::Relate(Relation { from, to, .. }) | ChangeKind::Unrelate { from, to } => {
                self.known_content("change", from)?;
                self.known_content("change", to)?;
            }
            ChangeKind::DeleteGroup(group) | ChangeKind::RestoreGroup(group) => {
                let group = self.known_group("change", group)?;
                if group.kind.is_virtual() {
                    return Err(CatalogError::VirtualGroup { name: group.name.clone() });
                }
            }
            ChangeKind::ReleaseAgent { .. } | ChangeKind::ServicePrincipal { .. } => {}
        }
        self.tenant.changes.push(Change { at, kind });
        Ok(())
    }

    /// Adds a fault of the service.
    ///
    /// # Errors
    /// [`CatalogError::EmptyFault`] unless it ends after it begins.
    pub fn fault(&mut self, fault: ServiceFault) -> Result<(), CatalogError> {
        if fault.until <= fault.from {
            return Err(CatalogError::EmptyFault { from: fault.from, until: fault.until });
        }
        self.tenant.faults.push(fault);
        self.tenant.look_at_faults();
        Ok(())
    }

    /// Switches Endpoint analytics on or off; the default is off. On, every device is a target of the agent.
    ///
    /// Source: B-2.19.
    pub fn endpoint_analytics(&mut self, on: bool) {
        self.tenant.endpoint_analytics = on;
    }

    /// Enables or disables the agent's service principal before the first change; the default is enabled.
    ///
    /// Source: B-1.25.
    pub fn service_principal(&mut self, enabled: bool) {
        self.tenant.service_principal = enabled;
    }

    /// Sets the version of the agent that is offered before the first release; the default is 1.93.0.0.
    pub fn agent_version(&mut self, version: Version) {
        self.tenant.agent_version = version;
    }

    /// Finishes the tenant: sorts its changes by time and goes through them once.
    ///
    /// # Errors
    /// [`CatalogError::NotAssigned`] and [`CatalogError::NotRelated`] for a change that takes back what is not there,
    /// [`CatalogError::Relations`] for one that leads to relations that cannot be or deletes a related app,
    /// [`CatalogError::Deleted`] for one of deleted content, and, if `assign.mixed_exclusion` is
    /// `reject`, [`CatalogError::MixedExclusion`] (B-12.2).
    pub fn build(self) -> Result<Tenant, CatalogError> {
        let limits = limits(self.profile);
        let mut tenant = self.tenant;
        let mut relations = vec![related(&tenant, &self.relations, &limits, None)?];
        tenant.relations.clone_from(&relations);
        tenant.changes.sort_by_key(|change| change.at);
        tenant.releases = tenant.changes.iter().filter_map(AgentRelease::of).collect();
        let mixing = match self.profile.assign.mixed_exclusion {
            MixedExclusion::Ignored => Mixing::Allowed,
            MixedExclusion::Reject => Mixing::Refused,
        };
        let mut state = tenant.initial();
        for place in 0..count(&tenant.contents) {
            mixing.check(&tenant, &state, PolicyId(place), None)?;
        }
        for (place, change) in (0_u32..).zip(&tenant.changes) {
            check_deletion(&tenant, &state, relations.last(), change)?;
            let done = state.apply(place, &change.kind);
            match change.kind {
                ChangeKind::Assign { content, .. } => mixing.check(&tenant, &state, content, Some(change.at))?,
                ChangeKind::Unassign { content, group } => {
                    if !done {
                        return Err(CatalogError::NotAssigned {
                            content: tenant.contents[content.0 as usize].name.clone(),
                            group: tenant.groups[group.index()].name.clone(),
                            at: change.at,
                        });
                    }
                }
                ChangeKind::Unrelate { from, to } if !done => {
                    let name = |app: PolicyId| tenant.contents[app.0 as usize].name.clone();
                    return Err(CatalogError::NotRelated { from: name(from), to: name(to), at: change.at });
                }
                ChangeKind::Relate(Relation { from, .. }) | ChangeKind::Unrelate { from, .. } => {
                    relations.push(related(&tenant, state.relations(), &limits, Some((from, change.at)))?);
                }
                ChangeKind::UpdateContent { .. }
                | ChangeKind::DeleteContent(_)
                | ChangeKind::DeleteGroup(_)
                | ChangeKind::RestoreGroup(_)
                | ChangeKind::ReleaseAgent { .. }
                | ChangeKind::ServicePrincipal { .. } => {}
            }
        }
        tenant.relations = relations;
        Ok(tenant)
    }

    pub(super) fn known_group(&self, place: &str, id: GroupId) -> Result<&Group, CatalogError> {
        let unknown = || CatalogError::Unknown { place: place.to_owned(), what: "group", number: id.0 };
        self.tenant.group(id).ok_or_else(unknown)
    }

    pub(super) fn known_content(&self, place: &str, id: PolicyId) -> Result<&Content, CatalogError> {
        let unknown = || CatalogError::Unknown { place: place.to_owned(), what: "content", number: id.0 };
        self.tenant.content(id).ok_or_else(unknown)
    }
}

/// Refuses a name that is used already.
fn unused<'a>(what: &'static str, name: &str, mut known: impl Iterator<Item = &'a str>) -> Result<(), CatalogError> {
    if known.any(|known| known == name) {
        return Err(CatalogError::DuplicateName { what, name: name.to_owned() });
    }
    Ok(())
}

/// The length of a list as the number of the next id.
fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

/// The version offered before the first release; checks of the catalogue assume 1.93 (C-2.5).
const AGENT_VERSION: Version = Version([1, 93, 0, 0]);
