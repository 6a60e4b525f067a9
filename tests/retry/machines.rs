//! The policies that state a rule beside the machine that carries it out: the same tries, at the same moments.

use imesim::chance::Chance;
use imesim::driver::scripted::{Script, script};
use imesim::facts::{EnrollmentPath, Facts};
use imesim::mdm::{Context, Effect, Event, Input, MdmClient, Sink, Timer};
use imesim::profile::Profile;
use imesim::protocol::{Failure, Request, Token, Workload};
use imesim::retry::{Next, Policy, Retry};
use imesim::rules::{RuleId, b};
use imesim::time::{Awake, Now, Span};

use super::common::START;

/// How often the component would try something that always fails, at occasions that never end.
fn tries(policy: &Policy) -> u32 {
    let mut retry = Retry::<Awake>::new();
    let mut count = 1;
    while let Next::After(wait) = retry.on_failure(policy, 0, Awake::MIN) {
        assert_eq!(wait, Span::ZERO, "the occasions space these tries, not a wait");
        count += 1;
    }
    count
}

// B-4.24: calls to a host whose name is not resolved.
#[test]
fn web_calls_are_made_as_the_policy_says() {
    for attempts in [1, 2, 3, 5] {
        let mut t = Script::new().jitter_off().only(&[Workload::Script]).reports_in_background();
        t = t.set("ime.http_attempts", &attempts.to_string()).installed("1.94.0.0");
        t.at("0s").service_starts();
        for _ in 0..tries(&Policy::http_attempts(attempts)) {
            t.expect_poll(Workload::Script).fails(Failure::NameResolution);
        }
        t.expect_quiet_until("23h");
    }
}

// B-5.3, B-5.6: runs of a script that fails, one at each poll.
#[test]
fn scripts_are_run_again_as_the_policy_says() {
    for retries in [0, 2, 3] {
        let mut t = Script::new().jitter_off().only(&[Workload::Script]).reports_in_background();
        t = t.set("scripts.max_retries", &retries.to_string()).installed("1.94.0.0");
        t.at("0s").service_starts();
        let runs = tries(&Policy::script_retries(retries));
        for poll in 0..runs + 2 {
            t.at(&format!("{}h", poll * 8)).expect_poll(Workload::Script).answer_scripts([script(1)]);
            if poll < runs {
                t.expect_run(1).exits(1);
            } else {
                t.expect_nothing_now();
            }
        }
    }
}

/// An MDM client whose requests of one kind all fail, after a while.
struct Client {
    profile: Profile,
    facts: Facts,
    chance: Chance,
    client: MdmClient,
    now: Now,
    sent: Option<(Token, Request)>,
    notes: Vec<(RuleId, Event)>,
}

/// What the client does in one call.
#[derive(Default)]
struct Log {
    sent: Option<(Token, Request)>,
    notes: Vec<(RuleId, Event)>,
}

impl Sink for Log {
    fn effect(&mut self, effect: Effect) {
        if let Effect::Send { token, request } = effect {
            self.sent = Some((token, request));
        }
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}

impl Client {
    fn new(facts: Facts, chance: Chance) -> Self {
        let (profile, client) = (Profile::default(), MdmClient::new());
        Self { profile, facts, chance, client, now: START, sent: None, notes: Vec::new() }
    }

    fn give(&mut self, input: Input<'_>) {
        let cx = Context { profile: &self.profile, facts: &self.facts, chance: self.chance, agent: None };
        let mut log = Log::default();
        let _ = self.client.handle(&cx, self.now, input, &mut log);
        self.sent = log.sent;
        self.notes = log.notes;
    }

    fn pass(&mut self, span: Span) {
        self.now = Now { wall: self.now.wall.after(span), awake: self.now.awake.after(span) };
    }

    /// Goes to the next deadline and lets it happen; false where there is none.
    fn go_on(&mut self) -> bool {
        let wake = self.client.wake();
        let wall = wake.wall.map(|(at, _)| at.since(self.now.wall));
        let awake = wake.awake.map(|(at, _)| at.since(self.now.awake));
        let Some(span) = wall.into_iter().chain(awake).min() else { return false };
        self.pass(span);
        self.give(Input::Tick);
        true
    }
}

// B-1.17: the tries of group policy, with a service that refuses at once or after a while.
#[test]
fn group_policy_enrolls_as_the_policy_says() {
    let policy = Policy::group_policy_enrollment();
    for latency in [Span::ZERO, Span::secs(7), Span::secs(59)] {
        let facts = Facts { enrollment: EnrollmentPath::GroupPolicy, ..Facts::default() };
        let mut client = Client::new(facts, Chance::seeded(1, 0));
        client.give(Input::Enroll);
        let mut tried = Vec::new();
        while let Some((token, request)) = client.sent {
            assert_eq!(request, Request::Enroll);
            tried.push(client.now.wall);
            client.pass(latency);
            client.give(Input::Failed { token, failure: Failure::Status(503) });
            if !client.go_on() {
                break;
            }
        }
        let (mut retry, mut now, mut wanted) = (Retry::new(), START.wall, Vec::new());
        loop {
            retry.on_begin(&policy, now);
            wanted.push(now);
            now = now.after(latency);
            match retry.on_failure(&policy, 0, now) {
                Next::After(wait) => now = now.after(wait),
                next => break assert_eq!(next, Next::LeftTo(b(1, 16))),
            }
        }
        assert!(wanted.len() > 240, "a day of tries");
        assert_eq!(tried, wanted, "refused after {latency}");
    }
}

// B-3.11: every renewal that fails late, or of a channel that has expired, is tried again within the policy's bounds,
// and at both ends of them.
#[test]
fn channels_are_renewed_as_the_policy_says() {
    for (chance, place) in [(Chance::Lowest, 0), (Chance::Highest, u64::MAX), (Chance::seeded(3, 0), 1 << 63)] {
        let mut client = Client::new(Facts::default(), chance);
        client.give(Input::Schedule(false));
        client.give(Input::EnrolledSince(Span::ZERO));
        let wns = client.profile.wns.clone();
        let late = Policy::channel_renewal(wns.retry_after).unwrap();
        let expired = Policy::channel_renewal(wns.expired_retry_after).unwrap();
        let expires = START.wall.after(wns.channel_lifetime);
        let mut seen = [0, 0];
        while seen[1] < 20 {
            assert!(client.go_on(), "a channel that is never renewed");
            let Some((token, Request::RenewChannel)) = client.sent else { panic!("{:?}", client.sent) };
            client.give(Input::Failed { token, failure: Failure::Status(503) });
            let [(rule, Event::ChannelRenewalFailed { again_in, .. })] = client.notes[..] else {
                panic!("{:?}", client.notes)
            };
            assert_eq!(rule, b(3, 11));
            if client.now.wall.after(Span::days(15)) <= expires {
                continue;
            }
            let is_expired = client.now.wall >= expires;
            seen[usize::from(is_expired)] += 1;
            let policy = if is_expired { &expired } else { &late };
            let range = policy.range(1);
            assert!((range.min..=range.max).contains(&again_in), "{again_in} is not within {range:?}");
            if place != 1 << 63 {
                assert_eq!(Retry::<Awake>::new().on_failure(policy, place, Awake::MIN), Next::After(again_in));
            }
        }
        assert!(seen[0] > 50, "15 days of late tries: {seen:?}");
        assert!(client.client.timers().any(|(timer, _)| timer == Timer::Channel));
    }
}
