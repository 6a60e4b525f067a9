//! What the agent is given to work with: apps, remediations, discovery scripts.
//!
//! Content is shared by all devices and never inside an agent, which holds ids and a small state for each item. An answer
//! of the service names content by id and revision; the driver has it in a [`Library`] behind the agent's context before
//! it hands the answer over. What an agent cannot find there it treats like content that cannot be downloaded.
//!
//! | to read | file |
//! |---|---|
//! | all content by id and revision | `library.rs` |
//! | a Win32 or Store app (section 7, 8b) | `app.rs` |
//! | what a device must have for an app (B-7.9) | `require.rs` |
//! | what the output of a requirement script is worth (B-7.11) | `script_rule.rs` |
//! | a remediation (section 6) | `remediation.rs` |
//! | a discovery script for custom compliance (section 8a) | `discovery.rs` |
//! | what its output is worth (B-8.5) | `judge.rs` |

mod app;
mod discovery;
mod judge;
mod library;
mod remediation;
mod require;
mod script_rule;

pub use app::{App, AppKind, Detection, Package, Requirements, RestartBehavior};
pub use discovery::{DiscoveryScript, DiscoverySetting, ValueKind};
pub use judge::{DiscoveryError, discovery_error, judge};
pub use library::{Item, Library};
pub use remediation::{Days, Hours, Remediation, Schedule, ScheduleError, TimeOfDay, kept_output};
pub use require::{Architecture, Hardware, RuleResults, lacking};
pub use script_rule::{Operator, ScriptRule, script_code};
