//! A host that writes the agent's log files beside what another host does.

use super::{Host, HostError, ServiceStart};
use crate::agent::{Agent, Context, Effect, Event, Input, Run, RunOutcome, Snapshot};
use crate::log::write::{Ids, Pen, Scribe, Stop};
use crate::protocol::Token;
use crate::rules::RuleId;
use crate::time::{Awake, Now};

/// A host that does what another does, and writes the agent's logs.
///
/// The records that come by awake time alone are written when the session polls next, with the moment at which they were due.
/// Before the service is stopped, [`Scribe::stopping`] may be told how.
///
/// ```
/// use imesim::agent::{Input, RunOutcome, ServiceChange};
/// use imesim::driver::{Logged, Memory, MemoryHost, Session, Setup, VirtualClock, scripted::script};
/// use imesim::log::write::{Limits, LogSet, MemoryFolder, Scribe, SeededIds};
/// use imesim::protocol::{Answer, Request, Workload};
/// use imesim::time::{Span, Wall};
///
/// let service = |_now: Wall, request: Request| Ok(match request {
///     Request::Poll { workload: Workload::Script, .. } => Answer::Scripts(vec![script(1)].into()),
///     Request::Poll { .. } => Answer::Nothing,
///     _ => Answer::Accepted,
/// });
/// let host = MemoryHost::new(|_run| (Span::secs(20), RunOutcome::Exited { code: 0, stderr: false, output: 0 }));
/// let setup = Setup::default();
/// let logs = LogSet::open(MemoryFolder::default(), &setup.profile.log, Limits::of(&setup.profile.log))?;
/// let host = Logged::new(host, Scribe::new(SeededIds::new(1, "pc1", [], []), logs));
///
/// let start = Wall::from_unix_millis(1_750_000_000_000);
/// let mut session = Session::new(setup, VirtualClock::starting_at(start), Memory::new(service), host);
/// session.feed(Input::Installed("1.94.0.0".parse()?))?;
/// session.run_until(start.after(Span::hours(1)))?;
/// session.feed(Input::Service(ServiceChange::Stopped))?;
/// let folder = session.host().scribe().pen().folder();
/// let text = String::from_utf8_lossy(folder.bytes("AgentExecutor.log"));
/// assert!(text.contains("Powershell script is successfully executed."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Logged<H, I, P> {
    host: H,
    scribe: Scribe<I, P>,
}

impl<H: Host, I: Ids, P: Pen> Logged<H, I, P> {
    /// A host, and who writes.
    pub const fn new(host: H, scribe: Scribe<I, P>) -> Self {
        Self { host, scribe }
    }

    /// Both again.
    pub fn into_parts(self) -> (H, Scribe<I, P>) {
        (self.host, self.scribe)
    }

    /// The host that does the work.
    pub const fn host(&self) -> &H {
        &self.host
    }

    /// The same, to be changed.
    pub const fn host_mut(&mut self) -> &mut H {
        &mut self.host
    }

    /// Who writes.
    pub const fn scribe(&self) -> &Scribe<I, P> {
        &self.scribe
    }

    /// The same, to be told how the service stops and asked for errors.
    pub const fn scribe_mut(&mut self) -> &mut Scribe<I, P> {
        &mut self.scribe
    }
}

impl<H: Host, I: Ids, P: Pen> Host for Logged<H, I, P> {
    fn persist(&mut self, snapshot: &Snapshot) -> Result<(), HostError> {
        self.host.persist(snapshot)
    }

    fn run(&mut self, now: Now, token: Token, run: Run) {
        self.host.run(now, token, run);
    }

    fn stop(&mut self, token: Token) {
        self.host.stop(token);
    }

    fn ended(&mut self, now: Now) -> Option<(Token, RunOutcome)> {
        self.scribe.pass_time(now);
        self.host.ended(now)
    }

    fn next_end(&self) -> Option<Awake> {
        [self.host.next_end(), self.scribe.due()].into_iter().flatten().min()
    }

    fn set_automatic(&mut self) {
        self.host.set_automatic();
    }

    fn start_service(&mut self) -> ServiceStart {
        self.host.start_service()
    }

    fn restart(&mut self) {
        self.scribe.stopping(Stop::Shutdown);
        self.host.restart();
    }

    fn uninstall(&mut self) {
        self.host.uninstall();
    }

    fn note(&mut self, now: Now, rule: RuleId, event: Event) {
        self.scribe.note(event);
        self.host.note(now, rule, event);
    }

    fn turned(&mut self, now: Now, cx: &Context<'_>, agent: &Agent, input: &Input<'_>) {
        self.scribe.turned(now, cx, agent, Some(input));
        self.host.turned(now, cx, agent, input);
    }

    fn wanted(&mut self, now: Now, effect: &Effect) {
        self.scribe.wanted(now, effect);
        self.host.wanted(now, effect);
    }
}
