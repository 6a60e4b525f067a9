//! imesim
pub mod agent;
pub mod catalog;
pub mod chance;
pub mod device;
pub mod facts;
pub mod mdm;
pub mod profile;
pub mod protocol;
pub mod rules;
pub mod service;
pub mod sim;
pub mod time;
