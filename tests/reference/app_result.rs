//! What an evaluation came to, in the numbers of the tables: T-7.1 to T-7.4, B-7.10, B-7.41, B-7.45, B-7.59, B-12.16.

use imesim::agent::AppWait;
use imesim::protocol::{Intent, UserId, Workload};
use imesim::relations::Desired;

use super::app::{Group, Mark, Pass, Seat};
use super::app_pass::BAD_DETECTION_RULE;
use super::app_plan::{Hold, Plan};
use super::model::{At, Model};

const FILTERED_OUT: u16 = 1010;
const REQUIREMENTS_NOT_MET: u16 = 3000;
const SUCCESS: u16 = 1000;
const NOT_ATTEMPTED: u16 = 6000;

/// Compliance, applicability, enforcement and error.
type Standing = (u8, u16, u16, i32);

impl Model {
    pub(crate) fn conclude(&mut self, at: &At<'_>, pass: &mut Pass, group: &mut Group, plan: &Plan) {
        for seat in group.seats.clone() {
            let ours = self.finish_cut_off(pass, &seat);
            group.stays_due |= ours && seat.policy.intents.contains(Intent::Uninstall) && seat.detected;
            let hold = plan.holds.iter().find(|(app, _)| *app == seat.policy.id).map(|(_, hold)| *hold);
            self.settle_app(at, pass, &seat, hold);
        }
        if pass.workload == Workload::AvailableApp {
            self.answer_requests(pass, group);
            self.plan_updates(at, pass, group);
        }
        self.evaluated(at, pass, group);
    }

    /// A command that was cut off did what it should: so it was Intune's doing all the same (B-12.16).
    fn finish_cut_off(&mut self, pass: &Pass, seat: &Seat) -> bool {
        let (policy, user) = (seat.policy.id, seat.owner);
        let is_it = |open: &super::app::Open| open.policy == policy && open.user == user;
        let Some(place) = self.apps.open.iter().position(is_it) else { return false };
        if self.apps.open[place].uninstall == seat.detected {
            return false;
        }
        let open = self.apps.open.remove(place);
        if open.under_way && open.uninstall {
            self.unmark(policy, &[Mark::Managed, Mark::AsRequired, Mark::FromPortal, Mark::Tagged]);
        } else if open.under_way {
            let required = seat.policy.intents.contains(Intent::Required) && pass.workload == Workload::RequiredApp;
            let app = self.app(policy, user);
            app.set(Mark::Managed, true);
            app.set(Mark::AsRequired, required);
            app.set(Mark::Downloaded, false);
        }
        open.under_way
    }

    /// Keeps how one app stands; what has changed is told, if the app is assigned by itself.
    pub(crate) fn settle_app(&mut self, at: &At<'_>, pass: &Pass, seat: &Seat, hold: Option<Hold>) {
        let (policy, user) = (seat.policy.id, seat.owner);
        self.mark_moments(at, pass, seat);
        let targeted = !seat.policy.intents.is_empty();
        let mark = if pass.workload == Workload::AvailableApp { Mark::Available } else { Mark::Required };
        let app = self.app(policy, user);
        let before = (app.compliance, app.applicability, app.enforcement, app.error);
        let after = standing(seat, hold, before, app.is(Mark::Downloaded));
        let changed = before != after || app.revision != seat.policy.revision;
        (app.compliance, app.applicability, app.enforcement, app.error) = after;
        app.revision = seat.policy.revision;
        app.set(mark, targeted);
        if !targeted {
            app.unreported = None;
        } else if changed {
            self.report_app(at, policy, user);
        }
    }

    /// The first result that is due and that the service does not have.
    pub(crate) fn next_app_report(&self) -> Option<(imesim::protocol::Token, imesim::protocol::Report)> {
        if self.service.as_ref()?.apps.report_at.is_some() {
            return None;
        }
        let app = self.apps.all.iter().find(|app| app.unreported.is_some())?;
        let report = imesim::protocol::AppReport {
            policy: app.policy,
            revision: app.revision,
            error: app.error,
            applicability: app.applicability,
            enforcement: app.enforcement,
            compliance: app.compliance,
            user: app.user,
        };
        Some((app.unreported?, imesim::protocol::Report::App(report)))
    }

    /// The restart that some wait for has come: they are due (B-7.26).
    pub(crate) fn apps_after_restart(&mut self, at: &At<'_>) {
        let restarted = self.apps.restart.take().is_some();
        if !std::mem::take(&mut self.apps.reboot) && !restarted {
            return;
        }
        // T-7.3: those that wait for a restart, of their own or of another app.
        let waits: Vec<(imesim::protocol::PolicyId, u32, UserId)> = self
            .apps
            .all
            .iter()
            .filter(|app| matches!(app.enforcement, 1006 | 1013 | 2008 | 6002 | 6010))
            .map(|app| (app.policy, app.revision, app.user))
            .collect();
        for (policy, revision, user) in waits {
            let smallest = super::app_group::smallest_of(at, policy, revision);
            for age in self.apps.ages.iter_mut().filter(|age| Some(age.smallest) == smallest && age.user == user) {
                age.evaluated = None;
            }
        }
        self.apps.seen.clear();
    }
}

fn standing(seat: &Seat, hold: Option<Hold>, before: Standing, downloaded: bool) -> Standing {
    let compliance = match seat.failed {
        Some((_, BAD_DETECTION_RULE)) => 4,
        _ if seat.detected => 1,
        _ => 2,
    };
    if seat.policy.filtered_out {
        return (compliance, FILTERED_OUT, REQUIREMENTS_NOT_MET, 0);
    }
    let by_hold = if hold == Some(Hold::SupersedingNotApplicable) { 1009 } else { 0 };
    let applicability = if seat.applicability == 0 { by_hold } else { seat.applicability };
    let wanted =
        seat.desired == Desired::Present || seat.wait.is_some() && seat.policy.intents.contains(Intent::Required);
    let as_wished = match seat.desired {
        Desired::Present => seat.detected,
        Desired::Absent => !seat.detected,
        Desired::None => seat.done,
    };
    let (enforcement, error) = if let Some(failed) = seat.failed {
        failed
    } else if applicability != 0 && wanted {
        (REQUIREMENTS_NOT_MET, 0)
    } else if let Some(state) = hold.and_then(|hold| hold.state(seat.detected)) {
        (state, 0)
    } else if as_wished || wanted && seat.detected {
        (SUCCESS, 0)
    } else {
        match seat.wait {
            Some(AppWait::Deadline) if downloaded => (2009, 0),
            Some(AppWait::ManagedInstaller) => (2012, 0),
            Some(AppWait::Restart) => (2008, 0),
            // What the enforcement came to that holds back the next one.
            Some(AppWait::Grs) => (before.2, before.3),
            Some(_) => (NOT_ATTEMPTED, 0),
            None if seat.desired != Desired::None => (NOT_ATTEMPTED, 0),
            // Nothing is wanted, and it is as it was: what was reached stands, unless it was on its way.
            None if before.0 == compliance && !matches!(before.2, 2000 | 2007 | 2010 | 5999) => (before.2, before.3),
            None => (0, 0),
        }
    };
    (compliance, applicability, enforcement, error)
}
