//! What goes into the client and what comes out of it: context, inputs, effects, and who takes them.

use serde::{Deserialize, Serialize};

use super::Event;
use crate::chance::Chance;
use crate::facts::Facts;
use crate::profile::{Profile, Version};
use crate::protocol::{Answer, Failure, Policies, Push, Request, SessionCause, Token, UserId};
use crate::rules::RuleId;
use crate::time::Span;

/// What is shared and read-only in every call.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Every figure.
    pub profile: &'a Profile,
    /// What is true of the device.
    pub facts: &'a Facts,
    /// Where random delays come from.
    pub chance: Chance,
    /// The agent that is on the device now.
    pub agent: Option<Version>,
}

/// One thing that happens to the client.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Time has passed: whatever is due fires.
    Tick,
    /// The device is to enroll.
    Enroll,
    /// Management ends on the device, by the user.
    Unenroll,
    /// The device has been enrolled for this long; its schedule stands where it would be.
    EnrolledSince(Span),
    /// The schedule of the client is switched on or off. Pushes and people still open sessions.
    Schedule(bool),
    /// A session is to open for a reason other than the client's own timers.
    Session(SessionCause),
    /// A user signed in.
    SignIn(UserId),
    /// A push arrived.
    Push(Push),
    /// The service that opens sessions from push is enabled or disabled (B-3.15).
    DmWapPush(bool),
    /// The device's clock was stepped.
    ClockChanged,
    /// The device started or woke up.
    Resumed,
    /// The device goes down: what was on its way is lost.
    Stopped,
    /// The service answered.
    Answered {
        /// What it answers.
        token: Token,
        /// The answer.
        answer: &'a Answer<'a>,
    },
    /// A request got no answer that can be used.
    Failed {
        /// Which request.
        token: Token,
        /// Why.
        failure: Failure,
    },
    /// A download or an installation ended.
    Completed {
        /// The token of its effect.
        token: Token,
        /// It went well.
        ok: bool,
    },
}

/// One thing that the client wants done, in the order of emission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Send a request. Answered by `Answered` or `Failed`; given up after `mdm.answer_timeout`.
    Send {
        /// Names the request.
        token: Token,
        /// The request.
        request: Request,
    },
    /// Download the agent's package. Answered by `Completed`.
    Download {
        /// Names the download.
        token: Token,
        /// Which version.
        version: Version,
    },
    /// Run the agent's installer. Answered by `Completed`.
    Install {
        /// Names the installation.
        token: Token,
        /// Which version.
        version: Version,
    },
    /// End a download or an installation that nobody waits for any more: the enrollment that it belonged to is over (B-10.13). An
    /// installer that runs is rolled back. Not answered.
    Stop {
        /// The token of its effect.
        token: Token,
    },
    /// The installer ended well: the agent is on the device in this version.
    AgentInstalled(Version),
    /// Take the agent off the device (B-10.4).
    RemoveAgent,
    /// The MDM certificate is there (`true`) or gone (B-10.13).
    Certificate(bool),
    /// The device has these policies for the agent now (B-8.14, B-8.20, B-8.22); told at each session.
    Policies(Policies),
    /// Restart the device (B-1.18).
    Restart,
    /// Reset the device (B-10.12).
    Reset {
        /// Enrollment and user accounts stay.
        keep_enrollment: bool,
    },
}

/// Takes what the client emits; see [`agent::Sink`](crate::agent::Sink).
pub trait Sink {
    /// Takes an effect.
    fn effect(&mut self, effect: Effect);

    /// Takes a decision and the rule behind it. Does nothing by default.
    fn note(&mut self, rule: RuleId, event: Event) {
        let _ = (rule, event);
    }
}

impl Sink for Vec<Effect> {
    fn effect(&mut self, effect: Effect) {
        self.push(effect);
    }
}
