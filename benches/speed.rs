//! How fast: one step of the agent, one day of a device, a fleet for a month.
//!
//! `cargo bench --bench speed`. Workload W2 is `benches/w2.toml`; its head says how it differs from the yardstick's.

use std::path::Path;

use divan::{Bencher, black_box, counter::ItemsCount};
use imesim::agent::{Agent, Context, Effect, Input, ServiceChange};
use imesim::chance::Chance;
use imesim::content::Item;
use imesim::facts::Facts;
use imesim::fleet::{Options, run};
use imesim::profile::{Profile, Version};
use imesim::protocol::{Answer, AppList, PolicyId, Request, RunAs, ScriptPolicy, Target, Token, UserId, Workload};
use imesim::scenario::{Overrides, Scenario};
use imesim::sim::busy::Limits;
use imesim::sim::{Cast, Nobody};
use imesim::time::{Awake, Now, Span, Wall};

fn main() {
    divan::main();
}

fn w2(devices: u64) -> Scenario {
    load("w2.toml", devices)
}

fn load(file: &str, devices: u64) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(file);
    let overrides = Overrides { devices: Some(devices), ..Overrides::default() };
    Scenario::load(&file, &overrides).expect("the workload is right")
}

/// A steady required-app check: the timer fires, the request goes out, the answer comes in. Two inputs.
#[divan::bench(sample_size = 1_000)]
fn steady_poll(bencher: Bencher<'_, '_>) {
    let (profile, facts) = (Profile::default().without_jitter(), Facts::default());
    let cx = Context::new(&profile, &facts, Chance::Lowest);
    let mut clock = Now { wall: Wall::from_unix_millis(1_767_571_200_000), awake: Awake::MIN };
    let mut agent = Agent::absent();
    let mut effects: Vec<Effect> = Vec::with_capacity(16);
    let _ = agent.handle(&cx, clock, Input::Installed(Version([1, 94, 0, 0])), &mut effects);
    let _ = agent.handle(&cx, clock, Input::Service(ServiceChange::Started), &mut effects);
    let scripts: Vec<ScriptPolicy> = (0..20)
        .map(|id| ScriptPolicy {
            id: PolicyId(id),
            revision: 1,
            target: Target::Device,
            run_as: RunAs::System,
            bitness_change: false,
        })
        .collect();
    let work = Answer::Nothing;
    let script_answer = Answer::Scripts(scripts.into());
    bencher.counter(ItemsCount::new(2_u32)).bench_local(|| {
        clock.awake = clock.awake.after(Span::hours(1));
        clock.wall = clock.wall.after(Span::hours(1));
        effects.clear();
        let _ = agent.handle(&cx, clock, Input::Tick, &mut effects);
        let tokens: [Option<Token>; 8] = std::array::from_fn(|place| match effects.get(place) {
            Some(Effect::Send { token, .. }) => Some(*token),
            _ => None,
        });
        for token in tokens.into_iter().flatten() {
            effects.clear();
            let input = Input::Answered { token, at: clock.wall, answer: black_box(&work) };
            let _ = agent.handle(&cx, clock, input, &mut effects);
        }
        black_box(&script_answer);
    });
}

/// A required-app check of a device that has everything of a full tenant: 40 apps in 15 subgraphs, and none is due. Two inputs.
/// In all less than a year, after which every app would be looked at again.
#[divan::bench(sample_size = 50)]
fn app_check_with_nothing_to_do(bencher: Bencher<'_, '_>) {
    let mut scenario = load("tenant.toml", 1);
    let profile = &mut scenario.plan.profile;
    for (name, value) in [
        ("win32.subgraph_interval", "365d"),
        ("ime.script_interval", "365d"),
        ("ime.script_idle_interval", "365d"),
        ("ime.available_app_interval", "365d"),
        ("ime.remediation_interval", "365d"),
        ("cc.fetch_interval", "365d"),
        ("health.period", "365d"),
        ("inventory.interval", "365d"),
        ("ime.self_throttle_limit", "60000"),
        ("rem.default_period", "365d"),
    ] {
        profile.set(name, value).expect("a figure in its range");
    }
    for remediation in 0..10 {
        let id = scenario.plan.tenant.content_named(&format!("remediation-{remediation}")).expect("it is there");
        scenario.plan.library.insert(id, 1, Item::Remediation(Box::default()));
    }
    let cast = Cast::new(&scenario.plan).expect("it can be cast");
    let mut world = cast.world(0, Nobody).expect("there is a device");
    world.run_until(scenario.plan.start.after(Span::days(5)));
    let cohort = cast.cohort(0).expect("it has one");
    let apps = cohort.at(scenario.plan.start).apps(Workload::RequiredApp, UserId::DEVICE);
    assert_eq!(apps.len(), 40);
    let answer = Answer::Apps(AppList::new(apps));
    let (mut agent, mut clock) = (world.device().agent().clone(), world.device_now());
    let cx = world.agent_context();
    let mut effects: Vec<Effect> = Vec::with_capacity(64);
    let mut due = move || {
        clock.awake = clock.awake.after(Span::hours(1));
        clock.wall = clock.wall.after(Span::hours(1));
        effects.clear();
        let _ = agent.handle(&cx, clock, Input::Tick, &mut effects);
        let poll = effects.iter().find_map(|effect| match effect {
            Effect::Send { token, request: Request::Poll { workload: Workload::RequiredApp, .. } } => Some(*token),
            _ => None,
        });
        let token = poll.expect("a check-in an hour");
        effects.clear();
        let _ = agent.handle(
            &cx,
            clock,
            Input::Answered { token, at: clock.wall, answer: black_box(&answer) },
            &mut effects,
        );
        effects.len()
    };
    // What was under way comes to an end first.
    (0..100).for_each(|_| _ = due());
    assert_eq!(due(), 0, "nothing is to be done");
    bencher.bench_local(due);
}

/// One device of the default fleet through one day, set-up included.
#[divan::bench]
fn device_day(bencher: Bencher<'_, '_>) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/scenarios/rollout.toml");
    let overrides = Overrides { duration: Some(Span::days(1)), ..Overrides::default() };
    let scenario = Scenario::load(Path::new(file), &overrides).expect("the default fleet is right");
    let cast = Cast::new(&scenario.plan).expect("it can be cast");
    let mut number = 0;
    bencher.bench_local(|| {
        number = (number + 1) % 10_000;
        cast.world(number, Nobody).map(|world| world.run().digest)
    });
}

/// Setting a device up.
#[divan::bench]
fn set_up(bencher: Bencher<'_, '_>) {
    let scenario = w2(10_000);
    let cast = Cast::new(&scenario.plan).expect("it can be cast");
    let mut number = 0;
    bencher.bench_local(|| {
        number = (number + 1) % 10_000;
        cast.world(number, Nobody).map(|world| world.device().agent().is_running())
    });
}

/// A full tenant for 7 days; items are inputs that devices took.
#[divan::bench(args = [10_000], sample_count = 3, sample_size = 1)]
fn fleet_tenant(bencher: Bencher<'_, '_>, devices: u64) {
    let scenario = load("tenant.toml", devices);
    let events = run(&scenario, Options { threads: 1, ..Options::default() }, |_| {}).expect("it can be run").events;
    bencher.counter(ItemsCount::new(events)).bench_local(|| {
        run(&scenario, Options { threads: 1, ..Options::default() }, |_| {}).expect("it can be run").digest
    });
}

/// Workload W2 for 30 days; items are inputs that devices took.
#[divan::bench(args = [(1_000, 1), (100_000, 1), (100_000, 2)], sample_count = 3, sample_size = 1)]
fn fleet_w2(bencher: Bencher<'_, '_>, (devices, threads): (u64, usize)) {
    let scenario = w2(devices);
    let events = run(&scenario, Options { threads, ..Options::default() }, |_| {}).expect("it can be run").events;
    bencher.counter(ItemsCount::new(events)).bench_local(|| {
        run(&scenario, Options { threads, ..Options::default() }, |_| {}).expect("it can be run").digest
    });
}

/// Workload W2 with a service that has limits: which are never reached, so that devices run one after the other, or are
/// within the first minute, so that all are held and run window by window.
#[divan::bench(args = [(100_000, 1, false), (10_000, 1, true), (100_000, 1, true), (100_000, 2, true)], sample_count = 3, sample_size = 1)]
fn fleet_w2_coupled(bencher: Bencher<'_, '_>, (devices, threads, is_busy): (u64, usize, bool)) {
    let mut scenario = w2(devices);
    let capacity = if is_busy { devices / 2 } else { u64::MAX };
    scenario.plan.limits = Limits { capacity: Some(capacity), queue: 1_000_000_000, ..Limits::default() };
    let events = run(&scenario, Options { threads, ..Options::default() }, |_| {}).expect("it can be run").events;
    bencher.counter(ItemsCount::new(events)).bench_local(|| {
        run(&scenario, Options { threads, ..Options::default() }, |_| {}).expect("it can be run").digest
    });
}
