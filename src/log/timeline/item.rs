//! What a timeline is made of.

use serde::Serialize;

use crate::log::clock::{Jump, Late};
use crate::log::event::Guid;
use crate::log::reader::Part;
use crate::log::record::Stamp;

/// Something that takes time: a run of the service, a check-in, a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// The log it stands in, such as `IntuneManagementExtension`.
    pub log: String,
    /// When it began, on the device's clock.
    pub begin: Stamp,
    /// When it ended.
    pub end: Option<Stamp>,
    /// How long it took, in milliseconds, whatever the clock did.
    pub millis: Option<u64>,
    /// The thread it began on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<u32>,
    /// The script, app, remediation or job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Guid>,
    /// The user; all zeros stand for the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Guid>,
    /// Why it came, if that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// How it ended.
    pub outcome: Outcome,
    /// What else is said of it, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// When it began in the zone of the log's first record, in units of 100 nanoseconds: what timelines are ordered by.
    #[serde(skip)]
    pub at: i64,
}

/// One thing that is said of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is about.
    pub name: &'static str,
    /// What is said.
    pub value: String,
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// The service, from its start to its end.
    ServiceRun,
    /// A session changed, or a client asked for a sync.
    Trigger,
    /// Scripts are asked for and run.
    ScriptCheckIn,
    /// Required apps are asked for and carried out.
    RequiredAppCheckIn,
    /// Available apps are asked for and carried out.
    AvailableAppCheckIn,
    /// Apps are asked for after a log-on.
    SessionAppCheckIn,
    /// Apps, as the log of apps tells it.
    AppCheckIn,
    /// The general workload.
    GenericCheckIn,
    /// The proxy is looked for.
    ProxyPoll,
    /// Remediations are asked for or planned, or run.
    RemediationPass,
    /// One script.
    Script,
    /// One app.
    App,
    /// One Store app.
    StoreApp,
    /// One remediation.
    Remediation,
    /// One download.
    Download,
    /// One installer.
    Installer,
    /// The helper that runs scripts.
    Helper,
    /// The agent's health is looked at.
    HealthCheck,
    /// Apps on the device are counted.
    Inventory,
    /// The device's certificate is looked at.
    CertificateCheck,
}

impl ItemKind {
    /// For people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ServiceRun => "service",
            Self::Trigger => "trigger",
            Self::ScriptCheckIn => "check-in: scripts",
            Self::RequiredAppCheckIn => "check-in: required apps",
            Self::AvailableAppCheckIn => "check-in: available apps",
            Self::SessionAppCheckIn => "check-in: apps after log-on",
            Self::AppCheckIn => "check-in: apps",
            Self::GenericCheckIn => "check-in: general",
            Self::ProxyPoll => "proxy",
            Self::RemediationPass => "remediations",
            Self::Script => "script",
            Self::App => "app",
            Self::StoreApp => "Store app",
            Self::Remediation => "remediation",
            Self::Download => "download",
            Self::Installer => "installer",
            Self::Helper => "script helper",
            Self::HealthCheck => "health",
            Self::Inventory => "inventory",
            Self::CertificateCheck => "certificate",
        }
    }
}

/// Why a check-in came. No record says so: it is derived from what stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The service had started (B-4.8).
    ServiceStart,
    /// Somebody had logged on.
    LogOn,
    /// A client asked for it.
    ClientSync,
    /// The check-in before had found no network, and this one came too soon for the timer.
    NetworkBack,
    /// Its timer fired.
    Timer,
}

impl Reason {
    /// For people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ServiceStart => "service start",
            Self::LogOn => "log-on",
            Self::ClientSync => "sync asked by a client",
            Self::NetworkBack => "network back",
            Self::Timer => "timer",
        }
    }
}

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is over, and no record says how.
    Done,
    /// Well.
    Succeeded,
    /// Not well.
    Failed,
    /// There is no end: the service ended first.
    ServiceEnded,
    /// There is no end: the log ends first.
    LogEnds,
    /// There is no end: the same began again on the same thread, so its end was never written or is lost.
    BeganAgain,
    /// There is no end, and records were overwritten since it began.
    RecordsLost,
    /// There is no beginning: the log begins in its middle, or its beginning was overwritten.
    NoBeginning,
}

impl Outcome {
    /// For people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::ServiceEnded => "no end: the service ended",
            Self::LogEnds => "no end: the log ends",
            Self::BeganAgain => "no end: it began again",
            Self::RecordsLost => "no end: records were overwritten",
            Self::NoBeginning => "no beginning in this log",
        }
    }

    /// Whether an end was found.
    pub const fn has_ended(self) -> bool {
        match self {
            Self::Done | Self::Succeeded | Self::Failed | Self::NoBeginning => true,
            Self::ServiceEnded | Self::LogEnds | Self::BeganAgain | Self::RecordsLost => false,
        }
    }
}

/// Something that is wrong with a log or odd about its times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Anomaly {
    /// The log it stands in.
    pub log: String,
    /// The last time before it, on the device's clock; `None` at the beginning.
    pub after: Option<Stamp>,
    /// Where it stands, in bytes of the joined log.
    pub offset: u64,
    /// What it is.
    #[serde(flatten)]
    pub what: Oddity,
    /// When, in the zone of the log's first record, in units of 100 nanoseconds.
    #[serde(skip)]
    pub at: i64,
}

/// What is odd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "anomaly", rename_all = "kebab-case")]
pub enum Oddity {
    /// A part of a record that another writer wrote over.
    Torn {
        /// Which part is left.
        #[serde(serialize_with = "part_name")]
        part: Part,
        /// What is left of its message, at most the first 200 bytes.
        text: String,
    },
    /// A record that the end of the file cuts off.
    Truncated {
        /// What is there of its message, at most the first 200 bytes.
        text: String,
    },
    /// Text that is no record.
    Foreign {
        /// How many bytes.
        bytes: u64,
        /// Its first 200 bytes at most.
        text: String,
    },
    /// A message that was too long, so that its end was skipped.
    Cut {
        /// Its whole length in bytes.
        bytes: u64,
    },
    /// A jump of the clock, or a silence.
    Clock(Jump),
    /// A timer came late: the device slept for that long in the silence.
    SleptBy(Late),
    /// A service starts without the record that says so: it was overwritten.
    StartLost,
}

fn part_name<S: serde::Serializer>(part: &Part, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match part {
        Part::Head => "head",
        Part::Tail => "tail",
        Part::Whole => "whole",
    })
}
