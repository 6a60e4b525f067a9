//! The agent's log files: what a record looks like, what it says, and what a whole log tells.
//!
//! | module | what it is |
//! |---|---|
//! | [`record`] | one record in CMTrace form (B-11.8, B-11.9), times as local wall clock |
//! | [`event`] | what messages mean: every known phrase, read and written from one table |
//! | [`write`] | log files out of what an agent decides |

pub mod event;
pub mod record;
pub mod write;

pub use event::Event;
pub use record::{Date, LogFile, Record, Severity, Stamp, Time};
