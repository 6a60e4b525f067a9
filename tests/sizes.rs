//! What a device costs. A fleet multiplies these numbers by millions, so a change of any of them is a decision.
//!
//! The numbers hold where a pointer has 64 bits.
#![cfg(target_pointer_width = "64")]

use imesim::agent::{self, Agent};
use imesim::device::{self, Device};
use imesim::facts::Facts;
use imesim::mdm::{self, MdmClient};
use imesim::service::Ledger;
use imesim::time::Wake;

/// Passed and copied in every call: an input borrows its answer, an effect and a note hold ids and no text.
#[test]
fn what_is_passed_on_every_call_fits_in_half_a_cache_line() {
    assert_eq!(size_of::<agent::Input<'_>>(), 24, "agent::Input");
    assert_eq!(size_of::<mdm::Input<'_>>(), 16);
    assert_eq!(size_of::<device::Input<'_>>(), 24);
    assert_eq!(size_of::<agent::Effect>(), 32);
    assert_eq!(size_of::<mdm::Effect>(), 28);
    assert_eq!(size_of::<device::Effect>(), 32);
    assert_eq!(size_of::<agent::Event>(), 32);
    assert_eq!(size_of::<Wake<device::Timer>>(), 32);
}

/// One for each script and user id: ids and counters only; two fit in a cache line.
#[test]
fn a_record_of_a_script_costs_half_a_cache_line() {
    assert!(size_of::<agent::Record>() <= 32, "{}", size_of::<agent::Record>());
}

/// One for each app and user id; two fit in a cache line.
#[test]
fn a_record_of_an_app_costs_half_a_cache_line() {
    assert_eq!(size_of::<agent::AppRecord>(), 32);
}

/// One for each discovery script and user id.
#[test]
fn a_record_of_a_discovery_script_costs_24_bytes() {
    assert_eq!(size_of::<agent::DiscoveryRecord>(), 24);
}

/// - `Agent`: timers are 136 of it (13 deadlines of 8 bytes in place, the seldom ones boxed, the earliest on each clock); the
///   exchanges are 40; the records' vector is 24; version, token, counters and surroundings are the rest.
/// - `MdmClient`: 9 timers of 8 bytes and their set are half of it; the install job is boxed.
/// - `Ledger`: moments and counters.
/// - `Facts`: two versions' worth of numbers and twelve small enums.
#[test]
fn the_state_of_a_device_is_pinned() {
    assert_eq!(size_of::<Agent>(), 288);
    assert_eq!(size_of::<MdmClient>(), 136);
    assert_eq!(size_of::<Ledger>(), 56);
    assert_eq!(size_of::<Facts>(), 24);
    assert_eq!(size_of::<Device>(), size_of::<Agent>() + size_of::<MdmClient>() + size_of::<Facts>() + 8);
}

/// Eight cache lines: what one device touches while a fleet runs it, and what a million of them cost (512 MB).
#[test]
fn the_hot_state_of_a_device_fits_in_512_bytes() {
    let (device, ledger) = (size_of::<Device>(), size_of::<Ledger>());
    assert!(device + ledger <= 512, "device {device} + ledger {ledger} = {} bytes", device + ledger);
}
