//! See `tests/fuzzed/device.rs`.
#![no_main]

#[path = "../../fuzzed/mod.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    fuzzed::device::registry(data);
});
