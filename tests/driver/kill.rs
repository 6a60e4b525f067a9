//! A process that is killed between any two of its effects.

use std::cell::Cell;
use std::rc::Rc;

use imesim::agent::{Agent, Event, Input, RecordState, Run, RunOutcome, ServiceChange, Snapshot};
use imesim::chance::Chance;
use imesim::driver::{
    Clock, Conditions, Delivery, Host, HostError, Memory, MemoryHost, Reason, ServiceStart, Session, Setup, Transport,
    VirtualClock,
};
use imesim::profile::Profile;
use imesim::protocol::{Request, ScriptResult, Token};
use imesim::time::{Awake, Now, Span, Wake, Wall};

use super::{Shared, VERSION, days, outcome, start, to};

/// A process that is killed before its nth effect: from then on nothing it does has any effect.
#[derive(Clone, Default)]
pub(super) struct Fuse(Rc<Cell<Option<u32>>>);

impl Fuse {
    /// From now on so many effects, and no more.
    pub(super) fn set(&self, n: u32) {
        self.0.set(Some(n));
    }

    /// A new process lives.
    pub(super) fn mend(&self) {
        self.0.set(None);
    }

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

    pub(super) fn is_burnt(&self) -> bool {
        self.0.get() == Some(0)
    }
}

pub(super) struct Fused<I> {
    pub(super) inner: I,
    fuse: Fuse,
}

impl<I> Fused<I> {
    pub(super) fn new(inner: I, fuse: &Fuse) -> Self {
        Self { inner, fuse: fuse.clone() }
    }
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
    fn run(&mut self, now: Now, token: Token, run: Run) {
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
    fn restart(&mut self) {
        self.inner.restart();
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
    let fuse = Fuse::default();
    // With some latency, so that answers are on their way when the process is killed.
    let slow = Conditions { latency_min: Span::secs(2), latency_max: Span::secs(2), ..Conditions::default() };
    let memory = Memory::new(to(&service)).with_conditions(slow, Chance::Lowest);
    let transport = Fused::new(memory, &fuse);
    let host = Fused::new(MemoryHost::new(outcome), &fuse);
    let setup = Setup { profile: Profile::default().without_jitter(), ..Setup::default() };
    let mut session = Session::new(setup, VirtualClock::starting_at(start()), transport, host);
    session.feed(Input::Installed(VERSION)).unwrap();
    fuse.set(n);
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
    fuse.mend();
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
