//! The messages between a device and the service. All are plain values; all can go over a wire.
//!
//! A device sends a [`Request`] with a [`Token`] of its own; whatever comes back carries that token: an [`Answer`]
//! together with the service's own time, or a [`Failure`].

pub mod app_codes;
pub(crate) mod app_list;
mod failure;
mod id;
mod intent;
mod message;
mod policies;
mod report;
mod script;
mod work;

pub use app_list::AppList;
pub use failure::{Failure, enrollment_code};
pub use id::{PolicyId, Token, UserId, Workload};
pub use intent::{Intent, Intents};
pub use message::{AgentOrder, Answer, ManagementOrder, Push, Request, SessionCause};
pub use policies::Policies;
pub use report::{AppReport, ComplianceReport, RemediationOutcome, RemediationReport, Report};
pub use script::{RunAs, ScriptPolicy, ScriptReport, ScriptResult, Target};
pub use work::{AppPolicy, AppSettings, Assigned, Notifications, RestartGrace};
