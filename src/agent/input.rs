//! Everything that can happen to an agent.

use serde::{Deserialize, Serialize};

use super::RemovalReason;
use crate::facts::EspPhase;
use crate::profile::Version;
use crate::protocol::{Answer, Failure, Policies, PolicyId, Token, UserId};
use crate::time::{Span, Wall};

/// One thing that happens to an agent.
///
/// Inputs may come late, twice, out of order or unasked for: all of that is part of the domain and ends in a note.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input<'a> {
    /// Time has passed: whatever is due fires.
    Tick,
    /// The agent's program is on the device in this version: new, or over an older one (B-2.9).
    Installed(Version),
    /// The agent's Windows service changed.
    Service(ServiceChange),
    /// A Windows session changed.
    Session(SessionChange),
    /// The device goes into or leaves maintenance wake; work is not started in it.
    DarkWake(bool),
    /// The device woke from sleep. Nobody needs to say so where the profile leaves it without meaning
    /// ([`Ime::minds_resumes`](crate::profile::Ime::minds_resumes)); [`Input::DarkWake`] says it too.
    Resumed,
    /// The device's clock was stepped.
    ClockChanged,
    /// The MDM certificate came (`true`) or went: the device was enrolled or un-enrolled (B-10.13).
    Certificate(bool),
    /// An MDM session brought these policies, and no others (B-8.14, B-8.20, B-8.22).
    Policies(Policies),
    /// Setting up the device entered this phase (B-7.56).
    Esp(EspPhase),
    /// Somebody asks for a check-in.
    Sync(SyncRequest),
    /// A push arrived for the app workload, with the number of the notification (B-4.19, B-4.21).
    Push(u32),
    /// An admin asks for a run of a remediation on demand (B-6.29).
    OnDemand {
        /// Which.
        policy: PolicyId,
        /// Its revision.
        revision: u32,
    },
    /// The service answered. It borrows the answer, so it is written and not read.
    #[serde(skip_deserializing)]
    Answered {
        /// What it answers.
        token: Token,
        /// The service's time.
        at: Wall,
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
    /// A run ended by itself or could not begin.
    Completed {
        /// The token of its `Run` effect.
        token: Token,
        /// How it ended.
        outcome: RunOutcome,
    },
    /// The user puts off the restart that is announced (B-7.29).
    Snooze,
    /// The local record of a script was deleted by hand (B-5.26), or what is kept of an app and its re-evaluation (B-7.36).
    RecordDeleted(PolicyId),
    /// The daily health task is due after so much time, whatever its grid was (B-10.8).
    HealthDue(Span),
    /// The agent is taken off the device by somebody else.
    Remove(RemovalReason),
}

/// A change of the agent's Windows service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceChange {
    /// The process runs.
    Started,
    /// The process is gone: stopped, killed, or the device went down.
    Stopped,
    /// The start type was set.
    StartType(StartType),
    /// The service stopped and can neither be started nor repaired (B-10.7).
    Broken,
    /// What broke it is gone; it can be started again.
    Mended,
}

/// How Windows starts the service.
///
/// Source: B-2.16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum StartType {
    /// With the device.
    #[default]
    Automatic,
    /// By hand: not after a restart of the device.
    Manual,
    /// Never.
    Disabled,
}

/// A change of a Windows session.
///
/// Source: B-4.17.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionChange {
    /// A user signed in with an Entra account.
    SignIn(UserId),
    /// A user signed in with an account that is not from Entra.
    SignInLocal,
    /// A user signed out.
    SignOut(UserId),
    /// The device went down, and every session with it.
    AllSignedOut,
    /// Locked.
    Lock,
    /// Unlocked.
    Unlock,
    /// Connected to the console.
    ConsoleConnect,
    /// Disconnected from the console.
    ConsoleDisconnect,
}

/// Who asks the agent for a check-in.
///
/// Source: B-9.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncRequest {
    /// *Sync* in Company Portal (B-4.14).
    CompanyPortal,
    /// *Check compliance* in Company Portal: what is on hand, without a fetch (B-9.1, row 15).
    CheckCompliance,
    /// A user asks for an available app (B-9.1, row 14).
    App(PolicyId),
    /// A user asks for the removal of an available app (B-7.27a).
    AppRemoval(PolicyId),
    /// The protocol `intunemanagementextension://syncapp` (B-4.15).
    ProtocolSyncApp,
    /// The protocol `intunemanagementextension://synccompliance` (B-4.16).
    ProtocolSyncCompliance,
    /// A service control code; 200 is an app sync, others mean nothing (B-4.15).
    ServiceControl(u32),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// The process ended.
    Exited {
        /// Its exit code.
        code: i32,
        /// Something was written to the error stream.
        stderr: bool,
        /// A number for what was kept of the standard output, the same for the same text; 0 where nothing was printed.
        output: u32,
    },
    /// Whether an app is on the device, by its rules.
    Found(bool),
    /// What an app requires and the device lacks, as the code of T-7.2; 0 if nothing is lacking. The host judges a
    /// requirement script too (B-7.11).
    Required(u16),
    /// A download ended: 0, or the error code (T-7.4).
    Downloaded(i32),
    /// A discovery script ended and its output was judged (B-8.5).
    Discovered {
        /// The error number, or 0.
        error: u32,
        /// A number for the output.
        output: u32,
    },
    /// The process was not started.
    Refused(RunRefusal),
}

/// Why a script was not started although the agent asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunRefusal {
    /// A signature is asked for and there is none of a trusted publisher (B-5.20).
    Signature,
    /// The file on the device is not the one that was delivered (B-5.23).
    Tampered,
    /// It cannot be started here: its text, its interpreter or its user is not there. Ours; the agent takes it for a run that
    /// failed.
    Unavailable,
}
