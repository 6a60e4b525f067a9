//! What goes into the service and what comes out: inputs, effects and notes.

use serde::{Deserialize, Serialize};

use crate::facts::Features;
use crate::protocol::{
    AgentOrder, Answer, AppReport, ComplianceReport, Failure, ManagementOrder, PolicyId, Push, RemediationReport,
    Request, ScriptReport, SessionCause, Token, UserId, Workload,
};
use crate::rules::RuleId;
use crate::time::{Span, Wall};

/// What an admin does to one device in the admin center.
///
/// Source: B-3.12, B-3.13, B-9.1, B-10.11, B-10.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdminAction {
    /// *Sync*.
    Sync,
    /// *Sync* as a bulk action.
    BulkSync,
    /// *Remote lock*.
    Lock,
    /// *Reset passcode*.
    PasscodeReset,
    /// *New remote assistance session*: makes nobody check in.
    RemoteAssistance,
    /// *Retire*, at the next session.
    Retire,
    /// *Wipe*, at the next session.
    Wipe {
        /// With "keep enrollment state and user account".
        keep_enrollment: bool,
    },
    /// *Run remediation* on demand: a push to the agent, and no MDM session (B-6.29).
    RunRemediation {
        /// Which; it need not be assigned.
        policy: PolicyId,
    },
}

/// What happens to the service, as far as one device goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// Time has passed; calls for the pushes that are due.
    Tick,
    /// A request of the device has come in.
    Request {
        /// The device's name for it.
        token: Token,
        /// What it asks.
        request: Request,
    },
    /// An admin acts on the device.
    Action(AdminAction),
}

/// What the service wants done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect<'a> {
    /// Answer a request. Each request is answered once, within the call that brought it.
    Answer {
        /// The device's name for the request.
        token: Token,
        /// The service's time.
        at: Wall,
        /// The answer, or why there is none.
        answer: Result<Answer<'a>, Failure>,
    },
    /// Send a push. Whether it arrives is up to the network (B-13.3).
    Push {
        /// Which.
        push: Push,
        /// How long from now it leaves.
        after: Span,
    },
    /// Send the push before once more, under the same notification id (B-4.21). Only a faulty service does.
    PushAgain {
        /// Which.
        push: Push,
        /// How long from now it leaves.
        after: Span,
    },
}

/// Takes what the service does. Called inside [`super::Ledger::handle`], so it should only record.
pub trait Sink<'a> {
    /// Takes an effect, in the order in which effects are to happen.
    fn effect(&mut self, effect: Effect<'a>);

    /// Takes a decision and the rule behind it; does nothing by default.
    fn note(&mut self, rule: RuleId, event: Event) {
        let _ = (rule, event);
    }
}

/// A decision of the service about one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// What is assigned to the device has changed (B-2.3).
    Retargeted {
        /// Everything that is assigned now.
        assigned: Features,
    },
    /// The device is enrolled.
    Enrolled,
    /// The device has said that it un-enrolled (B-10.13).
    Unenrolled,
    /// Two machines come with this device's identity (ours, `svc.notices_twins`).
    TwinNoticed,
    /// An MDM session was served.
    SessionServed {
        /// Why it was opened.
        cause: SessionCause,
    },
    /// A maintenance session came too soon (B-3.4).
    SessionRefused {
        /// Why it was opened.
        cause: SessionCause,
    },
    /// The session told the client what to do about the agent.
    AgentOrdered {
        /// What.
        order: AgentOrder,
    },
    /// The session told the client to end or renew the device's management.
    ManagementOrdered {
        /// How.
        order: ManagementOrder,
    },
    /// The push channel was renewed (B-3.11).
    ChannelRenewed,
    /// A poll was answered with what is assigned.
    PollAnswered {
        /// Which workload.
        workload: Workload,
        /// For whom.
        user: UserId,
        /// How many policies.
        policies: u32,
    },
    /// The device has enrolled and assignments do not see it yet (B-13.12).
    NotTargetedYet,
    /// The device was told that it is not managed any more (B-10.5a).
    NotManaged,
    /// The agent is too old to be given work (B-1.4).
    PayloadWithheld,
    /// There is no user token, for the service principal is disabled (B-1.25).
    UserTokenMissing,
    /// The device asked too often in this hour (B-13.4).
    Throttled,
    /// A fault of the service hit the request.
    FaultInjected {
        /// How it failed.
        failure: Failure,
    },
    /// A fault of the service: what was assigned some time ago is what counts in the answer.
    AnsweredAsOf {
        /// How long ago.
        ago: Span,
    },
    /// A fault of the service: the answer holds a part of the list.
    AnsweredInPart {
        /// How many policies.
        given: u32,
        /// Of how many.
        of: u32,
    },
    /// A fault of the service: the push is lost (B-13.3).
    PushDropped {
        /// Which.
        push: Push,
    },
    /// A fault of the service: the push leaves later.
    PushDelayed {
        /// Which.
        push: Push,
        /// By how much.
        late: Span,
    },
    /// A fault of the service: the push is sent twice.
    PushRepeated {
        /// Which.
        push: Push,
    },
    /// The agent tested its connection (B-4.29).
    ConnectionTested,
    /// A script run was reported (B-5.25).
    Reported(ScriptReport),
    /// The state of an app was reported (B-7.59).
    AppReported(AppReport),
    /// A run of a remediation was reported (B-6.27).
    RemediationReported(RemediationReport),
    /// A run of a discovery script was reported (B-8.5).
    ComplianceReported(ComplianceReport),
    /// The inventory of Win32 apps arrived (B-8.16).
    InventoryReported,
    /// A push was sent.
    PushSent {
        /// Which.
        push: Push,
    },
    /// An admin acted on the device.
    Acted {
        /// How.
        action: AdminAction,
    },
}
