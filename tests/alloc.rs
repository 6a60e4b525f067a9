//! What is steady allocates nothing: polls that find nothing new, the service's answers to them, a whole quiet day.
#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail where it stands, and looks at the variants it is about"
)]
#![allow(unsafe_code, reason = "a global allocator cannot be written without; this one counts and passes on")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use imesim::agent::{Agent, Context, Effect, Input, RunOutcome, ServiceChange, Sink};
use imesim::catalog::{Assignment, GroupKind, Intent, ScriptContent, Tenant};
use imesim::chance::Chance;
use imesim::content::Hardware;
use imesim::device::Device;
use imesim::facts::{Facts, Feature};
use imesim::profile::{Profile, Version};
use imesim::protocol::{Answer, PolicyId, Request, RunAs, ScriptPolicy, Target, Token, UserId, Workload};
use imesim::service::{self, Cohort, Ledger, Member, MemberUser, Membership};
use imesim::sim::plan::{
    Behavior, Conduct, DeviceGroup, DevicePlan, Enrolled, Habits, Initial, InitialAgent, Luck, Network, Outcome, Plan,
    Zone,
};
use imesim::sim::{Nobody, World};
use imesim::time::{Awake, Now, Span, Wall};

/// Counts the allocations of each thread by itself, since tests run side by side.
struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
    /// Bytes that are in use.
    static IN_USE: Cell<u64> = const { Cell::new(0) };
}

fn take(bytes: usize) {
    let _ = IN_USE.try_with(|in_use| in_use.set(in_use.get().wrapping_add(bytes as u64)));
}

fn give_back(bytes: usize) {
    let _ = IN_USE.try_with(|in_use| in_use.set(in_use.get().wrapping_sub(bytes as u64)));
}

fn count() {
    // A thread that is ending has no counter any more, and nobody asks for it.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call goes to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        take(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        give_back(layout.size());
        // SAFETY: as above; `place` came from `System`.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        give_back(layout.size());
        take(size);
        // SAFETY: as above; `place` came from `System`.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often this thread allocates meanwhile.
fn allocations<T>(of: impl FnOnce() -> T) -> u64 {
    let before = COUNT.with(Cell::get);
    let result = of();
    let after = COUNT.with(Cell::get);
    drop(result);
    after - before
}

/// How many bytes a value has in use, beside its own size; the value is gone afterwards.
#[cfg(feature = "scenario")]
fn heap_of<T>(value: T) -> u64 {
    let before = IN_USE.with(Cell::get);
    drop(value);
    before - IN_USE.with(Cell::get)
}

const VERSION: Version = Version([1, 93, 0, 0]);
const START: Wall = Wall::from_unix_millis(1_750_000_000_000);

/// Keeps the last of each kind, without a list.
#[derive(Default)]
struct Last {
    polls: [Option<Token>; 5],
    report: Option<Token>,
    run: Option<Token>,
}

impl Sink for Last {
    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Send { token, request: Request::Poll { workload, .. } } => {
                self.polls[workload as usize] = Some(token);
            }
            Effect::Send { token, request: Request::Report(_) } => self.report = Some(token),
            Effect::Run { token, .. } => self.run = Some(token),
            _ => {}
        }
    }
}

/// An agent that has run 20 scripts with success.
struct Steady {
    profile: Profile,
    facts: Facts,
    agent: Agent,
    now: Now,
    scripts: Vec<ScriptPolicy>,
    polls: u64,
}

impl Steady {
    fn new() -> Self {
        let scripts = (0..20).map(|id| ScriptPolicy {
            id: PolicyId(id),
            revision: 1,
            target: Target::Device,
            run_as: RunAs::System,
            bitness_change: false,
        });
        let mut steady = Self {
            profile: Profile::default(),
            facts: Facts::default(),
            agent: Agent::absent(),
            now: Now { wall: START, awake: Awake::MIN },
            scripts: scripts.collect(),
            polls: 0,
        };
        steady.give(Input::Installed(VERSION));
        steady.give(Input::Service(ServiceChange::Started));
        for _ in 0..30 {
            steady.next();
        }
        assert_eq!(steady.agent.scripts().len(), 20);
        steady
    }

    fn give(&mut self, input: Input<'_>) -> Last {
        let cx = Context::new(&self.profile, &self.facts, Chance::Lowest);
        let mut last = Last::default();
        let _ = self.agent.handle(&cx, self.now, input, &mut last);
        last
    }

    /// Goes to the next deadline and answers whatever the agent asks.
    fn next(&mut self) {
        let wake = self.agent.wake();
        let wall = wake.wall.map_or(Span::MAX, |(at, _)| at.since(self.now.wall));
        let awake = wake.awake.map_or(Span::MAX, |(at, _)| at.since(self.now.awake));
        let span = wall.min(awake);
        self.now = Now { wall: self.now.wall.after(span), awake: self.now.awake.after(span) };
        let last = self.give(Input::Tick);
        self.answer(last);
    }

    fn answer(&mut self, last: Last) {
        let at = self.now.wall;
        for workload in Workload::ALL {
            let Some(token) = last.polls[workload as usize] else { continue };
            self.polls += 1;
            let scripts = std::mem::take(&mut self.scripts);
            let answer = match workload {
                Workload::Script => Answer::Scripts(scripts.as_slice().into()),
                _ => Answer::Nothing,
            };
            let then = self.give(Input::Answered { token, at, answer: &answer });
            drop(answer);
            self.scripts = scripts;
            self.answer(then);
        }
        if let Some(token) = last.run {
            let outcome = RunOutcome::Exited { code: 0, stderr: false, output: 0 };
            let then = self.give(Input::Completed { token, outcome });
            self.answer(then);
        }
        if let Some(token) = last.report {
            let then = self.give(Input::Answered { token, at, answer: &Answer::Accepted });
            self.answer(then);
        }
    }
}

#[test]
fn steady_polls_of_scripts_and_apps_allocate_nothing() {
    let mut steady = Steady::new();
    let polls = steady.polls;
    let allocations = allocations(|| {
        for _ in 0..1_000 {
            steady.next();
        }
    });
    assert!(steady.polls - polls > 900, "{} polls", steady.polls - polls);
    assert_eq!(allocations, 0);
}

/// The one allocation is the box of the timers of the start, which is given back when the start is over.
#[test]
fn an_idle_device_has_nothing_on_the_heap() {
    let allocations = allocations(|| {
        let mut agent = Agent::absent();
        let (profile, facts) = (&Profile::default(), &Facts::default());
        let cx = Context::new(profile, facts, Chance::Lowest);
        let mut now = Now { wall: START, awake: Awake::MIN };
        let mut last = Last::default();
        let _ = agent.handle(&cx, now, Input::Installed(VERSION), &mut last);
        let _ = agent.handle(&cx, now, Input::Service(ServiceChange::Started), &mut last);
        for _ in 0..100 {
            now = Now { wall: now.wall.after(Span::hours(1)), awake: now.awake.after(Span::hours(1)) };
            let _ = agent.handle(&cx, now, Input::Tick, &mut last);
        }
        (agent, Device::new(Facts::default()))
    });
    assert_eq!(allocations, 1);
}

/// A tenant with 20 scripts and an app for every device, and a member of it.
fn tenant(profile: &Profile) -> (Tenant, Member) {
    let mut builder = Tenant::builder(profile);
    let devices = builder.group("devices", GroupKind::Devices).unwrap();
    for number in 0..20 {
        let script = builder.script(&format!("script {number}"), ScriptContent::default()).unwrap();
        builder.assign(script, Assignment::include(devices)).unwrap();
    }
    let app = builder.content("app", Feature::Win32App).unwrap();
    builder.assign(app, Assignment::include(devices).with_intent(Intent::Required)).unwrap();
    let users = vec![MemberUser::default()];
    (builder.build().unwrap(), Member { groups: vec![Membership::always(devices)], users, ..Member::default() })
}

/// Takes the service's effects and keeps none.
struct Count(usize);

impl<'a> service::Sink<'a> for Count {
    fn effect(&mut self, effect: service::Effect<'a>) {
        if let service::Effect::Answer { answer: Ok(Answer::Scripts(scripts)), .. } = effect {
            self.0 += scripts.len();
        }
    }
}

#[test]
fn the_services_answer_to_a_poll_allocates_nothing() {
    let profile = Profile::default();
    let (tenant, member) = tenant(&profile);
    let cohort = Cohort::resolve(&tenant, &profile, &member);
    let (chance, facts) = (Chance::Lowest, member.facts);
    let cx = service::Context { profile: &profile, tenant: &tenant, cohort: &cohort, chance, facts };
    let mut ledger = Ledger::new(&cx, START, Some(START.before(Span::days(9))));
    let mut told = Count(0);
    let allocations = allocations(|| {
        for hour in 0..1_000 {
            for workload in Workload::ALL {
                let request = Request::Poll { workload, user: UserId::DEVICE, agent: VERSION };
                let input = service::Input::Request { token: Token::FIRST, request };
                ledger.handle(&cx, START.after(Span::hours(hour)), input, &mut told);
            }
        }
    });
    assert_eq!((allocations, told.0), (0, 20_000));
}

#[test]
fn a_quiet_day_of_a_whole_world_allocates_nothing() {
    let mut profile = Profile::default();
    // On a quiet day nothing that is assigned is due to run.
    profile.set("rem.default_period", "365d").unwrap();
    profile.set("cc.run_interval", "365d").unwrap();
    profile.set("inventory.interval", "365d").unwrap();
    profile.set("win32.subgraph_interval", "365d").unwrap();
    let (tenant, member) = tenant(&profile);
    let cohort = Cohort::resolve(&tenant, &profile, &member);
    let outcome = Outcome { duration: Some(Span::secs(20)), ..Outcome::default() };
    let conduct = Conduct::Script(Behavior { outcomes: vec![outcome], weighted: false });
    let conducts = vec![conduct; tenant.contents().len()];
    let latency = Network { latency_min: Span::millis(20), latency_max: Span::millis(200), ..Network::default() };
    let device = DevicePlan {
        facts: member.facts,
        hardware: Hardware::default(),
        apps: None,
        member,
        users: vec!["anna".to_owned()],
        zone: 0,
        initial: Initial {
            enrolled: Enrolled::Before(Span::days(3)),
            agent: InitialAgent::Running,
            agent_version: VERSION,
            powered: true,
            online: true,
            clock_offset: (0, 0),
            health_at: None,
        },
        mdm_schedule: true,
        habits: Habits::default(),
        network: latency,
        fails: Vec::new(),
        timeline: Vec::new(),
    };
    let group =
        DeviceGroup { name: "pc".to_owned(), count: 1, is_population: false, base: device.clone(), axes: Vec::new() };
    let plan = Plan {
        seed: 1,
        luck: Luck::Seeded,
        start: START,
        duration: Span::days(10),
        profile,
        library: tenant.library(),
        tenant,
        conducts,
        limits: imesim::sim::busy::Limits::default(),
        zones: vec![Zone::utc()],
        groups: vec![group],
    };
    let mut world = World::new(&plan, &device, &cohort, 0, false, Nobody);
    world.run_until(START.after(Span::days(3)));
    assert!(world.device().agent().scripts().iter().all(|record| !record.unreported), "every script is reported");
    let allocations = allocations(|| world.run_until(START.after(Span::days(4))));
    assert_eq!(world.device().agent().scripts().len(), 20);
    assert_eq!(allocations, 0);
}

/// 20 scripts, 40 apps in 15 subgraphs, 10 remediations: what the agent keeps of all that after a week.
#[cfg(feature = "scenario")]
#[test]
fn a_device_with_a_full_tenant_costs_less_than_4_kilobytes() {
    use imesim::scenario::{Overrides, Scenario};
    use imesim::sim::Cast;
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/tenant.toml");
    let overrides = Overrides { devices: Some(8), ..Overrides::default() };
    let scenario = Scenario::load(&file, &overrides).expect("the tenant of the benches is right");
    let cast = Cast::new(&scenario.plan).expect("it can be cast");
    for number in 0..8 {
        let ended = cast.world(number, Nobody).expect("there are 8").run().without_observer();
        let agent = ended.device.agent();
        assert_eq!((agent.scripts().len(), agent.apps().len(), agent.remediations().count()), (20, 40, 10));
        let bytes = size_of::<Device>() as u64 + heap_of(ended.device);
        assert!(bytes < 4_096, "device {number} has {bytes} bytes");
    }
}
