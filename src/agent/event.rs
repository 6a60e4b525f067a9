//! The decisions of an agent, as they appear in traces. Every one is noted together with its rule.

use serde::{Deserialize, Serialize};

use super::{AppEvent, BackoffEvent, ComplianceEvent, InventoryEvent, PolicyEvent, RemediationEvent, StartType};
use crate::profile::Version;
use crate::protocol::{Failure, PolicyId, ScriptResult, Token, UserId, Workload};
use crate::time::Span;

/// One decision of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// The agent is on the device, new or again.
    AgentInstalled {
        /// In which version.
        version: Version,
    },
    /// A newer version replaced the older one.
    AgentUpgraded {
        /// The version before.
        from: Version,
        /// The version now.
        version: Version,
    },
    /// The .NET Framework is older than recommended.
    DotnetWarning {
        /// The recommended version.
        recommended: Version,
    },
    /// The service started.
    ServiceStarted {
        /// How long the first check-in of any kind waits, D0.
        ready_in: Span,
        /// When the script poll comes.
        scripts_in: Span,
        /// When the other workloads come.
        others_in: Span,
    },
    /// The service stopped.
    ServiceStopped,
    /// The service was asked for something while it does not run.
    ServiceNotRunning,
    /// A check-in begins.
    CheckIn {
        /// For which workload.
        workload: Workload,
        /// Why.
        cause: Cause,
        /// For whom.
        user: UserId,
    },
    /// A check-in waits until the start delay is over.
    CheckInWaits {
        /// For which workload.
        workload: Workload,
    },
    /// A check-in is not begun because one of the same workload is running.
    CheckInDropped {
        /// For which workload.
        workload: Workload,
        /// Why it was asked for.
        cause: Cause,
    },
    /// A check-in follows the one that is running.
    CheckInQueued {
        /// For which workload.
        workload: Workload,
    },
    /// A check-in for apps is left out because Configuration Manager handles them.
    AppsSkipped {
        /// For which workload.
        workload: Workload,
    },
    /// The agent throttles its own required-app check.
    SelfThrottled,
    /// A request is sent once more.
    RequestRepeated {
        /// For which workload.
        workload: Workload,
        /// Which try this is, from 2 on.
        attempt: u8,
    },
    /// A check-in goes on without a user, because there is no token for the user.
    UserTokenMissing {
        /// For which workload.
        workload: Workload,
    },
    /// A check-in got no answer that can be used.
    CheckInFailed {
        /// For which workload.
        workload: Workload,
        /// Why.
        failure: Failure,
    },
    /// A check-in was answered.
    CheckInDone {
        /// For which workload.
        workload: Workload,
        /// How many policies there are.
        policies: u32,
    },
    /// The script timer changed between idle and busy.
    ScriptInterval {
        /// The interval now.
        every: Span,
    },
    /// Nothing follows from an event, by rule.
    NothingStarts {
        /// What happened.
        what: Quiet,
    },
    /// Compliance scripts on hand are run without a fetch.
    ComplianceRun,

    /// A script is left alone: its tries are used up.
    ScriptExhausted {
        /// Which script.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// A script is new, or changed, for this user id.
    ScriptDownloaded {
        /// Which script.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Its revision.
        revision: u32,
    },
    /// A script will never run here in this revision.
    ScriptSkipped {
        /// Which script.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Why.
        reason: SkipReason,
    },
    /// A script is not run now; no try is used up.
    ScriptWaits {
        /// Which script.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// For what.
        reason: WaitReason,
    },
    /// A script starts.
    ScriptRun {
        /// Which script.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Which try this is, from 1 on.
        attempt: u16,
    },
    /// A script ended.
    ScriptResult {
        /// Which script.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// How.
        result: ScriptResult,
        /// Exit code.
        exit_code: i32,
    },
    /// A script was ended at its time limit.
    ScriptTimedOut {
        /// Which script.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// A run was cut off by the end of the service.
    ScriptCutOff {
        /// Which script.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// Runs are cancelled because the device is not managed any more.
    ScriptsCancelled,
    /// The record of a script was deleted.
    ScriptForgotten {
        /// Which script.
        policy: PolicyId,
    },

    /// A report goes out.
    ReportSent {
        /// On which script.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
    },
    /// A report could not be sent and is kept.
    ReportKept {
        /// On which script.
        policy: PolicyId,
        /// Under whose id.
        user: UserId,
        /// Why.
        failure: Failure,
    },

    /// The health task ran.
    HealthCheck {
        /// It found the service running, with automatic start.
        healthy: bool,
    },
    /// The health task set the start type.
    HealthSetAutomatic {
        /// The start type before.
        from: StartType,
    },
    /// The health task starts the service.
    HealthStartedService,
    /// The connection to the service was tested.
    ConnectionTest {
        /// It works.
        ok: bool,
    },
    /// The agent cannot work and cannot be repaired; awake time towards removal counts.
    Irrecoverable {
        /// Why.
        reason: IrrecoverableReason,
    },
    /// The agent works again before the time was up.
    Recovered,
    /// The device is not managed and the agent cannot check in; awake time towards removal counts.
    Unmanaged,
    /// The agent is removed.
    AgentRemoved {
        /// Why.
        reason: RemovalReason,
    },

    /// An answer or completion came that nobody waits for.
    Stale {
        /// Its token.
        token: Token,
    },
    /// An answer came that does not fit the question; it counts as none.
    Mismatched {
        /// Its token.
        token: Token,
    },
    /// A pushed notification is dropped: the same is pending, or too many are.
    PushDropped,
    /// The clock was stepped; deadlines on it are pulled in to at most one period.
    ClockChanged,

    /// On keeping away from a service that refuses.
    #[serde(untagged)]
    Backoff(BackoffEvent),
    /// On apps.
    #[serde(untagged)]
    App(AppEvent),
    /// On discovery scripts.
    #[serde(untagged)]
    Compliance(ComplianceEvent),
    /// On Endpoint analytics and inventory.
    #[serde(untagged)]
    Inventory(InventoryEvent),
    /// On policies of the MDM channel.
    #[serde(untagged)]
    Policy(PolicyEvent),
    /// Something about remediations.
    #[serde(untagged)]
    Remediation(RemediationEvent),
}

/// Why a check-in begins.
///
/// Source: B-9.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The service started (B-4.8).
    Start,
    /// The workload's periodic timer (B-4.3 to B-4.6).
    Timer,
    /// A user signed in (B-4.17).
    SignIn,
    /// *Sync* in Company Portal (B-4.14).
    CompanyPortal,
    /// The protocol or control code of an app sync (B-4.15).
    AppSync,
    /// A user asked for an available app (B-9.1).
    AppRequest,
    /// A push to the agent (B-4.19).
    Push,
    /// The monitor of custom compliance (B-8.8).
    Monitor,
    /// The ESP is over (B-7.55).
    AfterEsp,
    /// The ESP entered a phase in which it waits for apps (B-7.55).
    Esp,
}

/// What happened without starting anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quiet {
    /// The session was locked.
    Lock,
    /// The session was unlocked.
    Unlock,
    /// A session was connected to the console.
    ConsoleConnect,
    /// A session was disconnected from the console.
    ConsoleDisconnect,
    /// A user signed out.
    SignOut,
    /// A user without an Entra account signed in.
    LocalSignIn,
    /// A user signed in where the agent asks for no user's work.
    SignInWithoutUserCheckIn,
    /// A restart is put off that nothing announced, or that cannot be put off.
    Snooze,
    /// A control code that means nothing to the agent.
    ServiceControl,
}

/// Why a script will never run here in this revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// User context on a registered-only device (B-1.14).
    UserContextOnRegistered,
    /// No scripts at all on a registered-only device (B-1.13).
    RegisteredOnly,
    /// User context on a multi-session host before Windows 11 (B-1.29).
    UserContextOnMultiSession,
    /// Only the host's bitness changed, and that opens the script without running it (B-5.18a).
    BitnessChange,
}

/// What a script waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitReason {
    /// A signed-in user (B-5.19).
    NoUser,
    /// A right clock (B-1.24).
    ClockSkew,
    /// The end of maintenance wake.
    DarkWake,
}

/// Why an agent cannot work.
///
/// Source: B-10.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IrrecoverableReason {
    /// The service cannot run.
    ServiceBroken,
    /// The service does not know the device any more.
    DeviceUnknown,
}

/// Why an agent is removed.
///
/// Source: B-10.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemovalReason {
    /// Nothing that needs it is assigned any more (a).
    Unassigned,
    /// The device is not managed any more, as a check-in learned (b).
    NotManaged,
    /// The device is not managed any more, and no check-in worked for the time allowed (b).
    NotManagedUnreachable,
    /// It was irrecoverable for too long (c).
    Irrecoverable,
    /// By hand.
    ByHand,
    /// The device was reset (B-10.12).
    Wiped,
}
