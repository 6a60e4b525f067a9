//! What an evaluation came to, in the numbers of the tables. First read: T-7.1 to T-7.4, B-7.10, B-7.41, B-7.45, B-7.59.

use super::AppEvent;
use super::event::AppWait;
use super::pass::{Graph, Pass, Seat};
use super::record::Marks;
use crate::agent::{Effect, Sink, Turn};
use crate::protocol::app_codes::{self, app_error, enforcement};
use crate::protocol::{AppPolicy, Intent, Workload};
use crate::relations::{Desired, Held, Plan};
use crate::rules::{RuleId, b};
use crate::time::Span;

/// How an app stands, as it is reported.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Standing {
    compliance: u8,
    applicability: u16,
    enforcement: u16,
    error: i32,
}

impl<S: Sink> Turn<'_, '_, S> {
    /// The evaluation of a subgraph is over: what has changed is kept and reported, and its age counts anew.
    pub(super) fn conclude(&mut self, pass: &mut Pass, graph: &mut Graph, plan: &Plan) {
        for seat in &graph.seats {
            let is_to_go = pass.policies[usize::from(seat.place)].intents.contains(Intent::Uninstall);
            // B-12.16: now that it is known as Intune's, it can be uninstalled.
            graph.stays_due |= self.finish_cut_off(pass, seat) && is_to_go && seat.is_detected;
            self.settle_app(pass, seat, plan.held(seat.policy));
        }
        if pass.workload == Workload::AvailableApp {
            self.answer_requests(pass, graph);
            self.plan_updates(pass, graph);
        }
        self.stamp(pass, graph);
        pass.is_unsaved = true;
    }

    /// Keeps how one app stands; tells the service if that has changed and the app is assigned (B-7.45, B-7.59).
    pub(super) fn settle_app(&mut self, pass: &Pass, seat: &Seat, held: Option<Held>) {
        let (policy, user) = (seat.policy, seat.owner);
        let assigned = &pass.policies[usize::from(seat.place)];
        self.mark_moments(pass, assigned, user);
        let apps = self.apps_mut();
        let record = apps.record(policy, user);
        let before = Standing {
            compliance: record.compliance,
            applicability: record.applicability,
            enforcement: record.enforcement,
            error: record.error,
        };
        let is_new = record.revision != seat.revision;
        record.revision = seat.revision;
        let standing = standing_of(assigned, seat, held, before, record.marks.contains(Marks::DOWNLOADED));
        let Standing { compliance, applicability, enforcement, error } = standing;
        record.compliance = compliance;
        record.applicability = applicability;
        record.enforcement = enforcement;
        record.error = error;
        let is_targeted = !assigned.intents.is_empty();
        record.marks.set(Marks::targeted(pass.workload), is_targeted);
        if !is_targeted {
            record.unreported = None;
        }
        if let Some(Held { by, hold, .. }) = held {
            self.note_app(hold.rule(), AppEvent::AppHeld { policy, user, by, hold });
        }
        if before == standing && !is_new {
            return;
        }
        let rule = rule_of(seat, &standing);
        self.note_app(rule, AppEvent::AppResult { policy, user, compliance, applicability, enforcement, error });
        if is_targeted {
            self.report_app(policy, user);
        }
    }

    /// B-7.59: the whole state is reported from time to time.
    pub(super) fn report_everything_at_times(&mut self) {
        let now = self.now.wall;
        let apps = self.apps_mut();
        match apps.full_report {
            Some(at) if at <= now && now.since(at) < FULL_REPORT_EVERY => return,
            Some(_) | None => {}
        }
        let is_first = apps.full_report.replace(now).is_none();
        if is_first {
            // Everything that there is was reported by this very evaluation.
            return;
        }
        let all: Vec<_> = apps
            .records
            .iter()
            .filter(|record| record.enforcement != 0 && record.is_targeted())
            .map(|record| (record.policy, record.user))
            .collect();
        for (policy, user) in all {
            self.report_app(policy, user);
        }
        self.effect(Effect::Persist);
    }
}

/// How often the whole state is reported. That it happens is observed; the time is assumed, from that of remediations (B-6.27).
const FULL_REPORT_EVERY: Span = Span::days(7);

/// How an app stands after an evaluation.
fn standing_of(
    assigned: &AppPolicy,
    seat: &Seat,
    held: Option<Held>,
    before: Standing,
    is_downloaded: bool,
) -> Standing {
    let compliance = match seat.failed {
        Some((_, app_error::BAD_DETECTION_RULE)) => app_codes::compliance::ERROR,
        _ if seat.is_detected => app_codes::compliance::INSTALLED,
        _ => app_codes::compliance::NOT_INSTALLED,
    };
    if assigned.filtered_out {
        let (applicability, enforcement) = (app_codes::applicability::FILTERED_OUT, enforcement::REQUIREMENTS_NOT_MET);
        return Standing { compliance, applicability, enforcement, error: 0 };
    }
    let of_hold = held.and_then(|held| held.hold.applicability());
    let applicability = if seat.applicability != 0 { seat.applicability } else { of_hold.unwrap_or(0) };
    let is_wanted =
        seat.desired == Desired::Present || seat.wait.is_some_and(|_| assigned.intents.contains(Intent::Required));
    let is_as_wished = match seat.desired {
        Desired::Present => seat.is_detected,
        Desired::Absent => !seat.is_detected,
        Desired::None => seat.is_done,
    };
    let by_relations = held.and_then(|held| held.hold.enforcement(seat.is_detected));
    let (enforcement, error) = if let Some(failed) = seat.failed {
        failed
    } else if applicability != 0 && is_wanted {
        (enforcement::REQUIREMENTS_NOT_MET, 0)
    } else if let Some(enforcement) = by_relations {
        (enforcement, 0)
    } else if is_as_wished || is_wanted && seat.is_detected {
        (enforcement::SUCCESS, 0)
    } else {
        match seat.wait {
            Some(AppWait::Deadline) if is_downloaded => (enforcement::DOWNLOADED, 0),
            Some(AppWait::ManagedInstaller) => (enforcement::MANAGED_INSTALLER_PENDING, 0),
            Some(AppWait::Restart) => (enforcement::REBOOT_PENDING, 0),
            // What the last enforcement came to still holds.
            Some(AppWait::Grs) => (before.enforcement, before.error),
            Some(AppWait::Availability | AppWait::Deadline | AppWait::Esp | AppWait::DarkWake) => {
                (enforcement::NOT_ATTEMPTED, 0)
            }
            None if seat.desired != Desired::None => (enforcement::NOT_ATTEMPTED, 0),
            // Nothing is wanted here, and the app is as it was: a look changes nothing of what was reached.
            None if before.compliance == compliance && !enforcement::is_passing(before.enforcement) => {
                (before.enforcement, before.error)
            }
            None => (0, 0),
        }
    };
    Standing { compliance, applicability, enforcement, error }
}

/// The rule behind a result.
fn rule_of(seat: &Seat, standing: &Standing) -> RuleId {
    match (seat.wait, standing.error) {
        (_, app_error::NOT_DETECTED) => b(7, 16),
        (_, error) if error != 0 => b(7, 23),
        _ if standing.applicability == app_codes::applicability::FILTERED_OUT => b(12, 13),
        _ if standing.applicability != 0 => b(7, 10),
        (Some(reason), _) => super::subgraph::wait_rule(reason),
        (None, _) => b(7, 4),
    }
}
