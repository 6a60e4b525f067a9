//! The parts around the agent: the session's loop, the transport in memory, the wire, TCP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that is not met ends")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use imesim::agent::{Agent, Event, Input, RecordState, RunOutcome, ScriptRun, ServiceChange, Snapshot};
use imesim::chance::Chance;
use imesim::driver::scripted::script;
use imesim::driver::{
    Clock, Conditions, Delivery, Host, HostError, Memory, MemoryHost, Partition, Reason, ServiceStart, Session,
    SessionError, Setup, Transport, VirtualClock,
};
use imesim::profile::{Profile, Version};
use imesim::protocol::{Answer, Failure, PolicyId, Request, ScriptReport, ScriptResult, Token, Workload};
use imesim::rules::b;
use imesim::time::{Awake, Now, Span, Wake, Wall};

const VERSION: Version = Version([1, 94, 0, 0]);

fn start() -> Wall {
    Wall::from_unix_millis(1_750_000_000_000)
}

fn days(n: u64) -> Wall {
    start().after(Span::days(n))
}

/// The service's side: three scripts are assigned, and reports are kept.
#[derive(Default)]
struct Service {
    reports: Vec<ScriptReport>,
    polls: usize,
}

impl Service {
    fn answer(&mut self, request: Request) -> Result<Answer<'static>, Failure> {
        Ok(match request {
            Request::Poll { workload: Workload::Script, .. } => {
                self.polls += 1;
                Answer::Scripts(vec![script(1), script(2), script(3)].into())
            }
            Request::Poll { .. } => Answer::Work(0),
            Request::Report(report) => {
                self.reports.push(report);
                Answer::Accepted
            }
            Request::ConnectionTest => Answer::Accepted,
            Request::Enroll | Request::MdmSession { .. } | Request::RenewChannel | Request::Unenrolled => {
                panic!("{request:?} is not an agent's request")
            }
        })
    }

    /// The last result known of a script.
    fn last(&self, policy: PolicyId) -> Option<ScriptReport> {
        self.reports.iter().rev().find(|report| report.policy == policy).copied()
    }
}

type Shared = Rc<RefCell<Service>>;

fn to(service: &Shared) -> impl FnMut(Wall, Request) -> Result<Answer<'static>, Failure> + use<> {
    let service = Rc::clone(service);
    move |_, request| service.borrow_mut().answer(request)
}

/// Script 1 ends well, script 2 always fails, script 3 ends well at its second try.
fn outcome(run: &ScriptRun) -> (Span, RunOutcome) {
    let code = match (run.policy.0, run.attempt) {
        (2, _) | (3, 1) => 1,
        _ => 0,
    };
    (Span::secs(40), RunOutcome::Exited { code, stderr: false })
}

/// What the service knows agrees with what the device knows, and nothing is still to be told.
fn assert_all_reported(agent: &Agent, service: &Service) {
    assert_eq!(agent.scripts().len(), 3);
    for record in agent.scripts() {
        assert!(!record.unreported, "{record:?}");
        let result = service.last(record.policy).map(|report| report.result);
        let expected = if record.policy == PolicyId(2) { ScriptResult::Failed } else { ScriptResult::Success };
        assert_eq!((result, record.state), (Some(expected), RecordState::from(expected)), "{record:?}");
    }
}

fn run_under(conditions: Conditions, seed: u64) -> (Vec<(Now, imesim::rules::RuleId, Event)>, u64) {
    let service = Shared::default();
    let memory = Memory::new(to(&service)).with_conditions(conditions, Chance::seeded(seed, 0));
    let setup = Setup { chance: Chance::seeded(seed, 1), ..Setup::default() };
    let mut session = Session::new(setup, VirtualClock::starting_at(start()), memory, MemoryHost::new(outcome));
    session.feed(Input::Installed(VERSION)).unwrap();
    session.run_until(days(20)).unwrap();
    // Faults end; what is left must arrive.
    *session.transport_mut().conditions_mut() = Conditions::default();
    session.run_until(days(22)).unwrap();
    session.agent().check_invariants().unwrap();
    assert_all_reported(session.agent(), &service.borrow());
    for (policy, runs) in [(1, 1), (2, 4), (3, 2)] {
        let started = session.host().started().iter().filter(|(_, run)| run.policy == PolicyId(policy)).count();
        assert_eq!(started, runs, "script {policy} under seed {seed}");
    }
    let sent = session.transport().sent();
    (session.into_parts().2.notes().to_vec(), sent)
}

fn count(notes: &[(Now, imesim::rules::RuleId, Event)], is_it: impl Fn(&Event) -> bool) -> usize {
    notes.iter().filter(|(.., event)| is_it(event)).count()
}

#[test]
fn no_report_is_lost_under_loss() {
    for seed in 0..20 {
        let (notes, _) = run_under(Conditions { loss_ppm: 300_000, ..Conditions::default() }, seed);
        let timed_out = |event: &Event| matches!(event, Event::CheckInFailed { failure: Failure::TimedOut, .. });
        assert!(count(&notes, timed_out) > 100, "seed {seed}");
    }
}

#[test]
fn the_second_copy_of_an_answer_is_stale() {
    let (notes, sent) = run_under(Conditions { duplicate_ppm: 1_000_000, ..Conditions::default() }, 3);
    let stale = count(&notes, |event| matches!(event, Event::Stale { .. }));
    assert!(stale as u64 > sent / 2, "{stale} of {sent}");
}

#[test]
fn answers_may_overtake_one_another_and_come_too_late() {
    for seed in 0..10 {
        let slow = Conditions {
            latency_max: Span::secs(150),
            duplicate_ppm: 200_000,
            loss_ppm: 100_000,
            ..Conditions::default()
        };
        let (notes, _) = run_under(slow, seed);
        assert!(count(&notes, |event| matches!(event, Event::Stale { .. })) > 10, "seed {seed}");
    }
}

#[test]
fn answers_that_a_partition_held_up_are_stale() {
    let service = Shared::default();
    let from = start().after(Span::secs(65));
    let partition = Partition { from, until: start().after(Span::hours(5)) };
    let latency = Span::secs(20);
    let conditions =
        Conditions { latency_min: latency, latency_max: latency, partitions: vec![partition], ..Conditions::default() };
    let setup = Setup { chance: Chance::Lowest, ..Setup::default() };
    let memory = Memory::new(to(&service)).with_conditions(conditions, Chance::Lowest);
    let mut session = Session::new(setup, VirtualClock::starting_at(start()), memory, MemoryHost::new(outcome));
    session.feed(Input::Installed(VERSION)).unwrap();
    // The script poll leaves at 60 s and would be answered at 80 s.
    session.run_until(start().after(Span::hours(4))).unwrap();
    assert_eq!(service.borrow().polls, 1);
    assert_eq!(session.host().started(), []);
    let no_network = |event: &Event| matches!(event, Event::CheckInFailed { failure: Failure::NoNetwork, .. });
    assert!(count(session.host().notes(), no_network) >= 3);
    assert!(session.transport().on_their_way() > 0);
    session.run_until(start().after(Span::hours(6))).unwrap();
    let healed: Vec<_> = session.host().notes().iter().filter(|(now, ..)| now.wall == partition.until).collect();
    assert!(healed.iter().any(|(_, rule, event)| *rule == b(4, 28) && matches!(event, Event::Stale { .. })));
    // The next script poll is that of the idle timer.
    session.run_until(days(3)).unwrap();
    assert_all_reported(session.agent(), &service.borrow());
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let conditions = || Conditions {
        latency_max: Span::secs(90),
        duplicate_ppm: 200_000,
        loss_ppm: 200_000,
        ..Conditions::default()
    };
    assert_eq!(run_under(conditions(), 7), run_under(conditions(), 7));
    assert_ne!(run_under(conditions(), 7), run_under(conditions(), 8));
}

#[test]
fn a_session_says_when_and_why_to_come_back() {
    let setup = Setup { chance: Chance::Lowest, ..Setup::default() };
    let service = Shared::default();
    let memory = Memory::new(to(&service))
        .with_conditions(Conditions { latency_min: Span::secs(3), ..Conditions::default() }, Chance::Lowest);
    let mut session = Session::new(setup, VirtualClock::starting_at(start()), memory, MemoryHost::new(outcome));
    assert_eq!(session.poll().unwrap().until, Wake::NEVER);
    session.feed(Input::Installed(VERSION)).unwrap();
    let first = session.poll().unwrap().until;
    assert_eq!(first.awake, Some((Awake::at(Span::secs(30)), Reason::Timer(imesim::agent::Timer::Ready))));
    // A call too early does nothing.
    assert_eq!(session.poll().unwrap().until, first);
    session.clock_mut().pass(Span::secs(60));
    assert_eq!(session.poll().unwrap().until.wall, Some((start().after(Span::secs(63)), Reason::Delivery)));
    session.clock_mut().pass(Span::secs(3));
    assert_eq!(session.poll().unwrap().until.awake, Some((Awake::at(Span::secs(103)), Reason::RunEnd)));
}

#[test]
fn nothing_that_relies_on_the_snapshot_begins_before_it_is_written() {
    let service = Shared::default();
    let setup = Setup { profile: Profile::default().without_jitter(), ..Setup::default() };
    let clock = VirtualClock::starting_at(start());
    let mut session = Session::new(setup, clock, Memory::new(to(&service)), MemoryHost::new(outcome));
    session.host_mut().fail_disk(Some(std::io::ErrorKind::StorageFull));
    let refused = session.feed(Input::Installed(VERSION)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "2 effects are held back: the snapshot was not written to memory: no storage space"
    );
    // The service is not started, and asking again changes nothing.
    assert!(!session.agent().is_running());
    assert_eq!(session.poll().unwrap_err(), refused);
    session.host_mut().fail_disk(None);
    let _ = session.poll().unwrap();
    assert!(session.agent().is_running());
    assert_eq!(session.held(), 0);
}

#[test]
fn a_run_waits_for_the_disk_and_then_happens_once() {
    let service = Shared::default();
    let setup = Setup { profile: Profile::default().without_jitter(), ..Setup::default() };
    let clock = VirtualClock::starting_at(start());
    let mut session = Session::new(setup, clock, Memory::new(to(&service)), MemoryHost::new(outcome));
    session.feed(Input::Installed(VERSION)).unwrap();
    session.host_mut().fail_disk(Some(std::io::ErrorKind::PermissionDenied));
    let SessionError::Persist { source, held } = session.run_until(days(1)).unwrap_err() else {
        panic!("there is no other error")
    };
    assert_eq!((source.place.as_str(), source.kind), ("memory", std::io::ErrorKind::PermissionDenied));
    assert!(held >= 2);
    assert_eq!(session.host().started(), []);
    // The session is usable: other inputs are taken notice of while effects are held back.
    assert!(session.feed(Input::ClockChanged).is_err());
    session.clock_mut().pass(Span::mins(1));
    session.host_mut().fail_disk(None);
    session.run_until(days(3)).unwrap();
    let first = session.host().started().iter().filter(|(_, run)| run.policy == PolicyId(1)).count();
    assert_eq!(first, 1);
    assert_all_reported(session.agent(), &service.borrow());
}

#[test]
fn a_damaged_snapshot_is_to_be_set_aside() {
    let service = Shared::default();
    let clock = VirtualClock::starting_at(start());
    let mut session = Session::new(Setup::default(), clock, Memory::new(to(&service)), MemoryHost::new(outcome));
    session.feed(Input::Installed(VERSION)).unwrap();
    session.run_until(days(1)).unwrap();
    let whole = session.host().disk().unwrap().to_vec();
    let before = session.agent().clone();
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x10;
        let refused = session.restore(&damaged).unwrap_err();
        assert!(refused.to_string().starts_with("set the snapshot aside and begin without it: "), "{refused}");
        assert!(session.restore(&whole[..place]).is_err());
    }
    assert_eq!(session.agent(), &before);
    session.restore(&whole).unwrap();
    assert!(!session.agent().is_running());
    assert_eq!(session.agent().scripts(), before.scripts());
}

/// A process that is killed before its nth effect: from then on nothing it does has any effect.
#[derive(Clone)]
struct Fuse(Rc<Cell<Option<u32>>>);

impl Fuse {
    /// True while the process lives.
    fn burn(&self) -> bool {
        match self.0.get() {
            None => true,
            Some(0) => false,
            Some(n) => {
                self.0.set(Some(n - 1));
                true
            }
        }
    }

    fn is_burnt(&self) -> bool {
        self.0.get() == Some(0)
    }
}

struct Fused<I> {
    inner: I,
    fuse: Fuse,
}

impl<T: Transport> Transport for Fused<T> {
    fn send(&mut self, now: Now, token: Token, request: Request) {
        if self.fuse.burn() {
            self.inner.send(now, token, request);
        }
    }
    fn receive(&mut self, now: Now) -> Option<Delivery> {
        self.inner.receive(now)
    }
    fn next_at(&self) -> Option<Wall> {
        self.inner.next_at()
    }
    fn forget(&mut self) {
        self.inner.forget();
    }
}

impl<H: Host> Host for Fused<H> {
    fn persist(&mut self, snapshot: &Snapshot) -> Result<(), HostError> {
        if self.fuse.burn() {
            return self.inner.persist(snapshot);
        }
        Err(HostError { place: "a killed process".to_owned(), kind: std::io::ErrorKind::Interrupted })
    }
    fn run(&mut self, now: Now, token: Token, run: ScriptRun) {
        if self.fuse.burn() {
            self.inner.run(now, token, run);
        }
    }
    fn stop(&mut self, token: Token) {
        if self.fuse.burn() {
            self.inner.stop(token);
        }
    }
    fn ended(&mut self, now: Now) -> Option<(Token, RunOutcome)> {
        self.inner.ended(now)
    }
    fn next_end(&self) -> Option<Awake> {
        self.inner.next_end()
    }
    fn set_automatic(&mut self) {
        self.inner.set_automatic();
    }
    fn start_service(&mut self) -> ServiceStart {
        // A killed process starts nothing.
        if self.fuse.burn() { self.inner.start_service() } else { ServiceStart::Pending }
    }
    fn uninstall(&mut self) {
        self.inner.uninstall();
    }
    fn note(&mut self, now: Now, rule: imesim::rules::RuleId, event: Event) {
        self.inner.note(now, rule, event);
    }
}

/// Kills the process before effect number `n` of three days, restores it from the disk, and lets it live on.
/// Returns true if the process did so many things at all.
fn survives_a_kill_before(n: u32) -> bool {
    let service = Shared::default();
    let fuse = Fuse(Rc::new(Cell::new(None)));
    // With some latency, so that answers are on their way when the process is killed.
    let slow = Conditions { latency_min: Span::secs(2), latency_max: Span::secs(2), ..Conditions::default() };
    let memory = Memory::new(to(&service)).with_conditions(slow, Chance::Lowest);
    let transport = Fused { inner: memory, fuse: fuse.clone() };
    let host = Fused { inner: MemoryHost::new(outcome), fuse: fuse.clone() };
    let setup = Setup { profile: Profile::default().without_jitter(), ..Setup::default() };
    let mut session = Session::new(setup, VirtualClock::starting_at(start()), transport, host);
    session.feed(Input::Installed(VERSION)).unwrap();
    fuse.0.set(Some(n));
    let mut killed_at = None;
    while session.clock().now().wall < days(3) && killed_at.is_none() {
        let polled = session.poll();
        if fuse.is_burnt() {
            killed_at = Some(session.clock().now());
            break;
        }
        let idle = polled.unwrap();
        session.clock_mut().wait_until(idle.until.earliest(Wake { wall: Some((days(3), Reason::End)), awake: None }));
    }
    let Some(_) = killed_at else { return false };
    fuse.0.set(None);
    let on_disk = session.host().inner.disk().unwrap().to_vec();
    let promised: Vec<_> =
        Agent::restore(&on_disk).unwrap().scripts().iter().filter(|record| record.unreported).copied().collect();
    session.restore(&on_disk).unwrap();
    session.clock_mut().pass(Span::mins(5));
    session.feed(Input::Service(ServiceChange::Started)).unwrap();
    session.run_until(days(6)).unwrap();
    session.agent().check_invariants().unwrap();

    // No lost result: what was on disk has reached the service, and so has the final state.
    let service = service.borrow();
    for record in promised {
        let told = service.reports.iter().any(|report| {
            report.policy == record.policy
                && RecordState::from(report.result) == record.state
                && (Some(report.run) == record.run || report.run > record.run.unwrap())
        });
        assert!(told, "killed before effect {n}: the result {record:?} was lost");
    }
    for record in session.agent().scripts() {
        assert!(!record.unreported, "killed before effect {n}: {record:?}");
        let started = session.host().inner.started().iter().filter(|(_, run)| run.policy == record.policy).count();
        assert!(started <= 4, "killed before effect {n}: script {} ran {started} times", record.policy.0);
        assert!(record.downloads <= 4);
        let last = service.last(record.policy).map(|report| report.result);
        match (record.policy.0, record.state) {
            (2, RecordState::Failed) => assert_eq!(last, Some(ScriptResult::Failed)),
            (1 | 3, RecordState::Success) => assert_eq!(last, Some(ScriptResult::Success)),
            other => panic!("killed before effect {n}: {other:?}"),
        }
    }
    true
}

#[test]
fn a_kill_between_any_two_effects_loses_nothing_and_repeats_nothing_too_often() {
    let mut n = 0;
    while survives_a_kill_before(n) {
        n += 1;
    }
    assert!(n > 100, "only {n} effects in three days");
}

#[cfg(feature = "net")]
#[allow(clippy::disallowed_methods, reason = "sockets are real, and so is the time they take")]
mod net {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    use imesim::driver::RealClock;
    use imesim::driver::tcp::{Reply, Server, Tcp, serve};
    use imesim::driver::wire::{BODY_MAX, HEADER, Inbox, ToDevice, ToService, WireError, decode, encode};
    use imesim::protocol::UserId;

    use super::*;

    fn answer() -> ToDevice {
        let scripts = vec![script(1), script(2), script(70_000)];
        ToDevice { token: Token::FIRST.next(), at: start(), answer: Ok(Answer::Scripts(scripts.into())) }
    }

    fn poll() -> Request {
        Request::Poll { workload: Workload::Script, user: UserId::DEVICE, agent: VERSION }
    }

    #[test]
    fn messages_come_back_as_they_were_sent() {
        let report = ScriptReport {
            policy: PolicyId(9),
            revision: 3,
            user: UserId(1),
            result: ScriptResult::Failed,
            exit_code: -2,
            run: Token::FIRST,
        };
        for request in [poll(), Request::Report(report), Request::ConnectionTest] {
            let sent = ToService { token: Token::FIRST, request };
            let frame = encode(&sent).unwrap();
            assert_eq!(decode(&frame), Ok((sent, frame.len())));
        }
        for answer in [answer().answer, Ok(Answer::NotManaged), Ok(Answer::Work(7)), Err(Failure::Status(429))] {
            let sent = ToDevice { answer, ..super::net::answer() };
            let frame = encode(&sent).unwrap();
            assert_eq!(decode(&frame), Ok((sent, frame.len())));
        }
    }

    #[test]
    fn a_frame_cut_at_any_byte_is_short() {
        let frame = encode(&answer()).unwrap();
        for have in 0..frame.len() {
            let needed = if have < HEADER { HEADER } else { frame.len() };
            let error = decode::<ToDevice>(&frame[..have]).unwrap_err();
            assert_eq!(error, WireError::Short { have, needed });
            let mut inbox = Inbox::default();
            inbox.push(&frame[..have]);
            assert_eq!(inbox.take::<ToDevice>(), Ok(None));
            assert_eq!(inbox.cut_short(), (have > 0).then_some(error));
            inbox.push(&frame[have..]);
            assert_eq!(inbox.take(), Ok(Some(answer())));
            assert_eq!(inbox.cut_short(), None);
        }
    }

    #[test]
    fn a_frame_with_any_bit_flipped_is_refused() {
        let frame = encode(&answer()).unwrap();
        for bit in 0..frame.len() * 8 {
            let mut damaged = frame.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let error = decode::<ToDevice>(&damaged).unwrap_err();
            let fits = match bit / 8 {
                0 => matches!(error, WireError::Version { .. }),
                1..=4 => {
                    matches!(error, WireError::Short { .. } | WireError::Oversized { .. } | WireError::Damaged { .. })
                }
                _ => matches!(error, WireError::Damaged { .. }),
            };
            assert!(fits, "bit {bit}: {error}");
        }
    }

    #[test]
    fn errors_name_place_and_value() {
        let frame = encode(&answer()).unwrap();
        let refused = |bytes: &[u8]| decode::<ToDevice>(bytes).unwrap_err().to_string();
        assert_eq!(refused(&frame[..5]), "frame is cut short: 5 of 13 bytes");
        assert_eq!(refused(&[9]), "byte 0 of the frame names protocol version 9; this program speaks version 1");
        // Refused with the length alone, before any of the body.
        let long = BODY_MAX as u32 + 1;
        let announced = [&[1][..], &long.to_le_bytes()].concat();
        assert_eq!(
            refused(&announced),
            "bytes 1 to 4 of the frame announce a body of 1048577 bytes; at most 1048576 are taken"
        );
        let longest = [&[1][..], &(BODY_MAX as u32).to_le_bytes()].concat();
        assert_eq!(refused(&longest), "frame is cut short: 5 of 13 bytes");
        // Whole frames whose bodies are no messages of this kind.
        let nothing = encode(&()).unwrap();
        assert!(refused(&nothing).starts_with("body of the frame, 0 bytes, is no message: "), "{}", refused(&nothing));
        let unknown = encode(&(1_u32, 2_u64, 0_u8, 200_u8)).unwrap();
        assert!(matches!(decode::<ToDevice>(&unknown), Err(WireError::Garbage { length: 4, .. })));
        let more = encode(&(answer(), 7_u8)).unwrap();
        assert_eq!(refused(&more), "body of the frame has 1 bytes after its message");
        assert_eq!(encode(&vec![0_u8; BODY_MAX]).unwrap_err(), WireError::Oversized { length: BODY_MAX as u64 + 3 });
    }

    fn server() -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut service = Service::default();
        serve(listener, move |request| Reply { at: start(), answer: service.answer(request) }).unwrap()
    }

    /// The same, with a clock that runs as fast as the device's, so that the device's is not taken for wrong (B-1.24).
    fn server_in_time(speed: u32) -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (mut service, clock) = (Service::default(), RealClock::with_speed(speed));
        serve(listener, move |request| Reply { at: clock.now().wall, answer: service.answer(request) }).unwrap()
    }

    fn now() -> Now {
        Now { wall: days(1), awake: Awake::MIN }
    }

    /// Waits, in real time, for a delivery.
    fn receive(tcp: &mut Tcp) -> Delivery {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            match tcp.receive(now()) {
                Some(delivery) => return delivery,
                None => assert!(Instant::now() < until, "nothing came"),
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn requests_are_answered_over_tcp() {
        let server = server();
        let mut tcp = Tcp::new(server.address());
        let mut token = Token::FIRST;
        for _ in 0..50 {
            tcp.send(now(), token, poll());
            token = token.next();
        }
        for number in 1..=50 {
            let delivery = receive(&mut tcp);
            assert_eq!((delivery.token.number(), delivery.at), (number, start()));
            assert!(matches!(delivery.answer, Ok(Answer::Scripts(scripts)) if scripts.len() == 3));
        }
        assert_eq!(tcp.receive(now()), None);
        assert_eq!(server.refused(), []);
    }

    #[test]
    fn without_a_service_requests_fail_for_want_of_a_network() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let mut tcp = Tcp::new(address);
        tcp.send(now(), Token::FIRST, poll());
        let delivery = Delivery { token: Token::FIRST, at: now().wall, answer: Err(Failure::NoNetwork) };
        assert_eq!(receive(&mut tcp), delivery);
        assert!(matches!(tcp.last_error(), Some(WireError::Connection { doing: "connecting", .. })));
    }

    #[test]
    fn a_lost_connection_fails_what_is_outstanding_and_the_next_request_connects_again() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut tcp = Tcp::new(listener.local_addr().unwrap());
        let (first, second, third) = (Token::FIRST, Token::FIRST.next(), Token::FIRST.next().next());
        // The service takes two requests and hangs up, having answered the second and begun to answer the first.
        tcp.send(now(), first, poll());
        tcp.send(now(), second, Request::ConnectionTest);
        let mut device = listener.accept().unwrap().0;
        let pump = tcp.receive(now());
        assert_eq!(pump, None);
        let accepted = |token| ToDevice { token, at: start(), answer: Ok(Answer::Accepted) };
        device.write_all(&encode(&accepted(second)).unwrap()).unwrap();
        device.write_all(&encode(&accepted(first)).unwrap()[..10]).unwrap();
        device.shutdown(Shutdown::Write).unwrap();
        assert_eq!(receive(&mut tcp), Delivery { token: second, at: start(), answer: Ok(Answer::Accepted) });
        let lost = Delivery { token: first, at: now().wall, answer: Err(Failure::NoNetwork) };
        assert_eq!(receive(&mut tcp), lost);
        assert_eq!(tcp.last_error(), Some(&WireError::Short { have: 10, needed: HEADER }));
        tcp.send(now(), third, poll());
        let mut device = listener.accept().unwrap().0;
        device.write_all(&encode(&accepted(third)).unwrap()).unwrap();
        assert_eq!(receive(&mut tcp).token, third);
    }

    #[test]
    fn a_service_that_sends_garbage_is_left() {
        for (bytes, error) in [
            (&b"HTTP/1.1 400 Bad Request"[..], WireError::Version { found: b'H' }),
            (&[1, 255, 255, 255, 255][..], WireError::Oversized { length: u64::from(u32::MAX) }),
        ] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let mut tcp = Tcp::new(listener.local_addr().unwrap());
            tcp.send(now(), Token::FIRST, poll());
            listener.accept().unwrap().0.write_all(bytes).unwrap();
            assert_eq!(receive(&mut tcp).answer, Err(Failure::NoNetwork));
            assert_eq!(tcp.last_error(), Some(&error));
        }
    }

    #[test]
    fn a_device_that_sends_garbage_is_hung_up_on() {
        let server = server();
        let frame = encode(&ToService { token: Token::FIRST, request: poll() }).unwrap();
        let mut flipped = frame.clone();
        flipped[HEADER] ^= 1;
        for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &flipped, &[1, 0, 0, 16, 1], &frame[..frame.len() - 1]] {
            let mut device = TcpStream::connect(server.address()).unwrap();
            device.write_all(bytes).unwrap();
            device.shutdown(Shutdown::Write).unwrap();
            let mut rest = Vec::new();
            // A reset and an orderly end are both an end.
            let _ = device.read_to_end(&mut rest);
            assert!(rest.is_empty());
        }
        let until = Instant::now() + Duration::from_secs(20);
        while server.refused().len() < 4 {
            assert!(Instant::now() < until, "{:?}", server.refused());
            std::thread::sleep(Duration::from_millis(1));
        }
        let refused = server.refused();
        assert!(refused.contains(&WireError::Version { found: b'G' }));
        assert!(refused.iter().any(|error| matches!(error, WireError::Damaged { .. })));
        assert!(refused.contains(&WireError::Oversized { length: 0x0110_0000 }));
        assert!(refused.contains(&WireError::Short { have: frame.len() - 1, needed: frame.len() }));
        // Others are served all the same.
        let mut tcp = Tcp::new(server.address());
        tcp.send(now(), Token::FIRST, poll());
        assert!(receive(&mut tcp).answer.is_ok());
    }

    #[test]
    fn an_agent_lives_over_tcp_with_a_real_clock() {
        let server = server_in_time(50_000);
        let mut profile = Profile::default().without_jitter();
        // 100 s are two thousandths of a second of real time at this speed.
        profile.set("ime.answer_timeout", "1h").unwrap();
        let clock = RealClock::with_speed(50_000);
        let setup = Setup { profile, ..Setup::default() };
        let mut session = Session::new(setup, clock, Tcp::new(server.address()), MemoryHost::new(outcome));
        session.feed(Input::Installed(VERSION)).unwrap();
        let end = session.clock().now().wall.after(Span::days(2));
        session.run_until(end).unwrap();
        assert!(session.agent().is_running());
        assert!(session.host().started().len() >= 3);
        session.agent().check_invariants().unwrap();
    }
}
