//! Why an app reaches somebody, or not: what became of each of its assignments. For explanations.

use super::applies::{Applied, Principal, Rules};
use super::member::Member;
use super::membership::View;
use super::resolve::known_at;
use crate::catalog::{FilterId, GroupId, Intent, Mode, Tenant};
use crate::profile::Profile;
use crate::protocol::{PolicyId, UserId};
use crate::rules::{RuleId, b};
use crate::time::Wall;

/// What became of one assignment for one user of a device, or for the device itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The group that it is for.
    pub group: GroupId,
    /// Whether it gives or withholds.
    pub mode: Mode,
    /// The intent, of an app.
    pub intent: Option<Intent>,
    /// What became of it.
    pub outcome: VerdictOutcome,
}

/// What became of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictOutcome {
    /// It is for a group that this one does not belong to, or that is soft-deleted.
    Elsewhere,
    /// It leaves this one out (B-12.1).
    Excludes,
    /// An exclusion of the same kind keeps it away (B-12.1).
    Excluded,
    /// Another intent wins (B-12.15).
    Outranked,
    /// Its filter keeps it away (B-12.11 to B-12.13).
    FilteredOut(FilterId),
    /// It counts; its filter let it through, if it has one.
    Counts(Option<FilterId>),
}

impl VerdictOutcome {
    /// The rule behind it.
    pub const fn rule(self) -> RuleId {
        match self {
            Self::Elsewhere => b(12, 7),
            Self::Excludes | Self::Excluded => b(12, 1),
            Self::Outranked => b(12, 15),
            Self::FilteredOut(_) => b(12, 13),
            Self::Counts(_) => b(12, 11),
        }
    }
}

/// What became of each assignment of an app at a moment, in the order in which they were made; and whether the app reaches
/// this one at all.
pub fn verdicts(
    tenant: &Tenant,
    profile: &Profile,
    member: &Member,
    (content, user): (PolicyId, UserId),
    now: Wall,
) -> (Vec<Verdict>, bool) {
    let mut state = tenant.initial();
    for (place, change) in (0_u32..).zip(tenant.changes()) {
        if known_at(profile, change.at, &change.kind) <= now {
            state.apply(place, &change.kind);
        }
    }
    let view = View { tenant, profile, member, state: &state, now };
    let (device, users) = (view.device(), view.users());
    let whose = usize::from(user.0).checked_sub(1);
    let who = Principal {
        device: &device,
        user: whose.and_then(|place| users.get(place)),
        primary: whose.and_then(|place| member.users.get(place)).is_none_or(|user| user.primary),
    };
    let matches: Vec<bool> = tenant.filters().iter().map(|filter| filter.matches(&member.properties)).collect();
    let rules = Rules { tenant, matches: &matches, deleted: &|group| state.is_deleted(group) };
    let assignments = state.assignments(content);
    let applied = rules.apply(assignments, true, who);
    let verdict = |group, mode, intent, outcome| Verdict { group, mode, intent, outcome };
    let all = assignments.iter().map(|placed| {
        let assignment = placed.assignment;
        let outcome = match (rules.side_hit(assignment.group, who), assignment.mode) {
            (None, _) => VerdictOutcome::Elsewhere,
            (Some(_), Mode::Exclude) => VerdictOutcome::Excludes,
            (Some(side), Mode::Include) if rules.is_excluded(assignments, side, who) => VerdictOutcome::Excluded,
            (Some(_), Mode::Include) => weigh(assignment.intent, assignment.filter, &rules, applied),
        };
        verdict(assignment.group, assignment.mode, assignment.intent, outcome)
    });
    (all.collect(), applied.is_some_and(|applied| !applied.filtered_out))
}

/// What becomes of an inclusion that nothing excludes.
fn weigh(
    intent: Option<Intent>,
    filter: Option<(FilterId, crate::catalog::FilterMode)>,
    rules: &Rules<'_>,
    applied: Option<Applied>,
) -> VerdictOutcome {
    match filter {
        Some((id, mode)) if !rules.lets_through(id, mode) => return VerdictOutcome::FilteredOut(id),
        Some(_) | None => {}
    }
    let is_left = |intent| applied.is_some_and(|applied| applied.intents.contains(intent));
    if intent.is_none_or(is_left) {
        VerdictOutcome::Counts(filter.map(|(id, _)| id))
    } else {
        VerdictOutcome::Outranked
    }
}
