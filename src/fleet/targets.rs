//! What is aimed at the devices of a fleet, since when, and through which group: its ring.

use std::collections::BTreeMap;

use crate::catalog::{GroupId, Mode};
use crate::facts::{Facts, Feature};
use crate::protocol::{Intent, PolicyId, RunAs, UserId, Workload};
use crate::service::{Cohort, Epoch, Member, VerdictOutcome, verdicts};
use crate::sim::Cast;
use crate::sim::plan::Plan;
use crate::time::Wall;

/// A script, required app or remediation that is aimed at devices of a class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) policy: PolicyId,
    pub(super) feature: Feature,
    pub(super) run_as: RunAs,
    /// Since when; not before the start of the run.
    pub(super) from: Wall,
    /// The place of its ring among those of the content.
    pub(super) ring: usize,
}

/// For each class of devices, what is aimed at it.
#[derive(Debug)]
pub(super) struct Targets {
    /// What is aimed at devices that agree in everything that decides it.
    sets: Vec<Vec<Target>>,
    /// By class, the place in `sets`.
    by_class: Vec<usize>,
    /// By content, the groups through which it is assigned, in the order in which devices come to them.
    rings: Vec<Vec<Option<GroupId>>>,
}

impl Targets {
    pub(super) fn of(&self, class: usize) -> &[Target] {
        self.by_class.get(class).and_then(|set| self.sets.get(*set)).map_or(&[], Vec::as_slice)
    }

    /// The groups through which a piece of content is aimed at devices.
    pub(super) fn rings(&self, content: usize) -> &[Option<GroupId>] {
        self.rings.get(content).map_or(&[], Vec::as_slice)
    }

    /// What is aimed at each class, whether its devices qualify or not: assignments are resolved once more as if they did.
    pub(super) fn new(plan: &Plan, cast: &Cast<'_>) -> Self {
        let mut targets =
            Self { sets: Vec::new(), by_class: Vec::new(), rings: vec![Vec::new(); plan.tenant.contents().len()] };
        let mut known: BTreeMap<(Member, u8), usize> = BTreeMap::new();
        for (described, _) in cast.classes() {
            let mut member = described.member.clone();
            member.facts = Facts { join: described.facts.join, ..Facts::default() };
            let users = u8::try_from(described.users.len()).unwrap_or(u8::MAX);
            let key = (member.trimmed(&plan.tenant), users);
            let set = match known.get(&key) {
                Some(set) => *set,
                None => {
                    targets.sets.push(Vec::new());
                    let set = targets.sets.len() - 1;
                    targets.sets[set] = targets.resolve(plan, &key.0, users);
                    known.insert(key, set);
                    set
                }
            };
            targets.by_class.push(set);
        }
        targets
    }

    /// What is aimed at a member: each piece of content once, in order, with the moment and the ring that come first.
    fn resolve(&mut self, plan: &Plan, member: &Member, users: u8) -> Vec<Target> {
        let cohort = Cohort::resolve(&plan.tenant, &plan.profile, member);
        let mut found: Vec<Target> = Vec::new();
        for epoch in cohort.epochs() {
            for user in (0..=users).map(UserId) {
                for (policy, run_as) in aimed(epoch, user) {
                    if found.iter().any(|known| known.policy == policy) {
                        continue;
                    }
                    let group = group_of(plan, member, (policy, user), epoch.from().max(plan.start));
                    found.push(Target {
                        policy,
                        feature: plan.tenant.content(policy).map_or(Feature::Script, |content| content.feature),
                        run_as,
                        from: epoch.from().max(plan.start),
                        ring: self.ring(policy, group),
                    });
                }
            }
        }
        found.sort_by_key(|target| target.policy);
        found
    }

    fn ring(&mut self, policy: PolicyId, group: Option<GroupId>) -> usize {
        let Some(rings) = self.rings.get_mut(policy.0 as usize) else { return 0 };
        rings.iter().position(|known| *known == group).unwrap_or_else(|| {
            rings.push(group);
            rings.len() - 1
        })
    }
}

/// The scripts, required apps and remediations of one user, or of the device itself.
fn aimed(epoch: &Epoch, user: UserId) -> impl Iterator<Item = (PolicyId, RunAs)> {
    let scripts = epoch.scripts(user).iter().map(|script| (script.id, script.run_as));
    let required = epoch.apps(Workload::RequiredApp, user).iter();
    let required = required.filter(|app| app.intents.contains(Intent::Required) && !app.filtered_out);
    let remediations = epoch.remediations(user).iter().map(|remediation| (remediation.id, RunAs::System));
    scripts.chain(required.map(|app| (app.id, RunAs::System))).chain(remediations)
}

/// The group of the first assignment that counts, if there is one at that moment.
fn group_of(plan: &Plan, member: &Member, whose: (PolicyId, UserId), from: Wall) -> Option<GroupId> {
    let (all, _) = verdicts(&plan.tenant, &plan.profile, member, whose, from);
    let counts = |outcome| matches!(outcome, VerdictOutcome::Counts(_));
    let first = all.iter().find(|verdict| verdict.mode == Mode::Include && counts(verdict.outcome));
    first.map(|verdict| verdict.group)
}
