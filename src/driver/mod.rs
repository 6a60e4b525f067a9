//! Everything around the pure [`Agent`] that an embedder needs: a clock, a transport, a host, and
//! the loop that joins them. No rule of the agent is here; the simulators drive the same `handle`.
//!
//! # The embedding loop
//!
//! 1. Make a [`Session`] out of a [`Setup`], a [`Clock`], a [`Transport`] and a [`Host`].
//! 2. If a snapshot is on disk, hand its bytes to [`Session::restore`]. If it is refused, set the file aside: the
//!    session stands as before, with an agent that is not on the device.
//! 3. Tell it what happens: [`Session::feed`] with `Installed`, `Service(Started)`, sign-ins, pushes, ...
//! 4. Call [`Session::poll`]: it takes up answers and ended runs, fires what is due, carries out what the agent wants
//!    in the order in which the agent wants it, and returns [`Idle`]: when to come back, and why.
//! 5. Wait until then, or less: a call too early does nothing. Steps 4 and 5 in a loop are [`Session::run_until`].
//! 6. On [`SessionError::Persist`] nothing that relies on the snapshot has begun. Mend the disk and go on with step 4:
//!    what is held back is carried out then.
//!
//! # Examples
//!
//! ```
//! use imesim::agent::{Input, RunOutcome};
//! use imesim::driver::{Memory, MemoryHost, Session, Setup, VirtualClock, scripted::script};
//! use imesim::protocol::{Answer, Failure, Request, Workload};
//! use imesim::time::{Span, Wall};
//!
//! // The service: one script is assigned to the device, everything else is answered with "nothing".
//! let service = |_now: Wall, request: Request| -> Result<Answer<'static>, Failure> {
//!     Ok(match request {
//!         Request::Poll { workload: Workload::Script, .. } => Answer::Scripts(vec![script(1)].into()),
//!         Request::Poll { .. } => Answer::Nothing,
//!         _ => Answer::Accepted,
//!     })
//! };
//! // The host: every script takes 20 seconds and ends well.
//! let host = MemoryHost::new(|_run| (Span::secs(20), RunOutcome::Exited { code: 0, stderr: false, output: 0 }));
//! let start = Wall::from_unix_millis(1_750_000_000_000);
//! let mut session = Session::new(Setup::default(), VirtualClock::starting_at(start), Memory::new(service), host);
//!
//! session.feed(Input::Installed("1.94.0.0".parse()?))?;
//! session.run_until(start.after(Span::days(1)))?;
//! assert_eq!(session.host().started().len(), 1, "a script that ended well runs once (B-5.1)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | owns |
//! |---|---|
//! | `session` | the loop |
//! | `clock` | a clock for virtual time |
//! | `real` | a clock over the system's, at any speed |
//! | `memory` | a transport in memory, with latency, loss, duplication and partitions |
//! | `memory_host` | a host in memory |
//! | `logged` | a host that writes the agent's log files too (feature `log`) |
//! | `wire` | messages as bytes (feature `net`) |
//! | `tcp` | a transport over TCP, and the service's end of it (feature `net`) |
//! | `http` | a transport over HTTP and HTTPS, and its messages (feature `http`) |
//! | `machine` | the agent on a real machine: processes, files, clocks (feature `agent`) |
//! | `scripted` | a test driver that reads as a dialogue |

mod clock;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "log")]
mod logged;
#[cfg(feature = "agent")]
#[allow(clippy::disallowed_methods, reason = "files and clocks of a machine are what it is about")]
pub mod machine;
mod memory;
mod memory_host;
mod real;
pub mod scripted;
mod session;
#[cfg(feature = "net")]
pub mod tcp;
#[cfg(feature = "net")]
pub mod wire;

pub use clock::VirtualClock;
#[cfg(feature = "log")]
pub use logged::Logged;
pub use memory::{Conditions, Fate, Memory, Partition};
pub use memory_host::MemoryHost;
pub use real::RealClock;
pub use session::{Session, SessionError, SetAside, Setup};

use crate::agent::{Agent, Context, Effect, Event, Input, Run, RunOutcome, Snapshot, Timer};
use crate::protocol::{Answer, Failure, Request, Token};
use crate::rules::RuleId;
use crate::time::{Awake, Now, Wake, Wall};

/// Where an embedder's time comes from.
pub trait Clock {
    /// The present moment on both clocks of the device.
    ///
    /// Awake time must never go back, also not from one process to the next, and must stand still while the device
    /// sleeps. Wall time may step; after a step, feed `ClockChanged`.
    fn now(&self) -> Now;

    /// Waits until the first of the two deadlines, or less long.
    ///
    /// This is the only place where a session blocks. Returning early is always allowed and is how answers are picked
    /// up that arrive meanwhile; returning late makes timers fire late, each once.
    fn wait_until(&mut self, until: Wake<Reason>);
}

/// The way to the service. It must not block: requests leave and answers arrive behind the session's back.
///
/// A transport belongs to one life of the agent. After a restart of the process the agent may use a token again that
/// it had used after its last snapshot, so an answer to the process before must not reach the new one.
pub trait Transport {
    /// Sends a request. Whatever becomes of it comes back through [`Transport::receive`] with the same token, or not at
    /// all: the agent gives up by itself after `ime.answer_timeout`.
    fn send(&mut self, now: Now, token: Token, request: Request);

    /// Takes the next answer that has arrived, if there is one.
    fn receive(&mut self, now: Now) -> Option<Delivery>;

    /// When the next answer arrives, where that is known beforehand; virtual clocks need it to jump there.
    fn next_at(&self) -> Option<Wall> {
        None
    }

    /// Forgets everything on its way, because a new life of the agent begins.
    fn forget(&mut self) {}

    /// Why the last request that failed did, in more words than the agent is told, where that is known.
    fn trouble(&self) -> Option<String> {
        None
    }
}

/// What came back for a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// The token of the request.
    pub token: Token,
    /// The service's time; for a failure on the way, the device's.
    pub at: Wall,
    /// The answer, or why there is none.
    pub answer: Result<Answer<'static>, Failure>,
}

/// What the agent acts upon: the device's disk, processes and service manager. None of it may block for long.
pub trait Host {
    /// Writes the snapshot so that it is on disk when this returns: to a new file, flushed, then renamed over the old.
    ///
    /// # Errors
    /// [`HostError`] if it is not; the snapshot before it must then still be whole.
    fn persist(&mut self, snapshot: &Snapshot) -> Result<(), HostError>;

    /// Starts what a run asks for: a script, a look for an app, a download, an installer. How it ends comes back through [`Host::ended`]; one that cannot be started has ended, refused.
    fn run(&mut self, now: Now, token: Token, run: Run);

    /// Ends a run and keeps its output; [`Host::ended`] does not tell of it any more.
    fn stop(&mut self, token: Token);

    /// Takes the next run that has ended by itself, if there is one.
    fn ended(&mut self, now: Now) -> Option<(Token, RunOutcome)>;

    /// When the next run ends, where that is known beforehand; virtual clocks need it to jump there.
    fn next_end(&self) -> Option<Awake> {
        None
    }

    /// Sets the start type of the agent's service to automatic (B-10.9).
    fn set_automatic(&mut self);

    /// Starts the agent's service, or restarts it (B-10.9, B-2.15).
    fn start_service(&mut self) -> ServiceStart;

    /// Restarts the device; the agent hears of it as of any other restart (B-7.28).
    fn restart(&mut self);

    /// Takes the agent off the device; apps and the effects of scripts stay (B-10.14).
    fn uninstall(&mut self);

    /// Takes notice of a decision and the rule behind it. Does nothing by default.
    fn note(&mut self, now: Now, rule: RuleId, event: Event) {
        let _ = (now, rule, event);
    }

    /// Takes notice that the agent has taken an input, after all that it decided was told, and of how it stands now. Does
    /// nothing by default.
    fn turned(&mut self, now: Now, cx: &Context<'_>, agent: &Agent, input: &Input<'_>) {
        let _ = (now, cx, agent, input);
    }

    /// Takes notice of what is about to be carried out, [`Effect::Persist`] apart. Does nothing by default.
    fn wanted(&mut self, now: Now, effect: &Effect) {
        let _ = (now, effect);
    }
}

/// What became of the start of the agent's service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceStart {
    /// It runs; the session feeds `Service(Started)`.
    Started,
    /// It is on its way; the embedder feeds what becomes of it.
    Pending,
    /// It cannot be started; the session feeds `Service(Broken)` (B-10.7).
    Broken,
}

/// A snapshot that could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot was not written to {place}: {kind}")]
pub struct HostError {
    /// Where it was to be written, such as a path.
    pub place: String,
    /// What went wrong.
    pub kind: std::io::ErrorKind,
}

/// When a session wants to be polled again.
#[must_use = "a session that is not polled stands still"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Idle {
    /// The next deadline on each clock, and what is behind it.
    pub until: Wake<Reason>,
}

/// Why a session wants to be polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A timer of the agent.
    Timer(Timer),
    /// An answer arrives.
    Delivery,
    /// A run ends.
    RunEnd,
    /// The end of [`Session::run_until`].
    End,
}
