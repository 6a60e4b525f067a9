//! An answer on its way through its groups: one step of one app at a time. Rules: B-7.4 to B-7.7, B-7.9 to B-7.15.

use imesim::agent::{Effect, Run, RunOutcome, Task};
use imesim::content::{App, AppKind, Detection, Requirements};
use imesim::facts::{Edition, Join};
use imesim::protocol::{RunAs, Token, UserId};
use imesim::relations::Desired;
use imesim::time::Span;

use super::app::{Doing, Enforcing, Group, Pass, Seat, Stage};
use super::model::{At, Model};

/// T-7.2: the reason is not known; T-7.4: the rule is bad.
const UNKNOWN_REASON: u16 = 1011;
const SCRIPT: u16 = 1008;
pub(crate) const BAD_DETECTION_RULE: i32 = 0x87D3_0004_u32.cast_signed();

#[derive(PartialEq)]
enum Flow {
    Go,
    Wait,
    Over,
}

impl Doing {
    fn runs_installer(&self) -> bool {
        matches!(self, Self::Enforce(Enforcing { stage: Stage::Command, .. }))
    }
}

impl Model {
    /// Goes on as far as the moment allows.
    pub(crate) fn work_on_apps(&mut self, at: &mut At<'_>) {
        self.count_down(at);
        self.esp_look(at, None, false);
        while let Some(mut pass) = self.service.as_mut().and_then(|service| service.apps.pass.take()) {
            self.end_at_limit(at, &mut pass);
            let flow = loop {
                let flow = self.advance(at, &mut pass);
                if flow != Flow::Go {
                    break flow;
                }
            };
            if flow == Flow::Wait {
                if let Some(service) = &mut self.service {
                    service.apps.pass = Some(pass);
                }
                return;
            }
            self.pass_is_over(at, pass);
        }
    }

    /// The next step is due: results leave, apps are checked because of the ESP, a limit, a try, a restart.
    pub(crate) fn app_work_is_due(&mut self, at: &mut At<'_>) {
        let now = at.now.awake;
        let Some(service) = &mut self.service else { return };
        let reports = service.apps.report_at.take_if(|due| *due <= now).is_some();
        let checks = service.apps.esp_check.take_if(|due| *due <= now).is_some();
        if reports {
            self.send_reports(at);
        }
        if checks {
            self.esp_check(at);
        }
        self.work_on_apps(at);
    }

    fn advance(&mut self, at: &mut At<'_>, pass: &mut Pass) -> Flow {
        if self.must_restart(at) && !pass.looks_after() {
            // B-7.28: what was enforced until then is known.
            let seats = pass.group.as_ref().map_or(Vec::new(), |group| group.seats.clone());
            for seat in seats.iter().filter(|seat| seat.done || seat.failed.is_some()) {
                self.settle_app(at, pass, seat, None);
            }
            return Flow::Over;
        }
        if pass.run.is_some() || pass.resume_at.is_some_and(|due| due > at.now.awake) {
            return Flow::Wait;
        }
        pass.resume_at = None;
        let Some(mut group) = pass.group.take() else {
            if pass.queue.is_empty() {
                return Flow::Over;
            }
            let first = pass.queue.remove(0);
            self.open_group(at, pass, first);
            return Flow::Go;
        };
        if self.dark_wake {
            pass.group = Some(group);
            return Flow::Wait;
        }
        let over = match group.doing {
            Doing::Detect(seat) => {
                self.look_for(at, pass, &mut group, seat);
                false
            }
            Doing::Require(seat) => {
                self.look_at_requirements(at, pass, &mut group, seat);
                false
            }
            Doing::Plan => self.plan_next(at, pass, &mut group),
            Doing::Enforce(enforcing) => {
                self.go_on_enforcing(at, pass, &mut group, enforcing);
                false
            }
        };
        if !over {
            pass.group = Some(group);
        }
        Flow::Go
    }

    /// Worked off, or as much of it as a restart leaves time for.
    fn pass_is_over(&mut self, at: &mut At<'_>, pass: Pass) {
        self.cut_off_pass(at, &pass);
        if pass.group.is_none() && pass.queue.is_empty() {
            // What was asked for meanwhile is due.
            let next = if self.waits_for_request(&pass) { pass.begun } else { pass.next_due };
            let seen = super::app::Seen {
                workload: pass.workload,
                user: pass.user,
                policies: pass.policies.clone(),
                at: pass.begun,
                next,
            };
            self.apps.seen.retain(|known| known.workload != seen.workload || known.user != seen.user);
            self.apps.seen.push(seen);
            self.report_all_apps(at);
            self.esp_look(at, Some(&pass), true);
        }
        if let Some(next) = self.service.as_mut().and_then(|service| service.apps.next.take()) {
            self.begin_pass(at, next);
        }
        self.over(at, pass.workload);
    }

    /// What runs is ended; an installer is left running (B-7.21).
    fn cut_off_pass(&mut self, at: &mut At<'_>, pass: &Pass) {
        if let (Some((token, _)), Some(group)) = (pass.run, &pass.group)
            && !group.doing.runs_installer()
        {
            at.effects.push(Effect::Stop { token });
        }
    }

    /// The process ends.
    pub(crate) fn cut_off_apps(&mut self, at: &mut At<'_>) {
        if let Some(pass) = self.service.as_mut().and_then(|service| service.apps.pass.take()) {
            self.cut_off_pass(at, &pass);
        }
    }

    /// B-10.5a.
    pub(crate) fn cancel_apps(&mut self, at: &mut At<'_>) {
        self.cut_off_apps(at);
        if let Some(service) = &mut self.service {
            (service.apps.next, service.apps.esp_check) = (None, None);
        }
    }

    /// In whose session an app runs; none where its user is needed and not there (B-7.6, B-7.7).
    fn app_session(&self, app: &App, owner: UserId) -> Option<UserId> {
        if app.run_as == RunAs::System {
            return Some(UserId::DEVICE);
        }
        let session = if owner.is_device() { self.active } else { owner };
        self.users.contains(&session).then_some(session)
    }

    pub(crate) fn lacks_user(&self, at: &At<'_>, seat: &Seat) -> bool {
        let app = at.cx.library.app(seat.policy.id, seat.policy.revision);
        app.is_some_and(|app| self.app_session(app, seat.owner).is_none())
    }

    /// Starts a step (B-7.14, B-7.18, B-7.21).
    pub(crate) fn run_app(&mut self, at: &mut At<'_>, pass: &mut Pass, seat: &Seat, task: Task, attempt: u16) {
        let Some(app) = at.cx.library.app(seat.policy.id, seat.policy.revision) else { return };
        let win32 = &at.profile().win32;
        let limit = match task {
            Task::AppDownload => win32.download_wait_bg,
            Task::AppDownloadForeground => win32.download_wait_fg,
            Task::AppInstall | Task::AppUninstall => {
                app.install_limit.unwrap_or(Span::mins(u64::from(win32.install_timeout_min)))
            }
            _ => win32.rule_script_timeout,
        };
        let run = Run {
            task,
            policy: seat.policy.id,
            revision: seat.policy.revision,
            user: seat.owner,
            session: self.app_session(app, seat.owner).unwrap_or(UserId::DEVICE),
            run_as: app.run_as,
            attempt,
            limit,
        };
        let token = self.token();
        at.effects.push(Effect::Run { token, run });
        pass.run = Some((token, at.now.awake.after(limit)));
    }

    fn look_for(&mut self, at: &mut At<'_>, pass: &mut Pass, group: &mut Group, place: usize) {
        let seat = group.seats[place].clone();
        let Some(app) = at.cx.library.app(seat.policy.id, seat.policy.revision) else {
            (group.seats[place].desired, group.seats[place].prefetch) = (Desired::None, false);
            return group.look_on(place);
        };
        let users = app.run_as == RunAs::User;
        if users && at.cx.facts.join == Join::Registered && app.kind != AppKind::Win32 && !is_host(at) {
            // B-1.15.
            group.does_not_apply(place, 1);
            group.look_on(place);
        } else if users && is_host(at) || self.lacks_user(at, &seat) {
            // B-1.29: a host has check-ins of the device alone.
            group.does_not_apply(place, at.profile().win32.userless_code as u16);
            group.look_on(place);
        } else if app.detection == Detection::FileNotExists && at.profile().win32.quirk_file_not_exists {
            // B-7.15.
            group.seats[place].failed = Some((5000, BAD_DETECTION_RULE));
            group.look_on(place);
        } else {
            self.run_app(at, pass, &seat, Task::AppDetect, 1);
        }
    }

    fn look_at_requirements(&mut self, at: &mut At<'_>, pass: &mut Pass, group: &mut Group, place: usize) {
        let seat = group.seats[place].clone();
        if self.lacks_user(at, &seat) {
            group.does_not_apply(place, at.profile().win32.userless_code as u16);
            group.look_on(place);
        } else {
            self.run_app(at, pass, &seat, Task::AppRequire, 1);
        }
    }

    /// A look ended. What an app requires is looked at only where it is to be installed and is not there (B-7.4).
    fn looked_for(at: &At<'_>, group: &mut Group, place: usize, outcome: RunOutcome) {
        let found = is_found(outcome);
        let seat = &mut group.seats[place];
        seat.detected = found;
        let (id, desired) = (seat.policy.id, seat.desired);
        // B-1.29: nothing takes the place of a user's app on a host.
        let lower =
            group.said.relations.iter().filter(|relation| !relation.kind.is_dependency() && relation.from == id);
        let users =
            lower.filter_map(|relation| group.seats.iter().find(|seat| seat.policy.id == relation.to)).any(|seat| {
                let app = at.cx.library.app(seat.policy.id, seat.policy.revision);
                app.is_some_and(|app| app.run_as == RunAs::User)
            });
        if !found && desired == Desired::Present && is_host(at) && users {
            group.does_not_apply(place, at.profile().win32.userless_code as u16);
            return group.look_on(place);
        }
        let seat = &group.seats[place];
        let app = at.cx.library.app(seat.policy.id, seat.policy.revision);
        let asks = app.is_some_and(|app| app.requirements != Requirements::default() || app.kind != AppKind::Win32);
        if !found && seat.desired != Desired::Absent && asks {
            group.doing = Doing::Require(place);
        } else {
            group.look_on(place);
        }
    }

    fn required(group: &mut Group, place: usize, outcome: RunOutcome) {
        let code = if let RunOutcome::Required(code) = outcome { code } else { UNKNOWN_REASON };
        if code != 0 {
            group.does_not_apply(place, code);
        }
        group.look_on(place);
    }

    /// A step ended by itself; true if it was one of these.
    pub(crate) fn app_ended(&mut self, at: &mut At<'_>, token: Token, outcome: RunOutcome) -> bool {
        if self.pass().and_then(|pass| pass.run).is_none_or(|(running, _)| running != token) {
            return false;
        }
        let Some(mut pass) = self.service.as_mut().and_then(|service| service.apps.pass.take()) else { return false };
        pass.run = None;
        if let Some(mut group) = pass.group.take() {
            match group.doing {
                Doing::Detect(place) => Self::looked_for(at, &mut group, place, outcome),
                Doing::Require(place) => Self::required(&mut group, place, outcome),
                Doing::Enforce(enforcing) => self.stage_ended(at, &mut pass, &mut group, enforcing, outcome),
                Doing::Plan => {}
            }
            pass.group = Some(group);
        }
        if let Some(service) = &mut self.service {
            service.apps.pass = Some(pass);
        }
        self.work_on_apps(at);
        true
    }

    fn end_at_limit(&mut self, at: &mut At<'_>, pass: &mut Pass) {
        let Some((token, _)) = pass.run.filter(|(_, until)| *until <= at.now.awake) else { return };
        pass.run = None;
        let Some(mut group) = pass.group.take() else { return };
        if !group.doing.runs_installer() {
            at.effects.push(Effect::Stop { token });
        }
        match group.doing {
            Doing::Detect(place) => Self::looked_for(at, &mut group, place, RunOutcome::Found(false)),
            Doing::Require(place) => Self::required(&mut group, place, RunOutcome::Required(SCRIPT)),
            Doing::Enforce(enforcing) => self.stage_timed_out(at, pass, &mut group, enforcing),
            Doing::Plan => {}
        }
        pass.group = Some(group);
    }

    /// A user's session ended, and what ran in it (B-7.7, T-7.4).
    pub(crate) fn app_user_left(&mut self, at: &mut At<'_>) {
        let Some(mut pass) = self.service.as_mut().and_then(|service| service.apps.pass.take()) else { return };
        if let (Some((token, _)), Some(mut group)) = (pass.run, pass.group.clone()) {
            let place = match group.doing {
                Doing::Detect(place) | Doing::Require(place) => Some(place),
                Doing::Enforce(enforcing) => Some(enforcing.seat),
                Doing::Plan => None,
            };
            if place.is_some_and(|place| self.lacks_user(at, &group.seats[place])) {
                at.effects.push(Effect::Stop { token });
                pass.run = None;
                if let Doing::Enforce(enforcing) = group.doing {
                    self.user_is_gone(at, &mut pass, &mut group, enforcing);
                }
            }
            pass.group = Some(group);
        }
        if let Some(service) = &mut self.service {
            service.apps.pass = Some(pass);
        }
        self.work_on_apps(at);
    }
}

/// A multi-session host (B-1.29).
fn is_host(at: &At<'_>) -> bool {
    at.cx.facts.edition == Edition::MultiSession
}

/// B-7.13: found by a script that ended with 0 and printed something, but nothing to the error stream.
pub(crate) fn is_found(outcome: RunOutcome) -> bool {
    match outcome {
        RunOutcome::Found(found) => found,
        RunOutcome::Exited { code, stderr, output } => code == 0 && !stderr && output != 0,
        _ => false,
    }
}

impl Group {
    fn look_on(&mut self, place: usize) {
        self.doing = if place + 1 < self.seats.len() { Doing::Detect(place + 1) } else { Doing::Plan };
    }

    fn does_not_apply(&mut self, place: usize, code: u16) {
        self.seats[place].applicability = code;
    }
}
