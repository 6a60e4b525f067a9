//! Which app of a subgraph is enforced next, and what stands against it. First read: B-7.26, B-7.34, B-7.37, B-7.38, B-7.41
//! to B-7.43, B-7.50.

use super::AppEvent;
use super::event::AppWait;
use super::pass::{Graph, Pass};
use super::subgraph::wait_rule;
use crate::agent::{Sink, Turn};
use crate::profile::QuirkGrs;
use crate::protocol::{PolicyId, Workload};
use crate::relations::{Member, Plan, Step};

impl Graph {
    /// The place of an app among the seats.
    pub(super) fn seat_of(&self, policy: PolicyId) -> Option<u16> {
        let place = self.seats.iter().position(|seat| seat.policy == policy)?;
        u16::try_from(place).ok()
    }

    fn member(&self, policy: PolicyId) -> Member {
        let seat = self.seat_of(policy).map(|place| &self.seats[usize::from(place)]);
        seat.map_or_else(Member::default, super::pass::Seat::member)
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// Finds what comes next in a subgraph; true if nothing does, and its evaluation is concluded.
    pub(super) fn plan_next(&mut self, pass: &mut Pass, graph: &mut Graph) -> bool {
        let plan = self.plan_of(pass, graph);
        if let Some(step) = plan.steps.first() {
            let Some(at) = graph.seat_of(step.app()) else {
                // Only what the answer holds can be enforced; a plan never names anything else.
                self.conclude(pass, graph, &plan);
                return true;
            };
            let is_uninstall = matches!(step, Step::Uninstall(_));
            if let Some(reason) = self.stands_against(pass, graph, at) {
                let seat = &mut graph.seats[usize::from(at)];
                seat.wait = Some(reason);
                let (policy, user) = (seat.policy, seat.owner);
                self.note_app(wait_rule(reason), AppEvent::AppWaits { policy, user, reason });
            } else {
                self.begin_enforcing(pass, graph, at, is_uninstall, false);
            }
            return false;
        }
        // B-7.30: content is fetched from availability on, and kept for the deadline.
        let to_fetch = graph.seats.iter().position(|seat| {
            seat.prefetch
                && !seat.is_detected
                && seat.applicability == 0
                && seat.failed.is_none()
                && !self.is_downloaded(seat)
        });
        if let Some(at) = to_fetch.and_then(|at| u16::try_from(at).ok())
            && self.stands_against(pass, graph, at).is_none()
        {
            self.begin_enforcing(pass, graph, at, false, true);
            return false;
        }
        self.conclude(pass, graph, &plan);
        true
    }

    /// What is to be done in a subgraph, from what was found.
    fn plan_of(&self, pass: &Pass, graph: &Graph) -> Plan {
        let policy = pass.policies[usize::from(graph.first)];
        let subgraph = self.cx.library.subgraph_of(policy.id, policy.revision);
        subgraph.map_or_else(Plan::default, |subgraph| subgraph.plan(|app| graph.member(app)))
    }

    /// What stands against enforcing an app for now.
    fn stands_against(&self, pass: &Pass, graph: &Graph, at: u16) -> Option<AppWait> {
        let apps = self.apps()?;
        if apps.reboot_pending {
            return Some(AppWait::Restart);
        }
        // B-7.37: what a user asks for is not held back.
        let is_held_back = pass.workload == Workload::RequiredApp
            && apps.find(graph.seats[usize::from(at)].policy, graph.seats[usize::from(at)].owner).is_some_and(
                |record| {
                    let Some(begun) = record.grs else { return false };
                    match self.cx.profile.win32.quirk_grs {
                        QuirkGrs::None => {
                            begun <= self.now.wall && self.now.wall.since(begun) < self.cx.profile.win32.grs
                        }
                        // B-7.38: two faults that were seen.
                        QuirkGrs::Stuck => true,
                        QuirkGrs::ResetEachPass => false,
                    }
                },
            );
        is_held_back.then_some(AppWait::Grs)
    }
}
