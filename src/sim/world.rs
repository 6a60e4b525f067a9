//! One device, its side of the service, and everything around it, through virtual time.
//!
//! The loop knows six sources of events: the scenario's timeline, the device's habits, messages on their way, work in
//! hand, the service's pushes, and the device's own deadlines. It goes from one event to the next; at equal times they
//! come in this order, and within one source in the order in which they were made.

use super::clock::{DeviceClock, Power};
use super::digest::{Digest, Hasher};
use super::habit::{HabitState, Turn};
use super::host::{Host, Work};
use super::network::Link;
use super::observe::{Happening, NetworkEvent, Observer};
use super::plan::{DevicePlan, Enrolled, InitialAgent, Plan};
use crate::agent::{self, ServiceChange};
use crate::catalog::FaultChannel;
use crate::chance::Purpose;
use crate::device::{self, Action, Device, Effect, Event};
use crate::mdm;
use crate::protocol::{Answer, Failure, Push, Request, Token, UserId};
use crate::rules::RuleId;
use crate::service::{self, Cohort, Ledger};
use crate::time::{Awake, Span, Wall};

/// One device in its world.
#[derive(Debug)]
pub struct World<'p, O> {
    plan: &'p Plan,
    described: &'p DevicePlan,
    cohort: &'p Cohort,
    cx: device::Context<'p>,
    device: Device,
    /// The device's next deadlines.
    due: (Awake, Wall),
    ledger: Ledger,
    service_due: Option<Wall>,
    clock: DeviceClock,
    link: Link,
    habits: HabitState<'p>,
    host: Host,
    mail: Vec<(Wall, Mail<'p>)>,
    /// When something comes from outside the device next.
    outside: Wall,
    /// The place of the next action in the timeline.
    action: usize,
    /// The device enrolls by itself then.
    enrolls_at: Option<Wall>,
    messages: u64,
    pushes: u32,
    events: u64,
    hasher: Hasher,
    effects: Vec<Effect>,
    observer: O,
}

/// A message on its way to the device.
#[derive(Clone, Debug)]
enum Mail<'p> {
    Agent { token: Token, at: Wall, answer: Result<Answer<'p>, Failure> },
    Mdm { token: Token, answer: Result<Answer<'p>, Failure> },
    Push(Push),
}

/// What is left when a world has ended.
#[derive(Clone, Debug)]
pub struct Ended<O> {
    /// The device.
    pub device: Device,
    /// The service's record of it.
    pub ledger: Ledger,
    /// Whether it runs.
    pub power: Power,
    /// It can reach the service.
    pub online: bool,
    /// How many inputs the device took.
    pub events: u64,
    /// The digest of what it did.
    pub digest: Digest,
    /// Whoever looked on.
    pub observer: O,
}

impl<O> Ended<O> {
    /// The same without whoever looked on.
    pub fn without_observer(self) -> Ended<()> {
        let Self { device, ledger, power, online, events, digest, .. } = self;
        Ended { device, ledger, power, online, events, digest, observer: () }
    }
}

impl<'p, O: Observer> World<'p, O> {
    /// The world of device number `number`, as the plan describes it, at the plan's start.
    pub fn new(
        plan: &'p Plan,
        described: &'p DevicePlan,
        cohort: &'p Cohort,
        number: u64,
        spread_schedule: bool,
        observer: O,
    ) -> Self {
        let chance = plan.luck.chance(plan.seed, number);
        let cx = device::Context { profile: &plan.profile, chance };
        let (habits, within) = HabitState::new(&described.habits, &plan.zones[described.zone], chance, plan.start);
        let initial = &described.initial;
        let power = match (initial.powered, within, described.habits.shuts_down) {
            (false, _, _) | (true, false, true) => Power::Off,
            (true, false, false) => Power::Asleep,
            (true, true, _) => Power::On,
        };
        let enrolled_for = match initial.enrolled {
            // The devices of a population did not all enroll in the same minute.
            Enrolled::Before(ago) if spread_schedule => {
                let steady = plan.profile.mdm.steady_interval.as_millis();
                Some(ago.saturating_add(Span::millis(chance.below(steady, Purpose::Habit, 2))))
            }
            Enrolled::Before(ago) => Some(ago),
            Enrolled::Never | Enrolled::Within(..) => None,
        };
        let service =
            service::Context { profile: &plan.profile, tenant: &plan.tenant, cohort, chance, facts: described.facts };
        let ledger = Ledger::new(&service, plan.start, enrolled_for.map(|ago| plan.start.before(ago)));
        let service_due = ledger.due(&service);
        let enrolls_at = initial.enrolls_at(plan, number);
        let mut world = Self {
            plan,
            described,
            cohort,
            cx,
            device: Device::new(described.facts),
            due: (Awake::MAX, Wall::MAX),
            ledger,
            service_due,
            clock: DeviceClock::new(plan.start, initial.clock_offset, power),
            link: Link::new(initial.online),
            habits,
            host: Host::default(),
            mail: Vec::new(),
            outside: Wall::MAX,
            action: 0,
            enrolls_at,
            messages: 0,
            pushes: 0,
            events: 0,
            hasher: Hasher::new(number),
            effects: Vec::new(),
            observer,
        };
        world.set_up(enrolled_for);
        world.look_outside();
        world
    }

    /// Brings the device into the state in which the run begins.
    fn set_up(&mut self, enrolled_for: Option<Span>) {
        use device::Input::{Agent, Mdm};
        if !self.described.mdm_schedule {
            self.give(Mdm(mdm::Input::Schedule(false)));
        }
        if let Some(ago) = enrolled_for {
            self.give(Mdm(mdm::Input::EnrolledSince(ago)));
        }
        let initial = &self.described.initial;
        if initial.agent != InitialAgent::Absent {
            self.give(Agent(agent::Input::Installed(initial.agent_version)));
            self.host.clear();
        }
        if enrolled_for.is_none() {
            self.give(Agent(agent::Input::Certificate(false)));
        }
        if let Some(after) = initial.health_at {
            self.give(Agent(agent::Input::HealthDue(after)));
        }
        if initial.agent == InitialAgent::Running && self.clock.power() != Power::Off {
            self.give(Agent(agent::Input::Service(ServiceChange::Started)));
        }
        if self.described.habits.signs_in && self.clock.power() == Power::On {
            self.act(Action::SignIn(UserId(1)));
        }
    }

    /// Runs to the plan's end.
    pub fn run(mut self) -> Ended<O> {
        let end = self.plan.start.after(self.plan.duration);
        while self.step(end) {}
        self.finish()
    }

    /// Runs up to and including a moment and returns the world as it stands then.
    pub fn run_until(&mut self, at: Wall) {
        while self.step(at) {}
        self.clock.advance(at);
    }

    /// What is left.
    pub fn finish(self) -> Ended<O> {
        let online = self.clock.power().is_awake() && self.link.reaches_service(self.device.facts());
        Ended {
            online,
            device: self.device,
            ledger: self.ledger,
            power: self.clock.power(),
            events: self.events,
            digest: self.hasher.finish(),
            observer: self.observer,
        }
    }

    /// The device as it stands.
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// What the device's clocks show.
    pub const fn device_now(&self) -> crate::time::Now {
        self.clock.now()
    }

    /// How far the device's clock is from true time, in milliseconds.
    pub const fn clock_offset(&self) -> i64 {
        self.clock.offset()
    }

    /// True while the device has a network.
    pub const fn is_online(&self) -> bool {
        self.link.is_online()
    }

    /// True while anybody is signed in.
    pub const fn is_user_signed_in(&self) -> bool {
        self.link.signed_in != 0
    }

    /// Deals with the next event, if there is one up to the end. The end itself belongs to the run.
    fn step(&mut self, end: Wall) -> bool {
        let mail = self.mail.iter().map(|(at, _)| *at).min().unwrap_or(Wall::MAX);
        let work = self.host.next().map_or(Wall::MAX, |at| self.clock.true_of_awake(at));
        let due = self.clock.true_of(self.due);
        let next = self.outside.min(mail).min(work).min(due);
        if next > end || next == Wall::MAX {
            return false;
        }
        self.clock.advance(next);
        if next == self.outside {
            self.step_outside(next);
        } else if next == mail {
            self.deliver();
        } else if next == work {
            self.work_ended();
        } else {
            self.give(device::Input::Tick);
        }
        true
    }

    /// Deals with an event that comes from outside the device: by the timeline, by habit, or from the service.
    fn step_outside(&mut self, now: Wall) {
        if self.next_action() == now {
            let (_, action) = self.described.timeline[self.action];
            self.action += 1;
            self.act(action);
        } else if self.enrolls_at == Some(now) {
            self.enrolls_at = None;
            self.act(Action::Enroll);
        } else if self.habits.next() == now {
            self.habit();
        } else {
            self.service(service::Input::Tick, None);
        }
        self.look_outside();
    }

    fn next_action(&self) -> Wall {
        self.described.timeline.get(self.action).map_or(Wall::MAX, |(at, _)| self.plan.start.after(*at))
    }

    /// Finds out when something comes from outside next. These are few among the events of a device.
    fn look_outside(&mut self) {
        let enrolls = self.enrolls_at.unwrap_or(Wall::MAX);
        let push = self.service_due.unwrap_or(Wall::MAX);
        self.outside = self.next_action().min(enrolls).min(self.habits.next()).min(push);
    }

    /// Hands an input to the device and carries out what it wants.
    #[inline]
    fn give(&mut self, input: device::Input<'_>) {
        self.events += 1;
        self.hasher.take(self.clock.true_now().raw(), code_of(&input));
        let now = self.clock.now();
        // Carrying out an effect may come back here: the effects of this input lie above those of the one outside.
        let base = self.effects.len();
        let mut sink = DeviceSink {
            effects: &mut self.effects,
            at: self.clock.true_now(),
            offset: self.clock.offset(),
            observer: &mut self.observer,
        };
        self.device.take(&self.cx, now, input, &mut sink);
        self.due = self.device.next();
        debug_assert_eq!(self.device.check_invariants(), Ok(()));
        let mut place = base;
        while let Some(effect) = self.effects.get(place) {
            self.carry_out(*effect);
            place += 1;
        }
        self.effects.truncate(base);
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Agent(effect) => self.carry_out_agent(effect),
            Effect::Mdm(effect) => self.carry_out_mdm(effect),
        }
    }

    fn carry_out_agent(&mut self, effect: agent::Effect) {
        let awake = self.clock.now().awake;
        match effect {
            agent::Effect::Persist => self.hasher.take(1, 0),
            agent::Effect::Send { token, request } => {
                self.hasher.take(2, u64::from(token.number()));
                self.send(token, request, Side::Agent);
            }
            agent::Effect::Run { token, run } => {
                self.hasher.take(3, u64::from(run.policy.0) << 8 | u64::from(run.user.0));
                self.host.run(token, &run, awake, &self.plan.tenant, &self.plan.behaviors, &self.cx.chance);
            }
            agent::Effect::Stop { token } => {
                self.hasher.take(4, u64::from(token.number()));
                self.host.stop(token);
            }
            agent::Effect::SetAutomatic => self.hasher.take(5, 0),
            agent::Effect::StartService => {
                self.hasher.take(6, 0);
                self.host.add(awake, Work::ServiceUp);
            }
            agent::Effect::Uninstall => self.hasher.take(7, 0),
        }
    }

    fn carry_out_mdm(&mut self, effect: mdm::Effect) {
        let awake = self.clock.now().awake;
        match effect {
            mdm::Effect::Send { token, request } => {
                self.hasher.take(8, u64::from(token.number()));
                self.send(token, request, Side::Mdm);
            }
            mdm::Effect::Download { token, .. } => {
                let ok = self.link.reaches_service(self.device.facts()) && !self.is_faulty(FaultChannel::AgentDownload);
                self.hasher.take(9, u64::from(ok));
                self.host.add(awake, Work::Job { token, ok });
            }
            mdm::Effect::Install { token, .. } => {
                let ok = !self.is_faulty(FaultChannel::AgentInstaller);
                self.hasher.take(10, u64::from(ok));
                self.host.add(awake.after(self.plan.profile.install.duration()), Work::Job { token, ok });
            }
            mdm::Effect::AgentInstalled(_) => self.hasher.take(11, 0),
            mdm::Effect::RemoveAgent => self.hasher.take(12, 0),
            mdm::Effect::Certificate(present) => self.hasher.take(13, u64::from(present)),
            mdm::Effect::Restart => {
                self.hasher.take(14, 0);
                self.act(Action::Reboot);
            }
            mdm::Effect::Reset { keep_enrollment } => {
                self.hasher.take(15, u64::from(keep_enrollment));
                self.link.signed_in = 0;
                self.host.clear();
            }
        }
    }

    fn is_faulty(&self, channel: FaultChannel) -> bool {
        let now = self.clock.true_now();
        self.plan.tenant.faults().iter().any(|fault| fault.channel == channel && fault.from <= now && now < fault.until)
    }

    /// A request leaves the device.
    #[inline]
    fn send(&mut self, token: Token, request: Request, side: Side) {
        let now = self.clock.true_now();
        let n = self.messages;
        self.messages += 1;
        let refused = if !self.link.reaches_service(self.device.facts()) {
            Some(Failure::NoNetwork)
        } else if !self.link.names_resolve {
            Some(Failure::NameResolution)
        } else {
            None
        };
        if let Some(failure) = refused {
            return self.post(now, side.mail(token, now, Err(failure)));
        }
        let fate = self.plan.network.fate(&self.cx.chance, n);
        if fate.lost {
            return self.happened(None, Happening::Network(NetworkEvent::MessageLost));
        }
        self.observer.served(now, &request);
        let polls = matches!(request, Request::Poll { .. });
        if polls && !self.device.mdm().is_enrolled() {
            // Without its certificate the device is nobody to the service, told or not (B-10.5a, B-10.13).
            let answer = Ok(Answer::NotManaged);
            return self.post(now.after(fate.latency), side.mail(token, now, answer));
        }
        let Some(answer) = self.service(service::Input::Request { token, request }, Some(token)) else { return };
        let arrives = now.after(fate.latency);
        if fate.duplicated {
            self.post(arrives, side.mail(token, now, answer.clone()));
        }
        self.post(arrives, side.mail(token, now, answer));
    }

    fn post(&mut self, at: Wall, mail: Mail<'p>) {
        self.mail.push((at, mail));
    }

    /// Lets the service take notice of something; returns its answer to `token`.
    #[inline]
    fn service(&mut self, input: service::Input, token: Option<Token>) -> Option<Result<Answer<'p>, Failure>> {
        let cx = service::Context {
            profile: &self.plan.profile,
            tenant: &self.plan.tenant,
            cohort: self.cohort,
            chance: self.cx.chance,
            facts: *self.device.facts(),
        };
        let now = self.clock.true_now();
        let mut sink = ServiceSink {
            at: now,
            offset: self.clock.offset(),
            observer: &mut self.observer,
            answer: None,
            pushes: [None; 4],
        };
        self.service_due = self.ledger.handle(&cx, now, input, &mut sink);
        let ServiceSink { answer, pushes, .. } = sink;
        for (push, after) in pushes.into_iter().flatten() {
            self.post(now.after(after), Mail::Push(push));
        }
        answer.filter(|(to, _)| Some(*to) == token).map(|(_, answer)| answer)
    }

    /// The first message that is due arrives, or finds nobody.
    fn deliver(&mut self) {
        let now = self.clock.true_now();
        let Some(place) = self.mail.iter().position(|(at, _)| *at <= now) else { return };
        let mail = if place + 1 == self.mail.len() { self.mail.pop() } else { Some(self.mail.remove(place)) };
        let Some((_, mail)) = mail else { return };
        if let Mail::Push(push) = mail {
            return self.push(push);
        }
        if !self.clock.power().is_awake() {
            // An answer to a device that has gone to sleep is lost; the request's deadline ends the wait.
            return self.happened(None, Happening::Network(NetworkEvent::MessageLost));
        }
        match mail {
            Mail::Agent { token, at, answer: Ok(answer) } => {
                self.give(device::Input::Agent(agent::Input::Answered { token, at, answer: &answer }));
            }
            Mail::Agent { token, answer: Err(failure), .. } => {
                self.give(device::Input::Agent(agent::Input::Failed { token, failure }));
            }
            Mail::Mdm { token, answer: Ok(answer) } => {
                self.give(device::Input::Mdm(mdm::Input::Answered { token, answer: &answer }));
            }
            Mail::Mdm { token, answer: Err(failure) } => {
                self.give(device::Input::Mdm(mdm::Input::Failed { token, failure }));
            }
            Mail::Push(_) => {}
        }
    }

    fn push(&mut self, push: Push) {
        if let Some(obstacle) = self.link.push_obstacle(self.clock.power().is_awake(), self.device.facts()) {
            let cached = self.link.cache(push, &self.plan.profile);
            let event = if cached {
                NetworkEvent::PushCached { push, obstacle }
            } else {
                NetworkEvent::PushLost { push, obstacle }
            };
            return self.happened(Some(obstacle.rule()), Happening::Network(event));
        }
        match push {
            Push::MdmChange | Push::MdmAdmin => self.give(device::Input::Mdm(mdm::Input::Push(push))),
            Push::AgentApps => {
                self.pushes = self.pushes.wrapping_add(1);
                self.give(device::Input::Agent(agent::Input::Push(self.pushes)));
            }
        }
    }

    /// Delivers what waits for the device, if nothing holds it back any more.
    fn flush_cached(&mut self) {
        if self.link.cached == [None; 2]
            || self.link.push_obstacle(self.clock.power().is_awake(), self.device.facts()).is_some()
        {
            return;
        }
        for push in std::mem::take(&mut self.link.cached).into_iter().flatten() {
            self.push(push);
        }
    }

    fn work_ended(&mut self) {
        let Some(work) = self.host.take(self.clock.now().awake) else { return };
        self.give(match work {
            Work::Run { token, outcome } => device::Input::Agent(agent::Input::Completed { token, outcome }),
            Work::Job { token, ok } => device::Input::Mdm(mdm::Input::Completed { token, ok }),
            Work::ServiceUp => device::Input::Agent(agent::Input::Service(ServiceChange::Started)),
        });
    }

    /// A change by habit. Going to sleep and waking up concern the clocks alone, unless a slot of the MDM schedule was
    /// slept through; a device without habits of this kind pays nothing for them.
    fn habit(&mut self) {
        let awake = self.clock.power().is_awake();
        let Some(turn) = self.habits.take(self.clock.true_now(), awake) else { return };
        let shuts_down = self.described.habits.shuts_down;
        match turn {
            Turn::Begin { offline } => {
                self.link.offline_by_habit = offline;
                if offline {
                    self.happened(None, Happening::Network(NetworkEvent::OfflineForTheDay));
                }
                self.act(if self.clock.power() == Power::Off { Action::PowerOn } else { Action::Wake });
                if self.described.habits.signs_in && self.link.signed_in == 0 {
                    self.act(Action::SignIn(UserId(1)));
                }
            }
            Turn::End if !awake => {}
            Turn::End => self.act(if shuts_down { Action::PowerOff } else { Action::Sleep }),
            Turn::Restart => {
                self.act(Action::Reboot);
                if self.described.habits.signs_in {
                    self.act(Action::SignIn(UserId(1)));
                }
            }
        }
    }

    /// An action happens: to the clocks, to the connections, to the service, and to the device.
    fn act(&mut self, action: Action) {
        self.happened(None, Happening::Action(action));
        let awake_before = self.clock.power().is_awake();
        match action {
            Action::SignIn(UserId(n)) => self.link.signed_in |= 1_u32.checked_shl(u32::from(n)).unwrap_or(0),
            Action::SignInLocal => self.link.signed_in |= 1,
            Action::SignOut(UserId(n)) => self.link.signed_in &= !1_u32.checked_shl(u32::from(n)).unwrap_or(0),
            Action::Sleep => {
                if self.clock.power() != Power::Off {
                    self.clock.set_power(Power::Asleep);
                }
                return;
            }
            Action::Wake if self.clock.power() == Power::Off => return,
            Action::Wake => {
                let was_dark = self.clock.power() == Power::DarkWake;
                self.clock.set_power(Power::On);
                if was_dark {
                    self.give(device::Input::Action(action));
                } else {
                    self.resumed();
                }
                return self.flush_cached();
            }
            Action::DarkWake if awake_before || self.clock.power() == Power::Off => return,
            Action::DarkWake => self.clock.set_power(Power::DarkWake),
            Action::PowerOff => {
                self.clock.set_power(Power::Off);
                self.went_down();
            }
            Action::PowerOn if self.clock.power() != Power::Off => return,
            Action::PowerOn => self.clock.set_power(Power::On),
            Action::Reboot => {
                self.clock.set_power(Power::On);
                self.went_down();
            }
            Action::Network(on) => self.link.online = on,
            Action::NameResolution(on) => self.link.names_resolve = on,
            Action::BatterySaver(on) => self.link.battery_saver = on,
            Action::DataLimit(on) => self.link.data_limit = on,
            Action::PushService(on) => self.link.push_service = on,
            Action::ClockStep(by) => self.clock.step(by),
            Action::Admin(action) => {
                self.service(service::Input::Action(action), None);
                return;
            }
            Action::Lock
            | Action::Unlock
            | Action::ConsoleConnect
            | Action::ConsoleDisconnect
            | Action::DmWapPush(_)
            | Action::ServiceStop
            | Action::ServiceStart
            | Action::ServiceRestart
            | Action::ServiceKill
            | Action::ServiceAutomatic(_)
            | Action::ServiceDisable
            | Action::ServiceBreak
            | Action::ServiceMend
            | Action::AgentRemove
            | Action::ScriptRecordDelete(_)
            | Action::SettingsSync
            | Action::CompanyPortalSync
            | Action::CompanyPortalCompliance
            | Action::CompanyPortalInstall(_)
            | Action::ProtocolSyncApp
            | Action::ProtocolSyncCompliance
            | Action::ServiceControl(_)
            | Action::RemoteHelp
            | Action::MalwareStatus
            | Action::Enroll
            | Action::Unenroll
            | Action::MdmScheduled
            | Action::Esp(_)
            | Action::AppsWorkload(_)
            | Action::SmodeSupplemental(_) => {}
        }
        self.give(device::Input::Action(action));
        self.flush_cached();
    }

    /// The device woke up. Awake time went on where it stood, so only a deadline on the wall clock can be overdue.
    fn resumed(&mut self) {
        let now = self.clock.now().wall;
        if self.due.1 < now {
            self.give(device::Input::Resumed);
        }
    }

    /// The device went down: work and sessions end with it, and so does what was on its way to it.
    fn went_down(&mut self) {
        self.host.clear();
        self.link.signed_in = 0;
        self.mail.retain(|(_, mail)| matches!(mail, Mail::Push(_)));
    }

    fn happened(&mut self, rule: Option<RuleId>, happening: Happening) {
        self.observer.happened(self.clock.true_now(), self.clock.offset(), rule, happening);
    }
}

/// Which of the two machines sent a request.
#[derive(Clone, Copy)]
enum Side {
    Agent,
    Mdm,
}

impl Side {
    fn mail<'p>(self, token: Token, at: Wall, answer: Result<Answer<'p>, Failure>) -> Mail<'p> {
        match self {
            Self::Agent => Mail::Agent { token, at, answer },
            Self::Mdm => Mail::Mdm { token, answer },
        }
    }
}

/// A number for the kind of an input, for the digest.
fn code_of(input: &device::Input<'_>) -> u64 {
    match input {
        device::Input::Tick => 1,
        device::Input::Resumed => 2,
        device::Input::Action(_) => 3,
        device::Input::Agent(agent::Input::Answered { token, .. }) => 4 | u64::from(token.number()) << 8,
        device::Input::Agent(agent::Input::Failed { token, .. }) => 5 | u64::from(token.number()) << 8,
        device::Input::Agent(agent::Input::Completed { token, .. }) => 6 | u64::from(token.number()) << 8,
        device::Input::Agent(_) => 7,
        device::Input::Mdm(mdm::Input::Answered { token, .. }) => 8 | u64::from(token.number()) << 8,
        device::Input::Mdm(mdm::Input::Failed { token, .. }) => 9 | u64::from(token.number()) << 8,
        device::Input::Mdm(mdm::Input::Completed { token, .. }) => 10 | u64::from(token.number()) << 8,
        device::Input::Mdm(_) => 11,
    }
}

struct DeviceSink<'s, O> {
    effects: &'s mut Vec<Effect>,
    at: Wall,
    offset: i64,
    observer: &'s mut O,
}

impl<O: Observer> device::Sink for DeviceSink<'_, O> {
    #[inline]
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    #[inline]
    fn note(&mut self, rule: RuleId, event: Event) {
        self.observer.happened(self.at, self.offset, Some(rule), Happening::Device(event));
    }
}

struct ServiceSink<'s, 'p, O> {
    at: Wall,
    offset: i64,
    observer: &'s mut O,
    answer: Option<(Token, Result<Answer<'p>, Failure>)>,
    /// More than one moment of the timeline brings; see [`Ledger::handle`].
    pushes: [Option<(Push, Span)>; 4],
}

impl<'p, O: Observer> service::Sink<'p> for ServiceSink<'_, 'p, O> {
    #[inline]
    fn effect(&mut self, effect: service::Effect<'p>) {
        match effect {
            service::Effect::Answer { token, answer, .. } => self.answer = Some((token, answer)),
            service::Effect::Push { push, after } => {
                if let Some(slot) = self.pushes.iter_mut().find(|slot| slot.is_none()) {
                    *slot = Some((push, after));
                }
            }
        }
    }

    #[inline]
    fn note(&mut self, rule: RuleId, event: service::Event) {
        self.observer.happened(self.at, self.offset, Some(rule), Happening::Service(event));
    }
}
