//! The agent's log files: what a record looks like, what it says, and what a whole log tells.
//!
//! | module | what it is |
//! |---|---|
//! | [`record`] | one record in CMTrace form (B-11.8, B-11.9), times as local wall clock |
//! | [`reader`] | a file piece by piece, whatever has become of it (B-11.10) |
//! | [`clock`] | what jumps of the clock mean, and how long the device slept |
//! | [`timeline`] | what a whole log tells: check-ins, scripts, apps, what never ended |
//! | [`oracle`] | what must hold of any log |
//! | [`files`] | logs on disk, rotated parts joined (B-11.11) |
//! | [`trace`] | the events of a log that decisions are made of |
//! | [`conform`] | whether the rules of a profile explain what a log tells |
//! | [`forecast`] | what comes next, from the state that a log ends in |
//! | [`text`] | a timeline for a terminal |
//! | [`event`] | what messages mean: every known phrase, read and written from one table |
//! | [`mod@write`] | log files out of what an agent decides |

mod attributes;
pub mod clock;
pub mod conform;
pub mod event;
mod feed;
pub mod files;
pub mod forecast;
mod one_line;
pub mod oracle;
mod order;
mod piece;
pub mod reader;
pub mod record;
mod tally;
pub mod text;
pub mod timeline;
pub mod trace;
pub mod write;

pub use event::Event;
pub use reader::Reader;
pub use record::{Date, LogFile, Record, Severity, Stamp, Time};
pub use timeline::Timeline;
