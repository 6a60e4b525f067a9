//! The tenant: everything an admin has set up, and what becomes of it.

use serde::Serialize;

use super::builder::TenantBuilder;
use super::change::{Change, ChangeKind};
use super::content::Content;
use super::fault::ServiceFault;
use super::faulty::FaultyTimes;
use super::filter::{Filter, FilterId, Property};
use super::group::{Group, GroupId};
use super::state::State;
use crate::chance::{Chance, Purpose, SpanRange};
use crate::content::{Item, Library};
use crate::profile::{Profile, Version};
use crate::protocol::{PolicyId, Request};
use crate::relations::Relations;
use crate::time::{Span, Wall};

/// A tenant: groups, filters, content with assignments, and the timeline of changes.
///
/// Made by [`Tenant::builder`], and sound from then on. Shared by all devices and never changed.
///
/// # Examples
/// ```
/// use imesim::catalog::{Assignment, GroupKind, ScriptContent, Tenant};
/// use imesim::profile::Profile;
///
/// let profile = Profile::default();
/// let mut tenant = Tenant::builder(&profile);
/// let all = tenant.group("all", GroupKind::AllDevices)?;
/// let script = tenant.script("clean", ScriptContent::default())?;
/// tenant.assign(script, Assignment::include(all))?;
/// assert_eq!(tenant.build()?.contents().len(), 1);
/// # Ok::<(), imesim::catalog::CatalogError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Tenant {
    pub(super) groups: Vec<Group>,
    pub(super) filters: Vec<Filter>,
    pub(super) contents: Vec<Content>,
    pub(super) changes: Vec<Change>,
    pub(super) updates: Vec<Item>,
    pub(super) releases: Vec<AgentRelease>,
    pub(super) faults: Vec<ServiceFault>,
    /// When some of them may be on.
    #[serde(skip)]
    pub(super) faulty: FaultyTimes,
    pub(super) endpoint_analytics: bool,
    pub(super) service_principal: bool,
    pub(super) agent_version: Version,
    /// The relations between apps, before the first change of them and after each.
    pub(super) relations: Vec<Relations>,
    /// The apps that the Enrollment Status Page waits for, in order.
    pub(super) esp: Vec<PolicyId>,
}

/// One release of the agent, out of the changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct AgentRelease {
    /// When the first device is offered it.
    pub at: Wall,
    /// The version.
    pub version: Version,
    /// From the first device to the last.
    pub over: Span,
}

impl Tenant {
    /// Starts an empty tenant; the profile decides what is refused.
    pub fn builder(profile: &Profile) -> TenantBuilder<'_> {
        TenantBuilder::new(profile)
    }

    /// The groups, by their ids.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The filters, by their ids.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// The content, by its ids.
    pub fn contents(&self) -> &[Content] {
        &self.contents
    }

    /// The changes, by time and then in the order given.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What changes make of apps, remediations and discovery scripts.
    pub fn updates(&self) -> &[Item] {
        &self.updates
    }

    /// The relations between apps in a state.
    ///
    /// Source: B-7.5.
    pub fn relations(&self, state: &State) -> Option<&Relations> {
        self.relations.get(state.relation_changes() as usize).or(self.relations.last())
    }

    /// The apps that the Enrollment Status Page waits for, in order.
    ///
    /// Source: B-7.54.
    pub fn esp(&self) -> &[PolicyId] {
        &self.esp
    }

    /// Everything that agents are given over the whole timeline, in every revision.
    pub fn library(&self) -> Library {
        let mut library = Library::default();
        let mut now: Vec<Option<&Item>> = self.contents.iter().map(|content| content.item.as_ref()).collect();
        let mut known = vec![0; now.len()];
        let mut state = self.initial();
        let mut related = None;
        // One change can make a new revision of several apps: of all that hang together (B-7.36).
        let mut take = |state: &State, now: &[Option<&Item>]| {
            if related != Some(state.relation_changes()) && now.iter().any(|item| matches!(item, Some(Item::App(_)))) {
                related = Some(state.relation_changes());
                library.relate(self.relations(state).cloned().unwrap_or_default());
            }
            for ((id, item), known) in (0_u32..).map(PolicyId).zip(now).zip(&mut known) {
                let revision = state.revision(id).0;
                if let Some(item) = item.filter(|_| *known != revision) {
                    library.insert(id, revision, item.clone());
                }
                *known = revision;
            }
        };
        take(&state, &now);
        for (place, change) in (0_u32..).zip(&self.changes) {
            state.apply(place, &change.kind);
            match change.kind {
                ChangeKind::UpdateContent { content, to, .. } => {
                    let item = to.and_then(|to| self.updates.get(to as usize));
                    if let Some((current, item)) = now.get_mut(content.0 as usize).zip(item) {
                        *current = Some(item);
                    }
                }
                ChangeKind::Relate(_) | ChangeKind::Unrelate { .. } => {}
                ChangeKind::Assign { .. }
                | ChangeKind::Unassign { .. }
                | ChangeKind::DeleteContent(_)
                | ChangeKind::DeleteGroup(_)
                | ChangeKind::RestoreGroup(_)
                | ChangeKind::ReleaseAgent { .. }
                | ChangeKind::ServicePrincipal { .. } => continue,
            }
            take(&state, &now);
        }
        library
    }

    /// The revision of content at a moment, from 1.
    pub fn revision_at(&self, content: PolicyId, now: Wall) -> u32 {
        let changes = self.changes.iter().take_while(|change| change.at <= now);
        if !self.content(content).is_some_and(Content::is_app) {
            let is_update = |change: &&Change| change.kind.updates() == Some(content);
            return u32::try_from(changes.filter(is_update).count()).unwrap_or(u32::MAX).saturating_add(1);
        }
        let mut state = self.initial();
        for (place, change) in (0_u32..).zip(changes) {
            state.apply(place, &change.kind);
        }
        state.revision(content).0.max(1)
    }

    /// The revisions of content with which a described update came, in order: entry `n` is that of the update number `n`.
    pub fn updated_revisions(&self, content: PolicyId) -> Vec<u32> {
        let mut state = self.initial();
        let mut revisions = Vec::new();
        for (place, change) in (0_u32..).zip(&self.changes) {
            state.apply(place, &change.kind);
            let ChangeKind::UpdateContent { content: updated, to: Some(_), .. } = change.kind else { continue };
            if updated == content {
                revisions.push(state.revision(content).0);
            }
        }
        revisions
    }

    /// The releases of the agent among the changes, in their order.
    pub fn releases(&self) -> &[AgentRelease] {
        &self.releases
    }

    /// The faults of the service, in the order given; the first that hits a request decides.
    pub fn faults(&self) -> &[ServiceFault] {
        &self.faults
    }

    /// The same tenant with more faults of the service, after those that it has.
    #[cfg(feature = "check")]
    pub fn with_faults(&self, more: impl Iterator<Item = ServiceFault>) -> Self {
        let mut tenant = self.clone();
        tenant.faults.extend(more);
        tenant.look_at_faults();
        tenant
    }

    /// Has these faults of the service behind the first so many that there are, and no others.
    #[cfg(feature = "check")]
    pub(crate) fn put_faults(&mut self, after: usize, faults: impl Iterator<Item = ServiceFault>) {
        self.faults.truncate(after);
        self.faults.extend(faults);
        self.look_at_faults();
    }

    /// The fault of the service that hits a request first, of those that are on at a moment.
    #[inline(always)]
    pub(crate) fn fault_for(&self, now: Wall, request: &Request) -> Option<&ServiceFault> {
        if self.faulty.may_have(now) { self.first_fault(now, request) } else { None }
    }

    #[inline(never)]
    fn first_fault(&self, now: Wall, request: &Request) -> Option<&ServiceFault> {
        self.faults.iter().find(|fault| fault.hits(now, request))
    }

    /// Finds out when there are faults.
    pub(super) fn look_at_faults(&mut self) {
        self.faulty = FaultyTimes::of(&self.faults);
    }

    /// One group.
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(id.index())
    }

    /// One filter.
    pub fn filter(&self, id: FilterId) -> Option<&Filter> {
        self.filters.get(id.index())
    }

    /// One piece of content.
    pub fn content(&self, id: PolicyId) -> Option<&Content> {
        self.contents.get(id.0 as usize)
    }

    /// The group of this name.
    pub fn group_named(&self, name: &str) -> Option<GroupId> {
        position(self.groups.iter().map(|group| group.name.as_str()), name).map(GroupId)
    }

    /// The content of this name.
    pub fn content_named(&self, name: &str) -> Option<PolicyId> {
        position(self.contents.iter().map(|content| content.name.as_str()), name).map(PolicyId)
    }

    /// True if Endpoint analytics is on, whose data collection policy goes to all devices.
    ///
    /// Source: B-2.19.
    pub const fn has_endpoint_analytics(&self) -> bool {
        self.endpoint_analytics
    }

    /// True if a filter reads the property.
    pub fn reads(&self, property: Property) -> bool {
        self.filters.iter().any(|filter| filter.reads(property))
    }

    /// The state before the first change.
    pub fn initial(&self) -> State {
        State::initial(self)
    }

    /// The version of the agent that one device is offered.
    ///
    /// Each release reaches the device at its own place within the release's span, the same whenever it is asked; the
    /// last release that has reached it counts.
    ///
    /// Source: B-2.14, B-13.10.
    pub fn agent_offered(&self, chance: &Chance, now: Wall) -> Version {
        let mut offered = self.agent_version;
        for (n, release) in (0_u64..).zip(&self.releases) {
            let place = SpanRange { min: Span::ZERO, max: release.over };
            if now >= release.at.after(chance.span(place, Purpose::UpdatePhase, n)) {
                offered = release.version;
            }
        }
        offered
    }
}

impl AgentRelease {
    /// The release in a change, if it is one.
    pub(super) fn of(change: &Change) -> Option<Self> {
        match change.kind {
            ChangeKind::ReleaseAgent { version, over } => Some(Self { at: change.at, version, over }),
            ChangeKind::Assign { .. }
            | ChangeKind::Unassign { .. }
            | ChangeKind::UpdateContent { .. }
            | ChangeKind::Relate(_)
            | ChangeKind::Unrelate { .. }
            | ChangeKind::DeleteContent(_)
            | ChangeKind::DeleteGroup(_)
            | ChangeKind::RestoreGroup(_)
            | ChangeKind::ServicePrincipal { .. } => None,
        }
    }
}

/// The place of a name among names.
fn position<'a>(mut names: impl Iterator<Item = &'a str>, name: &str) -> Option<u32> {
    names.position(|known| known == name).and_then(|place| u32::try_from(place).ok())
}
