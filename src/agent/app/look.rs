//! Looking for an app, and at what it requires. First read: B-7.7, B-7.10 to B-7.15.

use super::AppEvent;
use super::pass::{Doing, Graph, Pass};
use crate::agent::{Effect, RunOutcome, Sink, Task, Turn};
use crate::content::{App, AppKind, Detection, Requirements};
use crate::facts::Edition;
use crate::protocol::app_codes::{app_error, applicability, enforcement};
use crate::protocol::{PolicyId, RunAs};
use crate::relations::Desired;
use crate::rules::{RuleId, b};

impl Graph {
    /// The step after a look at one app.
    fn next_look(&mut self, seat: u16) {
        let next = seat + 1;
        self.doing = if usize::from(next) < self.seats.len() { Doing::Detect(next) } else { Doing::Plan };
    }
}

/// True if there is something to look at beside what the answer says.
fn has_requirements(app: &App) -> bool {
    app.requirements != Requirements::default() || app.kind != AppKind::Win32
}

/// B-7.13: found if the script ended with 0 and wrote something, and nothing to the error stream.
const fn is_found(outcome: RunOutcome) -> bool {
    match outcome {
        RunOutcome::Found(found) => found,
        RunOutcome::Exited { code, stderr, output } => code == 0 && !stderr && output != 0,
        RunOutcome::Required(_)
        | RunOutcome::Downloaded(_)
        | RunOutcome::Discovered { .. }
        | RunOutcome::Refused(_) => false,
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// Looks for an app. Never concludes an evaluation.
    pub(super) fn look_for(&mut self, pass: &mut Pass, graph: &mut Graph, at: u16) -> bool {
        let Some(seat) = graph.seats.get(usize::from(at)).copied() else {
            graph.doing = Doing::Plan;
            return false;
        };
        let (policy, user) = (seat.policy, seat.owner);
        let Some(app) = self.cx.library.app(policy, seat.revision) else {
            self.note_app(b(7, 20), AppEvent::AppUnavailable { policy, revision: seat.revision });
            let seat = &mut graph.seats[usize::from(at)];
            (seat.desired, seat.prefetch) = (Desired::None, false);
            graph.next_look(at);
            return false;
        };
        if let Some((code, rule)) = self.why_not_here(app) {
            self.not_applicable(graph, at, code, rule);
            graph.next_look(at);
        } else if self.lacks_user(&seat, user) {
            self.without_user(graph, at);
        } else if app.detection == Detection::FileNotExists && self.cx.profile.win32.quirk_file_not_exists {
            let error = app_error::BAD_DETECTION_RULE;
            self.note_app(b(7, 15), AppEvent::AppDetectionFailed { policy, user, error });
            graph.seats[usize::from(at)].failed = Some((enforcement::ERROR, error));
            graph.next_look(at);
        } else {
            self.begin_app_run(pass, &seat, user, Task::AppDetect, 1);
        }
        false
    }

    /// A look for an app ended.
    pub(super) fn looked_for(&mut self, graph: &mut Graph, at: u16, outcome: RunOutcome) {
        let found = is_found(outcome);
        let seat = &mut graph.seats[usize::from(at)];
        seat.is_detected = found;
        let (policy, user, revision, desired) = (seat.policy, seat.owner, seat.revision, seat.desired);
        self.note_app(detection_rule(outcome), AppEvent::AppDetected { policy, user, found });
        if !found && desired == Desired::Present && self.supersedes_users_app(graph, policy, revision) {
            let code = self.userless_code();
            self.not_applicable(graph, at, code, b(1, 29));
            return graph.next_look(at);
        }
        let app = self.cx.library.app(policy, revision);
        // B-7.4: where the first look already shows what is wished, nothing more is looked at.
        if !found && desired != Desired::Absent && app.is_some_and(has_requirements) {
            graph.doing = Doing::Require(at);
        } else {
            graph.next_look(at);
        }
    }

    /// Looks at what an app requires. Never concludes an evaluation.
    pub(super) fn look_at_requirements(&mut self, pass: &mut Pass, graph: &mut Graph, at: u16) -> bool {
        let seat = graph.seats[usize::from(at)];
        if self.lacks_user(&seat, seat.owner) {
            self.without_user(graph, at);
        } else {
            self.begin_app_run(pass, &seat, seat.owner, Task::AppRequire, 1);
        }
        false
    }

    /// B-7.7: a user-context app without a user does not apply, by one enumeration or by another.
    fn without_user(&mut self, graph: &mut Graph, at: u16) {
        let code = self.userless_code();
        self.not_applicable(graph, at, code, b(7, 7));
        graph.next_look(at);
    }

    fn userless_code(&self) -> u16 {
        u16::try_from(self.cx.profile.win32.userless_code).unwrap_or(u16::MAX)
    }

    /// Why an app does not apply to this kind of device, whoever is there: a user's app to a multi-session host, where every
    /// check-in is the device's (B-1.29), and a user's Store app to a device that is only registered (B-1.15).
    fn why_not_here(&self, app: &App) -> Option<(u16, RuleId)> {
        let facts = self.cx.facts;
        if app.run_as == RunAs::System {
            None
        } else if facts.edition == Edition::MultiSession {
            Some((self.userless_code(), b(1, 29)))
        } else if facts.is_registered_only() && app.kind != AppKind::Win32 {
            Some((applicability::REQUIREMENTS_NOT_MET, b(1, 15)))
        } else {
            None
        }
    }

    /// B-1.29: on a multi-session host an app is not installed that takes the place of a user's app.
    fn supersedes_users_app(&self, graph: &Graph, app: PolicyId, revision: u32) -> bool {
        let library = self.cx.library;
        let is_users = |lower: PolicyId| {
            let seat = graph.seats.iter().find(|seat| seat.policy == lower);
            seat.and_then(|seat| library.app(lower, seat.revision)).is_some_and(|app| app.run_as == RunAs::User)
        };
        self.cx.facts.edition == Edition::MultiSession
            && library
                .relations_of(app, revision)
                .is_some_and(|relations| relations.superseded_by(app).iter().any(|lower| is_users(lower.app)))
    }

    /// A look at what an app requires ended (B-7.9 to B-7.11).
    pub(super) fn looked_at_requirements(&mut self, graph: &mut Graph, at: u16, outcome: RunOutcome) {
        let code = match outcome {
            RunOutcome::Required(code) => code,
            // Nobody looked: the reason is not known.
            RunOutcome::Exited { .. }
            | RunOutcome::Found(_)
            | RunOutcome::Downloaded(_)
            | RunOutcome::Discovered { .. }
            | RunOutcome::Refused(_) => applicability::UNKNOWN_REASON,
        };
        if code != 0 {
            self.not_applicable(graph, at, code, b(7, 10));
        }
        graph.next_look(at);
    }

    fn not_applicable(&mut self, graph: &mut Graph, at: u16, code: u16, rule: RuleId) {
        let seat = &mut graph.seats[usize::from(at)];
        seat.applicability = code;
        let (policy, user) = (seat.policy, seat.owner);
        self.note_app(rule, AppEvent::AppNotApplicable { policy, user, code });
    }

    /// True if the content of the app that is worked on is not to be had any more.
    pub(super) fn has_lost_content(&self, graph: &Graph) -> bool {
        let seat = match graph.doing {
            Doing::Require(at) => at,
            Doing::Enforce(enforcing) => enforcing.seat,
            Doing::Detect(_) | Doing::Plan => return false,
        };
        let seat = &graph.seats[usize::from(seat)];
        self.cx.library.app(seat.policy, seat.revision).is_none()
    }

    /// What cannot be had is left: nothing more is done for it in this evaluation.
    pub(super) fn give_up_content(&mut self, graph: &mut Graph) {
        let at = usize::from(graph.doing.seat());
        let seat = &mut graph.seats[at];
        (seat.desired, seat.prefetch) = (Desired::None, false);
        seat.failed = Some((enforcement::ERROR, app_error::UNKNOWN));
        let (policy, revision) = (seat.policy, seat.revision);
        graph.doing = Doing::Plan;
        graph.stays_due = true;
        self.note_app(b(7, 20), AppEvent::AppUnavailable { policy, revision });
    }

    /// Ends what has reached its limit: a look, a download; an installer is left running (B-7.14, B-7.18, B-7.21).
    pub(super) fn end_app_step_at_limit(&mut self, pass: &mut Pass) {
        let now = self.now;
        let Some(slot) = pass.slot.take_if(|slot| slot.is_over(now)) else { return };
        let Some(mut graph) = pass.graph.take() else { return };
        let (policy, user) = graph
            .seats
            .get(usize::from(graph.doing.seat()))
            .map_or((crate::protocol::PolicyId(u32::MAX), graph.owner), |seat| (seat.policy, seat.owner));
        let rule = graph.doing.limit_rule();
        self.note_app(rule, AppEvent::AppTimedOut { policy, user });
        if !graph.doing.is_installer() {
            self.effect(Effect::Stop { token: slot.token });
        }
        match graph.doing {
            Doing::Detect(seat) => self.looked_for(&mut graph, seat, RunOutcome::Found(false)),
            Doing::Require(seat) => {
                self.looked_at_requirements(&mut graph, seat, RunOutcome::Required(applicability::SCRIPT))
            }
            Doing::Enforce(enforcing) => self.enforcing_timed_out(pass, &mut graph, enforcing),
            Doing::Plan => {}
        }
        pass.graph = Some(graph);
    }
}

/// The rule behind what a look found.
const fn detection_rule(outcome: RunOutcome) -> crate::rules::RuleId {
    match outcome {
        RunOutcome::Exited { .. } => b(7, 13),
        RunOutcome::Found(_)
        | RunOutcome::Required(_)
        | RunOutcome::Downloaded(_)
        | RunOutcome::Discovered { .. }
        | RunOutcome::Refused(_) => b(7, 12),
    }
}

impl Doing {
    /// The seat that is worked on.
    const fn seat(&self) -> u16 {
        match self {
            Self::Detect(seat) | Self::Require(seat) => *seat,
            Self::Enforce(enforcing) => enforcing.seat,
            Self::Plan => u16::MAX,
        }
    }

    /// True while an install or uninstall command runs.
    pub(super) const fn is_installer(&self) -> bool {
        match self {
            Self::Enforce(enforcing) => enforcing.runs_installer(),
            Self::Detect(_) | Self::Require(_) | Self::Plan => false,
        }
    }

    const fn limit_rule(&self) -> crate::rules::RuleId {
        match self {
            Self::Enforce(enforcing) => enforcing.limit_rule(),
            Self::Detect(_) | Self::Require(_) | Self::Plan => b(7, 14),
        }
    }
}
