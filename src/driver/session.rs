//! The loop around one agent. It decides nothing: it brings inputs, carries out effects in their order, and waits.

use std::collections::VecDeque;

use super::{Clock, Delivery, Host, HostError, Idle, Reason, ServiceStart, Transport};
use crate::agent::{Agent, Context, Effect, Event, Input, RestoreError, ServiceChange, Sink, Timer};
use crate::chance::Chance;
use crate::content::Library;
use crate::facts::Facts;
use crate::profile::Profile;
use crate::rules::RuleId;
use crate::time::{Now, Wake, Wall, Zone};

/// What an agent is told about itself and its device, owned by its session.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Every figure of the agent's behavior.
    pub profile: Profile,
    /// What is true of the device.
    pub facts: Facts,
    /// Where random delays come from. A fleet should not share one: seed it with a number of the device.
    pub chance: Chance,
    /// Apps, remediations and discovery scripts; fill it before answers that name them are handed over.
    pub library: Library,
    /// The device's time zone.
    pub zone: Zone,
    /// When the device enrolled, on its own clock; without it no inventory is taken (B-8.16).
    pub enrolled: Option<Wall>,
}

impl Default for Setup {
    /// The default profile and facts, with the random delays of device 0 under seed 0.
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            facts: Facts::default(),
            chance: Chance::seeded(0, 0),
            library: Library::default(),
            zone: Zone::utc(),
            enrolled: None,
        }
    }
}

impl Setup {
    /// The same as the agent takes it.
    pub const fn context(&self) -> Context<'_> {
        Context {
            profile: &self.profile,
            facts: &self.facts,
            chance: self.chance,
            library: &self.library,
            zone: &self.zone,
            enrolled: self.enrolled,
        }
    }
}

/// Why a session stopped in the middle of its work. It may be used on after each of these.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The snapshot could not be written. The effects behind it have not begun; the next call tries again.
    #[error("{held} effects are held back: {source}")]
    Persist {
        /// What went wrong.
        source: HostError,
        /// How many effects wait, the writing itself included.
        held: usize,
    },
}

/// A snapshot that was refused. The caller sets the file aside, for example by renaming it, and goes on without it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("set the snapshot aside and begin without it: {source}")]
pub struct SetAside {
    /// What is wrong with it.
    #[from]
    pub source: RestoreError,
}

/// One agent with its clock, transport and host.
#[derive(Debug)]
pub struct Session<C, T, H> {
    setup: Setup,
    agent: Agent,
    clock: C,
    transport: T,
    host: H,
    wake: Wake<Timer>,
    out: Outbox,
    /// What the host said about the service while effects were carried out.
    changes: VecDeque<ServiceChange>,
}

impl<C: Clock, T: Transport, H: Host> Session<C, T, H> {
    /// A session whose agent is not on the device; [`Input::Installed`] or [`Session::restore`] brings it.
    pub fn new(setup: Setup, clock: C, transport: T, host: H) -> Self {
        Self {
            setup,
            agent: Agent::absent(),
            clock,
            transport,
            host,
            wake: Wake::NEVER,
            out: Outbox::default(),
            changes: VecDeque::new(),
        }
    }

    /// Takes the agent of a snapshot in place of the present one, which is forgotten as if its process were killed.
    ///
    /// Its service does not run: feed who is signed in (after a restart of the device `AllSignedOut` first), then
    /// [`Input::ClockChanged`], for the clock may have been stepped since the snapshot, then [`ServiceChange::Started`]. Requests on
    /// their way are forgotten.
    ///
    /// # Errors
    /// [`SetAside`] for anything but the bytes of a whole snapshot of this version; the session is then as before.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), SetAside> {
        self.agent = Agent::restore(snapshot)?;
        self.wake = self.agent.wake();
        self.out.effects.clear();
        self.changes.clear();
        self.transport.forget();
        Ok(())
    }

    /// Lets the agent take notice of something, and carries out what it wants.
    ///
    /// # Errors
    /// [`SessionError::Persist`]; the input has been taken notice of all the same.
    pub fn feed(&mut self, input: Input<'_>) -> Result<(), SessionError> {
        self.handle(input);
        self.settle()
    }

    /// Carries out what was held back, takes up what has arrived and ended, and fires what is due.
    ///
    /// # Errors
    /// [`SessionError::Persist`]; what has not been taken up yet is still there.
    pub fn poll(&mut self) -> Result<Idle, SessionError> {
        self.settle()?;
        loop {
            let mut quiet = true;
            // One of each in turn, so that none can starve the others.
            if let Some(delivery) = self.transport.receive(self.clock.now()) {
                quiet = false;
                self.deliver(&delivery)?;
            }
            if let Some((token, outcome)) = self.host.ended(self.clock.now()) {
                quiet = false;
                self.feed(Input::Completed { token, outcome })?;
            }
            if is_due(&self.wake, self.clock.now()) {
                quiet = false;
                self.feed(Input::Tick)?;
            }
            if quiet {
                return Ok(self.idle());
            }
        }
    }

    /// Polls and waits in turn until a moment on the device's clock.
    ///
    /// # Errors
    /// [`SessionError::Persist`] at the first failure; calling again goes on.
    pub fn run_until(&mut self, end: Wall) -> Result<(), SessionError> {
        loop {
            let Idle { until } = self.poll()?;
            if self.clock.now().wall >= end {
                return Ok(());
            }
            self.clock.wait_until(until.earliest(Wake { wall: Some((end, Reason::End)), awake: None }));
        }
    }

    /// When the session wants to be polled again.
    fn idle(&self) -> Idle {
        let agent = self.wake.map(Reason::Timer);
        let others = Wake {
            wall: self.transport.next_at().map(|at| (at, Reason::Delivery)),
            awake: self.host.next_end().map(|at| (at, Reason::RunEnd)),
        };
        Idle { until: others.earliest(agent) }
    }

    fn deliver(&mut self, delivery: &Delivery) -> Result<(), SessionError> {
        let token = delivery.token;
        self.feed(match &delivery.answer {
            Ok(answer) => Input::Answered { token, at: delivery.at, answer },
            Err(failure) => Input::Failed { token, failure: *failure },
        })
    }

    /// The one place where the agent is called. Its decisions are told at once; its effects queue up.
    fn handle(&mut self, input: Input<'_>) {
        let now = self.clock.now();
        self.wake = self.agent.handle(&self.setup.context(), now, input, &mut self.out);
        for (rule, event) in self.out.notes.drain(..) {
            self.host.note(now, rule, event);
        }
        self.host.turned(now, &self.setup.context(), &self.agent, &input);
    }

    /// Carries out what is queued, and what follows from that.
    fn settle(&mut self) -> Result<(), SessionError> {
        loop {
            while let Some(effect) = self.out.effects.front().copied() {
                self.carry_out(effect)?;
                self.out.effects.pop_front();
            }
            let Some(change) = self.changes.pop_front() else { return Ok(()) };
            self.handle(Input::Service(change));
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), SessionError> {
        if effect != Effect::Persist {
            self.host.wanted(self.clock.now(), &effect);
        }
        match effect {
            Effect::Persist => {
                let held = self.out.effects.len();
                let written = self.host.persist(&self.agent.snapshot());
                return written.map_err(|source| SessionError::Persist { source, held });
            }
            Effect::Send { token, request } => self.transport.send(self.clock.now(), token, request),
            Effect::Run { token, run } => self.host.run(self.clock.now(), token, run),
            Effect::Stop { token } => self.host.stop(token),
            Effect::SetAutomatic => self.host.set_automatic(),
            Effect::StartService => match self.host.start_service() {
                ServiceStart::Started => self.changes.push_back(ServiceChange::Started),
                ServiceStart::Pending => {}
                ServiceStart::Broken => self.changes.push_back(ServiceChange::Broken),
            },
            Effect::Restart => self.host.restart(),
            Effect::Uninstall => self.host.uninstall(),
        }
        Ok(())
    }
}

impl<C, T, H> Session<C, T, H> {
    /// The agent.
    pub const fn agent(&self) -> &Agent {
        &self.agent
    }

    /// What the agent is told about itself and its device.
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The same, to be changed: the next call sees it.
    pub const fn setup_mut(&mut self) -> &mut Setup {
        &mut self.setup
    }

    /// The clock.
    pub const fn clock(&self) -> &C {
        &self.clock
    }

    /// The clock, to be changed.
    pub const fn clock_mut(&mut self) -> &mut C {
        &mut self.clock
    }

    /// The transport.
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// The transport, to be changed.
    pub const fn transport_mut(&mut self) -> &mut T {
        &mut self.transport
    }

    /// The host.
    pub const fn host(&self) -> &H {
        &self.host
    }

    /// The host, to be changed.
    pub const fn host_mut(&mut self) -> &mut H {
        &mut self.host
    }

    /// How many effects are held back because a snapshot could not be written.
    pub fn held(&self) -> usize {
        self.out.effects.len()
    }

    /// The clock, transport and host, when the session is over.
    pub fn into_parts(self) -> (C, T, H) {
        (self.clock, self.transport, self.host)
    }
}

/// What the agent emits, kept until it has returned.
#[derive(Debug, Default)]
struct Outbox {
    notes: Vec<(RuleId, Event)>,
    effects: VecDeque<Effect>,
}

impl Sink for Outbox {
    fn effect(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}

fn is_due<R>(wake: &Wake<R>, now: Now) -> bool {
    wake.wall.as_ref().is_some_and(|(at, _)| *at <= now.wall)
        || wake.awake.as_ref().is_some_and(|(at, _)| *at <= now.awake)
}
