//! Everything that people, the machine and the network do to a device, as one list.
//!
//! Scenarios name these actions; [`table`](super::table) says which check-ins each starts (B-9.1).

use serde::{Deserialize, Serialize};

use crate::facts::{AppsWorkload, EspPhase};
use crate::protocol::{PolicyId, UserId};
use crate::service::AdminAction;
use crate::time::Span;

/// One thing that happens to a device from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event", content = "with")]
pub enum Action {
    /// A user signs in with an Entra account.
    SignIn(UserId),
    /// A user of a local account signs in; there is no user token.
    SignInLocal,
    /// A user signs out.
    SignOut(UserId),
    /// The session is locked.
    Lock,
    /// The session is unlocked.
    Unlock,
    /// A session is connected to the console.
    ConsoleConnect,
    /// A session is disconnected from the console.
    ConsoleDisconnect,

    /// The device goes to sleep.
    Sleep,
    /// The device wakes up.
    Wake,
    /// The device wakes for maintenance only: awake time runs, and no work is started.
    DarkWake,
    /// The device is shut down.
    PowerOff,
    /// The device starts.
    PowerOn,
    /// The device restarts: shut down and started within one moment.
    Reboot,
    /// The device hibernates: as asleep, but that it does not wake for maintenance.
    Hibernate,
    /// The power is cut: the device is off, and nothing was told or written before.
    PowerCut,
    /// The device starts, or restarts where it is on, and the agent's service comes up so much later (B-8.19).
    SlowBoot(Span),

    /// The network comes or goes.
    Network(bool),
    /// Battery Saver is switched on or off (B-3.10).
    BatterySaver(bool),
    /// The Data Sense limit is reached or lifted (B-3.10).
    DataLimit(bool),
    /// The push service of Windows is enabled or disabled, by service or policy (B-3.10).
    PushService(bool),
    /// The service that opens MDM sessions from push is enabled or disabled (B-3.15).
    DmWapPush(bool),
    /// Names of the service can or cannot be resolved (B-4.24).
    NameResolution(bool),

    /// The network lets nothing through before somebody signs in to it, or does again. To the service and its pushes that
    /// is as no network (assumed): the portal answers in the service's place, which is not supported (B-1.27).
    CaptivePortal(bool),
    /// The device goes over to another network, as when a VPN comes or goes: answers on their way do not arrive any more.
    /// No rule says that anything is asked for anew (assumed).
    VpnChange,

    /// The device's clock is stepped by so many milliseconds, either way.
    ClockStep(i64),
    /// The device's clock has gone wrong by so many milliseconds little by little, and nobody is told.
    ClockDrift(i64),
    /// The device is in another time zone from now on, by its place in the plan's list of zones.
    TimeZone(u16),

    /// The agent's service is stopped.
    ServiceStop,
    /// The agent's service is started.
    ServiceStart,
    /// The agent's service is stopped and started again (B-4.13).
    ServiceRestart,
    /// The agent's process dies; Windows starts the service again at once.
    ServiceKill,
    /// The agent's service is set to start automatically (`true`) or by hand (B-2.16).
    ServiceAutomatic(bool),
    /// The agent's service is stopped and disabled (B-10.5 in the check C-10.5).
    ServiceDisable,
    /// The agent's service stops and cannot be started or repaired (B-10.7).
    ServiceBreak,
    /// What kept the service from starting is gone; it starts.
    ServiceMend,
    /// The agent is uninstalled by hand (B-2.11).
    AgentRemove,
    /// The local record of a script is deleted (B-5.26).
    ScriptRecordDelete(PolicyId),
    /// What the agent keeps of an app is deleted, with its place in the re-evaluation schedule (B-7.36).
    AppRecordDelete(PolicyId),
    /// Something happens to the file in which the agent keeps what outlives its process (assumed).
    StateFile(StateFile),
    /// The disk is full, or has room again: nothing is written or downloaded (B-7.20, B-2.7).
    DiskFull(bool),
    /// Whatever script, installer or download runs for the agent is killed from outside, with exit code 1.
    RunKill,
    /// Another machine with the same identity does something (assumed).
    Twin(Twin),
    /// An app is installed by hand, past the agent.
    AppInstallByHand(PolicyId),
    /// An app is removed by hand, past the agent.
    AppRemoveByHand(PolicyId),

    /// *Sync* in Windows Settings.
    SettingsSync,
    /// *Sync* in Company Portal.
    CompanyPortalSync,
    /// *Check compliance* in Company Portal.
    CompanyPortalCompliance,
    /// A user asks for an available app in Company Portal.
    CompanyPortalInstall(PolicyId),
    /// A user asks for the removal of an available app in Company Portal (B-7.27a).
    CompanyPortalUninstall(PolicyId),
    /// The user puts off the restart that is announced (B-7.29).
    RestartSnooze,
    /// The protocol `intunemanagementextension://syncapp`.
    ProtocolSyncApp,
    /// The protocol `intunemanagementextension://synccompliance`.
    ProtocolSyncCompliance,
    /// Service control code to the agent; 200 is an app sync (B-4.15).
    ServiceControl(u32),
    /// A Remote Help session is started; no check-in of any kind.
    RemoteHelp,
    /// The malware status changes (B-3.6).
    MalwareStatus,

    /// An action in the admin center.
    Admin(AdminAction),

    /// The device enrolls.
    Enroll,
    /// The user ends management on the device.
    Unenroll,
    /// A scheduled MDM session opens now, beside the schedule.
    MdmScheduled,
    /// Setting up the device enters this phase.
    Esp(EspPhase),
    /// The Apps workload moves (B-1.20a).
    AppsWorkload(AppsWorkload),
    /// The S mode supplemental policy arrives or is emptied (B-1.7).
    SmodeSupplemental(bool),
}

/// What happens to the file in which the agent keeps what outlives its process.
///
/// The agent writes the whole file whenever there is something to keep, so that damage shows only if its process starts again
/// before. A file that is refused then is set aside, and the agent begins as if it were new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateFile {
    /// It is gone.
    Lost,
    /// Its second half is missing.
    Torn,
    /// It is as long as it was, and holds nothing but zeros.
    Zeroed,
    /// It is in a form that the agent does not read any more.
    OldSchema,
    /// It cannot be written: a process that starts again finds what was written before.
    ReadOnly,
    /// It can be written again.
    Writable,
}

/// What a machine with the same identity does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Twin {
    /// It opens an MDM session, and its agent polls every workload.
    CheckIn,
    /// Its agent reports that a script ran there and failed.
    Report {
        /// Which script.
        policy: PolicyId,
    },
    /// It ends its management, and says so.
    Unenroll,
}
