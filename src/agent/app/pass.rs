//! One answer on its way through its subgraphs, a step at a time. First read: B-7.4, B-7.5.

use serde::{Deserialize, Serialize};

use super::AppEvent;
use super::enforce::{Enforcing, Stage};
use super::event::AppWait;
use super::record::Seen;
use crate::agent::work::RunSlot;
use crate::agent::{Run, RunOutcome, Sink, Task, Turn};
use crate::content::App;
use crate::protocol::{AppPolicy, PolicyId, RunAs, Token, UserId, Workload};
use crate::relations::{ContentHash, Desired, Hindrance, Member, SubgraphId};
use crate::rules::b;
use crate::time::{Awake, Span, Wall};

/// One answer that is worked off.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Pass {
    pub(super) workload: Workload,
    pub(super) user: UserId,
    /// What the answer says, as a number.
    pub(super) answer: u64,
    /// When it began to be worked off: the moment that counts for the age of an evaluation (B-7.33).
    pub(super) begun: Wall,
    pub(super) policies: Box<[AppPolicy]>,
    /// Assigned apps whose subgraphs are still to be looked at, the last first.
    pub(super) queue: Vec<u16>,
    /// The subgraphs that were looked at.
    pub(super) done: Vec<SubgraphId>,
    pub(super) graph: Option<Graph>,
    /// What runs.
    pub(super) slot: Option<RunSlot>,
    /// Nothing is done before this moment: a retry is due then (B-7.24).
    pub(super) resume_at: Option<Awake>,
    /// It came by a user's request alone, and does not do the work of a regular check (B-7.37, B-7.52a).
    pub(super) is_on_request: bool,
    /// When something of the answer is due next.
    pub(super) next_due: Wall,
    /// That it waits for the end of maintenance wake has been noted.
    pub(super) dark_wake_noted: bool,
    /// Something was concluded that is not on disk yet: it is written with the next step, or where the pass stops.
    pub(super) is_unsaved: bool,
}

/// One subgraph that is evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Graph {
    /// The assigned app by which it was found, by its place in the answer.
    pub(super) first: u16,
    /// The user id under which its age is kept, and apps that nobody targets.
    pub(super) owner: UserId,
    /// The members that are in the answer, in the order of evaluation (B-7.5).
    pub(super) seats: Vec<Seat>,
    pub(super) doing: Doing,
    /// What it was hashed to when it was begun (B-7.35); nothing of that changes meanwhile.
    pub(super) hash: ContentHash,
    /// It was begun on a user's request alone.
    pub(super) is_on_request: bool,
    /// It is to be evaluated again at the next check-in, whatever its age.
    pub(super) stays_due: bool,
}

/// One app in an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Seat {
    /// Its place in the answer.
    pub(super) place: u16,
    /// The user id under which the app is kept.
    pub(super) owner: UserId,
    pub(super) policy: PolicyId,
    pub(super) revision: u32,
    pub(super) desired: Desired,
    pub(super) is_detected: bool,
    /// 0, or why it does not apply (T-7.2).
    pub(super) applicability: u16,
    /// It is wanted and left for later.
    pub(super) wait: Option<AppWait>,
    /// Enforcement state and error code, where enforcing it failed in this evaluation.
    pub(super) failed: Option<(u16, i32)>,
    /// Its content is to be fetched although its time has not come (B-7.30).
    pub(super) prefetch: bool,
    /// It was enforced in this evaluation.
    pub(super) is_done: bool,
}

/// What is done in an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Doing {
    /// The app of this seat is looked for.
    Detect(u16),
    /// What the app of this seat requires is looked at.
    Require(u16),
    /// What comes next is to be found.
    Plan,
    /// One app is enforced.
    Enforce(Enforcing),
}

/// Whether a pass can go on at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Go,
    Wait,
    Over,
}

impl Pass {
    pub(super) fn new(workload: Workload, user: UserId, answer: u64, policies: Box<[AppPolicy]>, now: Wall) -> Self {
        Self {
            workload,
            user,
            answer,
            begun: now,
            policies,
            queue: Vec::new(),
            done: Vec::new(),
            graph: None,
            slot: None,
            resume_at: None,
            is_on_request: false,
            next_due: Wall::MAX,
            dark_wake_noted: false,
            is_unsaved: false,
        }
    }
}

impl Pass {
    /// True while the look after a command is under way or next.
    pub(super) fn is_looking_after(&self) -> bool {
        let doing = self.graph.as_ref().map(|graph| graph.doing);
        matches!(doing, Some(Doing::Enforce(Enforcing { stage: Stage::LookAfter(_), .. })))
    }
}

impl Seat {
    pub(super) fn member(&self) -> Member {
        let member = Member::new(self.desired, self.is_detected);
        let hindrance = match self.wait {
            _ if self.applicability != 0 => Hindrance::RequirementsNotMet,
            Some(AppWait::Restart) => Hindrance::RebootPending,
            _ if self.failed.is_some() => Hindrance::Failed,
            Some(AppWait::Grs) => Hindrance::Failed,
            Some(
                AppWait::Availability
                | AppWait::Deadline
                | AppWait::Esp
                | AppWait::ManagedInstaller
                | AppWait::DarkWake,
            )
            | None => return member,
        };
        member.with_hindrance(hindrance)
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// Goes on with apps as far as the moment allows. Everything that may let them go on ends here.
    pub(in crate::agent) fn app_step(&mut self) {
        self.restart_step();
        self.esp_step(None, false);
        while let Some(mut pass) = self.take_pass() {
            self.end_app_step_at_limit(&mut pass);
            let flow = loop {
                match self.advance(&mut pass) {
                    Flow::Go => {}
                    flow @ (Flow::Wait | Flow::Over) => break flow,
                }
            };
            if std::mem::take(&mut pass.is_unsaved) {
                self.effect(crate::agent::Effect::Persist);
            }
            if flow == Flow::Wait {
                self.put_pass(pass);
                break;
            }
            self.pass_over(&pass);
        }
        self.app_deadlines();
    }

    /// The device restarts in the middle of an evaluation: what it came to for the apps that were enforced is known.
    fn settle_before_restart(&mut self, pass: &mut Pass) {
        let Some(graph) = pass.graph.take() else { return };
        for seat in graph.seats.iter().filter(|seat| seat.is_done || seat.failed.is_some()) {
            self.settle_app(pass, seat, None);
        }
        pass.graph = Some(graph);
    }

    pub(super) fn take_pass(&mut self) -> Option<Box<Pass>> {
        self.running()?.work.as_mut()?.apps.pass.take()
    }

    pub(super) fn put_pass(&mut self, pass: Box<Pass>) {
        if let Some(work) = self.underway() {
            work.apps.pass = Some(pass);
        }
    }

    /// Takes the next step; the first one begins a subgraph.
    fn advance(&mut self, pass: &mut Pass) -> Flow {
        if self.must_restart() && !pass.is_looking_after() {
            self.settle_before_restart(pass);
            return Flow::Over;
        }
        if pass.slot.is_some() {
            return Flow::Wait;
        }
        if pass.resume_at.is_some_and(|at| at > self.now.awake) {
            return Flow::Wait;
        }
        pass.resume_at = None;
        let Some(mut graph) = pass.graph.take() else {
            let Some(first) = pass.queue.pop() else { return Flow::Over };
            self.open_subgraph(pass, first);
            return Flow::Go;
        };
        if self.durable.around.dark_wake {
            self.note_dark_wake(pass, &graph);
            pass.graph = Some(graph);
            return Flow::Wait;
        }
        pass.dark_wake_noted = false;
        if self.has_lost_content(&graph) {
            self.give_up_content(&mut graph);
        }
        let is_concluded = match graph.doing {
            Doing::Detect(seat) => self.look_for(pass, &mut graph, seat),
            Doing::Require(seat) => self.look_at_requirements(pass, &mut graph, seat),
            Doing::Plan => self.plan_next(pass, &mut graph),
            Doing::Enforce(enforcing) => self.go_on_enforcing(pass, &mut graph, enforcing),
        };
        if !is_concluded {
            pass.graph = Some(graph);
        }
        Flow::Go
    }

    /// Nothing is begun in maintenance wake.
    fn note_dark_wake(&mut self, pass: &mut Pass, graph: &Graph) {
        if std::mem::replace(&mut pass.dark_wake_noted, true) {
            return;
        }
        let (policy, user) = (pass.policies[usize::from(graph.first)].id, graph.owner);
        self.note_app(b(4, 27), AppEvent::AppWaits { policy, user, reason: AppWait::DarkWake });
    }

    /// An answer is worked off, or as much of it as a restart leaves time for.
    fn pass_over(&mut self, pass: &Pass) {
        let is_whole = pass.graph.is_none() && pass.queue.is_empty();
        self.cut_off_pass(pass);
        if is_whole {
            let seen = Seen {
                answer: pass.answer,
                at: pass.begun,
                // What was asked for meanwhile is not due later than at the next check-in.
                next: if self.is_asked_for(pass) { pass.begun } else { pass.next_due },
                workload: pass.workload,
                user: pass.user,
            };
            self.apps_mut().remember(seen);
            self.report_everything_at_times();
            self.esp_step(Some(pass), true);
        }
        let next = self.running().and_then(|running| running.work.as_mut()?.apps.next.take());
        if let Some(next) = next {
            self.begin_pass(next);
        }
        self.check_in_over(pass.workload);
    }

    /// Starts a run for an app, on disk before it begins.
    pub(super) fn begin_app_run(&mut self, pass: &mut Pass, seat: &Seat, owner: UserId, task: Task, attempt: u16) {
        let Some(app) = self.cx.library.app(seat.policy, seat.revision) else { return };
        let session = self.app_session(app, owner).unwrap_or(UserId::DEVICE);
        let run = Run {
            task,
            policy: seat.policy,
            revision: seat.revision,
            user: owner,
            session: if app.run_as == RunAs::User { session } else { UserId::DEVICE },
            run_as: app.run_as,
            attempt,
            limit: self.limit_of(app, task),
        };
        pass.is_unsaved = false;
        self.effect(crate::agent::Effect::Persist);
        pass.slot = Some(self.begin_run(run));
    }

    /// In whose session an app runs: that of its user, or for the device id user that of whoever is signed in. `None` where
    /// a user is needed and not there (B-7.7); a System app needs nobody (B-7.6a).
    pub(super) fn app_session(&self, app: &App, owner: UserId) -> Option<UserId> {
        if app.run_as == RunAs::System {
            return Some(UserId::DEVICE);
        }
        let around = &self.durable.around;
        let session = if owner.is_device() { around.active } else { owner };
        around.is_signed_in(session).then_some(session)
    }

    /// True if an app runs as a user and none is there.
    pub(super) fn lacks_user(&self, seat: &Seat, owner: UserId) -> bool {
        let app = self.cx.library.app(seat.policy, seat.revision);
        app.is_some_and(|app| self.app_session(app, owner).is_none())
    }

    /// B-7.14, B-7.18, B-7.21.
    fn limit_of(&self, app: &App, task: Task) -> Span {
        let win32 = &self.cx.profile.win32;
        match task {
            Task::AppDownload => win32.download_wait_bg,
            Task::AppDownloadForeground => win32.download_wait_fg,
            Task::AppInstall | Task::AppUninstall => app.install_limit.unwrap_or_else(|| win32.install_timeout()),
            Task::AppDetect
            | Task::AppRequire
            | Task::Script
            | Task::Detect
            | Task::Remediate
            | Task::DetectAgain
            | Task::Discover => win32.rule_script_timeout,
        }
    }

    /// A step of the app work ended; false if it is nobody's here.
    pub(in crate::agent) fn app_completed(&mut self, token: Token, outcome: RunOutcome) -> bool {
        let is_it = |pass: &Pass| pass.slot.is_some_and(|slot| slot.token == token);
        if !self.apps_underway().and_then(|work| work.pass.as_deref()).is_some_and(is_it) {
            return false;
        }
        let Some(mut pass) = self.take_pass() else { return false };
        pass.slot = None;
        if let Some(mut graph) = pass.graph.take() {
            match graph.doing {
                Doing::Detect(seat) => self.looked_for(&mut graph, seat, outcome),
                Doing::Require(seat) => self.looked_at_requirements(&mut graph, seat, outcome),
                Doing::Enforce(enforcing) => self.enforcing_ended(&mut pass, &mut graph, enforcing, outcome),
                Doing::Plan => {}
            }
            pass.graph = Some(graph);
        }
        self.put_pass(pass);
        self.app_step();
        true
    }
}
