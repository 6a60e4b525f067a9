//! Writing the agent's logs: what an agent decides becomes records, and records become files.
//!
//! ```text
//! agent decides -> Scribe -> Entry (file, time, thread, event) -> LogSet -> bytes and rotation -> Folder
//! ```
//!
//! Nothing here reads a clock or touches a disk but [`DiskFolder`], so a simulation, a driver and a test write the same bytes.
//!
//! | module | what it is |
//! |---|---|
//! | [`Scribe`] | makes log events out of what an agent is told, decides and wants, as `driver::Host` and `sim::Observer` show it |
//! | [`Ids`], [`SeededIds`] | the GUIDs of users, policies and requests (B-11.13) |
//! | [`Entry`], [`Pen`] | one record before it is written, and whoever takes it; also told what no log speaks of, and why |
//! | [`LogSet`] | the files of one device: byte order mark, line ends, rotation, history (B-11.5 to B-11.12) |
//! | [`Folder`], [`MemoryFolder`], [`DiskFolder`] | where the files are |
//! | [`DeviceLogs`], [`write_logs`] | the logs of a device in a simulation, and of many on a disk |

mod disk;
mod entry;
mod folder;
mod ids;
mod limits;
mod run;
mod scribe;
mod set;
mod sim;

pub use disk::{DiskError, DiskFolder};
pub use entry::{Entry, Pen};
pub use folder::{Folder, FolderError, MemoryFolder};
pub use ids::{Ids, SeededIds};
pub use limits::{Limits, RegistryError, RegistryValues};
pub use run::{WriteError, Written, write_logs};
pub use scribe::{Scribe, Stop};
pub use set::{LogSet, harmless};
pub use sim::DeviceLogs;
