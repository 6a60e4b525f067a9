//! Resolves a cohort: goes through the timeline once and looks at every moment at which something may change.

use super::applies::{Applied, Principal, Rules};
use super::apps::{AppStanding, Apps};
use super::cohort::{Epoch, Lists, PlannedPush};
use super::member::Member;
use super::membership::{Belongs, View, moments};
use crate::catalog::{ChangeKind, Intent, Intents, State, Tenant, is_app};
use crate::facts::eligibility;
use crate::facts::{Edition, Feature, Features};
use crate::profile::Profile;
use crate::protocol::{AppList, AppSettings, Assigned, PolicyId, Push, RunAs, ScriptPolicy, Target};
use crate::relations::Relations;
use crate::time::Wall;

/// The first epoch, the others, and the pushes between them.
pub(super) fn resolve(tenant: &Tenant, profile: &Profile, member: &Member) -> (Epoch, Vec<Epoch>, Vec<PlannedPush>) {
    let matches: Vec<bool> = tenant.filters().iter().map(|filter| filter.matches(&member.properties)).collect();
    let world = World { tenant, profile, member, matches };
    let mut steps: Vec<(Wall, u32, ChangeKind)> = Vec::new();
    for (place, change) in (0_u32..).zip(tenant.changes()) {
        steps.push((known_at(profile, change.at, &change.kind), place, change.kind));
    }
    steps.sort_by_key(|(at, place, _)| (*at, *place));
    let mut times = moments(member, profile);
    times.extend(steps.iter().map(|(at, _, _)| *at));
    times.sort_unstable();
    times.dedup();

    let mut steps = steps.into_iter().peekable();
    let mut state = tenant.initial();
    let mut before = world.snapshot(&state, Wall::MIN);
    let first = world.epoch(&state, &before, Wall::MIN);
    let (mut rest, mut pushes) = (Vec::<Epoch>::new(), Pushes::default());
    for at in times {
        while let Some((_, place, kind)) = steps.next_if(|(due, _, _)| *due <= at) {
            state.apply(place, &kind);
        }
        let after = world.snapshot(&state, at);
        pushes.add(profile, at, &before, &after);
        let epoch = world.epoch(&state, &after, at);
        if !epoch.is_like(rest.last().unwrap_or(&first)) {
            rest.push(epoch);
        }
        before = after;
    }
    (first, rest, pushes.planned)
}

struct World<'a> {
    tenant: &'a Tenant,
    profile: &'a Profile,
    member: &'a Member,
    matches: Vec<bool>,
}

/// How every piece of content applies at one moment, by its place in the tenant.
struct Snapshot<'a> {
    all: Vec<Standing>,
    /// How its apps are related then.
    relations: Option<&'a Relations>,
    /// The apps that the Enrollment Status Page waits for.
    esp: &'a [PolicyId],
}

/// How one piece of content applies: to the device, then to each user.
struct Standing {
    feature: Feature,
    revision: u32,
    bitness_change: bool,
    run_as: RunAs,
    order: u32,
    applied: Vec<Option<Applied>>,
}

/// When Intune knows of a change: of what happens to a group in Entra `svc.group_sync_delay` later (B-12.4).
pub(super) fn known_at(profile: &Profile, at: Wall, kind: &ChangeKind) -> Wall {
    match kind {
        ChangeKind::DeleteGroup(_) | ChangeKind::RestoreGroup(_) => at.after(profile.svc.group_sync_delay),
        ChangeKind::Assign { .. }
        | ChangeKind::Unassign { .. }
        | ChangeKind::UpdateContent { .. }
        | ChangeKind::Relate(_)
        | ChangeKind::Unrelate { .. }
        | ChangeKind::DeleteContent(_)
        | ChangeKind::ReleaseAgent { .. }
        | ChangeKind::ServicePrincipal { .. } => at,
    }
}

impl<'a> World<'a> {
    fn snapshot(&self, state: &State, now: Wall) -> Snapshot<'a> {
        let view = View { tenant: self.tenant, profile: self.profile, member: self.member, state, now };
        let (device, users) = (view.device(), view.users());
        let contents = (0_u32..).map(PolicyId).zip(self.tenant.contents());
        Snapshot {
            all: contents
                .map(|(id, content)| {
                    let (revision, bitness_change) = state.revision(id);
                    Standing {
                        feature: content.feature,
                        revision,
                        bitness_change,
                        run_as: content.script.map_or(RunAs::System, |script| script.run_as),
                        order: state.assignments(id).first().map_or(u32::MAX, |placed| placed.order),
                        applied: self.apply(state, id, content.is_app(), &device, &users),
                    }
                })
                .collect(),
            relations: self.tenant.relations(state),
            esp: self.tenant.esp(),
        }
    }

    fn apply(
        &self,
        state: &State,
        id: PolicyId,
        is_app: bool,
        device: &Belongs,
        users: &[Belongs],
    ) -> Vec<Option<Applied>> {
        let assignments = state.assignments(id);
        let rules = Rules { tenant: self.tenant, matches: &self.matches, deleted: &|group| state.is_deleted(group) };
        let alone = Principal { device, user: None, primary: true };
        let with_user = users.iter().zip(&self.member.users);
        let with_user = with_user.map(|(user, who)| Principal { device, user: Some(user), primary: who.primary });
        let is_host = self.member.facts.edition == Edition::MultiSession;
        core::iter::once(alone)
            .chain(with_user)
            .map(|who| rules.apply(assignments, is_app, who))
            .map(|applied| if is_app && is_host { applied.and_then(to_host) } else { applied })
            .collect()
    }

    fn epoch(&self, state: &State, snapshot: &Snapshot<'_>, from: Wall) -> Epoch {
        let assigned = self.assigned(snapshot);
        let wanted = eligibility::wanted(&self.member.facts, assigned, self.profile);
        let principals = 0..=self.member.users.len();
        Epoch {
            from,
            assigned,
            wanted,
            on_device: snapshot.on_device(),
            service_principal: state.has_service_principal(),
            lists: principals.map(|principal| snapshot.lists(principal, wanted)).collect(),
        }
    }

    /// The features assigned to the device or any of its users (B-2.2), and to every device (B-2.19).
    ///
    /// That there are none left is only told: when an agent goes that nothing asks for is not decided here (B-2.20).
    fn assigned(&self, snapshot: &Snapshot<'_>) -> Features {
        let everywhere = Features::NONE;
        let everywhere =
            if self.tenant.has_endpoint_analytics() { everywhere.with(Feature::EndpointAnalytics) } else { everywhere };
        let applied = snapshot.all.iter().filter(|standing| standing.applied.iter().any(is_given));
        applied.fold(everywhere, |features, standing| features.with(standing.feature))
    }
}

impl Epoch {
    /// True if nothing but the moment differs.
    fn is_like(&self, other: &Self) -> bool {
        self.assigned == other.assigned
            && self.wanted == other.wanted
            && self.on_device == other.on_device
            && self.service_principal == other.service_principal
            && self.lists == other.lists
    }
}

impl Snapshot<'_> {
    /// The features that are assigned to the device itself, not to one of its users.
    fn on_device(&self) -> Features {
        let applied = self.all.iter().filter(|standing| standing.applied.first().is_some_and(is_given));
        applied.fold(Features::NONE, |features, standing| features.with(standing.feature))
    }

    /// What the polls of one principal bring.
    ///
    /// Only what the device may have: no scripts or remediations where its kind of join forbids them (B-1.10a,
    /// B-1.13). Apps are listed in any case; the agent skips them itself while others handle apps (B-1.23).
    fn lists(&self, principal: usize, wanted: Features) -> Lists {
        let mut scripts: Vec<(u32, ScriptPolicy)> = Vec::new();
        let mut apps: Vec<AppStanding> = Vec::new();
        let (mut remediations, mut discovery) = (Vec::new(), Vec::new());
        for (id, standing) in (0_u32..).map(PolicyId).zip(&self.all) {
            let applied = standing.applied.get(principal).copied().flatten();
            if is_app(standing.feature) {
                let Standing { revision, order, .. } = *standing;
                apps.push(AppStanding { id, revision, order, applied });
            }
            let Some(applied) = applied else { continue };
            let is = |feature| standing.feature == feature && wanted.contains(feature);
            if is(Feature::Script) {
                scripts.push((standing.order, standing.script(id, applied.target)));
            }
            if is(Feature::Remediation) {
                remediations.push((standing.order, standing.assigned(id, applied.target)));
            }
            if is(Feature::CustomCompliance) {
                discovery.push((standing.order, standing.assigned(id, applied.target)));
            }
        }
        let apps = Apps { all: &apps, relations: self.relations, esp: self.esp };
        Lists {
            scripts: in_order(scripts),
            required_apps: AppList::new(apps.required().into_vec()),
            available_apps: AppList::new(apps.available().into_vec()),
            remediations: in_order(remediations),
            discovery: in_order(discovery),
        }
    }
}

impl Standing {
    fn script(&self, id: PolicyId, target: Target) -> ScriptPolicy {
        ScriptPolicy { id, revision: self.revision, target, run_as: self.run_as, bitness_change: self.bitness_change }
    }

    const fn assigned(&self, id: PolicyId, target: Target) -> Assigned {
        Assigned { id, revision: self.revision, target }
    }

    /// What of the content the service announces: all but an app that is merely available (B-3.7).
    fn announced(&self, principal: usize) -> Option<(Target, Intents, AppSettings, u32)> {
        let applied = self.applied.get(principal).copied().flatten().filter(|applied| !applied.filtered_out)?;
        let intents = applied.intents.without(Intent::Available);
        let silent = intents.is_empty() && !applied.intents.is_empty();
        (!silent).then_some((applied.target, intents, applied.settings, self.revision))
    }

    /// The revision that is required of an app.
    fn required(&self, principal: usize) -> Option<u32> {
        let applied = self.applied.get(principal).copied().flatten()?;
        (applied.intents.contains(Intent::Required) && !applied.filtered_out).then_some(self.revision)
    }
}

/// What is left of an app on a multi-session host: not what is merely available, and nothing that reaches users alone
/// (B-1.29). An app of which nothing is left brings no agent either.
fn to_host(applied: Applied) -> Option<Applied> {
    let intents = applied.intents.without(Intent::Available);
    let reaches_device = match applied.target {
        Target::Device | Target::Both => true,
        Target::User => false,
    };
    (reaches_device && !intents.is_empty()).then_some(Applied { target: Target::Device, intents, ..applied })
}

/// A list in assignment order; content of one order stays as it is in the tenant.
fn in_order<T>(mut list: Vec<(u32, T)>) -> Box<[T]> {
    list.sort_by_key(|(order, _)| *order);
    list.into_iter().map(|(_, item)| item).collect()
}

/// True for what applies and is not kept from the device by a filter.
fn is_given(applied: &Option<Applied>) -> bool {
    applied.is_some_and(|applied| !applied.filtered_out)
}

#[derive(Default)]
struct Pushes {
    planned: Vec<PlannedPush>,
    changes: u32,
}

impl Pushes {
    /// Plans the pushes for what changed at one moment: at most one of each kind.
    fn add(&mut self, profile: &Profile, at: Wall, before: &Snapshot<'_>, after: &Snapshot<'_>) {
        let (mut to_client, mut to_agent) = (false, false);
        for (before, after) in before.all.iter().zip(&after.all) {
            for principal in 0..after.applied.len() {
                // A change of assignment, content or membership makes the client come (B-3.7, B-13.1).
                to_client |= before.announced(principal) != after.announced(principal);
                // A newly required or changed app makes the agent check its apps (B-4.19).
                let required = after.required(principal);
                to_agent |= required.is_some() && before.required(principal) != required;
            }
        }
        let change = self.changes;
        let to_client = to_client && profile.mdm.notify_on_change;
        let to_agent = to_agent && profile.ime.push_app_workload;
        self.planned.extend(to_client.then_some(PlannedPush { at, push: Push::MdmChange, change }));
        self.planned.extend(to_agent.then_some(PlannedPush { at, push: Push::AgentApps, change }));
        self.changes += u32::from(to_client || to_agent);
    }
}
