//! imesim
pub mod agent;
pub mod catalog;
pub mod chance;
#[cfg(feature = "cli")]
pub mod cli;
pub mod device;
pub mod facts;
pub mod mdm;
pub mod profile;
pub mod protocol;
pub mod rules;
#[cfg(feature = "scenario")]
pub mod scenario;
pub mod service;
pub mod sim;
pub mod time;
