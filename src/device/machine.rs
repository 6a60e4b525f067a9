//! What the world around an agent needs of it, so that another one can stand in its place.

use crate::agent::{
    self, Agent, Deadline, NotedDeadlines, PendingRestart, Record, RestoreError, StartType, Status, Timer,
};
use crate::profile::Version;
use crate::protocol::{Answer, Token, UserId};
use crate::time::{Awake, Now, Wall};

/// What can be seen of the agent of a device from outside.
///
/// [`Agent`] shows all of it. Somebody else's agent shows what Windows shows of it, and of the rest as much as it likes; who
/// judges it by the rest has nothing to judge where nothing is shown.
pub trait AgentState: std::fmt::Debug {
    /// The version on the device, if the agent is there.
    fn version(&self) -> Option<Version>;

    /// Whether its service runs.
    fn is_running(&self) -> bool;

    /// How Windows starts its service.
    fn start_type(&self) -> StartType;

    /// Its service can neither be started nor repaired (B-10.7).
    fn is_broken(&self) -> bool;

    /// When it wants to be called again; the end of time on a clock without a deadline.
    fn next(&self) -> (Awake, Wall);

    /// Where it is in its life.
    fn status(&self) -> Status;

    /// The restart that it announces to the user (B-7.29).
    fn pending_restart(&self) -> Option<PendingRestart> {
        None
    }

    /// Shows each of its timers with its deadline, if it shows them.
    fn for_each_timer(&self, show: &mut dyn FnMut(Timer, Deadline)) {
        let _ = show;
    }

    /// Notes the deadline of each of its timers, if it shows them.
    fn note_deadlines(&self, noted: &mut NotedDeadlines) {
        self.for_each_timer(&mut |timer, deadline| noted.note(timer, deadline));
    }

    /// What it keeps of scripts, if it shows that.
    fn scripts(&self) -> &[Record] {
        &[]
    }

    /// The user for whom the next check-in is made (B-4.16).
    fn active_user(&self) -> UserId {
        UserId::DEVICE
    }

    /// Checks what it says must hold after every input.
    ///
    /// # Errors
    /// What does not hold, in words.
    fn check_invariants(&self) -> Result<(), &'static str> {
        Ok(())
    }
}

/// An agent that a [`Device`](super::Device) holds.
///
/// It is implemented here, for [`Agent`] and for a wrapper around somebody else's; others implement
/// `check::foreign::ForeignAgent`, which asks for less.
pub trait AgentMachine: AgentState + Sized + Sealed {
    /// It is somebody else's: its process begins with its file each time, not only where something happens to the file, and
    /// what it breaks is judged and not asserted.
    const IS_FOREIGN: bool = false;

    /// Lets the agent take notice of one input.
    fn take(&mut self, cx: &agent::Context<'_>, now: Now, input: &agent::Input<'_>, out: &mut impl agent::Sink);

    /// [`AgentMachine::take`] of [`agent::Input::Tick`].
    #[inline]
    fn tick(&mut self, cx: &agent::Context<'_>, now: Now, out: &mut impl agent::Sink) {
        self.take(cx, now, &agent::Input::Tick, out);
    }

    /// [`AgentMachine::take`] of [`agent::Input::Answered`].
    #[inline]
    fn answered(
        &mut self,
        cx: &agent::Context<'_>,
        now: Now,
        (token, at): (Token, Wall),
        answer: &Answer<'_>,
        out: &mut impl agent::Sink,
    ) {
        self.take(cx, now, &agent::Input::Answered { token, at, answer }, out);
    }

    /// Whether a deadline is over. At the end of time, which stands for no deadline too, one that is not there seems to be; a tick
    /// then does nothing.
    #[inline]
    fn is_due(&self, now: Now) -> bool {
        let (awake, wall) = self.next();
        awake <= now.awake || wall <= now.wall
    }

    /// What it has on the disk, in the form that is soonest noted. Bytes are made of it where somebody needs them.
    type Kept: std::fmt::Debug + Default;

    /// Notes what must be on the disk after [`agent::Effect::Persist`], in the place of what was noted before.
    fn keep(&self, kept: &mut Self::Kept);

    /// Writes what was noted, in the place of what the file held before.
    fn write_kept(kept: &Self::Kept, file: &mut Vec<u8>);

    /// Writes what must be on the disk after [`agent::Effect::Persist`], in the place of what the file held before.
    fn save(&self, file: &mut Vec<u8>) {
        let mut kept = Self::Kept::default();
        self.keep(&mut kept);
        Self::write_kept(&kept, file);
    }

    /// The process begins with what its file holds, on the same machine: what Windows and the MDM channel hold stays. A file
    /// that is refused is set aside, and the agent begins without one.
    ///
    /// # Errors
    /// Why it was refused.
    fn begin_with(&mut self, file: &[u8]) -> Result<(), Refusal>;

    /// [`AgentMachine::begin_with`] the file that would be [written](AgentMachine::write_kept) of what was noted.
    ///
    /// # Errors
    /// As there.
    fn begin_with_kept(&mut self, kept: &Self::Kept) -> Result<(), Refusal> {
        let mut file = Vec::new();
        Self::write_kept(kept, &mut file);
        self.begin_with(&file)
    }

    /// The process dies with nothing lost that was on the disk, and the service does not run.
    fn kill(&mut self);

    /// The agent itself, if it is ours.
    fn ours(&self) -> Option<&Agent> {
        None
    }
}

/// Why a file was refused, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl From<RestoreError> for Refusal {
    fn from(error: RestoreError) -> Self {
        Self(error.to_string())
    }
}

mod sealed {
    /// Nobody else implements what has this.
    pub trait Sealed {}
}
pub(crate) use sealed::Sealed;

impl Sealed for Agent {}

impl AgentState for Agent {
    #[inline]
    fn version(&self) -> Option<Version> {
        self.version()
    }

    #[inline]
    fn is_running(&self) -> bool {
        self.is_running()
    }

    fn start_type(&self) -> StartType {
        self.start_type()
    }

    fn is_broken(&self) -> bool {
        self.is_broken()
    }

    #[inline]
    fn next(&self) -> (Awake, Wall) {
        self.next()
    }

    fn status(&self) -> Status {
        self.status()
    }

    fn pending_restart(&self) -> Option<PendingRestart> {
        self.pending_restart()
    }

    fn for_each_timer(&self, show: &mut dyn FnMut(Timer, Deadline)) {
        self.timers().for_each(|(timer, deadline)| show(timer, deadline));
    }

    #[inline]
    fn note_deadlines(&self, noted: &mut NotedDeadlines) {
        self.note_deadlines(noted);
    }

    fn scripts(&self) -> &[Record] {
        self.scripts()
    }

    fn active_user(&self) -> UserId {
        self.active_user()
    }

    #[inline]
    fn check_invariants(&self) -> Result<(), &'static str> {
        self.check_invariants()
    }
}

impl Agent {
    /// The process begins as its file says, or without a file that is refused.
    fn begin_as(&mut self, restored: Result<Self, RestoreError>) -> Result<(), Refusal> {
        // Whether the service can run is Windows' business, not the file's.
        let (agent, refusal) = match restored {
            Ok(agent) => (agent.on_machine_of(self), Ok(())),
            Err(error) => (self.without_state(), Err(error.into())),
        };
        *self = agent;
        refusal
    }
}

impl AgentMachine for Agent {
    #[inline]
    fn take(&mut self, cx: &agent::Context<'_>, now: Now, input: &agent::Input<'_>, out: &mut impl agent::Sink) {
        self.take(cx, now, input, out);
    }

    #[inline]
    fn tick(&mut self, cx: &agent::Context<'_>, now: Now, out: &mut impl agent::Sink) {
        self.tick(cx, now, out);
    }

    #[inline]
    fn answered(
        &mut self,
        cx: &agent::Context<'_>,
        now: Now,
        given: (Token, Wall),
        answer: &Answer<'_>,
        out: &mut impl agent::Sink,
    ) {
        self.answered(cx, now, given, answer, out);
    }

    type Kept = Option<Box<Self>>;

    fn keep(&self, kept: &mut Self::Kept) {
        self.keep(kept);
    }

    fn write_kept(kept: &Self::Kept, file: &mut Vec<u8>) {
        match kept {
            Some(kept) => kept.write(file),
            None => file.clear(),
        }
    }

    fn begin_with(&mut self, file: &[u8]) -> Result<(), Refusal> {
        self.begin_as(Self::restore(file))
    }

    fn begin_with_kept(&mut self, kept: &Self::Kept) -> Result<(), Refusal> {
        match kept {
            Some(kept) => Ok(self.begin_with_kept(kept)?),
            None => self.begin_as(Self::restore(&[])),
        }
    }

    fn kill(&mut self) {
        *self = self.killed();
    }

    fn ours(&self) -> Option<&Agent> {
        Some(self)
    }
}
