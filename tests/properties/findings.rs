//! What the random suites (or a reader of the code) once found, as the shortest sequence that shows it.

use imesim::agent::{
    Agent, Context, Effect, Event, Input, RemovalReason, RunOutcome, ServiceChange, SessionChange, StartType,
    SyncRequest, Timer,
};
use imesim::chance::Chance;
use imesim::facts::{AppsWorkload, EnrollmentPath, EspPhase, Facts};
use imesim::mdm::{self, MdmClient};
use imesim::profile::{Profile, TimersCount, Version};
use imesim::protocol::{
    AgentOrder, Answer, Failure, ManagementOrder, Policies, PolicyId, Request, RunAs, ScriptPolicy, Target, Token,
    UserId, Workload,
};
use imesim::time::{Awake, Now, Span, Wake, Wall};

use super::agent::Log;
use super::common::{START, pass, step_clock};

const VERSION: Version = Version([1, 103, 0, 0]);

const SCRIPT: ScriptPolicy =
    ScriptPolicy { id: PolicyId(0), revision: 1, target: Target::Device, run_as: RunAs::System, bitness_change: false };

/// An agent in the hands of a test that knows what it wants.
struct Bench {
    profile: Profile,
    facts: Facts,
    agent: Agent,
    now: Now,
    log: Log,
}

impl Bench {
    fn new(profile: Profile, facts: Facts) -> Self {
        let mut bench = Self { profile, facts, agent: Agent::absent(), now: START, log: Log::default() };
        bench.give(Input::Installed(VERSION));
        bench.give(Input::Service(ServiceChange::Started));
        bench
    }

    fn plain() -> Self {
        Self::new(Profile::default().without_jitter(), Facts::default())
    }

    /// Gives an input; the log holds what it brought about.
    fn give(&mut self, input: Input<'_>) {
        let cx = Context::new(&self.profile, &self.facts, Chance::Lowest);
        self.log = Log::default();
        let _ = self.agent.handle(&cx, self.now, input, &mut self.log);
        assert_eq!(self.agent.check_invariants(), Ok(()), "after {input:?}");
    }

    fn wait(&mut self, span: Span) {
        self.now = Now { wall: self.now.wall.after(span), awake: self.now.awake.after(span) };
        self.give(Input::Tick);
    }

    /// The token of the poll for a workload among the last effects.
    fn polled(&self, of: Workload) -> Option<Token> {
        self.log.effects.iter().find_map(|effect| match effect {
            Effect::Send { token, request: Request::Poll { workload, .. } } if *workload == of => Some(*token),
            _ => None,
        })
    }

    fn answer(&mut self, token: Token, answer: &Answer<'_>) {
        self.give(Input::Answered { token, at: self.now.wall, answer });
    }

    fn run(&self) -> Option<Token> {
        self.log.effects.iter().find_map(|effect| match effect {
            Effect::Run { token, .. } => Some(*token),
            _ => None,
        })
    }
}

/// C3, C7: a row of check-ins whose first cannot take place goes on all the same. Otherwise every later row is dropped
/// as a double of the one that stands still, the script poll of the start sequence among them.
#[test]
fn a_sync_before_the_start_delay_is_over_does_not_stop_the_start_sequence() {
    let facts = Facts { apps_workload: Some(AppsWorkload::ConfigurationManager), ..Facts::default() };
    let mut bench = Bench::new(Profile::default(), facts);
    bench.give(Input::Sync(SyncRequest::ProtocolSyncApp));
    bench.wait(Span::secs(30));
    bench.wait(Span::secs(30));
    assert!(bench.polled(Workload::Script).is_some(), "the script poll of the start: {:?}", bench.log.notes);
}

/// C3: the device turns out not to be managed by the answer to a report, while the next script of the row runs.
#[test]
fn the_end_of_management_ends_the_row_of_check_ins_whose_scripts_it_cancels() {
    let mut bench = Bench::plain();
    bench.profile.removal.after_detect = Span::hours(1);
    bench.give(Input::Tick);
    let token = bench.polled(Workload::Script).expect("a script poll");
    let second = ScriptPolicy { id: PolicyId(1), ..SCRIPT };
    bench.answer(token, &Answer::Scripts([SCRIPT, second][..].into()));
    let token = bench.run().expect("the first run");
    bench.give(Input::Completed { token, outcome: RunOutcome::Exited { code: 0, stderr: false, output: 0 } });
    assert!(bench.run().is_some(), "the second run");
    bench.wait(Span::secs(5));
    let report = bench.log.effects.iter().find_map(|effect| match effect {
        Effect::Send { token, request: Request::Report(_) } => Some(*token),
        _ => None,
    });
    bench.answer(report.expect("a report"), &Answer::NotManaged);
    // Managed again before the agent has left (B-10.5): once what was under way has ended, it must be able to poll.
    bench.give(Input::Certificate(true));
    for _ in 0..3 {
        bench.wait(Span::secs(101));
    }
    bench.give(Input::Sync(SyncRequest::CompanyPortal));
    assert!(bench.polled(Workload::Script).is_some(), "{:?}", bench.log.notes);
}

/// Timers that are due together fire in the order of [`Timer`], so the wake-up must name the first.
#[test]
fn the_wake_up_names_the_timer_that_fires_first() {
    let mut bench = Bench::plain();
    bench.profile.ime.timers_count = TimersCount::Wall;
    bench.give(Input::Service(ServiceChange::Started));
    let polls = bench.profile.ime.required_app_interval;
    bench.give(Input::HealthDue(polls));
    let wake = bench.agent.wake().wall.map(|(_, timer)| timer);
    assert_eq!(wake, Some(Timer::PollRequiredApp), "not the health task, which is due at the same moment");
}

/// A service that repeats a script in its answer does not make it run twice (B-5.1, B-5.7, W1).
#[test]
fn a_script_that_stands_twice_in_an_answer_runs_once() {
    let mut bench = Bench::plain();
    bench.give(Input::Tick);
    let token = bench.polled(Workload::Script).expect("a script poll");
    bench.answer(token, &Answer::Scripts([SCRIPT, SCRIPT][..].into()));
    let token = bench.run().expect("a run");
    bench.give(Input::Completed { token, outcome: RunOutcome::Exited { code: 0, stderr: false, output: 0 } });
    assert_eq!(bench.run(), None, "it has succeeded and does not run again");
}

/// R8: `scripts.max_retries` goes up to 1000, so the download count must be able to.
#[test]
fn tries_end_whatever_number_the_profile_allows() {
    let mut bench = Bench::plain();
    bench.profile.scripts.max_retries = 300;
    bench.profile.ime.script_interval = Span::hours(1);
    let mut runs = 0;
    bench.give(Input::Tick);
    for _ in 0..310 {
        if let Some(token) = bench.polled(Workload::Script) {
            bench.answer(token, &Answer::Scripts([SCRIPT][..].into()));
            if let Some(token) = bench.run() {
                runs += 1;
                bench.give(Input::Completed {
                    token,
                    outcome: RunOutcome::Exited { code: 1, stderr: false, output: 0 },
                });
            }
        }
        bench.give(Input::Service(ServiceChange::Started));
        bench.give(Input::Tick);
    }
    assert_eq!(runs, 301);
}

/// "Tokens continue behind those of the snapshot, so that answers to the process before are stale": a request is not
/// written down, so the process that comes after a kill must not use its token for another.
#[test]
fn a_token_is_not_used_again_after_a_kill() {
    let mut bench = Bench::plain();
    let on_disk = bench.agent.snapshot();
    bench.give(Input::Tick);
    let before = bench.polled(Workload::Script).expect("a script poll");
    bench.agent = Agent::restore(on_disk.as_bytes()).expect("the snapshot is whole");
    bench.give(Input::Service(ServiceChange::Started));
    bench.give(Input::Tick);
    let after = bench.polled(Workload::Script).expect("a script poll");
    assert_ne!(before, after);
    bench.answer(before, &Answer::Scripts([SCRIPT][..].into()));
    assert!(bench.log.notes.iter().all(|(_, event)| matches!(event, Event::Stale { .. })), "{:?}", bench.log.notes);
}

/// B-10.6, A3: a recovery sets the counter to zero, and a kill does not bring the old count back.
#[test]
fn a_recovery_outlives_a_kill() {
    let mut bench = Bench::plain();
    bench.give(Input::Tick);
    let token = bench.polled(Workload::Script).expect("a script poll");
    let mut on_disk = bench.agent.snapshot();
    let mut persist = |bench: &Bench| {
        if bench.log.effects.contains(&Effect::Persist) {
            on_disk = bench.agent.snapshot();
        }
    };
    bench.give(Input::Failed { token, failure: Failure::DeviceUnknown });
    persist(&bench);
    // Something is written while the count runs.
    bench.give(Input::Certificate(true));
    persist(&bench);
    bench.wait(Span::hours(23));
    persist(&bench);
    let token = bench.polled(Workload::RequiredApp).expect("an app check-in");
    bench.answer(token, &Answer::Nothing);
    assert!(bench.log.notes.iter().any(|(_, event)| *event == Event::Recovered));
    persist(&bench);
    bench.agent = Agent::restore(on_disk.as_bytes()).expect("the snapshot is whole");
    bench.give(Input::Service(ServiceChange::Started));
    bench.wait(Span::hours(2));
    assert!(bench.agent.version().is_some(), "removed by a count that had ended: {:?}", bench.log.notes);
}

/// X2: what is not on the device wants nothing, not even a file written.
#[test]
fn an_absent_agent_wants_nothing() {
    let mut bench = Bench::plain();
    bench.give(Input::Remove(RemovalReason::ByHand));
    let inputs = [
        Input::Tick,
        Input::Service(ServiceChange::Started),
        Input::Service(ServiceChange::StartType(StartType::Disabled)),
        Input::Service(ServiceChange::Broken),
        Input::Service(ServiceChange::Mended),
        Input::Session(SessionChange::SignIn(UserId(1))),
        Input::DarkWake(true),
        Input::ClockChanged,
        Input::Certificate(false),
        Input::Certificate(true),
        Input::Esp(EspPhase::DeviceSetup),
        Input::Sync(SyncRequest::CompanyPortal),
        Input::Push(1),
        Input::Answered { token: Token::FIRST, at: START.wall, answer: &Answer::NotManaged },
        Input::Failed { token: Token::FIRST, failure: Failure::DeviceUnknown },
        Input::RecordDeleted(PolicyId(0)),
        Input::HealthDue(Span::ZERO),
        Input::Remove(RemovalReason::Wiped),
    ];
    let mut wants = Vec::new();
    for input in inputs {
        bench.wait(Span::hours(30));
        bench.give(input);
        if !bench.log.effects.is_empty() {
            wants.push(format!("{input:?} -> {:?}", bench.log.effects));
        }
    }
    assert!(wants.is_empty(), "{wants:#?}");
}

/// An MDM client in the hands of a test.
struct Client {
    profile: Profile,
    facts: Facts,
    client: MdmClient,
    now: Now,
    effects: Vec<mdm::Effect>,
}

impl Client {
    fn new(facts: Facts) -> Self {
        let profile = Profile::default().without_jitter();
        Self { profile, facts, client: MdmClient::new(), now: START, effects: Vec::new() }
    }

    fn give(&mut self, input: mdm::Input<'_>) {
        let cx = mdm::Context { profile: &self.profile, facts: &self.facts, chance: Chance::Lowest, agent: None };
        self.effects.clear();
        let _ = self.client.handle(&cx, self.now, input, &mut self.effects);
    }

    fn sent(&self) -> Option<Token> {
        self.effects.iter().find_map(|effect| match effect {
            mdm::Effect::Send { token, .. } => Some(*token),
            _ => None,
        })
    }

    fn wall(&self, of: mdm::Timer) -> Option<Span> {
        self.client.timers().find_map(|(timer, deadline)| match deadline {
            imesim::agent::Deadline::Wall(at) if timer == of => Some(at.since(self.now.wall)),
            _ => None,
        })
    }
}

/// T1, B-1.17: the scheduled task of group policy ends a day after its first try; a clock set back by a year must not
/// make that a year and a day.
#[test]
fn the_tries_of_group_policy_end_after_a_day_though_the_clock_is_set_back() {
    let mut client = Client::new(Facts { enrollment: EnrollmentPath::GroupPolicy, ..Facts::default() });
    client.give(mdm::Input::Enroll);
    let token = client.sent().expect("an enrollment");
    client.give(mdm::Input::Failed { token, failure: Failure::NoNetwork });
    client.now = step_clock(client.now, -365 * 86_400_000);
    client.give(mdm::Input::ClockChanged);
    let (set_back, mut last_try) = (client.now.wall, client.now.wall);
    for _ in 0..=24 * 12 {
        client.now = pass(client.now, super::common::Passage::Awake(Span::mins(5)), client.client.wake());
        client.give(mdm::Input::Tick);
        let Some(token) = client.sent() else { break };
        last_try = client.now.wall;
        client.give(mdm::Input::Failed { token, failure: Failure::NoNetwork });
    }
    assert_eq!(client.client.wake(), Wake::NEVER, "the task has an end");
    assert_eq!(last_try.since(set_back), Span::days(1));
}

/// T1, T6, B-3.11: after a clock was set back the channel seems to live for years; a failed renewal must still be
/// tried again within the age at which channels are renewed.
#[test]
fn a_failed_renewal_is_tried_again_in_time_though_the_clock_was_set_back() {
    let mut client = Client::new(Facts::default());
    client.give(mdm::Input::EnrolledSince(Span::ZERO));
    client.now = step_clock(client.now, -365 * 86_400_000);
    client.give(mdm::Input::ClockChanged);
    client.now = pass(client.now, super::common::Passage::Awake(Span::days(15)), client.client.wake());
    client.give(mdm::Input::Tick);
    let renewal = client.effects.iter().find_map(|effect| match effect {
        mdm::Effect::Send { token, request: Request::RenewChannel } => Some(*token),
        _ => None,
    });
    client.give(mdm::Input::Failed { token: renewal.expect("a renewal"), failure: Failure::Status(500) });
    let ahead = client.wall(mdm::Timer::Channel).expect("the next renewal");
    assert!(ahead <= Span::days(15), "{ahead}");
}

/// C3, W5: a download whose end is never told does not block the delivery of the agent for ever.
#[test]
fn a_download_has_a_deadline() {
    let mut client = Client::new(Facts::default());
    client.give(mdm::Input::EnrolledSince(Span::days(1)));
    client.give(mdm::Input::Session(imesim::protocol::SessionCause::SettingsSync));
    let token = client.sent().expect("a session");
    let orders = Answer::Mdm {
        agent: AgentOrder::Install(VERSION),
        management: ManagementOrder::Keep,
        policies: Policies::NONE,
    };
    client.give(mdm::Input::Answered { token, answer: &orders });
    assert_eq!(client.client.job(), Some(mdm::JobState::Downloading));
    let mut states = std::collections::BTreeSet::new();
    for _ in 0..200 {
        states.extend(client.client.job());
        client.now = pass(client.now, super::common::Passage::Awake(Span::hours(1)), client.client.wake());
        client.give(mdm::Input::Tick);
        if let Some(token) = client.sent() {
            client.give(mdm::Input::Answered { token, answer: &orders });
        }
    }
    assert!(states.contains(&mdm::JobState::DownloadFailed), "after 200 hours and 25 orders: {states:?}");
}

/// The fuzz target `inputs` found it: where no deadline and the end of time are the same number, a loop would not have ended.
#[test]
fn nothing_is_due_at_the_end_of_time_where_nothing_is_armed() {
    let end = Now { wall: Wall::MAX, awake: Awake::MAX };
    assert!(!Agent::absent().is_due(end));
    assert!(!MdmClient::new().is_due(end));
    let mut bench = Bench::plain();
    assert!(bench.agent.is_due(end));
    bench.give(Input::Remove(RemovalReason::ByHand));
    assert!(!bench.agent.is_due(end));
}
