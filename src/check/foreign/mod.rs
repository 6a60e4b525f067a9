//! Somebody else's agent in our world: under our faults, before our judges, in the place of ours.
//!
//! An agent that is not built on this crate is put into the world by an adapter that implements [`ForeignAgent`]: inputs
//! with the clocks go in, effects come out. What the judges hear of it is made from what it does, not from what it says of
//! itself: a poll that leaves is a check-in, an effect that runs a script is a try, a file that was not written is lost with the
//! process. Of what cannot be seen from outside it may tell by itself, under the same names as ours: why it leaves
//! ([`Event::AgentRemoved`](crate::agent::Event::AgentRemoved)), that it counts the time without a way to the service
//! ([`Event::Unmanaged`](crate::agent::Event::Unmanaged)), that it leaves out a script for ever
//! ([`Event::ScriptSkipped`](crate::agent::Event::ScriptSkipped)), and what began a check-in.
//!
//! ```
//! use imesim::check::foreign::{Foreign, ForeignAgent};
//! use imesim::check::hunt::{Base, Ground, Options, hunt_on};
//! # use imesim::agent::{Context, Input, Sink};
//! # use imesim::device::Refusal;
//! # use imesim::time::{Awake, Now, Wall};
//!
//! /// An agent that does nothing at all.
//! #[derive(Debug, Default)]
//! struct Idle;
//!
//! impl ForeignAgent for Idle {
//!     fn handle(&mut self, _: &Context<'_>, _: Now, _: &Input<'_>, _: &mut dyn Sink) {}
//!     fn next(&self) -> (Option<Awake>, Option<Wall>) { (None, None) }
//!     fn save(&self) -> Vec<u8> { Vec::new() }
//!     fn load(&mut self, _: Option<&[u8]>) -> Result<(), Refusal> { Ok(()) }
//! }
//!
//! let base = Base::office();
//! let ground = Ground::with_agent(&base, &|| Foreign::new(Idle))?;
//! let found = hunt_on(&ground, &Options { seeds: 1..100, ..Options::default() });
//! let (case, failure) = found.failure.expect("an agent must do something");
//! assert_eq!(failure.violation.to_string(), "C3 is broken: the agent is there and waits for nothing");
//! # Ok::<(), imesim::sim::CastError>(())
//! ```
//!
//! | file | owns |
//! |---|---|
//! | `mod` | [`ForeignAgent`], and [`Foreign`], which stands in the world for it |
//! | `windows` | what Windows knows of any agent: whether it is there, and whether its service runs |
//! | `said` | what was seen and said in one call |
//! | `witness` | what is made of the agent's inputs and effects |

mod said;
mod windows;
mod witness;

#[cfg(test)]
mod tests;

use crate::agent::{self, Context, Effect, Input, Record, ServiceChange, Sink, StartType, Status};
use crate::device::{AgentMachine, AgentState, Refusal, Sealed};
use crate::profile::Version;
use crate::protocol::UserId;
use crate::time::{Awake, Now, Wall};

use self::said::Said;
use self::windows::Windows;
use self::witness::Witness;

/// An agent that is not ours.
///
/// It has no clock, no thread and no file of its own: everything comes in as an [`Input`] at a moment, everything that it
/// wants done goes out as an [`Effect`], and each call ends before anything of that happens.
pub trait ForeignAgent: std::fmt::Debug {
    /// Takes notice of one input.
    fn handle(&mut self, cx: &Context<'_>, now: Now, input: &Input<'_>, out: &mut dyn Sink);

    /// When it wants an [`Input::Tick`], on the clock that stands still while the device sleeps and on the one on the wall.
    fn next(&self) -> (Option<Awake>, Option<Wall>);

    /// What is written to its file when it emits [`Effect::Persist`].
    fn save(&self) -> Vec<u8>;

    /// Its process begins with what its file holds; without a file, or with one that cannot be read, as if it were new.
    ///
    /// `self` is the agent before, or one that has left. What Windows and the MDM channel hold stays: the installed version, the certificate, who is
    /// signed in, the policies. Everything else died with the process.
    ///
    /// # Errors
    /// [`Refusal`] if the file cannot be used; the call is made again without one.
    fn load(&mut self, file: Option<&[u8]>) -> Result<(), Refusal>;
}

/// A [`ForeignAgent`] in the place of ours.
#[derive(Debug)]
pub struct Foreign<F> {
    agent: F,
    windows: Windows,
    witness: Witness,
    /// How often it wanted its file written; the number stands behind what it wrote.
    written: u64,
    /// What it wanted written last.
    kept: Vec<u8>,
    /// It did something in its last call that only a process does, without one.
    acts_when_stopped: bool,
}

impl<F: ForeignAgent> Foreign<F> {
    /// An agent that is not on its device yet.
    pub const fn new(agent: F) -> Self {
        Self {
            agent,
            windows: Windows::new(),
            witness: Witness::new(),
            written: 0,
            kept: Vec::new(),
            acts_when_stopped: false,
        }
    }

    /// The agent itself.
    pub const fn inner(&self) -> &F {
        &self.agent
    }

    /// The process begins without a file, which nothing refuses.
    fn begin_anew(&mut self) {
        self.witness.process_died();
        self.witness.lost_memory();
        self.kept.clear();
        let begun = self.agent.load(None);
        debug_assert!(begun.is_ok(), "an agent refuses to begin without a file: {begun:?}");
    }
}

impl<F: ForeignAgent> Sealed for Foreign<F> {}

impl<F: ForeignAgent> AgentState for Foreign<F> {
    fn version(&self) -> Option<Version> {
        self.windows.version
    }

    fn is_running(&self) -> bool {
        self.windows.is_running
    }

    fn start_type(&self) -> StartType {
        self.windows.start_type
    }

    fn is_broken(&self) -> bool {
        self.windows.is_broken
    }

    fn next(&self) -> (Awake, Wall) {
        if self.windows.version.is_none() {
            return (Awake::MAX, Wall::MAX);
        }
        let (awake, wall) = self.agent.next();
        (awake.unwrap_or(Awake::MAX), wall.unwrap_or(Wall::MAX))
    }

    fn status(&self) -> Status {
        match (self.windows.version, self.windows.is_running) {
            (None, _) => Status::Absent,
            (Some(_), false) => Status::Stopped,
            (Some(_), true) => self.witness.status(),
        }
    }

    fn scripts(&self) -> &[Record] {
        self.witness.scripts()
    }

    fn active_user(&self) -> UserId {
        self.witness.user()
    }

    fn check_invariants(&self) -> Result<(), &'static str> {
        if self.acts_when_stopped { Err("it acts while its service does not run") } else { Ok(()) }
    }
}

impl<F: ForeignAgent> AgentMachine for Foreign<F> {
    const IS_FOREIGN: bool = true;

    fn take(&mut self, cx: &Context<'_>, now: Now, input: &Input<'_>, out: &mut impl agent::Sink) {
        if !self.windows.passes_on(input) {
            return;
        }
        let mut said = Said::default();
        self.windows.before(cx.profile, input, &mut said);
        self.agent.handle(cx, now, input, &mut said);
        match input {
            // The installer starts the service (B-2.15).
            Input::Installed(_) => said.make_sure_of(Effect::StartService),
            Input::Remove(_) => said.make_sure_of(Effect::Uninstall),
            // Starting what runs is a restart (B-9.5).
            Input::Service(ServiceChange::Stopped | ServiceChange::Broken | ServiceChange::Started) => {
                self.witness.service_ended(&mut said);
            }
            _ => {}
        }
        for effect in said.effects() {
            self.windows.after(effect);
        }
        if said.effects().any(|effect| *effect == Effect::Persist) {
            self.written += 1;
            self.kept = self.agent.save();
        }
        let acts = said.effects().any(|effect| matches!(effect, Effect::Send { .. } | Effect::Run { .. }));
        self.acts_when_stopped = acts && !self.windows.is_running;
        self.witness.hear(now, input, &self.windows, cx, &mut said);
        if said.effects().any(|effect| *effect == Effect::Uninstall) {
            self.begin_anew();
        }
        said.tell(out);
    }

    type Kept = Vec<u8>;

    fn keep(&self, kept: &mut Self::Kept) {
        *kept = self.agent.save();
        kept.extend(self.written.to_le_bytes());
    }

    fn write_kept(kept: &Self::Kept, file: &mut Vec<u8>) {
        file.clone_from(kept);
    }

    fn begin_with(&mut self, file: &[u8]) -> Result<(), Refusal> {
        self.windows.is_running = false;
        self.witness.process_died();
        let Some((own, number)) = file.split_last_chunk::<8>() else {
            self.begin_anew();
            return Err(Refusal("cut short".to_owned()));
        };
        if u64::from_le_bytes(*number) != self.written {
            self.witness.in_doubt();
        }
        let loaded = self.agent.load(Some(own));
        if loaded.is_err() {
            self.begin_anew();
        }
        loaded
    }

    fn kill(&mut self) {
        self.windows.is_running = false;
        self.witness.process_died();
        // What became of its file meanwhile shows when it begins with that.
        if self.kept.is_empty() || self.agent.load(Some(&self.kept)).is_err() {
            self.begin_anew();
        }
    }
}
