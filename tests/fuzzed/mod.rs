//! The bodies of the fuzz targets, for `tests/fuzzed.rs` and `tests/fuzz/` alike: each takes any bytes, and panics where
//! something does not hold.
#![allow(dead_code, reason = "each target uses one of them")]
#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail where it stands, and looks at the variants it is about"
)]

#[path = "../properties/agent.rs"]
mod agent;
mod bytes;
mod cases;
pub(crate) mod client;
#[path = "../properties/client.rs"]
mod client_driver;
#[path = "../properties/common.rs"]
mod common;
#[cfg(feature = "diagnostics")]
pub(crate) mod device;
mod framed;
#[cfg(feature = "http")]
pub(crate) mod http;
pub(crate) mod inputs;
#[cfg(feature = "log")]
pub(crate) mod log;
#[path = "../properties/model.rs"]
mod model;
pub(crate) mod scenario;
pub(crate) mod snapshot;
#[path = "../properties/strategy.rs"]
mod strategy;
pub(crate) mod text;
pub(crate) mod wire;
