//! The agent's log files: what a record looks like, what it says, and what a whole log tells.
//!
//! | module | what it is |
//! |---|---|
//! | [`record`] | one record in CMTrace form (B-11.8, B-11.9), times as local wall clock |
//! | [`reader`] | a file piece by piece, whatever has become of it (B-11.10) |
//! | [`event`] | what messages mean: every known phrase, read and written from one table |

mod attributes;
pub mod event;
mod feed;
mod one_line;
mod piece;
pub mod reader;
pub mod record;
mod tally;

pub use event::Event;
pub use reader::Reader;
pub use record::{Date, LogFile, Record, Severity, Stamp, Time};
