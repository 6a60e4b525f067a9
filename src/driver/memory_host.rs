//! A host in memory: scripts are a function, the disk is a vector, and everything is remembered for whoever asks.

use super::{Host, HostError, ServiceStart};
use crate::agent::{Event, Run, RunOutcome, Snapshot};
use crate::protocol::Token;
use crate::rules::RuleId;
use crate::time::{Awake, Now, Span};

/// A host whose scripts take as long and end as a function says.
#[derive(Debug)]
pub struct MemoryHost<F> {
    script: F,
    under_way: Vec<(Awake, Token, RunOutcome)>,
    started: Vec<(Now, Run)>,
    notes: Vec<(Now, RuleId, Event)>,
    disk: Option<Vec<u8>>,
    disk_failure: Option<std::io::ErrorKind>,
    restarts: u32,
    uninstalled: bool,
}

impl<F: FnMut(&Run) -> (Span, RunOutcome)> MemoryHost<F> {
    /// A host with an empty disk.
    pub const fn new(script: F) -> Self {
        Self {
            script,
            under_way: Vec::new(),
            started: Vec::new(),
            notes: Vec::new(),
            disk: None,
            disk_failure: None,
            restarts: 0,
            uninstalled: false,
        }
    }

    /// The runs that were started, in their order.
    pub fn started(&self) -> &[(Now, Run)] {
        &self.started
    }

    /// The agent's decisions, in their order.
    pub fn notes(&self) -> &[(Now, RuleId, Event)] {
        &self.notes
    }

    /// The snapshot on disk.
    pub fn disk(&self) -> Option<&[u8]> {
        self.disk.as_deref()
    }

    /// Makes every write fail from now on, or mends the disk.
    pub const fn fail_disk(&mut self, failure: Option<std::io::ErrorKind>) {
        self.disk_failure = failure;
    }

    /// How often the agent asked for a restart of the device. What a restart brings is for the caller to tell the session.
    pub const fn restarts(&self) -> u32 {
        self.restarts
    }

    /// True once the agent was taken off the device.
    pub const fn is_uninstalled(&self) -> bool {
        self.uninstalled
    }
}

impl<F: FnMut(&Run) -> (Span, RunOutcome)> Host for MemoryHost<F> {
    fn persist(&mut self, snapshot: &Snapshot) -> Result<(), HostError> {
        match self.disk_failure {
            Some(kind) => Err(HostError { place: "memory".to_owned(), kind }),
            None => {
                self.disk = Some(snapshot.as_bytes().to_vec());
                Ok(())
            }
        }
    }

    fn run(&mut self, now: Now, token: Token, run: Run) {
        let (takes, outcome) = (self.script)(&run);
        self.started.push((now, run));
        self.under_way.push((now.awake.after(takes), token, outcome));
    }

    fn stop(&mut self, token: Token) {
        self.under_way.retain(|(_, running, _)| *running != token);
    }

    fn ended(&mut self, now: Now) -> Option<(Token, RunOutcome)> {
        let place = self.under_way.iter().position(|(ends, ..)| *ends <= now.awake)?;
        let (_, token, outcome) = self.under_way.remove(place);
        Some((token, outcome))
    }

    fn next_end(&self) -> Option<Awake> {
        self.under_way.iter().map(|(ends, ..)| *ends).min()
    }

    fn set_automatic(&mut self) {}

    fn start_service(&mut self) -> ServiceStart {
        ServiceStart::Started
    }

    fn restart(&mut self) {
        self.restarts = self.restarts.saturating_add(1);
    }

    fn uninstall(&mut self) {
        self.uninstalled = true;
    }

    fn note(&mut self, now: Now, rule: RuleId, event: Event) {
        self.notes.push((now, rule, event));
    }
}
