//! A crowd of agents over the loopback, in time sped up, with kills on both sides: nothing is lost and nothing doubled.
//!
//! `IMESIM_AGENTS` says how many agents there are; 60 where it is not set, since all of them share the processors with the other
//! tests. `IMESIM_HOURS` says for how many hours of their lives (42), `IMESIM_SPEED` how many times as fast as real time (8000).
//! Kills end after 14 of them: an agent whose first poll of scripts fails, because the service is down just then, asks again after 24
//! hours (B-4.5, B-4.24).

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use imesim::agent::{Input, Run, RunOutcome, ServiceChange};
use imesim::driver::http::{Bearer, Client, Config, Credential, Http, Limits};
use imesim::driver::{Clock, MemoryHost, RealClock, Session, Setup};
use imesim::protocol::{PolicyId, Report, ScriptResult, UserId};
use imesim::scenario::{Overrides, Scenario};
use imesim::serve::{self, About, Credentials, Hub, Options, Server};
use imesim::time::{Span, Wall};

use super::state::folder;

/// The scripts: those that end well, and one that fails with the number of its device.
const WELL: [u32; 3] = [0, 1, 2];
const FAILS: u32 = 3;

fn number(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn scenario(agents: usize, start: Wall) -> Scenario {
    let text = format!(
        r#"
title = "A crowd"
[set]
"ime.answer_timeout" = "1h" # real time is short
"svc.notices_twins" = true # there are none, however agents are killed
"scripts.max_retries" = 20 # a run that a kill cuts off uses one up
[[script]]
name = "one"
assign = ["all-devices"]
[[script]]
name = "two"
assign = ["all-devices"]
[[script]]
name = "three"
assign = ["all-devices"]
[[script]]
name = "fails"
assign = ["all-devices"]
[[population]]
name = "pc"
count = {agents}
"#
    );
    let overrides = Overrides { start: Some(start), ..Overrides::default() };
    Scenario::parse(&text, "crowd.toml", &overrides).unwrap()
}

/// How a run ends on a device.
fn outcome(device: usize, run: &Run) -> (Span, RunOutcome) {
    let code = if run.policy.0 == FAILS { i32::try_from(device % 100).unwrap() + 1 } else { 0 };
    (Span::secs(60 + u64::from(run.policy.0) * 40), RunOutcome::Exited { code, stderr: false, output: 0 })
}

type Scripts = Box<dyn FnMut(&Run) -> (Span, RunOutcome) + Send>;
type Life = Session<RealClock, Http, MemoryHost<Scripts>>;

/// One agent, through all its lives.
struct Agent {
    device: usize,
    session: Life,
    /// The lengths of its lives are drawn from it.
    luck: u64,
    killed_next: Wall,
    killed: u32,
}

impl Agent {
    /// How long its next life lasts: from seconds to some hours, so that some are cut off within something.
    fn draw_life(&mut self) -> Span {
        self.luck = self.luck.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Span::secs((self.luck >> 33) % 20_000)
    }
}

/// What lives need.
#[derive(Clone)]
struct Around {
    scenario: Arc<Scenario>,
    clock: RealClock,
    client: Client,
    tokens: Arc<Vec<String>>,
}

impl Around {
    /// A life of an agent: its first, or from what is on its disk.
    fn life(&self, device: usize, disk: Option<&[u8]>) -> Life {
        let plan = &self.scenario.plan;
        let setup = Setup {
            profile: plan.profile.clone(),
            library: plan.library.clone(),
            chance: plan.luck.chance(plan.seed, device as u64),
            ..Setup::default()
        };
        let scripts: Scripts = Box::new(move |run| outcome(device, run));
        let transport = self.client.transport(Credential::Bearer(Bearer::new(&self.tokens[device]).unwrap()));
        let mut session = Session::new(setup, self.clock, transport, MemoryHost::new(scripts));
        match disk {
            None => session.feed(Input::Installed("1.94.0.0".parse().unwrap())).unwrap(),
            Some(disk) => {
                session.restore(disk).unwrap();
                session.feed(Input::ClockChanged).unwrap();
                session.feed(Input::Service(ServiceChange::Started)).unwrap();
            }
        }
        session
    }

    /// Lets some agents live until they are told to stop. Until the kills end, each is killed now and then.
    fn live(&self, devices: impl Iterator<Item = usize>, ends: &Ends) -> Vec<Agent> {
        let mut agents: Vec<Agent> = devices
            .map(|device| {
                let session = self.life(device, None);
                Agent { device, session, luck: device as u64 + 1, killed_next: self.clock.now().wall, killed: 0 }
            })
            .collect();
        while !ends.all.load(Ordering::SeqCst) {
            let with_kills = !ends.kills.load(Ordering::SeqCst);
            for agent in &mut agents {
                let _ = agent.session.poll().unwrap();
                // Whatever it is doing: some lives end within a run, some with a report on its way.
                if with_kills && self.clock.now().wall >= agent.killed_next {
                    agent.killed_next = self.clock.now().wall.after(agent.draw_life());
                    let disk = agent.session.host().disk().map(<[u8]>::to_vec);
                    agent.session = self.life(agent.device, disk.as_deref());
                    agent.killed += 1;
                }
            }
            thread::sleep(Duration::from_millis(2));
        }
        agents
    }
}

#[derive(Default)]
struct Ends {
    kills: AtomicBool,
    all: AtomicBool,
}

#[test]
fn a_crowd_under_kills_on_both_sides_loses_nothing_and_doubles_nothing() {
    let (count, hours) = (number("IMESIM_AGENTS", 60), number("IMESIM_HOURS", 42));
    let speed = u32::try_from(number("IMESIM_SPEED", 8_000)).unwrap();
    let state = folder("crowd").join("state");
    let start = RealClock::new().now().wall;
    let scenario = Arc::new(scenario(count, start));
    let hub = || Hub::new(scenario.plan.clone(), speed).unwrap();
    let named: Vec<String> = hub().devices().iter().map(|device| device.name().to_owned()).collect();
    let (credentials, text) = Credentials::make(named.iter().map(String::as_str)).unwrap();
    let tokens = text.lines().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect();
    let limits = serve::Limits { per_device: 1_000_000, total: 1_000_000, ..serve::Limits::default() };
    let options = Options { speed, state: Some(state), limits, ..Options::default() };
    let mut server = Server::start(hub(), credentials.clone(), options.clone()).unwrap();
    let options = Options { listen: server.address(), ..options };

    // Whoever waited longer than the agent does is not sent any more.
    let second = Duration::from_secs(1);
    let whole = Duration::from_secs(3_600) / speed;
    let limits = Limits { queue: count * 8, threads: 32, connect: second, answer: second, whole, ..Limits::default() };
    let client = Client::new(&Config::new(&format!("http://{}", server.address())).limits(limits)).unwrap();
    let around = Around {
        scenario: Arc::clone(&scenario),
        clock: RealClock::since(start, speed),
        client,
        tokens: Arc::new(tokens),
    };
    let (ends, began) = (Arc::new(Ends::default()), Instant::now());
    let threads: Vec<_> = (0..2)
        .map(|part| {
            let (around, ends) = (around.clone(), Arc::clone(&ends));
            thread::spawn(move || around.live((part..count).step_by(2), &ends))
        })
        .collect();

    let (whole, kills_for) =
        (Duration::from_secs(hours as u64 * 3_600) / speed, Duration::from_secs(14 * 3_600) / speed);
    let kills = AtomicU32::new(0);
    while began.elapsed() < kills_for {
        thread::sleep(kills_for / 6);
        server.kill();
        kills.fetch_add(1, Ordering::SeqCst);
        thread::sleep(kills_for / 30);
        server = Server::start(hub(), credentials.clone(), options.clone()).unwrap();
    }
    ends.kills.store(true, Ordering::SeqCst);
    thread::sleep(whole.saturating_sub(began.elapsed()));
    ends.all.store(true, Ordering::SeqCst);
    let agents: Vec<Agent> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();

    let lives: u32 = agents.iter().map(|agent| agent.killed).sum();
    let (mut taken, mut repeated) = (0, 0);
    server.with(|hub, _| {
        for Agent { device, session, .. } in &agents {
            let name = &named[*device];
            let record = hub.devices()[*device].record();
            let kept = |policy| {
                let about = About { policy: PolicyId(policy), user: UserId::DEVICE };
                record.reports.get(&about).unwrap_or_else(|| {
                    let scripts = session.agent().scripts();
                    panic!("{name}: nothing was reported on script {policy}: {scripts:?} {:?}", session.transport().last_error())
                })
            };
            for policy in WELL {
                let reported = kept(policy);
                assert_eq!(reported.count, 1, "{name}: script {policy} ended well once");
                assert!(matches!(reported.report, Report::Script(report) if report.result == ScriptResult::Success), "{name}");
            }
            let failed = kept(FAILS);
            let code = i32::try_from(device % 100).unwrap() + 1;
            let is_it = matches!(failed.report, Report::Script(report) if report.result == ScriptResult::Failed && report.exit_code == code);
            assert!(is_it, "{name}: {:?} has the device's own code", failed.report);
            assert!((1..=21).contains(&failed.count), "{name}: one run and twenty more (B-5.3), {} were reported", failed.count);
            // The machine has counted each report once, and the agent has none left but that of a last run that failed.
            let in_all: u32 = record.reports.values().map(|kept| kept.count).sum();
            assert_eq!(record.ledger.reports().total(), in_all, "{name}");
            let mut of_well = session.agent().scripts().iter().filter(|script| WELL.contains(&script.policy.0));
            assert!(of_well.all(|script| !script.unreported), "{name} has something left to say");
            assert_eq!(record.twins, None, "{name} is one machine");
            taken += in_all;
            repeated += record.reports.values().map(|kept| kept.repeated).sum::<u32>();
        }
    });
    println!(
        "{count} agents, {hours} hours in {:?}: {taken} reports, {repeated} of them sent again; agents killed {lives} times, the service {} times",
        began.elapsed(),
        kills.load(Ordering::SeqCst)
    );
    assert!(lives > 0 && kills.load(Ordering::SeqCst) >= 2, "both sides were killed");
}
