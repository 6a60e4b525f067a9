//! What is to be done in a subgraph: installs and uninstalls in order, and what is held back and why.

use serde::{Deserialize, Serialize};

use super::dependency::{DependencyState, Readiness};
use super::hold::Hold;
use super::member::{Hindrance, Member};
use super::relation::Relation;
use super::subgraph::Subgraph;
use crate::protocol::PolicyId;

/// One thing to do.
///
/// The contract: do the first step of a plan, detect that app again, and make a new plan. An app that is still detected
/// after its uninstall, or not detected after its install, is passed to the new plan with [`Hindrance::Failed`]; the
/// plan then holds back what waited for it. A later step of the same plan may be relied on only as far as every one
/// before it has ended as wished.
///
/// Source: B-7.5, B-7.50.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Uninstall an app that is there: it has been replaced, or is to be absent.
    Uninstall(PolicyId),
    /// Install an app that is not there. One that is not wanted by itself is a dependency of one that is; it is
    /// installed although nobody targets it (B-7.41), and its own state is not shown (B-7.45).
    Install(PolicyId),
}

impl Step {
    /// The app.
    pub const fn app(self) -> PolicyId {
        match self {
            Self::Uninstall(app) | Self::Install(app) => app,
        }
    }
}

/// An app whose relations keep it from being installed, or leave something to report where it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Held {
    /// The app.
    pub app: PolicyId,
    /// The app that is the reason: a dependency of it, one that it supersedes, or one that supersedes it.
    pub by: PolicyId,
    /// The reason.
    pub hold: Hold,
}

/// What is to be done in a subgraph. Made by [`Subgraph::plan`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Plan {
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// What is held, in the order of evaluation, each app at most once.
    pub held: Vec<Held>,
    /// Supersedence that does not go through, for an app needs both ends (B-7.53).
    pub set_aside: Vec<Relation>,
}

impl Plan {
    /// Why an app is held, if it is.
    pub fn held(&self, app: PolicyId) -> Option<Held> {
        self.held.iter().copied().find(|held| held.app == app)
    }
}

impl Subgraph<'_> {
    /// Decides what is to be done, from what is wanted and found of each member.
    ///
    /// Total: there is a plan for every combination. What is not wanted and not below something wanted has no part in
    /// it ([`Subgraph::involved`]). A plan allocates, if it is for more than one app or there is something to do; it is made
    /// where something was detected, not at every check-in.
    ///
    /// - The aim of supersedence is a wanted app that no wanted app supersedes, directly or along a chain; everything
    ///   below it is superseded, whoever is targeted in between (B-7.47, B-7.51). An app that is not wanted is not an
    ///   aim, so it is ignored as a superseding one (B-7.52).
    /// - An aim that is absent is installed, after what it replaces is gone; one that is present has what it replaces
    ///   taken away all the same (B-7.49, B-7.50). In a chain each relation says for the app it leads to whether that
    ///   one goes. As long as the aim itself cannot be installed, what it replaces stays.
    /// - What an aim depends on is installed before it where it is automatic, also where the aim is there already
    ///   (B-7.40a, B-7.41); nothing is installed for an app that is held. Dependencies of what is superseded or to be
    ///   uninstalled are left as they are (B-7.44, B-7.53).
    /// - A dependency that is superseded is a conflict for its parent, and the supersedence goes on; a supersedence
    ///   between two direct dependencies of one app does not go through as long as that app is sought (B-7.53).
    ///
    /// Source: B-7.40a, B-7.41, B-7.43, B-7.44, B-7.47, B-7.49 to B-7.53.
    pub fn plan(self, member: impl Fn(PolicyId) -> Member) -> Plan {
        let seat = |app: &PolicyId| Seat::new(*app, member(*app));
        // Most apps have no relations.
        if let [app] = self.members() {
            return self.plan_of(&mut [seat(app)]);
        }
        let mut seats: Vec<Seat> = self.members().iter().map(seat).collect();
        self.plan_of(&mut seats)
    }

    fn plan_of(self, seats: &mut [Seat]) -> Plan {
        let mut table = Table { subgraph: self, seats, set_aside: Vec::new() };
        // Parents and superseding apps first, for they decide what is sought; then children and superseded apps first,
        // for they decide what is held; then down again, for that decides what is done.
        (0..table.seats.len()).rev().for_each(|place| table.find_aim(place));
        (0..table.seats.len()).for_each(|place| table.find_hold(place));
        (0..table.seats.len()).rev().for_each(|place| table.find_step(place));
        table.into_plan()
    }
}

/// One member, as far as it is decided.
struct Seat {
    app: PolicyId,
    member: Member,
    /// The aim that has taken its place.
    superseder: Option<PolicyId>,
    /// It is to be there: as an aim, or as an automatic dependency of what is sought.
    is_sought: bool,
    hold: Option<(PolicyId, Hold)>,
    /// An app that was to be replaced below this one and cannot be, and how that holds an aim above.
    stuck: Option<(PolicyId, Hold)>,
    /// It is sought and there, or can be installed.
    is_going: bool,
    /// It makes what it replaces go: a going aim, or an app below one.
    drives: bool,
    leaves: bool,
}

impl Seat {
    const fn new(app: PolicyId, member: Member) -> Self {
        Self {
            app,
            member,
            superseder: None,
            is_sought: false,
            hold: None,
            stuck: None,
            is_going: false,
            drives: false,
            leaves: false,
        }
    }

    const fn is_aim(&self) -> bool {
        self.member.is_wanted() && self.superseder.is_none()
    }

    /// True where its supersedence counts: it is an aim, or part of a chain below one.
    const fn acts(&self) -> bool {
        self.member.is_wanted() || self.superseder.is_some()
    }

    /// How an uninstall of it stands, if that can keep the superseding app back.
    const fn stuck_by_itself(&self) -> Option<(PolicyId, Hold)> {
        match self.member.hindrance {
            Some(Hindrance::RebootPending) => Some((self.app, Hold::SupersededRebootPending)),
            Some(Hindrance::Failed) if self.member.is_detected => Some((self.app, Hold::SupersededStays)),
            Some(Hindrance::Failed | Hindrance::RequirementsNotMet) | None => None,
        }
    }

    const fn can_be_uninstalled(&self) -> bool {
        match self.member.hindrance {
            Some(Hindrance::Failed | Hindrance::RebootPending) => false,
            Some(Hindrance::RequirementsNotMet) | None => self.member.is_detected,
        }
    }
}

/// The members of a subgraph in the order of evaluation.
struct Table<'a> {
    subgraph: Subgraph<'a>,
    seats: &'a mut [Seat],
    set_aside: Vec<Relation>,
}

impl Table<'_> {
    /// Which aim is above it, and whether it is sought. Needs what is above to be decided.
    fn find_aim(&mut self, place: usize) {
        let relations = self.subgraph.relations;
        let (app, member) = (self.seats[place].app, self.seats[place].member);
        let mut superseder: Option<&Seat> = None;
        let mut set_aside = Vec::new();
        for upper in relations.superseding(app).iter().filter(|upper| self.seat(upper.app).acts()) {
            if self.is_needed_beside(upper.app, app) {
                set_aside.push(Relation::supersedence(upper.app, app, upper.uninstall_previous));
                continue;
            }
            let aim = self.seat(self.seat(upper.app).superseder.unwrap_or(upper.app));
            // One that can do something stands for all, rather than one that is out of reach.
            if superseder.is_none_or(|other| other.member.is_out_of_reach() && !aim.member.is_out_of_reach()) {
                superseder = Some(aim);
            }
        }
        let superseder = superseder.map(|aim| aim.app);
        let mut parents = relations.dependents_of(app).iter();
        let is_sought = superseder.is_none()
            && !member.is_unwanted()
            && (member.is_wanted() || parents.any(|parent| parent.auto_install && self.seat(parent.app).is_sought));
        self.set_aside.append(&mut set_aside);
        self.seats[place].superseder = superseder;
        self.seats[place].is_sought = is_sought;
    }

    /// What holds it. Needs what is below to be decided.
    fn find_hold(&mut self, place: usize) {
        let relations = self.subgraph.relations;
        let (app, seat) = (self.seats[place].app, &self.seats[place]);
        let mut stuck = None;
        for lower in relations.superseded_by(app).iter().filter(|lower| !self.is_set_aside(app, lower.app)) {
            let below = self.seat(lower.app);
            let itself = if lower.uninstall_previous { below.stuck_by_itself() } else { None };
            stuck = stuck.or(itself).or(below.stuck);
        }
        let hold = if seat.is_sought {
            match relations.readiness(app, |child| self.dependency_state(child)) {
                Readiness::Held { by, hold } => Some((by, hold)),
                Readiness::Ready | Readiness::Missing(_) if seat.is_aim() => stuck,
                Readiness::Ready | Readiness::Missing(_) => None,
            }
        } else {
            let superseder = seat.superseder.filter(|_| seat.member.is_wanted() && !seat.member.is_detected);
            superseder.map(|aim| match self.seat(aim).member.is_out_of_reach() {
                true => (aim, Hold::SupersedingNotApplicable),
                false => (aim, Hold::Superseded),
            })
        };
        self.seats[place].stuck = stuck;
        self.seats[place].hold = hold;
    }

    /// Whether it is installed or uninstalled. Needs what is above to be decided.
    fn find_step(&mut self, place: usize) {
        let relations = self.subgraph.relations;
        let seat = &self.seats[place];
        let can_be = seat.member.is_detected || seat.member.hindrance.is_none() && seat.hold.is_none();
        let mut parents = relations.dependents_of(seat.app).iter();
        let is_going = seat.is_sought
            && can_be
            && (seat.is_aim() || parents.any(|parent| parent.auto_install && self.seat(parent.app).is_going));
        let (mut is_driven, mut is_replaced) = (false, false);
        for upper in relations.superseding(seat.app).iter().filter(|upper| self.seat(upper.app).drives) {
            if !self.is_set_aside(upper.app, seat.app) {
                is_driven = true;
                is_replaced |= upper.uninstall_previous;
            }
        }
        let drives = if seat.superseder.is_some() { is_driven } else { seat.is_aim() && is_going };
        let leaves = (is_replaced || seat.member.is_unwanted()) && seat.can_be_uninstalled();
        let seat = &mut self.seats[place];
        (seat.is_going, seat.drives, seat.leaves) = (is_going, drives, leaves);
    }

    fn into_plan(self) -> Plan {
        let mut plan = Plan { set_aside: self.set_aside, ..Plan::default() };
        plan.set_aside.sort_unstable();
        for seat in self.seats {
            if seat.leaves {
                plan.steps.push(Step::Uninstall(seat.app));
            } else if seat.is_going && !seat.member.is_detected {
                plan.steps.push(Step::Install(seat.app));
            }
            if let Some((by, hold)) = seat.hold {
                plan.held.push(Held { app: seat.app, by, hold });
            }
        }
        plan
    }

    fn seat(&self, app: PolicyId) -> &Seat {
        &self.seats[self.subgraph.position(app)]
    }

    /// How a dependency stands, seen from its parent.
    fn dependency_state(&self, child: PolicyId) -> DependencyState {
        let seat = self.seat(child);
        let is_out_of_reach = seat.superseder.is_some_and(|aim| self.seat(aim).member.is_out_of_reach());
        if seat.member.is_unwanted() || seat.superseder.is_some() && !is_out_of_reach {
            return DependencyState::Leaving;
        }
        match (seat.member.hindrance, seat.hold) {
            (Some(Hindrance::RebootPending), _) => DependencyState::RebootPending,
            _ if seat.member.is_detected => DependencyState::Present,
            _ if is_out_of_reach => DependencyState::RequirementsNotMet,
            (Some(Hindrance::Failed), _) => DependencyState::Failed,
            (Some(Hindrance::RequirementsNotMet), _) => DependencyState::RequirementsNotMet,
            (None, Some((_, hold))) => DependencyState::Held(hold),
            (None, None) if seat.is_aim() => DependencyState::Coming,
            (None, None) => DependencyState::Missing,
        }
    }

    /// True where something sought depends on both ends of a supersedence, which then does not go through (B-7.53).
    fn is_needed_beside(&self, upper: PolicyId, lower: PolicyId) -> bool {
        let relations = self.subgraph.relations;
        relations.dependents_of(lower).iter().any(|parent| {
            self.seat(parent.app).is_sought && relations.dependencies_of(parent.app).iter().any(|d| d.app == upper)
        })
    }

    fn is_set_aside(&self, upper: PolicyId, lower: PolicyId) -> bool {
        self.set_aside.iter().any(|relation| (relation.from, relation.to) == (upper, lower))
    }
}
