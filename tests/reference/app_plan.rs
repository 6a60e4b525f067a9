//! What is to be done in a group of apps, asked app by app from the rules: B-7.40a to B-7.44, B-7.47 to B-7.53.

use imesim::agent::AppWait;
use imesim::protocol::PolicyId;
use imesim::relations::{Desired, RelationKind};

use super::app::{Group, Seat};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    Uninstall(PolicyId),
    Install(PolicyId),
}

/// Why an app is not installed, or what is to be said of it where it is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hold {
    Conflict,
    Failed,
    Reboot,
    Requirements,
    NotAutomatic,
    NotAutomaticBelow,
    SupersededStays,
    SupersededReboot,
    Superseded,
    SupersedingNotApplicable,
}

impl Hold {
    /// T-7.3: of an app that is not there, and of one that is.
    pub(crate) fn state(self, detected: bool) -> Option<u16> {
        let (absent, there) = match self {
            Self::Conflict => (5006, 5006),
            Self::Failed => (6001, 1004),
            Self::Reboot => (6002, 1006),
            Self::Requirements => (6003, 1005),
            Self::NotAutomatic => (6004, 1007),
            Self::NotAutomaticBelow => (6005, 1007),
            Self::SupersededStays => (6009, 1012),
            Self::SupersededReboot => (6010, 1013),
            Self::Superseded | Self::SupersedingNotApplicable => return None,
        };
        Some(if detected { there } else { absent })
    }
}

pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    pub(crate) holds: Vec<(PolicyId, Hold)>,
}

pub(crate) fn plan(group: &Group) -> Plan {
    let look = Look(group);
    let mut plan = Plan { steps: Vec::new(), holds: Vec::new() };
    // What the answer leaves out counts as not there, so nothing that needs it is done before it.
    for app in group.said.members.iter().copied() {
        if look.leaves(app) {
            plan.steps.push(Step::Uninstall(app));
        } else if look.goes(app) && !look.is_detected(app) {
            plan.steps.push(Step::Install(app));
        }
        plan.holds.extend(look.hold(app).map(|hold| (app, hold)));
    }
    plan
}

/// What stands against enforcing an app, by its own account.
#[derive(Clone, Copy, PartialEq)]
enum Hindrance {
    Failed,
    Requirements,
    Reboot,
}

fn hindrance(seat: &Seat) -> Option<Hindrance> {
    if seat.applicability != 0 {
        Some(Hindrance::Requirements)
    } else if seat.wait == Some(AppWait::Restart) {
        Some(Hindrance::Reboot)
    } else if seat.failed.is_some() || seat.wait == Some(AppWait::Grs) {
        Some(Hindrance::Failed)
    } else {
        None
    }
}

/// Questions about a group. Relations have no circle, so each comes to an end.
struct Look<'a>(&'a Group);

impl Look<'_> {
    fn seat(&self, app: PolicyId) -> Option<&Seat> {
        self.0.seats.iter().find(|seat| seat.policy.id == app)
    }

    fn wants(&self, app: PolicyId, what: Desired) -> bool {
        self.seat(app).is_some_and(|seat| seat.desired == what)
    }

    fn is_detected(&self, app: PolicyId) -> bool {
        self.seat(app).is_some_and(|seat| seat.detected)
    }

    fn hindrance(&self, app: PolicyId) -> Option<Hindrance> {
        self.seat(app).and_then(hindrance)
    }

    /// The other ends of relations, with what they are set to: automatic, or uninstall first.
    fn ends(&self, app: PolicyId, dependencies: bool, down: bool) -> Vec<(PolicyId, bool)> {
        let all = self.0.said.relations.iter().filter(|relation| relation.kind.is_dependency() == dependencies);
        let mut ends: Vec<(PolicyId, bool)> = all
            .filter(|relation| app == if down { relation.from } else { relation.to })
            .map(|relation| {
                let (RelationKind::DependsOn { auto_install: flag }
                | RelationKind::Supersedes { uninstall_previous: flag }) = relation.kind;
                (if down { relation.to } else { relation.from }, flag)
            })
            .collect();
        ends.sort();
        ends
    }

    fn dependencies(&self, app: PolicyId) -> Vec<(PolicyId, bool)> {
        self.ends(app, true, true)
    }

    fn parents(&self, app: PolicyId) -> Vec<(PolicyId, bool)> {
        self.ends(app, true, false)
    }

    fn below(&self, app: PolicyId) -> Vec<(PolicyId, bool)> {
        self.ends(app, false, true)
    }

    fn above(&self, app: PolicyId) -> Vec<(PolicyId, bool)> {
        self.ends(app, false, false)
    }

    /// Its supersedence counts: it is wanted itself, or part of a chain below one that is (B-7.47, B-7.51, B-7.52).
    fn acts(&self, app: PolicyId) -> bool {
        self.wants(app, Desired::Present) || self.aim_above(app).is_some()
    }

    /// B-7.53: what is sought depends on both ends, so the supersedence does not go through.
    fn is_set_aside(&self, upper: PolicyId, lower: PolicyId) -> bool {
        self.acts(upper)
            && self.parents(lower).iter().any(|(parent, _)| {
                self.is_sought(*parent) && self.dependencies(*parent).iter().any(|(other, _)| *other == upper)
            })
    }

    /// The wanted app at the end of the chain that has taken its place (B-7.51): the first, or the first that can be had.
    fn aim_above(&self, app: PolicyId) -> Option<PolicyId> {
        let above = self.above(app);
        let acting = above.iter().filter(|(upper, _)| self.acts(*upper) && !self.is_set_aside(*upper, app));
        let aims: Vec<PolicyId> = acting.map(|(upper, _)| self.aim_above(*upper).unwrap_or(*upper)).collect();
        aims.iter().find(|aim| !self.is_out_of_reach(**aim)).or(aims.first()).copied()
    }

    fn is_out_of_reach(&self, app: PolicyId) -> bool {
        !self.is_detected(app) && self.hindrance(app) == Some(Hindrance::Requirements)
    }

    fn is_aim(&self, app: PolicyId) -> bool {
        self.wants(app, Desired::Present) && self.aim_above(app).is_none()
    }

    /// It is to be there: wanted, or an automatic dependency of what is (B-7.41).
    fn is_sought(&self, app: PolicyId) -> bool {
        self.aim_above(app).is_none()
            && !self.wants(app, Desired::Absent)
            && (self.wants(app, Desired::Present)
                || self.parents(app).iter().any(|(parent, automatic)| *automatic && self.is_sought(*parent)))
    }

    fn hold(&self, app: PolicyId) -> Option<Hold> {
        if self.is_sought(app) {
            let by_dependencies = self.held_by_dependencies(app);
            return by_dependencies.or_else(|| if self.is_aim(app) { self.held_by_superseded(app) } else { None });
        }
        let aim = self.aim_above(app).filter(|_| self.wants(app, Desired::Present) && !self.is_detected(app))?;
        Some(if self.is_out_of_reach(aim) { Hold::SupersedingNotApplicable } else { Hold::Superseded })
    }

    /// A conflict first, then the first dependency that stands against it (B-7.41, B-7.43, B-7.53).
    fn held_by_dependencies(&self, app: PolicyId) -> Option<Hold> {
        let dependencies = self.dependencies(app);
        let holds: Vec<Hold> = dependencies.iter().filter_map(|(child, auto)| self.against(*child, *auto)).collect();
        holds.iter().find(|hold| **hold == Hold::Conflict).or(holds.first()).copied()
    }

    fn against(&self, child: PolicyId, automatic: bool) -> Option<Hold> {
        let aim = self.aim_above(child);
        let lost = aim.is_some_and(|aim| self.is_out_of_reach(aim));
        if self.wants(child, Desired::Absent) || aim.is_some() && !lost {
            return Some(Hold::Conflict);
        }
        let hindrance = self.hindrance(child);
        if hindrance == Some(Hindrance::Reboot) {
            return Some(Hold::Reboot);
        }
        if self.is_detected(child) {
            return None;
        }
        let reason = match hindrance {
            _ if lost => Some(Hold::Requirements),
            Some(Hindrance::Failed) => Some(Hold::Failed),
            Some(Hindrance::Requirements | Hindrance::Reboot) => Some(Hold::Requirements),
            None => self.hold(child).map(|hold| match hold {
                Hold::Reboot | Hold::SupersededReboot => Hold::Reboot,
                Hold::Requirements | Hold::SupersedingNotApplicable => Hold::Requirements,
                Hold::NotAutomatic | Hold::NotAutomaticBelow => Hold::NotAutomaticBelow,
                Hold::Conflict | Hold::Failed | Hold::SupersededStays | Hold::Superseded => Hold::Failed,
            }),
        };
        let comes = reason.is_none() && self.is_aim(child);
        if automatic || comes { reason } else { Some(Hold::NotAutomatic) }
    }

    /// B-7.50: an app that was to go first, and is still there.
    fn held_by_superseded(&self, app: PolicyId) -> Option<Hold> {
        let below = self.below(app);
        below.iter().filter(|(lower, _)| !self.is_set_aside(app, *lower)).find_map(|(lower, replaces)| {
            let itself = match self.hindrance(*lower) {
                Some(Hindrance::Reboot) => Some(Hold::SupersededReboot),
                Some(Hindrance::Failed) if self.is_detected(*lower) => Some(Hold::SupersededStays),
                _ => None,
            };
            itself.filter(|_| *replaces).or_else(|| self.held_by_superseded(*lower))
        })
    }

    /// It is there, or can be installed.
    fn goes(&self, app: PolicyId) -> bool {
        let can_be = self.is_detected(app) || self.hindrance(app).is_none() && self.hold(app).is_none();
        self.is_sought(app)
            && can_be
            && (self.is_aim(app)
                || self.parents(app).iter().any(|(parent, automatic)| *automatic && self.goes(*parent)))
    }

    /// What it replaces goes: it is an aim that goes, or part of the chain below one.
    fn drives(&self, app: PolicyId) -> bool {
        if self.aim_above(app).is_none() {
            return self.is_aim(app) && self.goes(app);
        }
        self.above(app).iter().any(|(upper, _)| self.drives(*upper) && !self.is_set_aside(*upper, app))
    }

    fn leaves(&self, app: PolicyId) -> bool {
        let stuck = matches!(self.hindrance(app), Some(Hindrance::Failed | Hindrance::Reboot));
        let replaced = self
            .above(app)
            .iter()
            .any(|(upper, replaces)| *replaces && self.drives(*upper) && !self.is_set_aside(*upper, app));
        self.is_detected(app) && !stuck && (replaced || self.wants(app, Desired::Absent))
    }
}
