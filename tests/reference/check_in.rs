//! Check-ins: what begins one, what stands against it, how it ends, and what follows it.
//!
//! Rules: B-4.1 to B-4.7, B-4.14 to B-4.28, section 9, B-13.4.

use imesim::agent::{Cause, Deadline, Effect, Timer};
use imesim::facts::{Edition, Join};
use imesim::profile::{On429, Overlap, Version};
use imesim::protocol::{Answer, Failure, Request as Message, Token, UserId, Workload};
use imesim::time::{Awake, Span, Wall};

use super::model::{At, Model, interval, is_past, later, moment, passed};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Poll {
        workload: Workload,
        user: UserId,
        attempt: u32,
    },
    /// On this run.
    Report(Token),
    Test,
}

/// A request that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) token: Token,
    pub(crate) kind: Kind,
    pub(crate) sent: Awake,
}

impl Request {
    pub(crate) fn timer(&self) -> Timer {
        match self.kind {
            Kind::Poll { workload: Workload::Script, .. } => Timer::AnswerScript,
            Kind::Poll { workload: Workload::RequiredApp, .. } => Timer::AnswerRequiredApp,
            Kind::Poll { workload: Workload::AvailableApp, .. } => Timer::AnswerAvailableApp,
            Kind::Poll { workload: Workload::Remediation, .. } => Timer::AnswerRemediation,
            Kind::Poll { workload: Workload::Compliance, .. } => Timer::AnswerCompliance,
            Kind::Report(_) => Timer::AnswerReport,
            Kind::Test => Timer::AnswerTest,
        }
    }
}

/// A check-in that was asked for and waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) workload: Workload,
    pub(crate) cause: Cause,
}

/// Check-ins that follow one another, with the one that is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) workload: Workload,
    pub(crate) cause: Cause,
    pub(crate) user: UserId,
}

/// B-1.12, B-1.29: no user's work is asked for here.
pub(crate) fn is_for_device_only(at: &At<'_>) -> bool {
    at.cx.facts.join == Join::Registered || at.cx.facts.edition == Edition::MultiSession
}

impl Model {
    /// True while a check-in of the workload is under way; that of scripts lasts until its last script is over.
    pub(crate) fn is_under_way(&self, workload: Workload) -> bool {
        let Some(service) = &self.service else { return false };
        let polls = service
            .requests
            .iter()
            .any(|request| matches!(request.kind, Kind::Poll { workload: of, .. } if of == workload));
        let apps = [&service.apps.pass, &service.apps.next];
        let works = apps.into_iter().flatten().any(|pass| pass.workload == workload);
        polls || works || workload == Workload::Script && service.work.is_some()
    }

    /// Begins a check-in, if nothing stands against it.
    pub(crate) fn check_in(&mut self, at: &mut At<'_>, workload: Workload, cause: Cause, user: UserId) {
        let user = if is_for_device_only(at) { UserId::DEVICE } else { user };
        let busy = self.is_under_way(workload);
        let Some(service) = &mut self.service else { return };
        if service.ready_at.is_some() {
            return self.ask(workload, cause);
        }
        if busy {
            return match at.profile().ime.overlap {
                Overlap::QueueOne => self.ask(workload, cause),
                Overlap::Drop => self.join_request(workload, cause, user),
            };
        }
        let is_app = matches!(workload, Workload::RequiredApp | Workload::AvailableApp);
        // B-1.20.
        if is_app && at.cx.facts.apps_workload.is_some_and(|workload| !workload.is_with_intune()) {
            return;
        }
        if workload == Workload::RequiredApp {
            // B-4.26: counted in hours.
            let (from, count) = match service.app_checks {
                Some((from, count)) if at.now.awake < from.after(Span::hours(1)) => (from, count),
                _ => (at.now.awake, 0),
            };
            if count >= at.profile().ime.self_throttle_limit {
                return;
            }
            service.app_checks = Some((from, count + 1));
        }
        self.begin_request(workload, cause);
        self.poll(at, workload, user, 1);
    }

    /// One wait serves all that ask; a regular check-in does what a request asks for too, and not the other way round.
    fn ask(&mut self, workload: Workload, cause: Cause) {
        let Some(service) = &mut self.service else { return };
        match service.asked.iter_mut().find(|asked| asked.workload == workload) {
            Some(asked) if asked.cause == Cause::AppRequest => asked.cause = cause,
            Some(_) => {}
            None => service.asked.push(Asked { workload, cause }),
        }
    }

    fn poll(&mut self, at: &mut At<'_>, workload: Workload, user: UserId, attempt: u32) {
        let agent = self.installed.unwrap_or(Version([0; 4]));
        self.send(at, Kind::Poll { workload, user, attempt }, Message::Poll { workload, user, agent });
    }

    pub(crate) fn send(&mut self, at: &mut At<'_>, kind: Kind, request: Message) {
        let token = self.token();
        let Some(service) = &mut self.service else { return };
        service.requests.push(Request { token, kind, sent: at.now.awake });
        at.effects.push(Effect::Send { token, request });
    }

    /// Begins check-ins that follow one another: scripts, required apps, available apps (B-4.8, B-5.12). While such a row is
    /// under way, another adds nothing but its first check-in (B-9.4); a sign-in's takes its place (B-4.17).
    pub(crate) fn begin_row(&mut self, at: &mut At<'_>, workload: Workload, cause: Cause, user: UserId) {
        let Some(service) = &mut self.service else { return };
        if service.row.is_none() || cause == Cause::SignIn {
            service.row = Some(Row { workload, cause, user });
        }
        self.check_in(at, workload, cause, user);
        self.go_on(at);
    }

    /// Goes on with a row whose check-in is over or fell out.
    pub(crate) fn go_on(&mut self, at: &mut At<'_>) {
        while let Some(row) = self.service.as_ref().and_then(|service| service.row) {
            let waits = self
                .service
                .as_ref()
                .is_some_and(|service| service.asked.iter().any(|asked| asked.workload == row.workload));
            if waits || self.is_under_way(row.workload) {
                return;
            }
            self.next_of_row();
            if let Some(next) = self.service.as_ref().and_then(|service| service.row) {
                self.check_in(at, next.workload, next.cause, next.user);
            }
        }
    }

    fn next_of_row(&mut self) {
        let Some(service) = &mut self.service else { return };
        let Some(row) = service.row else { return };
        let next = match row.workload {
            Workload::Script => Some(Workload::RequiredApp),
            Workload::RequiredApp => Some(Workload::AvailableApp),
            Workload::AvailableApp | Workload::Remediation | Workload::Compliance => None,
        };
        service.row = next.map(|workload| Row { workload, ..row });
    }

    /// A check-in is over: what waited for that begins, and a row goes on.
    pub(crate) fn over(&mut self, at: &mut At<'_>, workload: Workload) {
        let Some(service) = &mut self.service else { return };
        // B-4.21: one check-in serves every notification that waited, and whoever else asked.
        let pushed = workload == Workload::RequiredApp && !std::mem::take(&mut service.pushes).is_empty();
        if pushed && !service.asked.iter().any(|asked| asked.workload == workload) {
            self.check_in(at, workload, Cause::Push, self.user());
        }
        self.follow(at, workload);
        if workload == Workload::Script {
            self.next_sign_in(at);
        }
        self.go_on(at);
    }

    /// Begins what was asked for while it could not begin.
    pub(crate) fn follow(&mut self, at: &mut At<'_>, workload: Workload) {
        let Some(service) = &mut self.service else { return };
        let Some(place) = service.asked.iter().position(|asked| asked.workload == workload) else { return };
        let asked = service.asked.remove(place);
        self.check_in(at, workload, asked.cause, self.user());
    }

    /// A periodic timer: the next is one interval from now (B-4.27, B-9.5).
    pub(crate) fn poll_is_due(&mut self, at: &mut At<'_>, workload: Workload) {
        let Some(service) = &mut self.service else { return };
        service.grid[workload as usize] = moment(at.now, at.profile());
        self.check_in(at, workload, Cause::Timer, self.user());
    }

    /// A poll has found scripts: the interval is the busy one from now on, on the same grid (B-4.5, B-9.5).
    pub(crate) fn scripts_are(&mut self, at: &At<'_>, found: bool) {
        let Some(service) = &mut self.service else { return };
        if service.scripts_found == found {
            return;
        }
        service.scripts_found = found;
        let before = interval(Workload::Script, !found, at.profile());
        let every = interval(Workload::Script, found, at.profile());
        let grid = &mut service.grid[Workload::Script as usize];
        if before == every {
            return;
        }
        while is_past(later(*grid, every), at.now) {
            // In steps as large as may be, so that years pass quickly.
            let steps = (passed(*grid, at.now).as_millis() / every.as_millis()).max(1);
            *grid = later(*grid, every.saturating_mul(steps));
        }
    }

    /// The clock was stepped: nothing on it lies further ahead than one period.
    pub(crate) fn clock_changed(&mut self, at: &mut At<'_>) {
        let profile = at.profile();
        if let Some((grid, plus)) = self.health {
            let most = profile.health.period.saturating_add(profile.health.random_delay.max);
            if grid.after(plus) > at.now.wall.after(most) {
                self.health = Some((at.now.wall, most));
            }
        }
        self.plan_inventory(at);
        self.polls_follow_clock(at);
        self.remedy(at);
        self.apps_clock_changed(at);
    }

    fn polls_follow_clock(&mut self, at: &At<'_>) {
        let Some(service) = &mut self.service else { return };
        for workload in Workload::ALL {
            let grid = &mut service.grid[workload as usize];
            if let Deadline::Wall(from) = *grid
                && from > at.now.wall
            {
                *grid = Deadline::Wall(at.now.wall);
            }
        }
    }

    fn take(&mut self, token: Token) -> Option<Request> {
        let service = self.service.as_mut()?;
        let place = service.requests.iter().position(|request| request.token == token)?;
        Some(service.requests.remove(place))
    }

    /// An answer (B-10.5a, X4: only the words "not managed" say so). One to another question counts as none.
    pub(crate) fn answered(&mut self, at: &mut At<'_>, token: Token, time: Wall, answer: &Answer<'_>) {
        let Some(request) = self.take(token) else { return };
        self.reached(at, time, matches!(request.kind, Kind::Poll { .. }));
        if *answer == Answer::NotManaged {
            self.not_managed(at);
            if let Kind::Poll { workload, .. } = request.kind {
                self.over(at, workload);
            }
            return;
        }
        if matches!(request.kind, Kind::Poll { .. }) {
            self.send_reports(at);
        }
        let fits = match (request.kind, answer) {
            (Kind::Poll { workload: Workload::Script, .. }, Answer::Scripts(_))
            | (Kind::Poll { workload: Workload::RequiredApp | Workload::AvailableApp, .. }, Answer::Apps(_))
            | (Kind::Poll { workload: Workload::Remediation, .. }, Answer::Remediations(_))
            | (Kind::Poll { workload: Workload::Compliance, .. }, Answer::Discovery(_))
            | (Kind::Poll { .. }, Answer::Nothing)
            | (Kind::Report(_) | Kind::Test, Answer::Accepted) => true,
            (_, _) => false,
        };
        if !fits {
            return self.given_up(at, request.kind, Failure::Empty);
        }
        match (request.kind, answer) {
            (Kind::Poll { workload: Workload::Script, user, .. }, Answer::Scripts(scripts)) => {
                self.scripts_assigned(at, user, scripts);
            }
            (Kind::Poll { workload: Workload::Script, user, .. }, _) => self.scripts_assigned(at, user, &[]),
            (Kind::Poll { workload: Workload::Compliance, user, .. }, Answer::Discovery(assigned)) => {
                self.discovery_assigned(at, user, assigned);
            }
            (Kind::Poll { workload: Workload::Compliance, user, .. }, _) => self.discovery_assigned(at, user, &[]),
            (Kind::Poll { workload: Workload::Remediation, user, .. }, Answer::Remediations(assigned)) => {
                self.remediations_assigned(at, user, assigned);
            }
            (Kind::Poll { workload: Workload::Remediation, user, .. }, _) => self.remediations_assigned(at, user, &[]),
            (Kind::Poll { workload, user, .. }, Answer::Apps(list)) => {
                self.apps_assigned(at, workload, user, list.policies());
            }
            (Kind::Poll { workload, user, .. }, _) => self.apps_assigned(at, workload, user, &[]),
            (Kind::Report(run), _) => self.report_taken(at, run),
            (Kind::Test, _) => {}
        }
    }

    /// A new certificate: what was asked without it is given up, one after the other and the last first, so that what follows
    /// in a row begins after its own request was given up (B-10.5a).
    pub(crate) fn give_up_all(&mut self, at: &mut At<'_>) {
        let Some(service) = &mut self.service else { return };
        let mut left: Vec<_> = service.requests.iter().map(|request| (request.timer(), request.token)).collect();
        left.sort_by_key(|(timer, _)| *timer);
        for (_, token) in left.into_iter().rev() {
            let requests = self.service.as_mut().map(|service| &mut service.requests);
            let request = requests.and_then(|requests| {
                let place = requests.iter().position(|request| request.token == token)?;
                Some(requests.remove(place))
            });
            if let Some(request) = request {
                self.given_up(at, request.kind, Failure::NoCertificate);
            }
        }
    }

    /// No answer within the time for one.
    pub(crate) fn no_answer(&mut self, at: &mut At<'_>, timer: Timer) {
        let waiting =
            self.service.as_ref().and_then(|service| service.requests.iter().find(|request| request.timer() == timer));
        if let Some(token) = waiting.map(|request| request.token) {
            self.failed(at, token, Failure::TimedOut);
        }
    }

    /// A request failed: some failures are worth another call at once (B-4.23 to B-4.25), the others end the check-in.
    pub(crate) fn failed(&mut self, at: &mut At<'_>, token: Token, failure: Failure) {
        let Some(request) = self.take(token) else { return };
        if let Kind::Poll { workload, user, attempt } = request.kind {
            let again = match failure {
                Failure::NameResolution => true,
                Failure::Status(401 | 429) => at.profile().ime.on_429 == On429::Retry,
                _ => false,
            };
            if again && attempt < at.profile().ime.http_attempts {
                return self.poll(at, workload, user, attempt + 1);
            }
            if failure == Failure::NoUserToken && !user.is_device() {
                return self.poll(at, workload, UserId::DEVICE, attempt);
            }
        }
        self.given_up(at, request.kind, failure);
    }

    fn given_up(&mut self, at: &mut At<'_>, kind: Kind, failure: Failure) {
        self.not_reached(at, failure);
        match kind {
            Kind::Poll { workload: Workload::Script, user, .. } => {
                self.script_poll_failed(at, user);
                self.over(at, Workload::Script);
            }
            Kind::Poll { workload: Workload::Compliance, .. } => {
                self.discovery_fetch_is_over(at);
                self.over(at, Workload::Compliance);
            }
            Kind::Poll { workload, .. } => {
                if let (Workload::AvailableApp, Some(service)) = (workload, &mut self.service) {
                    service.apps.on_request = false;
                }
                self.over(at, workload);
            }
            Kind::Report(_) | Kind::Test => {}
        }
    }
}
