//! The model: what is true of an agent, when each of its timers is due, and which rule takes an input.
//!
//! Everything is a plain list or an optional moment. A deadline is never kept: it is reckoned from the moment at which
//! what it belongs to began.

use imesim::agent::{
    AppNotice, Context, Deadline, DiscoveryRecord, Effect, Input, Record, ServiceChange, StartType, Status, Timer,
};
use imesim::facts::EspPhase;
use imesim::profile::{Profile, TimersCount, Version};
use imesim::protocol::{Policies, PolicyId, Token, UserId, Workload};
use imesim::time::{Awake, Now, Span, Wall};

use super::app::{AppWork, Apps};
use super::check_in::{Asked, Request, Row};
use super::compliance::Discovering;
use super::remediation::{Remedying, Unsent};
use super::remediation_schedule::Kept;
use super::script::ScriptWork;

/// One call: what is known at that moment, and what comes of it. Effects are listed in order; `Persist` is left out,
/// because it asks for durability and changes nothing that the model tells.
pub(crate) struct At<'a> {
    pub(crate) cx: &'a Context<'a>,
    pub(crate) now: Now,
    pub(crate) effects: Vec<Effect>,
}

impl<'a> At<'a> {
    pub(crate) fn profile(&self) -> &'a Profile {
        self.cx.profile
    }
}

/// An agent and what it knows of its device.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    /// The version on the device; `None` if the agent is not there.
    pub(crate) installed: Option<Version>,
    pub(crate) start_type: StartType,
    pub(crate) broken: bool,
    pub(crate) certificate: bool,
    pub(crate) dark_wake: bool,
    /// Signed-in users, and for whom the next check-in is: who signed in last or, once that one is gone, the first by number.
    pub(crate) users: Vec<UserId>,
    pub(crate) active: UserId,
    pub(crate) next_token: Token,
    pub(crate) starts: u64,
    pub(crate) health_runs: u64,
    pub(crate) records: Vec<Record>,
    pub(crate) discovery: Vec<DiscoveryRecord>,
    pub(crate) remediations: Vec<Kept>,
    /// One that ran on demand and is not assigned; it stays until its report is taken (B-6.29).
    pub(crate) visitor: Option<Kept>,
    pub(crate) unsent: Vec<Unsent>,
    pub(crate) apps: Apps,
    pub(crate) esp: EspPhase,
    /// When the last inventory was due, and the one that the service does not have.
    pub(crate) inventoried: Option<Wall>,
    pub(crate) inventory_unsent: Option<Token>,
    pub(crate) policies: Policies,
    pub(crate) installer_from: Option<Awake>,
    /// When the health task ran or was set, and how much later it runs next.
    pub(crate) health: Option<(Wall, Span)>,
    /// When the check-in ended that learned of the end of management.
    pub(crate) told_to_leave: Option<Awake>,
    /// When the first check-in failed on a device that is not managed.
    pub(crate) cut_off: Option<Awake>,
    pub(crate) irrecoverable: Option<Awake>,
    pub(crate) service: Option<Service>,
    /// What the last input brought the user to see of apps (B-7.32).
    pub(crate) shown: Vec<(PolicyId, AppNotice)>,
}

/// What ends with the process.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    /// When D0 is over; `None` once it is.
    pub(crate) ready_at: Option<Awake>,
    /// When scripts and the other workloads are polled first; `None` once they were.
    pub(crate) scripts_at: Option<Awake>,
    pub(crate) others_at: Option<Awake>,
    /// The last point of each workload's grid, on the clock that its timer counts on.
    pub(crate) grid: [Deadline; 5],
    pub(crate) scripts_found: bool,
    pub(crate) clock_is_off: bool,
    pub(crate) requests: Vec<Request>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) row: Option<Row>,
    /// Who signed in and was not polled for yet, by number, and when the first of them is.
    pub(crate) sign_ins: Vec<UserId>,
    pub(crate) sign_in_at: Option<Awake>,
    /// The hour of required-app checks that is counted: its start and their number.
    pub(crate) app_checks: Option<(Awake, u32)>,
    pub(crate) pushes: Vec<u32>,
    pub(crate) work: Option<ScriptWork>,
    pub(crate) report_at: Option<Awake>,
    pub(crate) discovering: Discovering,
    pub(crate) remedying: Remedying,
    pub(crate) apps: AppWork,
    pub(crate) jobs_at: Option<Awake>,
    pub(crate) inventory_at: Option<Wall>,
}

pub(crate) fn later(at: Deadline, span: Span) -> Deadline {
    match at {
        Deadline::Awake(at) => Deadline::Awake(at.after(span)),
        Deadline::Wall(at) => Deadline::Wall(at.after(span)),
    }
}

/// How much time has passed since.
pub(crate) fn passed(from: Deadline, now: Now) -> Span {
    match from {
        Deadline::Awake(from) => now.awake.since(from),
        Deadline::Wall(from) => now.wall.since(from),
    }
}

pub(crate) fn is_past(at: Deadline, now: Now) -> bool {
    match at {
        Deadline::Awake(at) => now.awake >= at,
        Deadline::Wall(at) => now.wall >= at,
    }
}

impl Model {
    /// No agent, on a device with nobody signed in.
    pub(crate) fn absent() -> Self {
        Self {
            installed: None,
            start_type: StartType::Automatic,
            broken: false,
            certificate: false,
            dark_wake: false,
            users: Vec::new(),
            active: UserId::DEVICE,
            next_token: Token::FIRST,
            starts: 0,
            health_runs: 0,
            records: Vec::new(),
            discovery: Vec::new(),
            remediations: Vec::new(),
            visitor: None,
            unsent: Vec::new(),
            apps: Apps::default(),
            esp: EspPhase::NotInEsp,
            inventoried: None,
            inventory_unsent: None,
            policies: Policies::NONE,
            installer_from: None,
            health: None,
            told_to_leave: None,
            cut_off: None,
            irrecoverable: None,
            service: None,
            shown: Vec::new(),
        }
    }

    /// Takes one input and tells what is to be done.
    pub(crate) fn handle(&mut self, cx: &Context<'_>, now: Now, input: &Input<'_>) -> Vec<Effect> {
        self.shown.clear();
        let mut at = At { cx, now, effects: Vec::new() };
        let at = &mut at;
        match *input {
            Input::Tick => self.tick(at),
            // The documented agent spreads nothing after a resume.
            Input::Resumed => {}
            Input::Installed(version) => self.install(at, version),
            Input::Service(ServiceChange::Started) => self.start(at),
            Input::Service(ServiceChange::Stopped) => self.stop(at),
            Input::Service(ServiceChange::StartType(kind)) => self.start_type_set(kind),
            Input::Service(ServiceChange::Broken) => self.broke(at),
            Input::Service(ServiceChange::Mended) => self.mended(),
            Input::Session(change) => self.session(at, change),
            Input::DarkWake(on) => self.maintenance(at, on),
            Input::ClockChanged => self.clock_changed(at),
            Input::Certificate(there) => self.certificate(at, there),
            Input::Sync(request) => self.sync(at, request),
            Input::Push(id) => self.pushed(at, id),
            Input::Answered { token, at: time, answer } => self.answered(at, token, time, answer),
            Input::Failed { token, failure } => self.failed(at, token, failure),
            Input::Completed { token, outcome } => {
                if !self.discovery_ended(at, token, outcome)
                    && !self.remediation_ended(at, token, outcome)
                    && !self.app_ended(at, token, outcome)
                {
                    self.script_ended(at, token, outcome);
                }
            }
            Input::RecordDeleted(policy) => {
                if self.installed.is_some() && !self.forget_app(at, policy) {
                    self.forget_script(policy);
                }
            }
            Input::HealthDue(after) => self.health_set(at, after),
            Input::Remove(reason) => self.removed(at, reason),
            Input::Policies(policies) => self.policies_told(at, policies),
            Input::OnDemand { policy, revision } => self.asked_on_demand(at, policy, revision),
            Input::Esp(phase) => self.esp_entered(at, phase),
            Input::Snooze => self.snoozed(at),
        }
        self.restart_device(at);
        std::mem::take(&mut at.effects)
    }

    /// The next token: each request and run takes one, in the order in which they are asked for.
    pub(crate) fn token(&mut self) -> Token {
        let token = self.next_token;
        self.next_token = token.next();
        token
    }

    pub(crate) fn user(&self) -> UserId {
        self.active
    }

    /// Fires what is due, each once, in the order of the timers. What an earlier one moved on does not fire.
    fn tick(&mut self, at: &mut At<'_>) {
        let due: Vec<Timer> =
            self.deadlines(at).into_iter().filter(|(_, due)| is_past(*due, at.now)).map(|(timer, _)| timer).collect();
        for timer in due {
            let still = self.deadlines(at).into_iter().any(|(other, due)| other == timer && is_past(due, at.now));
            if still {
                self.fire(at, timer);
            }
        }
    }

    fn fire(&mut self, at: &mut At<'_>, timer: Timer) {
        match timer {
            Timer::Ready => self.ready(at),
            Timer::StartScripts => self.start_scripts(at),
            Timer::StartOthers => self.start_others(at),
            Timer::SignIn => self.sign_in_is_due(at),
            Timer::RunLimit => self.script_took_too_long(at),
            Timer::Report => self.report_is_due(at),
            Timer::RemoveDetected => self.removed(at, imesim::agent::RemovalReason::NotManaged),
            Timer::RemoveUnmanaged => self.removed(at, imesim::agent::RemovalReason::NotManagedUnreachable),
            Timer::RemoveIrrecoverable => self.removed(at, imesim::agent::RemovalReason::Irrecoverable),
            Timer::AnswerScript
            | Timer::AnswerRequiredApp
            | Timer::AnswerAvailableApp
            | Timer::AnswerRemediation
            | Timer::AnswerCompliance
            | Timer::AnswerReport
            | Timer::AnswerTest => self.no_answer(at, timer),
            Timer::PollScript => self.poll_is_due(at, Workload::Script),
            Timer::PollRequiredApp => self.poll_is_due(at, Workload::RequiredApp),
            Timer::PollAvailableApp => self.poll_is_due(at, Workload::AvailableApp),
            Timer::PollRemediation => self.poll_is_due(at, Workload::Remediation),
            Timer::PollCompliance => self.poll_is_due(at, Workload::Compliance),
            Timer::Health => self.health_runs(at),
            Timer::ComplianceWork => self.discovery_is_due(at),
            Timer::InventoryWork => self.analytics_due(at),
            Timer::InventoryClock => self.inventory_due(at),
            Timer::RemediationWork | Timer::RemediationClock => self.remedy(at),
            Timer::AppWork | Timer::AppClock => self.app_work_is_due(at),
            Timer::Backoff => unreachable!("the documented agent does not keep away"),
        }
    }

    /// Every deadline, in the order in which timers fire.
    pub(crate) fn deadlines(&self, at: &At<'_>) -> Vec<(Timer, Deadline)> {
        let profile = at.profile();
        let removal = &profile.removal;
        let mut all = Vec::new();
        let mut awake = |timer, at: Option<Awake>| all.extend(at.map(|at| (timer, Deadline::Awake(at))));
        if let Some(service) = &self.service {
            awake(Timer::Ready, service.ready_at);
            awake(Timer::StartScripts, service.scripts_at);
            awake(Timer::StartOthers, service.others_at);
            awake(Timer::SignIn, service.sign_in_at);
            let run = service.work.as_ref().and_then(|work| work.run);
            awake(Timer::RunLimit, run.map(|run| run.began.after(profile.scripts.timeout)));
            awake(Timer::Report, service.report_at);
            awake(Timer::ComplianceWork, self.discovery_at(profile.cc.timeout));
            awake(Timer::InventoryWork, service.jobs_at);
            let pass = service.apps.pass.as_ref();
            let step = pass.and_then(|pass| pass.run.map(|(_, until)| until).or(pass.resume_at));
            let work = [service.apps.report_at, service.apps.esp_check, step, self.esp_deadline(at)];
            awake(Timer::AppWork, work.into_iter().flatten().min());
        }
        // B-10.5a, B-10.5, and B-10.6 with its "strictly more than".
        awake(Timer::RemoveDetected, self.told_to_leave.map(|from| from.after(removal.after_detect)));
        awake(Timer::RemoveUnmanaged, self.cut_off.map(|from| from.after(removal.unmanaged_retry)));
        let over = removal.irrecoverable_after.saturating_add(Span::millis(1));
        awake(Timer::RemoveIrrecoverable, self.irrecoverable.map(|from| from.after(over)));
        if let Some(service) = &self.service {
            for request in &service.requests {
                awake(request.timer(), Some(request.sent.after(profile.ime.answer_timeout)));
            }
            for workload in Workload::ALL {
                let every = interval(workload, service.scripts_found, profile);
                all.push((Timer::poll(workload), later(service.grid[workload as usize], every)));
            }
        }
        if let Some(due) = self.restart_at().filter(|_| self.service.is_some()) {
            all.push((Timer::AppClock, Deadline::Wall(due)));
        }
        if let Some(due) = self.service.as_ref().and_then(|service| service.inventory_at) {
            all.push((Timer::InventoryClock, Deadline::Wall(due)));
        }
        if let Some((grid, plus)) = self.health {
            all.push((Timer::Health, Deadline::Wall(grid.after(plus))));
        }
        all.extend(self.remediation_deadlines(at));
        all.sort_by_key(|(timer, _)| *timer);
        all
    }

    /// Where the agent is in its life.
    pub(crate) fn status(&self) -> Status {
        match &self.service {
            None if self.installed.is_none() => Status::Absent,
            None => Status::Stopped,
            Some(service) if service.ready_at.is_some() => Status::Starting,
            Some(service) if service.work.is_some() || service.apps.pass.is_some() => Status::Working,
            Some(service) if !service.requests.is_empty() => Status::CheckingIn,
            Some(_) => Status::Idle,
        }
    }
}

/// The time between two periodic check-ins (B-4.2 to B-4.6).
pub(crate) fn interval(workload: Workload, scripts_found: bool, profile: &Profile) -> Span {
    let ime = &profile.ime;
    if ime.profile == imesim::profile::CadenceProfile::Uniform8h {
        return Span::hours(8);
    }
    match workload {
        Workload::Script if scripts_found => ime.script_interval,
        Workload::Script => ime.script_idle_interval,
        Workload::RequiredApp => ime.required_app_interval,
        Workload::AvailableApp => ime.available_app_interval,
        Workload::Remediation => ime.remediation_interval,
        Workload::Compliance => profile.cc.fetch_interval,
    }
}

/// The moment on the clock that the periodic timers count on (B-4.27).
pub(crate) fn moment(now: Now, profile: &Profile) -> Deadline {
    match profile.ime.timers_count {
        TimersCount::Awake => Deadline::Awake(now.awake),
        TimersCount::Wall => Deadline::Wall(now.wall),
    }
}
