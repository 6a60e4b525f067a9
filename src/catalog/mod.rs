//! What an admin can assign: groups, filters, content and assignments, and what becomes of them over time.
//!
//! A [`Tenant`] is a plain value without a clock. It is made through [`Tenant::builder`], which refuses what the admin
//! center would refuse, so that a tenant in hand is sound: every id leads somewhere and every change can be made.
//!
//! | to read | file |
//! |---|---|
//! | the whole, and its making | `tenant.rs`, `builder.rs`, `check.rs`, `error.rs` |
//! | relations between apps (B-7.36, B-7.40, B-7.48) | `relate.rs` |
//! | groups, their kinds and nesting (B-12.1 to B-12.4) | `group.rs` |
//! | scripts, apps and other content | `content.rs` |
//! | assignments and intents (B-12.5, B-12.15) | `assignment.rs`, and `intent.rs` of the protocol |
//! | filters (B-12.10 to B-12.14) | `filter/` |
//! | changes over time, and the state they lead to | `change.rs`, `state.rs` |
//! | faults of the service, by the clock | `fault.rs` |
//! | when there are any | `faulty.rs` |
//!
//! Who gets what in the end is decided in [`crate::service`].

mod assignment;
mod builder;
mod change;
mod check;
mod content;
mod error;
mod fault;
mod faulty;
mod filter;
mod group;
mod relate;
mod state;
mod tenant;
#[cfg(test)]
mod tests;

pub use crate::protocol::{Intent, Intents};
pub use assignment::{Assignment, AssignmentSettings, Mode};
pub use builder::TenantBuilder;
pub use change::{Change, ChangeKind};
pub(crate) use content::is_app;
pub use content::{Content, ScriptContent};
pub use error::{AppLimit, CatalogError, SettingError};
pub use fault::{FaultChannel, FaultKind, ServiceFault};
pub use filter::{Expected, Filter, FilterError, FilterId, FilterMode, Properties, Property};
pub use group::{Group, GroupId, GroupKind, Side};
pub use state::{Placed, State};
pub use tenant::{AgentRelease, Tenant};
