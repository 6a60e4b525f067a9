//! What is judged: each kind of decision with its rule and the parameter that bounds it.

use serde::Serialize;

use crate::agent::timer_rule;
use crate::protocol::Workload;
use crate::rules::{RuleId, b};

/// A kind of decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionKind {
    /// For how long everything is held back after a start.
    HoldAll,
    /// For how long scripts and apps are held back after that.
    HoldScripts,
    /// For how long the other workloads are held back.
    HoldOthers,
    /// Whether the second hold is there: not while the Enrollment Status Page is open.
    HoldByPage,
    /// How long a workload's timer is delayed at a start.
    FirstDelay,
    /// A workload's timer begins its first period.
    TimerBegins,
    /// An interval that a record states.
    Interval,
    /// The first check-in of scripts after a start.
    FirstPoll,
    /// The next check-in of the row that began with scripts.
    NextInRow,
    /// The check-in that follows a log-on.
    SignIn,
    /// The check-in that a client asked for.
    ClientSync,
    /// Apps as the status page moves on or ends.
    AfterPage,
    /// A check-in that does not take place because one is running.
    Dropped,
    /// A periodic check-in of scripts.
    PeriodScripts,
    /// A periodic check-in of required apps.
    PeriodRequired,
    /// A periodic check-in of available apps.
    PeriodAvailable,
    /// A periodic fetch of remediations.
    PeriodRemediations,
    /// A check-in for which no trigger is seen.
    Untriggered,
    /// Whether a script is tried once more.
    ScriptTry,
    /// By how much the count of tries rises.
    ScriptCount,
    /// A script that ended well is not run again.
    ScriptOnce,
    /// How long a script runs.
    ScriptLimit,
    /// How often a request is tried.
    RetryCount,
    /// How long it is until the next try.
    RetryWait,
    /// What follows an answer of 401 or 429.
    Refusal,
    /// A check-in that the agent denies itself.
    SelfThrottle,
    /// The fetch of remediations after a log-on.
    RemediationSignIn,
    /// For when the first run of a new remediation is queued.
    RemediationFirstRun,
    /// When a remediation runs by its schedule.
    RemediationRun,
    /// Whether the second script follows detection.
    RemediationTrigger,
    /// What becomes of a script by its exit code.
    HelperResult,
    /// The limit at which a script is ended.
    HelperLimit,
    /// Whether an app waits in its retry window.
    GrsWindow,
    /// Whether a group of apps is looked at again.
    Reevaluation,
    /// When the agent's health is looked at.
    HealthPeriod,
    /// Whether the health task starts the service.
    HealthRepair,
    /// When the inventory of apps is taken.
    InventoryPeriod,
}

impl DecisionKind {
    /// All of them, in their order.
    pub const ALL: [Self; 37] = [
        Self::HoldAll,
        Self::HoldScripts,
        Self::HoldOthers,
        Self::HoldByPage,
        Self::FirstDelay,
        Self::TimerBegins,
        Self::Interval,
        Self::FirstPoll,
        Self::NextInRow,
        Self::SignIn,
        Self::ClientSync,
        Self::AfterPage,
        Self::Dropped,
        Self::PeriodScripts,
        Self::PeriodRequired,
        Self::PeriodAvailable,
        Self::PeriodRemediations,
        Self::Untriggered,
        Self::ScriptTry,
        Self::ScriptCount,
        Self::ScriptOnce,
        Self::ScriptLimit,
        Self::RetryCount,
        Self::RetryWait,
        Self::Refusal,
        Self::SelfThrottle,
        Self::RemediationSignIn,
        Self::RemediationFirstRun,
        Self::RemediationRun,
        Self::RemediationTrigger,
        Self::HelperResult,
        Self::HelperLimit,
        Self::GrsWindow,
        Self::Reevaluation,
        Self::HealthPeriod,
        Self::HealthRepair,
        Self::InventoryPeriod,
    ];

    /// The periodic check-in of a workload.
    pub(super) const fn period(workload: Workload) -> Self {
        match workload {
            Workload::Script => Self::PeriodScripts,
            Workload::RequiredApp => Self::PeriodRequired,
            Workload::AvailableApp => Self::PeriodAvailable,
            Workload::Remediation | Workload::Compliance => Self::PeriodRemediations,
        }
    }

    /// Whether it is about when a check-in comes.
    pub(super) const fn is_of_timing(self) -> bool {
        matches!(
            self,
            Self::FirstPoll
                | Self::NextInRow
                | Self::SignIn
                | Self::ClientSync
                | Self::AfterPage
                | Self::PeriodScripts
                | Self::PeriodRequired
                | Self::PeriodAvailable
                | Self::PeriodRemediations
                | Self::Untriggered
                | Self::RemediationSignIn
        )
    }

    /// For people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::HoldAll => "hold of everything",
            Self::HoldScripts => "hold of scripts and apps",
            Self::HoldOthers => "hold of the rest",
            Self::HoldByPage => "hold by status page",
            Self::FirstDelay => "first delay of a timer",
            Self::TimerBegins => "timer begins",
            Self::Interval => "stated interval",
            Self::FirstPoll => "first scripts after start",
            Self::NextInRow => "next in the row",
            Self::SignIn => "scripts after log-on",
            Self::ClientSync => "sync of a client",
            Self::AfterPage => "apps of the status page",
            Self::Dropped => "dropped check-in",
            Self::PeriodScripts => "periodic scripts",
            Self::PeriodRequired => "periodic required apps",
            Self::PeriodAvailable => "periodic available apps",
            Self::PeriodRemediations => "periodic remediations",
            Self::Untriggered => "check-in without trigger",
            Self::ScriptTry => "try of a script",
            Self::ScriptCount => "count of tries",
            Self::ScriptOnce => "script done",
            Self::ScriptLimit => "time of a script",
            Self::RetryCount => "tries of a request",
            Self::RetryWait => "wait before a try",
            Self::Refusal => "after 401 or 429",
            Self::SelfThrottle => "self-throttling",
            Self::RemediationSignIn => "remediations after log-on",
            Self::RemediationFirstRun => "first run of a remediation",
            Self::RemediationRun => "scheduled remediation",
            Self::RemediationTrigger => "remediation after detection",
            Self::HelperResult => "result of a script",
            Self::HelperLimit => "limit of a script",
            Self::GrsWindow => "retry window of an app",
            Self::Reevaluation => "look at apps",
            Self::HealthPeriod => "health evaluation",
            Self::HealthRepair => "repair of the service",
            Self::InventoryPeriod => "inventory",
        }
    }

    /// The rule behind it.
    pub const fn rule(self) -> RuleId {
        match self {
            Self::HoldAll | Self::HoldScripts | Self::HoldOthers => b(4, 9),
            Self::HoldByPage => b(4, 10),
            Self::FirstDelay => b(4, 11),
            Self::TimerBegins => b(4, 27),
            Self::FirstPoll | Self::NextInRow => b(4, 8),
            Self::SignIn => b(4, 17),
            Self::ClientSync => b(4, 15),
            Self::AfterPage => b(7, 55),
            Self::Dropped => b(4, 28),
            Self::PeriodScripts => timer_rule(Workload::Script),
            Self::PeriodRequired | Self::Interval => timer_rule(Workload::RequiredApp),
            Self::PeriodAvailable => timer_rule(Workload::AvailableApp),
            Self::PeriodRemediations => timer_rule(Workload::Remediation),
            Self::Untriggered => b(4, 2),
            Self::ScriptTry => b(5, 3),
            Self::ScriptCount => b(5, 10),
            Self::ScriptOnce => b(5, 1),
            Self::ScriptLimit => b(5, 15),
            Self::RetryCount | Self::RetryWait => b(4, 24),
            Self::Refusal => b(4, 25),
            Self::SelfThrottle => b(4, 26),
            Self::RemediationSignIn => b(6, 8),
            Self::RemediationFirstRun => b(6, 9),
            Self::RemediationRun => b(6, 10),
            Self::RemediationTrigger => b(6, 15),
            Self::HelperResult => b(5, 24),
            Self::HelperLimit => b(5, 15),
            Self::GrsWindow => b(7, 34),
            Self::Reevaluation => b(7, 33),
            Self::HealthPeriod => b(10, 8),
            Self::HealthRepair => b(10, 9),
            Self::InventoryPeriod => b(8, 16),
        }
    }
}
