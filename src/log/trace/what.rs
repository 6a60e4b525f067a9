//! Which events decisions are made of, and what is kept of them.

use crate::log::event::{
    AppKind, AppMode, AppRunEvent, Ending, EspEvent, EspPhase, Event, Guid, HousekeepingEvent, NetworkEvent,
    ScriptEvent, ServiceEvent, SessionChange, SessionEvent, TimerEvent, Workload as Named,
};
use crate::protocol::Workload;

/// What a timer of the log is for, as the model has it. The model has one range of first delays for all workloads that are
/// neither scripts nor apps (B-4.11).
pub(in crate::log) const fn workload(named: Named<'_>) -> Option<Workload> {
    match named {
        Named::RequiredApp => Some(Workload::RequiredApp),
        Named::AvailableApp => Some(Workload::AvailableApp),
        Named::Script => Some(Workload::Script),
        Named::GenericPolicy => Some(Workload::Remediation),
        Named::Other(_) => None,
    }
}

/// The id of the health task's rule that the service runs.
pub(in crate::log) const SERVICE_RUNS: Guid = Guid(0x6410_3933_cde5_419b_abc7_4bfe_5c53_5c4a);

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) enum Poll {
    Script,
    Required,
    Available,
    /// Apps after a log-on, whichever.
    Session,
    /// Apps; older agents say later which.
    Apps,
    Proxy,
}

/// Which hold after a start (B-4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) enum Hold {
    All,
    Scripts,
    Others,
}

/// A phase of the Enrollment Status Page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) enum Phase {
    Preparation,
    Device,
    Account,
    Over,
}

impl Phase {
    /// Whether holds after the first are left out (B-4.10).
    pub(in crate::log) const fn is_open(self) -> bool {
        matches!(self, Self::Device | Self::Account)
    }
}

/// When a remediation is to run (B-6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) enum Plan {
    /// So many hours after the run before.
    Hours(u64),
    /// Every so many days at a second of the day, of local time or of UTC.
    Days { days: u64, second: u64, is_utc: bool },
    /// Once in the usual period.
    Usual,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::log) enum What {
    /// The service starts.
    Start {
        is_told: bool,
    },
    Stopped,
    /// When the run before began, as the system's language writes it, in UTC.
    PreviousRun(String),
    Held(Hold, u64),
    /// The workload, and seconds.
    Armed(Workload, u64),
    Begun(Workload),
    GenericSleep(u64),
    /// Seconds between check-ins of required apps.
    RequiredInterval(u64),
    /// Hours between check-ins of scripts, while there is none or once there is one.
    ScriptInterval {
        hours: u64,
        found: bool,
    },
    /// Seconds to which the timer of required apps was set.
    Rearmed(u64),
    /// Seconds to the next look at a periodic job.
    JobDue(u64),
    LogOn,
    LogOnScripts,
    LogOnApps(Poll),
    LogOnRemediations,
    Sync,
    Refused,
    Begin(Poll),
    End(Poll),
    /// Which apps a check-in asks for.
    Asks(Poll),
    /// In which phase the Enrollment Status Page is as scripts are about to be asked for.
    Page(Phase),
    /// In which phase it is.
    Phase(Phase),
    Scripts(u64),
    Tries {
        script: Guid,
        user: Guid,
        count: u64,
    },
    GivenUp {
        script: Guid,
        user: Guid,
    },
    ScriptBegins {
        script: Guid,
        user: Guid,
    },
    ScriptResult {
        script: Guid,
        user: Guid,
        is_well: bool,
    },
    Try {
        attempt: u64,
        retries: u64,
    },
    RetryWait(u64),
    Status(u64),
    Unresolved,
    NotRetried,
    Throttled,
    Counted(u64),
    RemediationFetch,
    /// When the runner is to come, as the system's language writes it, in UTC.
    Queued(String),
    RunnerBegins,
    /// The schedule of a remediation is looked at.
    Scheduled {
        script: Guid,
        plan: Plan,
    },
    RemediationBegins(Guid),
    /// The process that runs a script is started.
    Launched,
    /// There is no user whose token can be had.
    NoUser,
    DetectionExit(i64),
    RemediationExit(i64),
    RemediationEnds(Guid),
    /// When a remediation ran last, as the system's language writes it, in UTC.
    LastRun {
        script: Guid,
        at: String,
    },
    /// When the retry window of an app began, as the system's language writes it, in UTC.
    GrsKnown(String),
    /// An app is left alone for its retry window.
    GrsSkip(Guid),
    /// Whether an app is to be there or away; otherwise somebody may ask for it.
    AppWanted {
        app: Guid,
        is_required: bool,
    },
    /// The command of an app is about to run.
    Enforced(Guid),
    /// A group of apps is looked at, with its ids.
    Group(String),
    /// A group is left out, for it was looked at a short time ago.
    GroupWaits,
    /// When a group of apps is looked at again, as the system's language writes it.
    Reevaluation(String),
    HealthCheck,
    /// What the health task found of the service: whether it runs.
    HealthOfService {
        is_well: bool,
    },
    Inventory,
    /// A helper runs something.
    HelperRuns(Helped),
    HelperExit(i64),
    HelperVerdict {
        is_well: bool,
    },
    /// Seconds.
    HelperTimedOut(u64),
    HelperEnds,
}

/// What a helper runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) enum Helped {
    /// A platform script, for a user.
    Script { script: Guid, user: Guid },
    /// A script of a remediation or of custom compliance, by its folder.
    Remediation { script: Option<Guid> },
}

impl What {
    /// What an event is to decisions; `None` if nothing depends on it.
    pub(in crate::log) fn of(event: &Event<'_>) -> Option<Self> {
        if let Event::Service(event) = event {
            Self::of_service(event)
        } else if let Event::Timer(event) = event {
            Self::of_timer(event)
        } else if let Event::Session(event) = event {
            Self::of_session(event)
        } else if let Event::Network(event) = event {
            Self::of_network(event)
        } else if let Event::Script(event) = event {
            Self::of_script(event)
        } else if let Event::AppRun(event) = event {
            Self::of_apps(event)
        } else if let Event::App(event) = event {
            Self::of_app(event)
        } else if let Event::Executor(event) = event {
            Self::of_helper(event)
        } else if let Event::Esp(EspEvent::BeforeScripts { phase }) = event {
            phase_of(*phase).map(Self::Page)
        } else if let Event::Esp(EspEvent::Phase { phase }) = event {
            phase_of(*phase).map(Self::Phase)
        } else if let Event::Remediation(event) = event {
            Self::of_remediation(event)
        } else if let Event::Housekeeping(HousekeepingEvent::HealthBegins) = event {
            Some(Self::HealthCheck)
        } else if let Event::Housekeeping(HousekeepingEvent::HealthRule { id: SERVICE_RUNS, result, .. }) = event {
            Some(Self::HealthOfService { is_well: *result == "Pass" })
        } else if let Event::Housekeeping(HousekeepingEvent::InventoryBegins) = event {
            Some(Self::Inventory)
        } else {
            None
        }
    }

    fn of_service(event: &ServiceEvent<'_>) -> Option<Self> {
        if let ServiceEvent::Started = event {
            Some(Self::Start { is_told: true })
        } else if let ServiceEvent::Stopped = event {
            Some(Self::Stopped)
        } else if let ServiceEvent::PreviousRun { started, .. } = event {
            Some(Self::PreviousRun((*started).to_owned()))
        } else {
            None
        }
    }

    fn of_timer(event: &TimerEvent<'_>) -> Option<Self> {
        Some(match *event {
            TimerEvent::PolicyInterval { seconds } => Self::RequiredInterval(seconds),
            TimerEvent::AppInterval { millis } => Self::RequiredInterval(millis / 1_000),
            TimerEvent::Armed { seconds, workload: named } => Self::Armed(workload(named)?, seconds),
            TimerEvent::Begun { workload: named } => Self::Begun(workload(named)?),
            TimerEvent::FirstHold { seconds } => Self::Held(Hold::All, seconds),
            TimerEvent::SecondHold { seconds } => Self::Held(Hold::Scripts, seconds),
            TimerEvent::ThirdHold { seconds } => Self::Held(Hold::Others, seconds),
            TimerEvent::ScriptTimerDefault { hours } => Self::ScriptInterval { hours, found: false },
            TimerEvent::ScriptTimerShort { hours } => Self::ScriptInterval { hours, found: true },
            TimerEvent::GenericSleep { seconds } => Self::GenericSleep(seconds),
            TimerEvent::Applied { millis } => Self::Rearmed(millis / 1_000),
            TimerEvent::JobDue { seconds, .. } => Self::JobDue(seconds),
            // What was drawn is not armed while the Enrollment Status Page is open.
            TimerEvent::Drawn { .. } | TimerEvent::Reset => return None,
        })
    }

    fn of_session(event: &SessionEvent<'_>) -> Option<Self> {
        if let SessionEvent::Change { change: SessionChange::Logon } = event {
            Some(Self::LogOn)
        } else if let SessionEvent::SyncAsked { command: 200 } = event {
            Some(Self::Sync)
        } else if let SessionEvent::LogonScripts = event {
            Some(Self::LogOnScripts)
        } else if let SessionEvent::LogonApps { kind: AppKind::Required } = event {
            Some(Self::LogOnApps(Poll::Required))
        } else if let SessionEvent::LogonApps { kind: AppKind::Available } = event {
            Some(Self::LogOnApps(Poll::Available))
        } else if let SessionEvent::LogonRemediations = event {
            Some(Self::LogOnRemediations)
        } else if let SessionEvent::Refused = event {
            Some(Self::Refused)
        } else if let SessionEvent::Usable { count: 0 } = event {
            Some(Self::NoUser)
        } else {
            None
        }
    }

    fn of_network(event: &NetworkEvent<'_>) -> Option<Self> {
        if let NetworkEvent::RequestBegins { attempt, retries } = *event {
            Some(Self::Try { attempt, retries })
        } else if let NetworkEvent::RetryWait { seconds } = *event {
            Some(Self::RetryWait(seconds))
        } else if let NetworkEvent::HttpStatus { status } = *event {
            Some(Self::Status(status))
        } else if let NetworkEvent::FailureClass { status: "NameResolutionFailure" } | NetworkEvent::Offline = event {
            Some(Self::Unresolved)
        } else if let NetworkEvent::NotRetried { .. } = event {
            Some(Self::NotRetried)
        } else if let NetworkEvent::Throttled = event {
            Some(Self::Throttled)
        } else if let NetworkEvent::ThrottleCounted { workload: "AgentCheckIn", count } = *event {
            Some(Self::Counted(count))
        } else if let NetworkEvent::ProxyBegins = event {
            Some(Self::Begin(Poll::Proxy))
        } else if let NetworkEvent::ProxyEnds = event {
            Some(Self::End(Poll::Proxy))
        } else {
            None
        }
    }

    fn of_script(event: &ScriptEvent<'_>) -> Option<Self> {
        if let ScriptEvent::PollBegins = event {
            Some(Self::Begin(Poll::Script))
        } else if let ScriptEvent::PollEnds = event {
            Some(Self::End(Poll::Script))
        } else if let ScriptEvent::Received { count, .. } = *event {
            Some(Self::Scripts(count))
        } else if let ScriptEvent::Tries { policy, user, count } = *event {
            Some(Self::Tries { script: policy, user, count })
        } else if let ScriptEvent::GivenUp { policy, user } = *event {
            Some(Self::GivenUp { script: policy, user })
        } else if let ScriptEvent::Begins { policy, user } = *event {
            Some(Self::ScriptBegins { script: policy, user })
        } else if let ScriptEvent::HelperStarted { .. } = event {
            Some(Self::Launched)
        } else if let ScriptEvent::Result { user, policy, result } = *event {
            Some(Self::ScriptResult { script: policy, user, is_well: result == Ending::Success })
        } else {
            None
        }
    }

    fn of_apps(event: &AppRunEvent<'_>) -> Option<Self> {
        if let AppRunEvent::RequiredBegins = event {
            Some(Self::Begin(Poll::Required))
        } else if let AppRunEvent::RequiredEnds = event {
            Some(Self::End(Poll::Required))
        } else if let AppRunEvent::AvailableBegins = event {
            Some(Self::Begin(Poll::Available))
        } else if let AppRunEvent::AvailableEnds = event {
            Some(Self::End(Poll::Available))
        } else if let AppRunEvent::SessionBegins = event {
            Some(Self::Begin(Poll::Session))
        } else if let AppRunEvent::SessionEnds = event {
            Some(Self::End(Poll::Session))
        } else if let AppRunEvent::PollerBegins = event {
            Some(Self::Begin(Poll::Apps))
        } else if let AppRunEvent::PollerEnds = event {
            Some(Self::End(Poll::Apps))
        } else if let AppRunEvent::Requested { mode } = event {
            Some(Self::Asks(match mode {
                AppMode::AvailableOnly => Poll::Available,
                AppMode::Required | AppMode::RequiredOnly | AppMode::SelectedForEsp => Poll::Required,
                AppMode::Other(_) => return None,
            }))
        } else {
            None
        }
    }
}

fn phase_of(phase: EspPhase<'_>) -> Option<Phase> {
    match phase {
        EspPhase::DeviceSetup => Some(Phase::Device),
        EspPhase::AccountSetup => Some(Phase::Account),
        EspPhase::NotInEsp => Some(Phase::Over),
        EspPhase::Other("DevicePreparation") => Some(Phase::Preparation),
        EspPhase::Other(_) => None,
    }
}
