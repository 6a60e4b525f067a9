//! What a real device says of itself, read into the facts that scenarios use.
//!
//! First read: B-11.3 and B-11.4, and section 1 for what the facts are good for.
//!
//! | file | what it tells |
//! |---|---|
//! | output of `dsregcmd /status` | join, the user's token, where to enroll, the proxy in part |
//! | MDM diagnostics report, XML and its HTML twin | build, enrollment, `MDMDeviceWithAAD` |
//! | `MdmDiagLogMetadata.json` beside it | build and edition |
//! | registry export, version 5 or 4 (`REGEDIT4`) | build, edition, S mode, .NET, enrollment, join in part, co-management |
//! | the registry of the device itself, on Windows | the same |
//! | calls of Windows, made by `imesim-agent` | join |
//!
//! [`read`] reads one file into a [`Report`]: what each place of it says, and where it leaves a fact open. [`Reading`] lays
//! reports together. A fact is known if all places that say something of it leave one value; else it is one of several, in
//! conflict, or not known, each with its reasons. Nothing is guessed, and a value is assumed only when somebody says so.
//! [`judge`] then says why the agent is not on the device, and what cannot be judged because it is not known.
//!
//! | to read | module |
//! |---|---|
//! | the facts and their words | `given` |
//! | what one file says, what all say | `report`, `reading` |
//! | the formats | `dsregcmd`, `mdm_report`, `mdm_page`, `mdm_metadata`, `registry`, `join` |
//! | causes under uncertainty | `judge` |
//! | tables, TOML, JSON | `print`, `judge::print` |
//!
//! Whether a co-managed device has its Apps workload as one of a pilot or because all have it, no device knows: Configuration
//! Manager hands it one number, merged from its collections and from what is set for all (B-1.20). So `apps_workload` is then one of
//! two, of which the agent makes a difference on Windows before 1903 alone.
//!
//! Names of people, devices and tenants in the files are never kept.

mod dsregcmd;
mod edition;
mod error;
mod given;
mod join;
pub mod judge;
mod mdm_metadata;
mod mdm_page;
mod mdm_report;
mod print;
mod reading;
pub mod registry;
mod report;
mod sniff;
mod text;

pub use error::{AssumeError, NotKnown, Position, Problem, ReadError};
pub use given::{Fact, Given};
pub use join::{EntraJoin, JoinCalls, tell_join};
pub use reading::{Finding, Reading, State};
pub use report::{Evidence, Gap, Kind, Reason, Report, Source};
pub use sniff::{SIZE_MAX, read, read_path};
pub use text::Encoding;
