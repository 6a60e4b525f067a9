//! One device, its side of the service, and everything around it, through virtual time.
//!
//! The loop knows six sources of events: the scenario's timeline, the device's habits, messages on their way, work in
//! hand, the service's pushes, and the device's own deadlines. It goes from one event to the next; at equal times they
//! come in this order, and within one source in the order in which they were made.

mod act;
mod busy;
mod carry_out;
mod ended;
mod give;
#[cfg(feature = "check")]
mod kill;
mod mail;
mod process;
mod room;
mod twin;
#[cfg(feature = "check")]
mod watched;

pub use self::ended::Ended;
use self::mail::Mail;
pub use self::room::Room;
use super::busy::Conditions;
use super::clock::{DeviceClock, Power};
use super::digest::Hasher;
use super::habit::{HabitState, LocalHabits};
use super::host::{Cut, Host, Work, needs_file};
use super::network::{Link, Obstacle};
use super::observe::{Happening, HostEvent, Observer};
use super::plan::{DevicePlan, Enrolled, InitialAgent, Network, Plan};
use crate::agent::{self, Agent, ServiceChange};
use crate::chance::Purpose;
use crate::device::{self, Action, AgentMachine, Device, Effect};
use crate::mdm;
use crate::protocol::{Policies, UserId};
use crate::rules::{RuleId, b};
use crate::service::{self, Cohort, Ledger};
use crate::time::{Awake, Now, Span, Wall};

/// One device in its world.
#[derive(Debug)]
pub struct World<'p, O, A: AgentMachine = Agent> {
    plan: &'p Plan,
    described: &'p DevicePlan,
    /// How its messages travel.
    network: &'p Network,
    cohort: &'p Cohort,
    cx: device::Context<'p>,
    device: Device<A>,
    /// The device's next deadlines but for those of its agent, which are quickly asked for.
    mdm_due: (Awake, Wall),
    /// When, in true time, the first of them is reached if nothing happens before.
    tick_at: Wall,
    ledger: Ledger,
    service_due: Option<Wall>,
    clock: DeviceClock,
    link: Link,
    /// How busy the service is.
    conditions: Conditions,
    habits: HabitState,
    host: Host,
    /// What the agent has on the disk, where anything happens to that.
    kept: A::Kept,
    mail: Vec<(Wall, Mail)>,
    /// When the first of them arrives.
    mail_at: Wall,
    /// When something comes from outside the device next.
    outside: Wall,
    /// The place of the next action in the timeline.
    action: usize,
    /// When it comes; [`Wall::MAX`] if there is none.
    action_at: Wall,
    /// The device enrolls by itself then.
    enrolls_at: Option<Wall>,
    messages: u64,
    pushes: u32,
    events: u64,
    hasher: Hasher,
    /// Effects of the agent that were carried out, and the number after which its process is killed.
    #[cfg(feature = "check")]
    killing: kill::Killing,
    /// Room for what the device wants done; empty between inputs.
    effects: Vec<Effect>,
    observer: O,
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
        World::with_agent(plan, described, cohort, number, spread_schedule, Agent::absent(), observer)
    }
}

impl<'p, O: Observer, A: AgentMachine> World<'p, O, A> {
    /// [`World::new`] with an agent that is not on the device yet, in the place of ours.
    pub fn with_agent(
        plan: &'p Plan,
        described: &'p DevicePlan,
        cohort: &'p Cohort,
        number: u64,
        spread_schedule: bool,
        agent: A,
        observer: O,
    ) -> Self {
        let chance = plan.luck.chance(plan.seed, number);
        let cx = device::Context {
            profile: &plan.profile,
            chance,
            library: &plan.library,
            zone: &plan.zones[described.zone],
        };
        let own = LocalHabits { habits: &described.habits, zone: cx.zone, chance };
        let (habits, within) = HabitState::new(&own, plan.start);
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
            network: &described.network,
            cohort,
            cx,
            device: Device::with_agent(described.facts, agent),
            mdm_due: (Awake::MAX, Wall::MAX),
            tick_at: Wall::MAX,
            ledger,
            service_due,
            clock: DeviceClock::new(plan.start, initial.clock_offset(&chance), power),
            link: Link::new(initial.online),
            conditions: Conditions::CALM,
            habits,
            host: Host::default(),
            kept: A::Kept::default(),
            mail: Vec::new(),
            mail_at: Wall::MAX,
            outside: Wall::MAX,
            action: 0,
            action_at: Wall::MAX,
            enrolls_at,
            messages: 0,
            pushes: 0,
            events: 0,
            hasher: Hasher::new(number),
            #[cfg(feature = "check")]
            killing: kill::Killing::default(),
            effects: Vec::new(),
            observer,
        };
        // A run may begin in the middle of a window without a network.
        world.link.set(Obstacle::Habit, within && described.habits.awake.is_some() && world.habits.is_offline(&own));
        world.observer.powered(plan.start, power);
        if A::IS_FOREIGN || described.timeline.iter().any(|(_, action)| needs_file(*action)) {
            world.host.keep_file();
        }
        world.look_at_timeline();
        let policies = world.ledger.policies(&service, plan.start);
        world.set_up(enrolled_for, policies);
        world.look_outside();
        world
    }

    /// Brings the device into the state in which the run begins.
    fn set_up(&mut self, enrolled_for: Option<Span>, policies: Policies) {
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
            self.observer.agent_changed(self.plan.start, true);
            self.host.clear();
        }
        // Sessions before the start have brought what was assigned by then.
        if policies != Policies::NONE {
            self.give(Agent(agent::Input::Policies(policies)));
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
    pub fn run(mut self) -> Ended<O, A> {
        self.run_to(self.plan.start.after(self.plan.duration));
        self.finish()
    }

    /// Deals with everything that happens up to and including a moment.
    pub fn run_to(&mut self, at: Wall) {
        while self.step(at) {}
    }

    /// Runs up to and including a moment and returns the world as it stands then.
    pub fn run_until(&mut self, at: Wall) {
        self.run_to(at);
        self.clock.advance(at);
    }

    /// When something happens next, in true time; [`Wall::MAX`] if nothing does.
    #[inline]
    pub fn next(&self) -> Wall {
        self.outside.min(self.mail_at).min(self.next_work()).min(self.tick_at)
    }

    #[inline]
    fn next_work(&self) -> Wall {
        self.host.next().map_or(Wall::MAX, |at| self.clock.true_of_awake(at))
    }

    /// What is left.
    pub fn finish(self) -> Ended<O, A> {
        let online = self.clock.power().is_awake() && self.link.reaches_service(self.device.facts());
        Ended {
            online,
            device: self.device,
            ledger: self.ledger,
            now: self.clock.now(),
            power: self.clock.power(),
            events: self.events,
            digest: self.hasher.finish(),
            observer: self.observer,
        }
    }

    /// The device as it stands.
    pub const fn device(&self) -> &Device<A> {
        &self.device
    }

    /// What its agent works with.
    #[cfg(feature = "scenario")]
    pub fn agent_context(&self) -> agent::Context<'_> {
        agent::Context {
            profile: self.cx.profile,
            facts: self.device.facts(),
            chance: self.cx.chance,
            library: self.cx.library,
            zone: self.cx.zone,
            enrolled: self.device.mdm().enrolled_since(),
        }
    }

    /// What the device's clocks show.
    pub const fn device_now(&self) -> Now {
        self.clock.now()
    }

    /// How far the device's clock is from true time, in milliseconds.
    pub const fn clock_offset(&self) -> i64 {
        self.clock.offset()
    }

    /// Whether the device runs.
    pub const fn power(&self) -> Power {
        self.clock.power()
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
    #[inline(always)]
    fn step(&mut self, end: Wall) -> bool {
        let work = self.next_work();
        let next = self.outside.min(self.mail_at).min(work).min(self.tick_at);
        if next > end || next == Wall::MAX {
            return false;
        }
        self.clock.advance(next);
        if next == self.outside {
            self.step_outside(next);
        } else if next == self.mail_at {
            self.deliver();
        } else if next == work {
            self.work_ended();
        } else {
            self.tick();
        }
        true
    }

    /// Deals with an event that comes from outside the device: by the timeline, by habit, or from the service.
    #[inline(never)]
    fn step_outside(&mut self, now: Wall) {
        if self.action_at == now {
            let (_, action) = self.described.timeline[self.action];
            self.action += 1;
            self.look_at_timeline();
            self.act(action);
        } else if self.enrolls_at == Some(now) {
            self.enrolls_at = None;
            self.act(Action::Enroll);
        } else if self.service_due == Some(now) && self.habits.next() != now {
            self.service(service::Input::Tick);
        } else {
            self.habit();
        }
        self.look_outside();
    }

    /// Finds out when the next action comes.
    fn look_at_timeline(&mut self) {
        let next = self.described.timeline.get(self.action);
        self.action_at = next.map_or(Wall::MAX, |(at, _)| self.plan.start.after(*at));
    }

    /// Finds out when something comes from outside next. These are few among the events of a device.
    fn look_outside(&mut self) {
        let enrolls = self.enrolls_at.unwrap_or(Wall::MAX);
        let push = self.service_due.unwrap_or(Wall::MAX);
        self.outside = self.action_at.min(enrolls).min(self.habits.next()).min(push);
    }

    const fn local_habits(&self) -> LocalHabits<'p> {
        LocalHabits { habits: &self.described.habits, zone: self.cx.zone, chance: self.cx.chance }
    }

    fn work_ended(&mut self) {
        let Some(work) = self.host.take(self.clock.now().awake) else { return };
        if let Work::Run { cut: Some(Cut { policy, step, printed, kept }), .. } = work {
            self.happened(Some(b(6, 3)), Happening::Host(HostEvent::OutputCut { policy, step, printed, kept }));
        }
        let input = match work {
            Work::App(end) => return self.app_ended(end),
            Work::Run { token, outcome, .. } => device::Input::Agent(agent::Input::Completed { token, outcome }),
            Work::Job { token, ok } => device::Input::Mdm(mdm::Input::Completed { token, ok }),
            Work::LateService => return self.late_service(),
            Work::ServiceUp => {
                self.process_starts(Action::ServiceStart);
                device::Input::Agent(agent::Input::Service(ServiceChange::Started))
            }
        };
        self.give(input);
    }

    fn happened(&mut self, rule: Option<RuleId>, happening: Happening) {
        self.observer.happened(self.clock.true_now(), self.clock.offset(), rule, happening);
    }
}
