//! See `tests/fuzzed/wire.rs`.
#![no_main]

#[path = "../../fuzzed/mod.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    fuzzed::wire::run(data);
});
