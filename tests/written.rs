//! Log files that we write: their form, their rotation, what is in them, and that our reader reads the same events out of them.
#![allow(clippy::disallowed_methods, reason = "it writes files")]

#[path = "written/common.rs"]
mod common;
#[path = "written/driver.rs"]
mod driver;
#[path = "written/explained.rs"]
mod explained;
#[path = "written/files.rs"]
mod files;
#[path = "written/story.rs"]
mod story;
#[path = "written/worlds.rs"]
mod worlds;
