//! What the service says of its own life, of its timers, and of sessions.

use super::table::events;
use super::words::{AppKind, Guid, SessionChange, Workload};

events! {
    /// The life of the service.
    Service ServiceEvent<'a> {
        /// The service starts: the first record of a run, on thread 4.
        "agent-started" Started IntuneManagementExtension "|EMS Agent Started";
        /// Which agent it is, in four numbers.
        "agent-version" Version { version: &'a str } IntuneManagementExtension "|Agent version is: {}";
        /// The start once more, with details as JSON; from 2025 on.
        "start-details" StartDetails { json: &'a str } IntuneManagementExtension "|[OnStart](Agent Started) {}";
        /// Whose device it is and which.
        "identity" Identity { account: Guid, device: Guid } IntuneManagementExtension
            "Populating AccountId and DeviceId globally. |Account ID is : {} Device Id is : {}";
        /// How the device is joined, as Windows calls it.
        "join-type" JoinType { kind: &'a str } IntuneManagementExtension "|Device join type = {}";
        /// When the run before began and ended, in UTC, in the form of the system's language, and how often it crashed.
        "previous-run" PreviousRun { started: &'a str, ended: &'a str, crashes: u64 } IntuneManagementExtension
            "AgentExecutionHistory : |AgentExecutionStartTime is {}, AgentExecutionEndTime is {}, AgentCrashCount is {}|.";
        /// The crash counter.
        "crash-count" CrashCount { crashes: u64 } IntuneManagementExtension "[AgentExecutionHistory] |Retrieved Crash Count: {}";
        /// The start is over.
        "start-finished" StartFinished IntuneManagementExtension "|EMS Agent initialization is done|.";
        /// The machine shuts down; the stop follows within a second.
        "shutdown-signal" ShutdownSignal IntuneManagementExtension "|EMS Agent received shutdown signal";
        /// The service alone is to stop.
        "stop-signal" StopSignal IntuneManagementExtension "|EMS Agent received stop signal";
        /// A step of the stop.
        "stop-sequence" StopSequence IntuneManagementExtension "|Stop and dispose registry watcher|.";
        /// The service has stopped. Many runs end without this.
        "agent-stopped" Stopped IntuneManagementExtension "|EMS Agent Stopped";
        /// The stop once more, with details as JSON.
        "stop-details" StopDetails { json: &'a str } IntuneManagementExtension "|[OnStop](Agent stopped) {}";
        /// How much of the drive downloads take, in percent.
        "content-cache" ContentCache { percent: &'a str } IntuneManagementExtension "|Content cache takes {}% of whole drive|.";
    }
}

events! {
    /// Timers and delays.
    Timer TimerEvent<'a> {
        /// How often policies are asked for, in seconds.
        "policy-interval" PolicyInterval { seconds: u64 } IntuneManagementExtension
            "[Policy] |check in interval from cache is : {}| seconds";
        /// How often apps are asked for, in milliseconds.
        "app-interval" AppInterval { millis: u64 } IntuneManagementExtension "|Win32AppTimer interval is : {}| ms";
        /// A timer will begin its first period after so many awake seconds.
        "timer-armed" Armed { seconds: u64, workload: Workload<'a> } IntuneManagementExtension
            "set timer, |delayed seconds = {} for workload {}";
        /// A timer begins its first period.
        "timer-started" Begun { workload: Workload<'a> } IntuneManagementExtension
            "set timer, |start the timer for workload {}";
        /// How many seconds everything is held back after a start (B-4.9).
        "first-hold" FirstHold { seconds: u64 } IntuneManagementExtension
            "|Delaying all checkins by seconds = {}| in the first check in on start/restart."
            | "|Delayed seconds = {} in the first check in";
        /// How many seconds scripts and apps are held back after that on an ordinary boot (B-4.9).
        "second-hold" SecondHold { seconds: u64 } IntuneManagementExtension
            "|Delaying PS and Win32 app workload checkins by seconds = {}| in the first check in on start/restart.";
        /// How many seconds everything else is held back on an ordinary boot (B-4.9).
        "third-hold" ThirdHold { seconds: u64 } IntuneManagementExtension
            "|Delaying other workload checkins by seconds = {}| in the first check in on start/restart.";
        /// How often scripts are asked for while none is assigned, in hours.
        "script-timer-default" ScriptTimerDefault { hours: u64 } IntuneManagementExtension
            "[PowerShell] |Script Default Timer is set to {}| hour";
        /// How often scripts are asked for once one is assigned, in hours.
        "script-timer-short" ScriptTimerShort { hours: u64 } IntuneManagementExtension
            "[PowerShell] |PS Script found, Timer is changed to {}| hour";
        /// The general workload waits so many seconds after a start.
        "generic-sleep" GenericSleep { seconds: u64 } IntuneManagementExtension
            "[GenericWorkload] |Thread going to sleep for {}| seconds after agent restart";
        /// The next interval of required apps was drawn, in milliseconds; not applied everywhere.
        "interval-drawn" Drawn { update: bool, millis: u64 } AppWorkload
            "[Win32App][CheckinIntervalManager] |SetTimerInterval. shouldUpdateTimer: {}, intervalForTimer: {}";
        /// The interval of required apps that was armed, in milliseconds.
        "interval-applied" Applied { millis: u64 } AppWorkload
            "[Win32App][CheckinIntervalManager] |UpdateTimerIntervalForNextCheckin. Updated interval of timer is {}";
        /// The interval is to be the usual one, while the Enrollment Status Page is open.
        "interval-reset" Reset AppWorkload "[Win32App][CheckinIntervalManager] |SetTimerIntervalToDefault.";
        /// A job is due in so many seconds.
        "job-due" JobDue { job: &'a str, seconds: u64 } IntuneManagementExtension
            "[JobBase.NextCheckNeededIn] |Next check for job '{}' is in {}| seconds.";
    }
}

events! {
    /// Sessions, triggers and locks.
    Session SessionEvent<'a> {
        /// Something happened to a session; which user is not said.
        "session-change" Change { change: SessionChange<'a> } IntuneManagementExtension "|OnSessionChange: {}";
        /// Somebody logged off.
        "logoff" Logoff IntuneManagementExtension "|OnSessionChange Logoff";
        /// The change once more, as JSON.
        "session-details" Details { json: &'a str } IntuneManagementExtension "|[OnSessionChange](OnSessionChange) {}";
        /// A client asked for a sync of apps: command 200.
        "sync-asked" SyncAsked { command: u64 } IntuneManagementExtension "|OnCustomCommand: command = {}";
        /// The client's side of it, in a process of its own.
        "sync-sent" SyncSent IntuneManagementExtension "[Win32 App] |sending command to the service";
        /// Scripts are asked for because somebody logged on.
        "logon-scripts" LogonScripts IntuneManagementExtension "[PowerShell] |Request PS Scripts for user logon|.";
        /// Apps are asked for because somebody logged on.
        "logon-apps" LogonApps { kind: AppKind<'a> } AppWorkload "[Win32App] |Request {} apps for user logon|.";
        /// Remediations are asked for because somebody logged on.
        "logon-remediations" LogonRemediations HealthScripts "[HS] |Request health script check in for user logon|.";
        /// How many sessions there are.
        "sessions" Counted { count: u64 } IntuneManagementExtension
            "[PowerShell] |Get {} active user sessions" | "[Win32App] |Got {} active user sessions";
        /// How many of them have a user whose token can be had.
        "usable-users" Usable { count: u64 } IntuneManagementExtension
            "[PowerShell] |Total valid AAD User session count is {}";
        /// A run of apps was refused, because one was going on.
        "run-refused" Refused AppWorkload
            "[Win32App] ---------------------------------------------------- |Can't get lock on DoWorkInternal|, skipping...-------------------------------------- ";
        /// A run of apps took the lock.
        "lock-taken" Locked AppWorkload
            "[Win32App] ----------------------------------------------------- |Lock DoWorkInternal| ----------------------------------------------------- ";
        /// A run of apps gave the lock back.
        "lock-freed" Unlocked AppWorkload
            "[Win32App] ----------------------------------------------------- |Unlock DoWorkInternal| ----------------------------------------------------- ";
        /// A sync of available apps that waited may go on.
        "available-released" Released { check_in: Guid } AppWorkload
            "[Win32App] |Check-in {} sent signal to unblock other threads|.";
        /// The device can be pushed to.
        "push-registered" PushRegistered { app: &'a str } IntuneManagementExtension
            "[WnsHelper] |Successfully registered {} for notifications";
    }
}
